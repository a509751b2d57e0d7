/* The scheme cn.  Without advection n steps multiply a mode by ((1 - a)/(1 + a))^n, a = nu k^2 h/2, and bring it to
   f/(nu k^2) as much nearer, to rounding; that is second order in h.  With advection the error falls as h.  The same
   on any number of ranks, as many steps.  2D and 3D.  ranks: 1 2 3 4 */
#include "flows.h"

static PetscReal scale; /* of force and flow */

static PetscErrorCode Solve(KarFFT fft, const KarFlow *flow, PetscReal time, Vec f, Vec *w, PetscInt *steps)
{
  KarFluid fluid;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(f, w));
  PetscCall(FillSmooth(fft, 2, 4, scale, *w));
  PetscCall(KarFluidCreate(fft, flow, &fluid));
  PetscCall(KarFluidSolve(fluid, time, f, *w, steps));
  PetscCall(KarFluidDestroy(&fluid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Each mode of x <- g (x - f/(nu k^2)) + f/(nu k^2), g = ((1 - a)/(1 + a))^n. */
static PetscErrorCode Amplify(KarFFT fft, PetscReal nu, PetscReal h, PetscInt n, Vec f, Vec x)
{
  const KarModes    *m;
  const PetscScalar *b;
  PetscScalar       *a;
  KarMode            mode;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(VecGetArrayRead(f, &b));
  PetscCall(VecGetArray(x, &a));
  for (PetscInt r = 0; r < m->rows; r++)
    for (PetscInt j = 0; j < m->length; j++) {
      PetscReal half, g;

      kar_mode(m, r, j, &mode);
      if (mode.k2 == 0) continue;
      half = nu * mode.k2 * h / 2;
      g    = PetscPowReal((1 - half) / (1 + half), (PetscReal)n);
      for (PetscInt c = mode.offset; c < mode.offset + 2 * m->dof; c++)
        a[c] = g * a[c] + (1 - g) * b[c] / (nu * mode.k2);
    }
  PetscCall(VecRestoreArray(x, &a));
  PetscCall(VecRestoreArrayRead(f, &b));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Diffuses(KarFFT fft, PetscInt dim, Vec f)
{
  PetscReal difference, error[2];
  PetscInt  steps;
  Vec       w, exact, stokes;

  PetscFunctionBegin;
  for (int fine = 0; fine < 2; fine++) {
    KarFlow flow = {.nu = 0.05, .cfl = 1, .dt = fine ? 0.025 : 0.05, .scheme = KAR_FLOW_CN};

    PetscCall(Solve(fft, &flow, 2, f, &w, &steps));
    PetscCall(VecDuplicate(w, &exact));
    PetscCall(FillSmooth(fft, 2, 4, scale, exact));
    PetscCall(Amplify(fft, flow.nu, flow.dt, steps, f, exact));
    PetscCall(Distance(w, exact, &difference));
    Claim(difference < 1e-13 && steps == (fine ? 80 : 40),
          "%" PetscInt_FMT "D, %" PetscInt_FMT " steps: relative difference %g", dim, steps, (double)difference);
    flow.scheme = KAR_FLOW_RK4;
    PetscCall(Solve(fft, &flow, 2, f, &stokes, NULL));
    PetscCall(Distance(w, stokes, &error[fine]));
    PetscCall(VecDestroy(&w));
    PetscCall(VecDestroy(&exact));
    PetscCall(VecDestroy(&stokes));
  }
  Claim(error[1] > 1e-10 && error[0] > 3.9 * error[1] && error[0] < 4.1 * error[1],
        "%" PetscInt_FMT "D, no advection: errors %g, %g: expected ratio 4", dim, (double)error[0], (double)error[1]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Advects(KarFFT fft, PetscInt dim, Vec f)
{
  const PetscReal dt[] = {0.002, 0.001, 0.01};
  PetscReal       error[2];
  Vec             w[3];

  PetscFunctionBegin;
  for (int i = 0; i < 3; i++) {
    const KarFlow flow = {
      .nu = 0.05, .cfl = 1000, .dt = dt[i], .advection = PETSC_TRUE, .scheme = i < 2 ? KAR_FLOW_CN : KAR_FLOW_RK4};

    PetscCall(Solve(fft, &flow, 0.2, f, &w[i], NULL));
  }
  for (int i = 0; i < 2; i++) PetscCall(Distance(w[i], w[2], &error[i]));
  Claim(error[1] > 1e-5 && error[0] > 1.9 * error[1] && error[0] < 2.1 * error[1],
        "%" PetscInt_FMT "D: errors %g, %g: expected ratio 2", dim, (double)error[0], (double)error[1]);
  for (int i = 0; i < 3; i++) PetscCall(VecDestroy(&w[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Alone(PetscInt dim, PetscInt n, KarFFT fft, Vec f)
{
  const KarFlow flow = {.nu = 0.1, .cfl = 0.5, .dt = 0.05, .advection = PETSC_TRUE, .scheme = KAR_FLOW_CN};
  PetscReal     difference;
  PetscInt      steps[2];
  KarFFT        self;
  Vec           force, w[2], all;

  PetscFunctionBegin;
  PetscCall(CreateBox(PETSC_COMM_SELF, dim, n, &self));
  PetscCall(KarFFTCreateCoordinates(self, &force));
  PetscCall(FillSmooth(self, 1, 4, scale, force));
  PetscCall(Solve(fft, &flow, 1, f, &w[0], &steps[0]));
  PetscCall(Solve(self, &flow, 1, force, &w[1], &steps[1]));
  PetscCall(VecDuplicate(w[1], &all));
  PetscCall(ToSelf(w[0], all));
  PetscCall(Distance(all, w[1], &difference));
  Claim(difference < 1e-11, "%" PetscInt_FMT "D, n = %" PetscInt_FMT ": relative difference %g", dim, n,
        (double)difference);
  Claim(steps[0] == steps[1] && steps[0] >= 20, "%" PetscInt_FMT " steps, alone %" PetscInt_FMT, steps[0], steps[1]);
  PetscCall(VecDestroy(&force));
  PetscCall(VecDestroy(&w[0]));
  PetscCall(VecDestroy(&w[1]));
  PetscCall(VecDestroy(&all));
  PetscCall(KarFFTDestroy(&self));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Box(PetscInt dim, PetscInt n)
{
  KarFFT fft;
  Vec    f;

  PetscFunctionBegin;
  scale = dim == 2 ? 1 : 0.1;
  PetscCall(CreateBox(PETSC_COMM_WORLD, dim, n, &fft));
  PetscCall(KarFFTCreateCoordinates(fft, &f));
  PetscCall(FillSmooth(fft, 1, 4, scale, f));
  PetscCall(Diffuses(fft, dim, f));
  PetscCall(Advects(fft, dim, f));
  PetscCall(Alone(dim, n, fft, f));
  PetscCall(VecDestroy(&f));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(Box(2, 31));
  PetscCall(Box(3, 14));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
