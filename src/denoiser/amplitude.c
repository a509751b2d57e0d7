/* An octave whose variance follows the energy of the octave before it, point by point (-denoiser_amplitude). With u the
   noisy octave at a point, every mode over its deviation, c the octave before likewise, and G the mean over a Gaussian
   of two grid spacings,

     A^2 = e^q (G c^2 + FLOOR)^p,    R^2 = (a^2 A^2 + s^2)/(a^2 + s^2)

   with s^2 times the mean of lambda/C over the octave's modes in place of s^2 where the noise is not the data's; the
   network sees u/R, c/A and log A, and its answer F stands for

     a s (A^2 - 1)/(a^2 A^2 + s^2) u + A/R F

   so that D is the Wiener filter of a field of the local variance A^2 where F is 0, and what F has to say is of the
   same size where a field is calm and where it is not.  q and p are those of the likelihood of the data, as if an
   octave were normal given A: p is 0 where octaves are independent, as they are in a Gaussian law, and A then 1. */
#include "denoiserimpl.h"

#define FLOOR   0.01 /* of the energy, whose mean is 1; above e^KAR_AMPLITUDE_LOW */
#define SPACING 2    /* deviation of the mean G, in grid spacings */
#define BINS    KAR_AMPLITUDE_BINS
#define STEPS   50 /* of Newton's method, each at most 1 */

