/* Wrapped normal law: R_1 = exp(-s^2/2), no skewness.  Wrapped exponential law, characteristic function 1/(1 - ip/l):
   R_p = (1 + p^2/l^2)^{-1/2}, T_p = atan(p/l).  Midpoint quantiles make the second exact to O(1/n); of the first, 2e5
   values are drawn and 5 standard errors allowed (false alarm 1e-6).  Per pixel: two phases a and b give mean (a +
   b)/2, variance
   1 - cos((a - b)/2). */
#include "claim.h"

static PetscErrorCode Run(void)
{
  enum { N = 200000 };
  const PetscReal sigma = 0.8, centre = 2.9, rate = 1.3;
  PetscReal      *phase, sums[5] = {0}, R1, R2, skewness;
  KarCircular     c;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(N, &phase));
  for (PetscInt i = 0; i < N; i += 2) {
    kar_normal_pair((KarKey){.seed = 5, .stream = KAR_STREAM_TEST}, i, 0, 0, phase + i);
    phase[i]     = kar_wrap(centre + sigma * phase[i]);
    phase[i + 1] = kar_wrap(centre + sigma * phase[i + 1]);
  }
  kar_circular_sums(N / 2, phase, sums);
  kar_circular_sums(N / 2, phase + N / 2, sums);
  c = kar_circular(sums);
  /* Var cos(phi - mu) = (1 + e^{-2 s^2})/2 - e^{-s^2};  Var sin = (1 - e^{-2 s^2})/2 */
  R1 = exp(-sigma * sigma / 2);
  ClaimNear(c.variance, 1 - R1, 5 * sqrt(((1 + exp(-2 * sigma * sigma)) / 2 - R1 * R1) / N));
  ClaimNear(kar_wrap(c.mean - centre), 0, 5 * sqrt((1 - exp(-2 * sigma * sigma)) / 2 / N) / R1);
  ClaimNear(c.skewness, 0, 5 * sqrt(4. / N) / pow(1 - R1, 1.5));

  for (PetscInt i = 0; i < N; i++) phase[i] = kar_wrap(-log(1 - ((PetscReal)i + 0.5) / N) / rate);
  PetscCall(PetscArrayzero(sums, 5));
  kar_circular_sums(N, phase, sums);
  c        = kar_circular(sums);
  R1       = 1 / sqrt(1 + 1 / (rate * rate));
  R2       = 1 / sqrt(1 + 4 / (rate * rate));
  skewness = R2 * sin(atan(2 / rate) - 2 * atan(1 / rate)) / pow(1 - R1, 1.5);
  ClaimNear(c.mean, atan(1 / rate), 1e-4);
  ClaimNear(c.variance, 1 - R1, 1e-4);
  ClaimNear(c.skewness, skewness, 1e-3);

  {
    const PetscReal a[3] = {0.3, 3.1, -1}, b[3] = {0.9, -3.1, -1};
    PetscReal       sum[6] = {0}, mean[3], variance[3];

    kar_phasor_add(3, a, sum);
    kar_phasor_add(3, b, sum);
    kar_phasor_finish(3, 2, sum, mean, variance);
    ClaimNear(mean[0], 0.6, 1e-14);
    ClaimNear(variance[0], 1 - cos(0.3), 1e-14);
    ClaimNear(PetscAbsReal(mean[1]), PETSC_PI, 1e-14); /* across the cut */
    ClaimNear(variance[1], 1 - cos(PETSC_PI - 3.1), 1e-14);
    ClaimNear(mean[2], -1, 1e-14);
    ClaimNear(variance[2], 0, 1e-14);
  }
  /* all phases alike: no variance, no skewness, no NaN */
  for (PetscInt i = 0; i < 10; i++) phase[i] = -2;
  PetscCall(PetscArrayzero(sums, 5));
  kar_circular_sums(10, phase, sums);
  c = kar_circular(sums);
  ClaimNear(c.mean, -2, 1e-14);
  ClaimNear(c.variance, 0, 1e-14);
  ClaimNear(c.skewness, 0, 0);
  PetscCall(PetscFree(phase));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
