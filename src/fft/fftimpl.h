/* What the files of fft share. */
#pragma once

#include <karhunen/fft.h>
#include <fftw3-mpi.h>

struct _p_KarFFT {
  KarGrid     grid; /* shared */
  KarGridInfo info;
  KarModes    modes;
  PetscReal  *k[3];      /* owned; modes.k points here */
  PetscInt   *index[3];  /* owned */
  PetscReal  *weight;    /* sqrt(weight) of each stored index of the last axis */
  double     *work;      /* one padded field, or its spectrum: the transforms are in place */
  fftw_plan   forward, inverse;
  int        *counts, *displacements; /* 1D: planes of each rank, in numbers */
  PetscInt    references;
};

/* Collective. Reads FFTW's wisdom of this machine and rank count once, and saves what -fft_plan measure learns. */
PetscErrorCode KarWisdomLoad(MPI_Comm comm);
PetscErrorCode KarWisdomSave(MPI_Comm comm);
/* Not collective. FFTW_ESTIMATE or FFTW_MEASURE, from -fft_plan. */
unsigned KarWisdomRigor(void);
