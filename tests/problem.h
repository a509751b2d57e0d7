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
