/* Modes that the last level of a cascade lacks, Gaussian by the fit of its spectrum. */
#include "cascadeimpl.h"

/* The spectrum of the last level beyond its own grid, where it goes on as a fit (KarCovSetSpectrum()). */
static PetscErrorCode CreateBeyond(KarCov data, const PetscInt coarse[], PetscReal low, PetscReal high, KarFFT fft,
                                   KarCov *beyond)
{
  const PetscInt n = 256;
  PetscReal      k[256], lambda[256];
  PetscBool      solenoidal;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < n; i++) {
    k[i] = low * PetscPowReal(high / low, (PetscReal)i / (PetscReal)(n - 1));
    PetscCall(KarCovEvaluate(data, k[i], &lambda[i]));
  }
  PetscCall(KarCovIsSolenoidal(data, &solenoidal));
  PetscCall(KarCovCreate(fft, beyond));
  PetscCall(KarCovSetType(*beyond, KARCOVSPECTRUM));
  PetscCall(KarCovSetSpectrum(*beyond, n, k, lambda));
  PetscCall(KarCovSetSolenoidal(*beyond, solenoidal));
  PetscCall(KarCovSetOctave(*beyond, coarse));
  PetscCall(KarCovSetUp(*beyond));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeSetFinest(KarCascade cascade, KarFFT fft, PetscReal *share)
{
  PetscReal   low = PETSC_MAX_REAL, high = 0, trace, all = 0;
  KarGrid     grid;
  KarGridInfo own, to;
  KarCov      data;
  KarFFT      last;

  PetscFunctionBegin;
  KarCheck(cascade->comm, cascade->levels && !cascade->beyond, PETSC_ERR_ORDER,
           "KarCascadeSetFinest() comes once, after KarCascadeAdd()");
  PetscCall(KarScoreSetUp(cascade->level[0].score));
  PetscCall(KarScoreSetUp(cascade->level[cascade->levels - 1].score));
  PetscCall(KarScoreGetFFT(cascade->level[cascade->levels - 1].score, &last));
  PetscCall(KarFFTGetGrid(last, &grid));
  PetscCall(KarGridGetInfo(grid, &own));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &to));
  for (PetscInt a = 0; a < own.dim; a++) {
    const PetscReal unit = (own.basis == KAR_BASIS_PERIODIC ? 1 : 0.5) * PETSC_PI / own.length[a];

    low  = PetscMin(low, unit * (PetscReal)own.n[a] / 2);
    high = PetscMax(high, 2 * unit * (PetscReal)to.n[a]);
  }
  PetscCall(KarScoreGetDataCovariance(cascade->level[cascade->levels - 1].score, &data));
  PetscCall(CreateBeyond(data, own.n, low, high, fft, &cascade->beyond));
  PetscCall(KarFFTCreateCoordinates(last, &cascade->last));
  PetscCall(KarScoreGetDataCovariance(cascade->level[0].score, &data));
  PetscCall(KarCovGetTrace(data, &all));
  PetscCall(KarCovGetTrace(cascade->beyond, &trace));
  *share = trace / all;
  PetscFunctionReturn(PETSC_SUCCESS);
}
