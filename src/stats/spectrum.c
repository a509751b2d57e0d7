/* Shell j holds the modes with j - 1/2 <= |k| / u < j + 1/2, u = 2 pi / L (periodic) or pi / L (cosine), L the longest
   edge.
   On a cube |k| / u = |kappa| is the root of an integer, never half of an odd number: no mode is in doubt. */
#include <karhunen/stats.h>

static PetscErrorCode GetUnit(KarFFT fft, KarGridInfo *info, PetscReal *u)
{
  KarGrid grid;

  PetscFunctionBegin;
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, info));
  *u = 0;
  for (PetscInt a = 0; a < info->dim; a++) *u = PetscMax(*u, info->length[a]);
  *u = (info->basis == KAR_BASIS_PERIODIC ? 2 : 1) * PETSC_PI / *u;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscInt Shell(const KarMode *mode, PetscReal u)
{
  return (PetscInt)(PetscSqrtReal(mode->k2) / u + 0.5);
}

PetscErrorCode KarStatsShells(KarFFT fft, PetscInt *shells)
{
  KarGridInfo info;
  PetscReal   u;

  PetscFunctionBegin;
  PetscCall(GetUnit(fft, &info, &u));
  *shells = PETSC_MAX_INT;
  for (PetscInt a = 0; a < info.dim; a++) {
    const PetscBool periodic = (PetscBool)(info.basis == KAR_BASIS_PERIODIC);
    const PetscInt  missing  = periodic ? (info.n[a] + 1) / 2 : info.n[a]; /* first index that the axis does not hold */
    const PetscReal k        = (periodic ? 2 : 1) * PETSC_PI / info.length[a] * (PetscReal)missing;

    *shells = PetscMin(*shells, (PetscInt)(k / u + 0.5 + 1e-9)); /* the shell that the missing mode is in */
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* sum[j] = power of x in shell j, or for x = NULL its number of modes. */
static PetscErrorCode SumShells(KarFFT fft, Vec x, PetscInt shells, PetscReal sum[])
{
  const KarModes    *modes;
  const PetscScalar *v = NULL;
  KarGridInfo        info;
  KarMode            mode;
  PetscReal          u;

  PetscFunctionBegin;
  PetscCall(GetUnit(fft, &info, &u));
  PetscCall(KarFFTGetModes(fft, &modes));
  PetscCall(PetscArrayzero(sum, shells));
  if (x) PetscCall(VecGetArrayRead(x, &v));
  for (PetscInt r = 0; r < modes->rows; r++)
    for (PetscInt j = 0; j < modes->length; j++) {
      PetscReal power = 0;

      kar_mode(modes, r, j, &mode);
      if (mode.nyquist || Shell(&mode, u) >= shells) continue;
      for (PetscInt c = 0; v && c < modes->dof * modes->width; c++) power += PetscSqr(v[mode.offset + c]);
      sum[Shell(&mode, u)] += v ? power : mode.weight;
    }
  if (x) PetscCall(VecRestoreArrayRead(x, &v));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, (int)shells, MPIU_REAL, MPI_SUM, info.comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarStatsSpectrum(KarFFT fft, Vec x, PetscInt shells, PetscReal power[])
{
  PetscFunctionBegin;
  PetscCall(SumShells(fft, x, shells, power));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarStatsShellModes(KarFFT fft, PetscInt shells, PetscReal modes[])
{
  PetscFunctionBegin;
  PetscCall(SumShells(fft, NULL, shells, modes));
  PetscFunctionReturn(PETSC_SUCCESS);
}
