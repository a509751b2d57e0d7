/* What the files of a checkpoint share. */
#pragma once

#include "datasetimpl.h"

/* A distributed vector that waits for the file to be written: this rank's numbers. */
typedef struct {
  PetscScalar *values;   /* owned */
  PetscInt64   n, first; /* of this rank; where they begin in the tail */
} KarTailPart;

struct _p_KarCheckpoint {
  MPI_Comm     comm; /* shared with the caller */
  PetscMPIInt  rank;
  char         path[PETSC_MAX_PATH_LEN];
  char         group[32]; /* before every name: "level1/", or "" */
  char         like[32];  /* group that floats are in, or "" */
  PetscBool    half;      /* floats are written in half precision */
  hid_t        file;      /* on rank 0; -1 elsewhere */
  KarOutput    output;    /* owned; NULL when reading */
  PetscInt     parts;     /* vectors, in the order in which they were put */
  KarTailPart *part;      /* owned */
  PetscInt64   tail;      /* numbers of all vectors and ranks */
};

/* Collective. Writes the vectors behind the `size` bytes of the part that rank 0 has written; false on the rank that
   cannot. */
PetscBool kar_tail_write(KarCheckpoint file, const char part[], uint64_t size);
void      kar_tail_free(KarCheckpoint file);
