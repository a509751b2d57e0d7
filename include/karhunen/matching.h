/* Matching of two laws by bridges (docs/bridges.md). A header of the room sde. Level 4. */
#pragma once

#include <karhunen/sde.h>

/* --- Matching of two laws by bridges (docs/bridges.md)
   ------------------------------------------------------------------- */
/* What is known of pairs (X, Y) mode by mode: the covariance of X, empty beyond |k| = limit, and the correlation of X
   and Y at |k| = k[n], linear in between, constant beyond. */
typedef struct {
  KarCov           start;
  PetscReal        limit;
  PetscInt         n;
  const PetscReal *k, *correlation;
  PetscBool plain; /* the noise is as its options say, neither milder nor rougher: a process that is controlled */
} KarPairs;
/* Collective. Bridges of the process `reference` from X to Y as Y sees them, mixed over the pairs: at time t the state
   is that of the bridges at T - t, and for Gaussian pairs it is a Y + N(0, s^2 C) mode by mode. end: the covariance of
   Y. Shared; arrays are copied. */
PETSC_EXTERN PetscErrorCode KarSDECreateMatching(KarSDE reference, KarCov end, const KarPairs *pairs, KarSDE *sde);
/* Not collective. What it was made of, borrowed; *reference is NULL for another process. pairs may be NULL. */
PETSC_EXTERN PetscErrorCode KarSDEGetMatching(KarSDE sde, KarSDE *reference, KarPairs *pairs);
/* Not collective. A step of the matching process from time t of the reference to r > t, x[] X_t + d[] D + N(0,
   variance[]), D = E[Y | X_t]:
   the law of X_r given X_t, exactly, for Gaussian pairs. For each mode this rank owns. */
PETSC_EXTERN PetscErrorCode KarSDEGetMatchingStep(KarSDE sde, PetscReal t, PetscReal r, PetscReal x[], PetscReal d[],
                                                  PetscReal variance[]);
