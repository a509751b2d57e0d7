/* A phase from HDF5 or netCDF-4: dataset (y, x) or (layer, y, x), place and wavelength as MintPy's text attributes of
   the root (X_FIRST, Y_FIRST, X_STEP, Y_STEP, X_UNIT, WAVELENGTH), else from the coordinates of its axes, as GMT and
   ARIA write them.  Our own files, phase(sample, y, x), are of this shape too.  Real numbers are read by KarDataset:
   packed, missing, axes in any order. */
#include "sceneimpl.h"
#include <karhunen/impl/h5.h>

#include <math.h>
#include <stdlib.h>

/* An attribute that is a number, or text that begins with one. */
static PetscBool GetNumber(hid_t object, const char name[], PetscReal *value)
{
  char   text[64], *end;
  double number;

  if (kar_h5_get_string(object, name, sizeof(text), text)) {
    number = strtod(text, &end);
    if (end == text) return PETSC_FALSE;
  } else if (!kar_h5_get_scalar(object, name, H5T_NATIVE_DOUBLE, &number)) return PETSC_FALSE;
  if (!isfinite(number)) return PETSC_FALSE;
  *value = number;
  return PETSC_TRUE;
}

static void ReadPlace(hid_t file, KarScene *scene)
{
  char      unit[16] = "";
  PetscReal first[2], step[2];

  (void)GetNumber(file, "WAVELENGTH", &scene->wavelength);
  if (!GetNumber(file, "X_FIRST", &first[0]) || !GetNumber(file, "Y_FIRST", &first[1]) ||
      !GetNumber(file, "X_STEP", &step[0]) || !GetNumber(file, "Y_STEP", &step[1]))
    return;
  kar_scene_put_place(scene, first, step);
  if (scene->georeferenced && kar_h5_get_string(file, "X_UNIT", sizeof(unit), unit))
    (void)snprintf(scene->units, sizeof(scene->units), unit[0] == 'm' ? "meters" : "degrees");
}

/* Each group on the way too. */
static PetscBool Exists(hid_t file, const char path[])
{
  char part[KAR_PATH];

  for (const char *end = strchr(path, '/'); end; end = strchr(end + 1, '/')) {
    (void)snprintf(part, sizeof(part), "%.*s", (int)(end - path), path);
    if (H5Lexists(file, part, H5P_DEFAULT) <= 0) return PETSC_FALSE;
  }
  return H5Lexists(file, path, H5P_DEFAULT) > 0 ? PETSC_TRUE : PETSC_FALSE;
}

static hid_t OpenDataset(hid_t file, const char wanted[])
{
  static const char *const names[] = {
    "wrapPhase", "unwrapPhase", "phase", "complex", "z", "science/grids/data/unwrappedPhase", NULL};

  if (wanted[0]) return H5Dopen2(file, wanted, H5P_DEFAULT);
  for (int i = 0; names[i]; i++)
    if (Exists(file, names[i])) return H5Dopen2(file, names[i], H5P_DEFAULT);
  return -1;
}

/* The memory type of a pixel: a float, or the two members of a complex number; negative when it is neither. */
static hid_t PixelType(hid_t dataset, PetscBool *paired)
{
  hid_t type = H5Dget_type(dataset), memory = -1;

  *paired = H5Tget_class(type) == H5T_COMPOUND && H5Tget_nmembers(type) == 2 &&
                H5Tget_member_class(type, 0) == H5T_FLOAT && H5Tget_member_class(type, 1) == H5T_FLOAT
              ? PETSC_TRUE
              : PETSC_FALSE;
  if (H5Tget_class(type) == H5T_INTEGER &&
      (H5Aexists(dataset, "scale_factor") > 0 || H5Aexists(dataset, "add_offset") > 0))
    memory = H5Tcopy(H5T_NATIVE_FLOAT);
  if (*paired) {
    memory = H5Tcreate(H5T_COMPOUND, 2 * sizeof(float));
    for (unsigned i = 0; i < 2; i++) {
      char *name = H5Tget_member_name(type, i);

      (void)H5Tinsert(memory, name, i * sizeof(float), H5T_NATIVE_FLOAT);
      (void)H5free_memory(name);
    }
  } else if (H5Tget_class(type) == H5T_FLOAT) memory = H5Tcopy(H5T_NATIVE_FLOAT);
  (void)H5Tclose(type);
  return memory;
}

