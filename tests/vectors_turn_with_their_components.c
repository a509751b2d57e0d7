/* Each of the 8 symmetries of a square and the 48 of a cube takes a vector field to the one with components turned,
   (g u)_a(x) = f_a u_p(a)(y), y_p(a) = f_a x_a, point by point: every signed permutation once, and what has no
   divergence keeps none.  ranks: 1 2 3 */
#include "claim.h"

#define N 6

/* The greatest |(g u)(x) - f u_p(y)| over this rank's points; `whole` is u, all of it. */
static PetscReal Apart(const KarGridInfo *g, const PetscInt p[3], const PetscInt f[3], const PetscScalar whole[],
                       const PetscScalar turned[])
{
  const PetscInt planes = g->n[1] * g->n[2], d = g->dof;
  PetscReal      worst = 0;

  for (PetscInt i = 0; i < g->ln * planes; i++) {
    const PetscInt x[3] = {g->start + i / planes, i / g->n[2] % g->n[1], i % g->n[2]};
    PetscInt       y[3] = {0, 0, 0};

    for (PetscInt a = 0; a < d; a++) y[p[a]] = f[a] > 0 ? x[a] : (g->n[a] - x[a]) % g->n[a];
    for (PetscInt a = 0; a < d; a++) {
      const PetscReal there = (PetscReal)f[a] * whole[((y[0] * g->n[1] + y[1]) * g->n[2] + y[2]) * d + p[a]];

      worst = PetscMax(worst, PetscAbsReal(turned[i * d + a] - there));
    }
  }
  return worst;
}

static PetscReal Divergence(const KarModes *m, const PetscScalar x[])
{
  PetscReal worst = 0;
  KarMode   mode;

  for (PetscInt i = 0; i < m->rows * m->length; i++) {
    kar_mode(m, i / m->length, i % m->length, &mode);
    for (PetscInt part = 0; part < 2; part++) {
      PetscReal along = 0;

      for (PetscInt c = 0; c < m->dof; c++) along += mode.k[c] * x[mode.offset + 2 * c + part];
      worst = PetscMax(worst, PetscAbsReal(along));
    }
  }
  return worst;
}

/* How many of the signed permutations the element g is, and which; collective. */
static PetscErrorCode Find(const KarGridInfo *info, const PetscScalar whole[], const PetscScalar turned[],
                           PetscInt *found, PetscInt *which)
{
  static const PetscInt permutations[6][3] = {{0, 1, 2}, {1, 0, 2}, {0, 2, 1}, {2, 1, 0}, {1, 2, 0}, {2, 0, 1}};

  PetscFunctionBegin;
  *found = 0;
  for (PetscInt q = 0; q < (info->dim == 3 ? 48 : 16); q++) {
    const PetscInt f[3] = {q & 1 ? -1 : 1, q & 2 ? -1 : 1, q & 4 ? -1 : 1};
    PetscReal      worst;

    if (info->dim == 2 && q & 4) continue;
    worst = Apart(info, permutations[q / 8], f, whole, turned);
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &worst, 1, MPIU_REAL, MPIU_MAX, PETSC_COMM_WORLD));
    if (worst < 1e-12) ++*found, *which = q;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Check(PetscInt dim)
{
  const PetscInt     n[3] = {N, N, N};
  PetscInt           size;
  PetscInt64         seen = 0;
  PetscReal          divergence;
  KarGrid            grid;
  KarGridInfo        info;
  KarFFT             fft;
  KarCov             cov;
  KarSymmetry        symmetry;
  Vec                x, y, u, v, whole;
  VecScatter         all;
  const KarModes    *m;
  const PetscScalar *a, *b;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, dim, n, NULL));
  PetscCall(KarGridSetComponents(grid, dim));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(KarCovCreate(fft, &cov));
  PetscCall(KarCovSetSolenoidal(cov, PETSC_TRUE));
  PetscCall(KarSymmetryCreate(fft, &symmetry));
  PetscCall(KarSymmetryGetSize(symmetry, &size));
  Claim(size == (dim == 2 ? 8 : 48), "%" PetscInt_FMT " symmetries", size);
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecDuplicate(x, &y));
  PetscCall(KarGridCreateField(grid, &u));
  PetscCall(VecDuplicate(u, &v));
  PetscCall(KarCovSample(cov, (KarKey){.seed = 5, .stream = KAR_STREAM_TEST}, x));
  PetscCall(KarFFTInverse(fft, x, u));
  PetscCall(VecScatterCreateToAll(u, &all, &whole));
  PetscCall(VecScatterBegin(all, u, whole, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecScatterEnd(all, u, whole, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecGetArrayRead(whole, &a));
  for (PetscInt g = 0; g < size; g++) {
    PetscInt found, which = 0;

    PetscCall(KarSymmetryApplyVector(symmetry, g, x, y));
    PetscCall(VecGetArrayRead(y, &b));
    divergence = Divergence(m, b);
    PetscCall(VecRestoreArrayRead(y, &b));
    Claim(divergence < 1e-12, "element %" PetscInt_FMT ": divergence %g", g, (double)divergence);
    PetscCall(KarFFTInverse(fft, y, v));
    PetscCall(VecGetArrayRead(v, &b));
    PetscCall(Find(&info, a, b, &found, &which));
    PetscCall(VecRestoreArrayRead(v, &b));
    Claim(found == 1, "%" PetscInt_FMT "D, element %" PetscInt_FMT " is %" PetscInt_FMT " signed permutations", dim, g,
          found);
    seen |= (PetscInt64)1 << which;
  }
  for (PetscInt q = 0, distinct = 0; q < 48; q++) {
    distinct += (PetscInt)(seen >> q & 1);
    Claim(q < 47 || distinct == size, "%" PetscInt_FMT " of %" PetscInt_FMT " are distinct", distinct, size);
  }
  PetscCall(VecRestoreArrayRead(whole, &a));
  PetscCall(VecScatterDestroy(&all));
  PetscCall(VecDestroy(&whole));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&y));
  PetscCall(VecDestroy(&u));
  PetscCall(VecDestroy(&v));
  PetscCall(KarSymmetryDestroy(&symmetry));
  PetscCall(KarCovDestroy(&cov));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(Check(2));
  PetscCall(Check(3));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
