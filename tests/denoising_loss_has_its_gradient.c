/* The gradient that training adds up is that of the loss it prints: a step along it changes the loss by step times its
   squared norm, for each objective, normalised and not, with the network on its own grid and on a finer one, periodic
   and cosine, and of an octave given coarser modes, whose variance follows theirs or not.  Central
   differences in a float network: 1e-3 of the slope.  A further weight of the mean counts mode 0's error so often, no
   other.  ranks: 1 3 */
#include "claim.h"

static PetscErrorCode Total(KarDenoiser denoiser, const KarLoss *how, PetscReal factor, const Vec xt[], const Vec x0[],
                            PetscReal *total)
{
  const PetscReal t[2] = {0.2, 0.6};
  PetscReal       loss[2];

  PetscFunctionBegin;
  PetscCall(KarDenoiserLoss(denoiser, how, factor, 2, t, xt, x0, loss));
  *total = loss[0] + loss[1];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The loss with a weight m of the mean has m - 1 times mode 0's squared error more. */
static PetscErrorCode CheckMean(KarDenoiser denoiser, const KarLoss *how, const Vec xt[], const Vec x0[])
{
  KarLoss         without = *how;
  const KarModes *modes;
  KarFFT          fft;
  Vec             d;
  PetscReal       with = 0, plain = 0, error = 0;

  PetscFunctionBegin;
  without.mean = 0;
  PetscCall(Total(denoiser, how, 0, xt, x0, &with));
  PetscCall(Total(denoiser, &without, 0, xt, x0, &plain));
  PetscCall(KarDenoiserGetFFT(denoiser, &fft));
  PetscCall(KarFFTGetModes(fft, &modes));
  PetscCall(VecDuplicate(x0[0], &d));
  for (int b = 0; b < 2; b++) {
    const PetscScalar *r;

    PetscCall(KarDenoiserApply(denoiser, b ? 0.6 : 0.2, xt[b], d));
    PetscCall(VecAXPY(d, -1, x0[b]));
    PetscCall(VecGetArrayRead(d, &r));
    if (modes->start == 0) error += r[0] * r[0];
    PetscCall(VecRestoreArrayRead(d, &r));
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &error, 1, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  ClaimNear((with - plain) / ((how->mean - 1) * error), 1, 1e-6);
  PetscCall(VecDestroy(&d));
  PetscFunctionReturn(PETSC_SUCCESS);
}

enum { WHOLE, OCTAVE, AMPLITUDE };

static PetscErrorCode Check(KarBasis basis, const char oversample[], const char gain[], int octave, const KarLoss *how)
{
  const PetscInt  n[2] = {12, 12};
  const PetscReal k[4] = {0, 6.3, 12.6, 25}, lambda[4] = {0.1, 1, 0.3, 0.02}, mean = 0.5, step = 5e-4;
  PetscReal       base = 0, up = 0, down = 0, slope = 0;
  PetscInt        size;
  float          *p, *g, *kept;
  KarGrid         grid;
  KarFFT          fft;
  KarNet          net;
  KarSDE          sde;
  KarCov          data;
  KarDenoiser     denoiser;
  Vec             xt[2], x0[2];

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, 2, n, NULL));
  PetscCall(KarGridSetBasis(grid, basis));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(PetscOptionsSetValue(NULL, "-fno_width", "6"));
  PetscCall(PetscOptionsSetValue(NULL, "-fno_depth", "2"));
  PetscCall(PetscOptionsSetValue(NULL, "-fno_modes", "4"));
  PetscCall(PetscOptionsSetValue(NULL, "-fno_oversample", oversample));
  PetscCall(PetscOptionsSetValue(NULL, "-denoiser_gain", gain));
  if (octave) PetscCall(KarDenoiserCreateOctave(fft, (const PetscInt[]){6, 6}, 4, k, lambda, &denoiser));
  else PetscCall(KarDenoiserCreate(fft, 4, k, lambda, &mean, &denoiser));
  PetscCall(PetscOptionsSetValue(NULL, "-denoiser_amplitude", octave == AMPLITUDE ? "true" : "false"));
  PetscCall(KarDenoiserSetFromOptions(denoiser));
  PetscCall(KarDenoiserSetUp(denoiser));
  if (octave == AMPLITUDE) PetscCall(KarDenoiserSetAmplitude(denoiser, (const PetscReal[]){-0.4, 0.8}));
  PetscCall(KarDenoiserGetNet(denoiser, &net));
  PetscCall(KarDenoiserGetSDE(denoiser, &sde));
  PetscCall(KarCovCreate(fft, &data)); /* of an octave's fields too: what is coarser is its condition */
  PetscCall(KarCovSetSpectrum(data, 4, k, lambda));
  PetscCall(KarNetGetParameters(net, &size, &p));
  PetscCall(KarNetGetGradient(net, NULL, &g));
  for (PetscInt i = 0; i < size; i++) { /* all of them away from zero */
    PetscReal z[2];

    kar_normal_pair((KarKey){.seed = 7, .stream = KAR_STREAM_TEST}, i % 1000, i / 1000, 0, z);
    p[i] = (float)(0.2 * z[0]);
  }
  for (int b = 0; b < 2; b++) {
    PetscCall(KarFFTCreateCoordinates(fft, &x0[b]));
    PetscCall(VecDuplicate(x0[b], &xt[b]));
    PetscCall(KarCovSample(data, (KarKey){.seed = 5, .sample = b, .stream = KAR_STREAM_DATA}, x0[b]));
    PetscCall(KarSDEAddNoise(sde, 0.2 + 0.4 * b, (KarKey){.seed = 5, .sample = b, .stream = KAR_STREAM_TRAIN}, x0[b],
                             xt[b], NULL));
  }
  if (how->mean > 0 && how->scale == 1) PetscCall(CheckMean(denoiser, how, xt, x0));
  PetscCall(KarNetZeroGradient(net));
  PetscCall(Total(denoiser, how, 1, xt, x0, &base));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, g, (int)size, MPI_FLOAT, MPI_SUM, PETSC_COMM_WORLD));
  PetscCall(PetscMalloc1(size, &kept));
  PetscCall(PetscArraycpy(kept, p, size));
  for (PetscInt i = 0; i < size; i++) slope += (PetscReal)g[i] * g[i];
  const PetscReal h = step * base / slope; /* the loss should change by `step` of itself */
  for (PetscInt i = 0; i < size; i++) p[i] = (float)(kept[i] + h * g[i]);
  PetscCall(Total(denoiser, how, 0, xt, x0, &up));
  for (PetscInt i = 0; i < size; i++) p[i] = (float)(kept[i] - h * g[i]);
  PetscCall(Total(denoiser, how, 0, xt, x0, &down));
  ClaimNear((up - down) / (2 * h * slope), 1, 1e-3);
  PetscCall(PetscFree(kept));
  for (int b = 0; b < 2; b++) {
    PetscCall(VecDestroy(&x0[b]));
    PetscCall(VecDestroy(&xt[b]));
  }
  PetscCall(KarCovDestroy(&data));
  PetscCall(KarDenoiserDestroy(&denoiser));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  KarObjective objective;
  KarLoss      plain = {.weight = NULL};

  PetscFunctionBegin;
  PetscCall(KarObjectiveGet(PETSC_COMM_WORLD, "dsm", &objective));
  plain.weight = objective.weight;
  PetscCall(Check(KAR_BASIS_PERIODIC, "1", "modewise", WHOLE, &plain));
  PetscCall(Check(KAR_BASIS_PERIODIC, "2", "modewise", WHOLE, &plain));
  PetscCall(Check(KAR_BASIS_PERIODIC, "1", "scalar", WHOLE, &plain));
  PetscCall(Check(KAR_BASIS_PERIODIC, "2", "rough", WHOLE, &plain));
  PetscCall(Check(KAR_BASIS_COSINE, "1", "modewise", WHOLE, &plain));
  PetscCall(Check(KAR_BASIS_PERIODIC, "1", "white", WHOLE, &plain));
  PetscCall(Check(KAR_BASIS_PERIODIC, "1", "white", OCTAVE, &plain));
  PetscCall(Check(KAR_BASIS_PERIODIC, "1", "white", AMPLITUDE, &plain));
  PetscCall(Check(KAR_BASIS_COSINE, "1", "white", AMPLITUDE, &plain));
  PetscCall(Check(KAR_BASIS_PERIODIC, "1", "modewise", OCTAVE, &plain));
  const KarLoss calm = {.weight = objective.weight, .place = 0.7}; /* -train_loss_amplitude */
  PetscCall(Check(KAR_BASIS_PERIODIC, "1", "white", AMPLITUDE, &calm));
  PetscCall(Check(KAR_BASIS_COSINE, "1", "white", AMPLITUDE, &calm));
  for (int scale = 0; scale < 2; scale++) {
    const KarLoss how = {.weight = objective.weight, .mean = 4, .scale = scale};

    PetscCall(Check(KAR_BASIS_PERIODIC, "1", "modewise", WHOLE, &how));
    PetscCall(Check(KAR_BASIS_COSINE, "1", "modewise", WHOLE, &how));
  }
  for (int j = 0; KarObjectiveName(j); j++)
    for (int scale = 0; scale < 2; scale++) {
      KarLoss how;

      PetscCall(KarObjectiveGet(PETSC_COMM_WORLD, KarObjectiveName(j), &objective));
      if (!objective.weight) continue; /* not of denoising */
      how = (KarLoss){.weight = objective.weight, .rung = objective.ladder ? 0.1 : 0, .scale = scale};
      PetscCall(Check(KAR_BASIS_PERIODIC, "1", "modewise", WHOLE, &how));
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
