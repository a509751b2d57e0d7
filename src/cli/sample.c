/* karhunen sample: fields drawn from a trained model or an exact law, many at once or each over all ranks. */
#include "sample.h"
#include "memory.h"

#include <petsctime.h>

#define ROLL_BITS 20 /* paths are numbered below 2^20, their steps below 2^12 */

typedef SampleRun Run;

/* Shows each step; a wish to stop ends the sample. */
static PetscErrorCode Watch(TS ts, PetscInt step, PetscReal s, Vec x, void *ctx)
{
  Run      *run = ctx;
  PetscBool stop;
  PetscInt  evaluations;

  PetscFunctionBegin;
  (void)step, (void)s, (void)x;
  PetscCall(KarScoreGetEvaluations(run->score, &evaluations));
  if (run->piece)
    PetscCall(KarProgressUpdate(run->progress,
                                run->drawn * run->piece + PetscMin(run->before + evaluations, run->piece), NULL));
  PetscCall(SampleKeepStateInTime(run));
  PetscCall(KarStopRequested(run->one, &stop));
  if (stop) PetscCall(TSSetConvergedReason(ts, TS_CONVERGED_USER));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode View(Run *run, PetscViewer viewer)
{
  KarSDE      sde;
  KarCov      noise;
  KarDenoiser denoiser;

  PetscFunctionBegin;
  PetscCall(KarScoreGetSDE(run->score, &sde));
  PetscCall(KarSDEGetCovariance(sde, &noise));
  PetscCall(KarScoreGetDenoiser(run->score, &denoiser));
  if (!denoiser) { /* else the model says these itself */
    PetscCall(PetscViewerASCIIPrintf(viewer, "noise "));
    PetscCall(KarCovView(noise, viewer));
    PetscCall(KarSDEView(sde, viewer));
  }
  PetscCall(KarScoreView(run->score, viewer));
  PetscCall(KarSamplerView(run->ts, viewer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Path i: each state is drawn given the one before, the first given that of -condition. */
static PetscErrorCode DrawPath(Run *run, PetscInt i, PetscBool *whole)
{
  PetscFunctionBegin;
  PetscCall(KarScoreResetEvaluations(run->score));
  for (PetscInt k = 0; k < run->roll && *whole; k++) {
    const KarKey key = {.seed = run->seed, .sample = run->first + i + ((PetscInt64)(k + 1) << ROLL_BITS)};

    PetscCall(ToldTell(run->told, run->first + i, k ? run->x : NULL));
    PetscCall(KarSamplerSolve(run->ts, key, run->x, whole));
    if (*whole) PetscCall(SampleWriteOne(run, i * run->roll + k, key));
  }
  if (*whole) run->drawn++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Sample i into x, from its start or where a run before has left it. */
static PetscErrorCode Solve(Run *run, KarKey key, PetscBool *whole)
{
  PetscBool begun;

  PetscFunctionBegin;
  PetscCall(SampleRestoreState(run, &begun));
  if (begun && run->cascade) PetscCall(KarCascadeContinueDraw(run->cascade, run->x, whole));
  else if (begun) PetscCall(KarSamplerContinue(run->ts, run->x, whole));
  else if (run->cascade) PetscCall(KarCascadeSolve(run->cascade, key, run->x, whole));
  else PetscCall(KarSamplerSolve(run->ts, key, run->x, whole));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode DrawOne(Run *run, PetscInt i, PetscBool *whole)
{
  const KarKey key = {.seed = run->seed, .sample = run->first + i};

  PetscFunctionBegin;
  run->now   = i;
  run->begun = PETSC_TRUE;
  PetscCall(KarScoreResetEvaluations(run->score));
  PetscCall(ToldTell(run->told, run->first + i, NULL));
  PetscCall(CoarseFieldsSet(run->coarse, key.sample));
  PetscCall(NearFieldsSet(run->near, key.sample));
  PetscCall(Solve(run, key, whole));
  if (!*whole) PetscFunctionReturn(PETSC_SUCCESS);
  if (run->at) PetscCall(AtPlacesTake(run->at, run->x));
  else PetscCall(SampleWriteOne(run, i, key));
  PetscCall(SampleRemoveState(run));
  run->begun = PETSC_FALSE;
  run->drawn++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* In rounds of one sample a group; what one group finds, all hear of. */
static PetscErrorCode Draw(Run *run)
{
  const PetscInt rounds = (run->todo_n + run->groups - 1) / run->groups;
  PetscBool      stop   = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(KarProgressCreate(run->comm, "sample", run->piece ? rounds * run->piece : run->todo_n, &run->progress));
  PetscCall(KarProgressCount(run->progress, run->todo_n));
  while (run->done < run->todo_n && !stop) {
    const PetscInt t     = run->done + run->group;
    PetscBool      whole = PETSC_TRUE;
    const int      code  = t < run->todo_n ? (int)(run->roll ? DrawPath : DrawOne)(run, run->todo[t], &whole) : 0;

    PetscCall(KarSetupRound(run->comm, code, &whole));
    if (run->at && whole) PetscCall(AtPlacesWrite(run->at, run->done, PetscMin(run->groups, run->todo_n - run->done)));
    if (!whole) stop = PETSC_TRUE;
    else run->done = PetscMin(run->done + run->groups, run->todo_n);
    if (!run->piece) PetscCall(KarProgressUpdate(run->progress, run->done, NULL));
    else PetscCall(KarProgressUpdate(run->progress, run->drawn * run->piece, NULL));
  }
  PetscCall(KarProgressDestroy(&run->progress));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* How a run ends that was stopped: `whole` samples are there. */
static PetscErrorCode SayStopped(Run *run, PetscInt whole)
{
  char kept[PETSC_MAX_PATH_LEN + 96] = "", text[2 * PETSC_MAX_PATH_LEN + 256];
  int  any                           = run->kept ? 1 : 0;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &any, 1, MPI_INT, MPI_MAX, run->comm));
  if (any && run->groups > 1)
    (void)snprintf(kept, sizeof(kept), "%s.N.state%s the fields that were begun", run->out, whole ? "" : " hold");
  else if (any)
    (void)snprintf(kept, sizeof(kept), "%s.%" PetscInt_FMT ".state%s the field that was begun", run->out, whole,
                   whole ? "" : " holds");
  if (whole)
    (void)snprintf(text, sizeof(text),
                   "%s holds the first %" PetscInt_FMT " of %" PetscInt_FMT
                   " samples%s%s; the same command with -resume goes on",
                   run->out, whole, run->samples, any ? ", " : "", kept);
  else if (any)
    (void)snprintf(text, sizeof(text), "no sample was finished; %s; the same command with -resume goes on", kept);
  else (void)snprintf(text, sizeof(text), "no sample was finished, nothing is written");
  PetscCall(KarStopped(run->comm, text));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The file gets its name, after an error too: with what was whole. */
static PetscErrorCode End(Run *run, PetscErrorCode code, PetscLogDouble seconds, const KarUsage *before)
{
  const char    *out   = run->out;
  const PetscInt whole = run->done < run->todo_n ? run->todo[run->done] : run->samples; /* from the first on */
  const double   made  = (double)PetscMax(1, run->done);
  PetscInt       evaluations;
  KarUsage       after;

  PetscFunctionBegin;
  PetscCall(KarScoreGetEvaluations(run->score, &evaluations));
  PetscCall(AtPlacesDestroy(&run->at, (PetscBool)(whole > 0)));
  if (!whole || run->places[0]) PetscCall(KarDatasetDestroy(&run->data));
  else PetscCall(KarDatasetClose(&run->data));
  if (code && whole)
    PetscCall(PetscPrintf(run->comm, "%s keeps the first %" PetscInt_FMT " of %" PetscInt_FMT " samples\n", out, whole,
                          run->samples));
  if (!code && whole == run->samples) {
    PetscCall(KarGetUsage(run->comm, &after));
    PetscCall(PetscPrintf(run->comm,
                          "wrote %s: %" PetscInt_FMT " sample%s, %" PetscInt_FMT
                          " evaluations for the last, %.3g s each, %.3g of processor time; at most %.4g MiB a rank\n",
                          out, whole, whole == 1 ? "" : "s", run->before + evaluations, seconds / made,
                          (double)(after.cpu - before->cpu) / made, (double)after.peak / 1048576));
  }
  if (code || whole == run->samples) PetscFunctionReturn(code);
  PetscCall(SampleKeepState(run)); /* after what is whole, since who stops a run may not wait long */
  PetscCall(SayStopped(run, whole));
  PetscFunctionReturn(code);
}

static PetscErrorCode Work(Run *run)
{
  PetscErrorCode code;
  PetscLogDouble start, end;
  PetscInt       levels = 1;
  KarUsage       before;

  PetscFunctionBegin;
  if (!run->at) PetscCall(SamplePutAttributes(run));
  if (run->cascade) PetscCall(KarCascadeGetSize(run->cascade, &levels));
  PetscCall(KarFFTCreateCoordinates(run->fft, &run->x));
  PetscCall(TSMonitorSet(run->ts, Watch, run, NULL));
  for (PetscInt j = 0; j < levels - 1; j++) {
    TS ts;

    PetscCall(KarCascadeGetLevel(run->cascade, j, NULL, &ts));
    PetscCall(TSMonitorSet(ts, Watch, run, NULL));
  }
  PetscCall(KarGetUsage(run->comm, &before));
  PetscCall(PetscTime(&start));
  run->state_time = start;
  code            = Draw(run);
  PetscCall(PetscTime(&end));
  code = End(run, code, end - start, &before);
  PetscCall(VecDestroy(&run->x));
  PetscCall(VecDestroy(&run->field));
  PetscFunctionReturn(code);
}

/* The file, and what of it is not there yet. */
static PetscErrorCode Make(Run *run)
{
  const PetscInt times = PetscMax(1, run->roll);
  PetscErrorCode code  = PETSC_SUCCESS;

  PetscFunctionBegin;
  PetscCall(KarSamplerGetEvaluations(run->ts, &run->each));
  run->piece = run->each * times;
  PetscCall(SampleCheckStates(run));
  PetscCall(SampleCreateFile(run));
  PetscCall(PetscStrallocpy(kar_dataset_run(run->data), &run->options));
  PetscCall(
    KarSetupTodo(run->comm, run->data, run->out, run->resume, run->samples * times, times, &run->todo_n, &run->todo));
  if (run->todo_n || !kar_dataset_is_whole(run->data)) code = Work(run);
  else PetscCall(KarDatasetDestroy(&run->data));
  PetscCall(PetscFree(run->todo));
  PetscCall(PetscFree(run->options));
  PetscFunctionReturn(code);
}

/* The last level stands for all in what is shown and written. */
static PetscErrorCode SetupCascade(Run *run, const char model[])
{
  PetscInt levels;

  PetscFunctionBegin;
  PetscCall(KarSetupCascade(run->comm, run->one, model, CASCADE_ANY, &run->cascade));
  PetscCall(KarCascadeSetFromOptions(run->cascade));
  PetscCall(KarCascadeGetSize(run->cascade, &levels));
  PetscCall(KarCascadeGetLevel(run->cascade, levels - 1, &run->score, &run->ts));
  PetscCall(KarScoreReference(run->score));
  PetscCall(PetscObjectReference((PetscObject)run->ts));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What follows from the model's variable, and the options of its law. */
static PetscErrorCode FindDerived(Run *run)
{
  KarFieldLabel label;
  KarDenoiser   denoiser;
  KarGridInfo   info;
  PetscReal     value = 0;

  PetscFunctionBegin;
  PetscCall(KarScoreGetDenoiser(run->score, &denoiser));
  if (!denoiser || run->decoder) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarDenoiserGetLabel(denoiser, &label));
  PetscCall(KarGridGetInfo(run->grid, &info));
  for (const KarDerived *d; run->derived < KAR_DERIVED && (d = kar_derived(label.variable, info.dof, run->derived));
       run->derived++) {
    if (d->option && !run->derived) {
      value = d->value;
      PetscCall(KarOptionsReal(NULL, d->option, d->text, 1, 1000, &value));
    }
    run->follows[run->derived] = d;
    run->number[run->derived]  = value;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* -roll needs a model of the next state, and a grid. */
static PetscErrorCode CheckRoll(Run *run)
{
  const KarCondition *c = NULL;
  KarDenoiser         denoiser;
  PetscInt            n     = 0;
  PetscBool           knows = PETSC_FALSE;

  PetscFunctionBegin;
  if (!run->roll) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarScoreGetDenoiser(run->score, &denoiser));
  if (denoiser) PetscCall(KarDenoiserGetConditions(denoiser, &n, &c));
  for (PetscInt i = 0; i < n; i++)
    if (!strcmp(c[i].name, KAR_PREVIOUS)) knows = PETSC_TRUE;
  KarCheck(run->comm, knows && !run->cascade, PETSC_ERR_USER_INPUT,
           "-roll: the model is not of the next state given this one; train one with -train_condition previous");
  KarCheck(run->comm, !run->near, PETSC_ERR_SUP, "-roll and -near: the states of a path follow one another");
  KarCheck(run->comm, !run->places[0], PETSC_ERR_SUP, "-roll and -points: paths are of fields on the grid");
  KarCheck(run->comm, run->first + run->samples <= 1 << ROLL_BITS, PETSC_ERR_ARG_OUTOFRANGE,
           "-roll: paths are numbered below %d", 1 << ROLL_BITS);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Which draws, where, and into which file. */
static PetscErrorCode DrawsFromOptions(Run *run)
{
  char     given[8] = "";
  PetscInt seed     = 0, beyond;

  PetscFunctionBegin;
  PetscCall(KarOptionsInt(NULL, "samples", "number of fields", 1, PETSC_MAX_INT, &run->samples));
  PetscCall(KarOptionsInt(NULL, "first", "number of the first field: a seed's fields are numbered from 0", 0,
                          PETSC_MAX_INT, &run->first));
  PetscCall(KarOptionsInt(NULL, "seed",
                          "another seed gives other fields; the same gives the same, on any number of ranks", 0,
                          PETSC_MAX_INT, &seed));
  PetscCall(KarOptionsString(NULL, "points", "places x, y of a CSV or netCDF file: the fields there, not on the grid",
                             sizeof(run->places), run->places));
  if (KarOptionsHelping()) PetscCall(KarSetupBeyond(&beyond)); /* of a cascade */
  if (KarOptionsHelping()) PetscCall(KarOptionsString(NULL, "given", KAR_GIVEN_TEXT, sizeof(given), given));
  PetscCall(KarOptionsInt(NULL, "roll",
                          "paths of so many steps, each state drawn given the one before, by a model trained with "
                          "-train_condition previous; 0: no paths",
                          0, (1 << 12) - 2, &run->roll));
  PetscCall(KarOptionsString(NULL, "out", "the HDF5 file to write", sizeof(run->out), run->out));
  PetscCall(
    KarOptionsBool(NULL, "resume", "go on with what a run that was killed or stopped has left of -out", &run->resume));
  PetscCall(SampleStateFromOptions(run));
  run->seed = seed;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCommandSample(MPI_Comm comm)
{
  char      model[PETSC_MAX_PATH_LEN] = "";
  PetscBool done, is;
  PetscInt  beyond = BEYOND_GAUSSIAN;
  int       ranks;
  Run       run = {.comm = comm, .samples = 1};

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(KarOptionsString(
    NULL, "model", "a trained model, a cascade, or its models BASE,OCTAVE,...; without it an exact law, -score_type",
    sizeof(model), model));
  PetscCall(KarPlacedIs(comm, model, &is));
  if (is) {
    PetscCall(KarCommandSamplePlaces(comm, model));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(DrawsFromOptions(&run));
  PetscCall(KarSetupGroups(comm, run.samples, &run.one, &run.groups, &run.group));
  PetscCall(ToldFromOptions(comm, run.one, &run.told));
  PetscCall(KarSetupIsCascade(comm, model, &is));
  if (is) PetscCall(KarSetupBeyond(&beyond));
  /* a Gaussian tail takes less than the octaves do, by which a cascade would be counted */
  if (is && beyond != BEYOND_SIMILAR) PetscCall(KarSetupMemory(comm, "sample", 0, NULL, 1));
  else PetscCall(KarSetupMemoryOfGrid(comm, "sample", is ? NULL : model, ranks / run.groups));
  if (is) PetscCall(SetupCascade(&run, model));
  else {
    PetscCall(KarSetupLaw(comm, run.one, "sample", model, &run.score));
    PetscCall(KarSamplerCreate(run.score, &run.ts));
    PetscCall(KarSamplerSetFromOptions(run.ts));
  }
  if (is) PetscCall(KarCascadeGetFFT(run.cascade, &run.fft));
  else PetscCall(KarScoreGetFFT(run.score, &run.fft));
  PetscCall(KarFFTGetGrid(run.fft, &run.grid));
  PetscCall(DecoderCreate(run.score, &run.decoder));
  if (run.decoder) PetscCall(DecoderGet(run.decoder, NULL, &run.grid));
  PetscCall(FindDerived(&run));
  PetscCall(CoarseFieldsCreate(comm, run.one, run.cascade, run.first + run.samples - 1, &run.coarse));
  PetscCall(NearFieldsCreate(comm, run.one, run.cascade, run.score, run.ts, run.first + run.samples - 1, &run.near));
  PetscCall(KarDatasetCreate(comm, run.grid, run.out[0] ? run.out : "-", &run.data));
  PetscCall(KarDatasetSetFromOptions(run.data));
  PetscCall(KarCommandReady(comm, &done));
  KarCheck(comm, done || run.out[0], PETSC_ERR_USER_INPUT, "sample: where to? give -out FILE.h5");
  if (!done) {
    PetscCall(KarSamplerSetUp(run.ts));
    if (run.group == 0) PetscCall(View(&run, PETSC_VIEWER_STDOUT_(run.one)));
    PetscCall(CheckRoll(&run));
    PetscCall(ToldAddLevels(run.told, run.score, run.cascade));
    PetscCall(Make(&run));
  } else PetscCall(KarDatasetDestroy(&run.data));
  PetscCall(ToldDestroy(&run.told));
  PetscCall(CoarseFieldsDestroy(&run.coarse));
  PetscCall(NearFieldsDestroy(&run.near));
  PetscCall(DecoderDestroy(&run.decoder));
  PetscCall(KarCascadeDestroy(&run.cascade));
  PetscCall(TSDestroy(&run.ts));
  PetscCall(KarScoreDestroy(&run.score));
  PetscCallMPI(MPI_Comm_free(&run.one));
  PetscFunctionReturn(PETSC_SUCCESS);
}
