/* Laws of a field given data y = H u + e: exact ones, and the score of any law conditioned by its data. A header of
   the room score. Level 6. */
#pragma once

#include <karhunen/innovation.h>
#include <karhunen/score.h>

#define KARSCOREPOSTERIOR "posterior" /* a law given data, by guidance */

/* Collective. The score of the law of `prior` given y: D' = D + Gamma H* (H Gamma H* + R)^-1 (y - H D), Gamma = C
   S/(a^2 C + S) of the data's spectrum C. Exact where the prior is Gaussian; every sampler runs on it as it is. Where
   H is not linear, H' at D. y is kept by reference. */
PETSC_EXTERN PetscErrorCode KarScoreCreatePosterior(KarScore prior, KarObservation obs, Vec y, KarScore *posterior);

/* Collective. The law of a coarser grid, or of an octave given the coarser field (KarScoreSetCondition(), in
   coordinates of fft), as a law on the grid of fft, the finest of a cascade: what is drawn already is its mean,
   without noise; what is drawn later is 0. level is kept by reference. */
PETSC_EXTERN PetscErrorCode KarScoreCreateLifted(KarScore level, KarFFT fft, PetscBool octave, KarScore *lifted);

/* What guides it. */
typedef enum {
  KAR_GUIDANCE_OURS, /* as above */
  /* Song 2023: V of X_0 given X_t outside, r^2 times the identity of grid values inside, r^2 = s^2/(a^2 + s^2) */
  KAR_GUIDANCE_PIGDM,
  /* the likelihood at the noised field (annealed Langevin with data): S/a^2 for Gamma, H x/a for H D */
  KAR_GUIDANCE_NOISED
} KarGuidance;
PETSC_EXTERN const char *const KarGuidanceNames[];
/* Logically collective. jacobian: Gamma is the score's own covariance of X_0 given X_t (KarScoreApplyCovariance()), by
   GMRES (-posterior_ksp_*); else C S/(a^2 C + S). Linear data, or H' at D. */
PETSC_EXTERN PetscErrorCode KarScorePosteriorSetGuidance(KarScore posterior, KarGuidance guidance, PetscBool jacobian);
/* Collective. The same of modes that are drawn later (KarLevelsSetRest()): guidance of ours by the spectrum alone. */
PETSC_EXTERN PetscErrorCode KarScorePosteriorSetRest(KarScore posterior, const PetscReal rest[]);
/* Collective. -posterior_guidance, -posterior_covariance. */
PETSC_EXTERN PetscErrorCode KarScorePosteriorSetFromOptions(KarScore posterior);

/* Covariance of Langevin's steps: S; that of X_t given data; that of N(., S) given the noised field's likelihood. */
typedef enum { KAR_STEP_NOISE, KAR_STEP_POSTERIOR, KAR_STEP_DATA, KAR_STEP_LEVEL } KarStepCovariance;
/* Collective. Can the next make steps? Data that are linear, guidance of ours by the spectrum, or noised. */
PETSC_EXTERN PetscErrorCode KarScorePosteriorCheckStep(KarScore posterior, KarStepCovariance covariance);
/* Collective. x <- x + c P grad log p(x) + b N(0, P). POSTERIOR: p is the law of X_t given y, P its covariance where
   the law without data is N(m, C). DATA, LEVEL: p is p_t(x) N(y; H' x, R_t) with H' = H/a and R_t = R or R + H' S H'*,
   P = (S^-1 + H'* R_t^-1 H')^-1. */
PETSC_EXTERN PetscErrorCode KarScorePosteriorStep(KarScore posterior, KarStepCovariance covariance, PetscReal t,
                                                  PetscReal c, PetscReal b, KarKey key, Vec x);

/* A draw or the moments of N(m, C) given data, and of sum_j w_j N(m_j, C). */
typedef struct _p_KarPosterior *KarPosterior;
/* Collective. Of a score gaussian or mixture; all are kept by reference. The caller destroys it. */
PETSC_EXTERN PetscErrorCode KarPosteriorCreate(KarScore prior, KarObservation obs, Vec y, KarPosterior *posterior);
PETSC_EXTERN PetscErrorCode KarPosteriorDestroy(KarPosterior *posterior);
/* Collective. log p(y); NaN of a Gaussian law with more data than -obs_dense. */
PETSC_EXTERN PetscErrorCode KarPosteriorGetLogEvidence(KarPosterior posterior, PetscReal *value);
/* Not collective. Probability of each component given y; borrowed. */
PETSC_EXTERN PetscErrorCode KarPosteriorGetWeights(KarPosterior posterior, PetscInt *n, const PetscReal *weights[]);
/* Collective. mean = E[u | y]; w = Cov[u | y] v. */
PETSC_EXTERN PetscErrorCode KarPosteriorGetMean(KarPosterior posterior, Vec mean);
PETSC_EXTERN PetscErrorCode KarPosteriorApplyCovariance(KarPosterior posterior, Vec v, Vec w);
/* Collective. A draw: xi ~ N(m, C), e ~ N(0, R), then xi + C H* M^-1 (y - H xi - e) (Matheron); same on any ranks. */
PETSC_EXTERN PetscErrorCode KarPosteriorSample(KarPosterior posterior, KarKey key, Vec x);

/* The solves of a posterior: one innovation for each time of evaluation, kept for the samples that follow. */
typedef struct _p_KarLevels *KarLevels;
/* Collective. Of Gamma_t = C S/(a^2 C + S), the Gaussian variance of X_0 given X_t; both are kept by reference. */
PETSC_EXTERN PetscErrorCode KarLevelsCreate(KarScore prior, KarObservation obs, KarLevels *levels);
PETSC_EXTERN PetscErrorCode KarLevelsDestroy(KarLevels *levels);
/* Logically collective. Gamma_t = times S/a^2 in its place. */
PETSC_EXTERN PetscErrorCode KarLevelsSetNoised(KarLevels levels, PetscReal times);
/* Logically collective. Modes of a cascade that are drawn later: their variances rest[rows][length], 0 of others, are
   added to Gamma at every time; copied. And: zero in x. */
PETSC_EXTERN PetscErrorCode KarLevelsSetRest(KarLevels levels, const PetscReal rest[]);
PETSC_EXTERN PetscErrorCode KarLevelsDropRest(KarLevels levels, Vec x);
/* Collective. H Gamma_t H* + R, borrowed until the next call but one; t = PETSC_INFINITY: Gamma = C. */
PETSC_EXTERN PetscErrorCode KarLevelsGet(KarLevels levels, PetscReal t, KarInnovation *innovation);
/* Collective. Gamma_t of each mode of this rank, [rows][length]. */
PETSC_EXTERN PetscErrorCode KarLevelsGetGamma(KarLevels levels, PetscReal t, PetscReal gamma[]);
/* Collective. x ~ N(a m_y, a^2 C_y + S), the noised Gaussian posterior of the data's mean and spectrum, at time t; N(a
   m, a^2 C + S) where H is not linear. */
PETSC_EXTERN PetscErrorCode KarLevelsSampleStart(KarLevels levels, Vec y, PetscReal t, KarKey key, Vec x);
