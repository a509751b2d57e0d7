/* The Taylor-Green vortex in 3D, u = (sin x cos y cos z, -cos x sin y cos z, 0), on 32^3 with nu = 1/1600 has at t =
   0.1 the kinetic energy and enstrophy that spectralDNS checks itself against (Mortensen and Langtangen, 2016).
   ranks: 1 2 3 */
#include "flows.h"

/* |w|^2 / 2 and |curl w|^2 / 2, which is sum k^2 |w_k|^2 / 2 for a flow without divergence. */
static PetscErrorCode Energies(KarFFT fft, Vec w, PetscReal energy[2])
{
  const KarModes    *m;
  const PetscScalar *a;
  KarMode            mode;

  PetscFunctionBegin;
  energy[0] = energy[1] = 0;
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(VecGetArrayRead(w, &a));
  for (PetscInt r = 0; r < m->rows; r++)
    for (PetscInt j = 0; j < m->length; j++) {
      kar_mode(m, r, j, &mode);
      for (PetscInt c = 0; c < 6; c++) {
        energy[0] += PetscSqr(a[mode.offset + c]) / 2;
        energy[1] += mode.k2 * PetscSqr(a[mode.offset + c]) / 2;
      }
    }
  PetscCall(VecRestoreArrayRead(w, &a));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, energy, 2, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  const KarFlow flow = {.nu = 0.000625, .cfl = 2.5, .dt = 0.01, .advection = PETSC_TRUE};
  PetscReal     energy[2];
  KarFFT        fft;
  KarFluid      fluid;
  KarGrid       grid;
  KarGridInfo   g;
  Vec           field, f, w;
  PetscScalar  *u;

  PetscFunctionBegin;
  PetscCall(CreateBox(PETSC_COMM_WORLD, 3, 32, &fft));
  PetscCall(KarFFTCreateCoordinates(fft, &w));
  PetscCall(VecDuplicate(w, &f));
  PetscCall(VecSet(f, 0));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  PetscCall(KarGridCreateField(grid, &field));
  PetscCall(VecGetArray(field, &u));
  for (PetscInt i = 0; i < g.ln * 32 * 32; i++) {
    const PetscReal h = 2 * PETSC_PI / 32, z = h * (PetscReal)(g.start + i / 1024), y = h * (PetscReal)(i / 32 % 32),
                    x = h * (PetscReal)(i % 32);

    u[3 * i]     = 0;
    u[3 * i + 1] = -PetscCosReal(x) * PetscSinReal(y) * PetscCosReal(z);
    u[3 * i + 2] = PetscSinReal(x) * PetscCosReal(y) * PetscCosReal(z);
  }
  PetscCall(VecRestoreArray(field, &u));
  PetscCall(KarFFTForward(fft, field, w));
  PetscCall(KarFluidCreate(fft, &flow, &fluid));
  PetscCall(KarFluidSolve(fluid, 0.1, f, w, NULL));
  PetscCall(Energies(fft, w, energy));
  ClaimNear(energy[0], 0.124953117517, 1e-9);
  ClaimNear(energy[1], 0.375249930801, 1e-9);
  PetscCall(KarFluidDestroy(&fluid));
  PetscCall(VecDestroy(&field));
  PetscCall(VecDestroy(&f));
  PetscCall(VecDestroy(&w));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
