/* Are draws given data what they say? Truths against draws given data of them: coverage, spread and error by scale,
   ranks, CRPS, energy score. A header of the room stats. Level 3. */
#pragma once

#include <karhunen/stats.h>

#define KAR_ENSEMBLE_BANDS       24
#define KAR_ENSEMBLE_FUNCTIONALS (KAR_ENSEMBLE_BANDS + 2)

/* Modes with first <= |k|/k_1 < end, k_1 the least wave number of the longest axis. */
typedef struct {
  PetscReal   first, end;
  KarEstimate coverage; /* share of the points where the truth is within the central interval of the draws */
  KarEstimate ratio;    /* error of the mean over what the spread promises; 1: right, 1.2: too narrow by a fifth */
  PetscReal   power;    /* share of the truths' variance */
  PetscReal   open;     /* variance of the draws of a truth over that of the truths: what the data leave open */
  PetscBool   given;    /* draws are the truth, to rounding: the data have the band, and the other numbers are none */
} KarEnsembleBand;

/* Ranks of a number of each truth among those of the draws of different runs: uniform on 0 ... runs. */
typedef struct {
  char      name[64];
  PetscReal chi2, p; /* of equal numbers in the bins, and the probability of as much */
  PetscInt *count;   /* [bins] */
} KarEnsembleRanks;

typedef struct {
  PetscInt         truths, draws, runs, bands, functionals, bins;
  PetscReal        nominal; /* coverage of the interval when all is right */
  KarEnsembleBand  band[KAR_ENSEMBLE_BANDS];
  KarEnsembleRanks rank[KAR_ENSEMBLE_FUNCTIONALS];
  KarEstimate error, crps, energy; /* root mean square error of the mean; CRPS of a value; energy score of a field */
  KarEstimate
    variety; /* E|x - x'|^2 of two draws of one truth over E|x - truth|^2, over all modes; 1: as it should be */
} KarEnsembleInfo;

typedef struct _p_KarEnsemble *KarEnsemble;
/* Collective. Of fields of fft; `related`: so many draws in a row are of one run, and the ranks take the first of
   each. */
PETSC_EXTERN PetscErrorCode KarEnsembleCreate(KarFFT fft, PetscInt related, KarEnsemble *ensemble);
/* Collective. One truth and n draws, in coordinates; n is the same each time. */
PETSC_EXTERN PetscErrorCode KarEnsembleAdd(KarEnsemble ensemble, Vec truth, PetscInt n, const Vec draw[]);
/* Collective. info is borrowed. */
PETSC_EXTERN PetscErrorCode KarEnsembleFinish(KarEnsemble ensemble, const KarEnsembleInfo **info);
PETSC_EXTERN PetscErrorCode KarEnsembleDestroy(KarEnsemble *ensemble);
