/* Each objective, as training adds it up, is the quantity it is named for, computed here mode by mode from its
   definition with the denoiser's own answer: the distance in H; the divergence per time of the reverse equations, as
   that of two Euler steps; the error of the velocity d/dt (a x_0 + s eps) by differences in time; the divergence of
   the laws of X_r given X_t by conditioning.  vp, flow, and heat, where the path depends on the mode; and normalised,
   each Wiener filter costs the same.  1e-5: the network is in single precision, differences in time.  ranks: 1 3 */
#include "problem.h"

#define RUNG 0.1

/* (m - n)^2/(2 v): Gaussians of one variance. */
static PetscReal Divergence(PetscReal m, PetscReal n, PetscReal v)
{
  return PetscSqr(m - n) / (2 * v);
}

/* Paths at the time, at the one before, and a little before and after. */
typedef struct {
  KarPath   at, before, minus, plus;
  PetscReal h;
} Mode;

static PetscReal Distance(const Mode *p, PetscReal lambda, PetscReal x, PetscReal x0, PetscReal D)
{
  return PetscSqr(D - x0);
}

/* One small step h of dY = [alpha Y + g^2 s] dtau + g dW from x, s from D and from x_0; per time. */
static PetscReal ReverseSteps(const Mode *p, PetscReal lambda, PetscReal x, PetscReal x0, PetscReal D)
{
  const PetscReal h = 1e-3, alpha = -(p->plus.a - p->minus.a) / (2 * p->h * p->at.a), S = PetscSqr(p->at.s);
  const PetscReal g2  = (PetscSqr(p->plus.s) - PetscSqr(p->minus.s)) / (2 * p->h) + 2 * alpha * S;
  const PetscReal to  = x + h * (alpha * x + g2 * (p->at.a * D - x) / S),
                  to0 = x + h * (alpha * x + g2 * (p->at.a * x0 - x) / S);

  return Divergence(to, to0, g2 * h * lambda) / h;
}

/* The noise eps that leads from D to x, and from x_0 to x; the paths' velocities there. */
static PetscReal Velocities(const Mode *p, PetscReal lambda, PetscReal x, PetscReal x0, PetscReal D)
{
  const PetscReal da = (p->plus.a - p->minus.a) / (2 * p->h), ds = (p->plus.s - p->minus.s) / (2 * p->h);
  const PetscReal eps = (x - p->at.a * D) / p->at.s, eps0 = (x - p->at.a * x0) / p->at.s;

  return PetscSqr(da * D + ds * eps - da * x0 - ds * eps0);
}

/* X_r given X_0 has mean a_r X_0 and variance s_r^2 lambda, its covariance with X_t is (a_t/a_r) s_r^2 lambda:
   condition on X_t = x. */
static PetscReal Rungs(const Mode *p, PetscReal lambda, PetscReal x, PetscReal x0, PetscReal D)
{
  const PetscReal a = p->at.a, vt = PetscSqr(p->at.s) * lambda, ar = p->before.a, vr = PetscSqr(p->before.s) * lambda,
                  cov  = a / ar * vr;
  const PetscReal mean = ar * D + cov / vt * (x - a * D), mean0 = ar * x0 + cov / vt * (x - a * x0);

  return Divergence(mean, mean0, vr - cov * cov / vt);
}

typedef PetscReal DirectFn(const Mode *p, PetscReal lambda, PetscReal x, PetscReal x0, PetscReal D);

