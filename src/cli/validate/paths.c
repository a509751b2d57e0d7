/* Bridges and control against exact answers, in one coordinate, and beside them what is usual elsewhere: Euler steps on
   the h-transform, the end that a network foresees put in for the end itself, guided paths without weights.
     bridge    rate 1.3, noise .8 a time, from .7 to -1.1 in time 2: variance over the exact one
     matching  variances .6 and 1.7, rate .5, noise .5, T = 1: 10 steps, variance over the exact one
     well      dx = (x - x^3) dt + dW, noise 1/2, from -1 to 1 + N(0, .01), T = 1 (the backward equation's numbers)
     control   rate .7, noise .9, T = 1.5, cost 3 (x - .8)^2/2 from -.5 (Riccati) */
#include "validate.h"

#include <karhunen/bridge.h>

#include <math.h>

PetscErrorCode ValidateAddFact(Validate *v, const char label[], PetscReal exact, PetscReal ours, PetscReal error,
                               PetscReal theirs, const char usual[])
{
  Fact *fact = &v->fact[v->facts++];

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(fact->label, label, sizeof(fact->label)));
  PetscCall(PetscStrncpy(fact->usual, usual, sizeof(fact->usual)));
  fact->exact = exact, fact->ours = ours, fact->error = error, fact->theirs = theirs;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A process of this type, noise in the mean alone, on every rank for itself; vp: of rate `rate`, noise `noise` on [0,
   1]. */
