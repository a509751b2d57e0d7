/* W_1 of known numbers, and of their labels dealt again: of two and two numbers there are three ways, whose mean,
   highest and share are known.  Under one law P(p <= 5 %) = 5 % exactly, so of 400 tests 20 +- 4.4 are false alarms,
   outside [5, 40] with probability below 1e-4; another law is found.  Numbers that are all equal, or whole, do as
   well.  The same on every rank count. ranks: 1 2 3 */
#include "claim.h"

enum { N = 40, M = 25 };

static PetscErrorCode CheckKnown(void)
{
  const PetscReal x[2] = {4, 2}, y[2] = {0, 1}, same[3] = {7, 7, 7};
  KarRelabelTest  test;

  PetscFunctionBegin;
  PetscCall(KarStatsRelabelTest(PETSC_COMM_WORLD, 2, x, 2, y, 1, 2999, &test));
  ClaimNear(test.distance, 2.5, 1e-15);
  ClaimNear(test.mean, (2.5 + 1.5 + 1.5) / 3, 5 * sqrt(2. / 9 / 2999));
  ClaimNear(test.p, 1. / 3, 5 * sqrt(2. / 9 / 2999));
  ClaimNear(test.high, 2.5, 1e-15);
  PetscCall(KarStatsRelabelTest(PETSC_COMM_WORLD, 3, same, 2, same, 1, 99, &test));
  ClaimNear(test.distance + test.mean + test.high, 0, 0);
  ClaimNear(test.p, 1, 0);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A test of N numbers against M; whole: rounded, so that many are equal. */
static PetscErrorCode Test(PetscInt trial, PetscReal shift, PetscBool whole, KarRelabelTest *test)
{
  PetscReal x[N], y[M], w1;
  int       rank;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < N + M; i++) {
    PetscReal z[2];

    kar_normal_pair((KarKey){.seed = 3, .sample = trial, .stream = KAR_STREAM_DATA}, i, 0, 0, z);
    if (i >= N) z[0] += shift;
    *(i < N ? x + i : y + i - N) = whole ? round(z[0]) : z[0];
  }
  PetscCall(KarStatsRelabelTest(PETSC_COMM_WORLD, N, x, M, y, trial, 99, test));
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCall(KarStatsWasserstein(PETSC_COMM_WORLD, rank ? 0 : N, x, rank ? 0 : M, y, &w1));
  ClaimNear(test->distance, w1, 1e-14);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscInt       alarms[2] = {0}, found = 0;
  KarRelabelTest test;

  PetscFunctionBegin;
  PetscCall(CheckKnown());
  for (PetscInt trial = 0; trial < 400; trial++)
    for (int whole = 0; whole < 2; whole++) {
      PetscCall(Test(trial, 0, (PetscBool)whole, &test));
      alarms[whole] += test.p <= 0.05 + 1e-12;
    }
  Claim(alarms[0] >= 5 && alarms[0] <= 40, "%d false alarms in 400", (int)alarms[0]);
  Claim(alarms[1] <= 40, "%d false alarms in 400 of whole numbers", (int)alarms[1]); /* equal distances make fewer */
  for (PetscInt trial = 0; trial < 20; trial++) {
    PetscCall(Test(trial, 1.5, PETSC_FALSE, &test));
    found += test.p < 0.05 && test.distance > test.high;
  }
  Claim(found >= 18, "a law shifted by 1.5 standard deviations is found %d times of 20", (int)found);
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
