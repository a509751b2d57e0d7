/* What the network of an octave sees of the coarser field X: its modes in three ways,
     C^{-1/2} of the octave before, C^{-1/2} of the one before that, each over the root of its number of modes, and X
     over its deviation,
   so that each has about the variance 1. */
#include "gains.h"

/* 0, 1: one of the two octaves below coarse; 2: further below, or the mean; -1: not below. */
static int Octave(const KarDenoiser d, const KarModes *m, const KarMode *mode)
{
  PetscInt n[3];

  if (!kar_mode_within(m, d->coarse, mode)) return -1;
  for (int j = 0; j < 2; j++) {
    for (PetscInt a = 0; a < m->dim; a++) n[a] = d->coarse[a] >> (j + 1);
    if (!kar_mode_within(m, n, mode)) return j;
  }
  return 2;
}

PetscErrorCode KarDenoiserSetUpOctave_Private(KarDenoiser d)
{
  PetscReal       sum[3] = {0, 0, 0}, lambda;
  KarGrid         grid;
  KarGridInfo     info;
  const KarModes *m;
  KarMode         mode;

  PetscFunctionBegin;
  if (!d->coarse[0]) PetscFunctionReturn(PETSC_SUCCESS);
  d->octave = d->conditions = 3 * d->dof + (d->local ? 1 : 0);
  PetscCall(KarFFTGetGrid(d->fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(KarFFTGetModes(d->fft, &m));
  for (PetscInt i = 0; i < d->frame.modes; i++) {
    kar_mode(m, i / m->length, i % m->length, &mode);
    const int octave = mode.nyquist || mode.k2 == 0 ? -1 : Octave(d, m, &mode);

    if (octave < 0) continue;
    PetscCall(KarCovEvaluate(d->frame.data, PetscSqrtReal(mode.k2), &lambda));
    sum[2] += mode.weight * lambda;
    if (octave == 2 || lambda <= 0) continue;
    sum[octave] += mode.weight;
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, 3, MPIU_REAL, MPIU_SUM, info.comm));
  for (int j = 0; j < 3; j++) d->see[j] = PetscSqrtReal(PetscMax(sum[j], PETSC_SMALL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* *gain = that of local mode i in way j. */
static PetscErrorCode SeeGain(const KarDenoiser d, const KarModes *m, int j, PetscInt i, PetscReal *gain)
{
  KarMode   mode;
  PetscReal lambda;

  PetscFunctionBegin;
  *gain = 0;
  kar_mode(m, i / m->length, i % m->length, &mode);
  const int octave = mode.nyquist || mode.k2 == 0 ? -1 : Octave(d, m, &mode);

  if (octave < 0 || (j < 2 && octave != j)) PetscFunctionReturn(PETSC_SUCCESS);
  *gain = 1 / d->see[j];
  if (j == 2) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarCovEvaluate(d->frame.data, PetscSqrtReal(mode.k2), &lambda));
  *gain = lambda > 0 ? 1 / PetscSqrtReal(lambda) / d->see[j] : 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserSee_Private(KarDenoiser d, Vec x, Vec work, PetscInt stride, float to[])
{
  const KarModes    *m;
  const PetscScalar *in, *a;
  PetscScalar       *out;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(d->fft, &m));
  for (int j = 0; j < 3; j++) {
    PetscCall(VecGetArrayRead(x, &in));
    PetscCall(VecGetArrayWrite(work, &out));
    for (PetscInt i = 0; i < d->frame.modes; i++) {
      PetscReal gain;

      PetscCall(SeeGain(d, m, j, i, &gain));
      for (PetscInt c = i * m->dof * m->width; c < (i + 1) * m->dof * m->width; c++) out[c] = gain * in[c];
    }
    PetscCall(VecRestoreArrayWrite(work, &out));
    PetscCall(VecRestoreArrayRead(x, &in));
    PetscCall(VecGetArrayRead(work, &a));
    PetscCall(KarFFTInverseFloat(d->net_fft, a, stride, to + j * d->dof));
    PetscCall(VecRestoreArrayRead(work, &a));
  }
  PetscCall(KarDenoiserSeeAmplitude_Private(d, work, stride, to));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserSetCondition(KarDenoiser d, Vec coarse)
{
  Vec work;

  PetscFunctionBegin;
  KarDenoiserCheckReady(d, "KarDenoiserSetCondition");
  if (!d->octave) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarDenoiserAllocate_Private(d, 1, PETSC_FALSE));
  PetscCall(VecDuplicate(coarse, &work));
  PetscCall(KarDenoiserSee_Private(d, coarse, work, d->channels + d->conditions, d->x + d->channels));
  PetscCall(VecDestroy(&work));
  d->conditioned = PETSC_TRUE;
  d->kept.x      = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserIsOctave(KarDenoiser d, PetscBool *octave)
{
  PetscFunctionBegin;
  *octave = d->coarse[0] ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}
