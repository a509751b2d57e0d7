/* The preconditioned denoiser (docs/preconditioning.md). With C the data's spectrum, S = s^2 lambda, V = a^2 C + S, P
   the spectrum of
   the fields that the network F sees and answers with, and traces over the modes of the training grid, whatever grid
   it is evaluated on:

     D_k = w x_k + o F_k,    w = a C/V,   o = sqrt(tr P) sqrt(C S/(P V))
     inputs of F:  a sqrt(C P)/V x_k / sqrt(tr a^2 C P/V)   and   x_k sqrt(P/V) / sqrt(tr P)
       P = C         -denoiser_gain modewise: they are as smooth as the data
       P = lambda    -denoiser_gain rough:    as rough as the noise, so that small scales are not lost beside large ones
       P = 1         -denoiser_gain white:    every mode alike, for networks of neighbours; the first input keeps P =
       C, and shows the field itself

     D_k = w x_k + o F_k,    w = tr C/(tr C + tr S/a^2)/a,  o = sqrt(w a tr S/a^2)        -denoiser_gain scalar (EDM)
     input of F:   x_k / sqrt(a^2 tr C + tr S)

   F is evaluated on a grid that resolves it: at least `oversample` times the training grid along each axis, and no
   finer than all but
   a share `resolve` of its fields' variance needs, fields passing there and back by their modes.  A field's mean m is
   taken off before and added after: D = m + D(x - a m). */
#include "denoiserimpl.h"

/* Sums over the training grid at one time. */
typedef struct {
  PetscReal first; /* tr a^2 C P/V */
  PetscReal S;     /* tr S */
  PetscReal a;     /* of mode 0 */
} Traces;

/* Share of the trace below which a mode of the data counts as absent (the mean of a vorticity): D is zero there. */
#define NOTHING 1e-16

/* Modes that a thread takes at a time: those which the network's grid holds lie together. */
#define CHUNK 512

/* The gains of one mode. */
typedef struct {
  PetscReal w, o, in[2];
} Gains;

/* a^2 C P/V, P the data's where gains are white, and S. */
static void TraceTerms(const KarShellMode *mode, void *ctx, PetscReal value[])
{
  const KarDenoiser d = ctx;
  const PetscReal   C = mode->C, S = mode->s * mode->s * mode->lambda, V = mode->a * mode->a * C + S;

  value[0] =
    V > 0 ? mode->a * mode->a * C * (d->gain == GAIN_WHITE ? C : kar_denoiser_power(d, C, mode->lambda)) / V : 0;
  value[1] = S;
}

static PetscErrorCode GetTraces(KarDenoiser d, PetscReal t, Traces *traces)
{
  PetscReal sum[2], s;

  PetscFunctionBegin;
  PetscCall(KarShellsSum(&d->shells, d->here.sde, t, -1, TraceTerms, d, 2, sum));
  PetscCall(KarSDEGetMarginal(d->here.sde, t, &traces->a, &s));
  traces->first = sum[0];
  traces->S     = sum[1];
  PetscFunctionReturn(PETSC_SUCCESS);
}

static inline Gains ModeGains(const KarDenoiser d, const Traces *traces, PetscInt i)
{
  const KarFrame *f = &d->here;
  const PetscReal a = kar_frame_a(f, i), s = kar_frame_s(f, i), C = f->C[i], S = s * s * f->lambda[i],
                  V = a * a * C + S;
  Gains g           = {0};

  if (C <= NOTHING * d->trace) return g;
  if (d->gain != GAIN_SCALAR) {
    const PetscReal P = kar_denoiser_power(d, C, f->lambda[i]);

    g.w = a * C / V;
    if (d->held && !d->held[i]) return g; /* F neither sees this mode nor has it */
    g.o     = PetscSqrtReal(d->seen *
                            (d->gain == GAIN_ROUGH   ? s * s * C
                             : d->gain == GAIN_WHITE ? C * S
                                                     : S) /
                            V); /* S = s^2 lambda */
    g.in[0] = a * PetscSqrtReal(C * (d->gain == GAIN_WHITE ? C : P)) / V / PetscSqrtReal(traces->first);
    g.in[1] = PetscSqrtReal(P / V / d->seen);
  } else {
    const PetscReal s2 = traces->S / (traces->a * traces->a), skip = d->trace / (d->trace + s2);

    g.w     = skip / traces->a;
    g.o     = PetscSqrtReal(skip * s2);
    g.in[0] = 1 / (traces->a * PetscSqrtReal(d->trace + s2));
  }
  return g;
}

