/* The learnt score: a KarDenoiser from a model file, as a KarScore. */
#include <karhunen/condition.h>
#include <karhunen/impl/score.h>

static PetscErrorCode Denoise(KarScore score, PetscReal t, Vec x, Vec d)
{
  PetscFunctionBegin;
  PetscCall(KarDenoiserApply((KarDenoiser)score->context, t, x, d));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* K v = (S/a) J^T v */
static PetscErrorCode Covariance(KarScore score, PetscReal t, Vec x, Vec v, Vec Kv)
{
  PetscScalar *out;
  KarGains     g;

  PetscFunctionBegin;
  PetscCall(KarDenoiserApplyTranspose((KarDenoiser)score->context, t, x, v, Kv));
  PetscCall(KarGainsCreate(score, t, &g));
  PetscCall(VecGetArray(Kv, &out));
  for (PetscInt i = 0; i < g.n * g.group; i++)
    out[i] *= kar_gains_noise(&g, i / g.group) / kar_gains_a(&g, i / g.group);
  PetscCall(VecRestoreArray(Kv, &out));
  PetscCall(KarGainsDestroy(&g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Condition(KarScore score, Vec coarse)
{
  PetscFunctionBegin;
  PetscCall(KarDenoiserSetCondition((KarDenoiser)score->context, coarse));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode FreeWork(KarScore score)
{
  PetscFunctionBegin;
  PetscCall(KarDenoiserFreeWork((KarDenoiser)score->context));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode View(KarScore score, PetscViewer viewer)
{
  PetscFunctionBegin;
  PetscCall(KarDenoiserView((KarDenoiser)score->context, viewer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarScore score)
{
  KarDenoiser denoiser = (KarDenoiser)score->context;

  PetscFunctionBegin;
  PetscCall(KarDenoiserDestroy(&denoiser));
  score->context = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetFromOptions(KarScore score)
{
  KarDenoiser denoiser = (KarDenoiser)score->context;

  PetscFunctionBegin;
  if (!denoiser) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarDenoiserSetOptionsPrefix(denoiser, score->prefix));
  PetscCall(KarDenoiserSetFromOptions(denoiser));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarScore score)
{
  PetscFunctionBegin;
  KarCheck(score->comm, score->context, PETSC_ERR_ORDER, "a score of type fno comes from a model: give -model FILE");
  PetscCall(KarDenoiserSetUp((KarDenoiser)score->context));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreCreate_Learnt(KarScore score)
{
  PetscFunctionBegin;
  score->ops = (KarScoreOps){.denoise        = Denoise,
                             .covariance     = Covariance,
                             .condition      = Condition,
                             .freework       = FreeWork,
                             .setfromoptions = SetFromOptions,
                             .setup          = SetUp,
                             .view           = View,
                             .destroy        = Destroy};
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The mean field in coordinates: that given what it is told, or mode 0 alone; NULL when it is zero but for rounding.
   */
static PetscErrorCode CreateMean(KarDenoiser denoiser, Vec *mean)
{
  const PetscReal *m;
  const KarModes  *modes;
  KarFFT           fft;
  KarCov           data;
  PetscReal        trace, largest = 0;
  PetscScalar     *a;

  PetscFunctionBegin;
  PetscCall(KarDenoiserGetExpected(denoiser, mean));
  if (*mean) {
    PetscCall(PetscObjectReference((PetscObject)*mean));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarDenoiserGetFFT(denoiser, &fft));
  PetscCall(KarDenoiserGetMean(denoiser, &m));
  PetscCall(KarFFTGetModes(fft, &modes));
  PetscCall(KarDenoiserGetDataCovariance(denoiser, &data));
  PetscCall(KarCovGetTrace(data, &trace));
  for (PetscInt c = 0; c < modes->dof; c++) largest = PetscMax(largest, PetscAbsReal(m[c]));
  if (PetscSqr(largest) <= PETSC_MACHINE_EPSILON * trace) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarFFTCreateCoordinates(fft, mean));
  PetscCall(VecGetArray(*mean, &a));
  if (modes->start == 0 && modes->rows * modes->length > 0)
    for (PetscInt c = 0; c < modes->dof; c++) a[c * modes->width] = m[c];
  PetscCall(VecRestoreArray(*mean, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreCreateLearnt(KarDenoiser denoiser, KarScore *score)
{
  KarSDE sde;
  KarCov data;
  Vec    mean;

  PetscFunctionBegin;
  PetscCall(KarDenoiserGetSDE(denoiser, &sde));
  PetscCall(KarDenoiserGetDataCovariance(denoiser, &data));
  PetscCall(KarScoreCreate(sde, score));
  PetscCall(KarScoreSetType(*score, KARSCORELEARNT));
  PetscCall(KarDenoiserReference(denoiser));
  (*score)->context = denoiser;
  (*score)->loaded  = PETSC_TRUE;
  PetscCall(KarScoreSetDataCovariance(*score, data));
  PetscCall(CreateMean(denoiser, &mean));
  PetscCall(KarScoreSetMean(*score, mean));
  PetscCall(VecDestroy(&mean));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreLoad(MPI_Comm comm, const char path[], PetscInt dim, const PetscInt n[], KarScore *score)
{
  const PetscReal *start, *end;
  KarDenoiser      denoiser;

  PetscFunctionBegin;
  PetscCall(KarDenoiserLoad(comm, path, dim, n, &denoiser));
  PetscCall(KarDenoiserGetEnds(denoiser, &start, &end));
  KarCheck(comm, !start, PETSC_ERR_FILE_UNEXPECTED,
           "%s is a model of bridges between two laws: karhunen translate -model %s -data FILE", path, path);
  PetscCall(KarScoreCreateLearnt(denoiser, score));
  PetscCall(KarDenoiserDestroy(&denoiser));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreGetDenoiser(KarScore score, KarDenoiser *denoiser)
{
  PetscFunctionBegin;
  *denoiser = score->ops.denoise == Denoise ? (KarDenoiser)score->context : NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}
