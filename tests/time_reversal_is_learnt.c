/* A step back of a diffusion from one start is learnt from its own paths, and the process in reverse from an end is the
   bridge; its paths, weighed by their density over that by which they were drawn, have the bridge's law. Eight points,
   40 times, 500 steps of learning with 8 paths each, 480 paths back; half way
     Ornstein-Uhlenbeck, rate 1.3, variance .8 a time, .7 to -1.1 in time 2: mean and variance are the exact ones,
       -.10148, .26515;
     dx = -x dt + sigma dW, sigma^2 = .3 + .7 x^2/(1 + x^2), 1 to -1/2: those of the backward equation, .17753, .08260;
       without div Sigma the same network's variance, not weighed, is at least a tenth smaller;
     a double well of eight points, dx_i = (x_i - x_i^3 + x_{i-1} - 2 x_i + x_{i+1}) dt, variance 1/2 a time, -1 to 1 in
       time 2: mean 0, since the bridge is its own mirror image.
   Weighed means within 5 standard errors and .01 for the length of steps, variances within 5 and .06; at least a
   twentieth of the paths effective. The mean weight of the first is p(v|x), by its Gaussian, .02 of its logarithm a
   point.  ranks: 1 */
#include "claim.h"

#include <karhunen/reversal.h>
#include <math.h>

enum { N = 8, STEPS = 40, PATHS = 480 };

typedef enum { OU, STATE, WELL } Case;

static void Drift(const void *ctx, const PetscReal x[], PetscReal b[])
{
  const Case which = *(const Case *)ctx;

  for (int i = 0; i < N; i++)
    b[i] = which == OU      ? -1.3 * x[i]
           : which == STATE ? -x[i]
                            : x[i] - x[i] * x[i] * x[i] + x[(i + N - 1) % N] - 2 * x[i] + x[(i + 1) % N];
}

static PetscReal Square(Case which, PetscReal x)
{
  return which == OU ? .8 : which == STATE ? .3 + .7 * x * x / (1 + x * x) : .5;
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

typedef struct {
  PetscReal mean, variance, error, effective, density; /* error of the mean, by the weights; log of the mean weight */
} Moments;

/* Of the points half way, over weights w[PATHS] and the paths' means and mean squares. */
static Moments Weigh(const PetscReal w[], const PetscReal mean[], const PetscReal square[])
{
  PetscReal most = -PETSC_MAX_REAL, sum = 0, two = 0;
  Moments   m = {0};

  for (int p = 0; p < PATHS; p++) most = PetscMax(most, w[p]);
  for (int p = 0; p < PATHS; p++) {
    const PetscReal one = PetscExpReal(w[p] - most);

    sum += one, two += one * one, m.mean += one * mean[p], m.variance += one * square[p];
  }
  m.mean /= sum, m.variance = m.variance / sum - PetscSqr(m.mean);
  for (int p = 0; p < PATHS; p++) m.error += PetscSqr(PetscExpReal(w[p] - most) / sum * (mean[p] - m.mean));
  m.error = PetscSqrtReal(m.error), m.effective = sum * sum / two, m.density = most + PetscLogReal(sum / PATHS);
  return m;
}

/* Paths in reverse from v, as they are and weighed. */
static PetscErrorCode Back(KarReversal r, const char name[], PetscBool divergence, PetscReal v, Moments *plain,
                           Moments *weighed)
{
  PetscReal end[N], path[(STEPS + 1) * N], w[PATHS], none[PATHS] = {0}, mean[PATHS] = {0}, square[PATHS] = {0};

  PetscFunctionBegin;
  for (int i = 0; i < N; i++) end[i] = v;
  for (PetscInt p = 0; p < PATHS; p++) {
    PetscCall(KarReversalDraw(r, end, divergence, (KarKey){.seed = 5, .sample = p}, path, &w[p]));
    for (int i = 0; i < N; i++) {
      const PetscReal x = path[STEPS / 2 * N + i];

      mean[p] += x / N, square[p] += x * x / N;
    }
  }
  *plain   = Weigh(none, mean, square);
  *weighed = Weigh(w, mean, square);
  PetscCall(
    PetscPrintf(PETSC_COMM_SELF,
                "%-26s mean %.4f, variance %.4f; weighed %.4f +- %.4f, %.4f, effective %.0f of %d, log density %.3f\n",
                name, (double)plain->mean, (double)plain->variance, (double)weighed->mean, (double)weighed->error,
                (double)weighed->variance, (double)weighed->effective, (int)PATHS, (double)weighed->density));
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

/* variance 0: not known. */
static PetscErrorCode Alone(Case which, const char name[], PetscReal T, PetscReal from, PetscReal to, PetscReal mean,
                            PetscReal variance)
{
  const KarDiffusion d = {.n          = N,
                          .components = 1,
                          .sources    = N,
                          .drift      = Drift,
                          .sigma      = Sigma,
                          .divergence = which == STATE ? Divergence : NULL,
                          .ctx        = &which};
  KarReversal        r;
  Moments            plain, weighed;

  PetscFunctionBegin;
  PetscCall(Learn(&d, T, from, 500, &r));
  PetscCall(Back(r, name, PETSC_TRUE, to, &plain, &weighed));
  Claim(weighed.effective > PATHS / 20., "%s: %g effective paths", name, (double)weighed.effective);
  ClaimNear(weighed.mean, mean, 5 * weighed.error + .01);
  if (variance > 0) ClaimNear(weighed.variance / variance, 1, 5 * PetscSqrtReal(2 / (N * weighed.effective)) + .06);
  if (which == OU) {
    const PetscReal S = .8 * (1 - exp(-2.6 * T)) / 2.6, off = to - from * exp(-1.3 * T);

    ClaimNear(weighed.density / N, -(off * off / S + log(2 * PETSC_PI * S)) / 2, .02);
  }
  if (which == STATE) {
    const PetscReal with = plain.variance;

    PetscCall(Back(r, "  without div Sigma", PETSC_FALSE, to, &plain, &weighed));
    Claim(plain.variance < .9 * with, "without div Sigma the variance is %g", (double)plain.variance);
  }
  PetscCall(KarReversalDestroy(&r));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(Alone(OU, "Ornstein-Uhlenbeck", 2, .7, -1.1, -.1014757501, .2651455875));
  PetscCall(Alone(STATE, "noise of the state", 1, 1, -.5, .17753, .08260));
  PetscCall(Alone(WELL, "double well", 2, -1, 1, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
