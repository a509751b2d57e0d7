/* The loss on patches (-train_patch).  Windows that overlap by half have a sum of squares that is the same
   everywhere: of a whole law, periodic, the mean over patches does not depend on their size (1e-5), and for an answer
   of 0 it is the loss of whole fields; another answer has waves of two grid spacings, which fields have not: within a
   twentieth.  Of an octave the box's modes stand for the field's: within a fifth.  The gradient is that of the loss, by
   central differences (1e-3 of the slope in a float network), also with an amplitude, with weights by place and with
   cosine ends.  In 1, 2 and 3 dimensions.  ranks: 1 */
#include "claim.h"

enum { WHOLE, OCTAVE, AMPLITUDE };
enum { POINTS = 24 };

/* The mean of the loss over patches of so many points an axis, each half a patch from the next, at one time. */
static PetscErrorCode Tiled(KarDenoiser denoiser, const KarLoss *how, PetscInt dim, PetscInt points, Vec xt, Vec x0,
                            PetscReal *mean)
{
  const PetscReal t    = 0.4;
  const PetscInt  side = 2 * POINTS / points;
  PetscInt        n[3] = {1, 1, 1};
  PetscReal       loss;

  PetscFunctionBegin;
  for (PetscInt a = 0; a < dim; a++) n[a] = side;
  *mean = 0;
  for (PetscInt i = 0; i < n[0] * n[1] * n[2]; i++) {
    const PetscInt at[3] = {i / (n[1] * n[2]), i / n[2] % n[1], i % n[2]};
    PetscReal      corner[1][3];
    KarLoss        patch = *how;

    for (PetscInt a = 0; a < 3; a++) corner[0][a] = ((PetscReal)(at[a] * points / 2) + 0.5) / POINTS;
    patch.patch  = points;
    patch.corner = (const PetscReal(*)[3])corner;
    PetscCall(KarDenoiserLoss(denoiser, &patch, 0, 1, &t, &xt, &x0, &loss));
    *mean += loss / (PetscReal)(n[0] * n[1] * n[2]);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A step h along the gradient changes the loss by 2 h times its square, from one side to the other. */
static PetscErrorCode Gradient(KarDenoiser denoiser, const KarLoss *how, Vec xt, Vec x0)
{
  const PetscReal t[2] = {0.2, 0.6}, corner[2][3] = {{0.1, 0.5, 0.3}, {0.95, 0.2, 0.7}};
  const Vec       xts[2] = {xt, xt}, x0s[2] = {x0, x0};
  KarLoss         patch = *how;
  KarNet          net;
  float          *p, *g, *kept;
  PetscInt        size;
  PetscReal       loss[2], slope = 0, side[2];

  PetscFunctionBegin;
  patch.patch  = 8;
  patch.corner = corner;
  PetscCall(KarDenoiserGetNet(denoiser, &net));
  PetscCall(KarNetGetParameters(net, &size, &p));
  PetscCall(KarNetGetGradient(net, NULL, &g));
  PetscCall(KarNetZeroGradient(net));
  PetscCall(KarDenoiserLoss(denoiser, &patch, 1, 2, t, xts, x0s, loss));
  PetscCall(PetscMalloc1(size, &kept));
  PetscCall(PetscArraycpy(kept, p, size));
  for (PetscInt i = 0; i < size; i++) slope += (PetscReal)g[i] * g[i];
  const PetscReal h = 5e-4 * (loss[0] + loss[1]) / slope;
  for (int s = 0; s < 2; s++) {
    for (PetscInt i = 0; i < size; i++) p[i] = (float)(kept[i] + (s ? -h : h) * g[i]);
    PetscCall(KarDenoiserLoss(denoiser, &patch, 0, 2, t, xts, x0s, loss));
    side[s] = loss[0] + loss[1];
  }
  ClaimNear((side[0] - side[1]) / (2 * h * slope), 1, 1e-3);
  PetscCall(PetscFree(kept));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Periodic boxes: mean over patches, whole fields. */
static PetscErrorCode Means(KarDenoiser denoiser, const KarLoss *how, PetscInt dim, KarBasis basis, int kind,
                            PetscBool zero, Vec xt, Vec x0)
{
  const PetscReal t = 0.4;
  PetscReal       whole, mean[2] = {0, 0};

  PetscFunctionBegin;
  if (basis != KAR_BASIS_PERIODIC) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarDenoiserLoss(denoiser, how, 0, 1, &t, &xt, &x0, &whole));
  for (int i = 0; i < 2; i++) {
    PetscCall(Tiled(denoiser, how, dim, i ? 12 : 8, xt, x0, &mean[i]));
    ClaimNear(mean[i] / whole, 1, kind != WHOLE ? 0.2 : zero ? 1e-5 : 0.05);
  }
  if (kind == WHOLE) ClaimNear(mean[0] / mean[1], 1, 1e-5);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Check(PetscInt dim, KarBasis basis, int kind, const KarLoss *how)
{
  const PetscInt  n[3] = {POINTS, POINTS, POINTS}, half[3] = {POINTS / 2, POINTS / 2, POINTS / 2};
  const PetscReal k[4] = {0, 6.3, 50, 200}, lambda[4] = {0.1, 1, 0.03, 0.001}, mean = 0.5, t = 0.4;
  PetscInt        size;
  float          *p;
  KarGrid         grid;
  KarFFT          fft;
  KarNet          net;
  KarSDE          sde;
  KarCov          data;
  KarDenoiser     denoiser;
  Vec             xt, x0;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, dim, n, NULL));
  PetscCall(KarGridSetBasis(grid, basis));
  PetscCall(KarFFTCreate(grid, &fft));
  if (kind == WHOLE) PetscCall(KarDenoiserCreate(fft, 4, k, lambda, &mean, &denoiser));
  else PetscCall(KarDenoiserCreateOctave(fft, half, 4, k, lambda, &denoiser));
  PetscCall(PetscOptionsSetValue(NULL, "-denoiser_amplitude", kind == AMPLITUDE ? "true" : "false"));
  PetscCall(KarDenoiserSetFromOptions(denoiser));
  PetscCall(KarDenoiserSetUp(denoiser));
  if (kind == AMPLITUDE) PetscCall(KarDenoiserSetAmplitude(denoiser, (const PetscReal[]){-0.4, 0.8}));
  PetscCall(KarDenoiserGetNet(denoiser, &net));
  PetscCall(KarDenoiserGetSDE(denoiser, &sde));
  PetscCall(KarCovCreate(fft, &data));
  PetscCall(KarCovSetSpectrum(data, 4, k, lambda));
  PetscCall(KarFFTCreateCoordinates(fft, &x0));
  PetscCall(VecDuplicate(x0, &xt));
  PetscCall(KarCovSample(data, (KarKey){.seed = 5, .stream = KAR_STREAM_DATA}, x0));
  PetscCall(KarSDEAddNoise(sde, t, (KarKey){.seed = 5, .stream = KAR_STREAM_TRAIN}, x0, xt, NULL));
  PetscCall(Means(denoiser, how, dim, basis, kind, PETSC_TRUE, xt, x0));
  PetscCall(KarNetGetParameters(net, &size, &p));
  for (PetscInt i = 0; i < size; i++) {
    PetscReal z[2];

    kar_normal_pair((KarKey){.seed = 7, .stream = KAR_STREAM_TEST}, i % 1000, i / 1000, 0, z);
    p[i] = (float)(0.2 * z[0]);
  }
  PetscCall(Means(denoiser, how, dim, basis, kind, PETSC_FALSE, xt, x0));
  PetscCall(Gradient(denoiser, how, xt, x0));
  PetscCall(VecDestroy(&x0));
  PetscCall(VecDestroy(&xt));
  PetscCall(KarCovDestroy(&data));
  PetscCall(KarDenoiserDestroy(&denoiser));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  static const char *const options[][2] = {{"-net_type", "local"},
                                           {"-local_width", "16"},
                                           {"-local_dilations", "1,2"},
                                           {"-denoiser_gain", "white"},
                                           {"-noise_cov_rough_power", "0"}};
  KarObjective             objective;

  PetscFunctionBegin;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(options); i++)
    PetscCall(PetscOptionsSetValue(NULL, options[i][0], options[i][1]));
  PetscCall(KarObjectiveGet(PETSC_COMM_WORLD, "elbo", &objective));
  const KarLoss plain = {.weight = objective.weight}, calm = {.weight = objective.weight, .place = 0.7};

  for (PetscInt dim = 1; dim <= 3; dim++) PetscCall(Check(dim, KAR_BASIS_PERIODIC, WHOLE, &plain));
  for (int basis = 0; basis < 2; basis++) {
    PetscCall(Check(2, basis ? KAR_BASIS_COSINE : KAR_BASIS_PERIODIC, OCTAVE, &plain));
    PetscCall(Check(2, basis ? KAR_BASIS_COSINE : KAR_BASIS_PERIODIC, AMPLITUDE, &plain));
    PetscCall(Check(2, basis ? KAR_BASIS_COSINE : KAR_BASIS_PERIODIC, AMPLITUDE, &calm));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
