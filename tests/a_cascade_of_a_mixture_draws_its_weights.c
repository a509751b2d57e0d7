/* A cascade of exact octaves draws a mixture of Gaussian laws, each with its own mean and spectrum,
     sum_k w_k N(m_k, C_k):   octave j given x_<j is the mixture of weights r_k(x_<j) ~ w_k N(x_<j; m_k, C_k),
   by a score type from outside, a base and two octaves in the plane.  Of 1,200 draws: the components have their
   weights (chi^2, a false alarm in 1,000); an octave takes each as often as the field below it says, so that r_k is a
   martingale, E[r_k(x_<=j) | x_<j] = r_k(x_<j) (6 numbers within 4 standard errors, 1 in 2,600); the means within
   components (9 numbers, 1 in 1,700); the power within, level by level, to 2 % and 4 errors.  Octaves that are told
   nothing of the field below them break the martingale by more than 6.  ranks: 1 */
#include "problem.h"

#include <karhunen/cascade.h>
#include <karhunen/impl/score.h>
#include <math.h>

enum { K = 3, N = 32, OCTAVES = 2, LEVELS = OCTAVES + 1, DRAWS = 1200 };

/* The means are cosines of one wave of each level, in units of the root of C there; the base leaves much open. */
static const PetscReal weight[K] = {0.2, 0.3, 0.5}, power[K] = {1, 0.8, 1.25};
static const PetscInt  wave[LEVELS]         = {2, 6, 11};
static const PetscReal amplitude[K][LEVELS] = {{-0.8, 0.5, 1}, {0.1, 1.2, -1}, {0.9, -1.2, 0}};

/* The law on one grid; of an octave, given what is below. */
typedef struct {
  KarFFT    fft;
  KarCov    cov; /* C of all modes; C_k = power[k] C */
  Vec       mean[K];
  PetscInt *level, own; /* of each mode, -1: of none; of the score */
  PetscReal below[K];   /* log w_k N(x_<j; m_k, C_k) */
  PetscBool deaf;       /* tells its octave nothing of it */
} Law;