/* Adds scale m to mode 0 of coordinates x, on the rank that holds it. */
static void AddMean(const KarDenoiser d, PetscReal scale, PetscScalar x[])
{
  const KarModes *m;

  (void)KarFFTGetModes(d->fft, &m);
  if (m->start == 0 && d->here.modes > 0)
    for (PetscInt c = 0; c < d->dof; c++) x[c * m->width] += scale * d->mean[c];
}

/* y = gain (x - a m), mode by mode, in the modes that the network's grid holds; gain 0 and 1 are the inputs of F. */
static PetscErrorCode ApplyInput(KarDenoiser d, const Traces *traces, PetscInt which, Vec x, Vec y)
{
  const KarModes    *m;
  const PetscScalar *in;
  PetscScalar       *out;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(d->fft, &m));
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArrayWrite(y, &out));
#pragma omp parallel for num_threads(kar_threads_for(d->here.modes)) schedule(static, CHUNK)
  for (PetscInt i = 0; i < d->here.modes; i++) {
    if (d->held && !d->held[i]) continue;
    const PetscReal g = ModeGains(d, traces, i).in[which];

    for (PetscInt c = i * m->dof * m->width; c < (i + 1) * m->dof * m->width; c++) out[c] = g * in[c];
  }
  if (d->here.modes) AddMean(d, -ModeGains(d, traces, 0).in[which] * traces->a, out);
  PetscCall(VecRestoreArrayWrite(y, &out));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MakeRoom(KarDenoiser d, PetscInt batch, PetscBool gradient)
{
  const size_t n = (size_t)(batch * d->points);

  PetscFunctionBegin;
  if (batch > d->batch) {
    PetscCall(PetscFree(d->x));
    PetscCall(PetscFree(d->y));
    PetscCall(PetscFree(d->dy));
    PetscCall(PetscFree(d->times));
    PetscCall(PetscMalloc1(n * (size_t)(d->channels + d->conditions), &d->x));
    PetscCall(PetscMalloc1(n * (size_t)d->dof, &d->y));
    PetscCall(PetscMalloc1(batch, &d->times));
    d->batch = batch;
  }
  if (gradient && !d->dy) PetscCall(PetscMalloc1((size_t)(d->batch * d->points * d->dof), &d->dy));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* An octave's channels of the coarser field behind sample b's: of the modes of `coarse`, or where that is NULL as
   KarDenoiserSetCondition() left them. */
static PetscErrorCode FillCondition(KarDenoiser d, PetscInt b, Vec coarse, Vec work)
{
  const PetscInt all = d->channels + d->conditions;
  float         *to  = d->x + b * d->points * all + d->channels;

  PetscFunctionBegin;
  if (!d->conditions) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(coarse || d->condition, PETSC_COMM_SELF, PETSC_ERR_ORDER,
             "the denoiser of an octave needs the coarser field: KarDenoiserSetCondition(), or a cascade that begins "
             "with its base");
  if (coarse) PetscCall(KarDenoiserSee_Private(d, coarse, work, all, to));
  else
    for (PetscInt i = 0; i < d->points; i++)
      for (PetscInt c = 0; c < d->conditions; c++) to[i * all + c] = d->condition[i * d->conditions + c];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The network's channels of sample b from coordinates x, and of an octave from coarse (FillCondition); F is
   overwritten. */
static PetscErrorCode FillInputs(KarDenoiser d, PetscInt b, PetscReal t, const Traces *traces, Vec x, Vec coarse, Vec F)
{
  const PetscInt     all = d->channels + d->conditions;
  const Vec          net = d->net ? d->net : F;
  const PetscScalar *a;
  PetscReal          logsnr;

  PetscFunctionBegin;
  PetscCall(KarSDEGetLogSNR(d->here.sde, t, &logsnr));
  d->times[b] = -logsnr / 8; /* c_noise = log(s/a)/4 */
  kar_calibration_time(&d->calibration, -logsnr / 2);
  for (PetscInt which = 0; which < d->channels / d->dof; which++) {
    PetscCall(ApplyInput(d, traces, which, x, F));
    if (d->up) PetscCall(KarResampleApply(d->up, F, net));
    PetscCall(VecGetArrayRead(net, &a));
    PetscCall(KarFFTInverseFloat(d->net_fft, a, all, d->x + b * d->points * all + which * d->dof));
    PetscCall(VecRestoreArrayRead(net, &a));
  }
  PetscCall(FillCondition(d, b, coarse, F));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* F = the coordinates of the network's answer for sample b. */
static PetscErrorCode GetOutput(KarDenoiser d, PetscInt b, Vec F)
{
  const Vec    net = d->net ? d->net : F;
  PetscScalar *a;

  PetscFunctionBegin;
  PetscCall(VecGetArrayWrite(net, &a));
  PetscCall(KarFFTForwardFloat(d->net_fft, d->dof, d->y + b * d->points * d->dof, a));
  PetscCall(VecRestoreArrayWrite(net, &a));
  if (d->down) PetscCall(KarResampleApply(d->down, net, F));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* F becomes D = m + w (x - a m) + o F. Calibration is of what F leaves undone: not of modes that it never sees. */
static PetscErrorCode Combine(KarDenoiser d, const Traces *traces, Vec x, Vec F)
{
  const KarModes    *m;
  const PetscScalar *in;
  PetscScalar       *out;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(d->fft, &m));
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArray(F, &out));
#pragma omp parallel for num_threads(kar_threads_for(d->here.modes)) schedule(static, CHUNK)
  for (PetscInt i = 0; i < d->here.modes; i++) {
    const Gains     g = ModeGains(d, traces, i);
    const PetscReal w = d->held && !d->held[i] ? g.w : g.w * (1 - kar_calibration(&d->calibration, i));

    for (PetscInt c = i * m->dof * m->width; c < (i + 1) * m->dof * m->width; c++) out[c] = w * in[c] + g.o * out[c];
  }
  for (PetscInt i = 0; i < d->here.modes && d->calibration.above; i++) {
    const PetscReal w = ModeGains(d, traces, i).w;

    for (PetscInt c = i * m->dof * m->width; c < (i + 1) * m->dof * m->width; c++)
      kar_calibration_collect(&d->calibration, i, (out[c] - w * in[c]) * w * in[c], PetscSqr(w * in[c]));
  }
  if (d->here.modes)
    AddMean(d, 1 - ModeGains(d, traces, 0).w * (1 - kar_calibration(&d->calibration, 0)) * traces->a, out);
  PetscCall(VecRestoreArray(F, &out));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserApply(KarDenoiser d, PetscReal t, Vec x, Vec D)
{
  Traces traces;

  PetscFunctionBegin;
  KarDenoiserCheckReady(d, "KarDenoiserApply");
  d->kept.x = NULL;
  PetscCall(MakeRoom(d, 1, PETSC_FALSE));
  PetscCall(KarFrameSetTime(&d->here, t));
  PetscCall(GetTraces(d, t, &traces));
  PetscCall(FillInputs(d, 0, t, &traces, x, NULL, D));
  PetscCall(KarNetForward(d->network, 1, d->times, d->x, d->y, KAR_NET_EVALUATE));
  PetscCall(GetOutput(d, 0, D));
  PetscCall(Combine(d, &traces, x, D));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* PETSc documents it and declares it among its private headers. */
PETSC_EXTERN PetscErrorCode PetscObjectStateGet(PetscObject object, PetscObjectState *state);

/* The network's forward pass at (t, x), kept for its derivative. */
static PetscErrorCode KeepForward(KarDenoiser d, PetscReal t, const Traces *traces, Vec x)
{
  PetscObjectState state;

  PetscFunctionBegin;
  PetscCall(PetscObjectStateGet((PetscObject)x, &state));
  if (d->kept.x == x && d->kept.t == t && d->kept.state == state) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(FillInputs(d, 0, t, traces, x, NULL, d->tangent));
  PetscCall(KarNetForward(d->network, 1, d->times, d->x, d->y, KAR_NET_KEEP));
  d->kept.x     = x;
  d->kept.t     = t;
  d->kept.state = state;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* y = weight x, of a mode o (which -1), w (-2) or input `which`; or y += weight x with add. Modes that F lacks have
   none but w. */
static PetscErrorCode Weigh(KarDenoiser d, const Traces *traces, int which, PetscBool add, Vec x, Vec y)
{
  const KarModes    *m;
  const PetscScalar *in;
  PetscScalar       *out;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(d->fft, &m));
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArray(y, &out));
  for (PetscInt i = 0; i < d->here.modes; i++) {
    const Gains     g    = ModeGains(d, traces, i);
    const PetscBool held = (PetscBool)(!d->held || d->held[i]);
    const PetscReal w    = which == -2   ? g.w * (held ? 1 - kar_calibration(&d->calibration, i) : 1)
                           : !held       ? 0
                           : which == -1 ? g.o
                                         : g.in[which];

    for (PetscInt c = i * m->dof * m->width; c < (i + 1) * m->dof * m->width; c++)
      out[c] = (add ? out[c] : 0) + w * in[c];
  }
  PetscCall(VecRestoreArray(y, &out));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* J^T v = w v + sum_i g_i P^T FFT(dx_i),  dx = (dF/dx)^T IFFT(P (o v)),  P from the fields' modes to the network's:
   the points' number in the
   adjoints of FFT and IFFT cancels. */
PetscErrorCode KarDenoiserApplyTranspose(KarDenoiser d, PetscReal t, Vec x, Vec v, Vec w)
{
  Traces             traces;
  const PetscScalar *a;
  PetscScalar       *b;

  PetscFunctionBegin;
  KarDenoiserCheckReady(d, "KarDenoiserApplyTranspose");
  PetscCall(MakeRoom(d, 1, PETSC_TRUE));
  if (!d->tangent) {
    PetscCall(VecDuplicate(x, &d->tangent));
    PetscCall(PetscMalloc1((size_t)(d->points * (d->channels + d->conditions)), &d->dx));
  }
  const Vec net = d->net ? d->net : d->tangent;

  PetscCall(KarFrameSetTime(&d->here, t));
  PetscCall(GetTraces(d, t, &traces));
  PetscCall(KeepForward(d, t, &traces, x));
  PetscCall(Weigh(d, &traces, -1, PETSC_FALSE, v, d->tangent));
  if (d->up) PetscCall(KarResampleApply(d->up, d->tangent, net));
  PetscCall(VecGetArrayRead(net, &a));
  PetscCall(KarFFTInverseFloat(d->net_fft, a, d->dof, d->dy));
  PetscCall(VecRestoreArrayRead(net, &a));
  PetscCall(KarNetBackward(d->network, KAR_NET_INPUT, d->dy, d->dx));
  PetscCall(Weigh(d, &traces, -2, PETSC_FALSE, v, w));
  for (PetscInt which = 0; which < d->channels / d->dof; which++) {
    PetscCall(VecGetArrayWrite(net, &b));
    PetscCall(KarFFTForwardFloat(d->net_fft, d->channels + d->conditions, d->dx + which * d->dof, b));
    PetscCall(VecRestoreArrayWrite(net, &b));
    if (d->down) PetscCall(KarResampleApply(d->down, net, d->tangent));
    PetscCall(Weigh(d, &traces, (int)which, PETSC_TRUE, d->tangent, w));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

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
  return how->weight(one) * (how->mean > 0 && first ? how->mean : 1);
}

/* Sets `here` to time t, and to the one before it where the loss asks for that. */
static PetscErrorCode SetLossTime(KarDenoiser d, const KarLoss *how, PetscReal t, PetscReal *g2)
{
  const PetscReal before = TimeBefore(how, t);
  PetscReal       alpha, g = 0;

  PetscFunctionBegin;
  PetscCall(KarFrameSetTime(&d->here, t));
  if (before >= 0) PetscCall(KarFrameSetBefore(&d->here, before));
  PetscCall(KarSDEGetCoefficients(d->here.sde, t, &alpha, &g));
  *g2 = g * g;
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

  value[0] = V > 0 ? LossWeight(w->how, (PetscBool)(mode->k2 == 0), &one) * one.C * S / V : 0;
}

/* sum_k W gamma, gamma = C S/V */
PetscErrorCode KarDenoiserGetWienerLoss(KarDenoiser d, const KarLoss *how, PetscReal t, PetscReal *loss)
{
  Wiener    w = {.how = how};
  PetscReal alpha, g = 0;

  PetscFunctionBegin;
  KarDenoiserCheckReady(d, "KarDenoiserGetWienerLoss");
  PetscCall(KarSDEGetCoefficients(d->here.sde, t, &alpha, &g));
  w.g2 = g * g;
  PetscCall(KarShellsSum(&d->shells, d->here.sde, t, TimeBefore(how, t), WienerTerm, &w, 1, loss));
  *loss *= (PetscReal)d->dof;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* r = D - x_0 in `work` becomes 2 scale W o r, what the loss says to F^; returns this rank's share of scale sum W r^2.
   */
static PetscErrorCode WeighResidual(KarDenoiser d, const Traces *traces, const KarLoss *how, PetscReal g2,
                                    PetscReal scale, PetscReal *loss)
{
  const KarFrame *f = &d->here;
  const KarModes *m;
  PetscScalar    *r;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(d->fft, &m));
  PetscCall(VecGetArray(d->work, &r));
  *loss = 0;
  for (PetscInt i = 0; i < f->modes; i++) {
    if (d->coarse[0] && f->C[i] <= 0) { /* not of this octave */
      for (PetscInt c = i * m->dof * m->width; c < (i + 1) * m->dof * m->width; c++) r[c] = 0;
      continue;
    }
    const KarLossMode one = LossMode(f, g2, i);
    const PetscReal   W   = scale * LossWeight(how, (PetscBool)(m->start == 0 && i == 0), &one),
                    o     = ModeGains(d, traces, i).o;

    for (PetscInt c = i * m->dof * m->width; c < (i + 1) * m->dof * m->width; c++) {
      *loss += W * r[c] * r[c];
      r[c] *= 2 * W * o;
    }
  }
  PetscCall(VecRestoreArray(d->work, &r));
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
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserLoss(KarDenoiser d, const KarLoss *how, PetscReal factor, PetscInt batch, const PetscReal t[],
                               const Vec xt[], const Vec x0[], PetscReal loss[])
{
  const PetscBool gradient = (PetscBool)(factor > 0);
  Traces          traces;
  PetscReal       g2 = 0, wiener = 1;

  PetscFunctionBegin;
  KarDenoiserCheckReady(d, "KarDenoiserLoss");
  d->kept.x = NULL;
  PetscCall(MakeRoom(d, batch, gradient));
  if (!d->work) PetscCall(KarFFTCreateCoordinates(d->fft, &d->work));
  for (PetscInt b = 0; b < batch; b++) {
    PetscCall(KarFrameSetTime(&d->here, t[b]));
    PetscCall(GetTraces(d, t[b], &traces));
    PetscCall(FillInputs(d, b, t[b], &traces, xt[b], x0[b], d->work));
  }
  PetscCall(KarNetForward(d->network, batch, d->times, d->x, d->y, gradient ? KAR_NET_KEEP : KAR_NET_EVALUATE));
  for (PetscInt b = 0; b < batch; b++) {
    PetscCall(SetLossTime(d, how, t[b], &g2));
    PetscCall(GetTraces(d, t[b], &traces));
    if (how->scale == 0) PetscCall(KarDenoiserGetWienerLoss(d, how, t[b], &wiener));
    PetscCall(GetOutput(d, b, d->work));
    PetscCall(Combine(d, &traces, xt[b], d->work));
    PetscCall(VecAXPY(d->work, -1, x0[b]));
    PetscCall(WeighResidual(d, &traces, how, g2, how->scale > 0 ? how->scale : 1 / wiener, &loss[b]));
    if (gradient) PetscCall(PutGradient(d, b, factor));
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, loss, (int)batch, MPIU_REAL, MPIU_SUM, PetscObjectComm((PetscObject)xt[0])));
  if (gradient) PetscCall(KarNetBackward(d->network, KAR_NET_WEIGHTS, d->dy, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}
