/* A Gaussian law at places, by the pencil of two covariances: the matrices are sums over modes, the denoiser is
   kriging, on all points of a grid it is the grid's denoiser, and draws of a sampler have the law's covariance. False
   alarms: 1e-6 for the variance, 1e-4 for the largest of all correlations; the seed is fixed.
   ranks: 1 3 */
#include "problem.h"

#include <math.h>
#include <petscblaslapack.h>

static PetscErrorCode Create(PetscInt n, PetscInt dof, KarBasis basis, PetscReal tau, KarFFT *fft, KarCov *data,
                             KarCov *noise)
{
  const PetscInt  size[2]   = {n, n};
  const PetscReal length[2] = {1, 1.3};
  KarGrid         grid;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, 2, size, length));
  PetscCall(KarGridSetBasis(grid, basis));
  PetscCall(KarGridSetComponents(grid, dof));
  PetscCall(KarFFTCreate(grid, fft));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(KarCovCreate(*fft, data));
  PetscCall(KarCovSetType(*data, KARCOVMATERN));
  PetscCall(KarCovSetParameter(*data, "alpha", 2.5));
  PetscCall(KarCovSetParameter(*data, "tau", tau));
  PetscCall(KarCovSetVariance(*data, 1));
  PetscCall(KarCovCreate(*fft, noise));
  PetscCall(KarCovSetType(*noise, KARCOVMATERN));
  PetscCall(KarCovSetParameter(*noise, "alpha", 1.5));
  PetscCall(KarCovSetParameter(*noise, "tau", 20));
  PetscCall(KarCovSetVariance(*noise, 1));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void Place(PetscInt i, PetscReal x[2])
{
  x[0] = fmod(0.1 + (PetscReal)i * 0.7548776662466927, 1);
  x[1] = 1.3 * fmod(0.2 + (PetscReal)i * 0.5698402909980532, 1);
}

