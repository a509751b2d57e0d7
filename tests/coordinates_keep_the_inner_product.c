/* VecDot of coordinates is the inner product of the grid, and a transform there and back is the identity: 1D, 2D, 3D,
   odd and even sizes, periodic and cosine basis, one and three components.  ranks: 1 2 3 4 */
#include "claim.h"

static PetscErrorCode Check(PetscInt dim, const PetscInt n[], PetscInt dof, KarBasis basis)
{
  const PetscReal length[3] = {1, 2.5, 0.3};
  PetscReal       dot, field_dot, error, norm;
  KarGrid         grid;
  KarGridInfo     info;
  KarFFT          fft;
  PetscRandom     random;
  Vec             u, v, w, x, y;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, dim, n, length));
  PetscCall(KarGridSetComponents(grid, dof));
  PetscCall(KarGridSetBasis(grid, basis));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(KarGridCreateField(grid, &u));
  PetscCall(VecDuplicate(u, &v));
  PetscCall(VecDuplicate(u, &w));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecDuplicate(x, &y));
  PetscCall(PetscRandomCreate(PETSC_COMM_WORLD, &random));
  PetscCall(VecSetRandom(u, random));
  PetscCall(VecSetRandom(v, random));
  PetscCall(KarFFTForward(fft, u, x));
  PetscCall(KarFFTForward(fft, v, y));
  PetscCall(VecDot(u, v, &field_dot));
  PetscCall(VecDot(x, y, &dot));
  field_dot /= (PetscReal)(info.n[0] * info.n[1] * info.n[2]);
  ClaimNear(dot / field_dot, 1, 1e-13);
  PetscCall(KarFFTInverse(fft, x, w));
  PetscCall(VecAXPY(w, -1, u));
  PetscCall(VecNorm(w, NORM_INFINITY, &error));
  PetscCall(VecNorm(u, NORM_INFINITY, &norm));
  ClaimNear(error / norm, 0, 1e-13);
  PetscCall(PetscRandomDestroy(&random));
  PetscCall(VecDestroy(&u));
  PetscCall(VecDestroy(&v));
  PetscCall(VecDestroy(&w));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&y));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  const PetscInt sizes[][3] = {{16, 12, 8}, {15, 9, 7}, {13, 16, 6}, {7, 4, 10}};

  PetscFunctionBegin;
  for (PetscInt dim = 1; dim <= 3; dim++)
    for (int s = 0; s < 4; s++)
      for (int basis = 0; basis < 2; basis++)
        for (PetscInt dof = 1; dof <= 3; dof += 2) PetscCall(Check(dim, sizes[s], dof, (KarBasis)basis));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
