/* An exact mixture through the default sampler: the components come with their weights (5 standard errors), each with
   its own spectrum, and the samples are not to be told from exact draws by an energy test at 1 % (fixed seed), 2000
   against 2000, in 1D on 64 points and, with the same seed, on 4096, where each sample is the finer view of the same
   field.  ranks: 1 2 */
#include "problem.h"

#define SAMPLES 2000
#define KEPT    64 /* coordinates compared by the energy test; the others hold 1e-5 of the variance */

typedef struct {
  KarFFT   fft;
  KarScore score;
  KarCov   data;
  Vec      mean[2];
  TS       ts;
} Law;

static const PetscReal weight[2] = {0.3, 0.7}, amplitude[2] = {-1.5, 1.5};

static PetscErrorCode Make(PetscInt n, Law *law)
{
  const KarModes *m;
  KarCov          noise;
  KarSDE          sde;
  KarMode         mode;
  PetscScalar    *a;

  PetscFunctionBegin;
  PetscCall(ProblemFFT(PETSC_COMM_WORLD, 1, &n, &law->fft));
  PetscCall(KarCovCreate(law->fft, &noise));
  PetscCall(KarCovSetType(noise, KARCOVMATERN));
  PetscCall(KarCovSetParameter(noise, "alpha", 1.5));
  PetscCall(KarCovCreate(law->fft, &law->data));
  PetscCall(KarCovSetType(law->data, KARCOVMATERN));
  PetscCall(KarCovSetVariance(law->data, 0.5));
  PetscCall(KarSDECreate(noise, &sde));
  PetscCall(KarSDESetType(sde, KARSDEVP));
  PetscCall(KarScoreCreate(sde, &law->score));
  PetscCall(KarScoreSetType(law->score, KARSCOREMIXTURE));
  PetscCall(KarScoreSetDataCovariance(law->score, law->data));
  PetscCall(KarFFTGetModes(law->fft, &m));
  for (int j = 0; j < 2; j++) {
    PetscCall(KarFFTCreateCoordinates(law->fft, &law->mean[j]));
    PetscCall(VecGetArray(law->mean[j], &a));
    for (PetscInt r = 0; r < m->rows; r++)
      for (PetscInt i = 0; i < m->length; i++) {
        kar_mode(m, r, i, &mode);
        if (mode.index[0] == 1) a[mode.offset] = amplitude[j] / PETSC_SQRT2; /* amplitude cos 2 pi x */
      }
    PetscCall(VecRestoreArray(law->mean[j], &a));
    PetscCall(KarScoreMixtureAdd(law->score, weight[j], law->mean[j]));
  }
  PetscCall(KarSamplerCreate(law->score, &law->ts));
  PetscCall(KarSDEDestroy(&sde));
  PetscCall(KarCovDestroy(&noise));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Free(Law *law)
{
  PetscFunctionBegin;
  PetscCall(TSDestroy(&law->ts));
  PetscCall(VecDestroy(&law->mean[0]));
  PetscCall(VecDestroy(&law->mean[1]));
  PetscCall(KarScoreDestroy(&law->score));
  PetscCall(KarCovDestroy(&law->data));
  PetscCall(KarFFTDestroy(&law->fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Rows of the first KEPT coordinates, on every rank; coordinates come in the order of the modes. */
static PetscErrorCode Keep(Vec x, PetscReal row[])
{
  const PetscScalar *a;
  PetscInt           start, size;

  PetscFunctionBegin;
  PetscCall(VecGetOwnershipRange(x, &start, &size));
  PetscCall(PetscArrayzero(row, KEPT));
  PetscCall(VecGetArrayRead(x, &a));
  for (PetscInt i = start; i < size && i < KEPT; i++) row[i] = a[i - start];
  PetscCall(VecRestoreArrayRead(x, &a));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, row, KEPT, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Draws; says how often the second component came, and the variance of each of the first coordinates within
   components. */
static PetscErrorCode Draw(Law *law, PetscInt samples, PetscReal rows[][KEPT])
{
  const PetscReal *c;
  PetscReal        second = 0, within[KEPT] = {0}, z, r[2], lambda;
  Vec              x;

  PetscFunctionBegin;
  PetscCall(KarCovGetEigenvalues(law->data, &c));
  PetscCall(KarFFTCreateCoordinates(law->fft, &x));
  for (PetscInt s = 0; s < samples; s++) {
    PetscCall(KarSamplerSolve(law->ts, (KarKey){.seed = 21, .sample = s}, x, NULL));
    PetscCall(Keep(x, rows[s]));
    PetscCall(KarScoreMixtureWeights(law->score, 1e-6, x, r));
    second += r[1];
    rows[s][2] -= (r[0] * amplitude[0] + r[1] * amplitude[1]) / PETSC_SQRT2;
    for (int i = 0; i < KEPT; i++) within[i] += PetscSqr(rows[s][i]) / (PetscReal)samples;
    rows[s][2] += (r[0] * amplitude[0] + r[1] * amplitude[1]) / PETSC_SQRT2;
  }
  z = (second / (PetscReal)samples - weight[1]) / PetscSqrtReal(weight[0] * weight[1] / (PetscReal)samples);
  Claim(PetscAbsReal(z) < 5, "weight %g, %g standard errors off", (double)(second / (PetscReal)samples), (double)z);
  for (int i = 0; i < 40; i++) {
    if (i == 1) continue; /* mode 0 is real */
    PetscCall(KarCovEvaluate(law->data, 2 * PETSC_PI * (i / 2), &lambda));
    z = (within[i] / lambda - 1) / PetscSqrtReal(2 / (PetscReal)samples);
    Claim(PetscAbsReal(z) < 5, "coordinate %d: variance %g, the component's %g", i, (double)within[i], (double)lambda);
  }
  PetscCall(VecDestroy(&x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Exact draws of the law. */
static PetscErrorCode Exact(Law *law, PetscReal rows[][KEPT])
{
  Vec       x;
  PetscReal u[2];

  PetscFunctionBegin;
  PetscCall(KarFFTCreateCoordinates(law->fft, &x));
  for (PetscInt s = 0; s < SAMPLES; s++) {
    const KarKey key = {.seed = 99, .sample = s, .stream = KAR_STREAM_TEST};

    PetscCall(KarCovSample(law->data, key, x));
    kar_uniform_pair((KarKey){.seed = 98, .sample = s, .stream = KAR_STREAM_TEST}, 0, 0, 0, u);
    PetscCall(VecAXPY(x, 1, law->mean[u[0] < weight[0] ? 0 : 1]));
    PetscCall(Keep(x, rows[s]));
  }
  PetscCall(VecDestroy(&x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscReal(*rows)[KEPT], (*fine)[KEPT], *distances, worst = 0;
  PetscMPIInt   rank;
  KarEnergyTest test;
  Law           law;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCall(PetscMalloc3(2 * SAMPLES, &rows, SAMPLES, &fine, 4 * SAMPLES * SAMPLES, &distances));
  PetscCall(Make(64, &law));
  PetscCall(Draw(&law, SAMPLES, rows));
  PetscCall(Exact(&law, rows + SAMPLES));
  PetscCall(Free(&law));
  PetscCall(KarStatsDistances(PETSC_COMM_WORLD, 2 * SAMPLES, rank ? 0 : KEPT, rows[0], distances));
  PetscCall(KarStatsEnergyTest(PETSC_COMM_WORLD, SAMPLES, SAMPLES, distances, 5, 199, &test));
  Claim(test.p > 0.01, "64 points: p = %g, distance %g", (double)test.p, (double)test.distance);
  PetscCall(Make(4096, &law));
  PetscCall(Draw(&law, SAMPLES, fine));
  PetscCall(Free(&law));
  for (int s = 0; s < SAMPLES; s++)
    for (int i = 0; i < KEPT - 2; i++) worst = PetscMax(worst, PetscAbsReal(fine[s][i] - rows[s][i]));
  /* The grids share noise and spectra; only the component's odds, which sum over all modes, see the finer ones. */
  Claim(worst < 1e-10, "the same seed on two grids: coordinates differ by %g", (double)worst);
  for (int s = 0; s < SAMPLES; s++) PetscCall(PetscArraycpy(rows[s], fine[s], KEPT));
  PetscCall(KarStatsDistances(PETSC_COMM_WORLD, 2 * SAMPLES, rank ? 0 : KEPT, rows[0], distances));
  PetscCall(KarStatsEnergyTest(PETSC_COMM_WORLD, SAMPLES, SAMPLES, distances, 5, 199, &test));
  Claim(test.p > 0.01, "4096 points: p = %g, distance %g", (double)test.p, (double)test.distance);
  PetscCall(PetscFree3(rows, fine, distances));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
