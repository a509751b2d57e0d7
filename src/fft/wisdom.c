/* FFTW plans: estimated by default; with -fft_plan measure, measured once on each kind of machine and rank count, kept in
   $XDG_CACHE_HOME/karhunen, and read back by every later run. */
#include "fftimpl.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static PetscBool loaded, measure;

unsigned KarWisdomRigor(void)
{
  return measure ? FFTW_MEASURE : FFTW_ESTIMATE;
}

/* The file for this host and count of ranks and threads; empty when there is no home. */
static void WisdomPath(MPI_Comm comm, size_t size, char path[])
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
  if (snprintf(path, size, "%s/karhunen", directory) >= (int)size) path[0] = '\0';
  (void)mkdir(path, 0777);
  (void)snprintf(path, size, "%s/karhunen/wisdom-%s-%s-%dx%d", directory, fftw_version, host, ranks, kar_threads());
}

PetscErrorCode KarWisdomLoad(MPI_Comm comm)
{
  static const char *const plans[] = {"estimate", "measure", NULL};
  char                     path[2 * PETSC_MAX_PATH_LEN];
  PetscInt                 plan = 0;
  int                      rank;

  PetscFunctionBegin;
  if (loaded) PetscFunctionReturn(PETSC_SUCCESS);
  loaded = PETSC_TRUE;
  PetscCall(KarOptionsChoice(NULL, "fft_plan", "how FFTW plans; what is measured is kept for later runs", plans, &plan));
  measure = plan ? PETSC_TRUE : PETSC_FALSE;
  if (!measure) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  WisdomPath(comm, sizeof(path), path);
  if (rank == 0 && path[0]) (void)fftw_import_wisdom_from_filename(path); /* absent or foreign: it is measured anew */
  fftw_mpi_broadcast_wisdom(comm);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarWisdomSave(MPI_Comm comm)
{
  char path[2 * PETSC_MAX_PATH_LEN], aside[2 * PETSC_MAX_PATH_LEN + 32];
  int  rank;

  PetscFunctionBegin;
  if (!measure) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  fftw_mpi_gather_wisdom(comm);
  WisdomPath(comm, sizeof(path), path);
  (void)snprintf(aside, sizeof(aside), "%s.%ld", path, (long)getpid());
  if (rank == 0 && path[0] && fftw_export_wisdom_to_filename(aside)) (void)rename(aside, path);
  PetscFunctionReturn(PETSC_SUCCESS);
}
