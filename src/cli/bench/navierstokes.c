/* navierstokes: a step of a flow, against the transforms of its evaluations of N done in full: two fields each way in
   2D; six to space and three back in 3D.  -bench_scheme rk4, four evaluations, or cn, one: the step of PyTorch's
   transcription in jobs/bench_torch.py. */
#include "bench.h"

enum { STEPS = 4 };
static const char *const schemes[] = {"rk4", "cn", NULL};
static const PetscReal   dt        = 1e-9;

typedef struct {
  PetscInt dim, scheme;
  KarFFT   fft[2]; /* of the state; of the baseline */
  KarFluid fluid;
  Vec      f, w, x, field; /* force and state; the baseline's coordinates and field */
} Flow;

static PetscErrorCode Steps(void *ctx)
{
  Flow *flow = ctx;

  PetscFunctionBegin;
  PetscCall(KarFluidSolve(flow->fluid, STEPS * dt, flow->f, flow->w, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Transforms(void *ctx)
{
  Flow *flow = ctx;

  PetscFunctionBegin;
  for (int stage = 0; stage < (flow->scheme ? 1 : 4); stage++) {
    for (int j = 0; j < flow->dim - 1; j++) PetscCall(KarFFTInverse(flow->fft[1], flow->x, flow->field));
    PetscCall(KarFFTForward(flow->fft[1], flow->field, flow->x));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Create(KarBench *b, Flow *flow)
{
  const KarFlow law = {
    .nu = 1e-3, .cfl = PETSC_MAX_REAL, .dt = dt, .advection = PETSC_TRUE, .scheme = (KarFlowScheme)flow->scheme};
  KarGrid grid;

  PetscFunctionBegin;
  for (int i = 0; i < 2; i++) {
    PetscCall(KarGridCreate(b->comm, &grid));
    PetscCall(KarGridSetSizes(grid, flow->dim, b->info.n, b->info.length));
    PetscCall(KarGridSetComponents(grid, flow->dim == 3 ? 3 : i + 1));
    PetscCall(KarFFTCreate(grid, &flow->fft[i]));
    if (i) PetscCall(KarGridCreateField(grid, &flow->field));
    PetscCall(KarGridDestroy(&grid));
  }
  PetscCall(KarFFTCreateCoordinates(flow->fft[0], &flow->w));
  PetscCall(VecDuplicate(flow->w, &flow->f));
  PetscCall(KarFFTFillNormal(flow->fft[0], (KarKey){1, 0, 0, 0, KAR_STREAM_TEST}, flow->w));
  PetscCall(KarFFTCreateCoordinates(flow->fft[1], &flow->x));
  PetscCall(KarFluidCreate(flow->fft[0], &law, &flow->fluid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarBench_NavierStokes(KarBench *b)
{
  Flow      flow = {.dim = b->info.dim};
  PetscBool done;

  PetscFunctionBegin;
  PetscCall(KarOptionsChoice(NULL, "bench_scheme",
                             "a step: rk4, four evaluations of the advection, or cn, Crank-Nicolson diffusion and one",
                             schemes, &flow.scheme));
  PetscCall(Create(b, &flow));
  PetscCall(KarCommandReady(b->comm, &done));
  if (!done) {
    b->against = "the transforms of its evaluations of N, done in full";
    PetscCall(KarBenchTime(b, Steps, STEPS, Transforms, &flow));
    PetscCall(KarBenchPeak(b));
  }
  PetscCall(KarFluidDestroy(&flow.fluid));
  PetscCall(VecDestroy(&flow.f));
  PetscCall(VecDestroy(&flow.w));
  PetscCall(VecDestroy(&flow.x));
  PetscCall(VecDestroy(&flow.field));
  for (int i = 0; i < 2; i++) PetscCall(KarFFTDestroy(&flow.fft[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}
