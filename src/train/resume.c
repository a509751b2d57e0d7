/* What a run is: its data and every option that changes its result.  A state holds both; a run that goes on has the same.

   mark of the data = sum_i w_i sum_j (x_ij, x_ij^2, x_ij |x_ij|)  and the same of absolute values,  w_i = 1 + i / samples,
   x_ij coordinate j of field i: it sees order and values, and not names, rank counts or the precision of the file. */
#include "trainimpl.h"

#include <math.h>
#include <stdlib.h>

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

/* Options that may change: names of files, how and where the work is done (the same but for rounding), when to stop and what to say. */
static const char *const free_options[] = {"data", "variable", "out", "overwrite", "resume", "train_every", "train_stop_after", "train_group", "train_keep", "max_time", "quiet",
                                           "threads", "train_from", "train_steps", "fft_plan", "fno_memory", "fno_activations", "fno_exchange", "fno_kernels", NULL};

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

/* "-name value" at *at: moves on to the next line; false at the end. */
static PetscBool NextLine(char **at, const char **name, const char **value)
{
  char *line = *at, *end = strchr(line, '\n'), *blank;

  if (!end) return PETSC_FALSE;
  *end  = '\0';
  *at   = end + 1;
  blank = strchr(line, ' ');
  if (blank) *blank = '\0';
  *name  = line;
  *value = blank ? blank + 1 : "";
  return PETSC_TRUE;
}

/* The same number, or the same text. */
static PetscBool Same(const char a[], const char b[])
{
  char  *after_a, *after_b;
  double x = strtod(a, &after_a), y = strtod(b, &after_b);

  if (!strcasecmp(a, b)) return PETSC_TRUE;
  return (PetscBool)(after_a != a && !*after_a && after_b != b && !*after_b && x == y);
}

/* The value of an option among lines, NULL when it is not there. */
static const char *ValueOf(const char name[], const char lines[], size_t room, char value[])
{
  const size_t length = strlen(name);

  for (const char *line = lines; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
    if (!strncmp(line, name, length) && line[length] == ' ') {
      (void)snprintf(value, room, "%.*s", (int)strcspn(line + length + 1, "\n"), line + length + 1);
      return value;
    }
  return NULL;
}

/* Adds to text the options of `left` whose value in `right` is another or, with `missing`, that it lacks; mirrored: right is the state. */
static void Differences(const char left[], const char right[], PetscBool missing, PetscBool mirrored, size_t size, char text[])
{
  char        value[256], *copy = strdup(left), *at = copy;
  const char *name, *here, *there;

  while (copy && NextLine(&at, &name, &here)) {
    const size_t used = strlen(text);

    there = ValueOf(name, right, sizeof(value), value);
    if (missing ? there != NULL : !there || Same(here, there)) continue;
    if (!there) there = "not an option";
    (void)snprintf(text + used, size - used, "%s%s %s there, %s here", used ? "; " : "", name, mirrored ? there : here, mirrored ? here : there);
    if (strlen(text) > size / 2) break;
  }
  free(copy);
}

static PetscErrorCode CompareData(KarTrainer tr, KarCheckpoint state, const char path[])
{
  PetscReal mark[KAR_MARKS], most = 0;

  PetscFunctionBegin;
  PetscCall(KarCheckpointGetReals(state, "run/data", KAR_MARKS, mark));
  for (int m = 0; m < 3; m++) most = PetscMax(most, PetscAbsReal(tr->mark[m] - mark[m]) / (mark[m + 3] > 0 ? mark[m + 3] : 1));
  KarCheck(tr->comm, most < 1e-10, PETSC_ERR_FILE_UNEXPECTED,
           "%s was trained on other fields than those of -data: their weighted mean square is %.9g there, %.9g here; resume with the same data", path, (double)mark[1],
           (double)tr->mark[1]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerCompareRun(KarTrainer tr, KarCheckpoint state, const char path[])
{
  char     *then, *now, text[384] = "";
  PetscBool has;

  PetscFunctionBegin;
  PetscCall(KarCheckpointHas(state, "run/options", &has));
  if (!has) {
    PetscCall(PetscFPrintf(tr->comm, stderr, "%s does not say with which data and options it was made: they are not compared\n", path));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(PetscMalloc2(ROOM, &then, ROOM, &now));
  PetscCall(KarCheckpointGetString(state, "run/options", ROOM, then));
  kar_options_list(free_options, ROOM, now);
  Differences(then, now, PETSC_FALSE, PETSC_FALSE, sizeof(text), text);
  if (!text[0]) Differences(then, now, PETSC_TRUE, PETSC_FALSE, sizeof(text), text);
  if (!text[0]) Differences(now, then, PETSC_TRUE, PETSC_TRUE, sizeof(text), text);
  PetscCall(PetscFree2(then, now));
  KarCheck(tr->comm, !text[0], PETSC_ERR_FILE_UNEXPECTED, "%s is of another run: %s; resume with the options of then, or give another -out", path, text);
  PetscCall(CompareData(tr, state, path));
  PetscFunctionReturn(PETSC_SUCCESS);
}
