/* The door between fields and their coordinates in the orthonormal Fourier or cosine basis. Level 2. */
#pragma once

#include <karhunen/grid.h>
#include <karhunen/random.h>

typedef struct _p_KarFFT *KarFFT;

/* One mode as a loop sees it. */
typedef struct {
  PetscReal k[3];     /* angular wave number, rad per unit length */
  PetscReal k2;       /* |k|^2 */
  PetscInt  index[3]; /* signed index of the mode: the same on every grid */
  PetscInt  sign;     /* +1: the coefficient is that of `index`; -1: it is the conjugate of that of -index */
  PetscBool self;     /* the mode is its own partner: its coefficient is real */
  PetscBool nyquist;  /* it has no partner on a finer grid: covariance and noise are zero here */
  PetscReal
    weight; /* modes of the full spectrum that it stands for: 2 or 1. Coordinates are sqrt(weight) times coefficients */
  PetscInt
    /* its first number in a Vec of coordinates: dof components follow, each (re, im) or, in the cosine basis, one real
       */
    offset;
} KarMode;

/* The modes of this rank: rows of modes along one axis. Borrowed from the KarFFT. */
typedef struct {
  PetscInt         dim, dof, width; /* width: numbers for one mode and component: 2 (complex) or 1 (cosine) */
  PetscInt         rows, length;    /* this rank holds rows x length modes */
  PetscInt         n[3];            /* points of the grid along each axis */
  PetscInt         extent[3];       /* stored modes along each axis */
  PetscInt         order[3];        /* axes from the slowest to the fastest in memory; order[2] is the row */
  PetscInt         start;           /* first index of axis order[0] (order[2] in 1D) that this rank holds */
  const PetscReal *k[3];            /* wave number of each index of each axis */
  const PetscInt  *index[3];        /* signed index of each index of each axis */
  KarBasis         basis;
} KarModes;

/* Not collective; cannot fail. Mode j of row r. */
void kar_mode(const KarModes *modes, PetscInt r, PetscInt j, KarMode *mode);
/* Not collective; cannot fail. Has a grid of n[dim] points on the same box this mode, below its Nyquist modes? */
PetscBool kar_mode_within(const KarModes *modes, const PetscInt n[], const KarMode *mode);

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
   [rows][length].
   2D and 3D. */
PETSC_EXTERN PetscErrorCode KarFFTNormalFieldFloat(KarFFT fft, KarKey key, const float lambda[], float field[]);

/* Exact passage between two grids on the same box, rank count and basis: shared modes are copied, others are zero. */
typedef struct _p_KarResample *KarResample;
PETSC_EXTERN PetscErrorCode    KarResampleCreate(KarFFT from, KarFFT to, KarResample *resample);
/* Collective. y on the grid `to` has the modes of x on the grid `from` that both hold, Nyquist ones excepted. */
PETSC_EXTERN PetscErrorCode KarResampleApply(KarResample resample, Vec x, Vec y);
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
