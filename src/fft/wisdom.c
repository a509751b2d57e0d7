/* FFTW plans: estimated by default; with -fft_plan measure, measured once for each size, kept in
   $XDG_CACHE_HOME/karhunen, and read back by every later run.  A file is for one precision and version of FFTW, host,
   number of ranks and of threads; its first line names the processor.  One that is damaged or of another processor is
   said to be, and what it held is measured anew. */
#include "fftimpl.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef char Path[2 * PETSC_MAX_PATH_LEN];

typedef struct {
  const char *name;    /* of its file, at the beginning */
  Path        current; /* whose wisdom has been read */
  char       *known;   /* what FFTW knew then; rank 0's */
  double      start;   /* when planning began */
  int (*read)(FILE *);
  void (*write)(FILE *);
  char *(*text)(void);
  void (*init)(void), (*broadcast)(MPI_Comm), (*gather)(MPI_Comm);
} Wisdom;

static Wisdom of_double = {.name      = "wisdom",
                           .read      = fftw_import_wisdom_from_file,
                           .write     = fftw_export_wisdom_to_file,
                           .text      = fftw_export_wisdom_to_string,
                           .init      = fftw_mpi_init,
                           .broadcast = fftw_mpi_broadcast_wisdom,
                           .gather    = fftw_mpi_gather_wisdom};
static Wisdom of_float  = {.name      = "wisdomf",
                           .read      = fftwf_import_wisdom_from_file,
                           .write     = fftwf_export_wisdom_to_file,
                           .text      = fftwf_export_wisdom_to_string,
                           .init      = fftwf_mpi_init,
                           .broadcast = fftwf_mpi_broadcast_wisdom,
                           .gather    = fftwf_mpi_gather_wisdom};

unsigned KarWisdomRigor(void)
{
  return KarPlansMeasured() ? FFTW_MEASURE : FFTW_ESTIMATE;
}

/* The file for this host, ranks and threads; empty when there is no home. */
static void WisdomPath(const Wisdom *w, MPI_Comm comm, Path path)
{
  const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
  char        host[64] = "host", directory[PETSC_MAX_PATH_LEN];
  int         ranks;

  path[0] = '\0';
  MPI_Comm_size(comm, &ranks);
  (void)gethostname(host, sizeof(host) - 1);
  if (cache && cache[0]) (void)snprintf(directory, sizeof(directory), "%s", cache);
  else if (home && home[0]) (void)snprintf(directory, sizeof(directory), "%s/.cache", home);
  else return;
  (void)mkdir(directory, 0777);
  (void)snprintf(path, sizeof(Path), "%s/karhunen", directory);
  (void)mkdir(path, 0777);
  (void)snprintf(path, sizeof(Path), "%s/karhunen/%s-%s-%s-%d-%d", directory, w->name, fftw_version, host, ranks,
                 kar_threads());
}

/* "karhunen wisdom: Intel(R) Xeon(R) ..." */
static void Machine(size_t size, char line[])
{
  FILE *file = fopen("/proc/cpuinfo", "r");
  char  text[256], model[256] = "unknown";

  while (file && fgets(text, sizeof(text), file))
    if (sscanf(text, "model name : %255[^\n]", model) == 1) break;
  if (file) fclose(file);
  (void)snprintf(line, size, "karhunen wisdom: %s\n", model);
}

/* What keeps the file from being used, NULL when nothing does: it was read, or there is none. */
static const char *Import(const Wisdom *w, const char path[])
{
  char        mine[300], theirs[300];
  const char *trouble = NULL;
  FILE       *file    = path[0] ? fopen(path, "r") : NULL;

  if (!file) return NULL;
  Machine(sizeof(mine), mine);
  if (!fgets(theirs, sizeof(theirs), file) || strncmp(theirs, "karhunen wisdom: ", 17)) trouble = "damaged";
  else if (strcmp(mine, theirs)) trouble = "of another processor";
  else if (!w->read(file)) trouble = "damaged";
  fclose(file);
  return trouble;
}

static PetscErrorCode Load(Wisdom *w, MPI_Comm comm)
{
  const char *trouble = NULL;
  Path        path;
  int         rank;

  PetscFunctionBegin;
  if (!KarPlansMeasured()) PetscFunctionReturn(PETSC_SUCCESS);
  w->start = MPI_Wtime();
  w->init();
  WisdomPath(w, comm, path);
  if (w->known && !strcmp(path, w->current)) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscStrncpy(w->current, path, sizeof(Path)));
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) trouble = Import(w, path);
  if (trouble)
    PetscCall(
      PetscFPrintf(PETSC_COMM_SELF, stderr, "karhunen: %s is %s: transforms are planned anew\n", path, trouble));
  w->broadcast(comm);
  free(w->known);
  w->known = w->text();
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Together with what another run has added meanwhile. */
static PetscBool Export(const Wisdom *w, const char path[])
{
  char  line[300];
  Path  aside;
  FILE *file;

  if (!path[0]) return PETSC_FALSE;
  (void)Import(w, path);
  Machine(sizeof(line), line);
  (void)snprintf(aside, sizeof(aside), "%s.%ld", path, (long)getpid());
  file = fopen(aside, "w");
  if (!file) return PETSC_FALSE;
  if (fputs(line, file) >= 0) w->write(file);
  if (fclose(file) == 0 && rename(aside, path) == 0) return PETSC_TRUE;
  (void)unlink(aside);
  return PETSC_FALSE;
}

static PetscErrorCode Save(Wisdom *w, MPI_Comm comm)
{
  char     *now;
  Path      path;
  int       rank;
  PetscBool kept;

  PetscFunctionBegin;
  if (!KarPlansMeasured()) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  w->gather(comm);
  if (rank) PetscFunctionReturn(PETSC_SUCCESS);
  now = w->text();
  if (!w->known || !now || strcmp(now, w->known)) {
    WisdomPath(w, comm, path);
    kept = Export(w, path);
    PetscCall(PetscFPrintf(PETSC_COMM_SELF, stderr, "karhunen: transforms planned by measuring, %.1f s; %s\n",
                           MPI_Wtime() - w->start, kept ? path : "not kept: no cache directory can be written"));
  }
  free(w->known);
  w->known = now;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarWisdomLoad(MPI_Comm comm)
{
  return Load(&of_double, comm);
}

PetscErrorCode KarWisdomSave(MPI_Comm comm)
{
  return Save(&of_double, comm);
}

PetscErrorCode KarWisdomLoadFloat(MPI_Comm comm)
{
  return Load(&of_float, comm);
}

PetscErrorCode KarWisdomSaveFloat(MPI_Comm comm)
{
  return Save(&of_float, comm);
}
