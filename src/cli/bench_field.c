/* field: a Gaussian field in physical space, noise, covariance and transform, against the inverse transform alone. */
#include "bench.h"

typedef struct {
  KarFFT   fft;
  KarCov   cov;
  Vec      x, field;
  PetscInt drawn;
} Gaussian;

static PetscErrorCode Draw(void *ctx)
{
  Gaussian *g = ctx;

  PetscFunctionBegin;
  PetscCall(KarCovSampleField(g->cov, (KarKey){1, g->drawn++, 0, 0, KAR_STREAM_TEST}, g->field));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Transform(void *ctx)
{
  Gaussian *g = ctx;

  PetscFunctionBegin;
  PetscCall(KarFFTInverse(g->fft, g->x, g->field));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Of the transform alone: 5/2 N log2 N flops, and passes that read and write N doubles: the scale, one for each axis, the copy.  The
   draw's arithmetic is counted by type noise. */
static void Count(KarBench *b)
{
  const PetscReal N = (PetscReal)b->info.n[0] * (PetscReal)b->info.n[1] * (PetscReal)b->info.n[2], flops = 2.5 * N * PetscLog2Real(N);

  KarBenchSet(b, "flops", flops / KarBenchGet(b, "baseline_seconds"));
  KarBenchSet(b, "intensity", flops / (16 * N * (2 + (PetscReal)b->info.dim)));
}

PetscErrorCode KarBench_Field(KarBench *b)
{
  Gaussian  g = {.drawn = 0};
  PetscBool done;

  PetscFunctionBegin;
  PetscCall(KarFFTCreate(b->grid, &g.fft));
  PetscCall(KarCommandReady(b->comm, &done));
  if (!done) {
    PetscCall(KarCovCreate(g.fft, &g.cov));
    PetscCall(KarCovSetType(g.cov, KARCOVMATERN));
    PetscCall(KarCovSetUp(g.cov));
    PetscCall(KarFFTCreateCoordinates(g.fft, &g.x));
    PetscCall(KarCovSample(g.cov, (KarKey){1, 0, 0, 0, KAR_STREAM_TEST}, g.x));
    PetscCall(KarGridCreateField(b->grid, &g.field));
    b->against = "its own inverse transform";
    PetscCall(KarBenchTime(b, Draw, 1, Transform, &g));
    PetscCall(KarBenchPeak(b));
    Count(b);
  }
  PetscCall(VecDestroy(&g.x));
  PetscCall(VecDestroy(&g.field));
  PetscCall(KarCovDestroy(&g.cov));
  PetscCall(KarFFTDestroy(&g.fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}
