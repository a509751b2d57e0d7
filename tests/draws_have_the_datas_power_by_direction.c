/* Calibration with data (karhunen/train.h).  ranks: 1 2
   The data are Gaussian with the variance C(|k|) (1 + 0.6 cos 4 theta), theta the angle from an axis: four times as
   much along the axes as along the diagonals.  A denoiser knows C only, and its network is zero.  Its draws have the
   same power over C in all directions; calibrated with the data, on a grid finer than its own, they have that of the
   data in each of three bins of direction: within 5 standard errors of both sets, each of its mean over 16 groups.
   One false alarm in 600 for the three (Student's t, 15 degrees of freedom); seeds are fixed. */
#include "claim.h"

#include <karhunen/sampler.h>
#include <karhunen/train.h>

enum { DATA = 400, DRAWS = 320, GROUPS = 16, DIRECTIONS = 3, SHELLS = 11, BINS = DIRECTIONS * SHELLS };

static const char path[] = "directions.test.h5";

static PetscErrorCode Grid(PetscInt points, KarGrid *grid, KarFFT *fft)
{
  const PetscInt n[2] = {points, points};

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_SELF, grid));
  PetscCall(KarGridSetSizes(*grid, 2, n, NULL));
  PetscCall(KarFFTCreate(*grid, fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* C = |kappa|^-3. */
static void Spectrum(PetscReal k[], PetscReal C[])
{
  for (PetscInt j = 0; j < SHELLS; j++)
    k[j] = 2 * PETSC_PI * (PetscReal)j, C[j] = j ? PetscPowReal((PetscReal)j, -3) : 0;
}

/* Each mode times sqrt(1 + 0.6 cos 4 theta). */
static PetscErrorCode Shape(KarFFT fft, Vec x)
{
  const KarModes *m;
  KarMode         mode;
  PetscScalar    *a;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(VecGetArray(x, &a));
  for (PetscInt i = 0; i < m->rows * m->length; i++) {
    kar_mode(m, i / m->length, i % m->length, &mode);
    const PetscReal s = PetscSqrtReal(1 + 0.6 * PetscCosReal(4 * PetscAtan2Real(mode.k[1], mode.k[0])));

    for (PetscInt c = 0; c < m->width; c++) a[i * m->width + c] *= s;
  }
  PetscCall(VecRestoreArray(x, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode WriteData(void)
{
  KarGrid    grid;
  KarFFT     fft;
  KarDataset file;
  KarCov     cov;
  Vec        x, field;
  PetscReal  k[SHELLS], C[SHELLS];

  PetscFunctionBegin;
  PetscCall(Grid(24, &grid, &fft));
  Spectrum(k, C);
  PetscCall(KarCovCreate(fft, &cov));
  PetscCall(KarCovSetSpectrum(cov, SHELLS, k, C));
  PetscCall(KarCovSetUp(cov));
  PetscCall(KarGridCreateField(grid, &field));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(KarDatasetCreate(PETSC_COMM_SELF, grid, path, &file));
  PetscCall(KarDatasetSetSamples(file, DATA));
  PetscCall(KarDatasetAddVariable(file, "u", 1, "1", "u"));
  PetscCall(KarDatasetSetUp(file));
  for (PetscInt i = 0; i < DATA; i++) {
    PetscCall(KarCovSample(cov, (KarKey){.seed = 5, .sample = i, .stream = KAR_STREAM_TEST}, x));
    PetscCall(Shape(fft, x));
    PetscCall(KarFFTInverse(fft, x, field));
    PetscCall(KarDatasetWrite(file, "u", i, field));
  }
  PetscCall(KarDatasetClose(&file));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&field));
  PetscCall(KarCovDestroy(&cov));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Power over C of one group in each direction, all shells together. */
static void AddGroup(const PetscReal sums[], PetscReal mean[], PetscReal square[])
{
  for (int d = 0; d < DIRECTIONS; d++) {
    PetscReal above = 0, below = 0;

    for (int s = 0; s < SHELLS; s++) above += sums[d * SHELLS + s], below += sums[BINS + d * SHELLS + s];
    mean[d] += above / below / GROUPS;
    square[d] += PetscSqr(above / below) / GROUPS;
  }
}

/* ts NULL: of the data. Every rank measures all of it. */
static PetscErrorCode Measure(KarDenoiser denoiser, TS ts, PetscReal mean[], PetscReal error[])
{
  KarGrid     grid;
  KarFFT      own, fft;
  KarDataset  file;
  KarResample across;
  Vec         field, of, x;

  PetscFunctionBegin;
  PetscCall(Grid(24, &grid, &own));
  PetscCall(KarDenoiserGetFFT(denoiser, &fft));
  PetscCall(KarResampleCreate(own, fft, &across));
  PetscCall(KarGridCreateField(grid, &field));
  PetscCall(KarFFTCreateCoordinates(own, &of));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(KarDatasetOpen(PETSC_COMM_SELF, path, &file));
  for (int d = 0; d < DIRECTIONS; d++) mean[d] = error[d] = 0;
  for (PetscInt group = 0, each = (ts ? DRAWS : DATA) / GROUPS; group < GROUPS; group++) {
    PetscReal sums[2 * BINS] = {0};

    for (PetscInt i = group * each; i < (group + 1) * each; i++) {
      if (ts) PetscCall(KarSamplerSolve(ts, (KarKey){.seed = 11, .sample = i}, x, NULL));
      else {
        PetscCall(KarDatasetRead(file, NULL, i, field));
        PetscCall(KarFFTForward(own, field, of));
        PetscCall(KarResampleApply(across, of, x));
      }
      PetscCall(KarDenoiserCollectPower(denoiser, x, sums, sums + BINS));
    }
    AddGroup(sums, mean, error);
  }
  for (int d = 0; d < DIRECTIONS; d++) error[d] = PetscSqrtReal((error[d] - mean[d] * mean[d]) / (GROUPS - 1));
  PetscCall(KarDatasetDestroy(&file));
  PetscCall(KarResampleDestroy(&across));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&of));
  PetscCall(VecDestroy(&field));
  PetscCall(KarFFTDestroy(&own));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  const KarCalibrationBins none = {
    .levels = 2, .components = 1, .directions = DIRECTIONS, .shells = SHELLS, .low = -3, .high = 3, .k1 = 2 * PETSC_PI};
  KarCalibrateOptions options = {.samples = 160, .passes = 5, .directions = DIRECTIONS, .seed = 1};
  PetscReal           k[SHELLS], C[SHELLS], zero[2 * BINS] = {0}, mean = 0, change;
  PetscReal           data[DIRECTIONS], drawn[DIRECTIONS], error[2][DIRECTIONS];
  PetscBool           whole;
  int                 rank;
  KarGrid             grid;
  KarFFT              fft;
  KarDenoiser         denoiser;
  KarScore            score;
  TS                  ts;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  if (rank == 0) PetscCall(WriteData());
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  Spectrum(k, C);
  PetscCall(Grid(16, &grid, &fft));
  PetscCall(KarDenoiserCreate(fft, SHELLS, k, C, &mean, &denoiser));
  PetscCall(KarDenoiserSetFromOptions(denoiser));
  PetscCall(KarDenoiserSetUp(denoiser));
  PetscCall(KarScoreCreateLearnt(denoiser, &score));
  PetscCall(KarScoreSetUp(score));
  PetscCall(KarSamplerCreate(score, &ts));
  PetscCall(KarSamplerSetEvaluations(ts, 21));
  PetscCall(KarSamplerSetEnd(ts, 0.02));
  PetscCall(KarSamplerSetUp(ts));
  PetscCall(KarDenoiserSetCalibration(denoiser, &none, zero));
  PetscCall(Measure(denoiser, NULL, data, error[0]));
  PetscCall(Measure(denoiser, ts, drawn, error[1]));
  Claim(data[0] > 2.5 * data[DIRECTIONS - 1], "power of the data by direction: %g to %g", (double)data[0],
        (double)data[DIRECTIONS - 1]);
  Claim(PetscAbsReal(drawn[0] - data[0]) > 10 * error[1][0], "draws have it before calibration: %g, data %g",
        (double)drawn[0], (double)data[0]);
  PetscCall(KarDatasetOpen(PETSC_COMM_WORLD, path, &options.data));
  PetscCall(KarSamplerCalibrate(ts, score, PETSC_COMM_WORLD, &options, &change, &whole));
  PetscCall(KarDatasetDestroy(&options.data));
  PetscCall(Measure(denoiser, ts, drawn, error[1]));
  for (int d = 0; d < DIRECTIONS; d++)
    ClaimNear(drawn[d], data[d], 5 * PetscSqrtReal(PetscSqr(error[0][d]) + PetscSqr(error[1][d])));
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  if (rank == 0) (void)remove(path);
  PetscCall(TSDestroy(&ts));
  PetscCall(KarScoreDestroy(&score));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
