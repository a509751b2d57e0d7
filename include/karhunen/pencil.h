/* Gaussian laws at M places, exactly: the pencil of the data's covariance and the noise's. A header of the room
   covariance. Level 3. */
#pragma once

#include <karhunen/covariance.h>
#include <karhunen/points.h>

typedef struct _p_KarPencil *KarPencil;

/* Collective. Of a field with these covariances of one grid, seen at x[m][dim], in the box, alike on every rank;
   several components are independent and alike. One of places that are the same, or too near for so smooth a noise:
   one line. Rank 0 holds three matrices of m x m numbers meanwhile, then each rank its rows of two. */
PETSC_EXTERN PetscErrorCode KarPencilCreate(KarCov data, KarCov noise, PetscInt m, const PetscReal x[],
                                            KarPencil *pencil);
/* Collective. The same with noise that has the data's covariance and, of x[m + given], the last `given` places known:
   y = A^(-1/2) (u - K v), A the covariance of the others given these, mu = 1. Values have noise of variance nugget of
   their own. */
PETSC_EXTERN PetscErrorCode KarPencilCreateGiven(KarCov data, PetscReal nugget, PetscInt m, PetscInt given,
                                                 const PetscReal x[], KarPencil *pencil);
/* Not collective. The known values v[given][dof], alike on every rank; 0 before. */
PETSC_EXTERN PetscErrorCode KarPencilSetGiven(KarPencil pencil, const PetscReal v[]);
/* Not collective. K v, [local][dof], borrowed. */
PETSC_EXTERN PetscErrorCode KarPencilGetShift(KarPencil pencil, PetscInt *local, const PetscReal *shift[]);
PETSC_EXTERN PetscErrorCode KarPencilDestroy(KarPencil *pencil);
/* Not collective. mu[m], falling: the data's variances in coordinates y where the noise is white. Borrowed. */
PETSC_EXTERN PetscErrorCode KarPencilGetSpectrum(KarPencil pencil, const PetscReal *mu[]);
/* Collective. The two covariances as modes: of a line of m points whose coordinates are y. KarSDE, KarScore and the
   samplers take them as those of any grid; a score "gaussian" is then the exact denoiser at the places, kriging at
   each noise. Owned by the pencil. */
PETSC_EXTERN PetscErrorCode KarPencilGetCovariances(KarPencil pencil, KarCov *data, KarCov *noise);
/* Collective. A Vec of values [m][dof], dealt as y is; KarFFTCreateCoordinates() of the line makes y. */
PETSC_EXTERN PetscErrorCode KarPencilCreateValues(KarPencil pencil, Vec *values);
/* Collective. y = V^T u and u = Lambda V y, or of known values as there. */
PETSC_EXTERN PetscErrorCode KarPencilToCoordinates(KarPencil pencil, Vec u, Vec y);
PETSC_EXTERN PetscErrorCode KarPencilToValues(KarPencil pencil, Vec y, Vec u);
/* Collective. The matrix c(x_i, x_j) of one component, rows dealt as those of u: [local][m], the caller frees it with
   PetscFree(). */
PETSC_EXTERN PetscErrorCode KarCovAtPlaces(KarCov cov, PetscInt m, const PetscReal x[], PetscInt *local,
                                           PetscReal *matrix[]);
