/* y = all points of a coarser grid on the same box, of the modes that both grids hold */
#include <karhunen/impl/observe.h>

static PetscErrorCode SetFromOptions(KarObservation obs)
{
  const KarModes *m;
  PetscInt        dim = 3;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(obs->fft, &m));
  PetscCall(KarOptionsIntArray(obs->prefix, "obs_grid", "points of the coarser grid along each axis, slowest first", 1,
                               1 << 20, &dim, obs->coarse));
  KarCheck(obs->comm, !dim || dim == m->dim, PETSC_ERR_USER_INPUT,
           "-%sobs_grid: %" PetscInt_FMT " numbers for %" PetscInt_FMT " axes", obs->prefix, dim, m->dim);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarObservation obs)
{
  KarGrid     grid, coarse;
  KarGridInfo info;

  PetscFunctionBegin;
  PetscCall(KarFFTGetGrid(obs->fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  for (PetscInt a = 0; a < info.dim; a++)
    KarCheck(obs->comm, obs->coarse[a] > 0 && obs->coarse[a] <= info.n[a], PETSC_ERR_USER_INPUT,
             "a coarse grid of %" PetscInt_FMT " points along axis %" PetscInt_FMT
             ": give -obs_grid, 1 to %" PetscInt_FMT " there",
             obs->coarse[a], a, info.n[a]);
  KarCheck(obs->comm, !obs->place && !obs->mask[0], PETSC_ERR_USER_INPUT,
           "a coarse observation has its own points: leave out places and masks, or thin them by -obs_every");
  if (!obs->every) obs->every = 1;
  PetscCall(KarGridRefine(grid, obs->coarse, &coarse));
  PetscCall(KarFFTDestroy(&obs->at));
  PetscCall(KarFFTCreate(coarse, &obs->at));
  PetscCall(KarGridDestroy(&coarse));
  PetscCall(KarResampleCreate(obs->fft, obs->at, &obs->down));
  PetscCall(KarResampleCreate(obs->at, obs->fft, &obs->up));
  PetscCall(KarFFTCreateCoordinates(obs->at, &obs->low));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode View(KarObservation obs, PetscViewer viewer)
{
  PetscFunctionBegin;
  PetscCall(PetscViewerASCIIPrintf(viewer, ", points of a grid of %" PetscInt_FMT, obs->coarse[0]));
  for (int a = 1; a < 3 && obs->coarse[a]; a++)
    PetscCall(PetscViewerASCIIPrintf(viewer, " x %" PetscInt_FMT, obs->coarse[a]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationCreate_Coarse(KarObservation obs)
{
  PetscFunctionBegin;
  obs->ops = (KarObservationOps){.setfromoptions = SetFromOptions, .setup = SetUp, .view = View};
  PetscFunctionReturn(PETSC_SUCCESS);
}
