/* What most claims begin with: the transforms of a box, and the score of Gaussian data in it. */
#pragma once

#include "claim.h"

/* Collective on comm. The transforms of a periodic box of edges 1, n[dim] points. */
PETSC_UNUSED static PetscErrorCode ProblemFFT(MPI_Comm comm, PetscInt dim, const PetscInt n[], KarFFT *fft)
{
  KarGrid grid;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(comm, &grid));
  PetscCall(KarGridSetSizes(grid, dim, n, NULL));
  PetscCall(KarFFTCreate(grid, fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Collective. The exact score of N(0, data) under a process that is there; not set up. */
PETSC_UNUSED static PetscErrorCode ProblemScore(KarSDE sde, KarCov data, KarScore *score)
{
  PetscFunctionBegin;
  PetscCall(KarScoreCreate(sde, score));
  PetscCall(KarScoreSetType(*score, KARSCOREGAUSSIAN));
  PetscCall(KarScoreSetDataCovariance(*score, data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Collective. Of a cascade: the exact score of two Gaussian laws, in modes that a grid of coarse[2] points lacks, or
   all where it is NULL. Not set up. */
PETSC_UNUSED static PetscErrorCode ProblemOctave(KarFFT fft, const PetscInt coarse[], KarScore *score)
{
  KarCov noise, data;
  KarSDE sde;
  Vec    mean;

  PetscFunctionBegin;
  PetscCall(KarCovCreate(fft, &noise));
  PetscCall(KarCovCreate(fft, &data));
  PetscCall(KarCovSetType(noise, KARCOVMATERN));
  PetscCall(KarCovSetType(data, KARCOVMATERN));
  PetscCall(KarCovSetParameter(data, "alpha", 3));
  PetscCall(KarCovSetOctave(noise, coarse));
  PetscCall(KarCovSetOctave(data, coarse));
  PetscCall(KarSDECreate(noise, &sde));
  PetscCall(KarScoreCreate(sde, score));
  PetscCall(KarScoreSetType(*score, KARSCOREMIXTURE));
  PetscCall(KarScoreSetDataCovariance(*score, data));
  for (PetscInt j = 0; j < 2; j++) { /* not linear: the past of a step counts */
    PetscCall(KarFFTCreateCoordinates(fft, &mean));
    PetscCall(KarCovSample(noise, (KarKey){.seed = 2, .sample = j, .stream = KAR_STREAM_TEST}, mean));
    PetscCall(KarScoreMixtureAdd(*score, 1, mean));
    PetscCall(VecDestroy(&mean));
  }
  PetscCall(KarSDEDestroy(&sde));
  PetscCall(KarCovDestroy(&noise));
  PetscCall(KarCovDestroy(&data));
  PetscFunctionReturn(PETSC_SUCCESS);
}
