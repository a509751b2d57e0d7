/* Files that are whole or absent. A header of the room io. Level 2. */
#pragma once

#include <karhunen/grid.h>

typedef enum {
  KAR_REFUSE,
  KAR_REPLACE,
  KAR_KEEP,
  KAR_RESUME
} KarReplace; /* what exists: an error, replaced, kept as path.prev, replaced and path.part gone on with */
typedef struct _p_KarOutput *KarOutput;

/* Collective. Claims `path` (lock file, directory writable, `bytes` free); the caller then writes the file path.part.
   */
PETSC_EXTERN PetscErrorCode KarOutputCreate(MPI_Comm comm, const char path[], KarReplace replace, PetscInt64 bytes,
                                            KarOutput *output);
/* Not collective. Where to write: path.part, borrowed. */
PETSC_EXTERN PetscErrorCode KarOutputGetPart(KarOutput output, const char **part);
/* Collective. fsync, rename to `path`, fsync of the directory; with `seal`, a checksum of all bytes goes at the end
   first. */
PETSC_EXTERN PetscErrorCode KarOutputCommit(KarOutput *output, PetscBool seal);
/* Collective. Removes what was written; does nothing after a commit. */
PETSC_EXTERN PetscErrorCode KarOutputDestroy(KarOutput *output);
/* Collective. Removes what a run that was killed after it had given `path` its name left beside it: its lock, and
   path.part where that is the file itself, or any with `all`; nothing that a process holds. */
PETSC_EXTERN PetscErrorCode KarOutputClear(MPI_Comm comm, const char path[], PetscBool all);
/* Collective. KAR_REPLACE with -PREFIXoverwrite, else KAR_REFUSE. */
PETSC_EXTERN PetscErrorCode KarOutputReplaceFromOptions(const char prefix[], KarReplace *replace);
/* Collective. A file judged by its seal. */
typedef enum { KAR_FILE_MISSING, KAR_FILE_SOUND, KAR_FILE_DAMAGED, KAR_FILE_UNSEALED } KarFileState;
PETSC_EXTERN PetscErrorCode KarFileCheck(MPI_Comm comm, const char path[], KarFileState *state);
/* Collective. The same with an error for a file that is not sound; it names the sample where it can. */
PETSC_EXTERN PetscErrorCode KarFileVerify(MPI_Comm comm, const char path[]);
/* Collective. Prints what an HDF5 file holds: fields and their grid, arrays, attributes. */
PETSC_EXTERN PetscErrorCode KarFilePrint(MPI_Comm comm, const char path[]);
/* Not collective; cannot fail. A checksum of a regular file's bytes; 0 when it cannot be read. */
PETSC_EXTERN uint64_t kar_file_sum(const char path[]);
/* Collective. Bytes that the file system of `path` can still take. */
PETSC_EXTERN PetscErrorCode KarFileFree(MPI_Comm comm, const char path[], PetscInt64 *bytes);
