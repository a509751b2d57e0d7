/* Data for a denoiser of fields given data: what they say at each time, by one solve. A header of the room score. Level
   6. */
#pragma once

#include <karhunen/condition.h>
#include <karhunen/innovation.h>

/* Collective. The two maps that a denoiser of fields given data sees, "kriged" and "observed"; before
   KarDenoiserSetUp(). */
PETSC_EXTERN PetscErrorCode KarGiverAddConditions(KarDenoiser denoiser);

typedef struct _p_KarGiver *KarGiver;
/* Collective, after KarDenoiserSetUp(). Gives to the denoiser, which it borrows, until it is destroyed. */
PETSC_EXTERN PetscErrorCode KarGiverCreate(KarDenoiser denoiser, KarGiver *giver);
/* Collective. Data y of slot `slot` of the denoiser's batches, 0 for KarDenoiserApply(); of a linear observation. Both
   are kept by reference. */
PETSC_EXTERN PetscErrorCode KarGiverSet(KarGiver giver, PetscInt slot, KarObservation obs, Vec y);
PETSC_EXTERN PetscErrorCode KarGiverDestroy(KarGiver *giver);
