/* Nats of a field under a cascade: those of its base's modes, and of each octave's given the field's own coarser ones;
   their sum is of the field, p(x_0) prod_j p(x_j | x_<j). */
#include <karhunen/cascade.h>
#include <karhunen/likelihood.h>

/* The modes of level j: x truncated to its grid, less what the level before has of it, which is its condition. */
static PetscErrorCode Take(KarCascade cascade, PetscInt j, Vec x, Vec *octave)
{
  PetscInt    levels;
  KarScore    level, other;
  KarFFT      fft, all, coarse;
  KarResample down, across, up;
  Vec         small, below;

  PetscFunctionBegin;
  PetscCall(KarCascadeGetSize(cascade, &levels));
  PetscCall(KarCascadeGetLevel(cascade, j, &level, NULL));
  PetscCall(KarScoreGetFFT(level, &fft));
  PetscCall(KarCascadeGetLevel(cascade, levels - 1, &other, NULL));
  PetscCall(KarScoreGetFFT(other, &all));
  PetscCall(KarFFTCreateCoordinates(fft, octave));
  if (j < levels - 1) {
    PetscCall(KarResampleCreate(all, fft, &down));
    PetscCall(KarResampleApply(down, x, *octave));
    PetscCall(KarResampleDestroy(&down));
  } else PetscCall(VecCopy(x, *octave));
  if (!j) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarCascadeGetLevel(cascade, j - 1, &other, NULL));
  PetscCall(KarScoreGetFFT(other, &coarse));
  PetscCall(KarFFTCreateCoordinates(coarse, &small));
  PetscCall(VecDuplicate(*octave, &below));
  PetscCall(KarResampleCreate(fft, coarse, &across));
  PetscCall(KarResampleCreate(coarse, fft, &up));
  PetscCall(KarResampleApply(across, *octave, small));
  PetscCall(KarResampleApply(up, small, below));
  PetscCall(KarScoreSetUp(level));
  PetscCall(KarScoreSetCondition(level, below));
  PetscCall(VecAXPY(*octave, -1, below));
  PetscCall(KarResampleDestroy(&across));
  PetscCall(KarResampleDestroy(&up));
  PetscCall(VecDestroy(&small));
  PetscCall(VecDestroy(&below));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeElbo(KarCascade cascade, PetscInt evaluations, KarKey key, Vec x, PetscReal nats[],
                              PetscReal modes[])
{
  PetscInt  levels;
  PetscReal none;
  KarScore  level;
  Vec       octave;

  PetscFunctionBegin;
  PetscCall(KarCascadeGetSize(cascade, &levels));
  for (PetscInt j = 0; j < levels; j++) {
    PetscCall(KarCascadeGetLevel(cascade, j, &level, NULL));
    PetscCall(Take(cascade, j, x, &octave));
    PetscCall(KarScoreElbo(level, evaluations, key, octave, &nats[j]));
    PetscCall(KarScoreGaussianRatio(level, level, octave, &none, &modes[j]));
    PetscCall(VecDestroy(&octave));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
