/* A flow over slabs by PETSc's TS is the flow on one rank (in 2D by transforms of its own) to rounding: odd and even,
   unequal edges, forced and moving at first.  A sample of the law too.  ranks: 1 2 3 4 */
#include "flows.h"

static PetscErrorCode SameFlow(PetscInt dim, PetscInt n)
{
  const KarFlow flow = {.nu = 0.01, .cfl = 2, .dt = 0.05, .advection = PETSC_TRUE};
  PetscReal     difference;
  PetscInt      steps[2];
  KarFFT        fft[2];
  KarFluid      fluid[2];
  Vec           f[2], w[2], all;

  PetscFunctionBegin;
  for (int self = 0; self < 2; self++) {
    PetscCall(CreateBox(self ? PETSC_COMM_SELF : PETSC_COMM_WORLD, dim, n, &fft[self]));
    PetscCall(KarFFTCreateCoordinates(fft[self], &f[self]));
    PetscCall(VecDuplicate(f[self], &w[self]));
    PetscCall(FillSmooth(fft[self], 1, 4, 2, f[self]));
    PetscCall(FillSmooth(fft[self], 2, 5, 3, w[self]));
    PetscCall(KarFluidCreate(fft[self], &flow, &fluid[self]));
    PetscCall(KarFluidSolve(fluid[self], 1, f[self], w[self], &steps[self]));
  }
  PetscCall(VecDuplicate(w[1], &all));
  PetscCall(ToSelf(w[0], all));
  PetscCall(Distance(all, w[1], &difference));
  Claim(difference < 1e-11, "%" PetscInt_FMT "D, n = %" PetscInt_FMT ": relative difference %g", dim, n,
        (double)difference);
  Claim(steps[0] == steps[1] && steps[0] > 15, "%" PetscInt_FMT " steps, alone %" PetscInt_FMT, steps[0], steps[1]);
  PetscCall(VecDestroy(&all));
  for (int self = 0; self < 2; self++) {
    PetscCall(KarFluidDestroy(&fluid[self]));
    PetscCall(VecDestroy(&f[self]));
    PetscCall(VecDestroy(&w[self]));
    PetscCall(KarFFTDestroy(&fft[self]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CreateLaw(MPI_Comm comm, KarGenerator *law)
{
  const PetscInt  n[2]      = {20, 24};
  const PetscReal length[2] = {5, 2 * PETSC_PI};
  KarGrid         grid;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(comm, &grid));
  PetscCall(KarGridSetSizes(grid, 2, n, length));
  PetscCall(KarGeneratorCreate(comm, law));
  PetscCall(KarGeneratorSetType(*law, KARGENERATORNAVIERSTOKES));
  PetscCall(KarGeneratorSetGrid(*law, grid));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(KarGeneratorSetParameter(*law, "time", 0.5));
  PetscCall(KarGeneratorSetParameter(*law, "start", 2));
  PetscCall(KarGeneratorSetParameter(*law, "force_rms", 3));
  PetscCall(KarGeneratorSetParameter(*law, "refine", 2));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SameSample(void)
{
  const KarKey       key   = {.seed = 3, .sample = 8};
  PetscReal          worst = 0;
  PetscInt           first, last;
  KarGenerator       law[2];
  Vec               *fields[2];
  const PetscScalar *a[2];

  PetscFunctionBegin;
  for (int self = 0; self < 2; self++) {
    PetscCall(CreateLaw(self ? PETSC_COMM_SELF : PETSC_COMM_WORLD, &law[self]));
    PetscCall(KarGeneratorCreateFields(law[self], &fields[self]));
    PetscCall(KarGeneratorSample(law[self], key, fields[self]));
  }
  for (int v = 0; v < 2; v++) {
    for (int self = 0; self < 2; self++) PetscCall(VecGetArrayRead(fields[self][v], &a[self]));
    PetscCall(VecGetOwnershipRange(fields[0][v], &first, &last));
    for (PetscInt i = first; i < last; i++) worst = PetscMax(worst, PetscAbsReal(a[0][i - first] - a[1][i]));
    for (int self = 0; self < 2; self++) PetscCall(VecRestoreArrayRead(fields[self][v], &a[self]));
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &worst, 1, MPIU_REAL, MPIU_MAX, PETSC_COMM_WORLD));
  Claim(worst < 1e-11, "samples differ by %g", (double)worst);
  for (int self = 0; self < 2; self++) {
    PetscCall(KarGeneratorDestroyFields(law[self], &fields[self]));
    PetscCall(KarGeneratorDestroy(&law[self]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(SameFlow(2, 36));
  PetscCall(SameFlow(2, 31));
  PetscCall(SameFlow(3, 16));
  PetscCall(SameFlow(3, 15));
  PetscCall(SameSample());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
