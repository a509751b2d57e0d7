/* What the files of sets of stations share. */
#pragma once

#include "ioimpl.h"

#include <karhunen/stations.h>

struct _p_KarStations {
  MPI_Comm        comm; /* own duplicate */
  PetscMPIInt     rank;
  char            path[PETSC_MAX_PATH_LEN];
  KarStationsInfo info;
  KarOutput       output;      /* of a set that is being written; else NULL */
  hid_t           file, array; /* writing: of rank 0; -1 when closed */
  PetscInt        written;
  int             axis[3]; /* reading: the array's axis of samples, stations and components; -1: none */
  PetscReal      *values;  /* of a table: [samples][m]; owned; NULL: in the file */
};

/* Collective. An empty set of this path. */
PetscErrorCode KarStationsNew(MPI_Comm comm, const char path[], KarStations *set);
