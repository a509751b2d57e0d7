/* The part of w x that a denoiser leaves out since its calibration, by level and shell (karhunen/calibration.h). */
#include "denoiserimpl.h"

PetscErrorCode KarCalibrationCreate(KarFFT fft, PetscInt levels, PetscInt bins, PetscReal low, PetscReal high,
                                    PetscReal k1, const PetscReal r[], KarCalibration *c)
{
  const KarModes *m;
  KarMode         mode;

  PetscFunctionBegin;
  *c = (KarCalibration){.levels = levels, .bins = bins, .low = low, .high = high, .k1 = k1};
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(PetscMalloc1(levels * bins, &c->r));
  PetscCall(PetscArraycpy(c->r, r, levels * bins));
  PetscCall(PetscMalloc1(m->rows * m->length, &c->at));
  PetscCall(PetscCalloc1(bins, &c->now));
  for (PetscInt i = 0; i < m->rows * m->length; i++) {
    kar_mode(m, i / m->length, i % m->length, &mode);
    c->at[i] = (float)(PetscSqrtReal(mode.k2) / k1);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCalibrationDestroy(KarCalibration *c)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(c->r));
  PetscCall(PetscFree(c->at));
  PetscCall(PetscFree(c->now));
  c->levels = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCalibrationSave(const KarCalibration *c, KarCheckpoint file)
{
  const PetscInt shape[2] = {c->levels, c->bins};

  PetscFunctionBegin;
  if (!c->levels) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarCheckpointPutReals(file, "calibration/r", 2, shape, c->r));
  PetscCall(KarCheckpointPutReal(file, "calibration/low", c->low));
  PetscCall(KarCheckpointPutReal(file, "calibration/high", c->high));
  PetscCall(KarCheckpointPutReal(file, "calibration/k1", c->k1));
  PetscCall(KarCheckpointPutReal(file, "calibration/eta", c->eta));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCalibrationLoad(KarFFT fft, KarCheckpoint file, KarCalibration *c)
{
  PetscInt  ndim, shape[8];
  PetscReal low, high, k1, *r;
  PetscBool has;

  PetscFunctionBegin;
  *c = (KarCalibration){0};
  PetscCall(KarCheckpointHas(file, "calibration/r", &has));
  if (!has) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarCheckpointGetShape(file, "calibration/r", &ndim, shape));
  PetscCall(KarCheckpointGetReal(file, "calibration/low", &low));
  PetscCall(KarCheckpointGetReal(file, "calibration/high", &high));
  PetscCall(KarCheckpointGetReal(file, "calibration/k1", &k1));
  PetscCall(PetscMalloc1(shape[0] * shape[1], &r));
  PetscCall(KarCheckpointGetReals(file, "calibration/r", shape[0] * shape[1], r));
  PetscCall(KarCalibrationCreate(fft, shape[0], shape[1], low, high, k1, r, c));
  PetscCall(KarCheckpointHas(file, "calibration/eta", &has));
  if (has) PetscCall(KarCheckpointGetReal(file, "calibration/eta", &c->eta));
  PetscCall(PetscFree(r));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void kar_calibration_time(KarCalibration *c, PetscReal logratio)
{
  if (!c->levels) return;
  const PetscReal u = PetscMax(
    0, PetscMin((PetscReal)(c->levels - 1), (logratio - c->low) / (c->high - c->low) * (PetscReal)(c->levels - 1)));
  const PetscInt l = PetscMin((PetscInt)u, c->levels - 2);
  /* below the last level: what a network can err by falls as the variance of the noise */
  const PetscReal less = PetscExpReal(2 * PetscMin(0, logratio - c->low));

  c->level = (PetscInt)(u + 0.5);
  for (PetscInt b = 0; b < c->bins; b++) {
    const PetscReal *r = c->r + l * c->bins + b;

    c->now[b] = less * (r[0] + (u - (PetscReal)l) * (r[c->bins] - r[0]));
  }
}

PetscErrorCode KarDenoiserSetCalibration(KarDenoiser d, PetscInt levels, PetscInt bins, PetscReal low, PetscReal high,
                                         PetscReal k1, const PetscReal r[])
{
  PetscFunctionBegin;
  PetscCall(KarCalibrationDestroy(&d->calibration));
  if (levels) PetscCall(KarCalibrationCreate(d->fft, levels, bins, low, high, k1, r, &d->calibration));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserGetCalibrated(KarDenoiser d, KarCalibrated *sampler)
{
  const KarCalibration *c = &d->calibration;

  PetscFunctionBegin;
  *sampler = (KarCalibrated){0};
  if (c->levels) *sampler = (KarCalibrated){.evaluations = c->levels, .end = PetscExpReal(c->low), .eta = c->eta};
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserSetCalibratedEta(KarDenoiser d, PetscReal eta)
{
  PetscFunctionBegin;
  d->calibration.eta = eta;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserCollect(KarDenoiser d, PetscReal above[], PetscReal below[])
{
  PetscFunctionBegin;
  d->calibration.above = above;
  d->calibration.below = below;
  PetscFunctionReturn(PETSC_SUCCESS);
}
