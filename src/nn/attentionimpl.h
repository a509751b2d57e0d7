/* Attention of the points of all ranks, weighted by what each stands for (karhunen/transformer.h). */
#pragma once

#include <karhunen/impl/net.h>
#include <stdlib.h>

typedef struct {
  MPI_Comm     comm;
  PetscInt     P, M, d, H;            /* points here, of all; channels; heads */
  PetscMPIInt  ranks, *count, *start; /* points of each rank */
  MPI_Datatype point;                 /* d floats */
  float       *logw;                  /* [M] */
  float       *K, *V, *dK, *dV;       /* [M][d] */
  float       *S, *D;                 /* [block][M] */
} KarAttention;

PETSC_INTERN PetscErrorCode KarAttentionCreate(MPI_Comm comm, PetscInt points, PetscInt channels, PetscInt heads,
                                               KarAttention *a);
PETSC_INTERN PetscErrorCode KarAttentionDestroy(KarAttention *a);
/* Collective. Weights omega[points] of this rank's points; NULL: alike. */
PETSC_INTERN PetscErrorCode KarAttentionSetWeights(KarAttention *a, const PetscReal omega[]);
/* Collective. o[P][d] and the logarithms of the sums, lse[P][H]. */
PETSC_INTERN PetscErrorCode KarAttentionForward(KarAttention *a, const float q[], const float k[], const float v[],
                                                float o[], float lse[]);
/* Collective. dq, dk, dv from dL/do. */
PETSC_INTERN PetscErrorCode KarAttentionBackward(KarAttention *a, const float q[], const float k[], const float v[],
                                                 const float o[], const float lse[], const float grad[], float dq[],
                                                 float dk[], float dv[]);
