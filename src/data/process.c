/* A process -sde_type forward as data: X_T of dX = F dt + g dW from 0, or from a draw of N(0, C0), by steps that take
   the linear part exactly and the rest by Euler: exact in law for a linear process. */
#include <karhunen/impl/data.h>

#include <karhunen/sde.h>

#include <math.h>

static const char *const starts[] = {"zero", "gaussian", NULL};

typedef struct {
  KarParameter parameters[3];
  PetscReal    steps, start;
  KarFFT       fft;
  KarCov       cov, first; /* of the noise; of the start */
  KarSDE       sde;
  Vec          x;
} Process;

static PetscErrorCode Sample(KarGenerator generator, KarKey key, Vec fields[])
{
  Process       *s = generator->context;
  const PetscInt n = (PetscInt)s->steps;
  PetscReal      T, norm;

  PetscFunctionBegin;
  PetscCall(KarSDEGetFinalTime(s->sde, &T));
  if (s->start > 0) PetscCall(KarCovSample(s->first, key, s->x));
  else PetscCall(VecSet(s->x, 0));
  PetscCall(KarFFTInverse(s->fft, s->x, fields[1]));
  key.stream = KAR_STREAM_PATH;
  for (key.step = 0; key.step < n; key.step++)
    PetscCall(KarSDEStep(s->sde, T * (PetscReal)key.step / (PetscReal)n,
                         key.step + 1 == n ? T : T * (PetscReal)(key.step + 1) / (PetscReal)n, key, s->x));
  PetscCall(VecNorm(s->x, NORM_2, &norm));
  KarCheck(generator->comm, isfinite(norm), PETSC_ERR_FP,
           "the process leaves the finite numbers: give more -%sprocess_steps than %" PetscInt_FMT, generator->options,
           n);
  PetscCall(KarFFTInverse(s->fft, s->x, fields[0]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Create(KarGenerator generator)
{
  Process *s = generator->context;
  char     prefix[80];

  PetscFunctionBegin;
  if (s->sde) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarFFTCreate(generator->grid, &s->fft));
  PetscCall(KarCovCreate(s->fft, &s->cov));
  PetscCall(KarCovSetOptionsPrefix(s->cov, generator->options));
  PetscCall(KarCovCreate(s->fft, &s->first));
  PetscCall(PetscSNPrintf(prefix, sizeof(prefix), "%sdata_", generator->options));
  PetscCall(KarCovSetOptionsPrefix(s->first, prefix));
  PetscCall(KarSDECreate(s->cov, &s->sde));
  PetscCall(KarSDESetOptionsPrefix(s->sde, generator->options));
  PetscCall(KarFFTCreateCoordinates(s->fft, &s->x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetFromOptions(KarGenerator generator)
{
  Process *s = generator->context;

  PetscFunctionBegin;
  PetscCall(Create(generator));
  PetscCall(KarCovSetFromOptions(s->cov));
  PetscCall(KarSDESetFromOptions(s->sde));
  if (s->start > 0 || KarOptionsHelping()) PetscCall(KarCovSetFromOptions(s->first));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarGenerator generator)
{
  Process *s = generator->context;

  PetscFunctionBegin;
  PetscCall(Create(generator));
  PetscCall(KarSDESetUp(s->sde));
  if (s->start > 0) PetscCall(KarCovSetUp(s->first));
  kar_generator_add(generator, "field", 1, "1", "the process at its end");
  kar_generator_add(generator, "start", 1, "1", "the process at time 0");
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarGenerator generator)
{
  Process *s = generator->context;

  PetscFunctionBegin;
  PetscCall(KarSDEDestroy(&s->sde));
  PetscCall(KarCovDestroy(&s->cov));
  PetscCall(KarCovDestroy(&s->first));
  PetscCall(VecDestroy(&s->x));
  PetscCall(KarFFTDestroy(&s->fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorCreate_Process(KarGenerator generator)
{
  Process *s;

  PetscFunctionBegin;
  PetscCall(PetscNew(&s));
  s->steps         = 100;
  s->parameters[0] = (KarParameter){"steps", "steps of Euler's method, uniform in time", &s->steps, 1, 1 << 20, NULL};
  s->parameters[1] =
    (KarParameter){"start", "the field at time 0: zero, or a draw of N(0, -data_cov_*)", &s->start, 0, 1, starts};
  generator->context    = s;
  generator->parameters = s->parameters;
  generator->ops =
    (KarGeneratorOps){.setfromoptions = SetFromOptions, .setup = SetUp, .sample = Sample, .destroy = Destroy};
  PetscCall(PetscStrncpy(generator->prefix, "process_", sizeof(generator->prefix)));
  PetscCall(PetscStrncpy(generator->title, "A stochastic process at its end", sizeof(generator->title)));
  PetscFunctionReturn(PETSC_SUCCESS);
}
