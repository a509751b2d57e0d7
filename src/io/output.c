/* An output is whole or absent: it is written to path.part under the lock path.lock, sealed (seal.c), flushed, then
   renamed. */
#include "ioimpl.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

struct _p_KarOutput {
  MPI_Comm   comm; /* shared with the caller */
  KarReplace replace;
  char       path[PETSC_MAX_PATH_LEN], part[PETSC_MAX_PATH_LEN + 8], lock[PETSC_MAX_PATH_LEN + 8];
  int        fd;   /* of the lock, held on rank 0; -1 elsewhere */
  PetscBool  keep; /* the part, when it is given up */
  KarOutput  next;
};

/* Outputs of this rank that are not finished: removed at MPI_Finalize() or exit(), whatever ended the run. */
static KarOutput unfinished = NULL;

static void RemoveUnfinished(void)
{
  for (KarOutput output = unfinished; output; output = output->next) {
    if (!output->keep) (void)unlink(output->part);
    (void)unlink(output->lock);
  }
}

void kar_output_keep(KarOutput output, PetscBool keep)
{
  output->keep = keep;
}

static int AtFinalize(MPI_Comm comm, int key, void *value, void *extra)
{
  RemoveUnfinished();
  unfinished = NULL;
  return MPI_SUCCESS;
}

static void Enlist(KarOutput output)
{
  static int key = MPI_KEYVAL_INVALID;

  if (key == MPI_KEYVAL_INVALID) {
    (void)atexit(RemoveUnfinished);
    MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, AtFinalize, &key, NULL);
    MPI_Comm_set_attr(MPI_COMM_SELF, key, NULL);
  }
  output->next = unfinished;
  unfinished   = output;
}

static void Delist(KarOutput output)
{
  for (KarOutput *at = &unfinished; *at; at = &(*at)->next) {
    if (*at == output) {
      *at = output->next;
      return;
    }
  }
}

static void Directory(const char path[], char directory[PETSC_MAX_PATH_LEN])
{
  char copy[PETSC_MAX_PATH_LEN];

  (void)snprintf(copy, sizeof(copy), "%s", path);
  (void)snprintf(directory, PETSC_MAX_PATH_LEN, "%s", dirname(copy));
}

/* Bytes that a file may have by the limit of this process (ulimit -f), beside its frame. */
static PetscInt64 LimitBytes(void)
{
  struct rlimit limit;

  if (getrlimit(RLIMIT_FSIZE, &limit) || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > (rlim_t)INT64_MAX)
    return INT64_MAX;
  return PetscMax(0, (PetscInt64)limit.rlim_cur - (1 << 18));
}

static PetscInt64 FreeBytes(const char path[])
{
  struct statvfs fs;
  char           directory[PETSC_MAX_PATH_LEN];

  Directory(path, directory);
  if (statvfs(directory, &fs)) return INT64_MAX;
  return (PetscInt64)fs.f_bavail * (PetscInt64)fs.f_frsize;
}

