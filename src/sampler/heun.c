/* EDM (Karras 2022): Heun's method for y = x/a in sigma = s/a, after `churn`, mode by mode.
     churn  gamma = min(churn/steps, sqrt 2 - 1):  back to t^ with sigma^ = (1 + gamma) sigma,
            x^ = (a^/a) x + sqrt(s^^2 - (a^/a)^2 s^2) w
     Euler  x' = (s_r/s_t) x - a_r rho d,   rho  = sigma_r/sigma_t - 1
     Heun   x_r = (s_r/s_t) x - a_r/2 (rho (1 + rho') d + rho' d'),   rho' = 1 - sigma_t/sigma_r,
            d' evaluated at (r, x') */
#include <karhunen/impl/sampler.h>

static void Churn(const KarStepper *stepper, const KarPath path[], KarTerms *terms)
{
  const KarPath *hat = &path[0], *t = &path[1];

  terms->x = hat->a / t->a;
  terms->w = PetscSqrtReal(PetscMax(PetscSqr(hat->s) - PetscSqr(hat->a / t->a * t->s), 0));
}

static void Euler(const KarStepper *stepper, const KarPath path[], KarTerms *terms)
{
  const KarPath  *r = &path[0], *t = &path[1];
  const PetscReal rho = r->s / r->a * t->a / t->s - 1;

  terms->x    = r->s / t->s;
  terms->d[0] = -r->a * rho;
}

/* From x', which is Euler's: x_r = x' + a_r/2 (rho (1 - rho') d - rho' d'); here d[0] = d' and d[1] = d. */
static void Heun(const KarStepper *stepper, const KarPath path[], KarTerms *terms)
{
  const KarPath  *r = &path[0], *t = &path[1];
  const PetscReal rho = r->s / r->a * t->a / t->s - 1, rho_ = 1 - t->s / t->a * r->a / r->s;

  terms->x    = 1;
  terms->d[0] = -r->a / 2 * rho_;
  terms->d[1] = r->a / 2 * rho * (1 - rho_);
}

static PetscErrorCode Step(KarStepper *stepper, TS ts, PetscReal t, PetscReal r, Vec x)
{
  KarEquation    *equation = stepper->equation;
  const PetscReal gamma    = PetscMin(stepper->value[0] / (PetscReal)equation->steps, PETSC_SQRT2 - 1);
  PetscReal       times[]  = {r, t}, logsnr;

  PetscFunctionBegin;
  if (gamma > 0) {
    PetscCall(KarSDEGetLogSNR(equation->sde, t, &logsnr));
    PetscCall(KarSDEFindTime(equation->sde, logsnr - 2 * PetscLogReal(1 + gamma), &times[0]));
    if (times[0] > t) PetscCall(KarStepperCombine(stepper, Churn, 2, times, 0, KAR_NOISE_NEW, x));
    t        = PetscMax(times[0], t);
    times[0] = r, times[1] = t;
  }
  PetscCall(KarStepperEvaluate(stepper, t, x));
  PetscCall(KarStepperCombine(stepper, Euler, 2, times, 1, KAR_NOISE_NONE, x));
  PetscCall(KarStepperEvaluate(stepper, r, x));
  PetscCall(KarStepperCombine(stepper, Heun, 2, times, 2, KAR_NOISE_NONE, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode TSCreate_KarHeun(TS ts)
{
  KarStepper *stepper;

  PetscFunctionBegin;
  PetscCall(KarStepperCreate(ts, &stepper));
  stepper->step = Step;
  stepper->cost = 2;
  (void)kar_stepper_parameter(stepper, "churn", "noise put back, over all steps; 0: deterministic", 0, 0,
                              PETSC_MAX_REAL, NULL);
  PetscFunctionReturn(PETSC_SUCCESS);
}
