/* Linear part exact, the denoised field extrapolated as a polynomial of l = log(a/s) through past evaluations, mode by
   mode (Lu 2022 for orders 2 and 3; here any order and any eta, with the integrals exact).  With h = l_r - l_t,
     x_r = s_r/s_t e^(-eta^2 h) x + a_r int_0^h c e^(-c u) D(l_r - u) du + s_r sqrt(1 - e^(-2 eta^2 h)) w,
     c = 1 + eta^2
   Order 1 with eta = 0 is DDIM, with eta = 1 DDPM; beyond 1 errors of earlier evaluations are forgotten sooner.  The
   corrector (Zhao 2023) makes the last step again with D at its end, which the next step needs anyway: from the second
   evaluation on, the state is of one order more. */
#include <karhunen/impl/sampler.h>

#include <math.h>

static const char *const switches[] = {"off", "on", NULL};

enum { ORDER, ETA, CORRECTOR };

/* weights w_j with sum_j w_j p(u_j) = int_0^h c e^(-c u) p(u) du for every polynomial p of degree < n */
static void Weights(PetscInt n, const PetscReal u[], PetscReal h, PetscReal c, PetscReal w[])
{
  PetscReal moment[KAR_PAST];

  moment[0] = -expm1(-c * h);
  for (PetscInt m = 1; m < n; m++)
    moment[m] = (PetscReal)m / c * moment[m - 1] - PetscPowReal(h, (PetscReal)m) * PetscExpReal(-c * h);
  for (PetscInt j = 0; j < n; j++) { /* Lagrange's basis polynomial of node j, by its coefficients */
    PetscReal b[KAR_PAST] = {1};

    for (PetscInt i = 0, degree = 0; i < n; i++) {
      if (i == j) continue;
      for (PetscInt m = ++degree; m >= 0; m--)
        b[m] = ((m > 0 ? b[m - 1] : 0) - (m < degree ? u[i] * b[m] : 0)) / (u[j] - u[i]);
    }
    w[j] = 0;
    for (PetscInt m = 0; m < n; m++) w[j] += b[m] * moment[m];
  }
}

/* Evaluations that a prediction weighs, and a correction. */
static PetscInt Predicting(const KarStepper *stepper)
{
  return PetscMin((PetscInt)stepper->value[ORDER], stepper->past);
}

static PetscInt Correcting(const KarStepper *stepper)
{
  return PetscMin(PetscMin((PetscInt)stepper->value[ORDER] + 1, KAR_PAST), stepper->past);
}

/* path[0] is the end of the step and path[1] its start; D is known at known[0 .. number), the newest first. */
static void Terms(const KarStepper *stepper, const KarPath path[], const KarPath known[], PetscInt number,
                  KarTerms *terms)
{
  const KarPath  *r = &path[0], *t = &path[1];
  const PetscReal eta2 = PetscSqr(stepper->value[ETA]), l = PetscLogReal(r->a / r->s),
                  h     = l - PetscLogReal(t->a / t->s);
  PetscReal u[KAR_PAST] = {0}, w[KAR_PAST] = {0};
  PetscInt  n = 0;

  for (; n < number; n++) {
    u[n] = l - PetscLogReal(known[n].a / known[n].s);
    if (n && u[n] <= u[n - 1]) break; /* before that, no signal yet in this mode: a is at its least */
  }
  Weights(n, u, h, 1 + eta2, w);
  terms->x = r->s / t->s * PetscExpReal(-eta2 * h);
  terms->w = r->s * PetscSqrtReal(-expm1(-2 * eta2 * h));
  for (PetscInt j = 0; j < number; j++) terms->d[j] = r->a * w[j];
}

static void Predict(const KarStepper *stepper, const KarPath path[], KarTerms *terms)
{
  Terms(stepper, path, path + 1, Predicting(stepper), terms);
}

/* The step that led here again, from where it started and with its noise, now that D at its end is known. */
static void Correct(const KarStepper *stepper, const KarPath path[], KarTerms *terms)
{
  Terms(stepper, path, path, Correcting(stepper), terms);
}

