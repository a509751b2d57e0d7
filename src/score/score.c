/* A score model: its type, and what follows from the denoiser.
     C grad log p_t (x) = (a d - x)/s^2 = -(lambda/S) (x - a d)        (docs/mathematics.md §3) */
#include <karhunen/impl/score.h>
#include <karhunen/posterior.h>

/* The types: a new one is a file and a line here. */
#define TYPES(TYPE)                                                                                                    \
  TYPE(KARSCOREGAUSSIAN, "N(m, C0), exact", KarScoreCreate_Gaussian)                                                   \
  TYPE(KARSCOREMIXTURE, "sum_j w_j N(m_j, C0), exact", KarScoreCreate_Mixture)                                         \
  TYPE(KARSCOREEMPIRICAL, "a finite data set, exact: it memorises", KarScoreCreate_Empirical)                          \
  TYPE(KARSCORELEARNT, "a trained denoiser: comes with -model FILE", KarScoreCreate_Learnt)                            \
  TYPE(KARSCOREPOSTERIOR, "a law given data: take karhunen posterior", KarScoreCreate_Posterior)

KAR_TYPES(KarScore, TYPES, .noun = "score", .option = "score_type", .fallback = KARSCOREGAUSSIAN);

KAR_CLASS_NAMES(KarScore, prefix)

