/* y_i = u(x_i) */
#include <karhunen/impl/observe.h>

PetscErrorCode KarObservationCreate_Points(KarObservation obs)
{
  PetscFunctionBegin;
  obs->ops = (KarObservationOps){0};
  PetscFunctionReturn(PETSC_SUCCESS);
}
