/* The seal of a file = its last 24 bytes: "KARHUNEN", size, sum_b XXH3(block b, seed b)   (blocks of 4 MiB of the
   first `size` bytes), so that any number of ranks can make it and check it; HDF5 and its tools ignore bytes after
   their end of file. */
#include "ioimpl.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK (4 << 20)

typedef struct {
  char     magic[8];
  uint64_t size, sum;
} Seal;

static const char magic[8] = {'K', 'A', 'R', 'H', 'U', 'N', 'E', 'N'};

/* Sum over this rank's share of the blocks of the first `size` bytes; false when they cannot be read. */
static PetscBool SumBlocks(int fd, uint64_t size, PetscMPIInt rank, PetscMPIInt ranks, void *buffer, uint64_t *sum)
{
  uint64_t blocks = (size + BLOCK - 1) / BLOCK;

  *sum = 0;
  for (uint64_t b = (uint64_t)rank; b < blocks; b += (uint64_t)ranks) {
    size_t want = (size_t)PetscMin((uint64_t)BLOCK, size - b * BLOCK), have = 0;

    while (have < want) {
      ssize_t got = pread(fd, (char *)buffer + have, want - have, (off_t)(b * BLOCK + have));
      if (got <= 0) return PETSC_FALSE;
      have += (size_t)got;
    }
    *sum += XXH3_64bits_withSeed(buffer, want, b);
  }
  return PETSC_TRUE;
}

/* Collective. The sum of the whole file's blocks. */
static PetscErrorCode SumFile(MPI_Comm comm, const char path[], uint64_t size, PetscBool *readable, uint64_t *sum)
{
  PetscMPIInt rank, ranks;
  uint64_t    mine = 0;
  PetscBool   good = PETSC_FALSE;
  void       *buffer;
  int         fd = open(path, O_RDONLY | O_CLOEXEC);

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(PetscMalloc(BLOCK, &buffer));
  if (fd >= 0) good = SumBlocks(fd, size, rank, ranks, buffer, &mine);
  if (fd >= 0) (void)close(fd);
  PetscCall(PetscFree(buffer));
  PetscCallMPI(MPI_Allreduce(&good, readable, 1, MPIU_BOOL, MPI_LAND, comm));
  PetscCallMPI(MPI_Allreduce(&mine, sum, 1, MPI_UINT64_T, MPI_SUM, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Rank 0 looks at the end of the file. A broken seal still shows by half of itself. */
static KarFileState ReadSeal(const char path[], Seal *seal)
{
  struct stat  there;
  KarFileState state = KAR_FILE_UNSEALED;
  int          fd    = open(path, O_RDONLY | O_CLOEXEC);

  if (fd < 0 || fstat(fd, &there) || !S_ISREG(there.st_mode)) state = KAR_FILE_MISSING;
  else if (there.st_size >= (off_t)sizeof(*seal) &&
           pread(fd, seal, sizeof(*seal), there.st_size - (off_t)sizeof(*seal)) == sizeof(*seal)) {
    PetscBool name = memcmp(seal->magic, magic, sizeof(magic)) ? PETSC_FALSE : PETSC_TRUE;
    PetscBool size = seal->size == (uint64_t)there.st_size - sizeof(*seal) ? PETSC_TRUE : PETSC_FALSE;

    if (name && size) state = KAR_FILE_SOUND;
    else if (name || size) state = KAR_FILE_DAMAGED;
  }
  if (fd >= 0) (void)close(fd);
  return state;
}

PetscErrorCode KarFileCheck(MPI_Comm comm, const char path[], KarFileState *state)
{
  PetscMPIInt rank;
  Seal        seal;
  uint64_t    sum;
  PetscBool   readable;
  int         found = KAR_FILE_MISSING;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  memset(&seal, 0, sizeof(seal));
  if (rank == 0) found = (int)ReadSeal(path, &seal);
  PetscCallMPI(MPI_Bcast(&found, 1, MPI_INT, 0, comm));
  PetscCallMPI(MPI_Bcast(&seal, sizeof(seal), MPI_BYTE, 0, comm));
  if (found == KAR_FILE_SOUND) {
    PetscCall(SumFile(comm, path, seal.size, &readable, &sum));
    if (!readable || sum != seal.sum) found = KAR_FILE_DAMAGED;
  }
  *state = (KarFileState)found;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscBool Append(const char part[], const Seal *seal)
{
  int       fd   = open(part, O_WRONLY | O_APPEND | O_CLOEXEC);
  PetscBool good = fd >= 0 && write(fd, seal, sizeof(*seal)) == sizeof(*seal) ? PETSC_TRUE : PETSC_FALSE;

  if (fd >= 0 && close(fd)) good = PETSC_FALSE;
  return good;
}

PetscErrorCode KarSealPut(MPI_Comm comm, const char part[])
{
  PetscMPIInt rank;
  struct stat there;
  Seal        seal;
  PetscBool   good = PETSC_TRUE;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  memset(&seal, 0, sizeof(seal));
  if (rank == 0) {
    good      = stat(part, &there) ? PETSC_FALSE : PETSC_TRUE;
    seal.size = good ? (uint64_t)there.st_size : 0;
  }
  PetscCallMPI(MPI_Bcast(&seal.size, 1, MPI_UINT64_T, 0, comm));
  KarCheckAny(comm, good, PETSC_ERR_FILE_WRITE, "%s has vanished while it was written", part);
  PetscCall(SumFile(comm, part, seal.size, &good, &seal.sum));
  KarCheck(comm, good, PETSC_ERR_FILE_WRITE, "%s cannot be read back", part);
  memcpy(seal.magic, magic, sizeof(magic));
  if (rank == 0) good = Append(part, &seal);
  KarCheckAny(comm, good, PETSC_ERR_FILE_WRITE, "%s cannot be written to its end: is the disk full?", part);
  PetscFunctionReturn(PETSC_SUCCESS);
}
