/* Noise that depends on the state, dx = -x dt + sigma(x) dW, sigma^2 = .3 + .7 x^2/(1 + x^2), from 1 to -1/2 in time 1:
   guided paths, and the process in reverse under its exact score, the forward equation's, with and without div Sigma,
   as is usual.  Half way mean .17753, variance .08260; density of the end .08617 (the backward equation). */
#include "validate.h"

#include <karhunen/diffusion.h>

#include <math.h>

enum { CELLS = 801, TIMES = 200, PATHS = 4000, STEPS = 200, RUNS = 8, PARTICLES = 500 };

#define LOW  (-5.)
#define CELL (10. / (CELLS - 1))

static void Drift(const void *ctx, const PetscReal x[], PetscReal b[])
{
  (void)ctx;
  b[0] = -x[0];
}

static PetscReal Square(PetscReal x)
{
  return .3 + .7 * x * x / (1 + x * x);
}

static void Sigma(const void *ctx, const PetscReal x[], PetscReal sigma[])
{
  (void)ctx;
  sigma[0] = PetscSqrtReal(Square(x[0]));
}

static void Divergence(const void *ctx, const PetscReal x[], PetscReal div[])
{
  (void)ctx;
  div[0] = 1.4 * x[0] / PetscSqr(1 + x[0] * x[0]);
}

static const KarDiffusion process = {
  .n = 1, .components = 1, .sources = 1, .drift = Drift, .sigma = Sigma, .divergence = Divergence};

typedef struct {
  PetscReal p[TIMES + 1][CELLS], lower[CELLS], diagonal[CELLS], right[CELLS], upper[CELLS];
} Law;

/* Crank and Nicolson of dp = -(b p)' + (S p)''/2, from time k to the next. */
static void StepForward(Law *law, PetscInt k)
{
  const PetscReal  half = .5 / TIMES;
  const PetscReal *from = law->p[k];
  PetscReal       *to   = law->p[k + 1];

  for (PetscInt i = 0; i < CELLS; i++) {
    const PetscReal x = LOW + (PetscReal)i * CELL, l = x - CELL, r = x + CELL, C2 = CELL * CELL;
    const PetscReal a = -l / (2 * CELL) + Square(l) / (2 * C2), b = -Square(x) / C2,
                    c = r / (2 * CELL) + Square(r) / (2 * C2);

    law->right[i] = from[i] + half * ((i ? a * from[i - 1] : 0) + b * from[i] + (i < CELLS - 1 ? c * from[i + 1] : 0));
    law->lower[i] = -half * a, law->diagonal[i] = 1 - half * b, law->upper[i] = -half * c;
  }
  for (PetscInt i = 1; i < CELLS; i++) {
    const PetscReal f = law->lower[i] / law->diagonal[i - 1];

    law->diagonal[i] -= f * law->upper[i - 1], law->right[i] -= f * law->right[i - 1];
  }
  to[CELLS - 1] = law->right[CELLS - 1] / law->diagonal[CELLS - 1];
  for (PetscInt i = CELLS - 2; i >= 0; i--) to[i] = (law->right[i] - law->upper[i] * to[i + 1]) / law->diagonal[i];
}

static void Score(void *ctx, PetscReal t, const PetscReal x[], PetscReal s[])
{
  const Law       *law = ctx;
  const PetscReal  at  = (x[0] - LOW) / CELL;
  const PetscInt   k = (PetscInt)(t * TIMES + .5), i = PetscMax(1, PetscMin(CELLS - 3, (PetscInt)at));
  const PetscReal *p = law->p[k], w = at - (PetscReal)i;
  PetscReal        slope[2];

  for (int j = 0; j < 2; j++)
    slope[j] =
      (PetscLogReal(PetscMax(p[i + j + 1], 1e-300)) - PetscLogReal(PetscMax(p[i + j - 1], 1e-300))) / (2 * CELL);
  s[0] = Square(x[0]) * ((1 - w) * slope[0] + w * slope[1]);
}

/* Mean and variance half way. */
static PetscErrorCode Back(Law *law, PetscBool divergence, PetscReal moment[2])
{
  const PetscReal end = -.5;
  PetscReal       path[TIMES + 1];

  PetscFunctionBegin;
  moment[0] = moment[1] = 0;
  for (PetscInt q = 0; q < PATHS; q++) {
    PetscCall(
      KarDiffusionReverse(&process, 1, TIMES, Score, law, divergence, &end, (KarKey){.seed = 9, .sample = q}, path));
    moment[0] += path[TIMES / 2] / PATHS, moment[1] += PetscSqr(path[TIMES / 2]) / PATHS;
  }
  moment[1] -= PetscSqr(moment[0]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Guided(PetscReal *density, PetscReal *error)
{
  const PetscReal  x = 1, v = -.5;
  PetscReal       *t, *path, square = 0;
  KarDiffusionInfo info = {0};

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(STEPS + 1, &t, (STEPS + 1) * PARTICLES, &path));
  *density = 0;
  for (PetscInt run = 0; run < RUNS; run++) {
    PetscCall(KarDiffusionBridge(&process, 1, STEPS, PARTICLES, &x, &v, .01, (KarKey){.seed = 3, .sample = run}, t,
                                 path, &info));
    *density += PetscExpReal(info.density) / RUNS, square += PetscExpReal(2 * info.density) / RUNS;
  }
  *error = PetscSqrtReal(PetscMax(0, square - *density * *density) / (RUNS - 1));
  PetscCall(PetscFree2(t, path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode ValidateStateRows(Validate *v)
{
  const PetscReal dt = 1. / TIMES, variance = 0.08260;
  PetscReal       density = 0, error = 0, with[2], without[2];
  Law            *law;

  PetscFunctionBegin;
  PetscCall(Guided(&density, &error));
  PetscCall(ValidateAddFact(v, "noise of the state, guided: density of the end", 0.08617, density, error, NAN, ""));
  PetscCall(PetscNew(&law));
  for (PetscInt i = 0; i < CELLS; i++) /* after one step of Euler; a point has no density */
    law->p[1][i] = PetscExpReal(-PetscSqr(LOW + (PetscReal)i * CELL - (1 - dt)) / (2 * Square(1) * dt));
  for (PetscInt k = 1; k < TIMES; k++) StepForward(law, k);
  PetscCall(Back(law, PETSC_TRUE, with));
  PetscCall(Back(law, PETSC_FALSE, without));
  PetscCall(PetscFree(law));
  PetscCall(ValidateAddFact(v, "noise of the state, in reverse: mean half way", 0.17753, with[0],
                            PetscSqrtReal(variance / PATHS), without[0], "no div Sigma"));
  PetscCall(ValidateAddFact(v, "noise of the state, in reverse: variance half way", variance, with[1],
                            variance * PetscSqrtReal(2. / PATHS), without[1], "no div Sigma"));
  PetscFunctionReturn(PETSC_SUCCESS);
}
