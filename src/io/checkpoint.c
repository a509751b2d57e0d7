/* Named arrays and attributes that every rank holds alike: rank 0 reads and writes, the others hear. */
#include "checkpointimpl.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

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

static Kind Reals(void)
{
  return (Kind){"real", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, MPIU_REAL, sizeof(PetscReal)};
}

static Kind Ints(void)
{
  return (Kind){"integer", H5T_STD_I64LE, H5T_NATIVE_INT64, MPIU_INT64, sizeof(PetscInt64)};
}

/* Splits "group/leaf"; the group of a plain name is "/". */
static void Split(const char name[], char group[PETSC_MAX_PATH_LEN], const char **leaf)
{
  const char *slash = strrchr(name, '/');

  *leaf = slash ? slash + 1 : name;
  (void)snprintf(group, PETSC_MAX_PATH_LEN, "%.*s", slash && slash > name ? (int)(slash - name) : 1,
                 slash && slash > name ? name : "/");
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

/* --- Opening and closing ------------------------------------------------------------------------------------------ */
static PetscErrorCode New(MPI_Comm comm, const char path[], KarCheckpoint *file)
{
  PetscFunctionBegin;
  PetscCall(PetscNew(file));
  (*file)->comm = comm;
  (*file)->file = -1;
  PetscCallMPI(MPI_Comm_rank(comm, &(*file)->rank));
  PetscCall(PetscStrncpy((*file)->path, path, sizeof((*file)->path)));
  kar_h5_start();
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* In memory: what HDF5 never has on a disk it cannot fail to write there. */
static hid_t CreateFile(const char part[])
{
  hid_t access = H5Pcreate(H5P_FILE_ACCESS), creation = H5Pcreate(H5P_FILE_CREATE), file;

  (void)H5Pset_fapl_core(access, 1 << 16, 0);
  (void)H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18);
  (void)H5Pset_link_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  (void)H5Pset_attr_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  file = H5Fcreate(part, H5F_ACC_TRUNC, creation, access);
  (void)H5Pclose(creation);
  (void)H5Pclose(access);
  return file;
}

static PetscBool Touch(const char part[])
{
  const int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

  return fd >= 0 && !close(fd) ? PETSC_TRUE : PETSC_FALSE;
}

/* Rank 0: the file as it is in memory to the disk, as far as the disk takes it; its size. */
static PetscBool Store(hid_t file, const char part[], uint64_t *bytes)
{
  const int fd    = open(part, O_WRONLY | O_CLOEXEC);
  void    **image = NULL;
  hsize_t   size  = 0;
  PetscBool good  = fd >= 0 && H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0 && H5Fget_vfd_handle(file, H5P_DEFAULT, (void **)&image) >= 0 && H5Fget_filesize(file, &size) >= 0 &&
                       kar_write_at(fd, *image, size, 0)
                      ? PETSC_TRUE
                      : PETSC_FALSE;

  if (fd >= 0 && close(fd)) good = PETSC_FALSE;
  *bytes = size;
  return good;
}

PetscErrorCode KarCheckpointCreate(MPI_Comm comm, const char path[], KarReplace replace, KarCheckpoint *file)
{
  KarOutput     output;
  KarCheckpoint self;
  const char   *part;
  PetscMPIInt   ranks;

  PetscFunctionBegin;
  PetscCall(KarOutputCreate(comm, path, replace, 0, &output));
  PetscCall(New(comm, path, &self));
  self->output = output;
  PetscCall(KarOutputGetPart(output, &part));
  if (self->rank == 0 && Touch(part)) self->file = CreateFile(part);
  KarCheckAny(comm, self->rank || self->file >= 0, PETSC_ERR_FILE_OPEN, "%s cannot be created: %s", part, strerror(errno));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  if (self->rank == 0) PetscCall(KarH5PutProvenance(PETSC_COMM_SELF, self->file, ranks, "checkpoint"));
  *file = self;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCheckpointOpen(MPI_Comm comm, const char path[], KarCheckpoint *file)
{
  KarFileState  state;
  KarCheckpoint self;
  char          why[512] = "";

  PetscFunctionBegin;
  PetscCall(KarFileCheck(comm, path, &state));
  KarCheck(comm, state != KAR_FILE_DAMAGED, PETSC_ERR_FILE_READ,
           "%s is damaged: its checksum does not fit; copy or make it again", path);
  PetscCall(New(comm, path, &self));
  if (self->rank == 0) self->file = kar_h5_open(path, sizeof(why), why);
  if (self->file >= 0 && state == KAR_FILE_UNSEALED && kar_h5_get_string(self->file, "source", sizeof(why), why)) {
    if (strncmp(why, "Karhunen", 8))
      why[0] = 0;
    else
      (void)snprintf(why, sizeof(why), "%s is damaged: its end, with the checksum, is missing; copy or make it again",
                     path);
  }
  PetscCall(KarShareError(comm, why[0] ? PETSC_FALSE : PETSC_TRUE, why, sizeof(why)));
  if (why[0]) PetscCall(KarCheckpointDestroy(&self));
  KarCheck(comm, !why[0], PETSC_ERR_FILE_OPEN, "%s", why);
  *file = self;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCheckpointOpenNewest(MPI_Comm comm, const char path[], KarCheckpoint *file)
{
  KarFileState state, older;
  char         previous[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  (void)snprintf(previous, sizeof(previous), "%s.prev", path);
  PetscCall(KarFileCheck(comm, path, &state));
  if (state != KAR_FILE_SOUND) PetscCall(KarFileCheck(comm, previous, &older));
  if (state != KAR_FILE_SOUND && older == KAR_FILE_SOUND) {
    PetscCall(PetscFPrintf(comm, stderr, "%s is %s: going on from %s\n", path,
                           state == KAR_FILE_MISSING ? "missing" : "damaged", previous));
    PetscCall(KarCheckpointOpen(comm, previous, file));
  } else
    PetscCall(KarCheckpointOpen(comm, path, file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCheckpointClose(KarCheckpoint *file)
{
  KarCheckpoint self = *file;
  PetscBool     good = PETSC_TRUE;
  const char   *part;
  int           why  = 0;
  uint64_t      size = 0;

  PetscFunctionBegin;
  PetscCall(KarLogBegin(KAR_EVENT_WRITE));
  if (self->output) {
    if (self->parts) PetscCall(KarCheckpointPutInt(self, "tail_numbers", self->tail));
    PetscCall(KarOutputGetPart(self->output, &part));
    if (self->file >= 0) good = Store(self->file, part, &size);
    why = errno;
    if (self->file >= 0) (void)H5Fclose(self->file);
    self->file = -1;
    KarCheckAny(self->comm, good, PETSC_ERR_FILE_WRITE, "%s cannot be written: %s; is the disk full?", self->path, strerror(why));
    PetscCallMPI(MPI_Bcast(&size, 1, MPI_UINT64_T, 0, self->comm));
    good = kar_tail_write(self, part, size);
    why  = errno;
    KarCheckAny(self->comm, good, PETSC_ERR_FILE_WRITE, "%s cannot be written: %s; is the disk full?", self->path, strerror(why));
    PetscCall(KarOutputCommit(&self->output, PETSC_TRUE));
  }
  PetscCall(KarCheckpointDestroy(file));
  PetscCall(KarLogEnd(KAR_EVENT_WRITE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCheckpointDestroy(KarCheckpoint *file)
{
  PetscFunctionBegin;
  if (!*file) PetscFunctionReturn(PETSC_SUCCESS);
  if ((*file)->file >= 0) (void)H5Fclose((*file)->file);
  PetscCall(KarOutputDestroy(&(*file)->output));
  kar_tail_free(*file);
  PetscCall(PetscFree(*file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Attributes --------------------------------------------------------------------------------------------------- */
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
  Split(name, group, &leaf);
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
  Split(name, group, &leaf);
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
  Split(name, group, &leaf);
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
  Split(name, group, &leaf);
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

/* --- Arrays ------------------------------------------------------------------------------------------------------- */
static PetscBool WriteArray(hid_t file, const char name[], Kind kind, PetscInt ndim, const hsize_t shape[],
                            const void *values)
{
  hid_t     links = H5Pcreate(H5P_LINK_CREATE), creation = H5Pcreate(H5P_DATASET_CREATE);
  hid_t     space = ndim ? H5Screate_simple((int)ndim, shape, NULL) : H5Screate(H5S_SCALAR), array;
  PetscBool good;

  (void)H5Pset_create_intermediate_group(links, 1);
  (void)H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER);
  if (H5Lexists(file, name, H5P_DEFAULT) > 0) (void)H5Ldelete(file, name, H5P_DEFAULT);
  array = H5Dcreate2(file, name, kind.file, space, links, creation, H5P_DEFAULT);
  good =
    array >= 0 && H5Dwrite(array, kind.memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0 ? PETSC_TRUE : PETSC_FALSE;
  if (array >= 0) (void)H5Dclose(array);
  (void)H5Sclose(space);
  (void)H5Pclose(creation);
  (void)H5Pclose(links);
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
  if (file->rank == 0) good = WriteArray(file->file, name, kind, ndim, dims, values);
  PetscCall(KarLogEnd(KAR_EVENT_WRITE));
  KarCheckAny(file->comm, good, PETSC_ERR_FILE_WRITE, "%s: the array %s cannot be written: is the disk full?",
              file->path, name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static hid_t OpenArray(hid_t file, const char name[])
{
  char        group[PETSC_MAX_PATH_LEN];
  const char *leaf;
  hid_t       id, array = -1;

  Split(name, group, &leaf);
  id = Group(file, group, PETSC_FALSE);
  if (id >= 0 && H5Lexists(id, leaf, H5P_DEFAULT) > 0) array = H5Dopen2(id, leaf, H5P_DEFAULT);
  if (id >= 0) (void)H5Gclose(id);
  return array;
}

/* Reads an array of exactly `size` numbers, or says why not. */
static PetscBool ReadArray(KarCheckpoint file, const char name[], Kind kind, PetscInt size, void *values, size_t room,
                           char why[])
{
  hid_t     array = OpenArray(file->file, name), space;
  PetscInt  there;
  PetscBool good = PETSC_FALSE;

  if (array < 0) {
    (void)snprintf(why, room, "%s has no array %s: was it made by this program?", file->path, name);
    return PETSC_FALSE;
  }
  space = H5Dget_space(array);
  there = (PetscInt)H5Sget_simple_extent_npoints(space);
  if (there != size) {
    (void)snprintf(why, room, "%s: the array %s holds %" PetscInt_FMT " numbers where %" PetscInt_FMT " are expected",
                   file->path, name, there, size);
  } else if (H5Dread(array, kind.memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) {
    (void)snprintf(why, room, "%s: the array %s cannot be read as %s numbers", file->path, name, kind.name);
  } else
    good = PETSC_TRUE;
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

PetscErrorCode KarCheckpointPutFloats(KarCheckpoint file, const char name[], PetscInt ndim, const PetscInt shape[],
                                      const float values[])
{
  PetscFunctionBegin;
  PetscCall(PutArray(file, name, Floats(), ndim, shape, values));
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
    hid_t array = OpenArray(file->file, name), space = array >= 0 ? H5Dget_space(array) : -1;

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
  Split(name, group, &leaf);
  if (file->rank == 0) {
    hid_t id = Group(file->file, group, PETSC_FALSE);

    if (id >= 0) *has = H5Aexists(id, leaf) > 0 || H5Lexists(id, leaf, H5P_DEFAULT) > 0 ? PETSC_TRUE : PETSC_FALSE;
    if (id >= 0) (void)H5Gclose(id);
  }
  PetscCallMPI(MPI_Bcast(has, 1, MPIU_BOOL, 0, file->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}
