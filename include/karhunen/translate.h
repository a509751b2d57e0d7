/* Translation of a field of one law into one of another by a learnt bridge (docs/bridges.md). A header of the room
   sampler. Level 7. */
#pragma once

#include <karhunen/denoiser.h>

/* Collective. x, coordinates of a field of the first law on the denoiser's grid, becomes one of the second: `steps`
   steps of the process that the denoiser of bridges has learnt, with noise of key.seed and key.sample. Exact in its
   second moments for Gaussian pairs at any number of steps. */
PETSC_EXTERN PetscErrorCode KarDenoiserTranslate(KarDenoiser denoiser, PetscInt steps, KarKey key, Vec x);
