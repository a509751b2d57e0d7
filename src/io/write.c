/* Data sets, written: claimed at set-up, filled slab by slab or whole samples a rank, read back before they get their name.

   Each rank writes contiguous planes by independent transfers, so that groups of ranks need not wait for each other. */
#define _GNU_SOURCE /* fallocate() */
#include "datasetimpl.h"
#include <errno.h>
#include <fcntl.h>
#include <hdf5_hl.h>
#include <unistd.h>

static const char *const axis_names[3][3] = {{"x"}, {"y", "x"}, {"z", "y", "x"}};
static const char *const precisions[]     = {"float", "double", NULL};

/* --- What the file will hold -------------------------------------------------------------------------------------- */
PetscErrorCode KarDatasetCreate(MPI_Comm comm, KarGrid grid, const char path[], KarDataset *data)
{
  KarGridInfo g;
  KarDataset  self;

  PetscFunctionBegin;
  PetscCall(KarGridGetInfo(grid, &g));
  PetscCall(KarDatasetNew(comm, path, &self));
  self->writing    = PETSC_TRUE;
  self->info.dim   = g.dim;
  self->info.basis = g.basis;
  for (PetscInt i = 0; i < 3; i++) {
    self->info.n[i]      = g.n[i];
    self->info.length[i] = g.length[i];
  }
  self->info.samples = 1;
  PetscCall(PetscStrncpy(self->title, "Random fields", sizeof(self->title)));
  *data = self;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscBool KarDatasetMayName(const char name[])
{
  static const char *const taken[] = {"x", "y", "z", "sample", "component", "checks"};

  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(taken); i++)
    if (!strcmp(name, taken[i])) return PETSC_FALSE;
  return PETSC_TRUE;
}