/* Layer `layer` of the dataset into values. */
static PetscBool ReadLayer(hid_t dataset, hid_t memory, int ndim, hsize_t layer, const hsize_t shape[3], void *values)
{
  const hsize_t from[3] = {ndim == 3 ? layer : 0, 0, 0}, count[3] = {ndim == 3 ? 1 : shape[0], shape[1], shape[2]};
  hid_t         space = H5Dget_space(dataset), block;
  PetscBool     good;

  (void)H5Sselect_hyperslab(space, H5S_SELECT_SET, from, NULL, count, NULL);
  block = H5Screate_simple(ndim, count, NULL);
  good  = H5Dread(dataset, memory, block, space, H5P_DEFAULT, values) >= 0 ? PETSC_TRUE : PETSC_FALSE;
  (void)H5Sclose(block);
  (void)H5Sclose(space);
  return good;
}

static PetscBool ReadComplex(hid_t dataset, hid_t memory, const char path[], const KarSceneOptions *options,
                             KarScene *scene, char why[KAR_WHY])
{
  hid_t     space    = H5Dget_space(dataset);
  hsize_t   shape[3] = {1, 1, 1};
  const int ndim     = H5Sget_simple_extent_ndims(space);
  float    *pairs;
  PetscBool good;

  if (ndim == 2 || ndim == 3) (void)H5Sget_simple_extent_dims(space, shape, NULL);
  (void)H5Sclose(space);
  if (ndim != 2 && ndim != 3) Refuse("%s: a dataset of %d axes: a scene is (y, x) or (layer, y, x)", path, ndim);
  if (ndim == 3 && (hsize_t)options->layer >= shape[0])
    Refuse("-scene_layer %" PetscInt_FMT ": %s has layers 0 to %lld", options->layer, path, (long long)shape[0] - 1);
  if (!kar_scene_allocate(path, (PetscInt64)shape[ndim - 2], (PetscInt64)shape[ndim - 1], scene, why))
    return PETSC_FALSE;
  pairs = malloc((size_t)(scene->n[0] * scene->n[1]) * 2 * sizeof(float));
  if (!pairs) Refuse("%s: no memory", path);
  good = ReadLayer(dataset, memory, ndim, (hsize_t)options->layer, shape, pairs);
  for (PetscInt i = 0; i < scene->n[0] * scene->n[1] && good; i++)
    kar_scene_put_complex(scene, i, pairs[2 * i], pairs[2 * i + 1]);
  free(pairs);
  if (!good)
    Refuse("%s: its pixels cannot be read: truncated or damaged, or packed by a filter that HDF5 lacks here", path);
  return PETSC_TRUE;
}

/* The place by the coordinates of the axes, which are those of the pixels' centres. */
static void TakePlace(const KarDatasetInfo *info, KarScene *scene)
{
  PetscReal first[2], step[2];

  if (info->step[0] == 0 || info->step[1] == 0) return;
  for (int i = 0; i < 2; i++) {
    step[i]  = info->step[1 - i];
    first[i] = info->first[1 - i] - step[i] / 2;
  }
  kar_scene_put_place(scene, first, step);
  if (scene->georeferenced && !strcmp(info->units, "degrees"))
    (void)snprintf(scene->units, sizeof(scene->units), "degrees");
  if (scene->georeferenced && info->units[0] == 'm') (void)snprintf(scene->units, sizeof(scene->units), "meters");
}

/* One row at a time; what has no value becomes NaN. */
static PetscBool ReadRows(KarDataset data, PetscInt layer, KarScene *scene, char why[KAR_WHY])
{
  PetscReal *row = malloc((size_t)scene->n[1] * sizeof(*row));

  if (!row) Refuse("no memory for a row of %" PetscInt_FMT " pixels", scene->n[1]);
  why[0] = 0;
  for (PetscInt i = 0; i < scene->n[0] && !why[0]; i++) {
    if (KarDatasetReadPlanes(data, 0, layer, i, 1, row, KAR_WHY, why))
      (void)snprintf(why, KAR_WHY, "its pixels cannot be read");
    for (PetscInt j = 0; j < scene->n[1]; j++) scene->phase[i * scene->n[1] + j] = (float)row[j];
  }
  free(row);
  return why[0] ? PETSC_FALSE : PETSC_TRUE;
}

