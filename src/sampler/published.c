/* Guidances as published, on the same law, process and times, for comparison.  With J the denoiser's derivative:
     dps     (Chung 2023) an ancestral step, then  x <- x + zeta 2 J^T H^T (y - H D)/|y - H D|
     fundps  (FunDPS, DiffusionPDE) in x/a and sigma = s/a, Heun's step of EDM, then
             x <- x + w min(sigma, 1) (2/m) J^T H^T (y - H D)
   Both take the derivative of |y - H D(x)|^2 by the values at the n points of the grid, 1/n of ours, so that a weight
   that suits one grid is wrong on another.  D and J are those of the last evaluation of the step, whose own derivative
   is taken as 1.  They end with D.
     csgm    (Jalal 2021) annealed Langevin dynamics of z = x/a, sigma = s/a, one step at each time, the data's noise
             inflated by the level:
             z <- z + r (D - z) + r sigma^2 C H^T (R + sigma^2)^-1 (y - H z) + sqrt(2 r) sigma w
   There C H^T is that of our inner product: the noise C in place of white noise on the grid, and no weight by 1/n. */
#include "conditionalimpl.h"

/* v <- J^T H*(y - H D)/n at time t, D in d: (A/S) times the covariance of X_0 given x applied to H* e; S is s^2
   lambda. */
