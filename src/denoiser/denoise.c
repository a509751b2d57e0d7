/* The preconditioned denoiser (docs/preconditioning.md). With C the data's spectrum, S = s^2 lambda, V = a^2 C + S, P
   the spectrum of the fields that the network F sees and answers with, and traces over the modes of the training
   grid, whatever grid it is evaluated on:

     D_k = w x_k + o F_k,    w = a C/V,   o = sqrt(tr P) sqrt(C S/(P V))
     inputs of F:  a sqrt(C P)/V x_k / sqrt(tr a^2 C P/V)   and   x_k sqrt(P/V) / sqrt(tr P)
       P = C         -denoiser_gain modewise: they are as smooth as the data
       P = lambda    -denoiser_gain rough:    as rough as the noise, so that small scales are not lost beside large ones
       P = 1         -denoiser_gain white:    every mode alike, for networks of neighbours; the first input keeps P = C,
                                                 and shows the field itself

     D_k = w x_k + o F_k,    w = tr C/(tr C + tr S/a^2)/a,  o = sqrt(w a tr S/a^2)        -denoiser_gain scalar (EDM)
     input of F:   x_k / sqrt(a^2 tr C + tr S)

   F is evaluated on a grid that resolves it: at least `oversample` times the training grid along each axis, and no
   finer than all but a share `resolve` of its fields' variance needs, fields passing there and back by their modes. A
   field's mean m is taken off before and added after: D = m + D(x - a m), and so is what maps say of it
   (regression.c).  Of fields without divergence F is projected on those. */
#include "gains.h"

/* Modes that a thread takes at a time: those which the network's grid holds lie together. */
#define CHUNK 512

/* Adds scale m to mode 0 of coordinates x, on the rank that holds it. */
static void AddMean(const KarDenoiser d, PetscReal scale, PetscScalar x[])
{
  const KarModes *m;

  (void)KarFFTGetModes(d->fft, &m);
  if (m->start == 0 && d->frame.modes > 0)
    for (PetscInt c = 0; c < d->dof; c++) x[c * m->width] += scale * d->mean[c];
}

