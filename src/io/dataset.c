/* A data set: fields on one grid as arrays name(sample, [component,] [[z,] y,] x) of one HDF5 file. */
#include "datasetimpl.h"
#include <karhunen/place.h>

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

PetscErrorCode KarDatasetNew(MPI_Comm comm, const char path[], KarDataset *data)
{
  KarDataset self;

  PetscFunctionBegin;
  KarCheck(comm, path && path[0], PETSC_ERR_USER_INPUT, "a data set needs the name of a file");
  kar_h5_start();
  PetscCall(PetscNew(&self));
  PetscCallMPI(MPI_Comm_dup(comm, &self->comm));
  PetscCallMPI(MPI_Comm_rank(comm, &self->rank));
  PetscCallMPI(MPI_Comm_size(comm, &self->ranks));
  PetscCall(PetscStrncpy(self->path, path, sizeof(self->path)));
  PetscCall(PetscStrncpy(self->asked, path, sizeof(self->asked)));
  self->info = (KarDatasetInfo){.comm = self->comm, .dim = 2, .n = {1, 1, 1}, .length = {1, 1, 1}, .units = "1"};
  self->file = -1;
  self->fd = self->shadow = -1;
  PetscCall(KarDatasetGrow(self));
  *data = self;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetGrow(KarDataset data)
{
  const PetscInt capacity = data->capacity ? 2 * data->capacity : KAR_VARIABLES + 1;
  KarVariable   *variable;
  KarArray      *array;

  PetscFunctionBegin;
  if (data->info.variables < data->capacity) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscCalloc1(capacity, &variable));
  PetscCall(PetscCalloc1(capacity, &array));
  PetscCall(PetscArraycpy(variable, data->variable, data->capacity));
  PetscCall(PetscArraycpy(array, data->array, data->capacity));
  for (PetscInt v = data->capacity; v < capacity; v++) array[v].id = array[v].file = -1;
  PetscCall(PetscFree(data->variable));
  PetscCall(PetscFree(data->array));
  data->variable = variable, data->array = array, data->capacity = capacity;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void kar_dataset_note(KarDataset data, const char format[], ...)
{
  const size_t used = strlen(data->notes);
  va_list      arguments;

  va_start(arguments, format);
  (void)vsnprintf(data->notes + used, sizeof(data->notes) - used, format, arguments);
  va_end(arguments);
  if (strlen(data->notes) + 1 < sizeof(data->notes)) (void)strcat(data->notes, "\n");
}

void kar_array_close(KarArray *array)
{
  if (array->id >= 0) (void)H5Dclose(array->id);
  if (array->file >= 0) (void)H5Fclose(array->file);
  free(array->said);
  array->id = array->file = -1;
  array->said             = NULL;
  array->asked            = PETSC_FALSE;
}

PetscErrorCode KarDatasetCreateBuffer(KarDataset data)
{
  PetscFunctionBegin;
  if (!data->buffer) PetscCall(PetscMalloc1(PetscMax(KAR_PIECE, kar_dataset_plane(data)), &data->buffer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void kar_dataset_close(KarDataset data)
{
  for (PetscInt v = 0; v < data->capacity; v++) kar_array_close(&data->array[v]);
  if (data->file >= 0) (void)H5Fclose(data->file);
  data->file = -1;
}

PetscErrorCode KarDatasetDestroy(KarDataset *data)
{
  KarDataset self = *data;

  PetscFunctionBegin;
  if (!self) PetscFunctionReturn(PETSC_SUCCESS);
  kar_header_close(self);
  if (self->fd >= 0) (void)close(self->fd);
  PetscCall(KarOutputDestroy(&self->output));
  for (PetscInt v = 0; v < self->capacity; v++) {
    PetscCall(PetscFree2(self->array[v].sum, self->array[v].written));
    for (PetscInt p = 0; p < self->array[v].parts; p++) {
      free(self->array[v].part[p].file);
      free(self->array[v].part[p].name);
    }
    free(self->array[v].part);
  }
  PetscCall(PetscFree(self->variable));
  PetscCall(PetscFree(self->array));
  PetscCall(PetscFree(self->buffer));
  for (int i = 0; i < 3; i++) PetscCall(PetscFree(self->place[i]));
  PetscCall(PetscFree(self->run));
  PetscCall(PetscFree(self->kept));
  PetscCall(PetscFree(self->numbers));
  PetscCall(PetscFree(self->time));
  PetscCallMPI(MPI_Comm_free(&self->comm));
  PetscCall(PetscFree(self));
  *data = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetSetPlace(KarDataset data, const PetscReal origin[], const PetscReal direction[])
{
  PetscFunctionBegin;
  KarCheck(data->comm, data->writing && !data->ready, PETSC_ERR_ORDER, "%s is set up: its contents are fixed",
           data->path);
  for (PetscInt i = 0; i < data->info.dim; i++) {
    data->info.origin[i] = origin[i];
    data->info.step[i]   = (direction[i] < 0 ? -1 : 1) * data->info.length[i] / (PetscReal)data->info.n[i];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetGetInfo(KarDataset data, KarDatasetInfo *info)
{
  PetscFunctionBegin;
  *info = data->info;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetGetVariable(KarDataset data, PetscInt v, KarVariable *variable)
{
  PetscFunctionBegin;
  KarCheck(PETSC_COMM_SELF, v >= 0 && v < data->info.variables, PETSC_ERR_ARG_OUTOFRANGE,
           "%s has %" PetscInt_FMT " variables: there is no number %" PetscInt_FMT, data->path, data->info.variables,
           v);
  *variable = data->variable[v];
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetFindVariable(KarDataset data, const char name[], PetscInt *v)
{
  char   names[512] = "";
  size_t used       = 0;

  PetscFunctionBegin;
  *v = 0;
  if (!name || !name[0]) PetscFunctionReturn(PETSC_SUCCESS);
  const char *last = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;

  for (; *v < data->info.variables; ++*v)
    if (!strcmp(data->variable[*v].name, name)) PetscFunctionReturn(PETSC_SUCCESS);
  for (*v = 0; *v < data->info.variables; ++*v) /* a path, and the file has its last word only; or the other way */
    if (!data->writing && !strcmp(data->variable[*v].label, last)) PetscFunctionReturn(PETSC_SUCCESS);
  for (PetscInt i = 0; i < data->info.variables && used < sizeof(names); i++)
    used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i ? ", " : "", data->variable[i].name);
  KarCheck(data->comm, PETSC_FALSE, PETSC_ERR_USER_INPUT, "%s has no variable %s: it has %s", data->path, name, names);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetCreateGrid(KarDataset data, MPI_Comm comm, const char variable[], KarGrid *grid)
{
  PetscInt v;

  PetscFunctionBegin;
  PetscCall(KarDatasetFindVariable(data, variable, &v));
  PetscCall(KarGridCreate(comm, grid));
  PetscCall(KarGridSetSizes(*grid, data->info.dim, data->info.n, data->info.length));
  PetscCall(KarGridSetPlace(*grid, data->info.origin, data->info.step));
  PetscCall(KarGridSetBasis(*grid, data->info.basis));
  PetscCall(KarGridSetComponents(*grid, data->variable[v].components));
  PetscCall(KarGridSetUp(*grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Pieces: what passes between a field and the file ------------------------------------------------------------- */
PetscInt kar_dataset_plane(KarDataset data)
{
  return data->info.n[1] * data->info.n[2];
}

hid_t kar_dataset_type(KarDataset data, PetscInt v, size_t *size)
{
  *size = data->variable[v].precision == KAR_FLOAT64 ? sizeof(double) : sizeof(float);
  return data->variable[v].precision == KAR_FLOAT64 ? H5T_NATIVE_DOUBLE : H5T_NATIVE_FLOAT;
}

PetscBool kar_dataset_next(KarDataset data, PetscInt plane, PetscInt planes, KarPiece *piece)
{
  PetscInt most = PetscMax(1, KAR_PIECE / kar_dataset_plane(data));

  piece->plane  = piece->planes ? piece->plane + piece->planes : plane;
  piece->planes = PetscMin(most, plane + planes - piece->plane);
  return piece->planes > 0 ? PETSC_TRUE : PETSC_FALSE;
}

uint64_t kar_dataset_sum(KarDataset data, KarPiece piece, size_t size, const void *values)
{
  size_t   bytes = (size_t)kar_dataset_plane(data) * size;
  uint64_t seed = (uint64_t)(data->info.n[0] * piece.component + piece.plane), sum = 0;

  for (PetscInt p = 0; p < piece.planes; p++)
    sum += XXH3_64bits_withSeed((const char *)values + (size_t)p * bytes, bytes, seed + (uint64_t)p);
  return sum;
}

PetscErrorCode KarDatasetSlab(KarDataset data, PetscInt v, PetscInt sample, Vec field, PetscInt *plane,
                              PetscInt *planes)
{
  MPI_Comm comm;
  PetscInt first, local, total, numbers = kar_dataset_plane(data) * data->variable[v].components;

  PetscFunctionBegin;
  PetscCall(PetscObjectGetComm((PetscObject)field, &comm));
  PetscCall(VecGetOwnershipRange(field, &first, NULL));
  PetscCall(VecGetLocalSize(field, &local));
  PetscCall(VecGetSize(field, &total));
  KarCheck(comm, sample >= 0 && sample < data->variable[v].samples, PETSC_ERR_ARG_OUTOFRANGE,
           "%s holds samples 0 to %" PetscInt_FMT ": there is no %" PetscInt_FMT, data->path,
           data->variable[v].samples - 1, sample);
  KarCheck(comm, total == numbers * data->info.n[0], PETSC_ERR_ARG_SIZ,
           "%s: a sample of %s has %" PetscInt_FMT " numbers and the field here has %" PetscInt_FMT
           ": use the grid of the file",
           data->path, data->variable[v].name, numbers * data->info.n[0], total);
  KarCheckAny(comm, first % numbers == 0 && local % numbers == 0, PETSC_ERR_ARG_SIZ,
              "%s: the field is not cut into whole planes", data->path);
  *plane  = first / numbers;
  *planes = local / numbers;
  PetscFunctionReturn(PETSC_SUCCESS);
}
