/* Cov[X_0 | X_t = x] v is S/a times the derivative of the denoiser along v, by central differences, for Gaussian,
   mixture and empirical laws (1e-6 of its size); of a learnt denoiser with random weights <J u, v> by differences is
   <u, J^T v> by the backward pass (1e-3 in a float network), on its own grid and on a coarser and a finer one, with
   every gain, and of an octave whose variance follows that of the one before, each calibrated: fno in its linear part,
   local as a whole, and an octave by the energy of its answer too; again after one forward pass, which other
   evaluations end.
   How unsymmetric that J is, is printed.  ranks: 1 2 3 */
#include "claim.h"

#include <karhunen/calibration.h>

static PetscErrorCode CreateFFT(const PetscInt n[], KarFFT *fft)
{
  KarGrid grid;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, 2, n, NULL));
  PetscCall(KarFFTCreate(grid, fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A field of N(0, cov) by number. */
static PetscErrorCode Draw(KarCov cov, PetscInt i, Vec x)
{
  PetscFunctionBegin;
  PetscCall(KarCovSample(cov, (KarKey){.seed = 4, .sample = i, .stream = KAR_STREAM_TEST}, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Kv against (D(x + h S v/a) - D(x - h S v/a))/2h. */
static PetscErrorCode CheckExact(KarScore score, PetscReal t)
{
  const PetscReal h = 1e-4, *lambda;
  PetscReal       a, s, size, error;
  KarSDE          sde;
  KarCov          noise;
  KarFFT          fft;
  const KarModes *m;
  Vec             x, v, Kv, up, down, step;
  PetscScalar    *to;
  KarScoreType    type;

  PetscFunctionBegin;
  PetscCall(KarScoreGetSDE(score, &sde));
  PetscCall(KarScoreGetType(score, &type));
  PetscCall(KarSDEGetCovariance(sde, &noise));
  PetscCall(KarScoreGetFFT(score, &fft));
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(KarSDEGetMarginal(sde, t, &a, &s));
  PetscCall(KarCovGetEigenvalues(noise, &lambda));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecDuplicate(x, &v));
  PetscCall(VecDuplicate(x, &Kv));
  PetscCall(VecDuplicate(x, &up));
  PetscCall(VecDuplicate(x, &down));
  PetscCall(VecDuplicate(x, &step));
  PetscCall(Draw(noise, 1, x));
  PetscCall(Draw(noise, 2, v));
  PetscCall(KarScoreApplyCovariance(score, t, x, v, Kv));
  PetscCall(VecCopy(v, step));
  PetscCall(VecGetArray(step, &to));
  for (PetscInt i = 0; i < m->rows * m->length; i++)
    for (PetscInt c = 0; c < m->width; c++) to[i * m->width + c] *= s * s * lambda[i] / a;
  PetscCall(VecRestoreArray(step, &to));
  PetscCall(VecAXPY(x, h, step));
  PetscCall(KarScoreDenoise(score, t, x, up));
  PetscCall(VecAXPY(x, -2 * h, step));
  PetscCall(KarScoreDenoise(score, t, x, down));
  PetscCall(VecAXPY(up, -1, down));
  PetscCall(VecScale(up, 1 / (2 * h)));
  PetscCall(VecNorm(Kv, NORM_2, &size));
  PetscCall(VecAXPY(up, -1, Kv));
  PetscCall(VecNorm(up, NORM_2, &error));
  Claim(size > 1e-4 && error <= 1e-6 * size, "%s at %g: off by %g of %g", type, (double)t, (double)error, (double)size);
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&v));
  PetscCall(VecDestroy(&Kv));
  PetscCall(VecDestroy(&up));
  PetscCall(VecDestroy(&down));
  PetscCall(VecDestroy(&step));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Exact(KarScoreType type)
{
  KarFFT   fft;
  KarCov   noise, data;
  KarSDE   sde;
  KarScore score;
  Vec      x;

  PetscFunctionBegin;
  PetscCall(CreateFFT((PetscInt[]){12, 10}, &fft));
  PetscCall(KarCovCreate(fft, &noise));
  PetscCall(KarCovCreate(fft, &data));
  PetscCall(KarCovSetType(noise, KARCOVMATERN));
  PetscCall(KarCovSetType(data, KARCOVMATERN));
  PetscCall(KarCovSetParameter(data, "alpha", 3));
  PetscCall(KarCovSetUp(noise));
  PetscCall(KarSDECreate(noise, &sde));
  PetscCall(KarSDESetType(sde, KARSDEVP));
  PetscCall(KarScoreCreate(sde, &score));
  PetscCall(KarScoreSetType(score, type));
  if (strcmp(type, KARSCOREEMPIRICAL)) PetscCall(KarScoreSetDataCovariance(score, data));
  for (PetscInt j = 0; j < 3 && strcmp(type, KARSCOREGAUSSIAN); j++) {
    PetscCall(KarFFTCreateCoordinates(fft, &x));
    PetscCall(Draw(noise, 10 + j, x));
    if (!strcmp(type, KARSCOREMIXTURE)) PetscCall(KarScoreMixtureAdd(score, 1 + (PetscReal)j, x));
    else {
      PetscCall(VecScale(x, 0.1)); /* near one another, so that x tells them apart only in part */
      PetscCall(KarScoreEmpiricalAdd(score, x));
    }
    PetscCall(VecDestroy(&x));
  }
  PetscCall(KarScoreSetUp(score));
  PetscCall(CheckExact(score, 0.4));
  PetscCall(CheckExact(score, 0.7));
  PetscCall(KarScoreDestroy(&score));
  PetscCall(KarSDEDestroy(&sde));
  PetscCall(KarCovDestroy(&noise));
  PetscCall(KarCovDestroy(&data));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The octave lies above a field of the whole spectrum. */
static PetscErrorCode SetCoarser(KarFFT fft, KarDenoiser denoiser, PetscInt n, const PetscReal k[],
                                 const PetscReal lambda[])
{
  KarCov whole;
  Vec    coarse;

  PetscFunctionBegin;
  PetscCall(KarCovCreate(fft, &whole));
  PetscCall(KarCovSetSpectrum(whole, n, k, lambda));
  PetscCall(KarCovSetUp(whole));
  PetscCall(KarFFTCreateCoordinates(fft, &coarse));
  PetscCall(Draw(whole, 4, coarse));
  PetscCall(KarDenoiserSetCondition(denoiser, coarse));
  PetscCall(VecDestroy(&coarse));
  PetscCall(KarCovDestroy(&whole));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Differences(KarDenoiser d, PetscReal t, Vec x, Vec u, Vec up, Vec down)
{
  const PetscReal h = 2e-2;

  PetscFunctionBegin;
  PetscCall(VecAXPY(x, h, u));
  PetscCall(KarDenoiserApply(d, t, x, up));
  PetscCall(VecAXPY(x, -2 * h, u));
  PetscCall(KarDenoiserApply(d, t, x, down));
  PetscCall(VecAXPY(x, h, u));
  PetscCall(VecAXPY(up, -1, down));
  PetscCall(VecScale(up, 1 / (2 * h)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Gains unlike each other: of the whole denoiser, or of its linear part. */
static PetscErrorCode Calibrate(KarDenoiser denoiser, PetscBool whole, PetscBool energy)
{
  KarEnergyGains           gains[2];
  const PetscReal          r[8] = {0.3, -0.5, 0.4, 0.2, -0.2, 0.5, -0.4, 0.1};
  const KarCalibrationBins bins = {
    .levels = 2, .components = 1, .directions = 1, .shells = 4, .low = -7, .high = 5, .k1 = 6.3, .whole = whole};

  PetscFunctionBegin;
  PetscCall(KarDenoiserSetCalibration(denoiser, &bins, r));
  if (!energy) PetscFunctionReturn(PETSC_SUCCESS);
  for (int i = 0; i < KAR_ENERGY_KNOTS; i++) { /* the square root of the energy, and no kinks, from e^-5 to e^6 */
    gains[0].at[i] = gains[1].at[i] = -5 + i;
    gains[0].h[i] = gains[1].h[i] = 0.5 * gains[0].at[i] - 1;
  }
  PetscCall(KarDenoiserSetEnergyGains(denoiser, gains));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Learnt(const char oversample[], const char gain[], const char type[], PetscBool octave)
{
  const PetscReal k[4] = {0, 6.3, 12.6, 25}, lambda[4] = {0.1, 1, 0.3, 0.02}, mean = 0.5;
  PetscReal       Juv, uJv, Jvu, size[2];
  PetscInt        n;
  float          *p;
  KarFFT          fft;
  KarNet          net;
  KarCov          data;
  KarDenoiser     denoiser;
  Vec             x, u, v, Ju, Jv, work;

  PetscFunctionBegin;
  PetscCall(CreateFFT((PetscInt[]){12, 12}, &fft));
  PetscCall(PetscOptionsSetValue(NULL, "-net_type", type));
  PetscCall(PetscOptionsSetValue(NULL, "-fno_width", "6"));
  PetscCall(PetscOptionsSetValue(NULL, "-fno_depth", "2"));
  PetscCall(PetscOptionsSetValue(NULL, "-fno_modes", "4"));
  PetscCall(PetscOptionsSetValue(NULL, "-local_width", "16"));
  PetscCall(PetscOptionsSetValue(NULL, "-local_dilations", "1,2"));
  PetscCall(PetscOptionsSetValue(NULL, "-fno_oversample", oversample));
  PetscCall(PetscOptionsSetValue(NULL, "-denoiser_gain", gain));
  PetscCall(PetscOptionsSetValue(NULL, "-denoiser_amplitude", octave ? "true" : "false"));
  if (octave) PetscCall(KarDenoiserCreateOctave(fft, (const PetscInt[]){6, 6}, 4, k, lambda, &denoiser));
  else PetscCall(KarDenoiserCreate(fft, 4, k, lambda, &mean, &denoiser));
  PetscCall(KarDenoiserSetFromOptions(denoiser));
  PetscCall(KarDenoiserSetUp(denoiser));
  if (octave) PetscCall(KarDenoiserSetAmplitude(denoiser, (const PetscReal[]){-0.4, 0.8}));
  PetscCall(KarDenoiserGetNet(denoiser, &net));
  PetscCall(KarNetGetParameters(net, &n, &p));
  for (PetscInt i = 0; i < n; i++) {
    PetscReal z[2];

    kar_normal_pair((KarKey){.seed = 8, .stream = KAR_STREAM_TEST}, i % 1000, i / 1000, 0, z);
    p[i] = (float)(0.2 * z[0]);
  }
  PetscCall(Calibrate(denoiser, (PetscBool)!strcmp(type, "local"), octave));
  PetscCall(KarDenoiserGetDataCovariance(denoiser, &data));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecDuplicate(x, &u));
  PetscCall(VecDuplicate(x, &v));
  PetscCall(VecDuplicate(x, &Ju));
  PetscCall(VecDuplicate(x, &Jv));
  PetscCall(VecDuplicate(x, &work));
  PetscCall(Draw(data, 1, x));
  PetscCall(Draw(data, 2, u));
  PetscCall(Draw(data, 3, v));
  if (octave) PetscCall(SetCoarser(fft, denoiser, 4, k, lambda));
  PetscCall(Differences(denoiser, 0.3, x, u, Ju, work));
  PetscCall(VecDot(Ju, v, &Juv));
  PetscCall(KarDenoiserApplyTranspose(denoiser, 0.3, x, v, Jv));
  PetscCall(VecDot(u, Jv, &uJv));
  PetscCall(VecNorm(Ju, NORM_2, &size[0]));
  PetscCall(VecNorm(v, NORM_2, &size[1]));
  Claim(PetscAbsReal(Juv - uJv) <= 1e-3 * size[0] * size[1],
        "%s, %s gains, oversampled %s: <Ju, v> = %g, <u, J^T v> = %g", type, gain, oversample, (double)Juv,
        (double)uJv);
  Claim(PetscAbsReal(uJv) > 1e-2 * size[0] * size[1], "nothing to compare: %g of %g", (double)uJv,
        (double)(size[0] * size[1]));
  PetscCall(KarDenoiserApplyTranspose(denoiser, 0.3, x, v, work)); /* by the kept pass */
  PetscCall(VecAXPY(work, -1, Jv));
  PetscCall(VecNorm(work, NORM_INFINITY, size));
  Claim(size[0] == 0, "%s: a second derivative by one forward pass differs by %g", type, (double)size[0]);
  PetscCall(KarDenoiserApplyTranspose(denoiser, 0.3, x, u, work));
  PetscCall(VecDot(work, v, &Jvu));
  PetscCall(
    PetscPrintf(PETSC_COMM_WORLD, "%s, %s gains: <Ju, v> %g, <u, Jv> %g\n", type, gain, (double)uJv, (double)Jvu));
  PetscCall(VecScale(x, 1.5)); /* another x in the same vector */
  PetscCall(KarDenoiserApplyTranspose(denoiser, 0.3, x, v, work));
  PetscCall(VecAXPY(work, -1, Jv));
  PetscCall(VecNorm(work, NORM_INFINITY, size));
  Claim(size[0] > 1e-4, "%s: the derivative stays when x changes", type);
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&u));
  PetscCall(VecDestroy(&v));
  PetscCall(VecDestroy(&Ju));
  PetscCall(VecDestroy(&Jv));
  PetscCall(VecDestroy(&work));
  PetscCall(KarDenoiserDestroy(&denoiser));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(Exact(KARSCOREGAUSSIAN));
  PetscCall(Exact(KARSCOREMIXTURE));
  PetscCall(Exact(KARSCOREEMPIRICAL));
  PetscCall(Learnt("1", "modewise", "fno", PETSC_FALSE));
  PetscCall(Learnt("1.5", "rough", "fno", PETSC_FALSE));
  PetscCall(Learnt("1", "scalar", "fno", PETSC_FALSE));
  PetscCall(Learnt("1", "rough", "local", PETSC_FALSE));
  PetscCall(Learnt("1", "white", "local", PETSC_TRUE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
