/* Derivatives and the 2/3 rule, mode by mode. */
#include "fftimpl.h"

PetscErrorCode KarFFTDerivative(KarFFT fft, PetscInt axis, Vec x, Vec y)
{
  const KarModes    *m = &fft->modes;
  const PetscScalar *a;
  PetscScalar       *b;
  KarMode            mode;

  PetscFunctionBegin;
  KarCheck(fft->info.comm, m->basis == KAR_BASIS_PERIODIC, PETSC_ERR_SUP, "derivatives want -grid_basis periodic");
  PetscCall(VecGetArrayRead(x, &a));
  PetscCall(VecGetArrayWrite(y, &b));
  for (PetscInt r = 0; r < m->rows; r++)
    for (PetscInt j = 0; j < m->length; j++) {
      kar_mode(m, r, j, &mode);
      const PetscReal k = mode.nyquist ? 0 : mode.k[axis];

      for (PetscInt c = mode.offset; c < mode.offset + 2 * m->dof; c += 2) {
        b[c]     = -k * a[c + 1];
        b[c + 1] = k * a[c];
      }
    }
  PetscCall(VecRestoreArrayWrite(y, &b));
  PetscCall(VecRestoreArrayRead(x, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFFTDealias(KarFFT fft, Vec x)
{
  const KarModes *m     = &fft->modes;
  const PetscInt  group = m->dof * m->width;
  PetscScalar    *a;
  KarMode         mode;

  PetscFunctionBegin;
  PetscCall(VecGetArray(x, &a));
  for (PetscInt r = 0; r < m->rows; r++)
    for (PetscInt j = 0; j < m->length; j++) {
      PetscBool keep = PETSC_TRUE;

      kar_mode(m, r, j, &mode);
      for (PetscInt axis = 0; axis < m->dim; axis++)
        if (3 * PetscAbsInt(mode.index[axis]) > m->n[axis]) keep = PETSC_FALSE;
      if (!keep) PetscCall(PetscArrayzero(a + mode.offset, group));
    }
  PetscCall(VecRestoreArray(x, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}
