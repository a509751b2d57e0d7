/* The arrays of a data set that is being written, without values: scales of samples, components and space, a variable
   each, and the array of its checksums. On rank 0. */
#include "datasetimpl.h"

#include <hdf5_hl.h>

static const char *const axis_names[3][3] = {{"x"}, {"y", "x"}, {"z", "y", "x"}};

hid_t kar_dataset_create_file(KarDataset data, const char path[])
{
  hid_t access = H5Pcreate(H5P_FILE_ACCESS), creation = H5Pcreate(H5P_FILE_CREATE), file;

  (void)H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18);
  (void)H5Pset_link_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  (void)H5Pset_attr_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  file = H5Fcreate(path, H5F_ACC_TRUNC, creation, access);
  (void)H5Pclose(creation);
  (void)H5Pclose(access);
  return file;
}

/* An array without values: contiguous, its place in the file taken at once. */
static hid_t CreateArray(hid_t file, const char name[], hid_t type, int ndim, const hsize_t shape[])
{
  hid_t space = H5Screate_simple(ndim, shape, NULL), creation = H5Pcreate(H5P_DATASET_CREATE), array;

  (void)H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY);
  (void)H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER);
  (void)H5Pset_attr_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  array = H5Dcreate2(file, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  (void)H5Pclose(creation);
  (void)H5Sclose(space);
  return array;
}

/* The numbers 0, 1, ... along samples or components. */
static hid_t CreateCount(KarDataset data, hid_t file, const char name[], const char long_name[], PetscInt n)
{
  hsize_t   shape = (hsize_t)n;
  hid_t     scale = CreateArray(file, name, H5T_STD_I64LE, 1, &shape);
  int64_t  *index = NULL;
  PetscBool good  = scale >= 0 && !PetscMalloc1(n, &index) ? PETSC_TRUE : PETSC_FALSE;

  for (PetscInt i = 0; good && i < n; i++) index[i] = i;
  if (good)
    good = H5Dwrite(scale, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, index) >= 0 ? PETSC_TRUE : PETSC_FALSE;
  if (good)
    good =
      H5DSset_scale(scale, name) >= 0 && kar_h5_put_string(scale, "long_name", long_name) ? PETSC_TRUE : PETSC_FALSE;
  (void)PetscFree(index);
  if (good) return scale;
  if (scale >= 0) (void)H5Dclose(scale);
  return -1;
}

/* Coordinates of the points of axis i, from the origin, up or down: j L / n, or the middle of the cells (j + 1/2) L /
   n between reflecting ends. */
static hid_t CreateAxis(KarDataset data, hid_t file, PetscInt i)
{
  const char *name  = axis_names[data->info.dim - 1][i];
  const char  upper = (char)(name[0] - 'x' + 'X'), letter[2] = {upper, 0};
  PetscInt    n     = data->info.n[i];
  hsize_t     shape = (hsize_t)n;
  double     *x = NULL, h = data->info.length[i] / (double)n, length = data->info.length[i];
  hid_t       scale = CreateArray(file, name, H5T_IEEE_F64LE, 1, &shape);
  PetscBool   good  = scale >= 0 && !PetscMalloc1(n, &x) ? PETSC_TRUE : PETSC_FALSE;

  if (data->info.step[i] < 0) h = -h;

  for (PetscInt j = 0; good && j < n; j++)
    x[j] = data->info.origin[i] + h * ((double)j + (data->info.basis == KAR_BASIS_COSINE ? 0.5 : 0));
  if (good) good = H5Dwrite(scale, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, x) >= 0 ? PETSC_TRUE : PETSC_FALSE;
  if (good)
    good = H5DSset_scale(scale, name) >= 0 && kar_h5_put_string(scale, "units", data->info.units) &&
               kar_h5_put_string(scale, "axis", letter) &&
               kar_h5_put_scalar(scale, "length", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &length)
             ? PETSC_TRUE
             : PETSC_FALSE;
  (void)PetscFree(x);
  if (good) return scale;
  if (scale >= 0) (void)H5Dclose(scale);
  return -1;
}

/* The times of a path. */
static hid_t CreateTimes(KarDataset data, hid_t file)
{
  hsize_t   shape = (hsize_t)data->times;
  hid_t     scale = CreateArray(file, "time", H5T_IEEE_F64LE, 1, &shape);
  PetscBool good  = scale >= 0 && H5Dwrite(scale, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, data->time) >= 0 &&
                       H5DSset_scale(scale, "time") >= 0 && kar_h5_put_string(scale, "long_name", "time of the process")
                      ? PETSC_TRUE
                      : PETSC_FALSE;

  if (good) return scale;
  if (scale >= 0) (void)H5Dclose(scale);
  return -1;
}

