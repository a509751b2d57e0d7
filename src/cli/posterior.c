/* karhunen posterior: fields of a model or an exact law given data, one at a time or in runs of many particles (smc).
   */
#include "cli.h"

#include <petsctime.h>

#include <math.h>

static const char *const types[] = {"smc", "guided", "exact", "pcn", "gibbs", "dps", "fundps", NULL};
enum { SMC, GUIDED, EXACT, CONDITIONAL };

typedef struct {
  MPI_Comm        comm, one; /* of all; of one field */
  PetscInt        groups, group;
  PetscInt        type, samples, each, runs, todo_n, done; /* a run gives `each` samples; done: of those to do */
  PetscInt       *todo;                                    /* numbers of the runs that are not there yet */
  PetscBool       resume;
  PetscInt64      seed;
  KarScore        score, guided;
  KarCascade      cascade; /* of -model BASE,OCTAVE,...: score is then that of its last level; else NULL */
  KarCascadeGiven given;
  KarObservation  obs;
  KarPosterior    exact;
  KarSMC          smc;
  KarConditional  conditional;
  TS              ts;
  KarFFT          fft;  /* shared */
  KarGrid         grid; /* shared */
  KarDataset      data;
  Vec             y, field, *x;                 /* [each] */
  PetscReal      *ess, *evidence, *resamplings; /* [runs], of those of this group */
} Run;

/* The Gaussian law of the same mean and spectrum; of a cascade, of all its levels. */
static PetscErrorCode CreateLevels(Run *run, KarLevels *levels, Vec *mean)
{
  const KarModes *m;
  PetscReal      *rest;
  KarScore        base = run->score;

  PetscFunctionBegin;
  if (run->cascade) PetscCall(KarCascadeLift(run->cascade, 0, &base));
  PetscCall(KarLevelsCreate(base, run->obs, levels));
  PetscCall(KarScoreGetMean(base, mean));
  if (*mean) PetscCall(PetscObjectReference((PetscObject)*mean));
  if (!run->cascade) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarFFTGetModes(run->fft, &m));
  PetscCall(PetscMalloc1(m->rows * m->length, &rest));
  PetscCall(KarCascadeGetLater(run->cascade, 0, rest));
  PetscCall(KarLevelsSetRest(*levels, rest));
  PetscCall(PetscFree(rest));
  PetscCall(KarScoreDestroy(&base));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A datum that the law does not expect. */
