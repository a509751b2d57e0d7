/* Paths between outlines: what the files of bridge and render share. */
#pragma once

#include "cli.h"

/* Collective. The options of bridge -bridge_of outlines, and the paths into -out; the options of every bridge are read.
 */
typedef struct {
  char     start[PETSC_MAX_PATH_LEN], end[PETSC_MAX_PATH_LEN], out[PETSC_MAX_PATH_LEN];
  PetscInt first, last, samples, seed; /* samples of the files; paths */
} KarOutlineRun;
PetscErrorCode KarBridgeOutlines(MPI_Comm comm, const KarOutlineRun *run);
/* Not collective. Is it the name of a table of points? */
PetscBool kar_outline_is_table(const char path[]);
/* Collective. The closed curve of a file: of a table x,y, of a file of curves, or the zero level of values in a plane,
   of which *level is then set and x has n points. The caller frees x[*n][2]. */
PetscErrorCode KarOutlineRead(MPI_Comm comm, const char option[], const char path[], PetscInt sample, PetscInt *n,
                              PetscReal *x[], PetscBool *level);
