/* Judges: exact on plane waves, steady flows, a triad and a vortex of phase; AUC of normal laws is Phi(d / sqrt 2)
   with DeLong's error. ranks: 1 2 3 */
#include "claim.h"
#include <math.h>

enum { N = 64 };
typedef PetscReal FieldFn(PetscReal y, PetscReal x);

static PetscReal Wave(PetscReal y, PetscReal x)
{
  return 3 * cos(4 * x);
}
static PetscReal Steady(PetscReal y, PetscReal x)
{
  return cos(5 * x) + 2 * sin(5 * y) + cos(3 * x + 4 * y);
}
static PetscReal Triad(PetscReal y, PetscReal x)
{
  return 2 * cos(y + 2 * x) + 3 * cos(3 * y + x) + 5 * cos(4 * y + 3 * x);
}

static PetscErrorCode JudgeOf(FieldFn *fn, PetscReal row[])
{
  const PetscInt  n[]      = {N, N};
  const PetscReal length[] = {2 * PETSC_PI, 2 * PETSC_PI};
  KarGrid         grid;
  KarGridInfo     g;
  KarFFT          fft;
  KarJudge        judge;
  PetscScalar    *v;
  Vec             field, x;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, 2, n, length));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(KarGridGetInfo(grid, &g));
  PetscCall(KarGridCreateField(grid, &field));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecGetArrayWrite(field, &v));
  for (PetscInt i = 0; i < g.ln; i++)
    for (PetscInt j = 0; j < N; j++)
      v[i * N + j] = fn(2 * PETSC_PI * (PetscReal)(g.start + i) / N, 2 * PETSC_PI * (PetscReal)j / N);
  PetscCall(VecRestoreArrayWrite(field, &v));
  PetscCall(KarFFTForward(fft, field, x));
  PetscCall(KarJudgeCreate(fft, PETSC_TRUE, &judge));
  PetscCall(KarJudgeField(judge, x, row));
  PetscCall(KarJudgeDestroy(&judge));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&field));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Fields(void)
{
  PetscReal row[KAR_JUDGE_COLUMNS];

  PetscFunctionBegin;
  PetscCall(JudgeOf(Wave, row));
  ClaimNear(row[KAR_JUDGE_QUIET], 0, 1e-12);
  ClaimNear(row[KAR_JUDGE_QUIET + 1], 2 * PetscSqr(sin(PETSC_PI / 8)), 1e-12);
  ClaimNear(row[KAR_JUDGE_QUIET + 2], 1, 1e-12);
  ClaimNear(kar_row_flatness(row + KAR_JUDGE_GRADIENT), 3, 1e-12); /* 1.5 along one axis of two */
  ClaimNear(kar_row_flatness(row + KAR_JUDGE_LAPLACIAN), 1.5, 1e-12);
  for (int r = 0; r < KAR_JUDGE_INCREMENTS; r++) {
    ClaimNear(row[KAR_JUDGE_INCREMENT + 2 * r], 9 * PetscSqr(sin(PETSC_PI / 16 * (1 << r))), 1e-12);
    ClaimNear(kar_row_flatness(row + KAR_JUDGE_INCREMENT + 2 * r), 3, 1e-11);
  }
  for (int b = 0; b < KAR_JUDGE_BANDS; b++) ClaimNear(row[KAR_JUDGE_BAND + 2 * b], b == 1 ? 4.5 : 0, 1e-12);
  ClaimNear(row[KAR_JUDGE_STILL], 0.125, 0); /* two zeros of sin in sixteen points */
  ClaimNear(row[KAR_JUDGE_REACH], 4, 0);
  PetscCall(JudgeOf(Steady, row));
  ClaimNear(row[KAR_JUDGE_NONLINEARITY], 0, 1e-24);
  for (int f = 0; f < KAR_JUDGE_FLUXES; f++) ClaimNear(row[KAR_JUDGE_FLUX + f], 0, 1e-13);
  /* k3 = k1 + k2: Pi = a1 a2 a3 (k1 x k2) (1/|k1|^2 - 1/|k2|^2) / 4 between the second and the third, over the mean
     square's 3/2 */
  PetscCall(JudgeOf(Triad, row));
  ClaimNear(row[KAR_JUDGE_FLUX], 30 * -5 * (1. / 5 - 1. / 10) / 4 / pow((4 + 9 + 25) / 2., 1.5), 1e-13);
  for (int f = 1; f < KAR_JUDGE_FLUXES; f++) ClaimNear(row[KAR_JUDGE_FLUX + f], 0, 1e-12);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The share of windows and of residues that these phases have. */
static PetscErrorCode Phases(void)
{
  enum { M = 32 };
  PetscReal wave[M * M], flat[M * M], vortex[M * M], windows[2], residues;

  PetscFunctionBegin;
  for (int y = 0; y < M; y++)
    for (int x = 0; x < M; x++) {
      wave[y * M + x]   = y < 16 ? kar_wrap(2 * PETSC_PI * (3 * x - y) / 16.) : 0;
      flat[y * M + x]   = kar_wrap(2 * PETSC_PI * x / 16.); /* one cycle is too few */
      vortex[y * M + x] = atan2(y - 16.01, x - 15.99);
    }
  PetscCall(KarStatsFringes(M, M, wave, windows, &residues));
  ClaimNear(windows[0], 0.5, 0);
  ClaimNear(windows[1], 0.5, 0);
  PetscCall(KarStatsFringes(M, M, flat, windows, &residues));
  ClaimNear(windows[0], 0, 0);
  ClaimNear(windows[1], 1, 0);
  ClaimNear(residues, 0, 0);
  PetscCall(KarStatsFringes(M, M, vortex, windows, &residues));
  ClaimNear(residues, 1. / (28 * 28), 1e-15);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscReal Normal(PetscInt64 *state)
{
  PetscReal sum = -6;

  for (int i = 0; i < 12; i++) {
    *state = (*state * 1103515245 + 12345) & 0x7fffffff;
    sum += (PetscReal)*state / 2147483648.;
  }
  return sum;
}

/* 400 pairs of sets of 60 and 90: mean and variance within five of their own errors, a false alarm in 1e-6. */
static PetscErrorCode Areas(void)
{
  enum { SETS = 400, NX = 60, NY = 90 };
  const PetscReal d = 0.8, exact = 0.5 * erfc(-d / 2);
  PetscReal       x[NX], y[NY], mean = 0, square = 0, claimed = 0;
  PetscInt64      state = 7;
  KarEstimate     auc;

  PetscFunctionBegin;
  PetscCall(KarStatsAUC(3, (PetscReal[]){3, 1, 2}, 3, (PetscReal[]){2, 4, 3}, &auc));
  ClaimNear(auc.value, 7. / 9, 1e-15);
  ClaimNear(auc.error, sqrt(2 * (7. / 108) / 3), 1e-15); /* shares 1, 5/6, 1/2 on both sides */
  for (int s = 0; s < SETS; s++) {
    for (int i = 0; i < NX; i++) x[i] = Normal(&state);
    for (int i = 0; i < NY; i++) y[i] = Normal(&state) + d;
    PetscCall(KarStatsAUC(NX, x, NY, y, &auc));
    mean += auc.value / SETS;
    square += PetscSqr(auc.value - exact) / SETS;
    claimed += PetscSqr(auc.error) / SETS;
  }
  ClaimNear(mean, exact, 5 * sqrt(square / SETS));
  ClaimNear(claimed / square, 1, 5 * sqrt(2. / SETS));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(Fields());
  PetscCall(Phases());
  PetscCall(Areas());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
