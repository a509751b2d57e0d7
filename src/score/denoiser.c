/* The preconditioned denoiser (design/preconditioning.md). With C the data's spectrum, S = s^2 lambda, V = a^2 C + S, and traces
   over the modes of the training grid, whatever grid it is evaluated on:

     D_k = w x_k + o F_k,    w = a C/V,   o = sqrt(tr C) sqrt(S/V)                       -denoiser_gain modewise
     inputs of F:  w x_k / sqrt(tr a^2 C^2/V)   and   x_k sqrt(C/V) / sqrt(tr C)

     D_k = w x_k + o F_k,    w = tr C/(tr C + tr S/a^2)/a,  o = sqrt(w a tr S/a^2)        -denoiser_gain scalar (EDM)
     input of F:   x_k / sqrt(a^2 tr C + tr S)

   F is evaluated on a grid that resolves it: at least `oversample` times the training grid along each axis, fields passing
   there and back by their modes.  A field's mean m is taken off before and added after: D = m + D(x - a m). */
#include "denoiserimpl.h"

const char *const kar_gains[] = {"modewise", "scalar", NULL};

/* Sums over the training grid at one time. */
typedef struct {
  PetscReal wiener; /* tr a^2 C^2/V */
  PetscReal S;      /* tr S */
  PetscReal a;      /* of mode 0 */
} Traces;

/* Share of the trace below which a mode of the data counts as absent (the mean of a vorticity): D is zero there. */
#define NOTHING 1e-16

/* The gains of one mode. */
typedef struct {
  PetscReal w, o, in[2];
} Gains;

