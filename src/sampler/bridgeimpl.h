/* What the files of a bridge share. */
#pragma once

#include <karhunen/bridge.h>

struct _p_KarBridge {
  MPI_Comm       comm;   /* shared */
  KarSDE         sde;    /* owned references */
  KarSDE         linear; /* of it; shared */
  KarCov         cov;    /* shared */
  KarFFT         fft;    /* shared */
  Vec            v, y;   /* the end; data of it. One is NULL */
  KarObservation obs;
  KarCost        cost; /* NULL: none */
  PetscReal     *R;    /* [modes]; NULL: 0 */
  PetscInt       steps, particles, modes, group;
  PetscReal      threshold, T;
  PetscBool      plain, lone, ready; /* plain: linear; lone: weighed by the cost alone, towards no end */
  /* of the step at hand, [modes] */
  PetscReal     *A, *S, *a, *St, *phi, *gain, *left;
  KarInnovation *innovation; /* [steps], of data */
  Vec            f, z, w, e, d;
  PetscReal     *weight, *ahead; /* [particles] logarithms; of what the cost has weighed */
  PetscInt      *from;           /* [particles] */
};
