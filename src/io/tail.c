/* Distributed vectors in a checkpoint: every rank's numbers lie behind the HDF5 file's own end and before the seal, in
   the order of the vectors and of their global indices, so that any number of ranks can read them. HDF5's part says
   where: NAME_first and NAME_size, in numbers from the tail's beginning, and tail_numbers. Numbers are little-endian
   doubles. */
#include "checkpointimpl.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEAL 24 /* bytes at the end of the file: output.c */

/* The names of a vector's two numbers. */
static void Names(const char name[], char first[PETSC_MAX_PATH_LEN], char size[PETSC_MAX_PATH_LEN])
{
  (void)snprintf(first, PETSC_MAX_PATH_LEN, "%s_first", name);
  (void)snprintf(size, PETSC_MAX_PATH_LEN, "%s_size", name);
}

PetscErrorCode KarCheckpointPutVec(KarCheckpoint file, const char name[], Vec x)
{
  const PetscScalar *a;
  char               first[PETSC_MAX_PATH_LEN], size[PETSC_MAX_PATH_LEN];
  PetscInt           start, n, all;
  PetscMPIInt        same;
  KarTailPart       *part;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_compare(file->comm, PetscObjectComm((PetscObject)x), &same));
  KarCheck(file->comm, same != MPI_UNEQUAL, PETSC_ERR_ARG_NOTSAMECOMM, "%s: %s lies on other ranks than the file",
           file->path, name);
  PetscCall(VecGetOwnershipRange(x, &start, NULL));
  PetscCall(VecGetLocalSize(x, &n));
  PetscCall(VecGetSize(x, &all));
  Names(name, first, size);
  PetscCall(KarCheckpointPutInt(file, first, file->tail));
  PetscCall(KarCheckpointPutInt(file, size, all));
  PetscCall(PetscRealloc((size_t)(file->parts + 1) * sizeof(*file->part), &file->part));
  part  = &file->part[file->parts++];
  *part = (KarTailPart){.n = n, .first = file->tail + start};
  PetscCall(PetscMalloc1(n, &part->values));
  PetscCall(VecGetArrayRead(x, &a));
  PetscCall(PetscArraycpy(part->values, a, n));
  PetscCall(VecRestoreArrayRead(x, &a));
  file->tail += all;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscBool kar_tail_write(KarCheckpoint file, const char part[], uint64_t size)
{
  int       fd;
  PetscBool good = PETSC_TRUE;

  if (!file->parts) return PETSC_TRUE;
  fd = open(part, O_WRONLY | O_CLOEXEC);
  for (PetscInt i = 0; i < file->parts && fd >= 0 && good; i++)
    good = kar_write_at(fd, file->part[i].values, (size_t)file->part[i].n * sizeof(PetscScalar),
                        (off_t)(size + (uint64_t)file->part[i].first * sizeof(PetscScalar)));
  if (fd < 0 || close(fd)) good = PETSC_FALSE;
  return good;
}

void kar_tail_free(KarCheckpoint file)
{
  for (PetscInt i = 0; i < file->parts; i++) (void)PetscFree(file->part[i].values);
  (void)PetscFree(file->part);
}

PetscErrorCode KarCheckpointGetVec(KarCheckpoint file, const char name[], Vec x)
{
  char         first[PETSC_MAX_PATH_LEN], size[PETSC_MAX_PATH_LEN];
  PetscInt64   at, n, tail;
  PetscInt     start, local, all;
  PetscScalar *a;
  struct stat  there;
  PetscBool    good = PETSC_FALSE;
  int          fd;

  PetscFunctionBegin;
  Names(name, first, size);
  PetscCall(KarCheckpointGetInt(file, first, &at));
  PetscCall(KarCheckpointGetInt(file, size, &n));
  PetscCall(KarCheckpointGetInt(file, "tail_numbers", &tail));
  PetscCall(VecGetSize(x, &all));
  KarCheck(file->comm, n == all, PETSC_ERR_FILE_UNEXPECTED,
           "%s: %s has %" PetscInt64_FMT " numbers, %" PetscInt_FMT " are expected: is it of another grid?", file->path,
           name, n, all);
  PetscCall(VecGetOwnershipRange(x, &start, NULL));
  PetscCall(VecGetLocalSize(x, &local));
  PetscCall(VecGetArrayWrite(x, &a));
  fd = open(file->path, O_RDONLY | O_CLOEXEC);
  if (fd >= 0 && !fstat(fd, &there)) {
    const off_t  begin = there.st_size - SEAL - (off_t)(tail - at - start) * (off_t)sizeof(PetscScalar);
    const size_t bytes = (size_t)local * sizeof(PetscScalar);
    size_t       done  = 0;
    ssize_t      got   = 1;

    while (done < bytes && got > 0) {
      got = pread(fd, (char *)a + done, bytes - done, begin + (off_t)done);
      if (got > 0) done += (size_t)got;
    }
    good = done == bytes ? PETSC_TRUE : PETSC_FALSE;
  }
  if (fd >= 0) (void)close(fd);
  PetscCall(VecRestoreArrayWrite(x, &a));
  KarCheckAny(file->comm, good, PETSC_ERR_FILE_READ, "%s: %s cannot be read", file->path, name);
  PetscFunctionReturn(PETSC_SUCCESS);
}
