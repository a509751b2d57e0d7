/* What a state keeps of the one before (-train_condition previous): per shell of |k|, over all pairs (y, x) of states
   that follow one another, rho = <x, y>/<y, y> less the means, and the spectrum of what is left, x - rho y. */
#include "trainimpl.h"

/* Of x, of y, and of x + y, whose power gives <x, y>. */
typedef struct {
  KarCovEstimate x, y, sum;
} Pairs;

/* Calls add() for each pair that is trained on: coordinates of the state, and of the one before, which it may change;
   n numbers each. */
static PetscErrorCode
ForPairs(KarTrainer tr, PetscErrorCode (*add)(void *, PetscInt, const PetscScalar[], PetscScalar[]), void *context)
{
  const PetscInt train = tr->samples - tr->held, n = tr->source.local;
  PetscScalar   *x, *y;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(n, &x, n, &y));
  for (PetscInt i = 0; i < train; i++) {
    PetscCall(PetscArraycpy(y, x, i % tr->source.path ? n : 0));
    PetscCall(KarTrainerGetField(tr, &tr->source, i, x));
    if (i % tr->source.path) PetscCall(add(context, n, x, y));
  }
  PetscCall(PetscFree2(x, y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode AddPair(void *context, PetscInt n, const PetscScalar x[], PetscScalar y[])
{
  const Pairs *p = context;

  PetscFunctionBegin;
  PetscCall(KarCovEstimateAddArray(p->x, x));
  PetscCall(KarCovEstimateAddArray(p->y, y));
  for (PetscInt j = 0; j < n; j++) y[j] += x[j];
  PetscCall(KarCovEstimateAddArray(p->sum, y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

typedef struct {
  const PetscReal *rho; /* of each mode */
  PetscInt         group;
  KarCovEstimate   rest;
} Rest;

static PetscErrorCode AddRest(void *context, PetscInt n, const PetscScalar x[], PetscScalar y[])
{
  const Rest *r = context;

  PetscFunctionBegin;
  for (PetscInt j = 0; j < n; j++) y[j] = x[j] - r->rho[j / r->group] * y[j];
  PetscCall(KarCovEstimateAddArray(r->rest, y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Regress(KarTrainer tr, KarPersistence *p)
{
  Pairs            pairs;
  const PetscReal *k, *X, *Y, *S;
  PetscInt         n;

  PetscFunctionBegin;
  PetscCall(KarCovEstimateCreate(tr->fft, &pairs.x));
  PetscCall(KarCovEstimateCreate(tr->fft, &pairs.y));
  PetscCall(KarCovEstimateCreate(tr->fft, &pairs.sum));
  PetscCall(ForPairs(tr, AddPair, &pairs));
  PetscCall(KarCovEstimateFinish(pairs.x, tr->slab, &n, &k, &X, NULL));
  PetscCall(KarCovEstimateFinish(pairs.y, tr->slab, &n, &k, &Y, NULL));
  PetscCall(KarCovEstimateFinish(pairs.sum, tr->slab, &n, &k, &S, NULL));
  p->n = n;
  PetscCall(PetscMalloc2(n, &p->k, n, &p->rho));
  for (PetscInt i = 0; i < n; i++) {
    p->k[i]   = k[i];
    p->rho[i] = Y[i] > 0 ? (S[i] - X[i] - Y[i]) / (2 * Y[i]) : 0;
  }
  PetscCall(KarCovEstimateDestroy(&pairs.x));
  PetscCall(KarCovEstimateDestroy(&pairs.y));
  PetscCall(KarCovEstimateDestroy(&pairs.sum));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerPersistence(KarTrainer tr, KarPersistence *p, KarCovEstimate *rest)
{
  const KarModes *m;
  KarMode         mode;
  PetscReal      *rho;
  Rest            left;

  PetscFunctionBegin;
  PetscCall(Regress(tr, p));
  PetscCall(KarFFTGetModes(tr->fft, &m));
  PetscCall(PetscMalloc1(m->rows * m->length, &rho));
  for (PetscInt i = 0; i < m->rows * m->length; i++) {
    kar_mode(m, i / m->length, i % m->length, &mode);
    rho[i] = kar_persistence(p->n, p->k, p->rho, PetscSqrtReal(mode.k2));
  }
  PetscCall(KarCovEstimateCreate(tr->fft, rest));
  left = (Rest){.rho = rho, .group = m->dof * m->width, .rest = *rest};
  PetscCall(ForPairs(tr, AddRest, &left));
  PetscCall(PetscFree(rho));
  PetscFunctionReturn(PETSC_SUCCESS);
}