static PetscBool ReadPlane(KarDataset data, const char path[], const KarSceneOptions *options, KarScene *scene,
                           char why[KAR_WHY])
{
  KarDatasetInfo info;
  KarVariable    variable;

  (void)KarDatasetGetInfo(data, &info);
  (void)KarDatasetGetVariable(data, 0, &variable);
  if (info.dim != 2 || variable.components != 1)
    Refuse("%s: %s has %" PetscInt_FMT " axes of space and %" PetscInt_FMT
           " components: a scene is (y, x) or (layer, y, x)",
           path, variable.name, info.dim, variable.components);
  if (options->layer >= variable.samples)
    Refuse("-scene_layer %" PetscInt_FMT ": %s has layers 0 to %" PetscInt_FMT, options->layer, path,
           variable.samples - 1);
  if (!kar_scene_allocate(path, info.n[0], info.n[1], scene, why) || !ReadRows(data, options->layer, scene, why))
    return PETSC_FALSE;
  kar_scene_put_real(scene);
  TakePlace(&info, scene);
  return PETSC_TRUE;
}

static PetscBool ReadReal(const char path[], const char name[], const KarSceneOptions *options, KarScene *scene,
                          char why[KAR_WHY])
{
  KarReadOptions reading = {.fill = PETSC_TRUE, .value = NAN};
  KarDataset     data;
  PetscBool      good;

  (void)snprintf(reading.variable, sizeof(reading.variable), "%s", name);
  if (KarDatasetTry(MPI_COMM_SELF, path, &reading, &data, KAR_WHY, why) || !data) return PETSC_FALSE;
  good = ReadPlane(data, path, options, scene, why);
  (void)KarDatasetDestroy(&data);
  return good;
}

static void MaskNoData(hid_t object, KarScene *scene)
{
  PetscReal value;

  if (!GetNumber(object, "NO_DATA_VALUE", &value) && !GetNumber(object, "_FillValue", &value)) return;
  for (PetscInt i = 0; i < scene->n[0] * scene->n[1]; i++)
    if (scene->phase[i] == (float)value) scene->valid[i] = 0;
}

/* MintPy's stacks have 0 where nothing was measured, and no attribute that says so. */
static void MaskZeros(hid_t file, KarScene *scene)
{
  char type[32] = "";

  (void)kar_h5_get_string(file, "FILE_TYPE", sizeof(type), type);
  for (PetscInt i = 0; !strcmp(type, "ifgramStack") && i < scene->n[0] * scene->n[1]; i++)
    if (scene->phase[i] == 0) scene->valid[i] = 0;
}

static PetscBool ReadFile(hid_t file, hid_t dataset, const char path[], const KarSceneOptions *options, KarScene *scene,
                          char why[KAR_WHY])
{
  char      unit[32] = "", name[KAR_PATH] = "";
  PetscBool paired, good;
  hid_t     memory;

  if (dataset < 0 && options->dataset[0]) Refuse("%s: no dataset %s", path, options->dataset);
  if (dataset < 0) Refuse("%s: none of the datasets wrapPhase, unwrapPhase, phase: name one with -scene_dataset", path);
  if (!kar_h5_get_string(dataset, "units", sizeof(unit), unit))
    (void)kar_h5_get_string(file, "UNIT", sizeof(unit), unit);
  if (unit[0] == 'm' || !strncmp(unit, "cm", 2)) Refuse("%s: its unit is %s: a phase is in radian", path, unit);
  memory = PixelType(dataset, &paired);
  if (memory < 0) Refuse("%s: pixels that are neither floating point nor complex, nor packed", path);
  (void)H5Iget_name(dataset, name, sizeof(name));
  good = paired ? ReadComplex(dataset, memory, path, options, scene, why) : ReadReal(path, name, options, scene, why);
  (void)H5Tclose(memory);
  if (!good) return PETSC_FALSE;
  ReadPlace(file, scene);
  MaskNoData(dataset, scene);
  MaskNoData(file, scene);
  MaskZeros(file, scene);
  return PETSC_TRUE;
}

PetscBool kar_scene_mintpy(const char path[], const KarSceneOptions *options, KarScene *scene, char why[KAR_WHY])
{
  hid_t     file = kar_h5_open(path, KAR_WHY, why), dataset;
  PetscBool good;

  if (file < 0) return PETSC_FALSE;
  dataset = OpenDataset(file, options->dataset);
  good    = ReadFile(file, dataset, path, options, scene, why);
  if (dataset >= 0) (void)H5Dclose(dataset);
  (void)H5Fclose(file);
  return good;
}
