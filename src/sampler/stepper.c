/* The anatomy that our TS types share: life cycle, clock, past evaluations, and the one pass that combines them. */
#include "samplerimpl.h"

PetscInt kar_stepper_parameter(KarStepper *stepper, const char name[], const char text[], PetscReal value, PetscReal min, PetscReal max,
                               const char *const choices[])
{
  PetscInt i = 0;

  while (stepper->table[i].name) i++;
  stepper->value[i] = value;
  stepper->table[i] = (KarParameter){name, text, &stepper->value[i], min, max, choices};
  return i;
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
  stepper->d[0]    = oldest;
  stepper->time[0] = t;
  stepper->past    = PetscMin(stepper->past + 1, stepper->keep);
  PetscCall(KarScoreDenoise(stepper->reverse->score, t, x, oldest));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One mode: no terms, one, or several. */
static inline void Apply(const KarTerms *terms, PetscInt from, PetscInt to, PetscInt nd, const PetscScalar *const d[], const PetscScalar *w,
                         PetscScalar *x)
{
  for (PetscInt c = from; c < to; c++) {
    PetscReal sum = terms->x * x[c];

    for (PetscInt j = 0; j < nd; j++) sum += terms->d[j] * d[j][c];
    x[c] = w ? sum + terms->w * w[c] : sum;
  }
}

/* All modes alike: a loop without branches for each number of evaluations. */
static void ApplyAll(const KarTerms *terms, PetscInt size, PetscInt nd, const PetscScalar *const d[], const PetscScalar *w, PetscScalar *restrict x)
{
  if (nd == 1 && w) {
    for (PetscInt c = 0; c < size; c++) x[c] = terms->x * x[c] + terms->d[0] * d[0][c] + terms->w * w[c];
  } else if (nd == 1) {
    for (PetscInt c = 0; c < size; c++) x[c] = terms->x * x[c] + terms->d[0] * d[0][c];
  } else if (nd == 2 && !w) {
    for (PetscInt c = 0; c < size; c++) x[c] = terms->x * x[c] + terms->d[0] * d[0][c] + terms->d[1] * d[1][c];
  } else if (nd == 3 && !w) {
    for (PetscInt c = 0; c < size; c++) x[c] = terms->x * x[c] + terms->d[0] * d[0][c] + terms->d[1] * d[1][c] + terms->d[2] * d[2][c];
  } else if (nd == 3) {
    for (PetscInt c = 0; c < size; c++) x[c] = terms->x * x[c] + terms->d[0] * d[0][c] + terms->d[1] * d[1][c] + terms->d[2] * d[2][c] + terms->w * w[c];
  } else Apply(terms, 0, size, nd, d, w, x);
}

PetscErrorCode KarStepperCombine(KarStepper *stepper, KarTermsFn *terms, PetscInt ntimes, const PetscReal times[], PetscInt nd, KarNoise noise, Vec x)
{
  KarReverse        *reverse     = stepper->reverse;
  const PetscScalar *d[KAR_PAST] = {NULL}, *w = NULL;
  PetscScalar       *a;
  KarPath            path[KAR_PAST + 1];
  KarTerms           one = {0};

  PetscFunctionBegin;
  if (noise && !reverse->w) PetscCall(VecDuplicate(x, &reverse->w));
  if (noise == KAR_NOISE_NEW) PetscCall(KarReverseDraw(reverse, reverse->w));
  PetscCall(KarLogBegin(KAR_EVENT_STEP));
  if (noise) PetscCall(VecGetArrayRead(reverse->w, &w));
  for (PetscInt j = 0; j < nd; j++) PetscCall(VecGetArrayRead(stepper->d[j], &d[j]));
  PetscCall(VecGetArray(x, &a));
  if (reverse->scalar) {
    for (PetscInt j = 0; j < ntimes; j++) PetscCall(KarSDEGetPath(reverse->sde, times[j], &path[j]));
    terms(stepper, path, &one);
    ApplyAll(&one, reverse->n * reverse->group, nd, d, w, a);
  } else {
    for (PetscInt j = 0; j < ntimes; j++) PetscCall(KarSDEGetPathModes(reverse->sde, times[j], reverse->path[j]));
    for (PetscInt i = 0; i < reverse->n; i++) {
      for (PetscInt j = 0; j < ntimes; j++) path[j] = reverse->path[j][i];
      terms(stepper, path, &one);
      Apply(&one, i * reverse->group, (i + 1) * reverse->group, nd, d, w, a);
    }
  }
  PetscCall(VecRestoreArray(x, &a));
  for (PetscInt j = 0; j < nd; j++) PetscCall(VecRestoreArrayRead(stepper->d[j], &d[j]));
  if (noise) PetscCall(VecRestoreArrayRead(reverse->w, &w));
  PetscCall(KarLogEnd(KAR_EVENT_STEP));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- As PETSc sees a type -------------------------------------------------------------------------------------------- */
static PetscErrorCode TSStep_Kar(TS ts)
{
  KarStepper *stepper = (KarStepper *)ts->data;
  KarReverse *reverse = stepper->reverse;
  PetscInt    n       = ts->steps;

  PetscFunctionBegin;
  KarCheck(PetscObjectComm((PetscObject)ts), n < reverse->steps, PETSC_ERR_ORDER, "the sampler has made its %" PetscInt_FMT " steps", reverse->steps);
  if (n == 0) stepper->past = 0;
  PetscCall(stepper->step(stepper, ts, reverse->t[n], reverse->t[n + 1], ts->vec_sol));
  ts->ptime     = n + 1 == reverse->steps ? ts->max_time : PetscAbsReal(reverse->t[n + 1] - reverse->t[0]);
  ts->time_step = n + 2 <= reverse->steps ? PetscAbsReal(reverse->t[n + 2] - reverse->t[n + 1]) : ts->time_step;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode TSSetUp_Kar(TS ts)
{
  KarStepper *stepper = (KarStepper *)ts->data;

  PetscFunctionBegin;
  PetscCall(KarReverseGet(ts, &stepper->reverse));
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
