/* y_i = u(x_i) but for whole turns, noise before they are taken off: a phase in [-pi, pi] */
#include <karhunen/impl/observe.h>

PetscErrorCode KarObservationCreate_Phase(KarObservation obs)
{
  PetscFunctionBegin;
  obs->ops = (KarObservationOps){.period = 2 * PETSC_PI};
  PetscFunctionReturn(PETSC_SUCCESS);
}
