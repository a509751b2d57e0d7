/* y_i = u(x_i)^2 */
#include <karhunen/impl/observe.h>

#include <math.h>

static void Square(PetscReal v, PetscReal *h, PetscReal *slope)
{
  *h     = v * v;
  *slope = 2 * v;
}

PetscErrorCode KarObservationCreate_Square(KarObservation obs)
{
  PetscFunctionBegin;
  obs->ops = (KarObservationOps){.pointwise = Square};
  PetscFunctionReturn(PETSC_SUCCESS);
}
