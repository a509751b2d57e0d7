/* karhunen validate: every process and sampler against exact laws.  The data are Gaussian, smoother and rougher than
   the noise (p/lambda from 1e-3 to 1e3 over the modes), the score is exact, so that only the sampler errs.
     ratio   exact variance of the sampler's output over the law's (KarSamplerGetVariance), in a mode of each kind and
     at worst
     order   exponent of the worst ratio's distance from 1 between N and 2N evaluations, before the last denoising
     z       sampled variance against that exact one, in standard errors, the worst coordinate
   Below it, configurations that others publish, with the same exact scores, and ours beside them; and numbers of
   bridges, control and likelihood. */
#include "validate.h"

#include <petsctime.h>

const Sampler validate_samplers[] = {
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

/* The normal form of chi^2 (Wilson and Hilferty). */
static PetscReal Normal(PetscReal chi2, PetscReal n)
{
  return (PetscPowReal(chi2 / n, 1. / 3) - 1 + 2 / (9 * n)) / PetscSqrtReal(2 / (9 * n));
}

/* Draws; the worst coordinate's variance against the exact one. */
static PetscErrorCode Sampled(Validate *v, const Problem *problem, TS ts, PetscReal *z, PetscReal *milliseconds)
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
  for (PetscInt s = 0; s < v->samples && !v->stop; s++) {
    PetscCall(KarStopRequested(v->comm, &v->stop));
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
    for (PetscInt q = i * width; q < (i + 1) * width;
         q++) { /* a pair that is stored twice has half the variance in each */
      const PetscReal twice = width == 2 && !mode.self && mode.weight == 1 ? 2 : 1;

      if (!(mode.self && q > i * width))
        *z = PetscMax(*z, PetscAbsReal(Normal(twice * sum[q] / exact[q], (PetscReal)v->samples)));
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
  PetscCall(ValidateSamplerCreate(problem, s, v->evaluations, &ts));
  PetscCall(ValidateRatios(v, problem, ts, PETSC_TRUE, wanted, row->ratio, &row->worst));
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
    PetscCall(ValidateSamplerCreate(problem, s, v->evaluations << twice, &ts));
    PetscCall(KarSamplerSetDenoise(ts, PETSC_FALSE));
    PetscCall(ValidateRatios(v, problem, ts, PETSC_FALSE, wanted, ignored, &bias[twice]));
    PetscCall(TSDestroy(&ts));
  }
  if (strcmp(s->type, "ode")) row->order = PetscLogReal(PetscAbsReal((bias[0] - 1) / (bias[1] - 1))) / PetscLogReal(2.);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Work(Validate *v)
{
  const PetscInt count = (PetscInt)(sizeof(validate_samplers) / sizeof(validate_samplers[0])),
                 all   = (PetscInt)(sizeof(processes) / sizeof(processes[0]));
  char        path[PETSC_MAX_PATH_LEN + 8];
  KarOutput   output = NULL;
  Html        page   = NULL;
  KarProgress progress;
  Problem     problem;

  PetscFunctionBegin;
  (void)snprintf(path, sizeof(path), "%s.json", v->out);
  if (v->out[0]) {
    PetscCall(KarOutputCreate(v->comm, path, v->replace, 1 << 16, &output));
    PetscCall(HtmlCreate(v->comm, v->out, v->replace, "Processes and samplers against exact laws", &page));
  }
  PetscCall(KarProgressCreate(v->comm, "validate", count * all, &progress));
  for (PetscInt p = 0; p < all && !v->stop; p++) {
    PetscCall(ValidateProblemCreate(v, processes[p], v->low, v->high, &problem));
    for (PetscInt s = 0; s < count && !v->stop; s++) {
      PetscCall(OneRow(v, &problem, processes[p], &validate_samplers[s]));
      PetscCall(KarProgressUpdate(progress, v->rows, NULL));
      if (!v->stop) PetscCall(KarStopRequested(v->comm, &v->stop));
      else v->rows--; /* its samples are not all there */
    }
    PetscCall(ValidateProblemDestroy(&problem));
  }
  PetscCall(KarProgressDestroy(&progress));
  if (!v->stop) PetscCall(ValidatePublishedRows(v));
  if (!v->stop) PetscCall(ValidatePathRows(v));
  if (page) PetscCall(HtmlBeginTable(page));
  PetscCall(ValidatePrint(v));
  if (page) PetscCall(HtmlEndTable(page));
  if (output && !v->stop) {
    PetscCall(ValidateWriteJSON(v, output));
    PetscCall(KarOutputCommit(&output, PETSC_FALSE));
    PetscCall(ValidateCurves(v));
    (void)snprintf(path, sizeof(path), "%s.png", v->out);
    PetscCall(ValidatePlot(v, path, page));
    PetscCall(HtmlCommit(&page));
  }
  PetscCall(HtmlDestroy(&page));
  PetscCall(KarOutputDestroy(&output));
  if (v->stop) {
    (void)snprintf(path, sizeof(path), "%" PetscInt_FMT " of %" PetscInt_FMT " rows, no file is written", v->rows,
                   count * all);
    PetscCall(KarStopped(v->comm, path));
  }
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
  *v = (Validate){
    .comm = comm, .samples = 400, .evaluations = 40, .seed = 1, .dim = 1, .n = {40, 1, 1}, .length = {1, 1, 1}};
  PetscCall(KarOptionsInt(NULL, "samples", "samples that each sampler draws", 10, PETSC_MAX_INT, &v->samples));
  PetscCall(KarOptionsInt(NULL, "sampler_evaluations", "evaluations of the score by each sampler", 10, 100000,
                          &v->evaluations));
  PetscCall(KarOptionsInt(NULL, "seed", "seed of the samples", 0, PETSC_MAX_INT, &v->seed));
  PetscCall(KarOptionsIntArray(NULL, "grid_n", "points along each axis (40)", 6, 1 << 14, &dim, n));
  PetscCall(
    KarOptionsRealArray(NULL, "grid_length", "edge lengths (1)", PETSC_SMALL, PETSC_MAX_REAL, &lengths, length));
  PetscCall(KarOptionsChoice(NULL, "grid_basis", "ends of the box", KarBases, &basis));
  PetscCall(KarOptionsRealArray(NULL, "validate_ratio", "p/lambda of the smoothest and of the roughest mode (1e-3,1e3)",
                                1e-6, 1e6, &two, over));
  PetscCall(KarOptionsString(NULL, "out",
                             "stem of the JSON file, the plot and the page: stem.json, stem.png, stem.html",
                             sizeof(v->out), v->out));
  PetscCall(KarOutputReplaceFromOptions(NULL, &v->replace));
  KarCheck(comm, two == 0 || (two == 2 && over[0] < over[1]), PETSC_ERR_USER_INPUT,
           "-validate_ratio: give two numbers, ascending");
  v->low   = over[0];
  v->high  = over[1];
  v->basis = (KarBasis)basis;
  for (PetscInt a = 0; a < dim; a++) v->n[a] = n[a], v->dim = dim;
  KarCheck(comm, lengths == 0 || lengths == v->dim, PETSC_ERR_USER_INPUT,
           "-grid_length: %" PetscInt_FMT " lengths for %" PetscInt_FMT " axes", lengths, v->dim);
  for (PetscInt a = 0; a < lengths; a++) v->length[a] = length[a];
  PetscCall(KarCommandReady(comm, &done));
  if (!done) PetscCall(Work(v));
  PetscCall(PetscFree(v));
  PetscFunctionReturn(PETSC_SUCCESS);
}
