/* Memory before work. */
#pragma once

#include "cli.h"

/* Collective. -memory_limit; an error where the ranks of a host would take more memory than it has for them, for a
   field of n points shared by `share` ranks; dim 0: nothing is known and nothing refused. */
PetscErrorCode KarSetupMemory(MPI_Comm comm, const char command[], PetscInt dim, const PetscInt n[], PetscInt share);
/* Collective. The same for the grid of -grid_n or, without it, of the model; NULL or "": no model. */
PetscErrorCode KarSetupMemoryOfGrid(MPI_Comm comm, const char command[], const char model[], PetscInt share);
/* Not collective; cannot fail. Up to three whole numbers of an option "-name", and how many: 0 where it is not given,
   or says what will be refused where it is read. */
PetscInt kar_memory_numbers(const char option[], PetscInt n[3]);
