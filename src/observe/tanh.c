/* y_i = tanh u(x_i), an instrument that saturates */
#include <karhunen/impl/observe.h>

#include <math.h>

static void Tanh(PetscReal v, PetscReal *h, PetscReal *slope)
{
  *h     = tanh(v);
  *slope = 1 - *h * *h;
}

PetscErrorCode KarObservationCreate_Tanh(KarObservation obs)
{
  PetscFunctionBegin;
  obs->ops = (KarObservationOps){.pointwise = Tanh};
  PetscFunctionReturn(PETSC_SUCCESS);
}