PetscErrorCode KarDenoiserSetUpAmplitude_Private(KarDenoiser d)
{
  PetscFunctionBegin;
  KarCheck(d->training.comm, !d->local || d->coarse[0], PETSC_ERR_USER_INPUT,
           "-%sdenoiser_amplitude is of octaves: give -train_octave too", d->prefix);
  KarCheck(d->training.comm, !d->local || d->gain == GAIN_WHITE, PETSC_ERR_USER_INPUT,
           "-%sdenoiser_amplitude needs -denoiser_gain white, not %s", d->prefix, kar_gains[d->gain]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserSmooth_Private(KarDenoiser d, Vec work, float v[])
{
  const PetscReal l = SPACING * d->training.length[0] / (PetscReal)d->training.n[0];
  const KarModes *m;
  KarMode         mode;
  PetscScalar    *a;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(d->net_fft, &m));
  PetscCall(VecGetArray(work, &a));
  PetscCall(KarFFTForwardFloat(d->net_fft, d->dof, v, a));
  for (PetscInt i = 0; i < d->frame.modes; i++) {
    kar_mode(m, i / m->length, i % m->length, &mode);
    const PetscReal smooth = PetscExpReal(-mode.k2 * l * l / 2);

    for (PetscInt c = i * m->dof * m->width; c < (i + 1) * m->dof * m->width; c++) a[c] *= smooth;
  }
  PetscCall(KarFFTInverseFloat(d->net_fft, a, d->dof, v));
  PetscCall(VecRestoreArray(work, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserEnergy_Private(KarDenoiser d, Vec work, PetscInt stride, const float of[], float energy[])
{
  PetscFunctionBegin;
  for (PetscInt i = 0; i < d->points; i++) {
    float sum = 0;

    for (PetscInt c = 0; c < d->dof; c++) sum += of[i * stride + c] * of[i * stride + c];
    for (PetscInt c = 0; c < d->dof; c++) energy[i * d->dof + c] = sum / (float)d->dof;
  }
  PetscCall(KarDenoiserSmooth_Private(d, work, energy));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserWhiten_Private(KarDenoiser d, Vec x)
{
  const KarModes *m;
  PetscScalar    *a;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(d->fft, &m));
  PetscCall(VecGetArray(x, &a));
  for (PetscInt i = 0; i < d->frame.modes; i++) {
    const PetscReal C = d->frame.C[i], g = C > 0 ? 1 / PetscSqrtReal(C * d->trace_input) : 0;

    for (PetscInt c = i * m->dof * m->width; c < (i + 1) * m->dof * m->width; c++) a[c] *= g;
  }
  PetscCall(VecRestoreArray(x, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static inline PetscReal LogEnergy(const KarDenoiser d, const float energy[], PetscInt i)
{
  return PetscLogReal(PetscMax((PetscReal)energy[i * d->dof], 0) + FLOOR);
}

PetscErrorCode KarDenoiserSeeAmplitude_Private(KarDenoiser d, Vec work, PetscInt stride, float see[])
{
  float *energy;

  PetscFunctionBegin;
  if (!d->local) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc1((size_t)(d->points * d->dof), &energy));
  PetscCall(KarDenoiserEnergy_Private(d, work, stride, see, energy));
  for (PetscInt i = 0; i < d->points; i++) {
    const PetscReal logA = (d->amplitude[0] + d->amplitude[1] * LogEnergy(d, energy, i)) / 2;
    const float     over = (float)PetscExpReal(-logA);

    for (PetscInt c = 0; c < 2 * d->dof; c++) see[i * stride + c] *= over;
    see[i * stride + 3 * d->dof] = (float)logA;
  }
  PetscCall(PetscFree(energy));
  PetscFunctionReturn(PETSC_SUCCESS);
}

KarAmplitude kar_denoiser_amplitude(const struct _p_KarDenoiser *d, PetscInt b, PetscInt point)
{
  const PetscInt  all = d->channels + d->conditions;
  const PetscReal a2 = d->frame.a * d->frame.a, s2 = d->frame.s * d->frame.s * d->noisiness,
                  A2 = PetscExpReal(2 * (PetscReal)d->x[(b * d->points + point) * all + d->channels + 3 * d->dof]),
                  V  = a2 * A2 + s2;

  return (KarAmplitude){.seen   = (float)PetscSqrtReal((a2 + s2) / V),
                        .linear = (float)(PetscSqrtReal(a2 * s2) * (A2 - 1) / V),
                        .answer = (float)PetscSqrtReal(A2 * (a2 + s2) / V)};
}

PetscErrorCode KarDenoiserScaleInputs_Private(KarDenoiser d, PetscInt b)
{
  const PetscInt all = d->channels + d->conditions;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < d->points && d->local; i++) {
    const float seen = kar_denoiser_amplitude(d, b, i).seen;

    for (PetscInt c = 0; c < d->channels; c++) d->x[(b * d->points + i) * all + c] *= seen;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserScaleAnswer_Private(KarDenoiser d, PetscInt b, PetscBool bounded)
{
  const PetscInt  all   = d->channels + d->conditions;
  const PetscBool bind  = (PetscBool)(bounded && d->bounded);
  const KarBound  bound = kar_denoiser_bound(d);

  PetscFunctionBegin;
  for (PetscInt i = 0; i < d->points && (d->local || bind); i++) {
    const KarAmplitude at = d->local ? kar_denoiser_amplitude(d, b, i) : (KarAmplitude){.seen = 1, .answer = 1};
    float             *y = d->y + (b * d->points + i) * d->dof, *u = d->x + (b * d->points + i) * all + d->dof;

    for (PetscInt c = 0; c < d->dof; c++) {
      y[c] = at.answer * y[c] + at.linear / at.seen * u[c];
      if (bind) y[c] = kar_bound(&bound, (PetscReal)u[c] / (PetscReal)at.seen, y[c]);
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserMeasureAmplitude(KarDenoiser d, Vec x0, PetscReal count[], PetscReal square[])
{
  const PetscReal    kept[2] = {d->amplitude[0], d->amplitude[1]};
  const PetscInt     stride  = d->octave;
  Vec                work;
  float             *see, *own, *energy;
  const PetscScalar *a;

  PetscFunctionBegin;
  KarDenoiserCheckReady(d, "KarDenoiserMeasureAmplitude");
  PetscCheck(d->local, PETSC_COMM_SELF, PETSC_ERR_ORDER, "the denoiser's gains do not follow an amplitude");
  PetscCall(VecDuplicate(x0, &work));
  PetscCall(PetscMalloc3((size_t)(d->points * stride), &see, (size_t)(d->points * d->dof), &own,
                         (size_t)(d->points * d->dof), &energy));
  d->amplitude[0] = d->amplitude[1] = 0;
  PetscCall(KarDenoiserSee_Private(d, x0, work, stride, see));
  PetscCall(KarDenoiserEnergy_Private(d, work, stride, see, energy));
  d->amplitude[0] = kept[0], d->amplitude[1] = kept[1];
  PetscCall(VecCopy(x0, work));
  PetscCall(KarDenoiserWhiten_Private(d, work));
  PetscCall(VecGetArrayRead(work, &a));
  PetscCall(KarFFTInverseFloat(d->net_fft, a, d->dof, own));
  PetscCall(VecRestoreArrayRead(work, &a));
  for (PetscInt i = 0; i < d->points; i++) {
    const PetscInt bin =
      (PetscInt)PetscMin((LogEnergy(d, energy, i) - KAR_AMPLITUDE_LOW) / KAR_AMPLITUDE_WIDTH, BINS - 1);

    count[bin] += (PetscReal)d->dof;
    for (PetscInt c = 0; c < d->dof; c++) square[bin] += own[i * d->dof + c] * own[i * d->dof + c];
  }
  PetscCall(PetscFree3(see, own, energy));
  PetscCall(VecDestroy(&work));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Newton's steps for the least sum over bins of count (q + p l) + square e^-(q + p l), which is convex in q and p. */
void kar_amplitude_fit(const PetscReal count[], const PetscReal square[], PetscReal fit[2])
{
  PetscReal all[2] = {0, 0};

  for (PetscInt i = 0; i < BINS; i++) all[0] += count[i], all[1] += square[i];
  fit[0] = PetscLogReal(all[1] / all[0]);
  fit[1] = 0;
  for (int step = 0; step < STEPS; step++) {
    PetscReal g[2] = {0, 0}, h[3] = {0, 0, 0};

    for (PetscInt i = 0; i < BINS; i++) {
      const PetscReal l = KAR_AMPLITUDE_LOW + KAR_AMPLITUDE_WIDTH * ((PetscReal)i + 0.5),
                      s = square[i] * PetscExpReal(-fit[0] - fit[1] * l), r = count[i] - s;

      g[0] += r, g[1] += r * l;
      h[0] += s, h[1] += s * l, h[2] += s * l * l;
    }
    const PetscReal det = h[0] * h[2] - h[1] * h[1];

    if (det <= 0) return; /* all in one bin */
    fit[0] -= PetscMax(-1, PetscMin(1, (h[2] * g[0] - h[1] * g[1]) / det));
    fit[1] -= PetscMax(-1, PetscMin(1, (h[0] * g[1] - h[1] * g[0]) / det));
  }
}

PetscErrorCode KarDenoiserSetAmplitude(KarDenoiser d, const PetscReal fit[2])
{
  PetscFunctionBegin;
  PetscCheck(d->local, PETSC_COMM_SELF, PETSC_ERR_ORDER, "the denoiser's gains do not follow an amplitude");
  d->amplitude[0] = fit[0], d->amplitude[1] = fit[1];
  d->kept.x = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserHasAmplitude(KarDenoiser d, PetscBool *has)
{
  PetscFunctionBegin;
  *has = d->local;
  PetscFunctionReturn(PETSC_SUCCESS);
}
