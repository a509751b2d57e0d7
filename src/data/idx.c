/* IDX: magic number 0x00000803 (unsigned bytes, three sizes), the sizes, big-endian, then the bytes (LeCun's MNIST
   page). */
#include <errno.h>
#include <karhunen/digits.h>
#include <unistd.h>
#include <zlib.h>

/* Whole words of the header, or what is wrong in `why`. */
static void ReadHeader(gzFile file, const char path[], PetscInt64 size[3], char why[], size_t capacity)
{
  unsigned char head[16] = {0};
  uint32_t      word[4];
  const int     got = gzread(file, head, sizeof(head));

  for (int w = 0; w < 4; w++)
    word[w] =
      (uint32_t)head[4 * w] << 24 | (uint32_t)head[4 * w + 1] << 16 | (uint32_t)head[4 * w + 2] << 8 | head[4 * w + 3];
  if (got < 0 && errno == EISDIR) (void)snprintf(why, capacity, "%s is a folder: give the file of images in it", path);
  else if (got < (int)sizeof(head))
    (void)snprintf(why, capacity, "%s is cut short: it has no whole header of an IDX file", path);
  else if (word[0] == 0x801)
    (void)snprintf(why, capacity, "%s holds labels (magic number 0x801): give the file of images (0x803)", path);
  else if (word[0] != 0x803)
    (void)snprintf(why, capacity, "%s is no IDX file of images: its magic number is 0x%x, not 0x803", path, word[0]);
  else if (!word[1] || !word[2] || !word[3] || word[2] > 65536 || word[3] > 65536 ||
           (double)word[1] * word[2] * word[3] > INT_MAX)
    (void)snprintf(why, capacity, "%s says it holds %u images of %u x %u: none, or more than 2 GiB", path, word[1],
                   word[2], word[3]);
  for (int w = 0; w < 3; w++) size[w] = word[w + 1];
}

/* Rank 0. Allocates the pixels when all is well. */
static PetscErrorCode ReadFile(const char path[], PetscInt64 size[3], unsigned char **pixels, char why[],
                               size_t capacity)
{
  gzFile file = gzopen(path, "rb");

  PetscFunctionBegin;
  *pixels = NULL;
  if (!file || access(path, R_OK)) {
    (void)snprintf(why, capacity, "%s cannot be read: is the name right?", path);
    if (file) (void)gzclose(file);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  ReadHeader(file, path, size, why, capacity);
  if (!why[0]) {
    const PetscInt64 bytes = size[0] * size[1] * size[2];
    unsigned char    more;
    int              got;

    PetscCall(PetscMalloc1(bytes, pixels));
    got = gzread(file, *pixels, (unsigned)bytes);
    if (got < bytes)
      (void)snprintf(why, capacity, "%s is cut short or damaged: it says %d images of %d x %d and ends before", path,
                     (int)size[0], (int)size[1], (int)size[2]);
    else if (gzread(file, &more, 1) > 0)
      (void)snprintf(why, capacity, "%s holds more than the %d images it says: is it damaged?", path, (int)size[0]);
  }
  if (gzclose(file) != Z_OK && !why[0]) (void)snprintf(why, capacity, "%s is damaged: its checksum is wrong", path);
  if (why[0]) PetscCall(PetscFree(*pixels));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarIDXRead(MPI_Comm comm, const char path[], KarIDX *idx)
{
  PetscInt64 size[3]                       = {0};
  char       why[PETSC_MAX_PATH_LEN + 128] = "";
  int        rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) PetscCall(ReadFile(path, size, &idx->pixels, why, sizeof(why)));
  PetscCallMPI(MPI_Bcast(why, sizeof(why), MPI_CHAR, 0, comm));
  KarCheck(comm, !why[0], PETSC_ERR_FILE_READ, "%s", why);
  PetscCallMPI(MPI_Bcast(size, 3, MPIU_INT64, 0, comm));
  idx->n  = (PetscInt)size[0];
  idx->ny = (PetscInt)size[1];
  idx->nx = (PetscInt)size[2];
  if (rank) PetscCall(PetscMalloc1(size[0] * size[1] * size[2], &idx->pixels));
  PetscCallMPI(MPI_Bcast(idx->pixels, (int)(size[0] * size[1] * size[2]), MPI_UNSIGNED_CHAR, 0, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarIDXDestroy(KarIDX *idx)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(idx->pixels));
  idx->n = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}
