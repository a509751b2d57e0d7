/* A denoiser whose network answers zero (as every new one does) is the exact denoiser of Gaussian data with its
   spectrum, in every mode, on the training grid and, from a model file, on coarser and finer ones, with gains as
   smooth as the data and as rough as the noise.  A calibration corrects what a network leaves undone: it changes the
   modes of the network's grid and no other.  ranks: 1 2 3 */
#include "problem.h"

#define PATH "untrained.test.h5"

static PetscErrorCode Compare(KarDenoiser denoiser)
{
  const KarKey key = {.seed = 3, .stream = KAR_STREAM_TEST};
  KarFFT       fft;
  KarSDE       sde;
  KarCov       data;
  KarScore     exact;
  Vec          x, d, e;

  PetscFunctionBegin;
  PetscCall(KarDenoiserGetFFT(denoiser, &fft));
  PetscCall(KarDenoiserGetSDE(denoiser, &sde));
  PetscCall(KarDenoiserGetDataCovariance(denoiser, &data));
  PetscCall(ProblemScore(sde, data, &exact));
  PetscCall(KarScoreSetUp(exact));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecDuplicate(x, &d));
  PetscCall(VecDuplicate(x, &e));
  for (PetscReal t = 0.01; t < 1; t += 0.3) {
    PetscReal error, norm;

    PetscCall(KarSDESamplePrior(sde, data, key, x));
    PetscCall(KarDenoiserApply(denoiser, t, x, d));
    PetscCall(KarScoreDenoise(exact, t, x, e));
    PetscCall(VecNorm(e, NORM_2, &norm));
    PetscCall(VecAXPY(d, -1, e));
    PetscCall(VecNorm(d, NORM_2, &error));
    ClaimNear(error / norm, 0, 1e-13);
  }
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&d));
  PetscCall(VecDestroy(&e));
  PetscCall(KarScoreDestroy(&exact));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* How far d is from e, relative to it, in the modes that the training grid of 16 x 16 points has, and beyond them. */
static PetscErrorCode Differences(KarDenoiser denoiser, Vec d, Vec e, PetscReal error[2])
{
  const KarModes    *m;
  const PetscScalar *a, *b;
  PetscReal          sums[4] = {0};
  KarFFT             fft;
  KarMode            mode;

  PetscFunctionBegin;
  PetscCall(KarDenoiserGetFFT(denoiser, &fft));
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(VecGetArrayRead(d, &a));
  PetscCall(VecGetArrayRead(e, &b));
  for (PetscInt i = 0; i < m->rows * m->length; i++) {
    kar_mode(m, i / m->length, i % m->length, &mode);
    const int beyond = PetscAbsInt(mode.index[0]) >= 8 || PetscAbsInt(mode.index[1]) >= 8;

    for (PetscInt c = 2 * i; c < 2 * i + 2; c++)
      sums[beyond] += PetscSqr(a[c] - b[c]), sums[2 + beyond] += PetscSqr(b[c]);
  }
  PetscCall(VecRestoreArrayRead(d, &a));
  PetscCall(VecRestoreArrayRead(e, &b));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums, 4, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  for (int beyond = 0; beyond < 2; beyond++) error[beyond] = PetscSqrtReal(sums[beyond] / sums[2 + beyond]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The model on a grid twice as fine, its network on the training grid, with a quarter of the linear part taken away. */
static PetscErrorCode Calibrated(void)
{
  const PetscInt           fine[2]  = {32, 32};
  const PetscReal          r[4]     = {0.25, 0.25, 0.25, 0.25};
  PetscReal                error[2] = {0};
  KarFFT                   fft;
  KarSDE                   sde;
  KarCov                   data;
  KarDenoiser              denoiser;
  Vec                      x, d, e;
  const KarCalibrationBins bins = {
    .levels = 2, .components = 1, .directions = 1, .shells = 2, .low = -7, .high = 5, .k1 = 6.3};

  PetscFunctionBegin;
  PetscCall(PetscOptionsSetValue(NULL, "-fno_resolve", "1"));
  PetscCall(KarDenoiserLoad(PETSC_COMM_WORLD, PATH, 2, fine, &denoiser));
  PetscCall(KarDenoiserSetFromOptions(denoiser));
  PetscCall(KarDenoiserSetUp(denoiser));
  PetscCall(PetscOptionsClearValue(NULL, "-fno_resolve"));
  PetscCall(KarDenoiserGetFFT(denoiser, &fft));
  PetscCall(KarDenoiserGetSDE(denoiser, &sde));
  PetscCall(KarDenoiserGetDataCovariance(denoiser, &data));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecDuplicate(x, &d));
  PetscCall(VecDuplicate(x, &e));
  PetscCall(KarSDESamplePrior(sde, data, (KarKey){.seed = 3, .stream = KAR_STREAM_TEST}, x));
  PetscCall(KarDenoiserApply(denoiser, 0.3, x, e));
  PetscCall(KarDenoiserSetCalibration(denoiser, &bins, r));
  PetscCall(KarDenoiserApply(denoiser, 0.3, x, d));
  PetscCall(Differences(denoiser, d, e, error));
  ClaimNear(error[0], 0.25, 1e-12);
  Claim(error[1] == 0, "modes that the network does not have: %g", (double)error[1]);
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&d));
  PetscCall(VecDestroy(&e));
  PetscCall(KarDenoiserDestroy(&denoiser));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Check(const char gain[])
{
  const PetscInt  n[2] = {16, 16}, others[3][2] = {{12, 12}, {32, 32}, {21, 40}};
  const PetscReal k[6] = {0, 6.3, 12.6, 19, 25, 44}, lambda[6] = {0.1, 1, 0.3, 0.1, 0.02, 0.001}, mean = 0;
  KarFFT          fft;
  KarNet          net;
  KarDenoiser     denoiser;
  KarCheckpoint   file;

  PetscFunctionBegin;
  PetscCall(ProblemFFT(PETSC_COMM_WORLD, 2, n, &fft));
  PetscCall(PetscOptionsSetValue(NULL, "-fno_width", "8"));
  PetscCall(PetscOptionsSetValue(NULL, "-fno_modes", "4"));
  PetscCall(PetscOptionsSetValue(NULL, "-denoiser_gain", gain));
  PetscCall(KarDenoiserCreate(fft, 6, k, lambda, &mean, &denoiser));
  PetscCall(KarDenoiserSetFromOptions(denoiser));
  PetscCall(KarDenoiserSetUp(denoiser));
  PetscCall(KarDenoiserGetNet(denoiser, &net));
  PetscCall(KarNetInitialize(net, 1));
  PetscCall(Compare(denoiser));
  PetscCall(KarCheckpointCreate(PETSC_COMM_WORLD, PATH, KAR_REPLACE, &file));
  PetscCall(KarDenoiserSave(denoiser, file, NULL));
  PetscCall(KarCheckpointClose(&file));
  PetscCall(KarDenoiserDestroy(&denoiser));
  for (int i = 0; i < 3; i++) {
    PetscCall(KarDenoiserLoad(PETSC_COMM_WORLD, PATH, 2, others[i], &denoiser));
    PetscCall(KarDenoiserSetFromOptions(denoiser));
    PetscCall(KarDenoiserSetUp(denoiser));
    PetscCall(Compare(denoiser));
    PetscCall(KarDenoiserDestroy(&denoiser));
  }
  PetscCall(Calibrated());
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(Check("modewise"));
  PetscCall(Check("rough"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
