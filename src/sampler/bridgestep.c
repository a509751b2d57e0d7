/* Bridges by one rule. A step from t to r of a process dX = (-alpha X + f) dt + g dW, its linear part exact, is N(m,
   S), m = A x + phi f; the end is seen from r by the linear part alone, X_T | X_r ~ N(a X_r, S'). With an end v +
   N(0, R), mode by mode,
     X_r = m + K (v - a m) + sqrt((1 - K a) S) z,   K = S a/(a^2 S + S' + R);
   with data y = H X_T + e, by Matheron's rule, xi ~ N(m, S), xi' ~ N(0, S'):
     X_r = xi + S a H* M^-1 (y - H (a xi + xi') - e),   M = H (a^2 S + S') H* + R.
   Its weight is N(y; H a m, M)/N(y; H a A x, M), a number in data space, and 1 where f = 0; the mean of the product of
   weights is h/h~ of the chain.
   A cost Phi of the end that is not quadratic: X_r ~ N(m, S), weighed by what it foresees of the cost and annealed,
     w_i = exp(-(t_i/T) Phi(a X_i) + (t_(i-1)/T) Phi(a X_(i-1))),   which is exp(-Phi(X_T)) in all. */
#include "bridgeimpl.h"
#include <karhunen/particles.h>

#include <math.h>

