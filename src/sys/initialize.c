/* Start and end.  Every error, ours or PETSc's, becomes one line on one rank and a non-zero exit. */
#include "sysimpl.h"

#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

const char *KarVersion(void)
{
  return KARHUNEN_VERSION;
}

const char *KarVersionFull(void)
{
  return KARHUNEN_VERSION " (" KARHUNEN_COMMIT ")";
}

static char found[1024]; /* the error this rank has to tell */
static char begin[32];   /* what it begins with */

void kar_errors_begin(const char text[])
{
  (void)snprintf(begin, sizeof(begin), "%s", text);
}

static void Tell(void)
{
  if (!found[0]) return;
  if (kar_stopped) printf("stopped: %s\n", found);
  fflush(stdout);
  if (!kar_stopped) fprintf(stderr, "%skarhunen: error: %s\n", isatty(STDERR_FILENO) ? "\r" : "", found);
  fflush(stderr);
  found[0] = '\0';
}

void kar_forget_error(void)
{
  found[0] = '\0';
}

/* An error is kept where it is found, by rank 0 of its communicator, and told at the end, by one of the ranks that
   found one. */
static PetscErrorCode KeepError(MPI_Comm comm, int line, const char *function, const char *file, PetscErrorCode code,
                                PetscErrorType type, const char *text, void *ctx)
{
  int rank = 0, world = 0, used;

  (void)ctx;
  if (function && !strcmp(function, "main")) Tell(); /* PETSc aborts next */
  if (type != PETSC_ERROR_INITIAL || found[0]) return code;
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_rank(MPI_COMM_WORLD, &world);
  if (rank != 0) return code;
  used = snprintf(found, sizeof(found), "%s%s", begin, text && text[0] ? text : "unknown");
  if (getenv("KARHUNEN_TRACE") && used < (int)sizeof(found))
    (void)snprintf(found + used, sizeof(found) - (size_t)used, "  [rank %d, %s(), %s:%d, code %d]", world, function,
                   file, line, (int)code);
  return code;
}

