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

PetscErrorCode KarSetupGroups(MPI_Comm comm, PetscInt samples, MPI_Comm *one, PetscInt *groups, PetscInt *group)
{
  PetscInt per = 0;
  int      rank, ranks;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(KarOptionsInt(NULL, "ranks_per_field", "ranks that share a field; 0: all when there are fewer fields than ranks, else 1", 0, ranks, &per));
  if (!per) per = samples < ranks ? ranks : 1;
  KarCheck(comm, ranks % per == 0, PETSC_ERR_USER_INPUT, "-ranks_per_field %" PetscInt_FMT ": does not divide the %d ranks", per, ranks);
  *groups = ranks / (int)per;
  *group  = rank / (int)per;
  PetscCallMPI(MPI_Comm_split(comm, (int)*group, rank, one));
  PetscFunctionReturn(PETSC_SUCCESS);
}
