/* Data that are far from a law, by the Gaussian law of its mean and spectrum (of a cascade, of all its levels): y - H m
   in deviations of y. */
#include <karhunen/far.h>

#define DRAWS 8

struct _p_KarFar {
  KarObservation obs; /* owned reference */
  KarLevels      levels;
  KarFFT         fft;   /* shared */
  KarCov         noise; /* shared: projects on fields without divergence */
  PetscReal     *gamma;
  PetscInt64     seed;
  Vec            mean, x; /* mean NULL: 0 */
};

PetscErrorCode KarFarCreate(KarScore prior, KarObservation obs, const PetscReal rest[], PetscInt64 seed, KarFar *out)
{
  const KarModes *m;
  KarFar          far;
  KarSDE          sde;

  PetscFunctionBegin;
  PetscCall(PetscNew(&far));
  *out      = far;
  far->seed = seed;
  PetscCall(KarScoreSetUp(prior));
  PetscCall(KarObservationReference(obs));
  far->obs = obs;
  PetscCall(KarLevelsCreate(prior, obs, &far->levels));
  PetscCall(KarScoreGetMean(prior, &far->mean));
  if (far->mean) PetscCall(PetscObjectReference((PetscObject)far->mean));
  PetscCall(KarScoreGetSDE(prior, &sde));
  PetscCall(KarSDEGetCovariance(sde, &far->noise));
  PetscCall(KarScoreGetFFT(prior, &far->fft));
  PetscCall(KarFFTGetModes(far->fft, &m));
  PetscCall(PetscMalloc1(m->rows * m->length, &far->gamma));
  if (rest) PetscCall(KarLevelsSetRest(far->levels, rest));
  PetscCall(KarLevelsGetGamma(far->levels, PETSC_INFINITY, far->gamma));
  PetscCall(KarFFTCreateCoordinates(far->fft, &far->x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFarDestroy(KarFar *far)
{
  PetscFunctionBegin;
  if (*far) {
    PetscCall(PetscFree((*far)->gamma));
    PetscCall(VecDestroy(&(*far)->mean));
    PetscCall(VecDestroy(&(*far)->x));
    PetscCall(KarLevelsDestroy(&(*far)->levels)); /* the last to hold prior */
    PetscCall(KarObservationDestroy(&(*far)->obs));
  }
  PetscCall(PetscFree(*far));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* far->x <- draw i less the mean. */
static PetscErrorCode Draw(KarFar far, PetscInt i, KarKey *key)
{
  PetscFunctionBegin;
  *key = (KarKey){.seed = far->seed, .sample = i, .step = 1 << 22, .stream = KAR_STREAM_PRIOR};
  PetscCall(KarFFTFillNormalScaled(far->fft, *key, far->gamma, far->x));
  PetscCall(KarCovProject(far->noise, far->x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* v <- variances of the data, where their covariance is not at hand: of each over some draws, or of all where that is
   more, since some draws may all be small at one datum. Of data that are not linear about their mean over the draws, in
   mean; linear: NULL. */
static PetscErrorCode Scatter(KarFar far, Vec mean, Vec v)
{
  KarKey    key;
  Vec       y, all;
  PetscReal sum;
  PetscInt  m;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(v, &y));
  PetscCall(VecDuplicate(v, &all));
  PetscCall(VecZeroEntries(v));
  if (mean) PetscCall(VecZeroEntries(mean));
  for (PetscInt i = 0; i < DRAWS; i++) {
    PetscCall(Draw(far, i, &key));
    if (mean && far->mean) PetscCall(VecAXPY(far->x, 1, far->mean));
    PetscCall(KarObservationSample(far->obs, key, far->x, y));
    if (mean) PetscCall(VecAXPY(mean, 1.0 / DRAWS, y));
    PetscCall(VecPointwiseMult(y, y, y));
    PetscCall(VecAXPY(v, 1.0 / DRAWS, y));
  }
  if (mean) {
    PetscCall(VecPointwiseMult(y, mean, mean));
    PetscCall(VecAXPBY(v, -DRAWS / (DRAWS - 1.0), DRAWS / (DRAWS - 1.0), y));
  }
  PetscCall(VecSum(v, &sum));
  PetscCall(VecGetSize(v, &m));
  PetscCall(VecSet(all, sum / (PetscReal)m));
  PetscCall(VecPointwiseMax(v, v, all));
  PetscCall(VecDestroy(&y));
  PetscCall(VecDestroy(&all));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* e <- |y - E y| in standard deviations of y. */
static PetscErrorCode Deviations(KarFar far, Vec y, PetscBool linear, Vec e)
{
  KarInnovation innovation;
  PetscBool     has = PETSC_FALSE;
  Vec           v;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(e, &v));
  if (linear) {
    PetscCall(KarLevelsGet(far->levels, PETSC_INFINITY, &innovation));
    PetscCall(KarInnovationGetVariance(innovation, v, &has));
    if (far->mean) PetscCall(KarObservationApply(far->obs, far->mean, e));
    else PetscCall(VecZeroEntries(e));
  }
  if (!has) PetscCall(Scatter(far, linear ? NULL : e, v));
  PetscCall(VecAYPX(e, -1, y));
  PetscCall(VecSqrtAbs(v));
  PetscCall(VecPointwiseDivide(e, e, v));
  PetscCall(VecAbs(e));
  PetscCall(VecDestroy(&v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* e <- how many deviations of the noise y is outside what fields m + s d of draws d give, |s| <= 4. */
static PetscErrorCode Outside(KarFar far, Vec y, Vec e)
{
  static const PetscReal scale[] = {-4, -2, -1, 0, 1, 2, 4};
  Vec                    least, most, x, R;
  KarKey                 key;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(e, &least));
  PetscCall(VecDuplicate(e, &most));
  PetscCall(VecDuplicate(far->x, &x));
  PetscCall(VecSet(least, PETSC_MAX_REAL));
  PetscCall(VecSet(most, -PETSC_MAX_REAL));
  for (PetscInt i = 0; i < 2 * DRAWS; i++) {
    PetscCall(Draw(far, i, &key));
    for (int k = 0; k < 7; k++) {
      PetscCall(VecAXPBY(x, scale[k], 0, far->x));
      if (far->mean) PetscCall(VecAXPY(x, 1, far->mean));
      PetscCall(KarObservationApply(far->obs, x, e));
      PetscCall(VecPointwiseMin(least, least, e));
      PetscCall(VecPointwiseMax(most, most, e));
    }
  }
  PetscCall(VecAXPY(least, -1, y));
  PetscCall(VecAYPX(most, -1, y));
  PetscCall(VecPointwiseMax(e, least, most));
  PetscCall(KarObservationGetVariance(far->obs, &R));
  PetscCall(VecCopy(R, most));
  PetscCall(VecSqrtAbs(most));
  PetscCall(VecPointwiseDivide(e, e, most));
  PetscCall(VecDestroy(&least));
  PetscCall(VecDestroy(&most));
  PetscCall(VecDestroy(&x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Of phases. *has is false where there is no matrix of their values. */
static PetscErrorCode Apart(KarFar far, Vec y, Vec e, PetscBool *has)
{
  KarInnovation innovation;

  PetscFunctionBegin;
  PetscCall(KarLevelsGet(far->levels, PETSC_INFINITY, &innovation));
  if (far->mean) PetscCall(KarObservationApply(far->obs, far->mean, e));
  else PetscCall(VecZeroEntries(e));
  PetscCall(KarObservationResidual(far->obs, y, e, e));
  PetscCall(KarInnovationGetApart(innovation, e, e, has));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFarGetDeviations(KarFar far, Vec y, Vec e, const char **how)
{
  PetscBool          linear, flow, phase, has = PETSC_TRUE;
  KarObservationType type;

  PetscFunctionBegin;
  PetscCall(KarObservationIsLinear(far->obs, &linear));
  PetscCall(KarObservationGetType(far->obs, &type));
  PetscCall(PetscStrcmp(type, KAROBSERVATIONFLOW, &flow));
  PetscCall(PetscStrcmp(type, KAROBSERVATIONPHASE, &phase));
  if (linear || flow) PetscCall(Deviations(far, y, linear, e));
  else if (phase) PetscCall(Apart(far, y, e, &has));
  else PetscCall(Outside(far, y, e));
  *how = linear  ? "from the law's mean"
         : flow  ? "from the mean of draws of the law"
         : phase ? "from the law, whole turns left out, by itself or given its neighbours"
                 : "of the noise from what fields of the law give";
  if (!has) *how = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFarGetLaw(KarFar far, Vec *mean, PetscReal *deviation)
{
  KarGrid   grid;
  PetscInt  n;
  PetscReal norm, sum = 0;
  KarKey    key;

  PetscFunctionBegin;
  PetscCall(KarFFTGetGrid(far->fft, &grid));
  PetscCall(KarGridCreateField(grid, mean));
  PetscCall(VecGetSize(*mean, &n));
  for (PetscInt i = 0; i < DRAWS; i++) {
    PetscCall(Draw(far, i, &key));
    PetscCall(KarFFTInverse(far->fft, far->x, *mean));
    PetscCall(VecNorm(*mean, NORM_2, &norm));
    sum += norm * norm / (PetscReal)n / DRAWS;
  }
  *deviation = PetscSqrtReal(sum);
  if (far->mean) PetscCall(KarFFTInverse(far->fft, far->mean, *mean));
  else PetscCall(VecZeroEntries(*mean));
  PetscFunctionReturn(PETSC_SUCCESS);
}
