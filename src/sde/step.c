/* One exponential step of a process, its linear part exact and the rest by Euler:
     x_r = A x + phi f(t, x) + sqrt(S) z,   phi = int_t^r A(r, u) du = h (1 - A)/(-log A),   h = r - t   (of a constant
     rate) */
#include <karhunen/impl/sde.h>

PetscReal kar_sde_phi(PetscReal A, PetscReal h)
{
  return A > 0 && A < 1 ? -h * (1 - A) / PetscLogReal(A) : A > 0 ? h : 0;
}

PetscErrorCode KarSDEStep(KarSDE sde, PetscReal t, PetscReal r, KarKey key, Vec x)
{
  KarFFT     fft;
  KarSDE     linear;
  PetscReal *A, *S;
  Vec        z, f = NULL;

  PetscFunctionBegin;
  PetscCall(KarSDEGetLinear(sde, &linear));
  PetscCall(KarCovGetFFT(sde->cov, &fft));
  PetscCall(PetscMalloc2(sde->n, &A, sde->n, &S));
  PetscCall(KarSDEGetTransition(linear, t, r, A, S));
  PetscCall(VecDuplicate(x, &z));
  if (sde->ops.nonlinear) {
    PetscCall(VecDuplicate(x, &f));
    PetscCall(KarSDENonlinear(sde, t, x, f));
  }
  PetscCall(KarFFTMultiply(fft, A, x));
  PetscCall(KarFFTFillNormalScaled(fft, key, S, z));
  PetscCall(KarCovProject(sde->cov, z));
  PetscCall(VecAXPY(x, 1, z));
  if (f) {
    for (PetscInt i = 0; i < sde->n; i++) A[i] = kar_sde_phi(A[i], r - t);
    PetscCall(KarFFTMultiply(fft, A, f));
    PetscCall(VecAXPY(x, 1, f));
  }
  PetscCall(VecDestroy(&z));
  PetscCall(VecDestroy(&f));
  PetscCall(PetscFree2(A, S));
  PetscFunctionReturn(PETSC_SUCCESS);
}
