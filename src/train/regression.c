/* What the maps that a model is told say of its fields (-train_condition): per shell of |k|, over all fields that are
   trained on, the regression rho_i of a mode on those of the maps, G rho = b with G_ij = <map_i, map_j> and b_i = <x,
   map_i> less the means, and the spectrum of what is left, x - sum_i rho_i map_i. */
#include "trainimpl.h"
#include <petscblaslapack.h>

#define RIDGE 1e-10 /* of maps of unit power: two that are alike share what they say */
#define NOTHING                                                                                                        \
  1e-12 /* power of a map over that of its strongest shell: what has no more is rounding, and says nothing */

typedef struct {
  KarTrainer   tr;
  PetscInt     n, count; /* numbers of a field; variables: maps, then the field itself */
  PetscScalar *value;    /* [count][n] */
  KarProgress  progress;
  PetscInt     read; /* fields, of both passes */
} Fields;

/* Fields that both passes read. */
static PetscInt Reads(KarTrainer tr)
{
  const PetscInt train = tr->samples - tr->held;

  return 2 * (tr->source.path > 1 ? train - train / tr->source.path : train);
}

/* Map i as a condition of the trainer has it, whose number is index[i]. */
static PetscErrorCode Read(Fields *f, const PetscInt index[], PetscInt field)
{
  PetscFunctionBegin;
  for (PetscInt i = 0; i < f->count - 1; i++) PetscCall(KarTrainerGetMap(f->tr, index[i], field, f->value + i * f->n));
  PetscCall(KarTrainerGetField(f->tr, &f->tr->source, field, f->value + (f->count - 1) * f->n));
  PetscCall(KarTrainerHeed(f->tr, ++f->read, Reads(f->tr)));
  PetscCall(KarProgressUpdate(f->progress, f->read, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The next field that is trained on; the first state of a path has none before it. */
static PetscInt Next(KarTrainer tr, PetscInt field)
{
  do field++;
  while (tr->source.path > 1 && field % tr->source.path == 0);
  return field;
}

/* power[i][j][n]: that of variable i where i is j, of the sum of i and j where i < j. */
static PetscErrorCode Powers(Fields *f, const PetscInt index[], PetscInt *shells, PetscReal *k[], PetscReal *power[])
{
  const PetscInt   v = f->count, train = f->tr->samples - f->tr->held;
  KarCovEstimate  *estimate;
  PetscScalar     *sum;
  const PetscReal *of, *at;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(v * v, &estimate));
  PetscCall(PetscMalloc1(f->n, &sum));
  for (PetscInt i = 0; i < v; i++)
    for (PetscInt j = i; j < v; j++) PetscCall(KarCovEstimateCreate(f->tr->fft, &estimate[i * v + j]));
  for (PetscInt field = Next(f->tr, -1); field < train; field = Next(f->tr, field)) {
    PetscCall(Read(f, index, field));
    for (PetscInt i = 0; i < v; i++)
      for (PetscInt j = i; j < v; j++) {
        for (PetscInt p = 0; p < f->n; p++) sum[p] = f->value[i * f->n + p] + (i == j ? 0 : f->value[j * f->n + p]);
        PetscCall(KarCovEstimateAddArray(estimate[i * v + j], sum));
      }
  }
  for (PetscInt i = 0; i < v; i++)
    for (PetscInt j = i; j < v; j++) {
      PetscCall(KarCovEstimateFinish(estimate[i * v + j], f->tr->slab, shells, &at, &of, NULL));
      if (!*power) PetscCall(PetscMalloc1(*shells, k));
      if (!*power) PetscCall(PetscMalloc1(v * v * *shells, power));
      PetscCall(PetscArraycpy(*k, at, *shells));
      PetscCall(PetscArraycpy(*power + (i * v + j) * *shells, of, *shells));
      PetscCall(KarCovEstimateDestroy(&estimate[i * v + j]));
    }
  PetscCall(PetscFree(estimate));
  PetscCall(PetscFree(sum));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* rho[maps] of one shell; power[i][j] every `stride` numbers; most: the largest power of each variable. */
static PetscErrorCode Solve(PetscInt v, PetscInt stride, const PetscReal power[], const PetscReal most[],
                            PetscReal rho[])
{
  const PetscInt maps = v - 1;
  PetscReal      G[KAR_CONDITIONS * KAR_CONDITIONS], size[KAR_CONDITIONS + 1];
  PetscBLASInt   n, one = 1, info;

  PetscFunctionBegin;
  PetscCall(PetscBLASIntCast(maps, &n));
  for (PetscInt i = 0; i < v; i++) {
    const PetscReal own = power[(i * v + i) * stride];

    size[i] = own > NOTHING * most[i] ? PetscSqrtReal(own) : 0;
  }
  for (PetscInt i = 0; i < maps; i++)
    for (PetscInt j = i; j < v; j++) {
      const PetscReal cross =
                        (power[(i * v + j) * stride] - power[(i * v + i) * stride] - power[(j * v + j) * stride]) / 2,
                      unit = size[i] * (j < maps ? size[j] : 1), value = unit > 0 ? cross / unit : 0;

      if (j == maps) rho[i] = value;
      else G[i * maps + j] = G[j * maps + i] = i == j ? 1 + RIDGE : value;
    }
  LAPACKpotrf_("L", &n, G, &n, &info);
  PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "LAPACK's dpotrf: %d", (int)info);
  LAPACKpotrs_("L", &n, &one, G, &n, rho, &n, &info);
  for (PetscInt i = 0; i < maps; i++) rho[i] = size[i] > 0 ? rho[i] / size[i] : 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The spectrum of what is left. */
static PetscErrorCode Rest(Fields *f, const PetscInt index[], const KarRegression *r, KarCovEstimate *rest)
{
  const PetscInt  train = f->tr->samples - f->tr->held, maps = f->count - 1;
  PetscScalar    *x = f->value + maps * f->n;
  PetscReal      *rho;
  const KarModes *m;
  KarMode         mode;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(f->tr->fft, &m));
  PetscCall(PetscMalloc1(maps * m->rows * m->length, &rho));
  for (PetscInt i = 0; i < m->rows * m->length; i++) {
    kar_mode(m, i / m->length, i % m->length, &mode);
    for (PetscInt j = 0; j < maps; j++)
      rho[i * maps + j] = kar_regression(r->n, r->k, r->rho + j * r->n, PetscSqrtReal(mode.k2));
  }
  PetscCall(KarCovEstimateCreate(f->tr->fft, rest));
  for (PetscInt field = Next(f->tr, -1); field < train; field = Next(f->tr, field)) {
    PetscCall(Read(f, index, field));
    for (PetscInt p = 0; p < f->n; p++)
      for (PetscInt j = 0; j < maps; j++) x[p] -= rho[p / (m->dof * m->width) * maps + j] * f->value[j * f->n + p];
    PetscCall(KarCovEstimateAddArray(*rest, x));
  }
  PetscCall(PetscFree(rho));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerRegress(KarTrainer tr, KarRegression *r, KarCovEstimate *rest)
{
  Fields     f     = {.tr = tr, .n = tr->source.local, .count = 1};
  PetscReal *power = NULL, rho[KAR_CONDITIONS], most[KAR_CONDITIONS + 1] = {0};
  PetscInt   index[KAR_CONDITIONS];

  PetscFunctionBegin;
  *r    = (KarRegression){0};
  *rest = NULL;
  for (PetscInt i = 0; i < tr->conditions; i++)
    if (KarTrainerMapIsLike(tr, i)) index[f.count++ - 1] = i;
  r->maps = f.count - 1;
  if (!r->maps) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc1(f.count * f.n, &f.value));
  PetscCall(KarProgressCreate(tr->comm, "regression on maps", Reads(tr), &f.progress));
  PetscCall(Powers(&f, index, &r->n, &r->k, &power));
  PetscCall(PetscMalloc1(r->maps * r->n, &r->rho));
  for (PetscInt i = 0; i < f.count; i++)
    for (PetscInt s = 0; s < r->n; s++) most[i] = PetscMax(most[i], power[(i * f.count + i) * r->n + s]);
  for (PetscInt s = 0; s < r->n; s++) {
    PetscCall(Solve(f.count, r->n, power + s, most, rho));
    for (PetscInt j = 0; j < r->maps; j++) r->rho[j * r->n + s] = rho[j];
  }
  for (PetscInt j = 0; j < r->maps; j++) r->condition[j] = index[j];
  PetscCall(Rest(&f, index, r, rest));
  PetscCall(KarProgressDestroy(&f.progress));
  PetscCall(PetscFree(power));
  PetscCall(PetscFree(f.value));
  PetscFunctionReturn(PETSC_SUCCESS);
}
