/* A Gaussian law drawn octave by octave is the law: the field is that which the sampler of the whole law draws from
   the same key, to rounding, in
   1-3 D, in both bases, whether the noise is the data's or rougher; and a draw on n points is the truncation of the
   draw on 2n.  The traces of base and octaves add up to the law's.  Beyond its last level a cascade goes on by the
   spectrum: the field within the level is as before, and each mode beyond has its variance, by the sum of the squares
   over all of them (5 standard deviations: a false alarm in 2 million).  ranks: 1 2 3 */
#include "problem.h"

typedef struct {
  KarSDEType process;
  PetscReal  alpha; /* of the noise */
} Law;

/* The whole law where coarse is NULL. */
static PetscErrorCode Create(KarFFT fft, const PetscInt coarse[], void *ctx, KarScore *score)
{
  const Law *law = ctx;
  KarCov     noise, data;
  KarSDE     sde;

  PetscFunctionBegin;
  PetscCall(KarCovCreate(fft, &noise));
  PetscCall(KarCovCreate(fft, &data));
  PetscCall(KarCovSetType(noise, KARCOVMATERN));
  PetscCall(KarCovSetType(data, KARCOVMATERN));
  PetscCall(KarCovSetParameter(noise, "alpha", law->alpha));
  PetscCall(KarCovSetParameter(data, "alpha", 3));
  PetscCall(KarCovSetOctave(noise, coarse));
  PetscCall(KarCovSetOctave(data, coarse));
  PetscCall(KarSDECreate(noise, &sde));
  PetscCall(KarSDESetType(sde, law->process));
  PetscCall(ProblemScore(sde, data, score));
  PetscCall(KarScoreSetUp(*score));
  PetscCall(KarSDEDestroy(&sde));
  PetscCall(KarCovDestroy(&noise));
  PetscCall(KarCovDestroy(&data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CreateFFT(PetscInt dim, const PetscInt n[], KarBasis basis, KarFFT *fft)
{
  KarGrid grid;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, dim, n, NULL));
  PetscCall(KarGridSetBasis(grid, basis));
  PetscCall(KarFFTCreate(grid, fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The cascade's draw on n points; its levels' traces add up to that of the whole law. */
static PetscErrorCode Draw(KarFFT fft, PetscInt octaves, Law *law, Vec *x)
{
  const KarKey key = {.seed = 5, .sample = 2};
  KarCascade   cascade;
  KarScore     whole, level;
  KarCov       cov;
  PetscInt     levels;
  PetscReal    trace, sum = 0;
  TS           ts;
  Vec          direct;
  PetscReal    norm, error;

  PetscFunctionBegin;
  PetscCall(KarCascadeCreate(PETSC_COMM_WORLD, &cascade));
  PetscCall(KarCascadeAddLevels(cascade, fft, octaves, Create, law));
  PetscCall(KarFFTCreateCoordinates(fft, x));
  PetscCall(KarCascadeSolve(cascade, key, *x, NULL));
  PetscCall(Create(fft, NULL, law, &whole));
  PetscCall(KarSamplerCreate(whole, &ts));
  PetscCall(VecDuplicate(*x, &direct));
  PetscCall(KarSamplerSolve(ts, key, direct, NULL));
  PetscCall(VecNorm(direct, NORM_2, &norm));
  PetscCall(VecAXPY(direct, -1, *x));
  PetscCall(VecNorm(direct, NORM_2, &error));
  Claim(norm > 0.1, "nothing was drawn: %g", (double)norm);
  Claim(error <= 1e-13 * norm, "octave by octave the field is off by %g of %g", (double)error, (double)norm);
  PetscCall(KarCascadeGetSize(cascade, &levels));
  for (PetscInt j = levels - 1; j >= 0;
       j--) { /* an octave's trace counts the modes beyond its grid too: the law less the coarser modes */
    PetscCall(KarCascadeGetLevel(cascade, j, &level, NULL));
    PetscCall(KarScoreGetDataCovariance(level, &cov));
    PetscCall(KarCovGetTrace(cov, &trace));
    if (j == levels - 1) sum = trace;
    else
      Claim(trace > sum, "the trace from level %d on, %g, is not more than that from the next, %g", (int)j,
            (double)trace, (double)sum);
    sum = trace;
  }
  PetscCall(KarScoreGetDataCovariance(whole, &cov));
  PetscCall(KarCovGetTrace(cov, &trace));
  ClaimNear(sum, trace, 1e-12 * trace);
  PetscCall(VecDestroy(&direct));
  PetscCall(TSDestroy(&ts));
  PetscCall(KarScoreDestroy(&whole));
  PetscCall(KarCascadeDestroy(&cascade));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Nested(PetscInt dim, const PetscInt n[], PetscInt octaves, KarBasis basis, Law *law)
{
  PetscInt    fine[3];
  KarFFT      fft[2];
  Vec         x[2], cut;
  KarResample down;
  PetscReal   error;

  PetscFunctionBegin;
  for (PetscInt a = 0; a < dim; a++) fine[a] = 2 * n[a];
  PetscCall(CreateFFT(dim, n, basis, &fft[0]));
  PetscCall(CreateFFT(dim, fine, basis, &fft[1]));
  PetscCall(Draw(fft[0], octaves, law, &x[0]));
  PetscCall(Draw(fft[1], octaves + 1, law, &x[1]));
  PetscCall(KarResampleCreate(fft[1], fft[0], &down));
  PetscCall(VecDuplicate(x[0], &cut));
  PetscCall(KarResampleApply(down, x[1], cut));
  PetscCall(VecAXPY(cut, -1, x[0]));
  PetscCall(VecNorm(cut, NORM_INFINITY, &error));
  Claim(error <= 1e-14, "the truncation of the draw on twice the points is off by %g", (double)error);
  PetscCall(KarResampleDestroy(&down));
  PetscCall(VecDestroy(&cut));
  for (int i = 0; i < 2; i++) {
    PetscCall(VecDestroy(&x[i]));
    PetscCall(KarFFTDestroy(&fft[i]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* x^2/lambda of the modes that `coarse` lacks, and their number. */
static PetscErrorCode Whiten(KarFFT fft, const PetscInt coarse[], Vec x, PetscReal sums[2])
{
  const PetscReal   *lambda;
  const PetscScalar *a;
  const KarModes    *m;
  KarCov             data;

  PetscFunctionBegin;
  PetscCall(KarCovCreate(fft, &data));
  PetscCall(KarCovSetType(data, KARCOVMATERN));
  PetscCall(KarCovSetParameter(data, "alpha", 3));
  PetscCall(KarCovSetOctave(data, coarse));
  PetscCall(KarCovSetUp(data));
  PetscCall(KarCovGetEigenvalues(data, &lambda));
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(VecGetArrayRead(x, &a));
  for (PetscInt i = 0; i < m->rows * m->length; i++)
    for (PetscInt c = i * m->width; c < (i + 1) * m->width; c++)
      if (lambda[i] > 0 && a[c] != 0) sums[0] += a[c] * a[c] / lambda[i], sums[1]++;
  PetscCall(VecRestoreArrayRead(x, &a));
  PetscCall(KarCovDestroy(&data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode GoesOn(const PetscInt n[], KarBasis basis, Law *law)
{
  const KarKey   key     = {.seed = 5, .sample = 2};
  const PetscInt fine[2] = {4 * n[0], 4 * n[1]};
  PetscReal      error, share, sums[2] = {0, 0};
  KarCascade     cascade;
  KarFFT         fft[2], own;
  KarResample    down;
  Vec            x[2], cut;

  PetscFunctionBegin;
  PetscCall(CreateFFT(2, n, basis, &fft[0]));
  PetscCall(CreateFFT(2, fine, basis, &fft[1]));
  PetscCall(KarCascadeCreate(PETSC_COMM_WORLD, &cascade));
  PetscCall(KarCascadeAddLevels(cascade, fft[0], 1, Create, law));
  for (int i = 0; i < 2; i++) {
    PetscCall(KarFFTCreateCoordinates(fft[i], &x[i]));
    if (i) PetscCall(KarCascadeSetFinest(cascade, fft[1], &share));
    PetscCall(KarCascadeGetFFT(cascade, &own));
    Claim(own == fft[i], "draws are on another grid");
    PetscCall(KarCascadeSolve(cascade, key, x[i], NULL));
  }
  Claim(share > 0 && share < 0.5, "beyond the last level is a share %g of the variance", (double)share);
  PetscCall(Whiten(fft[1], n, x[1], sums));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums, 2, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  Claim(sums[1] > 0.9 * (fine[0] - 1) * (fine[1] - 1) - n[0] * n[1], "%g modes lie beyond", (double)sums[1]);
  ClaimNear(sums[0] / sums[1], 1, 5 * PetscSqrtReal(2 / sums[1]));
  PetscCall(KarResampleCreate(fft[1], fft[0], &down));
  PetscCall(VecDuplicate(x[0], &cut));
  PetscCall(KarResampleApply(down, x[1], cut));
  PetscCall(VecAXPY(cut, -1, x[0]));
  PetscCall(VecNorm(cut, NORM_INFINITY, &error));
  Claim(error <= 1e-14, "within the last level the field is off by %g", (double)error);
  PetscCall(KarResampleDestroy(&down));
  PetscCall(VecDestroy(&cut));
  for (int i = 0; i < 2; i++) {
    PetscCall(VecDestroy(&x[i]));
    PetscCall(KarFFTDestroy(&fft[i]));
  }
  PetscCall(KarCascadeDestroy(&cascade));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  Law smooth = {KARSDEVP, 3}, rough = {KARSDEVP, 2}, straight = {KARSDEFLOW, 2};

  PetscFunctionBegin;
  PetscCall(Nested(1, (PetscInt[]){48}, 1, KAR_BASIS_PERIODIC, &rough));
  PetscCall(Nested(2, (PetscInt[]){32, 24}, 2, KAR_BASIS_PERIODIC, &smooth));
  PetscCall(Nested(2, (PetscInt[]){16, 24}, 1, KAR_BASIS_PERIODIC, &straight));
  PetscCall(Nested(2, (PetscInt[]){24, 16}, 1, KAR_BASIS_COSINE, &rough));
  PetscCall(Nested(3, (PetscInt[]){16, 8, 8}, 1, KAR_BASIS_PERIODIC, &rough));
  PetscCall(GoesOn((PetscInt[]){32, 24}, KAR_BASIS_PERIODIC, &smooth));
  PetscCall(GoesOn((PetscInt[]){24, 16}, KAR_BASIS_COSINE, &rough));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
