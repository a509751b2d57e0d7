/* A bridge's step under a control v, in place of an end that guides it: with d = phi g^2 v,
     X_r = A x + phi f + d + z,  z ~ N(0, S),   log weight  -(d z/S + d^2/(2 S)) summed over coordinates,
   and at the end -Phi(X_T): exactly what tilts the chain to the best control's law, whatever the control. */
#include "bridgeimpl.h"

PetscErrorCode KarBridgeSetControl(KarBridge b, KarControl control)
{
  PetscFunctionBegin;
  KarCheck(b->comm, !b->cost, PETSC_ERR_ORDER, "KarBridgeSetControl(): set the control before the cost");
  PetscCall(KarControlReference(control));
  PetscCall(KarControlDestroy(&b->control));
  b->control = control;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarBridgePush(KarBridge b, PetscReal t, Vec x, Vec v)
{
  PetscScalar *a;
  PetscReal    g, *none;

  PetscFunctionBegin;
  PetscCall(KarControlApply(b->control, t, x, v));
  PetscCall(PetscMalloc1(b->modes, &none));
  PetscCall(KarSDEGetCoefficientsModes(b->linear, t, none, &g));
  PetscCall(PetscFree(none));
  PetscCall(VecGetArray(v, &a));
  for (PetscInt k = 0; k < b->modes; k++)
    for (PetscInt c = k * b->group; c < (k + 1) * b->group; c++) a[c] *= b->phi[k] * g * g;
  PetscCall(VecRestoreArray(v, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarBridgeMoveControlled(KarBridge b, KarKey key, PetscInt i, Vec push, Vec x, PetscReal *logw)
{
  const PetscScalar *d, *z;
  PetscReal          sum = 0, cost = 0;

  PetscFunctionBegin;
  key.stream = KAR_STREAM_PATH;
  PetscCall(KarFFTFillNormalScaled(b->fft, key, b->S, b->z));
  PetscCall(KarCovProject(b->cov, b->z));
  PetscCall(VecGetArrayRead(push, &d));
  PetscCall(VecGetArrayRead(b->z, &z));
  for (PetscInt k = 0; k < b->modes; k++)
    for (PetscInt c = k * b->group; b->S[k] > 0 && c < (k + 1) * b->group; c++)
      sum += d[c] * (z[c] + d[c] / 2) / b->S[k];
  PetscCall(VecRestoreArrayRead(b->z, &z));
  PetscCall(VecRestoreArrayRead(push, &d));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPIU_REAL, MPIU_SUM, b->comm));
  PetscCall(VecAXPY(x, 1, push));
  PetscCall(VecAXPY(x, 1, b->z));
  if (i + 1 == b->steps) PetscCall(KarCostApply(b->cost, x, &cost));
  *logw = -sum - cost;
  PetscFunctionReturn(PETSC_SUCCESS);
}
