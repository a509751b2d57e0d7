/* What the files that judge draws by place share. */
#pragma once

#include <karhunen/byplace.h>

/* Collective. Of each point of this rank's slab, [ln][n1][n2], the bin of its distance to the nearest of x[m][dim];
   spacing: the mean one of the data. */
PetscErrorCode KarPlaceFindBins(const KarGridInfo *grid, PetscInt m, const PetscReal x[], PetscReal *spacing,
                                signed char bin[]);
/* The end of a bin, in spacings. */
PetscReal kar_place_end(PetscInt bin);
