/* What the benches of the network share: its options, its weights, its inputs. */
#include "bench.h"

PetscErrorCode KarBenchNetworkOptions(KarBench *b, PetscInt batch, KarBenchNetwork *net)
{
  const char *const modes[3] = {"modes_0", "modes_1", "modes_2"};

  PetscFunctionBegin;
  *net =
    (KarBenchNetwork){.bench = b, .batch = batch, .np = b->info.ln * b->info.n[1] * b->info.n[2], .cin = 2, .cout = 1};
  PetscCall(KarOptionsInt(NULL, "bench_batch", "samples in one evaluation of the network", 1, 4096, &net->batch));
  PetscCall(KarNetCreate(b->comm, &net->net));
  PetscCall(KarNetSetGrid(net->net, &b->info));
  PetscCall(KarNetSetChannels(net->net, net->cin, 0, net->cout));
  for (PetscInt a = 0; a < b->info.dim; a++) PetscCall(KarNetSetParameter(net->net, modes[a], 32));
  PetscCall(KarNetSetFromOptions(net->net));
  PetscCall(KarNetSetUp(net->net));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Inputs that are the same on any number of ranks but for their order, and weights none of which is zero. */
static PetscErrorCode SetNumbers(KarBenchNetwork *net)
{
  float   *p;
  PetscInt size;

  PetscFunctionBegin;
  PetscCall(KarNetInitialize(net->net, 1));
  PetscCall(KarNetGetParameters(net->net, &size, &p));
  for (PetscInt i = 0; i < size; i++)
    if (p[i] == 0) p[i] = 0.01f * (float)(i % 17 - 8);
  for (PetscInt i = 0; i < net->batch * net->np * net->cin; i++) {
    PetscReal z[2];

    kar_normal_pair((KarKey){1, 0, 0, 0, KAR_STREAM_TEST}, net->bench->info.start, i >> 16, i & 0xffff, z);
    net->x[i] = (float)z[0];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarBenchNetworkFill(KarBenchNetwork *net, PetscBool keep)
{
  PetscReal planned;

  PetscFunctionBegin;
  PetscCall(KarNetGetMemory(net->net, net->batch, keep ? KAR_NET_KEEP : KAR_NET_EVALUATE, &planned));
  KarBenchSet(net->bench, "batch", (PetscReal)net->batch);
  KarBenchSet(net->bench, "planned_bytes_per_rank", planned);
  PetscCall(PetscCalloc3(net->batch, &net->cnoise, net->batch * net->np * net->cin, &net->x,
                         net->batch * net->np * net->cout, &net->y));
  PetscCall(SetNumbers(net));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarBenchNetworkDestroy(KarBenchNetwork *net)
{
  PetscFunctionBegin;
  PetscCall(PetscFree3(net->cnoise, net->x, net->y));
  PetscCall(KarNetDestroy(&net->net));
  PetscFunctionReturn(PETSC_SUCCESS);
}
