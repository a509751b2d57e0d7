/* Draws of a process at one time: X_t ~ N(a m, a^2 C_data + s^2 C), and x_t = a x_0 + s w. */
#include <karhunen/impl/sde.h>

PetscErrorCode KarSDESampleMarginal(KarSDE sde, PetscReal t, KarCov data, Vec mean, KarKey key, Vec x)
{
  PetscReal         *a, *v;
  const PetscReal   *lambda, *c = NULL;
  const PetscScalar *m;
  PetscScalar       *out;
  KarFFT             fft;
  PetscInt           size;

  PetscFunctionBegin;
  PetscCall(KarSDESetUp(sde));
  PetscCall(PetscMalloc2(sde->n, &a, sde->n, &v));
  PetscCall(KarSDEGetMarginalModes(sde, t, a, v));
  PetscCall(KarCovGetEigenvalues(sde->cov, &lambda));
  PetscCall(KarCovGetFFT(sde->cov, &fft));
  if (data) PetscCall(KarCovGetEigenvalues(data, &c));
  for (PetscInt i = 0; i < sde->n; i++) v[i] = PetscSqr(v[i]) * lambda[i] + (c ? PetscSqr(a[i]) * c[i] : 0);
  PetscCall(KarFFTFillNormalScaled(fft, key, v, x));
  PetscCall(KarCovProject(sde->cov, x));
  if (mean) {
    PetscCall(VecGetLocalSize(x, &size));
    PetscCall(VecGetArrayRead(mean, &m));
    PetscCall(VecGetArray(x, &out));
    for (PetscInt i = 0; i < size; i++) out[i] += a[i / (size / sde->n)] * m[i];
    PetscCall(VecRestoreArray(x, &out));
    PetscCall(VecRestoreArrayRead(mean, &m));
  }
  PetscCall(PetscFree2(a, v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDESamplePrior(KarSDE sde, KarCov data, KarKey key, Vec x)
{
  PetscFunctionBegin;
  PetscCall(KarSDESetUp(sde));
  PetscCall(KarSDESampleMarginal(sde, sde->T, data, NULL, key, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEAddNoise(KarSDE sde, PetscReal t, KarKey key, Vec x0, Vec xt, Vec noise)
{
  const PetscInt     n = sde->n;
  PetscInt           group, size;
  PetscReal         *a, *s;
  PetscScalar       *x;
  const PetscScalar *w;
  Vec                own = NULL;

  PetscFunctionBegin;
  PetscCall(KarSDESetUp(sde));
  PetscCall(PetscMalloc2(n, &a, n, &s));
  PetscCall(KarSDEGetMarginalModes(sde, t, a, s));
  if (!noise) PetscCall(VecDuplicate(x0, &own));
  PetscCall(KarCovSample(sde->cov, key, noise ? noise : own));
  if (xt != x0) PetscCall(VecCopy(x0, xt));
  PetscCall(VecGetLocalSize(xt, &size));
  group = n ? size / n : 0;
  PetscCall(VecGetArray(xt, &x));
  PetscCall(VecGetArrayRead(noise ? noise : own, &w));
  for (PetscInt i = 0; i < n; i++)
    for (PetscInt c = i * group; c < (i + 1) * group; c++) x[c] = a[i] * x[c] + s[i] * w[c];
  PetscCall(VecRestoreArrayRead(noise ? noise : own, &w));
  PetscCall(VecRestoreArray(xt, &x));
  PetscCall(VecDestroy(&own));
  PetscCall(PetscFree2(a, s));
  PetscFunctionReturn(PETSC_SUCCESS);
}
