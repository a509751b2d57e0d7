/* The solve with M = H Gamma H* + R, the covariance of y - H u where u has covariance Gamma, mode by mode; and the
   Gaussian law that stands for data that are not linear. A header of the room observe. Level 5. */
#pragma once

#include <karhunen/observe.h>

/* M = H Gamma H* + R for one Gamma: Cholesky up to -obs_dense data, else conjugate gradients. */
typedef struct _p_KarInnovation *KarInnovation;
/* Collective. gamma[rows][length], copied; project makes fields divergence-free (KarCovProject()), NULL for none. */
PETSC_EXTERN PetscErrorCode KarInnovationCreate(KarObservation obs, const PetscReal gamma[], KarCov project,
                                                KarInnovation *innovation);
PETSC_EXTERN PetscErrorCode KarInnovationDestroy(KarInnovation *innovation);
/* Collective. z = M^-1 e; z may be e. */
PETSC_EXTERN PetscErrorCode KarInnovationSolve(KarInnovation innovation, Vec e, Vec z);
/* Collective. d += Gamma H* M^-1 e. */
PETSC_EXTERN PetscErrorCode KarInnovationCorrect(KarInnovation innovation, Vec e, Vec d);
/* Collective. The variances M_ii; *has is false, and they are not there, without a factor. */
PETSC_EXTERN PetscErrorCode KarInnovationGetVariance(KarInnovation innovation, Vec variance, PetscBool *has);
/* Collective. Of phases with residuals e: how many deviations of the law each is from it but for whole turns, by itself
   or given the nine nearest, the larger; apart may be e. *has is false, and they are not there, without a
   matrix. */
PETSC_EXTERN PetscErrorCode KarInnovationGetApart(KarInnovation innovation, Vec e, Vec apart, PetscBool *has);
/* Not collective. Is there a factor, and so a density? */
PETSC_EXTERN PetscErrorCode KarInnovationHasDensity(KarInnovation innovation, PetscBool *has);
/* Collective. log N(e; 0, M). Dense only. */
PETSC_EXTERN PetscErrorCode KarInnovationLogDensity(KarInnovation innovation, Vec e, PetscReal *value);

/* Collective. e = y - H x. Where H is not linear, M becomes that of H' at x (of data that are functions h of linear
   ones: of the means of h and h' over these), until the next linearisation of the observation. Of phases e is
   the mean, under N(0, M_ii), of the residual and whole turns, and the spread of these is added to R. *logp: log p(y |
   x + N(0, Gamma)) by this law, of phases datum by datum; NaN without a factor. logp may be NULL. */
PETSC_EXTERN PetscErrorCode KarInnovationLinearise(KarInnovation innovation, Vec x, Vec y, Vec e, PetscReal *logp);
/* Collective. M with the linearisation, and what was added to R, of another innovation of the same observation. */
PETSC_EXTERN PetscErrorCode KarInnovationFollow(KarInnovation innovation, KarInnovation of);
/* Collective. y += a draw of N(0, R) with what was added to it, by key and number of the datum. */
PETSC_EXTERN PetscErrorCode KarInnovationAddNoise(KarInnovation innovation, KarKey key, Vec y);
