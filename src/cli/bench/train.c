/* train: forward, backward, one reduction of the gradient, AdamW with an average.  Its peer is jobs/bench_torch.py. */
#include "bench.h"

typedef struct {
  KarBenchNetwork net;
  float          *p, *g, *m, *v, *ema; /* parameters, their gradient, what AdamW remembers, their average */
  PetscInt        n, steps;
  PetscMPIInt     ranks;
} Training;

static PetscErrorCode Step(void *ctx)
{
  Training      *t     = ctx;
  const KarAdamW adamw = {.lr = 1e-6, .beta1 = 0.9, .beta2 = 0.99, .eps = 1e-8, .clip = 1, .decay = 0.999};

  PetscFunctionBegin;
  PetscCall(KarNetZeroGradient(t->net.net));
  PetscCall(KarNetForward(t->net.net, t->net.batch, t->net.cnoise, t->net.x, t->net.y, KAR_NET_KEEP));
  PetscCall(KarNetBackward(t->net.net, KAR_NET_WEIGHTS, t->net.y, NULL));
  if (t->ranks > 1) PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, t->g, (int)t->n, MPI_FLOAT, MPI_SUM, t->net.bench->comm));
  kar_adamw_step(&adamw, ++t->steps, t->n, t->p, t->m, t->v, t->ema, t->g);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarBench_Train(KarBench *b)
{
  Training  t = {.steps = 0};
  PetscBool done;

  PetscFunctionBegin;
  PetscCall(KarBenchNetworkOptions(b, 16, &t.net));
  PetscCall(KarCommandReady(b->comm, &done));
  if (done) {
    PetscCall(KarBenchNetworkDestroy(&t.net));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCallMPI(MPI_Comm_size(b->comm, &t.ranks));
  PetscCall(KarBenchNetworkFill(&t.net, PETSC_TRUE));
  PetscCall(KarNetGetParameters(t.net.net, &t.n, &t.p));
  PetscCall(KarNetGetGradient(t.net.net, &t.n, &t.g));
  PetscCall(PetscCalloc3(t.n, &t.m, t.n, &t.v, t.n, &t.ema));
  PetscCall(KarBenchTime(b, Step, 1, NULL, &t));
  PetscCall(KarBenchPeak(b));
  PetscCall(PetscFree3(t.m, t.v, t.ema));
  PetscCall(KarBenchNetworkDestroy(&t.net));
  PetscFunctionReturn(PETSC_SUCCESS);
}
