/* sum_kappa f(|k|) = sum over the distinct |k| of (number of modes) f(|k|).
   A mode is named by its indices without their signs: in the periodic basis it counts twice for each index that is not
   0. A cube of n^3 points has n^3/2 stored modes and at most 3 n^2/4 distinct |k|. Where the edges have no common
   measure all may differ:
   the shells are then shared by the ranks. */
#include "shells.h"

#define SHORT (1 << 16) /* entries of a table that every rank may have */
#define SAME  1e-14     /* two |k|^2 that differ by less, relative to them, are one */

/* The indices of a grid; the axis with most points is the last. */
typedef struct {
  PetscInt  n[3], coarse[3]; /* indices from 0 to n - 1; below coarse on every axis: not counted */
  PetscReal h[3];            /* spacing of the wave numbers */
  PetscInt  pairs;           /* modes of an index and its negative: 2 in the periodic basis */
  PetscReal width;           /* of a shell, in |k|^2 */
} Lattice;

static void SetLattice(const KarGridInfo *info, const PetscInt coarse[], Lattice *l)
{
  const PetscInt pairs = info->basis == KAR_BASIS_PERIODIC ? 2 : 1;
  PetscInt       last  = 0;
  PetscReal      most  = 0;

  *l = (Lattice){.pairs = pairs};
  for (PetscInt a = 1; a < 3; a++)
    if (info->n[a] > info->n[last]) last = a;
  for (PetscInt a = 0; a < 3; a++) {
    const PetscInt to = a == last ? 2 : a == 2 ? last : a;

    l->n[to]      = (info->n[a] + pairs - 1) / pairs;
    l->coarse[to] = !coarse || !coarse[0] ? 0 : a < info->dim ? (coarse[a] + pairs - 1) / pairs : 1;
    l->h[to]      = pairs * PETSC_PI / info->length[a];
    most += PetscSqr((PetscReal)(l->n[to] - 1) * l->h[to]);
  }
  l->width = PetscMax(most, PETSC_SMALL) * (1 + 1e-9) / KAR_SHELLS;
}

/* Counts the modes of one shell and, with k2, lists each |k|^2 and how many modes it stands for. */
static PetscInt List(const Lattice *l, PetscInt shell, PetscReal k2[], PetscInt count[])
{
  PetscInt n = 0;

  for (PetscInt i = 0; i < l->n[0]; i++)
    for (PetscInt j = 0; j < l->n[1]; j++) {
      const PetscReal q    = PetscSqr((PetscReal)i * l->h[0]) + PetscSqr((PetscReal)j * l->h[1]);
      const PetscReal low  = PetscSqrtReal(PetscMax((PetscReal)shell * l->width - q, 0)) / l->h[2];
      const PetscReal high = PetscSqrtReal(PetscMax((PetscReal)(shell + 1) * l->width - q, 0)) / l->h[2];

      if (q > (PetscReal)(shell + 1) * l->width) break;
      for (PetscInt m = (PetscInt)PetscMax(low - 1, 0); m < l->n[2] && (PetscReal)m <= high + 1; m++) {
        const PetscReal k = q + PetscSqr((PetscReal)m * l->h[2]);

        if ((PetscInt)(k / l->width) != shell || (i < l->coarse[0] && j < l->coarse[1] && m < l->coarse[2])) continue;
        if (k2) k2[n] = k, count[n] = (i ? l->pairs : 1) * (j ? l->pairs : 1) * (m ? l->pairs : 1);
        n++;
      }
    }
  return n;
}

/* Appends the distinct |k|^2 of one shell to the table, which grows: in C, for the time being. */
static PetscErrorCode Append(const Lattice *l, PetscInt shell, PetscInt *n, PetscInt *capacity, KarShells *shells)
{
  const PetscInt size = List(l, shell, NULL, NULL);
  PetscReal     *k2;
  PetscInt      *count, distinct = 0;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(size, &k2, size, &count));
  (void)List(l, shell, k2, count);
  PetscCall(PetscSortRealWithArrayInt(size, k2, count));
  for (PetscInt i = 0; i < size; i++) {
    if (distinct && k2[i] - k2[distinct - 1] <= SAME * k2[i]) count[distinct - 1] += count[i];
    else k2[distinct] = k2[i], count[distinct++] = count[i];
  }
  if (*n + distinct > *capacity) {
    *capacity = PetscMax(*n + distinct, *capacity + *capacity / 4);
    PetscCall(PetscRealloc((size_t)*capacity * sizeof(*shells->C), &shells->C));
    PetscCall(PetscRealloc((size_t)*capacity * sizeof(*shells->count), &shells->count));
  }
  PetscCall(PetscArraycpy(shells->C + *n, k2, distinct));
  PetscCall(PetscArraycpy(shells->count + *n, count, distinct));
  *n += distinct;
  PetscCall(PetscFree2(k2, count));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The table of shells first to last - 1. */
