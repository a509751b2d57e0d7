/* What the files of conditional draws share. */
#pragma once

#include <karhunen/conditional.h>

struct _p_KarConditional {
  MPI_Comm           comm;
  char               prefix[64];
  KarConditionalType type;
  KarScore           prior; /* owned references */
  KarObservation     obs;
  Vec                y;
  TS                 ts;
  KarFFT             fft; /* shared, as sde and noise */
  KarSDE             sde;
  KarCov             noise;
  PetscInt           modes, group, points; /* of this rank; numbers of each; of the grid */
  PetscReal          steps, beta, weight, last;
  Vec                d, v, w, e; /* fields; residual of the data */
};

/* Collective. One sample each. */
PetscErrorCode KarConditionalPCN(KarConditional c, KarKey key, Vec x, PetscReal *accepted, PetscBool *stop);
PetscErrorCode KarConditionalGibbs(KarConditional c, KarKey key, Vec x, PetscBool *stop);
PetscErrorCode KarConditionalPublished(KarConditional c, KarKey key, Vec x, PetscBool *stop);
