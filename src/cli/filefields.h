/* Fields of a file, for each of which some draws are made in turn: what -coarse and -near have in common. */
#pragma once

#include "cli.h"

typedef struct {
  KarDataset data;
  KarFFT     from;      /* of the file's grid */
  Vec        field, y;  /* as it is read; its coordinates */
  PetscInt   each, now; /* draws of a field; the one in y, -1: none */
} FileFields;

/* Collective on comm; `one`: the ranks of one field. The variable (-NAME_variable) of `path`, of the kind that `score`
   draws, and its grid; refused where the draw number `last` has no field. f->each is set before, the rest zero. */
PetscErrorCode FileFieldsOpen(MPI_Comm comm, MPI_Comm one, KarScore score, const char name[], const char path[],
                              const KarReadOptions *reading, PetscInt last, FileFields *f, KarVariable *what,
                              KarGridInfo *info);
/* Collective on `one`. y is the field of this draw; fresh: it was another one before. */
PetscErrorCode FileFieldsRead(FileFields *f, PetscInt draw, PetscBool *fresh);
PetscErrorCode FileFieldsClose(FileFields *f);
