/* The distance transform equals brute force over all pairs of pixels, on random masks dense and sparse, of odd and
   even sizes, one pixel wide, full and empty.  A signed distance changes sign with the mask. */
#include "claim.h"

static void Check(PetscInt ny, PetscInt nx, PetscReal density, PetscInt trial)
{
  static unsigned char seed[2500], other[2500];
  static PetscReal     d[2500], s[2500], t[2500], work[KAR_SIGNED_DISTANCE_WORK(50, 50)];
  PetscReal            worst = 0, odd = 0, u[2];

  for (PetscInt i = 0; i < ny * nx; i++) {
    kar_uniform_pair((KarKey){.seed = trial, .stream = KAR_STREAM_TEST}, i, ny, nx, u);
    seed[i]  = u[0] < density;
    other[i] = !seed[i];
  }
  kar_distance_transform(ny, nx, seed, d, work);
  for (PetscInt i = 0; i < ny * nx; i++) {
    PetscReal least = PETSC_MAX_REAL;

    for (PetscInt j = 0; j < ny * nx; j++)
      if (seed[j]) least = PetscMin(least, hypot((PetscReal)(i / nx - j / nx), (PetscReal)(i % nx - j % nx)));
    worst = PetscMax(worst, PetscAbsReal(d[i] - least));
  }
  ClaimNear(worst, 0, 1e-13);
  kar_signed_distance(ny, nx, seed, s, work);
  kar_signed_distance(ny, nx, other, t, work);
  for (PetscInt i = 0; i < ny * nx; i++) {
    odd = PetscMax(odd, PetscAbsReal(s[i] + t[i]));
    Claim((s[i] < 0) == (seed[i] != 0), "sign at %d", (int)i);
    if (!seed[i] && d[i] < 100) ClaimNear(s[i], d[i] / (PetscReal)ny, 1e-15);
  }
  ClaimNear(odd, 0, 0);
}

static PetscErrorCode Run(void)
{
  const PetscInt  sizes[][2]  = {{1, 1}, {1, 17}, {23, 1}, {16, 16}, {31, 50}, {50, 8}, {2, 3}};
  const PetscReal densities[] = {0, 0.002, 0.02, 0.3, 0.95, 1};

  PetscFunctionBegin;
  for (PetscInt trial = 0; trial < 5; trial++)
    for (int s = 0; s < 7; s++)
      for (int f = 0; f < 6; f++) Check(sizes[s][0], sizes[s][1], densities[f], trial);
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
