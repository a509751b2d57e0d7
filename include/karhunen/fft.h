/* The door between fields and their coordinates in the orthonormal Fourier or cosine basis. Level 2. */
#pragma once

#include <karhunen/mode.h>
#include <karhunen/grid.h>
#include <karhunen/random.h>

typedef struct _p_KarFFT *KarFFT;

/* Collective. The transform of a set-up grid, which it keeps; grid and modes are borrowed from it. */
PETSC_EXTERN PetscErrorCode KarFFTCreate(KarGrid grid, KarFFT *fft);
PETSC_EXTERN PetscErrorCode KarFFTGetGrid(KarFFT fft, KarGrid *grid);
PETSC_EXTERN PetscErrorCode KarFFTGetModes(KarFFT fft, const KarModes **modes);
PETSC_EXTERN PetscErrorCode KarFFTReference(KarFFT fft);
PETSC_EXTERN PetscErrorCode KarFFTDestroy(KarFFT *fft);

/* For FFTW plans of one's own: collective. Reads what FFTW has measured on this machine, once; saves what it has
   measured since. */
PETSC_EXTERN PetscErrorCode KarWisdomLoad(MPI_Comm comm);
PETSC_EXTERN PetscErrorCode KarWisdomSave(MPI_Comm comm);
/* Not collective. FFTW_ESTIMATE or, with -fft_plan measure, FFTW_MEASURE. */
PETSC_EXTERN unsigned KarWisdomRigor(void);

/* Collective. Zero coordinates; VecDot of two such is the inner product (1/|D|) int u v dx. The caller destroys it. */
PETSC_EXTERN PetscErrorCode KarFFTCreateCoordinates(KarFFT fft, Vec *x);
/* Collective. Coordinates of a field, and the field with these coordinates. The input is kept. */
PETSC_EXTERN PetscErrorCode KarFFTForward(KarFFT fft, Vec field, Vec x);
PETSC_EXTERN PetscErrorCode KarFFTInverse(KarFFT fft, Vec x, Vec field);
/* Collective. The same on bare arrays: field is [ln][n1][n2][dof], x the local coordinates. */
PETSC_EXTERN PetscErrorCode KarFFTForwardArray(KarFFT fft, const PetscReal field[], PetscReal x[]);
PETSC_EXTERN PetscErrorCode KarFFTInverseArray(KarFFT fft, const PetscReal x[], PetscReal field[]);

/* Collective. The network's door: the field's dof components are the first of `stride` float channels at each point. */
PETSC_EXTERN PetscErrorCode KarFFTForwardFloat(KarFFT fft, PetscInt stride, const float field[], PetscReal x[]);
PETSC_EXTERN PetscErrorCode KarFFTInverseFloat(KarFFT fft, const PetscReal x[], PetscInt stride, float field[]);

/* The multiplier of one mode. Not collective; cannot fail. */
typedef PetscReal KarModeFn(const KarMode *mode, void *ctx);
/* Not collective. One number for each mode this rank owns, [rows][length]; free with PetscFree(). */
PETSC_EXTERN PetscErrorCode KarFFTCreateMultiplier(KarFFT fft, KarModeFn *fn, void *ctx, PetscReal *m[]);
/* Not collective. x <- m x, mode by mode, every component. */
PETSC_EXTERN PetscErrorCode KarFFTMultiply(KarFFT fft, const PetscReal m[], Vec x);
/* Not collective. Derivative along `axis` of coordinates x; Nyquist modes vanish. Periodic basis only. y may not be x.
   */
PETSC_EXTERN PetscErrorCode KarFFTDerivative(KarFFT fft, PetscInt axis, Vec x, Vec y);
/* Not collective. Curl of coordinates x with a component for each of 2 or 3 axes, component a along axis a (0: z or y).
   In a plane it has one number, d_x u_y - d_y u_x, the first component of y. y may not be x. */
PETSC_EXTERN PetscErrorCode KarFFTCurl(KarFFT fft, Vec x, Vec y);
/* Not collective. Zeroes every mode with |index_i| > n_i/3 on some axis (Orszag's 2/3 rule). */
PETSC_EXTERN PetscErrorCode KarFFTDealias(KarFFT fft, Vec x);

/* Not collective. White noise: every coordinate N(0, 1), a function of `key` and the mode's index alone; zero at
   Nyquist. */
PETSC_EXTERN PetscErrorCode KarFFTFillNormal(KarFFT fft, KarKey key, Vec x);
/* Not collective. The same times sqrt(lambda) of each mode, [rows][length], in the same pass. */
PETSC_EXTERN PetscErrorCode KarFFTFillNormalScaled(KarFFT fft, KarKey key, const PetscReal lambda[], Vec x);
/* Collective. The field with these coordinates, which are drawn where the transform takes them. */
PETSC_EXTERN PetscErrorCode KarFFTNormalField(KarFFT fft, KarKey key, const PetscReal lambda[], Vec field);
/* Collective. The same in single precision throughout, in about 0.6 of the time: field is [ln][n1][n2][dof], lambda
   [rows][length]. 2D and 3D. */
PETSC_EXTERN PetscErrorCode KarFFTNormalFieldFloat(KarFFT fft, KarKey key, const float lambda[], float field[]);

#include <karhunen/resample.h>
