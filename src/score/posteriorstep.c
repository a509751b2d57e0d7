/* A step of Langevin dynamics on the law of X_t given y = H u + e, preconditioned by the covariance P that it has where
   the law of u is Gaussian. With V = a^2 C + S, w = a C/V, Gamma_t = C S/V and M_t = H Gamma_t H* + R
     P = (V^-1 + w H* M_t^-1 H w)^-1,   g = (a D - x)/S the score without data,
     x <- x + c P (g + w H* M_t^-1 (y - H D)) + b N(0, P)
        = x + c V g + b xi + a C H* (H C H* + R)^-1 [c (y - H (D + w V g)) - b (H (w xi + gamma) + e)],
   xi ~ N(0, V), gamma ~ N(0, Gamma_t), e ~ N(0, R): one solve, of the same matrix at every time. For a Gaussian law x
   becomes m + (1 - c)(x - m) + b N(0, P) with m = E[X_t | y]. */
#include "posteriorimpl.h"

#define FAR 1e3 /* times the length of a draw of N(0, V) */

/* a, V/S, w and Gamma of each mode; those without noise stay. */
typedef struct {
  PetscReal *c, *v, *gain, *w, *gamma; /* gain: V/S */
  PetscInt   n, group;
} Gaussian;

static PetscErrorCode Create(Posterior *p, PetscReal t, Gaussian *k, PetscReal **lift)
{
  KarGains g;

  PetscFunctionBegin;
  PetscCall(KarGainsCreate(p->prior, t, &g));
  k->n = g.n, k->group = g.group;
  PetscCall(PetscMalloc6(g.n, &k->c, g.n, &k->v, g.n, &k->gain, g.n, &k->w, g.n, &k->gamma, g.n, lift));
  PetscCall(KarLevelsGetGamma(p->levels, PETSC_INFINITY, k->c));
  PetscCall(KarLevelsGetGamma(p->levels, t, k->gamma));
  for (PetscInt i = 0; i < g.n; i++) {
    const PetscReal noise = kar_gains_noise(&g, i), a = kar_gains_a(&g, i);

    (*lift)[i] = a;
    k->v[i]    = noise > 0 ? a * a * k->c[i] + noise : 0;
    k->gain[i] = noise > 0 ? k->v[i] / noise : 0;
    k->w[i]    = noise > 0 ? a * k->c[i] / k->v[i] : 0;
  }
  PetscCall(KarGainsDestroy(&g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* u <- V g = V/S (a d - x); d <- d + w u. */
static PetscErrorCode Newton(const Gaussian *k, const PetscReal a[], Vec x, Vec d, Vec u)
{
  const PetscScalar *in;
  PetscScalar       *out, *to;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArray(d, &out));
  PetscCall(VecGetArrayWrite(u, &to));
  for (PetscInt i = 0; i < k->n; i++)
    for (PetscInt j = i * k->group; j < (i + 1) * k->group; j++) {
      to[j] = k->gain[i] * (a[i] * out[j] - in[j]);
      out[j] += k->w[i] * to[j];
    }
  PetscCall(VecRestoreArrayWrite(u, &to));
  PetscCall(VecRestoreArray(d, &out));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* xi ~ N(0, V) and e <- H (w xi + gamma) + N(0, R), with `work` written over. */
static PetscErrorCode Draw(Posterior *p, const Gaussian *k, KarKey key, Vec xi, Vec work, Vec e)
{
  KarFFT fft = p->prior->fft;
  KarCov project;
  Vec    gamma;

  PetscFunctionBegin;
  PetscCall(KarSDEGetCovariance(p->prior->sde, &project));
  PetscCall(KarFFTFillNormalScaled(fft, key, k->v, xi));
  PetscCall(KarCovProject(project, xi));
  PetscCall(VecCopy(xi, work));
  PetscCall(KarFFTMultiply(fft, k->w, work));
  PetscCall(VecDuplicate(work, &gamma));
  key.stream = KAR_STREAM_PRIOR, key.step += 2; /* 0 and 1 are those of the start */
  PetscCall(KarFFTFillNormalScaled(fft, key, k->gamma, gamma));
  PetscCall(KarCovProject(project, gamma));
  PetscCall(VecAXPY(work, 1, gamma));
  PetscCall(VecDestroy(&gamma));
  PetscCall(KarObservationSample(p->obs, key, work, e));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A law that is much narrower than C somewhere makes steps that are too long there: they grow without end. */
static PetscErrorCode CheckLength(Posterior *p, PetscReal t, Vec x, Vec xi)
{
  PetscReal length, usual, mean = 0;

  PetscFunctionBegin;
  PetscCall(VecNorm(x, NORM_2, &length));
  PetscCall(VecNorm(xi, NORM_2, &usual));
  if (p->prior->mean) PetscCall(VecNorm(p->prior->mean, NORM_2, &mean));
  KarCheck(
    p->prior->comm, length <= FAR * (usual + mean), PETSC_ERR_FP,
    "-sampler_precondition posterior: at t %.3g a field is %.2g times as long as a draw of the law's spectrum: the "
    "law is much narrower than its spectrum says; give -sampler_precondition noise or -posterior_type smc",
    (double)t, (double)(length / (usual + mean)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPosteriorStepGiven(Posterior *p, PetscReal t, PetscReal c, PetscReal b, KarKey key, Vec x)
{
  KarInnovation innovation;
  Gaussian      k;
  PetscReal    *a;
  Vec           d, u, xi, e;

  PetscFunctionBegin;
  PetscCall(Create(p, t, &k, &a));
  PetscCall(VecDuplicate(x, &d));
  PetscCall(VecDuplicate(x, &u));
  PetscCall(VecDuplicate(x, &xi));
  PetscCall(VecDuplicate(p->y, &e));
  PetscCall(Draw(p, &k, key, xi, d, e));
  PetscCall(KarScoreDenoise(p->prior, t, x, d));
  PetscCall(Newton(&k, a, x, d, u));
  PetscCall(KarObservationApply(p->obs, d, p->e));
  PetscCall(VecAYPX(p->e, -1, p->y));
  PetscCall(VecAXPBY(p->e, -b, c, e));
  PetscCall(VecAXPBYPCZ(x, c, b, 1, u, xi));
  PetscCall(VecZeroEntries(u));
  PetscCall(KarLevelsGet(p->levels, PETSC_INFINITY, &innovation));
  PetscCall(KarInnovationCorrect(innovation, p->e, u)); /* C H* (H C H* + R)^-1 of it */
  PetscCall(KarFFTMultiply(p->prior->fft, a, u));
  PetscCall(VecAXPY(x, 1, u));
  PetscCall(CheckLength(p, t, x, xi));
  PetscCall(VecDestroy(&d));
  PetscCall(VecDestroy(&u));
  PetscCall(VecDestroy(&xi));
  PetscCall(VecDestroy(&e));
  PetscCall(PetscFree6(k.c, k.v, k.gain, k.w, k.gamma, a));
  PetscFunctionReturn(PETSC_SUCCESS);
}
