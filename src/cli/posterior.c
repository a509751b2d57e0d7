/* karhunen posterior: fields of a model or an exact law given data, one at a time or in runs of many particles, smc. */
#include "posteriorrun.h"
#include "memory.h"

#include <petsctime.h>

static const char *const types[] = {"smc",   "guided", "exact",  "amortised", "pcn",
                                    "gibbs", "dps",    "fundps", "csgm",      NULL};

static PetscErrorCode CreateFile(PosteriorRun *run)
{
  KarFieldLabel label;
  KarGridInfo   info;
  PetscBool     trained;

  PetscFunctionBegin;
  PetscCall(KarSetupLabel(run->score, "field of an exact law given data", &label, &trained));
  PetscCall(KarGridGetInfo(run->grid, &info));
  PetscCall(KarSetupFields(run->data, &label, info.dof,
                           trained ? "fields of a trained model given data" : "fields of an exact law given data",
                           run->samples));
  if (run->type == RUN_SMC) PetscCall(KarDatasetSetNumbers(run->data, SMC_NUMBERS));
  if (run->type >= RUN_CONDITIONAL) PetscCall(KarDatasetSetNumbers(run->data, CHAIN_NUMBERS));
  PetscCall(KarSetupRun(run->comm, run->resume, run->data));
  PetscCall(KarDatasetSetUp(run->data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PutAttributes(PosteriorRun *run)
{
  PetscInt m;

  PetscFunctionBegin;
  PetscCall(KarObservationGetSize(run->obs, &m));
  PetscCall(KarSetupPutLaw(run->comm, run->score, run->data));
  PetscCall(KarDatasetPutString(run->data, "posterior_type", types[run->type]));
  PetscCall(KarDatasetPutInt(run->data, "data", m));
  PetscCall(KarDatasetPutInt(run->data, "seed", run->seed));
  PetscCall(KarDatasetPutInt(run->data, "samples_of_a_run", run->each)); /* sample i is of run i/samples_of_a_run */
  if (run->type == RUN_SMC)
    PetscCall(KarDatasetPutString(run->data, "numbers_of_samples",
                                  "ess, log_evidence, resamplings, least_ess, ancestors, distinct, moved"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Which sample of run i its particle in a slot is; -1: none. Where a run keeps some of its particles these are evenly
   spaced slots from a random one on, so that each particle is as likely as any. */
static PetscInt Kept(const PosteriorRun *run, PetscInt i, PetscInt slot)
{
  const KarKey   key    = {.seed = run->seed, .sample = i, .stream = KAR_STREAM_OBSERVE};
  const PetscInt stride = run->particles / run->each;
  PetscReal      u[2]   = {0, 0};
  PetscInt       from;

  if (run->each < run->particles) kar_uniform_pair(key, 0, 0, 2, u); /* 0 and 1: noise of data, resampling */
  from = (slot - (PetscInt)(u[0] * (PetscReal)run->particles) + run->particles) % run->particles;
  return from % stride == 0 && from / stride < run->each ? from / stride : -1;
}

/* Run number i and its samples. */
static PetscErrorCode DrawOne(void *context, PetscInt i, PetscBool *whole)
{
  PosteriorRun *run    = context;
  PetscReal    *number = run->numbers[i];
  const KarKey  key    = {.seed = run->seed, .sample = i};
  KarSMCInfo    info;
  int           rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(run->one, &rank));
  if (run->type == RUN_EXACT) PetscCall(KarPosteriorSample(run->exact, key, run->x[0]));
  else if (run->given) PetscCall(KarCascadeGivenSolve(run->given, key, run->x[0], whole));
  else if (run->ts) PetscCall(KarSamplerSolve(run->ts, key, run->x[0], whole));
  else if (run->type >= RUN_CONDITIONAL)
    PetscCall(KarConditionalSolve(run->conditional, key, run->x[0], &number[EVIDENCE], whole));
  else {
    PetscCall(KarSMCSolve(run->smc, key, run->x, &info, whole));
    number[ESS] = info.ess, number[EVIDENCE] = info.evidence, number[RESAMPLINGS] = (PetscReal)info.resamplings;
    number[LEAST] = info.least, number[ANCESTORS] = (PetscReal)info.ancestors;
    number[DISTINCT] = (PetscReal)info.distinct;
    number[MOVED]    = (PetscReal)info.taken / (PetscReal)PetscMax(info.proposed, 1);
  }
  for (PetscInt p = 0; *whole && p < run->own; p++) {
    const PetscInt k = Kept(run, i, run->first + p), s = i * run->each + k;

    if (k < 0 || s >= run->samples) continue;
    if (rank == 0 && (run->type == RUN_SMC || run->type >= RUN_CONDITIONAL))
      kar_dataset_put_numbers(run->data, s, number);
    PetscCall(KarFFTInverse(run->fft, run->x[p], run->field));
    PetscCall(PosteriorMeasure(run));
    PetscCall(KarDatasetWrite(run->data, NULL, s, run->field));
  }
  if (rank || run->first || !*whole) PetscCall(PetscArrayzero(number, SMC_NUMBERS)); /* one rank counts */
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What runs that were there were like, on rank 0. */
static void Recall(PosteriorRun *run)
{
  for (PetscInt i = 0; i < run->runs && (run->type == RUN_SMC || run->type >= RUN_CONDITIONAL); i++)
    kar_dataset_get_numbers(run->data, i * run->each, run->numbers[i]);
}

/* The file gets its name, after an error too: with what was whole. */
static PetscErrorCode End(PosteriorRun *run, const char out[], PetscErrorCode code, PetscLogDouble seconds)
{
  const PetscInt whole = run->done < run->todo_n ? run->todo[run->done] : run->runs; /* from the first on */

  PetscFunctionBegin;
  if (whole) PetscCall(PosteriorPutRuns(run, whole));
  if (!code) PetscCall(PosteriorSayFarthest(run));
  PetscCall(KarSetupEnd(run->comm, &run->data, out, "runs", whole, run->runs, code));
  if (!code && whole == run->runs)
    PetscCall(PetscPrintf(run->comm, "wrote %s: %" PetscInt_FMT " sample%s, %.3g s each\n", out, run->samples,
                          run->samples == 1 ? "" : "s", seconds / (double)PetscMax(1, run->done * run->each)));
  if (!code && whole == run->runs) PetscCall(PosteriorSayCost(run));
  PetscFunctionReturn(code);
}

static PetscErrorCode Work(PosteriorRun *run, const char out[])
{
  const KarRounds rounds = {.comm    = run->comm,
                            .name    = "posterior",
                            .n       = run->todo_n,
                            .todo    = run->todo,
                            .groups  = run->dealt ? 1 : run->groups,
                            .group   = run->dealt ? 0 : run->group,
                            .draw    = DrawOne,
                            .context = run};
  PetscErrorCode  code;
  PetscLogDouble  start, end;
  Vec             x;

  PetscFunctionBegin;
  PetscCall(PutAttributes(run));
  PetscCall(KarFFTCreateCoordinates(run->fft, &x));
  PetscCall(VecDuplicateVecs(x, run->own, &run->x));
  PetscCall(VecDestroy(&x));
  PetscCall(KarGridCreateField(run->grid, &run->field));
  PetscCall(PetscCalloc1(run->runs, &run->numbers));
  Recall(run);
  PetscCall(PetscTime(&start));
  code = KarSetupRounds(&rounds, &run->done);
  PetscCall(PetscTime(&end));
  code = End(run, out, code, end - start);
  PetscCall(PetscFree(run->numbers));
  PetscCall(VecDestroy(&run->field));
  PetscCall(VecDestroyVecs(run->own, &run->x));
  PetscFunctionReturn(code);
}

/* The file, and what of it is not there yet. */
static PetscErrorCode Make(PosteriorRun *run, const char out[])
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

/* Particles, whose runs are dealt to groups of ranks, or which are dealt themselves. */
static PetscErrorCode CreateParticles(PosteriorRun *run)
{
  static const char *const deals[] = {"auto", "runs", "particles", NULL};
  PetscInt                 deal    = 0;

  PetscFunctionBegin;
  if (run->cascade) PetscCall(KarSMCCreateCascade(run->cascade, run->obs, run->y, &run->smc));
  else PetscCall(KarSMCCreate(run->score, run->obs, run->y, &run->smc));
  PetscCall(KarSMCSetFromOptions(run->smc));
  PetscCall(KarSMCGetParticles(run->smc, &run->particles));
  PetscCall(KarSMCGetMoves(run->smc, &run->moves));
  PetscCall(KarOptionsInt(NULL, "posterior_return",
                          "samples of each run of particles; 1: independent ones, each of a run of its own; 0: all its "
                          "particles, which are relatives",
                          0, PETSC_MAX_INT, &run->each));
  KarCheck(run->comm, run->each <= run->particles, PETSC_ERR_USER_INPUT,
           "-posterior_return %" PetscInt_FMT ": a run has %" PetscInt_FMT " particles (-posterior_particles)",
           run->each, run->particles);
  if (!run->each) run->each = run->particles;
  PetscCall(KarOptionsChoice(NULL, "posterior_deal",
                             "what groups of -ranks_per_field ranks share: whole runs, or each run's particles; auto: "
                             "particles where there are fewer runs than groups",
                             deals, &deal));
  if (run->groups < 2) PetscFunctionReturn(PETSC_SUCCESS);
  run->dealt = (PetscBool)(deal == 2 || (deal == 0 && (run->samples + run->each - 1) / run->each < run->groups));
  if (run->dealt) PetscCall(KarSMCSetGroups(run->smc, run->comm, run->groups, run->group));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A wish to stop ends a sample after a step. */
static PetscErrorCode Heed(TS ts, PetscInt step, PetscReal s, Vec x, void *ctx)
{
  PosteriorRun *run = ctx;
  PetscBool     stop;

  PetscFunctionBegin;
  (void)step, (void)s, (void)x;
  PetscCall(KarStopRequested(run->one, &stop));
  if (stop) PetscCall(TSSetConvergedReason(ts, TS_CONVERGED_USER));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A line where the model has not learnt from such data. */
static PetscErrorCode SayUnlearnt(PosteriorRun *run, KarDenoiser denoiser)
{
  KarObservationType type;
  const char        *kinds;
  PetscBool          points, average, learnt;

  PetscFunctionBegin;
  PetscCall(KarObservationGetType(run->obs, &type));
  PetscCall(KarDenoiserGetObserved(denoiser, &kinds));
  PetscCall(PetscStrcmp(type, KAROBSERVATIONPOINTS, &points));
  PetscCall(PetscStrcmp(type, KAROBSERVATIONAVERAGE, &average));
  learnt =
    (PetscBool)(strstr(kinds, type) || (points && strstr(kinds, "lattice")) || (average && strstr(kinds, "cells")));
  if (!learnt)
    PetscCall(
      PetscPrintf(run->comm,
                  "note: the model has learnt from data of the kinds %s; given -obs_type %s its draws can be too "
                  "narrow: compare with -posterior_type smc of a model of fields alone\n",
                  kinds, type));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The sampler of a model of fields given data. */
static PetscErrorCode CreateAmortised(PosteriorRun *run)
{
  KarDenoiser denoiser = NULL;
  PetscBool   given    = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(KarScoreGetDenoiser(run->score, &denoiser));
  if (denoiser) PetscCall(KarDenoiserIsGiven(denoiser, &given));
  KarCheck(run->comm, given || KarOptionsHelping(), PETSC_ERR_USER_INPUT,
           "-posterior_type amortised: -model has to be of fields given data: karhunen train -train_observe 16,128");
  if (given && !KarOptionsHelping()) PetscCall(SayUnlearnt(run, denoiser));
  if (given) PetscCall(KarGiverCreate(denoiser, &run->giver));
  if (given) PetscCall(KarGiverSet(run->giver, 0, run->obs, run->y));
  PetscCall(KarSamplerCreate(run->score, &run->ts));
  PetscCall(KarSamplerSetFromOptions(run->ts));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The sampler or what draws in its place; options of the type. */
static PetscErrorCode CreateMethod(PosteriorRun *run)
{
  PetscInt levels = 0;

  PetscFunctionBegin;
  run->each = run->particles = 1;
  KarCheck(run->comm, !run->cascade || run->type == RUN_GUIDED || run->type == RUN_SMC, PETSC_ERR_USER_INPUT,
           "-posterior_type %s: a cascade is drawn by smc or guided", types[run->type]);
  if (run->type == RUN_GUIDED && run->cascade) {
    PetscCall(KarCascadeGivenCreate(run->cascade, run->obs, run->y, &run->given));
    PetscCall(KarCascadeGivenSetFromOptions(run->given));
  } else if (run->type == RUN_GUIDED) {
    PetscCall(KarScoreCreatePosterior(run->score, run->obs, run->y, &run->guided));
    PetscCall(KarScorePosteriorSetFromOptions(run->guided));
    PetscCall(KarSamplerCreate(run->guided, &run->ts));
    PetscCall(KarSamplerSetFromOptions(run->ts));
  } else if (run->type == RUN_AMORTISED) {
    PetscCall(CreateAmortised(run));
  } else if (run->type == RUN_SMC) {
    run->each = 0;
    PetscCall(CreateParticles(run));
  } else if (run->type >= RUN_CONDITIONAL) {
    PetscCall(KarConditionalCreate(run->score, run->obs, run->y, (KarConditionalType)(run->type - RUN_CONDITIONAL),
                                   &run->conditional));
    PetscCall(KarConditionalSetFromOptions(run->conditional));
  } else PetscCall(KarPosteriorCreate(run->score, run->obs, run->y, &run->exact));
  if (run->ts) PetscCall(TSMonitorSet(run->ts, Heed, run, NULL));
  if (run->given) PetscCall(KarCascadeGetSize(run->cascade, &levels));
  for (PetscInt j = 0; j < levels; j++) {
    TS ts;

    PetscCall(KarCascadeGivenGetSampler(run->given, j, &ts));
    PetscCall(TSMonitorSet(ts, Heed, run, NULL));
  }
  run->runs = (run->samples + run->each - 1) / run->each;
  run->own  = run->particles;
  if (run->smc) PetscCall(KarSMCGetOwn(run->smc, &run->first, &run->own));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(PosteriorRun *run)
{
  PetscFunctionBegin;
  PetscCall(KarObservationCreate(run->fft, &run->obs));
  PetscCall(KarObservationSetFromOptions(run->obs));
  if (!KarOptionsHelping()) PetscCall(KarSetupCheckUnits(run->comm, run->score, run->obs));
  if (KarOptionsHelping()) { /* the options of every type, of data that stand in */
    PetscCall(KarObservationSetParameter(run->obs, "every", 1));
    PetscCall(KarObservationSetType(run->obs, KAROBSERVATIONPOINTS));
  }
  PetscCall(KarObservationCreateData(run->obs, &run->y));
  if (!KarOptionsHelping()) PetscCall(KarObservationGetData(run->obs, run->y));
  PetscCall(CreateMethod(run));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetupCascade(PosteriorRun *run, const char model[])
{
  PetscInt levels;

  PetscFunctionBegin;
  PetscCall(KarSetupCascade(run->comm, run->one, model, CASCADE_CUT, &run->cascade));
  PetscCall(KarCascadeGetSize(run->cascade, &levels));
  PetscCall(KarCascadeGetLevel(run->cascade, levels - 1, &run->score, NULL));
  PetscCall(KarScoreReference(run->score));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(PosteriorRun *run)
{
  PetscFunctionBegin;
  PetscCall(TSDestroy(&run->ts));
  PetscCall(KarScoreDestroy(&run->guided));
  PetscCall(KarCascadeGivenDestroy(&run->given));
  PetscCall(KarSMCDestroy(&run->smc));
  PetscCall(KarConditionalDestroy(&run->conditional));
  PetscCall(KarPosteriorDestroy(&run->exact));
  PetscCall(KarGiverDestroy(&run->giver));
  PetscCall(VecDestroy(&run->y));
  PetscCall(VecDestroy(&run->centre));
  PetscCall(KarObservationDestroy(&run->obs));
  PetscCall(KarScoreDestroy(&run->score));
  PetscCall(KarCascadeDestroy(&run->cascade));
  PetscCallMPI(MPI_Comm_free(&run->one));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCommandPosterior(MPI_Comm comm)
{
  char         out[PETSC_MAX_PATH_LEN] = "", model[PETSC_MAX_PATH_LEN] = "";
  PetscInt     seed = 0;
  PetscBool    done, is;
  int          ranks;
  PosteriorRun run = {.comm = comm, .samples = 16};
  Told         told;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(KarOptionsString(NULL, "model",
                             "a trained model, a cascade, or BASE,OCTAVE,...; without it an exact law, -score_type",
                             sizeof(model), model));
  PetscCall(KarOptionsChoice(
    NULL, "posterior_type",
    "smc: weighed particles; guided: one by one, biased; exact: of scores gaussian and "
    "mixture; amortised: by a model of fields given data; pcn, gibbs: chains; dps, fundps, csgm: as published",
    types, &run.type));
  PetscCall(KarOptionsInt(NULL, "samples", "number of fields", 1, PETSC_MAX_INT, &run.samples));
  PetscCall(KarOptionsInt(NULL, "seed",
                          "another seed gives other fields; the same gives the same, on any number of ranks", 0,
                          PETSC_MAX_INT, &seed));
  PetscCall(KarOptionsString(NULL, "out", "the HDF5 file to write", sizeof(out), out));
  PetscCall(
    KarOptionsBool(NULL, "resume", "go on with what a run that was killed or stopped has left of -out", &run.resume));
  run.seed = seed;
  PetscCall(KarSetupGroups(comm, run.type == RUN_SMC ? 1 : run.samples, &run.one, &run.groups, &run.group));
  PetscCall(ToldFromOptions(comm, run.one, &told));
  PetscCall(KarSetupIsCascade(comm, model, &is));
  PetscCall(KarSetupMemoryOfGrid(comm, "posterior", is ? NULL : model, ranks / run.groups));
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
    PetscCall(ToldAddLevels(told, run.score, run.cascade));
    PetscCall(ToldTell(told, 0, NULL)); /* one set of data, one condition: of the first sample of a file */
    if (run.group == 0) PetscCall(KarScoreView(run.score, PETSC_VIEWER_STDOUT_(run.one)));
    if (run.group == 0) PetscCall(KarObservationView(run.obs, PETSC_VIEWER_STDOUT_(run.one)));
    PetscCall(PosteriorWarn(&run));
    PetscCall(Make(&run, out));
  } else PetscCall(KarDatasetDestroy(&run.data));
  PetscCall(Destroy(&run));
  PetscCall(ToldDestroy(&told));
  PetscFunctionReturn(PETSC_SUCCESS);
}
