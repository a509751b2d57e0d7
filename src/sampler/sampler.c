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

PetscErrorCode KarSamplerRegisterAll(void)
{
  PetscFunctionBegin;
  PetscCall(TSRegister(KARTSEM, TSCreate_KarEM));
  PetscCall(TSRegister(KARTSANCESTRAL, TSCreate_KarAncestral));
  PetscCall(TSRegister(KARTSMULTISTEP, TSCreate_KarMultistep));
  PetscCall(TSRegister(KARTSHEUN, TSCreate_KarHeun));
  PetscCall(TSRegister(KARTSLANGEVIN, TSCreate_KarLangevin));
  PetscCall(TSRegister(KARTSPREDICTORCORRECTOR, TSCreate_KarPredictorCorrector));
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
static PetscErrorCode Open(TS ts, KarReverse **reverse)
{
  PetscFunctionBegin;
  PetscCall(KarReverseGet(ts, reverse));
  (*reverse)->ready = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetType(TS ts, const char type[])
{
  KarReverse *reverse;
  TSAdapt     adapt;

  PetscFunctionBegin;
  PetscCall(Open(ts, &reverse));
  if (!strcmp(type, "ode")) {
    PetscCall(TSSetType(ts, TSRK));
    PetscCall(TSSetTolerances(ts, 1e-6, NULL, 1e-6, NULL));
    PetscCall(TSGetAdapt(ts, &adapt));
    adapt->wnormtype = NORM_INFINITY; /* in a mean over all modes the few large ones count less the finer the grid */
  } else PetscCall(TSSetType(ts, type));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetEvaluations(TS ts, PetscInt evaluations)
{
  KarReverse *reverse;

  PetscFunctionBegin;
  PetscCall(Open(ts, &reverse));
  reverse->evaluations = evaluations;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetTimes(TS ts, KarTimes times)
{
  KarReverse *reverse;

  PetscFunctionBegin;
  PetscCall(Open(ts, &reverse));
  reverse->times = times;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetTimeList(TS ts, PetscInt n, const PetscReal t[])
{
  KarReverse *reverse;

  PetscFunctionBegin;
  PetscCall(Open(ts, &reverse));
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
  PetscCall(Open(ts, &reverse));
  reverse->end = ratio;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetDenoise(TS ts, PetscBool denoise)
{
  KarReverse *reverse;

  PetscFunctionBegin;
  PetscCall(Open(ts, &reverse));
  reverse->denoise = denoise;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetMatchedStart(TS ts, PetscBool matched)
{
  KarReverse *reverse;

  PetscFunctionBegin;
  PetscCall(Open(ts, &reverse));
  reverse->matched = matched;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetCoupling(TS ts, PetscInt fine)
{
  KarReverse *reverse;

  PetscFunctionBegin;
  PetscCall(Open(ts, &reverse));
  reverse->coupling = fine;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetParameter(TS ts, const char name[], PetscReal value)
{
  KarReverse *reverse;
  KarStepper *stepper;
  TSType      type;

  PetscFunctionBegin;
  PetscCall(Open(ts, &reverse));
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

PetscErrorCode KarSamplerSetFromOptions(TS ts)
{
  static const char *const types[] = {"multistep", "ancestral", "em", "heun", "langevin", "predictorcorrector", "ode", NULL};
  const PetscInt           room    = 4096;
  KarReverse              *reverse;
  KarStepper              *stepper;
  PetscInt                 type = 0, times, n = room;
  PetscBool                scalar, given;
  PetscReal               *list;

  PetscFunctionBegin;
  PetscCall(Open(ts, &reverse));
  times = (PetscInt)reverse->times;
  PetscCall(KarOptionsChoice(NULL, "sampler_type", "multistep and heun are deterministic by default; ode: the probability flow on PETSc's adaptive rk", types, &type));
  PetscCall(KarSamplerSetType(ts, types[type]));
  PetscCall(KarSDEIsScalar(reverse->sde, &scalar));
  if (!scalar) PetscCall(KarOptionsReal(NULL, "sampler_rate", "times logsnr: for modes that decay up to this many times as fast as the mean; 0: all of the grid", 0, PETSC_MAX_REAL, &reverse->rate));
  PetscCall(KarOptionsBool(NULL, "sampler_denoise", "end in E[X_0 | X_t]", &reverse->denoise));
  PetscCall(KarOptionsBool(NULL, "sampler_matched", "start with the data's covariance too", &reverse->matched));
  PetscCall(KarOptionsChoice(NULL, "sampler_times", "where it evaluates", KarTimesNames, &times));
  PetscCall(PetscMalloc1(room, &list));
  PetscCall(KarOptionsRealArray(NULL, "sampler_list", "the times themselves, descending in (0, T]", -PETSC_MAX_REAL, PETSC_MAX_REAL, &n, list));
  PetscCall(KarOptionsGiven(NULL, "sampler_times", &given));
  KarCheck(PetscObjectComm((PetscObject)ts), !n || !given || times == KAR_TIMES_LIST, PETSC_ERR_USER_INPUT, "-sampler_times %s and -sampler_list: give one of them",
           KarTimesNames[times]);
  if (n) PetscCall(KarSamplerSetTimeList(ts, n, list));
  else reverse->times = (KarTimes)times;
  PetscCall(PetscFree(list));
  PetscCall(KarStepperGet(ts, &stepper));
  if (!n && stepper) PetscCall(KarOptionsInt(NULL, "sampler_evaluations", "of the score for one sample; ode chooses its own", 1, PETSC_MAX_INT, &reverse->evaluations));
  if (!n) PetscCall(KarOptionsReal(NULL, "sampler_end", "ratio of noise to signal, s/a, where the steps end", 1e-12, 1e3, &reverse->end));
  if (stepper) PetscCall(KarParametersSetFromOptions("sampler_", stepper->table));
  PetscCall(TSSetFromOptions(ts));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Solving ---------------------------------------------------------------------------------------------------------- */
PetscErrorCode KarSamplerSetUp(TS ts)
{
  KarReverse *reverse;
  KarStepper *stepper;

  PetscFunctionBegin;
  PetscCall(KarReverseGet(ts, &reverse));
  PetscCall(KarStepperGet(ts, &stepper));
  if (stepper && stepper->setup) PetscCall(stepper->setup(stepper, ts));
  PetscCall(KarReverseSetUp(reverse, stepper ? stepper->cost : 1));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerGetTimes(TS ts, PetscInt *steps, const PetscReal *t[])
{
  KarReverse *reverse;

  PetscFunctionBegin;
  PetscCall(KarSamplerSetUp(ts));
  PetscCall(KarReverseGet(ts, &reverse));
  *steps = reverse->steps;
  *t     = reverse->t;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerGetEvaluations(TS ts, PetscInt *evaluations)
{
  KarReverse *reverse;
  KarStepper *stepper;

  PetscFunctionBegin;
  PetscCall(KarSamplerSetUp(ts));
  PetscCall(KarReverseGet(ts, &reverse));
  PetscCall(KarStepperGet(ts, &stepper));
  *evaluations = stepper && reverse->score ? reverse->steps * stepper->cost + (reverse->denoise ? 1 : 0) : 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerView(TS ts, PetscViewer viewer)
{
  KarReverse *reverse;
  KarStepper *stepper;
  TSType      type;
  char        text[512];
  PetscInt    evaluations;

  PetscFunctionBegin;
  PetscCall(KarSamplerGetEvaluations(ts, &evaluations));
  PetscCall(KarReverseGet(ts, &reverse));
  PetscCall(KarStepperGet(ts, &stepper));
  PetscCall(TSGetType(ts, &type));
  (void)snprintf(text, sizeof(text), "sampler %s", type);
  if (stepper) PetscCall(KarParametersText(stepper->table, sizeof(text), text));
  PetscCall(PetscViewerASCIIPrintf(viewer, "%s", text));
  if (evaluations) PetscCall(PetscViewerASCIIPrintf(viewer, ", %" PetscInt_FMT " evaluations, times %s", evaluations, KarTimesNames[reverse->times]));
  PetscCall(PetscViewerASCIIPrintf(viewer, "\n"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSolveFrom(TS ts, KarKey key, Vec x, PetscBool *whole)
{
  KarReverse       *reverse;
  KarStepper       *stepper;
  TSConvergedReason reason;
  PetscReal         duration;

  PetscFunctionBegin;
  PetscCall(KarSamplerSetUp(ts));
  PetscCall(KarReverseGet(ts, &reverse));
  PetscCall(KarStepperGet(ts, &stepper));
  reverse->key        = key;
  reverse->key.stream = KAR_STREAM_PATH;
  reverse->key.step   = 0;
  duration            = PetscAbsReal(reverse->t[reverse->steps] - reverse->t[0]);
  PetscCall(TSSetTime(ts, 0));
  PetscCall(TSSetStepNumber(ts, 0));
  PetscCall(TSSetMaxTime(ts, duration));
  PetscCall(TSSetTimeStep(ts, stepper ? PetscAbsReal(reverse->t[1] - reverse->t[0]) : duration / 100));
  PetscCall(TSSolve(ts, x));
  PetscCall(TSGetConvergedReason(ts, &reason));
  KarCheck(PetscObjectComm((PetscObject)ts), reason > 0, PETSC_ERR_NOT_CONVERGED, "the sampler stopped: %s", TSConvergedReasons[reason]);
  if (whole) *whole = (PetscBool)(reason != TS_CONVERGED_USER);
  if (reason != TS_CONVERGED_USER && reverse->denoise && !reverse->forward) {
    Vec *d = stepper ? &stepper->d[stepper->keep - 1] : &reverse->d; /* the oldest is not needed any more */

    if (!*d) PetscCall(VecDuplicate(x, d));
    PetscCall(KarScoreDenoise(reverse->score, reverse->t[reverse->steps], x, *d));
    PetscCall(VecCopy(*d, x));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSolve(TS ts, KarKey key, Vec x, PetscBool *whole)
{
  KarReverse *reverse;
  KarCov      data;
  Vec         mean;

  PetscFunctionBegin;
  PetscCall(KarSamplerSetUp(ts));
  PetscCall(KarReverseGet(ts, &reverse));
  KarCheck(PetscObjectComm((PetscObject)ts), reverse->score, PETSC_ERR_ORDER, "a forward process starts from data: KarSamplerSolveFrom()");
  key.stream = KAR_STREAM_PRIOR;
  key.step   = 0;
  PetscCall(KarScoreGetDataCovariance(reverse->score, &data));
  PetscCall(KarScoreGetMean(reverse->score, &mean));
  PetscCall(KarSDESampleMarginal(reverse->sde, reverse->t[0], reverse->matched ? data : NULL, reverse->matched ? mean : NULL, key, x));
  PetscCall(KarSamplerSolveFrom(ts, key, x, whole));
  PetscFunctionReturn(PETSC_SUCCESS);
}
