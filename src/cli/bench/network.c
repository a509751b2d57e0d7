/* What the benches of the network share: its options, its weights, its inputs. */
#include "bench.h"

PetscErrorCode KarBenchNetworkOptions(KarBench *b, PetscInt batch, KarBenchNetwork *net)
{
  PetscInt      n = 3, modes[3] = {32, 32, 32};
  KarFNOConfig *c = &net->config;

  PetscFunctionBegin;
  *net = (KarBenchNetwork){.bench = b, .batch = batch, .np = b->info.ln * b->info.n[1] * b->info.n[2]};
  *c   = (KarFNOConfig){.dim = b->info.dim, .cin = 2, .cout = 1, .width = 32, .depth = 4, .hidden = 128, .embed = 32, .modes = {1, 1, 1}};
  PetscCall(KarOptionsInt(NULL, "bench_batch", "samples in one evaluation of the network", 1, 4096, &net->batch));
  PetscCall(KarOptionsInt(NULL, "fno_width", "channels of the Fourier layers", 1, 1024, &c->width));
  PetscCall(KarOptionsInt(NULL, "fno_depth", "number of Fourier layers", 1, 64, &c->depth));
  PetscCall(KarOptionsInt(NULL, "fno_hidden", "channels of the projection", 1, 4096, &c->hidden));
  PetscCall(KarOptionsIntArray(NULL, "fno_modes", "retained modes K along each axis, one or one an axis", 1, 4096, &n, modes));
  for (PetscInt i = 0; i < b->info.dim; i++) c->modes[i] = modes[n > 1 ? i : 0];
  PetscCall(KarFNOCreate(&b->info, c, &net->fno));
  PetscCall(KarFNOSetFromOptions(net->fno));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Inputs that are the same on any number of ranks but for their order, and weights none of which is zero. */
static PetscErrorCode SetNumbers(KarBenchNetwork *net)
{
  float   *p;
  PetscInt size;

  PetscFunctionBegin;
  PetscCall(KarFNOInitialize(net->fno, 1));
  PetscCall(KarFNOGetParameters(net->fno, &size, &p));
  for (PetscInt i = 0; i < size; i++)
    if (p[i] == 0) p[i] = 0.01f * (float)(i % 17 - 8);
  for (PetscInt i = 0; i < net->batch * net->np * net->config.cin; i++) {
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
  PetscCall(KarFNOGetMemory(net->fno, net->batch, keep, &planned));
  KarBenchSet(net->bench, "batch", (PetscReal)net->batch);
  KarBenchSet(net->bench, "planned_bytes_per_rank", planned);
  PetscCall(PetscCalloc3(net->batch, &net->cnoise, net->batch * net->np * net->config.cin, &net->x, net->batch * net->np * net->config.cout,
                         &net->y));
  PetscCall(SetNumbers(net));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarBenchNetworkDestroy(KarBenchNetwork *net)
{
  PetscFunctionBegin;
  PetscCall(PetscFree3(net->cnoise, net->x, net->y));
  PetscCall(KarFNODestroy(&net->fno));
  PetscFunctionReturn(PETSC_SUCCESS);
}
