/* Fields of a data set, read: numbers become values, points without one are an error or are filled, and a whole sample
 * fits its checksum. */
#include "datasetimpl.h"

/* --- Pieces
 * ------------------------------------------------------------------------------------------------------------ */
PetscBool kar_dataset_seek(KarDataset data, PetscInt v, PetscInt sample, PetscInt *local)
{
  KarArray *array = &data->array[v];
  PetscInt  low = 0, high = array->parts - 1;

  *local = sample;
  if (!array->parts) return array->id >= 0 ? PETSC_TRUE : PETSC_FALSE;
  while (low < high) {
    const PetscInt middle = (low + high + 1) / 2;

    if (array->part[middle].first <= sample) low = middle;
    else high = middle - 1;
  }
  *local = sample - array->part[low].first;
  if (array->open == low && array->id >= 0) return PETSC_TRUE;
  const KarPart *part = &array->part[low];
  hid_t          file = data->file;

  kar_array_close(array);
  if (part->file) {
    char why[256];

    array->file = file = kar_h5_open(part->file, sizeof(why), why);
  }
  array->id             = file >= 0 ? H5Dopen2(file, part->name, H5P_DEFAULT) : -1;
  array->open           = low;
  array->layout         = part->layout;
  array->layout.samples = part->samples;
  return array->id >= 0 ? PETSC_TRUE : PETSC_FALSE;
}

/* Number i of several axes, the last one fastest, as where to begin on each. */
static void Spread(const KarLayout *layout, char role, PetscInt i, hsize_t start[])
{
  for (int d = layout->ndim - 1; d >= 0; d--) {
    if (layout->role[d] != role) continue;
    start[d] = (hsize_t)i % layout->shape[d];
    i /= (PetscInt)layout->shape[d];
  }
}

PetscBool kar_dataset_move(KarDataset data, PetscInt v, KarPiece piece, hid_t memory, void *values)
{
  KarArray        *array           = &data->array[v];
  const KarLayout *l               = &array->layout;
  hsize_t          start[KAR_AXES] = {0}, count[KAR_AXES], flat;
  hid_t            here, there;
  herr_t           code;
  PetscInt         local;

  if (!kar_dataset_seek(data, v, piece.sample, &local)) return PETSC_FALSE;
  for (int d = 0; d < KAR_AXES; d++) count[d] = 1;
  Spread(l, 's', local, start);
  Spread(l, 'c', piece.component, start);
  for (int i = 0; i < l->dim; i++) count[l->space[i]] = l->shape[l->space[i]];
  start[l->space[0]] = (hsize_t)piece.plane;
  count[l->space[0]] = (hsize_t)piece.planes;
  flat               = (hsize_t)(piece.planes * kar_dataset_plane(data));
  here               = H5Screate_simple(1, &flat, NULL);
  there              = H5Dget_space(array->id);
  code               = H5Sselect_hyperslab(there, H5S_SELECT_SET, start, NULL, count, NULL);
  if (code >= 0) code = H5Dread(array->id, memory, here, there, H5P_DEFAULT, values);
  (void)H5Sclose(there);
  (void)H5Sclose(here);
  return code >= 0 ? PETSC_TRUE : PETSC_FALSE;
}

/* How far apart neighbours along our axes are in a piece, which has the order of the file. */
static void Strides(KarDataset data, const KarLayout *l, PetscInt planes, PetscInt stride[3])
{
  stride[0] = stride[1] = stride[2] = 0;
  for (int i = 0; i < l->dim; i++) {
    stride[i] = 1;
    for (int j = 0; j < l->dim; j++)
      if (l->space[j] > l->space[i]) stride[i] *= j ? data->info.n[j] : planes;
  }
}

/* --- Fields
 * ------------------------------------------------------------------------------------------------------------ */
