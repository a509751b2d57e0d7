/* What a law has hardly ever: data far from it. A header of the room score. Level 6. */
#pragma once

#include <karhunen/posterior.h>

/* The Gaussian law of the same mean and spectrum, of which some keyed draws are made. */
typedef struct _p_KarFar *KarFar;
/* Collective. rest[rows][length]: variances of modes that are drawn later (KarCascadeGetLater()), copied; NULL: none.
   prior and obs are kept by reference. */
PETSC_EXTERN PetscErrorCode KarFarCreate(KarScore prior, KarObservation obs, const PetscReal rest[], PetscInt64 seed,
                                         KarFar *far);
PETSC_EXTERN PetscErrorCode KarFarDestroy(KarFar *far);
/* Collective. e: how many standard deviations each datum of y is from what the law gives, and *how in words; NULL where
   that cannot be said. Linear data: of the law's mean, by M_ii, or without a factor by 8 draws and all data together. A
   flow: of the mean of 8 draws, the same way. Phases: of the nearest turn, by itself or given its neighbours,
   up to -obs_dense. Others: outside of what 16 draws times -4 to 4 give, in deviations of the noise. */
PETSC_EXTERN PetscErrorCode KarFarGetDeviations(KarFar far, Vec y, Vec e, const char **how);
/* Collective. The law's mean, a field that the caller destroys, and its deviation over points and components. */
PETSC_EXTERN PetscErrorCode KarFarGetLaw(KarFar far, Vec *mean, PetscReal *deviation);