PetscErrorCode KarScoreCreate(KarSDE sde, KarScore *out)
{
  KarScore    score;
  KarCov      cov;
  KarGrid     grid;
  KarGridInfo info;

  PetscFunctionBegin;
  PetscCall(PetscNew(&score));
  PetscCall(KarSDEReference(sde));
  PetscCall(KarSDEGetCovariance(sde, &cov));
  PetscCall(KarCovGetFFT(cov, &score->fft));
  PetscCall(KarFFTGetGrid(score->fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  score->sde        = sde;
  score->comm       = info.comm;
  score->references = 1;
  *out              = score;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What an earlier type left behind. */
static PetscErrorCode Reset(KarScore score)
{
  PetscFunctionBegin;
  if (score->ops.destroy) PetscCall(score->ops.destroy(score));
  PetscCall(PetscMemzero(&score->ops, sizeof(score->ops)));
  score->context = NULL;
  score->ready   = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

KAR_CLASS_SETTYPE(KarScore, comm, prefix)

PetscErrorCode KarScoreSetFromOptions(KarScore score)
{
  char type[32];

  PetscFunctionBegin;
  if (!score->loaded) {
    PetscCall(PetscStrncpy(type, score->type, sizeof(type)));
    PetscCall(KarTypesFromOptions(&types, score->comm, score->prefix, sizeof(type), type));
    PetscCall(KarScoreSetType(score, type));
  }
  if (score->ops.setfromoptions) PetscCall(score->ops.setfromoptions(score));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreDataFromOptions(KarScore score)
{
  char   prefix[80];
  KarCov cov;

  PetscFunctionBegin;
  if (!score->data) {
    PetscCall(KarCovCreate(score->fft, &cov));
    PetscCall(KarScoreSetDataCovariance(score, cov));
    PetscCall(KarCovDestroy(&cov));
  }
  PetscCall(PetscSNPrintf(prefix, sizeof(prefix), "%sdata_", score->prefix));
  PetscCall(KarCovSetOptionsPrefix(score->data, prefix));
  PetscCall(KarCovSetFromOptions(score->data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreSetUp(KarScore score)
{
  PetscFunctionBegin;
  if (score->ready) PetscFunctionReturn(PETSC_SUCCESS);
  KarCheck(score->comm, score->ops.denoise, PETSC_ERR_ORDER, "the score has no type: give -score_type or -model");
  PetscCall(KarSDESetUp(score->sde));
  if (score->data) PetscCall(KarCovSetUp(score->data));
  if (score->ops.setup) PetscCall(score->ops.setup(score));
  score->ready = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreView(KarScore score, PetscViewer viewer)
{
  PetscFunctionBegin;
  PetscCall(KarScoreSetUp(score));
  PetscCall(PetscViewerASCIIPrintf(viewer, "score %s\n", score->type));
  if (score->ops.view) PetscCall(score->ops.view(score, viewer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreReference(KarScore score)
{
  PetscFunctionBegin;
  score->references++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreDestroy(KarScore *score)
{
  PetscFunctionBegin;
  if (*score && --(*score)->references == 0) {
    PetscCall(Reset(*score));
    PetscCall(KarCovDestroy(&(*score)->data));
    PetscCall(VecDestroy(&(*score)->mean));
    PetscCall(KarSDEDestroy(&(*score)->sde));
    PetscCall(PetscFree(*score));
  }
  *score = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreGetSDE(KarScore score, KarSDE *sde)
{
  PetscFunctionBegin;
  *sde = score->sde;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreGetFFT(KarScore score, KarFFT *fft)
{
  PetscFunctionBegin;
  *fft = score->fft;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreGetType(KarScore score, KarScoreType *type)
{
  PetscFunctionBegin;
  *type = score->type;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreSetDataCovariance(KarScore score, KarCov cov)
{
  PetscFunctionBegin;
  if (cov) PetscCall(KarCovReference(cov));
  PetscCall(KarCovDestroy(&score->data));
  score->data  = cov;
  score->ready = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreGetDataCovariance(KarScore score, KarCov *cov)
{
  PetscFunctionBegin;
  *cov = score->data;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreSetMean(KarScore score, Vec mean)
{
  PetscFunctionBegin;
  if (mean) PetscCall(PetscObjectReference((PetscObject)mean));
  PetscCall(VecDestroy(&score->mean));
  score->mean = mean;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreGetMean(KarScore score, Vec *mean)
{
  PetscFunctionBegin;
  PetscCall(KarScoreSetUp(score));
  *mean = score->mean;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreDenoise(KarScore score, PetscReal t, Vec x, Vec d)
{
  PetscFunctionBegin;
  PetscCall(KarScoreSetUp(score));
  KarCheck(score->comm, x != d, PETSC_ERR_ARG_IDN, "the denoised field needs a vector of its own");
  PetscCall(VecLockReadPush(x));
  PetscCall(score->ops.denoise(score, t, x, d));
  PetscCall(VecLockReadPop(x));
  score->evaluations++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreSampleStart(KarScore score, PetscReal t, PetscBool matched, KarKey key, Vec x)
{
  PetscFunctionBegin;
  PetscCall(KarScoreSetUp(score));
  key.stream = KAR_STREAM_PRIOR;
  key.step   = 0;
  if (matched && score->ops.start) PetscCall(score->ops.start(score, t, key, x));
  else
    PetscCall(KarSDESampleMarginal(score->sde, t, matched ? score->data : NULL, matched ? score->mean : NULL, key, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreGetSpectrum(KarScore score, PetscReal c[])
{
  const PetscReal *of;
  const KarModes  *m;

  PetscFunctionBegin;
  PetscCall(KarScoreSetUp(score));
  if (score->ops.spectrum) {
    PetscCall(score->ops.spectrum(score, c));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  KarCheck(score->comm, score->data, PETSC_ERR_ORDER,
           "the spectrum of a score %s is not known: KarScoreSetDataCovariance()", score->type);
  PetscCall(KarCovGetEigenvalues(score->data, &of));
  PetscCall(KarFFTGetModes(score->fft, &m));
  PetscCall(PetscArraycpy(c, of, m->rows * m->length));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Kv = C S/V v of the total spectrum, mode by mode. */
static PetscErrorCode ApplySpectrum(KarScore score, PetscReal t, Vec v, Vec Kv)
{
  const PetscScalar *in;
  PetscScalar       *out;
  PetscReal         *c;
  KarGains           g;

  PetscFunctionBegin;
  PetscCall(KarGainsCreate(score, t, &g));
  PetscCall(PetscMalloc1(g.n, &c));
  PetscCall(KarScoreGetSpectrum(score, c));
  g.c = c;
  PetscCall(VecGetArrayRead(v, &in));
  PetscCall(VecGetArrayWrite(Kv, &out));
  for (PetscInt i = 0; i < g.n; i++)
    for (PetscInt q = i * g.group; q < (i + 1) * g.group; q++) out[q] = kar_gains_posterior(&g, i) * in[q];
  PetscCall(VecRestoreArrayWrite(Kv, &out));
  PetscCall(VecRestoreArrayRead(v, &in));
  PetscCall(PetscFree(c));
  PetscCall(KarGainsDestroy(&g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreApplyCovariance(KarScore score, PetscReal t, Vec x, Vec v, Vec Kv)
{
  PetscFunctionBegin;
  PetscCall(KarScoreSetUp(score));
  KarCheck(score->comm, v != Kv && x != Kv, PETSC_ERR_ARG_IDN,
           "the product with a covariance needs a vector of its own");
  if (score->ops.covariance) PetscCall(score->ops.covariance(score, t, x, v, Kv));
  else PetscCall(ApplySpectrum(score, t, v, Kv));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreSetCondition(KarScore score, Vec coarse)
{
  PetscFunctionBegin;
  PetscCall(KarScoreSetUp(score));
  if (score->ops.condition) PetscCall(score->ops.condition(score, coarse));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreFreeWork(KarScore score)
{
  PetscFunctionBegin;
  if (score->ops.freework) PetscCall(score->ops.freework(score));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreApply(KarScore score, PetscReal t, Vec x, Vec s)
{
  const PetscScalar *in;
  PetscScalar       *out;
  KarGains           g;

  PetscFunctionBegin;
  PetscCall(KarScoreDenoise(score, t, x, s));
  PetscCall(KarGainsCreate(score, t, &g));
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArray(s, &out));
  for (PetscInt i = 0; i < g.n; i++) {
    const PetscReal a = kar_gains_a(&g, i), r = 1 / PetscSqr(g.sm ? g.sm[i] : g.s);

    for (PetscInt c = i * g.group; c < (i + 1) * g.group; c++) out[c] = (a * out[c] - in[c]) * r;
  }
  PetscCall(VecRestoreArray(s, &out));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscCall(KarGainsDestroy(&g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreGetEvaluations(KarScore score, PetscInt *evaluations)
{
  PetscFunctionBegin;
  *evaluations = score->evaluations;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreResetEvaluations(KarScore score)
{
  PetscFunctionBegin;
  score->evaluations = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGainsCreate(KarScore score, PetscReal t, KarGains *g)
{
  const KarModes *m;
  KarCov          cov;
  PetscBool       scalar;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(score->fft, &m));
  PetscCall(KarSDEGetCovariance(score->sde, &cov));
  *g = (KarGains){.n = m->rows * m->length, .group = m->dof * m->width};
  PetscCall(KarCovGetEigenvalues(cov, &g->lambda));
  if (score->data) PetscCall(KarCovGetEigenvalues(score->data, &g->c));
  PetscCall(KarSDEIsScalar(score->sde, &scalar));
  if (scalar) PetscCall(KarSDEGetMarginal(score->sde, t, &g->a, &g->s));
  else {
    PetscCall(PetscMalloc2(g->n, &g->am, g->n, &g->sm));
    PetscCall(KarSDEGetMarginalModes(score->sde, t, g->am, g->sm));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGainsDestroy(KarGains *g)
{
  PetscFunctionBegin;
  PetscCall(PetscFree2(g->am, g->sm));
  PetscFunctionReturn(PETSC_SUCCESS);
}
