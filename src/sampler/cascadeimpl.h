/* A cascade, for cascade.c and the state of its draws, cascadestate.c. */
#pragma once

#include <karhunen/cascade.h>

#define LEVELS 20

typedef struct {
  KarScore score; /* shared */
  TS       ts;
  Vec      x; /* what is drawn up to this level, on its grid, until the next one is; NULL at the last */
} Level;

struct _p_KarCascade {
  MPI_Comm  comm;
  PetscInt  levels;
  PetscInt  given; /* the level up to which x is given, not drawn; -1: all are drawn */
  PetscInt  ended; /* the level whose sampler a monitor ended early; -1: none */
  PetscBool begun; /* that sampler's state is there to go on from */
  KarKey    key;   /* of that draw */
  Level     level[LEVELS];
  KarCov    beyond; /* of the modes that the last level lacks, where draws are on a finer grid; else NULL */
  Vec       last;   /* what the last level draws then */
  PetscBool ready;
};

/* Collective. Is level i of all ranks? A coarse one may be of groups of them (KarCommFeed()). */
PetscErrorCode KarCascadeIsOfAll(KarCascade cascade, PetscInt i, PetscBool *all);
/* Collective. Where level i is drawn: its own vector, made where there is none, or at the last one x, the caller's. */
PetscErrorCode KarCascadeGetVec(KarCascade cascade, PetscInt i, Vec x, Vec *to);
