/* The history of the models that a command reads goes with those that it writes. */
#include "modelcopy.h"

#include "cli.h"

/* The commands that made the model, below the one that runs. */
static PetscErrorCode CopyHistory(KarCheckpoint in, KarCheckpoint out)
{
  char      both[8192] = "";
  size_t    n;
  PetscBool has;

  PetscFunctionBegin;
  PetscCall(KarCheckpointHas(in, "history", &has));
  if (!has) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarCheckpointHas(out, "history", &has));
  if (has) PetscCall(KarCheckpointGetString(out, "history", sizeof(both) - 2, both));
  n = strlen(both);
  if (has) both[n++] = '\n';
  PetscCall(KarCheckpointGetString(in, "history", sizeof(both) - n, both + n));
  PetscCall(KarCheckpointPutString(out, "history", both));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* How the model of `in` was trained goes with it. */
static PetscErrorCode CopyTraining(KarCheckpoint in, KarCheckpoint out)
{
  static const char *const numbers[] = {"training/steps", "training/fields"}, *const columns =
                                                                                "training/history_columns";
  PetscBool  has;
  PetscInt   ndim, shape[8];
  PetscReal *history;
  char       text[128];

  PetscFunctionBegin;
  PetscCall(CopyHistory(in, out));
  for (int i = 0; i < 2; i++) {
    PetscInt64 value;

    PetscCall(KarCheckpointHas(in, numbers[i], &has));
    if (!has) continue;
    PetscCall(KarCheckpointGetInt(in, numbers[i], &value));
    PetscCall(KarCheckpointPutInt(out, numbers[i], value));
  }
  PetscCall(KarCheckpointHas(in, columns, &has));
  if (has) {
    PetscCall(KarCheckpointGetString(in, columns, sizeof(text), text));
    PetscCall(KarCheckpointPutString(out, columns, text));
  }
  PetscCall(KarCheckpointHas(in, "training/history", &has));
  if (has) {
    PetscCall(KarCheckpointGetShape(in, "training/history", &ndim, shape));
    PetscCall(PetscMalloc1(shape[0] * shape[1], &history));
    PetscCall(KarCheckpointGetReals(in, "training/history", shape[0] * shape[1], history));
    PetscCall(KarCheckpointPutReals(out, "training/history", ndim, shape, history));
    PetscCall(PetscFree(history));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Opens a model file; several: it is a cascade's, of so many levels, else 1. */
static PetscErrorCode OpenLevels(MPI_Comm comm, const char path[], KarCheckpoint *in, PetscBool *several,
                                 PetscInt64 *levels)
{
  PetscFunctionBegin;
  *levels = 1;
  PetscCall(KarCheckpointOpen(comm, path, in));
  PetscCall(KarCheckpointHas(*in, "levels", several));
  if (*several) PetscCall(KarCheckpointGetInt(*in, "levels", levels));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode ModelCopyTrainings(MPI_Comm comm, const char model[], PetscBool join, PetscInt most, KarCheckpoint out)
{
  KarCheckpoint in;
  PetscBool     several;
  int           n, to = 0;
  char        **names, group[32];

  PetscFunctionBegin;
  PetscCall(PetscStrToArray(model, ',', &n, &names));
  for (int j = join ? 0 : n - 1; j < n; j++) {
    PetscInt64 levels;

    PetscCall(OpenLevels(comm, names[j], &in, &several, &levels));
    for (PetscInt64 level = 0; level < levels && to < most; level++) {
      (void)snprintf(group, sizeof(group), "level%d/", (int)level);
      PetscCall(KarCheckpointSetGroup(in, several ? group : ""));
      (void)snprintf(group, sizeof(group), "level%d/", to++);
      PetscCall(KarCheckpointSetGroup(out, join ? group : ""));
      PetscCall(CopyTraining(in, out));
    }
    PetscCall(KarCheckpointDestroy(&in));
  }
  PetscCall(KarCheckpointSetGroup(out, ""));
  PetscCall(PetscStrToArrayDestroy(n, names));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode ModelChoosePrecision(MPI_Comm comm, const char model[], PetscBool join, PetscBool *half)
{
  KarCheckpoint in;
  PetscBool     given, is, several;
  int           n;
  char        **names, group[32];

  PetscFunctionBegin;
  PetscCall(KarOptionsGiven(NULL, "out_half", &given));
  if (given) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscStrToArray(model, ',', &n, &names));
  *half = PETSC_TRUE;
  for (int j = join ? 0 : n - 1; j < n; j++) {
    PetscInt64 levels;

    PetscCall(OpenLevels(comm, names[j], &in, &several, &levels));
    for (PetscInt64 level = 0; level < levels; level++) {
      (void)snprintf(group, sizeof(group), "level%d/", (int)level);
      PetscCall(KarCheckpointSetGroup(in, several ? group : ""));
      PetscCall(KarCheckpointIsHalf(in, "weights", &is));
      if (!is) *half = PETSC_FALSE;
    }
    PetscCall(KarCheckpointDestroy(&in));
  }
  PetscCall(PetscStrToArrayDestroy(n, names));
  if (*half)
    PetscCall(PetscPrintf(comm, "weights in half precision, as those of %s; -out_half false: in single\n", model));
  PetscFunctionReturn(PETSC_SUCCESS);
}
