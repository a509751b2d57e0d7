/* Annealed Langevin dynamics (Song 2019; Lim 2025 in function space): at each time of the grid, M steps of
   dX = C grad log p_t dtau + sqrt 2 dW with step eps = r s^2, mode by mode; the next time starts where the last one
   ended.
     explicit     x <- x + r (a d - x) + sqrt(2 r) s w                              (Lim's preconditioned step)
     exponential  x <- a d + q (x - a d) + sqrt(1 - q^2) s w,  q = e^-r             (exact for d frozen)
     cn           the same with q = (1 - r/2)/(1 + r/2)                             (Crank-Nicolson)
   For guided scores x <- x + (1 - q) P grad log p(x) + sqrt(1 - q^2) N(0, P) too: with P the covariance of X_t given
   data where the law is Gaussian (posteriorstep.c), exact for such laws but `explicit`; or with that of the noise given
   the likelihood of the noised field (noisedstep.c).
   The predictor-corrector (Song 2021) makes an ancestral step first. */
#include <karhunen/impl/sampler.h>
#include <karhunen/posterior.h>

static const char *const schemes[]      = {"explicit", "exponential", "cn", NULL};
static const char *const conditioners[] = {"noise", "posterior", "data", "level", NULL}; /* KarStepCovariance */

enum { STEPS, RATIO, SCHEME, CONDITION, ETA };

static void Predict(const KarStepper *stepper, const KarPath path[], KarTerms *terms)
{
  kar_terms_ancestral(&path[1], &path[0], stepper->value[ETA], terms);
}

/* What is left of x, and the noise in units of s. */
static PetscReal Length(const KarStepper *stepper, PetscReal *noise)
{
  const PetscReal r = stepper->value[RATIO];
  const PetscReal q = stepper->value[SCHEME] == 0   ? 1 - r
                      : stepper->value[SCHEME] == 1 ? PetscExpReal(-r)
                                                    : (1 - r / 2) / (1 + r / 2);

  *noise = PetscSqrtReal(stepper->value[SCHEME] == 0 ? 2 * r : 1 - q * q);
  return q;
}

static void Correct(const KarStepper *stepper, const KarPath path[], KarTerms *terms)
{
  PetscReal       noise;
  const PetscReal q = Length(stepper, &noise);

  terms->x    = q;
  terms->d[0] = path[0].a * (1 - q);
  terms->w    = path[0].s * noise;
}

static PetscErrorCode Corrections(KarStepper *stepper, PetscReal r, Vec x)
{
  const KarStepCovariance covariance = (KarStepCovariance)stepper->value[CONDITION];
  KarEquation            *equation   = stepper->equation;
  PetscReal               noise;
  const PetscReal         q = Length(stepper, &noise);

  PetscFunctionBegin;
  for (PetscInt m = 0; m < (PetscInt)stepper->value[STEPS]; m++) {
    if (covariance != KAR_STEP_NOISE) {
      PetscCall(KarScorePosteriorStep(equation->score, covariance, r, 1 - q, noise, equation->key, x));
      equation->key.step++;
      continue;
    }
    PetscCall(KarStepperEvaluate(stepper, r, x));
    PetscCall(KarStepperCombine(stepper, Correct, 1, &r, 1, KAR_NOISE_NEW, x));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode LangevinStep(KarStepper *stepper, TS ts, PetscReal t, PetscReal r, Vec x)
{
  PetscFunctionBegin;
  PetscCall(Corrections(stepper, r, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CheckConditioner(KarStepper *stepper, TS ts)
{
  const KarStepCovariance covariance = (KarStepCovariance)stepper->value[CONDITION];
  KarEquation            *equation;

  PetscFunctionBegin;
  PetscCall(KarEquationGet(ts, &equation));
  if (covariance != KAR_STEP_NOISE) PetscCall(KarScorePosteriorCheckStep(equation->score, covariance));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode LangevinSetUp(KarStepper *stepper, TS ts)
{
  PetscFunctionBegin;
  PetscCall(CheckConditioner(stepper, ts));
  PetscCall(KarStepperCheckWhole(ts, "corrections", stepper->value[STEPS]));
  stepper->cost = (PetscInt)stepper->value[STEPS];
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode TSCreate_KarLangevin(TS ts)
{
  KarStepper *stepper;

  PetscFunctionBegin;
  PetscCall(KarStepperCreate(ts, &stepper));
  stepper->step  = LangevinStep;
  stepper->setup = LangevinSetUp;
  (void)kar_stepper_parameter(stepper, "corrections", "steps at each noise level", 3, 1, 1e6, NULL);
  (void)kar_stepper_parameter(stepper, "ratio", "step over s^2", 0.5, PETSC_SMALL, 2, NULL);
  (void)kar_stepper_parameter(stepper, "scheme", "explicit (Lim), exponential, or Crank-Nicolson", 1, 0, 2, schemes);
  (void)kar_stepper_parameter(
    stepper, "precondition",
    "steps by the noise's covariance; by that of the Gaussian law given data; by the noise's given "
    "the noised field's likelihood, of the data's noise or with the level's",
    0, 0, 3, conditioners);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PredictorCorrectorStep(KarStepper *stepper, TS ts, PetscReal t, PetscReal r, Vec x)
{
  const PetscReal times[] = {r, t};

  PetscFunctionBegin;
  PetscCall(KarStepperEvaluate(stepper, t, x));
  PetscCall(
    KarStepperCombine(stepper, Predict, 2, times, 1, stepper->value[ETA] > 0 ? KAR_NOISE_NEW : KAR_NOISE_NONE, x));
  PetscCall(Corrections(stepper, r, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PredictorCorrectorSetUp(KarStepper *stepper, TS ts)
{
  PetscFunctionBegin;
  PetscCall(CheckConditioner(stepper, ts));
  PetscCall(KarStepperCheckWhole(ts, "corrections", stepper->value[STEPS]));
  stepper->cost = 1 + (PetscInt)stepper->value[STEPS];
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode TSCreate_KarPredictorCorrector(TS ts)
{
  KarStepper *stepper;

  PetscFunctionBegin;
  PetscCall(TSCreate_KarLangevin(ts));
  PetscCall(KarStepperGet(ts, &stepper));
  stepper->step         = PredictorCorrectorStep;
  stepper->setup        = PredictorCorrectorSetUp;
  stepper->value[STEPS] = 1;
  (void)kar_stepper_parameter(stepper, "eta", "noise of the predictor: 0 is DDIM, 1 is DDPM", 1, 0, 1, NULL);
  PetscFunctionReturn(PETSC_SUCCESS);
}
