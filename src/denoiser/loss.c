/* The loss of a denoiser and its gradient:
     loss = scale sum_k W_k (D_k - x_{0,k})^2,   scale = 1/(sum_k W_k C S/V) where none is given: a Wiener filter's is
                                                 then 1. */
#include "gains.h"

static inline KarLossMode LossMode(const KarFrame *f, PetscReal g2, PetscInt i)
{
  return (KarLossMode){.C      = f->C[i],
                       .lambda = f->lambda[i],
                       .a      = kar_frame_a(f, i),
                       .s      = kar_frame_s(f, i),
                       .g2     = g2,
                       .a0     = f->a0 ? f->a0[i] : 0,
                       .s0     = f->s0 ? f->s0[i] : 0};
}

/* The time before t on a ladder; -1 where the loss asks for none. */
static PetscReal TimeBefore(const KarLoss *how, PetscReal t)
{
  const PetscReal before = t - how->rung;

  if (how->rung <= 0) return -1;
  return before > 1e-6 * how->rung ? before : 0; /* the first rung, but for rounding */
}

/* W of a mode; `first`: it is mode 0. */
static inline PetscReal LossWeight(const KarLoss *how, PetscBool first, const KarLossMode *one)
{
  return how->weight(one) * (how->mean > 0 && first ? how->mean : 1) *
         (how->power != 0 && one->C > 0 ? PetscPowReal(one->C, how->power) : 1);
}

PetscErrorCode KarDenoiserSetLossTime_Private(KarDenoiser d, const KarLoss *how, PetscReal t, KarLossRoots *roots)
{
  const PetscReal before = TimeBefore(how, t);
  PetscReal       alpha, g = 0, wiener = 1;

  PetscFunctionBegin;
  PetscCall(KarFrameSetTime(&d->frame, t));
  if (before >= 0) PetscCall(KarFrameSetBefore(&d->frame, before));
  PetscCall(KarSDEGetCoefficients(d->frame.sde, t, &alpha, &g));
  if (how->scale == 0) PetscCall(KarDenoiserGetWienerLoss(d, how, t, &wiener));
  *roots = (KarLossRoots){.how = how, .g2 = g * g, .scale = how->scale > 0 ? how->scale : 1 / wiener};
  PetscFunctionReturn(PETSC_SUCCESS);
}

typedef struct {
  const KarLoss *how;
  PetscReal      g2;
} Wiener;

/* W C S/V */
static void WienerTerm(const KarShellMode *mode, void *ctx, PetscReal value[])
{
  const Wiener     *w   = ctx;
  const KarLossMode one = {
    .C = mode->C, .lambda = mode->lambda, .a = mode->a, .s = mode->s, .g2 = w->g2, .a0 = mode->a0, .s0 = mode->s0};
  const PetscReal S = one.s * one.s * one.lambda, V = one.a * one.a * one.C + S;

  value[0] = V > 0 ? LossWeight(w->how, mode->zero, &one) * one.C * S / V : 0;
}

