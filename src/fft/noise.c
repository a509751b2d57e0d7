/* White noise and Gaussian fields: noise.h draws. */
#include "fftimpl.h"

static PetscErrorCode FillArray(KarFFT fft, KarKey key, const PetscReal lambda[], PetscReal a[])
{
  const KarModes      *m     = &fft->modes;
  const KarNoiseDouble noise = {key, lambda};
  PetscReal           *pair;

  PetscFunctionBegin;
  PetscCall(KarLogBegin(KAR_EVENT_NOISE));
  PetscCall(PetscMalloc1(2 * m->length * fft->threads, &pair));
#pragma omp parallel for num_threads(fft->threads) schedule(static, 1)
  for (int t = 0; t < fft->threads; t++) {
    PetscInt begin, end;

    kar_part(m->rows, t, fft->threads, &begin, &end);
    kar_fill_rows_double(m, begin, end, &noise, pair + 2 * m->length * t, a + begin * m->length * m->dof * m->width);
  }
  PetscCall(PetscFree(pair));
  PetscCall(KarLogEnd(KAR_EVENT_NOISE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFFTFillNormalScaled(KarFFT fft, KarKey key, const PetscReal lambda[], Vec x)
{
  PetscScalar *a;

  PetscFunctionBegin;
  PetscCall(VecGetArrayWrite(x, &a));
  PetscCall(FillArray(fft, key, lambda, a));
  PetscCall(VecRestoreArrayWrite(x, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFFTNormalField(KarFFT fft, KarKey key, const PetscReal lambda[], Vec field)
{
  const KarNoiseDouble noise = {key, lambda};
  PetscScalar         *a;
  Vec                  x;

  PetscFunctionBegin;
  if (fft->info.dim == 1) {
    PetscCall(KarFFTCreateCoordinates(fft, &x));
    PetscCall(KarFFTFillNormalScaled(fft, key, lambda, x));
    PetscCall(KarFFTInverse(fft, x, field));
    PetscCall(VecDestroy(&x));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarLogBegin(KAR_EVENT_TO_SPACE));
  PetscCall(VecGetArrayWrite(field, &a));
  PetscCall(KarSlabsToSpaceDouble(fft, fft->slabs, NULL, &noise, a, 0, NULL));
  PetscCall(VecRestoreArrayWrite(field, &a));
  PetscCall(KarLogEnd(KAR_EVENT_TO_SPACE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFFTNormalFieldFloat(KarFFT fft, KarKey key, const float lambda[], float field[])
{
  const KarNoiseFloat noise = {key, lambda};

  PetscFunctionBegin;
  KarCheck(fft->info.comm, fft->info.dim > 1, PETSC_ERR_SUP, "fields in single precision are drawn in 2D and 3D");
  if (!fft->single) PetscCall(KarSlabsCreateFloat(fft, &fft->single));
  PetscCall(KarLogBegin(KAR_EVENT_TO_SPACE));
  PetscCall(KarSlabsToSpaceFloat(fft, fft->single, NULL, &noise, field, 0, NULL));
  PetscCall(KarLogEnd(KAR_EVENT_TO_SPACE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFFTFillNormal(KarFFT fft, KarKey key, Vec x)
{
  PetscFunctionBegin;
  PetscCall(KarFFTFillNormalScaled(fft, key, NULL, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}
