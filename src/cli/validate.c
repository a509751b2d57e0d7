/* karhunen validate: every process and sampler against exact laws.  The data are Gaussian, smoother and rougher than the noise
   (p/lambda from 1e-3 to 1e3 over the modes), the score is exact, so that only the sampler errs.
     ratio   exact variance of the sampler's output over the law's (KarSamplerGetVariance), in a mode of each kind and at worst
     order   exponent of the worst ratio's distance from 1 between N and 2N evaluations, before the last denoising
     z       sampled variance against that exact one, in standard errors, the worst coordinate
   Below it, configurations that others publish, with the same exact scores, and ours beside them. */
#include "cli.h"

#include <cjson/cJSON.h>
#include <petsctime.h>

enum { SMOOTH, EQUAL, ROUGH, KINDS };
enum { MAX_ROWS = 80, SHELLS = 19, POINTS = 4 };

typedef struct {
  const char *label, *type;
  const char *name[3]; /* parameters, and their values */
  PetscReal   value[3];
} Sampler;

static const Sampler samplers[] = {
  {"multistep", KARTSMULTISTEP, {NULL}, {0}},
  {"multistep eta 1", KARTSMULTISTEP, {"eta"}, {1}},
  {"multistep order 2", KARTSMULTISTEP, {"order", "corrector"}, {2, 0}},
  {"ancestral eta 0 (DDIM)", KARTSANCESTRAL, {"eta"}, {0}},
  {"ancestral eta 1 (DDPM)", KARTSANCESTRAL, {"eta"}, {1}},
  {"em", KARTSEM, {NULL}, {0}},
  {"heun (EDM)", KARTSHEUN, {NULL}, {0}},
  {"heun churn 5", KARTSHEUN, {"churn"}, {5}},
  {"langevin", KARTSLANGEVIN, {NULL}, {0}},
  {"predictorcorrector", KARTSPREDICTORCORRECTOR, {NULL}, {0}},
  {"ode (PETSc rk)", "ode", {NULL}, {0}},
};
static const char *const processes[] = {KARSDEVP, KARSDEVE, KARSDEFLOW, KARSDEHEAT, KARSDEDDPM};

typedef struct {
  char      process[16], sampler[64];
  PetscInt  evaluations;
  PetscReal ratio[KINDS], worst, order, z, milliseconds;
} Row;

typedef struct {
  char      label[96];
  PetscReal ratio[POINTS], said[POINTS]; /* said: what design and papers give; 0: nothing */
} Known;

typedef struct {
  MPI_Comm   comm;
  PetscInt   samples, evaluations, seed, dim, n[3];
  PetscReal  length[3], low, high;
  KarBasis   basis;
  char       out[PETSC_MAX_PATH_LEN];
  KarReplace replace;
  PetscInt   rows, knowns;
  Row        row[MAX_ROWS];
  Known      known[16];
  PetscReal  curve[4][SHELLS], at[SHELLS]; /* ratio against p/lambda of the first samplers, for the plot */
} Validate;

/* --- A problem: p/lambda from low to high, uniform in its logarithm over |k| ------------------------------------------- */
typedef struct {
  KarFFT           fft;
  KarSDE           sde;
  KarScore         score;
  const KarModes  *modes;
  const PetscReal *p, *lambda;
  PetscReal        end; /* largest |k| of the table */
} Problem;