static PetscErrorCode Warn(Run *run)
{
  KarLevels     levels;
  KarInnovation innovation;
  PetscReal     most;
  PetscInt      m, where = 0;
  PetscBool     has, linear;
  Vec           mean, e, v;

  PetscFunctionBegin;
  PetscCall(KarObservationIsLinear(run->obs, &linear));
  if (!linear) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(CreateLevels(run, &levels, &mean));
  PetscCall(KarLevelsGet(levels, PETSC_INFINITY, &innovation));
  PetscCall(KarObservationCreateData(run->obs, &e));
  PetscCall(VecDuplicate(e, &v));
  PetscCall(KarInnovationGetVariance(innovation, v, &has));
  if (has) {
    PetscReal *values;

    if (mean) PetscCall(KarObservationApply(run->obs, mean, e));
    PetscCall(VecAYPX(e, -1, run->y));
    PetscCall(VecSqrtAbs(v));
    PetscCall(VecPointwiseDivide(e, e, v));
    PetscCall(VecAbs(e));
    PetscCall(VecMax(e, NULL, &most));
    PetscCall(KarObservationGetSize(run->obs, &m));
    PetscCall(PetscMalloc1(m, &values));
    PetscCall(KarObservationGatherData(run->obs, e, values));
    while (where < m - 1 && values[where] < most) where++;
    PetscCall(PetscFree(values));
    if (most > 8 && run->group == 0)
      PetscCall(PetscPrintf(run->one,
                            "warning: datum %" PetscInt_FMT
                            " is %.3g standard deviations from the law's mean: the law has never seen this\n",
                            where, (double)most));
  }
  PetscCall(VecDestroy(&e));
  PetscCall(VecDestroy(&v));
  PetscCall(VecDestroy(&mean));
  PetscCall(KarLevelsDestroy(&levels));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CreateFile(Run *run)
{
  KarFieldLabel label = {
    .variable = "u", .units = "1", .long_name = "field of an exact law given data", .length_units = "1"};
  KarDenoiser denoiser;
  KarGridInfo info;

  PetscFunctionBegin;
  PetscCall(KarScoreGetDenoiser(run->score, &denoiser));
  if (denoiser) PetscCall(KarDenoiserGetLabel(denoiser, &label));
  PetscCall(KarGridGetInfo(run->grid, &info));
  PetscCall(KarSetupFields(run->data, &label, info.dof,
                           denoiser ? "fields of a trained model given data" : "fields of an exact law given data",
                           run->samples));
  if (run->type != GUIDED && run->type != EXACT) PetscCall(KarDatasetSetNumbers(run->data, 3));
  PetscCall(KarSetupRun(run->comm, run->resume, run->data));
  PetscCall(KarDatasetSetUp(run->data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PutAttributes(Run *run)
{
  KarFieldLabel label = {.rows = ""};
  KarDenoiser   denoiser;
  KarScoreType  type;
  PetscInt      m;

  PetscFunctionBegin;
  PetscCall(KarScoreGetDenoiser(run->score, &denoiser));
  if (denoiser) PetscCall(KarDenoiserGetLabel(denoiser, &label));
  PetscCall(KarScoreGetType(run->score, &type));
  PetscCall(KarObservationGetSize(run->obs, &m));
  PetscCall(KarSetupNotePrecision(run->comm, denoiser, run->data));
  if (label.rows[0]) PetscCall(KarDatasetPutString(run->data, "rows", label.rows));
  PetscCall(KarDatasetPutString(run->data, "score", type));
  PetscCall(KarDatasetPutString(run->data, "posterior_type", types[run->type]));
  PetscCall(KarDatasetPutInt(run->data, "data", m));
  PetscCall(KarDatasetPutInt(run->data, "seed", run->seed));
  PetscCall(KarDatasetPutInt(run->data, "samples_of_a_run", run->each)); /* sample i is of run i/samples_of_a_run */
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Run number i and its samples. */
static PetscErrorCode DrawOne(void *context, PetscInt i, PetscBool *whole)
{
  Run         *run = context;
  const KarKey key = {.seed = run->seed, .sample = i};
  KarSMCInfo   info;

  PetscFunctionBegin;
  if (run->type == EXACT) PetscCall(KarPosteriorSample(run->exact, key, run->x[0]));
  else if (run->given) PetscCall(KarCascadeGivenSolve(run->given, key, run->x[0], whole));
  else if (run->type == GUIDED) PetscCall(KarSamplerSolve(run->ts, key, run->x[0], whole));
  else if (run->type >= CONDITIONAL) {
    int rank;

    PetscCallMPI(MPI_Comm_rank(run->one, &rank));
    PetscCall(KarConditionalSolve(run->conditional, key, run->x[0], &run->evidence[i], whole));
    if (rank) run->evidence[i] = 0;
    else kar_dataset_put_numbers(run->data, i, (const PetscReal[]){0, run->evidence[i], 0});
  } else {
    int rank;

    PetscCall(KarSMCSolve(run->smc, key, run->x, &info, whole));
    PetscCallMPI(MPI_Comm_rank(run->one, &rank));
    if (rank == 0 && *whole) {
      run->ess[i] = info.ess, run->evidence[i] = info.evidence, run->resamplings[i] = (PetscReal)info.resamplings;
      kar_dataset_put_numbers(run->data, i * run->each,
                              (const PetscReal[]){info.ess, info.evidence, (PetscReal)info.resamplings});
    }
  }
  for (PetscInt p = 0; *whole && p < run->each && i * run->each + p < run->samples; p++) {
    PetscCall(KarFFTInverse(run->fft, run->x[p], run->field));
    PetscCall(KarDatasetWrite(run->data, NULL, i * run->each + p, run->field));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What runs that were there were like, on rank 0. */
static void Recall(Run *run)
{
  for (PetscInt i = 0; i < run->runs && run->type != GUIDED && run->type != EXACT; i++) {
    PetscReal of[3];

    kar_dataset_get_numbers(run->data, i * run->each, of);
    run->ess[i] = of[0], run->evidence[i] = of[1], run->resamplings[i] = of[2];
  }
}

/* Of pcn: the mean share of proposals that were taken. */
static PetscErrorCode PutAcceptance(Run *run, PetscInt runs)
{
  PetscReal sum = 0;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, run->evidence, (PetscMPIInt)run->runs, MPIU_REAL, MPIU_SUM, run->comm));
  for (PetscInt i = 0; i < runs; i++) sum += run->evidence[i] / (PetscReal)runs;
  PetscCall(KarDatasetPutReal(run->data, "posterior_accepted", sum));
  PetscCall(PetscPrintf(run->comm, "%.3g of the proposals were taken\n", (double)sum));
  if (sum < 0.05)
    PetscCall(PetscPrintf(
      run->comm, "warning: the chains hardly move: give a smaller -posterior_beta and more -posterior_steps\n"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What the runs were like: the evidence is the mean of theirs, ess that of the worst. */
static PetscErrorCode PutRuns(Run *run, PetscInt runs)
{
  PetscReal most = -PETSC_MAX_REAL, sum = 0, least = (PetscReal)run->each, resamplings = 0, evidence;

  PetscFunctionBegin;
  if (run->type == CONDITIONAL) PetscCall(PutAcceptance(run, runs));
  if (run->type == GUIDED || run->type >= CONDITIONAL) PetscFunctionReturn(PETSC_SUCCESS);
  if (run->type == EXACT) {
    PetscCall(KarPosteriorGetLogEvidence(run->exact, &evidence));
    if (!isfinite(evidence)) PetscFunctionReturn(PETSC_SUCCESS);
    PetscCall(KarDatasetPutReal(run->data, "log_evidence", evidence));
    PetscCall(PetscPrintf(run->comm, "log evidence %.6f\n", (double)evidence));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, run->ess, (PetscMPIInt)run->runs, MPIU_REAL, MPIU_SUM, run->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, run->evidence, (PetscMPIInt)run->runs, MPIU_REAL, MPIU_SUM, run->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, run->resamplings, (PetscMPIInt)run->runs, MPIU_REAL, MPIU_SUM, run->comm));
  for (PetscInt i = 0; i < runs; i++) {
    most  = PetscMax(most, run->evidence[i]);
    least = PetscMin(least, run->ess[i]);
    resamplings += run->resamplings[i] / (PetscReal)runs;
  }
  for (PetscInt i = 0; i < runs; i++) sum += PetscExpReal(run->evidence[i] - most);
  evidence = most + PetscLogReal(sum / (PetscReal)runs);
  PetscCall(KarDatasetPutReal(run->data, "posterior_ess", least));
  PetscCall(KarDatasetPutReal(run->data, "posterior_resamplings", resamplings));
  if (isfinite(evidence)) PetscCall(KarDatasetPutReal(run->data, "log_evidence", evidence));
  PetscCall(PetscPrintf(run->comm,
                        "%" PetscInt_FMT " runs: effective particles at least %.3g of %" PetscInt_FMT
                        ", %.3g resamplings a run, log evidence %.4f\n",
                        runs, (double)least, run->each, (double)resamplings, (double)evidence));
  if (least < 0.1 * (PetscReal)run->each)
    PetscCall(PetscPrintf(run->comm,
                          "warning: a run ended with %.3g effective particles of %" PetscInt_FMT
                          ": give more -posterior_particles\n",
                          (double)least, run->each));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The file gets its name, after an error too: with what was whole. */
static PetscErrorCode End(Run *run, const char out[], PetscErrorCode code, PetscLogDouble seconds)
{
  const PetscInt whole = run->done < run->todo_n ? run->todo[run->done] : run->runs; /* from the first on */

  PetscFunctionBegin;
  if (whole) PetscCall(PutRuns(run, whole));
  PetscCall(KarSetupEnd(run->comm, &run->data, out, "runs", whole, run->runs, code));
  if (!code && whole == run->runs)
    PetscCall(PetscPrintf(run->comm, "wrote %s: %" PetscInt_FMT " samples, %.3g s each\n", out, run->samples,
                          seconds / (double)PetscMax(1, run->done * run->each)));
  PetscFunctionReturn(code);
}

static PetscErrorCode Work(Run *run, const char out[])
{
  const KarRounds rounds = {.comm    = run->comm,
                            .name    = "posterior",
                            .n       = run->todo_n,
                            .todo    = run->todo,
                            .groups  = run->groups,
                            .group   = run->group,
                            .draw    = DrawOne,
                            .context = run};
  PetscErrorCode  code;
  PetscLogDouble  start, end;
  Vec             x;

  PetscFunctionBegin;
  PetscCall(PutAttributes(run));
  PetscCall(KarFFTCreateCoordinates(run->fft, &x));
  PetscCall(VecDuplicateVecs(x, run->each, &run->x));
  PetscCall(VecDestroy(&x));
  PetscCall(KarGridCreateField(run->grid, &run->field));
  PetscCall(PetscCalloc3(run->runs, &run->ess, run->runs, &run->evidence, run->runs, &run->resamplings));
  Recall(run);
  PetscCall(PetscTime(&start));
  code = KarSetupRounds(&rounds, &run->done);
  PetscCall(PetscTime(&end));
  code = End(run, out, code, end - start);
  PetscCall(PetscFree3(run->ess, run->evidence, run->resamplings));
  PetscCall(VecDestroy(&run->field));
  PetscCall(VecDestroyVecs(run->each, &run->x));
  PetscFunctionReturn(code);
}

/* The file, and what of it is not there yet. */
static PetscErrorCode Make(Run *run, const char out[])
{
  PetscErrorCode code = PETSC_SUCCESS;

  PetscFunctionBegin;
  PetscCall(CreateFile(run));
  PetscCall(KarSetupTodo(run->comm, run->data, out, run->resume, run->samples, run->each, &run->todo_n, &run->todo));
  if (run->todo_n || !kar_dataset_is_whole(run->data)) code = Work(run, out);
  else PetscCall(KarDatasetDestroy(&run->data));
  PetscCall(PetscFree(run->todo));
  PetscFunctionReturn(code);
}

/* The sampler or what draws in its place; options of the type. */
static PetscErrorCode CreateMethod(Run *run)
{
  PetscFunctionBegin;
  run->each = 1;
  KarCheck(run->comm, !run->cascade || run->type == GUIDED || run->type == SMC, PETSC_ERR_USER_INPUT,
           "-posterior_type %s: a cascade is drawn by smc or guided", types[run->type]);
  if (run->type == GUIDED && run->cascade) {
    PetscCall(KarCascadeGivenCreate(run->cascade, run->obs, run->y, &run->given));
    PetscCall(KarCascadeGivenSetFromOptions(run->given));
  } else if (run->type == GUIDED) {
    PetscCall(KarScoreCreatePosterior(run->score, run->obs, run->y, &run->guided));
    PetscCall(KarScorePosteriorSetFromOptions(run->guided));
    PetscCall(KarSamplerCreate(run->guided, &run->ts));
    PetscCall(KarSamplerSetFromOptions(run->ts));
  } else if (run->type == SMC) {
    if (run->cascade) PetscCall(KarSMCCreateCascade(run->cascade, run->obs, run->y, &run->smc));
    else PetscCall(KarSMCCreate(run->score, run->obs, run->y, &run->smc));
    PetscCall(KarSMCSetFromOptions(run->smc));
    PetscCall(KarSMCGetParticles(run->smc, &run->each));
  } else if (run->type >= CONDITIONAL) {
    PetscCall(KarConditionalCreate(run->score, run->obs, run->y, (KarConditionalType)(run->type - CONDITIONAL),
                                   &run->conditional));
    PetscCall(KarConditionalSetFromOptions(run->conditional));
  } else PetscCall(KarPosteriorCreate(run->score, run->obs, run->y, &run->exact));
  run->runs = (run->samples + run->each - 1) / run->each;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(Run *run)
{
  PetscFunctionBegin;
  PetscCall(KarObservationCreate(run->fft, &run->obs));
  PetscCall(KarObservationSetFromOptions(run->obs));
  if (KarOptionsHelping()) { /* the options of every type, of data that stand in */
    PetscCall(KarObservationSetParameter(run->obs, "every", 1));
    PetscCall(KarObservationSetType(run->obs, KAROBSERVATIONPOINTS));
  }
  PetscCall(KarObservationCreateData(run->obs, &run->y));
  if (!KarOptionsHelping()) PetscCall(KarObservationGetData(run->obs, run->y));
  PetscCall(CreateMethod(run));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetupCascade(Run *run, const char model[])
{
  PetscInt levels;

  PetscFunctionBegin;
  PetscCall(KarSetupCascade(run->comm, run->one, model, &run->cascade));
  PetscCall(KarCascadeGetSize(run->cascade, &levels));
  PetscCall(KarCascadeGetLevel(run->cascade, levels - 1, &run->score, NULL));
  PetscCall(KarScoreReference(run->score));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(Run *run)
{
  PetscFunctionBegin;
  PetscCall(TSDestroy(&run->ts));
  PetscCall(KarScoreDestroy(&run->guided));
  PetscCall(KarCascadeGivenDestroy(&run->given));
  PetscCall(KarSMCDestroy(&run->smc));
  PetscCall(KarConditionalDestroy(&run->conditional));
  PetscCall(KarPosteriorDestroy(&run->exact));
  PetscCall(VecDestroy(&run->y));
  PetscCall(KarObservationDestroy(&run->obs));
  PetscCall(KarScoreDestroy(&run->score));
  PetscCall(KarCascadeDestroy(&run->cascade));
  PetscCallMPI(MPI_Comm_free(&run->one));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCommandPosterior(MPI_Comm comm)
{
  char      out[PETSC_MAX_PATH_LEN] = "", model[PETSC_MAX_PATH_LEN] = "";
  PetscInt  seed = 0;
  PetscBool done, is;
  Run       run = {.comm = comm, .samples = 16};

  PetscFunctionBegin;
  PetscCall(KarOptionsString(NULL, "model",
                             "a trained model, a cascade, or BASE,OCTAVE,...; without it an exact law, -score_type",
                             sizeof(model), model));
  PetscCall(KarOptionsChoice(NULL, "posterior_type",
                             "smc: weighed particles; guided: one by one, biased; exact: of scores gaussian and "
                             "mixture; pcn, gibbs: chains; dps, fundps: as published",
                             types, &run.type));
  PetscCall(KarOptionsInt(NULL, "samples", "number of fields", 1, PETSC_MAX_INT, &run.samples));
  PetscCall(KarOptionsInt(NULL, "seed",
                          "another seed gives other fields; the same gives the same, on any number of ranks", 0,
                          PETSC_MAX_INT, &seed));
  PetscCall(KarOptionsString(NULL, "out", "the HDF5 file to write", sizeof(out), out));
  PetscCall(
    KarOptionsBool(NULL, "resume", "go on with what a run that was killed or stopped has left of -out", &run.resume));
  run.seed = seed;
  PetscCall(KarSetupGroups(comm, run.type == SMC ? 1 : run.samples, &run.one, &run.groups, &run.group));
  PetscCall(KarSetupIsCascade(comm, model, &is));
  if (is) PetscCall(SetupCascade(&run, model));
  else PetscCall(KarSetupLaw(comm, run.one, "posterior", model, &run.score));
  PetscCall(KarScoreGetFFT(run.score, &run.fft));
  PetscCall(KarFFTGetGrid(run.fft, &run.grid));
  PetscCall(SetUp(&run));
  PetscCall(KarDatasetCreate(comm, run.grid, out[0] ? out : "-", &run.data));
  PetscCall(KarDatasetSetFromOptions(run.data));
  PetscCall(KarCommandReady(comm, &done));
  KarCheck(comm, done || out[0], PETSC_ERR_USER_INPUT, "posterior: where to? give -out FILE.h5");
  if (!done) {
    if (run.group == 0) PetscCall(KarScoreView(run.score, PETSC_VIEWER_STDOUT_(run.one)));
    if (run.group == 0) PetscCall(KarObservationView(run.obs, PETSC_VIEWER_STDOUT_(run.one)));
    PetscCall(Warn(&run));
    PetscCall(Make(&run, out));
  } else PetscCall(KarDatasetDestroy(&run.data));
  PetscCall(Destroy(&run));
  PetscFunctionReturn(PETSC_SUCCESS);
}
