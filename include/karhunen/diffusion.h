/* Diffusions of points whose noise depends on where they are, dX = b(X) dt + sigma(X) dW (Ito): n points in c
   dimensions, moved by one matrix Sigma = sigma sigma' of n by n, the same for each dimension. Kunita's shape noise is
   one; a diagonal one of one coordinate is n = c = 1. Bridges by guided proposals, and the process in reverse. Not for
   fields: matrices are dense, and a rank has all of them. A header of the room sampler. Level 7. */
#pragma once

#include <karhunen/random.h>

typedef struct {
  PetscInt n, components, sources;
  /* b[n][components]; NULL: 0. */
  void (*drift)(const void *ctx, const PetscReal x[], PetscReal b[]);
  /* sigma[n][sources] at x[n][components]. */
  void (*sigma)(const void *ctx, const PetscReal x[], PetscReal sigma[]);
  /* (div Sigma)_ic = sum_j d Sigma_ij/d x_jc, [n][components]. */
  void (*divergence)(const void *ctx, const PetscReal x[], PetscReal div[]);
  /* div (div Sigma/2 - b); NULL: by differences, 2 n components calls of the two above. */
  PetscReal (*growth)(const void *ctx, const PetscReal x[]);
  const void *ctx;
} KarDiffusion;

/* Kunita's noise: sources at fixed places p[sources][components] push what is near, sigma_il = amplitude k(x_i, p_l),
   k(x, p) = exp(-|x - p|^2/(2 width^2)), so that near points move alike and outlines do not cross themselves. Many
   points then move as few, and Sigma has no inverse; a nugget, noise of each point's own of this much per root of time,
   gives it one. */
typedef struct {
  PetscInt         n, components, sources;
  const PetscReal *place;
  PetscReal        width, amplitude, nugget;
} KarKunita;
/* Not collective. The diffusion of it, which borrows it. */
PETSC_EXTERN PetscErrorCode KarKunitaGetDiffusion(const KarKunita *kunita, KarDiffusion *diffusion);

typedef struct {
  PetscReal density,
    ess; /* log p(v | x) of the end seen with its noise; effective particles before the last resampling */
} KarDiffusionInfo;
/* Not collective. `particles` paths from x to v + N(0, noise^2), of `steps` steps in [0, T] that grow shorter towards
   the end: guided by the process of constant Sigma(v), weighed, resampled. path[steps + 1][particles][n][components]
   and t[steps + 1] are the caller's; the paths are relatives. */
PETSC_EXTERN PetscErrorCode KarDiffusionBridge(const KarDiffusion *diffusion, PetscReal T, PetscInt steps,
                                               PetscInt particles, const PetscReal x[], const PetscReal v[],
                                               PetscReal noise, KarKey key, PetscReal t[], PetscReal path[],
                                               KarDiffusionInfo *info);
/* Sigma grad log p_t(x) of the process at time t, s[n][components]. */
typedef void KarDiffusionScore(void *ctx, PetscReal t, const PetscReal x[], PetscReal s[]);
/* Not collective. One path in reverse, dY = (-b + div Sigma + s) dtau + sigma dW, from v at T down to time 0 in `steps`
   equal steps of Euler: path[steps + 1][n][components], path[0] = v. divergence false leaves div Sigma out, for those
   who want to see what that does. */
PETSC_EXTERN PetscErrorCode KarDiffusionReverse(const KarDiffusion *diffusion, PetscReal T, PetscInt steps,
                                                KarDiffusionScore *score, void *ctx, PetscBool divergence,
                                                const PetscReal v[], KarKey key, PetscReal path[]);
