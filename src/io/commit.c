/* The end of a data set that was written: checksums, the first samples alone when the others are missing, read back and compared,
   and only then its name. */
#include "datasetimpl.h"

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

/* Rank 0, alone: the file again with its first `kept` samples only. */
static PetscBool Shorten(KarDataset data, const char part[], PetscInt kept)
{
  char      shorter[PETSC_MAX_PATH_LEN + 16], why[512];
  hid_t     from[KAR_VARIABLES], file, old;
  PetscBool good;
  hsize_t   zero = 0;

  (void)snprintf(shorter, sizeof(shorter), "%s.short", part);
  old  = kar_h5_open(part, sizeof(why), why);
  file = kar_dataset_create_file(data, shorter, PETSC_TRUE);
  good = old >= 0 && file >= 0 && H5Aiterate2(old, H5_INDEX_CRT_ORDER, H5_ITER_INC, &zero, CopyAttribute, &file) >= 0 &&
             kar_dataset_create_contents(data, file, kept)
           ? PETSC_TRUE
           : PETSC_FALSE;
  for (PetscInt v = 0; good && v < data->info.variables; v++) {
    hid_t to = data->array[v].id;

    from[v] = H5Dopen2(old, data->variable[v].name, H5P_DEFAULT);
    for (PetscInt s = 0; good && s < kept; s++) {
      for (PetscInt c = 0; good && c < data->variable[v].components; c++) {
        KarPiece piece = {.sample = s, .component = c};
        size_t   size;
        hid_t    type = kar_dataset_type(data, v, &size);

        while (good && kar_dataset_next(data, 0, data->info.n[0], &piece)) {
          data->array[v].id = from[v];
          good              = kar_dataset_move(data, v, piece, PETSC_FALSE, type, data->buffer);
          data->array[v].id = to;
          good              = good && kar_dataset_move(data, v, piece, PETSC_TRUE, type, data->buffer) ? PETSC_TRUE : PETSC_FALSE;
        }
      }
    }
    (void)H5Dclose(from[v]);
  }
  if (old >= 0) (void)H5Fclose(old);
  if (!good) kar_dataset_close(data);
  data->file = file;
  if (good && !rename(shorter, part)) return PETSC_TRUE;
  (void)unlink(shorter);
  return PETSC_FALSE;
}

/* Rank 0: the checksums into the file, which it alone or all ranks have open. */
static PetscBool WriteSums(KarDataset data, const uint64_t *sum)
{
  PetscBool good = PETSC_TRUE;

  for (PetscInt v = 0; good && v < data->info.variables; v++) {
    char  name[80];
    hid_t sums;

    (void)snprintf(name, sizeof(name), "/checks/%s", data->variable[v].name);
    sums = H5Dopen2(data->file, name, H5P_DEFAULT);
    good = sums >= 0 ? PETSC_TRUE : PETSC_FALSE;
    if (good && data->rank == 0)
      good = H5Dwrite(sums, H5T_NATIVE_UINT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, sum + v * data->info.samples) >= 0
               ? PETSC_TRUE
               : PETSC_FALSE;
    if (sums >= 0) (void)H5Dclose(sums);
  }
  return good;
}

/* Collective. Flushes and closes. */
static PetscErrorCode Finish(KarDataset data, PetscBool good, const char part[])
{
  PetscFunctionBegin;
  if (data->file >= 0 && H5Fflush(data->file, H5F_SCOPE_GLOBAL) < 0) good = PETSC_FALSE;
  kar_dataset_close(data);
  KarCheckAny(data->comm, good, PETSC_ERR_FILE_WRITE, "%s cannot be written: is the disk full?", part);
  PetscFunctionReturn(PETSC_SUCCESS);
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
  KarCheck(data->comm, kept > 0, PETSC_ERR_ORDER, "%s: no sample was written on every variable", data->path);
  good = WriteSums(data, sum);
  PetscCall(Finish(data, good, part));
  if (kept < S) {
    if (data->rank == 0) good = Shorten(data, part, kept) && WriteSums(data, sum) ? PETSC_TRUE : PETSC_FALSE;
    PetscCall(Finish(data, good, part));
    data->info.samples = kept;
  }
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