/* sum_k W gamma, gamma = C S/V */
PetscErrorCode KarDenoiserGetWienerLoss(KarDenoiser d, const KarLoss *how, PetscReal t, PetscReal *loss)
{
  Wiener    w = {.how = how};
  PetscReal alpha, g = 0;
  PetscBool solenoidal;

  PetscFunctionBegin;
  KarDenoiserCheckReady(d, "KarDenoiserGetWienerLoss");
  PetscCall(KarSDEGetCoefficients(d->frame.sde, t, &alpha, &g));
  w.g2 = g * g;
  PetscCall(KarCovIsSolenoidal(d->frame.noise, &solenoidal));
  PetscCall(KarShellsSum(&d->shells, d->frame.sde, t, TimeBefore(how, t), WienerTerm, &w, 1, loss));
  *loss *= (PetscReal)(d->dof - (solenoidal ? 1 : 0)); /* mode 0 of a field without divergence: about 0 */
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscReal kar_loss_root(const struct _p_KarDenoiser *d, const KarLossRoots *roots, PetscInt i)
{
  const KarLossMode one = LossMode(&d->frame, roots->g2, i);
  const KarModes   *m;

  (void)KarFFTGetModes(d->fft, &m);
  if (d->coarse[0] && d->frame.C[i] <= 0) return 0;
  return PetscSqrtReal(roots->scale * LossWeight(roots->how, m->start == 0 && i == 0, &one));
}

/* `work` times sqrt(scale W), and times 2 o too where there are traces. */
static PetscErrorCode ScaleByWeight(KarDenoiser d, const KarTraces *traces, const KarLossRoots *roots)
{
  const KarFrame *f = &d->frame;
  const KarModes *m;
  PetscScalar    *r;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(d->fft, &m));
  PetscCall(VecGetArray(d->work, &r));
  for (PetscInt i = 0; i < f->modes; i++) {
    PetscReal w = kar_loss_root(d, roots, i);

    if (traces) w *= 2 * kar_denoiser_gains(d, traces, i).o;
    for (PetscInt c = i * m->dof * m->width; c < (i + 1) * m->dof * m->width; c++) r[c] *= w;
  }
  PetscCall(VecRestoreArray(d->work, &r));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The field r of sample b in `work` becomes w r, w = (Wiener filter's local variance over its mean)^-place; returns
   this rank's share of the mean of w r^2. */
static PetscErrorCode WeighPoints(KarDenoiser d, PetscReal place, PetscInt b, PetscReal *loss)
{
  float       *u = d->y + b * d->points * d->dof; /* the answer, which is used up */
  KarGrid      grid;
  KarGridInfo  info;
  PetscReal    sum = 0;
  PetscScalar *r;

  PetscFunctionBegin;
  PetscCall(KarFFTGetGrid(d->net_fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(VecGetArray(d->work, &r));
  PetscCall(KarFFTInverseFloat(d->net_fft, r, d->dof, u));
  for (PetscInt i = 0; i < d->points; i++) {
    const float w = (float)PetscPowReal(kar_denoiser_amplitude(d, b, i).answer, -2 * place);

    for (PetscInt c = 0; c < d->dof; c++) {
      sum += w * u[i * d->dof + c] * u[i * d->dof + c];
      u[i * d->dof + c] *= w;
    }
  }
  PetscCall(KarFFTForwardFloat(d->net_fft, d->dof, u, r));
  PetscCall(VecRestoreArray(d->work, &r));
  *loss = sum / (PetscReal)(info.n[0] * info.n[1] * info.n[2]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* r = D - x_0 of sample b in `work` becomes 2 scale W o r, what the loss says to F^; returns this rank's share of
   scale sum W r^2.  Weights by place stand between the roots of those by mode. */
static PetscErrorCode WeighResidual(KarDenoiser d, const KarTraces *traces, const KarLossRoots *roots, PetscInt b,
                                    PetscReal *loss)
{
  const PetscScalar *r;
  PetscInt           n;

  PetscFunctionBegin;
  PetscCall(ScaleByWeight(d, NULL, roots));
  if (roots->how->place != 0) PetscCall(WeighPoints(d, roots->how->place, b, loss));
  else {
    PetscCall(VecGetLocalSize(d->work, &n));
    PetscCall(VecGetArrayRead(d->work, &r));
    *loss = 0;
    for (PetscInt c = 0; c < n; c++) *loss += r[c] * r[c];
    PetscCall(VecRestoreArrayRead(d->work, &r));
  }
  PetscCall(ScaleByWeight(d, traces, roots));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* dy of sample b from the gradient on F^ in `work`. The transform to coordinates is orthonormal but for 1/N: so is its
   adjoint. */
static PetscErrorCode PutGradient(KarDenoiser d, PetscInt b, PetscReal factor)
{
  float             *dy  = d->dy + b * d->points * d->dof;
  const Vec          net = d->net ? d->net : d->work;
  KarGrid            grid;
  KarGridInfo        info;
  const PetscScalar *a;

  PetscFunctionBegin;
  PetscCall(KarFFTGetGrid(d->net_fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(VecScale(d->work, factor / (PetscReal)(info.n[0] * info.n[1] * info.n[2])));
  if (d->up) PetscCall(KarResampleApply(d->up, d->work, net));
  PetscCall(VecGetArrayRead(net, &a));
  PetscCall(KarFFTInverseFloat(d->net_fft, a, d->dof, dy));
  PetscCall(VecRestoreArrayRead(net, &a));
  for (PetscInt i = 0; i < d->points && d->local; i++) {
    const float answer = kar_denoiser_amplitude(d, b, i).answer;

    for (PetscInt c = 0; c < d->dof; c++) dy[i * d->dof + c] *= answer;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserLoss(KarDenoiser d, const KarLoss *how, PetscReal factor, PetscInt batch, const PetscReal t[],
                               const Vec xt[], const Vec x0[], PetscReal loss[])
{
  const PetscBool gradient = (PetscBool)(factor > 0);
  KarTraces       traces;
  KarLossRoots    roots;

  PetscFunctionBegin;
  KarDenoiserCheckReady(d, "KarDenoiserLoss");
  KarCheck(d->training.comm, how->place == 0 || (d->local && !d->net), PETSC_ERR_USER_INPUT,
           "-train_loss_amplitude %g: only of an octave that follows an amplitude, on the network's own grid: give "
           "-train_octave -denoiser_amplitude",
           (double)how->place);
  d->kept.x = NULL;
  PetscCall(KarDenoiserAllocate_Private(d, batch, (PetscBool)(gradient && !how->patch)));
  if (!d->work) PetscCall(KarFFTCreateCoordinates(d->fft, &d->work));
  if (how->patch) {
    PetscCall(KarDenoiserPatchLoss_Private(d, how, factor, batch, t, xt, x0, loss));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  for (PetscInt b = 0; b < batch; b++) {
    PetscCall(KarFrameSetTime(&d->frame, t[b]));
    PetscCall(KarDenoiserGetTraces_Private(d, t[b], &traces));
    PetscCall(KarDenoiserFillInputs_Private(d, b, t[b], &traces, xt[b], x0[b], d->work));
  }
  PetscCall(KarNetForward(d->network, batch, d->times, d->x, d->y, gradient ? KAR_NET_KEEP : KAR_NET_EVALUATE));
  for (PetscInt b = 0; b < batch; b++) {
    PetscCall(KarDenoiserSetLossTime_Private(d, how, t[b], &roots));
    PetscCall(KarDenoiserGetTraces_Private(d, t[b], &traces));
    PetscCall(KarDenoiserGetOutput_Private(d, b, PETSC_FALSE, d->work));
    PetscCall(KarDenoiserFinish_Private(d, b, &traces, xt[b], d->work));
    PetscCall(VecAXPY(d->work, -1, x0[b]));
    PetscCall(WeighResidual(d, &traces, &roots, b, &loss[b]));
    if (gradient) PetscCall(PutGradient(d, b, factor));
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, loss, (int)batch, MPIU_REAL, MPIU_SUM, PetscObjectComm((PetscObject)xt[0])));
  if (gradient) PetscCall(KarNetBackward(d->network, KAR_NET_WEIGHTS, d->dy, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}
