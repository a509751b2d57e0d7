/* A sampler: a TS with a reversed process on it. */
#include <karhunen/impl/sampler.h>

static PetscErrorCode ReverseDestroy(void *ctx)
{
  KarReverse *reverse = ctx;

  PetscFunctionBegin;
  PetscCall(KarScoreDestroy(&reverse->score));
  PetscCall(KarSDEDestroy(&reverse->sde));
  PetscCall(VecDestroy(&reverse->d));
  PetscCall(VecDestroy(&reverse->w));
  PetscCall(PetscFree(reverse->t));
  PetscCall(PetscFree(reverse->list));
  for (PetscInt j = 0; j <= KAR_PAST; j++) PetscCall(PetscFree(reverse->path[j]));
  PetscCall(PetscFree(reverse));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarReverseGet(TS ts, KarReverse **reverse)
{
  PetscContainer box;
  void          *inside = NULL;

  PetscFunctionBegin;
  PetscCall(PetscObjectQuery((PetscObject)ts, "KarReverse", (PetscObject *)&box));
  if (box) PetscCall(PetscContainerGetPointer(box, &inside));
  KarCheck(PetscObjectComm((PetscObject)ts), inside, PETSC_ERR_ARG_WRONGSTATE, "this TS is no sampler: make it with KarSamplerCreate()");
  *reverse = inside;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A TS forgets at the next step that a monitor has set a reason to end (TSSetConvergedReason()): it is noted before, and set again after it. */
static PetscErrorCode BeforeStep(TS ts)
{
  KarReverse       *reverse;
  TSConvergedReason reason;

  PetscFunctionBegin;
  PetscCall(KarReverseGet(ts, &reverse));
  PetscCall(TSGetConvergedReason(ts, &reason));
  if (reason == TS_CONVERGED_USER) reverse->stopping = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode AfterStep(TS ts)
{
  KarReverse *reverse;

  PetscFunctionBegin;
  PetscCall(KarReverseGet(ts, &reverse));
  if (reverse->stopping) PetscCall(TSSetConvergedReason(ts, TS_CONVERGED_USER));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Create(KarScore score, KarSDE sde, TS *ts)
{
  KarReverse    *reverse;
  PetscContainer box;
  KarCov         cov;
  KarFFT         fft;
  KarGrid        grid;
  KarGridInfo    info;

  PetscFunctionBegin;
  PetscCall(KarSamplerRegisterAll());
  PetscCall(PetscNew(&reverse));
  if (score) PetscCall(KarScoreReference(score));
  PetscCall(KarSDEReference(sde));
  reverse->score       = score;
  reverse->sde         = sde;
  reverse->evaluations = 40;
  reverse->end         = 1e-3;
  reverse->denoise     = PETSC_TRUE;
  reverse->matched     = PETSC_TRUE;
  reverse->coupling    = 1;
  PetscCall(KarSDEGetCovariance(sde, &cov));
  PetscCall(KarCovGetFFT(cov, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(TSCreate(info.comm, ts));
  PetscCall(PetscContainerCreate(info.comm, &box));
  PetscCall(PetscContainerSetPointer(box, reverse));
  PetscCall(PetscContainerSetUserDestroy(box, ReverseDestroy));
  PetscCall(PetscObjectCompose((PetscObject)*ts, "KarReverse", (PetscObject)box));
  PetscCall(PetscContainerDestroy(&box));
  PetscCall(TSSetProblemType(*ts, TS_NONLINEAR));
  PetscCall(TSSetRHSFunction(*ts, NULL, KarReverseRHS, reverse));
  PetscCall(TSSetExactFinalTime(*ts, TS_EXACTFINALTIME_MATCHSTEP));
  PetscCall(TSSetMaxSteps(*ts, PETSC_MAX_INT / 2));
  PetscCall(TSSetPreStep(*ts, BeforeStep));
  PetscCall(TSSetPostStep(*ts, AfterStep));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerCreate(KarScore score, TS *ts)
{
  KarSDE sde;

  PetscFunctionBegin;
  PetscCall(KarScoreGetSDE(score, &sde));
  PetscCall(Create(score, sde, ts));
  PetscCall(TSSetType(*ts, KARTSMULTISTEP));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerCreateForward(KarSDE sde, PetscInt steps, TS *ts)
{
  KarReverse *reverse;

  PetscFunctionBegin;
  PetscCall(Create(NULL, sde, ts));
  PetscCall(KarReverseGet(*ts, &reverse));
  reverse->forward     = PETSC_TRUE;
  reverse->evaluations = steps;
  PetscCall(TSSetType(*ts, KARTSEM));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Setters ---------------------------------------------------------------------------------------------------------- */
PetscErrorCode KarReverseChange(TS ts, KarReverse **reverse)
{
  PetscFunctionBegin;
  PetscCall(KarReverseGet(ts, reverse));
  (*reverse)->ready = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetEvaluations(TS ts, PetscInt evaluations)
{
  KarReverse *reverse;

  PetscFunctionBegin;
  PetscCall(KarReverseChange(ts, &reverse));
  reverse->evaluations = evaluations;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetTimes(TS ts, KarTimes times)
{
  KarReverse *reverse;

  PetscFunctionBegin;
  PetscCall(KarReverseChange(ts, &reverse));
  reverse->times = times;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetTimeList(TS ts, PetscInt n, const PetscReal t[])
{
  KarReverse *reverse;

  PetscFunctionBegin;
  PetscCall(KarReverseChange(ts, &reverse));
  PetscCall(PetscFree(reverse->list));
  PetscCall(PetscMalloc1(n, &reverse->list));
  PetscCall(PetscArraycpy(reverse->list, t, n));
  reverse->nlist = n;
  reverse->times = KAR_TIMES_LIST;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetEnd(TS ts, PetscReal ratio)
{
  KarReverse *reverse;

  PetscFunctionBegin;
  PetscCall(KarReverseChange(ts, &reverse));
  reverse->end = ratio;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetDenoise(TS ts, PetscBool denoise)
{
  KarReverse *reverse;

  PetscFunctionBegin;
  PetscCall(KarReverseChange(ts, &reverse));
  reverse->denoise = denoise;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetEndDraw(TS ts, PetscBool draw)
{
  KarReverse *reverse;

  PetscFunctionBegin;
  PetscCall(KarReverseChange(ts, &reverse));
  reverse->end_draw = draw;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetMatchedStart(TS ts, PetscBool matched)
{
  KarReverse *reverse;

  PetscFunctionBegin;
  PetscCall(KarReverseChange(ts, &reverse));
  reverse->matched = matched;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetCoupling(TS ts, PetscInt fine)
{
  KarReverse *reverse;

  PetscFunctionBegin;
  PetscCall(KarReverseChange(ts, &reverse));
  reverse->coupling = fine;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetDraw(TS ts, KarSamplerDrawFn *draw, void *ctx)
{
  KarReverse *reverse;

  PetscFunctionBegin;
  PetscCall(KarReverseGet(ts, &reverse));
  reverse->draw     = draw;
  reverse->draw_ctx = ctx;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetParameter(TS ts, const char name[], PetscReal value)
{
  KarReverse *reverse;
  KarStepper *stepper;
  TSType      type;

  PetscFunctionBegin;
  PetscCall(KarReverseChange(ts, &reverse));
  PetscCall(KarStepperGet(ts, &stepper));
  for (const KarParameter *p = stepper ? stepper->table : NULL; p && p->name; p++)
    if (!strcmp(p->name, name)) {
      KarCheck(PetscObjectComm((PetscObject)ts), value >= p->min && value <= p->max, PETSC_ERR_ARG_OUTOFRANGE, "%s %g of a sampler is outside [%g, %g]", name,
               (double)value, (double)p->min, (double)p->max);
      *p->value = value;
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  PetscCall(TSGetType(ts, &type));
  KarCheck(PetscObjectComm((PetscObject)ts), PETSC_FALSE, PETSC_ERR_ARG_OUTOFRANGE, "a %s sampler has no parameter %s", type, name);
  PetscFunctionReturn(PETSC_SUCCESS);
}
