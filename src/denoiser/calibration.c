/* The part of w x that a denoiser leaves out since its calibration, by level, component, direction and shell
   (karhunen/calibration.h). */
#include "gains.h"

/* [levels][2][KAR_ENERGY_KNOTS]: the gains by energy, and where they are. */
static const char energy_name[] = "calibration/energy";

/* Angle between the wave vector and the nearest axis, over that of the box's diagonal. */
static PetscReal Direction(const KarMode *mode, PetscInt dim)
{
  PetscReal most = 0;

  for (PetscInt a = 0; a < 3; a++) most = PetscMax(most, mode->k[a] * mode->k[a]);
  if (dim == 1 || mode->k2 <= 0) return 0;
  return PetscAcosReal(PetscMin(PetscSqrtReal(most / mode->k2), 1)) / PetscAcosReal(1 / PetscSqrtReal((PetscReal)dim));
}

PetscErrorCode KarCalibrationCreate(KarFFT fft, const KarCalibrationBins *bins, const PetscReal r[], KarCalibration *c)
{
  const PetscInt one = kar_calibration_size(bins);

  PetscFunctionBegin;
  *c = (KarCalibration){.bins = *bins};
  PetscCall(KarFFTGetModes(fft, &c->modes));
  PetscCall(PetscMalloc1(bins->levels * one, &c->r));
  PetscCall(PetscArraycpy(c->r, r, bins->levels * one));
  PetscCall(PetscCalloc1(one, &c->now));
  PetscFunctionReturn(PETSC_SUCCESS);
}

KarCalibrationPlace kar_calibration_place(const KarCalibration *c, PetscInt i)
{
  const KarModes *m = c->modes;
  const PetscInt  n = c->bins.directions - 1;
  KarMode         mode;

  if (!c->bins.levels) return (KarCalibrationPlace){0};
  kar_mode(m, i / m->length, i % m->length, &mode);
  return (KarCalibrationPlace){.direction = n ? (float)(Direction(&mode, m->dim) * (PetscReal)n) : 0,
                               .shell     = (float)(PetscSqrtReal(mode.k2) / c->bins.k1)};
}

PetscErrorCode KarCalibrationDestroy(KarCalibration *c)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(c->r));
  PetscCall(PetscFree(c->now));
  PetscCall(PetscFree(c->energy));
  c->bins.levels = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* In files r has the shape [levels][shells]; where there are more than one, with [directions], then [components]. */
