/* karhunen translate: fields of one law into fields of another, by a model of bridges. */
#include "cli.h"

#include <karhunen/translate.h>

typedef struct {
  MPI_Comm    comm, one;
  PetscInt    groups, group, samples, first, steps, done;
  PetscInt64  seed;
  KarDataset  in, out;
  KarDenoiser denoiser;
  KarFFT      fft, from; /* of the fields that are written (shared), and of those read */
  KarResample pass;
  Vec         field, read, x, y; /* written, read; their coordinates */
} Run;

static PetscErrorCode TranslateOne(void *context, PetscInt i, PetscBool *whole)
{
  Run *run = context;

  PetscFunctionBegin;
  PetscCall(KarDatasetRead(run->in, NULL, run->first + i, run->read));
  PetscCall(KarFFTForward(run->from, run->read, run->y));
  PetscCall(KarResampleApply(run->pass, run->y, run->x));
  PetscCall(
    KarDenoiserTranslate(run->denoiser, run->steps, (KarKey){.seed = run->seed, .sample = run->first + i}, run->x));
  PetscCall(KarFFTInverse(run->fft, run->x, run->field));
  PetscCall(KarDatasetWrite(run->out, NULL, i, run->field));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CreateFile(Run *run)
{
  KarFieldLabel   label;
  const KarModes *m;

  PetscFunctionBegin;
  PetscCall(KarDenoiserGetLabel(run->denoiser, &label));
  PetscCall(KarFFTGetModes(run->fft, &m));
  PetscCall(KarSetupFields(run->out, &label, m->dof, "fields translated by a trained bridge", run->samples));
  PetscCall(KarDatasetSetUp(run->out));
  PetscCall(KarDatasetPutInt(run->out, "seed", run->seed));
  PetscCall(KarDatasetPutInt(run->out, "first_sample", run->first));
  PetscCall(KarDatasetPutInt(run->out, "evaluations", run->steps));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The fields that are read, on the box of the model. */
static PetscErrorCode OpenFields(Run *run, const char path[], const KarReadOptions *reading)
{
  KarGrid     grid, mine;
  KarGridInfo m;

  PetscFunctionBegin;
  PetscCall(KarFFTGetGrid(run->fft, &mine));
  PetscCall(KarGridGetInfo(mine, &m));
  PetscCall(KarSetupOpen(run->comm, run->one, path, reading, &m, "the model", NULL, run->first, &run->samples, &run->in,
                         &grid));
  PetscCall(KarFFTCreate(grid, &run->from));
  PetscCall(KarGridCreateField(grid, &run->read));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(KarResampleCreate(run->from, run->fft, &run->pass));
  PetscCall(KarFFTCreateCoordinates(run->from, &run->y));
  PetscCall(KarFFTCreateCoordinates(run->fft, &run->x));
  PetscCall(KarGridCreateField(mine, &run->field));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Work(Run *run, const char out[])
{
  const KarRounds rounds = {.comm    = run->comm,
                            .name    = "translate",
                            .n       = run->samples,
                            .groups  = run->groups,
                            .group   = run->group,
                            .draw    = TranslateOne,
                            .context = run};
  char            text[PETSC_MAX_PATH_LEN + 96];
  PetscErrorCode  code;

  PetscFunctionBegin;
  if (run->group == 0) PetscCall(KarDenoiserView(run->denoiser, PETSC_VIEWER_STDOUT_(run->one)));
  PetscCall(CreateFile(run));
  code = KarSetupRounds(&rounds, &run->done);
  if (!run->done) PetscCall(KarDatasetDestroy(&run->out));
  else PetscCall(KarDatasetClose(&run->out)); /* after an error too: what was whole */
  if (!code && run->done == run->samples)
    PetscCall(PetscPrintf(run->comm, "wrote %s: %" PetscInt_FMT " fields, %" PetscInt_FMT " evaluations each\n", out,
                          run->done, run->steps));
  if (code || run->done == run->samples) PetscFunctionReturn(code);
  (void)snprintf(text, sizeof(text),
                 "%s holds the first %" PetscInt_FMT " of %" PetscInt_FMT " fields; -first %" PetscInt_FMT " continues",
                 out, run->done, run->samples, run->first + run->done);
  PetscCall(KarStopped(run->comm, run->done ? text : "no field was finished, nothing is written"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(Run *run)
{
  PetscFunctionBegin;
  PetscCall(VecDestroy(&run->field));
  PetscCall(VecDestroy(&run->read));
  PetscCall(VecDestroy(&run->x));
  PetscCall(VecDestroy(&run->y));
  PetscCall(KarResampleDestroy(&run->pass));
  PetscCall(KarFFTDestroy(&run->from));
  PetscCall(KarDatasetDestroy(&run->in));
  PetscCall(KarDenoiserDestroy(&run->denoiser));
  PetscCallMPI(MPI_Comm_free(&run->one));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Names the options of the file that is written. */
static PetscErrorCode Help(Run *run)
{
  const PetscInt n = 64;
  KarGrid        grid;
  PetscBool      done;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(run->one, &grid));
  PetscCall(KarGridSetSizes(grid, 1, &n, NULL));
  PetscCall(KarGridSetUp(grid));
  PetscCall(KarDatasetCreate(run->comm, grid, "-", &run->out));
  PetscCall(KarDatasetSetFromOptions(run->out));
  PetscCall(KarDatasetDestroy(&run->out));
  PetscCall(KarGridDestroy(&grid));
  PetscCallMPI(MPI_Comm_free(&run->one));
  PetscCall(KarCommandReady(run->comm, &done));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCommandTranslate(MPI_Comm comm)
{
  char             model[PETSC_MAX_PATH_LEN] = "", path[PETSC_MAX_PATH_LEN] = "", out[PETSC_MAX_PATH_LEN] = "";
  PetscInt         n[3], dim = 3, seed = 0;
  const PetscReal *start, *end;
  KarReadOptions   reading;
  KarGrid          grid;
  PetscBool        done;
  Run              run = {.comm = comm, .steps = 40};

  PetscFunctionBegin;
  PetscCall(KarOptionsString(NULL, "model", "a model of bridges, train -train_objective bridge", sizeof(model), model));
  PetscCall(KarOptionsString(NULL, "data", "file of the fields to translate", sizeof(path), path));
  PetscCall(KarReadOptionsRead(NULL, &reading));
  PetscCall(KarOptionsInt(NULL, "samples", "number of fields; 0: all", 0, PETSC_MAX_INT, &run.samples));
  PetscCall(KarOptionsInt(NULL, "first", "number of the first field of -data that is translated", 0, PETSC_MAX_INT,
                          &run.first));
  PetscCall(KarOptionsInt(NULL, "seed", "seed of the noise", 0, PETSC_MAX_INT, &seed));
  PetscCall(KarOptionsInt(NULL, "translate_steps", "steps, an evaluation each", 1, 100000, &run.steps));
  PetscCall(KarOptionsIntArray(
    NULL, "grid_n", "points along each axis of the fields that are written (the model's own)", 1, 1 << 20, &dim, n));
  PetscCall(KarOptionsString(NULL, "out", "the HDF5 file to write", sizeof(out), out));
  run.seed = seed;
  PetscCall(KarOptionsNeed(comm, (PetscBool)(model[0] != 0), "translate: by which model? give -model FILE"));
  PetscCall(KarOptionsNeed(comm, (PetscBool)(path[0] != 0), "translate: which fields? give -data FILE"));
  PetscCall(KarOptionsNeed(comm, (PetscBool)(out[0] != 0), "translate: where to? give -out FILE"));
  PetscCall(KarSetupGroups(comm, run.samples ? run.samples : PETSC_MAX_INT, &run.one, &run.groups, &run.group));
  if (KarOptionsHelping()) {
    PetscCall(Help(&run));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarDenoiserLoad(run.one, model, dim, dim ? n : NULL, &run.denoiser));
  PetscCall(KarDenoiserSetFromOptions(run.denoiser));
  PetscCall(KarDenoiserSetUp(run.denoiser));
  PetscCall(KarDenoiserGetEnds(run.denoiser, &start, &end));
  KarCheck(comm, start, PETSC_ERR_USER_INPUT,
           "%s is a model of one law: karhunen sample draws from it; translate needs one of bridges, train "
           "-train_objective bridge",
           model);
  PetscCall(KarDenoiserGetFFT(run.denoiser, &run.fft));
  PetscCall(OpenFields(&run, path, &reading));
  PetscCall(KarFFTGetGrid(run.fft, &grid));
  PetscCall(KarDatasetCreate(comm, grid, out, &run.out));
  PetscCall(KarDatasetSetFromOptions(run.out));
  PetscCall(KarCommandReady(comm, &done));
  PetscCall(Work(&run, out));
  PetscCall(Destroy(&run));
  PetscFunctionReturn(PETSC_SUCCESS);
}
