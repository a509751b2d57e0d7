/* Doob's h of a linear process that ends at X_T = y + N(0, R): with X_T | X_t = x ~ N(a x, S), S = lambda s^2,
     v = C grad log h = lambda a (y - a x)/(lambda s^2 + R),   and a (y - a x)/s^2 where R = 0. */
#include <karhunen/impl/control.h>

typedef struct {
  Vec        y; /* owned reference */
  PetscReal *R; /* [modes]; NULL: 0 */
  PetscReal *a, *s2;
} Doob;

static PetscErrorCode Apply(KarControl control, PetscReal t, Vec x, Vec v)
{
  const Doob        *doob = control->context;
  const PetscReal   *lambda;
  const PetscScalar *in, *y;
  PetscScalar       *out;
  PetscReal          T;
  PetscInt           size, group;
  KarCov             cov;

  PetscFunctionBegin;
  PetscCall(KarSDEGetFinalTime(control->linear, &T));
  KarCheck(control->comm, doob->R || t < T, PETSC_ERR_ARG_OUTOFRANGE,
           "Doob's transform has no drift at time %g, the pinned end: give an earlier time, or noise of the end",
           (double)t);
  PetscCall(KarSDEGetTransition(control->linear, t, T, doob->a, doob->s2));
  PetscCall(KarSDEGetCovariance(control->linear, &cov));
  PetscCall(KarCovGetEigenvalues(cov, &lambda));
  PetscCall(VecGetLocalSize(x, &size));
  group = control->modes ? size / control->modes : 0;
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArrayRead(doob->y, &y));
  PetscCall(VecGetArrayWrite(v, &out));
  for (PetscInt i = 0; i < control->modes; i++) {
    const PetscReal a = doob->a[i], all = doob->s2[i] + (doob->R ? doob->R[i] : 0),
                    gain = all > 0 ? lambda[i] * a / all : 0;

    for (PetscInt c = i * group; c < (i + 1) * group; c++) out[c] = gain * (y[c] - a * in[c]);
  }
  PetscCall(VecRestoreArrayWrite(v, &out));
  PetscCall(VecRestoreArrayRead(doob->y, &y));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarControl control)
{
  Doob *doob = control->context;

  PetscFunctionBegin;
  KarCheck(control->comm, doob->y, PETSC_ERR_ORDER,
           "a control \"doob\" needs the end of the process: KarControlSetEnd()");
  if (!doob->a) PetscCall(PetscMalloc2(control->modes, &doob->a, control->modes, &doob->s2));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarControl control)
{
  Doob *doob = control->context;

  PetscFunctionBegin;
  PetscCall(VecDestroy(&doob->y));
  PetscCall(PetscFree(doob->R));
  PetscCall(PetscFree2(doob->a, doob->s2));
  PetscCall(PetscFree(doob));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarControlSetEnd(KarControl control, Vec y, const PetscReal R[])
{
  Doob *doob;

  PetscFunctionBegin;
  PetscCall(KarControlGetContext(control, KARCONTROLDOOB, "KarControlSetEnd()", &doob));
  PetscCall(PetscObjectReference((PetscObject)y));
  PetscCall(VecDestroy(&doob->y));
  doob->y = y;
  PetscCall(PetscFree(doob->R));
  if (!R) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc1(control->modes, &doob->R));
  PetscCall(PetscArraycpy(doob->R, R, control->modes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarControlCreate_Doob(KarControl control)
{
  Doob *doob;

  PetscFunctionBegin;
  PetscCall(PetscNew(&doob));
  control->context = doob;
  control->ops     = (KarControlOps){.apply = Apply, .setup = SetUp, .destroy = Destroy};
  PetscFunctionReturn(PETSC_SUCCESS);
}
