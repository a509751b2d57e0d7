/* The Gaussian law that stands for data near a field x, of whose error the covariance is Gamma.
   y = h(L u), datum by datum:  with v ~ N(L x, kappa), kappa = (L Gamma L*)_ii, the mean of h(v), its mean slope and
   the rest of its variance,
     y ~ N(E h, S L Gamma L* S + R + rest),  S = diag(E h'),  rest = Var h - (E h')^2 kappa,
   which is the derivative's law where kappa is small, and has the moments of h(v) where it is not.
   Other maps: N(H(x), H' Gamma H'* + R).
   Phases: with r = wrap(y - H x) and v = M_ii, the residual is r + 2 pi k with probability p_k ~ exp(-(r + 2 pi
   k)^2/2v). It enters by its mean e and its variance rho: R grows by rho v/(v - rho), which is 0 where v << pi^2 and
   without bound where v >> pi^2. log p is the sum over data of log sum_k N(r + 2 pi k; 0, v). */
#include "innovationimpl.h"

#include <math.h>

#define TURNS 6
#define NODES 24 /* at z = -6 ... 6 */

/* factor <- S L Gamma L* S + R + extra of the slopes S as they are. */
static PetscErrorCode Rebuild(KarInnovation in)
{
  KarObservation obs = in->obs;
  const PetscInt m   = obs->m;
  PetscReal     *s, *extra;

  PetscFunctionBegin;
  if (!in->factor) PetscFunctionReturn(PETSC_SUCCESS);
  if (!in->base) {
    PetscCall(KarInnovationRefill(in));
    PetscCall(KarInnovationFactorise(in));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(PetscCalloc2(m, &s, m, &extra));
  if (obs->slope) PetscCall(KarObservationGatherData(obs, obs->slope, s));
  else
    for (PetscInt i = 0; i < m; i++) s[i] = 1;
  if (in->extra) PetscCall(KarObservationGatherData(obs, in->extra, extra));
  for (PetscInt j = 0; j < m; j++)
    for (PetscInt i = j; i < m; i++)
      in->factor[j * m + i] = s[i] * s[j] * in->base[j * m + i] + (i == j ? in->noise[i] + extra[i] : 0);
  PetscCall(PetscFree2(s, extra));
  PetscCall(KarInnovationFactorise(in));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Mean and variance of r + 2 pi k, and log sum_k N(r + 2 pi k; 0, v). */
static void Turns(PetscReal period, PetscReal r, PetscReal v, PetscReal *mean, PetscReal *variance, PetscReal *logp)
{
  PetscReal sum = 0, first = 0, second = 0;

  for (int k = -TURNS; k <= TURNS; k++) {
    const PetscReal z = r + k * period, p = PetscExpReal((r * r - z * z) / (2 * v));

    sum += p;
    first += p * z;
    second += p * z * z;
  }
  *mean     = first / sum;
  *variance = second / sum - PetscSqr(*mean);
  *logp     = PetscLogReal(sum) - r * r / (2 * v) - 0.5 * PetscLogReal(2 * PETSC_PI * v);
}

/* M_ii: of the first datum, which all share on a periodic grid, without a matrix. */
static PetscErrorCode Variances(KarInnovation in, Vec v)
{
  KarObservation     obs = in->obs;
  PetscScalar       *a;
  const PetscScalar *r;
  PetscReal          one = 0;

  PetscFunctionBegin;
  if (!in->base && in->first <= 0) {
    Vec z, y;

    PetscCall(VecDuplicate(v, &z));
    PetscCall(VecDuplicate(v, &y));
    PetscCall(VecZeroEntries(z));
    PetscCall(VecGetArray(z, &a));
    for (PetscInt i = 0; i < obs->local; i++)
      if (obs->number[i] == 0) a[i] = 1;
    PetscCall(VecRestoreArray(z, &a));
    PetscCall(VecDestroy(&in->extra));
    if (obs->slope) PetscCall(VecSet(obs->slope, 1));
    PetscCall(MatMult(in->M, z, y));
    PetscCall(VecPointwiseMult(in->z, obs->variance, z));
    PetscCall(VecAXPY(y, -1, in->z));
    PetscCall(VecDot(z, y, &in->first));
    PetscCall(VecDestroy(&z));
    PetscCall(VecDestroy(&y));
  }
  one = in->first;
  PetscCall(VecGetArrayRead(obs->variance, &r));
  PetscCall(VecGetArrayWrite(v, &a));
  for (PetscInt i = 0; i < obs->local; i++) a[i] = r[i] + (in->base ? in->base[obs->number[i] * (obs->m + 1)] : one);
  PetscCall(VecRestoreArrayWrite(v, &a));
  PetscCall(VecRestoreArrayRead(obs->variance, &r));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* e holds the residual r. */
static PetscErrorCode Unwrap(KarInnovation in, Vec e, PetscReal *logp)
{
  KarObservation obs = in->obs;
  PetscScalar   *a, *x;
  PetscReal      sum = 0;
  Vec            v;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(e, &v));
  PetscCall(Variances(in, v));
  PetscCall(VecGetArray(e, &a));
  PetscCall(VecGetArray(v, &x));
  for (PetscInt i = 0; i < obs->local; i++) {
    PetscReal mean, variance, log;

    Turns(obs->ops.period, a[i], x[i], &mean, &variance, &log);
    a[i] = mean;
    x[i] = PetscMin(variance * x[i] / PetscMax(x[i] - variance, 1e-9), 1e9);
    sum += log;
  }
  PetscCall(VecRestoreArray(v, &x));
  PetscCall(VecRestoreArray(e, &a));
  PetscCall(VecDestroy(&in->extra));
  in->extra = v;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPIU_REAL, MPIU_SUM, obs->comm));
  if (logp) *logp = sum;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Means over N(v, kappa) by the trapezoidal rule. */
static void Average(KarObservation obs, PetscReal v, PetscReal kappa, PetscReal *mean, PetscReal *slope,
                    PetscReal *rest)
{
  PetscReal sum = 0, first = 0, second = 0, derivative = 0;

  for (int i = 0; i <= NODES; i++) {
    const PetscReal z = 12. * i / NODES - 6, w = PetscExpReal(-z * z / 2);
    PetscReal       h, d;

    obs->ops.pointwise(v + z * PetscSqrtReal(kappa), &h, &d);
    sum += w;
    first += w * h;
    second += w * h * h;
    derivative += w * d;
  }
  *mean  = first / sum;
  *slope = derivative / sum;
  *rest  = PetscMax(second / sum - PetscSqr(*mean) - PetscSqr(*slope) * kappa, 0);
}

/* e: L x, which becomes E h. */
static PetscErrorCode Moments(KarInnovation in, Vec e)
{
  KarObservation     obs = in->obs;
  PetscScalar       *a, *x, *s;
  const PetscScalar *r;
  Vec                v;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(e, &v));
  PetscCall(Variances(in, v));
  PetscCall(VecGetArray(e, &a));
  PetscCall(VecGetArray(v, &x));
  PetscCall(VecGetArrayWrite(obs->slope, &s));
  PetscCall(VecGetArrayRead(obs->variance, &r));
  for (PetscInt i = 0; i < obs->local; i++) Average(obs, a[i], PetscMax(x[i] - r[i], 0), &a[i], &s[i], &x[i]);
  PetscCall(VecRestoreArrayRead(obs->variance, &r));
  PetscCall(VecRestoreArrayWrite(obs->slope, &s));
  PetscCall(VecRestoreArray(v, &x));
  PetscCall(VecRestoreArray(e, &a));
  PetscCall(VecDestroy(&in->extra));
  in->extra = v;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarInnovationLinearise(KarInnovation in, Vec x, Vec y, Vec e, PetscReal *logp)
{
  KarObservation obs = in->obs;
  PetscBool      linear;

  PetscFunctionBegin;
  PetscCall(KarObservationIsLinear(obs, &linear));
  if (obs->ops.value) PetscCall(KarObservationLinearise(obs, x, e, NULL));
  else PetscCall(KarObservationApplyLinear(obs, x, e));
  if (obs->ops.pointwise) PetscCall(Moments(in, e));
  PetscCall(KarObservationResidual(obs, y, e, e));
  if (obs->ops.period > 0) PetscCall(Unwrap(in, e, logp));
  if (!linear) PetscCall(Rebuild(in));
  if (obs->ops.period > 0 || !logp) PetscFunctionReturn(PETSC_SUCCESS);
  *logp = NAN;
  if (in->factor) PetscCall(KarInnovationLogDensity(in, e, logp));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarInnovationFollow(KarInnovation in, KarInnovation of)
{
  PetscBool linear;

  PetscFunctionBegin;
  PetscCall(KarObservationIsLinear(in->obs, &linear));
  if (linear || in == of) PetscFunctionReturn(PETSC_SUCCESS);
  if (of->extra && !in->extra) PetscCall(VecDuplicate(of->extra, &in->extra));
  if (of->extra) PetscCall(VecCopy(of->extra, in->extra));
  PetscCall(Rebuild(in));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarInnovationAddNoise(KarInnovation in, KarKey key, Vec y)
{
  PetscFunctionBegin;
  PetscCall(KarObservationAddNoise(in->obs, key, in->extra, y));
  PetscFunctionReturn(PETSC_SUCCESS);
}
