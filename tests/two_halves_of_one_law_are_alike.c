/* 96 + 96 draws of one Gaussian law, the second half on a finer grid: every shell's ratio, and those of variance and
   kurtosis, is 1 within 5 of the errors stated (7 shells and 4 moments: false alarm 1e-5 for normal errors, 1e-3 with
   95 degrees of freedom); the law's own variance is met; the permutation test does not reject at 0.1 %.  A law of 1.5
   times the amplitude is told apart.  Ranks that share samples and ranks that share fields measure the same.  ranks: 1
   2 3 */
#include "claim.h"

enum { SAMPLES = 96 };

static PetscReal Amplitude(const KarMode *mode, void *ctx)
{
  return *(PetscReal *)ctx / (1 + mode->k2 / (16 * PETSC_PI * PETSC_PI));
}

static PetscErrorCode Draw(KarFFT fft, const PetscReal m[], PetscInt sample, PetscBool phase, Vec x, Vec field)
{
  PetscFunctionBegin;
  PetscCall(KarFFTFillNormal(fft, (KarKey){.seed = 17, .sample = sample, .stream = KAR_STREAM_DATA}, x));
  PetscCall(KarFFTMultiply(fft, m, x));
  PetscCall(KarFFTInverse(fft, x, field));
  if (phase) {
    PetscScalar *v;
    PetscInt     n;

    PetscCall(VecGetLocalSize(field, &n));
    PetscCall(VecGetArray(field, &v));
    for (PetscInt i = 0; i < n; i++) v[i] = kar_wrap(v[i]);
    PetscCall(VecRestoreArray(field, &v));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Measures samples [first, first + SAMPLES) of the law on an n x n grid. */
static PetscErrorCode Measure(PetscInt n, PetscInt first, PetscReal amplitude, KarBasis basis, PetscBool phase,
                              PetscBool slabs, KarMeasure *measure, const KarMeasureInfo **info)
{
  const KarMeasureConfig config = {
    .phase = phase, .n = {16, 16, 1}, .energy = {16, 16, 1}, .fields = SAMPLES, .values = 1 << 24, .shift = 0.1};
  const PetscInt sizes[2] = {n, n};
  PetscReal     *m;
  PetscInt       mine;
  int            rank, ranks;
  KarGrid        grid;
  KarFFT         fft;
  Vec            x, field;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  if (slabs) rank = 0, ranks = 1;
  mine = (SAMPLES - rank + ranks - 1) / ranks;
  PetscCall(KarGridCreate(slabs ? PETSC_COMM_WORLD : PETSC_COMM_SELF, &grid));
  PetscCall(KarGridSetSizes(grid, 2, sizes, NULL));
  PetscCall(KarGridSetBasis(grid, basis));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(KarGridCreateField(grid, &field));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(KarFFTCreateMultiplier(fft, Amplitude, &amplitude, &m));
  PetscCall(KarMeasureCreate(PETSC_COMM_WORLD, grid, SAMPLES, mine, &config, measure));
  for (PetscInt i = rank; i < SAMPLES; i += ranks) {
    PetscCall(Draw(fft, m, first + i, phase, x, field));
    PetscCall(KarMeasureAdd(*measure, i, field));
  }
  PetscCall(KarMeasureFinish(*measure, info));
  PetscCall(PetscFree(m));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&field));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ClaimRatio(const char what[], const KarMeasureInfo *a, const KarMeasureInfo *b, PetscInt ca,
                                 PetscInt cb, PetscInt columns, KarRowFn *fn)
{
  KarEstimate x, y, ratio;

  PetscFunctionBegin;
  PetscCall(KarStatsJackknife(SAMPLES, a->columns, columns, a->table + ca, fn, &x));
  PetscCall(KarStatsJackknife(SAMPLES, b->columns, columns, b->table + cb, fn, &y));
  ratio = kar_ratio(x, y);
  Claim(ratio.error > 0 && ratio.error < 0.5, "%s: error %g", what, ratio.error);
  Claim(PetscAbsReal(ratio.value - 1) < 5 * ratio.error, "%s: ratio %g, error %g", what, ratio.value, ratio.error);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyP(const KarMeasureInfo *a, const KarMeasureInfo *b, PetscReal *p)
{
  PetscReal    *both, *d;
  KarEnergyTest test;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(2 * SAMPLES * a->length, &both, 4 * SAMPLES * SAMPLES, &d));
  PetscCall(PetscArraycpy(both, a->coordinates, SAMPLES * a->length));
  PetscCall(PetscArraycpy(both + SAMPLES * a->length, b->coordinates, SAMPLES * a->length));
  PetscCall(KarStatsDistances(PETSC_COMM_WORLD, 2 * SAMPLES, a->length, both, d));
  PetscCall(KarStatsEnergyTest(PETSC_COMM_WORLD, SAMPLES, SAMPLES, d, 1, 1999, &test));
  *p = test.p;
  PetscCall(PetscFree2(both, d));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CheckHalves(void)
{
  KarMeasure            a, b, c;
  const KarMeasureInfo *x, *y, *z;
  KarEstimate           total, sigma2;
  PetscReal             p, w1, far;

  PetscFunctionBegin;
  PetscCall(Measure(16, 0, 1, KAR_BASIS_PERIODIC, PETSC_FALSE, PETSC_FALSE, &a, &x));
  PetscCall(Measure(24, SAMPLES, 1, KAR_BASIS_PERIODIC, PETSC_FALSE, PETSC_FALSE, &b, &y));
  PetscCall(Measure(16, 2 * SAMPLES, 1.5, KAR_BASIS_PERIODIC, PETSC_FALSE, PETSC_FALSE, &c, &z));
  for (PetscInt j = 1; j < x->shells; j++) PetscCall(ClaimRatio("power of a shell", x, y, j, j, 1, kar_row_first));
  PetscCall(ClaimRatio("variance", x, y, x->moments, y->moments, 4, kar_row_variance));
  PetscCall(ClaimRatio("kurtosis", x, y, x->moments, y->moments, 4, kar_row_kurtosis));
  PetscCall(ClaimRatio("variance of gradients", x, y, x->gradients, y->gradients, 4, kar_row_variance));
  PetscCall(ClaimRatio("kurtosis of gradients", x, y, x->gradients, y->gradients, 4, kar_row_kurtosis));
  PetscCall(KarStatsJackknife(SAMPLES, x->columns, 4, x->table + x->moments, kar_row_kurtosis, &total));
  Claim(PetscAbsReal(total.value - 3) < 5 * total.error, "kurtosis %g of a Gaussian law, error %g", total.value,
        total.error);
  PetscCall(KarStatsJackknife(SAMPLES, x->columns, 4, x->table + x->moments, kar_row_variance, &sigma2));
  PetscCall(EnergyP(x, y, &p));
  Claim(p > 0.001, "halves of one law: p = %g", p);
  PetscCall(EnergyP(x, z, &p));
  Claim(p < 0.001, "another law: p = %g", p);
  PetscCall(KarStatsWasserstein(PETSC_COMM_WORLD, x->nvalues, x->values, y->nvalues, y->values, &w1));
  PetscCall(KarStatsWasserstein(PETSC_COMM_WORLD, x->nvalues, x->values, z->nvalues, z->values, &far));
  w1 /= sqrt(sigma2.value), far /= sqrt(sigma2.value);
  Claim(w1 < 0.15 && far > 0.25 && far < 0.6, "W1/sigma %g and %g", w1,
        far); /* N(0, s^2), N(0, (1.5 s)^2): 0.5 sqrt(2/pi) = 0.399 */
  PetscCall(KarMeasureDestroy(&a));
  PetscCall(KarMeasureDestroy(&b));
  PetscCall(KarMeasureDestroy(&c));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CheckShares(KarBasis basis, PetscBool phase)
{
  KarMeasure            a, b;
  const KarMeasureInfo *x, *y;
  PetscReal             w1, error = 0, scale = 0;
  PetscReal            *da, *db;

  PetscFunctionBegin;
  PetscCall(Measure(33, 0, 1, basis, phase, PETSC_FALSE, &a, &x));
  PetscCall(Measure(33, 0, 1, basis, phase, PETSC_TRUE, &b, &y));
  for (PetscInt i = 0; i < SAMPLES * x->columns; i++)
    Claim(PetscAbsReal(x->table[i] - y->table[i]) <= 1e-11 * (1 + PetscAbsReal(x->table[i])), "entry %d: %g, %g",
          (int)i, x->table[i], y->table[i]);
  if (x->nvalues || y->nvalues) {
    PetscCall(KarStatsWasserstein(PETSC_COMM_WORLD, x->nvalues, x->values, y->nvalues, y->values, &w1));
    ClaimNear(w1, 0, 1e-12);
  }
  PetscCall(
    KarStatsWasserstein(PETSC_COMM_WORLD, x->ngradients, x->gradient_values, y->ngradients, y->gradient_values, &w1));
  ClaimNear(w1, 0, 1e-11);
  PetscCall(PetscMalloc2(SAMPLES * SAMPLES, &da, SAMPLES * SAMPLES, &db));
  PetscCall(KarStatsDistances(PETSC_COMM_WORLD, SAMPLES, x->length, x->coordinates, da));
  PetscCall(KarStatsDistances(PETSC_COMM_WORLD, SAMPLES, y->length, y->coordinates, db));
  for (PetscInt i = 0; i < SAMPLES * SAMPLES; i++) {
    error = PetscMax(error, PetscAbsReal(da[i] - db[i]));
    scale = PetscMax(scale, da[i]);
  }
  Claim(scale > 0.1, "distances up to %g", scale);
  ClaimNear(error / scale, 0, 1e-12);
  PetscCall(PetscFree2(da, db));
  PetscCall(KarMeasureDestroy(&a));
  PetscCall(KarMeasureDestroy(&b));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(CheckHalves());
  PetscCall(CheckShares(KAR_BASIS_PERIODIC, PETSC_FALSE));
  PetscCall(CheckShares(KAR_BASIS_COSINE, PETSC_FALSE));
  PetscCall(CheckShares(KAR_BASIS_COSINE, PETSC_TRUE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
