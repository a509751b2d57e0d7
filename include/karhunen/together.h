/* Many samples of one sampler side by side, step by step, for what is learnt of all at one level of noise. A header of
   the room sampler. Level 7. */
#pragma once

#include <karhunen/sampler.h>

/* Who goes along. turn: what is evaluated next is of sample j. see: every sample of this rank stands at x[j] at time t,
   step by step and last at the end, and D[j] is its denoised field, from which it goes on: see may change it. *on,
   true at first: go on. */
typedef struct {
  PetscErrorCode (*turn)(void *ctx, PetscInt j);
  PetscErrorCode (*see)(void *ctx, PetscInt step, PetscReal t, const Vec x[], const Vec D[], PetscBool *on);
  void *ctx;
} KarCompanion;
/* Collective on the sampler's ranks. KarSamplerSolve() of n samples, the same bits where see() changes nothing. x[n]
   is overwritten. A type that evaluates once a step (em, ancestral, multistep), which ends with the denoised field.
   Each sample holds what a sampler does: of multistep 7 vectors, and D. *whole false: see() ended it. */
PETSC_EXTERN PetscErrorCode KarSamplerSolveTogether(TS ts, PetscInt n, const KarKey key[], Vec x[],
                                                    const KarCompanion *companion, PetscBool *whole);
