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
  PetscCall(KarCovSample(g->cov, (KarKey){1, g->drawn++, 0, 0, KAR_STREAM_TEST}, g->x));
  PetscCall(KarFFTInverse(g->fft, g->x, g->field));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Transform(void *ctx)
{
  Gaussian *g = ctx;

  PetscFunctionBegin;
  PetscCall(KarFFTInverse(g->fft, g->x, g->field));
  PetscFunctionReturn(PETSC_SUCCESS);
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
    PetscCall(KarGridCreateField(b->grid, &g.field));
    b->against = "its own inverse transform";
    PetscCall(KarBenchTime(b, Draw, 1, Transform, &g));
    PetscCall(KarBenchPeak(b));
  }
  PetscCall(VecDestroy(&g.x));
  PetscCall(VecDestroy(&g.field));
  PetscCall(KarCovDestroy(&g.cov));
  PetscCall(KarFFTDestroy(&g.fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}
