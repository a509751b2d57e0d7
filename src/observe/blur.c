/* y_i = the field times exp(-l^2 |k|^2/2), at x_i: u smoothed by a Gaussian of standard deviation l */
#include <karhunen/impl/observe.h>

static PetscReal Gauss(const KarMode *mode, void *ctx)
{
  return PetscExpReal(-PetscSqr(((KarObservation)ctx)->length) * mode->k2 / 2);
}

static PetscErrorCode SetFromOptions(KarObservation obs)
{
  PetscFunctionBegin;
  PetscCall(KarOptionsReal(obs->prefix, "obs_length",
                           "standard deviation of the blur, in the unit of the grid's lengths", PETSC_SMALL,
                           PETSC_MAX_REAL, &obs->length));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarObservation obs)
{
  PetscFunctionBegin;
  KarCheck(obs->comm, obs->length > 0, PETSC_ERR_USER_INPUT,
           "a blur of which length? Give -obs_length, its standard deviation");
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode View(KarObservation obs, PetscViewer viewer)
{
  PetscFunctionBegin;
  PetscCall(PetscViewerASCIIPrintf(viewer, ", blurred over %g", (double)obs->length));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationCreate_Blur(KarObservation obs)
{
  PetscFunctionBegin;
  obs->ops = (KarObservationOps){.multiplier = Gauss, .setfromoptions = SetFromOptions, .setup = SetUp, .view = View};
  PetscFunctionReturn(PETSC_SUCCESS);
}
