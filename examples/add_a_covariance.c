/* A covariance of one's own: exponential correlation in 2D,
     C(r) = exp(-r/l),   lambda ~ (1 + l^2 |k|^2)^(-3/2)
   It is "matern" with alpha = 3/2 and tau = 1/l by another name, so the two must draw the same field; this program says by how
   much they differ.  In the library the part above Run() would be src/covariance/exponential.c and one line in cov.c. */
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
  exponential->length   = 0.1;
  exponential->table[0] = (KarParameter){"length", "length of exp(-r/length)", &exponential->length, PETSC_SMALL, PETSC_MAX_REAL, NULL};
  cov->context          = exponential;
  cov->parameters       = exponential->table;
  cov->ops.density      = Density;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A field of the covariance `type` with one of its parameters set. */
static PetscErrorCode Draw(KarFFT fft, KarCovType type, const char name[], PetscReal value, Vec x)
{
  const KarKey key = {.seed = 1};
  KarCov       cov;

  PetscFunctionBegin;
  PetscCall(KarCovCreate(fft, &cov));
  PetscCall(KarCovSetType(cov, type));
  PetscCall(KarCovSetParameter(cov, name, value));
  if (!strcmp(type, KARCOVMATERN)) PetscCall(KarCovSetParameter(cov, "alpha", 1.5));
  PetscCall(KarCovSetUp(cov));
  PetscCall(KarCovView(cov, PETSC_VIEWER_STDOUT_WORLD));
  PetscCall(KarCovSample(cov, key, x));
  PetscCall(KarCovDestroy(&cov));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(MPI_Comm comm)
{
  const PetscInt  n[]    = {256, 256};
  const PetscReal length = 0.05;
  KarGrid         grid;
  KarFFT          fft;
  Vec             x, y;
  PetscReal       size, difference;

  PetscFunctionBegin;
  PetscCall(KarCovRegister("exponential", "exp(-r/l) in the plane: (1 + l^2 |k|^2)^(-3/2)", KarCovCreate_Exponential));
  PetscCall(KarGridCreate(comm, &grid));
  PetscCall(KarGridSetSizes(grid, 2, n, NULL));
  PetscCall(KarGridSetUp(grid));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecDuplicate(x, &y));
  PetscCall(Draw(fft, "exponential", "length", length, x));
  PetscCall(Draw(fft, KARCOVMATERN, "tau", 1 / length, y));
  PetscCall(VecAXPY(y, -1, x));
  PetscCall(VecNorm(x, NORM_2, &size));
  PetscCall(VecNorm(y, NORM_2, &difference));
  PetscCall(PetscPrintf(comm, "root mean square %.4f, difference %.1e\n", (double)size, (double)difference));
  KarCheck(comm, difference < 1e-12 * size, PETSC_ERR_PLIB, "the two fields differ");
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&y));
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
