/* Exact laws: N(0, C), and sum_j w_j N(m_j, C) with m_j(x) = A_j cos(k.x).  Their options are those of the exact
   scores. */
#include <karhunen/impl/data.h>

#define MOST 64

typedef struct {
  PetscInt  n;
  PetscReal weight[MOST], amplitude[MOST];
  PetscInt  index[3]; /* of k */
  KarFFT    fft;
  KarCov    cov;
} Gaussian;

static PetscErrorCode Sample(KarGenerator generator, KarKey key, Vec fields[])
{
  Gaussian *s = generator->context;

  PetscFunctionBegin;
  PetscCall(KarCovSampleField(s->cov, key, fields[0]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* cos(k.x) at a point; in the cosine basis the product of cosines between reflecting ends. */
static PetscReal Wave(const KarGridInfo *g, const PetscInt index[3], const PetscInt at[3])
{
  PetscReal product = 1, phase = 0;

  for (PetscInt a = 0; a < g->dim; a++) {
    if (g->basis == KAR_BASIS_PERIODIC)
      phase += 2 * PETSC_PI * (PetscReal)(index[a] * at[a] % g->n[a]) / (PetscReal)g->n[a];
    else product *= PetscCosReal(PETSC_PI * (PetscReal)index[a] * ((PetscReal)at[a] + 0.5) / (PetscReal)g->n[a]);
  }
  return product * PetscCosReal(phase);
}

static PetscErrorCode AddWave(KarGenerator generator, PetscReal amplitude, Vec field)
{
  Gaussian    *s = generator->context;
  KarGridInfo  g;
  PetscScalar *v;

  PetscFunctionBegin;
  PetscCall(KarGridGetInfo(generator->grid, &g));
  PetscCall(VecGetArray(field, &v));
  for (PetscInt i = 0; i < g.ln * g.n[1] * g.n[2]; i++) {
    const PetscInt at[3] = {g.start + i / (g.n[1] * g.n[2]), i / g.n[2] % g.n[1], i % g.n[2]};

    v[i] += amplitude * Wave(&g, s->index, at);
  }
  PetscCall(VecRestoreArray(field, &v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SampleMixture(KarGenerator generator, KarKey key, Vec fields[])
{
  Gaussian *s     = generator->context;
  PetscReal total = 0, u[2];
  PetscInt  j     = 0;

  PetscFunctionBegin;
  PetscCall(Sample(generator, key, fields));
  key.step = 1;
  kar_uniform_pair(key, 0, 0, 0, u);
  for (PetscInt i = 0; i < s->n; i++) total += s->weight[i];
  for (u[0] = u[0] * total - s->weight[0]; u[0] > 0 && j + 1 < s->n; u[0] -= s->weight[j]) j++;
  PetscCall(AddWave(generator, s->amplitude[j], fields[0]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CreateCovariance(KarGenerator generator)
{
  Gaussian *s = generator->context;
  char      prefix[80];

  PetscFunctionBegin;
  if (s->cov) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarFFTCreate(generator->grid, &s->fft));
  PetscCall(KarCovCreate(s->fft, &s->cov));
  PetscCall(PetscSNPrintf(prefix, sizeof(prefix), "%sdata_", generator->options));
  PetscCall(KarCovSetOptionsPrefix(s->cov, prefix));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetFromOptions(KarGenerator generator)
{
  Gaussian *s = generator->context;

  PetscFunctionBegin;
  PetscCall(CreateCovariance(generator));
  PetscCall(KarCovSetFromOptions(s->cov));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetMixtureFromOptions(KarGenerator generator)
{
  Gaussian   *s       = generator->context;
  PetscInt    weights = MOST, amplitudes = MOST, dim = 3, index[3] = {1, 0, 0};
  KarGridInfo g;

  PetscFunctionBegin;
  PetscCall(SetFromOptions(generator));
  PetscCall(KarGridGetInfo(generator->grid, &g));
  PetscCall(KarOptionsRealArray(generator->options, "mixture_weights", "weights of the components (default 0.3,0.7)",
                                PETSC_SMALL, PETSC_MAX_REAL, &weights, s->weight));
  PetscCall(KarOptionsRealArray(generator->options, "mixture_amplitudes", "A of their means A cos(k.x) (default -2,2)",
                                -PETSC_MAX_REAL, PETSC_MAX_REAL, &amplitudes, s->amplitude));
  PetscCall(KarOptionsIntArray(generator->options, "mixture_mode", "index of k, one number an axis (default 1,0,0)",
                               -100000, 100000, &dim, index));
  KarCheck(generator->comm, !dim || dim == g.dim, PETSC_ERR_USER_INPUT,
           "-%smixture_mode: %" PetscInt_FMT " numbers for %" PetscInt_FMT " axes", generator->options, dim, g.dim);
  if (!amplitudes) amplitudes = 2;
  if (!weights) {
    for (PetscInt j = 0; amplitudes != 2 && j < amplitudes; j++) s->weight[j] = 1;
    weights = amplitudes;
  }
  KarCheck(generator->comm, weights == amplitudes, PETSC_ERR_USER_INPUT,
           "-%smixture_weights has %" PetscInt_FMT " numbers, -%smixture_amplitudes %" PetscInt_FMT ": give as many",
           generator->options, weights, generator->options, amplitudes);
  s->n = weights;
  if (dim) PetscCall(PetscArraycpy(s->index, index, 3));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarGenerator generator)
{
  Gaussian *s = generator->context;

  PetscFunctionBegin;
  PetscCall(CreateCovariance(generator));
  PetscCall(KarCovSetUp(s->cov));
  kar_generator_add(generator, "field", 1, "1", generator->title);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarGenerator generator)
{
  Gaussian *s = generator->context;

  PetscFunctionBegin;
  PetscCall(KarCovDestroy(&s->cov));
  PetscCall(KarFFTDestroy(&s->fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorCreate_Gaussian(KarGenerator generator)
{
  Gaussian *s;

  PetscFunctionBegin;
  PetscCall(PetscNew(&s));
  generator->context = s;
  generator->ops =
    (KarGeneratorOps){.setfromoptions = SetFromOptions, .setup = SetUp, .sample = Sample, .destroy = Destroy};
  PetscCall(PetscStrncpy(generator->title, "Gaussian random field", sizeof(generator->title)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorCreate_Mixture(KarGenerator generator)
{
  Gaussian *s;

  PetscFunctionBegin;
  PetscCall(KarGeneratorCreate_Gaussian(generator));
  s    = generator->context;
  s->n = 2, s->weight[0] = 0.3, s->weight[1] = 0.7, s->amplitude[0] = -2, s->amplitude[1] = 2, s->index[0] = 1;
  generator->ops.setfromoptions = SetMixtureFromOptions;
  generator->ops.sample         = SampleMixture;
  PetscCall(PetscStrncpy(generator->title, "Mixture of Gaussian random fields", sizeof(generator->title)));
  PetscFunctionReturn(PETSC_SUCCESS);
}
