/* A run of particles given data: start, steps (smcstep.c), systematic resampling, the last draw. The estimate of log
   p(y) is that of the Gaussian law of the same mean and spectrum and the logarithms of the mean weights. */
#include "smcimpl.h"

#include <math.h>

const char *const KarKernelNames[] = {"2m", "wa", NULL};

PetscErrorCode KarSMCCreate(KarScore prior, KarObservation obs, Vec y, KarSMC *smc)
{
  const KarModes *m;
  KarSMC          s;

  PetscFunctionBegin;
  PetscCall(KarScoreSetUp(prior));
  PetscCall(PetscNew(&s));
  *smc = s;
  PetscCall(KarScoreReference(prior));
  PetscCall(KarObservationReference(obs));
  PetscCall(PetscObjectReference((PetscObject)y));
  s->prior = prior;
  s->obs   = obs;
  s->y     = y;
  s->comm  = PetscObjectComm((PetscObject)y);
  s->n = s->own = 16;
  s->groups     = 1;
  s->threshold  = 0.5;
  s->height     = 3;
  PetscCall(KarObservationIsLinear(obs, &s->linear));
  PetscCall(KarLevelsCreate(prior, obs, &s->levels));
  PetscCall(KarSamplerCreate(prior, &s->ts));
  PetscCall(KarScoreGetFFT(prior, &s->fft));
  PetscCall(KarScoreGetSDE(prior, &s->sde));
  PetscCall(KarSDEGetCovariance(s->sde, &s->noise));
  PetscCall(KarFFTGetModes(s->fft, &m));
  s->modes = m->rows * m->length;
  s->group = m->dof * m->width;
  PetscCall(KarFFTCreateCoordinates(s->fft, &s->delta));
  PetscCall(VecDuplicate(s->delta, &s->w));
  PetscCall(VecDuplicate(y, &s->e));
  PetscCall(VecDuplicate(y, &s->z));
  PetscCall(
    PetscMalloc4(s->modes, &s->step.x, s->modes, &s->step.d, s->modes, &s->step.slope, s->modes, &s->step.sigma));
  PetscCall(
    PetscMalloc4(s->modes, &s->step.g, s->modes, &s->step.gain, s->modes, &s->step.after, s->modes, &s->step.h));
  for (int i = 0; i < 5; i++) PetscCall(PetscMalloc1(s->modes, &s->step.work[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode DestroyParticles(KarSMC s)
{
  PetscFunctionBegin;
  if (s->octave) PetscFunctionReturn(PETSC_SUCCESS); /* they are those of the first stage */
  if (s->d) PetscCall(VecDestroyVecs(s->own, &s->d));
  if (s->before) PetscCall(VecDestroyVecs(s->own, &s->before));
  PetscCall(KarSMCMovesDestroy(s));
  PetscCall(PetscFree5(s->weight, s->twist, s->gathered, s->ancestor, s->copy));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The particles of this group, of every stage. */
static PetscErrorCode Deal(KarSMC s, PetscInt n)
{
  PetscFunctionBegin;
  KarCheck(s->comm, n >= 2 && n >= s->groups, PETSC_ERR_ARG_OUTOFRANGE,
           "%" PetscInt_FMT " particles: at least %" PetscInt_FMT " are needed%s", n, PetscMax(2, s->groups),
           s->groups > 2 ? ", one for each group of ranks" : "");
  for (KarSMC stage = s; stage; stage = stage->next) {
    PetscCall(DestroyParticles(stage));
    stage->n     = n;
    stage->first = n * s->mine / s->groups;
    stage->own   = n * (s->mine + 1) / s->groups - stage->first;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSMCDestroy(KarSMC *smc)
{
  KarSMC s = *smc;

  PetscFunctionBegin;
  if (s) {
    PetscCall(KarSMCDestroy(&s->next));
    PetscCall(DestroyParticles(s));
    if (s->across && !s->octave) PetscCallMPI(MPI_Comm_free(&s->across));
    if (s->all && !s->octave) PetscCallMPI(MPI_Comm_free(&s->all));
    PetscCall(PetscFree4(s->step.x, s->step.d, s->step.slope, s->step.sigma));
    PetscCall(PetscFree4(s->step.g, s->step.gain, s->step.after, s->step.h));
    for (int i = 0; i < 5; i++) PetscCall(PetscFree(s->step.work[i]));
    PetscCall(VecDestroy(&s->delta));
    PetscCall(VecDestroy(&s->w));
    PetscCall(VecDestroy(&s->e));
    PetscCall(VecDestroy(&s->z));
    PetscCall(VecDestroy(&s->y));
    PetscCall(TSDestroy(&s->ts));
    PetscCall(KarLevelsDestroy(&s->levels));
    PetscCall(KarObservationDestroy(&s->obs));
    PetscCall(KarScoreDestroy(&s->prior));
  }
  PetscCall(PetscFree(*smc));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSMCSetParticles(KarSMC s, PetscInt n)
{
  PetscFunctionBegin;
  PetscCall(Deal(s, n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSMCSetGroups(KarSMC s, MPI_Comm all, PetscInt groups, PetscInt group)
{
  int rank;

  PetscFunctionBegin;
  KarCheck(s->comm, !s->all && groups > 1, PETSC_ERR_ARG_WRONGSTATE,
           "the particles of a run are dealt once, to at least two groups, not %" PetscInt_FMT, groups);
  PetscCallMPI(MPI_Comm_rank(s->comm, &rank));
  PetscCallMPI(MPI_Comm_dup(all, &s->all));
  PetscCallMPI(MPI_Comm_split(all, rank, (int)group, &s->across));
  for (KarSMC stage = s; stage; stage = stage->next) {
    stage->all = s->all, stage->across = s->across;
    stage->groups = groups, stage->mine = group;
  }
  PetscCall(Deal(s, s->n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSMCGetOwn(KarSMC s, PetscInt *first, PetscInt *own)
{
  PetscFunctionBegin;
  *first = s->first;
  *own   = s->own;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSMCSetKernel(KarSMC s, KarKernel kernel)
{
  PetscFunctionBegin;
  for (KarSMC stage = s; stage; stage = stage->next) stage->kernel = kernel;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSMCGetParticles(KarSMC s, PetscInt *n)
{
  PetscFunctionBegin;
  *n = s->n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSMCGetSampler(KarSMC s, TS *ts)
{
  PetscFunctionBegin;
  *ts = s->ts;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSMCSetOptionsPrefix(KarSMC s, const char prefix[])
{
  PetscFunctionBegin;
  for (KarSMC stage = s; stage; stage = stage->next) {
    PetscCall(PetscStrncpy(stage->prefix, prefix ? prefix : "", sizeof(stage->prefix)));
    PetscCall(KarSamplerSetOptionsPrefix(stage->ts, prefix));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSMCSetFromOptions(KarSMC s)
{
  PetscInt n = s->n, kernel = (PetscInt)s->kernel;

  PetscFunctionBegin;
  PetscCall(KarOptionsInt(s->prefix, "posterior_particles", "particles in a run", 2, PETSC_MAX_INT, &n));
  PetscCall(KarOptionsChoice(s->prefix, "posterior_kernel",
                             "2m: second order; wa: exact for Gaussian laws, first order else", KarKernelNames,
                             &kernel));
  PetscCall(KarOptionsReal(s->prefix, "posterior_resample",
                           "resample when fewer than this share of the particles is effective", 0, 1, &s->threshold));
  PetscCall(KarSMCSetParticles(s, n));
  PetscCall(KarSMCSetKernel(s, (KarKernel)kernel));
  PetscCall(KarSMCMovesSetFromOptions(s));
  for (KarSMC stage = s; stage; stage = stage->next) {
    stage->threshold = s->threshold;
    PetscCall(KarSamplerSetFromOptions(stage->ts));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- A run ------------------------------------------------------------ */
/* The Gaussian law's own denoiser at T: mean + w (x - a mean). */
static PetscErrorCode ExpectFirst(KarSMC s, PetscReal t, Vec x)
{
  const PetscScalar *in, *m = NULL;
  PetscScalar       *out;
  PetscReal         *a = s->step.work[0], *noise = s->step.work[1], *c = s->step.work[2];
  const PetscReal   *lambda;
  Vec                mean;

  PetscFunctionBegin;
  PetscCall(KarSDEGetMarginalModes(s->sde, t, a, noise));
  PetscCall(KarLevelsGetGamma(s->levels, PETSC_INFINITY, c));
  PetscCall(KarCovGetEigenvalues(s->noise, &lambda));
  PetscCall(KarScoreGetMean(s->prior, &mean));
  if (mean) PetscCall(VecGetArrayRead(mean, &m));
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArray(s->w, &out));
  for (PetscInt i = 0; i < s->modes; i++) {
    const PetscReal v = PetscSqr(a[i]) * c[i] + PetscSqr(noise[i]) * lambda[i], w = v > 0 ? a[i] * c[i] / v : 0;

    for (PetscInt k = i * s->group; k < (i + 1) * s->group; k++) out[k] = w * in[k] + (m ? (1 - a[i] * w) * m[k] : 0);
  }
  PetscCall(VecRestoreArray(s->w, &out));
  PetscCall(VecRestoreArrayRead(x, &in));
  if (mean) PetscCall(VecRestoreArrayRead(mean, &m));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* log p(y) of the Gaussian law. */
static PetscErrorCode FirstEvidence(KarSMC s, KarSMCInfo *info)
{
  KarInnovation innovation;
  PetscBool     density;
  Vec           mean;

  PetscFunctionBegin;
  info->evidence = 0;
  if (!s->linear) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarLevelsGet(s->levels, PETSC_INFINITY, &innovation));
  PetscCall(KarInnovationHasDensity(innovation, &density));
  PetscCall(KarScoreGetMean(s->prior, &mean));
  if (mean) {
    PetscCall(KarObservationApply(s->obs, mean, s->e));
    PetscCall(VecAYPX(s->e, -1, s->y));
  } else PetscCall(VecCopy(s->y, s->e));
  info->evidence = NAN;
  if (density) PetscCall(KarInnovationLogDensity(innovation, s->e, &info->evidence));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Start(KarSMC s, KarKey key, PetscReal t, Vec x[], KarSMCInfo *info)
{
  KarInnovation innovation;

  PetscFunctionBegin;
  if (!s->octave) PetscCall(FirstEvidence(s, info));
  for (PetscInt p = 0; p < s->own; p++) {
    KarKey    own = key;
    PetscReal logw;

    own.sample = key.sample * s->n + s->first + p;
    if (s->octave) PetscCall(KarScoreSetCondition(s->prior, x[p])); /* and the mean of what follows */
    PetscCall(KarLevelsSampleStart(s->levels, s->y, t, own, x[p]));
    PetscCall(KarScoreDenoise(s->prior, t, x[p], s->d[p]));
    if (s->linear) {
      PetscCall(ExpectFirst(s, t, x[p]));
      PetscCall(KarLevelsGet(s->levels, t, &innovation));
      PetscCall(KarSMCWeigh(s, innovation, s->d[p], s->w, &logw));
    } else PetscCall(KarSMCStartLocal(s, t, p, &logw));
    info->largest = PetscMax(info->largest, PetscAbsReal(logw));
    s->weight[p] += logw; /* to what the stage before has left */
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* x ~ N(D, Gamma) given y, at the end of the steps. */
static PetscErrorCode Finish(KarSMC s, KarKey key, PetscReal t, Vec x[])
{
  KarInnovation innovation;

  PetscFunctionBegin;
  PetscCall(KarLevelsGetGamma(s->levels, t, s->step.after));
  key.stream = KAR_STREAM_PATH;
  key.sample = key.sample * s->n + s->first;
  for (PetscInt p = 0; !s->linear && p < s->own; p++, key.sample++) {
    PetscReal logw;

    PetscCall(KarSMCFinishLocal(s, key, t, x[p], p, &logw));
    s->weight[p] += logw;
  }
  if (!s->linear) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarLevelsGet(s->levels, t, &innovation));
  for (PetscInt p = 0; p < s->own; p++, key.sample++) {
    PetscCall(KarFFTFillNormalScaled(s->fft, key, s->step.after, x[p]));
    PetscCall(KarCovProject(s->noise, x[p]));
    PetscCall(VecAXPY(x[p], 1, s->d[p]));
    PetscCall(KarObservationSample(s->obs, key, x[p], s->e));
    PetscCall(VecAYPX(s->e, -1, s->y));
    PetscCall(KarInnovationCorrect(innovation, s->e, x[p]));
    PetscCall(KarLevelsDropRest(s->levels, x[p]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Allocate(KarSMC s)
{
  PetscFunctionBegin;
  if (s->moves && !s->move) PetscCall(KarSMCMovesCreate(s));
  if (s->d) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecDuplicateVecs(s->delta, s->own, &s->d));
  PetscCall(VecDuplicateVecs(s->delta, s->own, &s->before));
  PetscCall(
    PetscMalloc5(s->own, &s->weight, s->own, &s->twist, s->n, &s->gathered, s->n, &s->ancestor, s->n, &s->copy));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ResampleWhen(KarSMC s, PetscErrorCode code, KarKey key, PetscBool always, Vec x[],
                                   KarSMCInfo *info)
{
  PetscReal mean;

  PetscFunctionBegin;
  PetscCall(KarSMCGather(s, code, &mean, &info->ess));
  info->least = PetscMin(info->least, info->ess);
  if (!always && info->ess >= s->threshold * (PetscReal)s->n) PetscFunctionReturn(PETSC_SUCCESS);
  info->evidence += mean;
  if (!always) info->resamplings++;
  PetscCall(KarSMCResample(s, key, x, &info->distinct));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One step of the particles of this group. */
static PetscErrorCode Move(KarSMC s, KarKey key, PetscReal t, PetscReal r, Vec x[], KarSMCInfo *info)
{
  PetscReal logw;

  PetscFunctionBegin;
  for (PetscInt p = 0; p < s->own; p++) {
    KarKey own = key;

    own.sample = key.sample * s->n + s->first + p;
    if (s->linear) PetscCall(KarSMCStep(s, own, t, r, x[p], p, &logw));
    else PetscCall(KarSMCStepLocal(s, own, t, r, x[p], p, &logw));
    info->largest = PetscMax(info->largest, PetscAbsReal(logw));
    s->weight[p] += logw;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A law, or one octave of a cascade, from its first time to the draw of X_0. An error of one group is that of all. */
static PetscErrorCode SolveStage(KarSMC s, KarKey key, Vec x[], KarSMCInfo *info, PetscBool *stop)
{
  const PetscReal *t;
  PetscInt         steps;
  PetscErrorCode   code;
  KarProgress      progress;

  PetscFunctionBegin;
  PetscCall(KarSamplerGetTimes(s->ts, &steps, &t));
  info->evaluations += s->n * (steps + 1);
  PetscCall(KarProgressCreate(s->groups > 1 ? s->all : s->comm, "steps of a run of particles", steps, &progress));
  code = Start(s, key, t[0], x, info);
  for (PetscInt i = 0; i < steps && !*stop; i++) {
    key.step = i + 2; /* 0 and 1 are those of the start */
    PetscCall(ResampleWhen(s, code, key, PETSC_FALSE, x, info));
    PetscCall(KarSMCSetStep(s, t[i], t[i + 1], (PetscBool)(i == 0)));
    code = Move(s, key, t[i], t[i + 1], x, info);
    PetscCall(KarStopRequested(s->groups > 1 ? s->all : s->comm, stop));
    if (i + 1 < steps) PetscCall(KarProgressUpdate(progress, i + 1, NULL)); /* a short run has no line */
  }
  PetscCall(KarProgressDestroy(&progress));
  key.step = steps + 2;
  if (!code && !s->linear) code = Finish(s, key, t[steps], x);
  PetscCall(ResampleWhen(s, code, key, (PetscBool)!s->next, x, info));
  key.step++;
  if (s->moves && !*stop) PetscCall(KarSMCMoves(s, key, t, steps, x, info, stop));
  key.step = steps + 2;
  if (s->linear) code = Finish(s, key, t[steps], x); /* weighs nothing, so that copies part here */
  PetscCall(KarSMCAgree(s, code));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSMCSolve(KarSMC s, KarKey key, Vec x[], KarSMCInfo *info, PetscBool *whole)
{
  PetscInt  stages = 0;
  PetscBool stop   = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(Allocate(s));
  *info = (KarSMCInfo){.least = (PetscReal)s->n};
  for (KarSMC stage = s; stage; stage = stage->next) stages++;
  key.sample *= stages; /* each stage has draws of its own */
  PetscCall(PetscArrayzero(s->weight, s->own));
  for (PetscInt p = 0; p < s->n; p++) s->ancestor[p] = s->copy[p] = p;
  for (KarSMC stage = s; stage && !stop; stage = stage->next, key.sample++) {
    stage->d = s->d, stage->before = s->before;
    stage->weight = s->weight, stage->twist = s->twist, stage->gathered = s->gathered, stage->ancestor = s->ancestor;
    stage->copy = s->copy, stage->move = s->move;
    PetscCall(SolveStage(stage, key, x, info, &stop));
  }
  if (s->groups > 1) PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &info->largest, 1, MPIU_REAL, MPIU_MAX, s->across));
  info->ancestors = kar_smc_different(s->n, s->ancestor);
  if (whole) *whole = (PetscBool)!stop;
  PetscFunctionReturn(PETSC_SUCCESS);
}
