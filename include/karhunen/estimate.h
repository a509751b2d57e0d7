/* A covariance estimated from samples. A header of the room covariance. Level 3. */
#pragma once

#include <karhunen/covariance.h>

/* Shell averages of |u^|^2 over samples: the table of KarCovSetSpectrum() for a data set. */
typedef struct _p_KarCovEstimate *KarCovEstimate;
PETSC_EXTERN PetscErrorCode       KarCovEstimateCreate(KarFFT fft, KarCovEstimate *estimate);
/* Logically collective, before samples are added. Of an octave: shells that have modes beyond those of a grid of
   coarse[dim] points are averages over these alone. NULL: over all. */
PETSC_EXTERN PetscErrorCode KarCovEstimateSetOctave(KarCovEstimate estimate, const PetscInt coarse[]);
/* Not collective. Adds one sample, in coordinates: this rank's share of it. */
PETSC_EXTERN PetscErrorCode KarCovEstimateAdd(KarCovEstimate estimate, Vec x);
PETSC_EXTERN PetscErrorCode KarCovEstimateAddArray(KarCovEstimate estimate, const PetscReal x[]);
/* Collective on comm, which holds the ranks of the transform, or of many of them with other samples. n shells from |k|
   = 0 up to the ball inside the grid's Nyquist box; lambda[0] is the variance of mode 0 about its mean. mean[dof] is
   that mean; it may be
   NULL. k and lambda are borrowed from the estimate. */
PETSC_EXTERN PetscErrorCode KarCovEstimateFinish(KarCovEstimate estimate, MPI_Comm comm, PetscInt *n,
                                                 const PetscReal *k[], const PetscReal *lambda[], PetscReal mean[]);
PETSC_EXTERN PetscErrorCode KarCovEstimateDestroy(KarCovEstimate *estimate);
