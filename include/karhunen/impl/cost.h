/* What the files of costs share: a cost and the operations of its type. */
#pragma once

#include <karhunen/cost.h>
#include <karhunen/types.h>

typedef struct {
  /* Phi(x) over the weight, the same on every rank. */
  PetscErrorCode (*apply)(KarCost cost, Vec x, PetscReal *value);
  /* The others may be NULL. */
  PetscErrorCode (*gradient)(KarCost cost, Vec x, Vec g); /* of that */
  PetscErrorCode (*setup)(KarCost cost);
  PetscErrorCode (*destroy)(KarCost cost); /* of the context */
} KarCostOps;

struct _p_KarCost {
  MPI_Comm       comm; /* shared */
  KarFFT         fft;  /* owned references */
  Vec            b, y;
  KarObservation obs;
  KarCostOps     ops;
  char           type[32], prefix[64];
  void          *context; /* owned by the type */
  PetscReal      weight;
  Vec            x, e; /* coordinates; data */
  PetscInt       references;
  PetscBool      ready;
};