PetscErrorCode KarShareError(MPI_Comm comm, PetscBool holds, char text[], size_t size)
{
  int rank, ranks, first;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  first = holds ? ranks : rank;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &first, 1, MPI_INT, MPI_MIN, comm));
  if (first == ranks) text[0] = '\0';
  else PetscCallMPI(MPI_Bcast(text, (int)size, MPI_CHAR, first, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* -log_view [ascii][:file[:format]]: PETSc answers one it does not know with a page. */
static PetscBool LogViewIsKnown(const char value[])
{
  static const char *const formats[] = {"",          "ascii_info", "ascii_info_detail", "ascii_xml", "ascii_flamegraph",
                                        "ascii_csv", NULL};
  const size_t             type      = strcspn(value, ":");
  const char              *format    = value[type] ? strchr(value + type + 1, ':') : NULL;

  if (type && (type != 5 || strncmp(value, "ascii", 5))) return PETSC_FALSE;
  for (int i = 0; formats[i]; i++)
    if (!strcmp(format ? format + 1 : "", formats[i])) return PETSC_TRUE;
  return PETSC_FALSE;
}

static int option_files; /* that were given */

/* -help would make PETSc print its thousand options, and a bad -options_file a page of its own: both are taken out of
   the arguments and served here.  Returns the new count. */
static int TakeOurs(int argc, char *argv[], const char **file, const char **log)
{
  int kept = 0;

  *file = *log = NULL;
  option_files = 0;
  for (int i = 0; i < argc; i++) {
    if (!strcmp(argv[i], "-help") || !strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
      kar_options_helping = PETSC_TRUE;
      if (i + 1 < argc && !strcmp(argv[i + 1], "all")) kar_options_all = PETSC_TRUE, i++;
    } else if (!strcmp(argv[i], "-options_file")) option_files++, *file = i + 1 < argc ? argv[++i] : "";
    else if (!strcmp(argv[i], "-log_view") && i + 1 < argc && argv[i + 1][0] != '-' && !LogViewIsKnown(argv[i + 1]))
      *log = argv[++i];
    else argv[kept++] = argv[i];
  }
  argv[kept] = NULL;
  return kept;
}

/* The first name of a file of options that stands there twice, "" where none does. */
static void FindTwice(const char path[], char colon, size_t size, char twice[])
{
  enum { MOST = 256 };
  char  names[MOST][80], line[512];
  FILE *file = fopen(path, "r");
  int   n    = 0;

  twice[0] = 0;
  while (file && n < MOST && fgets(line, sizeof(line), file)) {
    line[strcspn(line, colon ? ":\n" : " \t=\n")] = 0;
    if (colon ? !isalpha((unsigned char)line[0]) : line[0] != '-') continue;
    (void)snprintf(names[n], sizeof(names[n]), "%.79s", line);
    for (int i = 0; i < n; i++)
      if (!strcmp(names[i], names[n])) (void)snprintf(twice, size, "%s", names[n]);
    n++;
  }
  if (file) (void)fclose(file);
}

static PetscErrorCode ReadOptionsFile(const char file[])
{
  const char    *dot  = strrchr(file, '.');
  const char    *kind = dot ? dot : "";
  const bool     yaml = !strcmp(kind, ".yaml") || !strcmp(kind, ".yml");
  char           twice[80];
  PetscErrorCode code;

  PetscFunctionBegin;
  KarCheck(PETSC_COMM_WORLD, option_files < 2, PETSC_ERR_USER_INPUT,
           "-options_file: given %d times: there is one such file", option_files);
  KarCheck(PETSC_COMM_WORLD, file[0], PETSC_ERR_USER_INPUT, "-options_file: a value is missing");
  KarCheck(PETSC_COMM_WORLD, access(file, R_OK) == 0, PETSC_ERR_FILE_OPEN, "-options_file %s: cannot be read", file);
  FindTwice(file, yaml ? ':' : 0, sizeof(twice), twice);
  KarCheck(PETSC_COMM_WORLD, !twice[0], PETSC_ERR_USER_INPUT, "-options_file %s: %s is there twice", file, twice);
  PetscCall(PetscPushErrorHandler(PetscReturnErrorHandler, NULL));
  if (yaml) code = PetscOptionsInsertFileYAML(PETSC_COMM_WORLD, NULL, file, PETSC_TRUE);
  else code = PetscOptionsInsertFile(PETSC_COMM_WORLD, NULL, file, PETSC_TRUE);
  PetscCall(PetscPopErrorHandler());
  KarCheck(PETSC_COMM_WORLD, !code, PETSC_ERR_FILE_UNEXPECTED,
           "-options_file %s: malformed; write YAML (\"name: value\" lines) in .yaml, \"-name value\" lines in others",
           file);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static const char *const plans[] = {"estimate", "measure", NULL};
static PetscBool         plans_measured;

PetscBool KarPlansMeasured(void)
{
  return plans_measured;
}

PetscErrorCode KarInitialize(int *argc, char ***argv)
{
  const char *file, *log;
  PetscReal   max_time = 0;
  PetscInt    plan     = 0;
  PetscBool   quiet    = PETSC_FALSE;

  *argc = TakeOurs(*argc, *argv, &file, &log);
  {
    PetscErrorCode code = PetscInitialize(argc, argv, NULL, NULL);
    if (code) return code;
  }
  (void)atexit(Tell);
  PetscFunctionBegin;
  PetscCall(PetscPushErrorHandler(KeepError, NULL));
  PetscCall(PetscPopSignalHandler()); /* PETSc's own prints a page */
  PetscCall(KarRegisterEvents_Private());
  KarCheck(PETSC_COMM_WORLD, !log, PETSC_ERR_USER_INPUT,
           "-log_view %s: give nothing, :FILE, or :FILE:FORMAT with one of ascii_info_detail, ascii_xml, "
           "ascii_flamegraph, ascii_csv",
           log);
  if (file) {
    PetscCall(ReadOptionsFile(file));
    PetscCall(PetscOptionsInsertArgs(NULL, *argc - 1, *argv + 1)); /* the command line has the last word */
  }
  PetscCall(
    KarOptionsReal(NULL, "max_time", "stop cleanly after this many seconds; 0: never", 0, PETSC_MAX_REAL, &max_time));
  PetscCall(KarOptionsBool(NULL, "quiet", "show no progress", &quiet));
  PetscCall(KarThreadsFromOptions_Private());
  PetscCall(
    KarOptionsChoice(NULL, "fft_plan", "how FFTW plans; what is measured is kept for later runs", plans, &plan));
  plans_measured     = plan ? PETSC_TRUE : PETSC_FALSE;
  kar_progress_quiet = quiet;
  kar_watch_signals(max_time);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFinalize(void)
{
  PetscFunctionBegin;
  PetscCall(PetscPopErrorHandler());
  PetscFunctionReturn(PetscFinalize());
}

int KarFinish(PetscErrorCode code)
{
  MPI_Request all;
  int         here = 0, up, rank, mine, first;

  MPI_Initialized(&up);
  if (!up) return code ? 1 : 0;
  if (!code) return KarFinalize() ? 1 : kar_stopped ? KAR_EXIT_STOPPED : 0;
  /* When every rank comes here the end is orderly and the lowest rank with an error tells it; else the others are
     taken down. */
  if (code == KAR_ERR_STOPPED) kar_stopped = PETSC_TRUE;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  mine = found[0] ? rank : INT_MAX;
  MPI_Iallreduce(&mine, &first, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD, &all);
  for (int tenths = 0; tenths < 20 && !here; tenths++) {
    MPI_Test(&all, &here, MPI_STATUS_IGNORE);
    if (!here) nanosleep(&(struct timespec){0, 100000000}, NULL);
  }
  if (!here || first == rank) Tell();
  if (!here) MPI_Abort(MPI_COMM_WORLD, 1);
  MPI_Finalize();
  fflush(NULL);
  _exit(code == KAR_ERR_STOPPED ? KAR_EXIT_STOPPED : 1);
}
