/* A phase from HDF5 as MintPy lays it out: dataset (y, x) or (layer, y, x), place and wavelength as text attributes of the root
   (X_FIRST, Y_FIRST, X_STEP, Y_STEP, X_UNIT, WAVELENGTH).  Our own files, phase(sample, y, x), are of this shape too. */
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
  if (!GetNumber(file, "X_FIRST", &first[0]) || !GetNumber(file, "Y_FIRST", &first[1]) || !GetNumber(file, "X_STEP", &step[0]) ||
      !GetNumber(file, "Y_STEP", &step[1]))
    return;
  kar_scene_put_place(scene, first, step);
  if (scene->georeferenced && kar_h5_get_string(file, "X_UNIT", sizeof(unit), unit))
    (void)snprintf(scene->units, sizeof(scene->units), unit[0] == 'm' ? "meters" : "degrees");
}

static hid_t OpenDataset(hid_t file, const char wanted[])
{
  static const char *const names[] = {"wrapPhase", "unwrapPhase", "phase", "complex", NULL};

  if (wanted[0]) return H5Dopen2(file, wanted, H5P_DEFAULT);
  for (int i = 0; names[i]; i++)
    if (H5Lexists(file, names[i], H5P_DEFAULT) > 0) return H5Dopen2(file, names[i], H5P_DEFAULT);
  return -1;
}

/* The memory type of a pixel: a float, or the two members of a complex number; negative when it is neither. */
static hid_t PixelType(hid_t dataset, PetscBool *paired)
{
  hid_t type = H5Dget_type(dataset), memory = -1;

  *paired = H5Tget_class(type) == H5T_COMPOUND && H5Tget_nmembers(type) == 2 && H5Tget_member_class(type, 0) == H5T_FLOAT &&
                H5Tget_member_class(type, 1) == H5T_FLOAT
              ? PETSC_TRUE
              : PETSC_FALSE;
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

/* Whether HDF5 has every filter that the chunks went through; h5py's lzf is h5py's alone. */
static PetscBool Readable(hid_t dataset)
{
  hid_t     how  = H5Dget_create_plist(dataset);
  PetscBool good = PETSC_TRUE;

  for (int f = 0; f < H5Pget_nfilters(how); f++) {
    unsigned flags, detail;
    size_t   values = 0;

    if (H5Zfilter_avail(H5Pget_filter2(how, (unsigned)f, &flags, &values, NULL, 0, NULL, &detail)) <= 0) good = PETSC_FALSE;
  }
  (void)H5Pclose(how);
  return good;
}

static PetscBool ReadPixels(hid_t dataset, hid_t memory, PetscBool paired, const char path[], const KarSceneOptions *options, KarScene *scene, char why[KAR_WHY])
{
  hid_t     space    = H5Dget_space(dataset);
  hsize_t   shape[3] = {1, 1, 1};
  const int ndim     = H5Sget_simple_extent_ndims(space);
  float    *pairs    = NULL;
  PetscBool good;

  if (ndim == 2 || ndim == 3) (void)H5Sget_simple_extent_dims(space, shape, NULL);
  (void)H5Sclose(space);
  if (ndim != 2 && ndim != 3) Refuse("%s: a dataset of %d axes: a scene is (y, x) or (layer, y, x)", path, ndim);
  if (ndim == 3 && (hsize_t)options->layer >= shape[0])
    Refuse("-scene_layer %" PetscInt_FMT ": %s has layers 0 to %lld", options->layer, path, (long long)shape[0] - 1);
  if (!kar_scene_allocate(path, (PetscInt64)shape[ndim - 2], (PetscInt64)shape[ndim - 1], scene, why)) return PETSC_FALSE;
  if (paired) pairs = malloc((size_t)(scene->n[0] * scene->n[1]) * 2 * sizeof(float));
  if (paired && !pairs) Refuse("%s: no memory", path);
  good = ReadLayer(dataset, memory, ndim, (hsize_t)options->layer, shape, paired ? (void *)pairs : scene->phase);
  if (good) kar_scene_put_real(scene);
  for (PetscInt i = 0; i < scene->n[0] * scene->n[1] && paired && good; i++) kar_scene_put_complex(scene, i, pairs[2 * i], pairs[2 * i + 1]);
  free(pairs);
  if (!good && !Readable(dataset)) Refuse("%s: packed by a filter that HDF5 lacks here: unpack it where it is known (h5repack -f NONE)", path);
  if (!good) Refuse("%s: its pixels cannot be read: truncated or damaged", path);
  return PETSC_TRUE;
}

static void MaskNoData(hid_t object, KarScene *scene)
{
  PetscReal value;

  if (!GetNumber(object, "NO_DATA_VALUE", &value) && !GetNumber(object, "_FillValue", &value)) return;
  for (PetscInt i = 0; i < scene->n[0] * scene->n[1]; i++)
    if (scene->phase[i] == (float)value) scene->valid[i] = 0;
}

static PetscBool ReadFile(hid_t file, hid_t dataset, const char path[], const KarSceneOptions *options, KarScene *scene, char why[KAR_WHY])
{
  char      unit[32] = "";
  PetscBool paired, good;
  hid_t     memory;

  if (dataset < 0 && options->dataset[0]) Refuse("%s: no dataset %s", path, options->dataset);
  if (dataset < 0) Refuse("%s: none of the datasets wrapPhase, unwrapPhase, phase: name one with -scene_dataset", path);
  if (!kar_h5_get_string(dataset, "units", sizeof(unit), unit)) (void)kar_h5_get_string(file, "UNIT", sizeof(unit), unit);
  if (unit[0] == 'm' || !strncmp(unit, "cm", 2)) Refuse("%s: its unit is %s: a phase is in radian", path, unit);
  memory = PixelType(dataset, &paired);
  if (memory < 0) Refuse("%s: pixels that are neither floating point nor complex", path);
  good = ReadPixels(dataset, memory, paired, path, options, scene, why);
  (void)H5Tclose(memory);
  if (!good) return PETSC_FALSE;
  ReadPlace(file, scene);
  MaskNoData(dataset, scene);
  MaskNoData(file, scene);
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
