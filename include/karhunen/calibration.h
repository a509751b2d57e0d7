/* Calibration of a denoiser by what its own draws lack. A header of the room denoiser. Level 5. */
#pragma once

#include <karhunen/denoiser.h>

/* Not collective. Lowers w to (1 - r) w from now on, in the modes that the network's grid has; r[levels][bins] at
   log(s/a) from low to high and |k| = 0, k1, 2 k1, ...; copied. levels 0: no correction. */
PETSC_EXTERN PetscErrorCode KarDenoiserSetCalibration(KarDenoiser denoiser, PetscInt levels, PetscInt bins,
                                                      PetscReal low, PetscReal high, PetscReal k1, const PetscReal r[]);
/* The sampler that a calibration was made with: its evaluations, s/a where it ended, and its share of noise, the eta of
   multistep. */
typedef struct {
  PetscInt  evaluations; /* 0: there is no calibration */
  PetscReal end, eta;
} KarCalibrated;
/* Not collective. */
PETSC_EXTERN PetscErrorCode KarDenoiserGetCalibrated(KarDenoiser denoiser, KarCalibrated *sampler);
/* Not collective. The eta of the sampler that the calibration was made with (0). */
PETSC_EXTERN PetscErrorCode KarDenoiserSetCalibratedEta(KarDenoiser denoiser, PetscReal eta);
/* Not collective. From now on each evaluation adds, at its level, (D - w x) . (w x) and |w x|^2 of every shell of this
   rank to above and below, [levels][bins] of the calibration that is set; NULL ends it. */
PETSC_EXTERN PetscErrorCode KarDenoiserCollect(KarDenoiser denoiser, PetscReal above[], PetscReal below[]);