PetscErrorCode KarCalibrationSave(const KarCalibration *c, KarCheckpoint file)
{
  const KarCalibrationBins *b        = &c->bins;
  const PetscInt            ndim     = b->components > 1 ? 4 : b->directions > 1 ? 3 : 2;
  PetscInt                  shape[4] = {b->levels, b->components, b->directions, b->shells};

  PetscFunctionBegin;
  for (PetscInt a = 1; a < ndim; a++) shape[a] = shape[4 - ndim + a];
  if (!b->levels) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarCheckpointPutReals(file, "calibration/r", ndim, shape, c->r));
  PetscCall(KarCheckpointPutReal(file, "calibration/low", b->low));
  PetscCall(KarCheckpointPutReal(file, "calibration/high", b->high));
  PetscCall(KarCheckpointPutReal(file, "calibration/k1", b->k1));
  PetscCall(KarCheckpointPutReal(file, "calibration/eta", c->eta));
  if (b->whole) PetscCall(KarCheckpointPutInt(file, "calibration/whole", 1));
  if (c->energy)
    PetscCall(KarCheckpointPutReals(file, energy_name, 3, (PetscInt[]){b->levels, 2, KAR_ENERGY_KNOTS}, c->energy->h));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCalibrationLoad(KarFFT fft, KarCheckpoint file, PetscInt octaves, KarCalibration *c)
{
  KarCalibrationBins bins = {.components = 1, .directions = 1};
  PetscInt           ndim, shape[8], n;
  PetscReal         *r;
  PetscBool          has;

  PetscFunctionBegin;
  *c = (KarCalibration){0};
  PetscCall(KarCheckpointHas(file, "calibration/r", &has));
  if (!has) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarCheckpointGetShape(file, "calibration/r", &ndim, shape));
  bins.levels = shape[0];
  if (ndim > 2) bins.directions = shape[ndim - 2];
  if (ndim > 3) bins.components = shape[1];
  bins.shells = shape[ndim - 1];
  PetscCall(KarCheckpointGetReal(file, "calibration/low", &bins.low));
  PetscCall(KarCheckpointGetReal(file, "calibration/high", &bins.high));
  PetscCall(KarCheckpointGetReal(file, "calibration/k1", &bins.k1));
  bins.k1 *= (PetscReal)(1 << octaves);
  PetscCall(KarCheckpointHas(file, "calibration/whole", &bins.whole));
  n = bins.levels * kar_calibration_size(&bins);
  PetscCall(PetscMalloc1(n, &r));
  PetscCall(KarCheckpointGetReals(file, "calibration/r", n, r));
  PetscCall(KarCalibrationCreate(fft, &bins, r, c));
  PetscCall(KarCheckpointHas(file, "calibration/eta", &has));
  if (has) PetscCall(KarCheckpointGetReal(file, "calibration/eta", &c->eta));
  PetscCall(KarCheckpointHas(file, energy_name, &has));
  if (has) {
    PetscCall(PetscMalloc1(bins.levels, &c->energy));
    PetscCall(KarCheckpointGetReals(file, energy_name, bins.levels * 2 * KAR_ENERGY_KNOTS, c->energy->h));
  }
  PetscCall(PetscFree(r));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void kar_calibration_time(KarCalibration *c, PetscReal logratio)
{
  const KarCalibrationBins *b = &c->bins;
  if (!b->levels) return;
  const PetscInt  one  = kar_calibration_size(b);
  const PetscReal last = (PetscReal)(b->levels - 1);
  const PetscReal u    = PetscMax(0, PetscMin(last, (logratio - b->low) / (b->high - b->low) * last));
  const PetscInt  l    = PetscMin((PetscInt)u, b->levels - 2);
  /* below the last level: what a network can err by falls as the variance of the noise */
  const PetscReal less = PetscExpReal(2 * PetscMin(0, logratio - b->low));

  c->level = (PetscInt)(u + 0.5);
  for (PetscInt i = 0; i < one; i++) {
    const PetscReal *r = c->r + l * one + i;

    c->now[i] = less * (r[0] + (u - (PetscReal)l) * (r[one] - r[0]));
  }
  for (int i = 0; i < KAR_ENERGY_KNOTS && c->energy; i++) {
    const KarEnergyGains *g = c->energy + l;
    const PetscReal       v = u - (PetscReal)l;

    c->here.h[i]  = less * (g[0].h[i] + v * (g[1].h[i] - g[0].h[i]));
    c->here.at[i] = g[0].at[i] + v * (g[1].at[i] - g[0].at[i]);
  }
}

