/* A covariance of one's own: exponential correlation in 2D,
     C(r) = exp(-r/l),   lambda ~ (1 + l^2 |k|^2)^(-3/2)
   It is "matern" with alpha = 3/2 and tau = 1/l by another name, so the two draw the same field; this program says by
   how much they differ.  Options choose others: -cov_type TYPE, -cov_length 0.1, -other_cov_type TYPE, ...; -help
   lists the new type too.  In the library the part above Draw() is src/covariance/exponential.c, and the line in
   src/covariance/cov.c is what KarCovRegister() is given here. */
#include <karhunen.h>

#include <karhunen/impl/covariance.h>

typedef struct {
  PetscReal    length;
  KarParameter table[2];
} Exponential;

static PetscReal Density(KarCov cov, PetscReal k)
{
  const Exponential *exponential = cov->context;

  return PetscPowReal(1 + PetscSqr(exponential->length * k), -1.5);
}

static PetscErrorCode KarCovCreate_Exponential(KarCov cov)
{
  Exponential *exponential;

  PetscFunctionBegin;
  PetscCall(PetscNew(&exponential));
  exponential->length = 0.1;
  exponential->table[0] =
    (KarParameter){"length", "length of exp(-r/length)", &exponential->length, PETSC_SMALL, PETSC_MAX_REAL, NULL};
  cov->context     = exponential;
  cov->parameters  = exponential->table;
  cov->ops.density = Density;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* -cov_type and -cov_length, or those of the prefix, may change it. */
static PetscErrorCode Draw(const char prefix[], KarCov cov, Vec x)
{
  const KarKey key = {.seed = 1};

  PetscFunctionBegin;
  PetscCall(KarCovSetOptionsPrefix(cov, prefix));
  PetscCall(KarCovSetFromOptions(cov));
  PetscCall(KarCovView(cov, PETSC_VIEWER_STDOUT_WORLD));
  PetscCall(KarCovSample(cov, key, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Compare(MPI_Comm comm, KarFFT fft)
{
  const PetscReal length = 0.05;
  KarCov          ours, matern;
  Vec             x, y;
  PetscReal       size, difference;

  PetscFunctionBegin;
  PetscCall(KarCovCreate(fft, &ours));
  PetscCall(KarCovSetType(ours, "exponential"));
  PetscCall(KarCovSetParameter(ours, "length", length));
  PetscCall(KarCovCreate(fft, &matern));
  PetscCall(KarCovSetType(matern, KARCOVMATERN));
  PetscCall(KarCovSetParameter(matern, "tau", 1 / length));
  PetscCall(KarCovSetParameter(matern, "alpha", 1.5));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecDuplicate(x, &y));
  PetscCall(Draw(NULL, ours, x));
  PetscCall(Draw("other_", matern, y));
  if (KarOptionsHelping()) PetscCall(KarOptionsPrintHelp(comm));
  else PetscCall(KarOptionsCheck(comm));
  PetscCall(VecAXPY(y, -1, x));
  PetscCall(VecNorm(x, NORM_2, &size));
  PetscCall(VecNorm(y, NORM_2, &difference));
  PetscCall(
    PetscPrintf(comm, "root mean square %.4f, relative difference %.1e\n", (double)size, (double)(difference / size)));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&y));
  PetscCall(KarCovDestroy(&ours));
  PetscCall(KarCovDestroy(&matern));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(MPI_Comm comm)
{
  const PetscInt n[] = {256, 256};
  KarGrid        grid;
  KarFFT         fft;

  PetscFunctionBegin;
  PetscCall(KarCovRegister("exponential", "exp(-r/length) in the plane", KarCovCreate_Exponential));
  PetscCall(KarGridCreate(comm, &grid));
  PetscCall(KarGridSetSizes(grid, 2, n, NULL));
  PetscCall(KarGridSetUp(grid));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(Compare(comm, fft));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  PetscErrorCode code = KarInitialize(&argc, &argv);

  if (!code) code = Run(PETSC_COMM_WORLD);
  return KarFinish(code);
}