static PetscErrorCode GetTraces(KarDenoiser d, PetscReal t, Traces *traces)
{
  KarFrame       *f = &d->train;
  const KarModes *m;
  KarMode         mode;

  PetscFunctionBegin;
  PetscCall(KarFrameSetTime(f, t));
  PetscCall(KarFFTGetModes(f->fft, &m));
  *traces = (Traces){0};
  PetscCall(KarSDEGetMarginal(f->sde, t, &traces->a, &(PetscReal){0}));
  for (PetscInt i = 0; i < f->modes; i++) {
    const PetscReal a = kar_frame_a(f, i), s = kar_frame_s(f, i), C = f->C[i], S = s * s * f->lambda[i], V = a * a * C + S;

    kar_mode(m, i / m->length, i % m->length, &mode);
    if (V > 0) traces->wiener += mode.weight * a * a * C * C / V;
    traces->S += mode.weight * S;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static inline Gains ModeGains(const KarDenoiser d, const Traces *traces, PetscInt i)
{
  const KarFrame *f = &d->here;
  const PetscReal a = kar_frame_a(f, i), s = kar_frame_s(f, i), C = f->C[i], S = s * s * f->lambda[i], V = a * a * C + S;
  Gains           g = {0};

  if (C <= NOTHING * d->trace) return g;
  if (d->gain == GAIN_MODEWISE) {
    g.w     = a * C / V;
    g.o     = PetscSqrtReal(d->trace * S / V);
    g.in[0] = g.w / PetscSqrtReal(traces->wiener);
    g.in[1] = PetscSqrtReal(C / V / d->trace);
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

/* y = gain (x - a m), mode by mode; gain 0 and 1 are the inputs of F. */
static PetscErrorCode ApplyInput(KarDenoiser d, const Traces *traces, PetscInt which, Vec x, Vec y)
{
  const KarModes    *m;
  const PetscScalar *in;
  PetscScalar       *out;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(d->fft, &m));
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArrayWrite(y, &out));
  for (PetscInt i = 0; i < d->here.modes; i++) {
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
    PetscCall(PetscMalloc1(n * (size_t)d->channels, &d->x));
    PetscCall(PetscMalloc1(n * (size_t)d->dof, &d->y));
    PetscCall(PetscMalloc1(batch, &d->times));
    d->batch = batch;
  }
  if (gradient && !d->dy) PetscCall(PetscMalloc1((size_t)(d->batch * d->points * d->dof), &d->dy));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The network's channels of sample b from coordinates x; F is overwritten. */
static PetscErrorCode FillInputs(KarDenoiser d, PetscInt b, PetscReal t, const Traces *traces, Vec x, Vec F)
{
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
    PetscCall(KarFFTInverseFloat(d->net_fft, a, d->channels, d->x + b * d->points * d->channels + which * d->dof));
    PetscCall(VecRestoreArrayRead(net, &a));
  }
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

/* F becomes D = m + w (x - a m) + o F. */
static PetscErrorCode Combine(KarDenoiser d, const Traces *traces, Vec x, Vec F)
{
  const KarModes    *m;
  const PetscScalar *in;
  PetscScalar       *out;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(d->fft, &m));
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArray(F, &out));
  for (PetscInt i = 0; i < d->here.modes; i++) {
    const Gains     g = ModeGains(d, traces, i);
    const PetscReal w = g.w * (1 - kar_calibration(&d->calibration, i));

    for (PetscInt c = i * m->dof * m->width; c < (i + 1) * m->dof * m->width; c++) {
      out[c] = w * in[c] + g.o * out[c];
      if (d->calibration.above) kar_calibration_collect(&d->calibration, i, (out[c] - g.w * in[c]) * g.w * in[c], PetscSqr(g.w * in[c]));
    }
  }
  if (d->here.modes) AddMean(d, 1 - ModeGains(d, traces, 0).w * (1 - kar_calibration(&d->calibration, 0)) * traces->a, out);
  PetscCall(VecRestoreArray(F, &out));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserApply(KarDenoiser d, PetscReal t, Vec x, Vec D)
{
  Traces traces;

  PetscFunctionBegin;
  PetscCall(MakeRoom(d, 1, PETSC_FALSE));
  PetscCall(KarFrameSetTime(&d->here, t));
  PetscCall(GetTraces(d, t, &traces));
  PetscCall(FillInputs(d, 0, t, &traces, x, D));
  PetscCall(KarFNOForward(d->fno, 1, d->times, d->x, d->y, PETSC_FALSE));
  PetscCall(GetOutput(d, 0, D));
  PetscCall(Combine(d, &traces, x, D));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static inline KarLossMode LossMode(const KarFrame *f, PetscReal g2, PetscInt i)
{
  return (KarLossMode){.C = f->C[i], .lambda = f->lambda[i], .a = kar_frame_a(f, i), .s = kar_frame_s(f, i), .g2 = g2, .a0 = f->a0 ? f->a0[i] : 0, .s0 = f->s0 ? f->s0[i] : 0};
}

/* Sets a frame to time t, and to the one before it where the loss asks for that. */
static PetscErrorCode SetLossTime(KarFrame *f, const KarLoss *how, PetscReal t, PetscReal *g2)
{
  const PetscReal before = t - how->rung;
  PetscReal       g      = 0;

  PetscFunctionBegin;
  PetscCall(KarFrameSetTime(f, t));
  if (how->rung > 0) PetscCall(KarFrameSetBefore(f, before > 1e-6 * how->rung ? before : 0)); /* the first rung, but for rounding */
  PetscCall(KarSDEGetCoefficients(f->sde, t, &(PetscReal){0}, &g));
  *g2 = g * g;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* sum_k W gamma, gamma = C S/V */
PetscErrorCode KarDenoiserGetWienerLoss(KarDenoiser d, const KarLoss *how, PetscReal t, PetscReal *loss)
{
  KarFrame       *f = &d->train;
  const KarModes *m;
  KarMode         mode;
  PetscReal       g2 = 0;

  PetscFunctionBegin;
  PetscCall(SetLossTime(f, how, t, &g2));
  PetscCall(KarFFTGetModes(f->fft, &m));
  *loss = 0;
  for (PetscInt i = 0; i < f->modes; i++) {
    const KarLossMode one = LossMode(f, g2, i);
    const PetscReal   S = one.s * one.s * one.lambda, V = one.a * one.a * one.C + S;

    kar_mode(m, i / m->length, i % m->length, &mode);
    if (V > 0) *loss += mode.weight * (PetscReal)d->dof * how->weight(&one) * one.C * S / V;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* r = D - x_0 in `work` becomes 2 scale W o r, what the loss says to F^; returns this rank's share of scale sum W r^2. */
static PetscErrorCode WeighResidual(KarDenoiser d, const Traces *traces, const KarLoss *how, PetscReal g2, PetscReal scale, PetscReal *loss)
{
  const KarFrame *f = &d->here;
  const KarModes *m;
  PetscScalar    *r;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(d->fft, &m));
  PetscCall(VecGetArray(d->work, &r));
  *loss = 0;
  for (PetscInt i = 0; i < f->modes; i++) {
    const KarLossMode one = LossMode(f, g2, i);
    const PetscReal   W = scale * how->weight(&one), o = ModeGains(d, traces, i).o;

    for (PetscInt c = i * m->dof * m->width; c < (i + 1) * m->dof * m->width; c++) {
      *loss += W * r[c] * r[c];
      r[c] *= 2 * W * o;
    }
  }
  PetscCall(VecRestoreArray(d->work, &r));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* dy of sample b from the gradient on F^ in `work`. The transform to coordinates is orthonormal but for 1/N: so is its adjoint. */
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

PetscErrorCode KarDenoiserLoss(KarDenoiser d, const KarLoss *how, PetscReal factor, PetscInt batch, const PetscReal t[], const Vec xt[],
                               const Vec x0[], PetscReal loss[])
{
  const PetscBool gradient = (PetscBool)(factor > 0);
  Traces          traces;
  PetscReal       g2 = 0, wiener = 1;

  PetscFunctionBegin;
  PetscCall(MakeRoom(d, batch, gradient));
  if (!d->work) PetscCall(KarFFTCreateCoordinates(d->fft, &d->work));
  for (PetscInt b = 0; b < batch; b++) {
    PetscCall(KarFrameSetTime(&d->here, t[b]));
    PetscCall(GetTraces(d, t[b], &traces));
    PetscCall(FillInputs(d, b, t[b], &traces, xt[b], d->work));
  }
  PetscCall(KarFNOForward(d->fno, batch, d->times, d->x, d->y, gradient));
  for (PetscInt b = 0; b < batch; b++) {
    PetscCall(SetLossTime(&d->here, how, t[b], &g2));
    PetscCall(GetTraces(d, t[b], &traces));
    if (how->scale == 0) PetscCall(KarDenoiserGetWienerLoss(d, how, t[b], &wiener));
    PetscCall(GetOutput(d, b, d->work));
    PetscCall(Combine(d, &traces, xt[b], d->work));
    PetscCall(VecAXPY(d->work, -1, x0[b]));
    PetscCall(WeighResidual(d, &traces, how, g2, how->scale > 0 ? how->scale : 1 / wiener, &loss[b]));
    if (gradient) PetscCall(PutGradient(d, b, factor));
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, loss, (int)batch, MPIU_REAL, MPIU_SUM, PetscObjectComm((PetscObject)xt[0])));
  if (gradient) PetscCall(KarFNOBackward(d->fno, d->dy, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Life -------------------------------------------------------------------------------------------------------------- */

static PetscErrorCode SetConfigFromOptions(KarDenoiser d, MPI_Comm comm)
{
  KarFNOConfig *c    = &d->config;
  PetscInt      gain = (PetscInt)d->gain, modes[3], n = 3;

  PetscFunctionBegin;
  PetscCall(KarOptionsInt(NULL, "fno_width", "channels of the Fourier layers", 1, 1024, &c->width));
  PetscCall(KarOptionsInt(NULL, "fno_depth", "number of Fourier layers", 1, 64, &c->depth));
  PetscCall(KarOptionsInt(NULL, "fno_hidden", "channels of the projection", 1, 4096, &c->hidden));
  PetscCall(KarOptionsInt(NULL, "fno_embed", "features of the noise level, even", 2, 1024, &c->embed));
  PetscCall(KarOptionsIntArray(NULL, "fno_modes", "retained modes K along each axis, one or one an axis: |kappa| < K", 1, 4096, &n, modes));
  KarCheck(comm, n <= 1 || n == c->dim, PETSC_ERR_USER_INPUT,
           "-fno_modes: %" PetscInt_FMT " numbers for %" PetscInt_FMT " axes: give one, or one an axis", n, c->dim);
  for (PetscInt a = 0; a < c->dim && n; a++) c->modes[a] = modes[n == 1 ? 0 : a];
  PetscCall(KarOptionsReal(NULL, "fno_extension", "longer period of the Fourier basis, in boxes, for fields that are not periodic", 0, 4,
                           &c->extension[0]));
  for (PetscInt a = 1; a < c->dim; a++) c->extension[a] = c->extension[0];
  PetscCall(KarOptionsChoice(NULL, "denoiser_gain", "preconditioning of the network", kar_gains, &gain));
  d->gain = (Gain)gain;
  PetscCall(KarOptionsReal(NULL, "fno_oversample", "evaluate the network on at least this times the training grid", 1, 8, &d->oversample));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The frame on the whole training grid, the trace, the network and its grid; `here` and `train` are set. */
PetscErrorCode KarDenoiserSetUp_Private(KarDenoiser d)
{
  KarGrid         grid, net;
  KarGridInfo     info, train, points;
  const KarModes *m;
  KarMode         mode;

  PetscFunctionBegin;
  d->fft = d->here.fft;
  PetscCall(KarFFTGetGrid(d->fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(KarFFTGetGrid(d->train.fft, &net));
  PetscCall(KarGridGetInfo(net, &train));
  PetscCall(KarFFTGetModes(d->train.fft, &m));
  d->trace = 0;
  for (PetscInt i = 0; i < d->train.modes; i++) {
    kar_mode(m, i / m->length, i % m->length, &mode);
    d->trace += mode.weight * d->train.C[i];
  }
  KarCheck(info.comm, d->trace > 0, PETSC_ERR_ARG_WRONG, "the data do not vary: there is nothing to learn");
  for (PetscInt a = 0; a < 3; a++) points.n[a] = a < info.dim ? PetscMax(info.n[a], (PetscInt)PetscCeilReal(d->oversample * (PetscReal)train.n[a])) : 1;
  if (points.n[0] == info.n[0] && points.n[1] == info.n[1] && points.n[2] == info.n[2]) {
    PetscCall(KarFFTReference(d->fft));
    d->net_fft = d->fft;
  } else {
    PetscCall(KarGridRefine(grid, points.n, &net));
    PetscCall(KarFFTCreate(net, &d->net_fft));
    PetscCall(KarGridDestroy(&net));
    PetscCall(KarFFTCreateCoordinates(d->net_fft, &d->net));
    PetscCall(KarResampleCreate(d->fft, d->net_fft, &d->up));
    PetscCall(KarResampleCreate(d->net_fft, d->fft, &d->down));
  }
  d->dof         = info.dof;
  d->channels    = (d->gain == GAIN_MODEWISE ? 2 : 1) * d->dof;
  d->config.cin  = d->channels;
  d->config.cout = d->dof;
  PetscCall(KarFFTGetGrid(d->net_fft, &net));
  PetscCall(KarGridGetInfo(net, &points));
  d->points = points.ln * points.n[1] * points.n[2];
  PetscCall(KarFNOCreate(&points, &d->config, &d->fno));
  PetscCall(KarFNOSetFromOptions(d->fno));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserCreateTrainFFT_Private(const KarGridInfo *info, KarFFT *fft)
{
  KarGrid grid;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_SELF, &grid));
  PetscCall(KarGridSetSizes(grid, info->dim, info->n, info->length));
  PetscCall(KarGridSetComponents(grid, info->dof));
  PetscCall(KarGridSetBasis(grid, info->basis));
  PetscCall(KarFFTCreate(grid, fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserCreate(KarFFT fft, PetscInt n, const PetscReal k[], const PetscReal lambda[], const PetscReal mean[], KarDenoiser *out)
{
  KarDenoiser d;
  KarGrid     grid;
  KarGridInfo info;
  KarFFT      train;

  PetscFunctionBegin;
  PetscCall(PetscNew(&d));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(KarDenoiserCreateTrainFFT_Private(&info, &train));
  PetscCall(KarFrameCreate(fft, n, k, lambda, &d->here));
  PetscCall(KarFrameCreate(train, n, k, lambda, &d->train));
  PetscCall(KarFFTDestroy(&train));
  PetscCall(PetscMalloc1(info.dof, &d->mean));
  PetscCall(PetscArraycpy(d->mean, mean, info.dof));
  d->config     = (KarFNOConfig){.dim = info.dim, .width = 32, .depth = 4, .hidden = 128, .embed = 32, .modes = {1, 1, 1}};
  d->oversample = 1;
  for (PetscInt a = 0; a < info.dim; a++) d->config.modes[a] = PetscMin(16, (info.n[a] + 1) / 2);
  PetscCall(SetConfigFromOptions(d, info.comm));
  PetscCall(KarDenoiserSetUp_Private(d));
  *out = d;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserDestroy(KarDenoiser *denoiser)
{
  KarDenoiser d = *denoiser;

  PetscFunctionBegin;
  if (d) {
    PetscCall(KarFNODestroy(&d->fno));
    PetscCall(KarResampleDestroy(&d->up));
    PetscCall(KarResampleDestroy(&d->down));
    PetscCall(KarFFTDestroy(&d->net_fft));
    PetscCall(VecDestroy(&d->work));
    PetscCall(VecDestroy(&d->net));
    PetscCall(KarCalibrationDestroy(&d->calibration));
    PetscCall(KarFrameDestroy(&d->here));
    PetscCall(KarFrameDestroy(&d->train));
    PetscCall(PetscFree(d->x));
    PetscCall(PetscFree(d->y));
    PetscCall(PetscFree(d->dy));
    PetscCall(PetscFree(d->times));
    PetscCall(PetscFree(d->mean));
  }
  PetscCall(PetscFree(*denoiser));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserSetCalibration(KarDenoiser d, PetscInt levels, PetscInt bins, PetscReal low, PetscReal high, PetscReal k1, const PetscReal r[])
{
  PetscFunctionBegin;
  PetscCall(KarCalibrationDestroy(&d->calibration));
  if (levels) PetscCall(KarCalibrationCreate(d->fft, levels, bins, low, high, k1, r, &d->calibration));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserCollect(KarDenoiser d, PetscReal above[], PetscReal below[])
{
  PetscFunctionBegin;
  d->calibration.above = above;
  d->calibration.below = below;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserGetFFT(KarDenoiser d, KarFFT *fft)
{
  PetscFunctionBegin;
  *fft = d->fft;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserGetSDE(KarDenoiser d, KarSDE *sde)
{
  PetscFunctionBegin;
  *sde = d->here.sde;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserGetDataCovariance(KarDenoiser d, KarCov *data)
{
  PetscFunctionBegin;
  *data = d->here.data;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserGetFNO(KarDenoiser d, KarFNO *fno)
{
  PetscFunctionBegin;
  *fno = d->fno;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserGetMean(KarDenoiser d, const PetscReal *mean[])
{
  PetscFunctionBegin;
  *mean = d->mean;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserSetLabel(KarDenoiser d, const KarFieldLabel *label)
{
  PetscFunctionBegin;
  d->label = *label;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserGetLabel(KarDenoiser d, KarFieldLabel *label)
{
  PetscFunctionBegin;
  *label = d->label;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserView(KarDenoiser d, PetscViewer viewer)
{
  PetscInt    n;
  KarGrid     grid;
  KarGridInfo info;

  PetscFunctionBegin;
  PetscCall(KarFFTGetGrid(d->train.fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(KarFNOGetParameters(d->fno, &n, NULL));
  PetscCall(PetscViewerASCIIPrintf(viewer, "denoiser: FNO width %" PetscInt_FMT ", depth %" PetscInt_FMT ", modes %" PetscInt_FMT ", hidden %" PetscInt_FMT ", %" PetscInt_FMT " weights; %s gains; trained on %" PetscInt_FMT " x %" PetscInt_FMT " x %" PetscInt_FMT "\n",
                                   d->config.width, d->config.depth, d->config.modes[0], d->config.hidden, n, kar_gains[d->gain], info.n[0], info.n[1], info.n[2]));
  PetscCall(KarCovView(d->here.data, viewer));
  PetscCall(KarCovView(d->here.noise, viewer));
  if (d->here.decay > 0)
    PetscCall(PetscViewerASCIIPrintf(viewer, "the data's spectrum falls like |k|^-%.3g: the noise is less rough than usual, so that its variance is finite (-noise_cov_rough_power)\n", (double)d->here.decay));
  PetscCall(KarSDEView(d->here.sde, viewer));
  PetscFunctionReturn(PETSC_SUCCESS);
}
