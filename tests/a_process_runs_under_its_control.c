/* One equation runs forward, backwards and bridged. With the score as its control a process runs backwards as the
   sampler of that score does, to rounding. Euler-Maruyama under Doob's control to a pinned end has 1.0979, 1.0185 and
   1.0037 of the bridge's variance half way with 20, 100 and 500 steps, and leaves the last step's noise at the end,
   where the exact bridge has 1 and 0 with any number of steps; the exponential sampler has the process's own variance
   with any. Data of every mode are an end with noise; controls add up. The adjoint of the drift's derivative is the
   transpose of its differences.  ranks: 1 2 3 4 */
#include "problem.h"

static PetscErrorCode Create(KarSDEType type, PetscInt dim, PetscInt n0, KarSDE *sde)
{
  const PetscInt n[] = {n0, n0};
  KarFFT         fft;
  KarCov         cov;

  PetscFunctionBegin;
  PetscCall(ProblemFFT(PETSC_COMM_WORLD, dim, n, &fft));
  PetscCall(KarCovCreate(fft, &cov));
  PetscCall(KarCovSetType(cov, KARCOVMATERN));
  PetscCall(KarCovSetVariance(cov, 1));
  PetscCall(KarSDECreate(cov, sde));
  PetscCall(KarSDESetType(*sde, type));
  PetscCall(KarCovDestroy(&cov));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Coordinates(KarSDE sde, Vec *x)
{
  KarCov cov;
  KarFFT fft;

  PetscFunctionBegin;
  PetscCall(KarSDESetUp(sde));
  PetscCall(KarSDEGetCovariance(sde, &cov));
  PetscCall(KarCovGetFFT(cov, &fft));
  PetscCall(KarFFTCreateCoordinates(fft, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The sampler of a score, and the process under it. */
static PetscErrorCode Reversal(KarSDEType type)
{
  KarSDE     sde;
  KarCov     data, cov;
  KarFFT     fft;
  KarScore   score;
  KarControl control;
  TS         ts[2];
  Vec        x[2];
  PetscReal  norm, off;

  PetscFunctionBegin;
  PetscCall(Create(type, 1, 32, &sde));
  PetscCall(KarSDEGetCovariance(sde, &cov));
  PetscCall(KarCovGetFFT(cov, &fft));
  PetscCall(KarCovCreate(fft, &data));
  PetscCall(KarCovSetType(data, KARCOVMATERN));
  PetscCall(KarCovSetParameter(data, "alpha", 3));
  PetscCall(ProblemScore(sde, data, &score));
  PetscCall(KarControlCreate(sde, &control));
  PetscCall(KarControlSetType(control, KARCONTROLSCORE));
  PetscCall(KarControlSetScore(control, score));
  PetscCall(KarSamplerCreate(score, &ts[0]));
  PetscCall(KarSamplerSetType(ts[0], KARTSEM));
  PetscCall(KarSamplerSetDenoise(ts[0], PETSC_FALSE));
  PetscCall(KarSamplerCreateProcess(sde, control, KAR_BACKWARD, &ts[1]));
  for (int k = 0; k < 2; k++) {
    PetscCall(Coordinates(sde, &x[k]));
    PetscCall(KarSDESamplePrior(sde, NULL, (KarKey){.seed = 1}, x[k]));
    PetscCall(KarSamplerSetEvaluations(ts[k], 50));
    PetscCall(KarSamplerSolveFrom(ts[k], (KarKey){.seed = 1}, x[k], NULL));
    PetscCall(TSDestroy(&ts[k]));
  }
  PetscCall(VecNorm(x[0], NORM_2, &norm));
  PetscCall(VecAXPY(x[1], -1, x[0]));
  PetscCall(VecNorm(x[1], NORM_2, &off));
  Claim(norm > 0.1 && off <= 1e-11 * norm, "%s: the process under the score is off its sampler by %g of %g", type,
        (double)off, (double)norm);
  for (int k = 0; k < 2; k++) PetscCall(VecDestroy(&x[k]));
  PetscCall(KarControlDestroy(&control));
  PetscCall(KarScoreDestroy(&score));
  PetscCall(KarCovDestroy(&data));
  PetscCall(KarSDEDestroy(&sde));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Draw j is the standard deviation in coordinate 2 + j and 0 elsewhere, so that the state holds the effect of every
   draw. */
static PetscErrorCode Impulse(void *ctx, KarKey key, Vec w)
{
  const PetscInt at = 2 + key.step;
  PetscInt       begin, end;

  PetscFunctionBegin;
  PetscCall(VecSet(w, 0));
  PetscCall(VecGetOwnershipRange(w, &begin, &end));
  if (at >= begin && at < end) PetscCall(VecSetValue(w, at, 1, INSERT_VALUES));
  PetscCall(VecAssemblyBegin(w));
  PetscCall(VecAssemblyEnd(w));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The variance, in units of lambda, of every mode alike. */
static PetscErrorCode Watch(TS ts, PetscInt step, PetscReal s, Vec x, void *ctx)
{
  PetscReal *variance = ctx, norm;
  PetscInt   steps;

  PetscFunctionBegin;
  PetscCall(KarSamplerGetEvaluations(ts, &steps));
  PetscCall(VecNorm(x, NORM_2, &norm));
  if (PetscAbsReal(s - 0.5) < 1e-12) variance[0] = norm * norm;
  variance[1] = norm * norm;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* dX = -1.3 X dt + dW with variance .8 a time, on [0, 2], as `vp` with beta 5.2 on [0, 1]; .8/2.6 lambda of its units.
   */
static PetscErrorCode OrnsteinUhlenbeck(KarSDE *sde)
{
  PetscFunctionBegin;
  PetscCall(Create(KARSDEVP, 1, 1024, sde));
  PetscCall(KarSDESetParameter(*sde, "beta_min", 5.2 - 1e-12));
  PetscCall(KarSDESetParameter(*sde, "beta_max", 5.2 + 1e-12));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Bridge(void)
{
  const PetscInt  steps[3] = {20, 100, 500};
  const PetscReal half[3] = {1.0979, 1.0185, 1.0037}, end[3] = {0.080, 0.016, 0.0032}, exact = 0.2651455875;
  PetscReal       variance[2];
  KarSDE          sde;
  KarControl      control;
  TS              ts;
  Vec             x, y;

  PetscFunctionBegin;
  PetscCall(OrnsteinUhlenbeck(&sde));
  PetscCall(Coordinates(sde, &x));
  PetscCall(VecDuplicate(x, &y));
  PetscCall(KarControlCreate(sde, &control));
  PetscCall(KarControlSetType(control, KARCONTROLDOOB));
  PetscCall(KarControlSetEnd(control, y, NULL));
  for (int k = 0; k < 3; k++) {
    PetscCall(KarSamplerCreateProcess(sde, control, KAR_FORWARD, &ts));
    PetscCall(KarSamplerSetEvaluations(ts, steps[k]));
    PetscCall(KarSamplerSetDraw(ts, Impulse, NULL));
    PetscCall(TSMonitorSet(ts, Watch, variance, NULL));
    PetscCall(VecSet(x, 0));
    PetscCall(KarSamplerSolveFrom(ts, (KarKey){0}, x, NULL));
    ClaimNear(variance[0] * 0.8 / 2.6 / exact, half[k], 6e-5);
    ClaimNear(variance[1] * 0.8 / 2.6, end[k], 6e-4 * end[k]);
    PetscCall(TSDestroy(&ts));
  }
  PetscCall(KarControlDestroy(&control));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&y));
  PetscCall(KarSDEDestroy(&sde));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* By the exact bridge's own numbers, step after step. */
static PetscErrorCode ExactBridge(void)
{
  KarSDE           sde;
  KarCov           cov;
  const PetscReal *lambda;
  PetscReal       *x, *v, *s;
  const KarModes  *m;
  KarFFT           fft;

  PetscFunctionBegin;
  PetscCall(OrnsteinUhlenbeck(&sde));
  PetscCall(KarSDESetUp(sde));
  PetscCall(KarSDEGetCovariance(sde, &cov));
  PetscCall(KarCovGetFFT(cov, &fft));
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(KarCovGetEigenvalues(cov, &lambda));
  PetscCall(PetscMalloc3(m->rows * m->length, &x, m->rows * m->length, &v, m->rows * m->length, &s));
  for (PetscInt steps = 2; steps <= 20; steps += 6) {
    PetscReal half = 0, variance = 0;
    PetscInt  i = m->rows * m->length / 2;

    for (PetscInt k = 0; k < steps; k++) {
      PetscCall(KarSDEGetBridge(sde, (PetscReal)k / steps, (PetscReal)(k + 1) / steps, 1, NULL, x, v, s));
      variance = PetscSqr(x[i]) * variance + s[i] / lambda[i];
      if (2 * (k + 1) == steps) half = variance;
    }
    ClaimNear(half * 0.8 / 2.6, 0.2651455875, 1e-10);
    ClaimNear(variance, 0, 1e-12);
  }
  PetscCall(PetscFree3(x, v, s));
  PetscCall(KarSDEDestroy(&sde));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Exponential(void)
{
  PetscReal variance[2], a, s;
  KarSDE    sde;
  TS        ts;
  Vec       x;

  PetscFunctionBegin;
  PetscCall(Create(KARSDEVP, 1, 64, &sde));
  PetscCall(Coordinates(sde, &x));
  PetscCall(KarSDEGetMarginal(sde, 1, &a, &s));
  for (PetscInt steps = 1; steps <= 13; steps += 6) {
    PetscCall(KarSamplerCreateForward(sde, steps, &ts));
    PetscCall(KarSamplerSetType(ts, KARTSEXPONENTIAL));
    PetscCall(KarSamplerSetDraw(ts, Impulse, NULL));
    PetscCall(TSMonitorSet(ts, Watch, variance, NULL));
    PetscCall(VecSet(x, 0));
    PetscCall(KarSamplerSolveFrom(ts, (KarKey){0}, x, NULL));
    ClaimNear(variance[1], s * s, 1e-13);
    PetscCall(TSDestroy(&ts));
  }
  PetscCall(VecDestroy(&x));
  PetscCall(KarSDEDestroy(&sde));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Data of the modes up to 3 with noise .1, and an end whose other modes say nothing. */
static PetscErrorCode ObservedEnd(KarSDEType type)
{
  const KarKey    key = {.seed = 4, .stream = KAR_STREAM_TEST}, other = {.seed = 5, .stream = KAR_STREAM_TEST};
  KarSDE          sde;
  KarCov          cov;
  KarFFT          fft;
  KarObservation  obs;
  KarControl      doob, observed, both;
  const KarModes *m;
  PetscReal      *R, norm, off, sum;
  Vec             x, end, y, v[3];

  PetscFunctionBegin;
  PetscCall(Create(type, 1, 16, &sde));
  PetscCall(Coordinates(sde, &x));
  for (int k = 0; k < 3; k++) PetscCall(VecDuplicate(x, &v[k]));
  PetscCall(VecDuplicate(x, &end));
  PetscCall(KarSDEGetCovariance(sde, &cov));
  PetscCall(KarCovGetFFT(cov, &fft));
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(KarFFTFillNormal(fft, key, x));
  PetscCall(KarFFTFillNormal(fft, other, end));
  PetscCall(KarObservationCreate(fft, &obs));
  PetscCall(KarObservationSetType(obs, KAROBSERVATIONMODES));
  PetscCall(KarObservationSetParameter(obs, "modes", 3));
  PetscCall(KarObservationSetParameter(obs, "noise", 0.1));
  PetscCall(KarObservationCreateData(obs, &y));
  PetscCall(KarObservationApply(obs, end, y));
  PetscCall(PetscMalloc1(m->rows * m->length, &R));
  for (PetscInt r = 0; r < m->rows; r++)
    for (PetscInt j = 0; j < m->length; j++) {
      KarMode mode;

      kar_mode(m, r, j, &mode);
      R[r * m->length + j] = PetscAbsInt(mode.index[0]) <= 3 ? 0.01 : 1e30;
    }
  PetscCall(KarControlCreate(sde, &doob));
  PetscCall(KarControlSetType(doob, KARCONTROLDOOB));
  PetscCall(KarControlSetEnd(doob, end, R));
  PetscCall(KarControlCreate(sde, &observed));
  PetscCall(KarControlSetType(observed, KARCONTROLOBSERVATION));
  PetscCall(KarControlSetObservation(observed, obs, y));
  PetscCall(KarControlCreate(sde, &both));
  PetscCall(KarControlSetType(both, KARCONTROLSUM));
  PetscCall(KarControlAdd(both, doob));
  PetscCall(KarControlAdd(both, observed));
  PetscCall(KarControlApply(doob, 0.3, x, v[0]));
  PetscCall(KarControlApply(observed, 0.3, x, v[1]));
  PetscCall(KarControlApply(both, 0.3, x, v[2]));
  PetscCall(VecAXPY(v[2], -1, v[0]));
  PetscCall(VecAXPY(v[2], -1, v[1]));
  PetscCall(VecNorm(v[2], NORM_2, &sum));
  PetscCall(VecNorm(v[0], NORM_2, &norm));
  PetscCall(VecAXPY(v[1], -1, v[0]));
  PetscCall(VecNorm(v[1], NORM_2, &off));
  Claim(norm > 1e-4 && off <= 1e-10 * norm, "%s: data of modes are off a noisy end by %g of %g", type, (double)off,
        (double)norm);
  Claim(sum <= 1e-13 * norm, "%s: the sum of controls is off by %g", type, (double)sum);
  PetscCall(PetscFree(R));
  PetscCall(KarControlDestroy(&both));
  PetscCall(KarControlDestroy(&observed));
  PetscCall(KarControlDestroy(&doob));
  PetscCall(KarObservationDestroy(&obs));
  PetscCall(VecDestroy(&y));
  for (int k = 0; k < 3; k++) PetscCall(VecDestroy(&v[k]));
  PetscCall(VecDestroy(&end));
  PetscCall(VecDestroy(&x));
  PetscCall(KarSDEDestroy(&sde));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* <F'v, w> by differences, <v, F'* w> by the adjoint. */
static PetscErrorCode Adjoint(KarSDEType type, PetscReal tolerance)
{
  const PetscReal e = 1e-6;
  KarSDE          sde;
  KarCov          cov;
  KarFFT          fft;
  Vec             x, v, w, f[2];
  PetscReal       left, right;
  PetscBool       path, linear;

  PetscFunctionBegin;
  PetscCall(Create(type, 2, 16, &sde));
  PetscCall(Coordinates(sde, &x));
  PetscCall(KarSDEGetCovariance(sde, &cov));
  PetscCall(KarCovGetFFT(cov, &fft));
  PetscCall(VecDuplicate(x, &v));
  PetscCall(VecDuplicate(x, &w));
  for (int k = 0; k < 2; k++) PetscCall(VecDuplicate(x, &f[k]));
  PetscCall(KarCovSample(cov, (KarKey){.seed = 1}, x));
  PetscCall(KarFFTFillNormal(fft, (KarKey){.seed = 2}, v));
  PetscCall(KarFFTFillNormal(fft, (KarKey){.seed = 3}, w));
  for (int k = 0; k < 2; k++) {
    PetscCall(VecAXPY(x, k ? -2 * e : e, v));
    PetscCall(KarSDEDrift(sde, 0.4, x, f[k]));
  }
  PetscCall(VecAXPY(x, e, v));
  PetscCall(VecAXPY(f[0], -1, f[1]));
  PetscCall(VecDot(f[0], w, &left));
  PetscCall(KarSDEDriftAdjoint(sde, 0.4, x, w, f[1]));
  PetscCall(VecDot(v, f[1], &right));
  Claim(PetscAbsReal(left / (2 * e) - right) <= tolerance * PetscAbsReal(right), "%s: <F'v, w> = %g, <v, F'*w> = %g",
        type, (double)(left / (2 * e)), (double)right);
  PetscCall(KarSDEHasPath(sde, &path));
  PetscCall(KarSDENonlinear(sde, 0.4, x, f[0]));
  PetscCall(VecNorm(f[0], NORM_2, &left));
  linear = left == 0 ? PETSC_TRUE : PETSC_FALSE;
  Claim(path == linear, "%s: a path, or no further drift", type);
  for (int k = 0; k < 2; k++) PetscCall(VecDestroy(&f[k]));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&v));
  PetscCall(VecDestroy(&w));
  PetscCall(KarSDEDestroy(&sde));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(Reversal(KARSDEVP));
  PetscCall(Reversal(KARSDEHEAT));
  PetscCall(Bridge());
  PetscCall(ExactBridge());
  PetscCall(Exponential());
  PetscCall(ObservedEnd(KARSDEVE));
  PetscCall(ObservedEnd(KARSDEHEAT));
  PetscCall(Adjoint(KARSDEHEAT, 1e-8));
  PetscCall(Adjoint(KARSDEALLENCAHN, 1e-8));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
