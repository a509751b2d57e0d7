/* Are draws given data what they say near the data and far from them? By the distance to the nearest datum, and at each
   point. A header of the room stats. Level 3. */
#pragma once

#include <karhunen/stats.h>

enum { KAR_PLACE_BINS = 8 };

/* Points whose distance to the nearest datum is above first and at most end, in mean spacings of the data; bin 0: those
   within half a step of the grid of a datum along each axis. */
typedef struct {
  PetscReal   first, end;            /* the last ends at infinity */
  PetscReal   share;                 /* of the points of all truths */
  KarEstimate coverage, crps, ratio; /* as in KarEnsembleBand and KarEnsembleInfo; nan where there is no point */
  KarEstimate error, spread;         /* root mean squares: of the mean's error, and what the draws promise of it */
} KarPlaceBin;

typedef struct {
  PetscInt    truths, draws;
  PetscReal   spacing, nominal; /* of the first truth's data, in the unit of the box; coverage when all is right */
  KarPlaceBin bin[KAR_PLACE_BINS];
  Vec         spread, error, coverage; /* of each point and component, over the truths: root mean squares; a share */
} KarByPlaceInfo;

typedef struct _p_KarByPlace *KarByPlace;
/* Collective. Of fields of fft. */
PETSC_EXTERN PetscErrorCode KarByPlaceCreate(KarFFT fft, KarByPlace *by);
/* Collective. The places x[m][dim] of the data of the truths that follow, from where the box begins; the same on every
   rank; copied. */
PETSC_EXTERN PetscErrorCode KarByPlaceSetPlaces(KarByPlace by, PetscInt m, const PetscReal x[]);
/* Collective. One truth and n draws, in coordinates; n is the same each time. */
PETSC_EXTERN PetscErrorCode KarByPlaceAdd(KarByPlace by, Vec truth, PetscInt n, const Vec draw[]);
/* Collective. info is borrowed. */
PETSC_EXTERN PetscErrorCode KarByPlaceFinish(KarByPlace by, const KarByPlaceInfo **info);
PETSC_EXTERN PetscErrorCode KarByPlaceDestroy(KarByPlace *by);
