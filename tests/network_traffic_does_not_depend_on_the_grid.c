/* What a rank sends in one evaluation is the formula's number of bytes, the same on every grid; what it holds is
   little more than one array of activations when they are stored, and below 60 bytes a point when they are recomputed.
   The Fourier part of stencils adds to their halo as many bytes, on every grid and for a batch in the messages of one.

   ranks: 1 2 3 */
#include "claim.h"
#include <karhunen/nn.h>

static void deal(PetscInt dim, PetscInt n, KarGridInfo *info)
{
  PetscMPIInt rank, size;

  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  MPI_Comm_size(PETSC_COMM_WORLD, &size);
  *info = (KarGridInfo){.comm = PETSC_COMM_WORLD, .dim = dim, .n = {1, 1, 1}, .length = {1, 1, 1}, .dof = 1};
  for (PetscInt i = 0; i < dim; i++) info->n[i] = n;
  info->start = n * rank / size;
  info->ln    = n * (rank + 1) / size - info->start;
  info->plane = info->n[1] * info->n[2];
}

static PetscErrorCode traffic(PetscInt dim, PetscInt n, PetscInt K)
{
  KarFNOConfig config = {
    .dim = dim, .cin = 1, .cout = 1, .width = 16, .depth = 3, .hidden = 16, .embed = 4, .modes = {1, 1, 1}};
  const PetscReal cnoise = 0;
  PetscReal       sent, all, expected;
  PetscInt        np, modes = 1;
  PetscMPIInt     ranks;
  KarGridInfo     info;
  KarFNO          fno;
  float          *x, *y;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  for (PetscInt i = 0; i < dim; i++) {
    config.modes[i] = K;
    modes *= i < dim - 1 ? 2 * K - 1 : K;
  }
  deal(dim, n, &info);
  np = info.ln * info.plane;
  PetscCall(PetscCalloc2(np, &x, np, &y));
  PetscCall(KarFNOCreate(&info, &config, &fno));
  PetscCall(KarFNOSetExchange(fno, KAR_EXCHANGE_MODES));
  sent = -kar_log_sent();
  PetscCall(KarFNOForward(fno, 1, &cnoise, x, y, PETSC_FALSE));
  sent += kar_log_sent();
  PetscCallMPI(MPI_Allreduce(&sent, &all, 1, MPIU_REAL, MPI_SUM, PETSC_COMM_WORLD));
  /* the modes of (x, 1), then a sum before and a gathering after each layer but for the last one's sum */
  expected = 8. * 16 * modes * (ranks - 1) * 2 * config.depth;
  Claim(all == expected, "dim %d, n %d: %g bytes, expected %g", (int)dim, (int)n, all, expected);
  PetscCall(KarFNODestroy(&fno));
  PetscCall(PetscFree2(x, y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Layers of W channels on one of X = 16: a sum of the modes of what comes in and a gathering of those of what goes out;
   back to the weights and the input the same the other way round. */
static PetscErrorCode stencils(PetscInt dim, PetscInt n, PetscInt K)
{
  const PetscInt  W = 32, depth = 3, reach = 4, batch = 2;
  const PetscReal time[2] = {0, 0};
  PetscReal       sent, all, expected;
  PetscInt        np, modes = 1;
  PetscMPIInt     ranks;
  KarGridInfo     info;
  KarNet          net;
  float          *x, *y, *dx;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  for (PetscInt i = 0; i < dim; i++) modes *= i < dim - 1 ? 2 * K - 1 : K;
  deal(dim, n, &info); /* n is a multiple of the ranks: halos want slabs as a KarGrid deals them */
  np = info.ln * info.plane;
  PetscCall(PetscCalloc3(batch * np, &x, batch * np, &y, batch * np, &dx));
  PetscCall(KarNetCreate(PETSC_COMM_WORLD, &net));
  PetscCall(KarNetSetType(net, KARNETLOCAL));
  PetscCall(KarNetSetGrid(net, &info));
  PetscCall(KarNetSetParameter(net, "depth", (PetscReal)depth)); /* dilations 1, 1, 2 */
  PetscCall(KarNetSetParameter(net, "modes", (PetscReal)K));
  PetscCall(KarNetInitialize(net, 1));
  for (int back = 0; back < 2; back++) {
    sent = -kar_log_sent();
    if (back) PetscCall(KarNetBackward(net, KAR_NET_WEIGHTS | KAR_NET_INPUT, y, dx));
    else PetscCall(KarNetForward(net, batch, time, x, y, KAR_NET_KEEP));
    sent += kar_log_sent();
    PetscCallMPI(MPI_Allreduce(&sent, &all, 1, MPIU_REAL, MPI_SUM, PETSC_COMM_WORLD));
    expected = 8. * batch * modes * (ranks - 1) * (16 + (2 * depth - 1) * W);
    if (ranks > 1) expected += 4. * batch * ranks * 2 * reach * info.plane;
    Claim(all == expected, "stencils, dim %d, n %d, %s: %g bytes, expected %g", (int)dim, (int)n,
          back ? "backward" : "forward", all, expected);
  }
  PetscCall(KarNetDestroy(&net));
  PetscCall(PetscFree3(x, y, dx));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode memory(PetscInt dim, PetscInt n, PetscInt K)
{
  KarFNOConfig config = {
    .dim = dim, .cin = 2, .cout = 1, .width = 32, .depth = 4, .hidden = 128, .embed = 32, .modes = {1, 1, 1}};
  PetscReal   bytes, points;
  KarGridInfo info;
  KarFNO      fno;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < dim; i++) config.modes[i] = K;
  deal(dim, n, &info);
  points = (PetscReal)info.ln * info.plane;
  PetscCall(KarFNOCreate(&info, &config, &fno));
  PetscCall(KarFNOSetActivations(fno, KAR_ACTIVATIONS_STORED));
  PetscCall(KarFNOGetMemory(fno, 1, PETSC_FALSE, &bytes));
  Claim(bytes < 1.2 * 4 * config.width * points, "dim %d, n %d, stored: %g arrays", (int)dim, (int)n,
        bytes / (4 * config.width * points));
  PetscCall(KarFNOSetActivations(fno, KAR_ACTIVATIONS_RECOMPUTED));
  PetscCall(KarFNOGetMemory(fno, 1, PETSC_FALSE, &bytes));
  Claim(bytes < 60 * points, "dim %d, n %d, recomputed: %g bytes a point", (int)dim, (int)n, bytes / points);
  PetscCall(KarFNODestroy(&fno));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run(void)
{
  PetscFunctionBegin;
  PetscCall(traffic(1, 64, 8));
  PetscCall(traffic(1, 4096, 8));
  PetscCall(traffic(2, 16, 6));
  PetscCall(traffic(2, 90, 6));
  PetscCall(traffic(3, 8, 4));
  PetscCall(traffic(3, 24, 4));
  PetscCall(stencils(1, 66, 8));
  PetscCall(stencils(2, 24, 6));
  PetscCall(stencils(2, 60, 6));
  PetscCall(stencils(3, 12, 4));
  PetscCall(memory(2, 4096, 32));
  PetscCall(memory(2, 16384, 32));
  PetscCall(memory(3, 512, 12));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(run)