/* The numbers of step i. */
static PetscErrorCode SetStep(KarBridge b, PetscInt i)
{
  const PetscReal t = b->T * (PetscReal)i / (PetscReal)b->steps,
                  r = i + 1 == b->steps ? b->T : b->T * (PetscReal)(i + 1) / (PetscReal)b->steps;
  PetscInt m;

  PetscFunctionBegin;
  PetscCall(KarSDEGetTransition(b->linear, t, r, b->A, b->S));
  PetscCall(KarSDEGetTransition(b->linear, r, b->T, b->a, b->St));
  for (PetscInt k = 0; k < b->modes; k++) {
    const PetscReal all = PetscSqr(b->a[k]) * b->S[k] + b->St[k], see = all + (b->R ? b->R[k] : 0);

    b->phi[k] = kar_sde_phi(b->A[k], r - t);
    if (b->lone) continue;
    b->gain[k] = b->obs ? b->S[k] * b->a[k] : see > 0 ? b->S[k] * b->a[k] / see : 0;
    b->left[k] = b->obs ? all : PetscMax(0, 1 - b->gain[k] * b->a[k]) * b->S[k];
  }
  if (!b->obs || b->innovation[i]) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarObservationGetSize(b->obs, &m));
  if (i && (PetscReal)m * (PetscReal)m * (PetscReal)b->steps > 3e7)
    PetscCall(KarInnovationDestroy(&b->innovation[i - 1])); /* else kept for the next run */
  PetscCall(KarInnovationCreate(b->obs, b->left, b->cov, &b->innovation[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* w <- a x. */
static PetscErrorCode Foresee(KarBridge b, Vec x)
{
  PetscFunctionBegin;
  PetscCall(VecCopy(x, b->w));
  PetscCall(KarFFTMultiply(b->fft, b->a, b->w));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* log of the weight of the mean m, against `plain` = A x: data. */
static PetscErrorCode WeighData(KarBridge b, KarInnovation innovation, Vec plain, Vec m, PetscReal *logw)
{
  PetscFunctionBegin;
  PetscCall(Foresee(b, m));
  PetscCall(KarObservationApply(b->obs, b->w, b->e));
  PetscCall(Foresee(b, plain));
  PetscCall(KarObservationApply(b->obs, b->w, b->d));
  PetscCall(VecAXPBY(b->e, -1, 1, b->d)); /* H a (m - A x) */
  PetscCall(VecAXPBY(b->d, 2, -2, b->y)); /* 2 (y - H a A x) */
  PetscCall(VecAXPY(b->d, -1, b->e));
  PetscCall(KarInnovationSolve(innovation, b->d, b->d));
  PetscCall(VecDot(b->e, b->d, logw));
  *logw /= 2;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The same of a whole end: sum of ((v - a A x)^2 - (v - a m)^2)/2 over their variance. */
static PetscErrorCode WeighEnd(KarBridge b, Vec plain, Vec m, PetscReal *logw)
{
  const PetscScalar *p, *q, *v;

  PetscFunctionBegin;
  *logw = 0;
  PetscCall(VecGetArrayRead(plain, &p));
  PetscCall(VecGetArrayRead(m, &q));
  PetscCall(VecGetArrayRead(b->v, &v));
  for (PetscInt k = 0; k < b->modes; k++) {
    const PetscReal all = PetscSqr(b->a[k]) * b->S[k] + b->St[k] + (b->R ? b->R[k] : 0);

    for (PetscInt c = k * b->group; all > 0 && c < (k + 1) * b->group; c++) {
      const PetscReal df = b->a[k] * (q[c] - p[c]);

      *logw += df * (2 * (v[c] - b->a[k] * p[c]) - df) / (2 * all);
    }
  }
  PetscCall(VecRestoreArrayRead(b->v, &v));
  PetscCall(VecRestoreArrayRead(m, &q));
  PetscCall(VecRestoreArrayRead(plain, &p));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, logw, 1, MPIU_REAL, MPIU_SUM, b->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* x, the mean m, becomes a draw given the data. */
static PetscErrorCode MoveToData(KarBridge b, KarInnovation innovation, KarKey key, Vec x)
{
  Mat H;

  PetscFunctionBegin;
  key.stream = KAR_STREAM_PATH;
  PetscCall(KarFFTFillNormalScaled(b->fft, key, b->S, b->z));
  PetscCall(KarCovProject(b->cov, b->z));
  PetscCall(VecAXPY(x, 1, b->z));
  PetscCall(Foresee(b, x));
  key.stream = KAR_STREAM_PRIOR;
  PetscCall(KarFFTFillNormalScaled(b->fft, key, b->St, b->z));
  PetscCall(KarCovProject(b->cov, b->z));
  PetscCall(VecAXPY(b->w, 1, b->z));
  PetscCall(KarObservationSample(b->obs, key, b->w, b->e));
  PetscCall(VecAYPX(b->e, -1, b->y));
  PetscCall(KarInnovationSolve(innovation, b->e, b->e));
  PetscCall(KarObservationGetMatrix(b->obs, &H));
  PetscCall(MatMultTranspose(H, b->e, b->z));
  PetscCall(KarFFTMultiply(b->fft, b->gain, b->z));
  PetscCall(KarCovProject(b->cov, b->z));
  PetscCall(VecAXPY(x, 1, b->z));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The same towards a whole end. */
static PetscErrorCode MoveToEnd(KarBridge b, KarKey key, Vec x)
{
  const PetscScalar *z, *v;
  PetscScalar       *out;

  PetscFunctionBegin;
  key.stream = KAR_STREAM_PATH;
  PetscCall(KarFFTFillNormalScaled(b->fft, key, b->left, b->z));
  PetscCall(KarCovProject(b->cov, b->z));
  PetscCall(VecGetArrayRead(b->z, &z));
  PetscCall(VecGetArrayRead(b->v, &v));
  PetscCall(VecGetArray(x, &out));
  for (PetscInt k = 0; k < b->modes; k++)
    for (PetscInt c = k * b->group; c < (k + 1) * b->group; c++)
      out[c] += b->gain[k] * (v[c] - b->a[k] * out[c]) + z[c];
  PetscCall(VecRestoreArray(x, &out));
  PetscCall(VecRestoreArrayRead(b->v, &v));
  PetscCall(VecRestoreArrayRead(b->z, &z));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* x, the mean m, becomes a draw, weighed by the cost that it foresees; *ahead: the last such. */
static PetscErrorCode MoveAlone(KarBridge b, KarKey key, PetscInt i, Vec x, PetscReal *ahead, PetscReal *logw)
{
  PetscReal cost;

  PetscFunctionBegin;
  key.stream = KAR_STREAM_PATH;
  PetscCall(KarFFTFillNormalScaled(b->fft, key, b->S, b->z));
  PetscCall(KarCovProject(b->cov, b->z));
  PetscCall(VecAXPY(x, 1, b->z));
  PetscCall(Foresee(b, x));
  PetscCall(KarCostApply(b->cost, b->w, &cost));
  cost *= (PetscReal)(i + 1) / (PetscReal)b->steps;
  *logw  = *ahead - cost;
  *ahead = cost;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* x at step i to the next. */
static PetscErrorCode Step(KarBridge b, KarKey key, PetscInt i, Vec x, PetscReal *ahead, PetscReal *logw)
{
  Vec plain = NULL;

  PetscFunctionBegin;
  *logw = 0;
  if (b->control) PetscCall(KarBridgePush(b, b->T * (PetscReal)i / (PetscReal)b->steps, x, b->w));
  if (!b->plain) {
    PetscCall(KarSDENonlinear(b->sde, b->T * (PetscReal)i / (PetscReal)b->steps, x, b->f));
    PetscCall(KarFFTMultiply(b->fft, b->phi, b->f));
  }
  PetscCall(KarFFTMultiply(b->fft, b->A, x));
  if (b->lone) {
    if (!b->plain) PetscCall(VecAXPY(x, 1, b->f));
    if (b->control) PetscCall(KarBridgeMoveControlled(b, key, i, b->w, x, logw));
    else PetscCall(MoveAlone(b, key, i, x, ahead, logw));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  if (!b->plain) {
    PetscCall(VecDuplicate(x, &plain));
    PetscCall(VecCopy(x, plain));
    PetscCall(VecAXPY(x, 1, b->f));
    if (b->obs) PetscCall(WeighData(b, b->innovation[i], plain, x, logw));
    else PetscCall(WeighEnd(b, plain, x, logw));
    PetscCall(VecDestroy(&plain));
  }
  if (b->obs) PetscCall(MoveToData(b, b->innovation[i], key, x));
  else PetscCall(MoveToEnd(b, key, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whole paths up to step i change places. */
static PetscErrorCode Resample(KarBridge b, KarKey key, PetscInt i, PetscReal mean, Vec path[])
{
  const PetscInt n = b->particles;

  PetscFunctionBegin;
  kar_particles_resample(key, n, mean, b->weight, b->from);
  for (PetscInt p = 0; p < n; p++) b->ahead[p] = b->ahead[b->from[p]];
  for (PetscInt p = 0; p < n; p++)
    for (PetscInt k = 0; k <= i && b->from[p] != p; k++) PetscCall(VecCopy(path[k * n + b->from[p]], path[k * n + p]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* log N(y; H a A x, M), the linear part's density of the data. */
static PetscErrorCode LinearDensity(KarBridge b, Vec x, PetscReal *density)
{
  PetscBool has = PETSC_FALSE;

  PetscFunctionBegin;
  *density = NAN;
  if (!b->obs) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarInnovationHasDensity(b->innovation[0], &has));
  if (!has) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(Foresee(b, x));
  PetscCall(KarFFTMultiply(b->fft, b->A, b->w));
  PetscCall(KarObservationApply(b->obs, b->w, b->e));
  PetscCall(VecAYPX(b->e, -1, b->y));
  PetscCall(KarInnovationLogDensity(b->innovation[0], b->e, density));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* log of h~(0, x) = E exp(-Phi) of the linear part, where Phi is quadratic: a product over coordinates of
   (1 + S/R)^-1/2 exp(-(v - a x)^2/(2 (S + R))), and of data their density times (2 pi R)^1/2. */
static PetscErrorCode LinearValue(KarBridge b, Vec x, PetscReal density, PetscReal *value)
{
  const PetscScalar *in, *v;
  const KarModes    *m;
  PetscReal          sum = 0;
  KarMode            mode;
  PetscInt           n;
  Vec                noise = b->v;

  PetscFunctionBegin;
  if (b->obs) PetscCall(KarObservationGetVariance(b->obs, &noise));
  PetscCall(VecGetArrayRead(noise, &v));
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetLocalSize(noise, &n));
  PetscCall(KarFFTGetModes(b->fft, &m));
  for (PetscInt i = 0; b->obs && i < n; i++) sum += PetscLogReal(2 * PETSC_PI * v[i]) / 2;
  for (PetscInt k = 0; !b->obs && k < b->modes; k++) {
    const PetscReal S = PetscSqr(b->a[k]) * b->S[k] + b->St[k], a = b->a[k] * b->A[k];

    kar_mode(m, k / m->length, k % m->length, &mode);
    sum -= (PetscReal)m->dof * mode.weight * log1p(S / b->R[k]) / 2;
    for (PetscInt c = k * b->group; c < (k + 1) * b->group; c++)
      sum -= PetscSqr(v[c] - a * in[c]) / (2 * (S + b->R[k]));
  }
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscCall(VecRestoreArrayRead(noise, &v));
  PetscCallMPI(MPI_Allreduce(&sum, value, 1, MPIU_REAL, MPIU_SUM, b->comm));
  if (b->obs) *value += density;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The least cost, and its share that is paid at the end. */
static PetscErrorCode Value(KarBridge b, Vec end[], PetscReal linear, KarBridgeInfo *info)
{
  PetscReal one;

  PetscFunctionBegin;
  info->value = info->cost = NAN;
  if (!b->cost) PetscFunctionReturn(PETSC_SUCCESS);
  info->value = -linear - info->ratio;
  info->cost  = 0;
  for (PetscInt p = 0; p < b->particles; p++) {
    PetscCall(KarCostApply(b->cost, end[p], &one));
    info->cost += one / (PetscReal)b->particles;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarBridgeSolve(KarBridge b, KarKey key, Vec path[], KarBridgeInfo *info, PetscBool *whole)
{
  const PetscInt n    = b->particles;
  KarBridgeInfo  own  = {.ess = (PetscReal)n, .least = (PetscReal)n};
  PetscBool      stop = PETSC_FALSE;
  PetscReal      mean, logw, linear = 0;

  PetscFunctionBegin;
  PetscCall(KarBridgeSetUp(b));
  for (PetscInt p = 0; p < n; p++) b->weight[p] = b->ahead[p] = 0;
  for (PetscInt i = 0; i < b->steps && !stop; i++) {
    key.step = i;
    PetscCall(SetStep(b, i));
    if (!i) PetscCall(LinearDensity(b, path[0], &own.density));
    if (!i && b->cost && !b->lone) PetscCall(LinearValue(b, path[0], own.density, &linear));
    for (PetscInt p = 0; p < n; p++) {
      KarKey one = key;

      one.sample = key.sample * n + p;
      PetscCall(VecCopy(path[i * n + p], path[(i + 1) * n + p]));
      PetscCall(Step(b, one, i, path[(i + 1) * n + p], &b->ahead[p], &logw));
      b->weight[p] += logw;
    }
    if (!b->plain || b->lone) {
      kar_particles_effective(n, b->weight, &mean, &own.ess);
      KarCheck(
        b->comm, isfinite(mean), PETSC_ERR_FP,
        "a path of the process leaves the finite numbers before time %g: give more -bridge_steps than %" PetscInt_FMT,
        (double)(b->T * (PetscReal)(i + 1) / (PetscReal)b->steps), b->steps);
      own.least = PetscMin(own.least, own.ess);
      if (i + 1 == b->steps || own.ess < b->threshold * (PetscReal)n) {
        own.ratio += mean;
        if (i + 1 < b->steps) own.resamplings++;
        PetscCall(Resample(b, key, i + 1, mean, path));
      }
    }
    PetscCall(KarStopRequested(b->comm, &stop));
  }
  PetscCall(Value(b, path + b->steps * n, linear, &own));
  own.density += own.ratio;
  if (info) *info = own;
  if (whole) *whole = (PetscBool)!stop;
  PetscFunctionReturn(PETSC_SUCCESS);
}
