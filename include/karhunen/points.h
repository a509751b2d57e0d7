/* Fields at scattered places: the non-uniform transform of type 2 and its transpose. A header of the room fft. Level
   2. */
#pragma once

#include <karhunen/fft.h>

typedef struct _p_KarPoints *KarPoints;

/* Collective. m places x[m][dim] of this rank, anywhere in the box, m >= 0; copied. A place outside the box: one line.
   Holds a grid twice as fine along each axis while it lives. */
PETSC_EXTERN PetscErrorCode KarPointsCreate(KarFFT fft, PetscInt m, const PetscReal x[], KarPoints *points);
/* Collective. values[m][dof] at this rank's places of the field with coordinates x, to 1e-12 of the field's size;
   Nyquist modes count as 0. */
PETSC_EXTERN PetscErrorCode KarPointsEvaluate(KarPoints points, Vec x, PetscReal values[]);
/* Collective. The transpose: coordinates x of sum_i values_i delta(x - x_i), over the places of all ranks. */
PETSC_EXTERN PetscErrorCode KarPointsTranspose(KarPoints points, const PetscReal values[], Vec x);
PETSC_EXTERN PetscErrorCode KarPointsDestroy(KarPoints *points);
