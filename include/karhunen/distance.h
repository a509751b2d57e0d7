/* Distances between two laws, and tests of one law. A header of the room stats. Level 3. */
#pragma once

#include <petscsys.h>

/* Collective. W_1 = int |F - G| between all x and all y, exact; both are sorted in place. Neither may be empty on all
   ranks. */
PETSC_EXTERN PetscErrorCode KarStatsWasserstein(MPI_Comm comm, PetscInt nx, PetscReal x[], PetscInt ny, PetscReal y[],
                                                PetscReal *w1);
/* Collective. density[bins] of the values on [low, high], of integral 1 over the whole line. */
PETSC_EXTERN PetscErrorCode KarStatsDensity(MPI_Comm comm, PetscInt n, const PetscReal v[], PetscReal low,
                                            PetscReal high, PetscInt bins, PetscReal density[]);

typedef struct {
  PetscReal distance;   /* W_1 */
  PetscReal mean, high; /* of W_1 when the labels are dealt again: its mean, and what 5 % of the deals exceed */
  PetscReal p;          /* (1 + deals no less distant) / (1 + deals): P(p <= a) <= a for one law */
  PetscInt  permutations;
} KarRelabelTest;
/* Collective. Of n and m numbers, independent samples, that every rank holds alike. */
PETSC_EXTERN PetscErrorCode KarStatsRelabelTest(MPI_Comm comm, PetscInt n, const PetscReal x[], PetscInt m,
                                                const PetscReal y[], PetscInt64 seed, PetscInt permutations,
                                                KarRelabelTest *test);
/* Not collective; cannot fail. The first n of a random order of 0, ..., all - 1, a function of (seed, b): Fisher and
   Yates. */
void kar_shuffle(PetscInt64 seed, PetscInt b, PetscInt n, PetscInt all, PetscInt order[]);

/* Collective. distances[n][n], |x_i - x_j| of n vectors of coordinates of which this rank holds x[n][length]; alike on
   every rank. By a Gram matrix: distances below 1e-8 |x| are rounding. */
PETSC_EXTERN PetscErrorCode KarStatsDistances(MPI_Comm comm, PetscInt n, PetscInt length, const PetscReal x[],
                                              PetscReal distances[]);

typedef struct {
  PetscReal
    distance; /* 2 E|X - Y| - E|X - X'| - E|Y - Y'|, unbiased: 0 on average, and negative at times, for one law */
  PetscReal relative; /* of 2 E|X - Y| */
  PetscReal p;        /* (1 + permutations no less distant) / (1 + permutations): P(p <= a) <= a for one law */
  PetscInt  permutations;
} KarEnergyTest;
/* Collective. The first n of n + m points against the others, all of whose distances every rank holds. n, m >= 2. */
PETSC_EXTERN PetscErrorCode KarStatsEnergyTest(MPI_Comm comm, PetscInt n, PetscInt m, const PetscReal distances[],
                                               PetscInt64 seed, PetscInt permutations, KarEnergyTest *test);
