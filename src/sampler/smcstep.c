/* Particles with weights in data space.  A reverse step x_r = mu + delta, delta ~ N(0, Sigma), with the local law of
   the data
     y | x_r ~ N(H (D_t + G delta), M_r),   M_t = H Gamma_t H* + R,   G^2 Sigma = Gamma_t - Gamma_r,
   whose marginal is N(H D_t, M_t): delta is drawn, conditioned on y by Matheron's rule, and weighed by
     log w = -1/2 (e_r - e)·M_r^-1 (e_r + e),   e_r = y - H D_r(x_r),   e = y - H (D_t + G delta).
   Kernels, with h = log(a_r/s_r) - log(a_t/s_t):
     2m  mu = s_r/s_t e^-h x + a_r (1 - e^-2h) D~,   D~ = D + (D - D_before) h/(2 h_before),
         Sigma = S_r (1 - e^-2h)
     wa  mu = A D + B x,   A = a_r S'/S_t,   B = a' S_r/S_t,   a' = a_t/a_r,   S' = S_t - a'^2 S_r,
         Sigma = S_r S'/S_t + A^2 Gamma_t:
         a draw of N(D, Gamma_t), then of X_r given it and X_t; log w = 0 for Gaussian laws. */
#include "smcimpl.h"

#include <math.h>

static void Kernel2M(Step *k, PetscInt i, PetscReal a, PetscReal s, PetscReal b, PetscReal q, PetscReal lambda,
                     PetscReal before, PetscBool first)
{
  const PetscReal h = PetscLogReal(b / q) - PetscLogReal(a / s);

  k->x[i]     = q / s * PetscExpReal(-h);
  k->d[i]     = -b * expm1(-2 * h);
  k->slope[i] = first || k->h[i] <= 0 ? 0 : h / (2 * k->h[i]);
  k->sigma[i] = -q * q * lambda * expm1(-2 * h);
  k->g[i]     = k->sigma[i] > 0 ? PetscSqrtReal(PetscMax(before - k->after[i], 0) / k->sigma[i]) : 0;
  k->h[i]     = h;
}

static void KernelWA(Step *k, PetscInt i, PetscReal a, PetscReal s, PetscReal b, PetscReal q, PetscReal lambda,
                     PetscReal before)
{
  const PetscReal ratio = a / b, St = s * s * lambda, Sr = q * q * lambda, S = St - ratio * ratio * Sr;

  k->d[i]     = St > 0 ? b * S / St : b; /* without noise X_r = a_r D */
  k->x[i]     = St > 0 ? ratio * Sr / St : 0;
  k->slope[i] = 0;
  k->sigma[i] = St > 0 ? Sr * S / St + PetscSqr(k->d[i]) * before : 0;
  k->g[i]     = k->sigma[i] > 0 ? before * k->d[i] / k->sigma[i] : 0;
}

