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
/* Not collective. The transform of its denoiser; borrowed. */
PETSC_EXTERN PetscErrorCode KarGiverGetFFT(KarGiver giver, KarFFT *fft);

/* Values of a field at random points of its grid: from fewest to most of them, evenly in the logarithm, with noise of
   that standard deviation, and none in a box of random place and sides up to hide of the field's. most 0: no data. */
typedef struct {
  PetscInt  fewest, most;
  PetscReal noise, hide;
} KarRandomData;
/* Collective on comm. -train_observe, and where it is given -train_observe_noise and -train_observe_hide; purpose is
   said in -help. */
PETSC_EXTERN PetscErrorCode KarRandomDataFromOptions(MPI_Comm comm, const char prefix[], const char purpose[],
                                                     KarRandomData *data);
/* Collective. KarGiverSet() with such data of the field of coordinates x0, those of `key`. */
PETSC_EXTERN PetscErrorCode KarGiverObserve(KarGiver giver, PetscInt slot, const KarRandomData *data, KarKey key,
                                            Vec x0);
