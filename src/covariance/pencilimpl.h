/* What the files of the pencil share. */
#pragma once

#include <karhunen/pencil.h>
#include <petscmat.h>

struct _p_KarPencil {
  MPI_Comm   comm; /* shared */
  PetscInt   m, dof;
  PetscReal *mu; /* [m], on every rank */
  KarFFT     line;
  KarCov     data, noise;
  Mat        V, B; /* rows dealt as those of u; B = Lambda V */
  Vec        one[2];
  PetscInt   given; /* places whose values are known */
  Mat        K;     /* of these: weights [m][given], rows as those of u; NULL: none */
  PetscReal *shift; /* [local][dof]: K v; NULL: 0 */
};

/* Collective. Two places that are the same: one line. */
PetscErrorCode KarPencilCheck(MPI_Comm comm, const KarGridInfo *g, PetscInt m, const PetscReal x[]);
/* Collective. Rows [local][m] of all ranks on rank 0, which frees them; NULL elsewhere. */
PetscErrorCode KarPencilGather(MPI_Comm comm, PetscInt m, PetscInt local, const PetscReal rows[], PetscReal **all);
/* Collective. Rank 0's matrix [m][n] as one whose rows are dealt, `local` of them here. */
PetscErrorCode KarPencilScatter(MPI_Comm comm, PetscInt m, PetscInt n, PetscInt local, PetscReal *all, Mat *A);
/* Collective. A line whose mode i has |k| = pi i: mu is its spectrum, and noise is 1 up to mode m - 1. */
PetscErrorCode KarPencilCreateLine(KarPencil p);
