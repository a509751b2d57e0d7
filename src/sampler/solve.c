/* Solving: a start from the prior, the steps of a TS, and the end, which is E[X_0 | X_t]. */
#include <karhunen/impl/sampler.h>

#include <petscdmshell.h>

#define LACK 0.1 /* share of the variance that draws may lack without a word */

/* Who can run what. */
static PetscErrorCode CheckEquation(TS ts, KarEquation *equation, KarStepper *stepper)
{
  const char *lacks = NULL;
  TSType      type;

  PetscFunctionBegin;
  PetscCall(TSGetType(ts, &type));
  if (stepper) stepper->equation = equation;
  if (stepper && stepper->lacks) lacks = stepper->lacks(stepper);
  else if (!equation->score) lacks = "only the reverse process of a score: a process under a control wants em";
  KarCheck(PetscObjectComm((PetscObject)ts), !lacks, PETSC_ERR_SUP, "-%ssampler_type %s runs %s", equation->prefix,
           type, lacks);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetUp(TS ts)
{
  KarEquation *equation;
  KarStepper  *stepper;

  PetscFunctionBegin;
  PetscCall(KarEquationGet(ts, &equation));
  PetscCall(KarStepperGet(ts, &stepper));
  if (stepper && stepper->setup) PetscCall(stepper->setup(stepper, ts));
  PetscCall(CheckEquation(ts, equation, stepper));
  PetscCall(KarEquationSetUp(equation, stepper ? stepper->cost : 1));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerGetTimes(TS ts, PetscInt *steps, const PetscReal *t[])
{
  KarEquation *equation;

  PetscFunctionBegin;
  PetscCall(KarSamplerSetUp(ts));
  PetscCall(KarEquationGet(ts, &equation));
  *steps = equation->steps;
  *t     = equation->t;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerGetEvaluations(TS ts, PetscInt *evaluations)
{
  KarEquation *equation;
  KarStepper  *stepper;

  PetscFunctionBegin;
  PetscCall(KarSamplerSetUp(ts));
  PetscCall(KarEquationGet(ts, &equation));
  PetscCall(KarStepperGet(ts, &stepper));
  *evaluations = stepper && equation->score ? equation->steps * stepper->cost + (equation->denoise ? 1 : 0) : 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What the last denoising leaves out, sum gamma/sum C with gamma = C S/(a^2 C + S) where draws end, in words when it is
   much: S is not small beside C there. */
static PetscErrorCode ViewLack(const KarEquation *equation, PetscViewer viewer)
{
  const PetscReal *lambda;
  PetscReal       *c, sum[2] = {0, 0};
  KarPath         *path;
  KarCov           data = NULL;
  KarFFT           fft;
  const KarModes  *m;
  KarMode          mode;

  PetscFunctionBegin;
  if (!equation->score || !equation->denoise || equation->end_draw) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarScoreGetDataCovariance(equation->score, &data));
  if (!data) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarScoreGetFFT(equation->score, &fft));
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(PetscMalloc2(equation->n, &c, equation->n, &path));
  PetscCall(KarScoreGetSpectrum(equation->score, c));
  PetscCall(KarSDEGetPathModes(equation->sde, equation->t[equation->steps], path));
  PetscCall(KarCovGetEigenvalues(equation->cov, &lambda));
  for (PetscInt i = 0; i < equation->n; i++) {
    const PetscReal s2 = PetscSqr(path[i].s) * lambda[i], v = PetscSqr(path[i].a) * c[i] + s2;

    kar_mode(m, i / m->length, i % m->length, &mode);
    sum[0] += v > 0 ? mode.weight * c[i] * s2 / v : 0;
    sum[1] += mode.weight * c[i];
  }
  PetscCall(PetscFree2(c, path));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, 2, MPIU_REAL, MPIU_SUM, PetscObjectComm((PetscObject)viewer)));
  if (sum[0] > LACK * sum[1])
    PetscCall(
      PetscViewerASCIIPrintf(viewer,
                             "draws lack %.3g %% of the law's variance, as they end at noise that is not small "
                             "beside it: lower -%ssampler_end, or give noise of the data's size, -%scov_variance\n",
                             (double)(100 * sum[0] / sum[1]), equation->prefix, equation->prefix));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerView(TS ts, PetscViewer viewer)
{
  KarEquation *equation;
  KarStepper  *stepper;
  TSType       type;
  char         text[512];
  PetscInt     evaluations;

  PetscFunctionBegin;
  PetscCall(KarSamplerGetEvaluations(ts, &evaluations));
  PetscCall(KarEquationGet(ts, &equation));
  PetscCall(KarStepperGet(ts, &stepper));
  PetscCall(TSGetType(ts, &type));
  (void)snprintf(text, sizeof(text), "sampler %s", type);
  if (stepper) PetscCall(KarParametersText(stepper->table, sizeof(text), text));
  PetscCall(PetscViewerASCIIPrintf(viewer, "%s", text));
  if (evaluations)
    PetscCall(PetscViewerASCIIPrintf(viewer, ", %" PetscInt_FMT " evaluations, times %s", evaluations,
                                     KarTimesNames[equation->times]));
  PetscCall(PetscViewerASCIIPrintf(viewer, "\n"));
  PetscCall(ViewLack(equation, viewer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Only the final time or a monitor ends a sample. */
static PetscErrorCode CheckEnd(TS ts, const KarEquation *equation, const KarStepper *stepper, TSConvergedReason reason)
{
  MPI_Comm comm    = PetscObjectComm((PetscObject)ts);
  char     all[64] = "";
  PetscInt done;

  PetscFunctionBegin;
  if (reason == TS_CONVERGED_TIME || reason == TS_CONVERGED_USER) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(TSGetStepNumber(ts, &done));
  if (stepper) (void)snprintf(all, sizeof(all), " of %" PetscInt_FMT, equation->steps);
  KarCheck(comm, reason != TS_CONVERGED_ITS, PETSC_ERR_NOT_CONVERGED,
           "the sampler stopped after %" PetscInt_FMT
           "%s steps: -%sts_max_steps, given here, in PETSC_OPTIONS or in a .petscrc, ends it early: leave it out",
           done, all, equation->prefix);
  KarCheck(comm, PETSC_FALSE, PETSC_ERR_NOT_CONVERGED, "the sampler stopped after %" PetscInt_FMT "%s steps: %s", done,
           all, TSConvergedReasons[reason]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* x <- x + sqrt(gamma) xi = x + sqrt(gamma/lambda) w,  gamma = C S/(a^2 C + S),  w ~ N(0, lambda): what the denoiser's
   mean at t leaves out. */
static PetscErrorCode DrawRest(KarEquation *equation, PetscReal t, Vec x)
{
  const PetscReal   *lambda;
  const PetscScalar *w;
  PetscScalar       *out;
  PetscReal         *c;
  KarPath           *path;

  PetscFunctionBegin;
  if (!equation->w) PetscCall(VecDuplicate(x, &equation->w));
  PetscCall(PetscMalloc2(equation->n, &c, equation->n, &path));
  PetscCall(KarScoreGetSpectrum(equation->score, c));
  PetscCall(KarSDEGetPathModes(equation->sde, t, path));
  PetscCall(KarCovGetEigenvalues(equation->cov, &lambda));
  PetscCall(KarEquationDraw(equation, equation->w));
  PetscCall(VecGetArrayRead(equation->w, &w));
  PetscCall(VecGetArray(x, &out));
  for (PetscInt i = 0; i < equation->n; i++) {
    const PetscReal s2 = PetscSqr(path[i].s), v = PetscSqr(path[i].a) * c[i] + s2 * lambda[i],
                    r = v > 0 ? PetscSqrtReal(c[i] * s2 / v) : 0;

    for (PetscInt q = i * equation->group; q < (i + 1) * equation->group; q++) out[q] += r * w[q];
  }
  PetscCall(VecRestoreArray(x, &out));
  PetscCall(VecRestoreArrayRead(equation->w, &w));
  PetscCall(PetscFree2(c, path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The steps from number n on, and the end. */
static PetscErrorCode Run(TS ts, PetscInt n, Vec x, PetscBool *whole)
{
  KarEquation      *equation;
  KarStepper       *stepper;
  TSConvergedReason reason;
  PetscReal         duration;

  PetscFunctionBegin;
  PetscCall(KarEquationGet(ts, &equation));
  PetscCall(KarStepperGet(ts, &stepper));
  duration = PetscAbsReal(equation->t[equation->steps] - equation->t[0]);
  PetscCall(TSSetTime(ts, n < equation->steps ? PetscAbsReal(equation->t[n] - equation->t[0]) : duration));
  PetscCall(TSSetStepNumber(ts, n));
  PetscCall(TSSetMaxTime(ts, duration));
  PetscCall(TSSetTimeStep(ts, stepper ? PetscAbsReal(equation->t[PetscMin(n + 1, equation->steps)] - equation->t[n])
                                      : duration / 100));
  PetscCall(TSSetConvergedReason(ts, TS_CONVERGED_ITERATING));
  equation->stopping = PETSC_FALSE;
  PetscCall(TSSolve(ts, x));
  PetscCall(TSGetConvergedReason(ts, &reason));
  PetscCall(CheckEnd(ts, equation, stepper, reason));
  if (whole) *whole = (PetscBool)(reason != TS_CONVERGED_USER);
  if (reason != TS_CONVERGED_USER && equation->denoise && equation->score) {
    Vec *d = stepper ? &stepper->d[stepper->keep - 1] : &equation->d; /* the oldest is not needed any more */

    if (!*d) PetscCall(VecDuplicate(x, d));
    PetscCall(KarScoreDenoise(equation->score, equation->t[equation->steps], x, *d));
    PetscCall(VecCopy(*d, x));
    if (equation->end_draw) PetscCall(DrawRest(equation, equation->t[equation->steps], x));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSolveFrom(TS ts, KarKey key, Vec x, PetscBool *whole)
{
  KarEquation *equation;

  PetscFunctionBegin;
  PetscCall(KarSamplerSetUp(ts));
  PetscCall(KarEquationGet(ts, &equation));
  equation->key        = key;
  equation->key.stream = KAR_STREAM_PATH;
  equation->key.step   = 0;
  PetscCall(Run(ts, 0, x, whole));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerFreeWork(TS ts)
{
  KarEquation *equation;
  Vec          none;
  DM           dm;

  PetscFunctionBegin;
  PetscCall(KarEquationGet(ts, &equation));
  PetscCall(VecDestroy(&equation->d));
  PetscCall(VecDestroy(&equation->w));
  PetscCall(TSReset(ts));
  /* TSSetSolution() leaves the state with the TS's DM too */
  PetscCall(TSGetDM(ts, &dm));
  PetscCall(VecCreateMPI(PetscObjectComm((PetscObject)ts), 0, 0, &none));
  PetscCall(DMShellSetGlobalVector(dm, none));
  PetscCall(VecDestroy(&none));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerContinue(TS ts, Vec x, PetscBool *whole)
{
  PetscInt n;

  PetscFunctionBegin;
  PetscCall(KarSamplerSetUp(ts));
  PetscCall(TSGetStepNumber(ts, &n));
  PetscCall(Run(ts, n, x, whole));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetNear(TS ts, PetscReal ratio, Vec x0)
{
  const PetscReal *lambda;
  PetscScalar     *a;
  KarEquation     *equation;
  KarStepper      *stepper;

  PetscFunctionBegin;
  PetscCall(KarSamplerSetUp(ts));
  PetscCall(KarEquationGet(ts, &equation));
  PetscCall(KarStepperGet(ts, &stepper));
  PetscCall(VecDestroy(&equation->near));
  if (!x0) PetscFunctionReturn(PETSC_SUCCESS);
  KarCheck(PetscObjectComm((PetscObject)ts), equation->score && stepper, PETSC_ERR_SUP,
           "draws near a field: PETSc's own types of TS start from noise; give -%ssampler_type multistep",
           equation->prefix);
  PetscCall(VecDuplicate(x0, &equation->near));
  PetscCall(VecCopy(x0, equation->near));
  PetscCall(KarCovGetEigenvalues(equation->cov, &lambda));
  PetscCall(VecGetArray(equation->near, &a));
  for (PetscInt i = 0; i < equation->n; i++)
    for (PetscInt q = i * equation->group; q < (i + 1) * equation->group; q++)
      if (lambda[i] <= 0) a[q] = 0;
  PetscCall(VecRestoreArray(equation->near, &a));
  equation->near_ratio = ratio;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* From a x_0 + s w at the first time where s/a is small enough. */
static PetscErrorCode SolveNear(TS ts, KarKey key, Vec x, PetscBool *whole)
{
  KarEquation *equation;
  KarStepper  *stepper;
  PetscReal    ratio = PETSC_MAX_REAL, l;
  PetscInt     n;

  PetscFunctionBegin;
  PetscCall(KarEquationGet(ts, &equation));
  PetscCall(KarStepperGet(ts, &stepper));
  for (n = 0; n <= equation->steps; n++) {
    PetscCall(KarSDEGetLogSNR(equation->sde, equation->t[n], &l));
    ratio = PetscExpReal(-l / 2);
    if (ratio <= equation->near_ratio * (1 + 1e-9)) break;
  }
  KarCheck(PetscObjectComm((PetscObject)ts), n < equation->steps, PETSC_ERR_USER_INPUT,
           "draws near a field start at s/a = %g, but end at %g already: give more noise", (double)equation->near_ratio,
           (double)ratio);
  equation->key = (KarKey){.seed = key.seed, .sample = key.sample, .stream = KAR_STREAM_PATH};
  key.stream    = KAR_STREAM_PRIOR;
  key.step      = 0;
  stepper->past = 0;
  PetscCall(KarSDESampleMarginal(equation->sde, equation->t[n], NULL, equation->near, key, x));
  PetscCall(Run(ts, n, x, whole));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSolve(TS ts, KarKey key, Vec x, PetscBool *whole)
{
  KarEquation *equation;

  PetscFunctionBegin;
  PetscCall(KarSamplerSetUp(ts));
  PetscCall(KarEquationGet(ts, &equation));
  KarCheck(PetscObjectComm((PetscObject)ts), equation->score, PETSC_ERR_ORDER,
           "a process starts from a state that is given: KarSamplerSolveFrom()");
  if (equation->near) {
    PetscCall(SolveNear(ts, key, x, whole));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarScoreSampleStart(equation->score, equation->t[0], equation->matched, key, x));
  PetscCall(KarSamplerSolveFrom(ts, key, x, whole));
  PetscFunctionReturn(PETSC_SUCCESS);
}
