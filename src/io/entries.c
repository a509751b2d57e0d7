/* What a checkpoint holds: named arrays and attributes that every rank holds alike. Rank 0 reads and writes, the
   others hear. */
#include "checkpointimpl.h"

#include <math.h>

#define KAR_HALF_MAX 65504.f /* of 10 bits and exponents to 15 */

/* One kind of number: how HDF5 and MPI call it. HDF5's names are variables, hence the routine. */
typedef struct {
  const char  *name;
  hid_t        file, memory;
  MPI_Datatype mpi;
  size_t       size;
} Kind;

static Kind Floats(void)
{
  return (Kind){"float", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, MPI_FLOAT, sizeof(float)};
}

/* IEEE's half precision, which HDF5 turns from and to float. The caller closes the type `file`. */
static Kind Halves(void)
{
  Kind kind = Floats();

  kind.file = H5Tcopy(H5T_IEEE_F32LE);
  (void)H5Tset_fields(kind.file, 15, 10, 5, 0, 10);
  (void)H5Tset_size(kind.file, 2);
  (void)H5Tset_ebias(kind.file, 15);
  return kind;
}

static Kind Reals(void)
{
  return (Kind){"real", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, MPIU_REAL, sizeof(PetscReal)};
}

static Kind Ints(void)
{
  return (Kind){"integer", H5T_STD_I64LE, H5T_NATIVE_INT64, MPIU_INT64, sizeof(PetscInt64)};
}

/* Splits "group/leaf" of the file's own group; the group of a plain name is "/". */
static void Split(KarCheckpoint file, const char name[], char group[PETSC_MAX_PATH_LEN], const char **leaf)
{
  const char *slash = strrchr(name, '/');

  *leaf = slash ? slash + 1 : name;
  (void)snprintf(group, PETSC_MAX_PATH_LEN, "/%s%.*s", file->group, slash ? (int)(slash - name) : 0, name);
}

/* The group, made when it is wanted and absent; negative on failure. */
static hid_t Group(hid_t file, const char group[], PetscBool make)
{
  hid_t links, id = H5Gopen2(file, group, H5P_DEFAULT);

  if (id >= 0 || !make) return id;
  links = H5Pcreate(H5P_LINK_CREATE);
  (void)H5Pset_create_intermediate_group(links, 1);
  id = H5Gcreate2(file, group, links, H5P_DEFAULT, H5P_DEFAULT);
  (void)H5Pclose(links);
  return id;
}