PetscErrorCode KarFileFree(MPI_Comm comm, const char path[], PetscInt64 *bytes)
{
  PetscFunctionBegin;
  *bytes = FreeBytes(path);
  PetscCallMPI(MPI_Bcast(bytes, 1, MPIU_INT64, 0, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void kar_bytes_text(PetscInt64 bytes, size_t size, char text[])
{
  static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double                   value   = (double)bytes;
  int                      u       = 0;

  while (value >= 1024 && u < 5) value /= 1024, u++;
  (void)snprintf(text, size, u ? "%.1f %s" : "%.0f %s", value, units[u]);
}

/* Has the disk, and the limit on sizes, room for so many bytes? */
static PetscBool HasRoom(KarOutput output, PetscInt64 bytes, size_t size, char why[])
{
  struct stat      part;
  const PetscInt64 had   = output->keep && !stat(output->part, &part) ? 512 * (PetscInt64)part.st_blocks : 0;
  const PetscInt64 limit = bytes ? LimitBytes() : INT64_MAX, room = FreeBytes(output->path) + had;
  char             need[32], have[32];

  if (PetscMin(limit, room) >= bytes) return PETSC_TRUE;
  kar_bytes_text(bytes, sizeof(need), need);
  kar_bytes_text(PetscMin(limit, room), sizeof(have), have);
  if (limit < room)
    (void)snprintf(
      why, size,
      "%s needs %s and files of this process may have %s (ulimit -f): fewer samples, a smaller grid, or a larger limit",
      output->path, need, have);
  else
    (void)snprintf(why, size, "%s needs %s and its disk has %s free: fewer samples, a smaller grid, or another disk",
                   output->path, need, have);
  return PETSC_FALSE;
}

/* Would the work of a killed run be lost? */
static PetscBool WouldLose(KarOutput output, size_t size, char why[])
{
  const PetscInt whole = output->replace == KAR_REFUSE ? kar_journal_whole(output->part) : 0;

  if (whole)
    (void)snprintf(why, size,
                   "%s holds %" PetscInt_FMT
                   " whole samples of a run that was killed: -resume goes on with them, -overwrite begins anew",
                   output->part, whole);
  return whole ? PETSC_TRUE : PETSC_FALSE;
}

static PetscBool MayCreate(KarOutput output, PetscInt64 bytes, size_t size, char why[])
{
  struct stat there;

  if (!stat(output->path, &there)) {
    if (S_ISDIR(there.st_mode)) {
      (void)snprintf(why, size, "%s is a directory: give the name of a file", output->path);
      return PETSC_FALSE;
    }
    if (!S_ISREG(there.st_mode)) {
      (void)snprintf(why, size, "%s is no file but a fifo or a device: give the name of a file", output->path);
      return PETSC_FALSE;
    }
    if (output->replace == KAR_REFUSE) {
      (void)snprintf(why, size, "%s exists already: give another name, or -overwrite", output->path);
      return PETSC_FALSE;
    }
  }
  if (stat(output->path, &there) && !lstat(output->path, &there)) {
    (void)snprintf(why, size, "%s is a link to what does not exist: remove it, or make what it points to",
                   output->path);
    return PETSC_FALSE;
  }
  output->fd = kar_lock_take(output->lock, output->path, size, why);
  if (output->fd < 0) return PETSC_FALSE;
  if (WouldLose(output, size, why) || !HasRoom(output, bytes, size, why)) {
    (void)unlink(output->lock);
    (void)close(output->fd);
    return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

/* The file itself where `path` is a link to it: what is written replaces the file and not the link. */
static void Resolve(const char path[], char file[PETSC_MAX_PATH_LEN])
{
  struct stat link;
  char       *real = !lstat(path, &link) && S_ISLNK(link.st_mode) ? realpath(path, NULL) : NULL;

  (void)snprintf(file, PETSC_MAX_PATH_LEN, "%s", real && strlen(real) < PETSC_MAX_PATH_LEN - 64 ? real : path);
  free(real);
}

PetscErrorCode KarOutputCreate(MPI_Comm comm, const char path[], KarReplace replace, PetscInt64 bytes,
                               KarOutput *output)
{
  PetscMPIInt rank;
  PetscBool   may      = PETSC_TRUE;
  char        why[512] = "";
  KarOutput   self;

  PetscFunctionBegin;
  KarCheck(comm, path && path[0], PETSC_ERR_USER_INPUT, "an output file needs a name");
  KarCheck(comm, strlen(path) < PETSC_MAX_PATH_LEN - 64, PETSC_ERR_USER_INPUT,
           "the name of the output file is too long: %.40s...", path);
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(PetscNew(&self));
  self->comm    = comm;
  self->replace = replace;
  self->fd      = -1;
  self->keep    = replace == KAR_RESUME ? PETSC_TRUE : PETSC_FALSE;
  Resolve(path, self->path);
  (void)snprintf(self->part, sizeof(self->part), "%s.part", self->path);
  (void)snprintf(self->lock, sizeof(self->lock), "%s.lock", self->path);
  if (rank == 0) may = MayCreate(self, bytes, sizeof(why), why);
  if (rank == 0 && may) {
    if (!self->keep) (void)unlink(self->part);
    Enlist(self);
  }
  PetscCall(KarShareError(comm, may, why, sizeof(why)));
  if (why[0]) PetscCall(PetscFree(self));
  KarCheck(comm, !why[0], PETSC_ERR_FILE_OPEN, "%s", why);
  *output = self;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarOutputGetPart(KarOutput output, const char **part)
{
  PetscFunctionBegin;
  *part = output->part;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarOutputReplaceFromOptions(const char prefix[], KarReplace *replace)
{
  PetscBool overwrite = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(KarOptionsBool(prefix, "overwrite", "replace output files that exist", &overwrite));
  *replace = overwrite ? KAR_REPLACE : KAR_REFUSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Beside a file that is whole: the lock of a process that is gone, and a part that is a second name of the file, or
   any with `all`. */
static void Clear(const char path[], PetscBool all)
{
  char        file[PETSC_MAX_PATH_LEN], part[PETSC_MAX_PATH_LEN + 8], lock[PETSC_MAX_PATH_LEN + 8], why[512];
  struct stat mine, there;
  int         fd;

  Resolve(path, file);
  (void)snprintf(part, sizeof(part), "%s.part", file);
  (void)snprintf(lock, sizeof(lock), "%s.lock", file);
  if (access(lock, F_OK) && access(part, F_OK)) return;
  fd = kar_lock_take(lock, file, sizeof(why), why);
  if (fd < 0) return; /* its owner may live */
  if (all || (!stat(file, &mine) && !stat(part, &there) && mine.st_dev == there.st_dev && mine.st_ino == there.st_ino))
    (void)unlink(part);
  (void)unlink(lock);
  (void)close(fd);
}

PetscErrorCode KarOutputClear(MPI_Comm comm, const char path[], PetscBool all)
{
  PetscMPIInt rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) Clear(path, all);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Commit ------------------------------------------------------------ */
static PetscBool Sync(const char path[])
{
  int       fd   = open(path, O_RDONLY | O_CLOEXEC);
  PetscBool good = fd >= 0 && (!fsync(fd) || errno == EINVAL) ? PETSC_TRUE : PETSC_FALSE;

  if (fd >= 0) (void)close(fd);
  return good;
}

static PetscBool Rename(KarOutput output)
{
  char previous[PETSC_MAX_PATH_LEN + 8], directory[PETSC_MAX_PATH_LEN];

  if (output->replace == KAR_KEEP &&
      !access(output->path, F_OK)) { /* a second name first, so that one is always there */
    (void)snprintf(previous, sizeof(previous), "%s.prev", output->path);
    (void)unlink(previous);
    if (link(output->path, previous) && rename(output->path, previous)) return PETSC_FALSE;
  }
  if (output->replace == KAR_REFUSE) { /* link() never replaces what came into being since */
    if (!link(output->part, output->path)) (void)unlink(output->part);
    else if (errno == EEXIST || rename(output->part, output->path)) return PETSC_FALSE;
  } else if (rename(output->part, output->path)) return PETSC_FALSE;
  Directory(output->path, directory);
  (void)Sync(directory);
  return PETSC_TRUE;
}

PetscErrorCode KarOutputCommit(KarOutput *output, PetscBool seal)
{
  KarOutput   self = *output;
  PetscMPIInt rank;
  PetscBool   good = PETSC_TRUE;
  int         why  = 0;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(self->comm, &rank));
  PetscCallMPI(MPI_Barrier(self->comm));
  if (seal) PetscCall(KarSealPut(self->comm, self->part));
  good = Sync(self->part);
  why  = errno;
  KarCheckAny(self->comm, good, PETSC_ERR_FILE_WRITE, "%s cannot be flushed to disk: %s", self->part, strerror(why));
  if (rank == 0) good = Rename(self);
  why = errno;
  KarCheckAny(self->comm, good, PETSC_ERR_FILE_WRITE, "%s cannot be given its name: %s", self->path, strerror(why));
  PetscCall(KarOutputDestroy(output));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarOutputDestroy(KarOutput *output)
{
  KarOutput self = *output;

  PetscFunctionBegin;
  if (!self) PetscFunctionReturn(PETSC_SUCCESS);
  if (self->fd >= 0) {
    Delist(self);
    if (!self->keep) (void)unlink(self->part); /* gone already after a commit */
    (void)unlink(self->lock);
    (void)close(self->fd);
  }
  PetscCall(PetscFree(self));
  *output = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}
