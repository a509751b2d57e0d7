/* y = H(x) = h(L x), its derivative and what data differ from it by. L multiplies mode by mode, transforms and takes
   the field at the places. The adjoint of L in the inner product (1/|D|) int u v of fields is its transpose: n z_i at
   place i, n the points of the grid, a forward transform, the multiplier; Nyquist modes, which have no partner on a
   finer grid, are 0 in both. h is datum by datum; the derivative at x is diag(h'(L x)) L. */
#include <karhunen/impl/observe.h>

#include <math.h>

static PetscErrorCode Linear(KarObservation obs, Vec x, Vec y)
{
  const PetscScalar *in;
  PetscScalar       *out;

  PetscFunctionBegin;
  if (obs->ops.apply) {
    PetscCall(obs->ops.apply(obs, x, y));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(VecCopy(x, obs->x));
  PetscCall(KarFFTMultiply(obs->fft, obs->multiplier, obs->x));
  if (obs->down) PetscCall(KarResampleApply(obs->down, obs->x, obs->low));
  if (!obs->index) {
    PetscCall(KarObservationSum(obs, obs->x, y));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarFFTInverse(obs->at, obs->down ? obs->low : obs->x, obs->field));
  PetscCall(VecGetArrayRead(obs->field, &in));
  PetscCall(VecGetArrayWrite(y, &out));
  for (PetscInt i = 0; i < obs->local; i++) out[i] = in[obs->index[i]];
  PetscCall(VecRestoreArrayWrite(y, &out));
  PetscCall(VecRestoreArrayRead(obs->field, &in));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode LinearTranspose(KarObservation obs, Vec z, Vec x)
{
  const KarModes    *m;
  const PetscScalar *in;
  PetscScalar       *out;

  PetscFunctionBegin;
  if (obs->ops.adjoint) {
    PetscCall(obs->ops.adjoint(obs, z, x));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  if (obs->index) {
    PetscCall(KarFFTGetModes(obs->at, &m));
    PetscCall(VecZeroEntries(obs->field));
    PetscCall(VecGetArrayRead(z, &in));
    PetscCall(VecGetArray(obs->field, &out));
    for (PetscInt i = 0; i < obs->local; i++)
      out[obs->index[i]] += (PetscReal)m->n[0] * (PetscReal)m->n[1] * (PetscReal)m->n[2] * in[i];
    PetscCall(VecRestoreArray(obs->field, &out));
    PetscCall(VecRestoreArrayRead(z, &in));
    PetscCall(KarFFTForward(obs->at, obs->field, obs->up ? obs->low : x));
    if (obs->up) PetscCall(KarResampleApply(obs->up, obs->low, x));
  } else PetscCall(KarObservationSumTranspose(obs, z, x));
  PetscCall(KarFFTMultiply(obs->fft, obs->multiplier, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationMult(Mat H, Vec x, Vec y)
{
  KarObservation obs;

  PetscFunctionBegin;
  PetscCall(MatShellGetContext(H, &obs));
  PetscCall(Linear(obs, x, y));
  if (obs->slope) PetscCall(VecPointwiseMult(y, y, obs->slope));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationMultTranspose(Mat H, Vec z, Vec x)
{
  KarObservation obs;
  Vec            w;

  PetscFunctionBegin;
  PetscCall(MatShellGetContext(H, &obs));
  if (!obs->slope) {
    PetscCall(LinearTranspose(obs, z, x));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(VecDuplicate(z, &w));
  PetscCall(VecPointwiseMult(w, z, obs->slope));
  PetscCall(LinearTranspose(obs, w, x));
  PetscCall(VecDestroy(&w));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationApplyLinear(KarObservation obs, Vec x, Vec y)
{
  PetscFunctionBegin;
  PetscCall(KarObservationSetUp(obs));
  PetscCall(Linear(obs, x, y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* y <- h(y), and h' where slope is not NULL. */
static PetscErrorCode Pointwise(KarObservation obs, Vec y, Vec slope)
{
  PetscScalar *v, *d = NULL;

  PetscFunctionBegin;
  PetscCall(VecGetArray(y, &v));
  if (slope) PetscCall(VecGetArrayWrite(slope, &d));
  for (PetscInt i = 0; i < obs->local; i++) {
    PetscReal h, derivative;

    obs->ops.pointwise(v[i], &h, &derivative);
    v[i] = h;
    if (d) d[i] = derivative;
  }
  if (slope) PetscCall(VecRestoreArrayWrite(slope, &d));
  PetscCall(VecRestoreArray(y, &v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationApply(KarObservation obs, Vec x, Vec y)
{
  PetscFunctionBegin;
  PetscCall(KarObservationSetUp(obs));
  if (obs->ops.value) PetscCall(obs->ops.value(obs, x, y));
  else PetscCall(Linear(obs, x, y));
  if (obs->ops.pointwise) PetscCall(Pointwise(obs, y, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationLinearise(KarObservation obs, Vec x, Vec y, Mat *H)
{
  Vec v = y;

  PetscFunctionBegin;
  PetscCall(KarObservationSetUp(obs));
  if (!v && obs->ops.pointwise) PetscCall(VecDuplicate(obs->variance, &v));
  if (obs->ops.linearise) PetscCall(obs->ops.linearise(obs, x, v));
  else if (v) PetscCall(Linear(obs, x, v));
  if (obs->ops.pointwise) PetscCall(Pointwise(obs, v, obs->slope));
  if (v != y) PetscCall(VecDestroy(&v));
  if (H) *H = obs->H;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationResidual(KarObservation obs, Vec y, Vec h, Vec e)
{
  const PetscReal period = obs->ops.period;
  PetscScalar    *a;

  PetscFunctionBegin;
  if (e == h) PetscCall(VecAYPX(e, -1, y));
  else if (e == y) PetscCall(VecAXPY(e, -1, h));
  else PetscCall(VecWAXPY(e, -1, h, y));
  if (period <= 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecGetArray(e, &a));
  for (PetscInt i = 0; i < obs->local; i++) a[i] -= period * round(a[i] / period);
  PetscCall(VecRestoreArray(e, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationIsLinear(KarObservation obs, PetscBool *linear)
{
  PetscFunctionBegin;
  PetscCall(KarObservationSetUp(obs));
  *linear = (PetscBool)(!obs->ops.pointwise && !obs->ops.value && obs->ops.period <= 0);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationHasCorrelatedNoise(KarObservation obs, PetscBool *has)
{
  PetscFunctionBegin;
  *has = (PetscBool)(obs->correlated || obs->group);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationGetMatrix(KarObservation obs, Mat *H)
{
  PetscFunctionBegin;
  PetscCall(KarObservationSetUp(obs));
  *H = obs->H;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationGetVariance(KarObservation obs, Vec *R)
{
  PetscFunctionBegin;
  PetscCall(KarObservationSetUp(obs));
  *R = obs->variance;
  PetscFunctionReturn(PETSC_SUCCESS);
}
