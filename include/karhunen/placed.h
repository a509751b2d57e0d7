/* The learnt denoiser of values at places: a network of points beside the Gaussian part of the law. Level 5; a
   KarScore of KarScoreCreatePlaced() evaluates one, a KarTrainer with -train_points trains one. A header of the room
   denoiser. */
#pragma once

#include <karhunen/denoiser.h>
#include <karhunen/pencil.h>

typedef struct _p_KarPlaced    *KarPlaced;
typedef struct _p_KarPlacedSet *KarPlacedSet;

/* What a model file says of where its box lies and of the numbers of places that it was trained with. */
typedef struct {
  KarFieldLabel label;
  PetscInt      fewest, most;
} KarPlacedSays;

/* Collective. Values have the data's covariance, set up, noise of variance nugget each, and the mean mean[dof]; the
   network is a transformer. */
PETSC_EXTERN PetscErrorCode KarPlacedCreate(KarCov data, PetscReal nugget, const PetscReal mean[], KarPlaced *model);
/* Collective, before the first set. The process, -PREFIXsde_*, and the network, -PREFIXtransformer_*; of a model from a
   file what its network does at run time. */
PETSC_EXTERN PetscErrorCode KarPlacedSetFromOptions(KarPlaced model, const char prefix[]);
PETSC_EXTERN PetscErrorCode KarPlacedDestroy(KarPlaced *model);
/* Collective. Is the file such a model? One that cannot be read is none. */
PETSC_EXTERN PetscErrorCode KarPlacedIs(MPI_Comm comm, const char path[], PetscBool *is);
PETSC_EXTERN PetscErrorCode KarPlacedLoad(MPI_Comm comm, const char path[], KarPlaced *model);
/* Collective. weights NULL: the network's own. The caller closes the file. */
PETSC_EXTERN PetscErrorCode KarPlacedSave(KarPlaced model, KarCheckpoint file, const float weights[]);
/* Not collective. Borrowed; the network is set up by the first set. */
PETSC_EXTERN PetscErrorCode KarPlacedGetNet(KarPlaced model, KarNet *net);
PETSC_EXTERN PetscErrorCode KarPlacedGetCovariance(KarPlaced model, KarCov *data, PetscReal *nugget);
PETSC_EXTERN PetscErrorCode KarPlacedGetMean(KarPlaced model, const PetscReal *mean[]);
PETSC_EXTERN PetscErrorCode KarPlacedGetSays(KarPlaced model, KarPlacedSays *says);
PETSC_EXTERN PetscErrorCode KarPlacedSetSays(KarPlaced model, const KarPlacedSays *says);
PETSC_EXTERN PetscErrorCode KarPlacedView(KarPlaced model, PetscViewer viewer);

/* Collective. m places x[m + given][dim] in the box, alike on every rank, and after them some whose values are known.
   The model must live as long. */
PETSC_EXTERN PetscErrorCode KarPlacedSetCreate(KarPlaced model, PetscInt m, PetscInt given, const PetscReal x[],
                                               KarPlacedSet *set);
PETSC_EXTERN PetscErrorCode KarPlacedSetDestroy(KarPlacedSet *set);
/* Collective. Known values v[given][dof], alike on every rank. */
PETSC_EXTERN PetscErrorCode KarPlacedSetGive(KarPlacedSet set, const PetscReal v[]);
/* Not collective. The pencil (a line of m points, KarPencilCreateValues()) and the process on it; borrowed. */
PETSC_EXTERN PetscErrorCode KarPlacedSetGet(KarPlacedSet set, KarPencil *pencil, KarSDE *sde);
/* Collective. Values less their mean in, y out, and back with the mean. */
PETSC_EXTERN PetscErrorCode KarPlacedSetToCoordinates(KarPlacedSet set, Vec u, Vec y);
PETSC_EXTERN PetscErrorCode KarPlacedSetToValues(KarPlacedSet set, Vec y, Vec u);
/* Collective. d = E[Y_0 | Y_t = y] = a y/V + s/sqrt(V) F, V = a^2 + s^2. y may not be d. */
PETSC_EXTERN PetscErrorCode KarPlacedApply(KarPlacedSet set, PetscReal t, Vec y, Vec d);
/* Collective. loss[b] = mean over places of |F - (s y_0 - a z)|^2, y_t = a y_0 + s z: 1 of a Gaussian law and F = 0.
   With factor > 0 the gradient of factor sum_b loss[b] is added to the network's. give[b][given][dof]: the known values
   of each, NULL where there are none. */
PETSC_EXTERN PetscErrorCode KarPlacedLoss(KarPlacedSet set, PetscReal factor, PetscInt batch, const PetscReal t[],
                                          const Vec yt[], const Vec y0[], const PetscReal *const give[],
                                          PetscReal loss[]);
