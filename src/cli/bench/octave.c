/* octave: what one evaluation of an octave costs (docs/octaves.md), part by part: two transforms of its inputs to
   space, the halo and the network of stencils, one transform of the answer to modes; and the noise of a step.
   jobs/scaling/replay.c replays it. */
#include "bench.h"

#include <karhunen/halo.h>

typedef struct {
  PetscInt  points, dof, halo_size; /* numbers of one side of the halo */
  KarFFT    fft;
  KarNet    net;
  KarHalo   halo;
  Vec       hat;
  float    *x, *y, *rows; /* [points][5 dof], [points][dof], the halo's [2][reach]... */
  PetscReal time;
} Octave;

enum { INPUTS = 5 }; /* the noisy octave in two ways, the coarser field in three: times the components */

static PetscErrorCode Transforms(void *ctx)
{
  Octave      *o = ctx;
  PetscScalar *a;

  PetscFunctionBegin;
  PetscCall(VecGetArray(o->hat, &a));
  for (PetscInt i = 0; i < 2; i++) PetscCall(KarFFTInverseFloat(o->fft, a, INPUTS * o->dof, o->x + i * o->dof));
  PetscCall(KarFFTForwardFloat(o->fft, o->dof, o->y, a));
  PetscCall(VecRestoreArray(o->hat, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Halo(void *ctx)
{
  Octave *o = ctx;

  PetscFunctionBegin;
  PetscCall(KarHaloFill(o->halo, INPUTS * o->dof, o->x, o->rows, o->rows + o->halo_size));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Network(void *ctx)
{
  Octave *o = ctx;

  PetscFunctionBegin;
  PetscCall(KarNetForward(o->net, 1, &o->time, o->x, o->y, KAR_NET_EVALUATE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Noise(void *ctx)
{
  Octave *o = ctx;

  PetscFunctionBegin;
  PetscCall(KarFFTFillNormal(o->fft, (KarKey){1, 0, 0, 0, KAR_STREAM_TEST}, o->hat));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Evaluation(void *ctx)
{
  PetscFunctionBegin;
  PetscCall(Transforms(ctx));
  PetscCall(Network(ctx));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Create(KarBench *b, Octave *o, PetscInt reach)
{
  float   *p;
  PetscInt size;

  PetscFunctionBegin;
  o->halo_size = reach * b->info.n[1] * b->info.n[2] * INPUTS * o->dof;
  PetscCall(KarFFTCreate(b->grid, &o->fft));
  PetscCall(KarFFTCreateCoordinates(o->fft, &o->hat));
  PetscCall(KarHaloCreate(&b->info, reach, &o->halo));
  PetscCall(PetscCalloc3(o->points * INPUTS * o->dof, &o->x, o->points * o->dof, &o->y, 2 * o->halo_size, &o->rows));
  PetscCall(KarNetInitialize(o->net, 1));
  PetscCall(KarNetGetParameters(o->net, &size, &p));
  for (PetscInt i = 0; i < size; i++)
    if (p[i] == 0) p[i] = 0.01f * (float)(i % 17 - 8);
  PetscCall(Noise(o));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(Octave *o)
{
  PetscFunctionBegin;
  PetscCall(PetscFree3(o->x, o->y, o->rows));
  if (o->halo) PetscCall(KarHaloDestroy(&o->halo));
  PetscCall(KarNetDestroy(&o->net));
  PetscCall(VecDestroy(&o->hat));
  if (o->fft) PetscCall(KarFFTDestroy(&o->fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The parts one by one under their own names, the whole evaluation last. */
static PetscErrorCode Time(KarBench *b, Octave *o)
{
  static const struct {
    KarBenchWork *work;
    const char   *seconds, *least, *cpu;
  } part[] = {{Noise, "noise_seconds", "noise_least_seconds", "noise_cpu_seconds"},
              {Transforms, "transforms_seconds", "transforms_least_seconds", "transforms_cpu_seconds"},
              {Halo, "halo_seconds", "halo_least_seconds", "halo_cpu_seconds"},
              {Network, "network_seconds", "network_least_seconds", "network_cpu_seconds"}};

  PetscFunctionBegin;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(part); i++) {
    PetscCall(KarBenchTime(b, part[i].work, 1, NULL, o));
    KarBenchSet(b, part[i].seconds, KarBenchGet(b, "seconds"));
    KarBenchSet(b, part[i].least, KarBenchGet(b, "least_seconds"));
    KarBenchSet(b, part[i].cpu, KarBenchGet(b, "cpu_seconds"));
  }
  PetscCall(KarBenchTime(b, Evaluation, 1, NULL, o));
  PetscCall(KarBenchPeak(b));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarBench_Octave(KarBench *b)
{
  Octave    o = {.points = b->info.ln * b->info.n[1] * b->info.n[2], .dof = b->info.dof};
  PetscInt  reach;
  PetscBool done;

  PetscFunctionBegin;
  reach = b->info.dim == 3 ? 5 : 6;
  PetscCall(KarNetCreate(b->comm, &o.net));
  PetscCall(KarNetSetType(o.net, KARNETLOCAL));
  PetscCall(KarNetSetGrid(o.net, &b->info));
  PetscCall(KarNetSetChannels(o.net, 2 * o.dof, (INPUTS - 2) * o.dof, o.dof));
  if (b->info.dim == 3) PetscCall(KarNetSetParameter(o.net, "depth", 4)); /* dilations 1, 1, 2, 1 */
  PetscCall(KarNetSetUp(o.net));
  PetscCall(KarCommandReady(b->comm, &done));
  if (!done) {
    KarCheck(b->comm, b->info.dim > 1, PETSC_ERR_USER_INPUT, "bench octave: give -grid_n of a plane or a box");
    PetscCall(Create(b, &o, reach));
    PetscCall(Time(b, &o));
  }
  PetscCall(Destroy(&o));
  PetscFunctionReturn(PETSC_SUCCESS);
}