/* y = gain (x - a m), mode by mode, in the modes that the network's grid holds; gain 0 and 1 are the inputs of F. */
static PetscErrorCode ApplyInput(KarDenoiser d, const KarTraces *traces, PetscInt which, Vec x, Vec y)
{
  const KarModes    *m;
  const PetscScalar *in;
  PetscScalar       *out;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(d->fft, &m));
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArrayWrite(y, &out));
#pragma omp parallel for num_threads(kar_threads_for(d->frame.modes)) schedule(static, CHUNK)
  for (PetscInt i = 0; i < d->frame.modes; i++) {
    if (d->resolved && !d->resolved[i]) continue;
    const PetscReal g = kar_denoiser_gains(d, traces, i).in[which];

    for (PetscInt c = i * m->dof * m->width; c < (i + 1) * m->dof * m->width; c++) out[c] = g * in[c];
  }
  if (d->frame.modes) AddMean(d, -kar_denoiser_gains(d, traces, 0).in[which] * traces->a, out);
  PetscCall(VecRestoreArrayWrite(y, &out));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserAllocate_Private(KarDenoiser d, PetscInt batch, PetscBool gradient)
{
  const size_t n = (size_t)(batch * d->points), all = (size_t)(d->channels + d->conditions);
  float       *before = d->x;

  PetscFunctionBegin;
  if (batch > d->batch) {
    PetscCall(PetscFree(d->y));
    PetscCall(PetscFree(d->dy));
    PetscCall(PetscFree(d->times));
    PetscCall(PetscMalloc1(n * all, &d->x));
    if (d->conditioned) PetscCall(PetscArraycpy(d->x, before, (size_t)d->points * all));
    PetscCall(PetscFree(before));
    PetscCall(PetscMalloc1(n * (size_t)d->dof, &d->y));
    PetscCall(PetscMalloc1(batch * (1 + d->told.numbers), &d->times));
    d->batch = batch;
  }
  if (gradient && !d->dy) PetscCall(PetscMalloc1((size_t)(d->batch * d->points * d->dof), &d->dy));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserFreeWork(KarDenoiser d)
{
  PetscFunctionBegin;
  if (d->network) PetscCall(KarNetFreeWork(d->network));
  PetscCall(PetscFree(d->x));
  PetscCall(PetscFree(d->y));
  PetscCall(PetscFree(d->dy));
  PetscCall(PetscFree(d->dx));
  PetscCall(PetscFree(d->times));
  PetscCall(VecDestroy(&d->work));
  PetscCall(VecDestroy(&d->tangent));
  PetscCall(VecDestroy(&d->raw));
  PetscCall(VecDestroy(&d->turned));
  d->batch       = 0;
  d->conditioned = PETSC_FALSE;
  d->kept.x      = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* An octave's channels of the coarser field behind sample b's: of the modes of `coarse`, or where that is NULL as
   KarDenoiserSetCondition() left them. */
static PetscErrorCode FillCondition(KarDenoiser d, PetscInt b, Vec coarse, Vec work)
{
  const PetscInt all = d->channels + d->conditions;
  float         *to  = d->x + b * d->points * all + d->channels;

  PetscFunctionBegin;
  if (!d->octave) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(coarse || d->conditioned, PETSC_COMM_SELF, PETSC_ERR_ORDER,
             "the denoiser of an octave needs the coarser field: KarDenoiserSetCondition(), or a cascade that begins "
             "with its base");
  if (coarse) {
    PetscCall(KarDenoiserSee_Private(d, coarse, work, all, to));
    if (!b) d->conditioned = PETSC_FALSE;
  }
  for (PetscInt i = 0; i < d->points && b && !coarse; i++)
    PetscCall(PetscArraycpy(to + i * all, d->x + i * all + d->channels, d->octave));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The network's channels of sample b from coordinates x, and of an octave from coarse (FillCondition); F is
   overwritten. */
PetscErrorCode KarDenoiserFillInputs_Private(KarDenoiser d, PetscInt b, PetscReal t, const KarTraces *traces, Vec x,
                                             Vec coarse, Vec F)
{
  const PetscInt     all = d->channels + d->conditions;
  const Vec          net = d->net ? d->net : F;
  const PetscScalar *a;
  PetscReal          logsnr;

  PetscFunctionBegin;
  PetscCall(KarDenoiserCentre_Private(d, b, x, &x));
  PetscCall(KarSDEGetLogSNR(d->frame.sde, t, &logsnr));
  d->times[b * (1 + d->told.numbers)] = -logsnr / 8; /* c_noise = log(s/a)/4 */
  kar_calibration_time(&d->calibration, -logsnr / 2);
  for (PetscInt which = 0; which < d->channels / d->dof; which++) {
    PetscCall(ApplyInput(d, traces, which, x, F));
    if (d->up) PetscCall(KarResampleApply(d->up, F, net));
    PetscCall(VecGetArrayRead(net, &a));
    PetscCall(KarFFTInverseFloat(d->net_fft, a, all, d->x + b * d->points * all + which * d->dof));
    PetscCall(VecRestoreArrayRead(net, &a));
  }
  PetscCall(FillCondition(d, b, coarse, F));
  PetscCall(KarDenoiserScaleInputs_Private(d, b));
  PetscCall(KarDenoiserGive_Private(d, b, t, traces, x));
  PetscCall(KarDenoiserFillConditions_Private(d, b));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* F = the coordinates of the network's answer for sample b. */
PetscErrorCode KarDenoiserGetOutput_Private(KarDenoiser d, PetscInt b, PetscBool bounded, Vec F)
{
  const Vec    net = d->net ? d->net : F;
  PetscScalar *a;

  PetscFunctionBegin;
  PetscCall(KarDenoiserScaleAnswer_Private(d, b, bounded));
  PetscCall(VecGetArrayWrite(net, &a));
  PetscCall(KarFFTForwardFloat(d->net_fft, d->dof, d->y + b * d->points * d->dof, a));
  PetscCall(VecRestoreArrayWrite(net, &a));
  if (d->down) PetscCall(KarResampleApply(d->down, net, F));
  PetscCall(KarCovProject(d->frame.noise, F));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* F becomes D = m + w (x - a m) + o F. Calibration is not of modes that F never sees. */
PetscErrorCode KarDenoiserCombine_Private(KarDenoiser d, const KarTraces *traces, Vec x, Vec F)
{
  const KarModes    *m;
  const PetscScalar *in;
  PetscScalar       *out;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(d->fft, &m));
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArray(F, &out));
#pragma omp parallel for num_threads(kar_threads_for(d->frame.modes)) schedule(static, CHUNK)
  for (PetscInt i = 0; i < d->frame.modes; i++) {
    const KarGains            g     = kar_denoiser_gains(d, traces, i);
    const KarCalibrationPlace place = kar_calibration_place(&d->calibration, i);

    for (PetscInt c = 0; c < m->dof; c++) {
      const PetscReal w = g.w * (d->resolved && !d->resolved[i] ? 1 : kar_denoiser_kept(d, place, c));

      const PetscReal o = d->calibration.bins.whole && g.w > 0 ? w / g.w * g.o : g.o;

      for (PetscInt j = (i * m->dof + c) * m->width; j < (i * m->dof + c + 1) * m->width; j++)
        out[j] = w * in[j] + o * out[j];
    }
  }
  for (PetscInt c = 0; c < d->dof && m->start == 0 && d->frame.modes > 0; c++)
    out[c * m->width] += kar_denoiser_offset(d, traces, c) * d->mean[c];
  PetscCall(VecRestoreArray(F, &out));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserApply(KarDenoiser d, PetscReal t, Vec x, Vec D)
{
  KarTraces traces;

  PetscFunctionBegin;
  KarDenoiserCheckReady(d, "KarDenoiserApply");
  d->kept.x = NULL;
  PetscCall(KarDenoiserAllocate_Private(d, 1, PETSC_FALSE));
  PetscCall(KarFrameSetTime(&d->frame, t));
  PetscCall(KarDenoiserGetTraces_Private(d, t, &traces));
  PetscCall(KarDenoiserFillInputs_Private(d, 0, t, &traces, x, NULL, D));
  PetscCall(KarNetForward(d->network, 1, d->times, d->x, d->y, KAR_NET_EVALUATE));
  PetscCall(KarDenoiserGetOutput_Private(d, 0, PETSC_TRUE, D));
  PetscCall(KarDenoiserFinish_Private(d, 0, &traces, x, D));
  if (d->calibration.energy) {
    PetscCall(KarDenoiserApplyEnergyGains(d, &d->calibration.here, D));
    PetscCall(KarDenoiserLower(d, t, D));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* PETSc documents it and declares it among its private headers. */
PETSC_EXTERN PetscErrorCode PetscObjectStateGet(PetscObject object, PetscObjectState *state);

/* The network's forward pass at (t, x), kept for its derivative. */
static PetscErrorCode KeepForward(KarDenoiser d, PetscReal t, const KarTraces *traces, Vec x)
{
  PetscObjectState state;

  PetscFunctionBegin;
  PetscCall(PetscObjectStateGet((PetscObject)x, &state));
  if (d->kept.x == x && d->kept.t == t && d->kept.state == state) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarDenoiserFillInputs_Private(d, 0, t, traces, x, NULL, d->tangent));
  PetscCall(KarNetForward(d->network, 1, d->times, d->x, d->y, KAR_NET_KEEP));
  if (d->calibration.energy) {
    PetscCall(KarDenoiserGetOutput_Private(d, 0, PETSC_TRUE, d->raw));
    PetscCall(KarDenoiserCombine_Private(d, traces, x, d->raw));
  }
  d->kept.x     = x;
  d->kept.t     = t;
  d->kept.state = state;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* y = weight x, of a mode o (which -1), w (-2) or input `which`; or y += weight x with add. Modes that F lacks have
   none but w. */
static PetscErrorCode Weigh(KarDenoiser d, const KarTraces *traces, int which, PetscBool add, Vec x, Vec y)
{
  const KarModes    *m;
  const PetscScalar *in;
  PetscScalar       *out;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(d->fft, &m));
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArray(y, &out));
  for (PetscInt i = 0; i < d->frame.modes; i++) {
    const KarGains            g     = kar_denoiser_gains(d, traces, i);
    const PetscBool           held  = (PetscBool)(!d->resolved || d->resolved[i]);
    const KarCalibrationPlace place = kar_calibration_place(&d->calibration, i);

    for (PetscInt c = 0; c < m->dof; c++) {
      const PetscReal kept = held ? kar_denoiser_kept(d, place, c) : 1;
      const PetscReal w    = which == -2   ? g.w * kept
                             : !held       ? 0
                             : which == -1 ? g.o * (d->calibration.bins.whole ? kept : 1)
                                           : g.in[which];

      for (PetscInt k = (i * m->dof + c) * m->width; k < (i * m->dof + c + 1) * m->width; k++)
        out[k] = (add ? out[k] : 0) + w * in[k];
    }
  }
  PetscCall(VecRestoreArray(y, &out));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* dx of the inputs from dy of the answer, which is overwritten. */
static PetscErrorCode BackThroughNet(KarDenoiser d)
{
  const PetscInt all = d->channels + d->conditions;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < d->points && d->local; i++) {
    const float answer = kar_denoiser_amplitude(d, 0, i).answer;

    for (PetscInt c = 0; c < d->dof; c++) d->dy[i * d->dof + c] *= answer;
  }
  PetscCall(KarNetBackward(d->network, KAR_NET_INPUT, d->dy, d->dx));
  for (PetscInt i = 0; i < d->points && d->local; i++) {
    const KarAmplitude at = kar_denoiser_amplitude(d, 0, i);

    for (PetscInt c = 0; c < d->channels; c++) d->dx[i * all + c] *= at.seen;
    for (PetscInt c = 0; c < d->dof; c++) d->dx[i * all + d->dof + c] += at.linear / at.answer * d->dy[i * d->dof + c];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* J^T v = w v + sum_i g_i P^T FFT(dx_i),  dx = (dF/dx)^T IFFT(P (o v)),  P from the fields' modes to the network's:
   the points' number in the adjoints of FFT and IFFT cancels. */
PetscErrorCode KarDenoiserApplyTranspose(KarDenoiser d, PetscReal t, Vec x, Vec v, Vec w)
{
  KarTraces          traces;
  const PetscScalar *a;
  PetscScalar       *b;

  PetscFunctionBegin;
  KarDenoiserCheckReady(d, "KarDenoiserApplyTranspose");
  KarCheck(d->training.comm, !d->told.kriged, PETSC_ERR_SUP,
           "a model of fields given data has no derivative of its own: leave out what asks for it");
  PetscCall(KarDenoiserAllocate_Private(d, 1, PETSC_TRUE));
  if (!d->tangent) {
    PetscCall(VecDuplicate(x, &d->tangent));
    PetscCall(PetscMalloc1((size_t)(d->points * (d->channels + d->conditions)), &d->dx));
  }
  if (d->calibration.energy && !d->raw) {
    PetscCall(VecDuplicate(x, &d->raw));
    PetscCall(VecDuplicate(x, &d->turned));
  }
  const Vec net = d->net ? d->net : d->tangent;

  PetscCall(KarFrameSetTime(&d->frame, t));
  PetscCall(KarDenoiserGetTraces_Private(d, t, &traces));
  PetscCall(KeepForward(d, t, &traces, x));
  if (d->calibration.energy) {
    PetscCall(VecCopy(v, d->turned));
    PetscCall(KarDenoiserLower(d, t, d->turned));
    PetscCall(VecCopy(d->raw, w));
    PetscCall(KarDenoiserTransposeEnergyGains_Private(d, &d->calibration.here, w, d->turned));
    v = d->turned;
  }
  PetscCall(Weigh(d, &traces, -1, PETSC_FALSE, v, d->tangent));
  PetscCall(KarCovProject(d->frame.noise, d->tangent));
  if (d->up) PetscCall(KarResampleApply(d->up, d->tangent, net));
  PetscCall(VecGetArrayRead(net, &a));
  PetscCall(KarFFTInverseFloat(d->net_fft, a, d->dof, d->dy));
  PetscCall(VecRestoreArrayRead(net, &a));
  PetscCall(BackThroughNet(d));
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