static PetscErrorCode Gradient(KarConditional c, PetscReal t, Vec x, PetscReal factor, PetscReal *norm)
{
  const PetscReal *lambda;
  PetscReal        a, s;
  PetscScalar     *v;
  Mat              H;

  PetscFunctionBegin;
  PetscCall(KarSDEGetMarginal(c->sde, t, &a, &s));
  PetscCall(KarCovGetEigenvalues(c->noise, &lambda));
  PetscCall(KarObservationLinearise(c->obs, c->d, c->e, &H));
  PetscCall(KarObservationResidual(c->obs, c->y, c->e, c->e));
  PetscCall(VecNorm(c->e, NORM_2, norm));
  PetscCall(MatMultTranspose(H, c->e, c->w));
  PetscCall(KarScoreApplyCovariance(c->prior, t, x, c->w, c->v));
  PetscCall(VecGetArray(c->v, &v));
  for (PetscInt i = 0; i < c->modes; i++)
    for (PetscInt k = i * c->group; k < (i + 1) * c->group; k++)
      v[k] *= lambda[i] > 0 ? factor / (s * s * lambda[i] * (PetscReal)c->points) : 0;
  PetscCall(VecRestoreArray(c->v, &v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* x <- b S'/S D + q r^2/s^2 x + a draw of N(0, r^2 S'/s^2 C), q = a/b, S' = s^2 - q^2 r^2, and the gradient. */
static PetscErrorCode StepDPS(KarConditional c, KarKey key, PetscReal t, PetscReal r, Vec x)
{
  const PetscReal *lambda;
  PetscReal        a, s, b, q, ratio, rest, norm, *variance;

  PetscFunctionBegin;
  PetscCall(KarSDEGetMarginal(c->sde, t, &a, &s));
  PetscCall(KarSDEGetMarginal(c->sde, r, &b, &q));
  PetscCall(KarScoreDenoise(c->prior, t, x, c->d));
  PetscCall(Gradient(c, t, x, a, &norm));
  ratio = a / b, rest = s * s - PetscSqr(ratio * q);
  PetscCall(VecAXPBY(x, b * rest / (s * s), ratio * q * q / (s * s), c->d));
  PetscCall(VecAXPY(x, 2 * c->weight / PetscMax(norm, 1e-9), c->v));
  PetscCall(KarCovGetEigenvalues(c->noise, &lambda));
  PetscCall(PetscMalloc1(c->modes, &variance));
  for (PetscInt i = 0; i < c->modes; i++) variance[i] = q * q * rest / (s * s) * lambda[i];
  key.stream = KAR_STREAM_PATH;
  PetscCall(KarFFTFillNormalScaled(c->fft, key, variance, c->w));
  PetscCall(KarCovProject(c->noise, c->w));
  PetscCall(VecAXPY(x, 1, c->w));
  PetscCall(PetscFree(variance));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* x is x/a here: sigma to next. */
static PetscErrorCode StepFunDPS(KarConditional c, PetscReal t, PetscReal r, Vec x)
{
  PetscReal a, s, b, q, sigma, next, norm;
  PetscInt  m;
  Vec       state, slope;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(x, &state));
  PetscCall(VecDuplicate(x, &slope));
  PetscCall(KarSDEGetMarginal(c->sde, t, &a, &s));
  PetscCall(KarSDEGetMarginal(c->sde, r, &b, &q));
  sigma = s / a, next = q / b;
  PetscCall(VecAXPBY(state, a, 0, x));
  PetscCall(KarScoreDenoise(c->prior, t, state, c->d));
  PetscCall(VecWAXPY(slope, -1, c->d, x));
  PetscCall(VecScale(slope, 1 / sigma));
  PetscCall(VecAXPBYPCZ(state, b, b * (next - sigma), 0, x, slope));
  PetscCall(KarScoreDenoise(c->prior, r, state, c->d));
  PetscCall(Gradient(c, r, state, b * b, &norm)); /* by x/a */
  PetscCall(VecScale(state, 1 / b));
  PetscCall(VecAXPY(state, -1, c->d)); /* next times the slope there */
  PetscCall(VecAXPBYPCZ(x, (next - sigma) / 2, (next - sigma) / (2 * next), 1, slope, state));
  PetscCall(KarObservationGetSize(c->obs, &m));
  PetscCall(VecAXPY(x, c->weight * PetscMin(sigma, 1) * 2 / (PetscReal)m, c->v));
  PetscCall(VecDestroy(&state));
  PetscCall(VecDestroy(&slope));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* v += scale lambda H^T (y - H z)/(R + sigma^2), z in x. */
static PetscErrorCode AddInflated(KarConditional c, PetscReal sigma, PetscReal scale, Vec x)
{
  const PetscReal *lambda;
  PetscReal       *gain;
  Vec              R, inflated;
  Mat              H;

  PetscFunctionBegin;
  PetscCall(KarObservationLinearise(c->obs, x, c->e, &H));
  PetscCall(KarObservationResidual(c->obs, c->y, c->e, c->e));
  PetscCall(KarObservationGetVariance(c->obs, &R));
  PetscCall(VecDuplicate(R, &inflated));
  PetscCall(VecCopy(R, inflated));
  PetscCall(VecShift(inflated, sigma * sigma));
  PetscCall(VecPointwiseDivide(c->e, c->e, inflated));
  PetscCall(VecDestroy(&inflated));
  PetscCall(MatMultTranspose(H, c->e, c->w));
  PetscCall(KarCovGetEigenvalues(c->noise, &lambda));
  PetscCall(PetscMalloc1(c->modes, &gain));
  for (PetscInt i = 0; i < c->modes; i++) gain[i] = scale * lambda[i];
  PetscCall(KarFFTMultiply(c->fft, gain, c->w));
  PetscCall(VecAXPY(c->v, 1, c->w));
  PetscCall(PetscFree(gain));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* x is z here: a step at s/a of time t. */
static PetscErrorCode StepCSGM(KarConditional c, KarKey key, PetscReal t, Vec x)
{
  const PetscReal r = c->weight;
  PetscReal       a, s, sigma;

  PetscFunctionBegin;
  PetscCall(KarSDEGetMarginal(c->sde, t, &a, &s));
  sigma = s / a;
  PetscCall(VecAXPBY(c->v, a, 0, x));
  PetscCall(KarScoreDenoise(c->prior, t, c->v, c->d));
  PetscCall(VecAXPBYPCZ(c->v, 1 - r, r, 0, x, c->d));
  PetscCall(AddInflated(c, sigma, r * sigma * sigma, x));
  key.stream = KAR_STREAM_PATH;
  PetscCall(KarCovSample(c->noise, key, x));
  PetscCall(VecAYPX(x, PetscSqrtReal(2 * r) * sigma, c->v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarConditionalPublished(KarConditional c, KarKey key, Vec x, PetscBool *stop)
{
  const PetscBool  scaled = (PetscBool)(c->type != KAR_CONDITIONAL_DPS); /* the state is x/a */
  const PetscReal *t;
  PetscReal        a, s;
  PetscInt         steps;

  PetscFunctionBegin;
  PetscCall(KarSamplerGetTimes(c->ts, &steps, &t));
  PetscCall(KarScoreSampleStart(c->prior, t[0], (PetscBool)(c->type != KAR_CONDITIONAL_FUNDPS), key, x));
  PetscCall(KarSDEGetMarginal(c->sde, t[0], &a, &s));
  if (scaled) PetscCall(VecScale(x, 1 / a));
  for (PetscInt i = 0; i < steps && !*stop; i++) {
    key.step = i + 2;
    if (c->type == KAR_CONDITIONAL_FUNDPS) PetscCall(StepFunDPS(c, t[i], t[i + 1], x));
    else if (c->type == KAR_CONDITIONAL_CSGM) PetscCall(StepCSGM(c, key, t[i + 1], x));
    else PetscCall(StepDPS(c, key, t[i], t[i + 1], x));
    PetscCall(KarStopRequested(c->comm, stop));
  }
  PetscCall(KarSDEGetMarginal(c->sde, t[steps], &a, &s));
  if (scaled) PetscCall(VecScale(x, a));
  PetscCall(KarScoreDenoise(c->prior, t[steps], x, c->d));
  PetscCall(VecCopy(c->d, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}
