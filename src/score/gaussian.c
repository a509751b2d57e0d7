/* Data N(m, C0): d = m + w (x - a m),  w = a C0/(a^2 C0 + S), mode by mode        (docs/mathematics.md §5) */
#include <karhunen/impl/score.h>

/* Modes begin .. end, where one path is that of all, each has two numbers and there is no mean. */
static void Apply(PetscInt begin, PetscInt end, PetscReal a, PetscReal s, const PetscReal *restrict c,
                  const PetscReal *restrict lambda, const PetscScalar *restrict in, PetscScalar *restrict out)
{
  for (PetscInt i = begin; i < end; i++) {
    const PetscReal v = a * a * c[i] + s * s * lambda[i], w = v > 0 ? a * c[i] / v : 0;

    out[2 * i]     = w * in[2 * i];
    out[2 * i + 1] = w * in[2 * i + 1];
  }
}

/* Modes begin .. end of any other. */
static void ApplyModes(PetscInt begin, PetscInt end, const KarGains *g, const PetscScalar *mean, const PetscScalar *in,
                       PetscScalar *out)
{
  for (PetscInt i = begin; i < end; i++) {
    const PetscReal w = kar_gains_wiener(g, i), rest = 1 - kar_gains_a(g, i) * w;

    for (PetscInt c = i * g->group; c < (i + 1) * g->group; c++) out[c] = w * in[c] + (mean ? rest * mean[c] : 0);
  }
}

static PetscErrorCode Denoise(KarScore score, PetscReal t, Vec x, Vec d)
{
  const PetscScalar *in, *mean = NULL;
  PetscScalar       *out;
  KarGains           g;
  int                threads;

  PetscFunctionBegin;
  PetscCall(KarGainsCreate(score, t, &g));
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArrayWrite(d, &out));
  if (score->mean) PetscCall(VecGetArrayRead(score->mean, &mean));
  threads = kar_threads_for(g.n * g.group);
#pragma omp parallel for num_threads(threads) schedule(static, 1)
  for (int part = 0; part < threads; part++) {
    PetscInt begin, end;

    kar_part(g.n, part, threads, &begin, &end);
    if (!g.am && !mean && g.group == 2) Apply(begin, end, g.a, g.s, g.c, g.lambda, in, out);
    else ApplyModes(begin, end, &g, mean, in, out);
  }
  if (score->mean) PetscCall(VecRestoreArrayRead(score->mean, &mean));
  PetscCall(VecRestoreArrayWrite(d, &out));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscCall(KarGainsDestroy(&g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarScore score)
{
  PetscFunctionBegin;
  KarCheck(score->comm, score->data, PETSC_ERR_ORDER,
           "a gaussian score needs the covariance of its data: -data_cov_type, or KarScoreSetDataCovariance()");
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode View(KarScore score, PetscViewer viewer)
{
  PetscFunctionBegin;
  PetscCall(PetscViewerASCIIPrintf(viewer, "data "));
  PetscCall(KarCovView(score->data, viewer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreCreate_Gaussian(KarScore score)
{
  PetscFunctionBegin;
  score->ops =
    (KarScoreOps){.denoise = Denoise, .setfromoptions = KarScoreDataFromOptions, .setup = SetUp, .view = View};
  PetscFunctionReturn(PETSC_SUCCESS);
}