/* power: each mode weighs C^power more. */
static PetscErrorCode Direct(KarDenoiser denoiser, DirectFn *direct, PetscReal power, PetscReal t, Vec x, Vec x0,
                             PetscReal *sum)
{
  const PetscScalar *in, *truth, *out;
  const PetscReal   *lambda, *C;
  const KarModes    *m;
  const PetscReal    h = 1e-5;
  KarPath           *path[4];
  KarSDE             sde;
  KarCov             noise, data;
  KarFFT             fft;
  PetscInt           n;
  Vec                D;

  PetscFunctionBegin;
  PetscCall(KarDenoiserGetFFT(denoiser, &fft));
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(KarDenoiserGetSDE(denoiser, &sde));
  PetscCall(KarSDEGetCovariance(sde, &noise));
  PetscCall(KarCovGetEigenvalues(noise, &lambda));
  PetscCall(KarDenoiserGetDataCovariance(denoiser, &data));
  PetscCall(KarCovGetEigenvalues(data, &C));
  PetscCall(VecDuplicate(x, &D));
  PetscCall(KarDenoiserApply(denoiser, t, x, D));
  n = m->rows * m->length;
  for (int j = 0; j < 4; j++) {
    const PetscReal times[] = {t, t - RUNG, t - h, t + h};

    PetscCall(PetscMalloc1(n, &path[j]));
    PetscCall(KarSDEGetPathModes(sde, times[j], path[j]));
  }
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArrayRead(x0, &truth));
  PetscCall(VecGetArrayRead(D, &out));
  *sum = 0;
  for (PetscInt i = 0; i < n; i++) {
    const Mode p = {path[0][i], path[1][i], path[2][i], path[3][i], h};

    for (PetscInt c = i * m->width; c < (i + 1) * m->width && lambda[i] > 0; c++)
      *sum += direct(&p, lambda[i], in[c], truth[c], out[c]) * PetscPowReal(C[i], power);
  }
  PetscCall(VecRestoreArrayRead(D, &out));
  PetscCall(VecRestoreArrayRead(x0, &truth));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, 1, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  for (int j = 0; j < 4; j++) PetscCall(PetscFree(path[j]));
  PetscCall(VecDestroy(&D));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Check(const char process[])
{
  static DirectFn *const direct[] = {Distance, ReverseSteps, Velocities, Rungs};
  const PetscInt         n[2]     = {12, 12};
  const PetscReal k[4] = {0, 6.3, 12.6, 25}, lambda[4] = {0.1, 1, 0.3, 0.02}, mean = 0, times[] = {0.15, 0.5, 0.9};
  KarFFT          fft;
  KarNet          net;
  KarSDE          sde;
  KarCov          data;
  KarDenoiser     denoiser;
  Vec             xt, x0;

  PetscFunctionBegin;
  PetscCall(PetscOptionsSetValue(NULL, "-sde_type", process));
  PetscCall(ProblemFFT(PETSC_COMM_WORLD, 2, n, &fft));
  PetscCall(KarDenoiserCreate(fft, 4, k, lambda, &mean, &denoiser));
  PetscCall(KarDenoiserSetFromOptions(denoiser));
  PetscCall(KarDenoiserSetUp(denoiser));
  PetscCall(KarDenoiserGetNet(denoiser, &net));
  PetscCall(KarNetInitialize(net, 3));
  PetscCall(KarDenoiserGetSDE(denoiser, &sde));
  PetscCall(KarDenoiserGetDataCovariance(denoiser, &data));
  PetscCall(KarFFTCreateCoordinates(fft, &x0));
  PetscCall(VecDuplicate(x0, &xt));
  PetscCall(KarCovSample(data, (KarKey){.seed = 5, .stream = KAR_STREAM_DATA}, x0));
  for (int i = 0; i < 3; i++) {
    PetscCall(
      KarSDEAddNoise(sde, times[i], (KarKey){.seed = 5, .sample = i, .stream = KAR_STREAM_TRAIN}, x0, xt, NULL));
    for (int j = 0; KarObjectiveName(j); j++) {
      KarObjective    objective;
      KarLoss         how;
      PetscReal       loss, wanted, wiener, normalised;
      const PetscReal power = i * 0.25; /* -train_loss_power */

      PetscCall(KarObjectiveGet(PETSC_COMM_WORLD, KarObjectiveName(j), &objective));
      if (!objective.weight) continue; /* not of denoising */
      how = (KarLoss){.weight = objective.weight, .power = power, .rung = objective.ladder ? RUNG : 0, .scale = 1};
      PetscCall(KarDenoiserLoss(denoiser, &how, 0, 1, &times[i], &xt, &x0, &loss));
      PetscCall(Direct(denoiser, direct[j], power, times[i], xt, x0, &wanted));
      Claim(PetscAbsReal(loss / wanted - 1) < 1e-5, "%s, %s, t = %g: %.12g, directly %.12g", process, objective.name,
            (double)times[i], (double)loss, (double)wanted);
      PetscCall(KarDenoiserGetWienerLoss(denoiser, &how, times[i], &wiener));
      how.scale = 0;
      PetscCall(KarDenoiserLoss(denoiser, &how, 0, 1, &times[i], &xt, &x0, &normalised));
      ClaimNear(normalised * wiener / loss, 1, 1e-12);
    }
  }
  PetscCall(VecDestroy(&xt));
  PetscCall(VecDestroy(&x0));
  PetscCall(KarDenoiserDestroy(&denoiser));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(PetscOptionsSetValue(NULL, "-fno_width", "6"));
  PetscCall(PetscOptionsSetValue(NULL, "-fno_depth", "2"));
  PetscCall(PetscOptionsSetValue(NULL, "-fno_modes", "4"));
  PetscCall(Check(KARSDEVP));
  PetscCall(Check(KARSDEFLOW));
  PetscCall(Check(KARSDEHEAT));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
