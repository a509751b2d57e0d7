/* Data sets, written: claimed at set-up (claim.c), filled slab by slab or whole samples a rank; commit.c ends them.

   Each rank writes contiguous planes at their place in the file, so that groups of ranks need not wait for each other.
   */
#include "datasetimpl.h"
#include <karhunen/place.h>
#include <errno.h>

static const char *const precisions[] = {"float", "double", NULL};

/* --- What the file will hold ------------------------------------------------------------ */
PetscErrorCode KarDatasetCreate(MPI_Comm comm, KarGrid grid, const char path[], KarDataset *data)
{
  KarGridInfo  g;
  KarGridPlace place;
  KarDataset   self;

  PetscFunctionBegin;
  PetscCall(KarGridGetInfo(grid, &g));
  PetscCall(KarGridGetPlace(grid, &place));
  PetscCall(KarDatasetNew(comm, path, &self));
  self->writing    = PETSC_TRUE;
  self->info.dim   = g.dim;
  self->info.basis = g.basis;
  for (PetscInt i = 0; i < 3; i++) {
    self->info.n[i]      = g.n[i];
    self->info.length[i] = g.length[i];
    self->info.origin[i] = place.origin[i];
    if (place.direction[i] < 0) self->info.step[i] = -g.length[i] / (PetscReal)g.n[i];
  }
  self->info.samples = 1;
  PetscCall(PetscStrncpy(self->title, "Random fields", sizeof(self->title)));
  *data = self;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscBool KarDatasetMayName(const char name[])
{
  static const char *const taken[] = {"x", "y", "z", "sample", "time", "component", "checks"};

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
  KarCheck(data->comm, KarDatasetMayName(name), PETSC_ERR_ARG_WRONG,
           "a variable cannot be named %s, like an axis of its file: give another name", name);
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

PetscErrorCode KarDatasetSetTimes(KarDataset data, PetscInt n, const PetscReal t[])
{
  PetscFunctionBegin;
  PetscCall(BeforeSetUp(data));
  PetscCall(PetscFree(data->time));
  PetscCall(PetscMalloc1(n, &data->time));
  for (PetscInt i = 0; i < n; i++) data->time[i] = (double)t[i];
  data->times = n;
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

PetscErrorCode KarDatasetSetOptionsPrefix(KarDataset data, const char prefix[])
{
  PetscFunctionBegin;
  PetscCall(PetscStrncpy(data->prefix, prefix ? prefix : "", sizeof(data->prefix)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetSetFromOptions(KarDataset data)
{
  PetscInt precision = (PetscInt)data->precision;

  PetscFunctionBegin;
  PetscCall(BeforeSetUp(data));
  PetscCall(KarOutputReplaceFromOptions(data->prefix, &data->replace));
  PetscCall(
    KarOptionsChoice(data->prefix, "out_precision", "numbers of the fields in the file", precisions, &precision));
  PetscCall(KarOptionsString(data->prefix, "out_units", "unit of the lengths, written on the axes",
                             sizeof(data->info.units), data->info.units));
  data->precision = (KarPrecision)precision;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Attributes ------------------------------------------------------------ */
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
  KarCheckAny(data->comm, data->rank || kar_h5_put_string(data->file, name, value), PETSC_ERR_FILE_WRITE,
              "%s: the attribute %s cannot be written", data->path, name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetPutReal(KarDataset data, const char name[], PetscReal value)
{
  double number = (double)value;

  PetscFunctionBegin;
  PetscCall(Writable(data));
  KarCheckAny(data->comm, data->rank || kar_h5_put_scalar(data->file, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &number),
              PETSC_ERR_FILE_WRITE, "%s: the attribute %s cannot be written", data->path, name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetPutInt(KarDataset data, const char name[], PetscInt64 value)
{
  PetscFunctionBegin;
  PetscCall(Writable(data));
  KarCheckAny(data->comm, data->rank || kar_h5_put_scalar(data->file, name, H5T_STD_I64LE, H5T_NATIVE_INT64, &value),
              PETSC_ERR_FILE_WRITE, "%s: the attribute %s cannot be written", data->path, name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Fields ------------------------------------------------------------ */
/* buffer <- one component of n points of field [n][dof], in the file's precision. The first bad point, or -1. */
static PetscInt Pack(PetscInt n, PetscInt dof, PetscInt component, const PetscReal field[], KarPrecision precision,
                     void *buffer)
{
  for (PetscInt i = 0; i < n; i++) {
    double value = (double)field[i * dof + component];

    if (precision == KAR_FLOAT64) ((double *)buffer)[i] = value;
    else {
      ((float *)buffer)[i] = (float)value;
      value                = (double)((float *)buffer)[i];
    }
    if (PetscUnlikely(!isfinite(value))) return i;
  }
  return -1;
}

/* Writes planes [plane, plane + planes) of a sample, field is [planes][n1][n2][components]; false and the reason on
   failure. */
static PetscBool WriteSlab(KarDataset data, PetscInt v, PetscInt sample, PetscInt plane, PetscInt planes,
                           const PetscReal field[], size_t capacity, char why[])
{
  const KarVariable *variable = &data->variable[v];
  PetscInt           points = kar_dataset_plane(data), dof = variable->components;
  size_t             size;
  uint64_t           sum = 0;

  (void)kar_dataset_type(data, v, &size);
  for (PetscInt c = 0; c < dof; c++) {
    KarPiece piece = {.sample = sample, .component = c};

    while (kar_dataset_next(data, plane, planes, &piece)) {
      PetscInt bad = Pack(piece.planes * points, dof, c, field + (piece.plane - plane) * points * dof,
                          variable->precision, data->buffer);

      if (bad >= 0) {
        bad += piece.plane * points;
        (void)snprintf(why, capacity,
                       "%s: %s of sample %" PetscInt_FMT " is not finite at point (%" PetscInt_FMT ",%" PetscInt_FMT
                       ",%" PetscInt_FMT "), component %" PetscInt_FMT,
                       data->path, variable->name, sample, bad / points, bad % points / data->info.n[2],
                       bad % data->info.n[2], c);
        return PETSC_FALSE;
      }
      sum += kar_dataset_sum(data, piece, size, data->buffer);
      if (!kar_piece_put(data, v, piece)) {
        (void)snprintf(why, capacity, "%s: sample %" PetscInt_FMT " of %s cannot be written: %s; is the disk full?",
                       data->path, sample, variable->name, strerror(errno));
        return PETSC_FALSE;
      }
    }
  }
  data->array[v].sum[sample]     = sum;
  data->array[v].written[sample] = 1;
  return PETSC_TRUE;
}

/* Collective on comm, whose ranks have written their shares of a sample: its sum goes into the journal. */
static PetscErrorCode NoteWhole(KarDataset data, MPI_Comm comm, PetscInt v, PetscInt sample)
{
  uint64_t sum = 0;
  int      rank;

  PetscFunctionBegin;
  if (!data->journal) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Reduce(&data->array[v].sum[sample], &sum, 1, MPI_UINT64_T, MPI_SUM, 0, comm));
  if (rank == 0) (void)kar_journal_put(data, v, sample, sum); /* if not, the sample is made once more */
  PetscFunctionReturn(PETSC_SUCCESS);
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
  PetscCall(NoteWhole(data, PetscObjectComm((PetscObject)field), v, i));
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
  for (PetscInt i = 0; good && i < count; i++) {
    good = WriteSlab(data, v, first + i, 0, data->info.n[0], fields + i * numbers, sizeof(why), why);
    if (good) (void)kar_journal_put(data, v, first + i, data->array[v].sum[first + i]);
  }
  PetscCall(KarLogEnd(KAR_EVENT_WRITE));
  KarCheckAny(data->comm, good, PETSC_ERR_FILE_WRITE, "%s", why);
  PetscFunctionReturn(PETSC_SUCCESS);
}
