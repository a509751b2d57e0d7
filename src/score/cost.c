/* A cost: its type, its weight, its value. */
#include <karhunen/impl/cost.h>

/* The types: a new one is a file and a line here. */
#define TYPES(TYPE)                                                                                                    \
  TYPE(KARCOSTDISTANCE, "weight |x - b|^2/2, b a field: -control_target", KarCostCreate_Distance)                      \
  TYPE(KARCOSTOBSERVATION, "weight |y - H x|^2/2 over the noise: -obs_data", KarCostCreate_Observation)

KAR_TYPES(KarCost, TYPES, .noun = "cost", .option = "control_cost", .fallback = KARCOSTDISTANCE);

KAR_CLASS_NAMES(KarCost, prefix)

PetscErrorCode KarCostCreate(KarFFT fft, KarCost *out)
{
  KarCost     cost;
  KarGrid     grid;
  KarGridInfo info;

  PetscFunctionBegin;
  PetscCall(PetscNew(&cost));
  PetscCall(KarFFTReference(fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  cost->fft        = fft;
  cost->comm       = info.comm;
  cost->weight     = 1;
  cost->references = 1;
  *out             = cost;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What an earlier type left behind. */
static PetscErrorCode Reset(KarCost cost)
{
  PetscFunctionBegin;
  if (cost->ops.destroy) PetscCall(cost->ops.destroy(cost));
  PetscCall(PetscMemzero(&cost->ops, sizeof(cost->ops)));
  cost->context = NULL;
  cost->ready   = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

KAR_CLASS_SETTYPE(KarCost, comm, prefix)

PetscErrorCode KarCostSetFromOptions(KarCost cost)
{
  char type[32];

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(type, cost->type, sizeof(type)));
  PetscCall(KarTypesFromOptions(&types, cost->comm, cost->prefix, sizeof(type), type));
  PetscCall(KarCostSetType(cost, type));
  PetscCall(KarOptionsReal(cost->prefix, "control_weight", "weight of the cost against the square of the control",
                           PETSC_SMALL, PETSC_MAX_REAL, &cost->weight));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCostSetWeight(KarCost cost, PetscReal weight)
{
  PetscFunctionBegin;
  KarCheck(cost->comm, weight > 0, PETSC_ERR_ARG_OUTOFRANGE, "a cost of weight %g: must be positive", (double)weight);
  cost->weight = weight;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCostSetTarget(KarCost cost, Vec b)
{
  PetscFunctionBegin;
  PetscCall(PetscObjectReference((PetscObject)b));
  PetscCall(VecDestroy(&cost->b));
  cost->b     = b;
  cost->ready = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCostSetObservation(KarCost cost, KarObservation obs, Vec y)
{
  PetscFunctionBegin;
  PetscCall(KarObservationSetUp(obs));
  PetscCall(KarObservationReference(obs));
  PetscCall(PetscObjectReference((PetscObject)y));
  PetscCall(KarObservationDestroy(&cost->obs));
  PetscCall(VecDestroy(&cost->y));
  PetscCall(VecDestroy(&cost->e));
  cost->obs   = obs;
  cost->y     = y;
  cost->ready = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCostSetUp(KarCost cost)
{
  PetscFunctionBegin;
  if (cost->ready) PetscFunctionReturn(PETSC_SUCCESS);
  KarCheck(cost->comm, cost->ops.apply, PETSC_ERR_ORDER, "the cost has no type: give -%scontrol_cost", cost->prefix);
  if (!cost->x) PetscCall(KarFFTCreateCoordinates(cost->fft, &cost->x));
  if (cost->ops.setup) PetscCall(cost->ops.setup(cost));
  cost->ready = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCostView(KarCost cost, PetscViewer viewer)
{
  PetscFunctionBegin;
  PetscCall(PetscViewerASCIIPrintf(viewer, "cost %s, weight %g\n", cost->type, (double)cost->weight));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCostReference(KarCost cost)
{
  PetscFunctionBegin;
  cost->references++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCostDestroy(KarCost *cost)
{
  PetscFunctionBegin;
  if (*cost && --(*cost)->references == 0) {
    PetscCall(Reset(*cost));
    PetscCall(VecDestroy(&(*cost)->b));
    PetscCall(VecDestroy(&(*cost)->y));
    PetscCall(VecDestroy(&(*cost)->x));
    PetscCall(VecDestroy(&(*cost)->e));
    PetscCall(KarObservationDestroy(&(*cost)->obs));
    PetscCall(KarFFTDestroy(&(*cost)->fft));
    PetscCall(PetscFree(*cost));
  }
  *cost = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCostApply(KarCost cost, Vec x, PetscReal *value)
{
  PetscFunctionBegin;
  PetscCall(KarCostSetUp(cost));
  PetscCall(VecLockReadPush(x));
  PetscCall(cost->ops.apply(cost, x, value));
  PetscCall(VecLockReadPop(x));
  *value *= cost->weight;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCostGradient(KarCost cost, Vec x, Vec g)
{
  PetscFunctionBegin;
  PetscCall(KarCostSetUp(cost));
  KarCheck(cost->comm, cost->ops.gradient, PETSC_ERR_SUP, "a cost %s has no derivative", cost->type);
  PetscCall(VecLockReadPush(x));
  PetscCall(cost->ops.gradient(cost, x, g));
  PetscCall(VecLockReadPop(x));
  PetscCall(VecScale(g, cost->weight));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCostHasGradient(KarCost cost, PetscBool *has)
{
  PetscFunctionBegin;
  PetscCall(KarCostSetUp(cost));
  *has = cost->ops.gradient ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCostGetQuadratic(KarCost cost, Vec *b, PetscReal *R, KarObservation *obs, Vec *y)
{
  PetscFunctionBegin;
  PetscCall(KarCostSetUp(cost));
  *b   = strcmp(cost->type, KARCOSTDISTANCE) ? NULL : cost->b;
  *R   = 1 / cost->weight;
  *obs = NULL, *y = NULL;
  if (!strcmp(cost->type, KARCOSTOBSERVATION) && cost->weight == 1) {
    PetscBool linear;

    PetscCall(KarObservationIsLinear(cost->obs, &linear));
    if (linear) *obs = cost->obs, *y = cost->y;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
