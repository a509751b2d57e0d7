/* A bound on what an octave's denoiser makes of a state at a point. With every mode over its deviation, u the noisy
   octave and s^2 the noise's variance, the noise that the denoiser finds,

     E[w | u] = (u - a D)/s = (s u - a F)/sqrt(a^2 + s^2),

   is the mean of a standard normal number, which is hardly ever beyond BOUND: a denoiser that says so is where it never
   learnt, as in a vortex stronger than those of its data, and draws that believe it run away there. F is changed such
   that the noise found is BOUND at most, at each point. Where noise and data have other spectra than each other, w is
   not normal of variance 1 in these units, and nothing is changed. */
#include "gains.h"

#define BOUND 6.   /* beyond it is a normal number once in 5e8 */
#define ALIKE 1e-6 /* lambda/C of an octave's modes differs by less, relative to it: one spectrum */

PetscErrorCode KarDenoiserSetUpBound_Private(KarDenoiser d)
{
  PetscReal       sum[2] = {0, 0}, most[2] = {-PETSC_MAX_REAL, -PETSC_MAX_REAL}; /* of lambda/C, of -lambda/C */
  const KarModes *m;
  KarMode         mode;
  PetscBool       scalar;

  PetscFunctionBegin;
  if (!d->coarse[0] || d->gain != GAIN_WHITE) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarFFTGetModes(d->fft, &m));
  for (PetscInt i = 0; i < d->frame.modes; i++) {
    if (d->frame.C[i] <= 0) continue;
    const PetscReal ratio = d->frame.lambda[i] / d->frame.C[i];

    kar_mode(m, i / m->length, i % m->length, &mode);
    sum[0] += mode.weight * ratio;
    sum[1] += mode.weight;
    most[0] = PetscMax(most[0], ratio), most[1] = PetscMax(most[1], -ratio);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, 2, MPIU_REAL, MPIU_SUM, d->training.comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, most, 2, MPIU_REAL, MPIU_MAX, d->training.comm));
  PetscCall(KarSDEIsScalar(d->frame.sde, &scalar));
  d->noisiness = sum[0] / sum[1];
  d->bounded   = (PetscBool)(scalar && most[0] + most[1] <= ALIKE * most[0]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

KarBound kar_denoiser_bound(const struct _p_KarDenoiser *d)
{
  const PetscReal a = d->frame.a, s = d->frame.s * PetscSqrtReal(d->noisiness);

  return (KarBound){.a = a, .s = s, .root = PetscSqrtReal(a * a + s * s)};
}

float kar_bound(const KarBound *bound, PetscReal u, float F)
{
  const PetscReal su = bound->s * u, noise = (su - bound->a * (PetscReal)F) / bound->root;

  if (PetscAbsReal(noise) <= BOUND || bound->a <= 0) return F;
  return (float)((su - bound->root * (noise > 0 ? BOUND : -BOUND)) / bound->a);
}
