/* The end of a data set that was written: checksums, the first samples alone when the others are missing, read back
   and compared, and only then its name. */
#include "datasetimpl.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Collective. sum[v][s] over ranks, and how many leading samples every variable has. */
static PetscErrorCode Gather(KarDataset data, uint64_t *sum, PetscInt *kept)
{
  PetscInt S = data->info.samples;

  PetscFunctionBegin;
  *kept = S;
  for (PetscInt v = 0; v < data->info.variables; v++) {
    KarArray *array = &data->array[v];
    PetscInt  s     = 0;

    PetscCallMPI(MPI_Allreduce(array->sum, sum + v * S, (PetscMPIInt)S, MPI_UINT64_T, MPI_SUM, data->comm));
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, array->written, (PetscMPIInt)S, MPI_CHAR, MPI_MAX, data->comm));
    while (s < S && array->written[s]) s++;
    *kept = PetscMin(*kept, s);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static herr_t CopyAttribute(hid_t from, const char name[], const H5A_info_t *info, void *to)
{
  hid_t attribute = H5Aopen(from, name, H5P_DEFAULT), type = H5Aget_type(attribute), space = H5Aget_space(attribute),
        copy;
  size_t size  = H5Tget_size(type) * (size_t)H5Sget_simple_extent_npoints(space);
  void  *value = NULL;
  herr_t code  = PetscMalloc(size, &value) ? -1 : H5Aread(attribute, type, value);

  copy = H5Acreate2(*(hid_t *)to, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  if (code >= 0) code = H5Awrite(copy, type, value);
  (void)PetscFree(value);
  (void)H5Aclose(copy);
  (void)H5Sclose(space);
  (void)H5Tclose(type);
  (void)H5Aclose(attribute);
  return code;
}

/* Rank 0: the numbers of the first `kept` samples to where a file of so many has them; in place where that is
   backwards for all. */
static PetscBool MoveNumbers(KarDataset data, const char part[], const PetscInt64 before[], PetscInt kept)
{
  int       from = data->fd;
  PetscBool good = PETSC_TRUE, forward = PETSC_FALSE;

  for (PetscInt v = 0; v < data->info.variables; v++)
    if (data->array[v].offset > before[v] ||
        (v && (data->array[v].offset > data->array[v - 1].offset) != (before[v] > before[v - 1])))
      forward = PETSC_TRUE;
  if (forward) (void)snprintf(data->shorter, sizeof(data->shorter), "%s.short", part);
  if (forward) data->fd = open(data->shorter, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  for (PetscInt v = 0; good && v < data->info.variables; v++)
    good = data->fd >= 0 && kar_copy_at(from, (off_t)before[v], data->fd, (off_t)data->array[v].offset,
                                        kept * kar_dataset_bytes(data, v), KAR_PIECE * sizeof(double), data->buffer)
             ? PETSC_TRUE
             : PETSC_FALSE;
  if (forward) {
    (void)close(from);
    data->journal = 0;
    if (!good) (void)unlink(data->shorter);
  }
  return good;
}

/* Rank 0: the frame and the numbers of the first `kept` samples only. */
static PetscBool Shorten(KarDataset data, const char part[], PetscInt kept)
{
  hid_t      old    = data->file, arrays[KAR_VARIABLES];
  int        shadow = data->shadow;
  PetscInt64 before[KAR_VARIABLES];
  PetscBool  good;
  hsize_t    zero = 0;

  for (PetscInt v = 0; v < data->info.variables; v++) {
    before[v] = data->array[v].offset;
    arrays[v] = data->array[v].id;
  }
  good = kar_header_create(data, kept) &&
             H5Aiterate2(old, H5_INDEX_CRT_ORDER, H5_ITER_INC, &zero, CopyAttribute, &data->file) >= 0
           ? PETSC_TRUE
           : PETSC_FALSE;
  for (PetscInt v = 0; v < data->info.variables; v++) (void)H5Dclose(arrays[v]);
  (void)H5Fclose(old);
  (void)close(shadow);
  return good && MoveNumbers(data, part, before, kept) ? PETSC_TRUE : PETSC_FALSE;
}

/* Rank 0: the numbers that go with samples into the frame. */
static PetscBool WriteNumbers(KarDataset data)
{
  hid_t     numbers = data->extra ? H5Dopen2(data->file, KAR_NUMBERS, H5P_DEFAULT) : -1;
  PetscBool good = !data->extra || (numbers >= 0 && H5Dwrite(numbers, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                                                             data->numbers) >= 0)
                     ? PETSC_TRUE
                     : PETSC_FALSE;

  if (numbers >= 0) (void)H5Dclose(numbers);
  return good;
}

/* Rank 0: the checksums into the frame. */
static PetscBool WriteSums(KarDataset data, const uint64_t *sum, PetscInt stride)
{
  PetscBool good = PETSC_TRUE;

  for (PetscInt v = 0; good && v < data->info.variables; v++) {
    char  name[80];
    hid_t sums;

    (void)snprintf(name, sizeof(name), "/checks/%s", data->variable[v].name);
    sums = H5Dopen2(data->file, name, H5P_DEFAULT);
    good = sums >= 0 && H5Dwrite(sums, H5T_NATIVE_UINT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, sum + v * stride) >= 0
             ? PETSC_TRUE
             : PETSC_FALSE;
    if (sums >= 0) (void)H5Dclose(sums);
  }
  return good;
}

/* Collective. The samples as the disk gives them back against what was written. */
static PetscErrorCode Compare(KarDataset data, const char part[], const uint64_t *sum, PetscInt stride)
{
  uint64_t *there;
  PetscBool good;
  char      why[512] = "";

  PetscFunctionBegin;
  good = kar_dataset_open(data, part, PETSC_FALSE, sizeof(why), why);
  KarCheckAny(data->comm, good, PETSC_ERR_FILE_WRITE, "%s", why);
  PetscCall(KarDatasetSumFile(data, &there));
  for (PetscInt v = 0; v < data->info.variables; v++)
    for (PetscInt s = 0; s < data->info.samples; s++)
      KarCheck(data->comm, there[v * data->info.samples + s] == sum[v * stride + s], PETSC_ERR_FILE_WRITE,
               "%s: sample %" PetscInt_FMT " of %s is not what was written: is the disk full or failing?", part, s,
               data->variable[v].name);
  PetscCall(PetscFree(there));
  kar_dataset_close(data);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Commit(KarDataset data)
{
  PetscInt    S = data->info.samples, kept;
  uint64_t   *sum;
  const char *part;
  PetscBool   good;

  PetscFunctionBegin;
  PetscCall(KarOutputGetPart(data->output, &part));
  PetscCall(PetscMalloc1(S * data->info.variables, &sum));
  PetscCall(Gather(data, sum, &kept));
  if (data->times) kept -= kept % data->times; /* whole paths */
  KarCheck(data->comm, kept > 0, PETSC_ERR_ORDER, "%s: no sample was written on every variable", data->path);
  if (data->extra)
    PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, data->numbers, (PetscMPIInt)(S * data->extra), MPI_DOUBLE, MPI_SUM, data->comm));
  good = PETSC_TRUE;
  if (data->rank == 0)
    good = (kept == S || Shorten(data, part, kept)) && WriteSums(data, sum, S) && WriteNumbers(data) &&
               kar_header_store(data, kept) && (!data->shorter[0] || !rename(data->shorter, part))
             ? PETSC_TRUE
             : PETSC_FALSE;
  KarCheckAny(data->comm, good, PETSC_ERR_FILE_WRITE, "%s cannot be written: %s; is the disk full?", part,
              strerror(errno));
  data->info.samples = kept;
  for (PetscInt v = 0; v < data->info.variables; v++) data->variable[v].samples = kept;
  kar_header_close(data);
  PetscCall(Compare(data, part, sum, S));
  PetscCall(PetscFree(sum));
  PetscCall(KarOutputCommit(&data->output, PETSC_TRUE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetClose(KarDataset *data)
{
  PetscFunctionBegin;
  PetscCall(KarLogBegin(KAR_EVENT_WRITE));
  if (*data && (*data)->output) PetscCall(Commit(*data));
  PetscCall(KarLogEnd(KAR_EVENT_WRITE));
  PetscCall(KarDatasetDestroy(data));
  PetscFunctionReturn(PETSC_SUCCESS);
}
