/* y_i = the mean of u over the box of edges w about x_i: the value at x_i of the field times prod_a sinc(k_a w/2), in
   either basis */
#include <karhunen/impl/observe.h>

static PetscReal Sinc(const KarMode *mode, void *ctx)
{
  const PetscReal width = ((KarObservation)ctx)->width;
  PetscReal       m     = 1;

  for (int a = 0; a < 3; a++) {
    const PetscReal x = mode->k[a] * width / 2;

    if (PetscAbsReal(x) > 1e-8) m *= PetscSinReal(x) / x;
  }
  return m;
}

static PetscErrorCode SetFromOptions(KarObservation obs)
{
  PetscFunctionBegin;
  PetscCall(KarOptionsReal(obs->prefix, "obs_width", "edge of the boxes, in the unit of the grid's lengths",
                           PETSC_SMALL, PETSC_MAX_REAL, &obs->width));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarObservation obs)
{
  PetscFunctionBegin;
  KarCheck(obs->comm, obs->width > 0, PETSC_ERR_USER_INPUT,
           "averages over which boxes? Give -obs_width, the edge of each");
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode View(KarObservation obs, PetscViewer viewer)
{
  PetscFunctionBegin;
  PetscCall(PetscViewerASCIIPrintf(viewer, ", over boxes of edge %g", (double)obs->width));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationCreate_Average(KarObservation obs)
{
  PetscFunctionBegin;
  obs->ops = (KarObservationOps){.multiplier = Sinc, .setfromoptions = SetFromOptions, .setup = SetUp, .view = View};
  PetscFunctionReturn(PETSC_SUCCESS);
}
