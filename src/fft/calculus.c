/* Derivatives and the 2/3 rule, mode by mode. */
#include "fftimpl.h"

PetscErrorCode KarFFTDerivative(KarFFT fft, PetscInt axis, Vec x, Vec y)
{
  const KarModes    *m = &fft->modes;
  const PetscScalar *a;
  PetscScalar       *b;
  PetscReal         *k;

  PetscFunctionBegin;
  KarCheck(fft->info.comm, m->basis == KAR_BASIS_PERIODIC, PETSC_ERR_SUP, "derivatives want -grid_basis periodic");
  PetscCall(VecGetArrayRead(x, &a));
  PetscCall(VecGetArrayWrite(y, &b));
  PetscCall(PetscMalloc1(m->length, &k));
  for (PetscInt r = 0, c = 0; r < m->rows; r++) {
    kar_row_waves(m, r, axis, k);
    for (PetscInt j = 0; j < m->length; j++)
      for (PetscInt p = 0; p < m->dof; p++, c += 2) {
        b[c]     = -k[j] * a[c + 1];
        b[c + 1] = k[j] * a[c];
      }
  }
  PetscCall(PetscFree(k));
  PetscCall(VecRestoreArrayWrite(y, &b));
  PetscCall(VecRestoreArrayRead(x, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFFTCurl(KarFFT fft, Vec x, Vec y)
{
  const KarModes    *m = &fft->modes;
  const PetscScalar *a;
  PetscScalar       *b;
  KarMode            mode;

  PetscFunctionBegin;
  KarCheck(fft->info.comm, m->basis == KAR_BASIS_PERIODIC && m->dim > 1 && m->dof == m->dim, PETSC_ERR_SUP,
           "a curl wants periodic fields with a component for each of 2 or 3 axes: these have %" PetscInt_FMT
           " in %" PetscInt_FMT "D",
           m->dof, m->dim);
  PetscCall(VecGetArrayRead(x, &a));
  PetscCall(VecGetArrayWrite(y, &b));
  for (PetscInt r = 0; r < m->rows; r++)
    for (PetscInt j = 0; j < m->length; j++) {
      kar_mode(m, r, j, &mode);
      const PetscScalar *u    = a + mode.offset;
      PetscScalar       *to   = b + mode.offset;
      const PetscReal    sign = m->dim == 2 ? 1 : -1, keep = mode.nyquist ? 0 : 1;

      /* axes 0, 1, 2 are z, y, x: of the other hand than 1, 2, 3 */
      for (PetscInt c = 0; c < m->dim; c++) {
        const PetscInt  p = m->dim == 2 ? 1 : (c + 1) % 3, q = m->dim == 2 ? 0 : (c + 2) % 3;
        const PetscReal kp = sign * keep * mode.k[p], kq = sign * keep * mode.k[q];

        to[2 * c]     = m->dim == 2 && c ? 0 : kq * u[2 * p + 1] - kp * u[2 * q + 1];
        to[2 * c + 1] = m->dim == 2 && c ? 0 : kp * u[2 * q] - kq * u[2 * p];
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
