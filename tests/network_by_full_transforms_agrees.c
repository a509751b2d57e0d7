/* The network by retained modes and the one by full FFTs of every channel give the same values to 1e-5, at 2D and 3D
   sizes where the formula itself would take hours; stored and recomputed. ranks: 1 2 3 */
#include "claim.h"
#include <karhunen/nn.h>

static PetscErrorCode try(PetscInt dim, const PetscInt n[], PetscInt K)
{
  const PetscReal length[3] = {1, 1, 1}, cnoise = 0.3;
  KarFNOConfig    config = {
       .dim = dim, .cin = 2, .cout = 1, .width = 32, .depth = 4, .hidden = 64, .embed = 8, .modes = {1, 1, 1}};
  KarGrid     grid;
  KarGridInfo info;
  KarFNO      fno;
  KarFNOFull  full;
  PetscInt    np, size;
  float      *p, *x, *y, *z;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < dim; i++) config.modes[i] = K;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, dim, n, length));
  PetscCall(KarGridSetUp(grid));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(KarFNOCreate(&info, &config, &fno));
  PetscCall(KarFNOInitialize(fno, 3));
  PetscCall(KarFNOGetParameters(fno, &size, &p));
  for (PetscInt i = 0; i < size; i++) { /* the last layer and the modulation too */
    PetscReal z2[2];

    kar_normal_pair((KarKey){3, 0, 0, 0, KAR_STREAM_TEST}, i / 1000, i % 1000, 0, z2);
    p[i] += (float)(0.03 * z2[0]);
  }
  np = info.ln * info.plane;
  PetscCall(PetscMalloc3(2 * np, &x, np, &y, np, &z));
  for (PetscInt i = 0; i < 2 * np; i++) {
    PetscReal z2[2];

    kar_normal_pair((KarKey){4, 0, 0, 0, KAR_STREAM_TEST}, info.start, i / 1000, i % 1000, z2);
    x[i] = (float)z2[0];
  }
  PetscCall(KarFNOFullCreate(fno, &full));
  PetscCall(KarFNOFullForward(full, cnoise, x, z));
  for (int a = 0; a < 2; a++) {
    double sum[2] = {0, 0};

    PetscCall(KarFNOSetActivations(fno, a ? KAR_ACTIVATIONS_RECOMPUTED : KAR_ACTIVATIONS_STORED));
    PetscCall(KarFNOForward(fno, 1, &cnoise, x, y, PETSC_FALSE));
    for (PetscInt i = 0; i < np; i++) {
      sum[0] += PetscSqr(y[i] - z[i]);
      sum[1] += PetscSqr(z[i]);
    }
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, 2, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD));
    Claim(PetscSqrtReal(sum[0] / sum[1]) < 1e-5, "dim %d, %s: relative error %g", (int)dim, KarFNOActivationsNames[a],
          sqrt(sum[0] / sum[1]));
  }
  PetscCall(KarFNOFullDestroy(&full));
  PetscCall(PetscFree3(x, y, z));
  PetscCall(KarFNODestroy(&fno));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run(void)
{
  PetscFunctionBegin;
  PetscCall(try(2, (PetscInt[]){96, 80}, 12));
  PetscCall(try(3, (PetscInt[]){18, 16, 20}, 4));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(run)
