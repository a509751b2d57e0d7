/* A run of particles given data: start, steps (smcstep.c), systematic resampling, the last draw. The estimate of log
   p(y) is that of the Gaussian law of the same mean and spectrum and the logarithms of the mean weights. */
#include "particles.h"
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
  s->prior     = prior;
  s->obs       = obs;
  s->y         = y;
  s->comm      = PetscObjectComm((PetscObject)y);
  s->n         = 16;
  s->threshold = 0.5;
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
  if (s->d) PetscCall(VecDestroyVecs(s->n, &s->d));
  if (s->before) PetscCall(VecDestroyVecs(s->n, &s->before));
  PetscCall(PetscFree2(s->weight, s->twist));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSMCDestroy(KarSMC *smc)
{
  KarSMC s = *smc;

  PetscFunctionBegin;
  if (s) {
    PetscCall(DestroyParticles(s));
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
  KarCheck(s->comm, n >= 2, PETSC_ERR_ARG_OUTOFRANGE, "%" PetscInt_FMT " particles: at least 2 are needed", n);
  PetscCall(DestroyParticles(s));
  s->n = n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSMCSetKernel(KarSMC s, KarKernel kernel)
{
  PetscFunctionBegin;
  s->kernel = kernel;
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
  PetscCall(PetscStrncpy(s->prefix, prefix ? prefix : "", sizeof(s->prefix)));
  PetscCall(KarSamplerSetOptionsPrefix(s->ts, prefix));
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
  s->kernel = (KarKernel)kernel;
  PetscCall(KarSamplerSetFromOptions(s->ts));
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
  PetscCall(FirstEvidence(s, info));
  for (PetscInt p = 0; p < s->n; p++) {
    KarKey own = key;

    own.sample = key.sample * s->n + p;
    PetscCall(KarLevelsSampleStart(s->levels, s->y, t, own, x[p]));
    PetscCall(KarScoreDenoise(s->prior, t, x[p], s->d[p]));
    if (s->linear) {
      PetscCall(ExpectFirst(s, t, x[p]));
      PetscCall(KarLevelsGet(s->levels, t, &innovation));
      PetscCall(KarSMCWeigh(s, innovation, s->d[p], s->w, &s->weight[p]));
    } else PetscCall(KarSMCStartLocal(s, t, p));
    info->largest = PetscMax(info->largest, PetscAbsReal(s->weight[p]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Particles that stay keep their slots; the others' are taken by copies. */
static PetscErrorCode Resample(KarSMC s, KarKey key, PetscReal mean, Vec x[])
{
  PetscInt *from;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(s->n, &from));
  key.sample *= s->n;
  kar_particles_resample(key, s->n, mean, s->weight, from);
  for (PetscInt p = 0; p < s->n; p++) {
    if (from[p] == p) continue;
    PetscCall(VecCopy(x[from[p]], x[p]));
    PetscCall(VecCopy(s->d[from[p]], s->d[p]));
    PetscCall(VecCopy(s->before[from[p]], s->before[p]));
    s->twist[p] = s->twist[from[p]];
  }
  PetscCall(PetscFree(from));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* x ~ N(D, Gamma) given y, at the end of the steps. */
static PetscErrorCode Finish(KarSMC s, KarKey key, PetscReal t, Vec x[])
{
  KarInnovation innovation;

  PetscFunctionBegin;
  PetscCall(KarLevelsGetGamma(s->levels, t, s->step.after));
  key.stream = KAR_STREAM_PATH;
  key.sample *= s->n;
  for (PetscInt p = 0; !s->linear && p < s->n; p++, key.sample++) {
    PetscReal logw;

    PetscCall(KarSMCFinishLocal(s, key, t, x[p], p, &logw));
    s->weight[p] += logw;
  }
  if (!s->linear) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarLevelsGet(s->levels, t, &innovation));
  for (PetscInt p = 0; p < s->n; p++, key.sample++) {
    PetscCall(KarFFTFillNormalScaled(s->fft, key, s->step.after, x[p]));
    PetscCall(KarCovProject(s->noise, x[p]));
    PetscCall(VecAXPY(x[p], 1, s->d[p]));
    PetscCall(KarObservationSample(s->obs, key, x[p], s->e));
    PetscCall(VecAYPX(s->e, -1, s->y));
    PetscCall(KarInnovationCorrect(innovation, s->e, x[p]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Allocate(KarSMC s)
{
  PetscFunctionBegin;
  if (s->d) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecDuplicateVecs(s->delta, s->n, &s->d));
  PetscCall(VecDuplicateVecs(s->delta, s->n, &s->before));
  PetscCall(PetscMalloc2(s->n, &s->weight, s->n, &s->twist));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ResampleWhen(KarSMC s, KarKey key, PetscBool always, Vec x[], KarSMCInfo *info)
{
  PetscReal mean;

  PetscFunctionBegin;
  kar_particles_effective(s->n, s->weight, &mean, &info->ess);
  info->least = PetscMin(info->least, info->ess);
  if (!always && info->ess >= s->threshold * (PetscReal)s->n) PetscFunctionReturn(PETSC_SUCCESS);
  info->evidence += mean;
  if (!always) info->resamplings++;
  PetscCall(Resample(s, key, mean, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSMCSolve(KarSMC s, KarKey key, Vec x[], KarSMCInfo *info, PetscBool *whole)
{
  const PetscReal *t;
  PetscInt         steps;
  PetscReal        logw;
  PetscBool        stop = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(KarSamplerGetTimes(s->ts, &steps, &t));
  PetscCall(Allocate(s));
  *info = (KarSMCInfo){.least = (PetscReal)s->n, .evaluations = s->n * (steps + 1)};
  PetscCall(Start(s, key, t[0], x, info));
  for (PetscInt i = 0; i < steps && !stop; i++) {
    key.step = i + 2; /* 0 and 1 are those of the start */
    PetscCall(ResampleWhen(s, key, PETSC_FALSE, x, info));
    PetscCall(KarSMCSetStep(s, t[i], t[i + 1], (PetscBool)(i == 0)));
    for (PetscInt p = 0; p < s->n; p++) {
      KarKey own = key;

      own.sample = key.sample * s->n + p;
      if (s->linear) PetscCall(KarSMCStep(s, own, t[i], t[i + 1], x[p], p, &logw));
      else PetscCall(KarSMCStepLocal(s, own, t[i], t[i + 1], x[p], p, &logw));
      info->largest = PetscMax(info->largest, PetscAbsReal(logw));
      s->weight[p] += logw;
    }
    PetscCall(KarStopRequested(s->comm, &stop));
  }
  key.step = steps + 2;
  PetscCall(Finish(s, key, t[steps], x));
  PetscCall(ResampleWhen(s, key, PETSC_TRUE, x, info));
  if (whole) *whole = (PetscBool)!stop;
  PetscFunctionReturn(PETSC_SUCCESS);
}
