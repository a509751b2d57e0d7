/* What the files of src/stats share. */
#pragma once

#include <karhunen/stats.h>

/* Not collective. In rising order, in place, whatever the order before and however many are equal. */
PetscErrorCode KarSortReals(PetscInt n, PetscReal v[]);
