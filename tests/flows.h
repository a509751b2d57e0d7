/* For claims about flow: coordinates on a box of edge 2 pi, and random ones. */
#pragma once

#include "claim.h"

/* dof 1 in 2D, 3 in 3D; n points along every axis. */
PETSC_UNUSED static PetscErrorCode CreateBox(MPI_Comm comm, PetscInt dim, PetscInt n, KarFFT *fft)
{
  const PetscInt  points[3] = {n, n, n};
  const PetscReal length[3] = {2 * PETSC_PI, 2 * PETSC_PI, 2 * PETSC_PI};
  KarGrid         grid;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(comm, &grid));
  PetscCall(KarGridSetSizes(grid, dim, points, length));
  PetscCall(KarGridSetComponents(grid, dim == 2 ? 1 : 3));
  PetscCall(KarFFTCreate(grid, fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Random coordinates of the modes 0 < max |index| <= band, each of variance 1/k^4, without divergence in 3D. */
PETSC_UNUSED static PetscErrorCode FillSmooth(KarFFT fft, PetscInt sample, PetscInt band, PetscReal scale, Vec x)
{
  const KarModes *m;
  PetscScalar    *a;
  KarMode         mode;

  PetscFunctionBegin;
  PetscCall(KarFFTFillNormal(fft, (KarKey){.seed = 5, .sample = sample, .stream = KAR_STREAM_TEST}, x));
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(VecGetArray(x, &a));
  for (PetscInt r = 0; r < m->rows; r++)
    for (PetscInt j = 0; j < m->length; j++) {
      PetscReal along[2] = {0, 0}, *v;
      PetscInt  top      = 0;

      kar_mode(m, r, j, &mode);
      v = a + mode.offset;
      for (int axis = 0; axis < 3; axis++) top = PetscMax(top, PetscAbsInt(mode.index[axis]));
      for (PetscInt c = 0; c < 2 * m->dof; c++) v[c] *= top == 0 || top > band ? 0 : scale / mode.k2;
      if (m->dof == 1 || top == 0) continue;
      for (PetscInt c = 0; c < 6; c++) along[c % 2] += mode.k[c / 2] * v[c] / mode.k2;
      for (PetscInt c = 0; c < 6; c++) v[c] -= mode.k[c / 2] * along[c % 2];
    }
  PetscCall(VecRestoreArray(x, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* |x - y| / |y| */
PETSC_UNUSED static PetscErrorCode Distance(Vec x, Vec y, PetscReal *distance)
{
  PetscReal norm;
  Vec       d;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(x, &d));
  PetscCall(VecWAXPY(d, -1, x, y));
  PetscCall(VecNorm(d, NORM_2, distance));
  PetscCall(VecNorm(y, NORM_2, &norm));
  *distance /= norm;
  PetscCall(VecDestroy(&d));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The whole of x on every rank, in the layout of one rank: the coordinates of the same box on PETSC_COMM_SELF. */
PETSC_UNUSED static PetscErrorCode ToSelf(Vec x, Vec self)
{
  VecScatter all;
  Vec        copy;

  PetscFunctionBegin;
  PetscCall(VecScatterCreateToAll(x, &all, &copy));
  PetscCall(VecScatterBegin(all, x, copy, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecScatterEnd(all, x, copy, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecCopy(copy, self));
  PetscCall(VecDestroy(&copy));
  PetscCall(VecScatterDestroy(&all));
  PetscFunctionReturn(PETSC_SUCCESS);
}
