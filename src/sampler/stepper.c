/* The anatomy that our TS types share: life cycle, clock, past evaluations, and the one pass that combines them. */
#include <karhunen/impl/sampler.h>

PetscInt kar_stepper_parameter(KarStepper *stepper, const char name[], const char text[], PetscReal value,
                               PetscReal min, PetscReal max, const char *const choices[])
{
  PetscInt i = 0;

  while (stepper->table[i].name) i++;
  stepper->value[i] = value;
  stepper->table[i] = (KarParameter){name, text, &stepper->value[i], min, max, choices};
  return i;
}

PetscErrorCode KarStepperCheckWhole(TS ts, const char name[], PetscReal value)
{
  KarEquation *equation;

  PetscFunctionBegin;
  PetscCall(KarEquationGet(ts, &equation));
  KarCheck(PetscObjectComm((PetscObject)ts), value == PetscFloorReal(value), PETSC_ERR_USER_INPUT,
           "-%ssampler_%s %g: give a whole number", equation->prefix, name, (double)value);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarStepperEvaluate(KarStepper *stepper, PetscReal t, Vec x)
{
  const PetscInt last   = stepper->keep - 1;
  Vec            oldest = stepper->d[last];

  PetscFunctionBegin;
  for (PetscInt j = last; j > 0; j--) {
    stepper->d[j]    = stepper->d[j - 1];
    stepper->time[j] = stepper->time[j - 1];
  }
  if (!oldest) PetscCall(VecDuplicate(x, &oldest));
  if (stepper->known) { /* which gets the oldest in its place */
    stepper->d[0]   = *stepper->known;
    *stepper->known = oldest;
  } else stepper->d[0] = oldest;
  stepper->time[0] = t;
  stepper->past    = PetscMin(stepper->past + 1, stepper->keep);
  if (!stepper->known) PetscCall(KarScoreDenoise(stepper->equation->score, t, x, oldest));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarStepperDrift(KarStepper *stepper, PetscReal t, PetscReal factor, Vec x, PetscBool *any)
{
  KarEquation *equation = stepper->equation;
  PetscReal    g;
  PetscBool    linear;

  PetscFunctionBegin;
  PetscCall(KarSDEHasPath(equation->sde, &linear));
  *any = linear && !equation->control ? PETSC_FALSE : PETSC_TRUE;
  if (!*any) PetscFunctionReturn(PETSC_SUCCESS);
  if (!stepper->d[0]) PetscCall(VecDuplicate(x, &stepper->d[0]));
  if (equation->control) {
    PetscCall(KarControlApply(equation->control, t, x, stepper->d[0]));
    PetscCall(KarSDEGetCoefficientsModes(equation->linear, t, NULL, &g));
    PetscCall(VecScale(stepper->d[0], factor * g * g));
  } else PetscCall(VecSet(stepper->d[0], 0));
  if (linear) PetscFunctionReturn(PETSC_SUCCESS);
  if (!equation->d) PetscCall(VecDuplicate(x, &equation->d));
  PetscCall(KarSDENonlinear(equation->sde, t, x, equation->d));
  PetscCall(VecAXPY(stepper->d[0], equation->direction == KAR_FORWARD ? 1 : -1, equation->d));
  PetscFunctionReturn(PETSC_SUCCESS);
}

#define BLOCK 1024 /* numbers of a vector that are combined at a time */

/* x <- the combination of numbers begin .. end: a loop without branches for each number of evaluations. x may be from.
   */
static inline void Apply(const KarTerms *terms, PetscInt begin, PetscInt end, PetscInt nd, const PetscScalar *const d[],
                         const PetscScalar *w, const PetscScalar *from, PetscScalar *x)
{
  const PetscScalar *d0 = d[0], *d1 = d[1], *d2 = d[2], *d3 = d[3];
  const PetscReal q = terms->x, q0 = terms->d[0], q1 = terms->d[1], q2 = terms->d[2], q3 = terms->d[3], qw = terms->w;

#define EACH(sum) _Pragma("GCC ivdep") for (PetscInt c = begin; c < end; c++) x[c] = sum;
  if (w) {
    if (nd == 0) EACH(q * from[c] + qw * w[c])
    if (nd == 1) EACH(q * from[c] + q0 * d0[c] + qw * w[c])
    if (nd == 2) EACH(q * from[c] + q0 * d0[c] + q1 * d1[c] + qw * w[c])
    if (nd == 3) EACH(q * from[c] + q0 * d0[c] + q1 * d1[c] + q2 * d2[c] + qw * w[c])
    if (nd == 4) EACH(q * from[c] + q0 * d0[c] + q1 * d1[c] + q2 * d2[c] + q3 * d3[c] + qw * w[c])
  } else {
    if (nd == 0) EACH(q * from[c])
    if (nd == 1) EACH(q * from[c] + q0 * d0[c])
    if (nd == 2) EACH(q * from[c] + q0 * d0[c] + q1 * d1[c])
    if (nd == 3) EACH(q * from[c] + q0 * d0[c] + q1 * d1[c] + q2 * d2[c])
    if (nd == 4) EACH(q * from[c] + q0 * d0[c] + q1 * d1[c] + q2 * d2[c] + q3 * d3[c])
  }
#undef EACH
}

/* A combination that is being made: its arrays, and its coefficients where all modes have the same. */
typedef struct {
  const PetscScalar *d[KAR_PAST], *w, *from;
  PetscScalar       *x;
  KarTerms           terms;
} Pass;

/* Combinations c[0 .. n) of modes begin .. end, a block at a time: what one has written is still in cache for the
   next. */
static void ApplyAll(const KarStepper *stepper, PetscInt ntimes, PetscInt n, const KarCombination c[],
                     const Pass pass[], PetscInt begin, PetscInt end)
{
  const KarEquation *equation = stepper->equation;
  const PetscInt     group = equation->group, block = PetscMax(BLOCK / group, 1);
  KarPath            path[KAR_PAST + 1];
  KarTerms           one = {0};

  for (PetscInt first = begin; first < end; first += block) {
    const PetscInt last = PetscMin(first + block, end);

    for (PetscInt k = 0; k < n && equation->scalar; k++)
      Apply(&pass[k].terms, first * group, last * group, c[k].nd, pass[k].d, pass[k].w, pass[k].from, pass[k].x);
    for (PetscInt i = first; i < last && !equation->scalar; i++) {
      for (PetscInt j = 0; j < ntimes; j++) path[j] = equation->path[j][i];
      for (PetscInt k = 0; k < n; k++) {
        c[k].terms(stepper, path + c[k].at, &one);
        Apply(&one, i * group, (i + 1) * group, c[k].nd, pass[k].d, pass[k].w, pass[k].from, pass[k].x);
      }
    }
  }
}

static PetscErrorCode Begin(KarStepper *stepper, const KarCombination *c, Pass *pass)
{
  PetscFunctionBegin;
  if (c->noise) PetscCall(VecGetArrayRead(stepper->equation->w, &pass->w));
  for (PetscInt j = 0; j < c->nd; j++) PetscCall(VecGetArrayRead(stepper->d[j], &pass->d[j]));
  if (c->from == c->x) {
    PetscCall(VecGetArray(c->x, &pass->x));
    pass->from = pass->x;
  } else {
    PetscCall(VecGetArrayWrite(c->x, &pass->x));
    PetscCall(VecGetArrayRead(c->from, &pass->from));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode End(KarStepper *stepper, const KarCombination *c, Pass *pass)
{
  PetscFunctionBegin;
  if (c->from == c->x) PetscCall(VecRestoreArray(c->x, &pass->x));
  else {
    PetscCall(VecRestoreArrayRead(c->from, &pass->from));
    PetscCall(VecRestoreArrayWrite(c->x, &pass->x));
  }
  for (PetscInt j = 0; j < c->nd; j++) PetscCall(VecRestoreArrayRead(stepper->d[j], &pass->d[j]));
  if (c->noise) PetscCall(VecRestoreArrayRead(stepper->equation->w, &pass->w));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarStepperCombineAll(KarStepper *stepper, PetscInt ntimes, const PetscReal times[], PetscInt n,
                                    const KarCombination c[])
{
  KarEquation *equation               = stepper->equation;
  const int    threads                = kar_threads_for(equation->n * equation->group);
  Pass         pass[KAR_COMBINATIONS] = {0};
  KarPath      path[KAR_PAST + 1];

  PetscFunctionBegin;
  for (PetscInt k = 0; k < n; k++) {
    if (c[k].noise && !equation->w) PetscCall(VecDuplicate(c[k].x, &equation->w));
    if (c[k].noise == KAR_NOISE_NEW) PetscCall(KarEquationDraw(equation, equation->w));
  }
  PetscCall(KarLogBegin(KAR_EVENT_STEP));
  stepper->times = times;
  for (PetscInt j = 0; j < ntimes; j++) {
    if (equation->scalar) PetscCall(KarSDEGetPath(equation->linear, times[j], &path[j]));
    else PetscCall(KarSDEGetPathModes(equation->linear, times[j], equation->path[j]));
  }
  for (PetscInt k = 0; k < n; k++) {
    if (equation->scalar) c[k].terms(stepper, path + c[k].at, &pass[k].terms);
    PetscCall(Begin(stepper, &c[k], &pass[k]));
  }
#pragma omp parallel for num_threads(threads) schedule(static, 1)
  for (int t = 0; t < threads; t++) {
    PetscInt begin, end;

    kar_part(equation->n, t, threads, &begin, &end);
    ApplyAll(stepper, ntimes, n, c, pass, begin, end);
  }
  for (PetscInt k = n - 1; k >= 0; k--) PetscCall(End(stepper, &c[k], &pass[k]));
  stepper->times = NULL;
  PetscCall(KarLogEnd(KAR_EVENT_STEP));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarStepperCombine(KarStepper *stepper, KarTermsFn *terms, PetscInt ntimes, const PetscReal times[],
                                 PetscInt nd, KarNoise noise, Vec x)
{
  const KarCombination one = {.terms = terms, .nd = nd, .noise = noise, .from = x, .x = x};

  PetscFunctionBegin;
  PetscCall(KarStepperCombineAll(stepper, ntimes, times, 1, &one));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- As PETSc sees a type
   -------------------------------------------------------------------------------------------- */
static PetscErrorCode TSStep_Kar(TS ts)
{
  KarStepper  *stepper  = (KarStepper *)ts->data;
  KarEquation *equation = stepper->equation;
  PetscInt     n        = ts->steps;

  PetscFunctionBegin;
  KarCheck(PetscObjectComm((PetscObject)ts), n < equation->steps, PETSC_ERR_ORDER,
           "the sampler has made its %" PetscInt_FMT " steps", equation->steps);
  if (n == 0) stepper->past = 0;
  PetscCall(stepper->step(stepper, ts, equation->t[n], equation->t[n + 1], ts->vec_sol));
  ts->ptime     = n + 1 == equation->steps ? ts->max_time : PetscAbsReal(equation->t[n + 1] - equation->t[0]);
  ts->time_step = n + 2 <= equation->steps ? PetscAbsReal(equation->t[n + 2] - equation->t[n + 1]) : ts->time_step;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode TSSetUp_Kar(TS ts)
{
  KarStepper *stepper = (KarStepper *)ts->data;

  PetscFunctionBegin;
  PetscCall(KarEquationGet(ts, &stepper->equation));
  if (stepper->setup) PetscCall(stepper->setup(stepper, ts));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode TSReset_Kar(TS ts)
{
  KarStepper *stepper = (KarStepper *)ts->data;

  PetscFunctionBegin;
  for (PetscInt j = 0; j < KAR_PAST; j++) PetscCall(VecDestroy(&stepper->d[j]));
  PetscCall(VecDestroy(&stepper->start));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode TSDestroy_Kar(TS ts)
{
  PetscFunctionBegin;
  PetscCall(TSReset_Kar(ts));
  PetscCall(PetscFree(ts->data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarStepperCreate(TS ts, KarStepper **stepper)
{
  PetscFunctionBegin;
  PetscCall(PetscNew(stepper));
  (*stepper)->cost       = 1;
  (*stepper)->keep       = 2;
  ts->data               = *stepper;
  ts->ops->setup         = TSSetUp_Kar;
  ts->ops->step          = TSStep_Kar;
  ts->ops->reset         = TSReset_Kar;
  ts->ops->destroy       = TSDestroy_Kar;
  ts->default_adapt_type = TSADAPTNONE;
  ts->usessnes           = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarStepperGet(TS ts, KarStepper **stepper)
{
  PetscFunctionBegin;
  *stepper = ts->ops->step == TSStep_Kar ? (KarStepper *)ts->data : NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}
