/* A Gaussian problem whose data are smoother and rougher than the noise, with its exact score, and how far a sampler
   is from its law. */
#include "validate.h"

PetscErrorCode ValidateProblemCreate(const Validate *v, KarSDEType type, PetscReal low, PetscReal high,
                                     Problem *problem)
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
  KarCheck(v->comm, end > first, PETSC_ERR_USER_INPUT,
           "validate: the grid is too small: give at least 6 points an axis");
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

PetscErrorCode ValidateProblemDestroy(Problem *problem)
{
  PetscFunctionBegin;
  PetscCall(KarScoreDestroy(&problem->score));
  PetscCall(KarSDEDestroy(&problem->sde));
  PetscCall(KarFFTDestroy(&problem->fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode ValidateSamplerCreate(const Problem *problem, const Sampler *s, PetscInt evaluations, TS *ts)
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
    const PetscReal law =
      denoised ? problem->p[i] : PetscSqr(a[i]) * problem->p[i] + PetscSqr(s[i]) * problem->lambda[i];

    kar_mode(problem->modes, i / problem->modes->length, i % problem->modes->length, &mode);
    if (mode.nyquist || mode.k2 == 0 || mode.k2 > PetscSqr(problem->end)) continue;
    fn(ctx, out[i * group] / law, problem->p[i] / problem->lambda[i]);
  }
  PetscCall(VecRestoreArrayRead(variance, &out));
  PetscCall(VecDestroy(&variance));
  PetscCall(PetscFree2(a, s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

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

PetscErrorCode ValidateRatios(const Validate *v, const Problem *problem, TS ts, PetscBool denoised,
                              const PetscReal wanted[KINDS], PetscReal ratio[KINDS], PetscReal *worst)
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
