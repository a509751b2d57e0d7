/* A sampler: a TS with an equation on it. */
#include <karhunen/impl/sampler.h>

static PetscErrorCode EquationDestroy(void *ctx)
{
  KarEquation *equation = ctx;

  PetscFunctionBegin;
  PetscCall(KarScoreDestroy(&equation->score));
  PetscCall(KarControlDestroy(&equation->control));
  PetscCall(KarSDEDestroy(&equation->sde));
  PetscCall(VecDestroy(&equation->d));
  PetscCall(VecDestroy(&equation->w));
  PetscCall(VecDestroy(&equation->near));
  PetscCall(PetscFree(equation->t));
  PetscCall(PetscFree(equation->list));
  for (PetscInt j = 0; j <= KAR_PAST; j++) PetscCall(PetscFree(equation->path[j]));
  PetscCall(PetscFree(equation));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarEquationGet(TS ts, KarEquation **equation)
{
  PetscContainer box;
  void          *inside = NULL;

  PetscFunctionBegin;
  PetscCall(PetscObjectQuery((PetscObject)ts, "KarEquation", (PetscObject *)&box));
  if (box) PetscCall(PetscContainerGetPointer(box, &inside));
  KarCheck(PetscObjectComm((PetscObject)ts), inside, PETSC_ERR_ARG_WRONGSTATE,
           "this TS is no sampler: make it with KarSamplerCreate()");
  *equation = inside;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A TS forgets at the next step that a monitor has set a reason to end (TSSetConvergedReason()): it is noted before,
   and set again after it. */
static PetscErrorCode BeforeStep(TS ts)
{
  KarEquation      *equation;
  TSConvergedReason reason;

  PetscFunctionBegin;
  PetscCall(KarEquationGet(ts, &equation));
  PetscCall(TSGetConvergedReason(ts, &reason));
  if (reason == TS_CONVERGED_USER) equation->stopping = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode AfterStep(TS ts)
{
  KarEquation *equation;

  PetscFunctionBegin;
  PetscCall(KarEquationGet(ts, &equation));
  if (equation->stopping) PetscCall(TSSetConvergedReason(ts, TS_CONVERGED_USER));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Create(KarScore score, KarSDE sde, TS *ts)
{
  KarEquation   *equation;
  PetscContainer box;
  KarCov         cov;
  KarFFT         fft;
  KarGrid        grid;
  KarGridInfo    info;

  PetscFunctionBegin;
  PetscCall(KarSamplerRegisterAll());
  PetscCall(PetscNew(&equation));
  if (score) PetscCall(KarScoreReference(score));
  PetscCall(KarSDEReference(sde));
  equation->score       = score;
  equation->sde         = sde;
  equation->evaluations = 40;
  equation->end         = 1e-3;
  equation->denoise     = PETSC_TRUE;
  equation->matched     = PETSC_TRUE;
  equation->coupling    = 1;
  equation->direction   = KAR_BACKWARD;
  PetscCall(KarSDEGetCovariance(sde, &cov));
  PetscCall(KarCovGetFFT(cov, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(TSCreate(info.comm, ts));
  PetscCall(PetscContainerCreate(info.comm, &box));
  PetscCall(PetscContainerSetPointer(box, equation));
  PetscCall(PetscContainerSetUserDestroy(box, EquationDestroy));
  PetscCall(PetscObjectCompose((PetscObject)*ts, "KarEquation", (PetscObject)box));
  PetscCall(PetscContainerDestroy(&box));
  PetscCall(TSSetProblemType(*ts, TS_NONLINEAR));
  PetscCall(TSSetRHSFunction(*ts, NULL, KarEquationRHS, equation));
  PetscCall(TSSetExactFinalTime(*ts, TS_EXACTFINALTIME_MATCHSTEP));
  PetscCall(TSSetMaxSteps(*ts, PETSC_MAX_INT / 2));
  PetscCall(TSSetPreStep(*ts, BeforeStep));
  PetscCall(TSSetPostStep(*ts, AfterStep));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerCreate(KarScore score, TS *ts)
{
  KarSDE        sde;
  KarDenoiser   denoiser;
  KarEquation  *equation;
  KarCalibrated calibrated = {0};

  PetscFunctionBegin;
  PetscCall(KarScoreGetSDE(score, &sde));
  PetscCall(KarScoreGetDenoiser(score, &denoiser));
  PetscCall(Create(score, sde, ts));
  PetscCall(TSSetType(*ts, KARTSMULTISTEP));
  if (denoiser) PetscCall(KarDenoiserGetCalibrated(denoiser, &calibrated));
  if (!calibrated.evaluations) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarEquationGet(*ts, &equation));
  equation->end         = calibrated.end;
  equation->evaluations = calibrated.evaluations;
  PetscCall(KarSamplerSetParameter(*ts, "eta", calibrated.eta));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerCreateProcess(KarSDE sde, KarControl control, KarDirection direction, TS *ts)
{
  KarEquation *equation;
  KarSDE       same;

  PetscFunctionBegin;
  PetscCall(Create(NULL, sde, ts));
  PetscCall(KarEquationGet(*ts, &equation));
  if (control) {
    PetscCall(KarControlGetSDE(control, &same));
    KarCheck(PetscObjectComm((PetscObject)*ts), same == sde, PETSC_ERR_ARG_INCOMP,
             "KarSamplerCreateProcess(): the control is of another process");
    PetscCall(KarControlReference(control));
  }
  equation->control   = control;
  equation->direction = direction;
  equation->denoise   = PETSC_FALSE;
  PetscCall(TSSetType(*ts, KARTSEM));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerCreateForward(KarSDE sde, PetscInt steps, TS *ts)
{
  PetscFunctionBegin;
  PetscCall(KarSamplerCreateProcess(sde, NULL, KAR_FORWARD, ts));
  PetscCall(KarSamplerSetEvaluations(*ts, steps));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Setters ------------------------------------------------------------ */
PetscErrorCode KarEquationChange(TS ts, KarEquation **equation)
{
  PetscFunctionBegin;
  PetscCall(KarEquationGet(ts, equation));
  (*equation)->ready = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetEvaluations(TS ts, PetscInt evaluations)
{
  KarEquation *equation;

  PetscFunctionBegin;
  PetscCall(KarEquationChange(ts, &equation));
  equation->evaluations = evaluations;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetTimes(TS ts, KarTimes times)
{
  KarEquation *equation;

  PetscFunctionBegin;
  PetscCall(KarEquationChange(ts, &equation));
  equation->times = times;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetTimeList(TS ts, PetscInt n, const PetscReal t[])
{
  KarEquation *equation;

  PetscFunctionBegin;
  PetscCall(KarEquationChange(ts, &equation));
  PetscCall(PetscFree(equation->list));
  PetscCall(PetscMalloc1(n, &equation->list));
  PetscCall(PetscArraycpy(equation->list, t, n));
  equation->nlist = n;
  equation->times = KAR_TIMES_LIST;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetEnd(TS ts, PetscReal ratio)
{
  KarEquation *equation;

  PetscFunctionBegin;
  PetscCall(KarEquationChange(ts, &equation));
  equation->end = ratio;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetDenoise(TS ts, PetscBool denoise)
{
  KarEquation *equation;

  PetscFunctionBegin;
  PetscCall(KarEquationChange(ts, &equation));
  equation->denoise = denoise;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetEndDraw(TS ts, PetscBool draw)
{
  KarEquation *equation;

  PetscFunctionBegin;
  PetscCall(KarEquationChange(ts, &equation));
  equation->end_draw = draw;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetMatchedStart(TS ts, PetscBool matched)
{
  KarEquation *equation;

  PetscFunctionBegin;
  PetscCall(KarEquationChange(ts, &equation));
  equation->matched = matched;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetCoupling(TS ts, PetscInt fine)
{
  KarEquation *equation;

  PetscFunctionBegin;
  PetscCall(KarEquationChange(ts, &equation));
  equation->coupling = fine;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetDraw(TS ts, KarSamplerDrawFn *draw, void *ctx)
{
  KarEquation *equation;

  PetscFunctionBegin;
  PetscCall(KarEquationGet(ts, &equation));
  equation->draw     = draw;
  equation->draw_ctx = ctx;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A number of the type by its name, or NULL. */
static PetscErrorCode Find(TS ts, const char name[], const KarParameter **parameter)
{
  KarStepper *stepper;

  PetscFunctionBegin;
  PetscCall(KarStepperGet(ts, &stepper));
  *parameter = stepper ? stepper->table : NULL;
  while (*parameter && (*parameter)->name && strcmp((*parameter)->name, name)) ++*parameter;
  if (*parameter && !(*parameter)->name) *parameter = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetParameter(TS ts, const char name[], PetscReal value)
{
  const KarParameter *p;
  KarEquation        *equation;
  TSType              type;

  PetscFunctionBegin;
  PetscCall(KarEquationChange(ts, &equation));
  PetscCall(Find(ts, name, &p));
  PetscCall(TSGetType(ts, &type));
  KarCheck(PetscObjectComm((PetscObject)ts), p, PETSC_ERR_ARG_OUTOFRANGE, "a %s sampler has no parameter %s", type,
           name);
  KarCheck(PetscObjectComm((PetscObject)ts), value >= p->min && value <= p->max, PETSC_ERR_ARG_OUTOFRANGE,
           "%s %g of a sampler is outside [%g, %g]", name, (double)value, (double)p->min, (double)p->max);
  *p->value = value;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerGetParameter(TS ts, const char name[], PetscReal *value, PetscBool *has)
{
  const KarParameter *p;

  PetscFunctionBegin;
  PetscCall(Find(ts, name, &p));
  *has = (PetscBool)(p != NULL);
  if (p) *value = *p->value;
  PetscFunctionReturn(PETSC_SUCCESS);
}
