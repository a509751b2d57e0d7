/* net: a network of any type, forward, and forward and backward to weights and input, beside OpenBLAS's sgemm.  Its
   peer is jobs/bench_torch.py. */
#include "bench.h"

typedef struct {
  KarBenchNetwork net;
  float          *dx;
} Pass;

static PetscErrorCode Forward(void *ctx)
{
  Pass *p = ctx;

  PetscFunctionBegin;
  PetscCall(KarNetForward(p->net.net, p->net.batch, p->net.cnoise, p->net.x, p->net.y, KAR_NET_EVALUATE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Both(void *ctx)
{
  Pass *p = ctx;

  PetscFunctionBegin;
  PetscCall(KarNetForward(p->net.net, p->net.batch, p->net.cnoise, p->net.x, p->net.y, KAR_NET_KEEP));
  PetscCall(KarNetBackward(p->net.net, KAR_NET_WEIGHTS | KAR_NET_INPUT, p->net.y, p->dx));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A pass back makes two products for each of the pass forward. */
static PetscErrorCode Shares(KarBench *b, const Pass *p)
{
  static const char *const        forward[] = {"flops", "share_of_sgemm", "cpu_share_of_sgemm"},
                           *const both[] = {"training_flops", "training_share_of_sgemm", "training_cpu_share_of_sgemm"};
  PetscReal                       flops;

  PetscFunctionBegin;
  PetscCall(KarNetGetFlops(p->net.net, &flops));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &flops, 1, MPIU_REAL, MPI_SUM, b->comm));
  if (flops <= 0) PetscFunctionReturn(PETSC_SUCCESS);
  flops *= (PetscReal)p->net.batch;
  PetscCall(KarBenchShare(b, forward, flops, KarBenchGet(b, "seconds"), KarBenchGet(b, "cpu_seconds")));
  PetscCall(
    KarBenchShare(b, both, 3 * flops, KarBenchGet(b, "training_seconds"), KarBenchGet(b, "training_cpu_seconds")));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarBench_Net(KarBench *b)
{
  Pass      p = {.dx = NULL};
  PetscBool done;

  PetscFunctionBegin;
  PetscCall(KarBenchNetworkOptions(b, 1, &p.net));
  PetscCall(KarCommandReady(b->comm, &done));
  if (!done) {
    PetscCall(KarBenchNetworkFill(&p.net, PETSC_TRUE));
    PetscCall(PetscMalloc1(p.net.batch * p.net.np * p.net.cin, &p.dx));
    PetscCall(KarBenchTime(b, Both, 1, NULL, &p));
    KarBenchSet(b, "training_seconds", KarBenchGet(b, "seconds"));
    KarBenchSet(b, "training_cpu_seconds", KarBenchGet(b, "cpu_seconds"));
    PetscCall(KarBenchTime(b, Forward, 1, NULL, &p));
    KarBenchSet(b, "points_per_cpu_second", (PetscReal)(p.net.batch * p.net.np) / KarBenchGet(b, "cpu_seconds"));
    PetscCall(Shares(b, &p));
    PetscCall(KarBenchPeak(b));
    PetscCall(PetscFree(p.dx));
  }
  PetscCall(KarBenchNetworkDestroy(&p.net));
  PetscFunctionReturn(PETSC_SUCCESS);
}
