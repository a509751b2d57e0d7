/* The drift of dX = F dt + g dW: F(t, x) = -alpha x + f(t, x), f = 0 where the process is linear; and its derivative's
   adjoint,
     F'(x)* v = -alpha v + f'(x)* v,   in (1/|D|) int u v dx, which is the plain product of coordinates. */
#include <karhunen/impl/sde.h>

PetscErrorCode KarSDEHasPath(KarSDE sde, PetscBool *has)
{
  PetscFunctionBegin;
  PetscCall(KarSDESetUp(sde));
  *has = sde->ops.nonlinear ? PETSC_FALSE : PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEGetLinear(KarSDE sde, KarSDE *linear)
{
  PetscFunctionBegin;
  PetscCall(KarSDESetUp(sde));
  *linear = sde->linear ? sde->linear : sde;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDENonlinear(KarSDE sde, PetscReal t, Vec x, Vec f)
{
  PetscFunctionBegin;
  PetscCall(KarSDESetUp(sde));
  if (sde->ops.nonlinear) PetscCall(sde->ops.nonlinear(sde, t, x, f));
  else PetscCall(VecSet(f, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* y <- y - alpha x, mode by mode. */
static PetscErrorCode AddDecay(KarSDE sde, PetscReal t, Vec x, Vec y)
{
  const PetscScalar *in;
  PetscScalar       *out;
  PetscReal         *alpha, g;
  PetscInt           size, group;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(sde->n, &alpha));
  PetscCall(KarSDEGetCoefficientsModes(sde, t, alpha, &g));
  PetscCall(VecGetLocalSize(x, &size));
  group = sde->n ? size / sde->n : 0;
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArray(y, &out));
  for (PetscInt i = 0; i < sde->n; i++)
    for (PetscInt c = i * group; c < (i + 1) * group; c++) out[c] -= alpha[i] * in[c];
  PetscCall(VecRestoreArray(y, &out));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscCall(PetscFree(alpha));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEDrift(KarSDE sde, PetscReal t, Vec x, Vec drift)
{
  PetscFunctionBegin;
  PetscCall(KarSDENonlinear(sde, t, x, drift));
  PetscCall(AddDecay(sde, t, x, drift));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEDriftAdjoint(KarSDE sde, PetscReal t, Vec x, Vec v, Vec w)
{
  PetscFunctionBegin;
  PetscCall(KarSDESetUp(sde));
  KarCheck(sde->comm, !sde->ops.nonlinear || sde->ops.adjoint, PETSC_ERR_SUP,
           "a process %s has no derivative of its drift", sde->type);
  if (sde->ops.nonlinear) PetscCall(sde->ops.adjoint(sde, t, x, v, w));
  else PetscCall(VecSet(w, 0));
  PetscCall(AddDecay(sde, t, v, w));
  PetscFunctionReturn(PETSC_SUCCESS);
}
