/* What a run is: its data and every option that changes its result.  A state holds both; a run that goes on has the
   same.

   mark of the data = sum_i w_i sum_j (x_ij, x_ij^2, x_ij |x_ij|)  and the same of absolute values,  w_i = 1 + i /
   samples, x_ij coordinate j of field i: it sees order and values, and not names, rank counts or the precision of the
   file. */
#include "trainimpl.h"

#include <math.h>

#define ROOM (1 << 15)

void kar_trainer_mark(KarTrainer tr, PetscInt i, PetscInt n, const PetscScalar x[])
{
  const PetscReal w = 1 + (PetscReal)i / (PetscReal)tr->samples;

  for (PetscInt j = 0; j < n; j++) {
    const PetscReal a = PetscAbsReal(x[j]), value[KAR_MARKS] = {x[j], a * a, x[j] * a, a, a * a, a * a};

    for (int m = 0; m < KAR_MARKS; m++) tr->mark[m] += w * value[m];
  }
}

PetscErrorCode KarTrainerFinishMark(KarTrainer tr)
{
  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, tr->mark, KAR_MARKS, MPIU_REAL, MPIU_SUM, tr->slab));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Options that may change: names of files, how and where the work is done (the same but for rounding), when to stop
   and what to say. */
static const char *const free_options[] = {
  "data",        "variable",   "out",        "overwrite",       "resume",       "train_every", "train_stop_after",
  "train_group", "train_keep", "max_time",   "quiet",           "threads",      "train_from",  "train_from_level",
  "train_steps", "fft_plan",   "fno_memory", "fno_activations", "fno_exchange", "fno_kernels", "memory_limit",
  NULL};

PetscErrorCode KarTrainerPutRun(KarTrainer tr, KarCheckpoint state)
{
  const PetscInt marks = KAR_MARKS;
  char          *text;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(ROOM, &text));
  kar_options_list(free_options, ROOM, text);
  PetscCall(KarCheckpointPutString(state, "run/options", text));
  PetscCall(KarCheckpointPutReals(state, "run/data", 1, &marks, tr->mark));
  PetscCall(PetscFree(text));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CompareData(KarTrainer tr, KarCheckpoint state, const char path[])
{
  PetscReal mark[KAR_MARKS], most = 0;

  PetscFunctionBegin;
  PetscCall(KarCheckpointGetReals(state, "run/data", KAR_MARKS, mark));
  for (int m = 0; m < 3; m++)
    most = PetscMax(most, PetscAbsReal(tr->mark[m] - mark[m]) / (mark[m + 3] > 0 ? mark[m + 3] : 1));
  KarCheck(tr->comm, most < 1e-10, PETSC_ERR_FILE_UNEXPECTED,
           "%s was trained on other fields than those of -data: their weighted mean square is %.9g there, %.9g here; "
           "resume with the same data",
           path, (double)mark[1], (double)tr->mark[1]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Collective. The options of then, in a file that has them, against those of now. */
static PetscErrorCode CompareOptions(KarTrainer tr, KarCheckpoint file, const char path[])
{
  char *then, *now, text[384] = "";

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(ROOM, &then, ROOM, &now));
  PetscCall(KarCheckpointGetString(file, "run/options", ROOM, then));
  kar_options_list(free_options, ROOM, now);
  kar_options_differences(then, now, sizeof(text), text);
  PetscCall(PetscFree2(then, now));
  KarCheck(tr->comm, !text[0], PETSC_ERR_FILE_UNEXPECTED,
           "%s is of another run: %s; resume with the options of then, or give another -out", path, text);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerCompareRun(KarTrainer tr, KarCheckpoint state, const char path[])
{
  PetscBool has;

  PetscFunctionBegin;
  PetscCall(KarCheckpointHas(state, "run/options", &has));
  if (!has) {
    PetscCall(PetscFPrintf(tr->comm, stderr,
                           "%s does not say with which data and options it was made: they are not compared\n", path));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(CompareOptions(tr, state, path));
  PetscCall(CompareData(tr, state, path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerIsOver(KarTrainer tr, const char model[], PetscBool *over)
{
  KarFileState  state;
  KarCheckpoint file;
  PetscInt64    steps = 0;

  PetscFunctionBegin;
  *over = PETSC_FALSE;
  PetscCall(KarFileCheck(tr->comm, model, &state));
  if (!tr->options.resume || state == KAR_FILE_MISSING) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarCheckpointOpen(tr->comm, model, &file));
  PetscCall(KarCheckpointHas(file, "run/options", over));
  if (*over) {
    PetscCall(CompareOptions(tr, file, model));
    PetscCall(KarCheckpointGetInt(file, "training/steps", &steps));
    KarCheck(tr->comm, steps == tr->options.steps, PETSC_ERR_FILE_UNEXPECTED,
             "%s was trained for %lld steps, -train_steps %" PetscInt_FMT " here: give another -out", model,
             (long long)steps, tr->options.steps);
  }
  PetscCall(KarCheckpointDestroy(&file));
  PetscFunctionReturn(PETSC_SUCCESS);
}
