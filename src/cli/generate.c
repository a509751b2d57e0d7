/* karhunen generate: fields of a known law into a file, many at once or each over all ranks. */
#include "memory.h"

#include <petsctime.h>

typedef struct {
  MPI_Comm     comm, one; /* of all; of one field */
  PetscInt     groups, group;
  PetscInt     samples, first, todo_n, done; /* done: of those to do */
  PetscInt     times;                        /* of each sample; 1: it is no path */
  PetscInt    *todo;                         /* numbers of the samples that are not there yet */
  PetscReal    share;                        /* of the first that is not done, when a stop has ended it; else 0 */
  PetscBool    resume;
  PetscInt64   seed;
  KarGenerator generator;
  KarDataset   data;
  Vec         *fields;
  KarProgress  progress;
  PetscInt     parts;  /* of a sample, that it counts */
  PetscReal    before; /* samples that were done when the one that this group is at was begun, or states of a path */
} Run;

/* The share of a sample, or of a state of a path, that this group is at: all groups are taken to be as far. */
static void Show(PetscReal share, void *ctx)
{
  const Run      *run  = ctx;
  const PetscReal done = run->before + (PetscReal)run->groups * share / (PetscReal)run->times;

  (void)KarProgressUpdate(run->progress,
                          PetscMin((PetscInt)(done * (PetscReal)run->parts), run->todo_n * run->parts - 1), NULL);
}

