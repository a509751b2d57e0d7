/* DDPM and DDIM for any path (Song 2021, Ho 2020; Kerrigan 2023 in function space), mode by mode:
     x_r = a_r d + keep (x - a_t d) + sqrt(v) w,   keep = sqrt(s_r^2 - v)/s_t,
     v = eta^2 s_r^2 (s_t^2 - (a_t/a_r)^2 s_r^2)/s_t^2 = eta^2 Var(X_r | X_t, X_0):  eta = 1 is DDPM, eta = 0 is DDIM */
#include <karhunen/impl/sampler.h>

void kar_terms_ancestral(const KarPath *t, const KarPath *r, PetscReal eta, KarTerms *terms)
{
  const PetscReal v    = PetscSqr(eta * r->s / t->s) * PetscMax(PetscSqr(t->s) - PetscSqr(t->a / r->a * r->s), 0);
  const PetscReal keep = PetscSqrtReal(PetscMax(PetscSqr(r->s) - v, 0)) / t->s;

  terms->x    = keep;
  terms->d[0] = r->a - keep * t->a;
  terms->w    = PetscSqrtReal(v);
}

static void Terms(const KarStepper *stepper, const KarPath path[], KarTerms *terms)
{
  kar_terms_ancestral(&path[1], &path[0], stepper->value[0], terms);
}

static PetscErrorCode Step(KarStepper *stepper, TS ts, PetscReal t, PetscReal r, Vec x)
{
  const PetscReal times[] = {r, t};

  PetscFunctionBegin;
  PetscCall(KarStepperEvaluate(stepper, t, x));
  PetscCall(KarStepperCombine(stepper, Terms, 2, times, 1, stepper->value[0] > 0 ? KAR_NOISE_NEW : KAR_NOISE_NONE, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode TSCreate_KarAncestral(TS ts)
{
  KarStepper *stepper;

  PetscFunctionBegin;
  PetscCall(KarStepperCreate(ts, &stepper));
  stepper->step = Step;
  (void)kar_stepper_parameter(stepper, "eta", "noise: 0 is DDIM, 1 is DDPM", 1, 0, 1, NULL);
  PetscFunctionReturn(PETSC_SUCCESS);
}