PetscErrorCode KarSMCSetStep(KarSMC s, PetscReal t, PetscReal r, PetscBool first)
{
  Step            *k = &s->step;
  const PetscReal *lambda;

  PetscFunctionBegin;
  PetscCall(KarCovGetEigenvalues(s->noise, &lambda));
  PetscCall(KarSDEGetMarginalModes(s->sde, t, k->work[0], k->work[1]));
  PetscCall(KarSDEGetMarginalModes(s->sde, r, k->work[2], k->work[3]));
  PetscCall(KarLevelsGetGamma(s->levels, t, k->work[4]));
  PetscCall(KarLevelsGetGamma(s->levels, r, k->after));
  for (PetscInt i = 0; i < s->modes; i++) {
    if (s->kernel == KAR_KERNEL_2M)
      Kernel2M(k, i, k->work[0][i], k->work[1][i], k->work[2][i], k->work[3][i], lambda[i], k->work[4][i], first);
    else KernelWA(k, i, k->work[0][i], k->work[1][i], k->work[2][i], k->work[3][i], lambda[i], k->work[4][i]);
    k->gain[i] = k->sigma[i] * k->g[i];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSMCExpect(KarSMC s, Vec d)
{
  PetscFunctionBegin;
  PetscCall(VecCopy(s->delta, s->w));
  PetscCall(KarFFTMultiply(s->fft, s->step.g, s->w));
  PetscCall(VecAXPY(s->w, 1, d));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* e <- y - H (w + a draw of N(0, Gamma_r)) - noise: what the local law says of the data, less them. */
static PetscErrorCode Innovate(KarSMC s, KarKey key)
{
  Vec draw;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(s->w, &draw));
  key.stream = KAR_STREAM_PRIOR;
  PetscCall(KarFFTFillNormalScaled(s->fft, key, s->step.after, draw));
  PetscCall(KarCovProject(s->noise, draw));
  PetscCall(VecAXPY(s->w, 1, draw));
  PetscCall(VecDestroy(&draw));
  PetscCall(KarObservationSample(s->obs, key, s->w, s->e));
  PetscCall(VecAYPX(s->e, -1, s->y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSMCMean(KarSMC s, Vec x, Vec d, Vec before)
{
  const Step        *k = &s->step;
  const PetscScalar *delta, *in, *old;
  PetscScalar       *out;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(s->delta, &delta));
  PetscCall(VecGetArrayRead(d, &in));
  PetscCall(VecGetArrayRead(before, &old));
  PetscCall(VecGetArray(x, &out));
  for (PetscInt i = 0; i < s->modes; i++)
    for (PetscInt c = i * s->group; c < (i + 1) * s->group; c++)
      out[c] = k->x[i] * out[c] + k->d[i] * (in[c] + k->slope[i] * (in[c] - old[c])) + delta[c];
  PetscCall(VecRestoreArray(x, &out));
  PetscCall(VecRestoreArrayRead(before, &old));
  PetscCall(VecRestoreArrayRead(d, &in));
  PetscCall(VecRestoreArrayRead(s->delta, &delta));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSMCMove(KarSMC s, Vec x, Vec d, Vec before)
{
  PetscFunctionBegin;
  PetscCall(KarSMCMean(s, x, d, before));
  PetscCall(VecCopy(d, before));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Modes without noise are a x_0. */
PetscErrorCode KarSMCDenoise(KarSMC s, PetscReal r, Vec x, Vec d)
{
  const PetscReal *lambda;
  PetscReal       *a = s->step.work[0];

  PetscFunctionBegin;
  if (s->octave) {
    PetscCall(KarCovGetEigenvalues(s->noise, &lambda));
    PetscCall(KarSDEGetMarginalModes(s->sde, r, a, s->step.work[1]));
    for (PetscInt i = 0; i < s->modes; i++) a[i] = lambda[i] > 0 ? 0 : 1 / a[i];
    PetscCall(VecCopy(x, d));
    PetscCall(KarFFTMultiply(s->fft, a, d));
    PetscCall(KarScoreSetCondition(s->prior, d));
  }
  PetscCall(KarScoreDenoise(s->prior, r, x, d));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSMCWeigh(KarSMC s, KarInnovation innovation, Vec d, Vec expected, PetscReal *logw)
{
  PetscFunctionBegin;
  PetscCall(KarObservationApply(s->obs, expected, s->e));
  PetscCall(KarObservationApply(s->obs, d, s->z));
  PetscCall(VecAXPBY(s->e, 1, -1, s->z)); /* H d - H expected = f - e */
  PetscCall(VecAXPBY(s->z, 2, -2, s->y)); /* 2 y - 2 H d = 2 e */
  PetscCall(VecAXPY(s->z, 1, s->e));      /* e + f */
  PetscCall(KarInnovationSolve(innovation, s->z, s->z));
  PetscCall(VecDot(s->e, s->z, logw));
  *logw /= 2;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSMCStep(KarSMC s, KarKey key, PetscReal t, PetscReal r, Vec x, PetscInt p, PetscReal *logw)
{
  KarInnovation innovation;
  Mat           H;

  PetscFunctionBegin;
  PetscCall(KarObservationGetMatrix(s->obs, &H));
  PetscCall(KarLevelsGet(s->levels, t, &innovation));
  key.stream = KAR_STREAM_PATH;
  PetscCall(KarFFTFillNormalScaled(s->fft, key, s->step.sigma, s->delta));
  PetscCall(KarCovProject(s->noise, s->delta));
  PetscCall(KarSMCExpect(s, s->d[p]));
  PetscCall(Innovate(s, key));
  PetscCall(KarInnovationSolve(innovation, s->e, s->z));
  PetscCall(MatMultTranspose(H, s->z, s->w));
  PetscCall(KarFFTMultiply(s->fft, s->step.gain, s->w));
  PetscCall(KarCovProject(s->noise, s->w));
  PetscCall(VecAXPY(s->delta, 1, s->w));
  PetscCall(KarSMCExpect(s, s->d[p]));
  PetscCall(KarSMCMove(s, x, s->d[p], s->before[p]));
  PetscCall(KarSMCDenoise(s, r, x, s->d[p]));
  PetscCall(KarLevelsGet(s->levels, r, &innovation));
  PetscCall(KarSMCWeigh(s, innovation, s->d[p], s->w, logw));
  PetscFunctionReturn(PETSC_SUCCESS);
}
