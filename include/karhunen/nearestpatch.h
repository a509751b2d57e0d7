/* The nearest of all patches of many fields, at every place, over turns: has a model learnt parts of its data by heart?
   A header of the room stats. Level 3.

   Distance of patches a and b:  min_g |a - g b|^2 / (|a|^2 + |b|^2):  0 for a copy, 1 for orthogonal ones. */
#pragma once

#include <karhunen/nearest.h>

typedef struct _p_KarNearestPatch *KarNearestPatch;

/* Of one patch: the nearest one's distance, its field, and its first point there, of the field as it is turned. */
typedef struct {
  PetscReal distance;
  PetscInt  field, corner[3];
} KarPatchFound;

/* Collective on comm. fft, on PETSC_COMM_SELF, is that of each whole field; patches of size[dim] points; so many of
   them will be asked about. invariance->shifts has no meaning: places are all that a box has, over its edge where it is
   periodic. */
PETSC_EXTERN PetscErrorCode KarNearestPatchCreate(MPI_Comm comm, KarFFT fft, const KarInvariance *invariance,
                                                  const PetscInt size[], PetscInt asked, KarNearestPatch *nearest);
/* Not collective. Patch q is that of the field with coordinates x from point corner[dim] on; on every rank. */
PETSC_EXTERN PetscErrorCode KarNearestPatchAsk(KarNearestPatch nearest, PetscInt q, Vec x, const PetscInt corner[]);
/* Not collective, after all of them. Compares them with the patches of field `number`, whichever rank has it. */
PETSC_EXTERN PetscErrorCode KarNearestPatchCompare(KarNearestPatch nearest, PetscInt number, Vec y);
/* Collective. found[asked], alike on every rank. */
PETSC_EXTERN PetscErrorCode KarNearestPatchFinish(KarNearestPatch nearest, KarPatchFound found[]);
PETSC_EXTERN PetscErrorCode KarNearestPatchDestroy(KarNearestPatch *nearest);