/* The numbers of a piece, as doubles, in the order of the file; added to *sum as they are in it. */
static PetscBool Fetch(KarDataset data, PetscInt v, KarPiece piece, uint64_t *sum)
{
  size_t         size;
  const hid_t    type    = kar_dataset_type(data, v, &size);
  const PetscInt numbers = piece.planes * kar_dataset_plane(data);

  if (!sum) return kar_dataset_move(data, v, piece, H5T_NATIVE_DOUBLE, data->buffer);
  if (!kar_dataset_move(data, v, piece, type, data->buffer)) return PETSC_FALSE;
  *sum += kar_dataset_sum(data, piece, size, data->buffer);
  for (PetscInt i = numbers - 1; i >= 0 && size == sizeof(float); i--) { /* in place, from behind */
    float number;

    memcpy(&number, (const char *)data->buffer + (size_t)i * sizeof(float), sizeof(float));
    data->buffer[i] = number;
  }
  return PETSC_TRUE;
}

/* Point i of a plane p of the piece as a value in `to`; false and the reason when it has none. */
static PetscBool Value(KarDataset data, PetscInt v, const KarPiece *piece, PetscInt p, PetscInt i, double number,
                       PetscReal *to, size_t capacity, char why[])
{
  const KarArray  *array = &data->array[v];
  const KarPacking none  = {.scale = 1};
  const char      *said  = kar_packing_value(array->parts ? &array->part[array->open].packing : &none, &number);
  char             place[80];

  *to = number;
  if (PetscLikely(!said)) return PETSC_TRUE;
  *to = data->options.value;
  if (data->options.fill && (!isinf(number) || isnan(data->options.value))) return PETSC_TRUE;
  (void)snprintf(place, sizeof(place),
                 "point (%" PetscInt_FMT ",%" PetscInt_FMT ",%" PetscInt_FMT "), component %" PetscInt_FMT,
                 piece->plane + p, i / data->info.n[2], i % data->info.n[2], piece->component);
  if (!isfinite(number))
    (void)snprintf(why, capacity, "%s: %s of sample %" PetscInt_FMT " is not finite at %s%s", data->path,
                   data->variable[v].name, piece->sample, place,
                   isnan(number) ? "; -fill_missing VALUE fills such points" : "");
  else if (said[0] == 'i')
    (void)snprintf(why, capacity,
                   "%s: %s of sample %" PetscInt_FMT
                   " has no value at %s: %s (%g); -fill_missing VALUE fills such points",
                   data->path, data->variable[v].name, piece->sample, place, said, number);
  else
    (void)snprintf(why, capacity,
                   "%s: %s of sample %" PetscInt_FMT
                   " has no value at %s: it is the file's %s (%g); -fill_missing VALUE fills such points",
                   data->path, data->variable[v].name, piece->sample, place, said, number);
  return PETSC_FALSE;
}

PetscBool kar_dataset_read_as_they_are(KarDataset data, PetscInt v, PetscInt sample, PetscInt plane, PetscInt planes,
                                       PetscReal field[], uint64_t *sum, size_t capacity, char why[])
{
  const PetscInt points = kar_dataset_plane(data), dof = data->variable[v].components, n2 = data->info.n[2];
  PetscInt       stride[3];

  for (PetscInt c = 0; c < dof; c++) {
    KarPiece piece = {.sample = sample, .component = c};

    while (kar_dataset_next(data, plane, planes, &piece)) {
      PetscReal *to = field + (piece.plane - plane) * points * dof + c;

      if (!Fetch(data, v, piece, sum)) {
        (void)snprintf(why, capacity,
                       "%s: sample %" PetscInt_FMT " of %s cannot be read: the file is damaged or cut short",
                       data->path, sample, data->variable[v].name);
        return PETSC_FALSE;
      }
      Strides(data, &data->array[v].layout, piece.planes, stride);
      for (PetscInt p = 0; p < piece.planes; p++)
        for (PetscInt i = 0; i < points; i++, to += dof) {
          const double number = data->buffer[p * stride[0] + i / n2 * stride[1] + i % n2 * stride[2]];

          if (!Value(data, v, &piece, p, i, number, to, capacity, why)) return PETSC_FALSE;
        }
    }
  }
  return PETSC_TRUE;
}

/* The checksum that the file has of a sample, where its numbers are read as they are. */
static PetscBool Said(KarDataset data, PetscInt v, PetscInt sample, uint64_t *said)
{
  if (data->place[0] || data->place[1] || data->place[2]) return PETSC_FALSE;
  return kar_dataset_said(data, v, sample, said);
}