static PetscErrorCode ProblemCreate(const Validate *v, KarSDEType type, PetscReal low, PetscReal high, Problem *problem)
{
  PetscReal k[SHELLS + 1] = {0}, lambda[SHELLS + 1], p[SHELLS + 1], first = PETSC_MAX_REAL, end = PETSC_MAX_REAL;
  KarGrid   grid;
  KarCov    noise, data;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(v->comm, &grid));
  PetscCall(KarGridSetSizes(grid, v->dim, v->n, v->length));
  PetscCall(KarGridSetBasis(grid, v->basis));
  PetscCall(KarFFTCreate(grid, &problem->fft));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(KarFFTGetModes(problem->fft, &problem->modes));
  for (PetscInt a = 0; a < v->dim; a++) {
    const PetscReal unit = (v->basis == KAR_BASIS_PERIODIC ? 2 : 1) * PETSC_PI / v->length[a];

    first = PetscMin(first, unit);
    end   = PetscMin(end, unit * (PetscReal)(v->basis == KAR_BASIS_PERIODIC ? (v->n[a] - 1) / 2 : v->n[a] - 1));
  }
  KarCheck(v->comm, end > first, PETSC_ERR_USER_INPUT, "validate: the grid is too small: give at least 6 points an axis");
  for (PetscInt i = 0; i <= SHELLS; i++) {
    const PetscReal u = PetscMax((PetscReal)(i - 1), 0) / (SHELLS - 1);

    if (i) k[i] = first * PetscPowReal(end / first, u);
    lambda[i] = PetscPowReal(1 + k[i] / first, -(PetscReal)v->dim - 1);
    p[i]      = lambda[i] * low * PetscPowReal(high / low, u);
  }
  problem->end = end * (1 + 1e-9);
  PetscCall(KarCovCreate(problem->fft, &noise));
  PetscCall(KarCovCreate(problem->fft, &data));
  PetscCall(KarCovSetSpectrum(noise, SHELLS + 1, k, lambda));
  PetscCall(KarCovSetSpectrum(data, SHELLS + 1, k, p));
  PetscCall(KarCovGetEigenvalues(noise, &problem->lambda));
  PetscCall(KarCovGetEigenvalues(data, &problem->p));
  PetscCall(KarSDECreate(noise, &problem->sde));
  PetscCall(KarSDESetType(problem->sde, type));
  PetscCall(KarScoreCreate(problem->sde, &problem->score));
  PetscCall(KarScoreSetType(problem->score, KARSCOREGAUSSIAN));
  PetscCall(KarScoreSetDataCovariance(problem->score, data));
  PetscCall(KarCovDestroy(&noise));
  PetscCall(KarCovDestroy(&data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ProblemDestroy(Problem *problem)
{
  PetscFunctionBegin;
  PetscCall(KarScoreDestroy(&problem->score));
  PetscCall(KarSDEDestroy(&problem->sde));
  PetscCall(KarFFTDestroy(&problem->fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SamplerCreate(const Problem *problem, const Sampler *s, PetscInt evaluations, TS *ts)
{
  PetscFunctionBegin;
  PetscCall(KarSamplerCreate(problem->score, ts));
  PetscCall(KarSamplerSetType(*ts, s->type));
  PetscCall(KarSamplerSetEvaluations(*ts, evaluations));
  for (int i = 0; i < 3 && s->name[i]; i++) PetscCall(KarSamplerSetParameter(*ts, s->name[i], s->value[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* fn of the ratio and of p/lambda for each mode that the table holds. variance NULL: the exact one. */
typedef void          RatioFn(void *ctx, PetscReal ratio, PetscReal over);
static PetscErrorCode EachRatio(const Problem *problem, TS ts, PetscBool denoised, RatioFn *fn, void *ctx)
{
  const PetscInt     n = problem->modes->rows * problem->modes->length, group = problem->modes->width;
  const PetscReal   *t;
  const PetscScalar *out;
  PetscReal         *a, *s;
  PetscInt           steps;
  KarMode            mode;
  Vec                variance;

  PetscFunctionBegin;
  PetscCall(KarFFTCreateCoordinates(problem->fft, &variance));
  PetscCall(KarSamplerGetVariance(ts, variance));
  PetscCall(KarSamplerGetTimes(ts, &steps, &t));
  PetscCall(PetscMalloc2(n, &a, n, &s));
  PetscCall(KarSDEGetMarginalModes(problem->sde, t[steps], a, s));
  PetscCall(VecGetArrayRead(variance, &out));
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal law = denoised ? problem->p[i] : PetscSqr(a[i]) * problem->p[i] + PetscSqr(s[i]) * problem->lambda[i];

    kar_mode(problem->modes, i / problem->modes->length, i % problem->modes->length, &mode);
    if (mode.nyquist || mode.k2 == 0 || mode.k2 > PetscSqr(problem->end)) continue;
    fn(ctx, out[i * group] / law, problem->p[i] / problem->lambda[i]);
  }
  PetscCall(VecRestoreArrayRead(variance, &out));
  PetscCall(VecDestroy(&variance));
  PetscCall(PetscFree2(a, s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- One row ----------------------------------------------------------------------------------------------------------- */
typedef struct {
  PetscReal ends[3], near[KINDS], ratio[KINDS]; /* largest -ratio, ratio; distance from each kind and the ratio there */
  PetscReal wanted[KINDS];
} Worst;

static void Collect(void *ctx, PetscReal ratio, PetscReal over)
{
  Worst *w = ctx;

  w->ends[0] = PetscMax(w->ends[0], -ratio);
  w->ends[1] = PetscMax(w->ends[1], ratio);
  for (int kind = 0; kind < KINDS; kind++) {
    const PetscReal distance = PetscAbsReal(PetscLogReal(over / w->wanted[kind]));

    if (distance < w->near[kind]) w->near[kind] = distance, w->ratio[kind] = ratio;
  }
}

/* The ratio in the mode nearest to each kind, and the worst of all; ranks agree. */
static PetscErrorCode Ratios(const Validate *v, const Problem *problem, TS ts, PetscBool denoised, const PetscReal wanted[KINDS], PetscReal ratio[KINDS], PetscReal *worst)
{
  Worst w = {.ends = {-PETSC_MAX_REAL, -PETSC_MAX_REAL}};

  PetscFunctionBegin;
  for (int kind = 0; kind < KINDS; kind++) w.near[kind] = PETSC_MAX_REAL, w.wanted[kind] = wanted[kind];
  PetscCall(EachRatio(problem, ts, denoised, Collect, &w));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, w.ends, 2, MPIU_REAL, MPIU_MAX, v->comm));
  for (int kind = 0; kind < KINDS; kind++) {
    PetscReal mine[2] = {w.near[kind], 0}, nearest, best;

    PetscCallMPI(MPI_Allreduce(&mine[0], &nearest, 1, MPIU_REAL, MPIU_MIN, v->comm));
    best = w.near[kind] == nearest ? w.ratio[kind] : -PETSC_MAX_REAL;
    PetscCallMPI(MPI_Allreduce(&best, &ratio[kind], 1, MPIU_REAL, MPIU_MAX, v->comm));
  }
  *worst = PetscAbsReal(w.ends[1] - 1) > PetscAbsReal(w.ends[0] + 1) ? w.ends[1] : -w.ends[0];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The normal form of chi^2 (Wilson and Hilferty). */
static PetscReal Normal(PetscReal chi2, PetscReal n)
{
  return (PetscPowReal(chi2 / n, 1. / 3) - 1 + 2 / (9 * n)) / PetscSqrtReal(2 / (9 * n));
}

/* Draws; the worst coordinate's variance against the exact one. */
static PetscErrorCode Sampled(const Validate *v, const Problem *problem, TS ts, PetscReal *z, PetscReal *milliseconds)
{
  const PetscInt     n = problem->modes->rows * problem->modes->length, width = problem->modes->width;
  const PetscScalar *out, *exact;
  PetscScalar       *sum;
  PetscLogDouble     start, end;
  KarMode            mode;
  Vec                x, variance, square;

  PetscFunctionBegin;
  PetscCall(KarFFTCreateCoordinates(problem->fft, &x));
  PetscCall(VecDuplicate(x, &variance));
  PetscCall(VecDuplicate(x, &square));
  PetscCall(KarSamplerGetVariance(ts, variance));
  PetscCall(VecGetArray(square, &sum));
  PetscCall(PetscTime(&start));
  for (PetscInt s = 0; s < v->samples; s++) {
    PetscCall(KarSamplerSolve(ts, (KarKey){.seed = v->seed, .sample = s}, x, NULL));
    PetscCall(VecGetArrayRead(x, &out));
    for (PetscInt q = 0; q < n * width; q++) sum[q] += PetscSqr(out[q]);
    PetscCall(VecRestoreArrayRead(x, &out));
  }
  PetscCall(PetscTime(&end));
  PetscCall(VecGetArrayRead(variance, &exact));
  *z = 0;
  for (PetscInt i = 0; i < n; i++) {
    kar_mode(problem->modes, i / problem->modes->length, i % problem->modes->length, &mode);
    if (mode.nyquist || mode.sign < 0) continue;
    for (PetscInt q = i * width; q < (i + 1) * width; q++) { /* a pair that is stored twice has half the variance in each */
      const PetscReal twice = width == 2 && !mode.self && mode.weight == 1 ? 2 : 1;

      if (!(mode.self && q > i * width)) *z = PetscMax(*z, PetscAbsReal(Normal(twice * sum[q] / exact[q], (PetscReal)v->samples)));
    }
  }
  PetscCall(VecRestoreArrayRead(variance, &exact));
  PetscCall(VecRestoreArray(square, &sum));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, z, 1, MPIU_REAL, MPIU_MAX, v->comm));
  *milliseconds = 1000 * (end - start) / (PetscReal)v->samples;
  PetscCallMPI(MPI_Bcast(milliseconds, 1, MPIU_REAL, 0, v->comm));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&variance));
  PetscCall(VecDestroy(&square));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode OneRow(Validate *v, const Problem *problem, KarSDEType process, const Sampler *s)
{
  const PetscReal wanted[KINDS] = {v->low, 1, v->high};
  PetscReal       ignored[KINDS], bias[2];
  Row            *row = &v->row[v->rows++];
  TS              ts;

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(row->process, process, sizeof(row->process)));
  PetscCall(PetscStrncpy(row->sampler, s->label, sizeof(row->sampler)));
  PetscCall(SamplerCreate(problem, s, v->evaluations, &ts));
  PetscCall(Ratios(v, problem, ts, PETSC_TRUE, wanted, row->ratio, &row->worst));
  PetscCall(KarScoreResetEvaluations(problem->score));
  PetscCall(Sampled(v, problem, ts, &row->z, &row->milliseconds));
  PetscCall(KarSamplerGetEvaluations(ts, &row->evaluations));
  if (!row->evaluations) {
    PetscCall(KarScoreGetEvaluations(problem->score, &row->evaluations));
    row->evaluations /= v->samples + 1; /* the samples, and the run for the exact variance */
    row->order = 0;
  }
  PetscCall(TSDestroy(&ts));
  for (int twice = 0; twice < 2 && strcmp(s->type, "ode"); twice++) {
    PetscCall(SamplerCreate(problem, s, v->evaluations << twice, &ts));
    PetscCall(KarSamplerSetDenoise(ts, PETSC_FALSE));
    PetscCall(Ratios(v, problem, ts, PETSC_FALSE, wanted, ignored, &bias[twice]));
    PetscCall(TSDestroy(&ts));
  }
  if (strcmp(s->type, "ode")) row->order = PetscLogReal(PetscAbsReal((bias[0] - 1) / (bias[1] - 1))) / PetscLogReal(2.);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Published configurations, with exact scores ------------------------------------------------------------------------ */
static const PetscReal points[2][POINTS] = {{0.01, 0.1, 1, 10}, {1e-4, 1e-2, 1, 100}}; /* p/lambda */

/* Annealed Langevin as two public codes run it, one mode of the noise's variance 1: V <- (1 - h c/(p + sigma))^2 V + 2 h q.
   Both perturb by sqrt(sigma) and step by sigma or sigma^2; the law at the end is N(0, p + sigma_L). */
static PetscReal Published(PetscReal p, PetscReal first, PetscReal last, PetscInt levels, PetscInt steps, PetscReal epsilon, PetscReal power, PetscReal drift, PetscReal noise,
                           PetscReal factor)
{
  PetscReal v = 1; /* the start is not scaled by the first level */

  for (PetscInt j = 0; j < levels; j++) {
    const PetscReal sigma = first * PetscPowReal(last / first, (PetscReal)j / (PetscReal)(levels - 1)), h = epsilon * PetscPowReal(sigma / last, power);

    for (PetscInt m = 0; m < steps; m++) v = PetscSqr(1 - factor * h * PetscPowReal(sigma, drift) / (p + sigma)) * v + noise * h;
  }
  return v / (p + last);
}

static PetscErrorCode AddKnown(Validate *v, const char label[], const PetscReal ratio[POINTS], const PetscReal said[POINTS])
{
  Known *known = &v->known[v->knowns++];

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(known->label, label, sizeof(known->label)));
  PetscCall(PetscArraycpy(known->ratio, ratio, POINTS));
  for (int i = 0; i < POINTS; i++) known->said[i] = said ? said[i] : 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One of our samplers at four values of p/lambda; parameters of the process as given. */
static PetscErrorCode Ours(Validate *v, const char label[], const PetscReal over[POINTS], KarSDEType process, PetscReal sigma_min, PetscReal sigma_max, const Sampler *s,
                           PetscInt evaluations, KarTimes times, PetscReal end, PetscBool matched, const PetscReal said[POINTS])
{
  PetscReal ratio[POINTS], wanted[KINDS], each[KINDS], worst;
  Validate  line = {.comm = v->comm, .dim = 1, .n = {6 * (PetscInt)1, 1, 1}, .length = {1, 1, 1}};
  Problem   problem;
  TS        ts;

  PetscFunctionBegin;
  {
    int ranks;

    PetscCallMPI(MPI_Comm_size(v->comm, &ranks));
    line.n[0] = 6 * ranks;
  }
  for (int i = 0; i < POINTS; i++) {
    PetscCall(ProblemCreate(&line, process, over[i], over[i], &problem));
    if (sigma_max > 0) {
      PetscCall(KarSDESetParameter(problem.sde, "sigma_min", sigma_min));
      PetscCall(KarSDESetParameter(problem.sde, "sigma_max", sigma_max));
    }
    PetscCall(SamplerCreate(&problem, s, evaluations, &ts));
    PetscCall(KarSamplerSetTimes(ts, times));
    if (end > 0) PetscCall(KarSamplerSetEnd(ts, end));
    PetscCall(KarSamplerSetMatchedStart(ts, matched));
    for (int kind = 0; kind < KINDS; kind++) wanted[kind] = over[i];
    PetscCall(Ratios(v, &problem, ts, PETSC_TRUE, wanted, each, &worst));
    ratio[i] = worst;
    PetscCall(TSDestroy(&ts));
    PetscCall(ProblemDestroy(&problem));
  }
  PetscCall(AddKnown(v, label, ratio, said));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PublishedRows(Validate *v)
{
  const PetscReal said[5][POINTS] = {{6.25, 2.60, 1.43, 1.13}, {1.23, 1.14, 1.06, 1.02}, {10.9, 6.75, 3.17, 1.23}, {0.430, 0.928, 0.991, 0.994}, {1.353, 1.188, 1.091, 1.029}};
  const PetscReal said50[POINTS]  = {0.999, 1.019, 1.010, 0.990};
  const Sampler  *ddpm = &samplers[4], *heun = &samplers[6], *best = &samplers[0], *stochastic = &samplers[1];
  PetscReal       ratio[POINTS];

  PetscFunctionBegin;
  for (int i = 0; i < POINTS; i++) ratio[i] = Published(points[0][i], 30, 0.01, 500, 3, 6e-6, 2, 0, 1, 0.5);
  PetscCall(AddKnown(v, "annealed Langevin, volcano code: sigma 30-0.01, L 500, T 3, 1500 evaluations", ratio, said[0]));
  for (int i = 0; i < POINTS; i++) ratio[i] = Published(points[0][i], 30, 0.01, 500, 100, 6e-6, 2, 0, 1, 0.5);
  PetscCall(AddKnown(v, "the same with T 100, 50000 evaluations", ratio, said[1]));
  for (int i = 0; i < POINTS; i++) ratio[i] = Published(points[0][i], 1, 0.01, 10, 199, 2e-4, 1, 0.5, 2, 1);
  PetscCall(AddKnown(v, "annealed Langevin baseline of a flow-matching code: sigma 1-0.01, L 10, 1990 evaluations", ratio, said[2]));
  PetscCall(Ours(v, "multistep (default), vp, 40 evaluations", points[0], KARSDEVP, 0, 0, best, 40, KAR_TIMES_LOGSNR, 0, PETSC_TRUE, NULL));
  PetscCall(Ours(v, "multistep eta 1, vp, 40 evaluations", points[0], KARSDEVP, 0, 0, stochastic, 40, KAR_TIMES_LOGSNR, 0, PETSC_TRUE, NULL));
  PetscCall(Ours(v, "DDPM ladder, 1000 evaluations", points[1], KARSDEDDPM, 0, 0, ddpm, 1000, KAR_TIMES_LADDER, 0, PETSC_FALSE, said[3]));
  PetscCall(Ours(v, "EDM Heun, sigma 80-0.002, 18 times", points[1], KARSDEVE, 1e-6, 80, heun, 35, KAR_TIMES_KARRAS, 0.002, PETSC_FALSE, said[4]));
  PetscCall(Ours(v, "EDM Heun, 50 times", points[1], KARSDEVE, 1e-6, 80, heun, 99, KAR_TIMES_KARRAS, 0.002, PETSC_FALSE, said50));
  PetscCall(Ours(v, "multistep, ve 80-0.0001, 40 evaluations", points[1], KARSDEVE, 1e-6, 80, best, 40, KAR_TIMES_LOGSNR, 1e-4, PETSC_TRUE, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Output -------------------------------------------------------------------------------------------------------------- */
static PetscErrorCode Print(const Validate *v)
{
  PetscFunctionBegin;
  PetscCall(PetscPrintf(v->comm, "\nExact scores; output variance over the law's, in modes with p/lambda = %g, 1, %g, and in the worst mode; order between %" PetscInt_FMT " and %" PetscInt_FMT " evaluations;\nz: %" PetscInt_FMT " samples against the sampler's own law, worst coordinate\n\n",
                        (double)v->low, (double)v->high, v->evaluations, 2 * v->evaluations, v->samples));
  PetscCall(PetscPrintf(v->comm, "%-8s %-24s %5s %9s %9s %9s %9s %6s %5s %8s\n", "process", "sampler", "evals", "smoother", "equal", "rougher", "worst", "order", "z", "ms"));
  for (PetscInt i = 0; i < v->rows; i++) {
    const Row *r = &v->row[i];
    char       order[16];

    (void)snprintf(order, sizeof(order), r->order != 0 ? "%.2f" : "-", (double)r->order);
    PetscCall(PetscPrintf(v->comm, "%-8s %-24s %5" PetscInt_FMT " %9.4f %9.4f %9.4f %9.4f %6s %5.2f %8.3f\n", r->process, r->sampler, r->evaluations, (double)r->ratio[SMOOTH],
                          (double)r->ratio[EQUAL], (double)r->ratio[ROUGH], (double)r->worst, order, (double)r->z, (double)r->milliseconds));
  }
  PetscCall(PetscPrintf(v->comm, "\nPublished configurations with exact scores (in brackets the reference value), p/lambda = 0.01, 0.1, 1, 10; from DDPM on 1e-4, 1e-2, 1, 100\n\n"));
  for (PetscInt i = 0; i < v->knowns; i++) {
    PetscCall(PetscPrintf(v->comm, "%-90s", v->known[i].label));
    for (int j = 0; j < POINTS; j++) {
      PetscCall(PetscPrintf(v->comm, " %6.3f", (double)v->known[i].ratio[j]));
      if (v->known[i].said[j] > 0) PetscCall(PetscPrintf(v->comm, " (%.4g)", (double)v->known[i].said[j]));
    }
    PetscCall(PetscPrintf(v->comm, "\n"));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static char *JSON(const Validate *v)
{
  cJSON *root = cJSON_CreateObject(), *rows, *knowns;
  char  *text;

  cJSON_AddStringToObject(root, "version", KarVersionFull());
  cJSON_AddNumberToObject(root, "evaluations", (double)v->evaluations);
  cJSON_AddNumberToObject(root, "samples", (double)v->samples);
  cJSON_AddNumberToObject(root, "p_over_lambda_low", (double)v->low);
  cJSON_AddNumberToObject(root, "p_over_lambda_high", (double)v->high);
  rows = cJSON_AddArrayToObject(root, "samplers");
  for (PetscInt i = 0; i < v->rows; i++) {
    const Row *r    = &v->row[i];
    cJSON     *item = cJSON_CreateObject();

    cJSON_AddStringToObject(item, "process", r->process);
    cJSON_AddStringToObject(item, "sampler", r->sampler);
    cJSON_AddNumberToObject(item, "evaluations", (double)r->evaluations);
    cJSON_AddNumberToObject(item, "smoother", (double)r->ratio[SMOOTH]);
    cJSON_AddNumberToObject(item, "equal", (double)r->ratio[EQUAL]);
    cJSON_AddNumberToObject(item, "rougher", (double)r->ratio[ROUGH]);
    cJSON_AddNumberToObject(item, "worst", (double)r->worst);
    if (r->order != 0) cJSON_AddNumberToObject(item, "order", (double)r->order);
    cJSON_AddNumberToObject(item, "z", (double)r->z);
    cJSON_AddNumberToObject(item, "milliseconds", (double)r->milliseconds);
    cJSON_AddItemToArray(rows, item);
  }
  knowns = cJSON_AddArrayToObject(root, "published");
  for (PetscInt i = 0; i < v->knowns; i++) {
    cJSON *item = cJSON_CreateObject();

    cJSON_AddStringToObject(item, "configuration", v->known[i].label);
    cJSON_AddItemToObject(item, "ratio", cJSON_CreateDoubleArray(v->known[i].ratio, POINTS));
    if (v->known[i].said[0] > 0) cJSON_AddItemToObject(item, "reference", cJSON_CreateDoubleArray(v->known[i].said, POINTS));
    cJSON_AddItemToArray(knowns, item);
  }
  text = cJSON_Print(root);
  cJSON_Delete(root);
  return text;
}

static PetscErrorCode WriteJSON(const Validate *v, KarOutput output)
{
  const char *part;
  PetscBool   good = PETSC_TRUE;
  PetscMPIInt rank;

  PetscFunctionBegin;
  PetscCall(KarOutputGetPart(output, &part));
  PetscCallMPI(MPI_Comm_rank(v->comm, &rank));
  if (rank == 0) {
    char *text = JSON(v);
    FILE *file = fopen(part, "w");

    good = file && text && fputs(text, file) >= 0 ? PETSC_TRUE : PETSC_FALSE;
    if (file && fclose(file)) good = PETSC_FALSE;
    cJSON_free(text);
  }
  KarCheckAny(v->comm, good, PETSC_ERR_FILE_WRITE, "%s cannot be written: is the disk full?", part);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Ratio against p/lambda: the published configuration and ours. */
static PetscErrorCode Plot(const Validate *v, const char path[])
{
  enum { N = 41 };
  const Sampler *shown[] = {&samplers[0], &samplers[1], &samplers[3], &samplers[4]};
  PetscReal      x[N], y[N], one[N];
  KarPlot        plot;

  PetscFunctionBegin;
  PetscCall(KarPlotCreate("Variance of samples over the law's, exact scores", "variance of the data over that of the noise, p/lambda", "ratio", &plot));
  PetscCall(KarPlotSetLog(plot, PETSC_TRUE, PETSC_TRUE));
  PetscCall(KarPlotSetRange(plot, 1, 0.5, 300));
  for (int i = 0; i < N; i++) {
    x[i]   = PetscPowReal(10, -3 + 6. * i / (N - 1));
    one[i] = 1;
    y[i]   = Published(x[i], 30, 0.01, 500, 3, 6e-6, 2, 0, 1, 0.5);
  }
  PetscCall(KarPlotAdd(plot, NULL, KAR_LINE, -2, N, x, one, NULL, NULL));
  PetscCall(KarPlotAdd(plot, "annealed Langevin, volcano code, 1500 evaluations", KAR_DASHED, -1, N, x, y, NULL, NULL));
  for (int i = 0; i < N; i++) y[i] = Published(x[i], 1, 0.01, 10, 199, 2e-4, 1, 0.5, 2, 1);
  PetscCall(KarPlotAdd(plot, "annealed Langevin, flow-matching code, 1990", KAR_DASHED, -1, N, x, y, NULL, NULL));
  for (int s = 0; s < 4; s++) {
    char label[96];

    (void)snprintf(label, sizeof(label), "%s, %" PetscInt_FMT, shown[s]->label, v->evaluations);
    PetscCall(KarPlotAdd(plot, label, KAR_LINE, -1, SHELLS, v->at, v->curve[s], NULL, NULL));
  }
  PetscCall(KarPlotSave(v->comm, path, v->replace, 1, &plot, 1));
  PetscCall(KarPlotDestroy(&plot));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The ratio of four samplers at each p/lambda. */
static PetscErrorCode Curves(Validate *v)
{
  const int which[] = {0, 1, 3, 4};

  PetscFunctionBegin;
  for (int i = 0; i < SHELLS; i += POINTS) {
    PetscReal over[POINTS];

    for (int j = 0; j < POINTS; j++) over[j] = PetscPowReal(10, -3 + 6. * PetscMin(i + j, SHELLS - 1) / (SHELLS - 1));
    for (int s = 0; s < 4; s++) {
      PetscCall(Ours(v, "", over, KARSDEVP, 0, 0, &samplers[which[s]], v->evaluations, KAR_TIMES_LOGSNR, 0, PETSC_TRUE, NULL));
      v->knowns--;
      for (int j = 0; j < POINTS && i + j < SHELLS; j++) v->at[i + j] = over[j], v->curve[s][i + j] = v->known[v->knowns].ratio[j];
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Work(Validate *v)
{
  const PetscInt count = (PetscInt)(sizeof(samplers) / sizeof(samplers[0])), all = (PetscInt)(sizeof(processes) / sizeof(processes[0]));
  char           path[PETSC_MAX_PATH_LEN + 8];
  PetscBool      stop   = PETSC_FALSE;
  KarOutput      output = NULL;
  KarProgress    progress;
  Problem        problem;

  PetscFunctionBegin;
  (void)snprintf(path, sizeof(path), "%s.json", v->out);
  if (v->out[0]) PetscCall(KarOutputCreate(v->comm, path, v->replace, 1 << 16, &output));
  PetscCall(KarProgressCreate(v->comm, "validate", count * all, &progress));
  for (PetscInt p = 0; p < all && !stop; p++) {
    PetscCall(ProblemCreate(v, processes[p], v->low, v->high, &problem));
    for (PetscInt s = 0; s < count && !stop; s++) {
      PetscCall(OneRow(v, &problem, processes[p], &samplers[s]));
      PetscCall(KarProgressUpdate(progress, v->rows, NULL));
      PetscCall(KarStopRequested(v->comm, &stop));
    }
    PetscCall(ProblemDestroy(&problem));
  }
  PetscCall(KarProgressDestroy(&progress));
  if (!stop) PetscCall(PublishedRows(v));
  PetscCall(Print(v));
  if (output && !stop) {
    PetscCall(WriteJSON(v, output));
    PetscCall(KarOutputCommit(&output, PETSC_FALSE));
    PetscCall(Curves(v));
    (void)snprintf(path, sizeof(path), "%s.png", v->out);
    PetscCall(Plot(v, path));
  }
  PetscCall(KarOutputDestroy(&output));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCommandValidate(MPI_Comm comm)
{
  Validate *v;
  PetscBool done;
  PetscInt  dim = 3, lengths = 3, basis = 0, n[3];
  PetscReal length[3], over[2] = {1e-3, 1e3};
  PetscInt  two = 2;

  PetscFunctionBegin;
  PetscCall(PetscNew(&v));
  *v = (Validate){.comm = comm, .samples = 400, .evaluations = 40, .seed = 1, .dim = 1, .n = {40, 1, 1}, .length = {1, 1, 1}};
  PetscCall(KarOptionsInt(NULL, "samples", "drawn by each sampler", 10, PETSC_MAX_INT, &v->samples));
  PetscCall(KarOptionsInt(NULL, "sampler_evaluations", "of the score, by each sampler", 10, 100000, &v->evaluations));
  PetscCall(KarOptionsInt(NULL, "seed", "of the samples", 0, PETSC_MAX_INT, &v->seed));
  PetscCall(KarOptionsIntArray(NULL, "grid_n", "points along each axis (40)", 6, 1 << 14, &dim, n));
  PetscCall(KarOptionsRealArray(NULL, "grid_length", "edge lengths (1)", PETSC_SMALL, PETSC_MAX_REAL, &lengths, length));
  PetscCall(KarOptionsChoice(NULL, "grid_basis", "ends of the box", KarBases, &basis));
  PetscCall(KarOptionsRealArray(NULL, "validate_ratio", "p/lambda of the smoothest and of the roughest mode (1e-3,1e3)", 1e-6, 1e6, &two, over));
  PetscCall(KarOptionsString(NULL, "out", "stem of the JSON file and the plot", sizeof(v->out), v->out));
  PetscCall(KarOutputReplaceFromOptions(&v->replace));
  KarCheck(comm, two == 0 || (two == 2 && over[0] < over[1]), PETSC_ERR_USER_INPUT, "-validate_ratio: give two numbers, ascending");
  v->low   = over[0];
  v->high  = over[1];
  v->basis = (KarBasis)basis;
  for (PetscInt a = 0; a < dim; a++) v->n[a] = n[a], v->dim = dim;
  KarCheck(comm, lengths == 0 || lengths == v->dim, PETSC_ERR_USER_INPUT, "-grid_length: %" PetscInt_FMT " lengths for %" PetscInt_FMT " axes", lengths, v->dim);
  for (PetscInt a = 0; a < lengths; a++) v->length[a] = length[a];
  PetscCall(KarCommandReady(comm, &done));
  if (!done) PetscCall(Work(v));
  PetscCall(PetscFree(v));
  PetscFunctionReturn(PETSC_SUCCESS);
}
