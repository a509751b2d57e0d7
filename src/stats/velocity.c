/* Numbers of one velocity on the torus, from its coordinates, in whole fields or slabs: energy and its flux by shells,
   moments of derivatives and of longitudinal increments, divergence. */
#include "statsimpl.h"
#include <karhunen/velocity.h>

struct _p_KarVelocity {
  KarFFT      fft;
  KarGridInfo grid;
  PetscInt    shells;
  PetscReal   unit;            /* 2 pi over the longest edge */
  Vec         y;               /* coordinates */
  Vec         u, v, transport; /* fields */
  PetscReal  *energy;          /* [shells], then the transfer out of each, then two sums of the divergence */
};

const PetscInt kar_velocity_shell[KAR_VELOCITY_SHELLS] = {1, 2, 3, 4, 6, 8, 10, 12, 15, 20, 25, 31, 40, 50, 63};
const PetscInt kar_velocity_flux[KAR_VELOCITY_FLUXES]  = {2, 4, 6, 8, 12, 16, 24, 32, 48};

PetscReal kar_row_third(const PetscReal mean[])
{
  return mean[0] > 0 ? mean[2] / PetscPowReal(mean[0], 1.5) : 0;
}

PetscErrorCode KarVelocityCreate(KarFFT fft, KarVelocity *out)
{
  KarVelocity w;
  KarGrid     grid;
  PetscReal   longest = 0;

  PetscFunctionBegin;
  PetscCall(PetscNew(&w));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &w->grid));
  KarCheck(w->grid.comm, w->grid.dim > 1 && w->grid.dof == w->grid.dim && w->grid.basis == KAR_BASIS_PERIODIC,
           PETSC_ERR_ARG_SIZ,
           "%s fields of %" PetscInt_FMT " components in %" PetscInt_FMT
           "D are no velocities: those are periodic and have one for each of 2 or 3 axes; leave out -evaluate_velocity",
           KarBases[w->grid.basis], w->grid.dof, w->grid.dim);
  for (PetscInt a = 0; a < w->grid.dim; a++) longest = PetscMax(longest, w->grid.length[a]);
  w->unit = 2 * PETSC_PI / longest;
  w->fft  = fft;
  PetscCall(KarFFTReference(fft));
  PetscCall(KarStatsShells(fft, &w->shells));
  PetscCall(PetscMalloc1(2 * w->shells + 2, &w->energy));
  PetscCall(KarFFTCreateCoordinates(fft, &w->y));
  PetscCall(KarGridCreateField(grid, &w->u));
  PetscCall(VecDuplicate(w->u, &w->v));
  PetscCall(VecDuplicate(w->u, &w->transport));
  *out = w;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* y_a = (e^{i k_a r h} - 1) x_a, for each component along its own axis; r = 0: x without Nyquist modes. */
static PetscErrorCode Along(KarVelocity w, PetscInt r, Vec x)
{
  const PetscScalar *u;
  const KarModes    *modes;
  PetscScalar       *y;
  KarMode            mode;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(w->fft, &modes));
  PetscCall(VecGetArrayRead(x, &u));
  PetscCall(VecGetArrayWrite(w->y, &y));
  for (PetscInt i = 0; i < modes->rows; i++)
    for (PetscInt j = 0; j < modes->length; j++) {
      kar_mode(modes, i, j, &mode);
      for (PetscInt a = 0; a < w->grid.dof; a++) {
        const PetscInt  at    = mode.offset + 2 * a;
        const PetscReal angle = mode.k[a] * (PetscReal)r * w->grid.length[a] / (PetscReal)w->grid.n[a];
        const PetscReal c     = mode.nyquist ? 0 : r ? PetscCosReal(angle) - 1 : 1;
        const PetscReal s     = mode.nyquist ? 0 : PetscSinReal(angle);

        y[at]     = c * u[at] - s * u[at + 1];
        y[at + 1] = c * u[at + 1] + s * u[at];
      }
    }
  PetscCall(VecRestoreArrayWrite(w->y, &y));
  PetscCall(VecRestoreArrayRead(x, &u));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Moments of derivatives, as sums of this rank, and (u . grad) u. */