/* What the file says of the sample against what was read of it. */
static PetscBool Fits(KarDataset data, PetscInt v, PetscInt sample, uint64_t sum, size_t capacity, char why[])
{
  uint64_t said;

  if (!Said(data, v, sample, &said) || sum == said) return PETSC_TRUE;
  (void)snprintf(why, capacity, "%s is damaged: sample %" PetscInt_FMT " of %s does not fit its checksum", data->path,
                 sample, data->variable[v].name);
  return PETSC_FALSE;
}

PetscErrorCode KarDatasetRead(KarDataset data, const char variable[], PetscInt i, Vec field)
{
  MPI_Comm     comm;
  PetscScalar *values;
  PetscInt     v, plane, planes;
  PetscBool    good;
  uint64_t     sum      = 0, said;
  char         why[512] = "";

  PetscFunctionBegin;
  PetscCall(PetscObjectGetComm((PetscObject)field, &comm));
  PetscCall(KarDatasetFindVariable(data, variable, &v));
  PetscCall(KarDatasetSlab(data, v, i, field, &plane, &planes));
  PetscCall(VecGetArrayWrite(field, &values));
  PetscCall(KarLogBegin(KAR_EVENT_READ));
  const PetscBool summed = Said(data, v, i, &said);

  good = kar_dataset_read(data, v, i, plane, planes, values, summed ? &sum : NULL, sizeof(why), why);
  PetscCall(KarLogEnd(KAR_EVENT_READ));
  PetscCall(VecRestoreArrayWrite(field, &values));
  KarCheckAny(comm, good, PETSC_ERR_FILE_READ, "%s", why);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_UINT64_T, MPI_SUM, comm));
  if (summed) good = Fits(data, v, i, sum, sizeof(why), why);
  KarCheckAny(comm, good, PETSC_ERR_FILE_READ, "%s", why);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetReadLocal(KarDataset data, const char variable[], PetscInt first, PetscInt count,
                                   PetscReal fields[])
{
  PetscInt v, numbers;
  uint64_t sum, said;
  char     why[512] = "";

  PetscFunctionBegin;
  PetscCall(KarDatasetFindVariable(data, variable, &v));
  KarCheck(PETSC_COMM_SELF, first >= 0 && count >= 0 && first + count <= data->variable[v].samples,
           PETSC_ERR_ARG_OUTOFRANGE,
           "%s holds samples 0 to %" PetscInt_FMT ": cannot read %" PetscInt_FMT " from %" PetscInt_FMT " on",
           data->path, data->variable[v].samples - 1, count, first);
  numbers = data->info.n[0] * kar_dataset_plane(data) * data->variable[v].components;
  PetscCall(KarLogBegin(KAR_EVENT_READ));
  for (PetscInt i = 0; i < count; i++) {
    const PetscBool summed = Said(data, v, first + i, &said);

    sum = 0;
    KarCheck(PETSC_COMM_SELF,
             kar_dataset_read(data, v, first + i, 0, data->info.n[0], fields + i * numbers, summed ? &sum : NULL,
                              sizeof(why), why) &&
               (!summed || Fits(data, v, first + i, sum, sizeof(why), why)),
             PETSC_ERR_FILE_READ, "%s", why);
  }
  PetscCall(KarLogEnd(KAR_EVENT_READ));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetReadPlanes(KarDataset data, PetscInt v, PetscInt sample, PetscInt plane, PetscInt planes,
                                    PetscReal field[], size_t size, char why[])
{
  const PetscBool whole = planes == data->info.n[0] ? PETSC_TRUE : PETSC_FALSE;
  uint64_t        read  = 0, said;

  PetscFunctionBegin;
  why[0]                 = 0;
  const PetscBool summed = whole && Said(data, v, sample, &said) ? PETSC_TRUE : PETSC_FALSE;

  if (!kar_dataset_read(data, v, sample, plane, planes, field, summed ? &read : NULL, size, why) && !why[0])
    PetscCall(PetscStrncpy(why, "cannot be read", size));
  if (summed && !why[0]) (void)Fits(data, v, sample, read, size, why);
  PetscFunctionReturn(PETSC_SUCCESS);
}
