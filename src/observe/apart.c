/* Phases that no field of a Gaussian law gives together. With residuals e and M = H Gamma H* + R the larger, over the
   deviation, of wrap(e_i) and of wrap(e_i - e_0 - b^T D^-1 d): 0 is the datum nearest to i, of least variance of the
   difference, d_j = wrap(e_j - e_0) of the next nearest, D their covariance, b that with e_i - e_0. Turns that all
   share drop out. Neither exceeds half a turn over the deviation: where the law leaves the turn open nothing is far. */
#include "innovationimpl.h"

#include <math.h>

#define NEAR 9 /* the first is the reference */

/* M_ij of the lower triangle, by columns, with R. */
static PetscReal Covariance(const KarInnovation in, PetscInt i, PetscInt j)
{
  return in->base[PetscMin(i, j) * in->obs->m + PetscMax(i, j)] + (i == j ? in->noise[i] : 0);
}

/* Of e_i - e_o and e_j - e_o. */
static PetscReal Relative(const KarInnovation in, PetscInt o, PetscInt i, PetscInt j)
{
  return Covariance(in, i, j) - Covariance(in, i, o) - Covariance(in, o, j) + Covariance(in, o, o);
}

/* The data nearest to i, nearest first; returns how many. */
static int Nearest(const KarInnovation in, PetscInt i, PetscInt near[NEAR])
{
  PetscReal v[NEAR];
  int       n = 0;

  for (PetscInt j = 0; j < in->obs->m; j++) {
    const PetscReal now = j == i ? PETSC_MAX_REAL : Relative(in, i, j, j);
    int             at  = n;

    if (j == i || (n == NEAR && now >= v[n - 1])) continue;
    if (n < NEAR) n++;
    else at--;
    for (; at > 0 && v[at - 1] > now; at--) v[at] = v[at - 1], near[at] = near[at - 1];
    v[at] = now, near[at] = j;
  }
  return n;
}

/* t - b^T D^-1 d and its variance v - b^T D^-1 b, by the Cholesky factor of D; both are given as t and v. */
static void Eliminate(int n, PetscReal D[NEAR][NEAR], PetscReal b[NEAR], PetscReal d[NEAR], PetscReal *t, PetscReal *v)
{
  for (int k = 0; k < n; k++) {
    for (int j = 0; j < k; j++) {
      for (int i = k; i < n; i++) D[i][k] -= D[i][j] * D[k][j];
      b[k] -= D[k][j] * b[j];
      d[k] -= D[k][j] * d[j];
    }
    const PetscReal root = PetscSqrtReal(PetscMax(D[k][k], PETSC_SMALL));

    for (int i = k; i < n; i++) D[i][k] /= root;
    b[k] /= root, d[k] /= root;
    *t -= b[k] * d[k];
    *v -= b[k] * b[k];
  }
}

/* Of datum i given its neighbours; those of which the law leaves the turn open are left out. */
static PetscReal Given(const KarInnovation in, const PetscReal e[], PetscInt i)
{
  const PetscReal turn = in->obs->ops.period;
  PetscReal       D[NEAR][NEAR], b[NEAR], d[NEAR], t, v;
  PetscInt        near[NEAR], taken[NEAR];
  int             n = 0, all = Nearest(in, i, near);

  if (!all) return 0;
  for (int k = 1; k < all; k++)
    if (4 * PetscSqrtReal(Relative(in, near[0], near[k], near[k])) < turn / 2) taken[n++] = near[k];
  for (int k = 0; k < n; k++) {
    for (int l = 0; l <= k; l++) D[k][l] = Relative(in, near[0], taken[k], taken[l]);
    b[k] = Relative(in, near[0], i, taken[k]);
    d[k] = remainder(e[taken[k]] - e[near[0]], turn);
  }
  t = e[i] - e[near[0]];
  v = Relative(in, near[0], i, i);
  Eliminate(n, D, b, d, &t, &v);
  return PetscAbsReal(remainder(t, turn)) / PetscSqrtReal(PetscMax(v, in->noise[i]));
}

PetscErrorCode KarInnovationGetApart(KarInnovation in, Vec e, Vec apart, PetscBool *has)
{
  KarObservation obs = in->obs;
  PetscScalar   *a;
  PetscReal     *values;

  PetscFunctionBegin;
  *has = (PetscBool)(in->base != NULL && obs->ops.period > 0);
  if (!*has) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc1(obs->m, &values));
  PetscCall(KarObservationGatherData(obs, e, values));
  PetscCall(VecGetArrayWrite(apart, &a));
  for (PetscInt p = 0; p < obs->local; p++) {
    const PetscInt i = obs->number[p];

    a[p] = PetscAbsReal(remainder(values[i], obs->ops.period)) / PetscSqrtReal(Covariance(in, i, i));
    a[p] = PetscMax(a[p], Given(in, values, i));
  }
  PetscCall(VecRestoreArrayWrite(apart, &a));
  PetscCall(PetscFree(values));
  PetscFunctionReturn(PETSC_SUCCESS);
}
