/* Transitions and linear bridges, mode by mode, exact at any times (docs/mathematics.md §7):
     X_r | X_t = x                          ~ N(a_rt x, S_rt),   a_rt = a_r/a_t,  S_rt = S_r - a_rt^2 S_t
     X_r | X_t = x, X_T = v + N(0, R)       ~ N(a_rt x + K (v - a_Tt x), (1 - K a_Tr) S_rt),   K = S_rt a_Tr/(a_Tr^2
     S_rt + S_Tr + R) */
#include <karhunen/impl/sde.h>

PetscErrorCode KarSDEGetTransition(KarSDE sde, PetscReal t, PetscReal r, PetscReal a[], PetscReal S[])
{
  const PetscReal *lambda;
  KarPath         *path[2], one[2];
  KarGridInfo      info;
  KarGrid          grid;
  KarFFT           fft;

  PetscFunctionBegin;
  PetscCall(KarSDESetUp(sde));
  PetscCall(KarCovGetFFT(sde->cov, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  KarCheck(info.comm, 0 <= t && t <= r && r <= sde->T, PETSC_ERR_ARG_OUTOFRANGE,
           "a transition from time %g to %g: give times in order, in [0, %g]", (double)t, (double)r, (double)sde->T);
  PetscCall(KarCovGetEigenvalues(sde->cov, &lambda));
  PetscCall(PetscMalloc2(sde->n, &path[0], sde->n, &path[1]));
  PetscCall(KarSDEGetPathModes(sde, t, path[0]));
  PetscCall(KarSDEGetPathModes(sde, r, path[1]));
  for (PetscInt i = 0; i < sde->n; i++) {
    a[i] = path[1][i].a / path[0][i].a;
    if (sde->omega &&
        path[1][i].a < 1e-140) { /* too small for a number: that of rate 1 to the power of the mode's own */
      sde->ops.path(sde, t, 1, &one[0]);
      sde->ops.path(sde, r, 1, &one[1]);
      a[i] = PetscPowReal(one[1].a / one[0].a, sde->omega[i]);
    }
    S[i] = PetscMax(0, PetscSqr(path[1][i].s) - PetscSqr(a[i] * path[0][i].s)) * lambda[i];
  }
  PetscCall(PetscFree2(path[0], path[1]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEGetBridge(KarSDE sde, PetscReal t, PetscReal r, PetscReal T, const PetscReal R[], PetscReal x[],
                               PetscReal v[], PetscReal variance[])
{
  PetscReal *aT, *ST;

  PetscFunctionBegin;
  PetscCall(KarSDESetUp(sde));
  PetscCall(PetscMalloc2(sde->n, &aT, sde->n, &ST));
  PetscCall(KarSDEGetTransition(sde, t, r, x, variance));
  PetscCall(KarSDEGetTransition(sde, r, T, aT, ST));
  for (PetscInt i = 0; i < sde->n; i++) {
    const PetscReal all = PetscSqr(aT[i]) * variance[i] + ST[i] + (R ? R[i] : 0),
                    K   = all > 0 ? variance[i] * aT[i] / all : 0;

    v[i] = K;
    x[i] -= K * aT[i] * x[i]; /* a_Tt = a_Tr a_rt */
    variance[i] *= PetscMax(0, 1 - K * aT[i]);
  }
  PetscCall(PetscFree2(aT, ST));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDESampleBridge(KarSDE sde, PetscReal t, PetscReal r, PetscReal T, const PetscReal R[], KarKey key,
                                  Vec x, Vec v)
{
  PetscReal         *wx, *wv, *variance;
  PetscScalar       *to;
  const PetscScalar *end, *z;
  KarFFT             fft;
  Vec                noise;
  PetscInt           size, group;

  PetscFunctionBegin;
  PetscCall(KarSDESetUp(sde));
  PetscCall(PetscMalloc3(sde->n, &wx, sde->n, &wv, sde->n, &variance));
  PetscCall(KarSDEGetBridge(sde, t, r, T, R, wx, wv, variance));
  PetscCall(KarCovGetFFT(sde->cov, &fft));
  PetscCall(VecDuplicate(x, &noise));
  PetscCall(KarFFTFillNormalScaled(fft, key, variance, noise));
  PetscCall(KarCovProject(sde->cov, noise));
  PetscCall(VecGetLocalSize(x, &size));
  group = sde->n ? size / sde->n : 0;
  PetscCall(VecGetArray(x, &to));
  PetscCall(VecGetArrayRead(v, &end));
  PetscCall(VecGetArrayRead(noise, &z));
  for (PetscInt i = 0; i < sde->n; i++)
    for (PetscInt c = i * group; c < (i + 1) * group; c++) to[c] = wx[i] * to[c] + wv[i] * end[c] + z[c];
  PetscCall(VecRestoreArrayRead(noise, &z));
  PetscCall(VecRestoreArrayRead(v, &end));
  PetscCall(VecRestoreArray(x, &to));
  PetscCall(VecDestroy(&noise));
  PetscCall(PetscFree3(wx, wv, variance));
  PetscFunctionReturn(PETSC_SUCCESS);
}