PetscErrorCode KarDenoiserSetCalibration(KarDenoiser d, const KarCalibrationBins *bins, const PetscReal r[])
{
  PetscFunctionBegin;
  PetscCall(KarCalibrationDestroy(&d->calibration));
  if (bins) PetscCall(KarCalibrationCreate(d->fft, bins, r, &d->calibration));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserGetCalibration(KarDenoiser d, const KarCalibrationBins **bins, const PetscReal *r[])
{
  PetscFunctionBegin;
  *bins = &d->calibration.bins;
  *r    = d->calibration.r;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserScaleCalibration(KarDenoiser d, PetscReal share)
{
  KarCalibration *c = &d->calibration;

  PetscFunctionBegin;
  for (PetscInt i = 0; c->bins.levels && i < c->bins.levels * kar_calibration_size(&c->bins); i++) c->r[i] *= share;
  for (PetscInt i = 0; c->energy && i < c->bins.levels; i++)
    for (int k = 0; k < KAR_ENERGY_KNOTS; k++) c->energy[i].h[k] *= share;
  d->kept.x = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserGetCalibrated(KarDenoiser d, KarCalibrated *sampler)
{
  const KarCalibration *c = &d->calibration;

  PetscFunctionBegin;
  *sampler = (KarCalibrated){0};
  if (c->bins.levels)
    *sampler = (KarCalibrated){.evaluations = c->bins.levels, .end = PetscExpReal(c->bins.low), .eta = c->eta};
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserSetCalibratedEta(KarDenoiser d, PetscReal eta)
{
  PetscFunctionBegin;
  d->calibration.eta = eta;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserCollect(KarDenoiser d, const PetscReal q[], PetscReal above[], PetscReal below[])
{
  PetscFunctionBegin;
  d->calibration.q     = q;
  d->calibration.above = above;
  d->calibration.below = below;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserCollectPower(KarDenoiser d, Vec x, PetscReal above[], PetscReal below[])
{
  const KarModes    *m;
  const PetscScalar *in;
  KarMode            mode;
  PetscBool          solenoidal;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(d->fft, &m));
  PetscCall(KarCovIsSolenoidal(d->frame.data, &solenoidal));
  PetscCall(VecGetArrayRead(x, &in));
  for (PetscInt i = 0; i < d->frame.modes; i++) {
    if (d->frame.C[i] <= KAR_NOTHING * d->trace) continue;
    kar_mode(m, i / m->length, i % m->length, &mode);
    const KarCalibrationPlace place = kar_calibration_place(&d->calibration, i);

    for (PetscInt c = 0; c < m->dof; c++) {
      const PetscInt     bin = kar_calibration_bin(&d->calibration, place, c);
      const PetscScalar *a   = in + (i * m->dof + c) * m->width;

      if (bin < 0) continue;
      const PetscReal mean = m->start == 0 && i == 0 ? d->mean[c] : 0;

      for (PetscInt part = 0; part < m->width; part++) above[bin] += PetscSqr(a[part] - (part ? 0 : mean));
      below[bin] += mode.weight * d->frame.C[i] * (solenoidal ? 1 - 1 / (PetscReal)m->dof : 1);
    }
  }
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserCollectSteps_Private(KarDenoiser d, const KarTraces *traces, Vec at, Vec of)
{
  KarCalibration    *calibration = &d->calibration;
  const PetscInt     first       = calibration->level * kar_calibration_size(&calibration->bins);
  const KarModes    *m;
  const PetscScalar *x, *D;

  PetscFunctionBegin;
  if (!calibration->above) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarFFTGetModes(d->fft, &m));
  PetscCall(VecGetArrayRead(at, &x));
  PetscCall(VecGetArrayRead(of, &D));
  for (PetscInt i = 0; i < d->frame.modes; i++) {
    const KarFrame *f = &d->frame;
    const PetscReal w = kar_denoiser_gains(d, traces, i).w, a = kar_frame_a(f, i), s = kar_frame_s(f, i);

    if (w <= 0 || f->C[i] <= KAR_NOTHING * d->trace || (d->resolved && !d->resolved[i])) continue;
    const KarCalibrationPlace place = kar_calibration_place(calibration, i);

    for (PetscInt c = 0; c < m->dof; c++) {
      const PetscInt bin = kar_calibration_bin(calibration, place, c);

      if (bin < 0) continue;
      const PetscReal C = calibration->q ? calibration->q[bin] * f->C[i] : f->C[i];
      const PetscReal v = calibration->q ? a * C / (a * a * C + s * s * f->lambda[i]) : w;

      const PetscReal mean = m->start == 0 && i == 0 ? d->mean[c] : 0;

      for (PetscInt part = 0; part < m->width; part++) {
        const PetscInt  j = (i * m->dof + c) * m->width + part;
        const PetscReal y = x[j] - (part ? 0 : a * mean);

        calibration->above[first + bin] += (D[j] - (part ? 0 : mean) - v * y) * w * y;
        calibration->below[first + bin] += PetscSqr(w * y);
      }
    }
  }
  PetscCall(VecRestoreArrayRead(of, &D));
  PetscCall(VecRestoreArrayRead(at, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}
