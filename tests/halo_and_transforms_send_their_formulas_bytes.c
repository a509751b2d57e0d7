/* What ranks send, counted at MPI's own calls: filling a halo of w rows, P 2 w n_1 n_2 C floats in P min(2, P - 1)
   messages whatever the number of rows; a transform to or from modes, (1 - 1/P) of all stored numbers, 8 bytes each,
   points in single precision too.
   ranks: 1 2 4 8 */
#include "sent.h"

#include <karhunen/halo.h>

static double sent, messages;

static void Sent(int to, double bytes)
{
  (void)to;
  sent += bytes;
  messages++;
}

/* Of all ranks since the last call. */
static PetscErrorCode Total(PetscReal *bytes, PetscReal *number)
{
  static double before;
  double        all[2] = {sent, messages};

  PetscFunctionBegin;
  Claim(kar_log_sent() - before == sent, "the library counts %g bytes, MPI %g", kar_log_sent() - before, sent);
  before = kar_log_sent();
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, all, 2, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD));
  *bytes = all[0], *number = all[1];
  sent = messages = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Halo(const KarGridInfo *info, PetscInt ranks, PetscInt width, PetscInt channels)
{
  const PetscInt row = info->n[1] * info->n[2] * channels;
  PetscReal      bytes, number;
  KarHalo        halo;
  float         *own, *below, *above;

  PetscFunctionBegin;
  PetscCall(KarHaloCreate(info, width, &halo));
  PetscCall(PetscCalloc3(info->ln * row, &own, width * row, &below, width * row, &above));
  PetscCall(Total(&bytes, &number));
  PetscCall(KarHaloFill(halo, channels, own, below, above));
  PetscCall(Total(&bytes, &number));
  Claim(bytes == (ranks > 1 ? ranks * 2 * width * row * 4 : 0), "halo of %d rows, %d points: %g bytes", (int)width,
        (int)info->n[0], (double)bytes);
  Claim(number == (PetscReal)(ranks * PetscMin(2, ranks - 1)), "%g messages", (double)number);
  PetscCall(PetscFree3(own, below, above));
  PetscCall(KarHaloDestroy(&halo));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Transforms(KarGrid grid, PetscInt ranks)
{
  PetscReal    bytes, number;
  PetscInt     numbers;
  KarGridInfo  info;
  KarFFT       fft;
  Vec          x, u;
  float       *f;
  PetscScalar *a;

  PetscFunctionBegin;
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(KarGridCreateField(grid, &u));
  PetscCall(PetscCalloc1(info.ln * info.n[1] * info.n[2] * info.dof, &f));
  PetscCall(VecGetSize(x, &numbers));
  PetscCall(Total(&bytes, &number));
  for (int way = 0; way < 4; way++) {
    const PetscReal expected = 8. * (PetscReal)numbers * (1 - 1 / (PetscReal)ranks);

    PetscCall(VecGetArray(x, &a));
    if (way == 2) PetscCall(KarFFTInverseFloat(fft, a, info.dof, f));
    if (way == 3) PetscCall(KarFFTForwardFloat(fft, info.dof, f, a));
    PetscCall(VecRestoreArray(x, &a));
    if (way == 0) PetscCall(KarFFTInverse(fft, x, u));
    if (way == 1) PetscCall(KarFFTForward(fft, u, x));
    PetscCall(Total(&bytes, &number));
    Claim(PetscAbsReal(bytes - expected) < 0.5, "%dD, way %d: %g bytes, not %g", (int)info.dim, way, (double)bytes,
          (double)expected);
  }
  PetscCall(PetscFree(f));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&u));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  int ranks;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  for (PetscInt dim = 2; dim <= 3; dim++)
    for (PetscInt n = 16; n <= 32; n *= 2) {
      const PetscInt sizes[3] = {n, 16, 16};
      KarGrid        grid;
      KarGridInfo    info;

      PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
      PetscCall(KarGridSetSizes(grid, dim, sizes, NULL));
      PetscCall(KarGridSetComponents(grid, dim));
      PetscCall(KarGridSetUp(grid));
      PetscCall(KarGridGetInfo(grid, &info));
      PetscCall(Halo(&info, ranks, 2, 3));
      PetscCall(Transforms(grid, ranks));
      PetscCall(KarGridDestroy(&grid));
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
