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
/* Not collective. What it has of a slot; borrowed. */
PETSC_EXTERN PetscErrorCode KarGiverGet(KarGiver giver, PetscInt slot, KarObservation *obs, Vec *y);
PETSC_EXTERN PetscErrorCode KarGiverDestroy(KarGiver *giver);
/* Not collective. The transform of its denoiser; borrowed. */
PETSC_EXTERN PetscErrorCode KarGiverGetFFT(KarGiver giver, KarFFT *fft);

/* Data of a field of random kinds: values at random points of its grid ("points") or every so many of them ("lattice"),
   means over boxes about random points ("average", edges from width[0] to width[1]) or over the cells of a lattice
   ("cells"), all points of a coarser grid ("coarse"). From fewest to most of them, with noise of a standard deviation
   from noise[0] to noise[1], all evenly in the logarithm; none in a box of random place and sides up to hide of the
   field's, or, in a share half of the fields, in half of it. most 0: no data. */
#define KAR_DATA_KINDS 16 /* in the list, at most */
typedef struct {
  PetscInt  fewest, most;
  PetscInt  kinds, kind[KAR_DATA_KINDS];
  PetscReal noise[2], width[2], hide, half;
  char      names[KAR_OBSERVED_KINDS]; /* of the kinds, each once */
} KarRandomData;
/* Collective on comm. -train_observe, and where it is given -train_observe_type, _noise, _width, _hide and _half;
   purpose is said in -help. */
PETSC_EXTERN PetscErrorCode KarRandomDataFromOptions(MPI_Comm comm, const char prefix[], const char purpose[],
                                                     KarRandomData *data);
/* Collective on comm. An error where a coarser grid of such data cannot be dealt to the ranks of fft. */
PETSC_EXTERN PetscErrorCode KarRandomDataCheck(MPI_Comm comm, const KarRandomData *data, KarFFT fft);
/* Collective. KarGiverSet() with such data of the field of coordinates x0, those of `key`. */
PETSC_EXTERN PetscErrorCode KarGiverObserve(KarGiver giver, PetscInt slot, const KarRandomData *data, KarKey key,
                                            Vec x0);