/* The matrix of one component, summed over modes. */
static PetscErrorCode Direct(KarCov cov, KarFFT fft, PetscInt m, const PetscReal x[], PetscReal matrix[])
{
  const PetscReal *lambda;
  const KarModes  *modes;
  KarMode          mode;

  PetscFunctionBegin;
  PetscCall(KarCovGetEigenvalues(cov, &lambda));
  PetscCall(KarFFTGetModes(fft, &modes));
  PetscCall(PetscArrayzero(matrix, m * m));
  for (PetscInt q = 0; q < modes->rows * modes->length; q++) {
    kar_mode(modes, q / modes->length, q % modes->length, &mode);
    for (PetscInt i = 0; i < m; i++)
      for (PetscInt j = 0; j < m; j++) {
        PetscReal value = 1, phase = 0;

        for (int a = 0; a < 2; a++) {
          phase += mode.k[a] * (x[2 * i + a] - x[2 * j + a]);
          value *=
            (mode.index[a] ? 2 : 1) * PetscCosReal(mode.k[a] * x[2 * i + a]) * PetscCosReal(mode.k[a] * x[2 * j + a]);
        }
        matrix[i * m + j] += lambda[q] * (modes->basis == KAR_BASIS_COSINE ? value : mode.weight * PetscCosReal(phase));
      }
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, matrix, (PetscMPIInt)(m * m), MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode All(Vec v, PetscReal all[])
{
  const PetscScalar *a;
  VecScatter         scatter;
  Vec                whole;
  PetscInt           n;

  PetscFunctionBegin;
  PetscCall(VecScatterCreateToAll(v, &scatter, &whole));
  PetscCall(VecScatterBegin(scatter, v, whole, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecScatterEnd(scatter, v, whole, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecGetSize(whole, &n));
  PetscCall(VecGetArrayRead(whole, &a));
  PetscCall(PetscArraycpy(all, a, n));
  PetscCall(VecRestoreArrayRead(whole, &a));
  PetscCall(VecScatterDestroy(&scatter));
  PetscCall(VecDestroy(&whole));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The score on the pencil's line. */
static PetscErrorCode Score(KarPencil pencil, KarSDE *sde, KarScore *score)
{
  KarCov data, noise;

  PetscFunctionBegin;
  PetscCall(KarPencilGetCovariances(pencil, &data, &noise));
  PetscCall(KarSDECreate(noise, sde));
  PetscCall(ProblemScore(*sde, data, score));
  PetscCall(KarScoreSetUp(*score));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* u becomes the denoiser of the values u at time t. */
static PetscErrorCode Denoise(KarPencil pencil, KarScore score, PetscReal t, Vec u)
{
  Vec y, d;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(u, &y));
  PetscCall(VecDuplicate(u, &d));
  PetscCall(KarPencilToCoordinates(pencil, u, y));
  PetscCall(KarScoreDenoise(score, t, y, d));
  PetscCall(KarPencilToValues(pencil, d, u));
  PetscCall(VecDestroy(&y));
  PetscCall(VecDestroy(&d));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetValues(Vec u)
{
  PetscScalar *a;
  PetscInt     first, last;

  PetscFunctionBegin;
  PetscCall(VecGetOwnershipRange(u, &first, &last));
  PetscCall(VecGetArray(u, &a));
  for (PetscInt i = first; i < last; i++) a[i - first] = PetscSinReal(1 + 3.7 * (PetscReal)i);
  PetscCall(VecRestoreArray(u, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* D = a C (a^2 C + s^2 Lambda)^-1 u, from matrices summed over modes. */
static PetscErrorCode Kriging(KarBasis basis, PetscInt dof)
{
  enum { M = 40 };
  const PetscReal    t = 0.3;
  const PetscBLASInt n = M, one = 1;
  PetscBLASInt       wrong, pivot[M];
  PetscReal          x[2 * M], C[M * M], L[M * M], u[3 * M], d[3 * M], z[M], a, s, far = 0;
  KarFFT             fft;
  KarCov             data, noise;
  KarPencil          pencil;
  KarSDE             sde;
  KarScore           score;
  Vec                v;

  PetscFunctionBegin;
  PetscCall(Create(16, dof, basis, 9, &fft, &data, &noise));
  for (PetscInt i = 0; i < M; i++) Place(i, x + 2 * i);
  PetscCall(Direct(data, fft, M, x, C));
  PetscCall(Direct(noise, fft, M, x, L));
  PetscCall(KarPencilCreate(data, noise, M, x, &pencil));
  PetscCall(Score(pencil, &sde, &score));
  PetscCall(KarPencilCreateValues(pencil, &v));
  PetscCall(SetValues(v));
  PetscCall(All(v, u));
  PetscCall(Denoise(pencil, score, t, v));
  PetscCall(All(v, d));
  PetscCall(KarSDEGetMarginal(sde, t, &a, &s));
  for (PetscInt c = 0; c < dof; c++) {
    PetscReal sum[M * M];

    for (PetscInt i = 0; i < M * M; i++) sum[i] = a * a * C[i] + s * s * L[i];
    for (PetscInt i = 0; i < M; i++) z[i] = u[i * dof + c];
    LAPACKgesv_(&n, &one, sum, &n, pivot, z, &n, &wrong);
    for (PetscInt i = 0; i < M; i++) {
      PetscReal value = 0;

      for (PetscInt j = 0; j < M; j++) value += a * C[i * M + j] * z[j];
      far = PetscMax(far, PetscAbsReal(value - d[i * dof + c]));
    }
  }
  Claim(far < 1e-9, "%s, %d components: the denoiser is off kriging by %g", KarBases[basis], (int)dof, (double)far);
  PetscCall(VecDestroy(&v));
  PetscCall(KarScoreDestroy(&score));
  PetscCall(KarSDEDestroy(&sde));
  PetscCall(KarPencilDestroy(&pencil));
  PetscCall(KarCovDestroy(&data));
  PetscCall(KarCovDestroy(&noise));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All points of a grid of odd numbers, which has no Nyquist modes. */
static PetscErrorCode OnGrid(void)
{
  enum { N = 13, M = N * N };
  PetscReal x[2 * M], d[M], e[M], far = 0;
  KarFFT    fft;
  KarCov    data, noise;
  KarPencil pencil;
  KarSDE    sde[2];
  KarScore  score[2];
  KarGrid   grid;
  Vec       u, field, y, back;

  PetscFunctionBegin;
  PetscCall(Create(N, 1, KAR_BASIS_PERIODIC, 9, &fft, &data, &noise));
  for (PetscInt i = 0; i < M; i++) x[2 * i] = (PetscReal)(i / N) / N, x[2 * i + 1] = 1.3 * (PetscReal)(i % N) / N;
  PetscCall(KarPencilCreate(data, noise, M, x, &pencil));
  PetscCall(Score(pencil, &sde[0], &score[0]));
  PetscCall(KarPencilCreateValues(pencil, &u));
  PetscCall(SetValues(u));
  PetscCall(KarSDECreate(noise, &sde[1]));
  PetscCall(ProblemScore(sde[1], data, &score[1]));
  PetscCall(KarScoreSetUp(score[1]));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridCreateField(grid, &field));
  PetscCall(SetValues(field)); /* both are numbered as the grid is */
  PetscCall(KarFFTCreateCoordinates(fft, &y));
  PetscCall(VecDuplicate(y, &back));
  PetscCall(KarFFTForward(fft, field, y));
  PetscCall(KarScoreDenoise(score[1], 0.3, y, back));
  PetscCall(KarFFTInverse(fft, back, field));
  PetscCall(Denoise(pencil, score[0], 0.3, u));
  PetscCall(All(u, d));
  PetscCall(All(field, e));
  for (PetscInt i = 0; i < M; i++) far = PetscMax(far, PetscAbsReal(d[i] - e[i]));
  Claim(far < 1e-9, "on a grid the two denoisers differ by %g", (double)far);
  for (int i = 0; i < 2; i++) {
    PetscCall(KarScoreDestroy(&score[i]));
    PetscCall(KarSDEDestroy(&sde[i]));
  }
  PetscCall(VecDestroy(&u));
  PetscCall(VecDestroy(&y));
  PetscCall(VecDestroy(&back));
  PetscCall(VecDestroy(&field));
  PetscCall(KarPencilDestroy(&pencil));
  PetscCall(KarCovDestroy(&data));
  PetscCall(KarCovDestroy(&noise));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Draws of the sampler (4,000 on one rank), whitened by a Cholesky factor of C summed over modes: numbers N(0, 1). */
static PetscErrorCode Draws(PetscInt m, PetscInt draws)
{
  const PetscBLASInt n = (PetscBLASInt)m, many = (PetscBLASInt)draws;
  const PetscReal    unit = 1, zero = 0;
  PetscBLASInt       wrong;
  PetscReal         *x, *C, *w, *gram, sum = 0, most = 0;
  PetscBool          whole;
  KarFFT             fft;
  KarCov             data, noise;
  KarPencil          pencil;
  KarSDE             sde;
  KarScore           score;
  TS                 ts;
  Vec                y, u;

  PetscFunctionBegin;
  PetscCall(PetscMalloc4(2 * m, &x, m * m, &C, draws * m, &w, m * m, &gram));
  PetscCall(Create(24, 1, KAR_BASIS_PERIODIC, 25, &fft, &data, &noise));
  for (PetscInt i = 0; i < m; i++) Place(i, x + 2 * i);
  PetscCall(Direct(data, fft, m, x, C));
  LAPACKpotrf_("U", &n, C, &n, &wrong);
  PetscCall(KarPencilCreate(data, noise, m, x, &pencil));
  PetscCall(Score(pencil, &sde, &score));
  PetscCall(KarSamplerCreate(score, &ts));
  PetscCall(KarSamplerSetEvaluations(ts, 20));
  PetscCall(KarSamplerSetUp(ts));
  PetscCall(KarPencilCreateValues(pencil, &u));
  PetscCall(VecDuplicate(u, &y));
  for (PetscInt i = 0; i < draws; i++) {
    PetscCall(KarSamplerSolve(ts, (KarKey){.seed = 7, .sample = i}, y, &whole));
    PetscCall(KarPencilToValues(pencil, y, u));
    PetscCall(All(u, w + i * m));
  }
  BLAStrsm_("L", "U", "T", "N", &n, &many, &unit, C, &n, w, &n);
  for (PetscInt i = 0; i < draws * m; i++) sum += PetscSqr(w[i]);
  BLASgemm_("N", "T", &n, &n, &many, &unit, w, &n, w, &n, &zero, gram, &n);
  for (PetscInt i = 0; i < m; i++)
    for (PetscInt j = 0; j < i; j++)
      most = PetscMax(most, PetscAbsReal(gram[i * m + j]) / PetscSqrtReal((PetscReal)draws));
  sum /= (PetscReal)(draws * m);
  ClaimNear(sum, 1, 4.9 * PetscSqrtReal(2 / (PetscReal)(draws * m)));
  Claim(most < 6.1, "the largest correlation of whitened values is %g deviations", (double)most);
  Claim(most > 3, "%g: the largest of so many is never so small", (double)most);
  PetscCall(TSDestroy(&ts));
  PetscCall(VecDestroy(&u));
  PetscCall(VecDestroy(&y));
  PetscCall(KarScoreDestroy(&score));
  PetscCall(KarSDEDestroy(&sde));
  PetscCall(KarPencilDestroy(&pencil));
  PetscCall(KarCovDestroy(&data));
  PetscCall(KarCovDestroy(&noise));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(PetscFree4(x, C, w, gram));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscMPIInt ranks;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  PetscCall(Kriging(KAR_BASIS_PERIODIC, 1));
  PetscCall(Kriging(KAR_BASIS_PERIODIC, 2));
  PetscCall(Kriging(KAR_BASIS_COSINE, 1));
  PetscCall(OnGrid());
  PetscCall(Draws(300, ranks == 1 ? 4000 : 100));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
