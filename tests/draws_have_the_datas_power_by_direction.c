/* Calibration with data (karhunen/train.h).  ranks: 1 2
   The data are Gaussian fields of two components with the variances C(|k|) (1 + 0.6 cos 4 theta) and
   2 C(|k|) (1 - 0.6 cos 4 theta), theta the angle from an axis: one has four times as much along the axes as along the
   diagonals, the other a quarter.  A denoiser knows C only, and its network is zero.  Its draws have the same power
   over C in all directions and components; calibrated with the data, on a grid finer than its own, they have that of
   the data in each component and each of three bins of direction: within 5 standard errors of both sets, each of its
   mean over 16 groups.  At most one false alarm in 1,000 for the six (Student's t, 15 degrees of freedom); seeds are
   fixed.  From its file the calibrated denoiser is the same to rounding. */
#include "claim.h"

#include <karhunen/sampler.h>
#include <karhunen/train.h>

enum { DATA = 320, DRAWS = 256, GROUPS = 16, DOF = 2, DIRECTIONS = 3, SHELLS = 11 };
enum { CLASSES = DOF * DIRECTIONS, BINS = CLASSES * SHELLS };

static const char path[] = "directions.test.h5";

static PetscErrorCode Grid(PetscInt points, KarGrid *grid, KarFFT *fft)
{
  const PetscInt n[2] = {points, points};

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_SELF, grid));
  PetscCall(KarGridSetSizes(*grid, 2, n, NULL));
  PetscCall(KarGridSetComponents(*grid, DOF));
  PetscCall(KarFFTCreate(*grid, fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* C = |kappa|^-3. */
static void Spectrum(PetscReal k[], PetscReal C[])
{
  for (PetscInt j = 0; j < SHELLS; j++)
    k[j] = 2 * PETSC_PI * (PetscReal)j, C[j] = j ? PetscPowReal((PetscReal)j, -3) : 0;
}

/* Each mode times the root of what its component has over C. */
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
    const PetscReal cosine = PetscCosReal(4 * PetscAtan2Real(mode.k[1], mode.k[0]));
    const PetscReal s[DOF] = {PetscSqrtReal(1 + 0.6 * cosine), PetscSqrtReal(2 * (1 - 0.6 * cosine))};

    for (PetscInt c = 0; c < DOF * m->width; c++) a[i * DOF * m->width + c] *= s[c / m->width];
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
  PetscCall(KarDatasetAddVariable(file, "u", DOF, "1", "u"));
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

/* Power over C of one group in each component and direction, all shells together. */
static void AddGroup(const PetscReal sums[], PetscReal mean[], PetscReal square[])
{
  for (int d = 0; d < CLASSES; d++) {
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
  for (int d = 0; d < CLASSES; d++) mean[d] = error[d] = 0;
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
  for (int d = 0; d < CLASSES; d++) error[d] = PetscSqrtReal((error[d] - mean[d] * mean[d]) / (GROUPS - 1));
  PetscCall(KarDatasetDestroy(&file));
  PetscCall(KarResampleDestroy(&across));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&of));
  PetscCall(VecDestroy(&field));
  PetscCall(KarFFTDestroy(&own));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The denoiser and what its file gives back. */
static PetscErrorCode Reload(KarDenoiser denoiser)
{
  const char    model[] = "directions.model.h5";
  PetscReal     norm, difference;
  KarCheckpoint file;
  KarDenoiser   again;
  KarSDE        sde;
  KarCov        data;
  KarFFT        fft;
  Vec           x, d, e;

  PetscFunctionBegin;
  PetscCall(KarCheckpointCreate(PETSC_COMM_SELF, model, KAR_REPLACE, &file));
  PetscCall(KarDenoiserSave(denoiser, file, NULL));
  PetscCall(KarCheckpointClose(&file));
  PetscCall(KarDenoiserLoad(PETSC_COMM_SELF, model, 0, NULL, &again));
  PetscCall(KarDenoiserSetFromOptions(again));
  PetscCall(KarDenoiserSetUp(again));
  PetscCall(KarDenoiserGetFFT(denoiser, &fft));
  PetscCall(KarDenoiserGetSDE(denoiser, &sde));
  PetscCall(KarDenoiserGetDataCovariance(denoiser, &data));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecDuplicate(x, &d));
  PetscCall(VecDuplicate(x, &e));
  PetscCall(KarSDESamplePrior(sde, data, (KarKey){.seed = 3, .stream = KAR_STREAM_TEST}, x));
  PetscCall(KarDenoiserApply(denoiser, 0.3, x, d));
  PetscCall(KarDenoiserApply(again, 0.3, x, e));
  PetscCall(VecNorm(d, NORM_2, &norm));
  PetscCall(VecAXPY(e, -1, d));
  PetscCall(VecNorm(e, NORM_2, &difference));
  Claim(norm > 0 && difference <= 1e-12 * norm, "from its file it differs by %g of %g", (double)difference,
        (double)norm);
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&d));
  PetscCall(VecDestroy(&e));
  PetscCall(KarDenoiserDestroy(&again));
  (void)remove(model);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  const KarCalibrationBins none    = {.levels     = 2,
                                      .components = DOF,
                                      .directions = DIRECTIONS,
                                      .shells     = SHELLS,
                                      .low        = -3,
                                      .high       = 3,
                                      .k1         = 2 * PETSC_PI};
  KarCalibrateOptions      options = {.samples = 160, .passes = 5, .directions = DIRECTIONS, .seed = 1};
  PetscReal                k[SHELLS], C[SHELLS], zero[2 * BINS] = {0}, mean[DOF] = {0}, change;
  PetscReal                data[CLASSES], drawn[CLASSES], error[2][CLASSES];
  PetscBool                whole;
  int                      rank;
  KarGrid                  grid;
  KarFFT                   fft;
  KarDenoiser              denoiser;
  KarScore                 score;
  TS                       ts;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  if (rank == 0) PetscCall(WriteData());
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  Spectrum(k, C);
  PetscCall(Grid(16, &grid, &fft));
  PetscCall(KarDenoiserCreate(fft, SHELLS, k, C, mean, &denoiser));
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
  for (int d = 0; d < CLASSES; d++)
    ClaimNear(drawn[d], data[d], 5 * PetscSqrtReal(PetscSqr(error[0][d]) + PetscSqr(error[1][d])));
  if (rank == 0) PetscCall(Reload(denoiser));
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  if (rank == 0) (void)remove(path);
  PetscCall(TSDestroy(&ts));
  PetscCall(KarScoreDestroy(&score));
  PetscCall(KarDenoiserDestroy(&denoiser));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
