/* The state of a field that was being drawn when karhunen sample ended, OUT.N.state of sample N of the file: -resume
   goes on with it.  Written when the run is asked to stop, and every -state_every seconds. */
#include "sample.h"

#include <petsctime.h>
#include <unistd.h>

static void Path(const SampleRun *run, PetscInt i, char path[PETSC_MAX_PATH_LEN + 32])
{
  (void)snprintf(path, PETSC_MAX_PATH_LEN + 32, "%s.%" PetscInt_FMT ".state", run->out, i);
}

PetscErrorCode SampleStateFromOptions(SampleRun *run)
{
  PetscFunctionBegin;
  PetscCall(KarOptionsReal(NULL, "state_every",
                           "seconds from one state of the field that is being drawn to the next, for a machine that "
                           "fails; 0: a state is kept at a stop alone",
                           0, PETSC_MAX_REAL, &run->state_every));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode SampleCheckStates(SampleRun *run)
{
  KarReplace replace;
  PetscInt   there = -1;
  char       path[PETSC_MAX_PATH_LEN + 32];
  int        rank;

  PetscFunctionBegin;
  KarCheck(run->comm, !(run->state_every > 0) || (!run->roll && !run->places[0]), PETSC_ERR_SUP,
           "-state_every: a path (-roll) and fields at -points are begun anew, and no state of them is kept");
  PetscCall(KarOutputReplaceFromOptions(NULL, &replace));
  if (run->resume) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCallMPI(MPI_Comm_rank(run->comm, &rank));
  for (PetscInt i = 0; rank == 0 && i < run->samples && there < 0; i++) {
    Path(run, i, path);
    if (access(path, F_OK)) continue;
    if (replace == KAR_REPLACE) (void)unlink(path);
    else there = i;
  }
  PetscCallMPI(MPI_Bcast(&there, 1, MPIU_INT, 0, run->comm));
  Path(run, there, path);
  KarCheck(run->comm, there < 0, PETSC_ERR_USER_INPUT,
           "%s exists, of a field that was not finished: go on with it by -resume, or begin anew with -overwrite",
           path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode SampleKeepState(SampleRun *run)
{
  const PetscReal *times;
  PetscInt         steps, evaluations;
  KarCheckpoint    file;
  char             path[PETSC_MAX_PATH_LEN + 32];

  PetscFunctionBegin;
  PetscCall(KarSamplerGetTimes(run->ts, &steps, &times)); /* none of PETSc's own, whose state is not known */
  if (!run->begun || !steps || run->places[0]) PetscFunctionReturn(PETSC_SUCCESS);
  Path(run, run->now, path);
  PetscCall(KarScoreGetEvaluations(run->score, &evaluations));
  PetscCall(KarCheckpointCreate(run->one, path, KAR_REPLACE, &file));
  PetscCall(KarCheckpointPutString(file, "kind", "karhunen sampling state 1"));
  PetscCall(KarCheckpointPutString(file, "run/options", run->options));
  PetscCall(KarCheckpointPutInt(file, "sample", run->first + run->now));
  PetscCall(KarCheckpointPutInt(file, "evaluations", run->before + evaluations));
  if (run->cascade) PetscCall(KarCascadeSaveDraw(run->cascade, run->x, file, "draw"));
  else PetscCall(KarSamplerSave(run->ts, run->x, file, "draw"));
  PetscCall(KarCheckpointClose(&file));
  run->kept = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode SampleKeepStateInTime(SampleRun *run)
{
  PetscLogDouble now;
  int            due;

  PetscFunctionBegin;
  if (!(run->state_every > 0)) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscTime(&now));
  due = now - run->state_time > run->state_every;
  PetscCallMPI(MPI_Bcast(&due, 1, MPI_INT, 0, run->one));
  if (!due) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(SampleKeepState(run));
  PetscCall(PetscTime(&run->state_time));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode SampleRemoveState(SampleRun *run)
{
  char path[PETSC_MAX_PATH_LEN + 32];
  int  rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(run->one, &rank));
  Path(run, run->now, path);
  if (!run->kept) PetscFunctionReturn(PETSC_SUCCESS);
  if (rank == 0) (void)unlink(path);
  PetscCall(KarOutputClear(run->one, path, PETSC_TRUE)); /* and what a kill has left beside it */
  run->kept = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Collective on `one`. The options of then are those of now. */
static PetscErrorCode Compare(SampleRun *run, KarCheckpoint file, const char path[])
{
  const size_t room = 1 << 16;
  char        *then, text[384] = "";

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(room, &then));
  PetscCall(KarCheckpointGetString(file, "run/options", room, then));
  kar_options_differences(then, run->options, sizeof(text), text);
  PetscCall(PetscFree(then));
  KarCheck(run->one, !text[0], PETSC_ERR_FILE_UNEXPECTED,
           "%s is of another run: %s; resume with the options of then, or begin anew with -overwrite", path, text);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode SampleRestoreState(SampleRun *run, PetscBool *begun)
{
  KarFileState  state;
  KarCheckpoint file;
  PetscInt64    evaluations;
  char          path[PETSC_MAX_PATH_LEN + 32];

  PetscFunctionBegin;
  *begun      = PETSC_FALSE;
  run->before = 0;
  if (!run->resume) PetscFunctionReturn(PETSC_SUCCESS);
  Path(run, run->now, path);
  PetscCall(KarFileCheck(run->one, path, &state));
  if (state == KAR_FILE_MISSING) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarCheckpointOpen(run->one, path, &file));
  PetscCall(Compare(run, file, path));
  PetscCall(KarCheckpointGetInt(file, "evaluations", &evaluations));
  if (run->cascade) PetscCall(KarCascadeLoadDraw(run->cascade, file, "draw", run->x));
  else PetscCall(KarSamplerLoad(run->ts, file, "draw", run->x));
  PetscCall(KarCheckpointDestroy(&file));
  run->before = (PetscInt)evaluations;
  run->kept = *begun = PETSC_TRUE;
  PetscCall(
    PetscPrintf(run->one, "-resume: sample %" PetscInt_FMT " goes on where %s has it\n", run->first + run->now, path));
  PetscFunctionReturn(PETSC_SUCCESS);
}
