/* One field of a file, on the grid that is at hand. A header of the room data. Level 5. */
#pragma once

#include <karhunen/reading.h>
#include <karhunen/resample.h>

/* Collective on comm. Field number `sample` of the first variable of a file, as coordinates of *fft, truncated or
   filled up where the file has another number of points; option and `whose`, its box's owner, are for errors: another
   box is one. *fft NULL: the transform of the file's own grid is made, the caller's, and the box is told, which
   may be NULL. The caller destroys x. */
PETSC_EXTERN PetscErrorCode KarFieldReadOnto(MPI_Comm comm, const char option[], const char path[], PetscInt sample,
                                             const char whose[], KarFFT *fft, KarDatasetInfo *box,
                                             KarVariable *variable, Vec *x);
