/* A denoiser whose network answers zero (as every new one does) is the exact denoiser of Gaussian data with its spectrum, in
   every mode, on the training grid and, from a model file, on coarser and finer ones, with gains as smooth as the data and as rough as
   the noise.  ranks: 1 2 3 */
#include "claim.h"

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
  PetscCall(KarScoreCreate(sde, &exact));
  PetscCall(KarScoreSetType(exact, KARSCOREGAUSSIAN));
  PetscCall(KarScoreSetDataCovariance(exact, data));
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

static PetscErrorCode Check(const char gain[])
{
  const PetscInt  n[2] = {16, 16}, others[3][2] = {{12, 12}, {32, 32}, {21, 40}};
  const PetscReal k[6] = {0, 6.3, 12.6, 19, 25, 44}, lambda[6] = {0.1, 1, 0.3, 0.1, 0.02, 0.001}, mean = 0;
  KarGrid         grid;
  KarFFT          fft;
  KarFNO          fno;
  KarDenoiser     denoiser;
  KarCheckpoint   file;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, 2, n, NULL));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(PetscOptionsSetValue(NULL, "-fno_width", "8"));
  PetscCall(PetscOptionsSetValue(NULL, "-fno_modes", "4"));
  PetscCall(PetscOptionsSetValue(NULL, "-denoiser_gain", gain));
  PetscCall(KarDenoiserCreate(fft, 6, k, lambda, &mean, &denoiser));
  PetscCall(KarDenoiserGetFNO(denoiser, &fno));
  PetscCall(KarFNOInitialize(fno, 1));
  PetscCall(Compare(denoiser));
  PetscCall(KarCheckpointCreate(PETSC_COMM_WORLD, PATH, KAR_REPLACE, &file));
  PetscCall(KarDenoiserSave(denoiser, file, NULL));
  PetscCall(KarCheckpointClose(&file));
  PetscCall(KarDenoiserDestroy(&denoiser));
  for (int i = 0; i < 3; i++) {
    PetscCall(KarDenoiserLoad(PETSC_COMM_WORLD, PATH, 2, others[i], &denoiser));
    PetscCall(Compare(denoiser));
    PetscCall(KarDenoiserDestroy(&denoiser));
  }
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
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
