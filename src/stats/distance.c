/* Energy distance of two laws on H (Szekely and Rizzo, 2013):  2 E|X - Y| - E|X - X'| - E|Y - Y'|,  zero only for one
   law.
   |x_i - x_j|^2 = G_ii + G_jj - 2 G_ij,  G the Gram matrix, a sum over the ranks' shares of the coordinates. */
#include <karhunen/stats.h>
#include <cblas.h>

PetscErrorCode KarStatsDistances(MPI_Comm comm, PetscInt n, PetscInt length, const PetscReal x[], PetscReal g[])
{
  PetscReal *square;

  PetscFunctionBegin;
  KarCheck(comm, n < 32768, PETSC_ERR_ARG_SIZ, "%" PetscInt_FMT " fields make too many pairs: take fewer than 32768",
           n);
  PetscCall(PetscArrayzero(g, n * n));
  if (length > 0)
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, (int)n, (int)length, 1, x, (int)length, 0, g, (int)n);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, g, (int)(n * n), MPIU_REAL, MPI_SUM, comm));
  PetscCall(PetscMalloc1(n, &square));
  for (PetscInt i = 0; i < n; i++) square[i] = g[i * n + i];
  for (PetscInt i = 0; i < n; i++) {
    g[i * n + i] = 0;
    for (PetscInt j = 0; j < i; j++) {
      const PetscReal d2 = square[i] + square[j] - 2 * g[i * n + j];

      g[i * n + j] = g[j * n + i] = PetscSqrtReal(PetscMax(d2, 0));
    }
  }
  PetscCall(PetscFree(square));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Sums over pairs, from which every statistic of two groups follows. */
typedef struct {
  PetscInt         n, m;
  const PetscReal *d;     /* distances[n + m][n + m] */
  PetscReal       *row;   /* sum of each row */
  PetscReal        total; /* of all */
} Pairs;

/* The statistic when `group` lists the n points that are X. sum_xx is all that depends on pairs. */
static void Statistic(const Pairs *pairs, const PetscInt group[], PetscReal *distance, PetscReal *between)
{
  const PetscReal n = (PetscReal)pairs->n, m = (PetscReal)pairs->m;
  const PetscInt  all    = pairs->n + pairs->m;
  PetscReal       sum_xx = 0, sum_x = 0, sum_xy, sum_yy;

  for (PetscInt i = 0; i < pairs->n; i++) {
    const PetscReal *d = pairs->d + group[i] * all;

    sum_x += pairs->row[group[i]];
    for (PetscInt j = 0; j < i; j++) sum_xx += 2 * d[group[j]];
  }
  sum_xy    = sum_x - sum_xx;
  sum_yy    = pairs->total - sum_xx - 2 * sum_xy;
  *between  = 2 * sum_xy / (n * m);
  *distance = *between - sum_xx / (n * (n - 1)) - sum_yy / (m * (m - 1));
}

PetscErrorCode KarStatsEnergyTest(MPI_Comm comm, PetscInt n, PetscInt m, const PetscReal distances[], PetscInt64 seed,
                                  PetscInt permutations, KarEnergyTest *test)
{
  const PetscInt all   = n + m;
  Pairs          pairs = {.n = n, .m = m, .d = distances};
  PetscReal      distance, between;
  PetscInt      *order, beyond = 0;
  int            rank, ranks;

  PetscFunctionBegin;
  KarCheck(comm, n > 1 && m > 1, PETSC_ERR_ARG_SIZ,
           "an energy distance of %" PetscInt_FMT " and %" PetscInt_FMT " fields: give at least 2 of each", n, m);
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(PetscCalloc2(all, &pairs.row, all, &order));
  for (PetscInt i = 0; i < all; i++) {
    for (PetscInt j = 0; j < all; j++) pairs.row[i] += distances[i * all + j];
    pairs.total += pairs.row[i];
    order[i] = i;
  }
  Statistic(&pairs, order, &test->distance, &between);
  test->relative = between > 0 ? test->distance / between : 0;
  for (PetscInt b = rank; b < permutations && !kar_stop_wished(); b += ranks) {
    kar_shuffle(seed, b, n, all, order);
    Statistic(&pairs, order, &distance, &between);
    if (distance >= test->distance - 1e-12 * between) beyond++;
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &beyond, 1, MPIU_INT, MPI_SUM, comm));
  test->permutations = permutations;
  test->p            = (PetscReal)(1 + beyond) / (PetscReal)(1 + permutations);
  PetscCall(PetscFree2(pairs.row, order));
  PetscFunctionReturn(PETSC_SUCCESS);
}
