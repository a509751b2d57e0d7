/* From options to objects that several commands share. */
#include "cli.h"

PetscErrorCode KarSetupGrid(MPI_Comm comm, PetscInt dim, const PetscInt n[], const PetscReal length[], PetscInt dof, KarFFT *fft)
{
  KarGrid grid;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(comm, &grid));
  PetscCall(KarGridSetSizes(grid, dim, n, length));
  PetscCall(KarGridSetComponents(grid, dof));
  PetscCall(KarGridSetFromOptions(grid));
  PetscCall(KarGridSetUp(grid));
  PetscCall(KarFFTCreate(grid, fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}
