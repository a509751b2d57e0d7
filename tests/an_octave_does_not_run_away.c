/* The noise that an octave's denoiser finds in a state is no larger at any point than noise is: with weights so large
   that its answer would be, the root mean square of what it finds is at most 6, the bound at each point, with an
   amplitude and without; with weights so small that it is not, the denoiser is that of the loss, which is not bounded.
   ranks: 1 2 */
#include "claim.h"

#include <karhunen/octave.h>

typedef struct {
  KarDenoiser denoiser;
  KarFFT      fft;
  Vec         x0, x, D;
} Octave;

/* sum W |D - x_0|^2 is then that of a (D - x_0)/(s sqrt(lambda)). */
static PetscReal Weight(const KarLossMode *mode)
{
  return PetscSqr(mode->a / mode->s) / mode->lambda;
}

static PetscErrorCode Create(PetscBool amplitude, PetscReal weight, PetscReal t, Octave *o)
{
  const PetscInt  n[2] = {24, 24};
  const PetscReal k[4] = {0, 6.3, 12.6, 80}, lambda[4] = {0.1, 1, 0.3, 0.02};
  PetscInt        size;
  float          *p;
  KarGrid         grid;
  KarNet          net;
  KarSDE          sde;
  KarCov          data;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, 2, n, NULL));
  PetscCall(KarFFTCreate(grid, &o->fft));
  PetscCall(PetscOptionsSetValue(NULL, "-net_type", "local"));
  PetscCall(PetscOptionsSetValue(NULL, "-local_width", "16"));
  PetscCall(PetscOptionsSetValue(NULL, "-denoiser_gain", "white"));
  PetscCall(PetscOptionsSetValue(NULL, "-noise_cov_rough_power", "0"));
  PetscCall(PetscOptionsSetValue(NULL, "-denoiser_amplitude", amplitude ? "true" : "false"));
  PetscCall(KarDenoiserCreateOctave(o->fft, (const PetscInt[]){12, 12}, 4, k, lambda, &o->denoiser));
  PetscCall(KarDenoiserSetFromOptions(o->denoiser));
  PetscCall(KarDenoiserSetUp(o->denoiser));
  if (amplitude) PetscCall(KarDenoiserSetAmplitude(o->denoiser, (const PetscReal[]){-0.4, 0.8}));
  PetscCall(KarDenoiserGetNet(o->denoiser, &net));
  PetscCall(KarNetGetParameters(net, &size, &p));
  for (PetscInt i = 0; i < size; i++) {
    PetscReal z[2];

    kar_normal_pair((KarKey){.seed = 7, .stream = KAR_STREAM_TEST}, i, 0, 0, z);
    p[i] = (float)(weight * z[0]);
  }
  PetscCall(KarDenoiserGetSDE(o->denoiser, &sde));
  PetscCall(KarCovCreate(o->fft, &data)); /* of what is coarser too */
  PetscCall(KarCovSetSpectrum(data, 4, k, lambda));
  PetscCall(KarFFTCreateCoordinates(o->fft, &o->x0));
  PetscCall(VecDuplicate(o->x0, &o->x));
  PetscCall(VecDuplicate(o->x0, &o->D));
  PetscCall(KarCovSample(data, (KarKey){.seed = 5, .stream = KAR_STREAM_DATA}, o->x0));
  PetscCall(KarSDEAddNoise(sde, t, (KarKey){.seed = 5, .stream = KAR_STREAM_TRAIN}, o->x0, o->x, NULL));
  PetscCall(KarCovDestroy(&data));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* In units of s sqrt(lambda): root mean squares over the octave's modes, which are those over points, of a (D - x_0),
   of the noise found, x - a D, and of the true one, x - a x_0; and how many modes there are. */
static PetscErrorCode Measure(const Octave *o, PetscReal t, PetscReal rms[3], PetscReal *modes)
{
  const PetscReal   *C, *lambda;
  const PetscScalar *x0, *x, *D;
  PetscReal          sum[4] = {0, 0, 0, 0}, a, s;
  const KarModes    *m;
  KarMode            mode;
  KarSDE             sde;
  KarCov             data, cov;

  PetscFunctionBegin;
  PetscCall(KarDenoiserGetDataCovariance(o->denoiser, &data));
  PetscCall(KarDenoiserGetSDE(o->denoiser, &sde));
  PetscCall(KarSDEGetCovariance(sde, &cov));
  PetscCall(KarSDEGetMarginal(sde, t, &a, &s));
  PetscCall(KarCovGetEigenvalues(data, &C));
  PetscCall(KarCovGetEigenvalues(cov, &lambda));
  PetscCall(KarFFTGetModes(o->fft, &m));
  PetscCall(VecGetArrayRead(o->x0, &x0));
  PetscCall(VecGetArrayRead(o->x, &x));
  PetscCall(VecGetArrayRead(o->D, &D));
  for (PetscInt i = 0; i < m->rows * m->length; i++) {
    if (C[i] <= 0) continue;
    kar_mode(m, i / m->length, i % m->length, &mode);
    sum[3] += mode.weight;
    for (PetscInt q = i * m->width; q < (i + 1) * m->width; q++) {
      sum[0] += PetscSqr(a * (D[q] - x0[q])) / (s * s * lambda[i]);
      sum[1] += PetscSqr(x[q] - a * D[q]) / (s * s * lambda[i]);
      sum[2] += PetscSqr(x[q] - a * x0[q]) / (s * s * lambda[i]);
    }
  }
  PetscCall(VecRestoreArrayRead(o->D, &D));
  PetscCall(VecRestoreArrayRead(o->x, &x));
  PetscCall(VecRestoreArrayRead(o->x0, &x0));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, 4, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  for (int j = 0; j < 3; j++) rms[j] = PetscSqrtReal(sum[j] / sum[3]);
  *modes = sum[3];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The loss has what the unbounded answer misses; the noise that it finds is at least that less the true one. */
static PetscErrorCode Check(PetscBool amplitude, PetscReal weight, PetscBool large)
{
  const PetscReal t    = 0.4;
  const KarLoss   how  = {.weight = Weight, .scale = 1};
  PetscReal       loss = 0, rms[3] = {0, 0, 0}, modes = 1;
  Octave          o;

  PetscFunctionBegin;
  PetscCall(Create(amplitude, weight, t, &o));
  PetscCall(KarDenoiserLoss(o.denoiser, &how, 0, 1, &t, &o.x, &o.x0, &loss));
  PetscCall(KarDenoiserSetCondition(o.denoiser, o.x0));
  PetscCall(KarDenoiserApply(o.denoiser, t, o.x, o.D));
  PetscCall(Measure(&o, t, rms, &modes));
  loss = PetscSqrtReal(loss / modes);
  Claim(rms[1] <= 6, "noise of %g", (double)rms[1]);
  if (large) Claim(loss - rms[2] > 6, "the answer need not be bounded: it misses %g", (double)loss);
  else ClaimNear(rms[0] / loss, 1, 1e-5);
  PetscCall(VecDestroy(&o.x0));
  PetscCall(VecDestroy(&o.x));
  PetscCall(VecDestroy(&o.D));
  PetscCall(KarDenoiserDestroy(&o.denoiser));
  PetscCall(KarFFTDestroy(&o.fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  for (int amplitude = 0; amplitude < 2; amplitude++) {
    PetscCall(Check((PetscBool)amplitude, 0.05, PETSC_FALSE));
    PetscCall(Check((PetscBool)amplitude, 3, PETSC_TRUE));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
