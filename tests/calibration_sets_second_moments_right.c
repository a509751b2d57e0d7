/* Calibration (score/calibration.h).  ranks: 1 3
   1. A network with large biases is linear, gelu(u) = u there: F = 0.2 times its first input.  Its share of every mode
      is then a known multiple of the Wiener filter, and one pass takes it off: in one dimension, where a shell is one
      mode, the calibrated denoiser is the Wiener filter to single precision at every evaluation, and so are its
      samples. A pass that goes on from these gains changes none.
   2. A network of random weights puts up to half too much variance into the shells of the samples; after calibration
      each shell, and the mean over a field, has that of a sampler with the exact score, within 5 standard errors of two
      independent sets. The sets share their keys, so that their difference is smaller than that: no false alarm in
      practice.
   3. Where the noise s/a is e^3 times smaller than at the last level of a calibration, it changes the denoiser e^6
      times less than if that were its last level. */
#include "problem.h"

#include <karhunen/denoiser.h>
#include <karhunen/sampler.h>

enum { POINTS = 33, SHELLS = 17, STEPS = 31, SAMPLES = 3000, PASSES = 3, DRAWN = 800 };
#define MEAN 0.7 /* of the random network's fields */

static PetscErrorCode Tensor(KarNet net, const char name[], float **p, PetscInt *size)
{
  const KarTensor *t;
  PetscInt         n;

  PetscFunctionBegin;
  PetscCall(KarNetGetTensors(net, &n, &t));
  PetscCall(KarNetGetParameters(net, NULL, p));
  for (PetscInt i = 0; i < n; i++)
    if (!strcmp(t[i].name, name)) {
      *p += t[i].offset;
      *size = t[i].size;
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  SETERRQ(PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG, "no tensor %s", name);
}

/* y = 0.2 x_0, the other weights zero. */
static PetscErrorCode MakeLinear(KarNet net)
{
  static const struct {
    const char *name;
    float       first;
  } set[] = {{"lift.weight", 1},
             {"lift.bias", 12},
             {"layer0.skip.weight", 1},
             {"projection.0.weight", 1},
             {"projection.1.weight", 0.2f},
             {"projection.1.bias", -2.4f}};
  PetscInt n, size;
  float   *p;

  PetscFunctionBegin;
  PetscCall(KarNetGetParameters(net, &n, &p));
  PetscCall(PetscArrayzero(p, n));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(set); i++) {
    PetscCall(Tensor(net, set[i].name, &p, &size));
    p[0] = set[i].first;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MakeRandom(KarNet net)
{
  PetscInt size;
  float   *p;

  PetscFunctionBegin;
  PetscCall(KarNetInitialize(net, 3));
  PetscCall(Tensor(net, "projection.1.weight", &p, &size));
  for (PetscInt i = 0; i < size; i++) p[i] = i % 2 ? 0.04f : -0.02f;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A score on this rank alone from a model file made for it, its sampler, and the exact score of Gaussian data with
   its. */
static PetscErrorCode CreateModel(PetscErrorCode (*make)(KarNet), PetscReal mean, KarScore *score, TS *ts,
                                  KarScore *exact, TS *exact_ts)
{
  const PetscInt n = POINTS;
  PetscReal      k[SHELLS], lambda[SHELLS];
  const char    *path = "calibration.test.h5";
  KarFFT         fft;
  KarNet         net;
  KarDenoiser    denoiser;
  KarCheckpoint  file;
  KarCov         data;
  KarSDE         sde;
  TS             each;

  PetscFunctionBegin;
  for (PetscInt j = 0; j < SHELLS; j++)
    k[j] = 2 * PETSC_PI * (PetscReal)j, lambda[j] = j ? PetscPowReal((PetscReal)j, -5) : 0.1;
  PetscCall(ProblemFFT(PETSC_COMM_SELF, 1, &n, &fft));
  PetscCall(KarDenoiserCreate(fft, SHELLS, k, lambda, &mean, &denoiser));
  PetscCall(KarDenoiserSetFromOptions(denoiser));
  PetscCall(KarDenoiserSetUp(denoiser));
  PetscCall(KarDenoiserGetNet(denoiser, &net));
  PetscCall(make(net));
  PetscCall(KarCheckpointCreate(PETSC_COMM_WORLD, path, KAR_REPLACE, &file));
  PetscCall(KarDenoiserSave(denoiser, file, NULL));
  PetscCall(KarCheckpointClose(&file));
  PetscCall(KarDenoiserDestroy(&denoiser));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarScoreLoad(PETSC_COMM_SELF, path, 0, NULL, score));
  PetscCall(KarScoreSetUp(*score));
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  (void)remove(path);
  PetscCall(KarScoreGetSDE(*score, &sde));
  PetscCall(KarScoreGetDataCovariance(*score, &data));
  PetscCall(ProblemScore(sde, data, exact));
  PetscCall(KarScoreSetUp(*exact));
  for (int i = 0; i < 2; i++) {
    PetscCall(KarSamplerCreate(i ? *exact : *score, &each));
    PetscCall(KarSamplerSetEvaluations(each, STEPS + 1));
    PetscCall(KarSamplerSetEnd(each, 0.05));
    PetscCall(KarSamplerSetUp(each));
    *(i ? exact_ts : ts) = each;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode DestroyModel(KarScore *score, TS *ts, KarScore *exact, TS *exact_ts)
{
  PetscFunctionBegin;
  PetscCall(TSDestroy(ts));
  PetscCall(TSDestroy(exact_ts));
  PetscCall(KarScoreDestroy(score));
  PetscCall(KarScoreDestroy(exact));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Difference(Vec x, Vec y, PetscReal *difference)
{
  PetscReal norm;

  PetscFunctionBegin;
  PetscCall(VecNorm(y, NORM_2, &norm));
  PetscCall(VecAXPY(x, -1, y));
  PetscCall(VecNorm(x, NORM_2, difference));
  *difference /= norm;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The largest distance of denoisers at the evaluations, and that of a sample. */
static PetscErrorCode Compare(KarScore score, TS ts, KarScore exact, TS exact_ts, PetscReal *denoiser,
                              PetscReal *sample)
{
  const KarKey     key = {.seed = 9, .sample = 1, .stream = KAR_STREAM_TEST};
  const PetscReal *t;
  PetscReal        one;
  PetscInt         steps;
  KarFFT           fft;
  KarCov           data;
  KarSDE           sde;
  Vec              x, d, e;

  PetscFunctionBegin;
  PetscCall(KarScoreGetFFT(score, &fft));
  PetscCall(KarScoreGetSDE(score, &sde));
  PetscCall(KarScoreGetDataCovariance(score, &data));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecDuplicate(x, &d));
  PetscCall(VecDuplicate(x, &e));
  PetscCall(KarSamplerGetTimes(ts, &steps, &t));
  *denoiser = 0;
  for (PetscInt i = 0; i <= steps; i++) {
    PetscCall(KarSDESamplePrior(sde, data, key, x));
    PetscCall(KarScoreDenoise(score, t[i], x, d));
    PetscCall(KarScoreDenoise(exact, t[i], x, e));
    PetscCall(Difference(d, e, &one));
    *denoiser = PetscMax(*denoiser, one);
  }
  PetscCall(KarSamplerSolve(ts, (KarKey){.seed = 4}, x, NULL));
  PetscCall(KarSamplerSolve(exact_ts, (KarKey){.seed = 4}, e, NULL));
  PetscCall(Difference(x, e, sample));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&d));
  PetscCall(VecDestroy(&e));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode RunLinear(void)
{
  PetscReal           denoiser, sample, change;
  PetscBool           whole;
  KarScore            score, exact;
  TS                  ts, exact_ts;
  KarCalibrateOptions one = {.seed = 1, .samples = 4, .passes = 1, .directions = 1};

  PetscFunctionBegin;
  PetscCall(CreateModel(MakeLinear, 0, &score, &ts, &exact, &exact_ts));
  PetscCall(Compare(score, ts, exact, exact_ts, &denoiser, &sample));
  Claim(denoiser > 0.2 && sample > 0.1, "the network is no error: %g, %g", (double)denoiser, (double)sample);
  PetscCall(KarSamplerCalibrate(ts, score, PETSC_COMM_WORLD, &one, &change, &whole));
  Claim(whole && change > 0.1, "largest correction %g", (double)change);
  PetscCall(Compare(score, ts, exact, exact_ts, &denoiser, &sample));
  ClaimNear(denoiser, 0, 3e-5);
  ClaimNear(sample, 0, 3e-5);
  one.go_on = PETSC_TRUE, one.seed = 2;
  PetscCall(KarSamplerCalibrate(ts, score, PETSC_COMM_WORLD, &one, &change, &whole));
  ClaimNear(change, 0, 1e-3); /* single precision over the smallest gains */
  PetscCall(Compare(score, ts, exact, exact_ts, &denoiser, &sample));
  ClaimNear(denoiser, 0, 3e-5);
  PetscCall(DestroyModel(&score, &ts, &exact, &exact_ts));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The largest |z| of the mean's variance and of shells 1 to 16 between samples of the model and of the exact score. */
static PetscErrorCode LargestZ(TS ts, TS exact_ts, KarFFT fft, PetscReal *z)
{
  PetscReal    sum[2][SHELLS][2] = {{{0}}}, power[SHELLS];
  int          rank, ranks;
  PetscScalar *a;
  Vec          x;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  for (PetscInt i = rank; i < SAMPLES; i += ranks)
    for (int s = 0; s < 2; s++) {
      PetscCall(KarSamplerSolve(s ? exact_ts : ts, (KarKey){.seed = 100, .sample = i}, x, NULL));
      PetscCall(VecGetArray(x, &a));
      if (s == 0) a[0] -= MEAN;
      PetscCall(VecRestoreArray(x, &a));
      PetscCall(KarStatsSpectrum(fft, x, SHELLS, power));
      for (PetscInt j = 0; j < SHELLS; j++) sum[s][j][0] += power[j], sum[s][j][1] += power[j] * power[j];
    }
  PetscCallMPI(
    MPI_Allreduce(MPI_IN_PLACE, sum, (int)(sizeof(sum) / sizeof(PetscReal)), MPIU_REAL, MPI_SUM, PETSC_COMM_WORLD));
  *z = 0;
  for (PetscInt j = 0; j < SHELLS; j++) {
    PetscReal mean[2], error2[2];

    for (int s = 0; s < 2; s++) {
      mean[s]   = sum[s][j][0] / SAMPLES;
      error2[s] = (sum[s][j][1] / SAMPLES - mean[s] * mean[s]) / SAMPLES;
    }
    *z = PetscMax(*z, PetscAbsReal(mean[0] - mean[1]) / PetscSqrtReal(error2[0] + error2[1]));
  }
  PetscCall(VecDestroy(&x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode RunRandom(PetscBool all_of_it)
{
  PetscReal                 z, change;
  PetscBool                 whole;
  KarFFT                    fft;
  KarScore                  score, exact;
  TS                        ts, exact_ts;
  const KarCalibrateOptions all = {
    .seed = 1, .samples = DRAWN, .passes = all_of_it ? 1 : PASSES, .directions = 1, .whole = all_of_it};

  PetscFunctionBegin;
  PetscCall(CreateModel(MakeRandom, MEAN, &score, &ts, &exact, &exact_ts));
  PetscCall(KarScoreGetFFT(score, &fft));
  PetscCall(LargestZ(ts, exact_ts, fft, &z));
  Claim(z > 10, "the network is no error: largest z %g", (double)z);
  PetscCall(KarSamplerCalibrate(ts, score, PETSC_COMM_WORLD, &all, &change, &whole));
  PetscCall(LargestZ(ts, exact_ts, fft, &z));
  Claim(whole && z < 5, "largest z of a shell's variance after calibration: %g", (double)z);
  PetscCall(DestroyModel(&score, &ts, &exact, &exact_ts));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode RunBelow(void)
{
  const PetscReal  r[4] = {0.5, 0.5, 0.5, 0.5}, below = 3;
  const PetscReal *t;
  PetscReal        logsnr, change[2];
  PetscInt         steps;
  KarScore         score, exact;
  TS               ts, exact_ts;
  KarDenoiser      denoiser;
  KarFFT           fft;
  KarCov           data;
  KarSDE           sde;
  Vec              x, plain, d;

  PetscFunctionBegin;
  PetscCall(CreateModel(MakeLinear, 0, &score, &ts, &exact, &exact_ts));
  PetscCall(KarScoreGetFFT(score, &fft));
  PetscCall(KarScoreGetSDE(score, &sde));
  PetscCall(KarScoreGetDenoiser(score, &denoiser));
  PetscCall(KarScoreGetDataCovariance(score, &data));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecDuplicate(x, &plain));
  PetscCall(VecDuplicate(x, &d));
  PetscCall(KarSamplerGetTimes(ts, &steps, &t));
  PetscCall(KarSDEGetLogSNR(sde, t[steps], &logsnr));
  PetscCall(KarSDESamplePrior(sde, data, (KarKey){.seed = 9, .stream = KAR_STREAM_TEST}, x));
  PetscCall(KarScoreDenoise(score, t[steps], x, plain));
  for (int i = 0; i < 2; i++) {
    const PetscReal low = -logsnr / 2 + (i ? below : 0);

    const KarCalibrationBins bins = {.levels     = 2,
                                     .components = 1,
                                     .directions = 1,
                                     .shells     = 2,
                                     .low        = low,
                                     .high       = low + 1,
                                     .k1         = 2 * PETSC_PI * SHELLS};

    PetscCall(KarDenoiserSetCalibration(denoiser, &bins, r));
    PetscCall(KarScoreDenoise(score, t[steps], x, d));
    PetscCall(Difference(d, plain, &change[i]));
  }
  Claim(change[0] > 0.1, "the calibration changes the denoiser by %g alone", (double)change[0]);
  ClaimNear(change[1] / change[0], PetscExpReal(-2 * below), 1e-5);
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&plain));
  PetscCall(VecDestroy(&d));
  PetscCall(DestroyModel(&score, &ts, &exact, &exact_ts));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  static const char *const options[][2] = {
    {"-fno_width", "8"}, {"-fno_modes", "5"}, {"-fno_depth", "1"}, {"-fno_hidden", "8"}, {"-sde_beta_max", "3"}};

  PetscFunctionBegin;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(options); i++)
    PetscCall(PetscOptionsSetValue(NULL, options[i][0], options[i][1]));
  PetscCall(RunLinear());
  PetscCall(RunRandom(PETSC_FALSE));
  PetscCall(RunRandom(PETSC_TRUE));
  PetscCall(RunBelow());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
