/* Two ways to the bridge between two outlines under Kunita's noise with a nugget, which share no code but the noise:
   guided paths, and the process in reverse, each weighed. Eight points of a circle become those of an ellipse that is
   moved; 12 runs of 64 particles each. In reverse, before the reversal has learnt and after, the density of the end is
   that of the guided paths within 5 standard errors and .05 for the length of steps; half way so are the mean of each
   coordinate (.01) and the sum of their variances (.01): a false alarm in 10^5 seeds.  ranks: 1 */
#include "claim.h"

#include <karhunen/reversal.h>
#include <math.h>

enum { N = 8, SIDE = 5, STEPS = 40, GUIDED = 100, PARTICLES = 64, RUNS = 12 };

typedef struct {
  PetscReal density, error, mean[2 * N], variance, of_mean, of_variance, ess; /* of_*: errors, the largest of means */
} Law;

/* From runs: log density, means and summed variance of one run each. */
static void Pool(const PetscReal density[], PetscReal mean[][2 * N], const PetscReal variance[], Law *law)
{
  PetscReal most = -PETSC_MAX_REAL, sum = 0, two = 0;

  for (int r = 0; r < RUNS; r++) most = PetscMax(most, density[r]);
  for (int r = 0; r < RUNS; r++) {
    const PetscReal w = PetscExpReal(density[r] - most);

    sum += w / RUNS, two += w * w / RUNS;
  }
  law->density = most + PetscLogReal(sum), law->error = PetscSqrtReal((two / (sum * sum) - 1) / (RUNS - 1));
  law->of_mean = law->variance = law->of_variance = 0;
  for (int i = 0; i < 2 * N; i++) {
    PetscReal square = 0;

    law->mean[i] = 0;
    for (int r = 0; r < RUNS; r++) law->mean[i] += mean[r][i] / RUNS, square += PetscSqr(mean[r][i]) / RUNS;
    law->of_mean = PetscMax(law->of_mean, PetscSqrtReal((square - PetscSqr(law->mean[i])) / (RUNS - 1)));
  }
  two = 0;
  for (int r = 0; r < RUNS; r++) law->variance += variance[r] / RUNS, two += PetscSqr(variance[r]) / RUNS;
  law->of_variance = PetscSqrtReal((two - PetscSqr(law->variance)) / (RUNS - 1));
}

/* Mean of each coordinate, and the sum of squares about `about`, of particles at one time, between two states. */
static void Moments(const PetscReal a[], const PetscReal b[], PetscReal w, const PetscReal about[], PetscReal mean[],
                    PetscReal *variance)
{
  *variance = 0;
  for (int i = 0; i < 2 * N; i++) mean[i] = 0;
  for (int p = 0; p < PARTICLES; p++)
    for (int i = 0; i < 2 * N; i++) {
      const PetscReal x = (1 - w) * a[p * 2 * N + i] + w * b[p * 2 * N + i];

      mean[i] += x / PARTICLES, *variance += PetscSqr(x - about[i]) / PARTICLES;
    }
}

