/* step: one step of each sampler with an exact Gaussian score, on the grid and on ones 4, 16, ... times as coarse
   along each axis, down to
   64 points.  Counted are passes over memory, each vector of the state that is read or written being one:
     score    x and d, and the spectra C and lambda, which hold one number for a mode of `group` numbers:  2 + 2/group
     draw     w, and lambda:  1 + 1/group
     combine  from, x, each past d and w:  2 + nd (+ 1); a correction and a prediction in one pass add only what the
     other has not
   A triad of three such vectors, w = 2 x + y, measures bandwidth beside each sampler.  Ratio: seconds of a step over
   those of its passes. Normal numbers are arithmetic and not memory: a second ratio leaves the draws out, by their own
   time. */
#include "bench.h"

#include <math.h>
#include <petsctime.h>

enum { SHELLS = 31, FLAT = 8, STEPS = 1 << 12, TRIADS = 7 };

typedef struct {
  const char *label, *type, *parameter;
  PetscReal   value;
  PetscReal   score, combine, draw,
    read; /* of one step: evaluations; passes of the combinations; draws; reads of a draw */
} Case;

static const Case cases[] = {
  {"multistep", KARTSMULTISTEP, NULL, 0, 1, 7, 0, 0}, /* corrector with 4 past evaluations, prediction with 3 of them */
  {"multistep_eta_1", KARTSMULTISTEP, "eta", 1, 1, 6 + 5, 1,
   2}, /* the corrector has the draw before, and a pass of its own */
  {"multistep_order_2", KARTSMULTISTEP, "order", 2, 1, 6, 0, 0},
  {"ancestral_eta_0", KARTSANCESTRAL, "eta", 0, 1, 3, 0, 0},
  {"ancestral_eta_1", KARTSANCESTRAL, "eta", 1, 1, 3, 1, 1},
  {"em", KARTSEM, NULL, 0, 1, 3, 1, 1},
  {"heun", KARTSHEUN, NULL, 0, 2, 3 + 4, 0, 0},
  {"langevin", KARTSLANGEVIN, NULL, 0, 3, 9, 3, 3}, /* 3 corrections */
  {"predictorcorrector", KARTSPREDICTORCORRECTOR, NULL, 0, 2, 6, 2, 2},
};

typedef struct {
  KarFFT          fft;
  KarSDE          sde;
  KarScore        score;
  KarCov          data;
  const KarModes *modes;
  Vec             x, y, w;
} Problem;

/* p/lambda from 1e-3 at the first mode to 1e3 at the 8th shell and beyond: the same on every grid of 64 points and
   more. */
