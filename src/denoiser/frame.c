#include "frame.h"

/* Noise a little rougher than the data: lambda = C (1 + ell^2 |k|^2)^m, so that sum C/lambda is finite in the plane (the data
   lie in the noise's Cameron-Martin space; Lim, Pidstrigach). ell: a fifth of the longest scale of the box. */
#define ROUGH_LENGTH 0.2
#define ROUGH_POWER  1.25
#define ROUGH_MARGIN 0.25 /* of the noise's decay |k|^-p over the least that has a finite variance, p = dim */

static PetscErrorCode SetUp(KarFrame *frame)
{
  const KarModes *m;
  PetscBool       scalar;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(frame->fft, &m));
  frame->modes = m->rows * m->length;
  frame->dof   = m->dof;
  frame->t     = -1;
  PetscCall(KarCovGetEigenvalues(frame->data, &frame->C));
  PetscCall(KarCovGetEigenvalues(frame->noise, &frame->lambda));
  PetscCall(KarSDEIsScalar(frame->sde, &scalar));
  if (!scalar) PetscCall(PetscMalloc2(frame->modes, &frame->am, frame->modes, &frame->sm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The default roughening of the noise, as far as the data's tail allows when the noise is made of it. */
static PetscErrorCode SetRoughness(KarFrame *frame, const KarGridInfo *info)
{
  PetscReal decay, most, power = ROUGH_POWER;
  PetscBool other, given;

  PetscFunctionBegin;
  PetscCall(KarOptionsGiven("noise_", "cov_type", &other));
  PetscCall(KarOptionsGiven("noise_", "cov_rough_power", &given));
  PetscCall(KarCovGetDecay(frame->data, &decay));
  most = (decay - (PetscReal)info->dim - ROUGH_MARGIN) / 2;
  if (!other && !given && power > most) {
    power        = most;
    frame->decay = decay;
  }
  PetscCall(KarCovSetRoughness(frame->noise, ROUGH_LENGTH * info->length[0] / (2 * PETSC_PI), power, 1));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFrameCreate(KarFFT fft, const PetscInt coarse[], PetscInt n, const PetscReal k[], const PetscReal lambda[], KarFrame *frame)
{
  KarGrid     grid;
  KarGridInfo info;

  PetscFunctionBegin;
  PetscCall(KarFFTReference(fft));
  frame->fft = fft;
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(KarCovCreate(fft, &frame->data));
  PetscCall(KarCovSetSpectrum(frame->data, n, k, lambda));
  PetscCall(KarCovSetOctave(frame->data, coarse));
  PetscCall(KarCovSetUp(frame->data));
  PetscCall(KarCovCreate(fft, &frame->noise));
  PetscCall(KarCovSetSpectrum(frame->noise, n, k, lambda));
  PetscCall(KarCovSetOctave(frame->noise, coarse));
  PetscCall(SetRoughness(frame, &info));
  PetscCall(KarCovSetOptionsPrefix(frame->noise, "noise_"));
  PetscCall(KarCovSetFromOptions(frame->noise));
  PetscCall(KarCovSetUp(frame->noise));
  PetscCall(KarSDECreate(frame->noise, &frame->sde));
  PetscCall(KarSDESetType(frame->sde, KARSDEVP));
  PetscCall(KarSDESetFromOptions(frame->sde));
  PetscCall(KarSDESetUp(frame->sde));
  PetscCall(SetUp(frame));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFrameLoad(KarFFT fft, const PetscInt coarse[], KarCheckpoint file, KarFrame *frame)
{
  PetscFunctionBegin;
  PetscCall(KarFFTReference(fft));
  frame->fft = fft;
  PetscCall(KarCovLoad(fft, file, "data", &frame->data));
  PetscCall(KarCovLoad(fft, file, "noise", &frame->noise));
  PetscCall(KarCovSetOctave(frame->data, coarse));
  PetscCall(KarCovSetOctave(frame->noise, coarse));
  PetscCall(KarSDELoad(frame->noise, file, "process", &frame->sde));
  PetscCall(SetUp(frame));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFrameSave(const KarFrame *frame, KarCheckpoint file)
{
  PetscFunctionBegin;
  PetscCall(KarCovSave(frame->data, file, "data"));
  PetscCall(KarCovSave(frame->noise, file, "noise"));
  PetscCall(KarSDESave(frame->sde, file, "process"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFrameDestroy(KarFrame *frame)
{
  PetscFunctionBegin;
  PetscCall(KarSDEDestroy(&frame->sde));
  PetscCall(KarCovDestroy(&frame->noise));
  PetscCall(KarCovDestroy(&frame->data));
  PetscCall(KarFFTDestroy(&frame->fft));
  PetscCall(PetscFree2(frame->am, frame->sm));
  PetscCall(PetscFree2(frame->a0, frame->s0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFrameSetTime(KarFrame *frame, PetscReal t)
{
  PetscFunctionBegin;
  if (t == frame->t) PetscFunctionReturn(PETSC_SUCCESS);
  if (frame->am) PetscCall(KarSDEGetMarginalModes(frame->sde, t, frame->am, frame->sm));
  else PetscCall(KarSDEGetMarginal(frame->sde, t, &frame->a, &frame->s));
  frame->t = t;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFrameSetBefore(KarFrame *frame, PetscReal t)
{
  PetscFunctionBegin;
  if (!frame->a0) PetscCall(PetscMalloc2(frame->modes, &frame->a0, frame->modes, &frame->s0));
  PetscCall(KarSDEGetMarginalModes(frame->sde, t, frame->a0, frame->s0));
  PetscFunctionReturn(PETSC_SUCCESS);
}
