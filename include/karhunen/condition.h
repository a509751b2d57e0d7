/* What a denoiser is told besides the noisy field: numbers (viscosity, looks) and maps (heights, the state before). A
   header of the room denoiser. Level 5. */
#pragma once

#include <karhunen/denoiser.h>

#define KAR_CONDITIONS     16         /* of a model, at most */
#define KAR_PREVIOUS       "previous" /* the condition that is the state before, where fields follow in time */
#define KAR_KRIGED         "kriged" /* the map E[X_0 | X_t, y] of the Gaussian law: the model is of fields given data */
#define KAR_OBSERVED       "observed" /* of such a model, the map of where data are (karhunen/giver.h) */
#define KAR_OBSERVED_KINDS 64         /* letters of what such a model learnt from, at most */

/* The network sees (value - mean)/std: of a number in each of its layers, of a map as further channels. */
typedef struct {
  char      name[64];
  PetscInt  components; /* of a map; 0: it is a number */
  PetscReal mean, std;
  PetscReal low, high; /* of the values that it was trained with */
} KarCondition;

/* Not collective; before KarDenoiserSetUp(). One more condition of a new denoiser; copied. */
PETSC_EXTERN PetscErrorCode KarDenoiserAddCondition(KarDenoiser denoiser, const KarCondition *condition);
/* Not collective. All of them, in the order of adding; borrowed. */
PETSC_EXTERN PetscErrorCode KarDenoiserGetConditions(KarDenoiser denoiser, PetscInt *n,
                                                     const KarCondition *conditions[]);
/* Not collective, after KarDenoiserSetUp(). The transform of a map's coordinates, on the grid of the fields;
   borrowed. */
PETSC_EXTERN PetscErrorCode KarDenoiserGetConditionFFT(KarDenoiser denoiser, PetscInt condition, KarFFT *fft);
/* Collective, after KarDenoiserSetUp(). Conditions of sample `slot` of the batches of KarDenoiserLoss(), and with
   slot 0 of KarDenoiserApply(), from now on. numbers: one for each number, in their order; maps: coordinates for each
   map but "kriged", in theirs; copied. NULL where there are none. */
PETSC_EXTERN PetscErrorCode KarDenoiserSetConditions(KarDenoiser denoiser, PetscInt slot, const PetscReal numbers[],
                                                     const Vec maps[]);
/* Not collective; after its condition is added, before KarDenoiserSetUp(). The mean of a field given map `condition`,
   which has the field's components, is m + rho(|k|) (map - its mean), more maps adding up; rho is linear between the n
   numbers k, which ascend, and constant beyond; the denoiser's spectrum is that of what is left. Copied. */
PETSC_EXTERN PetscErrorCode KarDenoiserSetRegression(KarDenoiser denoiser, PetscInt condition, PetscInt n,
                                                     const PetscReal k[], const PetscReal rho[]);
/* Not collective; cannot fail. That rho at |k| = at. */
PETSC_EXTERN PetscReal kar_regression(PetscInt n, const PetscReal k[], const PetscReal rho[], PetscReal at);
/* Collective, once the denoiser has its grid. That mean for what slot 0 is told, in coordinates, now and later;
   borrowed; NULL: the mean depends on nothing. */
PETSC_EXTERN PetscErrorCode KarDenoiserGetExpected(KarDenoiser denoiser, Vec *expected);
/* Not collective. Who tells the denoiser what draw number `draw` is given, where many are drawn; NULL: nobody. */
typedef PetscErrorCode      KarTellFn(void *context, PetscInt draw);
PETSC_EXTERN PetscErrorCode KarDenoiserSetTeller(KarDenoiser denoiser, KarTellFn *tell, void *context);
/* Collective as the teller is; nothing where there is none. */
PETSC_EXTERN PetscErrorCode KarDenoiserTell(KarDenoiser denoiser, PetscInt draw);

/* Collective. What the data of slot `slot` add: d, E[X_0 | X_t] of the Gaussian law, becomes E[X_0 | X_t, y]; gamma of
   each mode is the variance of X_0 given X_t. */
typedef PetscErrorCode KarGiveFn(void *context, PetscInt slot, PetscReal t, const PetscReal gamma[], Vec d);
/* Not collective. Who gives a denoiser of fields given data what they say (karhunen/giver.h); NULL: nobody. */
PETSC_EXTERN PetscErrorCode KarDenoiserSetGiver(KarDenoiser denoiser, KarGiveFn *give, void *context);
/* Not collective. Is it of fields given data? */
PETSC_EXTERN PetscErrorCode KarDenoiserIsGiven(KarDenoiser denoiser, PetscBool *given);
/* Not collective. Kinds of data that such a model learnt from, "points,coarse" (karhunen/giver.h), which its file
   keeps; of a file without them "points". Copied; borrowed. */
PETSC_EXTERN PetscErrorCode KarDenoiserSetObserved(KarDenoiser denoiser, const char kinds[]);
PETSC_EXTERN PetscErrorCode KarDenoiserGetObserved(KarDenoiser denoiser, const char *kinds[]);
