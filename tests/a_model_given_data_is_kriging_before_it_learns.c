/* A denoiser of fields given data whose network answers zero is the exact denoiser of the Gaussian law given these data
   (KarScoreCreatePosterior() of a Gaussian score), to 1e-12, at places that differ from one call to the next, with each
   kind of gain; and from its file on a finer grid. ranks: 1 2 3 */
#include "problem.h"

#include <karhunen/giver.h>
#include <karhunen/posterior.h>

#define PATH "given.test.h5"

/* m data at places of a sequence that begins at `first`, of the box of unit sides. */
static PetscErrorCode MakeData(KarFFT fft, PetscInt m, PetscInt first, KarObservation *obs, Vec *y)
{
  PetscReal x[64], value[32];

  PetscFunctionBegin;
  for (PetscInt i = 0; i < m; i++) {
    x[2 * i]     = PetscFloorReal(16 * fmod(0.618034 * (PetscReal)(first + i), 1)) / 16;
    x[2 * i + 1] = PetscFloorReal(16 * fmod(0.414214 * (PetscReal)(first + i), 1)) / 16;
    value[i]     = PetscSinReal((PetscReal)(first + 3 * i));
  }
  PetscCall(KarObservationCreate(fft, obs));
  PetscCall(KarObservationSetPlaces(*obs, m, x, NULL));
  PetscCall(KarObservationSetParameter(*obs, "noise", 0.2));
  PetscCall(KarObservationCreateData(*obs, y));
  PetscCall(KarObservationSetData(*obs, m, value, *y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The Gaussian law of the denoiser's spectrum and mean, given y. */
static PetscErrorCode MakeExact(KarDenoiser denoiser, KarObservation obs, Vec y, KarScore *exact)
{
  const PetscReal *mean;
  const KarModes  *modes;
  KarScore         law;
  KarSDE           sde;
  KarCov           data;
  KarFFT           fft;
  PetscScalar     *a;
  Vec              m;

  PetscFunctionBegin;
  PetscCall(KarDenoiserGetFFT(denoiser, &fft));
  PetscCall(KarDenoiserGetSDE(denoiser, &sde));
  PetscCall(KarDenoiserGetDataCovariance(denoiser, &data));
  PetscCall(KarDenoiserGetMean(denoiser, &mean));
  PetscCall(KarFFTGetModes(fft, &modes));
  PetscCall(KarFFTCreateCoordinates(fft, &m));
  PetscCall(VecGetArray(m, &a));
  if (modes->start == 0 && modes->rows * modes->length > 0) a[0] = mean[0];
  PetscCall(VecRestoreArray(m, &a));
  PetscCall(ProblemScore(sde, data, &law));
  PetscCall(KarScoreSetMean(law, m));
  PetscCall(KarScoreCreatePosterior(law, obs, y, exact));
  PetscCall(KarScoreDestroy(&law));
  PetscCall(VecDestroy(&m));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Compare(KarDenoiser denoiser, PetscInt m, PetscInt first)
{
  KarFFT         fft;
  KarSDE         sde;
  KarCov         data;
  KarGiver       giver;
  KarObservation obs;
  KarScore       exact;
  Vec            y, x, d, e;
  PetscReal      error, norm;

  PetscFunctionBegin;
  PetscCall(KarDenoiserGetFFT(denoiser, &fft));
  PetscCall(KarDenoiserGetSDE(denoiser, &sde));
  PetscCall(KarDenoiserGetDataCovariance(denoiser, &data));
  PetscCall(MakeData(fft, m, first, &obs, &y));
  PetscCall(MakeExact(denoiser, obs, y, &exact));
  PetscCall(KarGiverCreate(denoiser, &giver));
  PetscCall(KarGiverSet(giver, 0, obs, y));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecDuplicate(x, &d));
  PetscCall(VecDuplicate(x, &e));
  for (PetscReal t = 0.01; t < 1; t += 0.3) {
    PetscCall(KarSDESamplePrior(sde, data, (KarKey){.seed = 3, .stream = KAR_STREAM_TEST}, x));
    PetscCall(KarDenoiserApply(denoiser, t, x, d));
    PetscCall(KarScoreDenoise(exact, t, x, e));
    PetscCall(VecNorm(e, NORM_2, &norm));
    PetscCall(VecAXPY(d, -1, e));
    PetscCall(VecNorm(d, NORM_2, &error));
    ClaimNear(error / norm, 0, 1e-12);
  }
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&d));
  PetscCall(VecDestroy(&e));
  PetscCall(VecDestroy(&y));
  PetscCall(KarGiverDestroy(&giver));
  PetscCall(KarScoreDestroy(&exact));
  PetscCall(KarObservationDestroy(&obs));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Check(const char gain[])
{
  const PetscInt  n[2] = {16, 16}, fine[2] = {32, 32};
  const PetscReal k[6] = {0, 6.3, 12.6, 19, 25, 44}, lambda[6] = {0.1, 1, 0.3, 0.1, 0.02, 0.001}, mean = 0.7;
  KarFFT          fft;
  KarNet          net;
  KarDenoiser     denoiser;
  KarCheckpoint   file;
  PetscBool       given;

  PetscFunctionBegin;
  PetscCall(ProblemFFT(PETSC_COMM_WORLD, 2, n, &fft));
  PetscCall(PetscOptionsSetValue(NULL, "-fno_width", "8"));
  PetscCall(PetscOptionsSetValue(NULL, "-fno_modes", "4"));
  PetscCall(PetscOptionsSetValue(NULL, "-denoiser_gain", gain));
  PetscCall(KarDenoiserCreate(fft, 6, k, lambda, &mean, &denoiser));
  PetscCall(KarDenoiserSetFromOptions(denoiser));
  PetscCall(KarGiverAddConditions(denoiser));
  PetscCall(KarDenoiserSetUp(denoiser));
  PetscCall(KarDenoiserGetNet(denoiser, &net));
  PetscCall(KarNetInitialize(net, 1));
  PetscCall(Compare(denoiser, 9, 1));
  PetscCall(Compare(denoiser, 30, 5));
  PetscCall(KarCheckpointCreate(PETSC_COMM_WORLD, PATH, KAR_REPLACE, &file));
  PetscCall(KarDenoiserSave(denoiser, file, NULL));
  PetscCall(KarCheckpointClose(&file));
  PetscCall(KarDenoiserDestroy(&denoiser));
  PetscCall(KarDenoiserLoad(PETSC_COMM_WORLD, PATH, 2, fine, &denoiser));
  PetscCall(KarDenoiserSetUp(denoiser));
  PetscCall(KarDenoiserIsGiven(denoiser, &given));
  Claim(given, "a model of fields given data is not known as one from its file");
  PetscCall(Compare(denoiser, 12, 2));
  PetscCall(KarDenoiserDestroy(&denoiser));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(Check("modewise"));
  PetscCall(Check("rough"));
  PetscCall(Check("white"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
