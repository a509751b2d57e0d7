/* Checkpoints: named arrays and attributes that every rank holds alike. Names are paths: "architecture/width" is the
   attribute
   `width` of the group `architecture`, "weights/lift" an array in the group `weights`. All routines are collective on
   the file's communicator. A header of the room io. Level 2. */
#pragma once

#include <karhunen/file.h>

typedef struct _p_KarCheckpoint *KarCheckpoint;

/* For writing. Nothing is at `path` before KarCheckpointClose(). */
PETSC_EXTERN PetscErrorCode KarCheckpointCreate(MPI_Comm comm, const char path[], KarReplace replace,
                                                KarCheckpoint *file);
/* For reading. A file whose seal is broken is an error. */
PETSC_EXTERN PetscErrorCode KarCheckpointOpen(MPI_Comm comm, const char path[], KarCheckpoint *file);
/* The same, but falls back on path.prev when path is missing or damaged. */
PETSC_EXTERN PetscErrorCode KarCheckpointOpenNewest(MPI_Comm comm, const char path[], KarCheckpoint *file);
/* Commits what was written. */
PETSC_EXTERN PetscErrorCode KarCheckpointClose(KarCheckpoint *file);
/* Discards what was written. */
PETSC_EXTERN PetscErrorCode KarCheckpointDestroy(KarCheckpoint *file);

/* Logically collective. From now on every name lies in this group, "level1/"; "" is the file itself. */
PETSC_EXTERN PetscErrorCode KarCheckpointSetGroup(KarCheckpoint file, const char group[]);
/* Logically collective. From now on PutFloats writes half precision, each number to one part in 2,000. */
PETSC_EXTERN PetscErrorCode KarCheckpointSetHalf(KarCheckpoint file, PetscBool half);
/* Collective. Are the arrays of a group, by the first of them, in half precision? */
PETSC_EXTERN PetscErrorCode KarCheckpointIsHalf(KarCheckpoint file, const char group[], PetscBool *half);
/* Logically collective. From now on PutFloats writes no numbers: the arrays are those of the same names in this group
   of the file, "level1/" (hard links); "" ends it. */
PETSC_EXTERN PetscErrorCode KarCheckpointSetLike(KarCheckpoint file, const char group[]);
/* Collective. A file that is read once more, at the same group. */
PETSC_EXTERN PetscErrorCode KarCheckpointReopen(KarCheckpoint file, KarCheckpoint *again);
/* Attributes. A second Put of one name replaces the first. */
PETSC_EXTERN PetscErrorCode KarCheckpointPutReal(KarCheckpoint file, const char name[], PetscReal value);
PETSC_EXTERN PetscErrorCode KarCheckpointPutInt(KarCheckpoint file, const char name[], PetscInt64 value);
PETSC_EXTERN PetscErrorCode KarCheckpointPutString(KarCheckpoint file, const char name[], const char value[]);
PETSC_EXTERN PetscErrorCode KarCheckpointGetReal(KarCheckpoint file, const char name[], PetscReal *value);
PETSC_EXTERN PetscErrorCode KarCheckpointGetInt(KarCheckpoint file, const char name[], PetscInt64 *value);
PETSC_EXTERN PetscErrorCode KarCheckpointGetString(KarCheckpoint file, const char name[], size_t size, char value[]);
/* Arrays, row-major, shape[ndim]. Get: size is the number of elements expected; another one is an error. */
PETSC_EXTERN PetscErrorCode KarCheckpointPutFloats(KarCheckpoint file, const char name[], PetscInt ndim,
                                                   const PetscInt shape[], const float values[]);
PETSC_EXTERN PetscErrorCode KarCheckpointPutReals(KarCheckpoint file, const char name[], PetscInt ndim,
                                                  const PetscInt shape[], const PetscReal values[]);
PETSC_EXTERN PetscErrorCode KarCheckpointPutInts(KarCheckpoint file, const char name[], PetscInt ndim,
                                                 const PetscInt shape[], const PetscInt64 values[]);
PETSC_EXTERN PetscErrorCode KarCheckpointGetFloats(KarCheckpoint file, const char name[], PetscInt size,
                                                   float values[]);
PETSC_EXTERN PetscErrorCode KarCheckpointGetReals(KarCheckpoint file, const char name[], PetscInt size,
                                                  PetscReal values[]);
PETSC_EXTERN PetscErrorCode KarCheckpointGetInts(KarCheckpoint file, const char name[], PetscInt size,
                                                 PetscInt64 values[]);
/* Shape of an array: ndim <= 8. */
PETSC_EXTERN PetscErrorCode KarCheckpointGetShape(KarCheckpoint file, const char name[], PetscInt *ndim,
                                                  PetscInt shape[8]);
/* Is there an attribute or array of this name? */
PETSC_EXTERN PetscErrorCode KarCheckpointHas(KarCheckpoint file, const char name[], PetscBool *has);
/* Collective on the vector's ranks, which are the file's. A distributed vector, each rank's numbers written and read
   by that rank, at any number of ranks; HDF5 does not see them. Get: a vector of another size is an error. */
PETSC_EXTERN PetscErrorCode KarCheckpointPutVec(KarCheckpoint file, const char name[], Vec x);
PETSC_EXTERN PetscErrorCode KarCheckpointGetVec(KarCheckpoint file, const char name[], Vec x);
