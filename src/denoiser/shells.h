/* The modes of a training grid by their |k|. Spectra and processes depend on nothing else of a mode, so that a sum
   over all modes is a sum over the distinct |k|, each times the number of modes that have it. */
#pragma once

#include <karhunen/sde.h>

#define KAR_SHELLS 256

/* All modes of one |k|, and what a sum sees of them. */
typedef struct {
  PetscBool zero;      /* |k| = 0 */
  PetscReal C, lambda; /* of the data and of the noise */
  PetscReal a, s;      /* the path at the time of a sum */
  PetscReal a0, s0;    /* and at the time before it */
} KarShellMode;

/* The distinct |k| lie in shells of equal width in |k|^2. Ranks share the shells; a short table is whole on every
   rank. */
typedef struct {
  MPI_Comm   comm;
  PetscInt   first, last;           /* shells of this rank */
  PetscInt   start[KAR_SHELLS + 1]; /* first |k| of each of them, from `first` on */
  PetscBool  zero;                  /* the first |k| of this rank is 0 */
  PetscInt  *count;                 /* modes of each |k|; owned */
  PetscReal *C, *lambda;            /* of each; owned; one array where the noise is the data's */
  PetscReal *omega;                 /* its rate of decay; owned; NULL: 1 for all */
  PetscBool  whole;                 /* this rank has all of them */
} KarShells;

/* Collective on comm. The modes of a grid of the sizes, lengths and basis of `info`, its Nyquist modes excepted.
   coarse: without the modes that a grid of coarse[dim] points has; NULL: all. data and noise are set up, on any grid.
   */
PetscErrorCode KarShellsCreate(MPI_Comm comm, const KarGridInfo *info, const PetscInt coarse[], KarCov data,
                               KarCov noise, KarSDE sde, KarShells *shells);
PetscErrorCode KarShellsDestroy(KarShells *shells);

/* Values of one mode, value[count of the sum]. Cannot fail. */
typedef void KarShellFn(const KarShellMode *mode, void *ctx, PetscReal value[]);
/* Collective. sum[j] <- the sum over all modes of value[j], n <= 2: the same bits on any number of ranks. The path is
   that of time t and of time `before`; before < 0: there is none. */
PetscErrorCode KarShellsSum(const KarShells *shells, KarSDE sde, PetscReal t, PetscReal before, KarShellFn *fn,
                            void *ctx, PetscInt n, PetscReal sum[]);
