/* The training loss of a denoiser. A header of the room denoiser. Level 5. */
#pragma once

#include <karhunen/denoiser.h>

/* One mode at one time, as a training loss sees it. */
typedef struct {
  PetscReal C, lambda; /* of the data and of the noise */
  PetscReal a, s, g2;  /* path at t, and g^2 */
  PetscReal a0, s0;    /* path at the time before t, on a ladder of times */
} KarLossMode;
/* W of a mode in a loss sum_k W |D - X_0|_k^2. */
typedef PetscReal KarLossWeightFn(const KarLossMode *mode);
typedef struct {
  KarLossWeightFn *weight;
  PetscReal        mean;  /* further factor on W of mode 0; 0: none */
  PetscReal        power; /* W C^power: above 0 the modes of more variance, the large scales, count more */
  PetscReal        place; /* of an octave with an amplitude: also W V^-place by point, V the local variance left */
  PetscInt         patch; /* points an axis of a patch of each field that the loss is of; 0: whole fields */
  const PetscReal (*corner)[3]; /* [batch] where it begins, in shares of each axis, 0 <= corner < 1; borrowed */
  PetscReal rung;               /* the time before t is t - rung, 0 at least */
  PetscReal scale; /* of the loss; 0: one over the loss of the Wiener filter at each time, whose loss is then 1 */
} KarLoss;
/* Collective. loss[b] = scale sum_k W_k |D(xt[b], t[b]) - x0[b]|_k^2. With factor > 0 the gradient of factor sum_b
   loss[b] is added to the network's (this rank's share of it, see KarNetBackward()). */
PETSC_EXTERN PetscErrorCode KarDenoiserLoss(KarDenoiser denoiser, const KarLoss *how, PetscReal factor, PetscInt batch,
                                            const PetscReal t[], const Vec xt[], const Vec x0[], PetscReal loss[]);
/* Collective. The expectation of sum_k W_k |D - X_0|_k^2 for Gaussian data and the Wiener filter: sum_k W_k times the
   posterior variance, on the training grid. */
PETSC_EXTERN PetscErrorCode KarDenoiserGetWienerLoss(KarDenoiser denoiser, const KarLoss *how, PetscReal t,
                                                     PetscReal *loss);