static PetscErrorCode SetUp(KarStepper *stepper, TS ts)
{
  PetscFunctionBegin;
  PetscCall(KarStepperCheckWhole(ts, "order", stepper->value[ORDER]));
  stepper->keep = PetscMin((PetscInt)(stepper->value[ORDER] + stepper->value[CORRECTOR]), KAR_PAST);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The noise of a prediction alone, whose path ends at `path`. */
static void Noise(const KarStepper *stepper, const KarPath path[], KarTerms *terms)
{
  Terms(stepper, path, path + 1, 0, terms);
  terms->x = 1;
}

/* x += it, drawn where the oldest evaluation lies, which no later step uses; with a correction it is wanted again. */
static PetscErrorCode AddNoise(KarStepper *stepper, const PetscReal times[], Vec x)
{
  KarEquation *equation = stepper->equation;
  Vec         *last = &stepper->d[stepper->keep - 1], own = equation->w;

  PetscFunctionBegin;
  if (!*last) PetscCall(VecDuplicate(x, last));
  equation->w = *last;
  PetscCall(KarStepperCombine(stepper, Noise, 2, times, 0, KAR_NOISE_NEW, x));
  equation->w = own;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The correction makes of `start` the state here, from which the prediction goes on. Without noise they are one pass;
   with it there is one draw at a time, that of the step before and then a new one. */
static PetscErrorCode Step(KarStepper *stepper, TS ts, PetscReal t, PetscReal r, Vec x)
{
  const PetscBool noise    = (PetscBool)(stepper->value[ETA] > 0),
                  corrects = (PetscBool)(stepper->value[CORRECTOR] && stepper->past > 0);
  KarCombination c[KAR_COMBINATIONS], predict = {.terms = Predict, .noise = KAR_NOISE_NONE, .from = x, .x = x};
  PetscReal      times[KAR_PAST + 1] = {r};
  PetscInt       n                   = 0, ntimes;

  PetscFunctionBegin;
  PetscCall(KarStepperEvaluate(stepper, t, x));
  ntimes = 1 + stepper->past;
  for (PetscInt j = 0; j < stepper->past; j++) times[1 + j] = stepper->time[j];
  predict.nd = Predicting(stepper);
  if (stepper->value[CORRECTOR]) {
    if (!stepper->start) PetscCall(VecDuplicate(x, &stepper->start));
    if (!corrects) PetscCall(VecCopy(x, stepper->start));
    predict.from  = stepper->start;
    predict.noise = noise ? KAR_NOISE_NEW : KAR_NOISE_NONE;
  }
  if (corrects) {
    c[n++] = (KarCombination){.terms = Correct,
                              .at    = 1,
                              .nd    = Correcting(stepper),
                              .noise = noise ? KAR_NOISE_SAME : KAR_NOISE_NONE,
                              .from  = stepper->start,
                              .x     = stepper->start};
    if (noise) {
      PetscCall(KarStepperCombineAll(stepper, ntimes, times, n, c));
      n = 0;
    }
  }
  c[n++] = predict;
  PetscCall(KarStepperCombineAll(stepper, ntimes, times, n, c));
  if (noise && !stepper->value[CORRECTOR]) PetscCall(AddNoise(stepper, times, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode TSCreate_KarMultistep(TS ts)
{
  KarStepper *stepper;

  PetscFunctionBegin;
  PetscCall(KarStepperCreate(ts, &stepper));
  stepper->step  = Step;
  stepper->setup = SetUp;
  (void)kar_stepper_parameter(stepper, "order", "evaluations that a step uses, 1 to 4", 3, 1, KAR_PAST, NULL);
  (void)kar_stepper_parameter(
    stepper, "eta",
    "fresh noise in each step: 0 none (the probability flow), 1 as much as the reverse process has, 2 four times that",
    0, 0, 4, NULL);
  (void)kar_stepper_parameter(stepper, "corrector",
                              "make each step again with the evaluation at its end: one order more, no evaluation more",
                              1, 0, 1, switches);
  PetscFunctionReturn(PETSC_SUCCESS);
}
