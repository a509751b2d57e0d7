/* Truths against draws given data of them. Of a band of modes, the share of points where the truth's rank among the n
   draws is in the middle, and
     ratio^2 = sum over truths of |truth - mean|^2 / sum of (1 + 1/n) variance of the draws,
   whose standard error is the delta method's over truths. CRPS = E|x - u| - 1/2 E|x - x'| at each point, the energy
   score the same with norms of fields, both without the diagonal, so that they do not depend on n in the mean. */
#include "ensembleimpl.h"
#include "statsimpl.h"

#include <math.h>
#include <stdlib.h>

enum { MOST = 1 << 14 }; /* truths */

static PetscReal InBand(const KarMode *mode, void *ctx)
{
  const PetscReal *ends = ctx, k = PetscSqrtReal(mode->k2) / ends[2];

  return !mode->nyquist && k >= ends[0] * (1 - 1e-12) && k < ends[1] * (1 - 1e-12) ? 1 : 0;
}

/* Octaves 1 to 2, 2 to 4, ... of the modes of the grid. */
static PetscErrorCode SetUpBands(KarEnsemble e, const KarGridInfo *g)
{
  const PetscReal turn    = g->basis == KAR_BASIS_COSINE ? PETSC_PI : 2 * PETSC_PI;
  PetscReal       longest = 0, top = 0, ends[3];

  PetscFunctionBegin;
  for (int a = 0; a < g->dim; a++) longest = PetscMax(longest, g->length[a]);
  for (int a = 0; a < g->dim; a++)
    top = PetscMax(top, longest / g->length[a] *
                          (PetscReal)(g->basis == KAR_BASIS_COSINE ? g->n[a] - 1 : (g->n[a] - 1) / 2));
  ends[2] = turn / longest;
  for (ends[0] = 1; ends[0] <= top && e->info.bands < KAR_ENSEMBLE_BANDS; ends[0] *= 2) {
    ends[1] = 2 * ends[0] > top ? PETSC_MAX_REAL : 2 * ends[0]; /* the last has the corners */
    PetscCall(KarFFTCreateMultiplier(e->fft, InBand, ends, &e->mask[e->info.bands]));
    e->info.band[e->info.bands++] = (KarEnsembleBand){.first = ends[0], .end = 2 * ends[0] > top ? top : ends[1]};
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarEnsembleCreate(KarFFT fft, PetscInt related, KarEnsemble *ensemble)
{
  KarEnsemble e;
  KarGrid     grid;
  KarGridInfo g;

  PetscFunctionBegin;
  PetscCall(PetscNew(&e));
  *ensemble = e;
  PetscCall(KarFFTReference(fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  e->fft = fft, e->comm = g.comm, e->related = related;
  e->points = g.n[0] * g.n[1] * g.n[2] * g.dof;
  PetscCall(SetUpBands(e, &g));
  PetscCall(KarFFTCreateCoordinates(fft, &e->x));
  PetscCall(KarGridCreateField(grid, &e->field));
  PetscCall(VecDuplicate(e->field, &e->truth));
  PetscCall(VecDuplicate(e->field, &e->sum));
  PetscCall(VecDuplicate(e->field, &e->square));
  PetscCall(VecDuplicate(e->field, &e->below));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarEnsembleDestroy(KarEnsemble *ensemble)
{
  KarEnsemble e = *ensemble;

  PetscFunctionBegin;
  if (e) {
    for (PetscInt b = 0; b < e->info.bands; b++) PetscCall(PetscFree(e->mask[b]));
    for (PetscInt f = 0; f < KAR_ENSEMBLE_FUNCTIONALS; f++) PetscCall(PetscFree(e->info.rank[f].count));
    PetscCall(PetscFree5(e->covered, e->error, e->spread, e->power, e->score));
    PetscCall(VecDestroy(&e->x));
    PetscCall(VecDestroy(&e->field));
    PetscCall(VecDestroy(&e->truth));
    PetscCall(VecDestroy(&e->sum));
    PetscCall(VecDestroy(&e->square));
    PetscCall(VecDestroy(&e->below));
    PetscCall(KarFFTDestroy(&e->fft));
  }
  PetscCall(PetscFree(*ensemble));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The numbers of the draws decide what can be told. */
static PetscErrorCode First(KarEnsemble e, PetscInt n)
{
  KarEnsembleInfo *info = &e->info;

  PetscFunctionBegin;
  info->draws = n;
  info->runs  = (n + e->related - 1) / e->related;
  info->bins  = PetscMin(info->runs + 1, 8);
  while ((info->runs + 1) % info->bins) info->bins--; /* bins of equal probability */
  info->nominal     = 1 - 2 * (PetscReal)kar_ensemble_cut(n) / (PetscReal)(n + 1);
  info->functionals = info->bands + 2;
  PetscCall(PetscMalloc5(MOST * info->bands, &e->covered, MOST * info->bands, &e->error, MOST * info->bands, &e->spread,
                         MOST * info->bands, &e->power, 3 * MOST, &e->score));
  for (PetscInt f = 0; f < info->functionals; f++) {
    const PetscInt b = f - 2;

    PetscCall(PetscCalloc1(info->runs + 1, &info->rank[f].count));
    if (f == 0) (void)snprintf(info->rank[f].name, sizeof(info->rank[f].name), "value at the first point");
    else if (f == 1) (void)snprintf(info->rank[f].name, sizeof(info->rank[f].name), "energy");
    else
      (void)snprintf(info->rank[f].name, sizeof(info->rank[f].name), "energy at |k| %g to %g",
                     (double)info->band[b].first, (double)info->band[b].end);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Of one band: draws pass one by one, and leave their sum, their squares, and how many are below the truth at each
   point. */
static PetscErrorCode AddBand(KarEnsemble e, PetscInt b, Vec truth, PetscInt n, const Vec draw[])
{
  const PetscInt     at = e->info.truths * e->info.bands + b, cut = kar_ensemble_cut(n);
  const PetscScalar *u, *x, *mean, *below;
  PetscScalar       *sum, *square, *rank;
  PetscReal          total[4] = {0};
  PetscInt           local;

  PetscFunctionBegin;
  PetscCall(VecCopy(truth, e->x));
  PetscCall(KarFFTMultiply(e->fft, e->mask[b], e->x));
  PetscCall(KarFFTInverse(e->fft, e->x, e->truth));
  PetscCall(VecSet(e->sum, 0));
  PetscCall(VecSet(e->square, 0));
  PetscCall(VecSet(e->below, 0));
  PetscCall(VecGetLocalSize(e->field, &local));
  PetscCall(VecGetArrayRead(e->truth, &u));
  for (PetscInt i = 0; i < n; i++) {
    PetscCall(VecCopy(draw[i], e->x));
    PetscCall(KarFFTMultiply(e->fft, e->mask[b], e->x));
    PetscCall(KarFFTInverse(e->fft, e->x, e->field));
    PetscCall(VecGetArrayRead(e->field, &x));
    PetscCall(VecGetArray(e->sum, &sum));
    PetscCall(VecGetArray(e->square, &square));
    PetscCall(VecGetArray(e->below, &rank));
    for (PetscInt p = 0; p < local; p++)
      sum[p] += x[p], square[p] += PetscSqr(x[p] - u[p]), rank[p] += x[p] < u[p] ? 1 : 0;
    PetscCall(VecRestoreArray(e->below, &rank));
    PetscCall(VecRestoreArray(e->square, &square));
    PetscCall(VecRestoreArray(e->sum, &sum));
    PetscCall(VecRestoreArrayRead(e->field, &x));
  }
  PetscCall(VecGetArrayRead(e->sum, &mean));
  PetscCall(VecGetArrayRead(e->below, &below));
  PetscCall(VecGetArrayRead(e->square, &x));
  for (PetscInt p = 0; p < local; p++) {
    const PetscReal off      = mean[p] / (PetscReal)n - u[p],
                    variance = (x[p] - (PetscReal)n * off * off) / (PetscReal)PetscMax(n - 1, 1);

    total[0] += below[p] >= (PetscReal)cut && below[p] <= (PetscReal)(n - cut) ? 1 : 0;
    total[1] += off * off;
    total[2] += (1 + 1 / (PetscReal)n) * variance;
    total[3] += u[p] * u[p];
  }
  PetscCall(VecRestoreArrayRead(e->square, &x));
  PetscCall(VecRestoreArrayRead(e->below, &below));
  PetscCall(VecRestoreArrayRead(e->sum, &mean));
  PetscCall(VecRestoreArrayRead(e->truth, &u));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, total, 4, MPIU_REAL, MPIU_SUM, e->comm));
  for (int i = 0; i < 4; i++) total[i] /= (PetscReal)e->points;
  e->covered[at] = total[0], e->error[at] = total[1], e->spread[at] = total[2], e->power[at] = total[3];
  PetscFunctionReturn(PETSC_SUCCESS);
}

static int Ascending(const void *a, const void *b)
{
  const PetscReal x = *(const PetscReal *)a, y = *(const PetscReal *)b;

  return (x > y) - (x < y);
}

/* The scores of whole fields. */
static PetscErrorCode AddScores(KarEnsemble e, Vec truth, PetscInt n, const Vec draw[])
{
  const PetscScalar **x, *u;
  PetscReal          *sorted, total[2] = {0}, norm, near = 0, apart = 0, *score = e->score + 3 * e->info.truths;
  PetscInt            local;
  Vec                *field;

  PetscFunctionBegin;
  PetscCall(KarFFTInverse(e->fft, truth, e->truth));
  PetscCall(VecDuplicateVecs(e->field, n, &field));
  PetscCall(PetscMalloc2(n, &x, n, &sorted));
  for (PetscInt i = 0; i < n; i++) {
    PetscCall(KarFFTInverse(e->fft, draw[i], field[i]));
    PetscCall(VecGetArrayRead(field[i], &x[i]));
  }
  PetscCall(VecGetLocalSize(e->field, &local));
  PetscCall(VecGetArrayRead(e->truth, &u));
  for (PetscInt p = 0; p < local; p++) {
    PetscReal off = 0, between = 0, mean = 0;

    for (PetscInt i = 0; i < n; i++)
      sorted[i] = x[i][p], off += PetscAbsReal(x[i][p] - u[p]), mean += x[i][p] / (PetscReal)n;
    qsort(sorted, (size_t)n, sizeof(PetscReal), Ascending);
    for (PetscInt i = 0; i < n; i++)
      between += (2 * (PetscReal)i - (PetscReal)n + 1) * sorted[i]; /* sum over pairs of |x - x'| */
    total[0] += PetscSqr(mean - u[p]);
    total[1] += off / (PetscReal)n - (n > 1 ? between / ((PetscReal)n * (PetscReal)(n - 1)) : 0);
  }
  PetscCall(VecRestoreArrayRead(e->truth, &u));
  for (PetscInt i = 0; i < n; i++) PetscCall(VecRestoreArrayRead(field[i], &x[i]));
  PetscCall(PetscFree2(x, sorted));
  PetscCall(VecDestroyVecs(n, &field));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, total, 2, MPIU_REAL, MPIU_SUM, e->comm));
  for (PetscInt i = 0; i < n; i++) {
    PetscCall(VecWAXPY(e->x, -1, truth, draw[i]));
    PetscCall(VecNorm(e->x, NORM_2, &norm));
    near += norm / (PetscReal)n;
    for (PetscInt j = 0; j < i; j++) {
      PetscCall(VecWAXPY(e->x, -1, draw[j], draw[i]));
      PetscCall(VecNorm(e->x, NORM_2, &norm));
      apart += norm / ((PetscReal)n * (PetscReal)(n - 1));
    }
  }
  score[0] = total[0] / (PetscReal)e->points, score[1] = total[1] / (PetscReal)e->points, score[2] = near - apart;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The numbers of one field that have ranks. */
static PetscErrorCode Numbers(KarEnsemble e, Vec x, PetscReal number[])
{
  const PetscScalar *a;
  PetscInt           first, end;
  PetscReal          norm;

  PetscFunctionBegin;
  PetscCall(KarFFTInverse(e->fft, x, e->field));
  PetscCall(VecGetOwnershipRange(e->field, &first, &end));
  number[0] = 0;
  PetscCall(VecGetArrayRead(e->field, &a));
  if (first == 0 && end > 0) number[0] = a[0];
  PetscCall(VecRestoreArrayRead(e->field, &a));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, number, 1, MPIU_REAL, MPIU_SUM, e->comm));
  PetscCall(VecNorm(x, NORM_2, &norm));
  number[1] = norm * norm;
  for (PetscInt b = 0; b < e->info.bands; b++) {
    PetscCall(VecCopy(x, e->x));
    PetscCall(KarFFTMultiply(e->fft, e->mask[b], e->x));
    PetscCall(VecNorm(e->x, NORM_2, &norm));
    number[2 + b] = norm * norm;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarEnsembleAdd(KarEnsemble e, Vec truth, PetscInt n, const Vec draw[])
{
  PetscReal own[KAR_ENSEMBLE_FUNCTIONALS], other[KAR_ENSEMBLE_FUNCTIONALS];
  PetscInt  below[KAR_ENSEMBLE_FUNCTIONALS] = {0};

  PetscFunctionBegin;
  if (!e->info.truths) PetscCall(First(e, n));
  KarCheck(e->comm, n == e->info.draws && n > 1, PETSC_ERR_ARG_SIZ,
           "%" PetscInt_FMT " draws given a truth's data, of others %" PetscInt_FMT
           ": as many are needed for each, two at least",
           n, e->info.draws);
  KarCheck(e->comm, e->info.truths < MOST, PETSC_ERR_SUP, "more than %d truths", MOST);
  for (PetscInt b = 0; b < e->info.bands; b++) PetscCall(AddBand(e, b, truth, n, draw));
  PetscCall(AddScores(e, truth, n, draw));
  PetscCall(Numbers(e, truth, own));
  for (PetscInt i = 0; i < n; i += e->related) {
    PetscCall(Numbers(e, draw[i], other));
    for (PetscInt f = 0; f < e->info.functionals; f++) below[f] += other[f] < own[f] ? 1 : 0;
  }
  for (PetscInt f = 0; f < e->info.functionals; f++) e->info.rank[f].count[below[f]]++;
  e->info.truths++;
  PetscFunctionReturn(PETSC_SUCCESS);
}
