/* What runs that were killed have left beside their files. */
#pragma once

#include <karhunen/file.h>

/* Collective. Removes what a run that was killed after it had given `path` its name left beside it: its lock, and
   path.part where that is the file itself, or any with `all`; nothing that a process holds. */
PETSC_EXTERN PetscErrorCode KarOutputClear(MPI_Comm comm, const char path[], PetscBool all);
