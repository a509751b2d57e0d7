/* Flows that do not advect themselves decay mode by mode, exactly.  2D: Taylor-Green's vortex, and all modes of |k|^2
   = 25 with random phases (psi is proportional to w).  3D: the Arnold-Beltrami-Childress flow (u is proportional to
   curl u). ranks: 1 2 3 */
#include "flows.h"

static const KarFlow flow = {.nu = 0.05, .cfl = 2.5, .dt = 0.1, .advection = PETSC_TRUE};

static PetscErrorCode Decays(KarFFT fft, Vec w, PetscReal k2, const char name[])
{
  const PetscReal time = 3;
  PetscReal       error;
  KarFluid        fluid;
  Vec             f, exact;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(w, &f));
  PetscCall(VecDuplicate(w, &exact));
  PetscCall(VecSet(f, 0));
  PetscCall(VecCopy(w, exact));
  PetscCall(VecScale(exact, PetscExpReal(-flow.nu * k2 * time)));
  PetscCall(KarFluidCreate(fft, &flow, &fluid));
  PetscCall(KarFluidSolve(fluid, time, f, w, NULL));
  PetscCall(Distance(w, exact, &error));
  Claim(error < 1e-12, "%s: relative error %g", name, (double)error);
  PetscCall(KarFluidDestroy(&fluid));
  PetscCall(VecDestroy(&f));
  PetscCall(VecDestroy(&exact));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Point by point: what = 0: 2 cos x cos y; 1: Arnold-Beltrami-Childress, components z, y, x. */
static PetscErrorCode FromPoints(KarFFT fft, int what, Vec x)
{
  KarGrid      grid;
  KarGridInfo  g;
  PetscScalar *u;
  Vec          field;

  PetscFunctionBegin;
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  PetscCall(KarGridCreateField(grid, &field));
  PetscCall(VecGetArray(field, &u));
  for (PetscInt i = 0; i < g.ln; i++)
    for (PetscInt j = 0; j < g.n[1]; j++)
      for (PetscInt k = 0; k < g.n[2]; k++) {
        const PetscReal a = 2 * PETSC_PI * (PetscReal)(i + g.start) / (PetscReal)g.n[0],
                        b = 2 * PETSC_PI * (PetscReal)j / (PetscReal)g.n[1],
                        c = 2 * PETSC_PI * (PetscReal)k / (PetscReal)g.n[2];
        PetscScalar *v    = u + ((i * g.n[1] + j) * g.n[2] + k) * g.dof;

        if (what == 0) v[0] = 2 * PetscCosReal(a) * PetscCosReal(b);
        else {
          v[2] = 1.0 * PetscSinReal(a) + 0.6 * PetscCosReal(b);
          v[1] = 1.4 * PetscSinReal(c) + 1.0 * PetscCosReal(a);
          v[0] = 0.6 * PetscSinReal(b) + 1.4 * PetscCosReal(c);
        }
      }
  PetscCall(VecRestoreArray(field, &u));
  PetscCall(KarFFTForward(fft, field, x));
  PetscCall(VecDestroy(&field));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Keeps the modes of |k|^2 = 25 of a random field. */
static PetscErrorCode Ring(KarFFT fft, Vec x)
{
  const KarModes *m;
  PetscScalar    *a;
  KarMode         mode;

  PetscFunctionBegin;
  PetscCall(FillSmooth(fft, 0, 5, 25, x));
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(VecGetArray(x, &a));
  for (PetscInt r = 0; r < m->rows; r++)
    for (PetscInt j = 0; j < m->length; j++) {
      kar_mode(m, r, j, &mode);
      if (PetscAbsReal(mode.k2 - 25) > 0.1) a[mode.offset] = a[mode.offset + 1] = 0;
    }
  PetscCall(VecRestoreArray(x, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  KarFFT plane, space;
  Vec    w, u;

  PetscFunctionBegin;
  PetscCall(CreateBox(PETSC_COMM_WORLD, 2, 30, &plane));
  PetscCall(CreateBox(PETSC_COMM_WORLD, 3, 12, &space));
  PetscCall(KarFFTCreateCoordinates(plane, &w));
  PetscCall(KarFFTCreateCoordinates(space, &u));
  PetscCall(FromPoints(plane, 0, w));
  PetscCall(Decays(plane, w, 2, "Taylor-Green"));
  PetscCall(Ring(plane, w));
  PetscCall(Decays(plane, w, 25, "|k|^2 = 25"));
  PetscCall(FromPoints(space, 1, u));
  PetscCall(Decays(space, u, 1, "Arnold-Beltrami-Childress"));
  PetscCall(VecDestroy(&w));
  PetscCall(VecDestroy(&u));
  PetscCall(KarFFTDestroy(&plane));
  PetscCall(KarFFTDestroy(&space));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
