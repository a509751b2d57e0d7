/* Checksums of samples: those of the numbers in the file, and those that the file has of them in /checks. */
#include "datasetimpl.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

uint64_t kar_file_sum(const char path[])
{
  enum { PIECE = 1 << 20 };
  struct stat there;
  uint64_t    sum = 0, number = 0;
  ssize_t     got;
  const int   fd     = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  void       *buffer = fd >= 0 && !fstat(fd, &there) && S_ISREG(there.st_mode) ? malloc(PIECE) : NULL;

  while (buffer && (got = read(fd, buffer, PIECE)) > 0) sum += XXH3_64bits_withSeed(buffer, (size_t)got, ++number);
  free(buffer);
  if (fd >= 0) (void)close(fd);
  return sum;
}

/* The most samples of a variable. */
static PetscInt Most(KarDataset data)
{
  PetscInt most = 0;

  for (PetscInt v = 0; v < data->info.variables; v++) most = PetscMax(most, data->variable[v].samples);
  return most;
}

/* This rank's share, planes [first, last) of the samples and components of variable v in a row; false when unreadable.
 */
static PetscBool SumPlanes(KarDataset data, PetscInt v, PetscInt first, PetscInt last, uint64_t sum[])
{
  PetscInt n0 = data->info.n[0], C = data->variable[v].components;
  size_t   size;
  hid_t    type = kar_dataset_type(data, v, &size);

  while (first < last) {
    PetscInt plane = first % n0, planes = PetscMin(n0 - plane, last - first);
    KarPiece piece = {.sample = first / n0 / C, .component = first / n0 % C};

    while (kar_dataset_next(data, plane, planes, &piece)) {
      if (!kar_dataset_move(data, v, piece, type, data->buffer)) return PETSC_FALSE;
      sum[piece.sample] += kar_dataset_sum(data, piece, size, data->buffer);
    }
    first += planes;
  }
  return PETSC_TRUE;
}

PetscErrorCode KarDatasetSumFile(KarDataset data, uint64_t *sum[])
{
  PetscInt  S = Most(data);
  PetscBool good;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(S * data->info.variables, sum));
  for (PetscInt v = 0; v < data->info.variables; v++) {
    PetscInt planes = data->variable[v].samples * data->variable[v].components * data->info.n[0];

    good =
      SumPlanes(data, v, planes / data->ranks * data->rank + PetscMin(data->rank, planes % data->ranks),
                planes / data->ranks * (data->rank + 1) + PetscMin(data->rank + 1, planes % data->ranks), *sum + v * S);
    KarCheckAny(data->comm, good, PETSC_ERR_FILE_READ,
                "%s: %s cannot be read to its end: the file is damaged or cut short", data->path,
                data->variable[v].name);
  }
  PetscCallMPI(
    MPI_Allreduce(MPI_IN_PLACE, *sum, (PetscMPIInt)(S * data->info.variables), MPI_UINT64_T, MPI_SUM, data->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The checksums in the file of the array that is open, [samples]; NULL when there are none. */
static uint64_t *ReadSums(KarArray *array, const char name[], PetscInt samples)
{
  const hid_t file = H5Iget_file_id(array->id);
  char        path[KAR_PATH + 16];
  hid_t       sums = -1, space;
  uint64_t   *sum  = NULL;

  (void)snprintf(path, sizeof(path), "/checks/%s", name);
  if (H5Lexists(file, "/checks", H5P_DEFAULT) > 0 && !strchr(name, '/') && H5Lexists(file, path, H5P_DEFAULT) > 0)
    sums = H5Dopen2(file, path, H5P_DEFAULT);
  (void)H5Fclose(file);
  if (sums < 0) return NULL;
  space = H5Dget_space(sums);
  if (H5Sget_simple_extent_npoints(space) == (hssize_t)samples) sum = malloc((size_t)samples * sizeof(*sum));
  if (sum && H5Dread(sums, H5T_NATIVE_UINT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, sum) < 0) {
    free(sum);
    sum = NULL;
  }
  (void)H5Sclose(space);
  (void)H5Dclose(sums);
  return sum;
}

PetscBool kar_dataset_said(KarDataset data, PetscInt v, PetscInt sample, uint64_t *sum)
{
  KarArray *array = &data->array[v];
  PetscInt  local;

  if (!kar_dataset_seek(data, v, sample, &local) || !array->parts) return PETSC_FALSE;
  if (!array->asked) array->said = ReadSums(array, array->part[array->open].name, array->part[array->open].samples);
  array->asked = PETSC_TRUE;
  if (array->said) *sum = array->said[local];
  return array->said ? PETSC_TRUE : PETSC_FALSE;
}

PetscErrorCode KarDatasetVerify(KarDataset data, PetscInt *checked)
{
  PetscInt  S = Most(data);
  uint64_t *sum, said;

  PetscFunctionBegin;
  *checked = 0;
  PetscCall(KarDatasetSumFile(data, &sum));
  for (PetscInt v = 0; v < data->info.variables; v++) {
    if (!kar_dataset_said(data, v, 0, &said)) continue;
    for (PetscInt s = 0; s < data->variable[v].samples; s++) {
      (void)kar_dataset_said(data, v, s, &said);
      KarCheck(data->comm, sum[v * S + s] == said, PETSC_ERR_FILE_READ,
               "%s is damaged: sample %" PetscInt_FMT " of %s does not fit its checksum", data->path, s,
               data->variable[v].name);
    }
    *checked += data->variable[v].samples;
  }
  PetscCall(PetscFree(sum));
  PetscFunctionReturn(PETSC_SUCCESS);
}
