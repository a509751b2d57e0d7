/* Data sets, read: each rank opens the file by itself and reads what it needs. */
#include "datasetimpl.h"

#include <glob.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>

PetscErrorCode KarReadOptionsRead(const char prefix[], KarReadOptions *options)
{
  PetscFunctionBegin;
  *options = (KarReadOptions){.value = NAN};
  PetscCall(KarOptionsString(prefix, "variable",
                             "variable of the file: a name, a path group/name, or a pattern of arrays that hold a "
                             "field each; without it the first one of fields",
                             sizeof(options->variable), options->variable));
  PetscCall(KarOptionsString(prefix, "axes",
                             "axes of the array in the order of the file: s samples, c components, z, y, x, as in "
                             "-axes s,y,x,c; without it by their names, or their number",
                             sizeof(options->axes), options->axes));
  PetscCall(KarOptionsGiven(prefix, "fill_missing", &options->fill));
  PetscCall(KarOptionsReal(
    prefix, "fill_missing",
    "value of points that have none (_FillValue, valid_range, NaN); without this option they are an error",
    -PETSC_MAX_REAL, PETSC_MAX_REAL, &options->value));
  PetscCall(
    KarOptionsBool(prefix, "resample_axes",
                   "interpolate linearly along axes whose points are not uniform; without it they are taken as if "
                   "they were",
                   &options->even));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- The file, or the files
 * ------------------------------------------------------------------------------------------- */
/* The files of a set, "a.nc,b.nc" or a pattern; false when `path` is but one. */
static PetscBool IsSet(const char path[])
{
  struct stat there;

  return stat(path, &there) && strpbrk(path, ",*?[") ? PETSC_TRUE : PETSC_FALSE;
}

static PetscBool ListFiles(const char path[], glob_t *files, size_t size, char why[])
{
  char *text = strdup(path), *next = NULL;
  int   some = 0;

  for (char *word = text ? strtok_r(text, ",", &next) : NULL; word; word = strtok_r(NULL, ",", &next)) {
    if (glob(word, some++ ? GLOB_APPEND : 0, NULL, files)) {
      (void)snprintf(why, size, "%s is missing: check the name", word);
      free(text);
      return PETSC_FALSE;
    }
  }
  free(text);
  if (!some) (void)snprintf(why, size, "%s: no files", path);
  return some ? PETSC_TRUE : PETSC_FALSE;
}

/* The chosen variable of one further file, behind the samples there are. */
static PetscBool AddFile(KarDataset data, const char path[], size_t size, char why[])
{
  KarDataset     more;
  KarDatasetInfo a = data->info, b;
  PetscBool      good;

  if (KarDatasetNew(MPI_COMM_SELF, path, &more)) return (void)snprintf(why, size, "%s: no memory", path), PETSC_FALSE;
  more->options = data->options;
  if (!data->options.variable[0])
    (void)snprintf(more->options.variable, sizeof(more->options.variable), "%s", data->variable[0].name);
  good = kar_dataset_open(more, path, PETSC_TRUE, size, why);
  b    = more->info;
  if (good && (more->variable[0].components != data->variable[0].components || a.dim != b.dim || a.n[0] != b.n[0] ||
               a.n[1] != b.n[1] || a.n[2] != b.n[2])) {
    (void)snprintf(why, size, "%s and %s: %s has other axes: the files of a set are on one grid", data->path, path,
                   data->variable[0].name);
    good = PETSC_FALSE;
  }
  for (int i = 0; good && i < a.dim; i++)
    if (PetscAbsReal(a.length[i] - b.length[i]) > 1e-6 * a.length[i]) {
      (void)snprintf(why, size, "%s and %s: their boxes differ, %g and %g along axis %d", data->path, path,
                     (double)a.length[i], (double)b.length[i], i);
      good = PETSC_FALSE;
    }
  if (good && strcmp(more->variable[0].units, data->variable[0].units)) {
    (void)snprintf(why, size, "%s and %s: %s has units %s and %s", data->path, path, data->variable[0].name,
                   data->variable[0].units, more->variable[0].units);
    good = PETSC_FALSE;
  }
  for (PetscInt p = 0; good && p < more->array[0].parts; p++) {
    (void)kar_dataset_seek(more, 0, more->array[0].part[p].first, &(PetscInt){0});
    good = kar_dataset_add_part(data, 0, path, more->array[0].part[p].name, more->array[0].id,
                                &(KarLayout){.samples = more->array[0].part[p].samples});
    if (good) data->array[0].part[data->array[0].parts - 1].layout = more->array[0].part[p].layout;
  }
  (void)KarDatasetDestroy(&more);
  return good;
}

/* All files of a set: one variable, on the grid of the first. */
static PetscBool OpenSet(KarDataset data, const char path[], size_t size, char why[])
{
  glob_t    files = {0};
  PetscBool good  = ListFiles(path, &files, size, why);

  if (good) {
    (void)snprintf(data->path, sizeof(data->path), "%s", files.gl_pathv[0]);
    good = kar_dataset_open(data, files.gl_pathv[0], PETSC_TRUE, size, why);
    if (good) data->info.variables = 1;
    for (size_t f = 1; good && f < files.gl_pathc; f++) good = AddFile(data, files.gl_pathv[f], size, why);
    if (good) data->info.samples = data->variable[0].samples;
  }
  globfree(&files);
  return good;
}

PetscBool kar_dataset_open(KarDataset data, const char path[], PetscBool discover, size_t size, char why[])
{
  PetscBool good = PETSC_TRUE;

  if (discover && IsSet(path)) return OpenSet(data, path, size, why);
  data->file = kar_h5_open(path, size, why);
  if (data->file < 0) return PETSC_FALSE;
  if (discover) return kar_dataset_discover(data, size, why);
  for (PetscInt v = 0; v < data->info.variables; v++) {
    data->array[v].id = H5Dopen2(data->file, data->variable[v].name, H5P_DEFAULT);
    kar_layout_own(&data->array[v], data->variable[v].samples, data->times, data->variable[v].components,
                   data->info.dim, data->info.n);
    if (data->array[v].id < 0) good = PETSC_FALSE;
  }
  if (!good) (void)snprintf(why, size, "%s cannot be read back", path);
  return good;
}

/* Collective. NULL and the reason when it cannot be opened. */
static PetscErrorCode Try(MPI_Comm comm, const char path[], const KarReadOptions *options, PetscBool suspect,
                          KarDataset *data, size_t size, char why[])
{
  PetscBool good;

  PetscFunctionBegin;
  why[0] = 0;
  PetscCall(KarDatasetNew(comm, path, data));
  (*data)->suspect = suspect;
  if (options) (*data)->options = *options;
  good = kar_dataset_open(*data, path, PETSC_TRUE, size, why);
  PetscCall(KarShareError(comm, good, why, size));
  if (why[0]) PetscCall(KarDatasetDestroy(data));
  else PetscCall(KarDatasetCreateBuffer(*data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode OpenUnchecked(MPI_Comm comm, const char path[], const KarReadOptions *options, PetscBool suspect,
                                    KarDataset *data)
{
  char why[512];

  PetscFunctionBegin;
  PetscCall(Try(comm, path, options, suspect, data, sizeof(why), why));
  KarCheck(comm, !why[0], PETSC_ERR_FILE_OPEN, "%s", why);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetTry(MPI_Comm comm, const char path[], const KarReadOptions *options, KarDataset *data,
                             size_t size, char why[])
{
  PetscFunctionBegin;
  PetscCall(Try(comm, path, options, PETSC_FALSE, data, size, why));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetOpen(MPI_Comm comm, const char path[], KarDataset *data)
{
  PetscFunctionBegin;
  PetscCall(KarDatasetOpenAs(comm, path, NULL, data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetOpenAs(MPI_Comm comm, const char path[], const KarReadOptions *options, KarDataset *data)
{
  KarFileState state = KAR_FILE_SOUND;
  PetscMPIInt  rank;
  struct stat  there;
  PetscBool    small = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) small = !stat(path, &there) && there.st_size < (off_t)1 << 28 ? PETSC_TRUE : PETSC_FALSE;
  PetscCallMPI(MPI_Bcast(&small, 1, MPIU_BOOL, 0, comm));
  if (small) PetscCall(KarFileCheck(comm, path, &state));
  KarCheck(comm, state != KAR_FILE_DAMAGED, PETSC_ERR_FILE_READ,
           "%s is damaged: its checksum does not fit; karhunen verify says where", path);
  PetscCall(OpenUnchecked(comm, path, options, PETSC_FALSE, data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFileVerify(MPI_Comm comm, const char path[])
{
  KarFileState   state;
  KarDataset     data;
  PetscErrorCode code;
  PetscInt       checked;

  PetscFunctionBegin;
  PetscCall(KarFileCheck(comm, path, &state));
  KarCheck(comm, state != KAR_FILE_MISSING, PETSC_ERR_FILE_OPEN, "%s is missing: check the name", path);
  KarCheck(comm, state != KAR_FILE_UNSEALED, PETSC_ERR_FILE_READ,
           "%s has no checksum at its end: it was cut, changed since, or not written by this program", path);
  if (state == KAR_FILE_DAMAGED) {
    PetscCall(OpenUnchecked(comm, path, NULL, PETSC_TRUE, &data));
    code = KarDatasetVerify(data, &checked);
    PetscCall(KarDatasetDestroy(&data));
    PetscCall(code);
  }
  KarCheck(comm, state == KAR_FILE_SOUND, PETSC_ERR_FILE_READ,
           "%s is damaged outside its fields: its checksum does not fit", path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Attributes ------------------------------------------------------------ */
static PetscErrorCode Found(KarDataset data, const char name[], PetscBool there, PetscBool *found)
{
  PetscFunctionBegin;
  KarCheck(PETSC_COMM_SELF, there || found, PETSC_ERR_FILE_READ, "%s has no attribute %s", data->path, name);
  if (found) *found = there;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetGetString(KarDataset data, const char name[], size_t size, char value[], PetscBool *found)
{
  PetscFunctionBegin;
  PetscCall(Found(data, name, kar_h5_get_string(data->file, name, size, value), found));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetGetReal(KarDataset data, const char name[], PetscReal *value, PetscBool *found)
{
  double    number;
  PetscBool there = kar_h5_get_scalar(data->file, name, H5T_NATIVE_DOUBLE, &number);

  PetscFunctionBegin;
  PetscCall(Found(data, name, there, found));
  if (there) *value = (PetscReal)number;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetGetInt(KarDataset data, const char name[], PetscInt64 *value, PetscBool *found)
{
  PetscFunctionBegin;
  PetscCall(Found(data, name, kar_h5_get_scalar(data->file, name, H5T_NATIVE_INT64, value), found));
  PetscFunctionReturn(PETSC_SUCCESS);
}
