/* Fields at places, by rank 0: u(sample, station[, component]), coordinates x, y, z(station), sizes of the box in
   attributes. */
#include "stationsimpl.h"

#include <hdf5_hl.h>
#include <math.h>

static const char *const names[] = {"x", "y", "z"}, *const boxes[] = {"length_x", "length_y", "length_z"},
                         *const origins[]    = {"origin_x", "origin_y", "origin_z"},
                         *const directions[] = {"direction_x", "direction_y", "direction_z"};

/* --- Writing ------------------------------------------------------------ */
/* Numbers along one axis, as its coordinates. */
static PetscBool PutAxis(KarStations set, const char name[], hsize_t n, const double values[], hid_t scale,
                         const char units[])
{
  hid_t space    = H5Screate_simple(1, &n, NULL),
        array    = H5Dcreate2(set->file, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  PetscBool good = array >= 0 && H5Dwrite(array, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0 &&
                       kar_h5_put_string(array, "units", units)
                     ? PETSC_TRUE
                     : PETSC_FALSE;

  if (good && scale >= 0) good = H5DSattach_scale(array, scale, 0) >= 0 ? PETSC_TRUE : PETSC_FALSE;
  if (array >= 0) (void)H5Dclose(array);
  (void)H5Sclose(space);
  return good;
}

/* A scale that counts. */
static hid_t CreateCount(hid_t file, const char name[], hsize_t n, hsize_t most)
{
  hid_t   space = H5Screate_simple(1, &n, &most), create = H5Pcreate(H5P_DATASET_CREATE), scale;
  hsize_t chunk = PetscMin(n, 1024);
  int    *count = calloc(n, sizeof(int));

  for (hsize_t i = 0; count && i < n; i++) count[i] = (int)i;
  if (most == H5S_UNLIMITED) (void)H5Pset_chunk(create, 1, &chunk);
  scale = H5Dcreate2(file, name, H5T_STD_I32LE, space, H5P_DEFAULT, create, H5P_DEFAULT);
  if (scale >= 0) (void)H5Dwrite(scale, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, count);
  if (scale >= 0) (void)H5DSset_scale(scale, name);
  free(count);
  (void)H5Pclose(create);
  (void)H5Sclose(space);
  return scale;
}

static PetscBool PutArray(KarStations set, hid_t scale[3])
{
  const KarStationsInfo *s    = &set->info;
  const hsize_t          n[3] = {(hsize_t)s->samples, (hsize_t)s->m, (hsize_t)s->components},
                most[3] = {H5S_UNLIMITED, n[1], n[2]}, chunk[3] = {1, n[1], n[2]};
  const int ndim  = s->components > 1 ? 3 : 2;
  hid_t     space = H5Screate_simple(ndim, n, most), create = H5Pcreate(H5P_DATASET_CREATE);
  PetscBool good;

  (void)H5Pset_chunk(create, ndim, chunk);
  set->array = H5Dcreate2(set->file, s->variable, H5T_IEEE_F64LE, space, H5P_DEFAULT, create, H5P_DEFAULT);
  good       = set->array >= 0 && kar_h5_put_string(set->array, "units", s->units) &&
             kar_h5_put_string(set->array, "long_name", s->long_name) &&
             kar_h5_put_string(set->array, "coordinates",
                               s->box.dim == 1   ? "x"
                                     : s->box.dim == 2 ? "y x"
                                                       : "z y x")
                 ? PETSC_TRUE
                 : PETSC_FALSE;
  for (int d = 0; d < ndim && good; d++)
    good = H5DSattach_scale(set->array, scale[d], (unsigned)d) >= 0 ? PETSC_TRUE : PETSC_FALSE;
  (void)H5Pclose(create);
  (void)H5Sclose(space);
  return good;
}

static PetscBool PutBox(KarStations set)
{
  const KarBox *box = &set->info.box;
  int64_t       dim = box->dim;
  PetscBool     good;

  good = kar_h5_put_string(set->file, "Conventions", "CF-1.10") && kar_h5_put_string(set->file, "places", "station") &&
             kar_h5_put_string(set->file, "basis", KarBases[box->basis]) &&
             kar_h5_put_scalar(set->file, "dim", H5T_STD_I64LE, H5T_NATIVE_INT64, &dim)
           ? PETSC_TRUE
           : PETSC_FALSE;
  for (PetscInt a = 0; a < box->dim && good; a++) {
    const PetscInt c    = box->dim - 1 - a;
    const double   v[3] = {box->length[a], box->origin[a], box->direction[a] < 0 ? -1 : 1};

    good = kar_h5_put_scalar(set->file, boxes[c], H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &v[0]) &&
               kar_h5_put_scalar(set->file, origins[c], H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &v[1]) &&
               kar_h5_put_scalar(set->file, directions[c], H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &v[2])
             ? PETSC_TRUE
             : PETSC_FALSE;
  }
  return good;
}

static PetscErrorCode Frame(KarStations set, PetscInt ranks, PetscBool *good)
{
  const KarStationsInfo *s   = &set->info;
  const KarBox          *box = &s->box;
  const char            *part;
  hid_t                  scale[3] = {-1, -1, -1};
  double                *x;

  PetscFunctionBegin;
  PetscCall(KarOutputGetPart(set->output, &part));
  set->file = H5Fcreate(part, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  *good     = set->file >= 0 ? PETSC_TRUE : PETSC_FALSE;
  if (!*good) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarH5PutProvenance(PETSC_COMM_SELF, set->file, ranks, s->title));
  scale[0] = CreateCount(set->file, "sample", (hsize_t)s->samples, H5S_UNLIMITED);
  scale[1] = CreateCount(set->file, "station", (hsize_t)s->m, (hsize_t)s->m);
  if (s->components > 1) scale[2] = CreateCount(set->file, "component", (hsize_t)s->components, (hsize_t)s->components);
  *good = (PetscBool)(scale[0] >= 0 && scale[1] >= 0 && PutBox(set));
  PetscCall(PetscMalloc1(s->m, &x));
  for (PetscInt a = 0; a < box->dim && *good; a++) {
    for (PetscInt i = 0; i < s->m; i++)
      x[i] = box->origin[a] + (box->direction[a] < 0 ? -1 : 1) * s->x[i * box->dim + a];
    *good = PutAxis(set, names[box->dim - 1 - a], (hsize_t)s->m, x, scale[1], box->units[0] ? box->units : "1");
  }
  if (*good) *good = PutArray(set, scale);
  for (int d = 0; d < 3; d++)
    if (scale[d] >= 0) (void)H5Dclose(scale[d]);
  PetscCall(PetscFree(x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarStationsCreate(MPI_Comm comm, const char path[], KarReplace replace, const KarStationsInfo *info,
                                 KarStations *out)
{
  PetscBool   good = PETSC_TRUE;
  PetscMPIInt ranks;
  KarStations set;

  PetscFunctionBegin;
  KarCheck(comm, info->m > 0 && info->samples > 0 && info->components > 0, PETSC_ERR_ARG_OUTOFRANGE,
           "%s: a set of at least one sample at one place", path);
  PetscCall(KarStationsNew(comm, path, &set));
  set->info = *info;
  PetscCall(PetscMalloc1(info->m * info->box.dim, &set->info.x));
  PetscCall(PetscArraycpy(set->info.x, info->x, info->m * info->box.dim));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(KarOutputCreate(set->comm, path, replace,
                            8 * (PetscInt64)info->m * info->samples * info->components + (1 << 16), &set->output));
  if (set->rank == 0) PetscCall(Frame(set, ranks, &good));
  KarCheckAny(comm, good, PETSC_ERR_FILE_WRITE, "%s cannot be written: is the disk full?", path);
  *out = set;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Moves one sample between the file and memory. */
static PetscBool Move(KarStations set, hid_t array, PetscInt sample, const int axis[3], PetscBool write,
                      double values[])
{
  const KarStationsInfo *s        = &set->info;
  const hsize_t          n[3]     = {1, (hsize_t)s->m, (hsize_t)s->components};
  hsize_t                first[3] = {0, 0, 0}, many[3] = {1, 1, 1}, total = n[1] * n[2];
  hid_t                  space = H5Dget_space(array), memory = H5Screate_simple(1, &total, NULL);
  PetscBool              good;

  for (int d = 0; d < 3; d++)
    if (axis[d] >= 0) many[axis[d]] = n[d];
  if (axis[0] >= 0) first[axis[0]] = (hsize_t)sample;
  good = H5Sselect_hyperslab(space, H5S_SELECT_SET, first, NULL, many, NULL) >= 0 &&
             (write ? H5Dwrite(array, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, values)
                    : H5Dread(array, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, values)) >= 0
           ? PETSC_TRUE
           : PETSC_FALSE;
  (void)H5Sclose(memory);
  (void)H5Sclose(space);
  return good;
}

PetscErrorCode KarStationsWrite(KarStations set, PetscInt sample, const PetscReal values[])
{
  const KarStationsInfo *s      = &set->info;
  const int              axis[] = {0, 1, s->components > 1 ? 2 : -1};

  PetscFunctionBegin;
  for (PetscInt i = 0; i < s->m * s->components; i++)
    KarCheck(PETSC_COMM_SELF, isfinite(values[i]), PETSC_ERR_FP,
             "%s: sample %" PetscInt_FMT " is not finite at place %" PetscInt_FMT, set->path, sample,
             i / s->components);
  KarCheck(PETSC_COMM_SELF, Move(set, set->array, sample, axis, PETSC_TRUE, (double *)values), PETSC_ERR_FILE_WRITE,
           "%s: sample %" PetscInt_FMT " cannot be written: is the disk full?", set->path, sample);
  set->written = PetscMax(set->written, sample + 1);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarStationsPutString(KarStations set, const char name[], const char value[])
{
  PetscFunctionBegin;
  KarCheckAny(set->comm, set->rank || kar_h5_put_string(set->file, name, value), PETSC_ERR_FILE_WRITE,
              "%s: the attribute %s cannot be written", set->path, name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarStationsPutInt(KarStations set, const char name[], PetscInt64 value)
{
  PetscFunctionBegin;
  KarCheckAny(set->comm, set->rank || kar_h5_put_scalar(set->file, name, H5T_STD_I64LE, H5T_NATIVE_INT64, &value),
              PETSC_ERR_FILE_WRITE, "%s: the attribute %s cannot be written", set->path, name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscBool Shorten(KarStations set)
{
  const KarStationsInfo *s    = &set->info;
  const hsize_t          n[3] = {(hsize_t)set->written, (hsize_t)s->m, (hsize_t)s->components};
  hid_t                  count;
  PetscBool              good;

  if (set->written == s->samples) return PETSC_TRUE;
  count = H5Dopen2(set->file, "sample", H5P_DEFAULT);
  good  = H5Dset_extent(set->array, n) >= 0 && H5Dset_extent(count, n) >= 0 ? PETSC_TRUE : PETSC_FALSE;
  (void)H5Dclose(count);
  return good;
}

PetscErrorCode KarStationsClose(KarStations *out)
{
  KarStations set  = *out;
  PetscBool   good = PETSC_TRUE;

  PetscFunctionBegin;
  if (set->output) {
    if (set->rank == 0) {
      good       = Shorten(set);
      good       = (PetscBool)(H5Dclose(set->array) >= 0 && good);
      good       = (PetscBool)(H5Fclose(set->file) >= 0 && good);
      set->array = set->file = -1;
    }
    KarCheckAny(set->comm, good, PETSC_ERR_FILE_WRITE, "%s cannot be written: is the disk full?", set->path);
    PetscCall(KarOutputCommit(&set->output, PETSC_TRUE));
  }
  PetscCall(KarStationsDestroy(out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarStationsDestroy(KarStations *out)
{
  KarStations set = *out;

  PetscFunctionBegin;
  if (!set) PetscFunctionReturn(PETSC_SUCCESS);
  if (set->array >= 0) (void)H5Dclose(set->array);
  if (set->file >= 0) (void)H5Fclose(set->file);
  PetscCall(KarOutputDestroy(&set->output));
  PetscCall(PetscFree(set->info.x));
  PetscCall(PetscFree(set->values));
  PetscCallMPI(MPI_Comm_free(&set->comm));
  PetscCall(PetscFree(*out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Reading: every rank opens the file for itself
   ----------------------------------------------------------------------- */
PetscErrorCode KarStationsIs(MPI_Comm comm, const char path[], PetscBool *is)
{
  char        why[512] = "", text[16];
  PetscMPIInt rank;

  PetscFunctionBegin;
  *is = PETSC_FALSE;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) {
    hid_t file = kar_h5_open(path, sizeof(why), why);

    *is = (PetscBool)(file >= 0 && kar_h5_get_string(file, "places", sizeof(text), text) && !strcmp(text, "station"));
    if (file >= 0) (void)H5Fclose(file);
  }
  PetscCallMPI(MPI_Bcast(is, 1, MPIU_BOOL, 0, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscBool GetBox(KarStations set)
{
  KarBox   *box      = &set->info.box;
  char      text[16] = "";
  int64_t   dim      = 0;
  PetscBool good;

  good = kar_h5_get_scalar(set->file, "dim", H5T_NATIVE_INT64, &dim) && dim >= 1 && dim <= 3 ? PETSC_TRUE : PETSC_FALSE;
  box->dim = dim;
  (void)kar_h5_get_string(set->file, "basis", sizeof(text), text);
  box->basis = strcmp(text, KarBases[KAR_BASIS_COSINE]) ? KAR_BASIS_PERIODIC : KAR_BASIS_COSINE;
  for (PetscInt a = 0; a < dim && good; a++) {
    const PetscInt c = dim - 1 - a;
    double         v[3];

    good           = kar_h5_get_scalar(set->file, boxes[c], H5T_NATIVE_DOUBLE, &v[0]) &&
               kar_h5_get_scalar(set->file, origins[c], H5T_NATIVE_DOUBLE, &v[1]) &&
               kar_h5_get_scalar(set->file, directions[c], H5T_NATIVE_DOUBLE, &v[2])
                       ? PETSC_TRUE
                       : PETSC_FALSE;
    box->length[a] = v[0], box->origin[a] = v[1], box->direction[a] = v[2];
  }
  return good;
}

/* The first variable whose axes are (sample, station) or (sample, station, component). */
static herr_t FindVariable(hid_t group, const char name[], const H5L_info_t *link, void *context)
{
  KarStations set   = context;
  hid_t       array = H5Dopen2(group, name, H5P_DEFAULT), space;
  hsize_t     n[H5S_MAX_RANK];
  int         ndim;

  (void)link;
  if (array < 0) return 0;
  space = H5Dget_space(array);
  ndim  = H5Sget_simple_extent_dims(space, n, NULL);
  (void)H5Sclose(space);
  if ((ndim == 2 || ndim == 3) && (PetscInt)n[1] == set->info.m && H5DSis_scale(array) <= 0 &&
      (!set->info.variable[0] || !strcmp(set->info.variable, name))) {
    set->info.samples    = (PetscInt)n[0];
    set->info.components = ndim == 3 ? (PetscInt)n[2] : 1;
    set->array           = array;
    (void)snprintf(set->info.variable, sizeof(set->info.variable), "%s", name);
    return 1;
  }
  (void)H5Dclose(array);
  return 0;
}

PetscErrorCode KarStationsOpen(MPI_Comm comm, const char path[], const char variable[], KarStations *out)
{
  char        why[512] = "";
  hsize_t     zero     = 0;
  PetscBool   is;
  KarStations set;
  hid_t       x;

  PetscFunctionBegin;
  PetscCall(KarStationsIs(comm, path, &is));
  KarCheck(comm, is, PETSC_ERR_FILE_READ, "%s has no stations: `karhunen sample -points` makes such a file", path);
  PetscCall(KarStationsNew(comm, path, &set));
  set->file = kar_h5_open(path, sizeof(why), why);
  KarCheckAny(comm, set->file >= 0 && GetBox(set), PETSC_ERR_FILE_READ, "%s: its box cannot be read %s", path, why);
  (void)kar_h5_get_string(set->file, "title", sizeof(set->info.title), set->info.title);
  (void)snprintf(set->info.variable, sizeof(set->info.variable), "%s", variable);
  x = H5Dopen2(set->file, "x", H5P_DEFAULT);
  if (x >= 0) (void)kar_h5_get_string(x, "units", sizeof(set->info.box.units), set->info.box.units);
  if (x >= 0) (void)H5Dclose(x);
  PetscCall(KarPlacesRead(comm, path, &set->info.box, &set->info.m, &set->info.x));
  (void)H5Literate(set->file, H5_INDEX_NAME, H5_ITER_INC, &zero, FindVariable, set);
  KarCheckAny(comm, set->array >= 0, PETSC_ERR_FILE_READ, "%s has no variable %s on its stations", path, variable);
  (void)kar_h5_get_string(set->array, "units", sizeof(set->info.units), set->info.units);
  (void)kar_h5_get_string(set->array, "long_name", sizeof(set->info.long_name), set->info.long_name);
  set->axis[0] = 0, set->axis[1] = 1, set->axis[2] = set->info.components > 1 ? 2 : -1;
  *out = set;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarStationsGetInfo(KarStations set, const KarStationsInfo **info)
{
  PetscFunctionBegin;
  *info = &set->info;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarStationsRead(KarStations set, PetscInt sample, PetscReal values[])
{
  PetscFunctionBegin;
  if (set->values) {
    const PetscInt n = set->info.m * set->info.components;

    PetscCall(PetscArraycpy(values, set->values + PetscMin(PetscMax(sample, 0), set->info.samples - 1) * n, n));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  KarCheck(PETSC_COMM_SELF,
           sample >= 0 && sample < set->info.samples && Move(set, set->array, sample, set->axis, PETSC_FALSE, values),
           PETSC_ERR_FILE_READ, "%s: sample %" PetscInt_FMT " cannot be read", set->path, sample);
  PetscFunctionReturn(PETSC_SUCCESS);
}
