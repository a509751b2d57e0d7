/* Paths of a control that is learnt, and what its objectives make of them (formulas: control.c). */
#include "controlimpl.h"

#define FORGOTTEN 1e-2 /* a of modes that relax before the end: nothing is learnt of them, as S/a has no bound */

static PetscErrorCode Watch(TS ts, PetscInt step, PetscReal t, Vec x, void *ctx)
{
  KarLearntControl *c = ctx;

  PetscFunctionBegin;
  (void)ts, (void)t;
  if (step <= c->steps) PetscCall(VecCopy(x, c->x[c->now][step]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode DrawNoise(void *ctx, KarKey key, Vec w)
{
  KarLearntControl *c = ctx;
  KarCov            cov;

  PetscFunctionBegin;
  PetscCall(KarSDEGetCovariance(c->sde, &cov));
  PetscCall(KarCovSample(cov, key, w));
  PetscCall(VecCopy(w, c->w[c->now][key.step]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarLearntControlBase(KarLearntControl *c)
{
  KarObservation obs;
  PetscReal      R;
  Vec            b, y;

  PetscFunctionBegin;
  PetscCall(KarCostGetQuadratic(c->cost, &b, &R, &obs, &y));
  if (!obs) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarControlCreate(c->sde, &c->base));
  PetscCall(KarControlSetType(c->base, KARCONTROLOBSERVATION));
  PetscCall(KarControlSetObservation(c->base, obs, y));
  PetscCall(KarControlSetBase(c->control, c->base));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarLearntControlSetUp(KarTrainer tr, KarLearntControl *c)
{
  const KarModes *m;
  KarSDE          matching;

  PetscFunctionBegin;
  PetscCall(KarDenoiserGetSDE(tr->denoiser, &matching));
  PetscCall(KarSDEGetMatching(matching, &c->sde, NULL));
  PetscCall(KarSDEGetLinear(c->sde, &c->linear));
  PetscCall(KarSDEGetFinalTime(c->sde, &c->T));
  PetscCall(KarControlCreate(c->sde, &c->control));
  PetscCall(KarControlSetType(c->control, KARCONTROLLEARNT));
  PetscCall(KarControlSetDenoiser(c->control, tr->denoiser, c->b, c->G));
  PetscCall(KarLearntControlBase(c));
  PetscCall(KarSamplerCreateProcess(c->sde, c->control, KAR_FORWARD, &c->ts));
  PetscCall(KarSamplerSetType(c->ts, KARTSEXPONENTIAL));
  PetscCall(KarSamplerSetEvaluations(c->ts, c->steps));
  PetscCall(KarSamplerSetDraw(c->ts, DrawNoise, c));
  PetscCall(TSMonitorSet(c->ts, Watch, c, NULL));
  PetscCall(KarFFTGetModes(tr->fft, &m));
  c->modes = m->rows * m->length;
  c->group = m->dof * m->width;
  c->id    = -1;
  PetscCall(KarFFTCreateCoordinates(tr->fft, &c->f));
  PetscCall(VecDuplicate(c->f, &c->g));
  for (int j = 0; j < (c->variance ? 2 : 1); j++) {
    PetscCall(VecDuplicateVecs(c->f, c->steps + 1, &c->x[j]));
    PetscCall(VecDuplicateVecs(c->f, c->steps, &c->w[j]));
  }
  PetscCall(VecDuplicateVecs(c->f, c->steps, &c->target));
  PetscCall(PetscMalloc5(c->modes, &c->a, c->modes, &c->S, c->modes, &c->A, c->modes, &c->s, tr->room, &c->value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarLearntControlReset(KarLearntControl *c)
{
  PetscFunctionBegin;
  for (int j = 0; j < 2; j++) {
    if (c->x[j]) PetscCall(VecDestroyVecs(c->steps + 1, &c->x[j]));
    if (c->w[j]) PetscCall(VecDestroyVecs(c->steps, &c->w[j]));
  }
  if (c->target) PetscCall(VecDestroyVecs(c->steps, &c->target));
  PetscCall(VecDestroy(&c->f));
  PetscCall(VecDestroy(&c->g));
  PetscCall(PetscFree5(c->a, c->S, c->A, c->s, c->value));
  PetscCall(TSDestroy(&c->ts));
  PetscCall(KarControlDestroy(&c->control));
  PetscCall(KarControlDestroy(&c->base));
  PetscCall(KarObservationDestroy(&c->obs));
  PetscCall(VecDestroy(&c->y));
  PetscCall(KarCostDestroy(&c->cost));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* y <- sum_j of p_j x_j mode by mode, j < 2. */
static PetscErrorCode Combine(const KarLearntControl *c, const PetscReal p[], Vec x, const PetscReal q[], Vec z, Vec y)
{
  const PetscScalar *in, *other;
  PetscScalar       *out;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArrayRead(z, &other));
  PetscCall(VecGetArray(y, &out));
  for (PetscInt i = 0; i < c->modes; i++)
    for (PetscInt r = i * c->group; r < (i + 1) * c->group; r++) out[r] = p[i] * in[r] + q[i] * other[r];
  PetscCall(VecRestoreArray(y, &out));
  PetscCall(VecRestoreArrayRead(z, &other));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscReal Time(const KarLearntControl *c, PetscInt i)
{
  return i == c->steps ? c->T : c->T * (PetscReal)i / (PetscReal)c->steps;
}

/* Adjoint: target[i] = a x_i - S l_i/a. */
static PetscErrorCode SweepBack(KarLearntControl *c)
{
  PetscReal *phi, *gain, g;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(c->modes, &phi, c->modes, &gain));
  PetscCall(KarCostGradient(c->cost, c->x[0][c->steps], c->g));
  for (PetscInt i = c->steps - 1; i >= 0; i--) {
    const PetscReal t = Time(c, i), r = Time(c, i + 1);

    PetscCall(KarSDEGetTransition(c->linear, t, r, c->A, c->s));
    PetscCall(KarSDEGetTransition(c->linear, t, c->T, c->a, c->S));
    PetscCall(KarSDEGetCoefficientsModes(c->linear, t, gain, &g)); /* the adjoint of F has -alpha besides f'* */
    for (PetscInt k = 0; k < c->modes; k++) phi[k] = kar_sde_phi(c->A[k], r - t);
    if (c->sde != c->linear) {
      PetscCall(VecCopy(c->g, c->target[i]));
      for (PetscInt k = 0; k < c->modes; k++) c->s[k] = 0;
      PetscCall(Combine(c, phi, c->g, c->s, c->g, c->target[i]));
      PetscCall(KarSDEDriftAdjoint(c->sde, t, c->x[0][i], c->target[i], c->f));
      for (PetscInt k = 0; k < c->modes; k++) c->s[k] = 1;
      PetscCall(Combine(c, gain, c->target[i], c->s, c->f, c->f)); /* f'* phi l */
      PetscCall(Combine(c, c->A, c->g, c->s, c->f, c->g));
    } else {
      for (PetscInt k = 0; k < c->modes; k++) c->s[k] = 0;
      PetscCall(Combine(c, c->A, c->g, c->s, c->g, c->g));
    }
    for (PetscInt k = 0; k < c->modes; k++) gain[k] = c->a[k] > FORGOTTEN ? -c->S[k] / c->a[k] : 0;
    PetscCall(Combine(c, c->a, c->x[0][i], gain, c->g, c->target[i]));
  }
  PetscCall(PetscFree2(phi, gain));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* L of path j. */
static PetscErrorCode AddUp(KarLearntControl *c, int j)
{
  const PetscReal   *lambda;
  const PetscScalar *x, *y, *w, *f;
  PetscReal          sum = 0, cost;
  KarCov             cov;

  PetscFunctionBegin;
  PetscCall(KarSDEGetCovariance(c->sde, &cov));
  PetscCall(KarCovGetEigenvalues(cov, &lambda));
  for (PetscInt i = 0; i < c->steps; i++) {
    const PetscReal t = Time(c, i), r = Time(c, i + 1);

    PetscCall(KarSDEGetTransition(c->linear, t, r, c->A, c->s));
    PetscCall(KarSDENonlinear(c->sde, t, c->x[j][i], c->f));
    PetscCall(VecGetArrayRead(c->x[j][i], &x));
    PetscCall(VecGetArrayRead(c->x[j][i + 1], &y));
    PetscCall(VecGetArrayRead(c->w[j][i], &w));
    PetscCall(VecGetArrayRead(c->f, &f));
    for (PetscInt k = 0; k < c->modes; k++) {
      const PetscReal phi = kar_sde_phi(c->A[k], r - t), root = lambda[k] > 0 ? PetscSqrtReal(c->s[k] / lambda[k]) : 0;

      for (PetscInt q = k * c->group; c->s[k] > 0 && q < (k + 1) * c->group; q++) {
        const PetscReal z = root * w[q], d = y[q] - c->A[k] * x[q] - phi * f[q] - z;

        sum += (d * z + d * d / 2) / c->s[k];
      }
    }
    PetscCall(VecRestoreArrayRead(c->f, &f));
    PetscCall(VecRestoreArrayRead(c->w[j][i], &w));
    PetscCall(VecRestoreArrayRead(c->x[j][i + 1], &y));
    PetscCall(VecRestoreArrayRead(c->x[j][i], &x));
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPIU_REAL, MPIU_SUM, PetscObjectComm((PetscObject)c->f)));
  PetscCall(KarCostApply(c->cost, c->x[j][c->steps], &cost));
  c->L[j] = cost + sum;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The path, or two, of number `id`. */
static PetscErrorCode Run(KarTrainer tr, KarLearntControl *c, PetscInt id, PetscBool validation)
{
  KarKey    key = {.seed = tr->options.seed, .sample = id, .stream = validation ? KAR_STREAM_TEST : KAR_STREAM_TRAIN};
  PetscReal u[2];
  PetscInt  from;

  PetscFunctionBegin;
  kar_uniform_pair(key, 0, 0, 0, u);
  from = kar_trainer_pick(tr, &tr->source, id, validation, u[0]);
  for (int j = 0; j < (c->variance ? 2 : 1); j++) {
    c->now = j;
    PetscCall(KarTrainerTurnField(tr, &tr->source, from, NULL, c->f, c->g));
    key.sample    = 2 * (PetscInt64)id + j;
    key.component = validation ? 1 : 0; /* the sampler names its own stream */
    PetscCall(KarSamplerSolveFrom(c->ts, key, c->g, NULL));
    PetscCall(VecCopy(c->g, c->x[j][c->steps]));
    if (c->variance) PetscCall(AddUp(c, j));
  }
  if (!c->variance) PetscCall(SweepBack(c));
  c->id = id, c->step = tr->step, c->kind = validation;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Log variance: x0 such that the gradient of |D - x0|^2 is that of (L_0 - L_1)^2/2 by D at step i of path j, times the
   number of such. */
static PetscErrorCode Inject(KarTrainer tr, KarLearntControl *c, int j, PetscInt i, PetscReal time, Vec xt, Vec x0)
{
  const PetscReal    t = Time(c, i), r = Time(c, i + 1), many = 2 * (PetscReal)c->steps;
  const PetscReal   *lambda;
  PetscReal          g, *none;
  PetscScalar       *out;
  const PetscScalar *w;
  KarCov             cov;

  PetscFunctionBegin;
  PetscCall(KarSDEGetCovariance(c->sde, &cov));
  PetscCall(KarCovGetEigenvalues(cov, &lambda));
  PetscCall(PetscMalloc1(c->modes, &none));
  PetscCall(KarSDEGetCoefficientsModes(c->linear, t, none, &g));
  PetscCall(KarSDEGetTransition(c->linear, t, r, c->A, c->s));
  PetscCall(KarSDEGetTransition(c->linear, t, c->T, c->a, c->S));
  PetscCall(KarDenoiserApply(tr->denoiser, time, xt, x0));
  PetscCall(VecGetArray(x0, &out));
  PetscCall(VecGetArrayRead(c->w[j][i], &w));
  for (PetscInt k = 0; k < c->modes; k++) {
    const PetscReal ok = c->S[k] > 0 && c->s[k] > 0 ? 1 : 0, by = ok > 0
                                                                    ? kar_sde_phi(c->A[k], r - t) * g * g * c->a[k] /
                                                                        c->S[k] * PetscSqrtReal(lambda[k] / c->s[k])
                                                                    : 0;

    for (PetscInt q = k * c->group; q < (k + 1) * c->group; q++)
      out[q] -= many * (j ? -1 : 1) * (c->L[0] - c->L[1]) * by * w[q] / 2;
  }
  PetscCall(VecRestoreArrayRead(c->w[j][i], &w));
  PetscCall(VecRestoreArray(x0, &out));
  PetscCall(PetscFree(none));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Adjoint: x0 of modes that the end forgets is what a network that has learnt nothing answers at time t,
   a x + S G (b - a x)/(1 + G S) less the mean `end` of the end. */
static PetscErrorCode Forget(KarLearntControl *c, PetscReal t, Vec x, Vec end, Vec x0)
{
  const PetscScalar *in, *m, *b = NULL;
  PetscScalar       *out;

  PetscFunctionBegin;
  PetscCall(KarSDEGetTransition(c->linear, t, c->T, c->a, c->S));
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArrayRead(end, &m));
  if (c->b) PetscCall(VecGetArrayRead(c->b, &b));
  PetscCall(VecGetArray(x0, &out));
  for (PetscInt k = 0; k < c->modes; k++)
    for (PetscInt q = k * c->group; c->a[k] <= FORGOTTEN && q < (k + 1) * c->group; q++) {
      const PetscReal ax = c->a[k] * in[q], SG = b ? c->S[k] * c->G : 0;

      out[q] = ax + (b ? SG * (b[q] - ax) / (1 + SG) : 0) - m[q];
    }
  PetscCall(VecRestoreArray(x0, &out));
  if (c->b) PetscCall(VecRestoreArrayRead(c->b, &b));
  PetscCall(VecRestoreArrayRead(end, &m));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarLearntControlDraw(KarTrainer tr, PetscInt64 number, PetscBool validation, PetscInt b, PetscInt batch,
                                    PetscInt i)
{
  KarLearntControl *c      = tr->objective.context;
  const PetscInt    id     = (PetscInt)(number / c->share);
  const KarStream   stream = validation ? KAR_STREAM_TEST : KAR_STREAM_TRAIN;
  const KarKey      key    = {.seed = tr->options.seed, .sample = number, .stream = stream, .step = 2};
  PetscReal         u[2];
  PetscBool         has;

  PetscFunctionBegin;
  (void)b, (void)batch;
  if (id != c->id || tr->step != c->step || validation != (PetscBool)c->kind) PetscCall(Run(tr, c, id, validation));
  kar_uniform_pair(key, 0, 0, 0, u);
  const PetscInt at = PetscMin(c->steps - 1, (PetscInt)(u[0] * (PetscReal)c->steps));
  const int      j  = c->variance && u[1] < 0.5 ? 1 : 0;

  tr->t[i] = kar_control_clock(c->T, Time(c, at));
  PetscCall(KarControlGetMean(c->control, Time(c, at), tr->xt[i]));
  PetscCall(VecAYPX(tr->xt[i], -1, c->x[j][at]));
  if (c->variance) {
    PetscCall(Inject(tr, c, j, at, tr->t[i], tr->xt[i], tr->x0[i]));
    c->value[i] = PetscSqr(c->L[0] - c->L[1]) / 2;
  } else {
    PetscCall(KarControlGetMean(c->control, c->T, c->f));
    PetscCall(VecWAXPY(tr->x0[i], -1, c->f, c->target[at]));
    PetscCall(KarControlGetBase(c->control, Time(c, at), c->x[0][at], c->g, &has));
    if (has) PetscCall(VecAXPY(tr->x0[i], -1, c->g));
    PetscCall(Forget(c, Time(c, at), c->x[0][at], c->f, tr->x0[i]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
