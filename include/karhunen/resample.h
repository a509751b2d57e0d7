/* Fields on other grids and under the symmetries of the box, by their modes. A header of the room fft. Level 2. */
#pragma once

#include <karhunen/fft.h>

/* Exact passage between two grids on the same box, rank count and basis: shared modes are copied, others are zero. */
typedef struct _p_KarResample *KarResample;
PETSC_EXTERN PetscErrorCode    KarResampleCreate(KarFFT from, KarFFT to, KarResample *resample);
/* Collective. y on the grid `to` has the modes of x on the grid `from` that both hold, Nyquist ones excepted. */
PETSC_EXTERN PetscErrorCode KarResampleApply(KarResample resample, Vec x, Vec y);
/* Collective. The same is added to y. */
PETSC_EXTERN PetscErrorCode KarResampleAdd(KarResample resample, Vec x, Vec y);
PETSC_EXTERN PetscErrorCode KarResampleDestroy(KarResample *resample);

/* The turns and reflections of the box that its grid allows: (g u)(x) = u(g^-1 x). */
typedef struct _p_KarSymmetry *KarSymmetry;
PETSC_EXTERN PetscErrorCode    KarSymmetryCreate(KarFFT fft, KarSymmetry *symmetry);
/* Not collective. The number of them, the identity being number 0; and -1 for one that reflects, +1 for one that
   turns. */
PETSC_EXTERN PetscErrorCode KarSymmetryGetSize(KarSymmetry symmetry, PetscInt *size);
PETSC_EXTERN PetscErrorCode KarSymmetryGetSign(KarSymmetry symmetry, PetscInt g, PetscInt *sign);
/* Collective. Coordinates y of g u from those x of u; Nyquist modes become zero. y may not be x. */
PETSC_EXTERN PetscErrorCode KarSymmetryApply(KarSymmetry symmetry, PetscInt g, Vec x, Vec y);
/* Collective. The same of a vector field (components = dimensions): (g u)(x) = g u(g^-1 x). */
PETSC_EXTERN PetscErrorCode KarSymmetryApplyVector(KarSymmetry symmetry, PetscInt g, Vec x, Vec y);
PETSC_EXTERN PetscErrorCode KarSymmetryDestroy(KarSymmetry *symmetry);
