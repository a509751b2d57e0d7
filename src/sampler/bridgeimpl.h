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
  KarCost        cost;    /* NULL: none */
  KarControl     control; /* NULL: none */
  PetscReal     *R;       /* [modes]; NULL: 0 */
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

/* Collective. v = phi g^2 times the control at (t, x); and the rest of a step under it (bridgecontrol.c). */
PetscErrorCode KarBridgePush(KarBridge bridge, PetscReal t, Vec x, Vec v);
PetscErrorCode KarBridgeMoveControlled(KarBridge bridge, KarKey key, PetscInt i, Vec push, Vec x, PetscReal *logw);
