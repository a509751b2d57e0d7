/* fno: the network forward, against the same network by FFTW's transforms of every channel and OpenBLAS's products. */
#include "bench.h"

typedef struct {
  KarBenchNetwork net;
  KarFNO          fno; /* behind it */
  KarFNOFull      full;
  float          *z; /* the baseline's output of one sample */
} Forward;

static PetscErrorCode Ours(void *ctx)
{
  Forward *f = ctx;

  PetscFunctionBegin;
  PetscCall(KarNetForward(f->net.net, f->net.batch, f->net.cnoise, f->net.x, f->net.y, KAR_NET_EVALUATE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The last sample first, so that z is that of sample 0 in the end. */
static PetscErrorCode Baseline(void *ctx)
{
  Forward *f = ctx;

  PetscFunctionBegin;
  for (PetscInt s = f->net.batch - 1; s >= 0; s--)
    PetscCall(KarFNOFullForward(f->full, f->net.cnoise[s], f->net.x + s * f->net.np * f->net.cin, f->z));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* |y - z| / |z| in L2. */
static PetscErrorCode RelativeError(MPI_Comm comm, PetscInt n, const float y[], const float z[], PetscReal *error)
{
  PetscReal sum[2] = {0, 0};

  PetscFunctionBegin;
  for (PetscInt i = 0; i < n; i++) {
    sum[0] += PetscSqr((PetscReal)y[i] - z[i]);
    sum[1] += PetscSqr((PetscReal)z[i]);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, 2, MPIU_REAL, MPI_SUM, comm));
  *error = PetscSqrtReal(sum[0] / sum[1]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscReal Lanes(PetscInt channels)
{
  return (PetscReal)((channels + 15) / 16 * 16);
}

/* What the exchange of modes sends: C channels of nmodes complex numbers, summed before a layer's weights and gathered
   after them, the first sum being of the input's channels:  8 batch nmodes (X + (2 depth - 1) W) (P - 1)/P  bytes a
   rank, no grid in it. */
static PetscErrorCode Formula(KarBench *b, const Forward *f)
{
  const KarFNOConfig *c;
  PetscReal           nmodes, bytes, sent;
  PetscMPIInt         ranks;

  PetscFunctionBegin;
  PetscCall(KarFNOGetConfig(f->fno, &c));
  nmodes = (PetscReal)c->modes[c->dim - 1];
  PetscCallMPI(MPI_Comm_size(b->comm, &ranks));
  for (PetscInt i = 0; i < c->dim - 1; i++) nmodes *= 2 * (PetscReal)c->modes[i] - 1;
  bytes = 8 * (PetscReal)f->net.batch * nmodes * (Lanes(c->cin + 1) + (2 * (PetscReal)c->depth - 1) * Lanes(c->width)) *
          (ranks - 1) / ranks;
  sent = KarBenchGet(b, "bytes_sent_per_rank");
  KarBenchSet(b, "formula_bytes_sent_per_rank", bytes);
  PetscCall(PetscSNPrintf(
    b->remark, sizeof(b->remark),
    "bytes sent: 8 batch nmodes (%d + %d x %d) (P - 1)/P = %.0f with %.0f modes, P = %d: %s", (int)Lanes(c->cin + 1),
    (int)(2 * c->depth - 1), (int)Lanes(c->width), (double)bytes, (double)nmodes, ranks,
    PetscAbsReal(sent - bytes) < 0.5 ? "equal to what was sent" : "not what was sent: rows were exchanged"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Memory that a pass over stored activations reads and writes: x twice, y once, and the layers' outputs, the last of
   which is not kept. */
static PetscErrorCode Bytes(const KarBench *b, const Forward *f, PetscReal *bytes)
{
  const KarFNOConfig *c;

  PetscFunctionBegin;
  PetscCall(KarFNOGetConfig(f->fno, &c));
  *bytes = sizeof(float) * (PetscReal)f->net.batch * (PetscReal)b->info.n[0] * (PetscReal)b->info.n[1] *
           (PetscReal)b->info.n[2] *
           (2 * (PetscReal)c->cin + (PetscReal)c->cout + 2 * (PetscReal)(c->depth - 1) * Lanes(c->width));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Products a second, beside what the machine can do, and products a byte. */
static PetscErrorCode Speed(KarBench *b, const Forward *f)
{
  static const char *const names[] = {"flops", "share_of_sgemm", "cpu_share_of_sgemm"};
  PetscReal                flops, bytes = 0;

  PetscFunctionBegin;
  PetscCall(KarFNOGetFlops(f->fno, &flops));
  PetscCall(Bytes(b, f, &bytes));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &flops, 1, MPIU_REAL, MPI_SUM, b->comm));
  flops *= (PetscReal)f->net.batch;
  KarBenchSet(b, "intensity", flops / bytes);
  PetscCall(KarBenchShare(b, names, flops, KarBenchGet(b, "seconds"), KarBenchGet(b, "cpu_seconds")));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarBench_FNO(KarBench *b)
{
  Forward   f     = {.full = NULL};
  PetscReal error = 0;
  PetscBool done;

  PetscFunctionBegin;
  PetscCall(KarBenchNetworkOptions(b, 1, &f.net));
  PetscCall(KarCommandReady(b->comm, &done));
  if (done) {
    PetscCall(KarBenchNetworkDestroy(&f.net));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarNetGetFNO(f.net.net, &f.fno));
  KarCheck(b->comm, f.fno, PETSC_ERR_USER_INPUT, "-bench_type fno times a network of type fno: leave -net_type out");
  PetscCall(KarBenchNetworkFill(&f.net, PETSC_FALSE));
  PetscCall(PetscMalloc1(f.net.np * f.net.cout, &f.z));
  PetscCall(Ours(&f));
  PetscCall(KarBenchPeak(b));
  if (b->baseline) {
    PetscCall(KarFNOFullCreate(f.fno, &f.full));
    b->against = "full transforms of every channel, FFTW-MPI and OpenBLAS";
  }
  PetscCall(KarBenchTime(b, Ours, 1, b->baseline ? Baseline : NULL, &f));
  if (b->baseline) {
    PetscCall(RelativeError(b->comm, f.net.np * f.net.cout, f.net.y, f.z, &error));
    KarBenchSet(b, "error", error);
  }
  PetscCall(Formula(b, &f));
  PetscCall(Speed(b, &f));
  PetscCall(PetscFree(f.z));
  PetscCall(KarFNOFullDestroy(&f.full));
  PetscCall(KarBenchNetworkDestroy(&f.net));
  PetscFunctionReturn(PETSC_SUCCESS);
}
