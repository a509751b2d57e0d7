/* The double well in function space, in the plane, from -1 everywhere to data of its mean and four modes at the end
   (-reads noise): guided proposals, weighed and resampled, have half way the law of the process's own paths that are
   weighed by the data at their end, and their mean weight is the density of the data. 20 steps both, 16 x 16 points:
   mean and mean square of the mean within 5 standard errors of the difference, the density likewise (false alarms 1 in
   10^6; fixed seeds). -points 128 -plain 2000 -runs 8 is the run of docs/paths.md; it prints its numbers.  ranks: 1
   2 */
#include "claim.h"

#include <math.h>

enum { STEPS = 20 };

typedef struct {
  PetscInt       points, plain, runs, particles;
  PetscReal      reads;
  KarSDE         sde;
  KarFFT         fft;
  KarObservation obs;
  Vec            start, one, y;
} Problem;

/* Of a law half way: mean of the mean, its mean square, density of the data, and their errors; ess of all paths. */
typedef struct {
  PetscReal value[3], error[3], ess;
} Result;

static PetscErrorCode Create(Problem *p)
{
  const PetscInt n[2] = {p->points, p->points};
  KarGrid        grid;
  KarCov         cov;
  Vec            field;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, 2, n, NULL));
  PetscCall(KarFFTCreate(grid, &p->fft));
  PetscCall(KarCovCreate(p->fft, &cov));
  PetscCall(KarCovSetType(cov, KARCOVMATERN));
  PetscCall(KarCovSetParameter(cov, "alpha", 2));
  PetscCall(KarCovSetParameter(cov, "tau", 4));
  PetscCall(KarCovSetVariance(cov, 0.5));
  PetscCall(KarSDECreate(cov, &p->sde));
  PetscCall(KarSDESetType(p->sde, KARSDEALLENCAHN));
  PetscCall(KarSDESetParameter(p->sde, "time", 2));
  PetscCall(KarSDESetUp(p->sde));
  PetscCall(KarGridCreateField(grid, &field));
  PetscCall(KarFFTCreateCoordinates(p->fft, &p->start));
  PetscCall(VecDuplicate(p->start, &p->one));
  PetscCall(VecSet(field, -1));
  PetscCall(KarFFTForward(p->fft, field, p->start));
  PetscCall(VecSet(field, 1));
  PetscCall(KarFFTForward(p->fft, field, p->one));
  PetscCall(KarObservationCreate(p->fft, &p->obs));
  PetscCall(KarObservationSetType(p->obs, KAROBSERVATIONMODES));
  PetscCall(KarObservationSetParameter(p->obs, "modes", 1));
  PetscCall(KarObservationSetParameter(p->obs, "noise", p->reads));
  PetscCall(KarObservationCreateData(p->obs, &p->y));
  PetscCall(KarObservationApply(p->obs, p->one, p->y));
  PetscCall(VecDestroy(&field));
  PetscCall(KarCovDestroy(&cov));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(Problem *p)
{
  PetscFunctionBegin;
  PetscCall(KarObservationDestroy(&p->obs));
  PetscCall(VecDestroy(&p->start));
  PetscCall(VecDestroy(&p->one));
  PetscCall(VecDestroy(&p->y));
  PetscCall(KarSDEDestroy(&p->sde));
  PetscCall(KarFFTDestroy(&p->fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

typedef struct {
  Vec       one;
  PetscReal half;
} Watched;

static PetscErrorCode Watch(TS ts, PetscInt step, PetscReal s, Vec x, void *ctx)
{
  Watched *w = ctx;

  PetscFunctionBegin;
  if (step == STEPS / 2) PetscCall(VecDot(x, w->one, &w->half));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Paths of the process, weighed by the density of the data given their end. */
static PetscErrorCode Plain(Problem *p, Result *r)
{
  const PetscInt N = p->plain;
  PetscReal     *w, *u, sum[5] = {0}, square;
  Watched        watched = {.one = p->one};
  PetscInt       m;
  TS             ts;
  Vec            x, e;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(N, &w, N, &u));
  PetscCall(VecDuplicate(p->start, &x));
  PetscCall(VecDuplicate(p->y, &e));
  PetscCall(KarObservationGetSize(p->obs, &m));
  PetscCall(KarSamplerCreateForward(p->sde, STEPS, &ts));
  PetscCall(KarSamplerSetType(ts, KARTSEXPONENTIAL));
  PetscCall(TSMonitorSet(ts, Watch, &watched, NULL));
  for (PetscInt i = 0; i < N; i++) {
    PetscCall(VecCopy(p->start, x));
    PetscCall(KarSamplerSolveFrom(ts, (KarKey){.seed = 11, .sample = i}, x, NULL));
    PetscCall(KarObservationApply(p->obs, x, e));
    PetscCall(VecAYPX(e, -1, p->y));
    PetscCall(VecDot(e, e, &square));
    w[i] = exp(-square / (2 * p->reads * p->reads)) * pow(2 * PETSC_PI * p->reads * p->reads, -0.5 * (double)m);
    u[i] = watched.half;
    sum[0] += w[i], sum[1] += w[i] * w[i], sum[2] += w[i] * u[i], sum[3] += w[i] * u[i] * u[i];
  }
  r->value[0] = sum[2] / sum[0], r->value[1] = sum[3] / sum[0], r->value[2] = sum[0] / (PetscReal)N;
  r->ess      = sum[0] * sum[0] / sum[1];
  r->error[0] = r->error[1] = 0;
  for (PetscInt i = 0; i < N; i++) {
    r->error[0] += PetscSqr(w[i] * (u[i] - r->value[0]) / sum[0]);
    r->error[1] += PetscSqr(w[i] * (u[i] * u[i] - r->value[1]) / sum[0]);
  }
  for (int j = 0; j < 2; j++) r->error[j] = PetscSqrtReal(r->error[j]);
  r->error[2] = PetscSqrtReal((sum[1] / (PetscReal)N - PetscSqr(r->value[2])) / (PetscReal)N);
  PetscCall(TSDestroy(&ts));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&e));
  PetscCall(PetscFree2(w, u));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Guided proposals. The density weighs the runs: sum of weights of a run is its density times the particles. */
static PetscErrorCode Guided(Problem *p, Result *r)
{
  const PetscInt n = p->particles;
  PetscReal      run[64][3], sum[3] = {0}, u;
  KarBridge      bridge;
  KarBridgeInfo  info;
  Vec           *path;

  PetscFunctionBegin;
  PetscCall(KarBridgeCreate(p->sde, &bridge));
  PetscCall(KarBridgeSetObservation(bridge, p->obs, p->y));
  PetscCall(KarBridgeSetSteps(bridge, STEPS));
  PetscCall(KarBridgeSetParticles(bridge, n));
  PetscCall(VecDuplicateVecs(p->start, (STEPS + 1) * n, &path));
  r->ess = 0;
  for (PetscInt i = 0; i < p->runs; i++) {
    for (PetscInt q = 0; q < n; q++) PetscCall(VecCopy(p->start, path[q]));
    PetscCall(KarBridgeSolve(bridge, (KarKey){.seed = 5, .sample = i}, path, &info, NULL));
    run[i][0] = run[i][1] = 0, run[i][2] = exp(info.density);
    for (PetscInt q = 0; q < n; q++) {
      PetscCall(VecDot(path[STEPS / 2 * n + q], p->one, &u));
      run[i][0] += u / (PetscReal)n, run[i][1] += u * u / (PetscReal)n;
    }
    sum[0] += run[i][2] * run[i][0], sum[1] += run[i][2] * run[i][1], sum[2] += run[i][2];
    r->ess += info.ess / (PetscReal)p->runs;
  }
  for (int j = 0; j < 3; j++) {
    r->value[j] = j < 2 ? sum[j] / sum[2] : sum[2] / (PetscReal)p->runs;
    r->error[j] = 0;
    for (PetscInt i = 0; i < p->runs; i++)
      r->error[j] += PetscSqr((run[i][j] - r->value[j]) * (j < 2 ? run[i][2] * (PetscReal)p->runs / sum[2] : 1));
    r->error[j] = PetscSqrtReal(r->error[j] / (PetscReal)(p->runs * (p->runs - 1)));
  }
  PetscCall(VecDestroyVecs((STEPS + 1) * n, &path));
  PetscCall(KarBridgeDestroy(&bridge));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What is counted to the linear part is not in the rest: the drift is one. */
static PetscErrorCode Shift(Problem *p)
{
  KarSDE    shifted;
  KarCov    cov;
  Vec       x, drift[2], f;
  PetscReal size, off, rest;

  PetscFunctionBegin;
  PetscCall(KarSDEGetCovariance(p->sde, &cov));
  PetscCall(KarSDECreate(cov, &shifted));
  PetscCall(KarSDESetType(shifted, KARSDEALLENCAHN));
  PetscCall(KarSDESetParameter(shifted, "shift", 2));
  PetscCall(KarSDESetUp(shifted));
  PetscCall(VecDuplicate(p->start, &x));
  PetscCall(VecDuplicate(p->start, &f));
  for (int i = 0; i < 2; i++) PetscCall(VecDuplicate(x, &drift[i]));
  PetscCall(KarCovSample(cov, (KarKey){.seed = 1}, x));
  for (int i = 0; i < 2; i++) PetscCall(KarSDEDrift(i ? shifted : p->sde, 0.1, x, drift[i]));
  PetscCall(KarSDENonlinear(shifted, 0.1, x, f));
  PetscCall(VecNorm(drift[0], NORM_2, &size));
  PetscCall(VecAXPY(f, -1, drift[0]));
  PetscCall(VecNorm(f, NORM_2, &rest));
  PetscCall(VecAXPY(drift[1], -1, drift[0]));
  PetscCall(VecNorm(drift[1], NORM_2, &off));
  Claim(off < 1e-12 * size && rest > 0.1 * size, "a shift changes the drift by %g of %g", (double)off, (double)size);
  for (int i = 0; i < 2; i++) PetscCall(VecDestroy(&drift[i]));
  PetscCall(VecDestroy(&f));
  PetscCall(VecDestroy(&x));
  PetscCall(KarSDEDestroy(&shifted));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  const char *const what[3] = {"mean half way", "mean square half way", "density of the data"};
  Problem           p       = {.points = 16, .plain = 4000, .runs = 16, .particles = 32, .reads = 0.5};
  Result            plain = {.ess = 0}, guided = {.ess = 0};

  PetscFunctionBegin;
  PetscCall(PetscOptionsGetInt(NULL, NULL, "-points", &p.points, NULL));
  PetscCall(PetscOptionsGetInt(NULL, NULL, "-plain", &p.plain, NULL));
  PetscCall(PetscOptionsGetInt(NULL, NULL, "-runs", &p.runs, NULL));
  PetscCall(PetscOptionsGetInt(NULL, NULL, "-particles", &p.particles, NULL));
  PetscCall(PetscOptionsGetReal(NULL, NULL, "-reads", &p.reads, NULL));
  p.runs = PetscMin(p.runs, 64);
  PetscCall(Create(&p));
  PetscCall(Shift(&p));
  PetscCall(Plain(&p, &plain));
  PetscCall(Guided(&p, &guided));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "effective: %.3g of %d paths that are weighed, %.3g of %d guided a run\n",
                        (double)plain.ess, (int)p.plain, (double)guided.ess, (int)p.particles));
  for (int j = 0; j < 3; j++) {
    const PetscReal error = PetscSqrtReal(PetscSqr(plain.error[j]) + PetscSqr(guided.error[j]));

    PetscCall(PetscPrintf(PETSC_COMM_WORLD, "%-22s weighed %.4g +- %.2g   guided %.4g +- %.2g\n", what[j],
                          (double)plain.value[j], (double)plain.error[j], (double)guided.value[j],
                          (double)guided.error[j]));
    Claim(PetscAbsReal(plain.value[j] - guided.value[j]) < 5 * error, "%s: weighed %g, guided %g, error %g", what[j],
          (double)plain.value[j], (double)guided.value[j], (double)error);
  }
  Claim(guided.ess / (PetscReal)p.particles > 2 * plain.ess / (PetscReal)p.plain,
        "guided paths are worth no more than plain ones: %g", (double)guided.ess);
  PetscCall(Destroy(&p));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
