/* Gamma_t = C S/(a^2 C + S) and the factor of H Gamma_t H* + R, for the times of a sampler: as many as fit in CAPACITY
   bytes are kept. */
#include <karhunen/impl/score.h>
#include <karhunen/posterior.h>

#define CAPACITY 268435456.
#define MOST     256

struct _p_KarLevels {
  KarScore       prior; /* owned references */
  KarObservation obs;
  KarCov         project; /* shared */
  PetscReal     *c;       /* the data's spectrum */
  PetscReal     *rest;    /* of modes that are drawn later; NULL: none */
  PetscReal      noised;  /* Gamma is so many times S/a^2; 0: it is not */
  PetscInt       n, capacity, next;
  PetscReal      t[MOST];
  KarInnovation  at[MOST];
};

PetscErrorCode KarLevelsCreate(KarScore prior, KarObservation obs, KarLevels *levels)
{
  const KarModes *m;
  KarLevels       l;
  PetscInt        data;
  PetscReal       each;
  PetscBool       linear;

  PetscFunctionBegin;
  PetscCall(KarScoreSetUp(prior));
  PetscCall(PetscNew(&l));
  *levels = l;
  PetscCall(KarScoreReference(prior));
  PetscCall(KarObservationReference(obs));
  l->prior = prior;
  l->obs   = obs;
  PetscCall(KarFFTGetModes(prior->fft, &m));
  PetscCall(PetscMalloc1(m->rows * m->length, &l->c));
  PetscCall(KarScoreGetSpectrum(prior, l->c));
  PetscCall(KarSDEGetCovariance(prior->sde, &l->project));
  PetscCall(KarObservationGetSize(obs, &data));
  PetscCall(KarObservationIsLinear(obs, &linear));
  each = 8. * ((linear ? 1. : 2.) * (PetscReal)data * (PetscReal)data + (PetscReal)(m->rows * m->length));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &each, 1, MPIU_REAL, MPI_MAX, prior->comm));
  l->capacity = (PetscInt)PetscMin(PetscMax(CAPACITY / each, 2), MOST);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarLevelsDestroy(KarLevels *levels)
{
  PetscFunctionBegin;
  if (*levels) {
    for (PetscInt i = 0; i < (*levels)->n; i++) PetscCall(KarInnovationDestroy(&(*levels)->at[i]));
    PetscCall(PetscFree((*levels)->c));
    PetscCall(PetscFree((*levels)->rest));
    PetscCall(KarObservationDestroy(&(*levels)->obs));
    PetscCall(KarScoreDestroy(&(*levels)->prior));
  }
  PetscCall(PetscFree(*levels));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarLevelsSetNoised(KarLevels levels, PetscReal times)
{
  PetscFunctionBegin;
  levels->noised = times;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarLevelsSetRest(KarLevels levels, const PetscReal rest[])
{
  const KarModes *m;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(levels->prior->fft, &m));
  if (!levels->rest) PetscCall(PetscMalloc1(m->rows * m->length, &levels->rest));
  PetscCall(PetscArraycpy(levels->rest, rest, m->rows * m->length));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarLevelsDropRest(KarLevels levels, Vec x)
{
  const KarModes *m;
  PetscScalar    *a;

  PetscFunctionBegin;
  if (!levels->rest) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarFFTGetModes(levels->prior->fft, &m));
  PetscCall(VecGetArray(x, &a));
  for (PetscInt i = 0; i < m->rows * m->length; i++)
    for (PetscInt c = i * m->dof * m->width; levels->rest[i] > 0 && c < (i + 1) * m->dof * m->width; c++) a[c] = 0;
  PetscCall(VecRestoreArray(x, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarLevelsGetGamma(KarLevels l, PetscReal t, PetscReal gamma[])
{
  KarGains g;

  PetscFunctionBegin;
  if (t == PETSC_INFINITY) {
    const KarModes *m;

    PetscCall(KarFFTGetModes(l->prior->fft, &m));
    for (PetscInt i = 0; i < m->rows * m->length; i++) gamma[i] = l->c[i] + (l->rest ? l->rest[i] : 0);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarGainsCreate(l->prior, t, &g));
  g.c = l->c;
  for (PetscInt i = 0; i < g.n; i++) {
    const PetscReal v = kar_gains_variance(&g, i);

    gamma[i] = l->noised > 0 ? l->noised * kar_gains_noise(&g, i) / PetscSqr(kar_gains_a(&g, i))
               : v > 0       ? l->c[i] * kar_gains_noise(&g, i) / v
                             : 0;
    if (l->rest) gamma[i] += l->rest[i];
  }
  PetscCall(KarGainsDestroy(&g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarLevelsGet(KarLevels l, PetscReal t, KarInnovation *innovation)
{
  const KarModes *m;
  PetscReal      *gamma;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < l->n; i++)
    if (l->t[i] == t) {
      *innovation = l->at[i];
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  PetscCall(KarFFTGetModes(l->prior->fft, &m));
  PetscCall(PetscMalloc1(m->rows * m->length, &gamma));
  PetscCall(KarLevelsGetGamma(l, t, gamma));
  if (l->n < l->capacity) l->next = l->n++;
  else {
    l->next = (l->next + 1) % l->capacity;
    PetscCall(KarInnovationDestroy(&l->at[l->next]));
  }
  PetscCall(KarInnovationCreate(l->obs, gamma, l->project, &l->at[l->next]));
  l->t[l->next] = t;
  *innovation   = l->at[l->next];
  PetscCall(PetscFree(gamma));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* a (Matheron draw of N(m, C) given y) + sqrt(S) z; without y where H is not linear. */
PetscErrorCode KarLevelsSampleStart(KarLevels l, Vec y, PetscReal t, KarKey key, Vec x)
{
  KarInnovation   innovation;
  KarScore        prior = l->prior;
  PetscBool       linear;
  Vec             e;
  const KarModes *m;
  PetscReal      *gamma;

  PetscFunctionBegin;
  key.stream = KAR_STREAM_PRIOR, key.step = 0;
  PetscCall(KarObservationIsLinear(l->obs, &linear));
  PetscCall(KarFFTGetModes(prior->fft, &m));
  PetscCall(PetscMalloc1(m->rows * m->length, &gamma));
  PetscCall(KarLevelsGetGamma(l, PETSC_INFINITY, gamma));
  PetscCall(KarFFTFillNormalScaled(prior->fft, key, gamma, x));
  PetscCall(PetscFree(gamma));
  PetscCall(KarCovProject(l->project, x));
  if (prior->mean) PetscCall(VecAXPY(x, 1, prior->mean));
  if (linear) {
    PetscCall(KarLevelsGet(l, PETSC_INFINITY, &innovation));
    PetscCall(VecDuplicate(y, &e));
    PetscCall(KarObservationSample(l->obs, key, x, e));
    PetscCall(VecAYPX(e, -1, y));
    PetscCall(KarInnovationCorrect(innovation, e, x));
    PetscCall(VecDestroy(&e));
  }
  PetscCall(KarLevelsDropRest(l, x));
  key.step = 1;
  PetscCall(KarSDEAddNoise(prior->sde, t, key, x, x, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}
