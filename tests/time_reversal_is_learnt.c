/* A step back of a diffusion from one start is learnt from its own paths, and the process in reverse from an end is the
   bridge. Eight points, 40 times, 500 steps of learning with 8 paths each, 240 paths back; half way
     Ornstein-Uhlenbeck, rate 1.3, variance .8 a time, .7 to -1.1 in time 2: mean and variance are the exact ones,
       -.10148, .26515;
     dx = -x dt + sigma dW, sigma^2 = .3 + .7 x^2/(1 + x^2), 1 to -1/2: those of the backward equation, .17753, .08260;
       the same network without div Sigma has a variance at least a tenth smaller;
   within .07 of the mean and .15 of the variance (of 1,920 values .013 and .032; the rest is the network's). Free
   motion, with which learning begins, misses the variance of the first by more than a tenth.  ranks: 1 */
#include "claim.h"

#include <karhunen/reversal.h>
#include <math.h>

enum { N = 8, STEPS = 40, PATHS = 240 };

typedef enum { OU, STATE } Case;

static void Drift(const void *ctx, const PetscReal x[], PetscReal b[])
{
  const Case which = *(const Case *)ctx;

  for (int i = 0; i < N; i++) b[i] = which == OU ? -1.3 * x[i] : -x[i];
}

static PetscReal Square(Case which, PetscReal x)
{
  return which == OU ? .8 : .3 + .7 * x * x / (1 + x * x);
}

static void Sigma(const void *ctx, const PetscReal x[], PetscReal sigma[])
{
  const Case which = *(const Case *)ctx;

  for (int i = 0; i < N; i++)
    for (int l = 0; l < N; l++) sigma[i * N + l] = i == l ? sqrt(Square(which, x[i])) : 0;
}

static void Divergence(const void *ctx, const PetscReal x[], PetscReal div[])
{
  const Case which = *(const Case *)ctx;

  for (int i = 0; i < N; i++) div[i] = which == STATE ? 1.4 * x[i] / PetscSqr(1 + x[i] * x[i]) : 0;
}

/* Mean and variance of the points half way of paths in reverse. */
static PetscErrorCode Back(KarReversal r, PetscBool divergence, PetscReal v, PetscReal moment[2])
{
  PetscReal end[N], path[(STEPS + 1) * N];

  PetscFunctionBegin;
  moment[0] = moment[1] = 0;
  for (int i = 0; i < N; i++) end[i] = v;
  for (PetscInt p = 0; p < PATHS; p++) {
    PetscCall(KarReversalDraw(r, end, divergence, (KarKey){.seed = 5, .sample = p}, path));
    for (int i = 0; i < N; i++) {
      const PetscReal x = path[STEPS / 2 * N + i];

      moment[0] += x / (N * PATHS), moment[1] += x * x / (N * PATHS);
    }
  }
  moment[1] -= PetscSqr(moment[0]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Learn(const KarDiffusion *d, PetscReal T, PetscReal from, PetscInt steps, KarReversal *r)
{
  PetscReal x[N], loss;

  PetscFunctionBegin;
  for (int i = 0; i < N; i++) x[i] = from;
  PetscCall(KarReversalCreate(d, T, x, 7, r));
  PetscCall(KarReversalSetSteps(*r, STEPS, 5));
  if (steps) PetscCall(KarReversalLearn(*r, steps, &loss));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Alone(Case which, PetscReal T, PetscReal from, PetscReal to, PetscReal mean, PetscReal variance)
{
  const KarDiffusion d = {
    .n = N, .components = 1, .sources = N, .drift = Drift, .sigma = Sigma, .divergence = Divergence, .ctx = &which};
  KarReversal r;
  PetscReal   moment[2];

  PetscFunctionBegin;
  if (which == OU) {
    PetscCall(Learn(&d, T, from, 0, &r));
    PetscCall(Back(r, PETSC_TRUE, to, moment));
    Claim(PetscAbsReal(moment[1] / variance - 1) > .1, "without learning the variance is %g", (double)moment[1]);
    PetscCall(KarReversalDestroy(&r));
  }
  PetscCall(Learn(&d, T, from, 500, &r));
  PetscCall(Back(r, PETSC_TRUE, to, moment));
  ClaimNear(moment[0], mean, .07);
  ClaimNear(moment[1] / variance, 1, .15);
  if (which == STATE) {
    const PetscReal with = moment[1];

    PetscCall(Back(r, PETSC_FALSE, to, moment));
    Claim(moment[1] < .9 * with, "without div Sigma the variance is %g", (double)moment[1]);
  }
  PetscCall(KarReversalDestroy(&r));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(Alone(OU, 2, .7, -1.1, -.1014757501, .2651455875));
  PetscCall(Alone(STATE, 1, 1, -.5, .17753, .08260));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
