/* W_1 = int |F - G| dx.  Values are dealt to the ranks by size, so that each integrates between two of them. */
#include "statsimpl.h"
#include <stdint.h>

#define DIGIT 11 /* bits sorted by in one pass */

/* Radix sort, low digits first.  The bits of a number, all flipped if it is negative and else the sign alone, are
   ordered as it is.  A digit that is the same everywhere takes no pass: the low half of numbers that were floats. */
PetscErrorCode KarSortReals(PetscInt n, PetscReal v[])
{
  const uint64_t mask = (1u << DIGIT) - 1, sign = (uint64_t)1 << 63;
  uint64_t      *from, *to, *scratch[2];

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(n, &scratch[0], n, &scratch[1]));
  from = scratch[0], to = scratch[1];
  for (PetscInt i = 0; i < n; i++) {
    memcpy(&from[i], &v[i], sizeof(v[i]));
    from[i] ^= from[i] & sign ? ~(uint64_t)0 : sign;
  }
  for (int shift = 0; shift < 64; shift += DIGIT) {
    PetscInt start[1 << DIGIT] = {0}, at = 0;

    for (PetscInt i = 0; i < n; i++) start[from[i] >> shift & mask]++;
    if (n && start[from[0] >> shift & mask] == n) continue;
    for (uint64_t d = 0; d <= mask; d++) {
      const PetscInt count = start[d];

      start[d] = at;
      at += count;
    }
    for (PetscInt i = 0; i < n; i++) to[start[from[i] >> shift & mask]++] = from[i];
    uint64_t *swap = from;
    from = to, to = swap;
  }
  for (PetscInt i = 0; i < n; i++) {
    from[i] ^= from[i] & sign ? sign : ~(uint64_t)0;
    memcpy(&v[i], &from[i], sizeof(v[i]));
  }
  PetscCall(PetscFree2(scratch[0], scratch[1]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* First of n sorted values that is not below s. */
static PetscInt Find(PetscInt n, const PetscReal v[], PetscReal s)
{
  PetscInt low = 0, high = n;

  while (low < high) {
    const PetscInt middle = low + (high - low) / 2;

    if (v[middle] < s) low = middle + 1;
    else high = middle;
  }
  return low;
}

enum { PROBES = 64 };

/* ranks - 1 numbers that cut the values of x and y into nearly equal parts; alike on every rank. */
static PetscErrorCode ChooseCuts(MPI_Comm comm, int ranks, PetscInt nx, const PetscReal x[], PetscInt ny,
                                 const PetscReal y[], PetscReal cuts[])
{
  PetscReal probe[PROBES], *all;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < PROBES; i++) {
    const PetscBool from_x = (PetscBool)(nx && (i % 2 || !ny));
    const PetscInt  n      = from_x ? nx : ny;

    probe[i] = n ? (from_x ? x : y)[n * i / PROBES] : PETSC_MAX_REAL;
  }
  PetscCall(PetscMalloc1(ranks * PROBES, &all));
  PetscCallMPI(MPI_Allgather(probe, PROBES, MPIU_REAL, all, PROBES, MPIU_REAL, comm));
  PetscCall(KarSortReals((PetscInt)ranks * PROBES, all));
  for (int r = 1; r < ranks; r++) cuts[r - 1] = all[r * PROBES];
  PetscCall(PetscFree(all));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The part of every rank's sorted values that lies between this rank's cuts, sorted. The caller frees it. */
static PetscErrorCode Deal(MPI_Comm comm, int ranks, const PetscReal cuts[], PetscInt n, const PetscReal v[],
                           PetscInt *count, PetscReal *part[])
{
  int *send, *send_at, *receive, *receive_at;

  PetscFunctionBegin;
  PetscCall(PetscMalloc4(ranks, &send, ranks + 1, &send_at, ranks, &receive, ranks + 1, &receive_at));
  send_at[0] = receive_at[0] = 0;
  for (int r = 0; r < ranks; r++) {
    send_at[r + 1] = (int)(r < ranks - 1 ? Find(n, v, cuts[r]) : n);
    send[r]        = send_at[r + 1] - send_at[r];
  }
  PetscCallMPI(MPI_Alltoall(send, 1, MPI_INT, receive, 1, MPI_INT, comm));
  for (int r = 0; r < ranks; r++) receive_at[r + 1] = receive_at[r] + receive[r];
  *count = receive_at[ranks];
  PetscCall(PetscMalloc1(*count + 1, part));
  PetscCallMPI(MPI_Alltoallv(v, send, send_at, MPIU_REAL, *part, receive, receive_at, MPIU_REAL, comm));
  if (ranks > 1) PetscCall(KarSortReals(*count, *part));
  PetscCall(PetscFree4(send, send_at, receive, receive_at));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* int |F - G| over sorted x and y, which `before` values of each precede, the last of them `last`; total: of all
   ranks. */
static PetscReal Integrate(PetscInt nx, const PetscReal x[], PetscInt ny, const PetscReal y[],
                           const PetscReal before[2], const PetscReal total[2], PetscReal last)
{
  PetscReal sum = 0;

  for (PetscInt i = 0, j = 0; i < nx || j < ny;) {
    const PetscReal next = j == ny || (i < nx && x[i] <= y[j]) ? x[i] : y[j];
    const PetscReal gap  = (before[0] + (PetscReal)i) / total[0] - (before[1] + (PetscReal)j) / total[1];

    if (last > -PETSC_MAX_REAL) sum += (next - last) * PetscAbsReal(gap);
    last = next;
    if (j == ny || (i < nx && x[i] <= y[j])) i++;
    else j++;
  }
  return sum;
}

PetscErrorCode KarStatsWasserstein(MPI_Comm comm, PetscInt nx, PetscReal x[], PetscInt ny, PetscReal y[], PetscReal *w1)
{
  PetscReal *cuts, *part_x, *part_y, mine[2], before[2] = {0, 0}, total[2], top = -PETSC_MAX_REAL,
                                              last = -PETSC_MAX_REAL;
  PetscInt mx, my;
  int      ranks, rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(KarSortReals(nx, x));
  PetscCall(KarSortReals(ny, y));
  PetscCall(PetscMalloc1(ranks, &cuts));
  PetscCall(ChooseCuts(comm, ranks, nx, x, ny, y, cuts));
  PetscCall(Deal(comm, ranks, cuts, nx, x, &mx, &part_x));
  PetscCall(Deal(comm, ranks, cuts, ny, y, &my, &part_y));
  mine[0] = (PetscReal)mx;
  mine[1] = (PetscReal)my;
  if (mx) top = part_x[mx - 1];
  if (my) top = PetscMax(top, part_y[my - 1]);
  PetscCallMPI(MPI_Allreduce(mine, total, 2, MPIU_REAL, MPI_SUM, comm));
  KarCheck(comm, total[0] > 0 && total[1] > 0, PETSC_ERR_ARG_SIZ,
           "a distance from an empty set of values: give at least one");
  PetscCallMPI(MPI_Exscan(mine, before, 2, MPIU_REAL, MPI_SUM, comm));
  PetscCallMPI(MPI_Exscan(&top, &last, 1, MPIU_REAL, MPI_MAX, comm));
  if (rank == 0) before[0] = before[1] = 0, last = -PETSC_MAX_REAL;
  *w1 = Integrate(mx, part_x, my, part_y, before, total, last);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, w1, 1, MPIU_REAL, MPI_SUM, comm));
  PetscCall(PetscFree(part_x));
  PetscCall(PetscFree(part_y));
  PetscCall(PetscFree(cuts));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarStatsDensity(MPI_Comm comm, PetscInt n, const PetscReal v[], PetscReal low, PetscReal high,
                               PetscInt bins, PetscReal density[])
{
  const PetscReal width = (high - low) / (PetscReal)bins;
  PetscReal       total = (PetscReal)n;

  PetscFunctionBegin;
  PetscCall(PetscArrayzero(density, bins));
  for (PetscInt i = 0; i < n; i++)
    if (v[i] >= low && v[i] <= high) density[PetscMin((PetscInt)((v[i] - low) / width), bins - 1)]++;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &total, 1, MPIU_REAL, MPI_SUM, comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, density, (int)bins, MPIU_REAL, MPI_SUM, comm));
  for (PetscInt b = 0; b < bins; b++) density[b] /= PetscMax(total, 1) * width;
  PetscFunctionReturn(PETSC_SUCCESS);
}
