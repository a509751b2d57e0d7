/* The gains w, o and those of the inputs, mode by mode (formulas: denoise.c). */
#pragma once

#include "denoiserimpl.h"

/* Sums over the training grid at one time. */
typedef struct {
  PetscReal first; /* tr a^2 C P/V */
  PetscReal S;     /* tr S */
  PetscReal a;     /* of mode 0 */
} KarTraces;

/* Share of the trace below which a mode of the data counts as absent (the mean of a vorticity): D is zero there. */
#define KAR_NOTHING 1e-16

/* The gains of one mode. */
typedef struct {
  PetscReal w, o, in[2];
} KarGains;

/* Collective. At time t, to which d->frame need not be set. */
PetscErrorCode KarDenoiserGetTraces_Private(KarDenoiser d, PetscReal t, KarTraces *traces);

/* Not collective. Of mode i of d->frame, which is set to the time of the traces. */
static inline KarGains kar_denoiser_gains(const KarDenoiser d, const KarTraces *traces, PetscInt i)
{
  const KarFrame *f = &d->frame;
  const PetscReal a = kar_frame_a(f, i), s = kar_frame_s(f, i), C = f->C[i], S = s * s * f->lambda[i],
                  V = a * a * C + S;
  KarGains g        = {0};

  if (C <= KAR_NOTHING * d->trace) return g;
  if (d->gain != GAIN_SCALAR) {
    const PetscReal P = kar_denoiser_power(d, C, f->lambda[i]);

    g.w = a * C / V;
    if (d->resolved && !d->resolved[i]) return g; /* F neither sees this mode nor has it */
    g.o     = PetscSqrtReal(d->trace_input *
                            (d->gain == GAIN_ROUGH   ? s * s * C
                             : d->gain == GAIN_WHITE ? C * S
                                                     : S) /
                            V); /* S = s^2 lambda */
    g.in[0] = a * PetscSqrtReal(C * (d->gain == GAIN_WHITE ? C : P)) / V / PetscSqrtReal(traces->first);
    g.in[1] = PetscSqrtReal(P / V / d->trace_input);
  } else {
    const PetscReal s2 = traces->S / (traces->a * traces->a), skip = d->trace / (d->trace + s2);

    g.w     = skip / traces->a;
    g.o     = PetscSqrtReal(skip * s2);
    g.in[0] = 1 / (traces->a * PetscSqrtReal(d->trace + s2));
  }
  return g;
}

/* Not collective. What is left of a component of a mode at once; where gains by energy come first, all is. */
static inline PetscReal kar_denoiser_kept(const KarDenoiser d, KarCalibrationPlace place, PetscInt component)
{
  return d->calibration.energy ? 1 : 1 - kar_calibration(&d->calibration, place, component);
}

/* Not collective. What D has of the mean in mode 0, on the rank that holds it: D = m + w (x - a m) + o F. */
static inline PetscReal kar_denoiser_offset(const KarDenoiser d, const KarTraces *traces, PetscInt component)
{
  const KarCalibrationPlace place = kar_calibration_place(&d->calibration, 0);

  return 1 - kar_denoiser_gains(d, traces, 0).w * kar_denoiser_kept(d, place, component) * traces->a;
}

/* The parts of an evaluation (denoise.c), which the loss shares. Collective. Storage for `batch` samples. */
PetscErrorCode KarDenoiserAllocate_Private(KarDenoiser d, PetscInt batch, PetscBool gradient);
/* Collective. The network's channels of sample b from coordinates x, and of an octave from coarse, or as
   KarDenoiserSetCondition() left them where that is NULL; work is overwritten. */
PetscErrorCode KarDenoiserFillInputs_Private(KarDenoiser d, PetscInt b, PetscReal t, const KarTraces *traces, Vec x,
                                             Vec coarse, Vec work);
/* Collective. F = the coordinates of the network's answer for sample b, `bounded` where it would run away (bound.c). */
PetscErrorCode KarDenoiserGetOutput_Private(KarDenoiser d, PetscInt b, PetscBool bounded, Vec F);
/* Not collective. F becomes D. */
PetscErrorCode KarDenoiserCombine_Private(KarDenoiser d, const KarTraces *traces, Vec x, Vec F);
/* Collective. Of fields given data: what they say of sample b, kept, and as a channel. Nothing of others. */
PetscErrorCode KarDenoiserGive_Private(KarDenoiser d, PetscInt b, PetscReal t, const KarTraces *traces, Vec x);
/* Not collective. F of sample b becomes D, given data where there are. */
PetscErrorCode KarDenoiserFinish_Private(KarDenoiser d, PetscInt b, const KarTraces *traces, Vec x, Vec F);

/* Collective. v becomes what the transposed derivative of gains by energy at D, which is overwritten, makes of it. */
PetscErrorCode KarDenoiserTransposeEnergyGains_Private(KarDenoiser d, const KarEnergyGains *gains, Vec D, Vec v);

/* What the roots of a loss' weights depend on at one time. */
typedef struct {
  const KarLoss *how;
  PetscReal      g2, scale;
} KarLossRoots;
/* Collective. Sets the frame to time t, and to the one before it where the loss asks for that. */
PetscErrorCode KarDenoiserSetLossTime_Private(KarDenoiser d, const KarLoss *how, PetscReal t, KarLossRoots *roots);
/* Not collective; cannot fail. sqrt(scale W) of mode i of the frame; 0 where it is not of this octave. */
PetscReal kar_loss_root(const struct _p_KarDenoiser *d, const KarLossRoots *roots, PetscInt i);
/* Collective. KarDenoiserLoss() with how->patch (patch.c); d->work is there. */
PetscErrorCode KarDenoiserPatchLoss_Private(KarDenoiser d, const KarLoss *how, PetscReal factor, PetscInt batch,
                                            const PetscReal t[], const Vec xt[], const Vec x0[], PetscReal loss[]);
PetscErrorCode KarDenoiserDestroyPatch_Private(KarDenoiser d);

/* Not collective. What KarDenoiserCollect() asks of an evaluation D of x, in coordinates. */
PetscErrorCode KarDenoiserCollectSteps_Private(KarDenoiser d, const KarTraces *traces, Vec x, Vec D);
