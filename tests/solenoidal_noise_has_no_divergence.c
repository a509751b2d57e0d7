/* Solenoidal vector fields in 2D and 3D: no divergence to rounding, the variance asked for in each component, and per
   mode the covariance lambda (I - k k'/|k|^2): its sample correlation along and across k.  ranks: 1 2 3 */
#include "claim.h"

static PetscErrorCode Check(PetscInt dim)
{
  const PetscInt   n[3] = {12, 10, 8}, samples = 400;
  PetscReal        worst = 0, scale = 0, energy = 0, across[2] = {0}, trace, z;
  const PetscReal *lambda;
  const KarModes  *m;
  KarGrid          grid;
  KarFFT           fft;
  KarCov           cov;
  KarMode          mode;
  Vec              x, y;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, dim, n, NULL));
  PetscCall(KarGridSetComponents(grid, dim));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(KarCovCreate(fft, &cov));
  PetscCall(KarCovSetType(cov, KARCOVMATERN));
  PetscCall(KarCovSetParameter(cov, "alpha", 4));
  PetscCall(KarCovSetVariance(cov, 3));
  PetscCall(KarCovSetSolenoidal(cov, PETSC_TRUE));
  PetscCall(KarCovGetTrace(cov, &trace));
  PetscCall(KarCovGetEigenvalues(cov, &lambda));
  ClaimNear(trace, 3 * (PetscReal)dim, 1e-11);
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecDuplicate(x, &y));
  for (PetscInt s = 0; s < samples; s++) {
    const PetscScalar *a;
    PetscReal          norm;

    PetscCall(KarCovSample(cov, (KarKey){.seed = 9, .sample = s, .stream = KAR_STREAM_DATA}, x));
    PetscCall(VecNorm(x, NORM_2, &norm));
    energy += PetscSqr(norm) / (PetscReal)samples;
    PetscCall(VecGetArrayRead(x, &a));
    for (PetscInt r = 0; r < m->rows; r++)
      for (PetscInt j = 0; j < m->length; j++) {
        kar_mode(m, r, j, &mode);
        for (PetscInt part = 0; part < 2; part++) {
          PetscReal divergence = 0, square = 0;

          for (PetscInt c = 0; c < dim; c++)
            divergence += mode.k[c] * a[mode.offset + 2 * c + part], square += PetscSqr(a[mode.offset + 2 * c + part]);
          worst = PetscMax(worst, PetscAbsReal(divergence));
          scale = PetscMax(scale, PetscSqrtReal(mode.k2 * square));
          if (mode.nyquist || mode.k2 == 0 || mode.weight != 2) continue;
          across[0] += square / lambda[mode.offset / (2 * dim)]; /* dim - 1 directions of variance 1 */
          across[1] += (PetscReal)dim - 1;
        }
      }
    PetscCall(VecRestoreArrayRead(x, &a));
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, across, 2, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  Claim(worst <= 1e-13 * PetscMax(scale, 1), "%" PetscInt_FMT "D: divergence %g of %g", dim, (double)worst,
        (double)scale);
  z = (across[0] - across[1]) / PetscSqrtReal(2 * across[1]); /* chi^2: 4 standard errors, 1 false alarm in 16000 */
  Claim(PetscAbsReal(z) < 4, "%" PetscInt_FMT "D: variance across k is %g standard errors off", dim, (double)z);
  Claim(PetscAbsReal(energy / trace - 1) < 0.1, "%" PetscInt_FMT "D: mean square %g, trace %g", dim, (double)energy,
        (double)trace);
  /* C x is the same for x and for its divergence-free part. */
  PetscCall(KarFFTFillNormal(fft, (KarKey){.seed = 1}, x));
  PetscCall(KarCovApply(cov, x, y));
  PetscCall(KarCovProject(cov, x));
  PetscCall(KarCovApply(cov, x, x));
  PetscCall(VecAXPY(y, -1, x));
  PetscCall(VecNorm(y, NORM_INFINITY, &worst));
  ClaimNear(worst, 0, 1e-14);
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&y));
  PetscCall(KarCovDestroy(&cov));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(Check(2));
  PetscCall(Check(3));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