static PetscErrorCode SetTimes(KarDataset data, PetscInt n, PetscReal first, PetscReal lag)
{
  PetscReal *t;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(n, &t));
  for (PetscInt i = 0; i < n; i++) t[i] = first + lag * (PetscReal)i;
  PetscCall(KarDatasetSetTimes(data, n, t));
  PetscCall(PetscFree(t));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CreateFile(Run *run, KarDataset data)
{
  const KarVariable *v;
  const char        *text;
  PetscReal          first, lag;
  PetscInt           n;

  PetscFunctionBegin;
  PetscCall(KarGeneratorGetVariables(run->generator, &n, &v));
  PetscCall(KarGeneratorGetTitle(run->generator, &text));
  PetscCall(KarDatasetSetTitle(data, text));
  PetscCall(KarGeneratorGetTimes(run->generator, &run->times, &first, &lag));
  PetscCall(KarDatasetSetSamples(data, run->samples * run->times));
  if (run->times > 1) PetscCall(SetTimes(data, run->times, first, lag));
  for (PetscInt i = 0; i < n; i++)
    PetscCall(KarDatasetAddVariable(data, v[i].name, v[i].components, v[i].units, v[i].long_name));
  PetscCall(KarSetupRun(run->comm, run->resume, data));
  PetscCall(KarDatasetSetUp(data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PutAttributes(Run *run, KarDataset data)
{
  const KarParameter *p;
  const char         *text;

  PetscFunctionBegin;
  PetscCall(KarGeneratorGetType(run->generator, &text));
  PetscCall(KarDatasetPutString(data, "generator", text));
  PetscCall(KarDatasetPutInt(data, "seed", run->seed));
  PetscCall(KarDatasetPutInt(data, "first_sample", run->first));
  PetscCall(KarGeneratorGetParameters(run->generator, &p));
  for (; p && p->name; p++) {
    if (p->choices) PetscCall(KarDatasetPutString(data, p->name, p->choices[(int)*p->value]));
    else PetscCall(KarDatasetPutReal(data, p->name, *p->value));
  }
  PetscCall(KarGeneratorPutAttributes(run->generator, data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* This group's share of [first, first + count) of what is to do; *end: the first that a stop has ended. */
static PetscErrorCode DrawShare(Run *run, PetscInt first, PetscInt count, PetscInt *end)
{
  const KarVariable *v;
  PetscInt           n;

  PetscFunctionBegin;
  PetscCall(KarGeneratorGetVariables(run->generator, &n, &v));
  for (PetscInt t = first + run->group; t < first + count; t += run->groups) {
    const PetscInt from = run->todo[t] * run->times, shift = run->first * run->times;

    for (PetscInt i = from; i < from + run->times; i++) {
      run->before = (PetscReal)(t - run->group) + (PetscReal)(run->groups * (i - from)) / (PetscReal)run->times;
      PetscCall(KarGeneratorSample(run->generator, (KarKey){.seed = run->seed, .sample = shift + i}, run->fields));
      if (kar_generator_share(run->generator) < 1) {
        *end       = t;
        run->share = kar_generator_share(run->generator);
        PetscFunctionReturn(PETSC_SUCCESS);
      }
      for (PetscInt f = 0; f < n; f++) PetscCall(KarDatasetWrite(run->data, v[f].name, i, run->fields[f]));
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Where the first group was stopped, and how far it came. */
static PetscErrorCode FindEnd(Run *run, PetscInt mine)
{
  PetscFunctionBegin;
  run->done = mine;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &run->done, 1, MPIU_INT, MPI_MIN, run->comm));
  if (mine > run->done) run->share = 0;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &run->share, 1, MPIU_REAL, MPIU_MAX, run->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* In rounds of about half a second, after each of which it may stop: mpirun gives its ranks two. */
static PetscErrorCode Draw(Run *run)
{
  PetscInt  each = 1;
  PetscBool stop = PETSC_FALSE;

  PetscFunctionBegin;
  run->parts = PetscMax(1, PetscMin(1000, PETSC_MAX_INT / run->todo_n));
  PetscCall(KarProgressCreate(run->comm, "generate", run->todo_n * run->parts, &run->progress));
  PetscCall(KarProgressCount(run->progress, run->todo_n));
  kar_generator_watch(run->generator, Show, run);
  while (run->done < run->todo_n && !stop) {
    const PetscInt count = PetscMin(each * run->groups, run->todo_n - run->done), end_of = run->done + count;
    PetscInt       reached = end_of;
    PetscLogDouble start, end;
    PetscReal      most[2];

    PetscCall(PetscTime(&start));
    most[1] = (PetscReal)DrawShare(run, run->done, count, &reached);
    PetscCall(PetscTime(&end));
    most[0] = end - start;
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, most, 2, MPIU_REAL, MPIU_MAX, run->comm));
    if (most[1] != 0) PetscFunctionReturn((PetscErrorCode)most[1]); /* a group has said why */
    PetscCall(FindEnd(run, reached));
    PetscCall(KarProgressUpdate(run->progress, run->done * run->parts, NULL));
    if (most[0] < 0.25) each *= 2;
    else if (most[0] > 0.75 && each > 1) each /= 2;
    PetscCall(KarStopRequested(run->comm, &stop));
    if (run->done < end_of) stop = PETSC_TRUE;
  }
  PetscCall(KarProgressDestroy(&run->progress));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Laws that end: are there as many? */
static PetscErrorCode CheckSamples(const Run *run)
{
  PetscInt there, times;

  PetscFunctionBegin;
  PetscCall(KarGeneratorGetSamples(run->generator, &there));
  PetscCall(KarGeneratorGetTimes(run->generator, &times, NULL, NULL));
  KarCheck(run->comm, !there || run->first + run->samples <= there / times, PETSC_ERR_USER_INPUT,
           "-samples %" PetscInt_FMT " from -first %" PetscInt_FMT ": this law has %" PetscInt_FMT
           ", those of its file; give fewer",
           run->samples, run->first, there / times);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The file gets its name, after an error too: with what was whole. */
static PetscErrorCode End(Run *run, const char out[], PetscErrorCode code)
{
  const PetscInt whole = run->done < run->todo_n ? run->todo[run->done] : run->samples; /* from the first on */

  PetscFunctionBegin;
  if (run->share > 0)
    PetscCall(PetscPrintf(run->comm, "sample %" PetscInt_FMT ", of which %.2g %% was done, begins anew\n", whole,
                          100 * (double)run->share));
  PetscCall(KarSetupEnd(run->comm, &run->data, out, "samples", whole, run->samples, code));
  if (!code && whole == run->samples)
    PetscCall(PetscPrintf(run->comm, "wrote %s: %" PetscInt_FMT " sample%s\n", out, whole, whole == 1 ? "" : "s"));
  PetscFunctionReturn(code);
}

static PetscErrorCode Work(Run *run, const char out[])
{
  PetscErrorCode code = PETSC_SUCCESS;

  PetscFunctionBegin;
  PetscCall(CreateFile(run, run->data));
  PetscCall(KarSetupTodo(run->comm, run->data, out, run->resume, run->samples * run->times, run->times, &run->todo_n,
                         &run->todo));
  if (!run->todo_n && kar_dataset_is_whole(run->data)) PetscCall(KarDatasetDestroy(&run->data));
  else {
    PetscCall(PutAttributes(run, run->data));
    PetscCall(KarGeneratorCreateFields(run->generator, &run->fields));
    code = Draw(run);
    PetscCall(KarGeneratorDestroyFields(run->generator, &run->fields));
    code = End(run, out, code);
  }
  PetscCall(PetscFree(run->todo));
  PetscFunctionReturn(code);
}

PetscErrorCode KarCommandGenerate(MPI_Comm comm)
{
  char        out[PETSC_MAX_PATH_LEN] = "";
  const char *units;
  PetscInt    seed = 0;
  PetscBool   done;
  KarGrid     grid;
  Run         run = {.comm = comm, .samples = 1};
  int         ranks;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(KarOptionsInt(NULL, "samples", "number of fields", 1, PETSC_MAX_INT, &run.samples));
  PetscCall(KarOptionsInt(NULL, "first", "number of the first field: a seed's fields are numbered from 0", 0,
                          PETSC_MAX_INT, &run.first));
  PetscCall(KarOptionsInt(NULL, "seed",
                          "another seed gives other fields; the same gives the same, on any number of ranks", 0,
                          PETSC_MAX_INT, &seed));
  PetscCall(KarOptionsString(NULL, "out", "the HDF5 file to write", sizeof(out), out));
  PetscCall(
    KarOptionsBool(NULL, "resume", "go on with what a run that was killed or stopped has left of -out", &run.resume));
  run.seed = seed;
  PetscCall(KarSetupGroups(comm, run.samples, &run.one, &run.groups, &run.group));
  PetscCall(KarSetupMemoryOfGrid(comm, "generate", NULL, ranks / run.groups));
  PetscCall(KarGeneratorCreate(run.one, &run.generator));
  PetscCall(KarGeneratorSetFromOptions(run.generator));
  kar_generator_heed(run.generator, PETSC_TRUE);
  PetscCall(KarGeneratorSetUp(run.generator));
  PetscCall(CheckSamples(&run));
  PetscCall(KarGeneratorGetGrid(run.generator, &grid));
  PetscCall(KarDatasetCreate(comm, grid, out[0] ? out : "-", &run.data));
  PetscCall(KarGeneratorGetUnits(run.generator, &units));
  PetscCall(KarDatasetSetUnits(run.data, units));
  PetscCall(KarDatasetSetFromOptions(run.data));
  PetscCall(KarCommandReady(comm, &done));
  KarCheck(comm, done || out[0], PETSC_ERR_USER_INPUT, "where to? Give -out FILE.h5");
  if (!done) PetscCall(Work(&run, out));
  else PetscCall(KarDatasetDestroy(&run.data));
  PetscCall(KarGeneratorDestroy(&run.generator));
  PetscCallMPI(MPI_Comm_free(&run.one));
  PetscFunctionReturn(PETSC_SUCCESS);
}
