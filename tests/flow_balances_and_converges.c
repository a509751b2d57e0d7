/* Without a tunable: d|w|^2/dt = 2 <f, w> - 2 nu |grad w|^2 closes along a flow (w: the vorticity in 2D, the velocity
   in 3D), since u.grad w does no work; the error in w(T) falls with the fourth power of the step; twice the points
   change w(2) of the law ns2d by less than 1e-4.  ranks: 1 2 */
#include "flows.h"

/* 2 <f, w> - 2 nu |grad w|^2 */
static PetscErrorCode Input(KarFFT fft, PetscReal nu, Vec f, Vec w, PetscReal *rate)
{
  const KarModes    *m;
  const PetscScalar *a;
  PetscReal          loss = 0;
  KarMode            mode;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(VecGetArrayRead(w, &a));
  for (PetscInt r = 0; r < m->rows; r++)
    for (PetscInt j = 0; j < m->length; j++) {
      kar_mode(m, r, j, &mode);
      for (PetscInt c = 0; c < 2 * m->dof; c++) loss += mode.k2 * PetscSqr(a[mode.offset + c]);
    }
  PetscCall(VecRestoreArrayRead(w, &a));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &loss, 1, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  PetscCall(VecDot(f, w, rate));
  *rate = 2 * *rate - 2 * nu * loss;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Simpson's rule over 2 x 40 short solves. */
static PetscErrorCode Balances(PetscInt dim, PetscInt n)
{
  const KarFlow   flow = {.nu = 0.02, .cfl = 2, .dt = 1, .advection = PETSC_TRUE};
  const PetscReal h    = 0.0125;
  PetscReal       before, after, rate, sum, gross;
  KarFFT          fft;
  KarFluid        fluid;
  Vec             f, w;

  PetscFunctionBegin;
  PetscCall(CreateBox(PETSC_COMM_WORLD, dim, n, &fft));
  PetscCall(KarFFTCreateCoordinates(fft, &f));
  PetscCall(VecDuplicate(f, &w));
  PetscCall(FillSmooth(fft, 1, 4, dim == 2 ? 2 : 0.5, f));
  PetscCall(FillSmooth(fft, 2, 4, dim == 2 ? 1 : 0.3, w));
  PetscCall(KarFluidCreate(fft, &flow, &fluid));
  PetscCall(VecDot(w, w, &before));
  PetscCall(Input(fft, flow.nu, f, w, &rate));
  sum = rate, gross = PetscAbsReal(rate);
  for (int i = 1; i <= 80; i++) {
    const PetscReal weight = i == 80 ? 1 : i % 2 ? 4 : 2;

    PetscCall(KarFluidSolve(fluid, h, f, w, NULL));
    PetscCall(Input(fft, flow.nu, f, w, &rate));
    sum += weight * rate;
    gross += weight * PetscAbsReal(rate);
  }
  PetscCall(VecDot(w, w, &after));
  sum *= h / 3, gross *= h / 3;
  Claim(PetscAbsReal(after - before - sum) < 1e-6 * gross,
        "%" PetscInt_FMT "D: |w|^2 from %g to %g, input less loss %.10g, not %.10g", dim, (double)before, (double)after,
        (double)sum, (double)(after - before));
  Claim(PetscAbsReal(after - before) > 1e-2 * before, "nothing happens: %g to %g", (double)before, (double)after);
  PetscCall(KarFluidDestroy(&fluid));
  PetscCall(VecDestroy(&f));
  PetscCall(VecDestroy(&w));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Converges(PetscInt dim, PetscInt n)
{
  const PetscReal dt[] = {0.02, 0.01, 0.0025};
  PetscReal       error[2];
  KarFFT          fft;
  Vec             f, w[3];

  PetscFunctionBegin;
  PetscCall(CreateBox(PETSC_COMM_WORLD, dim, n, &fft));
  PetscCall(KarFFTCreateCoordinates(fft, &f));
  PetscCall(FillSmooth(fft, 1, 4, dim == 2 ? 2 : 0.5, f));
  for (int i = 0; i < 3; i++) {
    const KarFlow flow = {.nu = 0.02, .cfl = 1000, .dt = dt[i], .advection = PETSC_TRUE};
    KarFluid      fluid;

    PetscCall(VecDuplicate(f, &w[i]));
    PetscCall(FillSmooth(fft, 2, 4, dim == 2 ? 3 : 0.3, w[i]));
    PetscCall(KarFluidCreate(fft, &flow, &fluid));
    PetscCall(KarFluidSolve(fluid, 0.4, f, w[i], NULL));
    PetscCall(KarFluidDestroy(&fluid));
  }
  for (int i = 0; i < 2; i++) PetscCall(Distance(w[i], w[2], &error[i]));
  Claim(error[1] > 1e-13 && error[0] > 13 * error[1] && error[0] < 20 * error[1],
        "%" PetscInt_FMT "D: errors %g, %g: ratio %g, expected 16", dim, (double)error[0], (double)error[1],
        (double)(error[0] / error[1]));
  for (int i = 0; i < 3; i++) PetscCall(VecDestroy(&w[i]));
  PetscCall(VecDestroy(&f));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Resolved(void)
{
  PetscReal    difference;
  Vec         *fields[2];
  KarGenerator law[2];

  PetscFunctionBegin;
  for (int fine = 0; fine < 2; fine++) {
    const PetscInt  n[2]      = {64, 64};
    const PetscReal length[2] = {2 * PETSC_PI, 2 * PETSC_PI};
    KarGrid         grid;

    PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
    PetscCall(KarGridSetSizes(grid, 2, n, length));
    PetscCall(KarGeneratorCreate(PETSC_COMM_WORLD, &law[fine]));
    PetscCall(KarGeneratorSetType(law[fine], KARGENERATORNAVIERSTOKES));
    PetscCall(KarGeneratorSetGrid(law[fine], grid));
    PetscCall(KarGridDestroy(&grid));
    PetscCall(KarGeneratorSetParameter(law[fine], "time", 2));
    PetscCall(KarGeneratorSetParameter(law[fine], "refine", fine ? 4 : 2));
    PetscCall(KarGeneratorCreateFields(law[fine], &fields[fine]));
    PetscCall(KarGeneratorSample(law[fine], (KarKey){.seed = 1}, fields[fine]));
  }
  PetscCall(Distance(fields[0][0], fields[1][0], &difference));
  Claim(difference < 1e-4 && difference > 0, "twice the points: relative change %g", (double)difference);
  for (int fine = 0; fine < 2; fine++) {
    PetscCall(KarGeneratorDestroyFields(law[fine], &fields[fine]));
    PetscCall(KarGeneratorDestroy(&law[fine]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(Balances(2, 64));
  PetscCall(Balances(3, 24));
  PetscCall(Converges(2, 32));
  PetscCall(Converges(3, 16));
  PetscCall(Resolved());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
