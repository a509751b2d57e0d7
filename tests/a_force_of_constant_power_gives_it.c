/* A 3D flow under the force of constant power p: without advection its energy is exactly that of modes that decay
   at 2 nu k^2 and are fed with p; with it dE/dt = p - nu |grad u|^2 closes along the flow.  Snapshot i of a run is the
   same field, bit for bit, whether it is drawn alone or after others.  ranks: 1 2 */
#include "flows.h"

static PetscErrorCode Energy(KarFFT fft, Vec w, PetscReal *energy, PetscReal *gradients)
{
  const KarModes    *m;
  const PetscScalar *a;
  PetscReal          sum[2] = {0, 0};
  KarMode            mode;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(VecGetArrayRead(w, &a));
  for (PetscInt i = 0; i < m->rows * m->length; i++) {
    kar_mode(m, i / m->length, i % m->length, &mode);
    for (PetscInt c = 0; c < 6; c++) {
      const PetscReal square = PetscSqr(a[mode.offset + c]);

      sum[0] += square / 2, sum[1] += mode.k2 * square;
    }
  }
  PetscCall(VecRestoreArrayRead(w, &a));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, 2, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  *energy = sum[0], *gradients = sum[1];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All energy at |k| = 1: E(T) = p/(2 nu) + (E(0) - p/(2 nu)) exp(-2 nu T). */
static PetscErrorCode Stokes(void)
{
  const KarFlow   flow = {.nu = 0.3, .cfl = 2, .dt = 0.02, .power = 0.7, .band = 1};
  PetscReal       before, after, gradients, rest = flow.power / (2 * flow.nu);
  KarFFT          fft;
  KarFluid        fluid;
  Vec             f, w;
  PetscScalar    *a;
  KarMode         mode;
  const KarModes *m;

  PetscFunctionBegin;
  PetscCall(CreateBox(PETSC_COMM_WORLD, 3, 8, &fft));
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(KarFFTCreateCoordinates(fft, &f));
  PetscCall(VecDuplicate(f, &w));
  PetscCall(FillSmooth(fft, 2, 1, 0.4, w));
  PetscCall(VecGetArray(w, &a));
  for (PetscInt i = 0; i < m->rows * m->length; i++) {
    kar_mode(m, i / m->length, i % m->length, &mode);
    for (PetscInt c = 0; c < 6 && mode.k2 > 1.5; c++) a[mode.offset + c] = 0;
  }
  PetscCall(VecRestoreArray(w, &a));
  PetscCall(KarFluidCreate(fft, &flow, &fluid));
  PetscCall(Energy(fft, w, &before, &gradients));
  PetscCall(KarFluidSolve(fluid, 1.5, f, w, NULL));
  PetscCall(Energy(fft, w, &after, &gradients));
  ClaimNear(after, rest + (before - rest) * PetscExpReal(-2 * flow.nu * 1.5), 1e-8);
  Claim(PetscAbsReal(after - before) > 0.1 * rest, "nothing happens: %g to %g", (double)before, (double)after);
  PetscCall(KarFluidDestroy(&fluid));
  PetscCall(VecDestroy(&f));
  PetscCall(VecDestroy(&w));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Simpson's rule over 2 x 10 short solves. */
static PetscErrorCode Balances(void)
{
  const KarFlow   flow = {.nu = 0.02, .cfl = 0.5, .dt = 1, .advection = PETSC_TRUE, .power = 0.7, .band = 2};
  const PetscReal h    = 0.0125;
  PetscReal       before, after, gradients, sum = 0;
  KarFFT          fft;
  KarFluid        fluid;
  Vec             f, w;

  PetscFunctionBegin;
  PetscCall(CreateBox(PETSC_COMM_WORLD, 3, 18, &fft));
  PetscCall(KarFFTCreateCoordinates(fft, &f));
  PetscCall(VecDuplicate(f, &w));
  PetscCall(FillSmooth(fft, 2, 4, 0.5, w));
  PetscCall(KarFluidCreate(fft, &flow, &fluid));
  PetscCall(Energy(fft, w, &before, &gradients));
  for (int i = 0; i <= 20; i++) {
    if (i) PetscCall(KarFluidSolve(fluid, h, f, w, NULL));
    PetscCall(Energy(fft, w, &after, &gradients));
    sum += h / 3 * (i % 20 ? i % 2 ? 4 : 2 : 1) * (flow.power - flow.nu * gradients);
  }
  Claim(PetscAbsReal(after - before - sum) < 1e-6 * flow.power * 20 * h,
        "energy %g more, power less loss %.10g, %g apart", (double)(after - before), (double)sum,
        (double)(after - before - sum));
  PetscCall(KarFluidDestroy(&fluid));
  PetscCall(VecDestroy(&f));
  PetscCall(VecDestroy(&w));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CreateLaw(KarGenerator *law, Vec *fields[])
{
  static const struct {
    const char *name;
    PetscReal   value;
  } numbers[]               = {{"force", 1},  {"start", 2}, {"force_band", 2}, {"force_rms", 1}, {"nu", 0.1},
                               {"time", 0.1}, {"times", 3}, {"lag", 0.2},      {"refine", 1.5}};
  const PetscInt  n[3]      = {8, 8, 8};
  const PetscReal length[3] = {2 * PETSC_PI, 2 * PETSC_PI, 2 * PETSC_PI};
  KarGrid         grid;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, 3, n, length));
  PetscCall(KarGeneratorCreate(PETSC_COMM_WORLD, law));
  PetscCall(KarGeneratorSetType(*law, KARGENERATORNAVIERSTOKES));
  PetscCall(KarGeneratorSetGrid(*law, grid));
  PetscCall(KarGridDestroy(&grid));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(numbers); i++)
    PetscCall(KarGeneratorSetParameter(*law, numbers[i].name, numbers[i].value));
  PetscCall(KarGeneratorCreateFields(*law, fields));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Snapshots(void)
{
  const PetscInt order[] = {3, 4, 5, 1, 4}; /* 3, 4, 5: the second run, in order; then back, and to the last again */
  PetscReal      far[2];
  PetscBool      same;
  KarGenerator   law, fresh;
  Vec           *fields, *alone, before;

  PetscFunctionBegin;
  PetscCall(CreateLaw(&law, &fields));
  PetscCall(VecDuplicate(fields[0], &before));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(order); i++) {
    PetscCall(VecCopy(fields[0], before));
    PetscCall(KarGeneratorSample(law, (KarKey){.seed = 3, .sample = order[i]}, fields));
    PetscCall(CreateLaw(&fresh, &alone));
    PetscCall(KarGeneratorSample(fresh, (KarKey){.seed = 3, .sample = order[i]}, alone));
    PetscCall(VecEqual(fields[0], alone[0], &same));
    Claim(same, "sample %" PetscInt_FMT " depends on those before it", order[i]);
    PetscCall(VecAXPY(before, -1, fields[0]));
    PetscCall(VecNorm(before, NORM_2, &far[0]));
    PetscCall(VecNorm(fields[0], NORM_2, &far[1]));
    Claim(far[0] > 0.01 * far[1], "two snapshots are one: %g of %g", (double)far[0], (double)far[1]);
    PetscCall(KarGeneratorDestroyFields(fresh, &alone));
    PetscCall(KarGeneratorDestroy(&fresh));
  }
  PetscCall(VecDestroy(&before));
  PetscCall(KarGeneratorDestroyFields(law, &fields));
  PetscCall(KarGeneratorDestroy(&law));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(Stokes());
  PetscCall(Balances());
  PetscCall(Snapshots());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
