/* Gains of the whole denoiser, D_k - m = (1 - r) (w (x_k - a m) + o F_k), by the moment that the true one has:
     E[(D - m) . (x - a m)] = E[(X_0 - m) . (X_t - a m)] = a C,
   mode by mode, at every level of noise (karhunen/calibration.h). */
#include "gains.h"

PetscErrorCode KarDenoiserCollectMoment(KarDenoiser d, PetscReal t, Vec at, Vec of, const PetscReal q[],
                                        PetscReal moment[], PetscReal expected[])
{
  const KarFrame    *f = &d->frame;
  const KarModes    *m;
  const PetscScalar *x, *D;
  KarMode            mode;
  PetscBool          solenoidal;

  PetscFunctionBegin;
  PetscCall(KarFrameSetTime(&d->frame, t));
  PetscCall(KarFFTGetModes(d->fft, &m));
  PetscCall(KarCovIsSolenoidal(f->data, &solenoidal));
  const PetscReal share = solenoidal ? 1 - 1 / (PetscReal)m->dof : 1; /* of C, that a component has */

  PetscCall(VecGetArrayRead(at, &x));
  PetscCall(VecGetArrayRead(of, &D));
  for (PetscInt i = 0; i < f->modes; i++) {
    const PetscReal a = kar_frame_a(f, i);

    if (f->C[i] <= KAR_NOTHING * d->trace || (d->resolved && !d->resolved[i])) continue;
    kar_mode(m, i / m->length, i % m->length, &mode);
    const KarCalibrationPlace place = kar_calibration_place(&d->calibration, i);

    for (PetscInt c = 0; c < m->dof; c++) {
      const PetscInt  bin  = kar_calibration_bin(&d->calibration, place, c);
      const PetscReal mean = m->start == 0 && i == 0 ? d->mean[c] : 0;

      if (bin < 0) continue;
      expected[bin] += mode.weight * a * q[bin] * share * f->C[i];
      for (PetscInt part = 0; part < m->width; part++) {
        const PetscInt  j   = (i * m->dof + c) * m->width + part;
        const PetscReal own = part ? 0 : mean;

        moment[bin] += (D[j] - own) * (x[j] - a * own);
      }
    }
  }
  PetscCall(VecRestoreArrayRead(of, &D));
  PetscCall(VecRestoreArrayRead(at, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserLower(KarDenoiser d, PetscReal t, Vec of)
{
  const KarModes *m;
  PetscScalar    *D;
  PetscReal       logsnr;

  PetscFunctionBegin;
  PetscCall(KarSDEGetLogSNR(d->frame.sde, t, &logsnr));
  kar_calibration_time(&d->calibration, -logsnr / 2);
  PetscCall(KarFFTGetModes(d->fft, &m));
  PetscCall(VecGetArray(of, &D));
  for (PetscInt i = 0; i < d->frame.modes; i++) {
    const KarCalibrationPlace place = kar_calibration_place(&d->calibration, i);

    if (d->resolved && !d->resolved[i]) continue;
    for (PetscInt c = 0; c < m->dof; c++) {
      const PetscReal kept = 1 - kar_calibration(&d->calibration, place, c);
      const PetscReal mean = m->start == 0 && i == 0 ? d->mean[c] : 0;

      for (PetscInt part = 0; part < m->width; part++) {
        PetscScalar    *value = &D[(i * m->dof + c) * m->width + part];
        const PetscReal own   = part ? 0 : mean;

        *value = own + kept * (*value - own);
      }
    }
  }
  PetscCall(VecRestoreArray(of, &D));
  PetscFunctionReturn(PETSC_SUCCESS);
}
