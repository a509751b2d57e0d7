/* The frame of a data set that is being written: all but the numbers of its variables.

   HDF5 makes it on rank 0 in memory, as a file of /dev/shm without a name; we copy it to path.part, and every rank
   writes its numbers there with pwrite() at the offsets that HDF5 has given the arrays.  A disk that is full is then
   an error of the rank that meets it, at once, and HDF5 never has a file that it cannot end: it would hang in closing
   it, or fall. */
#include "datasetimpl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

PetscBool kar_write_at(int fd, const void *bytes, size_t size, off_t at)
{
  for (size_t done = 0; done < size;) {
    const ssize_t put = pwrite(fd, (const char *)bytes + done, size - done, at + (off_t)done);

    if (put <= 0 && errno != EINTR) return PETSC_FALSE;
    if (put > 0) done += (size_t)put;
  }
  return PETSC_TRUE;
}

PetscBool kar_copy_at(int from, off_t start, int to, off_t at, PetscInt64 size, size_t capacity, void *buffer)
{
  while (size > 0) {
    const ssize_t got = pread(from, buffer, (size_t)PetscMin((PetscInt64)capacity, size), start);

    if (got <= 0 || !kar_write_at(to, buffer, (size_t)got, at)) return PETSC_FALSE;
    start += got, at += got, size -= got;
  }
  return PETSC_TRUE;
}

/* A file in memory that only its descriptor names, open in HDF5 too; negative on failure. */
static hid_t CreateShadow(KarDataset data, int *fd)
{
  const char *const folders[] = {"/dev/shm", getenv("TMPDIR"), "/tmp"};
  char              name[PETSC_MAX_PATH_LEN];
  hid_t             file = -1;

  for (int i = 0; i < 3 && file < 0; i++) {
    if (!folders[i]) continue;
    (void)snprintf(name, sizeof(name), "%s/karhunen-XXXXXX", folders[i]);
    *fd = mkstemp(name);
    if (*fd < 0) continue;
    file = kar_dataset_create_file(data, name);
    (void)unlink(name);
    if (file < 0) (void)close(*fd);
  }
  return file;
}

/* What the file has, of what we have in memory. */
static hid_t TypeThere(size_t size)
{
  return size == sizeof(double) ? H5T_IEEE_F64LE : H5T_IEEE_F32LE;
}

static off_t Place(KarDataset data, PetscInt v, KarPiece piece, size_t size)
{
  const PetscInt64 plane =
    ((PetscInt64)piece.sample * data->variable[v].components + piece.component) * data->info.n[0] + piece.plane;

  return (off_t)(data->array[v].offset + plane * kar_dataset_plane(data) * (PetscInt64)size);
}

PetscBool kar_piece_put(KarDataset data, PetscInt v, KarPiece piece)
{
  const size_t points = (size_t)(piece.planes * kar_dataset_plane(data));
  size_t       size;
  const hid_t  here = kar_dataset_type(data, v, &size), there = TypeThere(size);

  if (H5Tequal(here, there) <= 0 && H5Tconvert(here, there, points, data->buffer, NULL, H5P_DEFAULT) < 0)
    return PETSC_FALSE;
  return kar_write_at(data->fd, data->buffer, points * size, Place(data, v, piece, size));
}

PetscBool kar_piece_get(KarDataset data, PetscInt v, KarPiece piece)
{
  const size_t points = (size_t)(piece.planes * kar_dataset_plane(data));
  size_t       size, done = 0;
  const hid_t  here = kar_dataset_type(data, v, &size), there = TypeThere(size);

  while (done < points * size) {
    const ssize_t got =
      pread(data->fd, (char *)data->buffer + done, points * size - done, Place(data, v, piece, size) + (off_t)done);

    if (got <= 0) return PETSC_FALSE;
    done += (size_t)got;
  }
  return H5Tequal(here, there) > 0 || H5Tconvert(there, here, points, data->buffer, NULL, H5P_DEFAULT) >= 0
           ? PETSC_TRUE
           : PETSC_FALSE;
}

PetscInt64 kar_dataset_bytes(KarDataset data, PetscInt v)
{
  return (PetscInt64)data->info.n[0] * kar_dataset_plane(data) * data->variable[v].components *
         (data->precision == KAR_FLOAT64 ? 8 : 4);
}

PetscBool kar_header_create(KarDataset data, PetscInt samples)
{
  data->file = CreateShadow(data, &data->shadow);
  if (data->file < 0) return PETSC_FALSE;
  if (!kar_dataset_create_contents(data, data->file, samples)) return PETSC_FALSE;
  for (PetscInt v = 0; v < data->info.variables; v++) {
    data->array[v].offset = (PetscInt64)H5Dget_offset(data->array[v].id);
    if (data->array[v].offset <= 0) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

PetscBool kar_header_store(KarDataset data, PetscInt samples)
{
  struct stat there;
  off_t       at = 0;
  PetscBool   good =
    H5Fflush(data->file, H5F_SCOPE_GLOBAL) >= 0 && !fstat(data->shadow, &there) && kar_journal_move(data, there.st_size)
        ? PETSC_TRUE
        : PETSC_FALSE;

  while (good && at < there.st_size) { /* up to the next array of numbers, then beyond it */
    off_t next = there.st_size, beyond = there.st_size;

    for (PetscInt v = 0; v < data->info.variables; v++) {
      const off_t start = (off_t)data->array[v].offset, end = start + (off_t)(samples * kar_dataset_bytes(data, v));

      if (start >= at && start < next) next = start, beyond = end;
    }
    good = kar_copy_at(data->shadow, at, data->fd, at, next - at, KAR_PIECE * sizeof(double), data->buffer);
    at   = beyond;
  }
  return good && !ftruncate(data->fd, there.st_size)
           ? PETSC_TRUE
           : PETSC_FALSE; /* last: until here the journal has its place at the end */
}

void kar_header_close(KarDataset data)
{
  kar_dataset_close(data);
  if (data->shadow >= 0) (void)close(data->shadow);
  data->shadow = -1;
}
