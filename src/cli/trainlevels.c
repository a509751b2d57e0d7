/* karhunen train -train_levels L: the levels of a cascade, one after the other from the same data, and all in one
   file.  Each level is a run of `train` with options of its own: those of all, less what begins with -levelJ_, and
   those of its own -levelJ_ without that beginning.  Before the first one begins, all are set up once, each from the
   weights that the one before has then, and joined: what one of the last would refuse is refused before hours of work.
   */
#include "memory.h"

#include <stdlib.h>
#include <unistd.h>

/* "levelJ_name" is level j's `name`; NULL: it is of no level. */
static const char *OfLevel(const char name[], long *level)
{
  char *end;

  if (strncmp(name, "level", 5) != 0 || name[5] < '0' || name[5] > '9') return NULL;
  *level = strtol(name + 5, &end, 10);
  return *end == '_' ? end + 1 : NULL;
}

/* Puts an option into the database of a level. */
static PetscErrorCode Set(PetscOptions options, const char name[], const char value[])
{
  char full[128];

  PetscFunctionBegin;
  (void)snprintf(full, sizeof(full), "-%s", name);
  PetscCall(PetscOptionsSetValue(options, full, value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Options that nobody had read when this began: reading one hides it from a list of them. */
typedef struct {
  PetscInt n;
  char   **names, **values;
} List;

static const char *Find(const List *list, const char name[])
{
  for (PetscInt i = 0; i < list->n; i++)
    if (!strcmp(list->names[i], name)) return list->values[i] ? list->values[i] : "";
  return NULL;
}

/* An option of one level that all have in common, or that the levels themselves are. */
static PetscErrorCode CheckOwn(MPI_Comm comm, const char full[], const char name[])
{
  static const char *const common[] = {"data",         "variable",     "out",    "train_grid",
                                       "train_octave", "train_levels", "resume", "overwrite",
                                       "max_time",     "help",         NULL};

  PetscFunctionBegin;
  for (int i = 0; common[i]; i++)
    KarCheck(comm, strcmp(name, common[i]), PETSC_ERR_USER_INPUT,
             "-%s: not of one level: all have -%s in common, or from -train_levels", full, name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The options of level `level` of `levels`. */
static PetscErrorCode Take(MPI_Comm comm, const List *list, PetscInt level, PetscInt levels, PetscOptions options)
{
  long of = 0;

  PetscFunctionBegin;
  for (int own = 0; own < 2; own++) /* a level's own win */
    for (PetscInt i = 0; i < list->n; i++) {
      const char *name = OfLevel(list->names[i], &of);

      KarCheck(comm, !name || of < levels, PETSC_ERR_USER_INPUT,
               "-%s: -train_levels %" PetscInt_FMT " has the levels 0 to %" PetscInt_FMT, list->names[i], levels,
               levels - 1);
      if (name) PetscCall(CheckOwn(comm, list->names[i], name));
      if (!own && !name) PetscCall(Set(options, list->names[i], list->values[i]));
      if (own && name && of == level) PetscCall(Set(options, name, list->values[i]));
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The grid of the finest level: -train_grid, the law's or that of the data. */
static PetscErrorCode FinestGrid(MPI_Comm comm, const char data[], PetscInt *dim, PetscInt n[3])
{
  KarReadOptions reading;
  KarDatasetInfo info;
  KarDataset     fields = NULL;

  PetscFunctionBegin;
  *dim = kar_memory_numbers("-train_grid", n);
  if (!*dim && !data) *dim = kar_memory_numbers("-grid_n", n);
  if (*dim) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarOptionsNeed(comm, (PetscBool)(data && data[0]),
                           "train: which fields? give -data FILE, or a law: -generator_type NAME -grid_n N,..."));
  PetscCall(KarReadOptionsRead(NULL, &reading));
  PetscCall(KarDatasetOpenAs(comm, data, &reading, &fields));
  PetscCall(KarDatasetGetInfo(fields, &info));
  *dim = info.dim;
  PetscCall(PetscArraycpy(n, info.n, 3));
  PetscCall(KarDatasetDestroy(&fields));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Can the file be written?  Asked before hours of work. */
static PetscErrorCode CheckOutput(MPI_Comm comm, const char out[], PetscBool overwrite)
{
  KarCheckpoint file;

  PetscFunctionBegin;
  PetscCall(KarOptionsNeed(comm, (PetscBool)(out && out[0]), "train: where to? give -out FILE"));
  PetscCall(KarCheckpointCreate(comm, out, overwrite ? KAR_REPLACE : KAR_REFUSE, &file));
  PetscCall(KarCheckpointDestroy(&file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The level's grid, that it is an octave, whose weights it starts from, where it goes. */
static PetscErrorCode Complete(PetscOptions options, PetscInt level, PetscInt levels, PetscInt dim, const PetscInt n[3],
                               const char before[], const char file[])
{
  char      grid[80] = "", from[PETSC_MAX_PATH_LEN];
  PetscBool given;

  PetscFunctionBegin;
  for (PetscInt a = 0; a < dim; a++) {
    const size_t used = strlen(grid);

    (void)snprintf(grid + used, sizeof(grid) - used, "%s%" PetscInt_FMT, a ? "," : "", n[a] >> (levels - 1 - level));
  }
  PetscCall(Set(options, "train_grid", grid));
  if (level) PetscCall(Set(options, "train_octave", "true"));
  PetscCall(PetscOptionsGetString(options, NULL, "-train_from", from, sizeof(from), &given));
  if (level > 1 && !given) PetscCall(Set(options, "train_from", before));
  if (given && !strcmp(from, "none")) PetscCall(PetscOptionsClearValue(options, "-train_from"));
  PetscCall(Set(options, "out", file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Exists(MPI_Comm comm, const char file[], PetscBool *exists)
{
  int rank, there;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  there = rank == 0 && !access(file, F_OK);
  PetscCallMPI(MPI_Bcast(&there, 1, MPI_INT, 0, comm));
  *exists = there ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Runs a command with these options, which it destroys; *whole: `file` is there afterwards. */
static PetscErrorCode Run(MPI_Comm comm, KarCommandFn *command, PetscOptions *options, const char file[],
                          PetscBool *whole)
{
  PetscFunctionBegin;
  PetscCall(PetscOptionsPush(*options));
  PetscCall(command(comm));
  PetscCall(PetscOptionsPop());
  PetscCall(PetscOptionsDestroy(options));
  PetscCall(Exists(comm, file, whole));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All levels into one file, with gains of 1; their own files are then removed. */
static PetscErrorCode Join(MPI_Comm comm, PetscInt levels, char file[][PETSC_MAX_PATH_LEN], const char out[],
                           PetscBool overwrite)
{
  char        *list;
  PetscOptions options;
  PetscBool    whole;
  int          rank;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1((size_t)levels * PETSC_MAX_PATH_LEN, &list));
  for (PetscInt j = 0; j < levels; j++) {
    const size_t used = strlen(list);

    (void)snprintf(list + used, PETSC_MAX_PATH_LEN, "%s%s", j ? "," : "", file[j]);
  }
  PetscCall(PetscOptionsCreate(&options));
  PetscCall(Set(options, "model", list));
  PetscCall(Set(options, "passes", "0"));
  PetscCall(Set(options, "join", "true"));
  PetscCall(Set(options, "out", out));
  if (overwrite) PetscCall(Set(options, "overwrite", "true"));
  PetscCall(Run(comm, KarCommandCalibrate, &options, out, &whole));
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  for (PetscInt j = 0; j < levels && whole && rank == 0; j++) (void)remove(file[j]);
  PetscCall(PetscFree(list));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What an earlier run left: gone on with or begun anew, and only if that is said. */
static PetscErrorCode CheckLeft(MPI_Comm comm, const List *list, const char file[])
{
  PetscBool exists;

  PetscFunctionBegin;
  PetscCall(Exists(comm, file, &exists));
  KarCheck(comm, !exists || Find(list, "resume") || Find(list, "overwrite"), PETSC_ERR_USER_INPUT,
           "%s is of a run that did not end: go on with -resume, or begin anew with -overwrite", file);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Try(MPI_Comm comm)
{
  PetscFunctionBegin;
  PetscCall(KarTrain(comm, PETSC_TRUE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A trial overwrites what an earlier one left, and takes few fields of a law, which may be long at one. */
static PetscErrorCode SetTrial(PetscOptions options)
{
  enum { FEW = 32 };
  char      text[32], *end;
  PetscBool given, law, told;
  long      fields;

  PetscFunctionBegin;
  PetscCall(Set(options, "overwrite", "true"));
  PetscCall(PetscOptionsHasName(options, NULL, "-generator_type", &law));
  PetscCall(PetscOptionsHasName(options, NULL, "-train_condition", &told)); /* of whole paths, in time */
  PetscCall(PetscOptionsGetString(options, NULL, "-train_fields", text, sizeof(text), &given));
  fields = given ? strtol(text, &end, 10) : FEW + 1;
  if (law && !told && fields > FEW && (!given || !*end)) PetscCall(Set(options, "train_fields", "32"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The levels of a cascade, and where each goes. */
typedef struct {
  const List *list;
  const char *out;
  PetscInt    levels, dim, n[3]; /* of the finest */
  PetscBool   trial, overwrite;
  char        file[KAR_TRAIN_LEVELS][PETSC_MAX_PATH_LEN];
} Levels;

/* Each level into its own file; *whole: none was stopped. */
static PetscErrorCode TrainEach(MPI_Comm comm, Levels *l, PetscBool *whole)
{
  char         begin[32];
  PetscOptions options;

  PetscFunctionBegin;
  *whole = PETSC_TRUE;
  for (PetscInt j = 0; j < l->levels && *whole; j++) {
    (void)snprintf(l->file[j], sizeof(l->file[j]), "%s.level%" PetscInt_FMT, l->out, j);
    (void)snprintf(begin, sizeof(begin), "level %" PetscInt_FMT ": ", j);
    PetscCall(PetscOptionsCreate(&options));
    PetscCall(Take(comm, l->list, j, l->levels, options));
    PetscCall(Complete(options, j, l->levels, l->dim, l->n, j ? l->file[j - 1] : "", l->file[j]));
    if (l->trial) PetscCall(SetTrial(options));
    PetscCall(PetscPrintf(comm, "level %" PetscInt_FMT " of 0 to %" PetscInt_FMT ":\n", j, l->levels - 1));
    kar_errors_begin(begin);
    PetscCall(Run(comm, l->trial ? Try : KarCommandTrain, &options, l->file[j], whole));
    kar_errors_begin("");
  }
  if (*whole) PetscCall(Join(comm, l->levels, l->file, l->out, l->overwrite));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All levels are set up and joined, silently; what that leaves in files is removed and, of options, forgotten. */
static PetscErrorCode TryEach(MPI_Comm comm, const Levels *levels)
{
  const PetscInt known = kar_options_known();
  FILE          *out   = PETSC_STDOUT;
  Levels         trial = *levels;
  char           joined[PETSC_MAX_PATH_LEN];
  PetscBool      whole;
  PetscErrorCode code;
  int            rank;

  PetscFunctionBegin;
  (void)snprintf(joined, sizeof(joined), "%s.trial", levels->out);
  trial.out       = joined;
  trial.overwrite = trial.trial = PETSC_TRUE;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(PetscPrintf(comm, "first each level is set up once, to find what would be refused after hours\n"));
  PETSC_STDOUT = fopen("/dev/null", "w");
  code         = TrainEach(comm, &trial, &whole);
  if (PETSC_STDOUT) (void)fclose(PETSC_STDOUT);
  PETSC_STDOUT = out;
  for (PetscInt j = 0; rank == 0 && j < trial.levels; j++) (void)remove(trial.file[j]);
  if (rank == 0) (void)remove(joined);
  PetscCall(code);
  kar_options_forget(known);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode TrainAll(MPI_Comm comm, const List *list, PetscInt levels)
{
  Levels    l = {.list = list, .out = Find(list, "out"), .levels = levels};
  char      file[PETSC_MAX_PATH_LEN];
  PetscBool whole;

  PetscFunctionBegin;
  l.overwrite = (PetscBool)(Find(list, "overwrite") != NULL);
  PetscCall(CheckOutput(comm, l.out, l.overwrite));
  KarCheck(comm, !Find(list, "train_octave"), PETSC_ERR_USER_INPUT,
           "-train_octave: with -train_levels all levels but the first are octaves: leave it out");
  PetscCall(FinestGrid(comm, Find(list, "data"), &l.dim, l.n));
  for (PetscInt a = 0; a < l.dim; a++)
    KarCheck(comm, l.n[a] % (1 << (levels - 1)) == 0 && l.n[a] >> (levels - 1) >= 4, PETSC_ERR_USER_INPUT,
             "-train_levels %" PetscInt_FMT ": %" PetscInt_FMT
             " points along an axis cannot be halved so often down to 4 at least: give fewer levels, or -train_grid",
             levels, l.n[a]);
  for (PetscInt j = 0; j < levels; j++) {
    (void)snprintf(file, sizeof(file), "%s.level%" PetscInt_FMT, l.out, j);
    PetscCall(CheckLeft(comm, list, file));
  }
  PetscCall(TryEach(comm, &l));
  PetscCall(TrainEach(comm, &l, &whole));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainLevels(MPI_Comm comm, PetscInt levels)
{
  const char *out;
  PetscBool   over = PETSC_FALSE;
  List        list;

  PetscFunctionBegin;
  PetscCall(PetscOptionsLeftGet(NULL, &list.n, &list.names, &list.values));
  out = Find(&list, "out");
  if (out && Find(&list, "resume")) PetscCall(Exists(comm, out, &over));
  if (over) PetscCall(PetscPrintf(comm, "-resume: %s is there, training is over\n", out));
  else PetscCall(TrainAll(comm, &list, levels));
  PetscCall(PetscOptionsLeftRestore(NULL, &list.n, &list.names, &list.values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainOneLevel(MPI_Comm comm)
{
  List        list;
  const char *name = NULL;
  long        of;

  PetscFunctionBegin;
  PetscCall(PetscOptionsLeftGet(NULL, &list.n, &list.names, &list.values));
  for (PetscInt i = 0; i < list.n && !name; i++)
    if (OfLevel(list.names[i], &of)) name = list.names[i];
  KarCheck(comm, !name, PETSC_ERR_USER_INPUT, "-%s: an option of one level of a cascade: give -train_levels too", name);
  PetscCall(PetscOptionsLeftRestore(NULL, &list.n, &list.names, &list.values));
  PetscFunctionReturn(PETSC_SUCCESS);
}
