/* A line of modes whose data are smoother and rougher than the noise: p/lambda runs from low to high. */
#pragma once

#include "problem.h"

typedef struct {
  KarFFT   fft;
  KarSDE   sde;
  KarScore score;
  PetscInt n; /* modes of this rank */
} Ladder;

/* Modes 1, 2, ... of a grid of 2 count + 2 points have p/lambda = low ... high, uniform in its logarithm; mode 0 the
   first. */
PETSC_UNUSED static PetscErrorCode LadderCreate(KarSDEType type, PetscInt count, PetscReal low, PetscReal high,
                                                Ladder *ladder)
{
  const PetscInt  n[1] = {2 * count + 2};
  const KarModes *modes;
  PetscReal      *k, *lambda, *p;
  KarGrid         grid;
  KarCov          noise, data;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, 1, n, NULL));
  PetscCall(KarFFTCreate(grid, &ladder->fft));
  PetscCall(KarFFTGetModes(ladder->fft, &modes));
  ladder->n = modes->rows * modes->length;
  PetscCall(KarCovCreate(ladder->fft, &noise));
  PetscCall(KarCovCreate(ladder->fft, &data));
  PetscCall(PetscMalloc3(count + 1, &k, count + 1, &lambda, count + 1, &p));
  for (PetscInt i = 0; i <= count; i++) {
    k[i]      = 2 * PETSC_PI * (PetscReal)i;
    lambda[i] = PetscPowReal(1 + (PetscReal)i, -2);
    p[i] =
      lambda[i] * low * PetscPowReal(high / low, (PetscReal)PetscMax(i - 1, 0) / (PetscReal)PetscMax(count - 1, 1));
  }
  PetscCall(KarCovSetSpectrum(noise, count + 1, k, lambda));
  PetscCall(KarCovSetSpectrum(data, count + 1, k, p));
  PetscCall(KarSDECreate(noise, &ladder->sde));
  PetscCall(KarSDESetType(ladder->sde, type));
  PetscCall(ProblemScore(ladder->sde, data, &ladder->score));
  PetscCall(PetscFree3(k, lambda, p));
  PetscCall(KarCovDestroy(&noise));
  PetscCall(KarCovDestroy(&data));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The sampler's exact variance over the law's, in each mode: the lowest and the highest; Nyquist excepted. The law is
   that of the data, or (denoised false) that of X_t where the steps end. */
PETSC_UNUSED static PetscErrorCode LadderBias(const Ladder *ladder, TS ts, PetscBool denoised, PetscReal *low,
                                              PetscReal *high)
{
  const PetscReal   *p, *lambda, *t;
  const PetscScalar *v;
  KarCov             data, noise;
  Vec                variance;
  PetscInt           steps;
  PetscReal          a = 1, s = 0;
  PetscReal          ends[2] = {-PETSC_MAX_REAL, -PETSC_MAX_REAL};

  PetscFunctionBegin;
  PetscCall(KarScoreGetDataCovariance(ladder->score, &data));
  PetscCall(KarCovGetEigenvalues(data, &p));
  PetscCall(KarSDEGetCovariance(ladder->sde, &noise));
  PetscCall(KarCovGetEigenvalues(noise, &lambda));
  PetscCall(KarSamplerGetTimes(ts, &steps, &t));
  if (!denoised) PetscCall(KarSDEGetMarginal(ladder->sde, t[steps], &a, &s));
  PetscCall(KarFFTCreateCoordinates(ladder->fft, &variance));
  PetscCall(KarSamplerGetVariance(ts, variance));
  PetscCall(VecGetArrayRead(variance, &v));
  for (PetscInt i = 0; i < ladder->n; i++) {
    if (p[i] == 0) continue;
    ends[0] = PetscMax(ends[0], -v[2 * i] / (a * a * p[i] + s * s * lambda[i]));
    ends[1] = PetscMax(ends[1], v[2 * i] / (a * a * p[i] + s * s * lambda[i]));
  }
  PetscCall(VecRestoreArrayRead(variance, &v));
  PetscCall(VecDestroy(&variance));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, ends, 2, MPIU_REAL, MPIU_MAX, PETSC_COMM_WORLD));
  *low  = -ends[0];
  *high = ends[1];
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_UNUSED static PetscErrorCode LadderDestroy(Ladder *ladder)
{
  PetscFunctionBegin;
  PetscCall(KarScoreDestroy(&ladder->score));
  PetscCall(KarSDEDestroy(&ladder->sde));
  PetscCall(KarFFTDestroy(&ladder->fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}
