/* W_1 of two samples of one number, and what it would be if both were of one law: their labels are dealt again at
   random, and it is measured anew.  With the pooled numbers in order, F - G is a walk, +1/n at an x and -1/m at a y,
   and W_1 its area. */
#include "statsimpl.h"

void kar_shuffle(PetscInt64 seed, PetscInt b, PetscInt n, PetscInt all, PetscInt order[])
{
  const KarKey key = {.seed = seed, .sample = b, .stream = KAR_STREAM_TEST};
  PetscReal    u[2];

  for (PetscInt i = 0; i < all; i++) order[i] = i;
  for (PetscInt i = 0; i < n; i++) {
    PetscInt other, kept = order[i];

    kar_uniform_pair(key, i, 0, 0, u);
    other        = i + PetscMin((PetscInt)(u[0] * (PetscReal)(all - i)), all - i - 1);
    order[i]     = order[other];
    order[other] = kept;
  }
}

static PetscReal Area(PetscInt n, PetscInt m, const PetscReal sorted[], const PetscBool is_x[])
{
  PetscReal  area = 0;
  PetscInt64 walk = 0; /* (F - G) n m */

  for (PetscInt i = 0; i < n + m - 1; i++) {
    walk += is_x[i] ? m : -n;
    area += (PetscReal)(walk < 0 ? -walk : walk) * (sorted[i + 1] - sorted[i]);
  }
  return area / ((PetscReal)n * (PetscReal)m);
}

static PetscErrorCode Summarize(PetscInt permutations, PetscReal area[], KarRelabelTest *test)
{
  PetscInt beyond = 0;

  PetscFunctionBegin;
  test->mean = 0;
  for (PetscInt b = 0; b < permutations; b++) {
    test->mean += area[b] / (PetscReal)permutations;
    beyond += area[b] >= test->distance * (1 - 1e-12);
  }
  PetscCall(KarSortReals(permutations, area));
  test->high         = area[PetscMin(permutations - 1, (19 * permutations + 19) / 20 - 1)];
  test->p            = (PetscReal)(1 + beyond) / (PetscReal)(1 + permutations);
  test->permutations = permutations;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* sorted: x and y in one order; is_x: which of them are x. */
static PetscErrorCode Merge(PetscInt n, const PetscReal x[], PetscInt m, const PetscReal y[], PetscReal sorted[],
                            PetscBool is_x[])
{
  PetscReal *a, *b;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(n, &a, m, &b));
  PetscCall(PetscArraycpy(a, x, n));
  PetscCall(PetscArraycpy(b, y, m));
  PetscCall(KarSortReals(n, a));
  PetscCall(KarSortReals(m, b));
  for (PetscInt i = 0, j = 0; i + j < n + m;) {
    is_x[i + j]   = (PetscBool)(j == m || (i < n && a[i] <= b[j]));
    sorted[i + j] = is_x[i + j] ? a[i] : b[j];
    if (is_x[i + j]) i++;
    else j++;
  }
  PetscCall(PetscFree2(a, b));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarStatsRelabelTest(MPI_Comm comm, PetscInt n, const PetscReal x[], PetscInt m, const PetscReal y[],
                                   PetscInt64 seed, PetscInt permutations, KarRelabelTest *test)
{
  PetscReal *sorted, *area;
  PetscInt  *order;
  PetscBool *is_x;
  int        rank, ranks;

  PetscFunctionBegin;
  KarCheck(comm, n > 0 && m > 0 && permutations > 0, PETSC_ERR_ARG_SIZ,
           "a distance of %" PetscInt_FMT " and %" PetscInt_FMT " numbers: give some of each", n, m);
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(PetscMalloc3(n + m, &sorted, n + m, &order, n + m, &is_x));
  PetscCall(PetscCalloc1(permutations, &area));
  PetscCall(Merge(n, x, m, y, sorted, is_x));
  test->distance = Area(n, m, sorted, is_x);
  for (PetscInt b = rank; b < permutations && !kar_stop_wished(); b += ranks) {
    kar_shuffle(seed, b, n, n + m, order);
    for (PetscInt i = 0; i < n + m; i++) is_x[order[i]] = (PetscBool)(i < n);
    area[b] = Area(n, m, sorted, is_x);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, area, (int)permutations, MPIU_REAL, MPI_SUM, comm));
  PetscCall(Summarize(permutations, area, test));
  PetscCall(PetscFree(area));
  PetscCall(PetscFree3(sorted, order, is_x));
  PetscFunctionReturn(PETSC_SUCCESS);
}
