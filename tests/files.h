/* For claims about files: a scratch folder, damage, and errors that must come. */
#pragma once

#include "claim.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char scratch_folder[PETSC_MAX_PATH_LEN] = "";
static char last_error[1024]                   = "";

PETSC_UNUSED static PetscErrorCode KeepError(MPI_Comm comm, int line, const char *function, const char *file,
                                             PetscErrorCode code, PetscErrorType type, const char *message, void *ctx)
{
  if (type == PETSC_ERROR_INITIAL) (void)snprintf(last_error, sizeof(last_error), "%s", message);
  return code;
}

/* Collective. `call` must return an error, on every rank, whose text contains `text`. */
#define ClaimFails(call, text)                                                                                         \
  do {                                                                                                                 \
    PetscErrorCode code_;                                                                                              \
    last_error[0] = 0;                                                                                                 \
    PetscCall(PetscPushErrorHandler(KeepError, NULL));                                                                 \
    code_ = call;                                                                                                      \
    PetscCall(PetscPopErrorHandler());                                                                                 \
    Claim(code_ &&strstr(last_error, text), "code %d, \"%s\"", (int)code_, last_error);                                \
  } while (0)

/* Collective. path = a name in a fresh folder. */
PETSC_UNUSED static PetscErrorCode ScratchFile(const char name[], char path[PETSC_MAX_PATH_LEN])
{
  PetscMPIInt rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  if (!scratch_folder[0]) {
    const char *base = getenv("TMPDIR");

    (void)snprintf(scratch_folder, sizeof(scratch_folder), "%s/karhunen-claim-XXXXXX", base ? base : "/tmp");
    if (rank == 0 && !mkdtemp(scratch_folder))
      SETERRQ(PETSC_COMM_SELF, PETSC_ERR_FILE_OPEN, "no folder for scratch files");
    PetscCallMPI(MPI_Bcast(scratch_folder, sizeof(scratch_folder), MPI_CHAR, 0, PETSC_COMM_WORLD));
  }
  (void)snprintf(path, PETSC_MAX_PATH_LEN, "%s/%s", scratch_folder, name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Collective. Rank 0 runs a shell command; its exit status, alike on every rank. */
PETSC_UNUSED static int Shell(const char command[])
{
  int rank, status = 0;

  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  MPI_Barrier(PETSC_COMM_WORLD);
  if (rank == 0) status = system(command);
  (void)MPI_Bcast(&status, 1, MPI_INT, 0, PETSC_COMM_WORLD);
  return status;
}

PETSC_UNUSED static PetscErrorCode ScratchClean(void)
{
  char command[PETSC_MAX_PATH_LEN + 16];

  PetscFunctionBegin;
  (void)snprintf(command, sizeof(command), "rm -rf '%s'", scratch_folder);
  Claim(!Shell(command), "%s", command);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Collective. */
PETSC_UNUSED static PetscBool Exists(const char path[], const char suffix[])
{
  char name[PETSC_MAX_PATH_LEN + 16];

  (void)snprintf(name, sizeof(name), "%s%s", path, suffix);
  MPI_Barrier(PETSC_COMM_WORLD);
  return access(name, F_OK) ? PETSC_FALSE : PETSC_TRUE;
}

PETSC_UNUSED static PetscInt FileSize(const char path[])
{
  struct stat there;

  return stat(path, &there) ? -1 : (PetscInt)there.st_size;
}

/* Collective. Damage of a file, done by rank 0. */
PETSC_UNUSED static PetscErrorCode FlipBit(const char path[], PetscInt bit)
{
  PetscMPIInt   rank;
  unsigned char byte;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  if (rank == 0) {
    int fd = open(path, O_RDWR);

    Claim(pread(fd, &byte, 1, (off_t)(bit / 8)) == 1, "no byte %" PetscInt_FMT, bit / 8);
    byte ^= (unsigned char)(1u << (bit % 8));
    Claim(pwrite(fd, &byte, 1, (off_t)(bit / 8)) == 1, "no byte %" PetscInt_FMT, bit / 8);
    (void)close(fd);
  }
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_UNUSED static PetscErrorCode Cut(const char path[], PetscInt bytes)
{
  PetscMPIInt rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  if (rank == 0) Claim(!truncate(path, FileSize(path) - bytes), "cannot cut %s", path);
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  PetscFunctionReturn(PETSC_SUCCESS);
}
