/* Annealed Langevin dynamics of public codes, by the library's sampler "langevin", a level at a time, with its
   explicit step
     x <- x + r (d - x) + sqrt(2 r) s w,   r = factor h sigma^(drift - 1),   w ~ N(0, temperature lambda),  temperature
     = noise/(2 factor) sigma^-drift:
   where a code's drift and noise do not belong together, the temperature is not 1.  The variance is exact: all modes
   have one law, the start is set in one coordinate and draw j in another, so that one run gives the weight of each,  V
   <- G^2 V + sum_j G_j^2. */
#include "validate.h"

const Annealed validate_volcano      = {30, 0.01, 6e-6, 2, 0, 1, 0.5, 500, 3};
const Annealed validate_volcano_long = {30, 0.01, 6e-6, 2, 0, 1, 0.5, 500, 100};
const Annealed validate_matching     = {1, 0.01, 2e-4, 1, 0.5, 2, 1, 10, 199};

typedef struct {
  PetscInt  first, here; /* numbers of this rank's coordinates among all that have noise */
  PetscInt *at;          /* [here] where they are */
  PetscReal deviation;
} Weights;

static PetscErrorCode Set(const Weights *w, PetscInt number, PetscReal value, Vec x)
{
  PetscScalar *out;

  PetscFunctionBegin;
  PetscCall(VecSet(x, 0));
  PetscCall(VecGetArray(x, &out));
  if (number >= w->first && number < w->first + w->here) out[w->at[number - w->first]] = value;
  PetscCall(VecRestoreArray(x, &out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Draw(void *ctx, KarKey key, Vec x)
{
  const Weights *w = ctx;

  PetscFunctionBegin;
  PetscCall(Set(w, 1 + (PetscInt)key.step, w->deviation, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode WeightsCreate(const Validate *v, const Problem *problem, Weights *w)
{
  const PetscInt n = problem->modes->rows * problem->modes->length, group = problem->modes->width;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(n * group, &w->at));
  w->here = w->first = 0;
  for (PetscInt i = 0; i < n * group; i++)
    if (problem->lambda[i / group] > 0) w->at[w->here++] = i;
  PetscCallMPI(MPI_Scan(&w->here, &w->first, 1, MPIU_INT, MPI_SUM, v->comm));
  w->first -= w->here;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* V after a level: x holds the weight of the start in coordinate 0 and of draw j in coordinate j + 1. */
static PetscErrorCode Level(const Validate *v, const Weights *w, TS ts, Vec x, PetscReal *variance)
{
  const PetscScalar *in;
  PetscReal          sum[2] = {0};

  PetscFunctionBegin;
  PetscCall(Set(w, 0, 1, x));
  PetscCall(KarSamplerSolveFrom(ts, (KarKey){0}, x, NULL));
  PetscCall(VecGetArrayRead(x, &in));
  for (PetscInt i = 0; i < w->here; i++) sum[w->first + i > 0] += PetscSqr(in[w->at[i]]);
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, 2, MPIU_REAL, MPI_SUM, v->comm));
  *variance = sum[0] * *variance + sum[1];
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Anneal(const Validate *v, const Annealed *code, const Problem *problem, TS ts,
                             PetscReal *variance)
{
  PetscReal t[2];
  Weights   w;
  Vec       x;

  PetscFunctionBegin;
  PetscCall(WeightsCreate(v, problem, &w));
  PetscCall(KarFFTCreateCoordinates(problem->fft, &x));
  PetscCall(KarSamplerSetDraw(ts, Draw, &w));
  PetscCall(KarSDEGetFinalTime(problem->sde, &t[0]));
  *variance = 1; /* these codes do not scale the start by the first level */
  for (PetscInt j = 0; j < code->levels; j++) {
    const PetscReal sigma =
      code->first * PetscPowReal(code->last / code->first, (PetscReal)j / (PetscReal)(code->levels - 1));
    const PetscReal h = code->epsilon * PetscPowReal(sigma / code->last, code->power);

    PetscCall(KarSDEFindTime(problem->sde, -PetscLogReal(sigma), &t[1]));
    PetscCall(KarSamplerSetTimeList(ts, 2, t));
    PetscCall(KarSamplerSetParameter(ts, "ratio", code->factor * h * PetscPowReal(sigma, code->drift - 1)));
    w.deviation = PetscSqrtReal(code->noise / (2 * code->factor) * PetscPowReal(sigma, -code->drift));
    PetscCall(Level(v, &w, ts, x, variance));
    t[0] = t[1];
  }
  PetscCall(VecDestroy(&x));
  PetscCall(PetscFree(w.at));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode ValidateAnnealed(const Validate *v, const Annealed *code, PetscInt n, const PetscReal over[],
                                PetscReal ratio[])
{
  const Sampler langevin = {"", KARTSLANGEVIN, {"corrections", "scheme", NULL}, {(PetscReal)code->steps, 0, 0}};
  Validate      line     = {.comm = v->comm, .dim = 1, .length = {1, 1, 1}};
  PetscMPIInt   ranks;
  Problem       problem;
  TS            ts;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(v->comm, &ranks));
  line.n[0] =
    PetscMax(code->steps + 8, 6 * (PetscInt)ranks); /* a coordinate for the start and one for each draw, at least */
  for (PetscInt i = 0; i < n; i++) {
    PetscCall(ValidateProblemCreate(&line, KARSDEVE, over[i], over[i], &problem));
    PetscCall(KarSDESetParameter(problem.sde, "sigma_min", 1e-6));
    PetscCall(KarSDESetParameter(problem.sde, "sigma_max", 1.1 * PetscSqrtReal(code->first)));
    PetscCall(ValidateSamplerCreate(&problem, &langevin, 2, &ts));
    PetscCall(KarSamplerSetDenoise(ts, PETSC_FALSE));
    PetscCall(Anneal(v, code, &problem, ts, &ratio[i]));
    ratio[i] /= over[i] + code->last;
    PetscCall(TSDestroy(&ts));
    PetscCall(ValidateProblemDestroy(&problem));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
