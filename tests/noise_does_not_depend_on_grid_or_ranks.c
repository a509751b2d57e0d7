/* White noise on N is the truncation of that on 2N (resampling is exact), and the same on all ranks as on one: in 1D,
   2D, 3D, odd and even sizes, both bases, one and two components.  ranks: 1 2 3 4 */
#include "claim.h"

static const KarKey key = {.seed = 1234567890123, .sample = 3, .step = 1, .stream = KAR_STREAM_PATH};

static PetscErrorCode Noise(MPI_Comm comm, PetscInt dim, const PetscInt n[], PetscInt factor, PetscInt dof,
                            KarBasis basis, KarFFT *fft, Vec *x)
{
  PetscInt fine[3] = {n[0] * factor, n[1] * factor, n[2] * factor};
  KarGrid  grid;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(comm, &grid));
  PetscCall(KarGridSetSizes(grid, dim, fine, NULL));
  PetscCall(KarGridSetComponents(grid, dof));
  PetscCall(KarGridSetBasis(grid, basis));
  PetscCall(KarFFTCreate(grid, fft));
  PetscCall(KarFFTCreateCoordinates(*fft, x));
  PetscCall(KarFFTFillNormal(*fft, key, *x));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Fields on all ranks and on this rank alone hold the same numbers, to the bit. */
static PetscErrorCode SameAsSerial(KarFFT fft, Vec x, PetscInt dim, const PetscInt n[], PetscInt dof, KarBasis basis)
{
  const PetscScalar *a, *b;
  PetscReal          worst = 0;
  KarGrid            grid, grid1;
  KarGridInfo        info;
  KarFFT             fft1;
  Vec                field, field1, x1;

  PetscFunctionBegin;
  PetscCall(Noise(PETSC_COMM_SELF, dim, n, 1, dof, basis, &fft1, &x1));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarFFTGetGrid(fft1, &grid1));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(KarGridCreateField(grid, &field));
  PetscCall(KarGridCreateField(grid1, &field1));
  PetscCall(KarFFTInverse(fft, x, field));
  PetscCall(KarFFTNormalField(fft1, key, NULL, field1)); /* without stored coordinates */
  PetscCall(VecGetArrayRead(field, &a));
  PetscCall(VecGetArrayRead(field1, &b));
  for (PetscInt i = 0; i < info.ln * info.plane; i++)
    worst = PetscMax(worst, PetscAbsReal(a[i] - b[info.start * info.plane + i]));
  PetscCall(VecRestoreArrayRead(field, &a));
  PetscCall(VecRestoreArrayRead(field1, &b));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &worst, 1, MPIU_REAL, MPIU_MAX, PETSC_COMM_WORLD));
  Claim(worst == 0, "%g", (double)worst);
  PetscCall(VecDestroy(&field));
  PetscCall(VecDestroy(&field1));
  PetscCall(VecDestroy(&x1));
  PetscCall(KarFFTDestroy(&fft1));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Check(PetscInt dim, const PetscInt n[], PetscInt dof, KarBasis basis)
{
  PetscReal   error;
  KarFFT      coarse, fine;
  KarResample down, up;
  Vec         x, y, z;

  PetscFunctionBegin;
  PetscCall(Noise(PETSC_COMM_WORLD, dim, n, 1, dof, basis, &coarse, &x));
  PetscCall(Noise(PETSC_COMM_WORLD, dim, n, 2, dof, basis, &fine, &y));
  PetscCall(SameAsSerial(coarse, x, dim, n, dof, basis));
  PetscCall(KarResampleCreate(fine, coarse, &down));
  PetscCall(KarResampleCreate(coarse, fine, &up));
  PetscCall(VecDuplicate(x, &z));
  PetscCall(KarResampleApply(down, y, z));
  PetscCall(VecAXPY(z, -1, x));
  PetscCall(VecNorm(z, NORM_INFINITY, &error));
  Claim(error == 0, "%" PetscInt_FMT "D, dof %" PetscInt_FMT ", %s: truncated noise differs by %g", dim, dof,
        KarBases[basis], (double)error);
  PetscCall(KarResampleApply(up, x, y));
  PetscCall(KarResampleApply(down, y, z));
  PetscCall(VecAXPY(z, -1, x));
  PetscCall(VecNorm(z, NORM_INFINITY, &error));
  Claim(error == 0, "up and down again differs by %g", (double)error);
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&y));
  PetscCall(VecDestroy(&z));
  PetscCall(KarResampleDestroy(&down));
  PetscCall(KarResampleDestroy(&up));
  PetscCall(KarFFTDestroy(&coarse));
  PetscCall(KarFFTDestroy(&fine));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  const PetscInt sizes[][3] = {{16, 12, 8}, {15, 9, 7}, {13, 16, 6}};

  PetscFunctionBegin;
  for (PetscInt dim = 1; dim <= 3; dim++)
    for (int s = 0; s < 3; s++)
      for (int basis = 0; basis < 2; basis++)
        for (PetscInt dof = 1; dof <= 2; dof++) PetscCall(Check(dim, sizes[s], dof, (KarBasis)basis));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