static PetscErrorCode Create(KarSDEType type, PetscReal rate, PetscReal noise, KarSDE *sde, KarFFT *fft)
{
  const PetscInt n = 4;
  KarGrid        grid;
  KarCov         cov;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_SELF, &grid));
  PetscCall(KarGridSetSizes(grid, 1, &n, NULL));
  PetscCall(KarFFTCreate(grid, fft));
  PetscCall(KarCovCreate(*fft, &cov));
  PetscCall(KarCovSetType(cov, KARCOVBANDLIMITED));
  PetscCall(KarCovSetParameter(cov, "cutoff", 1));
  PetscCall(KarCovSetVariance(cov, strcmp(type, KARSDEVP) ? noise : noise / (2 * rate)));
  PetscCall(KarSDECreate(cov, sde));
  PetscCall(KarSDESetType(*sde, type));
  if (!strcmp(type, KARSDEVP)) {
    PetscCall(KarSDESetParameter(*sde, "beta_min", 2 * rate - 1e-12));
    PetscCall(KarSDESetParameter(*sde, "beta_max", 2 * rate + 1e-12));
  }
  PetscCall(KarSDESetUp(*sde));
  PetscCall(KarCovDestroy(&cov));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Constant(KarFFT fft, PetscReal value, Vec *x)
{
  PetscScalar *a;

  PetscFunctionBegin;
  PetscCall(KarFFTCreateCoordinates(fft, x));
  PetscCall(VecGetArray(*x, &a));
  a[0] = value;
  PetscCall(VecRestoreArray(*x, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Variance half way and at the end of `steps` steps to a pinned end: exact ones, and Euler's under Doob's drift. */
static PetscErrorCode Pinned(PetscInt steps, PetscReal ours[2], PetscReal euler[2])
{
  const PetscReal rate = 2.6, noise = 1.6, h = 1 / (PetscReal)steps;
  PetscReal       x[4], v[4], s[4], a[4], S[4], var[2] = {0, 0};
  KarSDE          sde;
  KarFFT          fft;

  PetscFunctionBegin;
  PetscCall(Create(KARSDEVP, rate, noise, &sde, &fft));
  for (PetscInt i = 0; i < steps; i++) {
    const PetscReal t = (PetscReal)i * h, r = i + 1 == steps ? 1 : (PetscReal)(i + 1) * h;

    PetscCall(KarSDEGetBridge(sde, t, r, 1, NULL, x, v, s));
    PetscCall(KarSDEGetTransition(sde, t, 1, a, S));
    var[0] = PetscSqr(x[0]) * var[0] + s[0];
    var[1] = PetscSqr(1 - h * (rate + noise * a[0] * a[0] / S[0])) * var[1] + noise * h;
    if (2 * (i + 1) == steps) ours[0] = var[0], euler[0] = var[1];
  }
  ours[1] = var[0], euler[1] = var[1];
  PetscCall(KarSDEDestroy(&sde));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PinnedRows(Validate *v)
{
  const PetscReal exact   = 0.2651455875; /* in units of time 2 */
  PetscReal       ours[2] = {0}, euler[2] = {0};

  PetscFunctionBegin;
  PetscCall(Pinned(20, ours, euler));
  PetscCall(
    ValidateAddFact(v, "bridge, 20 steps: variance half way", exact, ours[0], 0, euler[0], "Euler on the h-transform"));
  PetscCall(ValidateAddFact(v, "bridge, 20 steps: variance at its pinned end", 0, ours[1], 0, euler[1],
                            "Euler on the h-transform"));
  PetscCall(Pinned(100, ours, euler));
  PetscCall(ValidateAddFact(v, "bridge, 100 steps: variance half way", exact, ours[0], 0, euler[0],
                            "Euler on the h-transform"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* How a step to the end that a denoiser foresees is taken. */
enum { OURS, FROZEN, EULER, WAYS };

typedef struct {
  PetscReal end[WAYS], cross[WAYS]; /* variance of the end, covariance of both ends */
} Matched;

/* Matching of Gaussian laws of variances p, q and covariance c by so many steps. */
static PetscErrorCode Match(PetscReal p, PetscReal q, PetscReal c, PetscInt steps, Matched *out)
{
  const PetscReal rate = 0.5, noise = 0.5, k[2] = {0, 100},
                  rho[2] = {c / PetscSqrtReal(p * q), c / PetscSqrtReal(p * q)}, pp[2] = {p, p}, qq[2] = {q, q},
                  h = 1 / (PetscReal)steps;
  PetscReal x[4], d[4], var[4], a[4], s[4], A[4], S[4];
  KarPairs  pairs = {.limit = PETSC_MAX_REAL, .n = 2, .k = k, .correlation = rho};
  KarCov    end;
  KarSDE    sde, reference;
  KarFFT    fft;

  PetscFunctionBegin;
  PetscCall(Create(KARSDEVP, rate, noise, &reference, &fft));
  PetscCall(KarCovCreate(fft, &pairs.start));
  PetscCall(KarCovSetSpectrum(pairs.start, 2, k, pp));
  PetscCall(KarCovCreate(fft, &end));
  PetscCall(KarCovSetSpectrum(end, 2, k, qq));
  PetscCall(KarSDECreateMatching(reference, end, &pairs, &sde));
  for (int way = 0; way < WAYS; way++) out->end[way] = out->cross[way] = p;
  for (PetscInt i = 0; i < steps; i++) {
    const PetscReal t = (PetscReal)i * h, r = i + 1 == steps ? 1 : (PetscReal)(i + 1) * h;

    PetscCall(KarSDEGetMarginalModes(sde, 1 - t, a, s));
    PetscCall(KarSDEGetTransition(reference, t, 1, A, S));
    for (int way = 0; way < WAYS; way++) {
      const PetscReal w = a[0] * q / (PetscSqr(a[0]) * q + PetscSqr(s[0]) * noise / (2 * rate));
      PetscReal       M = 1 - h * rate + h * noise * A[0] * (w - A[0]) / S[0], variance = noise * h;

      if (way == OURS) PetscCall(KarSDEGetMatchingStep(sde, t, r, x, d, var));
      else if (way == FROZEN) PetscCall(KarSDEGetBridge(reference, t, r, 1, NULL, x, d, var));
      if (way != EULER) M = x[0] + d[0] * w, variance = var[0];
      out->end[way] = M * M * out->end[way] + variance;
      out->cross[way] *= M;
    }
  }
  PetscCall(KarSDEDestroy(&sde));
  PetscCall(KarSDEDestroy(&reference));
  PetscCall(KarCovDestroy(&pairs.start));
  PetscCall(KarCovDestroy(&end));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MatchingRows(Validate *v)
{
  const PetscReal p = 0.6, q = 1.7, best = 0.78246964;
  PetscReal       c = 0, once = 0;
  Matched         m;

  PetscFunctionBegin;
  PetscCall(Match(p, q, best, 10, &m));
  PetscCall(ValidateAddFact(v, "matching, 10 steps: variance of the end", q, m.end[OURS], 0, m.end[EULER], "Euler"));
  PetscCall(ValidateAddFact(v, "matching, 10 steps: variance of the end", q, m.end[OURS], 0, m.end[FROZEN],
                            "D frozen over a step, no variance of D"));
  PetscCall(
    ValidateAddFact(v, "matching, 10 steps: covariance of both ends", best, m.cross[OURS], 0, m.cross[EULER], "Euler"));
  for (int i = 0; i < 6; i++) {
    PetscCall(i % 2 ? Match(q, p, c, 400, &m) : Match(p, q, c, 400, &m));
    c = m.cross[OURS];
    if (i == 0) once = c;
  }
  PetscCall(ValidateAddFact(v, "matching without pairs, 6 times in turn: covariance", best, c, 0, once,
                            "once (a Schroedinger bridge is not found)"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Runs of particles of the double well; sum: density, mean and square half way. particles 1: nothing is weighed. */
static PetscErrorCode Well(PetscInt runs, PetscInt particles, PetscReal sum[3], PetscReal *error)
{
  enum { STEPS = 50 };
  PetscReal      square = 0, u;
  KarSDE         sde;
  KarFFT         fft;
  KarBridge      bridge;
  KarBridgeInfo  info;
  KarObservation obs;
  Vec            start, end, y, *path;

  PetscFunctionBegin;
  PetscCall(Create(KARSDEALLENCAHN, 0, 0.5, &sde, &fft));
  PetscCall(Constant(fft, -1, &start));
  PetscCall(Constant(fft, 1, &end));
  PetscCall(KarObservationCreate(fft, &obs));
  PetscCall(KarObservationSetType(obs, KAROBSERVATIONMODES));
  PetscCall(KarObservationSetParameter(obs, "modes", 0));
  PetscCall(KarObservationSetParameter(obs, "noise", 0.1));
  PetscCall(KarObservationCreateData(obs, &y));
  PetscCall(KarObservationApply(obs, end, y));
  PetscCall(KarBridgeCreate(sde, &bridge));
  PetscCall(KarBridgeSetObservation(bridge, obs, y));
  PetscCall(KarBridgeSetSteps(bridge, STEPS));
  PetscCall(KarBridgeSetParticles(bridge, particles));
  PetscCall(VecDuplicateVecs(start, (STEPS + 1) * particles, &path));
  sum[0] = sum[1] = sum[2] = 0;
  for (PetscInt run = 0; run < runs; run++) {
    for (PetscInt p = 0; p < particles; p++) PetscCall(VecCopy(start, path[p]));
    PetscCall(KarBridgeSolve(bridge, (KarKey){.seed = 1, .sample = run}, path, &info, NULL));
    sum[0] += PetscExpReal(info.density) / (PetscReal)runs;
    square += PetscExpReal(2 * info.density) / (PetscReal)runs;
    for (PetscInt p = 0; p < particles; p++) {
      PetscCall(VecDot(path[STEPS / 2 * particles + p], end, &u));
      sum[1] += u / (PetscReal)(runs * particles), sum[2] += u * u / (PetscReal)(runs * particles);
    }
  }
  *error = PetscSqrtReal(PetscMax(0, square - sum[0] * sum[0]) / PetscMax(1, (PetscReal)(runs - 1)));
  PetscCall(VecDestroyVecs((STEPS + 1) * particles, &path));
  PetscCall(KarBridgeDestroy(&bridge));
  PetscCall(KarObservationDestroy(&obs));
  PetscCall(VecDestroy(&start));
  PetscCall(VecDestroy(&end));
  PetscCall(VecDestroy(&y));
  PetscCall(KarSDEDestroy(&sde));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode WellRows(Validate *v)
{
  enum { RUNS = 8, PARTICLES = 500 };
  PetscReal       ours[3] = {0}, plain[3] = {0}, error = 0, ignored;
  const PetscReal spread = PetscSqrtReal(0.14247 / (RUNS * PARTICLES / 4.)); /* relatives: a quarter of them counts */

  PetscFunctionBegin;
  PetscCall(Well(RUNS, PARTICLES, ours, &error));
  PetscCall(Well(RUNS * PARTICLES / 2, 1, plain, &ignored));
  PetscCall(
    ValidateAddFact(v, "double well, guided and weighed: density of the end", 0.011318, ours[0], error, NAN, ""));
  PetscCall(ValidateAddFact(v, "double well, guided and weighed: mean half way", -0.02049, ours[1], spread, plain[1],
                            "guided without weights"));
  PetscCall(ValidateAddFact(v, "double well, guided and weighed: variance half way", 0.14247,
                            ours[2] - ours[1] * ours[1], spread * PetscSqrtReal(2 * 0.14247),
                            plain[2] - plain[1] * plain[1], "guided without weights"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What Euler steps under the best control pay, E [sum h u^2/2 + G (x - b)^2/2], by mean and variance. */
static PetscErrorCode EulerCost(KarSDE sde, PetscReal rate, PetscReal noise, PetscInt steps, PetscReal *cost)
{
  const PetscReal G = 3, b = 0.8, h = 1 / (PetscReal)steps;
  PetscReal       mean = -0.5, var = 0, a[4], S[4];

  PetscFunctionBegin;
  *cost = 0;
  for (PetscInt i = 0; i < steps; i++) {
    PetscCall(KarSDEGetTransition(sde, (PetscReal)i * h, 1, a, S));
    const PetscReal P = a[0] * G / (1 + G * S[0]), u = -PetscSqrtReal(noise) * P * (a[0] * mean - b);

    *cost += h * (u * u + noise * PetscSqr(P * a[0]) * var) / 2;
    mean += h * (PetscSqrtReal(noise) * u - rate * mean);
    var = PetscSqr(1 - h * (rate + noise * P * a[0])) * var + noise * h;
  }
  *cost += G * (PetscSqr(mean - b) + var) / 2;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ControlRows(Validate *v)
{
  const PetscReal rate = 0.7 * 1.5, noise = 0.9 * 1.5;
  PetscReal       euler;
  KarSDE          sde;
  KarFFT          fft;
  KarBridge       bridge;
  KarBridgeInfo   info;
  KarCost         cost;
  Vec             target, *path;

  PetscFunctionBegin;
  PetscCall(Create(KARSDEVP, rate, noise, &sde, &fft));
  PetscCall(Constant(fft, 0.8, &target));
  PetscCall(KarCostCreate(fft, &cost));
  PetscCall(KarCostSetType(cost, KARCOSTDISTANCE));
  PetscCall(KarCostSetTarget(cost, target));
  PetscCall(KarCostSetWeight(cost, 3));
  PetscCall(KarBridgeCreate(sde, &bridge));
  PetscCall(KarBridgeSetCost(bridge, cost));
  PetscCall(KarBridgeSetSteps(bridge, 20));
  PetscCall(KarBridgeSetParticles(bridge, 1));
  PetscCall(VecDuplicateVecs(target, 21, &path));
  PetscCall(VecCopy(target, path[0]));
  PetscCall(VecScale(path[0], -0.5 / 0.8));
  PetscCall(KarBridgeSolve(bridge, (KarKey){.seed = 1}, path, &info, NULL));
  PetscCall(EulerCost(sde, rate, noise, 20, &euler));
  PetscCall(ValidateAddFact(v, "control of a quadratic cost, 20 steps: least cost", 1.0247983910, info.value, 0, euler,
                            "Euler under the best control"));
  PetscCall(VecDestroyVecs(21, &path));
  PetscCall(KarBridgeDestroy(&bridge));
  PetscCall(KarCostDestroy(&cost));
  PetscCall(VecDestroy(&target));
  PetscCall(KarSDEDestroy(&sde));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode ValidatePathRows(Validate *v)
{
  PetscFunctionBegin;
  PetscCall(PinnedRows(v));
  PetscCall(WellRows(v));
  PetscCall(ValidateStateRows(v));
  PetscCall(MatchingRows(v));
  PetscCall(ControlRows(v));
  PetscCall(ValidateDensityRows(v));
  PetscFunctionReturn(PETSC_SUCCESS);
}