static PetscErrorCode BeforeSetUp(KarDataset data)
{
  PetscFunctionBegin;
  KarCheck(data->comm, data->writing && !data->ready, PETSC_ERR_ORDER, "%s is set up: its contents are fixed",
           data->path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetAddVariable(KarDataset data, const char name[], PetscInt components, const char units[],
                                     const char long_name[])
{
  KarVariable *variable = &data->variable[data->info.variables];

  PetscFunctionBegin;
  PetscCall(BeforeSetUp(data));
  KarCheck(data->comm, data->info.variables < KAR_VARIABLES, PETSC_ERR_ARG_OUTOFRANGE,
           "a data set has at most %d variables", KAR_VARIABLES);
  KarCheck(data->comm, components > 0, PETSC_ERR_ARG_OUTOFRANGE, "%s: a variable has 1 component or more", name);
  KarCheck(data->comm, KarDatasetMayName(name), PETSC_ERR_ARG_WRONG, "a variable cannot be named %s, like an axis of its file: give another name", name);
  variable->components = components;
  PetscCall(PetscStrncpy(variable->name, name, sizeof(variable->name)));
  PetscCall(PetscStrncpy(variable->units, units ? units : "1", sizeof(variable->units)));
  PetscCall(PetscStrncpy(variable->long_name, long_name ? long_name : name, sizeof(variable->long_name)));
  data->info.variables++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetSetSamples(KarDataset data, PetscInt samples)
{
  PetscFunctionBegin;
  PetscCall(BeforeSetUp(data));
  KarCheck(data->comm, samples > 0, PETSC_ERR_ARG_OUTOFRANGE, "%s: %" PetscInt_FMT " samples: at least one is needed",
           data->path, samples);
  data->info.samples = samples;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetSetPrecision(KarDataset data, KarPrecision precision)
{
  PetscFunctionBegin;
  PetscCall(BeforeSetUp(data));
  data->precision = precision;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetSetTitle(KarDataset data, const char title[])
{
  PetscFunctionBegin;
  PetscCall(BeforeSetUp(data));
  PetscCall(PetscStrncpy(data->title, title, sizeof(data->title)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetSetUnits(KarDataset data, const char units[])
{
  PetscFunctionBegin;
  PetscCall(BeforeSetUp(data));
  PetscCall(PetscStrncpy(data->info.units, units, sizeof(data->info.units)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetSetReplace(KarDataset data, KarReplace replace)
{
  PetscFunctionBegin;
  PetscCall(BeforeSetUp(data));
  data->replace = replace;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetSetFromOptions(KarDataset data)
{
  PetscInt precision = (PetscInt)data->precision;

  PetscFunctionBegin;
  PetscCall(BeforeSetUp(data));
  PetscCall(KarOutputReplaceFromOptions(&data->replace));
  PetscCall(KarOptionsChoice(NULL, "out_precision", "numbers of the fields in the file", precisions, &precision));
  PetscCall(KarOptionsString(NULL, "out_units", "unit of the lengths, written on the axes", sizeof(data->info.units),
                             data->info.units));
  data->precision = (KarPrecision)precision;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Making the file: `file` is open on all ranks of the dataset, or on one alone --------------------------------- */
static hid_t CreateFile(KarDataset data, const char part[], PetscBool alone)
{
  hid_t access = H5Pcreate(H5P_FILE_ACCESS), creation = H5Pcreate(H5P_FILE_CREATE), file;

  if (data->ranks > 1 && !alone) (void)H5Pset_fapl_mpio(access, data->comm, MPI_INFO_NULL);
  (void)H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18);
  (void)H5Pset_link_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  (void)H5Pset_attr_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  file = H5Fcreate(part, H5F_ACC_TRUNC, creation, access);
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
  if (good && data->rank == 0)
    good = H5Dwrite(scale, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, index) >= 0 ? PETSC_TRUE : PETSC_FALSE;
  if (good)
    good =
      H5DSset_scale(scale, name) >= 0 && kar_h5_put_string(scale, "long_name", long_name) ? PETSC_TRUE : PETSC_FALSE;
  (void)PetscFree(index);
  if (good) return scale;
  if (scale >= 0) (void)H5Dclose(scale);
  return -1;
}

/* Coordinates of the points of axis i: j L / n, or the middle of the cells (j + 1/2) L / n between reflecting ends. */
static hid_t CreateAxis(KarDataset data, hid_t file, PetscInt i)
{
  const char *name  = axis_names[data->info.dim - 1][i];
  const char  upper = (char)(name[0] - 'x' + 'X'), letter[2] = {upper, 0};
  PetscInt    n     = data->info.n[i];
  hsize_t     shape = (hsize_t)n;
  double     *x = NULL, h = data->info.length[i] / (double)n, length = data->info.length[i];
  hid_t       scale = CreateArray(file, name, H5T_IEEE_F64LE, 1, &shape);
  PetscBool   good  = scale >= 0 && !PetscMalloc1(n, &x) ? PETSC_TRUE : PETSC_FALSE;

  for (PetscInt j = 0; good && j < n; j++) x[j] = h * ((double)j + (data->info.basis == KAR_BASIS_COSINE ? 0.5 : 0));
  if (good && data->rank == 0)
    good = H5Dwrite(scale, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, x) >= 0 ? PETSC_TRUE : PETSC_FALSE;
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

/* One variable with its scales attached: scale[0] of samples, [1] of components if it has more than one, [2...] of space. */
static PetscBool CreateVariable(KarDataset data, hid_t file, PetscInt v, PetscInt samples, const hid_t scale[5])
{
  const KarVariable *variable = &data->variable[v];
  KarArray          *array    = &data->array[v];
  hid_t              on[5] = {scale[0]}, type = data->precision == KAR_FLOAT64 ? H5T_IEEE_F64LE : H5T_IEEE_F32LE;
  hsize_t            shape[5] = {(hsize_t)samples};
  PetscBool          good;

  array->sample    = 0;
  array->component = variable->components > 1 ? 1 : -1;
  array->space     = variable->components > 1 ? 2 : 1;
  array->ndim      = array->space + (int)data->info.dim;
  for (int d = 1; d < array->ndim; d++) {
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

/* Scales, variables and the array of checksums for `samples` samples. */
static PetscBool CreateContents(KarDataset data, hid_t file, PetscInt samples)
{
  hid_t     scale[5], made[KAR_VARIABLES] = {0}, group;
  hsize_t   shape = (hsize_t)samples;
  PetscBool good  = PETSC_TRUE;

  scale[0] = CreateCount(data, file, "sample", "sample", samples);
  for (PetscInt i = 0; i < data->info.dim; i++) scale[2 + i] = CreateAxis(data, file, i);
  group = H5Gcreate2(file, "checks", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  for (PetscInt v = 0; good && v < data->info.variables; v++) {
    hid_t sums = CreateArray(group, data->variable[v].name, H5T_STD_U64LE, 1, &shape);

    scale[1] = ComponentScale(data, file, v, made);
    good     = scale[1] >= 0 && sums >= 0 && CreateVariable(data, file, v, samples, scale) ? PETSC_TRUE : PETSC_FALSE;
    if (sums >= 0) (void)H5Dclose(sums);
  }
  for (PetscInt v = 0; v < data->info.variables; v++)
    if (made[v] > 0) (void)H5Dclose(made[v]);
  for (PetscInt i = 0; i < data->info.dim; i++)
    if (scale[2 + i] >= 0) (void)H5Dclose(scale[2 + i]);
  if (scale[0] >= 0) (void)H5Dclose(scale[0]);
  if (group >= 0) (void)H5Gclose(group);
  return good;
}

static PetscInt64 ContentBytes(KarDataset data)
{
  PetscInt64 numbers = 0, sample = (PetscInt64)data->info.n[0] * kar_dataset_plane(data);

  for (PetscInt v = 0; v < data->info.variables; v++) numbers += sample * data->variable[v].components;
  return (PetscInt64)data->info.samples * numbers * (data->precision == KAR_FLOAT64 ? 8 : 4);
}

/* Takes the bytes of the file on the disk now, where the file system can; what it cannot give is an error. */
static PetscBool TakeSpace(const char part[], PetscInt64 bytes)
{
  int       fd = open(part, O_WRONLY | O_CLOEXEC);
  PetscBool taken =
    fd < 0 || !fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)bytes) || errno != ENOSPC ? PETSC_TRUE : PETSC_FALSE;

  if (fd >= 0) (void)close(fd);
  return taken;
}

PetscErrorCode KarDatasetSetUp(KarDataset data)
{
  const char *part;
  int64_t     dim = data->info.dim;
  PetscBool   good;

  PetscFunctionBegin;
  PetscCall(BeforeSetUp(data));
  KarCheck(data->comm, data->info.variables > 0, PETSC_ERR_ORDER, "%s has no variables", data->path);
  PetscCall(KarOutputCreate(data->comm, data->path, data->replace, ContentBytes(data), &data->output));
  PetscCall(KarOutputGetPart(data->output, &part));
  data->file = CreateFile(data, part, PETSC_FALSE);
  KarCheckAny(data->comm, data->file >= 0, PETSC_ERR_FILE_OPEN, "%s cannot be created", part);
  good = kar_h5_put_string(data->file, "Conventions", "CF-1.10");
  if (good) PetscCall(KarH5PutProvenance(data->comm, data->file, data->ranks, data->title));
  if (good)
    good = kar_h5_put_string(data->file, "basis", KarBases[data->info.basis]) &&
               kar_h5_put_scalar(data->file, "dim", H5T_STD_I64LE, H5T_NATIVE_INT64, &dim) &&
               CreateContents(data, data->file, data->info.samples)
             ? PETSC_TRUE
             : PETSC_FALSE;
  if (good) good = H5Fflush(data->file, H5F_SCOPE_GLOBAL) >= 0 ? PETSC_TRUE : PETSC_FALSE;
  KarCheckAny(data->comm, good, PETSC_ERR_FILE_WRITE, "%s cannot be written: is the disk full?", part);
  if (data->rank == 0) good = TakeSpace(part, ContentBytes(data));
  KarCheckAny(data->comm, good, PETSC_ERR_FILE_WRITE,
              "%s does not fit on its disk: fewer samples, a smaller grid, or another disk", data->path);
  for (PetscInt v = 0; v < data->info.variables; v++) {
    data->variable[v].samples   = data->info.samples;
    data->variable[v].precision = data->precision;
    PetscCall(PetscCalloc2(data->info.samples, &data->array[v].sum, data->info.samples, &data->array[v].written));
  }
  PetscCall(KarDatasetCreateBuffer(data));
  data->ready = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Attributes --------------------------------------------------------------------------------------------------- */
static PetscErrorCode Writable(KarDataset data)
{
  PetscFunctionBegin;
  KarCheck(data->comm, data->writing && data->ready, PETSC_ERR_ORDER, "%s is not open for writing", data->path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetPutString(KarDataset data, const char name[], const char value[])
{
  PetscFunctionBegin;
  PetscCall(Writable(data));
  KarCheckAny(data->comm, kar_h5_put_string(data->file, name, value), PETSC_ERR_FILE_WRITE,
              "%s: the attribute %s cannot be written", data->path, name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetPutReal(KarDataset data, const char name[], PetscReal value)
{
  double number = (double)value;

  PetscFunctionBegin;
  PetscCall(Writable(data));
  KarCheckAny(data->comm, kar_h5_put_scalar(data->file, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &number),
              PETSC_ERR_FILE_WRITE, "%s: the attribute %s cannot be written", data->path, name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetPutInt(KarDataset data, const char name[], PetscInt64 value)
{
  PetscFunctionBegin;
  PetscCall(Writable(data));
  KarCheckAny(data->comm, kar_h5_put_scalar(data->file, name, H5T_STD_I64LE, H5T_NATIVE_INT64, &value),
              PETSC_ERR_FILE_WRITE, "%s: the attribute %s cannot be written", data->path, name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Fields ------------------------------------------------------------------------------------------------------- */
/* buffer <- one component of n points of field [n][dof], in the file's precision. The first bad point, or -1. */
static PetscInt Pack(PetscInt n, PetscInt dof, PetscInt component, const PetscReal field[], KarPrecision precision,
                     void *buffer)
{
  for (PetscInt i = 0; i < n; i++) {
    double value = (double)field[i * dof + component];

    if (precision == KAR_FLOAT64)
      ((double *)buffer)[i] = value;
    else {
      ((float *)buffer)[i] = (float)value;
      value                = (double)((float *)buffer)[i];
    }
    if (PetscUnlikely(!isfinite(value))) return i;
  }
  return -1;
}

/* Writes planes [plane, plane + planes) of a sample, field is [planes][n1][n2][components]; false and the reason on failure. */
static PetscBool WriteSlab(KarDataset data, PetscInt v, PetscInt sample, PetscInt plane, PetscInt planes,
                           const PetscReal field[], size_t room, char why[])
{
  const KarVariable *variable = &data->variable[v];
  PetscInt           points = kar_dataset_plane(data), dof = variable->components;
  size_t             size;
  hid_t              type = kar_dataset_type(data, v, &size);
  uint64_t           sum  = 0;

  for (PetscInt c = 0; c < dof; c++) {
    KarPiece piece = {.sample = sample, .component = c};

    while (kar_dataset_next(data, plane, planes, &piece)) {
      PetscInt bad = Pack(piece.planes * points, dof, c, field + (piece.plane - plane) * points * dof,
                          variable->precision, data->buffer);

      if (bad >= 0) {
        bad += piece.plane * points;
        (void)snprintf(why, room,
                       "%s: %s of sample %" PetscInt_FMT " is not finite at point (%" PetscInt_FMT ",%" PetscInt_FMT
                       ",%" PetscInt_FMT "), component %" PetscInt_FMT,
                       data->path, variable->name, sample, bad / points, bad % points / data->info.n[2],
                       bad % data->info.n[2], c);
        return PETSC_FALSE;
      }
      if (!kar_dataset_move(data, v, piece, PETSC_TRUE, type, data->buffer)) {
        (void)snprintf(why, room, "%s: sample %" PetscInt_FMT " of %s cannot be written: is the disk full?", data->path,
                       sample, variable->name);
        return PETSC_FALSE;
      }
      sum += kar_dataset_sum(data, piece, size, data->buffer);
    }
  }
  data->array[v].sum[sample]     = sum;
  data->array[v].written[sample] = 1;
  return PETSC_TRUE;
}

PetscErrorCode KarDatasetWrite(KarDataset data, const char variable[], PetscInt i, Vec field)
{
  const PetscScalar *values;
  PetscInt           v, plane, planes;
  PetscBool          good;
  char               why[512] = "";

  PetscFunctionBegin;
  PetscCall(Writable(data));
  PetscCall(KarDatasetFindVariable(data, variable, &v));
  PetscCall(KarDatasetSlab(data, v, i, field, &plane, &planes));
  PetscCall(VecGetArrayRead(field, &values));
  PetscCall(KarLogBegin(KAR_EVENT_WRITE));
  good = WriteSlab(data, v, i, plane, planes, values, sizeof(why), why);
  PetscCall(KarLogEnd(KAR_EVENT_WRITE));
  PetscCall(VecRestoreArrayRead(field, &values));
  KarCheckAny(PetscObjectComm((PetscObject)field), good, PETSC_ERR_FILE_WRITE, "%s", why);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetWriteLocal(KarDataset data, const char variable[], PetscInt first, PetscInt count,
                                    const PetscReal fields[])
{
  PetscInt  v, numbers;
  PetscBool good;
  char      why[512] = "";

  PetscFunctionBegin;
  PetscCall(Writable(data));
  PetscCall(KarDatasetFindVariable(data, variable, &v));
  KarCheckAny(data->comm, count == 0 || (first >= 0 && count > 0 && first + count <= data->info.samples),
              PETSC_ERR_ARG_OUTOFRANGE,
              "%s holds samples 0 to %" PetscInt_FMT ": cannot write %" PetscInt_FMT " from %" PetscInt_FMT " on",
              data->path, data->info.samples - 1, count, first);
  numbers = data->info.n[0] * kar_dataset_plane(data) * data->variable[v].components;
  good    = PETSC_TRUE;
  PetscCall(KarLogBegin(KAR_EVENT_WRITE));
  for (PetscInt i = 0; good && i < count; i++)
    good = WriteSlab(data, v, first + i, 0, data->info.n[0], fields + i * numbers, sizeof(why), why);
  PetscCall(KarLogEnd(KAR_EVENT_WRITE));
  KarCheckAny(data->comm, good, PETSC_ERR_FILE_WRITE, "%s", why);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- The end ------------------------------------------------------------------------------------------------------ */
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
  file = CreateFile(data, shorter, PETSC_TRUE);
  good = old >= 0 && file >= 0 && H5Aiterate2(old, H5_INDEX_CRT_ORDER, H5_ITER_INC, &zero, CopyAttribute, &file) >= 0 &&
             CreateContents(data, file, kept)
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
