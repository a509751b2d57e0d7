/* Gains of an octave's denoiser that follow the energy of its answer, place by place (calibrate -gains energy). With
   D_w the answer, every mode over its deviation, and G the mean over a Gaussian of two grid spacings,

     D becomes P (e^h D),    h = h(log(E + FLOOR)),    E = G |D_w|^2 / dof

   with P onto the octave's modes. A network that has learnt too little denoises its own draws into fields that have too
   little in places of middling energy; raised to the right power as a whole they have too much in the others. h takes
   the energies that D has over places of draws to those that it has where x is data with noise: of both the same share
   of places is below. */
#include "gains.h"

#define FLOOR 1e-4 /* of the energy, whose mean is that of |D_w|^2: at most 1 */
#define LOW   -10. /* log energy of the first bin */
#define WIDTH 0.04

#define CheckOctave(d)                                                                                                 \
  PetscCheck((d)->octave && !(d)->net, PETSC_COMM_SELF, PETSC_ERR_ORDER, "gains by energy are of an octave on its grid")

/* x of the octave's modes alone, without divergence where its fields have none. */
static PetscErrorCode Cut(KarDenoiser d, Vec x)
{
  const KarModes *m;
  PetscScalar    *a;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(d->fft, &m));
  PetscCall(VecGetArray(x, &a));
  for (PetscInt i = 0; i < d->frame.modes; i++)
    if (d->frame.C[i] <= KAR_NOTHING * d->trace)
      PetscCall(PetscArrayzero(a + i * m->dof * m->width, m->dof * m->width));
  PetscCall(VecRestoreArray(x, &a));
  PetscCall(KarCovProject(d->frame.noise, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* to[points][dof] = log(E + FLOOR) of coordinates D, which are overwritten; white, NULL or likewise: D_w. */
static PetscErrorCode LogEnergy(KarDenoiser d, Vec D, float to[], float white[])
{
  const PetscScalar *a;

  PetscFunctionBegin;
  PetscCall(KarDenoiserWhiten_Private(d, D));
  PetscCall(VecGetArrayRead(D, &a));
  PetscCall(KarFFTInverseFloat(d->net_fft, a, d->dof, to));
  PetscCall(VecRestoreArrayRead(D, &a));
  if (white) PetscCall(PetscArraycpy(white, to, d->points * d->dof));
  PetscCall(KarDenoiserEnergy_Private(d, D, d->dof, to, to));
  for (PetscInt i = 0; i < d->points * d->dof; i++) to[i] = logf(fmaxf(to[i], 0) + (float)FLOOR);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* h at a log energy, and its slope. */
static PetscReal GainAt(const KarEnergyGains *g, PetscReal logE, PetscReal *slope)
{
  int k = 0;

  *slope = 0;
  while (k < KAR_ENERGY_KNOTS && logE > g->at[k]) k++;
  if (k == 0 || k == KAR_ENERGY_KNOTS) return g->h[PetscMax(k - 1, 0)];
  const PetscReal width = g->at[k] - g->at[k - 1];

  if (width <= 0) return g->h[k];
  *slope = (g->h[k] - g->h[k - 1]) / width;
  return g->h[k - 1] + *slope * (logE - g->at[k - 1]);
}

/* The noisy octave's channels of the network are free once it has answered: they hold D's field. */
PetscErrorCode KarDenoiserApplyEnergyGains(KarDenoiser d, const KarEnergyGains *gains, Vec D)
{
  const PetscInt all = d->channels + d->conditions;
  PetscScalar   *a;
  PetscReal      slope;

  PetscFunctionBegin;
  CheckOctave(d);
  PetscCall(KarDenoiserAllocate_Private(d, 1, PETSC_FALSE));
  PetscCall(VecGetArray(D, &a));
  PetscCall(KarFFTInverseFloat(d->net_fft, a, all, d->x));
  PetscCall(VecRestoreArray(D, &a));
  PetscCall(LogEnergy(d, D, d->y, NULL));
  for (PetscInt i = 0; i < d->points; i++) {
    const float gain = (float)PetscExpReal(GainAt(gains, (PetscReal)d->y[i * d->dof], &slope));

    for (PetscInt c = 0; c < d->dof; c++) d->x[i * all + c] *= gain;
  }
  PetscCall(VecGetArrayWrite(D, &a));
  PetscCall(KarFFTForwardFloat(d->net_fft, all, d->x, a));
  PetscCall(VecRestoreArrayWrite(D, &a));
  PetscCall(Cut(d, D));
  d->kept.x = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* v becomes what the transposed derivative at D, which is overwritten, makes of it:
     P (e^h v) + W 2/dof D_w G(e^h h'/(E + FLOOR) sum_c D_c v_c),   W over the deviations. */
PetscErrorCode KarDenoiserTransposeEnergyGains_Private(KarDenoiser d, const KarEnergyGains *gains, Vec D, Vec v)
{
  const size_t n = (size_t)(d->points * d->dof);
  float       *field, *energy, *white, *to;
  PetscScalar *a;

  PetscFunctionBegin;
  PetscCall(PetscMalloc4(n, &field, n, &energy, n, &white, n, &to));
  PetscCall(Cut(d, v));
  for (int i = 0; i < 2; i++) {
    PetscCall(VecGetArray(i ? v : D, &a));
    PetscCall(KarFFTInverseFloat(d->net_fft, a, d->dof, i ? to : field));
    PetscCall(VecRestoreArray(i ? v : D, &a));
  }
  PetscCall(LogEnergy(d, D, energy, white));
  for (PetscInt i = 0; i < d->points; i++) {
    const PetscReal logE = (PetscReal)energy[i * d->dof];
    PetscReal       slope, sum = 0;
    const PetscReal gain = PetscExpReal(GainAt(gains, logE, &slope));

    for (PetscInt c = i * d->dof; c < (i + 1) * d->dof; c++) {
      sum += (PetscReal)(field[c] * to[c]);
      to[c] *= (float)gain;
    }
    for (PetscInt c = i * d->dof; c < (i + 1) * d->dof; c++)
      energy[c] = (float)(2 * gain * slope * sum * PetscExpReal(-logE) / (PetscReal)d->dof);
  }
  PetscCall(KarDenoiserSmooth_Private(d, D, energy));
  for (size_t i = 0; i < n; i++) white[i] *= energy[i];
  for (int i = 0; i < 2; i++) {
    PetscCall(VecGetArrayWrite(i ? v : D, &a));
    PetscCall(KarFFTForwardFloat(d->net_fft, d->dof, i ? to : white, a));
    PetscCall(VecRestoreArrayWrite(i ? v : D, &a));
  }
  PetscCall(KarDenoiserWhiten_Private(d, D));
  PetscCall(VecAXPY(v, 1, D));
  PetscCall(Cut(d, v));
  PetscCall(PetscFree4(field, energy, white, to));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserCollectEnergy(KarDenoiser d, Vec D, PetscReal bins[])
{
  PetscFunctionBegin;
  CheckOctave(d);
  PetscCall(KarDenoiserAllocate_Private(d, 1, PETSC_FALSE));
  PetscCall(LogEnergy(d, D, d->y, NULL));
  for (PetscInt i = 0; i < d->points; i++)
    bins[(PetscInt)PetscMax(0, PetscMin(KAR_ENERGY_BINS - 1, ((PetscReal)d->y[i * d->dof] - LOW) / WIDTH))] += 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The log energies below which are these shares of the points: many of intense places, which are few. */
static void Quantiles(const PetscReal bins[], PetscReal q[])
{
  static const PetscReal share[KAR_ENERGY_KNOTS] = {.01, .03, .08, .17, .3, .45, .6, .74, .85, .93, .975, .993};
  PetscReal              all = 0, sum = 0;
  int                    k = 0;

  for (int i = 0; i < KAR_ENERGY_BINS; i++) all += bins[i];
  for (int i = 0; i < KAR_ENERGY_BINS; i++) {
    for (; k < KAR_ENERGY_KNOTS && bins[i] > 0 && sum + bins[i] >= share[k] * all; k++)
      q[k] = LOW + WIDTH * (i + (share[k] * all - sum) / bins[i]);
    sum += bins[i];
  }
}

void kar_energy_match(const PetscReal drawn[], const PetscReal data[], KarEnergyGains *gains)
{
  Quantiles(data, gains->h);
  Quantiles(drawn, gains->at);
  for (int k = 0; k < KAR_ENERGY_KNOTS; k++) gains->h[k] = (gains->h[k] - gains->at[k]) / 2;
}

PetscErrorCode KarDenoiserSetEnergyGains(KarDenoiser d, const KarEnergyGains gains[])
{
  KarCalibration *c = &d->calibration;

  PetscFunctionBegin;
  CheckOctave(d);
  PetscCheck(c->bins.levels && c->bins.whole, PETSC_COMM_SELF, PETSC_ERR_ORDER,
             "gains by energy go with gains of the whole denoiser");
  PetscCall(PetscFree(c->energy));
  PetscCall(PetscMalloc1(c->bins.levels, &c->energy));
  PetscCall(PetscArraycpy(c->energy, gains, c->bins.levels));
  d->kept.x = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserHasEnergyGains(KarDenoiser d, PetscBool *has)
{
  PetscFunctionBegin;
  *has = (PetscBool)(d->calibration.energy != NULL);
  PetscFunctionReturn(PETSC_SUCCESS);
}
