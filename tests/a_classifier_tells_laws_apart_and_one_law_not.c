/* A classifier that learns from 60 + 60 fields tells a field whose square root is Gaussian from one with its phases
   dealt anew, which has the same spectrum to the last mode, in at least 90 % of 40 + 40 others, and two sets of one
   law in no more than coins would: p > 0.001, whose false alarm rate is 0.001; seeds are fixed.
   ranks: 1 2 */
#include "claim.h"
#include <math.h>

enum { N = 24, FIELDS = 100 };

/* The coordinates of g^2 - <g^2>, g Gaussian with (1 + k^2)^-2, of sample i; then with random phases. */
static PetscErrorCode Draw(KarFFT fft, PetscInt i, PetscBool phases, Vec field, Vec x)
{
  const KarKey    key = {.seed = 3, .sample = i, .stream = KAR_STREAM_TEST};
  const KarModes *m;
  KarMode         mode;
  PetscScalar    *v;
  PetscReal       u[2];

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(KarFFTFillNormal(fft, key, x));
  PetscCall(VecGetArray(x, &v));
  for (PetscInt k = 0; k < m->rows * m->length; k++) {
    kar_mode(m, k / m->length, k % m->length, &mode);
    for (int c = 0; c < 2; c++) v[mode.offset + c] /= 1 + mode.k2;
  }
  PetscCall(VecRestoreArray(x, &v));
  PetscCall(KarFFTInverse(fft, x, field));
  PetscCall(VecPointwiseMult(field, field, field));
  PetscCall(KarFFTForward(fft, field, x));
  PetscCall(VecGetArray(x, &v));
  for (PetscInt k = 0; k < m->rows * m->length; k++) {
    kar_mode(m, k / m->length, k % m->length, &mode);
    PetscScalar *a = v + mode.offset, re = a[0];

    if (mode.nyquist || mode.k2 == 0) a[0] = a[1] = 0;
    else if (phases && !mode.self) {
      kar_uniform_pair(key, mode.index[0], mode.index[1], N, u);
      u[0] *= 2 * PETSC_PI * mode.sign; /* a stored partner turns the other way */
      a[0] = re * cos(u[0]) - a[1] * sin(u[0]);
      a[1] = re * sin(u[0]) + a[1] * cos(u[0]);
    }
  }
  PetscCall(VecRestoreArray(x, &v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Judge(PetscBool phases, KarVerdict *verdict)
{
  const PetscInt      n[] = {N, N}, count[] = {FIELDS, FIELDS};
  const PetscReal     length[] = {2 * PETSC_PI, 2 * PETSC_PI};
  const KarFieldRange range[]  = {{0, 0, FIELDS}, {1, 0, FIELDS}};
  KarClassifier       judge;
  KarGrid             grid;
  KarFFT              fft;
  PetscBool           stop;
  Vec                 field, x;
  int                 rank, ranks;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  PetscCall(KarGridCreate(PETSC_COMM_SELF, &grid));
  PetscCall(KarGridSetSizes(grid, 2, n, length));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(KarGridCreateField(grid, &field));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(PetscOptionsSetValue(NULL, "-judge_steps", "100"));
  PetscCall(PetscOptionsSetValue(NULL, "-judge_symmetry", "scalar"));
  PetscCall(PetscOptionsSetValue(NULL, "-judge_local_dilations", "1,2,1"));
  PetscCall(KarClassifierCreate(PETSC_COMM_WORLD, &judge));
  PetscCall(KarClassifierSetFromOptions(judge));
  PetscCall(KarClassifierSetFields(judge, fft, count));
  for (int s = 0; s < 2; s++)
    for (PetscInt i = rank; i < FIELDS; i += ranks) {
      PetscCall(Draw(fft, s * FIELDS + i, (PetscBool)(s && phases), field, x));
      PetscCall(KarClassifierAdd(judge, s, i, x));
    }
  PetscCall(KarClassifierSolve(judge, "judging", range, verdict, &stop));
  PetscCall(KarClassifierDestroy(&judge));
  PetscCall(VecDestroy(&field));
  PetscCall(VecDestroy(&x));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  KarVerdict verdict;

  PetscFunctionBegin;
  PetscCall(Judge(PETSC_TRUE, &verdict));
  Claim(verdict.tests == FIELDS / 2 && verdict.trained[0] == FIELDS / 2, "learns from %d and is tested on %d",
        (int)verdict.trained[0], (int)verdict.tests);
  Claim(verdict.fields.value >= 0.9 && verdict.p < 1e-6, "other phases are told in %g of the fields, p %g",
        (double)verdict.fields.value, (double)verdict.p);
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "other phases: %g, p %g\n", (double)verdict.fields.value, (double)verdict.p));
  PetscCall(KarVerdictDestroy(&verdict));
  PetscCall(Judge(PETSC_FALSE, &verdict));
  Claim(verdict.p > 0.001, "one law is told in %g of the fields, p %g", (double)verdict.fields.value,
        (double)verdict.p);
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "one law: %g, p %g\n", (double)verdict.fields.value, (double)verdict.p));
  PetscCall(KarVerdictDestroy(&verdict));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