static PetscErrorCode Fill(const Lattice *l, PetscInt first, PetscInt last, KarShells *shells)
{
  PetscInt n = 0, capacity = 0;

  PetscFunctionBegin;
  PetscCall(KarShellsDestroy(shells));
  shells->first = first;
  shells->last  = last;
  for (PetscInt s = first; s < last; s++) {
    shells->start[s - first] = n;
    PetscCall(Append(l, s, &n, &capacity, shells));
  }
  shells->start[last - first] = n;
  shells->zero                = (PetscBool)(n && shells->C[0] == 0);
  PetscCall(PetscRealloc((size_t)PetscMax(n, 1) * sizeof(*shells->C), &shells->C));
  PetscCall(PetscRealloc((size_t)PetscMax(n, 1) * sizeof(*shells->count), &shells->count));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What each |k|^2 has, in its place. */
static PetscErrorCode Evaluate(KarCov data, KarCov noise, KarSDE sde, KarShells *shells)
{
  const PetscInt n = shells->start[shells->last - shells->first];
  PetscBool      scalar, same = PETSC_TRUE;

  PetscFunctionBegin;
  PetscCall(KarSDEIsScalar(sde, &scalar));
  PetscCall(PetscMalloc1(n, &shells->lambda));
  if (!scalar) PetscCall(PetscMalloc1(n, &shells->omega));
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal k2 = shells->C[i], k = PetscSqrtReal(k2);

    if (!scalar) PetscCall(KarSDEGetRate(sde, k2, &shells->omega[i]));
    PetscCall(KarCovEvaluate(data, k, &shells->C[i]));
    PetscCall(KarCovEvaluate(noise, k, &shells->lambda[i]));
    if (shells->C[i] != shells->lambda[i]) same = PETSC_FALSE;
  }
  if (!same) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscFree(shells->lambda));
  shells->lambda = shells->C;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarShellsCreate(MPI_Comm comm, const KarGridInfo *info, const PetscInt coarse[], KarCov data,
                               KarCov noise, KarSDE sde, KarShells *shells)
{
  Lattice     l;
  PetscMPIInt rank, ranks;
  PetscInt64  entries;

  PetscFunctionBegin;
  *shells = (KarShells){.comm = comm};
  SetLattice(info, coarse, &l);
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(Fill(&l, (PetscInt)rank * KAR_SHELLS / ranks, ((PetscInt)rank + 1) * KAR_SHELLS / ranks, shells));
  entries = shells->start[shells->last - shells->first];
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &entries, 1, MPIU_INT64, MPI_SUM, comm));
  shells->whole = (PetscBool)(ranks == 1 || entries <= SHORT);
  if (shells->whole && ranks > 1) PetscCall(Fill(&l, 0, KAR_SHELLS, shells));
  PetscCall(Evaluate(data, noise, sde, shells));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarShellsDestroy(KarShells *shells)
{
  PetscFunctionBegin;
  if (shells->lambda != shells->C) PetscCall(PetscFree(shells->lambda));
  shells->lambda = NULL;
  PetscCall(PetscFree(shells->C));
  PetscCall(PetscFree(shells->omega));
  PetscCall(PetscFree(shells->count));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* a and s at time t of a mode with rate omega; path holds those of `rate`, which most modes share. */
static PetscErrorCode Path(KarSDE sde, PetscReal t, PetscReal omega, PetscReal *rate, KarPath *path)
{
  PetscFunctionBegin;
  if (omega == *rate) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarSDEGetPathRate(sde, t, omega, path));
  *rate = omega;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarShellsSum(const KarShells *shells, KarSDE sde, PetscReal t, PetscReal before, KarShellFn *fn,
                            void *ctx, PetscInt n, PetscReal sum[])
{
  PetscReal part[2 * KAR_SHELLS] = {0}, value[2] = {0}, rate[2] = {-1, -1};
  KarPath   now = {0}, then = {0};

  PetscFunctionBegin;
  for (PetscInt s = shells->first; s < shells->last; s++)
    for (PetscInt i = shells->start[s - shells->first]; i < shells->start[s - shells->first + 1]; i++) {
      const PetscReal omega = shells->omega ? shells->omega[i] : 1;

      PetscCall(Path(sde, t, omega, &rate[0], &now));
      if (before >= 0) PetscCall(Path(sde, before, omega, &rate[1], &then));
      const KarShellMode mode = {.zero   = (PetscBool)(i == 0 && shells->zero),
                                 .C      = shells->C[i],
                                 .lambda = shells->lambda[i],
                                 .a      = now.a,
                                 .s      = now.s,
                                 .a0     = then.a,
                                 .s0     = then.s};

      fn(&mode, ctx, value);
      for (PetscInt j = 0; j < n; j++) part[n * s + j] += (PetscReal)shells->count[i] * value[j];
    }
  if (!shells->whole)
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, part, (PetscMPIInt)(n * KAR_SHELLS), MPIU_REAL, MPIU_SUM, shells->comm));
  for (PetscInt j = 0; j < n; j++) sum[j] = 0;
  for (PetscInt s = 0; s < KAR_SHELLS; s++)
    for (PetscInt j = 0; j < n; j++) sum[j] += part[n * s + j];
  PetscFunctionReturn(PETSC_SUCCESS);
}
