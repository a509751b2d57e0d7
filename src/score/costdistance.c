/* The distance to a field, Phi(x) = |x - b|^2/2 in (1/|D|) int u v dx, and its gradient x - b. */
#include <karhunen/impl/cost.h>

static PetscErrorCode Apply(KarCost cost, Vec x, PetscReal *value)
{
  PetscFunctionBegin;
  PetscCall(VecWAXPY(cost->x, -1, cost->b, x));
  PetscCall(VecDot(cost->x, cost->x, value));
  *value /= 2;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Gradient(KarCost cost, Vec x, Vec g)
{
  PetscFunctionBegin;
  PetscCall(VecWAXPY(g, -1, cost->b, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarCost cost)
{
  PetscFunctionBegin;
  KarCheck(
    cost->comm, cost->b, PETSC_ERR_ORDER,
    "a cost by the distance to which field? give -control_target FILE.h5 (KarCostSetTarget()), or data of the end, "
    "-obs_data FILE.csv");
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCostCreate_Distance(KarCost cost)
{
  PetscFunctionBegin;
  cost->ops = (KarCostOps){.apply = Apply, .gradient = Gradient, .setup = SetUp};
  PetscFunctionReturn(PETSC_SUCCESS);
}
