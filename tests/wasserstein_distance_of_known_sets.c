/* W_1 of a set and its shift by s is |s|; of {0} and {1, 3} it is 2; of m and n equidistant points it is what the
   formula says, however the values lie on the ranks, some of which may hold none.  Densities integrate to the part
   inside.  ranks: 1
   2 3 4 */
#include "claim.h"

static int rank, ranks;

/* This rank's part of `total` values f(0), f(1), ...: dealt in turn, or all on the last rank. */
static PetscInt Fill(PetscInt total, PetscBool lopsided, PetscReal (*f)(PetscInt, PetscInt), PetscReal shift,
                     PetscReal v[])
{
  PetscInt n = 0;

  for (PetscInt i = 0; i < total; i++)
    if (lopsided ? rank == ranks - 1 : i % ranks == rank) v[n++] = f(i, total) + shift;
  return n;
}

static PetscReal Even(PetscInt i, PetscInt total)
{
  return ((PetscReal)((i * 7919) % total) + 0.5) /
         (PetscReal)total; /* 7919 is prime to the totals used: a permutation */
}

static PetscReal Same(PetscInt i, PetscInt total)
{
  return 4;
}

static PetscReal Steps(PetscInt i, PetscInt total)
{
  return (PetscReal)(i % 3);
}

static PetscErrorCode Run(void)
{
  static PetscReal x[4000], y[4000];
  PetscReal        w1, density[10];
  PetscInt         nx, ny;

  PetscFunctionBegin;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  MPI_Comm_size(PETSC_COMM_WORLD, &ranks);
  for (int lopsided = 0; lopsided < 2; lopsided++)
    for (int s = -1; s <= 1; s++) {
      PetscReal (*const laws[])(PetscInt, PetscInt) = {Even, Same, Steps};

      for (int law = 0; law < 3; law++) {
        nx = Fill(3000, PETSC_FALSE, laws[law], 0, x);
        ny = Fill(3000, (PetscBool)lopsided, laws[law], 0.3 * s, y);
        PetscCall(KarStatsWasserstein(PETSC_COMM_WORLD, nx, x, ny, y, &w1));
        ClaimNear(w1, 0.3 * PetscAbsInt(s), 1e-12);
      }
    }
  /* one point against two */
  nx = rank == 0, ny = rank == ranks - 1 ? 2 : 0;
  x[0] = 0, y[0] = 3, y[1] = 1;
  PetscCall(KarStatsWasserstein(PETSC_COMM_WORLD, nx, x, ny, y, &w1));
  ClaimNear(w1, 2, 1e-14);
  /* n points and 2 n points, both in the middle of their equal shares of [0, 1]: every point moves 1/4n */
  nx = Fill(1000, PETSC_FALSE, Even, 0, x);
  ny = Fill(2000, PETSC_FALSE, Even, 0, y);
  PetscCall(KarStatsWasserstein(PETSC_COMM_WORLD, nx, x, ny, y, &w1));
  ClaimNear(w1, 0.25 / 1000, 1e-12);
  PetscCall(KarStatsDensity(PETSC_COMM_WORLD, ny, y, 0, 1, 10, density));
  for (int b = 0; b < 10; b++) ClaimNear(density[b], 1, 1e-12);
  PetscCall(KarStatsDensity(PETSC_COMM_WORLD, ny, y, 0.5, 2.5, 10, density));
  ClaimNear((density[0] + density[1] + density[2]) * 0.2, 0.5, 1e-12);
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
