/* The area under the curve of one number: A = P(x < y) + P(x = y)/2.  With a_i = P(x_i < y) and b_j = P(x < y_j), ties
   by halves, DeLong's error is sqrt(var(a)/n + var(b)/m). */
#include "statsimpl.h"
#include <karhunen/judge.h>

PetscReal kar_row_flatness(const PetscReal mean[])
{
  return mean[0] > 0 ? mean[1] / PetscSqr(mean[0]) : 0;
}

/* How many of n numbers in rising order are below v, equal ones by halves. */
static PetscReal Below(PetscInt n, const PetscReal sorted[], PetscReal v)
{
  PetscInt ends[2];

  for (int e = 0; e < 2; e++) {
    PetscInt low = 0, high = n;

    while (low < high) {
      const PetscInt at = (low + high) / 2;

      if (sorted[at] < v || (e && sorted[at] == v)) low = at + 1;
      else high = at;
    }
    ends[e] = low;
  }
  return 0.5 * (PetscReal)(ends[0] + ends[1]);
}

/* Mean and variance over n numbers v of the share of the m sorted ones below v. */
static void Shares(PetscInt n, const PetscReal v[], PetscInt m, const PetscReal sorted[], PetscReal *mean,
                   PetscReal *variance)
{
  PetscReal sum = 0, square = 0;

  for (PetscInt i = 0; i < n; i++) sum += Below(m, sorted, v[i]) / (PetscReal)m;
  *mean = sum / (PetscReal)n;
  for (PetscInt i = 0; i < n; i++) square += PetscSqr(Below(m, sorted, v[i]) / (PetscReal)m - *mean);
  *variance = n > 1 ? square / (PetscReal)(n - 1) : 0;
}

PetscErrorCode KarStatsAUC(PetscInt n, const PetscReal x[], PetscInt m, const PetscReal y[], KarEstimate *auc)
{
  PetscReal *sorted[2], mean, of[2];

  PetscFunctionBegin;
  KarCheck(PETSC_COMM_SELF, n > 0 && m > 0, PETSC_ERR_ARG_SIZ,
           "an AUC of %" PetscInt_FMT " and %" PetscInt_FMT " numbers: give at least one of each", n, m);
  PetscCall(PetscMalloc2(n, &sorted[0], m, &sorted[1]));
  PetscCall(PetscArraycpy(sorted[0], x, n));
  PetscCall(PetscArraycpy(sorted[1], y, m));
  PetscCall(KarSortReals(n, sorted[0]));
  PetscCall(KarSortReals(m, sorted[1]));
  Shares(n, x, m, sorted[1], &mean, &of[0]);
  Shares(m, y, n, sorted[0], &mean, &of[1]);
  auc->value = mean;
  auc->error = PetscSqrtReal(of[0] / (PetscReal)n + of[1] / (PetscReal)m);
  PetscCall(PetscFree2(sorted[0], sorted[1]));
  PetscFunctionReturn(PETSC_SUCCESS);
}
