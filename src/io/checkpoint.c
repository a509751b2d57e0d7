/* The life of a checkpoint: rank 0 has the file, in memory while it is written; its contents are in entries.c,
   distributed vectors in tail.c. */
#include "checkpointimpl.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* --- Opening and closing ------------------------------------------------------------ */
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
  PetscBool good  = fd >= 0 && H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0 &&
                       H5Fget_vfd_handle(file, H5P_DEFAULT, (void **)&image) >= 0 &&
                       H5Fget_filesize(file, &size) >= 0 && kar_write_at(fd, *image, size, 0)
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
  KarCheckAny(comm, self->rank || self->file >= 0, PETSC_ERR_FILE_OPEN, "%s cannot be created: %s", part,
              strerror(errno));
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
    if (strncmp(why, "Karhunen", 8)) why[0] = 0;
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
  } else PetscCall(KarCheckpointOpen(comm, path, file));
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
    KarCheckAny(self->comm, good, PETSC_ERR_FILE_WRITE, "%s cannot be written: %s; is the disk full?", self->path,
                strerror(why));
    PetscCallMPI(MPI_Bcast(&size, 1, MPI_UINT64_T, 0, self->comm));
    good = kar_tail_write(self, part, size);
    why  = errno;
    KarCheckAny(self->comm, good, PETSC_ERR_FILE_WRITE, "%s cannot be written: %s; is the disk full?", self->path,
                strerror(why));
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

PetscErrorCode KarCheckpointReopen(KarCheckpoint file, KarCheckpoint *again)
{
  PetscFunctionBegin;
  PetscCall(KarCheckpointOpen(file->comm, file->path, again));
  PetscCall(KarCheckpointSetGroup(*again, file->group));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCheckpointSetHalf(KarCheckpoint file, PetscBool half)
{
  PetscFunctionBegin;
  file->half = half;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCheckpointIsHalf(KarCheckpoint file, const char group[], PetscBool *half)
{
  char  full[PETSC_MAX_PATH_LEN], name[128] = "";
  hid_t array, type;

  PetscFunctionBegin;
  *half = PETSC_FALSE;
  (void)snprintf(full, sizeof(full), "/%s%s", file->group, group);
  if (file->rank == 0 && H5Lexists(file->file, full, H5P_DEFAULT) > 0 &&
      H5Lget_name_by_idx(file->file, full, H5_INDEX_NAME, H5_ITER_INC, 0, name, sizeof(name), H5P_DEFAULT) > 0) {
    (void)snprintf(full, sizeof(full), "/%s%s/%s", file->group, group, name);
    array = H5Dopen2(file->file, full, H5P_DEFAULT);
    type  = array >= 0 ? H5Dget_type(array) : -1;
    *half = (PetscBool)(type >= 0 && H5Tget_class(type) == H5T_FLOAT && H5Tget_size(type) == 2);
    if (type >= 0) (void)H5Tclose(type);
    if (array >= 0) (void)H5Dclose(array);
  }
  PetscCallMPI(MPI_Bcast(half, 1, MPIU_BOOL, 0, file->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCheckpointSetLike(KarCheckpoint file, const char group[])
{
  PetscFunctionBegin;
  PetscCall(PetscStrncpy(file->like, group, sizeof(file->like)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCheckpointSetGroup(KarCheckpoint file, const char group[])
{
  PetscFunctionBegin;
  PetscCall(PetscStrncpy(file->group, group, sizeof(file->group)));
  PetscFunctionReturn(PETSC_SUCCESS);
}
