/* Euler-Maruyama on the family of reverse equations (docs/mathematics.md §3), h = t - r:
     dY = [alpha Y + (1 + eta^2)/2 g^2 s] dtau + eta g dW,   s = (a d - x)/s^2
     x_r = (1 + h (alpha - c/s^2)) x + h c a/s^2 d + eta g sqrt(h) w,   c = (1 + eta^2)/2 g^2
   and on a process under a control v, forward and backwards, h = |r - t|:
     x_r = (1 - h alpha) x + h (f + g^2 v) + g sqrt(h) w,   x_r = (1 + h alpha) x + h (-f + c v) + eta g sqrt(h) w */
#include <karhunen/impl/sampler.h>

static void Terms(const KarStepper *stepper, const KarPath path[], KarTerms *terms)
{
  const KarPath  *p   = &path[1];
  const PetscReal eta = stepper->value[0], h = PetscAbsReal(stepper->times[1] - stepper->times[0]);
  const PetscReal alpha = -p->da / p->a, s2 = PetscSqr(p->s), g2 = p->ds2 + 2 * alpha * s2,
                  c = (1 + PetscSqr(eta)) / 2 * g2;

  if (!stepper->equation->score) {
    terms->x    = stepper->equation->direction == KAR_FORWARD ? 1 - h * alpha : 1 + h * alpha;
    terms->d[0] = h;
    terms->w    = eta * PetscSqrtReal(g2 * h);
    return;
  }
  terms->x    = 1 + h * (alpha - c / s2);
  terms->d[0] = h * c * p->a / s2;
  terms->w    = eta * PetscSqrtReal(g2 * h);
}

static PetscErrorCode Step(KarStepper *stepper, TS ts, PetscReal t, PetscReal r, Vec x)
{
  const PetscReal times[] = {r, t}, eta = stepper->value[0];
  PetscBool       any = PETSC_TRUE;

  PetscFunctionBegin;
  if (stepper->equation->score) PetscCall(KarStepperEvaluate(stepper, t, x));
  else PetscCall(KarStepperDrift(stepper, t, (1 + eta * eta) / 2, x, &any));
  PetscCall(KarStepperCombine(stepper, Terms, 2, times, any ? 1 : 0, eta > 0 ? KAR_NOISE_NEW : KAR_NOISE_NONE, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static const char *Lacks(const KarStepper *stepper)
{
  return !stepper->equation->score && stepper->equation->direction == KAR_FORWARD && stepper->value[0] != 1
           ? "a process forward with all its noise: leave -sampler_eta out"
           : NULL;
}

PetscErrorCode TSCreate_KarEM(TS ts)
{
  KarStepper *stepper;

  PetscFunctionBegin;
  PetscCall(KarStepperCreate(ts, &stepper));
  stepper->step  = Step;
  stepper->lacks = Lacks;
  (void)kar_stepper_parameter(stepper, "eta", "noise: 0 the flow, 1 the reverse process", 1, 0, 1, NULL);
  PetscFunctionReturn(PETSC_SUCCESS);
}
