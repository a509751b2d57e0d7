/* Data sets, read: each rank opens the file by itself and reads what it needs. Files made by others are understood by the
   names of their dimension scales, else by their number of dimensions. */
#include "datasetimpl.h"
#include <hdf5_hl.h>
#include <sys/stat.h>

/* --- Understanding an array --------------------------------------------------------------------------------------- */
static const char *const space_names[]     = {"x", "y", "z", "lon", "lat", "longitude", "latitude",
                                              "depth", "height", "level", "row", "col", "column", NULL};
static const char *const component_names[] = {"component", "channel", "band", NULL};

typedef enum { UNKNOWN,
               SAMPLE,
               COMPONENT,
               SPACE } Role;

static PetscBool In(const char *const names[], const char name[])
{
  for (; *names; names++)
    if (!strncmp(*names, name, strlen(*names)) && (!name[strlen(*names)] || name[strlen(*names)] == '_'))
      return PETSC_TRUE;
  return PETSC_FALSE;
}

herr_t kar_h5_first_scale(hid_t array, unsigned d, hid_t scale, void *found)
{
  *(hid_t *)found = H5Dopen2(scale, ".", H5P_DEFAULT);
  return 1;
}

/* What an axis of an array is called, and its scale for the one who closes it; -1 when it has none. */
static hid_t AxisScale(hid_t array, int d, size_t size, char name[])
{
  hid_t scale     = -1;
  char  path[256] = "";

  name[0] = 0;
  (void)H5DSiterate_scales(array, (unsigned)d, NULL, kar_h5_first_scale, &scale);
  if (scale < 0) return -1;
  (void)H5Iget_name(scale, path, sizeof(path));
  (void)snprintf(name, size, "%s", strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
  return scale;
}

static Role AxisRole(hid_t array, int d)
{
  char  name[128];
  hid_t scale = AxisScale(array, d, sizeof(name), name);

  if (scale < 0) return UNKNOWN;
  (void)H5Dclose(scale);
  return In(component_names, name) ? COMPONENT : In(space_names, name) ? SPACE
                                                                       : SAMPLE;
}

/* Roles of the axes, (sample?, component?, space...): from the number of axes of space when the file is ours and tells it
   (dim > 0), else from their names, else (x), (y,x), (sample,y,x), (sample,component,y,x)
   when few components, else (sample,z,y,x), (sample,component,z,y,x). False when it is none of these. */
static PetscBool Understand(hid_t array, int64_t dim, int ndim, const hsize_t shape[], Role role[8])
{
  static const int first[] = {0, 0, 0, 1, 1, 2}; /* axis where space begins, by the number of axes */
  int              d = 0, named = 0;

  for (int i = 0; i < ndim && dim <= 0; i++) {
    role[i] = AxisRole(array, i);
    if (role[i] == SPACE) named++;
  }
  if (!named) {
    int space = dim > 0 ? ndim - (int)dim : ndim == 4 && shape[1] <= 4 ? 2
                                                                       : first[PetscMin(ndim, 5)];

    for (int i = 0; i < ndim; i++) role[i] = i >= space ? SPACE : i ? COMPONENT
                                                                    : SAMPLE;
  }
  if (d < ndim && (role[d] == SAMPLE || role[d] == UNKNOWN)) role[d++] = SAMPLE;
  if (d < ndim && role[d] == COMPONENT) d++;
  if (d == ndim || ndim - d > 3) return PETSC_FALSE;
  for (; d < ndim; d++)
    if (role[d] != SPACE) return PETSC_FALSE;
  return PETSC_TRUE;
}

static void ReadAxis(KarDataset data, hid_t array, int d, PetscInt i)
{
  char    name[128], text[128];
  hid_t   scale = AxisScale(array, d, sizeof(name), name), space, one;
  double  end[2], length;
  hsize_t n = (hsize_t)data->info.n[i], two[2] = {0, n - 1}, there = 0, count = 2;

  if (scale < 0) return;
  if (kar_h5_get_string(scale, "units", sizeof(text), text))
    (void)snprintf(data->info.units, sizeof(data->info.units), "%.63s", text);
  if (kar_h5_get_scalar(scale, "length", H5T_NATIVE_DOUBLE, &length) && length > 0 && isfinite(length))
    data->info.length[i] = (PetscReal)length;
  else if (!kar_h5_get_string(scale, "NAME", sizeof(text), text) ||
           strncmp(text, "This is a netCDF dimension but not", 34)) {
    space = H5Dget_space(scale);
    one   = H5Screate_simple(1, &count, NULL);
    if (H5Sget_simple_extent_ndims(space) == 1) (void)H5Sget_simple_extent_dims(space, &there, NULL);
    if (there == n && n > 1 && H5Sselect_elements(space, H5S_SELECT_SET, 2, two) >= 0 &&
        H5Dread(scale, H5T_NATIVE_DOUBLE, one, space, H5P_DEFAULT, end) >= 0) {
      length = fabs(end[1] - end[0]) / (double)(n - 1) * (double)n;
      if (isfinite(length) && length > 0) data->info.length[i] = (PetscReal)length;
    }
    (void)H5Sclose(one);
    (void)H5Sclose(space);
  }
  (void)H5Dclose(scale);
}

/* Takes the array as a variable when it is one, on the grid of those before. */
static void Consider(KarDataset data, const char name[])
{
  KarVariable    *variable = &data->variable[data->info.variables];
  KarArray       *array    = &data->array[data->info.variables];
  KarDatasetInfo *info     = &data->info;
  hid_t           id = H5Dopen2(data->file, name, H5P_DEFAULT), type = H5Dget_type(id), space = H5Dget_space(id);
  int             ndim = H5Sget_simple_extent_ndims(space), d = 0;
  hsize_t         shape[8] = {0};
  int64_t         dim      = 0;
  Role            role[8];
  PetscBool       fits;

  fits = H5Aexists(id, "REFERENCE_LIST") <= 0 && H5DSis_scale(id) <= 0 &&
             (H5Tget_class(type) == H5T_FLOAT || H5Tget_class(type) == H5T_INTEGER) && ndim >= 1 && ndim <= 5
           ? PETSC_TRUE
           : PETSC_FALSE;
  if (fits) (void)H5Sget_simple_extent_dims(space, shape, NULL);
  for (int i = 0; i < ndim && fits; i++) fits = shape[i] > 0 ? PETSC_TRUE : PETSC_FALSE;
  if (!kar_h5_get_scalar(data->file, "dim", H5T_NATIVE_INT64, &dim) || dim < 1 || dim > 3 || dim >= ndim) dim = 0;
  if (fits) fits = Understand(id, dim, ndim, shape, role);
  if (fits) {
    array->ndim      = ndim;
    array->sample    = role[d] == SAMPLE ? d++ : -1;
    array->component = role[d] == COMPONENT ? d++ : -1;
    array->space     = d;
    if (!info->variables) info->dim = ndim - d;
    fits = info->dim == ndim - d ? PETSC_TRUE : PETSC_FALSE;
    for (PetscInt i = 0; fits && i < info->dim; i++) {
      if (!info->variables) info->n[i] = (PetscInt)shape[d + i];
      fits = info->n[i] == (PetscInt)shape[d + i] ? PETSC_TRUE : PETSC_FALSE;
    }
  }
  if (fits) {
    array->id            = id;
    variable->samples    = array->sample >= 0 ? (PetscInt)shape[array->sample] : 1;
    variable->components = array->component >= 0 ? (PetscInt)shape[array->component] : 1;
    variable->precision  = H5Tget_size(type) > 4 && H5Tget_class(type) == H5T_FLOAT ? KAR_FLOAT64 : KAR_FLOAT32;
    (void)snprintf(variable->name, sizeof(variable->name), "%.63s", name);
    if (!kar_h5_get_string(id, "units", sizeof(variable->units), variable->units))
      (void)snprintf(variable->units, sizeof(variable->units), "1");
    if (!kar_h5_get_string(id, "long_name", sizeof(variable->long_name), variable->long_name))
      (void)snprintf(variable->long_name, sizeof(variable->long_name), "%.63s", name);
    info->samples = info->variables ? PetscMin(info->samples, variable->samples) : variable->samples;
    info->variables++;
  } else
    (void)H5Dclose(id);
  (void)H5Sclose(space);
  (void)H5Tclose(type);
}

static herr_t ConsiderLink(hid_t file, const char name[], const H5L_info_t *link, void *data)
{
  H5O_info_t object;

  if (link->type == H5L_TYPE_HARD && H5Oget_info_by_name(file, name, &object, H5P_DEFAULT) >= 0 &&
      object.type == H5O_TYPE_DATASET && ((KarDataset)data)->info.variables < KAR_VARIABLES)
    Consider(data, name);
  return 0;
}

static PetscBool Discover(KarDataset data, size_t size, char why[])
{
  KarDatasetInfo *info = &data->info;
  char            basis[32];
  hsize_t         zero = 0;
  PetscInt        most;

  if (H5Literate(data->file, H5_INDEX_CRT_ORDER, H5_ITER_INC, &zero, ConsiderLink, data) < 0) {
    zero = 0;
    (void)H5Literate(data->file, H5_INDEX_NAME, H5_ITER_INC, &zero, ConsiderLink, data);
  }
  if (!info->variables) {
    (void)snprintf(why, size, "%s has no array of fields: (sample,y,x) or the like is expected", data->path);
    return PETSC_FALSE;
  }
  most = PetscMax(info->n[0], PetscMax(info->n[1], info->n[2]));
  for (PetscInt i = 0; i < info->dim; i++) { /* square points when the file does not tell */
    info->length[i] = (PetscReal)info->n[i] / (PetscReal)most;
    if (!data->suspect) ReadAxis(data, data->array[0].id, data->array[0].space + (int)i, i);
  }
  if (kar_h5_get_string(data->file, "basis", sizeof(basis), basis))
    for (int b = 0; KarBases[b]; b++)
      if (!strcmp(KarBases[b], basis)) info->basis = (KarBasis)b;
  return PETSC_TRUE;
}

PetscBool kar_dataset_open(KarDataset data, const char path[], PetscBool discover, size_t size, char why[])
{
  PetscBool good = PETSC_TRUE;

  data->file = kar_h5_open(path, size, why);
  if (data->file < 0) return PETSC_FALSE;
  if (discover) return Discover(data, size, why);
  for (PetscInt v = 0; v < data->info.variables; v++) {
    data->array[v].id = H5Dopen2(data->file, data->variable[v].name, H5P_DEFAULT);
    if (data->array[v].id < 0) good = PETSC_FALSE;
  }
  if (!good) (void)snprintf(why, size, "%s cannot be read back", path);
  return good;
}

static PetscErrorCode OpenUnchecked(MPI_Comm comm, const char path[], PetscBool suspect, KarDataset *data)
{
  KarDataset self;
  PetscBool  good;
  char       why[512] = "";

  PetscFunctionBegin;
  PetscCall(KarDatasetNew(comm, path, &self));
  self->suspect = suspect;
  good          = kar_dataset_open(self, path, PETSC_TRUE, sizeof(why), why);
  PetscCall(KarShareError(comm, good, why, sizeof(why)));
  if (why[0]) PetscCall(KarDatasetDestroy(&self));
  KarCheck(comm, !why[0], PETSC_ERR_FILE_OPEN, "%s", why);
  PetscCall(KarDatasetCreateBuffer(self));
  *data = self;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetOpen(MPI_Comm comm, const char path[], KarDataset *data)
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
  PetscCall(OpenUnchecked(comm, path, PETSC_FALSE, data));
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
    PetscCall(OpenUnchecked(comm, path, PETSC_TRUE, &data));
    code = KarDatasetVerify(data, &checked);
    PetscCall(KarDatasetDestroy(&data));
    PetscCall(code);
  }
  KarCheck(comm, state == KAR_FILE_SOUND, PETSC_ERR_FILE_READ,
           "%s is damaged outside its fields: its checksum does not fit", path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Attributes --------------------------------------------------------------------------------------------------- */
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

/* --- Fields ------------------------------------------------------------------------------------------------------- */
PetscBool kar_dataset_read(KarDataset data, PetscInt v, PetscInt sample, PetscInt plane, PetscInt planes,
                           PetscReal field[], size_t room, char why[])
{
  PetscInt points = kar_dataset_plane(data), dof = data->variable[v].components;

  for (PetscInt c = 0; c < dof; c++) {
    KarPiece piece = {.sample = sample, .component = c};

    while (kar_dataset_next(data, plane, planes, &piece)) {
      PetscReal *to = field + (piece.plane - plane) * points * dof + c;

      if (!kar_dataset_move(data, v, piece, H5T_NATIVE_DOUBLE, data->buffer)) {
        (void)snprintf(why, room, "%s: sample %" PetscInt_FMT " of %s cannot be read: the file is damaged or cut short",
                       data->path, sample, data->variable[v].name);
        return PETSC_FALSE;
      }
      for (PetscInt i = 0; i < piece.planes * points; i++) {
        if (PetscUnlikely(!isfinite(data->buffer[i]))) {
          PetscInt at = i + piece.plane * points;

          (void)snprintf(why, room,
                         "%s: %s of sample %" PetscInt_FMT " is not finite at point (%" PetscInt_FMT ",%" PetscInt_FMT
                         ",%" PetscInt_FMT "), component %" PetscInt_FMT,
                         data->path, data->variable[v].name, sample, at / points, at % points / data->info.n[2],
                         at % data->info.n[2], c);
          return PETSC_FALSE;
        }
        to[i * dof] = (PetscReal)data->buffer[i];
      }
    }
  }
  return PETSC_TRUE;
}

PetscErrorCode KarDatasetRead(KarDataset data, const char variable[], PetscInt i, Vec field)
{
  PetscScalar *values;
  PetscInt     v, plane, planes;
  PetscBool    good;
  char         why[512] = "";

  PetscFunctionBegin;
  PetscCall(KarDatasetFindVariable(data, variable, &v));
  PetscCall(KarDatasetSlab(data, v, i, field, &plane, &planes));
  PetscCall(VecGetArrayWrite(field, &values));
  PetscCall(KarLogBegin(KAR_EVENT_READ));
  good = kar_dataset_read(data, v, i, plane, planes, values, sizeof(why), why);
  PetscCall(KarLogEnd(KAR_EVENT_READ));
  PetscCall(VecRestoreArrayWrite(field, &values));
  KarCheckAny(PetscObjectComm((PetscObject)field), good, PETSC_ERR_FILE_READ, "%s", why);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetReadLocal(KarDataset data, const char variable[], PetscInt first, PetscInt count,
                                   PetscReal fields[])
{
  PetscInt v, numbers;
  char     why[512] = "";

  PetscFunctionBegin;
  PetscCall(KarDatasetFindVariable(data, variable, &v));
  KarCheck(PETSC_COMM_SELF, first >= 0 && count >= 0 && first + count <= data->variable[v].samples,
           PETSC_ERR_ARG_OUTOFRANGE,
           "%s holds samples 0 to %" PetscInt_FMT ": cannot read %" PetscInt_FMT " from %" PetscInt_FMT " on",
           data->path, data->variable[v].samples - 1, count, first);
  numbers = data->info.n[0] * kar_dataset_plane(data) * data->variable[v].components;
  PetscCall(KarLogBegin(KAR_EVENT_READ));
  for (PetscInt i = 0; i < count; i++)
    KarCheck(PETSC_COMM_SELF,
             kar_dataset_read(data, v, first + i, 0, data->info.n[0], fields + i * numbers, sizeof(why), why),
             PETSC_ERR_FILE_READ, "%s", why);
  PetscCall(KarLogEnd(KAR_EVENT_READ));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Checksums ---------------------------------------------------------------------------------------------------- */
/* This rank's share, planes [first, last) of the samples and components of variable v in a row; false when unreadable. */
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
  PetscInt  S = data->info.samples;
  PetscBool good;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(S * data->info.variables, sum));
  for (PetscInt v = 0; v < data->info.variables; v++) {
    PetscInt planes = S * data->variable[v].components * data->info.n[0];

    good = SumPlanes(data, v, planes / data->ranks * data->rank + PetscMin(data->rank, planes % data->ranks),
                     planes / data->ranks * (data->rank + 1) + PetscMin(data->rank + 1, planes % data->ranks),
                     *sum + v * S);
    KarCheckAny(data->comm, good, PETSC_ERR_FILE_READ,
                "%s: %s cannot be read to its end: the file is damaged or cut short", data->path,
                data->variable[v].name);
  }
  PetscCallMPI(
    MPI_Allreduce(MPI_IN_PLACE, *sum, (PetscMPIInt)(S * data->info.variables), MPI_UINT64_T, MPI_SUM, data->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The checksums of variable v in the file; false when there are none. */
static PetscBool ReadSums(KarDataset data, PetscInt v, uint64_t sum[])
{
  char      name[80];
  hid_t     sums = -1, space;
  PetscBool good = PETSC_FALSE;

  (void)snprintf(name, sizeof(name), "/checks/%s", data->variable[v].name);
  if (H5Lexists(data->file, "/checks", H5P_DEFAULT) > 0 && H5Lexists(data->file, name, H5P_DEFAULT) > 0)
    sums = H5Dopen2(data->file, name, H5P_DEFAULT);
  if (sums < 0) return PETSC_FALSE;
  space = H5Dget_space(sums);
  if (H5Sget_simple_extent_npoints(space) == (hssize_t)data->info.samples)
    good = H5Dread(sums, H5T_NATIVE_UINT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, sum) >= 0 ? PETSC_TRUE : PETSC_FALSE;
  (void)H5Sclose(space);
  (void)H5Dclose(sums);
  return good;
}

PetscErrorCode KarDatasetVerify(KarDataset data, PetscInt *checked)
{
  PetscInt  S = data->info.samples;
  uint64_t *sum, *said;

  PetscFunctionBegin;
  *checked = 0;
  PetscCall(KarDatasetSumFile(data, &sum));
  PetscCall(PetscMalloc1(S, &said));
  for (PetscInt v = 0; v < data->info.variables; v++) {
    if (!ReadSums(data, v, said)) continue;
    for (PetscInt s = 0; s < S; s++)
      KarCheck(data->comm, sum[v * S + s] == said[s], PETSC_ERR_FILE_READ,
               "%s is damaged: sample %" PetscInt_FMT " of %s does not fit its checksum", data->path, s,
               data->variable[v].name);
    *checked += S;
  }
  PetscCall(PetscFree(said));
  PetscCall(PetscFree(sum));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetReadPlanes(KarDataset data, PetscInt v, PetscInt sample, PetscInt plane, PetscInt planes, PetscReal field[], size_t size, char why[])
{
  PetscFunctionBegin;
  why[0] = 0;
  if (!kar_dataset_read(data, v, sample, plane, planes, field, size, why) && !why[0]) PetscCall(PetscStrncpy(why, "cannot be read", size));
  PetscFunctionReturn(PETSC_SUCCESS);
}
