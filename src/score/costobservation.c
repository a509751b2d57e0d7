/* Data of the end: Phi(x) = e R^-1 e/2, e = y - H(x), and its gradient -H'(x)* R^-1 e. */
#include <karhunen/impl/cost.h>

static PetscErrorCode Residual(KarCost cost, Vec x, PetscBool derivative, Mat *H)
{
  PetscFunctionBegin;
  if (derivative) PetscCall(KarObservationLinearise(cost->obs, x, cost->e, H));
  else PetscCall(KarObservationApply(cost->obs, x, cost->e));
  PetscCall(KarObservationResidual(cost->obs, cost->y, cost->e, cost->e));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Apply(KarCost cost, Vec x, PetscReal *value)
{
  Vec R, scaled;

  PetscFunctionBegin;
  PetscCall(Residual(cost, x, PETSC_FALSE, NULL));
  PetscCall(KarObservationGetVariance(cost->obs, &R));
  PetscCall(VecDuplicate(cost->e, &scaled));
  PetscCall(VecPointwiseDivide(scaled, cost->e, R));
  PetscCall(VecDot(scaled, cost->e, value));
  PetscCall(VecDestroy(&scaled));
  *value /= 2;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Gradient(KarCost cost, Vec x, Vec g)
{
  Vec R;
  Mat H;

  PetscFunctionBegin;
  PetscCall(Residual(cost, x, PETSC_TRUE, &H));
  PetscCall(KarObservationGetVariance(cost->obs, &R));
  PetscCall(VecPointwiseDivide(cost->e, cost->e, R));
  PetscCall(MatMultTranspose(H, cost->e, g));
  PetscCall(VecScale(g, -1));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarCost cost)
{
  PetscBool field;
  PetscReal least;
  Vec       R;

  PetscFunctionBegin;
  KarCheck(cost->comm, cost->obs, PETSC_ERR_ORDER, "a cost of which data? KarCostSetObservation(), or -obs_data");
  PetscCall(KarObservationHasCorrelatedNoise(cost->obs, &field));
  KarCheck(cost->comm, !field, PETSC_ERR_SUP,
           "a cost of data whose errors are not independent: leave -obs_cov_type and -obs_offset out");
  PetscCall(KarObservationGetVariance(cost->obs, &R));
  PetscCall(VecMin(R, NULL, &least));
  KarCheck(cost->comm, least > 0, PETSC_ERR_USER_INPUT, "a cost of data without noise is infinite: give -obs_noise");
  if (!cost->e) PetscCall(VecDuplicate(cost->y, &cost->e));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCostCreate_Observation(KarCost cost)
{
  PetscFunctionBegin;
  cost->ops = (KarCostOps){.apply = Apply, .gradient = Gradient, .setup = SetUp};
  PetscFunctionReturn(PETSC_SUCCESS);
}
