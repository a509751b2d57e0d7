/* The square, and tanh, of one value of a Gaussian law, with noise: p(y) and E[v^2 | y] are integrals over that value
   v alone. Particles find them: 8 runs of 64, 60 evaluations, by a fixed seed, log p(y) within 0.1 and E[v^2 | y]
   within 5 standard errors over the runs and 0.02: a false alarm is rarer than 1e-3 for another seed. Guidance runs on
   them too. ranks: 1 */
#include "laws.h"

enum { RUNS = 8, N = 64 };

static PetscReal Value(const char type[], PetscReal v)
{
  return !strcmp(type, KAROBSERVATIONSQUARE) ? v * v : tanh(v);
}

static PetscErrorCode Check(const CircleLaw *law, const char type[], PetscReal datum, PetscReal gamma)
{
  const PetscReal  place = 0.25;
  PetscReal        K, p = 0, second = 0, sum[3] = {0}, value, mean;
  KarObservation   obs, point;
  KarInnovation    innovation;
  const PetscReal *c;
  KarScore         posterior;
  KarCov           cov;
  KarSMC           smc;
  KarSMCInfo       info;
  TS               ts;
  PetscBool        has;
  Vec              y, e, x, *all;

  PetscFunctionBegin;
  PetscCall(KarScoreGetDataCovariance(law->score, &cov));
  PetscCall(KarCovSetUp(cov));
  PetscCall(KarCovGetEigenvalues(cov, &c));
  PetscCall(KarObservationCreate(law->fft, &point));
  PetscCall(KarObservationSetPlaces(point, 1, &place, NULL));
  PetscCall(KarObservationSetParameter(point, "noise", gamma));
  PetscCall(KarObservationCreateData(point, &e));
  PetscCall(KarInnovationCreate(point, c, NULL, &innovation));
  PetscCall(KarInnovationGetVariance(innovation, e, &has));
  PetscCall(VecSum(e, &K));
  K -= gamma * gamma;
  for (int i = -4000; i <= 4000; i++) {
    const PetscReal v = 0.002 * i, w = 0.002 *
                                       PetscExpReal(-v * v / (2 * K) - PetscSqr((datum - Value(type, v)) / gamma) / 2) /
                                       (2 * PETSC_PI * gamma * PetscSqrtReal(K));

    p += w;
    second += w * v * v;
  }
  PetscCall(KarObservationCreate(law->fft, &obs));
  PetscCall(KarObservationSetType(obs, type));
  PetscCall(KarObservationSetPlaces(obs, 1, &place, NULL));
  PetscCall(KarObservationSetParameter(obs, "noise", gamma));
  PetscCall(KarObservationCreateData(obs, &y));
  PetscCall(KarObservationSetData(obs, 1, &datum, y));
  PetscCall(KarSMCCreate(law->score, obs, y, &smc));
  PetscCall(KarSMCSetParticles(smc, N));
  PetscCall(KarSMCGetSampler(smc, &ts));
  PetscCall(KarSamplerSetEvaluations(ts, 60));
  PetscCall(KarFFTCreateCoordinates(law->fft, &x));
  PetscCall(VecDuplicateVecs(x, N, &all));
  for (int run = 0; run < RUNS; run++) {
    PetscCall(KarSMCSolve(smc, (KarKey){.seed = 1, .sample = run}, all, &info, NULL));
    value = 0;
    for (int i = 0; i < N; i++) {
      PetscReal v;

      PetscCall(KarObservationApply(point, all[i], e));
      PetscCall(VecSum(e, &v));
      value += v * v / N;
    }
    sum[0] += PetscExpReal(info.evidence) / RUNS;
    sum[1] += value;
    sum[2] += value * value;
  }
  mean = sum[1] / RUNS;
  printf("%s: log p(y) %.4f, exactly %.4f; E v^2 %.4f, exactly %.4f\n", type, (double)PetscLogReal(sum[0]),
         (double)PetscLogReal(p), (double)mean, (double)(second / p));
  ClaimNear(PetscLogReal(sum[0]), PetscLogReal(p), 0.1);
  ClaimNear(mean, second / p, 0.02 + 5 * PetscSqrtReal(PetscMax(sum[2] / RUNS - mean * mean, 0) / RUNS));
  PetscCall(KarScoreCreatePosterior(law->score, obs, y, &posterior));
  PetscCall(KarSamplerCreate(posterior, &ts));
  PetscCall(KarSamplerSolve(ts, (KarKey){.seed = 1}, x, NULL));
  PetscCall(KarObservationApply(obs, x, e));
  PetscCall(VecSum(e, &value));
  ClaimNear(value, datum, 4 * gamma);
  PetscCall(TSDestroy(&ts));
  PetscCall(KarScoreDestroy(&posterior));
  PetscCall(VecDestroyVecs(N, &all));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&e));
  PetscCall(VecDestroy(&y));
  PetscCall(KarSMCDestroy(&smc));
  PetscCall(KarInnovationDestroy(&innovation));
  PetscCall(KarObservationDestroy(&point));
  PetscCall(KarObservationDestroy(&obs));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  CircleLaw law;

  PetscFunctionBegin;
  PetscCall(CircleLawCreate("G", 32, &law));
  PetscCall(Check(&law, KAROBSERVATIONSQUARE, 0.8, 0.2));
  PetscCall(Check(&law, KAROBSERVATIONTANH, 0.6, 0.1));
  PetscCall(CircleLawDestroy(&law));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
