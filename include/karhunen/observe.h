/* Observations y = H(u) + e, e ~ N(0, R), of a field by its coordinates, where the adjoint of H' is its transpose.
   Level 5. */
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
#define KAROBSERVATIONLINES   "lines"   /* means along straight lines */
#define KAROBSERVATIONPHASE   "phase"   /* u(x_i) but for whole turns */
#define KAROBSERVATIONSQUARE  "square"  /* u(x_i)^2 */
#define KAROBSERVATIONTANH    "tanh"    /* tanh u(x_i) */
#define KAROBSERVATIONFLOW                                                                                             \
  "flow" /* the vorticity of a plane flow at a later time, at x_i, of that at time 0 or of a force */

/* Collective. An observation of fields of this grid. */
PETSC_EXTERN PetscErrorCode KarObservationCreate(KarFFT fft, KarObservation *obs);
PETSC_EXTERN PetscErrorCode KarObservationSetType(KarObservation obs, KarObservationType type);
/* Not collective. Borrowed. */
PETSC_EXTERN PetscErrorCode KarObservationGetType(KarObservation obs, KarObservationType *type);
PETSC_EXTERN PetscErrorCode KarObservationSetOptionsPrefix(KarObservation obs, const char prefix[]);
/* Collective. -obs_type, the places -obs_data | -obs_points | -obs_every | -obs_mask, -obs_noise, -obs_dense,
   -obs_ksp_*. */
PETSC_EXTERN PetscErrorCode KarObservationSetFromOptions(KarObservation obs);
/* Logically collective. "width" (average), "length" (blur), "modes" (modes), "period" (phase), "noise", "every",
   "dense"; of flow "time", "viscosity", "step", "keep" (MiB) and "forcing" (1: the field is the force). */
PETSC_EXTERN PetscErrorCode KarObservationSetParameter(KarObservation obs, const char name[], PetscReal value);
/* Logically collective. Places x[m][dim], as distances from where the box begins (kar_grid_distance() of coordinates),
   and, where not NULL, their components; copied. The same on every rank. */
PETSC_EXTERN PetscErrorCode KarObservationSetPlaces(KarObservation obs, PetscInt m, const PetscReal x[],
                                                    const PetscInt component[]);
/* Logically collective. Straight lines from[m][dim] to to[m][dim], of "lines". */
PETSC_EXTERN PetscErrorCode KarObservationSetLines(KarObservation obs, PetscInt m, const PetscReal from[],
                                                   const PetscReal to[], const PetscInt component[]);
/* Logically collective. Errors that are a field: y = H(u + w) + e, w ~ N(0, cov); kept by reference, NULL for none.
   -obs_cov_*. */
PETSC_EXTERN PetscErrorCode KarObservationSetCorrelatedNoise(KarObservation obs, KarCov cov);
/* Logically collective. Of a "coarse" observation: its points along each axis. */
PETSC_EXTERN PetscErrorCode KarObservationSetCoarse(KarObservation obs, const PetscInt n[]);
/* Logically collective. The standard deviation of each datum, in the order of the data; copied. */
PETSC_EXTERN PetscErrorCode KarObservationSetNoise(KarObservation obs, PetscInt m, const PetscReal gamma[]);
/* Logically collective. Data of group[i] = 1, 2, ... are known but for a constant of that group, N(0, deviation^2);
   those of group 0 have none. In the order of the data; copied; NULL for none. Of linear data. -obs_offset. */
PETSC_EXTERN PetscErrorCode KarObservationSetGroups(KarObservation obs, PetscInt m, const PetscInt group[],
                                                    PetscReal deviation);
/* Collective. A place outside the box, noise that is not positive, no datum at all: one line. */
PETSC_EXTERN PetscErrorCode KarObservationSetUp(KarObservation obs);
PETSC_EXTERN PetscErrorCode KarObservationView(KarObservation obs, PetscViewer viewer);
PETSC_EXTERN PetscErrorCode KarObservationReference(KarObservation obs);
PETSC_EXTERN PetscErrorCode KarObservationDestroy(KarObservation *obs);
/* Collective in effect. A type from outside, for -PREFIXobs_type; karhunen/impl/observe.h has what it fills. */
PETSC_EXTERN PetscErrorCode KarObservationRegister(const char name[], const char text[],
                                                   PetscErrorCode (*create)(KarObservation));

/* Collective. H' as a MATSHELL with its transpose, where H is not linear at the last linearisation; and the variances
   R. Borrowed. */
PETSC_EXTERN PetscErrorCode KarObservationGetMatrix(KarObservation obs, Mat *H);
PETSC_EXTERN PetscErrorCode KarObservationGetVariance(KarObservation obs, Vec *R);
PETSC_EXTERN PetscErrorCode KarObservationIsLinear(KarObservation obs, PetscBool *linear);
PETSC_EXTERN PetscErrorCode KarObservationHasCorrelatedNoise(KarObservation obs, PetscBool *has);
/* Collective. y = H(x); and with e ~ N(0, R), and the field of errors, by key and number of the datum alone (x NULL:
   e). */
PETSC_EXTERN PetscErrorCode KarObservationApply(KarObservation obs, Vec x, Vec y);
PETSC_EXTERN PetscErrorCode KarObservationSample(KarObservation obs, KarKey key, Vec x, Vec y);
/* Collective. H' at x, borrowed: the same Mat at every x; y = H(x). y and H may be NULL. */
PETSC_EXTERN PetscErrorCode KarObservationLinearise(KarObservation obs, Vec x, Vec y, Mat *H);
/* Collective. e = y - h, of phases the nearest of all that differ by whole turns. e may be y or h. */
PETSC_EXTERN PetscErrorCode KarObservationResidual(KarObservation obs, Vec y, Vec h, Vec e);

#include <karhunen/measured.h>
