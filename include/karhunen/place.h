/* Where the box of a grid lies by the coordinates of its axes, which files of fields and of places have; fields and
   modes do not depend on it. A header of the room grid. Level 1. */
#pragma once

#include <karhunen/grid.h>

typedef struct {
  PetscReal origin[3];    /* coordinate where each axis begins, 0 at first */
  PetscReal direction[3]; /* 1: coordinates grow from there; -1: they fall */
} KarGridPlace;

/* Logically collective. direction < 0: the axis runs down from its origin. Either may be NULL. */
PETSC_EXTERN PetscErrorCode KarGridSetPlace(KarGrid grid, const PetscReal origin[], const PetscReal direction[]);
/* Not collective. KarGridRefine() and KarGridCreateLike() keep it. */
PETSC_EXTERN PetscErrorCode KarGridGetPlace(KarGrid grid, KarGridPlace *place);
/* Collective on comm. The box, place and points of another grid, with dof components, set up. The caller destroys
   it. */
PETSC_EXTERN PetscErrorCode KarGridCreateLike(MPI_Comm comm, KarGrid like, PetscInt dof, KarGrid *grid);
/* Not collective; cannot fail. How far coordinate x of an axis is from where the box begins, and the way back. */
PETSC_EXTERN PetscReal kar_grid_distance(const KarGridPlace *place, PetscInt axis, PetscReal x);
PETSC_EXTERN PetscReal kar_grid_coordinate(const KarGridPlace *place, PetscInt axis, PetscReal distance);
