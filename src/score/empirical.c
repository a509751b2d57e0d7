/* The exact minimiser of denoising for a finite data set: it memorises.
     d = sum_i r_i x_i,   r_i ~ exp(sum_kappa (a x_i x - a^2 x_i^2/2)/S) */
#include <karhunen/impl/score.h>

typedef struct {
  PetscInt   n, capacity;
  Vec       *x; /* shared */
  PetscReal *r;
} Empirical;

PetscErrorCode KarScoreEmpiricalAdd(KarScore score, Vec x)
{
  Empirical *e;

  PetscFunctionBegin;
  PetscCall(KarScoreSetType(score, KARSCOREEMPIRICAL));
  e = score->context;
  if (e->n == e->capacity) {
    const PetscInt capacity = 2 * e->capacity + 16;
    Vec           *all;

    PetscCall(PetscMalloc1(capacity, &all));
    PetscCall(PetscArraycpy(all, e->x, e->n));
    PetscCall(PetscFree(e->x));
    PetscCall(PetscFree(e->r));
    PetscCall(PetscMalloc1(capacity, &e->r));
    e->x        = all;
    e->capacity = capacity;
  }
  PetscCall(PetscObjectReference((PetscObject)x));
  e->x[e->n++] = x;
  score->ready = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The fields of a file, on the modes that both grids hold. */
static PetscErrorCode Read(KarScore score, const char path[])
{
  KarDataset     data;
  KarDatasetInfo info;
  KarGrid        grid;
  KarFFT         fft;
  KarResample    resample;
  Vec            field, x, y;

  PetscFunctionBegin;
  PetscCall(KarDatasetOpen(score->comm, path, &data));
  PetscCall(KarDatasetGetInfo(data, &info));
  PetscCall(KarDatasetCreateGrid(data, score->comm, NULL, &grid));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(KarResampleCreate(fft, score->fft, &resample));
  PetscCall(KarGridCreateField(grid, &field));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  for (PetscInt i = 0; i < info.samples; i++) {
    PetscCall(KarDatasetRead(data, NULL, i, field));
    PetscCall(KarFFTForward(fft, field, x));
    PetscCall(KarFFTCreateCoordinates(score->fft, &y));
    PetscCall(KarResampleApply(resample, x, y));
    PetscCall(KarScoreEmpiricalAdd(score, y));
    PetscCall(VecDestroy(&y));
  }
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&field));
  PetscCall(KarResampleDestroy(&resample));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(KarDatasetClose(&data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetFromOptions(KarScore score)
{
  char path[PETSC_MAX_PATH_LEN] = "";

  PetscFunctionBegin;
  PetscCall(
    KarOptionsString(score->prefix, "empirical_data", "file of the fields that are the law", sizeof(path), path));
  if (path[0] && !KarOptionsHelping()) PetscCall(Read(score, path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Denoise(KarScore score, PetscReal t, Vec x, Vec d)
{
  Empirical         *e = score->context;
  const PetscScalar *in;
  PetscReal          most = -PETSC_MAX_REAL, sum = 0;
  KarGains           g;

  PetscFunctionBegin;
  PetscCall(KarGainsCreate(score, t, &g));
  PetscCall(VecGetArrayRead(x, &in));
  for (PetscInt j = 0; j < e->n; j++) {
    const PetscScalar *m;

    e->r[j] = 0;
    PetscCall(VecGetArrayRead(e->x[j], &m));
    for (PetscInt i = 0; i < g.n; i++) {
      const PetscReal v = kar_gains_noise(&g, i), a = kar_gains_a(&g, i);
      PetscReal       term = 0;

      for (PetscInt c = i * g.group; c < (i + 1) * g.group; c++) term += a * m[c] * (in[c] - a * m[c] / 2);
      if (v > 0) e->r[j] += term / v;
    }
    PetscCall(VecRestoreArrayRead(e->x[j], &m));
  }
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, e->r, (PetscMPIInt)e->n, MPIU_REAL, MPIU_SUM, score->comm));
  for (PetscInt j = 0; j < e->n; j++) most = PetscMax(most, e->r[j]);
  for (PetscInt j = 0; j < e->n; j++) sum += e->r[j] = PetscExpReal(e->r[j] - most);
  for (PetscInt j = 0; j < e->n; j++) e->r[j] /= sum;
  PetscCall(VecSet(d, 0));
  PetscCall(VecMAXPY(d, e->n, e->r, e->x));
  PetscCall(KarGainsDestroy(&g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* K v = sum_j r_j x_j <x_j - d, v>: the law of the data, weighed. */
static PetscErrorCode Covariance(KarScore score, PetscReal t, Vec x, Vec v, Vec Kv)
{
  Empirical   *e = score->context;
  PetscScalar *dot;
  PetscReal    mean = 0;

  PetscFunctionBegin;
  PetscCall(Denoise(score, t, x, Kv)); /* for its weights */
  PetscCall(PetscMalloc1(e->n, &dot));
  PetscCall(VecMDot(v, e->n, e->x, dot));
  for (PetscInt j = 0; j < e->n; j++) mean += e->r[j] * dot[j];
  for (PetscInt j = 0; j < e->n; j++) dot[j] = e->r[j] * (dot[j] - mean);
  PetscCall(VecSet(Kv, 0));
  PetscCall(VecMAXPY(Kv, e->n, dot, e->x));
  PetscCall(PetscFree(dot));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarScore score)
{
  const Empirical *e = score->context;

  PetscFunctionBegin;
  KarCheck(score->comm, e->n > 0, PETSC_ERR_ORDER,
           "an empirical score needs data: -empirical_data FILE, or KarScoreEmpiricalAdd()");
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode View(KarScore score, PetscViewer viewer)
{
  PetscFunctionBegin;
  PetscCall(PetscViewerASCIIPrintf(viewer, "%" PetscInt_FMT " fields\n", ((Empirical *)score->context)->n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarScore score)
{
  Empirical *e = score->context;

  PetscFunctionBegin;
  for (PetscInt j = 0; j < e->n; j++) PetscCall(VecDestroy(&e->x[j]));
  PetscCall(PetscFree(e->x));
  PetscCall(PetscFree(e->r));
  PetscCall(PetscFree(e));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreCreate_Empirical(KarScore score)
{
  Empirical *e;

  PetscFunctionBegin;
  PetscCall(PetscNew(&e));
  score->context = e;
  score->ops     = (KarScoreOps){.denoise        = Denoise,
                                 .covariance     = Covariance,
                                 .setfromoptions = SetFromOptions,
                                 .setup          = SetUp,
                                 .view           = View,
                                 .destroy        = Destroy};
  PetscFunctionReturn(PETSC_SUCCESS);
}
