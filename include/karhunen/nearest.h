/* The nearest of many fields, over shifts and turns: has a model learnt its data by heart? A header of the room stats.
   Level 3.

   Distance of x and y:  min_g |x - g y|^2 / (|x|^2 + |y|^2):  0 for a copy, 1 for orthogonal fields. */
#pragma once

#include <karhunen/stats.h>

typedef struct _p_KarNearest *KarNearest;

/* What a law does not change under. */
typedef struct {
  PetscBool shifts; /* periodic fields of one component */
  PetscBool turns;  /* the turns and reflections that the grid allows */
  PetscBool pseudo; /* a reflection changes the sign */
  PetscBool
    phase; /* fields are cos and sin: a constant is added to the phase, and its sign changes; no shifts, no turns */
} KarInvariance;

/* Collective on comm. fft, on PETSC_COMM_SELF, is that of each whole field; so many fields will be asked about. */
PETSC_EXTERN PetscErrorCode KarNearestCreate(MPI_Comm comm, KarFFT fft, const KarInvariance *invariance, PetscInt asked,
                                             KarNearest *nearest);
/* Not collective. Coordinates of field q that is asked about, on every rank. */
PETSC_EXTERN PetscErrorCode KarNearestAsk(KarNearest nearest, PetscInt q, Vec x);
/* Not collective, after all of them. Compares them with field `number`, whichever rank has it. */
PETSC_EXTERN PetscErrorCode KarNearestCompare(KarNearest nearest, PetscInt number, Vec y);
/* Collective. Of each field that was asked about, the least distance, and whose it is; alike on every rank. */
PETSC_EXTERN PetscErrorCode KarNearestFinish(KarNearest nearest, PetscReal distance[], PetscInt which[]);
PETSC_EXTERN PetscErrorCode KarNearestDestroy(KarNearest *nearest);

/* Not collective; cannot fail. n and m numbers of one law, the k least of all among the n: the probability of so many
   or more, prod_{i<k} (n - i) / (n + m - i). *k may be NULL. */
PetscReal kar_stats_least(PetscInt n, const PetscReal x[], PetscInt m, const PetscReal y[], PetscInt *k);
