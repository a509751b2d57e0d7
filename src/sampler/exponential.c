/* A process forward, with its linear part exact and the rest by Euler: with X_r | X_t = x ~ N(A x, S) of the linear
   part,
     x_r = A x + phi (f + g^2 v) + sqrt(S) w,   phi = int_t^r A(r, u) du = h (1 - A)/(-log A),   h = r - t
   (phi of a constant rate): stable however stiff the linear part is, and exact where f = v = 0. */
#include <karhunen/impl/sampler.h>

static void Terms(const KarStepper *stepper, const KarPath path[], KarTerms *terms)
{
  const PetscReal h = stepper->times[0] - stepper->times[1], A = path[0].a / path[1].a;

  terms->x    = A;
  terms->d[0] = A > 0 && A < 1 ? -h * (1 - A) / PetscLogReal(A) : A > 0 ? h : 0;
  terms->w    = PetscSqrtReal(PetscMax(0, PetscSqr(path[0].s) - PetscSqr(A * path[1].s)));
}

static PetscErrorCode Step(KarStepper *stepper, TS ts, PetscReal t, PetscReal r, Vec x)
{
  const PetscReal times[] = {r, t};
  PetscBool       any;

  PetscFunctionBegin;
  PetscCall(KarStepperDrift(stepper, t, 1, x, &any));
  PetscCall(KarStepperCombine(stepper, Terms, 2, times, any ? 1 : 0, KAR_NOISE_NEW, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static const char *Lacks(const KarStepper *stepper)
{
  return stepper->equation->score || stepper->equation->direction != KAR_FORWARD ? "a process forward only" : NULL;
}

PetscErrorCode TSCreate_KarExponential(TS ts)
{
  KarStepper *stepper;

  PetscFunctionBegin;
  PetscCall(KarStepperCreate(ts, &stepper));
  stepper->step  = Step;
  stepper->lacks = Lacks;
  PetscFunctionReturn(PETSC_SUCCESS);
}
