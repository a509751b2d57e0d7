/* What the files of fft share. */
#pragma once

#include <karhunen/fft.h>
#include <fftw3-mpi.h>

struct _p_KarFFT {
  KarGrid     grid; /* shared */
  KarGridInfo info;
  KarModes    modes;
  PetscReal  *k[3];     /* owned; modes.k points here */
  PetscInt   *index[3]; /* owned */
  PetscReal  *weight;   /* sqrt(weight) of each stored index of the last axis */
  double     *work;     /* one padded field, or its spectrum: the transforms are in place */
  fftw_plan   forward, inverse;
  int        *counts, *displacements; /* 1D: planes of each rank, in numbers */
  PetscInt    references;
  int         threads;
};

/* Not collective. Where the coefficient of signed index i[] is stored, as a count of modes from the first of rank 0; -1 when it
   is not, or is a Nyquist mode. */
PetscInt kar_find_mode(const KarModes *modes, const PetscInt i[3]);
/* Not collective. The signed index as stored, before a pair is given one name. */
void kar_stored_index(const KarMode *mode, PetscInt i[3]);
/* Collective. The transforms of the work array, with the scale: x -> work -> x. */
PetscErrorCode KarFFTExecuteForward(KarFFT fft, PetscReal x[]);
PetscErrorCode KarFFTExecuteInverse(KarFFT fft, const PetscReal x[]);
/* Not collective. This rank's coordinates in the work array: KarFFTExecuteInverse() takes them from there too. */
PetscReal *kar_fft_spectrum(KarFFT fft);
/* Not collective. Row r of the field in the work array; numbers in a row. */
PetscReal *kar_fft_row(KarFFT fft, PetscInt r);
PetscInt   kar_fft_row_length(KarFFT fft);
