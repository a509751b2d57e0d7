/* x ~ N(0, C) in coordinates: white noise by key, times sqrt(lambda); without divergence, times I - k k'/|k|^2. */
#include <karhunen/impl/covariance.h>

/* Each mode loses its part along k; mode 0 is kept. */
PetscErrorCode KarCovProject(KarCov cov, Vec x)
{
  const KarModes *m;
  PetscScalar    *a;
  KarMode         mode;

  PetscFunctionBegin;
  if (!cov->solenoidal) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarFFTGetModes(cov->fft, &m));
  PetscCall(VecGetArray(x, &a));
  for (PetscInt r = 0; r < m->rows; r++)
    for (PetscInt j = 0; j < m->length; j++) {
      kar_mode(m, r, j, &mode);
      if (mode.k2 == 0) continue;
      for (PetscInt part = 0; part < m->width; part++) {
        PetscScalar *v     = a + mode.offset + part;
        PetscReal    along = 0;

        for (PetscInt c = 0; c < m->dof; c++) along += mode.k[c] * v[c * m->width];
        for (PetscInt c = 0; c < m->dof; c++) v[c * m->width] -= mode.k[c] * along / mode.k2;
      }
    }
  PetscCall(VecRestoreArray(x, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovApply(KarCov cov, Vec x, Vec y)
{
  PetscFunctionBegin;
  PetscCall(KarCovSetUp(cov));
  if (x != y) PetscCall(VecCopy(x, y));
  PetscCall(KarFFTMultiply(cov->fft, cov->lambda, y));
  PetscCall(KarCovProject(cov, y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovSample(KarCov cov, KarKey key, Vec x)
{
  PetscFunctionBegin;
  PetscCall(KarCovSetUp(cov));
  PetscCall(KarFFTFillNormalScaled(cov->fft, key, cov->lambda, x));
  PetscCall(KarCovProject(cov, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovSampleField(KarCov cov, KarKey key, Vec field)
{
  Vec x;

  PetscFunctionBegin;
  PetscCall(KarCovSetUp(cov));
  if (!cov->solenoidal) PetscCall(KarFFTNormalField(cov->fft, key, cov->lambda, field));
  else {
    PetscCall(KarFFTCreateCoordinates(cov->fft, &x));
    PetscCall(KarCovSample(cov, key, x));
    PetscCall(KarFFTInverse(cov->fft, x, field));
    PetscCall(VecDestroy(&x));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovSampleFieldFloat(KarCov cov, KarKey key, float field[])
{
  const PetscScalar *a;
  PetscInt           n;
  Vec                x;

  PetscFunctionBegin;
  PetscCall(KarCovSetUp(cov));
  if (cov->solenoidal || cov->info.dim == 1) { /* in double precision */
    PetscCall(KarFFTCreateCoordinates(cov->fft, &x));
    PetscCall(KarCovSample(cov, key, x));
    PetscCall(VecGetArrayRead(x, &a));
    PetscCall(KarFFTInverseFloat(cov->fft, a, cov->info.dof, field));
    PetscCall(VecRestoreArrayRead(x, &a));
    PetscCall(VecDestroy(&x));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  if (!cov->lambda_float) {
    const KarModes *m;

    PetscCall(KarFFTGetModes(cov->fft, &m));
    n = m->rows * m->length;
    PetscCall(PetscMalloc1(n, &cov->lambda_float));
    for (PetscInt i = 0; i < n; i++) cov->lambda_float[i] = (float)cov->lambda[i];
  }
  PetscCall(KarFFTNormalFieldFloat(cov->fft, key, cov->lambda_float, field));
  PetscFunctionReturn(PETSC_SUCCESS);
}
