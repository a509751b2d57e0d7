/* Time reversal that is learnt: a step back of a diffusion from one start, by a network, from its own paths. With it
   bridges to any end are drawn one by one, without particles. A header of the room train. Level 8. */
#pragma once

#include <karhunen/diffusion.h>

typedef struct _p_KarReversal *KarReversal;

/* Not collective: each rank learns for itself, alike for one seed. The diffusion is borrowed, its points are those of a
   closed line; x[n][components] is where its paths start. */
PETSC_EXTERN PetscErrorCode KarReversalCreate(const KarDiffusion *diffusion, PetscReal T, const PetscReal x[],
                                              PetscInt64 seed, KarReversal *reversal);
/* Times of a path, equal on [0, T] (40), and Euler steps between two of them (5). */
PETSC_EXTERN PetscErrorCode KarReversalSetSteps(KarReversal reversal, PetscInt steps, PetscInt fine);
/* -PREFIXreversal_batch paths for each of -PREFIXreversal_learn steps of AdamW, -PREFIXreversal_lr; the network's
   -PREFIXreversal_net_*. */
PETSC_EXTERN PetscErrorCode KarReversalSetFromOptions(KarReversal reversal, const char prefix[]);
/* Learns in this many steps, 0: as options say; once. *loss: of the last quarter, over that of free motion. */
PETSC_EXTERN PetscErrorCode KarReversalLearn(KarReversal reversal, PetscInt steps, PetscReal *loss);
/* A path from x at time 0 to v at T, path[steps + 1][n][components], drawn from its end on. Before learning, that of
   free motion; divergence false leaves div Sigma out, for those who want to see what that does. *weight, the log of its
   density by steps forward over that by which it was drawn: paths so weighed have the law of the bridge but for
   O(T/steps), and the mean weight is p(v | x); NAN where Sigma has no inverse (points that move as one); may be
   NULL. */
PETSC_EXTERN PetscErrorCode KarReversalDraw(KarReversal reversal, const PetscReal v[], PetscBool divergence, KarKey key,
                                            PetscReal path[], PetscReal *weight);
/* Paths back side by side, weighed as above and by what is foreseen of their way to x, and resampled, so that they have
   the bridge's law as KarDiffusionBridge()'s do: path[steps + 1][particles][n][components]; they are relatives.
   info->density is log p(v | x). NAN, and paths as they are drawn, where Sigma(x) has no inverse. */
PETSC_EXTERN PetscErrorCode KarReversalBridge(KarReversal reversal, const PetscReal v[], PetscInt particles, KarKey key,
                                              PetscReal path[], KarDiffusionInfo *info);
PETSC_EXTERN PetscErrorCode KarReversalDestroy(KarReversal *reversal);
