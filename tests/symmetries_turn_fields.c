/* A symmetry of the box on coordinates is that turn or reflection of the field, point by point, and its sign is its
   determinant.  ranks: 1 2 3 */
#include "claim.h"

/* u(g^-1 x) on the grid, from a whole copy of the field. */
static PetscErrorCode Check(PetscInt n, KarBasis basis)
{
  const PetscInt     sizes[2] = {n, n};
  const KarKey       key      = {.seed = 5, .stream = KAR_STREAM_TEST};
  PetscInt           size, signs = 0, distinct = 0;
  KarGrid            grid;
  KarGridInfo        info;
  KarFFT             fft;
  KarSymmetry        symmetry;
  Vec                x, y, u, v, whole;
  VecScatter         all;
  const PetscScalar *a, *b;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, 2, sizes, NULL));
  PetscCall(KarGridSetBasis(grid, basis));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(KarSymmetryCreate(fft, &symmetry));
  PetscCall(KarSymmetryGetSize(symmetry, &size));
  Claim(size == 8, "a square has 8 symmetries, not %" PetscInt_FMT, size);
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecDuplicate(x, &y));
  PetscCall(KarGridCreateField(grid, &u));
  PetscCall(VecDuplicate(u, &v));
  PetscCall(KarFFTFillNormal(fft, key, x));
  PetscCall(KarFFTInverse(fft, x, u));
  PetscCall(VecScatterCreateToAll(u, &all, &whole));
  PetscCall(VecScatterBegin(all, u, whole, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecScatterEnd(all, u, whole, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecGetArrayRead(whole, &a));
  for (PetscInt g = 0; g < size; g++) {
    PetscInt sign, matches = 0;

    PetscCall(KarSymmetryApply(symmetry, g, x, y));
    PetscCall(KarFFTInverse(fft, y, v));
    PetscCall(VecGetArrayRead(v, &b));
    for (int candidate = 0; candidate < 8; candidate++) { /* swap, then flips; which of the 8 it is */
      PetscReal worst = 0;

      for (PetscInt i = 0; i < info.ln; i++)
        for (PetscInt j = 0; j < n; j++) {
          PetscInt p = info.start + i, q = j, t;

          if (candidate & 1) t = p, p = q, q = t;
          if (candidate & 2) p = basis == KAR_BASIS_PERIODIC ? (n - p) % n : n - 1 - p;
          if (candidate & 4) q = basis == KAR_BASIS_PERIODIC ? (n - q) % n : n - 1 - q;
          worst = PetscMax(worst, PetscAbsReal(b[i * n + j] - a[p * n + q]));
        }
      PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &worst, 1, MPIU_REAL, MPIU_MAX, PETSC_COMM_WORLD));
      if (worst > 1e-11) continue;
      matches++;
      distinct |= 1 << candidate;
      PetscCall(KarSymmetryGetSign(symmetry, g, &sign));
      signs += sign;
      Claim(sign == ((candidate & 1) ^ (candidate >> 1 & 1) ^ (candidate >> 2 & 1) ? -1 : 1),
            "element %" PetscInt_FMT " has sign %" PetscInt_FMT, g, sign);
    }
    Claim(matches == 1, "n %d basis %d element %" PetscInt_FMT " is %" PetscInt_FMT " of the eight", (int)n, (int)basis,
          g, matches);
    PetscCall(VecRestoreArrayRead(v, &b));
  }
  Claim(distinct == 255 && signs == 0, "the eight elements are not distinct: %" PetscInt_FMT, distinct);
  PetscCall(VecRestoreArrayRead(whole, &a));
  PetscCall(VecScatterDestroy(&all));
  PetscCall(VecDestroy(&whole));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&y));
  PetscCall(VecDestroy(&u));
  PetscCall(VecDestroy(&v));
  PetscCall(KarSymmetryDestroy(&symmetry));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(Check(12, KAR_BASIS_COSINE));
  PetscCall(Check(9, KAR_BASIS_PERIODIC));
  PetscCall(Check(9, KAR_BASIS_COSINE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
