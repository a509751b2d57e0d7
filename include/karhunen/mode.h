/* The modes of this rank, as a loop sees them. A header of the room fft. Level 2. */
#pragma once

#include <karhunen/grid.h>

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
/* Not collective; cannot fail. k[length]: wave numbers of row r along an axis of a periodic box, 0 at Nyquist modes. */
void kar_row_waves(const KarModes *modes, PetscInt r, PetscInt axis, PetscReal k[]);
/* Not collective; cannot fail. Has a grid of n[dim] points on the same box this mode, below its Nyquist modes? */
PetscBool kar_mode_within(const KarModes *modes, const PetscInt n[], const KarMode *mode);