static PetscErrorCode LawCreate(KarFFT fft, Law *law)
{
  const PetscReal *c;
  const KarModes  *m;
  PetscScalar     *a[K];
  KarMode          mode;

  PetscFunctionBegin;
  law->fft = fft;
  PetscCall(KarCovCreate(fft, &law->cov));
  PetscCall(KarCovSetType(law->cov, KARCOVMATERN));
  PetscCall(KarCovSetParameter(law->cov, "alpha", 2));
  PetscCall(KarCovSetUp(law->cov));
  PetscCall(KarCovGetEigenvalues(law->cov, &c));
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(PetscMalloc1(m->rows * m->length, &law->level));
  for (int k = 0; k < K; k++) {
    law->below[k] = PetscLogReal(weight[k]);
    PetscCall(KarFFTCreateCoordinates(fft, &law->mean[k]));
    PetscCall(VecGetArray(law->mean[k], &a[k]));
  }
  for (PetscInt i = 0; i < m->rows * m->length; i++) {
    kar_mode(m, i / m->length, i % m->length, &mode);
    law->level[i] = mode.nyquist ? -1 : 0;
    for (PetscInt n = N >> OCTAVES; n < N && !mode.nyquist; n *= 2)
      if (!kar_mode_within(m, (PetscInt[]){n, n}, &mode)) law->level[i]++;
    for (int j = 0; j < LEVELS; j++)
      for (int k = 0; k < K; k++)
        if (PetscAbsInt(mode.index[0]) == wave[j] && !mode.index[1] && law->level[i] == j)
          a[k][mode.offset] = amplitude[k][j] * PetscSqrtReal(c[i]);
  }
  for (int k = 0; k < K; k++) PetscCall(VecRestoreArray(law->mean[k], &a[k]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode LawDestroy(Law *law)
{
  PetscFunctionBegin;
  for (int k = 0; k < K; k++) PetscCall(VecDestroy(&law->mean[k]));
  PetscCall(PetscFree(law->level));
  PetscCall(KarCovDestroy(&law->cov));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* density[k] += log N(x; a m_k, a^2 C_k + s^2 noise) of the modes of levels [first, end): a mode of weight w counts w
   times. */
static PetscErrorCode AddLogDensity(const Law *law, PetscInt first, PetscInt end, PetscReal a, PetscReal s,
                                    const PetscReal noise[], Vec x, PetscReal density[K])
{
  const PetscReal   *c;
  const PetscScalar *in, *mean[K];
  PetscReal          sum[K] = {0};
  const KarModes    *m;
  KarMode            mode;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(law->fft, &m));
  PetscCall(KarCovGetEigenvalues(law->cov, &c));
  PetscCall(VecGetArrayRead(x, &in));
  for (int k = 0; k < K; k++) PetscCall(VecGetArrayRead(law->mean[k], &mean[k]));
  for (PetscInt i = 0; i < m->rows * m->length; i++) {
    if (law->level[i] < first || law->level[i] >= end) continue;
    kar_mode(m, i / m->length, i % m->length, &mode);
    for (int k = 0; k < K; k++) {
      const PetscReal v = a * a * power[k] * c[i] + (noise ? s * s * noise[i] : 0);

      sum[k] -= mode.weight * PetscLogReal(v) / 2;
      for (PetscInt q = 2 * i; q < 2 * i + 2; q++) sum[k] -= PetscSqr(in[q] - a * mean[k][q]) / (2 * v);
    }
  }
  for (int k = 0; k < K; k++) PetscCall(VecRestoreArrayRead(law->mean[k], &mean[k]));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, K, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  for (int k = 0; k < K; k++) density[k] += sum[k];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* exp, of sum 1. */
static void Normalise(PetscReal r[K])
{
  const PetscReal most = PetscMax(r[0], PetscMax(r[1], r[2]));
  PetscReal       sum  = 0;

  for (int k = 0; k < K; k++) sum += r[k] = PetscExpReal(r[k] - most);
  for (int k = 0; k < K; k++) r[k] /= sum;
}

/* d = sum_k r_k (m_k + a C_k/V_k (x - a m_k)), r_k ~ w_k N(x_<j; m_k, C_k) N(x; a m_k, V_k),  V_k = a^2 C_k + S */
static PetscErrorCode Denoise(KarScore score, PetscReal t, Vec x, Vec d)
{
  const Law         *law = score->context;
  const PetscReal   *c;
  const PetscScalar *in, *mean;
  PetscScalar       *out;
  PetscReal          r[K];
  KarGains           g;

  PetscFunctionBegin;
  PetscCall(KarGainsCreate(score, t, &g));
  PetscCall(KarCovGetEigenvalues(law->cov, &c));
  PetscCall(PetscArraycpy(r, law->below, K));
  PetscCall(AddLogDensity(law, law->own, law->own + 1, g.a, g.s, g.lambda, x, r));
  Normalise(r);
  PetscCall(VecSet(d, 0));
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArray(d, &out));
  for (int k = 0; k < K; k++) {
    PetscCall(VecGetArrayRead(law->mean[k], &mean));
    for (PetscInt i = 0; i < g.n; i++) {
      const PetscReal gain = g.a * power[k] * c[i] / (g.a * g.a * power[k] * c[i] + kar_gains_noise(&g, i));

      for (PetscInt q = 2 * i; q < 2 * i + 2 && law->level[i] == law->own; q++)
        out[q] += r[k] * (mean[q] + gain * (in[q] - g.a * mean[q]));
    }
    PetscCall(VecRestoreArrayRead(law->mean[k], &mean));
  }
  PetscCall(VecRestoreArray(d, &out));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscCall(KarGainsDestroy(&g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Condition(KarScore score, Vec coarse)
{
  Law *law = score->context;

  PetscFunctionBegin;
  for (int k = 0; k < K; k++) law->below[k] = PetscLogReal(weight[k]);
  if (!law->deaf) PetscCall(AddLogDensity(law, 0, law->own, 1, 0, NULL, coarse, law->below));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarScore score)
{
  PetscFunctionBegin;
  PetscCall(LawDestroy(score->context));
  PetscCall(PetscFree(score->context));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CreateType(KarScore score)
{
  score->ops = (KarScoreOps){.denoise = Denoise, .condition = Condition, .destroy = Destroy};
  return PETSC_SUCCESS;
}

static PetscErrorCode CreateLevel(KarFFT fft, const PetscInt coarse[], void *ctx, KarScore *score)
{
  const PetscBool *deaf = ctx;
  KarCov           noise, data;
  KarSDE           sde;
  const KarModes  *m;
  Law             *law;

  PetscFunctionBegin;
  PetscCall(KarCovCreate(fft, &noise));
  PetscCall(KarCovSetType(noise, KARCOVMATERN));
  PetscCall(KarCovSetParameter(noise, "alpha", 1.5));
  PetscCall(KarCovSetOctave(noise, coarse));
  PetscCall(KarCovCreate(fft, &data));
  PetscCall(KarCovSetType(data, KARCOVMATERN));
  PetscCall(KarCovSetParameter(data, "alpha", 2));
  PetscCall(KarCovSetOctave(data, coarse));
  PetscCall(KarSDECreate(noise, &sde));
  PetscCall(KarSDESetType(sde, KARSDEVP));
  PetscCall(KarScoreCreate(sde, score));
  PetscCall(KarScoreSetType(*score, "octave"));
  PetscCall(KarScoreSetDataCovariance(*score, data));
  PetscCall(PetscNew(&law));
  PetscCall(LawCreate(fft, law));
  PetscCall(KarFFTGetModes(fft, &m));
  law->deaf = *deaf;
  for (PetscInt n = m->n[0]; n > N >> OCTAVES; n /= 2) law->own++;
  (*score)->context = law;
  PetscCall(KarScoreSetUp(*score));
  PetscCall(KarSDEDestroy(&sde));
  PetscCall(KarCovDestroy(&data));
  PetscCall(KarCovDestroy(&noise));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What is measured of one draw. */
typedef struct {
  PetscReal r[LEVELS][K];     /* of the components given levels 0 ... j */
  PetscReal at[LEVELS];       /* the number of each level that has its means, over the root of C */
  PetscReal power[LEVELS][K]; /* mean of |x - m_k|^2/C_k over the modes of a level */
} Measured;

static PetscErrorCode Measure(const Law *law, Vec x, Measured *of)
{
  const PetscReal   *c;
  const PetscScalar *in, *mean[K];
  PetscReal          sum[LEVELS][K + 2] = {{0}};
  const KarModes    *m;
  KarMode            mode;

  PetscFunctionBegin;
  for (int j = 0; j < LEVELS; j++) {
    for (int k = 0; k < K; k++) of->r[j][k] = PetscLogReal(weight[k]);
    PetscCall(AddLogDensity(law, 0, j + 1, 1, 0, NULL, x, of->r[j]));
    Normalise(of->r[j]);
  }
  PetscCall(KarFFTGetModes(law->fft, &m));
  PetscCall(KarCovGetEigenvalues(law->cov, &c));
  PetscCall(VecGetArrayRead(x, &in));
  for (int k = 0; k < K; k++) PetscCall(VecGetArrayRead(law->mean[k], &mean[k]));
  for (PetscInt i = 0; i < m->rows * m->length; i++) {
    PetscReal *const s = sum[PetscMax(law->level[i], 0)];

    if (law->level[i] < 0) continue;
    kar_mode(m, i / m->length, i % m->length, &mode);
    s[K] += mode.weight;
    if (mode.index[0] == wave[law->level[i]] && !mode.index[1] && mode.sign > 0)
      s[K + 1] += in[2 * i] / PetscSqrtReal(c[i]);
    for (int k = 0; k < K; k++)
      for (PetscInt q = 2 * i; q < 2 * i + 2; q++) s[k] += PetscSqr(in[q] - mean[k][q]) / (power[k] * c[i]);
  }
  for (int k = 0; k < K; k++) PetscCall(VecRestoreArrayRead(law->mean[k], &mean[k]));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, LEVELS * (K + 2), MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  for (int j = 0; j < LEVELS; j++) {
    of->at[j] = sum[j][K + 1];
    for (int k = 0; k < K; k++) of->power[j][k] = sum[j][k] / sum[j][K];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Draw(PetscBool deaf, PetscInt draws, Measured of[])
{
  const PetscInt n[] = {N, N};
  KarCascade     cascade;
  KarFFT         fft;
  Law            law = {0};
  Vec            x;

  PetscFunctionBegin;
  PetscCall(ProblemFFT(PETSC_COMM_WORLD, 2, n, &fft));
  PetscCall(LawCreate(fft, &law));
  PetscCall(KarCascadeCreate(PETSC_COMM_WORLD, &cascade));
  PetscCall(KarCascadeAddLevels(cascade, fft, OCTAVES, CreateLevel, &deaf));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  for (PetscInt i = 0; i < draws; i++) {
    PetscCall(KarCascadeSolve(cascade, (KarKey){.seed = 31, .sample = i}, x, NULL));
    PetscCall(Measure(&law, x, &of[i]));
  }
  PetscCall(VecDestroy(&x));
  PetscCall(KarCascadeDestroy(&cascade));
  PetscCall(LawDestroy(&law));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Of independent numbers of mean 0. */
static PetscReal Z(PetscReal sum, PetscReal squares)
{
  return sum / PetscSqrtReal(squares);
}

/* chi^2 of 2: (r - w) of the first two components over their covariance. */
static PetscReal ChiSquare(PetscInt draws, const Measured of[])
{
  PetscReal mean[2] = {0}, c[3] = {0};

  for (PetscInt i = 0; i < draws; i++) {
    const PetscReal *r = of[i].r[LEVELS - 1], a = r[0] - weight[0], b = r[1] - weight[1];

    mean[0] += a, mean[1] += b, c[0] += a * a, c[1] += a * b, c[2] += b * b;
  }
  return (c[2] * mean[0] * mean[0] - 2 * c[1] * mean[0] * mean[1] + c[0] * mean[1] * mean[1]) /
         (c[0] * c[2] - c[1] * c[1]);
}

/* The greatest of the martingale's 6 numbers, in standard errors. */
static PetscReal Martingale(PetscInt draws, const Measured of[])
{
  PetscReal most = 0;

  for (int j = 1; j < LEVELS; j++)
    for (int k = 0; k < K; k++) {
      PetscReal sum = 0, squares = 0;

      for (PetscInt i = 0; i < draws; i++) {
        const PetscReal step = (of[i].r[j][k] - of[i].r[j - 1][k]) * (of[i].r[j - 1][k] - weight[k]);

        sum += step, squares += step * step;
      }
      most = PetscMax(most, PetscAbsReal(Z(sum, squares)));
    }
  return most;
}

static void Within(PetscInt draws, const Measured of[])
{
  for (int j = 0; j < LEVELS; j++)
    for (int k = 0; k < K; k++) {
      PetscReal sum[2] = {0}, squares[2] = {0}, count = 0, off;

      for (PetscInt i = 0; i < draws; i++) {
        const PetscReal r = of[i].r[LEVELS - 1][k], at = r * (of[i].at[j] - amplitude[k][j]),
                        square = r * (of[i].power[j][k] - 1);

        count += r, sum[0] += at, squares[0] += at * at, sum[1] += square, squares[1] += square * square;
      }
      off = PetscAbsReal(sum[1]) / count;
      printf("level %d, component %d: mean off by %.1f errors, power by %.2f %% +- %.2f\n", j, k,
             (double)Z(sum[0], squares[0]), (double)(100 * sum[1] / count),
             (double)(100 * PetscSqrtReal(squares[1]) / count));
      Claim(PetscAbsReal(Z(sum[0], squares[0])) < 4, "level %d of component %d: its mean is %g errors off", j, k,
            (double)Z(sum[0], squares[0]));
      Claim(off < 0.02 + 4 * PetscSqrtReal(squares[1]) / count, "level %d of component %d: its power is %g off", j, k,
            (double)off);
    }
}

static PetscErrorCode Run(void)
{
  PetscReal open[LEVELS] = {0}, value;
  Measured *of;

  PetscFunctionBegin;
  PetscCall(KarScoreRegister("octave", "an octave of a mixture", CreateType));
  PetscCall(PetscCalloc1(DRAWS, &of));
  PetscCall(Draw(PETSC_FALSE, DRAWS, of));
  for (int j = 0; j < LEVELS; j++)
    for (PetscInt i = 0; i < DRAWS; i++)
      open[j] += (1 - PetscMax(of[i].r[j][0], PetscMax(of[i].r[j][1], of[i].r[j][2]))) / DRAWS;
  value = ChiSquare(DRAWS, of);
  printf("not sure of the component: %.3f, %.3f, %.3f of draws; chi^2 %.1f, martingale %.1f\n", (double)open[0],
         (double)open[1], (double)open[2], (double)value, (double)Martingale(DRAWS, of));
  Claim(open[0] > 0.1 && open[2] < 0.01, "the base leaves %g open, the octaves %g", (double)open[0], (double)open[2]);
  Claim(value < 13.8, "chi^2 of the weights is %g", (double)value);
  value = Martingale(DRAWS, of);
  Claim(value < 4, "an octave's components are %g errors off those of the field below", (double)value);
  Within(DRAWS, of);
  PetscCall(Draw(PETSC_TRUE, DRAWS / 4, of));
  value = Martingale(DRAWS / 4, of);
  Claim(value > 6, "octaves told nothing are %g errors off only", (double)value);
  PetscCall(PetscFree(of));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
