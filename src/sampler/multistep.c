/* Linear part exact, the denoised field extrapolated as a polynomial of l = log(a/s) through past evaluations (Lu 2022 for orders
   2 and 3; here any order and any eta, with the integrals exact), mode by mode, h = l_r - l_t:
     x_r = s_r/s_t e^(-eta^2 h) x + a_r int_0^h c e^(-c u) D(l_r - u) du + s_r sqrt(1 - e^(-2 eta^2 h)) w,   c = 1 + eta^2
   Order 1 with eta = 0 is DDIM, with eta = 1 DDPM. */
#include "samplerimpl.h"

#include <math.h>

/* weights w_j with sum_j w_j p(u_j) = int_0^h c e^(-c u) p(u) du for every polynomial p of degree < n */
static void Weights(PetscInt n, const PetscReal u[], PetscReal h, PetscReal c, PetscReal w[])
{
  PetscReal moment[KAR_PAST];

  moment[0] = -expm1(-c * h);
  for (PetscInt m = 1; m < n; m++) moment[m] = (PetscReal)m / c * moment[m - 1] - PetscPowReal(h, (PetscReal)m) * PetscExpReal(-c * h);
  for (PetscInt j = 0; j < n; j++) { /* Lagrange's basis polynomial of node j, by its coefficients */
    PetscReal b[KAR_PAST] = {1};

    for (PetscInt i = 0, degree = 0; i < n; i++) {
      if (i == j) continue;
      for (PetscInt m = ++degree; m >= 0; m--) b[m] = ((m > 0 ? b[m - 1] : 0) - (m < degree ? u[i] * b[m] : 0)) / (u[j] - u[i]);
    }
    w[j] = 0;
    for (PetscInt m = 0; m < n; m++) w[j] += b[m] * moment[m];
  }
}

static void Terms(const KarStepper *stepper, const KarPath path[], KarTerms *terms)
{
  const KarPath  *r = &path[0], *t = &path[1];
  const PetscReal eta2 = PetscSqr(stepper->value[1]), l = PetscLogReal(r->a / r->s);
  PetscReal       u[KAR_PAST], w[KAR_PAST];

  for (PetscInt j = 0; j < stepper->number; j++) u[j] = l - PetscLogReal(path[1 + j].a / path[1 + j].s);
  Weights(stepper->number, u, u[0], 1 + eta2, w);
  terms->x = r->s / t->s * PetscExpReal(-eta2 * u[0]);
  terms->w = r->s * PetscSqrtReal(-expm1(-2 * eta2 * u[0]));
  for (PetscInt j = 0; j < stepper->number; j++) terms->d[j] = r->a * w[j];
}

static PetscErrorCode Step(KarStepper *stepper, TS ts, PetscReal t, PetscReal r, Vec x)
{
  PetscReal times[KAR_PAST + 1] = {r};

  PetscFunctionBegin;
  PetscCall(KarStepperEvaluate(stepper, t, x));
  stepper->number = PetscMin((PetscInt)stepper->value[0], stepper->past);
  for (PetscInt j = 0; j < stepper->number; j++) times[1 + j] = stepper->time[j];
  PetscCall(KarStepperCombine(stepper, Terms, stepper->number + 1, times, stepper->number, (PetscBool)(stepper->value[1] > 0), x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode TSCreate_KarMultistep(TS ts)
{
  KarStepper *stepper;

  PetscFunctionBegin;
  PetscCall(KarStepperCreate(ts, &stepper));
  stepper->step = Step;
  (void)kar_stepper_parameter(stepper, "order", "evaluations that a step uses, 1 to 4", 3, 1, KAR_PAST, NULL);
  (void)kar_stepper_parameter(stepper, "eta", "noise: 0 deterministic, 1 the reverse process", 0, 0, 1, NULL);
  PetscFunctionReturn(PETSC_SUCCESS);
}
