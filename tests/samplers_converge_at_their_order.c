/* With exact scores, variances computed exactly: the default samplers are as near the law as promised at 40 and 100
   evaluations,
   in every mode from p/lambda = 1e-3 to 1e3; the bias falls with the order of each method as steps grow; Euler-Maruyama
   converges strongly when its steps share one Brownian motion.  ranks: 1 2 */
#include "ladder.h"

#include <math.h>

static PetscErrorCode Make(const Ladder *ladder, const char type[], PetscInt evaluations, PetscReal order,
                           PetscReal eta, TS *ts)
{
  PetscFunctionBegin;
  PetscCall(KarSamplerCreate(ladder->score, ts));
  PetscCall(KarSamplerSetType(*ts, type));
  PetscCall(KarSamplerSetEvaluations(*ts, evaluations));
  if (order >= 0) PetscCall(KarSamplerSetParameter(*ts, "order", order));
  if (eta >= 0) PetscCall(KarSamplerSetParameter(*ts, "eta", eta));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Largest deviation of the ratio from 1 over all modes. */
static PetscErrorCode Bias(const Ladder *ladder, const char type[], PetscInt evaluations, PetscReal order,
                           PetscReal eta, PetscReal *bias)
{
  PetscReal low, high;
  TS        ts;

  PetscFunctionBegin;
  PetscCall(Make(ladder, type, evaluations, order, eta, &ts));
  PetscCall(LadderBias(ladder, ts, PETSC_TRUE, &low, &high));
  *bias = PetscMax(PetscAbsReal(low - 1), PetscAbsReal(high - 1));
  PetscCall(TSDestroy(&ts));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Promise(KarSDEType process, PetscReal eta, PetscReal at40, PetscReal at100)
{
  PetscReal bias[2];
  Ladder    ladder;

  PetscFunctionBegin;
  PetscCall(LadderCreate(process, 19, 1e-3, 1e3, &ladder));
  PetscCall(Bias(&ladder, KARTSMULTISTEP, 40, -1, eta, &bias[0]));
  PetscCall(Bias(&ladder, KARTSMULTISTEP, 100, -1, eta, &bias[1]));
  Claim(bias[0] <= at40 && bias[1] <= at100, "%s, eta %g: %.4f at 40 evaluations, %.4f at 100", process, (double)eta,
        (double)bias[0], (double)bias[1]);
  PetscCall(LadderDestroy(&ladder));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The exponent of the bias between n and 2n steps, in a mode with p = 4 lambda, at the end of the steps. */
static PetscErrorCode Order(const char type[], PetscReal order, PetscReal eta, PetscReal corrector, PetscInt n,
                            PetscInt cost, PetscReal expected, PetscReal tolerance)
{
  PetscReal bias[2], rate, low, high;
  Ladder    ladder;
  TS        ts;

  PetscFunctionBegin;
  PetscCall(LadderCreate(KARSDEVP, 1, 4, 4, &ladder));
  for (int s = 0; s < 2; s++) {
    PetscCall(Make(&ladder, type, (n << s) * cost, order, eta, &ts));
    if (corrector >= 0) PetscCall(KarSamplerSetParameter(ts, "corrector", corrector));
    PetscCall(KarSamplerSetEnd(ts, 0.05));
    PetscCall(KarSamplerSetDenoise(ts, PETSC_FALSE));
    PetscCall(LadderBias(&ladder, ts, PETSC_FALSE, &low, &high));
    bias[s] = high - 1;
    PetscCall(TSDestroy(&ts));
  }
  rate = PetscLogReal(PetscAbsReal(bias[0] / bias[1])) / PetscLogReal(2.);
  Claim(PetscAbsReal(rate - expected) <= tolerance, "%s, order %g, eta %g: %g then %g, exponent %g", type,
        (double)order, (double)eta, (double)bias[0], (double)bias[1], (double)rate);
  PetscCall(LadderDestroy(&ladder));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* E|x_n - x_fine|^2 over samples and modes for em with n steps and one Brownian motion of 256 steps. */
static PetscErrorCode Strong(void)
{
  const PetscInt fine = 1024, samples = 20;
  PetscReal      error[3] = {0}, rate;
  Ladder         ladder;

  PetscFunctionBegin;
  PetscCall(LadderCreate(KARSDEVP, 5, 0.1, 10, &ladder));
  for (PetscInt i = 0; i < samples; i++) {
    Vec x[4];

    for (int s = 0; s < 4; s++) {
      const PetscInt n = s < 3 ? 64 << s : fine;
      TS             ts;

      PetscCall(Make(&ladder, KARTSEM, n, -1, 1, &ts));
      PetscCall(KarSamplerSetTimes(ts, KAR_TIMES_UNIFORM));
      PetscCall(KarSamplerSetEnd(ts, 0.5));
      PetscCall(KarSamplerSetDenoise(ts, PETSC_FALSE));
      PetscCall(KarSamplerSetCoupling(ts, fine / n));
      PetscCall(KarFFTCreateCoordinates(ladder.fft, &x[s]));
      PetscCall(KarSamplerSolve(ts, (KarKey){.seed = 11, .sample = i}, x[s], NULL));
      PetscCall(TSDestroy(&ts));
    }
    for (int s = 0; s < 3; s++) {
      PetscReal norm;

      PetscCall(VecAXPY(x[s], -1, x[3]));
      PetscCall(VecNorm(x[s], NORM_2, &norm));
      error[s] += PetscSqr(norm);
      PetscCall(VecDestroy(&x[s]));
    }
    PetscCall(VecDestroy(&x[3]));
  }
  rate = PetscLogReal(error[0] / error[2]) / PetscLogReal(4.) / 2; /* additive noise: strong order 1 */
  Claim(rate > 0.8 && rate < 1.3, "strong order %g of em (errors %g %g %g)", (double)rate,
        (double)PetscSqrtReal(error[0]), (double)PetscSqrtReal(error[1]), (double)PetscSqrtReal(error[2]));
  PetscCall(LadderDestroy(&ladder));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(Promise(KARSDEVP, 0, 0.0075, 0.0025));
  PetscCall(Promise(KARSDEVP, 1, 0.015, 0.005));
  PetscCall(Promise(KARSDEVE, 0, 0.0075, 0.0025));
  PetscCall(Promise(KARSDEVE, 1, 0.015, 0.005));
  PetscCall(Promise(KARSDEFLOW, 0, 0.0075, 0.0025));
  PetscCall(Promise(KARSDEFLOW, 1, 0.018, 0.005));
  PetscCall(Promise(KARSDEDDPM, 0, 0.0075, 0.0025));
  PetscCall(Promise(KARSDEHEAT, 0, 0.015, 0.005));
  PetscCall(Promise(KARSDEHEAT, 1, 0.07, 0.01));
  PetscCall(Order(KARTSEM, -1, 1, -1, 200, 1, 1, 0.2));
  PetscCall(Order(KARTSEM, -1, 0, -1, 200, 1, 1, 0.2));
  PetscCall(Order(KARTSANCESTRAL, -1, 0, -1, 100, 1, 1, 0.2));
  PetscCall(Order(KARTSANCESTRAL, -1, 1, -1, 100, 1, 1, 0.2));
  PetscCall(Order(KARTSMULTISTEP, 1, 0, 0, 100, 1, 1, 0.2));
  PetscCall(Order(KARTSMULTISTEP, 2, 0, 0, 100, 1, 2, 0.2));
  PetscCall(Order(KARTSMULTISTEP, 2, 1, 0, 100, 1, 2, 0.2));
  PetscCall(Order(KARTSMULTISTEP, 3, 0, 1, 25, 1, 3, 0.3));
  PetscCall(Order(KARTSMULTISTEP, 2, 0, 1, 50, 1, 3, 0.3));
  PetscCall(Order(KARTSHEUN, -1, -1, -1, 100, 2, 2, 0.2));
  PetscCall(Strong());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
