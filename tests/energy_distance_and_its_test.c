/* The energy distance of known points, and its permutation test: under one law P(p <= 5 %) = 5 % exactly (100 x 5 % is
   whole), so of 400 tests 20 +- 4.4 are false alarms, outside [5, 40] with probability below 1e-4; another law is
   found. The same numbers on every rank count.  ranks: 1 2 3 */
#include "claim.h"

static int rank, ranks;

/* Distances of n points of dimension 6, of which each rank holds its share of the components. */
static PetscErrorCode Distances(PetscInt n, const PetscReal points[], PetscReal d[])
{
  const PetscInt first = 6 * rank / ranks, last = 6 * (rank + 1) / ranks, length = last - first;
  PetscReal     *share;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(n * length + 1, &share));
  for (PetscInt i = 0; i < n; i++)
    for (PetscInt c = first; c < last; c++) share[i * length + c - first] = points[6 * i + c];
  PetscCall(KarStatsDistances(PETSC_COMM_WORLD, n, length, share, d));
  PetscCall(PetscFree(share));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CheckKnown(void)
{
  /* X = {0, 3 e_0}, Y = {4 e_1, 4 e_1 + 1 e_5}: |X - Y| = 4, sqrt 17, 5, sqrt 26;  |X - X'| = 3;  |Y - Y'| = 1 */
  const PetscReal points[24] = {[6] = 3, [13] = 4, [19] = 4, [23] = 1};
  const PetscReal between    = 2 * (4 + sqrt(17) + 5 + sqrt(26)) / 4;
  PetscReal       d[16];
  KarEnergyTest   test;

  PetscFunctionBegin;
  PetscCall(Distances(4, points, d));
  ClaimNear(d[0 * 4 + 1], 3, 1e-14);
  ClaimNear(d[2 * 4 + 1], 5, 1e-14);
  ClaimNear(d[1 * 4 + 3], sqrt(26), 1e-14);
  ClaimNear(d[3 * 4 + 3], 0, 0);
  PetscCall(KarStatsEnergyTest(PETSC_COMM_WORLD, 2, 2, d, 1, 2999, &test));
  ClaimNear(test.distance, between - 3 - 1, 1e-13);
  ClaimNear(test.relative, (between - 3 - 1) / between, 1e-13);
  /* of the three ways to part four points in pairs the true one is the most distant: p near 1/3, 5 standard deviations
     */
  ClaimNear(test.p, 1. / 3, 5 * sqrt(2. / 9 / 2999));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether a test at 5 % of 12 points against 15 rejects; the second law is stretched and shifted. */
static PetscErrorCode Reject(PetscInt trial, PetscReal stretch, PetscReal shift, PetscReal *p)
{
  PetscReal     points[27 * 6], d[27 * 27];
  KarEnergyTest test;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < 27; i++)
    for (PetscInt c = 0; c < 6; c++) {
      const KarKey key = {.seed = 3, .sample = trial, .step = 1, .stream = KAR_STREAM_DATA};
      PetscReal    z[2];

      kar_normal_pair(key, i, c, 0, z);
      points[6 * i + c] = i < 12 ? z[0] : shift + stretch * z[0];
    }
  PetscCall(Distances(27, points, d));
  PetscCall(KarStatsEnergyTest(PETSC_COMM_WORLD, 12, 15, d, trial, 99, &test));
  *p = test.p;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscInt  alarms = 0, shifted = 0, stretched = 0;
  PetscReal p;

  PetscFunctionBegin;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  MPI_Comm_size(PETSC_COMM_WORLD, &ranks);
  PetscCall(CheckKnown());
  for (PetscInt trial = 0; trial < 400; trial++) {
    PetscCall(Reject(trial, 1, 0, &p));
    alarms += p <= 0.05 + 1e-12;
  }
  Claim(alarms >= 5 && alarms <= 40, "%d false alarms in 400", (int)alarms);
  for (PetscInt trial = 0; trial < 20; trial++) {
    PetscCall(Reject(trial, 1, 1.5, &p));
    shifted += p <= 0.05 + 1e-12;
    PetscCall(Reject(trial, 3, 0, &p));
    stretched += p <= 0.05 + 1e-12;
  }
  Claim(shifted == 20, "a shift found %d times in 20", (int)shifted);
  Claim(stretched >= 16, "a stretch found %d times in 20", (int)stretched);
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
