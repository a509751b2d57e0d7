/* Covariances of stationary Gaussian fields, diagonal in the basis: C e_kappa = lambda(|k|) e_kappa. Level 3. */
#pragma once

#include <karhunen/fft.h>
#include <karhunen/io.h>

typedef struct _p_KarCov *KarCov;

typedef const char *KarCovType;
#define KARCOVMATERN      "matern"      /* (tau^2 + |k|^2)^-alpha */
#define KARCOVGAUSS       "gauss"       /* exp(-l^2 |k|^2 / 2) */
#define KARCOVSPECTRUM    "spectrum"    /* a table |k| -> lambda with a fitted tail */
#define KARCOVLAPLACE     "laplace"     /* sigma^2 (-Laplacian + tau^2)^-alpha, as published: not normalised */
#define KARCOVVONKARMAN   "vonkarman"   /* (k0^2 + |k|^2)^(-p/2), or Hanssen's three regimes of atmospheric phase */
#define KARCOVBANDLIMITED "bandlimited" /* 1 up to a wave number, 0 beyond */

/* Collective. A covariance of the grid's fields; with several components they are independent and alike. */
PETSC_EXTERN PetscErrorCode KarCovCreate(KarFFT fft, KarCov *cov);
PETSC_EXTERN PetscErrorCode KarCovSetType(KarCov cov, KarCovType type);
/* Options are then -PREFIXcov_type and so on. */
PETSC_EXTERN PetscErrorCode KarCovSetOptionsPrefix(KarCov cov, const char prefix[]);
PETSC_EXTERN PetscErrorCode KarCovSetFromOptions(KarCov cov);
/* Logically collective. One of the type's numbers by its option's name, such as "alpha"; before KarCovSetUp(). */
PETSC_EXTERN PetscErrorCode KarCovSetParameter(KarCov cov, const char name[], PetscReal value);
/* Logically collective. The pointwise variance of one component: the sum of lambda over all modes of the continuum, so
   that it holds on every grid. Ignored by types whose spectrum is absolute (laplace, spectrum). */
PETSC_EXTERN PetscErrorCode KarCovSetVariance(KarCov cov, PetscReal variance);
/* Logically collective. Multiplies the spectrum by factor (1 + ell^2 |k|^2)^m. Options -cov_factor, -cov_rough_length,
   -cov_rough_power. */
PETSC_EXTERN PetscErrorCode KarCovSetRoughness(KarCov cov, PetscReal ell, PetscReal m, PetscReal factor);
/* Logically collective. An octave: lambda is 0 in the modes that a grid of coarse[dim] points has, so that draws leave
   these alone. NULL: every mode. KarCovGetTrace() then counts the rest. */
PETSC_EXTERN PetscErrorCode KarCovSetOctave(KarCov cov, const PetscInt coarse[]);
/* Collective. The same covariance on a finer grid of the same box: 0 in the modes that the grid of cov lacks, or its
   octave leaves out. Kept by reference. */
PETSC_EXTERN PetscErrorCode KarCovCreateEmbedded(KarCov cov, KarFFT fft, KarCov *embedded);
/* Logically collective. Of vector fields, only the part without divergence is drawn. Option -cov_solenoidal. */
PETSC_EXTERN PetscErrorCode KarCovSetSolenoidal(KarCov cov, PetscBool solenoidal);
/* Logically collective. Makes this a "spectrum": lambda[i] at |k| = k[i], ascending; copied. k[0] = 0 is the mean's
   own value, used nowhere else. Log-log in between; beyond the last k, log lambda = c - p log k - r k with p, r >= 0
   fitted to the upper half of the band; zeros at the end are left out; where r = 0, p is at least dim + 1/2. */
PETSC_EXTERN PetscErrorCode KarCovSetSpectrum(KarCov cov, PetscInt n, const PetscReal k[], const PetscReal lambda[]);
/* Collective. A spectrum without a finite sum is refused. */
PETSC_EXTERN PetscErrorCode KarCovSetUp(KarCov cov);
/* Collective. One line. */
PETSC_EXTERN PetscErrorCode KarCovView(KarCov cov, PetscViewer viewer);
PETSC_EXTERN PetscErrorCode KarCovReference(KarCov cov);
PETSC_EXTERN PetscErrorCode KarCovDestroy(KarCov *cov);
/* Collective in effect. A type from outside, for -PREFIXcov_type; karhunen/impl/covariance.h has what it fills. */
PETSC_EXTERN PetscErrorCode KarCovRegister(const char name[], const char text[], PetscErrorCode (*create)(KarCov));
/* Not collective. Borrowed. */
PETSC_EXTERN PetscErrorCode KarCovGetFFT(KarCov cov, KarFFT *fft);
PETSC_EXTERN PetscErrorCode KarCovGetType(KarCov cov, KarCovType *type);
PETSC_EXTERN PetscErrorCode KarCovIsSolenoidal(KarCov cov, PetscBool *solenoidal);
/* Not collective. lambda of each mode this rank owns, [rows][length]; 0 at Nyquist. Borrowed. */
PETSC_EXTERN PetscErrorCode KarCovGetEigenvalues(KarCov cov, const PetscReal *lambda[]);
/* Collective. One table for two covariances of the same numbers, else nothing; pointers into cov are then void. */
PETSC_EXTERN PetscErrorCode KarCovShare(KarCov cov, KarCov with);
/* Not collective. Pointwise mean square of all components together, modes beyond this grid's included. */
PETSC_EXTERN PetscErrorCode KarCovGetTrace(KarCov cov, PetscReal *trace);
/* Not collective. lambda at any |k|: the same on every grid. */
PETSC_EXTERN PetscErrorCode KarCovEvaluate(KarCov cov, PetscReal k, PetscReal *lambda);
/* Not collective. p where lambda ~ |k|^-p as |k| grows; PETSC_MAX_REAL when it falls faster than any power. */
PETSC_EXTERN PetscErrorCode KarCovGetDecay(KarCov cov, PetscReal *p);
/* Not collective. y = C x, in coordinates; x may be y. */
PETSC_EXTERN PetscErrorCode KarCovApply(KarCov cov, Vec x, Vec y);
/* Not collective. The divergence-free part of x where the covariance is solenoidal; nothing otherwise. */
PETSC_EXTERN PetscErrorCode KarCovProject(KarCov cov, Vec x);
/* Not collective. Coordinates x ~ N(0, C): a function of `key` and the modes alone, not of ranks or grid. */
PETSC_EXTERN PetscErrorCode KarCovSample(KarCov cov, KarKey key, Vec x);
/* Collective. The field with these coordinates. */
PETSC_EXTERN PetscErrorCode KarCovSampleField(KarCov cov, KarKey key, Vec field);
/* Collective. The same in floats, [ln][n1][n2][dof], in about .6 of the time but for solenoidal fields and in 1D. */
PETSC_EXTERN PetscErrorCode KarCovSampleFieldFloat(KarCov cov, KarKey key, float field[]);
/* Collective. The covariance with everything that KarCovLoad() needs to make it again on any grid of the same box. */
PETSC_EXTERN PetscErrorCode KarCovSave(KarCov cov, KarCheckpoint file, const char group[]);
/* Collective. Set up; the caller destroys it. */
PETSC_EXTERN PetscErrorCode KarCovLoad(KarFFT fft, KarCheckpoint file, const char group[], KarCov *cov);

#include <karhunen/estimate.h>
