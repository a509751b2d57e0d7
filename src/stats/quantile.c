/* Order statistics of numbers that are spread over ranks, exactly: their bits are found one after another. */
#include "statsimpl.h"

PetscErrorCode KarOrderStatistics(MPI_Comm comm, PetscInt n, const PetscReal sorted[], PetscInt targets,
                                  const PetscInt64 rank[], PetscReal value[])
{
  PetscInt64 bits[KAR_ORDERS] = {0}, below[KAR_ORDERS];

  PetscFunctionBegin;
  for (int b = 62; b >= 0; b--) {
    for (PetscInt t = 0; t < targets; t++) {
      const PetscInt64 bound = bits[t] | ((PetscInt64)1 << b);
      PetscInt         low = 0, high = n;
      PetscReal        v;

      memcpy(&v, &bound, sizeof(v));
      while (low < high) {
        const PetscInt at = (low + high) / 2;

        if (PetscIsInfOrNanReal(v) || sorted[at] < v) low = at + 1;
        else high = at;
      }
      below[t] = low;
    }
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, below, (int)targets, MPIU_INT64, MPI_SUM, comm));
    for (PetscInt t = 0; t < targets; t++)
      if (below[t] <= rank[t]) bits[t] |= (PetscInt64)1 << b;
  }
  for (PetscInt t = 0; t < targets; t++) memcpy(&value[t], &bits[t], sizeof(value[t]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarShareBelow(MPI_Comm comm, PetscInt n, const PetscReal sorted[], PetscInt all, PetscReal bound,
                             PetscReal *share)
{
  PetscInt64 below = 0;

  PetscFunctionBegin;
  while (below < n && sorted[below] < bound) below++;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &below, 1, MPIU_INT64, MPI_SUM, comm));
  *share = (PetscReal)below / (PetscReal)all;
  PetscFunctionReturn(PETSC_SUCCESS);
}