/* One variable with its scales attached: scale[0] of samples, [1] of components if it has more than one, [2...] of
   space, [5] of times. */
static PetscBool CreateVariable(KarDataset data, hid_t file, PetscInt v, PetscInt samples, const hid_t scale[6])
{
  const KarVariable *variable = &data->variable[v];
  KarArray          *array    = &data->array[v];
  hid_t              on[6] = {scale[0]}, type = data->precision == KAR_FLOAT64 ? H5T_IEEE_F64LE : H5T_IEEE_F32LE;
  hsize_t            shape[6] = {(hsize_t)samples};
  const int          lead     = data->times ? 2 : 1; /* axes of samples */
  PetscBool          good;

  array->sample    = 0;
  array->component = variable->components > 1 ? lead : -1;
  array->space     = variable->components > 1 ? lead + 1 : lead;
  array->ndim      = array->space + (int)data->info.dim;
  if (data->times) shape[0] /= (hsize_t)data->times, shape[1] = (hsize_t)data->times, on[1] = scale[5];
  for (int d = lead; d < array->ndim; d++) {
    shape[d] = (hsize_t)(d < array->space ? variable->components : data->info.n[d - array->space]);
    on[d]    = d < array->space ? scale[1] : scale[2 + d - array->space];
  }
  array->id = CreateArray(file, variable->name, type, array->ndim, shape);
  good      = array->id >= 0 ? PETSC_TRUE : PETSC_FALSE;
  for (int d = 0; good && d < array->ndim; d++)
    good = H5DSattach_scale(array->id, on[d], (unsigned)d) >= 0 ? PETSC_TRUE : PETSC_FALSE;
  return good && kar_h5_put_string(array->id, "units", variable->units) &&
             kar_h5_put_string(array->id, "long_name", variable->long_name)
           ? PETSC_TRUE
           : PETSC_FALSE;
}

/* The scale of variable v's components: shared by variables with as many. 0 when it has one. */
static hid_t ComponentScale(KarDataset data, hid_t file, PetscInt v, hid_t made[])
{
  PetscInt n = data->variable[v].components, others = 0;
  char     name[32];

  if (n == 1) return 0;
  for (PetscInt u = 0; u < v; u++) {
    if (data->variable[u].components == n) return made[u];
    if (data->variable[u].components > 1) others++;
  }
  (void)snprintf(name, sizeof(name), others ? "component_%d" : "component", (int)n);
  return made[v] = CreateCount(data, file, name, "component", n);
}

PetscBool kar_dataset_create_contents(KarDataset data, hid_t file, PetscInt samples)
{
  hid_t     scale[6] = {0}, made[KAR_VARIABLES] = {0}, group;
  hsize_t   shape = (hsize_t)samples, table[2] = {shape, (hsize_t)data->extra};
  PetscBool good = PETSC_TRUE;

  scale[0] =
    CreateCount(data, file, "sample", data->times ? "path" : "sample", data->times ? samples / data->times : samples);
  if (data->times) scale[5] = CreateTimes(data, file);
  for (PetscInt i = 0; i < data->info.dim; i++) scale[2 + i] = CreateAxis(data, file, i);
  group = H5Gcreate2(file, "checks", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  for (PetscInt v = 0; good && v < data->info.variables; v++) {
    hid_t sums = CreateArray(group, data->variable[v].name, H5T_STD_U64LE, 1, &shape);

    scale[1] = ComponentScale(data, file, v, made);
    good     = scale[1] >= 0 && sums >= 0 && CreateVariable(data, file, v, samples, scale) ? PETSC_TRUE : PETSC_FALSE;
    if (sums >= 0) (void)H5Dclose(sums);
  }
  if (good && data->extra) {
    hid_t numbers = CreateArray(file, KAR_NUMBERS, H5T_IEEE_F64LE, 2, table);

    good = numbers >= 0 ? PETSC_TRUE : PETSC_FALSE;
    if (good) (void)H5Dclose(numbers);
  }
  for (PetscInt v = 0; v < data->info.variables; v++)
    if (made[v] > 0) (void)H5Dclose(made[v]);
  for (PetscInt i = 0; i < data->info.dim; i++)
    if (scale[2 + i] >= 0) (void)H5Dclose(scale[2 + i]);
  if (scale[0] >= 0) (void)H5Dclose(scale[0]);
  if (data->times && scale[5] >= 0) (void)H5Dclose(scale[5]);
  if (group >= 0) (void)H5Gclose(group);
  return good;
}
