/* Numbers that belong to samples: an array NAME(sample) beside the fields, or of a path each, or an attribute NAME of
   their file, which all its samples share. And which samples are one path after another in time. */
#include "datasetimpl.h"

#include <stdlib.h>

/* Numbers of an array of at most one axis, which the caller frees; NULL when there is none. */
static double *ReadArray(hid_t file, const char name[], PetscInt *n)
{
  const hid_t id = H5Lexists(file, name, H5P_DEFAULT) > 0 ? H5Dopen2(file, name, H5P_DEFAULT) : -1;
  double     *x  = NULL;
  hid_t       space;

  if (id < 0) return NULL;
  space = H5Dget_space(id);
  *n    = H5Sget_simple_extent_ndims(space) <= 1 ? (PetscInt)H5Sget_simple_extent_npoints(space) : 0;
  if (*n > 0) x = malloc((size_t)*n * sizeof(*x));
  if (x && H5Dread(id, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, x) < 0) {
    free(x);
    x = NULL;
  }
  (void)H5Sclose(space);
  (void)H5Dclose(id);
  return x;
}

/* Of the n samples of one file; false when it has none, or not as many. */
static PetscBool ReadFile(hid_t file, const char name[], PetscInt n, PetscReal value[])
{
  PetscInt  there = 0;
  double   *x     = ReadArray(file, name, &there), one;
  PetscBool good  = x && n % there == 0 ? PETSC_TRUE : PETSC_FALSE;

  for (PetscInt i = 0; good && i < n; i++) value[i] = (PetscReal)x[i / (n / there)];
  if (!x && H5Lexists(file, name, H5P_DEFAULT) <= 0 && kar_h5_get_scalar(file, name, H5T_NATIVE_DOUBLE, &one)) {
    for (PetscInt i = 0; i < n; i++) value[i] = (PetscReal)one;
    good = PETSC_TRUE;
  }
  free(x);
  return good;
}

PetscErrorCode KarDatasetReadNumbers(KarDataset data, const char name[], PetscInt n, PetscReal value[],
                                     PetscBool *found)
{
  const KarArray *array = &data->array[0];
  PetscInt        next;

  PetscFunctionBegin;
  PetscCheck(n == data->variable[0].samples, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ, "%s has %" PetscInt_FMT " samples",
             data->path, data->variable[0].samples);
  *found = PETSC_TRUE;
  for (PetscInt p = 0; p < array->parts && *found; p = next) {
    const char *path = array->part[p].file;
    char        why[512];
    PetscInt    count = 0;

    for (next = p; next < array->parts; next++) {
      const char *other = array->part[next].file;

      if (path ? !other || strcmp(path, other) : other != NULL) break;
      count += array->part[next].samples;
    }
    const hid_t file = path ? kar_h5_open(path, sizeof(why), why) : data->file;

    *found = file >= 0 && ReadFile(file, name, count, value + array->part[p].first) ? PETSC_TRUE : PETSC_FALSE;
    if (path && file >= 0) (void)H5Fclose(file);
  }
  for (PetscInt i = 0; i < n && *found; i++)
    KarCheck(data->comm, PetscIsNormalReal(value[i]) || value[i] == 0, PETSC_ERR_FILE_READ,
             "%s: %s of sample %" PetscInt_FMT " is %g: each sample needs a number", data->path, name, i,
             (double)value[i]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetReopen(KarDataset data, MPI_Comm comm, const char variable[], KarDataset *other)
{
  KarReadOptions options = {.fill = data->options.fill, .value = data->options.value, .even = data->options.even};

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(options.variable, variable, sizeof(options.variable)));
  PetscCall(PetscStrncpy(options.axes, data->options.axes, sizeof(options.axes)));
  PetscCall(KarDatasetOpenAs(comm, data->asked, &options, other));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetGetTimes(KarDataset data, PetscInt v, PetscInt *n)
{
  const KarLayout *l    = data->array[v].parts ? &data->array[v].part[0].layout : &data->array[v].layout;
  int              last = -1;

  PetscFunctionBegin;
  *n = 1;
  for (int d = 0; d < l->ndim; d++)
    if (l->role[d] == 's') last = d;
  if (last >= 0 && kar_axis_is_time(l->name[last])) *n = (PetscInt)l->shape[last];
  PetscFunctionReturn(PETSC_SUCCESS);
}