/* --- Attributes ------------------------------------------------------------ */
static PetscErrorCode Writable(KarCheckpoint file, const char name[])
{
  PetscFunctionBegin;
  KarCheck(file->comm, file->output, PETSC_ERR_ARG_WRONGSTATE, "%s is open for reading: %s cannot be put there",
           file->path, name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PutScalar(KarCheckpoint file, const char name[], Kind kind, const void *value)
{
  char        group[PETSC_MAX_PATH_LEN];
  const char *leaf;
  hid_t       id;
  PetscBool   good = PETSC_TRUE;

  PetscFunctionBegin;
  PetscCall(Writable(file, name));
  Split(file, name, group, &leaf);
  if (file->rank == 0) {
    id   = Group(file->file, group, PETSC_TRUE);
    good = id >= 0 && kar_h5_put_scalar(id, leaf, kind.file, kind.memory, value) ? PETSC_TRUE : PETSC_FALSE;
    if (id >= 0) (void)H5Gclose(id);
  }
  KarCheckAny(file->comm, good, PETSC_ERR_FILE_WRITE, "%s: %s cannot be written", file->path, name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode GetScalar(KarCheckpoint file, const char name[], Kind kind, void *value)
{
  char        group[PETSC_MAX_PATH_LEN];
  const char *leaf;
  hid_t       id;
  PetscBool   good = PETSC_TRUE;

  PetscFunctionBegin;
  Split(file, name, group, &leaf);
  if (file->rank == 0) {
    id   = Group(file->file, group, PETSC_FALSE);
    good = id >= 0 && kar_h5_get_scalar(id, leaf, kind.memory, value) ? PETSC_TRUE : PETSC_FALSE;
    if (id >= 0) (void)H5Gclose(id);
  }
  KarCheckAny(file->comm, good, PETSC_ERR_FILE_READ, "%s has no number %s: was it made by this program?", file->path,
              name);
  PetscCallMPI(MPI_Bcast(value, 1, kind.mpi, 0, file->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCheckpointPutReal(KarCheckpoint file, const char name[], PetscReal value)
{
  PetscFunctionBegin;
  PetscCall(PutScalar(file, name, Reals(), &value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCheckpointPutInt(KarCheckpoint file, const char name[], PetscInt64 value)
{
  PetscFunctionBegin;
  PetscCall(PutScalar(file, name, Ints(), &value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCheckpointGetReal(KarCheckpoint file, const char name[], PetscReal *value)
{
  PetscFunctionBegin;
  PetscCall(GetScalar(file, name, Reals(), value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCheckpointGetInt(KarCheckpoint file, const char name[], PetscInt64 *value)
{
  PetscFunctionBegin;
  PetscCall(GetScalar(file, name, Ints(), value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCheckpointPutString(KarCheckpoint file, const char name[], const char value[])
{
  char        group[PETSC_MAX_PATH_LEN];
  const char *leaf;
  hid_t       id;
  PetscBool   good = PETSC_TRUE;

  PetscFunctionBegin;
  PetscCall(Writable(file, name));
  Split(file, name, group, &leaf);
  if (file->rank == 0) {
    id   = Group(file->file, group, PETSC_TRUE);
    good = id >= 0 && kar_h5_put_string(id, leaf, value) ? PETSC_TRUE : PETSC_FALSE;
    if (id >= 0) (void)H5Gclose(id);
  }
  KarCheckAny(file->comm, good, PETSC_ERR_FILE_WRITE, "%s: %s cannot be written", file->path, name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCheckpointGetString(KarCheckpoint file, const char name[], size_t size, char value[])
{
  char        group[PETSC_MAX_PATH_LEN];
  const char *leaf;
  hid_t       id;
  PetscBool   good = PETSC_TRUE;

  PetscFunctionBegin;
  Split(file, name, group, &leaf);
  if (file->rank == 0) {
    id   = Group(file->file, group, PETSC_FALSE);
    good = id >= 0 && kar_h5_get_string(id, leaf, size, value) ? PETSC_TRUE : PETSC_FALSE;
    if (id >= 0) (void)H5Gclose(id);
  }
  KarCheckAny(file->comm, good, PETSC_ERR_FILE_READ, "%s has no text %s: was it made by this program?", file->path,
              name);
  PetscCallMPI(MPI_Bcast(value, (PetscMPIInt)size, MPI_CHAR, 0, file->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Arrays ------------------------------------------------------------ */
static PetscBool WriteArray(KarCheckpoint checkpoint, const char name[], Kind kind, PetscInt ndim,
                            const hsize_t shape[], const void *values)
{
  hid_t       creation = H5Pcreate(H5P_DATASET_CREATE);
  hid_t       space    = ndim ? H5Screate_simple((int)ndim, shape, NULL) : H5Screate(H5S_SCALAR), array;
  char        group[PETSC_MAX_PATH_LEN];
  const char *leaf;
  hid_t       file;
  PetscBool   good;

  Split(checkpoint, name, group, &leaf);
  file = Group(checkpoint->file, group, PETSC_TRUE);
  name = leaf;
  (void)H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER);
  if (H5Lexists(file, name, H5P_DEFAULT) > 0) (void)H5Ldelete(file, name, H5P_DEFAULT);
  array = H5Dcreate2(file, name, kind.file, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  good =
    array >= 0 && H5Dwrite(array, kind.memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0 ? PETSC_TRUE : PETSC_FALSE;
  if (array >= 0) (void)H5Dclose(array);
  (void)H5Sclose(space);
  (void)H5Pclose(creation);
  if (file >= 0) (void)H5Gclose(file);
  return good;
}

static PetscErrorCode PutArray(KarCheckpoint file, const char name[], Kind kind, PetscInt ndim, const PetscInt shape[],
                               const void *values)
{
  hsize_t   dims[8];
  PetscBool good = PETSC_TRUE;

  PetscFunctionBegin;
  PetscCall(Writable(file, name));
  KarCheck(file->comm, ndim >= 0 && ndim <= 8, PETSC_ERR_ARG_OUTOFRANGE,
           "%s: an array has 0 to 8 dimensions, not %" PetscInt_FMT, name, ndim);
  for (PetscInt d = 0; d < ndim; d++) dims[d] = (hsize_t)shape[d];
  PetscCall(KarLogBegin(KAR_EVENT_WRITE));
  if (file->rank == 0) good = WriteArray(file, name, kind, ndim, dims, values);
  PetscCall(KarLogEnd(KAR_EVENT_WRITE));
  KarCheckAny(file->comm, good, PETSC_ERR_FILE_WRITE, "%s: the array %s cannot be written: is the disk full?",
              file->path, name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static hid_t OpenArray(KarCheckpoint file, const char name[])
{
  char        group[PETSC_MAX_PATH_LEN];
  const char *leaf;
  hid_t       id, array = -1;

  Split(file, name, group, &leaf);
  id = Group(file->file, group, PETSC_FALSE);
  if (id >= 0 && H5Lexists(id, leaf, H5P_DEFAULT) > 0) array = H5Dopen2(id, leaf, H5P_DEFAULT);
  if (id >= 0) (void)H5Gclose(id);
  return array;
}

/* Reads an array of exactly `size` numbers, or says why not. */
static PetscBool ReadArray(KarCheckpoint file, const char name[], Kind kind, PetscInt size, void *values,
                           size_t capacity, char why[])
{
  hid_t     array = OpenArray(file, name), space;
  PetscInt  there;
  PetscBool good = PETSC_FALSE;

  if (array < 0) {
    (void)snprintf(why, capacity, "%s has no array %s: was it made by this program?", file->path, name);
    return PETSC_FALSE;
  }
  space = H5Dget_space(array);
  there = (PetscInt)H5Sget_simple_extent_npoints(space);
  if (there != size) {
    (void)snprintf(why, capacity,
                   "%s: the array %s holds %" PetscInt_FMT " numbers where %" PetscInt_FMT " are expected", file->path,
                   name, there, size);
  } else if (H5Dread(array, kind.memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) {
    (void)snprintf(why, capacity, "%s: the array %s cannot be read as %s numbers", file->path, name, kind.name);
  } else good = PETSC_TRUE;
  (void)H5Sclose(space);
  (void)H5Dclose(array);
  return good;
}

static PetscErrorCode GetArray(KarCheckpoint file, const char name[], Kind kind, PetscInt size, void *values)
{
  const PetscInt piece    = 1 << 26;
  PetscBool      good     = PETSC_TRUE;
  char           why[512] = "";

  PetscFunctionBegin;
  PetscCall(KarLogBegin(KAR_EVENT_READ));
  if (file->rank == 0) good = ReadArray(file, name, kind, size, values, sizeof(why), why);
  KarCheckAny(file->comm, good, PETSC_ERR_FILE_READ, "%s", why);
  for (PetscInt i = 0; i < size; i += piece)
    PetscCallMPI(MPI_Bcast((char *)values + (size_t)i * kind.size, (PetscMPIInt)PetscMin(piece, size - i), kind.mpi, 0,
                           file->comm));
  PetscCall(KarLogEnd(KAR_EVENT_READ));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Rank 0: the array of the group `like` once more. */
static PetscBool LinkArray(KarCheckpoint checkpoint, const char name[])
{
  char        group[PETSC_MAX_PATH_LEN], of[PETSC_MAX_PATH_LEN];
  const char *leaf;
  PetscBool   good;
  hid_t       to;

  Split(checkpoint, name, group, &leaf);
  to = Group(checkpoint->file, group, PETSC_TRUE);
  (void)snprintf(of, sizeof(of), "/%s%s", checkpoint->like, name);
  good =
    to >= 0 && H5Lcreate_hard(checkpoint->file, of, to, leaf, H5P_DEFAULT, H5P_DEFAULT) >= 0 ? PETSC_TRUE : PETSC_FALSE;
  if (to >= 0) (void)H5Gclose(to);
  return good;
}

PetscErrorCode KarCheckpointPutFloats(KarCheckpoint file, const char name[], PetscInt ndim, const PetscInt shape[],
                                      const float values[])
{
  const Kind kind = file->half ? Halves() : Floats();
  PetscBool  good = PETSC_TRUE;
  PetscInt   n    = 1;

  PetscFunctionBegin;
  if (file->like[0]) {
    PetscCall(Writable(file, name));
    if (file->rank == 0) good = LinkArray(file, name);
    KarCheckAny(file->comm, good, PETSC_ERR_FILE_WRITE, "%s: %s has no array %s to share", file->path, file->like,
                name);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  for (PetscInt d = 0; d < ndim; d++) n *= shape[d];
  for (PetscInt i = 0; file->half && i < n; i++)
    KarCheck(file->comm, fabsf(values[i]) < KAR_HALF_MAX, PETSC_ERR_ARG_OUTOFRANGE,
             "%s: %s has the number %g, too large for half precision", file->path, name, (double)values[i]);
  PetscCall(PutArray(file, name, kind, ndim, shape, values));
  if (file->half) (void)H5Tclose(kind.file);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCheckpointPutReals(KarCheckpoint file, const char name[], PetscInt ndim, const PetscInt shape[],
                                     const PetscReal values[])
{
  PetscFunctionBegin;
  PetscCall(PutArray(file, name, Reals(), ndim, shape, values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCheckpointPutInts(KarCheckpoint file, const char name[], PetscInt ndim, const PetscInt shape[],
                                    const PetscInt64 values[])
{
  PetscFunctionBegin;
  PetscCall(PutArray(file, name, Ints(), ndim, shape, values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCheckpointGetFloats(KarCheckpoint file, const char name[], PetscInt size, float values[])
{
  PetscFunctionBegin;
  PetscCall(GetArray(file, name, Floats(), size, values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCheckpointGetReals(KarCheckpoint file, const char name[], PetscInt size, PetscReal values[])
{
  PetscFunctionBegin;
  PetscCall(GetArray(file, name, Reals(), size, values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCheckpointGetInts(KarCheckpoint file, const char name[], PetscInt size, PetscInt64 values[])
{
  PetscFunctionBegin;
  PetscCall(GetArray(file, name, Ints(), size, values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCheckpointGetShape(KarCheckpoint file, const char name[], PetscInt *ndim, PetscInt shape[8])
{
  hsize_t  dims[8] = {0};
  int      found   = -1;
  PetscInt said[9] = {-1};

  PetscFunctionBegin;
  if (file->rank == 0) {
    hid_t array = OpenArray(file, name), space = array >= 0 ? H5Dget_space(array) : -1;

    if (space >= 0 && H5Sget_simple_extent_ndims(space) <= 8) found = H5Sget_simple_extent_dims(space, dims, NULL);
    if (space >= 0) (void)H5Sclose(space);
    if (array >= 0) (void)H5Dclose(array);
    said[0] = found;
    for (int d = 0; d < 8; d++) said[d + 1] = d < found ? (PetscInt)dims[d] : 1;
  }
  PetscCallMPI(MPI_Bcast(said, 9, MPIU_INT, 0, file->comm));
  KarCheck(file->comm, said[0] >= 0, PETSC_ERR_FILE_READ, "%s has no array %s: was it made by this program?",
           file->path, name);
  *ndim = said[0];
  for (int d = 0; d < 8; d++) shape[d] = said[d + 1];
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCheckpointHas(KarCheckpoint file, const char name[], PetscBool *has)
{
  char        group[PETSC_MAX_PATH_LEN];
  const char *leaf;

  PetscFunctionBegin;
  *has = PETSC_FALSE;
  Split(file, name, group, &leaf);
  if (file->rank == 0) {
    hid_t id = Group(file->file, group, PETSC_FALSE);

    if (id >= 0) *has = H5Aexists(id, leaf) > 0 || H5Lexists(id, leaf, H5P_DEFAULT) > 0 ? PETSC_TRUE : PETSC_FALSE;
    if (id >= 0) (void)H5Gclose(id);
  }
  PetscCallMPI(MPI_Bcast(has, 1, MPIU_BOOL, 0, file->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}
