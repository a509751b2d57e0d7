/* Linear bridges have the means and variances of the formulas with hyperbolic sines, and of an Ornstein-Uhlenbeck
   process worked out elsewhere, to ten digits; two steps are one; the pinned end is met; a noisy end of great variance
   leaves the transition; all processes but a ladder.  The draws of a bridge have these moments: 4,096 of them, each
   mean and variance within 4.5 standard errors (false alarms: 1 in 10^4).  ranks: 1 2 3 4 */
#include "problem.h"

#include <math.h>

static PetscErrorCode Create(KarSDEType type, KarSDE *sde, PetscInt *n)
{
  KarFFT          fft;
  KarCov          cov;
  const KarModes *m;

  PetscFunctionBegin;
  PetscCall(ProblemFFT(PETSC_COMM_WORLD, 1, (PetscInt[]){16}, &fft));
  PetscCall(KarFFTGetModes(fft, &m));
  *n = m->rows * m->length;
  PetscCall(KarCovCreate(fft, &cov));
  PetscCall(KarCovSetType(cov, KARCOVMATERN));
  PetscCall(KarCovSetVariance(cov, 1));
  PetscCall(KarSDECreate(cov, sde));
  PetscCall(KarSDESetType(*sde, type));
  PetscCall(KarCovDestroy(&cov));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* dX = -1.3 X dt + dW with variance .8 a time, from .7 to -1.1 at 2, as `vp` with beta 5.2 on [0, 1], in units where
   g^2 lambda = .8. */
static PetscErrorCode OrnsteinUhlenbeck(void)
{
  const PetscReal  times[3] = {0.5, 1, 1.5}, mean[2][3] = {{0.2455396860, -0.1014757501, -0.4928956154},
                                                           {0.2994486144, 0.0299319316, -0.2264869388}};
  const PetscReal  variance[2][3] = {{0.2205220193, 0.2651455875, 0.2205220193},
                                     {0.2220122992, 0.2740005749, 0.2569171407}};
  const PetscReal *lambda;
  KarSDE           sde;
  KarCov           cov;
  PetscInt         n;
  PetscReal       *R, *x, *v, *s;

  PetscFunctionBegin;
  PetscCall(Create(KARSDEVP, &sde, &n));
  PetscCall(KarSDESetParameter(sde, "beta_min", 5.2 - 1e-12));
  PetscCall(KarSDESetParameter(sde, "beta_max", 5.2 + 1e-12));
  PetscCall(KarSDESetUp(sde));
  PetscCall(KarSDEGetCovariance(sde, &cov));
  PetscCall(KarCovGetEigenvalues(cov, &lambda));
  PetscCall(PetscMalloc4(n, &R, n, &x, n, &v, n, &s));
  for (int noisy = 0; noisy < 2; noisy++)
    for (int k = 0; k < 3; k++) {
      for (PetscInt i = 0; i < n; i++) R[i] = 0.25 * lambda[i] * 2.6 / 0.8;
      PetscCall(KarSDEGetBridge(sde, 0, times[k] / 2, 1, noisy ? R : NULL, x, v, s));
      for (PetscInt i = 0; i < n; i++) {
        if (lambda[i] == 0) continue;
        ClaimNear(0.7 * x[i] - 1.1 * v[i], mean[noisy][k], 1e-10);
        ClaimNear(s[i] / lambda[i] * 0.8 / 2.6, variance[noisy][k], 1e-10);
        if (!noisy) {
          const double h = sinh(1.3 * times[k]), g = sinh(1.3 * (2 - times[k])), all = sinh(2.6);

          ClaimNear(x[i], g / all, 1e-12);
          ClaimNear(v[i], h / all, 1e-12);
        }
      }
    }
  PetscCall(PetscFree4(R, x, v, s));
  PetscCall(KarSDEDestroy(&sde));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Chapman and Kolmogorov for transitions and bridges; ends. */
static PetscErrorCode TwoStepsAreOne(KarSDEType type)
{
  KarSDE    sde;
  PetscInt  n;
  PetscReal T, *w[9];
  PetscReal worst = 0, scale = 0;

  PetscFunctionBegin;
  PetscCall(Create(type, &sde, &n));
  PetscCall(KarSDESetUp(sde));
  PetscCall(KarSDEGetFinalTime(sde, &T));
  if (!strcmp(type, KARSDEFLOW)) T *= 0.9; /* its a is 0 at the end */
  for (int i = 0; i < 9; i++) PetscCall(PetscMalloc1(n, &w[i]));
  PetscCall(KarSDEGetBridge(sde, 0.2 * T, 0.7 * T, T, NULL, w[0], w[1], w[2]));
  PetscCall(KarSDEGetBridge(sde, 0.2 * T, 0.4 * T, T, NULL, w[3], w[4], w[5]));
  PetscCall(KarSDEGetBridge(sde, 0.4 * T, 0.7 * T, T, NULL, w[6], w[7], w[8]));
  for (PetscInt i = 0; i < n; i++) {
    worst = PetscMax(worst, PetscAbsReal(w[6][i] * w[3][i] - w[0][i]));
    worst = PetscMax(worst, PetscAbsReal(w[6][i] * w[4][i] + w[7][i] - w[1][i]));
    worst = PetscMax(worst, PetscAbsReal(PetscSqr(w[6][i]) * w[5][i] + w[8][i] - w[2][i]));
    scale = PetscMax(scale, PetscAbsReal(w[2][i]));
  }
  Claim(worst <= 1e-13, "%s: two steps of a bridge are off one by %g", type, (double)worst);
  PetscCall(KarSDEGetBridge(sde, 0.2 * T, T, T, NULL, w[0], w[1], w[2]));
  for (PetscInt i = 0; i < n; i++)
    if (w[1][i] != 0)
      Claim(PetscAbsReal(w[1][i] - 1) < 1e-12 && PetscAbsReal(w[0][i]) < 1e-12 &&
              w[2][i] <= 1e-13 * PetscMax(scale, 1e-3),
            "%s: the pinned end is missed: %g %g %g", type, (double)w[0][i], (double)w[1][i], (double)w[2][i]);
  for (PetscInt i = 0; i < n; i++) w[3][i] = 1e30;
  PetscCall(KarSDEGetBridge(sde, 0.2 * T, 0.7 * T, T, w[3], w[0], w[1], w[2]));
  PetscCall(KarSDEGetTransition(sde, 0.2 * T, 0.7 * T, w[4], w[5]));
  for (PetscInt i = 0; i < n; i++)
    Claim(PetscAbsReal(w[0][i] - w[4][i]) < 1e-13 && PetscAbsReal(w[2][i] - w[5][i]) < 1e-13,
          "%s: an end that says nothing changes the transition", type);
  for (int i = 0; i < 9; i++) PetscCall(PetscFree(w[i]));
  PetscCall(KarSDEDestroy(&sde));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Draws(void)
{
  enum { N = 4096 };
  KarSDE     sde;
  KarCov     cov;
  KarFFT     fft;
  PetscInt   n, size;
  PetscReal *wx, *wv, *s;
  Vec        x, v, sum, square;

  PetscFunctionBegin;
  PetscCall(Create(KARSDEVP, &sde, &n));
  PetscCall(KarSDESetUp(sde));
  PetscCall(KarSDEGetCovariance(sde, &cov));
  PetscCall(KarCovGetFFT(cov, &fft));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecDuplicate(x, &v));
  PetscCall(VecDuplicate(x, &sum));
  PetscCall(VecDuplicate(x, &square));
  PetscCall(VecGetLocalSize(x, &size));
  PetscCall(PetscMalloc3(n, &wx, n, &wv, n, &s));
  PetscCall(VecSet(v, 0.4));
  for (PetscInt i = 0; i < N; i++) {
    const KarKey key = {.seed = 3, .sample = i, .stream = KAR_STREAM_PATH};

    PetscCall(VecSet(x, -0.2));
    PetscCall(KarSDESampleBridge(sde, 0.1, 0.3, 0.6, NULL, key, x, v));
    PetscCall(VecAXPY(sum, 1. / N, x));
    PetscCall(VecPointwiseMult(x, x, x));
    PetscCall(VecAXPY(square, 1. / N, x));
  }
  PetscCall(KarSDEGetBridge(sde, 0.1, 0.3, 0.6, NULL, wx, wv, s));
  const PetscScalar *m, *q;

  PetscCall(VecGetArrayRead(sum, &m));
  PetscCall(VecGetArrayRead(square, &q));
  for (PetscInt i = 0; i < n; i++) {
    const PetscScalar mean = -0.2 * wx[i] + 0.4 * wv[i], *real = m + i * (size / n),
                      variance = q[i * (size / n)] - *real * *real;

    if (s[i] == 0) continue;
    Claim(PetscAbsReal(*real - mean) <= 4.5 * PetscSqrtReal(s[i] / N), "mode %d: mean %g of the draws, %g", (int)i,
          (double)*real, (double)mean);
    Claim(PetscAbsReal(variance - s[i]) <= 4.5 * s[i] * PetscSqrtReal(2. / N), "mode %d: variance %g of the draws, %g",
          (int)i, (double)variance, (double)s[i]);
  }
  PetscCall(VecRestoreArrayRead(square, &q));
  PetscCall(VecRestoreArrayRead(sum, &m));
  PetscCall(PetscFree3(wx, wv, s));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&v));
  PetscCall(VecDestroy(&sum));
  PetscCall(VecDestroy(&square));
  PetscCall(KarSDEDestroy(&sde));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(OrnsteinUhlenbeck());
  PetscCall(TwoStepsAreOne(KARSDEVP));
  PetscCall(TwoStepsAreOne(KARSDEVE));
  PetscCall(TwoStepsAreOne(KARSDEHEAT));
  PetscCall(TwoStepsAreOne(KARSDEFLOW));
  PetscCall(Draws());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
