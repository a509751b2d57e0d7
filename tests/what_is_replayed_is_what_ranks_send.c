/* Every message of a field's evaluation, by whom, to whom and of how many bytes, as jobs/scaling/messages.h lists it
   for the replay: transforms both ways in both precisions, the halo of a network of stencils and nothing more by its
   pass; noise sends nothing; a field written is two sums over the ranks.  jobs/scaling/count.sh runs it on up to 64.
   ranks: 2 16 */
#include "../jobs/scaling/messages.h"
#include "sent.h"

#undef MPI_Allreduce

enum { ROOM = 1 << 16 };
static double sent[ROOM][2]; /* to whom, bytes */
static int    number, sums;

static void Sent(int to, double bytes)
{
  if (number < ROOM) sent[number][0] = to, sent[number++][1] = bytes;
}

int MPI_Allreduce(const void *in, void *out, int n, MPI_Datatype type, MPI_Op op, MPI_Comm comm)
{
  sums++;
  return PMPI_Allreduce(in, out, n, type, op, comm);
}

/* What has been sent since the last call is the list want[n]; rank 0 says how much all ranks sent. */
static PetscErrorCode Same(const char part[], const Field *f, int rank, int n, double want[][2])
{
  double all[2] = {number, 0};
  int    wrong  = number != n;

  PetscFunctionBegin;
  for (int i = 0; i < PetscMin(n, number); i++) {
    wrong += want[i][0] != sent[i][0] || want[i][1] != sent[i][1];
    all[1] += sent[i][1];
  }
  PetscCallMPI(PMPI_Allreduce(MPI_IN_PLACE, &wrong, 1, MPI_INT, MPI_SUM, PETSC_COMM_WORLD));
  PetscCallMPI(PMPI_Allreduce(MPI_IN_PLACE, all, 2, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD));
  Claim(!wrong, "%s, %dD: %d messages are not those of the list", part, f->dim, wrong);
  if (rank == 0) printf("%d %ldx%ldx%ld %s %.0f %.0f\n", f->ranks, f->n[0], f->n[1], f->n[2], part, all[0], all[1]);
  number = sums = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static int Put(double want[][2], int n, int to, double bytes)
{
  if (bytes > 0 && n < ROOM) want[n][0] = to, want[n++][1] = bytes;
  return n;
}

static double want[ROOM][2];

static PetscErrorCode Transforms(KarGrid grid, const Field *f, const KarGridInfo *info)
{
  KarFFT       fft;
  Vec          x, u;
  float       *single;
  PetscScalar *a;
  int          n, rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(info->comm, &rank));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(KarGridCreateField(grid, &u));
  PetscCall(PetscCalloc1(info->ln * info->n[1] * info->n[2] * info->dof + 1, &single));
  number = sums = 0;
  PetscCall(KarFFTFillNormal(fft, (KarKey){1, 0, 0, 0, KAR_STREAM_TEST}, x));
  PetscCall(Same("noise", f, rank, 0, want));
  for (int turn = 0; turn < 4; turn++) {
    const int way = turn % 2;

    PetscCall(VecGetArray(x, &a));
    if (turn == 2) PetscCall(KarFFTInverseFloat(fft, a, info->dof, single));
    if (turn == 3) PetscCall(KarFFTForwardFloat(fft, info->dof, single, a));
    PetscCall(VecRestoreArray(x, &a));
    if (turn == 0) PetscCall(KarFFTInverse(fft, x, u));
    if (turn == 1) PetscCall(KarFFTForward(fft, u, x));
    n = 0;
    for (long p = 0; p < PartsOfTransform(f, way); p++)
      for (int q = 0; q < f->ranks; q++) n = Put(want, n, q, TransformBytes(f, way, p, rank, q));
    PetscCall(Same(way ? "transform to modes" : "transform to space", f, rank, n, want));
  }
  PetscCall(PetscFree(single));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&u));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Network(const Field *f, const KarGridInfo *info)
{
  const PetscInt  points = info->ln * info->n[1] * info->n[2];
  const PetscReal time   = 0;
  KarNet          net;
  float          *x, *y;
  char            name[32];
  int             n = 0, rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(info->comm, &rank));
  PetscCall(KarNetCreate(info->comm, &net));
  PetscCall(KarNetSetType(net, KARNETLOCAL));
  PetscCall(KarNetSetGrid(net, info));
  PetscCall(KarNetSetChannels(net, 2 * f->dof, f->channels - 2 * f->dof, f->dof));
  PetscCall(KarNetSetParameter(net, "width", f->width));
  PetscCall(KarNetSetParameter(net, "depth", f->layers));
  for (int l = 0; l < f->layers; l++) {
    PetscCall(PetscSNPrintf(name, sizeof(name), "dilation_%d", l));
    PetscCall(KarNetSetParameter(net, name, f->dilation[l]));
  }
  PetscCall(KarNetSetUp(net));
  PetscCall(PetscCalloc2(points * f->channels + 1, &x, points * f->dof + 1, &y));
  number = sums = 0;
  PetscCall(KarNetForward(net, 1, &time, x, y, KAR_NET_EVALUATE));
  for (int q = 0; q < f->ranks; q++) n = Put(want, n, q, HaloBytes(f, rank, q));
  PetscCall(Same("network: its halo", f, rank, n, want));
  PetscCall(PetscFree2(x, y));
  PetscCall(KarNetDestroy(&net));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode File(KarGrid grid, const Field *f, const KarGridInfo *info)
{
  char       path[64];
  KarDataset data;
  Vec        u;
  int        rank, once;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(info->comm, &rank));
  PetscCall(PetscSNPrintf(path, sizeof(path), "messages-%d-%dd.h5", f->ranks, f->dim));
  PetscCall(KarGridCreateField(grid, &u));
  PetscCall(VecSet(u, 1));
  PetscCall(KarDatasetCreate(info->comm, grid, path, &data));
  PetscCall(KarDatasetAddVariable(data, "u", f->dof, NULL, NULL));
  PetscCall(KarDatasetSetSamples(data, 1));
  PetscCall(KarDatasetSetReplace(data, KAR_REPLACE));
  PetscCall(KarDatasetSetUp(data));
  number = sums = 0;
  PetscCall(KarDatasetWrite(data, "u", 0, u));
  once = sums;
  PetscCall(Same("file", f, rank, 0, want));
  Claim(once == 2, "%d sums over the ranks", once);
  PetscCall(KarDatasetClose(&data));
  PetscCall(VecDestroy(&u));
  if (rank == 0) (void)remove(path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  Field fields[] = {
    {.n = {64, 128, 1}, .dim = 2, .dof = 1, .channels = 5, .width = 16, .layers = 5, .dilation = {1, 1, 2, 1, 1}},
    {.n = {64, 64, 16}, .dim = 3, .dof = 3, .channels = 15, .width = 16, .layers = 4, .dilation = {1, 1, 2, 1}},
  };

  PetscFunctionBegin;
  for (int i = 0; i < 2; i++) {
    Field         *f    = &fields[i];
    const PetscInt n[3] = {(PetscInt)f->n[0], (PetscInt)f->n[1], (PetscInt)f->n[2]};
    KarGrid        grid;
    KarGridInfo    info;

    PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &f->ranks));
    PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
    PetscCall(KarGridSetSizes(grid, f->dim, n, NULL));
    PetscCall(KarGridSetComponents(grid, f->dof));
    PetscCall(KarGridSetUp(grid));
    PetscCall(KarGridGetInfo(grid, &info));
    PetscCall(Transforms(grid, f, &info));
    PetscCall(Network(f, &info));
    PetscCall(File(grid, f, &info));
    PetscCall(KarGridDestroy(&grid));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
