/* What the files of src/stats share. */
#pragma once

#include <karhunen/stats.h>

/* Not collective. In rising order, in place, whatever the order before and however many are equal. */
PetscErrorCode KarSortReals(PetscInt n, PetscReal v[]);

/* Of n draws the central interval leaves out an eighth on either side, one at least: of few draws it is their range. */
static inline PetscInt kar_ensemble_cut(PetscInt n)
{
  return n < 2 ? 0 : PetscMax(1, (n + 1) / 8);
}

enum { KAR_ORDERS = 16 };
/* Collective. Order statistics number rank[t] (from 0), t < targets <= KAR_ORDERS, of the numbers >= 0 of all ranks,
   sorted on each. */
PetscErrorCode KarOrderStatistics(MPI_Comm comm, PetscInt n, const PetscReal sorted[], PetscInt targets,
                                  const PetscInt64 rank[], PetscReal value[]);
/* Collective. The share of `all` numbers, sorted on every rank, below bound. */
PetscErrorCode KarShareBelow(MPI_Comm comm, PetscInt n, const PetscReal sorted[], PetscInt all, PetscReal bound,
                             PetscReal *share);
