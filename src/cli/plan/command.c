/* karhunen plan -help: the options of plan alone; the rest is in plan.c, which runs without MPI. */
#include "cli.h"

PetscErrorCode KarCommandPlan(MPI_Comm comm)
{
  char      launch[256] = "mpirun -n";
  PetscInt  ranks       = 1;
  PetscBool done;

  PetscFunctionBegin;
  PetscCall(KarOptionsInt(NULL, "plan_ranks", "ranks that the command will have", 1, 1 << 20, &ranks));
  PetscCall(
    KarOptionsString(NULL, "plan_launch", "what starts ranks here, before their number", sizeof(launch), launch));
  if (KarOptionsHelping())
    PetscCall(
      PetscPrintf(comm, "karhunen plan COMMAND OPTIONS: generate, sample, posterior or train, as it will be run\n"));
  PetscCall(KarCommandReady(comm, &done));
  PetscFunctionReturn(PETSC_SUCCESS);
}
