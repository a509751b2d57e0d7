/* fno: the network forward, against the same network by FFTW's transforms of every channel and OpenBLAS's products. */
#include "bench.h"

typedef struct {
  KarBenchNetwork net;
  KarFNOFull      full;
  float          *z; /* the baseline's output of one sample */
  PetscInt        calls;
} Forward;

static PetscErrorCode Ours(void *ctx)
{
  Forward *f = ctx;

  PetscFunctionBegin;
  PetscCall(KarFNOForward(f->net.fno, f->net.batch, f->net.cnoise, f->net.x, f->net.y, PETSC_FALSE));
  f->calls++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The last sample first, so that z is that of sample 0 in the end. */
static PetscErrorCode Baseline(void *ctx)
{
  Forward *f = ctx;

  PetscFunctionBegin;
  for (PetscInt s = f->net.batch - 1; s >= 0; s--)
    PetscCall(KarFNOFullForward(f->full, f->net.cnoise[s], f->net.x + s * f->net.np * f->net.config.cin, f->z));
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

PetscErrorCode KarBench_FNO(KarBench *b)
{
  Forward   f = {.full = NULL};
  PetscReal sent, error = 0;
  PetscBool done;

  PetscFunctionBegin;
  PetscCall(KarBenchNetworkOptions(b, 1, &f.net));
  PetscCall(KarCommandReady(b->comm, &done));
  if (done) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarBenchNetworkCreate(&f.net, PETSC_FALSE));
  PetscCall(PetscMalloc1(f.net.np * f.net.config.cout, &f.z));
  PetscCall(Ours(&f));
  PetscCall(KarBenchPeak(b));
  if (b->baseline) {
    PetscCall(KarFNOFullCreate(f.net.fno, &f.full));
    b->against = "full transforms of every channel, FFTW-MPI and OpenBLAS";
  }
  PetscCall(KarBenchTime(b, Ours, 1, b->baseline ? Baseline : NULL, &f));
  PetscCall(KarFNOGetBytesSent(f.net.fno, &sent));
  KarBenchSet(b, "bytes_sent_per_rank", sent / (PetscReal)f.calls);
  if (b->baseline) {
    PetscCall(RelativeError(b->comm, f.net.np * f.net.config.cout, f.net.y, f.z, &error));
    KarBenchSet(b, "error", error);
  }
  PetscCall(PetscFree(f.z));
  PetscCall(KarFNOFullDestroy(&f.full));
  PetscCall(KarBenchNetworkDestroy(&f.net));
  PetscFunctionReturn(PETSC_SUCCESS);
}
