/* What the files of an ensemble share. */
#pragma once

#include <karhunen/ensemble.h>

struct _p_KarEnsemble {
  KarFFT          fft;
  MPI_Comm        comm;
  PetscInt        related, points;
  PetscReal      *mask[KAR_ENSEMBLE_BANDS];
  PetscReal      *covered, *error, *spread, *power; /* [truths][bands] */
  PetscReal      *score;                            /* [truths][3]: square error, CRPS, energy score */
  Vec             x, field, truth, sum, square, below;
  KarEnsembleInfo info;
};
