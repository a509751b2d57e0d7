/* Exact posteriors. N(m, C) given y = H u + e: mean m + C H* M^-1 (y - H m), covariance C - C H* M^-1 H C, M = H C H*
   + R. A mixture of such has r_j ~ w_j N(y; H m_j, M) and one M. */
#include <karhunen/impl/score.h>
#include <karhunen/posterior.h>

#include <math.h>

struct _p_KarPosterior {
  KarScore       prior; /* owned references */
  KarObservation obs;
  KarInnovation  innovation;
  Vec            mean;      /* of the posterior */
  PetscInt       n;         /* components */
  PetscReal     *weight;    /* [n] of each given y */
  Vec           *component; /* [n] their means given y */
  Vec            y, e;
  PetscReal      evidence;
};

/* The means of the prior's components, as new vectors, and their weights. */
static PetscErrorCode Components(KarPosterior p)
{
  const PetscReal *weight;
  Vec             *mean, own, one[1];
  KarScoreType     type;

  PetscFunctionBegin;
  PetscCall(KarScoreGetType(p->prior, &type));
  KarCheck(p->prior->comm, !strcmp(type, KARSCOREGAUSSIAN) || !strcmp(type, KARSCOREMIXTURE), PETSC_ERR_SUP,
           "the posterior of a score %s is not known exactly: only of gaussian and mixture", type);
  p->n = 1;
  if (!strcmp(type, KARSCOREMIXTURE)) PetscCall(KarScoreMixtureGet(p->prior, &p->n, &weight, &mean));
  else {
    PetscCall(KarFFTCreateCoordinates(p->prior->fft, &own));
    if (p->prior->mean) PetscCall(VecCopy(p->prior->mean, own));
    one[0] = own, mean = one;
  }
  PetscCall(PetscMalloc2(p->n, &p->weight, p->n, &p->component));
  for (PetscInt j = 0; j < p->n; j++) {
    p->weight[j] = mean == one ? 1 : weight[j];
    PetscCall(VecDuplicate(mean[j], &p->component[j]));
    PetscCall(VecCopy(mean[j], p->component[j]));
  }
  if (mean == one) PetscCall(VecDestroy(&own));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Condition(KarPosterior p)
{
  PetscReal most = -PETSC_MAX_REAL, sum = 0, density;

  PetscFunctionBegin;
  for (PetscInt j = 0; j < p->n; j++) {
    PetscCall(KarObservationApply(p->obs, p->component[j], p->e));
    PetscCall(VecAYPX(p->e, -1, p->y));
    density = 0;
    if (p->n > 1) PetscCall(KarInnovationLogDensity(p->innovation, p->e, &density));
    p->weight[j] = PetscLogReal(p->weight[j]) + density;
    most         = PetscMax(most, p->weight[j]);
    PetscCall(KarInnovationCorrect(p->innovation, p->e, p->component[j]));
  }
  for (PetscInt j = 0; j < p->n; j++) sum += p->weight[j] = PetscExpReal(p->weight[j] - most);
  p->evidence = most + PetscLogReal(sum);
  for (PetscInt j = 0; j < p->n; j++) {
    p->weight[j] /= sum;
    PetscCall(VecAXPY(p->mean, p->weight[j], p->component[j]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPosteriorCreate(KarScore prior, KarObservation obs, Vec y, KarPosterior *posterior)
{
  const PetscReal *c;
  KarPosterior     p;
  PetscBool        linear;

  PetscFunctionBegin;
  PetscCall(KarScoreSetUp(prior));
  PetscCall(KarObservationIsLinear(obs, &linear));
  KarCheck(prior->comm, linear, PETSC_ERR_SUP,
           "the posterior of data that are not linear in the field is not known exactly: give -posterior_type smc, "
           "guided or pcn");
  PetscCall(PetscNew(&p));
  *posterior = p;
  PetscCall(KarScoreReference(prior));
  PetscCall(KarObservationReference(obs));
  PetscCall(PetscObjectReference((PetscObject)y));
  p->prior = prior;
  p->obs   = obs;
  p->y     = y;
  PetscCall(VecDuplicate(y, &p->e));
  PetscCall(KarFFTCreateCoordinates(prior->fft, &p->mean));
  PetscCall(Components(p));
  PetscCall(KarCovGetEigenvalues(prior->data, &c));
  PetscCall(KarInnovationCreate(obs, c, prior->data, &p->innovation));
  PetscCall(Condition(p));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPosteriorDestroy(KarPosterior *posterior)
{
  KarPosterior p = *posterior;

  PetscFunctionBegin;
  if (p) {
    for (PetscInt j = 0; j < p->n; j++) PetscCall(VecDestroy(&p->component[j]));
    PetscCall(PetscFree2(p->weight, p->component));
    PetscCall(VecDestroy(&p->mean));
    PetscCall(VecDestroy(&p->y));
    PetscCall(VecDestroy(&p->e));
    PetscCall(KarInnovationDestroy(&p->innovation));
    PetscCall(KarObservationDestroy(&p->obs));
    PetscCall(KarScoreDestroy(&p->prior));
  }
  PetscCall(PetscFree(*posterior));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Of one component alone the density is not needed before. */
PetscErrorCode KarPosteriorGetLogEvidence(KarPosterior p, PetscReal *value)
{
  PetscBool has;

  PetscFunctionBegin;
  *value = p->evidence;
  if (p->n == 1) {
    if (p->prior->mean) {
      PetscCall(KarObservationApply(p->obs, p->prior->mean, p->e));
      PetscCall(VecAYPX(p->e, -1, p->y));
    } else PetscCall(VecCopy(p->y, p->e));
    PetscCall(KarInnovationHasDensity(p->innovation, &has));
    *value = NAN;
    if (has) PetscCall(KarInnovationLogDensity(p->innovation, p->e, value));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPosteriorGetWeights(KarPosterior p, PetscInt *n, const PetscReal *weights[])
{
  PetscFunctionBegin;
  *n       = p->n;
  *weights = p->weight;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPosteriorGetMean(KarPosterior p, Vec mean)
{
  PetscFunctionBegin;
  PetscCall(VecCopy(p->mean, mean));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPosteriorApplyCovariance(KarPosterior p, Vec v, Vec w)
{
  PetscReal along, mean;

  PetscFunctionBegin;
  PetscCall(KarCovApply(p->prior->data, v, w));
  PetscCall(KarObservationApply(p->obs, w, p->e));
  PetscCall(VecScale(p->e, -1));
  PetscCall(KarInnovationCorrect(p->innovation, p->e, w));
  PetscCall(VecDot(p->mean, v, &mean));
  for (PetscInt j = 0; p->n > 1 && j < p->n; j++) {
    PetscCall(VecDot(p->component[j], v, &along));
    PetscCall(VecAXPY(w, p->weight[j] * (along - mean), p->component[j]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* xi - m given y - H m is a draw of the common covariance about 0; the component's mean given y goes on top. */
PetscErrorCode KarPosteriorSample(KarPosterior p, KarKey key, Vec x)
{
  PetscReal u[2], below = 0;
  PetscInt  j = 0;

  PetscFunctionBegin;
  key.stream = KAR_STREAM_OBSERVE, key.step = 1;
  kar_uniform_pair(key, 0, 0, 0, u);
  for (below = p->weight[0]; j < p->n - 1 && u[0] >= below; below += p->weight[j]) j++;
  key.stream = KAR_STREAM_PRIOR, key.step = 0;
  PetscCall(KarCovSample(p->prior->data, key, x));
  PetscCall(KarObservationSample(p->obs, key, x, p->e));
  PetscCall(VecScale(p->e, -1));
  PetscCall(KarInnovationCorrect(p->innovation, p->e, x));
  PetscCall(VecAXPY(x, 1, p->component[j]));
  PetscFunctionReturn(PETSC_SUCCESS);
}
