/* A simulated interferogram is the sum of its parts, wrapped; parts can be switched off; it does not depend on the
   number of ranks, and not on the grid, but for a noise that is a pixel's; its atmosphere has Hanssen's slopes and
   structure function. ranks: 1 2 3 */
#include "claim.h"

#include <karhunen/covariance.h>
#include <karhunen/insar.h>
#include <math.h>

#define LENGTH 3200

static const KarKey key = {.seed = 5, .sample = 3, .stream = KAR_STREAM_DATA};

typedef struct {
  KarGrid     grid, pair;
  KarGridInfo info;
  KarInsar    insar;
  Vec         fields[KAR_INSAR_FIELDS];
} Scene;

static PetscErrorCode Create(MPI_Comm comm, PetscInt n0, PetscInt n1, KarBasis basis, Scene *s)
{
  const PetscInt  n[2]      = {n0, n1};
  const PetscReal length[2] = {LENGTH, LENGTH};

  PetscFunctionBegin;
  PetscCall(KarGridCreate(comm, &s->grid));
  PetscCall(KarGridSetSizes(s->grid, 2, n, length));
  PetscCall(KarGridSetBasis(s->grid, basis));
  PetscCall(KarGridSetUp(s->grid));
  PetscCall(KarGridGetInfo(s->grid, &s->info));
  PetscCall(KarGridCreate(comm, &s->pair));
  PetscCall(KarGridSetSizes(s->pair, 2, n, length));
  PetscCall(KarGridSetComponents(s->pair, 2));
  PetscCall(KarGridSetUp(s->pair));
  PetscCall(KarInsarCreate(comm, &s->insar));
  PetscCall(KarInsarSetFromOptions(s->insar));
  PetscCall(KarInsarSetUp(s->insar, s->grid));
  for (int f = 0; f < KAR_INSAR_FIELDS; f++)
    PetscCall(KarGridCreateField(KarInsarFieldInfos[f].components == 2 ? s->pair : s->grid, &s->fields[f]));
  PetscCall(KarInsarSample(s->insar, key, s->fields));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(Scene *s)
{
  PetscFunctionBegin;
  for (int f = 0; f < KAR_INSAR_FIELDS; f++) PetscCall(VecDestroy(&s->fields[f]));
  PetscCall(KarInsarDestroy(&s->insar));
  PetscCall(KarGridDestroy(&s->grid));
  PetscCall(KarGridDestroy(&s->pair));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CheckSum(const Scene *s, PetscReal wavelength)
{
  const PetscScalar *a[KAR_INSAR_FIELDS];
  PetscReal          worst = 0, beyond = 0;

  PetscFunctionBegin;
  for (int f = 0; f < KAR_INSAR_FIELDS; f++) PetscCall(VecGetArrayRead(s->fields[f], &a[f]));
  for (PetscInt i = 0; i < s->info.ln * s->info.plane; i++) {
    const PetscReal sum = -4 * M_PI / wavelength * a[KAR_INSAR_DEFORMATION][i] + a[KAR_INSAR_TURBULENCE][i] +
                          a[KAR_INSAR_STRATIFIED][i] + a[KAR_INSAR_RAMP][i] + a[KAR_INSAR_NOISE][i];
    const PetscReal phase = a[KAR_INSAR_PHASE][i];

    worst  = PetscMax(worst, PetscAbsReal(remainder(sum - phase, 2 * M_PI)));
    worst  = PetscMax(worst, hypot(cos(phase) - a[KAR_INSAR_WAVE][2 * i], sin(phase) - a[KAR_INSAR_WAVE][2 * i + 1]));
    beyond = PetscMax(beyond, PetscAbsReal(phase));
    Claim(a[KAR_INSAR_TOPOGRAPHY][i] >= 0 && a[KAR_INSAR_COHERENCE][i] >= 0 && a[KAR_INSAR_COHERENCE][i] <= 1,
          "height, coherence");
  }
  ClaimNear(worst, 0, 1e-11);
  Claim(beyond <= M_PI, "a phase of %g", (double)beyond);
  for (int f = 0; f < KAR_INSAR_FIELDS; f++) PetscCall(VecRestoreArrayRead(s->fields[f], &a[f]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The interferogram of the field scene is the simulated one, where the noise is a pixel's: coherence goes through its
   logit to rounding, and the sea is dark. */
static PetscErrorCode CheckScene(const Scene *s, PetscInt looks)
{
  Vec       wave;
  PetscReal worst, size;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(s->fields[KAR_INSAR_WAVE], &wave));
  PetscCall(KarSceneWave(&s->info, key, looks, s->fields[KAR_INSAR_SCENE], wave));
  PetscCall(VecAXPY(wave, -1, s->fields[KAR_INSAR_WAVE]));
  PetscCall(VecNorm(wave, NORM_INFINITY, &worst));
  PetscCall(VecNorm(s->fields[KAR_INSAR_NOISE], NORM_INFINITY, &size));
  Claim(worst < 1e-10 && size > 0.1, "the scene's wave is off by %g", (double)worst);
  PetscCall(VecDestroy(&wave));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Every field of a slab against the same scene on one rank. */
static PetscErrorCode CheckRanks(const Scene *s)
{
  Scene              alone;
  const PetscScalar *a, *b;

  PetscFunctionBegin;
  PetscCall(Create(PETSC_COMM_SELF, s->info.n[0], s->info.n[1], s->info.basis, &alone));
  for (int f = 0; f < KAR_INSAR_FIELDS; f++) {
    const PetscInt plane = s->info.plane * KarInsarFieldInfos[f].components;
    PetscReal      worst = 0;

    PetscCall(VecGetArrayRead(s->fields[f], &a));
    PetscCall(VecGetArrayRead(alone.fields[f], &b));
    for (PetscInt i = 0; i < s->info.ln * plane; i++) {
      const PetscReal difference = a[i] - b[s->info.start * plane + i];

      worst = PetscMax(worst, PetscAbsReal(f == KAR_INSAR_PHASE ? remainder(difference, 2 * M_PI) : difference) /
                                (f == KAR_INSAR_TOPOGRAPHY ? 1000 : 1));
    }
    Claim(worst < 1e-11, "%s differs by %g from one rank's", KarInsarFieldInfos[f].name, (double)worst);
    PetscCall(VecRestoreArrayRead(s->fields[f], &a));
    PetscCall(VecRestoreArrayRead(alone.fields[f], &b));
  }
  PetscCall(Destroy(&alone));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Points in the middle of n cells are every second point of a periodic grid of 2n. */
static PetscErrorCode CheckGrids(int count)
{
  const KarInsarField same[] = {KAR_INSAR_DEFORMATION, KAR_INSAR_TURBULENCE, KAR_INSAR_RAMP, KAR_INSAR_COHERENCE,
                                KAR_INSAR_NOISE};
  Scene               coarse, fine;
  const PetscScalar  *a, *b;

  PetscFunctionBegin;
  PetscCall(Create(PETSC_COMM_SELF, 32, 32, KAR_BASIS_COSINE, &coarse));
  PetscCall(Create(PETSC_COMM_SELF, 64, 64, KAR_BASIS_PERIODIC, &fine));
  for (int f = 0; f < count; f++) {
    PetscReal worst = 0, size = 0;

    PetscCall(VecGetArrayRead(coarse.fields[same[f]], &a));
    PetscCall(VecGetArrayRead(fine.fields[same[f]], &b));
    for (PetscInt i = 0; i < 32; i++)
      for (PetscInt j = 0; j < 32; j++) {
        worst = PetscMax(worst, PetscAbsReal(a[32 * i + j] - b[64 * (2 * i + 1) + 2 * j + 1]));
        size  = PetscMax(size, PetscAbsReal(a[32 * i + j]));
      }
    Claim(worst < 1e-6 * size && size > 0, "%s differs by %g of %g between grids", KarInsarFieldInfos[same[f]].name,
          (double)worst, (double)size);
    PetscCall(VecRestoreArrayRead(coarse.fields[same[f]], &a));
    PetscCall(VecRestoreArrayRead(fine.fields[same[f]], &b));
  }
  PetscCall(Destroy(&coarse));
  PetscCall(Destroy(&fine));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The covariance of the atmosphere on the long box of an n x n scene. */
static PetscErrorCode CreateAtmosphere(PetscInt n, PetscReal outer, PetscReal inner, KarFFT *fft, KarCov *cov)
{
  const PetscInt  m[2]      = {2 * n, 2 * n};
  const PetscReal length[2] = {2 * LENGTH, 2 * LENGTH};
  KarGrid         grid;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_SELF, &grid));
  PetscCall(KarGridSetSizes(grid, 2, m, length));
  PetscCall(KarGridSetUp(grid));
  PetscCall(KarFFTCreate(grid, fft));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(KarCovCreate(*fft, cov));
  PetscCall(KarCovSetType(*cov, KARCOVVONKARMAN));
  PetscCall(KarCovSetParameter(*cov, "regimes", 1));
  PetscCall(KarCovSetParameter(*cov, "outer", outer));
  PetscCall(KarCovSetParameter(*cov, "inner", inner));
  PetscCall(KarCovSetUp(*cov));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* d log lambda / d log k = -(1 + 5/3), -(1 + 8/3), -(1 + 2/3) at wave lengths 10 km, 1 km, 200 m. */
static PetscErrorCode CheckSlopes(void)
{
  const PetscReal at[3] = {10000, 1000, 200}, slope[3] = {-8. / 3, -11. / 3, -5. / 3};
  KarFFT          fft;
  KarCov          cov;

  PetscFunctionBegin;
  PetscCall(CreateAtmosphere(8, 1e6, 1, &fft, &cov));
  for (int i = 0; i < 3; i++) {
    const PetscReal k = 2 * M_PI / at[i];
    PetscReal       low, high;

    PetscCall(KarCovEvaluate(cov, k / 1.05, &low));
    PetscCall(KarCovEvaluate(cov, k * 1.05, &high));
    ClaimNear(log(high / low) / (2 * log(1.05)), slope[i], 2e-3);
  }
  PetscCall(KarCovDestroy(&cov));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* E |phi(x + r) - phi(x)|^2 = 2 sum lambda (1 - cos k.r) for r along each axis: SAMPLES scenes, their means
   independent, 8 comparisons at 4.7 standard errors of a mean of so many: a false alarm in 10^4 seeds. */
#define SAMPLES 200
static PetscErrorCode CheckStructure(void)
{
  const PetscInt   n = 32, lag[4] = {1, 2, 6, 16};
  Scene            s;
  KarFFT           fft;
  KarCov           cov;
  const KarModes  *modes;
  const PetscReal *lambda;
  KarMode          mode;
  PetscReal        sum[8] = {0}, square[8] = {0}, expected[8] = {0};

  PetscFunctionBegin;
  PetscCall(Create(PETSC_COMM_SELF, n, n, KAR_BASIS_COSINE, &s));
  PetscCall(CreateAtmosphere(n, 20000, 1600, &fft, &cov));
  PetscCall(KarFFTGetModes(fft, &modes));
  PetscCall(KarCovGetEigenvalues(cov, &lambda));
  for (PetscInt r = 0; r < modes->rows; r++)
    for (PetscInt j = 0; j < modes->length; j++) {
      kar_mode(modes, r, j, &mode);
      for (int l = 0; l < 8; l++)
        expected[l] += 4 * 2 * mode.weight * lambda[r * modes->length + j] *
                       (1 - cos(mode.k[l / 4] * (PetscReal)lag[l % 4] * LENGTH / (PetscReal)n));
    }
  for (PetscInt m = 0; m < SAMPLES; m++) {
    KarKey             draw = key;
    const PetscScalar *a;

    draw.sample = 100 + m;
    PetscCall(KarInsarSample(s.insar, draw, s.fields));
    PetscCall(VecGetArrayRead(s.fields[KAR_INSAR_TURBULENCE], &a));
    for (int l = 0; l < 8; l++) {
      const PetscInt d = lag[l % 4], rows = l < 4 ? n - d : n, columns = l < 4 ? n : n - d, step = l < 4 ? d * n : d;
      PetscReal      mean = 0;

      for (PetscInt i = 0; i < rows; i++)
        for (PetscInt j = 0; j < columns; j++)
          mean += PetscSqr(a[i * n + j + step] - a[i * n + j]) / (PetscReal)(rows * columns);
      sum[l] += mean / SAMPLES;
      square[l] += mean * mean / SAMPLES;
    }
    PetscCall(VecRestoreArrayRead(s.fields[KAR_INSAR_TURBULENCE], &a));
  }
  for (int l = 0; l < 8; l++) ClaimNear(sum[l], expected[l], 4.7 * sqrt((square[l] - sum[l] * sum[l]) / SAMPLES));
  PetscCall(KarCovDestroy(&cov));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(Destroy(&s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* With everything but the ramp off, a plane is left; without it, nothing. */
static PetscErrorCode CheckSwitches(void)
{
  static const char *const off[] = {"-insar_deformation", "-insar_turbulence", "-insar_stratified", "-insar_noise"};
  Scene                    s;
  PetscReal                norm;

  PetscFunctionBegin;
  for (int i = 0; i < 4; i++) PetscCall(PetscOptionsSetValue(NULL, off[i], "false"));
  PetscCall(Create(PETSC_COMM_SELF, 16, 16, KAR_BASIS_COSINE, &s));
  for (int f = KAR_INSAR_DEFORMATION; f <= KAR_INSAR_NOISE; f++) {
    PetscCall(VecNorm(s.fields[f], NORM_INFINITY, &norm));
    Claim((norm > 0) == (f == KAR_INSAR_RAMP), "%s: %g", KarInsarFieldInfos[f].name, (double)norm);
  }
  PetscCall(Destroy(&s));
  for (int i = 0; i < 4; i++) PetscCall(PetscOptionsClearValue(NULL, off[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  Scene     s;
  PetscReal wavelength;

  PetscFunctionBegin;
  PetscCall(PetscOptionsSetValue(NULL, "-insar_rms", "2"));
  PetscCall(PetscOptionsSetValue(NULL, "-insar_turbulence_cov_inner", "1600"));
  PetscCall(PetscOptionsSetValue(NULL, "-insar_sea", "false"));
  PetscCall(Create(PETSC_COMM_WORLD, 17, 20, KAR_BASIS_COSINE, &s));
  PetscCall(KarInsarGetWavelength(s.insar, &wavelength));
  PetscCall(CheckSum(&s, wavelength));
  PetscCall(CheckScene(&s, 8));
  PetscCall(CheckRanks(&s));
  PetscCall(Destroy(&s));
  PetscCall(CheckGrids(4));
  PetscCall(PetscOptionsSetValue(NULL, "-insar_sea", "true"));
  PetscCall(PetscOptionsSetValue(NULL, "-insar_level", "0"));
  PetscCall(PetscOptionsSetValue(NULL, "-insar_looks", "3"));
  PetscCall(Create(PETSC_COMM_WORLD, 17, 20, KAR_BASIS_COSINE, &s));
  PetscCall(CheckScene(&s, 3));
  PetscCall(Destroy(&s));
  PetscCall(PetscOptionsSetValue(NULL, "-insar_sea", "false"));
  PetscCall(PetscOptionsClearValue(NULL, "-insar_level"));
  PetscCall(PetscOptionsClearValue(NULL, "-insar_looks"));
  PetscCall(PetscOptionsSetValue(NULL, "-insar_noise_length", "300"));
  PetscCall(Create(PETSC_COMM_WORLD, 17, 20, KAR_BASIS_COSINE, &s));
  PetscCall(CheckSum(&s, wavelength));
  PetscCall(CheckRanks(&s));
  PetscCall(Destroy(&s));
  PetscCall(CheckGrids(5));
  PetscCall(PetscOptionsClearValue(NULL, "-insar_noise_length"));
  PetscCall(CheckSlopes());
  PetscCall(CheckStructure());
  PetscCall(CheckSwitches());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
