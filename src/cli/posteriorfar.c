/* What karhunen posterior finds far from its law, before and after: data, by the Gaussian law of the same mean and
   spectrum (of a cascade, of all its levels), and draws. */
#include "posteriorrun.h"

#define FAR   8  /* standard deviations */
#define LEFT  20 /* those of a draw that has left the law */
#define DRAWS 8  /* of the Gaussian law */

typedef struct {
  KarLevels  levels;
  KarCov     noise; /* borrowed: projects on fields without divergence */
  PetscReal *gamma;
  Vec        mean, x; /* mean NULL: 0 */
} Law;

static PetscErrorCode CreateLaw(PosteriorRun *run, Law *law)
{
  const KarModes *m;
  PetscReal      *rest;
  KarScore        base = run->score;
  KarSDE          sde;

  PetscFunctionBegin;
  if (run->cascade) PetscCall(KarCascadeLift(run->cascade, 0, &base));
  PetscCall(KarScoreSetUp(base));
  PetscCall(KarLevelsCreate(base, run->obs, &law->levels));
  PetscCall(KarScoreGetMean(base, &law->mean));
  if (law->mean) PetscCall(PetscObjectReference((PetscObject)law->mean));
  PetscCall(KarScoreGetSDE(base, &sde));
  PetscCall(KarSDEGetCovariance(sde, &law->noise));
  PetscCall(KarFFTGetModes(run->fft, &m));
  PetscCall(PetscMalloc1(m->rows * m->length, &law->gamma));
  if (run->cascade) {
    PetscCall(PetscMalloc1(m->rows * m->length, &rest));
    PetscCall(KarCascadeGetLater(run->cascade, 0, rest));
    PetscCall(KarLevelsSetRest(law->levels, rest));
    PetscCall(PetscFree(rest));
    PetscCall(KarScoreDestroy(&base)); /* levels keep it */
  }
  PetscCall(KarLevelsGetGamma(law->levels, PETSC_INFINITY, law->gamma));
  PetscCall(KarFFTCreateCoordinates(run->fft, &law->x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode DestroyLaw(Law *law)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(law->gamma));
  PetscCall(VecDestroy(&law->mean));
  PetscCall(VecDestroy(&law->x));
  PetscCall(KarLevelsDestroy(&law->levels));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* law->x <- draw i less the mean. */
static PetscErrorCode Draw(PosteriorRun *run, Law *law, PetscInt i, KarKey *key)
{
  PetscFunctionBegin;
  *key = (KarKey){.seed = run->seed, .sample = i, .step = 1 << 22, .stream = KAR_STREAM_PRIOR};
  PetscCall(KarFFTFillNormalScaled(run->fft, *key, law->gamma, law->x));
  PetscCall(KarCovProject(law->noise, law->x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* v <- variances of the data, where their covariance is not at hand: of each over some draws, or of all where that is
   more, since some draws may all be small at one datum. */
static PetscErrorCode Scatter(PosteriorRun *run, Law *law, Vec v)
{
  KarKey    key;
  Vec       y, all;
  PetscReal sum;
  PetscInt  m;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(v, &y));
  PetscCall(VecDuplicate(v, &all));
  PetscCall(VecZeroEntries(v));
  for (PetscInt i = 0; i < DRAWS; i++) {
    PetscCall(Draw(run, law, i, &key));
    PetscCall(KarObservationSample(run->obs, key, law->x, y));
    PetscCall(VecPointwiseMult(y, y, y));
    PetscCall(VecAXPY(v, 1.0 / DRAWS, y));
  }
  PetscCall(VecSum(v, &sum));
  PetscCall(VecGetSize(v, &m));
  PetscCall(VecSet(all, sum / (PetscReal)m));
  PetscCall(VecPointwiseMax(v, v, all));
  PetscCall(VecDestroy(&y));
  PetscCall(VecDestroy(&all));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* e <- |y - H m| in standard deviations of y. */
static PetscErrorCode Deviations(PosteriorRun *run, Law *law, Vec e)
{
  KarInnovation innovation;
  PetscBool     has;
  Vec           v;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(e, &v));
  PetscCall(KarLevelsGet(law->levels, PETSC_INFINITY, &innovation));
  PetscCall(KarInnovationGetVariance(innovation, v, &has));
  if (!has) PetscCall(Scatter(run, law, v));
  if (law->mean) PetscCall(KarObservationApply(run->obs, law->mean, e));
  PetscCall(VecAYPX(e, -1, run->y));
  PetscCall(VecSqrtAbs(v));
  PetscCall(VecPointwiseDivide(e, e, v));
  PetscCall(VecAbs(e));
  PetscCall(VecDestroy(&v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* e <- how many deviations of the noise y is outside what fields within some FAR standard deviations of the mean give:
   m + s d of draws d, |s| <= 4. */
static PetscErrorCode Outside(PosteriorRun *run, Law *law, Vec e)
{
  static const PetscReal scale[] = {-4, -2, -1, 0, 1, 2, 4};
  Vec                    least, most, x, R;
  KarKey                 key;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(e, &least));
  PetscCall(VecDuplicate(e, &most));
  PetscCall(VecDuplicate(law->x, &x));
  PetscCall(VecSet(least, PETSC_MAX_REAL));
  PetscCall(VecSet(most, -PETSC_MAX_REAL));
  for (PetscInt i = 0; i < 2 * DRAWS; i++) {
    PetscCall(Draw(run, law, i, &key));
    for (int k = 0; k < 7; k++) {
      PetscCall(VecAXPBY(x, scale[k], 0, law->x));
      if (law->mean) PetscCall(VecAXPY(x, 1, law->mean));
      PetscCall(KarObservationApply(run->obs, x, e));
      PetscCall(VecPointwiseMin(least, least, e));
      PetscCall(VecPointwiseMax(most, most, e));
    }
  }
  PetscCall(VecAXPY(least, -1, run->y));
  PetscCall(VecAYPX(most, -1, run->y));
  PetscCall(VecPointwiseMax(e, least, most));
  PetscCall(KarObservationGetVariance(run->obs, &R));
  PetscCall(VecCopy(R, most));
  PetscCall(VecSqrtAbs(most));
  PetscCall(VecPointwiseDivide(e, e, most));
  PetscCall(VecDestroy(&least));
  PetscCall(VecDestroy(&most));
  PetscCall(VecDestroy(&x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Which of the data are far by e, in words: how far. */
static PetscErrorCode Say(PosteriorRun *run, Vec e, const char how[])
{
  PetscInt   m, where = 0, n = 0;
  PetscReal *values;

  PetscFunctionBegin;
  PetscCall(KarObservationGetSize(run->obs, &m));
  PetscCall(PetscMalloc1(m, &values));
  PetscCall(KarObservationGatherData(run->obs, e, values));
  for (PetscInt i = 0; i < m; i++) {
    if (values[i] > values[where]) where = i;
    if (values[i] > FAR) n++;
  }
  if (n && run->group == 0)
    PetscCall(PetscPrintf(run->one,
                          "warning: datum %" PetscInt_FMT " is %.3g standard deviations %s, the farthest of "
                          "%" PetscInt_FMT " of %" PetscInt_FMT " data beyond %d: the law has never seen this\n",
                          where, (double)values[where], how, n, m, FAR));
  PetscCall(PetscFree(values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The deviation of the law over points and components, and its mean as a field. */
static PetscErrorCode MeasureLaw(PosteriorRun *run, Law *law)
{
  PetscInt  n;
  PetscReal norm, sum = 0;
  KarKey    key;
  Vec       field;

  PetscFunctionBegin;
  PetscCall(KarGridCreateField(run->grid, &field));
  PetscCall(VecGetSize(field, &n));
  for (PetscInt i = 0; i < DRAWS; i++) {
    PetscCall(Draw(run, law, i, &key));
    PetscCall(KarFFTInverse(run->fft, law->x, field));
    PetscCall(VecNorm(field, NORM_2, &norm));
    sum += norm * norm / (PetscReal)n / DRAWS;
  }
  run->deviation = PetscSqrtReal(sum);
  if (law->mean) PetscCall(KarFFTInverse(run->fft, law->mean, field));
  else PetscCall(VecZeroEntries(field));
  run->centre = field;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode PosteriorWarn(PosteriorRun *run)
{
  Law                law = {0};
  PetscInt           pair[2];
  PetscReal          apart;
  PetscBool          linear, flow, phase;
  KarObservationType type;
  Vec                e;

  PetscFunctionBegin;
  PetscCall(KarObservationGetContradiction(run->obs, run->y, pair, &apart));
  if (apart > FAR && run->group == 0)
    PetscCall(PetscPrintf(run->one,
                          "warning: data %" PetscInt_FMT " and %" PetscInt_FMT
                          " are of one place and %.3g standard deviations of their noise apart: they contradict one "
                          "another; raise -obs_noise or the column noise, or remove one\n",
                          pair[0], pair[1], (double)apart));
  PetscCall(CreateLaw(run, &law));
  if (run->type != RUN_EXACT) PetscCall(MeasureLaw(run, &law));
  PetscCall(KarObservationCreateData(run->obs, &e));
  PetscCall(KarObservationIsLinear(run->obs, &linear));
  PetscCall(KarObservationGetType(run->obs, &type));
  PetscCall(PetscStrcmp(type, KAROBSERVATIONFLOW, &flow));
  PetscCall(PetscStrcmp(type, KAROBSERVATIONPHASE, &phase));
  if (linear) {
    PetscCall(Deviations(run, &law, e));
    PetscCall(Say(run, e, "from the law's mean"));
  } else if (!flow && !phase) {
    PetscCall(Outside(run, &law, e));
    PetscCall(Say(run, e, "of the noise from what fields of the law give"));
  }
  PetscCall(VecDestroy(&e));
  PetscCall(DestroyLaw(&law));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode PosteriorMeasure(PosteriorRun *run)
{
  PetscReal most;
  Vec       from;

  PetscFunctionBegin;
  if (!run->centre) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecDuplicate(run->field, &from));
  PetscCall(VecWAXPY(from, -1, run->centre, run->field));
  PetscCall(VecNorm(from, NORM_INFINITY, &most));
  if (run->deviation > 0) run->farthest = PetscMax(run->farthest, most / run->deviation);
  PetscCall(VecDestroy(&from));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode PosteriorSayFarthest(PosteriorRun *run)
{
  PetscReal most = run->farthest;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &most, 1, MPIU_REAL, MPIU_MAX, run->comm));
  if (most > LEFT)
    PetscCall(PetscPrintf(run->comm,
                          "warning: a draw reaches %.3g standard deviations of the law from its mean: it has left the "
                          "law%s\n",
                          (double)most, run->type > RUN_CONDITIONAL + 1 ? "; give a smaller -posterior_weight" : ""));
  PetscFunctionReturn(PETSC_SUCCESS);
}
