/* y_i = u(x_i) but for whole turns, noise before they are taken off: a phase in [-P/2, P/2], P = 2 pi radians or what
   -obs_period says: 1 for cycles */
#include <karhunen/impl/observe.h>

static PetscErrorCode SetFromOptions(KarObservation obs)
{
  PetscFunctionBegin;
  PetscCall(KarOptionsReal(obs->prefix, "obs_period", "a whole turn of the phase, in the unit of the fields",
                           PETSC_SMALL, PETSC_MAX_REAL, &obs->period));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarObservation obs)
{
  PetscFunctionBegin;
  KarCheck(obs->comm, obs->period > 0, PETSC_ERR_USER_INPUT, "phases with a turn of %g: it has to be positive",
           (double)obs->period);
  obs->ops.period = obs->period;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode View(KarObservation obs, PetscViewer viewer)
{
  PetscFunctionBegin;
  PetscCall(PetscViewerASCIIPrintf(viewer, ", a turn is %g", (double)obs->period));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationCreate_Phase(KarObservation obs)
{
  PetscFunctionBegin;
  if (obs->period <= 0) obs->period = 2 * PETSC_PI;
  obs->ops = (KarObservationOps){.period = obs->period, .setfromoptions = SetFromOptions, .setup = SetUp, .view = View};
  PetscFunctionReturn(PETSC_SUCCESS);
}
