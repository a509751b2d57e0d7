/* Observations y = H u + e, e ~ N(0, R), of a field by its coordinates, where the adjoint of H is its transpose; and the solve with
   M = H Gamma H* + R, Gamma mode by mode. Level 5. */
#pragma once

#include <karhunen/covariance.h>
#include <karhunen/dataset.h>
#include <petscmat.h>

typedef struct _p_KarObservation *KarObservation;

typedef const char *KarObservationType;
#define KAROBSERVATIONPOINTS  "points"  /* u(x_i): on the grid or off it */
#define KAROBSERVATIONAVERAGE "average" /* means over boxes about x_i */
#define KAROBSERVATIONBLUR    "blur"    /* u smoothed by a Gaussian, at x_i */
#define KAROBSERVATIONCOARSE  "coarse"  /* all points of a coarser grid, of the modes that it holds */
#define KAROBSERVATIONMODES   "modes"   /* orthonormal coefficients of the modes with |index| <= K */

/* Collective. An observation of fields of this grid. */
PETSC_EXTERN PetscErrorCode KarObservationCreate(KarFFT fft, KarObservation *obs);
PETSC_EXTERN PetscErrorCode KarObservationSetType(KarObservation obs, KarObservationType type);
PETSC_EXTERN PetscErrorCode KarObservationSetOptionsPrefix(KarObservation obs, const char prefix[]);
/* Collective. -obs_type, the places -obs_data | -obs_points | -obs_every | -obs_mask, -obs_noise, -obs_dense, -obs_ksp_*. */
PETSC_EXTERN PetscErrorCode KarObservationSetFromOptions(KarObservation obs);
/* Logically collective. "width" (average), "length" (blur), "modes" (modes), "noise", "every", "dense". */
PETSC_EXTERN PetscErrorCode KarObservationSetParameter(KarObservation obs, const char name[], PetscReal value);
/* Logically collective. Places x[m][dim] in the box and, where not NULL, their components; copied. The same on every rank. */
PETSC_EXTERN PetscErrorCode KarObservationSetPlaces(KarObservation obs, PetscInt m, const PetscReal x[], const PetscInt component[]);
/* Logically collective. Of a "coarse" observation: its points along each axis. */
PETSC_EXTERN PetscErrorCode KarObservationSetCoarse(KarObservation obs, const PetscInt n[]);
/* Logically collective. The standard deviation of each datum, in the order of the data; copied. */
PETSC_EXTERN PetscErrorCode KarObservationSetNoise(KarObservation obs, PetscInt m, const PetscReal gamma[]);
/* Collective. A place outside the box, noise that is not positive, no datum at all: one line. */
PETSC_EXTERN PetscErrorCode KarObservationSetUp(KarObservation obs);
PETSC_EXTERN PetscErrorCode KarObservationView(KarObservation obs, PetscViewer viewer);
PETSC_EXTERN PetscErrorCode KarObservationReference(KarObservation obs);
PETSC_EXTERN PetscErrorCode KarObservationDestroy(KarObservation *obs);
/* Collective in effect. A type from outside, for -PREFIXobs_type; karhunen/impl/observe.h has what it fills. */
PETSC_EXTERN PetscErrorCode KarObservationRegister(const char name[], const char text[], PetscErrorCode (*create)(KarObservation));

/* Collective. The number of data. */
PETSC_EXTERN PetscErrorCode KarObservationGetSize(KarObservation obs, PetscInt *m);
/* Collective. Zero data, each on the rank whose slab holds its place. The caller destroys it. */
PETSC_EXTERN PetscErrorCode KarObservationCreateData(KarObservation obs, Vec *y);
/* Collective. Between a Vec of data and an array of all of them in their own order, the same on every rank. */
PETSC_EXTERN PetscErrorCode KarObservationSetData(KarObservation obs, PetscInt m, const PetscReal values[], Vec y);
PETSC_EXTERN PetscErrorCode KarObservationGatherData(KarObservation obs, Vec y, PetscReal values[]);
/* Collective. The values that came with the places (-obs_data); an error when there are none. */
PETSC_EXTERN PetscErrorCode KarObservationGetData(KarObservation obs, Vec y);
/* Collective. H as a MATSHELL with its transpose, and the variances R. Borrowed. */
PETSC_EXTERN PetscErrorCode KarObservationGetMatrix(KarObservation obs, Mat *H);
PETSC_EXTERN PetscErrorCode KarObservationGetVariance(KarObservation obs, Vec *R);
/* Collective. y = H x; and y = H x + e with e ~ N(0, R) by key and number of the datum alone (x NULL: e). */
PETSC_EXTERN PetscErrorCode KarObservationApply(KarObservation obs, Vec x, Vec y);
PETSC_EXTERN PetscErrorCode KarObservationSample(KarObservation obs, KarKey key, Vec x, Vec y);
/* Collective. A CSV file with a header of places (of points, average, blur), values and noise, which -obs_data reads on any grid. */
PETSC_EXTERN PetscErrorCode KarObservationWrite(KarObservation obs, Vec y, const char path[]);

/* M = H Gamma H* + R for one Gamma: Cholesky up to -obs_dense data, else conjugate gradients. */
typedef struct _p_KarInnovation *KarInnovation;
/* Collective. gamma[rows][length], copied; project makes fields divergence-free (KarCovProject()), NULL for none. */
PETSC_EXTERN PetscErrorCode KarInnovationCreate(KarObservation obs, const PetscReal gamma[], KarCov project, KarInnovation *innovation);
PETSC_EXTERN PetscErrorCode KarInnovationDestroy(KarInnovation *innovation);
/* Collective. z = M^-1 e; z may be e. */
PETSC_EXTERN PetscErrorCode KarInnovationSolve(KarInnovation innovation, Vec e, Vec z);
/* Collective. d += Gamma H* M^-1 e. */
PETSC_EXTERN PetscErrorCode KarInnovationCorrect(KarInnovation innovation, Vec e, Vec d);
/* Collective. The variances M_ii; *has is false, and they are not there, without a factor. */
PETSC_EXTERN PetscErrorCode KarInnovationGetVariance(KarInnovation innovation, Vec variance, PetscBool *has);
/* Not collective. Is there a factor, and so a density? */
PETSC_EXTERN PetscErrorCode KarInnovationHasDensity(KarInnovation innovation, PetscBool *has);
/* Collective. log N(e; 0, M). Dense only. */
PETSC_EXTERN PetscErrorCode KarInnovationLogDensity(KarInnovation innovation, Vec e, PetscReal *value);
