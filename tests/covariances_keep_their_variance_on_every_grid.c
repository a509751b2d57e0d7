/* The eigenvalues of a covariance are normalised by the sum over all modes of the continuum: against closed forms and
   plain sums, in 1D, 2D, 3D, both bases, stretched boxes; grids agree on every mode that they share, and files give a
   covariance back; two of the same numbers have one table. ranks: 1 2 */
#include "claim.h"
#include "files.h"

static PetscErrorCode Make(PetscInt dim, PetscInt n, const PetscReal length[], KarBasis basis, KarCovType type,
                           KarCov *cov)
{
  const PetscInt sizes[3] = {n, n, n};
  KarGrid        grid;
  KarFFT         fft;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, dim, sizes, length));
  PetscCall(KarGridSetBasis(grid, basis));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(KarCovCreate(fft, cov));
  PetscCall(KarCovSetType(*cov, type));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* lambda(0) times the sum of shape(k) over the lattice must be the variance: plain sum of exp(-l^2 k^2/2) is a product
   over axes. */
static PetscErrorCode Gauss(PetscInt dim, KarBasis basis, PetscReal ell)
{
  const PetscReal length[3] = {1, 2.5, 0.7};
  PetscReal       sum       = 1, zero, trace;
  KarCov          cov;

  PetscFunctionBegin;
  for (PetscInt a = 0; a < dim; a++) {
    PetscReal axis = 1;

    for (PetscInt i = 1; i < 20000; i++) {
      const PetscReal k = (basis == KAR_BASIS_PERIODIC ? 2 : 1) * PETSC_PI * (PetscReal)i / length[a];
      axis += (basis == KAR_BASIS_PERIODIC ? 2 : 1) * PetscExpReal(-PetscSqr(ell * k) / 2);
    }
    sum *= axis;
  }
  PetscCall(Make(dim, 8, length, basis, KARCOVGAUSS, &cov));
  PetscCall(KarCovSetParameter(cov, "length", ell));
  PetscCall(KarCovSetVariance(cov, 3));
  PetscCall(KarCovGetTrace(cov, &trace));
  PetscCall(KarCovEvaluate(cov, 0, &zero));
  ClaimNear(trace, 3, 1e-12);
  ClaimNear(zero * sum / 3, 1, 1e-12);
  PetscCall(KarCovDestroy(&cov));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* 1D, alpha = 1: sum over Z of 1/(tau^2 + k^2) = L coth(tau L/2)/(2 tau). */
static PetscErrorCode Coth(KarBasis basis, PetscReal tau)
{
  const PetscReal length[1] = {1.3}, period = basis == KAR_BASIS_PERIODIC ? 1.3 : 2.6;
  PetscReal       sum = period / (2 * tau) / tanh(tau * period / 2), zero;
  KarCov          cov;

  PetscFunctionBegin;
  if (basis == KAR_BASIS_COSINE) sum = (sum + 1 / PetscSqr(tau)) / 2;
  PetscCall(Make(1, 16, length, basis, KARCOVMATERN, &cov));
  PetscCall(KarCovSetParameter(cov, "alpha", 1));
  PetscCall(KarCovSetParameter(cov, "tau", tau));
  PetscCall(KarCovSetUp(cov));
  PetscCall(KarCovEvaluate(cov, 0, &zero));
  ClaimNear(zero * sum * PetscSqr(tau), 1, 2e-12);
  PetscCall(KarCovDestroy(&cov));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Plain sums up to |kappa_i| <= M at two M; Richardson's extrapolation of the tail (M + 1/2)^(d - 2 alpha). */
static PetscErrorCode Plain(PetscInt dim, PetscReal alpha)
{
  const PetscReal tau = 5;
  PetscReal       zero, sum[2] = {0}, limit, ratio;
  KarCov          cov;

  PetscFunctionBegin;
  for (int s = 0; s < 2; s++) {
    const PetscInt M = (dim == 2 ? 500 : 80) << s, M2 = dim == 3 ? M : 0;

    for (PetscInt i = -M; i <= M; i++)
      for (PetscInt j = -M; j <= M; j++)
        for (PetscInt l = -M2; l <= M2; l++)
          sum[s] += PetscPowReal(1 + PetscSqr(2 * PETSC_PI / tau) * (PetscReal)(i * i + j * j + l * l), -alpha);
  }
  ratio = dim == 2 ? 1000.5 / 500.5 : 160.5 / 80.5;
  limit = sum[1] + (sum[1] - sum[0]) / (PetscPowReal(ratio, 2 * alpha - (PetscReal)dim) - 1);
  PetscCall(Make(dim, 8, NULL, KAR_BASIS_PERIODIC, KARCOVMATERN, &cov));
  PetscCall(KarCovSetParameter(cov, "alpha", alpha));
  PetscCall(KarCovSetParameter(cov, "tau", tau));
  PetscCall(KarCovSetUp(cov));
  PetscCall(KarCovEvaluate(cov, 0, &zero));
  ClaimNear(zero * limit, 1, dim == 2 ? 5e-9 : 1e-6);
  PetscCall(KarCovDestroy(&cov));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Table(void)
{
  const PetscReal length[2] = {2, 1};
  PetscReal       k[40], lambda[40], got, trace[2];
  char            path[PETSC_MAX_PATH_LEN];
  KarCov          cov, back;
  KarFFT          fft;
  KarCheckpoint   file;

  PetscFunctionBegin;
  PetscCall(Make(2, 16, length, KAR_BASIS_PERIODIC, KARCOVSPECTRUM, &cov));
  for (int i = 0; i < 40; i++) {
    k[i]      = 3 * i;
    lambda[i] = i ? 7 * PetscPowReal(k[i], -3) * PetscExpReal(-0.02 * k[i]) : 5;
  }
  PetscCall(KarCovSetSpectrum(cov, 40, k, lambda));
  PetscCall(KarCovSetRoughness(cov, 0.1, 0.5, 0.7));
  PetscCall(KarCovGetTrace(cov, &trace[0]));
  PetscCall(KarCovEvaluate(cov, 300, &got)); /* beyond the table: the fitted tail is the law itself */
  ClaimNear(got / (0.7 * 7 * PetscPowReal(300, -3) * PetscExpReal(-6) * PetscSqrtReal(901)), 1, 1e-9);
  PetscCall(ScratchFile("covariance.h5", path));
  PetscCall(KarCheckpointCreate(PETSC_COMM_WORLD, path, KAR_REPLACE, &file));
  PetscCall(KarCovSave(cov, file, "noise"));
  PetscCall(KarCheckpointClose(&file));
  PetscCall(KarCheckpointOpen(PETSC_COMM_WORLD, path, &file));
  PetscCall(KarCovGetFFT(cov, &fft));
  PetscCall(KarCovLoad(fft, file, "noise", &back));
  PetscCall(KarCheckpointClose(&file));
  PetscCall(KarCovGetTrace(back, &trace[1]));
  ClaimNear(trace[1], trace[0], 1e-14 * trace[0]);
  for (int i = 0; i < 400; i++) {
    PetscReal a, b;

    PetscCall(KarCovEvaluate(cov, i, &a));
    PetscCall(KarCovEvaluate(back, i, &b));
    ClaimNear(b, a, 1e-14 * a);
  }
  PetscCall(KarCovDestroy(&cov));
  PetscCall(KarCovDestroy(&back));
  PetscCall(ScratchClean());
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Two grids: samples with one key agree on the shared modes. */
static PetscErrorCode Grids(KarCovType type)
{
  const KarKey key = {.seed = 5, .sample = 2, .stream = KAR_STREAM_PRIOR};
  PetscReal    error;
  KarCov       coarse, fine;
  KarFFT       from, to;
  KarResample  down;
  Vec          x, y, z;

  PetscFunctionBegin;
  PetscCall(Make(2, 12, NULL, KAR_BASIS_PERIODIC, type, &coarse));
  PetscCall(Make(2, 30, NULL, KAR_BASIS_PERIODIC, type, &fine));
  if (!strcmp(type, KARCOVBANDLIMITED)) {
    PetscCall(KarCovSetParameter(coarse, "cutoff", 40));
    PetscCall(KarCovSetParameter(fine, "cutoff", 40));
  }
  PetscCall(KarCovGetFFT(coarse, &to));
  PetscCall(KarCovGetFFT(fine, &from));
  PetscCall(KarFFTCreateCoordinates(to, &x));
  PetscCall(KarFFTCreateCoordinates(from, &y));
  PetscCall(VecDuplicate(x, &z));
  PetscCall(KarCovSample(coarse, key, x));
  PetscCall(KarCovSample(fine, key, y));
  PetscCall(KarResampleCreate(from, to, &down));
  PetscCall(KarResampleApply(down, y, z));
  PetscCall(VecAXPY(z, -1, x));
  PetscCall(VecNorm(z, NORM_INFINITY, &error));
  Claim(error == 0, "%s: truncated field differs by %g", type, (double)error);
  PetscCall(KarResampleDestroy(&down));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&y));
  PetscCall(VecDestroy(&z));
  PetscCall(KarCovDestroy(&coarse));
  PetscCall(KarCovDestroy(&fine));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The eigenvalues of both, after KarCovShare(). */
static PetscErrorCode Share(KarCov cov[2], PetscReal variance, const PetscReal *lambda[2])
{
  PetscFunctionBegin;
  PetscCall(KarCovSetVariance(cov[0], variance));
  PetscCall(KarCovShare(cov[0], cov[1]));
  for (int j = 0; j < 2; j++) PetscCall(KarCovGetEigenvalues(cov[j], &lambda[j]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Two of the same numbers have one table, which one's change leaves alone, and which outlives the other. */
static PetscErrorCode OneTable(void)
{
  const PetscReal *lambda[2];
  PetscReal        kept;
  KarGrid          grid;
  KarFFT           fft;
  KarCov           cov[2];

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, 2, (PetscInt[]){12, 10}, NULL));
  PetscCall(KarFFTCreate(grid, &fft));
  for (int j = 0; j < 2; j++) {
    PetscCall(KarCovCreate(fft, &cov[j]));
    PetscCall(KarCovSetType(cov[j], KARCOVGAUSS));
  }
  PetscCall(Share(cov, 1, lambda));
  Claim(lambda[0] == lambda[1], "two tables for one law");
  kept = lambda[1][1];
  PetscCall(Share(cov, 4, lambda));
  Claim(lambda[0] != lambda[1], "one table for two laws");
  Claim(lambda[1][1] == kept && lambda[0][1] > kept, "%g and %g, was %g", (double)lambda[0][1], (double)lambda[1][1],
        (double)kept);
  PetscCall(Share(cov, 1, lambda));
  PetscCall(KarCovDestroy(&cov[1]));
  Claim(lambda[0][1] == kept, "%g, was %g", (double)lambda[0][1], (double)kept);
  PetscCall(KarCovDestroy(&cov[0]));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  const char *const types[] = {KARCOVMATERN, KARCOVGAUSS, KARCOVLAPLACE, KARCOVVONKARMAN, KARCOVBANDLIMITED};

  PetscFunctionBegin;
  for (PetscInt dim = 1; dim <= 3; dim++)
    for (int basis = 0; basis < 2; basis++) {
      PetscCall(Gauss(dim, (KarBasis)basis, 0.003));
      PetscCall(Gauss(dim, (KarBasis)basis, 0.1));
      PetscCall(Gauss(dim, (KarBasis)basis, 3));
    }
  for (int basis = 0; basis < 2; basis++) {
    PetscCall(Coth((KarBasis)basis, 0.3));
    PetscCall(Coth((KarBasis)basis, 7));
    PetscCall(Coth((KarBasis)basis, 2000));
  }
  PetscCall(Plain(2, 1.5));
  PetscCall(Plain(2, 2.5));
  PetscCall(Plain(3, 3));
  PetscCall(Table());
  PetscCall(OneTable());
  for (int t = 0; t < 5; t++) PetscCall(Grids(types[t]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
