/* Truths against draws given data of them, by the distance to the nearest datum and at each point. Each rank has the
   points of its slab. The scores are those of ensemble.c. */
#include "byplaceimpl.h"
#include "statsimpl.h"

#include <math.h>
#include <stdlib.h>

enum { MOST = 1 << 14, NUMBERS = 5, POINTS = 0, COVERED, CRPS, ERROR, SPREAD }; /* of a bin of a truth */

struct _p_KarByPlace {
  KarFFT         fft;
  KarGridInfo    grid;
  signed char   *bin; /* [points of this rank], NULL before places are set */
  PetscReal     *sum; /* [truths][bins][NUMBERS] of this rank */
  PetscInt       capacity;
  Vec            truth;
  KarByPlaceInfo info;
};

PetscErrorCode KarByPlaceCreate(KarFFT fft, KarByPlace *out)
{
  KarByPlace by;
  KarGrid    grid;

  PetscFunctionBegin;
  PetscCall(PetscNew(&by));
  *out = by;
  PetscCall(KarFFTReference(fft));
  by->fft = fft;
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &by->grid));
  PetscCall(KarGridCreateField(grid, &by->truth));
  PetscCall(KarGridCreateField(grid, &by->info.spread));
  PetscCall(KarGridCreateField(grid, &by->info.error));
  PetscCall(KarGridCreateField(grid, &by->info.coverage));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarByPlaceDestroy(KarByPlace *by)
{
  PetscFunctionBegin;
  if (*by) {
    PetscCall(PetscFree((*by)->bin));
    PetscCall(PetscFree((*by)->sum));
    PetscCall(VecDestroy(&(*by)->truth));
    PetscCall(VecDestroy(&(*by)->info.spread));
    PetscCall(VecDestroy(&(*by)->info.error));
    PetscCall(VecDestroy(&(*by)->info.coverage));
    PetscCall(KarFFTDestroy(&(*by)->fft));
  }
  PetscCall(PetscFree(*by));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarByPlaceSetPlaces(KarByPlace by, PetscInt m, const PetscReal x[])
{
  PetscReal spacing;

  PetscFunctionBegin;
  KarCheck(by->grid.comm, m > 0, PETSC_ERR_ARG_SIZ, "no data, and so no distance to the nearest");
  if (!by->bin) PetscCall(PetscMalloc1(by->grid.ln * by->grid.n[1] * by->grid.n[2], &by->bin));
  PetscCall(KarPlaceFindBins(&by->grid, m, x, &spacing, by->bin));
  if (!by->info.truths) by->info.spacing = spacing;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static int Ascending(const void *a, const void *b)
{
  const PetscReal x = *(const PetscReal *)a, y = *(const PetscReal *)b;

  return (x > y) - (x < y);
}

/* What the draws x[n] say of a truth u: x is sorted. */
static void Judge(PetscReal u, PetscInt n, PetscReal x[], PetscReal number[NUMBERS])
{
  const PetscInt cut  = kar_ensemble_cut(n);
  PetscReal      mean = 0, square = 0, off = 0, between = 0;
  PetscInt       below = 0;

  qsort(x, (size_t)n, sizeof(PetscReal), Ascending);
  for (PetscInt i = 0; i < n; i++) {
    mean += x[i] / (PetscReal)n;
    off += PetscAbsReal(x[i] - u) / (PetscReal)n;
    between += (2 * (PetscReal)i - (PetscReal)n + 1) * x[i];
    below += x[i] < u ? 1 : 0;
  }
  for (PetscInt i = 0; i < n; i++) square += PetscSqr(x[i] - mean) / (PetscReal)(n - 1);
  number[POINTS]  = 1;
  number[COVERED] = below >= cut && below <= n - cut ? 1 : 0;
  number[CRPS]    = off - between / ((PetscReal)n * (PetscReal)(n - 1));
  number[ERROR]   = PetscSqr(mean - u);
  number[SPREAD]  = (1 + 1 / (PetscReal)n) * square;
}

/* The numbers of all points of this rank, into the bins of this truth and the fields. */
static PetscErrorCode AddPoints(KarByPlace by, PetscInt n, const PetscScalar *const x[])
{
  PetscReal         *sum = by->sum + by->info.truths * KAR_PLACE_BINS * NUMBERS, number[NUMBERS], *values;
  const PetscScalar *u;
  PetscScalar       *spread, *error, *covered;
  PetscInt           local;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(n, &values));
  PetscCall(VecGetLocalSize(by->truth, &local));
  PetscCall(VecGetArrayRead(by->truth, &u));
  PetscCall(VecGetArray(by->info.spread, &spread));
  PetscCall(VecGetArray(by->info.error, &error));
  PetscCall(VecGetArray(by->info.coverage, &covered));
  for (PetscInt p = 0; p < local; p++) {
    PetscReal *of = sum + by->bin[p / by->grid.dof] * NUMBERS;

    for (PetscInt i = 0; i < n; i++) values[i] = x[i][p];
    Judge(u[p], n, values, number);
    for (int k = 0; k < NUMBERS; k++) of[k] += number[k];
    spread[p] += number[SPREAD], error[p] += number[ERROR], covered[p] += number[COVERED];
  }
  PetscCall(VecRestoreArray(by->info.coverage, &covered));
  PetscCall(VecRestoreArray(by->info.error, &error));
  PetscCall(VecRestoreArray(by->info.spread, &spread));
  PetscCall(VecRestoreArrayRead(by->truth, &u));
  PetscCall(PetscFree(values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarByPlaceAdd(KarByPlace by, Vec truth, PetscInt n, const Vec draw[])
{
  const PetscScalar **x;
  Vec                *field;

  PetscFunctionBegin;
  KarCheck(by->grid.comm, by->bin, PETSC_ERR_ORDER, "the places of the data are not set");
  KarCheck(by->grid.comm, n > 1 && (!by->info.draws || n == by->info.draws), PETSC_ERR_ARG_SIZ,
           "%" PetscInt_FMT " draws of a truth, of others %" PetscInt_FMT ": as many of each, two at least", n,
           by->info.draws);
  KarCheck(by->grid.comm, by->info.truths < MOST, PETSC_ERR_SUP, "more than %d truths", MOST);
  if (by->info.truths == by->capacity) {
    const PetscInt more = 2 * by->capacity + 16, each = KAR_PLACE_BINS * NUMBERS;

    PetscCall(PetscRealloc((size_t)(more * each) * sizeof(PetscReal), &by->sum));
    PetscCall(PetscArrayzero(by->sum + by->capacity * each, (more - by->capacity) * each));
    by->capacity = more;
  }
  by->info.draws   = n;
  by->info.nominal = 1 - 2 * (PetscReal)kar_ensemble_cut(n) / (PetscReal)(n + 1);
  PetscCall(KarFFTInverse(by->fft, truth, by->truth));
  PetscCall(VecDuplicateVecs(by->truth, n, &field));
  PetscCall(PetscMalloc1(n, &x));
  for (PetscInt i = 0; i < n; i++) {
    PetscCall(KarFFTInverse(by->fft, draw[i], field[i]));
    PetscCall(VecGetArrayRead(field[i], &x[i]));
  }
  PetscCall(AddPoints(by, n, x));
  for (PetscInt i = 0; i < n; i++) PetscCall(VecRestoreArrayRead(field[i], &x[i]));
  PetscCall(PetscFree(x));
  PetscCall(VecDestroyVecs(n, &field));
  by->info.truths++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* sum a / sum b over the truths of a bin, and its standard error by the delta method. */
static KarEstimate Ratio(KarByPlace by, PetscInt bin, int a, int b)
{
  const PetscInt   n = by->info.truths, step = KAR_PLACE_BINS * NUMBERS;
  const PetscReal *of = by->sum + bin * NUMBERS;
  PetscReal        up = 0, down = 0, square = 0, r;
  PetscInt         have = 0;

  for (PetscInt i = 0; i < n; i++)
    up += of[i * step + a], down += of[i * step + b], have += of[i * step + POINTS] > 0 ? 1 : 0;
  if (!(down > 0)) return (KarEstimate){NAN, NAN};
  r = up / down;
  for (PetscInt i = 0; i < n; i++) square += PetscSqr(of[i * step + a] - r * of[i * step + b]);
  return (KarEstimate){r, have > 1 ? PetscSqrtReal(square * (PetscReal)have / (PetscReal)(have - 1)) / down : NAN};
}

static KarEstimate Root(KarEstimate e)
{
  return (KarEstimate){PetscSqrtReal(e.value), e.error / (2 * PetscSqrtReal(e.value))};
}

PetscErrorCode KarByPlaceFinish(KarByPlace by, const KarByPlaceInfo **out)
{
  KarByPlaceInfo *info = &by->info;
  const PetscInt  each = KAR_PLACE_BINS * NUMBERS;
  PetscReal       all  = 0;

  PetscFunctionBegin;
  KarCheck(by->grid.comm, info->truths, PETSC_ERR_ORDER, "no truth to compare with");
  PetscCallMPI(
    MPI_Allreduce(MPI_IN_PLACE, by->sum, (PetscMPIInt)(info->truths * each), MPIU_REAL, MPIU_SUM, by->grid.comm));
  for (PetscInt b = 0; b < KAR_PLACE_BINS; b++) {
    KarPlaceBin *bin = &info->bin[b];

    for (PetscInt i = 0; i < info->truths; i++) bin->share += by->sum[i * each + b * NUMBERS + POINTS];
    all += bin->share;
    bin->first    = b > 1 ? kar_place_end(b - 1) : 0;
    bin->end      = kar_place_end(b);
    bin->coverage = Ratio(by, b, COVERED, POINTS);
    bin->crps     = Ratio(by, b, CRPS, POINTS);
    bin->error    = Root(Ratio(by, b, ERROR, POINTS));
    bin->spread   = Root(Ratio(by, b, SPREAD, POINTS));
    bin->ratio    = Root(Ratio(by, b, ERROR, SPREAD));
  }
  for (PetscInt b = 0; b < KAR_PLACE_BINS; b++) info->bin[b].share /= all;
  PetscCall(VecScale(info->spread, 1 / (PetscReal)info->truths));
  PetscCall(VecScale(info->error, 1 / (PetscReal)info->truths));
  PetscCall(VecScale(info->coverage, 1 / (PetscReal)info->truths));
  PetscCall(VecSqrtAbs(info->spread));
  PetscCall(VecSqrtAbs(info->error));
  *out = info;
  PetscFunctionReturn(PETSC_SUCCESS);
}