static PetscErrorCode Guided(const KarDiffusion *d, const PetscReal x[], const PetscReal v[], const PetscReal about[],
                             Law *law)
{
  PetscReal       *t, *path, density[RUNS], mean[RUNS][2 * N], variance[RUNS];
  KarDiffusionInfo info;
  PetscInt         half = 0;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(GUIDED + 1, &t, (GUIDED + 1) * PARTICLES * 2 * N, &path));
  law->ess = 0;
  for (PetscInt r = 0; r < RUNS; r++) {
    PetscCall(
      KarDiffusionBridge(d, 1, GUIDED, PARTICLES, x, v, 1e-3, (KarKey){.seed = 3, .sample = r}, t, path, &info));
    for (half = 0; t[half] < .5;) half++;
    density[r] = info.density, law->ess += info.ess / RUNS;
    Moments(path + (half - 1) * PARTICLES * 2 * N, path + half * PARTICLES * 2 * N,
            (.5 - t[half - 1]) / (t[half] - t[half - 1]), about, mean[r], &variance[r]);
  }
  Pool(density, mean, variance, law);
  PetscCall(PetscFree2(t, path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Back(KarReversal reversal, const PetscReal v[], const PetscReal about[], Law *law)
{
  const PetscInt   row = PARTICLES * 2 * N;
  PetscReal       *path, density[RUNS], mean[RUNS][2 * N], variance[RUNS];
  KarDiffusionInfo info;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1((STEPS + 1) * row, &path));
  law->ess = 0;
  for (PetscInt r = 0; r < RUNS; r++) {
    PetscCall(KarReversalBridge(reversal, v, PARTICLES, (KarKey){.seed = 5, .sample = r}, path, &info));
    density[r] = info.density, law->ess += info.ess / RUNS;
    Moments(path + STEPS / 2 * row, path + STEPS / 2 * row, 0, about, mean[r], &variance[r]);
  }
  Pool(density, mean, variance, law);
  PetscCall(PetscFree(path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscReal Both(PetscReal a, PetscReal b)
{
  return PetscSqrtReal(a * a + b * b);
}

static PetscErrorCode Say(const char name[], const Law *law)
{
  PetscFunctionBegin;
  PetscCall(PetscPrintf(PETSC_COMM_SELF,
                        "%-10s log density %.3f +- %.3f, first point %.4f, %.4f +- %.4f, variance %.4f +- %.4f, "
                        "effective %.0f of %d\n",
                        name, (double)law->density, (double)law->error, (double)law->mean[0], (double)law->mean[1],
                        (double)law->of_mean, (double)law->variance, (double)law->of_variance, (double)law->ess,
                        (int)PARTICLES));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscReal place[2 * SIDE * SIDE], x[2 * N], v[2 * N], about[2 * N], loss;
  KarKunita kunita = {
    .n = N, .components = 2, .sources = SIDE * SIDE, .place = place, .width = .8, .amplitude = .25, .nugget = .15};
  KarDiffusion d;
  KarReversal  reversal;
  Law          guided, back;

  PetscFunctionBegin;
  for (int l = 0; l < SIDE * SIDE; l++) place[2 * l] = l % SIDE - 2, place[2 * l + 1] = l / SIDE - 2;
  for (int i = 0; i < N; i++) {
    const PetscReal a = 2 * PETSC_PI * i / N;

    x[2 * i] = cos(a), x[2 * i + 1] = sin(a);
    v[2 * i] = 1.3 * cos(a) + .2, v[2 * i + 1] = .8 * sin(a) - .1;
    for (int c = 0; c < 2; c++) about[2 * i + c] = (x[2 * i + c] + v[2 * i + c]) / 2;
  }
  PetscCall(KarKunitaGetDiffusion(&kunita, &d));
  PetscCall(Guided(&d, x, v, about, &guided));
  PetscCall(Say("guided", &guided));
  PetscCall(KarReversalCreate(&d, 1, x, 7, &reversal));
  PetscCall(KarReversalSetSteps(reversal, STEPS, 4));
  for (int learnt = 0; learnt < 2; learnt++) {
    if (learnt) PetscCall(KarReversalLearn(reversal, 200, &loss));
    PetscCall(Back(reversal, v, about, &back));
    PetscCall(Say(learnt ? "learnt" : "not learnt", &back));
    ClaimNear(back.density, guided.density, 5 * Both(back.error, guided.error) + .05);
    ClaimNear(back.variance, guided.variance, 5 * Both(back.of_variance, guided.of_variance) + .01);
    for (int i = 0; i < 2 * N; i++)
      ClaimNear(back.mean[i], guided.mean[i], 5 * Both(back.of_mean, guided.of_mean) + .01);
  }
  Claim(guided.error < .15 && back.error < .15, "errors of the densities %g, %g", (double)guided.error,
        (double)back.error);
  PetscCall(KarReversalDestroy(&reversal));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
