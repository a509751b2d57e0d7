/* A law on one grid, made from a spectrum: which noise goes with the data, and the process between them. */
#include "frame.h"

/* Noise a little rougher than the data: lambda = C (1 + ell^2 |k|^2)^m, so that sum C/lambda is finite in the plane
   (the data lie in the noise's Cameron-Martin space; Lim, Pidstrigach). ell is a fifth of the longest scale of the
   box. */
#define ROUGH_LENGTH 0.2
#define ROUGH_POWER  1.25
#define ROUGH_MARGIN 0.25 /* of the noise's decay |k|^-p over the least that has a finite variance, p = dim */

/* Of bridges: a reference that keeps .61 of a field and adds a tenth of the usual noise. */
#define BRIDGE_NOISE    0.1
#define BRIDGE_BETA_MIN 0.5
#define BRIDGE_BETA_MAX 1.5

/* The process becomes that of bridges of the one that is there. */
static PetscErrorCode SetMatching(KarFrame *frame, const KarPairs *pairs)
{
  KarSDE matching;

  PetscFunctionBegin;
  PetscCall(KarSDECreateMatching(frame->sde, frame->data, pairs, &matching));
  PetscCall(KarSDEDestroy(&frame->sde));
  frame->sde = matching;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CopyPairs(KarFrame *frame, const KarPairs *pairs)
{
  PetscReal *k, *correlation;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(pairs->n, &k, pairs->n, &correlation));
  PetscCall(PetscArraycpy(k, pairs->k, pairs->n));
  PetscCall(PetscArraycpy(correlation, pairs->correlation, pairs->n));
  frame->pairs             = *pairs;
  frame->pairs.k           = k;
  frame->pairs.correlation = correlation;
  PetscCall(KarCovReference(pairs->start));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode DestroyPairs(KarFrame *frame)
{
  PetscFunctionBegin;
  if (!frame->pairs.start) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarCovDestroy(&frame->pairs.start));
  PetscCall(PetscFree2(frame->pairs.k, frame->pairs.correlation));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFrameSetUp(KarFrame *frame)
{
  const KarModes *m;
  PetscBool       scalar;

  PetscFunctionBegin;
  PetscCall(KarCovShare(frame->noise, frame->data));
  PetscCall(KarSDESetUp(frame->sde));
  if (frame->pairs.start) PetscCall(SetMatching(frame, &frame->pairs));
  PetscCall(DestroyPairs(frame));
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

/* The default roughening of the noise; limited: as far as the data's tail allows. */
static PetscErrorCode SetRoughness(KarFrame *frame, const KarPairs *pairs, PetscBool limited)
{
  const PetscBool plain  = (PetscBool)(pairs && pairs->plain);
  const PetscReal factor = pairs && !plain ? BRIDGE_NOISE : 1;
  PetscReal       decay, most, power = plain ? 0 : ROUGH_POWER;
  KarGrid         grid;
  KarGridInfo     info;

  PetscFunctionBegin;
  PetscCall(KarFFTGetGrid(frame->fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(KarCovGetDecay(frame->data, &decay));
  most         = (decay - (PetscReal)info.dim - ROUGH_MARGIN) / 2;
  frame->decay = limited && !plain && power > most ? decay : 0;
  if (frame->decay > 0) power = most;
  PetscCall(KarCovSetRoughness(frame->noise, ROUGH_LENGTH * info.length[0] / (2 * PETSC_PI), power, factor));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFrameCreate(KarFFT fft, const PetscInt coarse[], const KarPairs *pairs, PetscInt n,
                              const PetscReal k[], const PetscReal lambda[], KarFrame *frame)
{
  PetscFunctionBegin;
  PetscCall(KarFFTReference(fft));
  frame->fft = fft;
  PetscCall(KarCovCreate(fft, &frame->data));
  PetscCall(KarCovSetSpectrum(frame->data, n, k, lambda));
  PetscCall(KarCovSetOctave(frame->data, coarse));
  PetscCall(KarCovSetUp(frame->data));
  PetscCall(KarCovCreate(fft, &frame->noise));
  PetscCall(KarCovSetSpectrum(frame->noise, n, k, lambda));
  PetscCall(KarCovSetOctave(frame->noise, coarse));
  PetscCall(SetRoughness(frame, pairs, PETSC_TRUE));
  PetscCall(KarSDECreate(frame->noise, &frame->sde));
  PetscCall(KarSDESetType(frame->sde, KARSDEVP));
  if (pairs) PetscCall(KarSDESetParameter(frame->sde, "beta_min", BRIDGE_BETA_MIN));
  if (pairs) PetscCall(KarSDESetParameter(frame->sde, "beta_max", BRIDGE_BETA_MAX));
  if (pairs) PetscCall(CopyPairs(frame, pairs));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Where the noise is of another type or its roughness is given, the data's tail does not limit it. */
PetscErrorCode KarFrameSetFromOptions(KarFrame *frame, const char prefix[])
{
  char      noise[80];
  PetscBool other, given;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(noise, sizeof(noise), "%snoise_", prefix));
  PetscCall(KarOptionsGiven(noise, "cov_type", &other));
  PetscCall(KarOptionsGiven(noise, "cov_rough_power", &given));
  PetscCall(SetRoughness(frame, frame->pairs.start ? &frame->pairs : NULL, other || given ? PETSC_FALSE : PETSC_TRUE));
  PetscCall(KarCovSetOptionsPrefix(frame->noise, noise));
  PetscCall(KarCovSetFromOptions(frame->noise));
  PetscCall(KarSDESetOptionsPrefix(frame->sde, prefix));
  PetscCall(KarSDESetFromOptions(frame->sde));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode LoadMatching(KarCheckpoint file, KarFrame *frame)
{
  PetscInt   ndim, shape[8];
  PetscReal *k, *correlation;
  KarPairs   pairs;

  PetscFunctionBegin;
  PetscCall(KarCheckpointGetShape(file, "bridge/correlation", &ndim, shape));
  PetscCall(PetscMalloc2(shape[0], &k, shape[0], &correlation));
  PetscCall(KarCheckpointGetReals(file, "bridge/k", shape[0], k));
  PetscCall(KarCheckpointGetReals(file, "bridge/correlation", shape[0], correlation));
  pairs = (KarPairs){.n = shape[0], .k = k, .correlation = correlation};
  PetscCall(KarCheckpointGetReal(file, "bridge/limit", &pairs.limit));
  PetscCall(KarCovLoad(frame->fft, file, "bridge/start", &pairs.start));
  PetscCall(SetMatching(frame, &pairs));
  PetscCall(KarCovDestroy(&pairs.start));
  PetscCall(PetscFree2(k, correlation));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SaveMatching(KarSDE reference, const KarPairs *pairs, KarCheckpoint file)
{
  PetscFunctionBegin;
  PetscCall(KarSDESave(reference, file, "process"));
  PetscCall(KarCovSave(pairs->start, file, "bridge/start"));
  PetscCall(KarCheckpointPutReals(file, "bridge/k", 1, &pairs->n, pairs->k));
  PetscCall(KarCheckpointPutReals(file, "bridge/correlation", 1, &pairs->n, pairs->correlation));
  PetscCall(KarCheckpointPutReal(file, "bridge/limit", pairs->limit));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFrameLoad(KarFFT fft, const PetscInt coarse[], KarCheckpoint file, KarFrame *frame)
{
  PetscBool has;

  PetscFunctionBegin;
  PetscCall(KarFFTReference(fft));
  frame->fft = fft;
  PetscCall(KarCovLoad(fft, file, "data", &frame->data));
  PetscCall(KarCovLoad(fft, file, "noise", &frame->noise));
  PetscCall(KarCovSetOctave(frame->data, coarse));
  PetscCall(KarCovSetOctave(frame->noise, coarse));
  PetscCall(KarSDELoad(frame->noise, file, "process", &frame->sde));
  PetscCall(KarCheckpointHas(file, "bridge/correlation", &has));
  if (has) PetscCall(LoadMatching(file, frame));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFrameSave(const KarFrame *frame, KarCheckpoint file)
{
  KarSDE   reference;
  KarPairs pairs;

  PetscFunctionBegin;
  PetscCall(KarSDEGetMatching(frame->sde, &reference, &pairs));
  PetscCall(KarCovSave(frame->data, file, "data"));
  PetscCall(KarCovSave(frame->noise, file, "noise"));
  if (reference) PetscCall(SaveMatching(reference, &pairs, file));
  else PetscCall(KarSDESave(frame->sde, file, "process"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFrameDestroy(KarFrame *frame)
{
  PetscFunctionBegin;
  PetscCall(DestroyPairs(frame));
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