static PetscErrorCode Derivatives(KarVelocity w, Vec x, PetscReal sums[])
{
  const PetscInt     dim = w->grid.dim;
  const PetscScalar *u, *g;
  PetscScalar       *t;
  PetscInt           n;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(w->u, &n));
  PetscCall(Along(w, 0, x));
  PetscCall(KarFFTInverse(w->fft, w->y, w->u));
  PetscCall(VecZeroEntries(w->transport));
  for (PetscInt b = 0; b < dim; b++) {
    PetscCall(KarFFTDerivative(w->fft, b, x, w->y));
    PetscCall(KarFFTInverse(w->fft, w->y, w->v));
    PetscCall(VecGetArrayRead(w->u, &u));
    PetscCall(VecGetArrayRead(w->v, &g));
    PetscCall(VecGetArray(w->transport, &t));
    for (PetscInt i = 0; i < n; i += dim)
      for (PetscInt a = 0; a < dim; a++) {
        const PetscReal d = g[i + a], square = d * d;
        PetscReal      *to = sums + (a == b ? 0 : 3);

        t[i + a] += u[i + b] * d;
        to[0] += square;
        to[1] += square * square;
        if (a == b) to[2] += square * d;
      }
    PetscCall(VecRestoreArray(w->transport, &t));
    PetscCall(VecRestoreArrayRead(w->v, &g));
    PetscCall(VecRestoreArrayRead(w->u, &u));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Increments(KarVelocity w, Vec x, PetscReal sums[])
{
  const PetscScalar *v;
  PetscInt           n;

  PetscFunctionBegin;
  for (PetscInt r = 0; r < KAR_VELOCITY_INCREMENTS; r++) {
    PetscCall(Along(w, (PetscInt)1 << r, x));
    PetscCall(KarFFTInverse(w->fft, w->y, w->v));
    PetscCall(VecGetLocalSize(w->v, &n));
    PetscCall(VecGetArrayRead(w->v, &v));
    for (PetscInt i = 0; i < n; i++) sums[2 * r] += PetscSqr(v[i]), sums[2 * r + 1] += PetscSqr(PetscSqr(v[i]));
    PetscCall(VecRestoreArrayRead(w->v, &v));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Energy of each shell, what the transport takes out of it, and the divergence. */
static PetscErrorCode Shells(KarVelocity w, Vec x, PetscReal row[])
{
  PetscReal         *energy = w->energy, *transfer = energy + w->shells, *divergence = transfer + w->shells;
  const PetscScalar *u, *t;
  const KarModes    *modes;
  KarMode            mode;

  PetscFunctionBegin;
  PetscCall(KarFFTForward(w->fft, w->transport, w->y));
  PetscCall(PetscArrayzero(energy, 2 * w->shells + 2));
  PetscCall(KarFFTGetModes(w->fft, &modes));
  PetscCall(VecGetArrayRead(x, &u));
  PetscCall(VecGetArrayRead(w->y, &t));
  for (PetscInt i = 0; i < modes->rows; i++)
    for (PetscInt j = 0; j < modes->length; j++) {
      PetscReal square = 0, taken = 0, along[2] = {0};

      kar_mode(modes, i, j, &mode);
      if (mode.nyquist) continue;
      for (PetscInt c = 0; c < 2 * w->grid.dof; c++) {
        square += PetscSqr(u[mode.offset + c]);
        taken += u[mode.offset + c] * t[mode.offset + c];
        along[c % 2] += mode.k[c / 2] * u[mode.offset + c];
      }
      divergence[0] += PetscSqr(along[0]) + PetscSqr(along[1]);
      divergence[1] += mode.k2 * square;
      const PetscInt shell = (PetscInt)(PetscSqrtReal(mode.k2) / w->unit + 0.5);
      if (shell < w->shells) energy[shell] += square / 2, transfer[shell] += taken;
    }
  PetscCall(VecRestoreArrayRead(w->y, &t));
  PetscCall(VecRestoreArrayRead(x, &u));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, energy, (int)(2 * w->shells + 2), MPIU_REAL, MPI_SUM, w->grid.comm));
  for (PetscInt j = 1; j < w->shells; j++) transfer[j] += transfer[j - 1];
  for (PetscInt j = 0; j < KAR_VELOCITY_SHELLS; j++)
    if (kar_velocity_shell[j] < w->shells) row[KAR_VELOCITY_ENERGY + j] = energy[kar_velocity_shell[j]];
  for (PetscInt j = 0; j < KAR_VELOCITY_FLUXES; j++)
    if (kar_velocity_flux[j] < w->shells) row[KAR_VELOCITY_FLUX + j] = transfer[kar_velocity_flux[j]];
  row[KAR_VELOCITY_DIVERGENCE] = divergence[1] > 0 ? PetscSqrtReal(divergence[0] / divergence[1]) : 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarVelocityMeasure(KarVelocity w, Vec x, PetscReal row[])
{
  const PetscInt first = KAR_VELOCITY_ALONG, count = KAR_VELOCITY_DIVERGENCE - first, dim = w->grid.dim;
  PetscReal     *sums = row + first, components;
  PetscInt       n;

  PetscFunctionBegin;
  PetscCall(PetscArrayzero(row, KAR_VELOCITY_COLUMNS));
  PetscCall(Derivatives(w, x, sums));
  PetscCall(Increments(w, x, row + KAR_VELOCITY_INCREMENT));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums, (int)count, MPIU_REAL, MPI_SUM, w->grid.comm));
  PetscCall(VecGetSize(w->u, &n));
  components = (PetscReal)n;
  for (PetscInt c = 0; c < count; c++)
    sums[c] /=
      components * (c >= KAR_VELOCITY_ACROSS - first && c < KAR_VELOCITY_INCREMENT - first ? (PetscReal)(dim - 1) : 1);
  PetscCall(Shells(w, x, row));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarVelocityDestroy(KarVelocity *out)
{
  KarVelocity w = *out;

  PetscFunctionBegin;
  *out = NULL;
  if (!w) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscFree(w->energy));
  PetscCall(VecDestroy(&w->y));
  PetscCall(VecDestroy(&w->u));
  PetscCall(VecDestroy(&w->v));
  PetscCall(VecDestroy(&w->transport));
  PetscCall(KarFFTDestroy(&w->fft));
  PetscCall(PetscFree(w));
  PetscFunctionReturn(PETSC_SUCCESS);
}