static PetscErrorCode ProblemCreate(const KarBench *b, PetscInt coarser, Problem *p)
{
  PetscReal k[SHELLS + 1] = {0}, lambda[SHELLS + 1], data[SHELLS + 1];
  PetscInt  n[3];
  KarGrid   grid;
  KarCov    noise;

  PetscFunctionBegin;
  for (PetscInt a = 0; a < b->info.dim; a++) n[a] = b->info.n[a] / coarser;
  PetscCall(KarGridCreate(b->comm, &grid));
  PetscCall(KarGridSetSizes(grid, b->info.dim, n, b->info.length));
  PetscCall(KarGridSetBasis(grid, b->info.basis));
  PetscCall(KarFFTCreate(grid, &p->fft));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(KarFFTGetModes(p->fft, &p->modes));
  for (PetscInt i = 0; i <= SHELLS; i++) {
    const PetscReal shell = PetscMax(1, (PetscReal)i);

    k[i]      = 2 * PETSC_PI / b->info.length[0] * (PetscReal)i;
    lambda[i] = PetscPowReal(shell, -(PetscReal)b->info.dim - 2);
    data[i]   = lambda[i] * PetscPowReal(10, -3 + 6 * PetscMin((shell - 1) / (FLAT - 1), 1));
  }
  PetscCall(KarCovCreate(p->fft, &noise));
  PetscCall(KarCovCreate(p->fft, &p->data));
  PetscCall(KarCovSetSpectrum(noise, SHELLS + 1, k, lambda));
  PetscCall(KarCovSetSpectrum(p->data, SHELLS + 1, k, data));
  PetscCall(KarSDECreate(noise, &p->sde));
  PetscCall(KarSDESetType(p->sde, KARSDEVP));
  PetscCall(KarScoreCreate(p->sde, &p->score));
  PetscCall(KarScoreSetType(p->score, KARSCOREGAUSSIAN));
  PetscCall(KarScoreSetDataCovariance(p->score, p->data));
  PetscCall(KarCovDestroy(&noise));
  PetscCall(KarFFTCreateCoordinates(p->fft, &p->x));
  PetscCall(VecDuplicate(p->x, &p->y));
  PetscCall(VecDuplicate(p->x, &p->w));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ProblemDestroy(Problem *p)
{
  PetscFunctionBegin;
  PetscCall(VecDestroy(&p->x));
  PetscCall(VecDestroy(&p->y));
  PetscCall(VecDestroy(&p->w));
  PetscCall(KarScoreDestroy(&p->score));
  PetscCall(KarSDEDestroy(&p->sde));
  PetscCall(KarCovDestroy(&p->data));
  PetscCall(KarFFTDestroy(&p->fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Create(const Problem *p, const Case *c, PetscInt evaluations, TS *ts)
{
  PetscFunctionBegin;
  PetscCall(KarSamplerCreate(p->score, ts));
  PetscCall(KarSamplerSetType(*ts, c->type));
  PetscCall(KarSamplerSetEvaluations(*ts, evaluations));
  if (c->parameter) PetscCall(KarSamplerSetParameter(*ts, c->parameter, c->value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Exact variance of the output over the law's in the worst mode, Nyquist excepted. */
static PetscErrorCode Worst(const Problem *p, const Case *c, PetscInt evaluations, MPI_Comm comm, PetscReal *worst)
{
  const PetscInt     n = p->modes->rows * p->modes->length, group = p->modes->dof * p->modes->width;
  const PetscReal   *law;
  const PetscScalar *out;
  PetscReal          ends[2] = {-PETSC_MAX_REAL, -PETSC_MAX_REAL};
  KarMode            mode;
  TS                 ts;

  PetscFunctionBegin;
  PetscCall(Create(p, c, evaluations, &ts));
  PetscCall(KarSamplerGetVariance(ts, p->w));
  PetscCall(KarCovGetEigenvalues(p->data, &law));
  PetscCall(VecGetArrayRead(p->w, &out));
  for (PetscInt i = 0; i < n; i++) {
    kar_mode(p->modes, i / p->modes->length, i % p->modes->length, &mode);
    if (mode.nyquist) continue;
    ends[0] = PetscMax(ends[0], -out[i * group] / law[i]);
    ends[1] = PetscMax(ends[1], out[i * group] / law[i]);
  }
  PetscCall(VecRestoreArrayRead(p->w, &out));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, ends, 2, MPIU_REAL, MPIU_MAX, comm));
  *worst = PetscAbsReal(ends[1] - 1) > PetscAbsReal(ends[0] + 1) ? ends[1] : -ends[0];
  PetscCall(TSDestroy(&ts));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Time ------------------------------------------------------------ */
typedef struct {
  PetscInt       n;
  PetscLogDouble at[STEPS];
} Stamps;

static PetscErrorCode Stamp(TS ts, PetscInt step, PetscReal time, Vec x, void *ctx)
{
  Stamps *stamps = ctx;

  PetscFunctionBegin;
  if (stamps->n < STEPS) PetscCall(PetscTime(&stamps->at[stamps->n++]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Median of the durations after the first `skip`, on the slowest rank. */
static PetscErrorCode Median(const Stamps *stamps, PetscInt skip, MPI_Comm comm, PetscReal *seconds)
{
  PetscReal each[STEPS];
  PetscInt  n = 0;

  PetscFunctionBegin;
  for (PetscInt i = 1 + skip; i < stamps->n; i++) each[n++] = stamps->at[i] - stamps->at[i - 1];
  PetscCall(PetscSortReal(n, each));
  *seconds = n ? each[n / 2] : 0;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, seconds, 1, MPIU_REAL, MPIU_MAX, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* w = 2 x + y by all threads. */
static PetscErrorCode Triad(Vec w, Vec x, Vec y)
{
  const PetscScalar *a, *b;
  PetscScalar       *out;
  PetscInt           n;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(w, &n));
  PetscCall(VecGetArrayRead(x, &a));
  PetscCall(VecGetArrayRead(y, &b));
  PetscCall(VecGetArrayWrite(w, &out));
#pragma omp parallel for num_threads(kar_threads_for(n))
  for (PetscInt i = 0; i < n; i++) out[i] = 2 * a[i] + b[i];
  PetscCall(VecRestoreArrayWrite(w, &out));
  PetscCall(VecRestoreArrayRead(y, &b));
  PetscCall(VecRestoreArrayRead(x, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One triad, one draw, and one step once all past evaluations are there: medians. */
static PetscErrorCode Time(const Problem *p, const Case *c, PetscInt evaluations, MPI_Comm comm, PetscReal *triad,
                           PetscReal *draw, PetscReal *step)
{
  KarCov  noise;
  Stamps *stamps;
  TS      ts;

  PetscFunctionBegin;
  PetscCall(PetscNew(&stamps));
  PetscCall(VecSet(p->x, 1));
  PetscCall(VecSet(p->y, 1));
  for (PetscInt i = 0; i <= TRIADS; i++) {
    PetscCall(Triad(p->w, p->x, p->y));
    PetscCall(Stamp(NULL, 0, 0, NULL, stamps));
  }
  PetscCall(Median(stamps, 0, comm, triad));
  stamps->n = 0;
  PetscCall(KarSDEGetCovariance(p->sde, &noise));
  for (PetscInt i = 0; i <= TRIADS && c->draw; i++) {
    PetscCall(KarCovSample(noise, (KarKey){.seed = 1, .step = i, .stream = KAR_STREAM_TEST}, p->w));
    PetscCall(Stamp(NULL, 0, 0, NULL, stamps));
  }
  PetscCall(Median(stamps, 0, comm, draw));
  stamps->n = 0;
  PetscCall(Create(p, c, evaluations, &ts));
  PetscCall(KarSamplerSetDenoise(ts, PETSC_FALSE));
  PetscCall(TSMonitorSet(ts, Stamp, stamps, NULL));
  PetscCall(KarSamplerSolve(ts, (KarKey){.seed = 1}, p->x, NULL));
  PetscCall(Median(stamps, 4, comm, step));
  PetscCall(TSDestroy(&ts));
  PetscCall(PetscFree(stamps));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Row(KarBench *b, const Problem *p, const Case *c, PetscInt evaluations, const char size[],
                          PetscReal points, PetscBool last)
{
  const PetscReal spectra = 1 / (PetscReal)(p->modes->dof * p->modes->width);
  const PetscReal passes  = c->score * (2 + 2 * spectra) + c->combine + c->draw * (1 + spectra) + c->read;
  PetscReal       worst = 0, triad = 0, draw = 0, step = 0;
  PetscInt        numbers;
  char            text[16] = "";

  PetscFunctionBegin;
  if (!c->draw || points <= 1 << 16) { /* with noise it takes a solve for each draw */
    PetscCall(Worst(p, c, evaluations, b->comm, &worst));
    (void)snprintf(text, sizeof(text), "%.6f", (double)worst);
  }
  PetscCall(Time(p, c, evaluations, b->comm, &triad, &draw, &step));
  PetscCall(VecGetSize(p->x, &numbers));
  const PetscReal ratio = 3 * step / (passes * triad),
                  rest  = 3 * (step - c->draw * draw) / ((passes - c->draw * (1 + spectra)) * triad);

  PetscCall(PetscPrintf(b->comm, "| %s | %s | %" PetscInt_FMT " | %s | %.3g | %.1f | %.1f | %.2f | %.2f |\n", c->label,
                        size, evaluations, text, (double)step, (double)passes, 24e-9 * (double)numbers / (double)triad,
                        (double)ratio, (double)rest));
  if (last) KarBenchSet(b, c->label, ratio);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarBench_Step(KarBench *b)
{
  PetscInt    evaluations = 41, coarsest = 1;
  PetscReal   points;
  KarGridInfo size;
  Problem     p;
  PetscBool   done;

  PetscFunctionBegin;
  PetscCall(
    KarOptionsInt(NULL, "bench_evaluations", "evaluations of the score by each sampler", 16, STEPS, &evaluations));
  PetscCall(KarCommandReady(b->comm, &done));
  if (done) PetscFunctionReturn(PETSC_SUCCESS);
  size = b->info;
  for (PetscInt a = 0; a < b->info.dim; a++) size.n[0] = PetscMin(size.n[0], b->info.n[a]);
  KarCheck(b->comm, size.n[0] >= 64, PETSC_ERR_USER_INPUT, "bench step: give at least 64 points an axis");
  while (size.n[0] / (4 * coarsest) >= 64) coarsest *= 4;
  PetscCall(PetscPrintf(
    b->comm,
    "| sampler | grid | evaluations | worst mode | seconds a step | passes | triad GB/s | over its passes | without "
    "draws |\n|---|---|---|---|---|---|---|---|---|\n"));
  for (; coarsest >= 1; coarsest /= 4) {
    char text[64] = "", part[32];

    points = 1;
    for (PetscInt a = 0; a < b->info.dim; a++) {
      points *= (PetscReal)(b->info.n[a] / coarsest);
      PetscCall(PetscSNPrintf(part, sizeof(part), "%s%" PetscInt_FMT, a ? "x" : "", b->info.n[a] / coarsest));
      PetscCall(PetscStrlcat(text, part, sizeof(text)));
    }
    PetscCall(ProblemCreate(b, coarsest, &p));
    for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(cases); i++)
      PetscCall(Row(b, &p, &cases[i], evaluations, text, points, (PetscBool)(coarsest == 1)));
    PetscCall(ProblemDestroy(&p));
  }
  PetscCall(PetscStrncpy(
    b->remark, "figures named by a sampler: seconds of a step over those of its passes over memory, on this grid",
    sizeof(b->remark)));
  PetscCall(KarBenchPeak(b));
  PetscFunctionReturn(PETSC_SUCCESS);
}
