/* Score models. A model is one map, the denoiser (t, x) -> E[X_0 | X_t = x], on coordinates; the score follows from it
   as C grad log p_t, which has a limit as the grid is refined. C^-1 is never applied. Level 6. */
#pragma once

#include <karhunen/denoiser.h>

typedef struct _p_KarScore *KarScore;

typedef const char *KarScoreType;
#define KARSCOREGAUSSIAN  "gaussian"  /* data N(m, C0): exact */
#define KARSCOREMIXTURE   "mixture"   /* data sum_j w_j N(m_j, C0): exact */
#define KARSCOREEMPIRICAL "empirical" /* a finite data set: exact, memorises */
#define KARSCORELEARNT    "learnt"    /* a trained denoiser, of any network */

/* Collective. A denoiser of laws under this process, which it keeps. Options are -PREFIXscore_type and so on. */
PETSC_EXTERN PetscErrorCode KarScoreCreate(KarSDE sde, KarScore *score);
PETSC_EXTERN PetscErrorCode KarScoreSetType(KarScore score, KarScoreType type);
PETSC_EXTERN PetscErrorCode KarScoreSetOptionsPrefix(KarScore score, const char prefix[]);
/* Collective. An exact law reads the covariance of its data from -data_cov_*. */
PETSC_EXTERN PetscErrorCode KarScoreSetFromOptions(KarScore score);
PETSC_EXTERN PetscErrorCode KarScoreSetUp(KarScore score);
PETSC_EXTERN PetscErrorCode KarScoreView(KarScore score, PetscViewer viewer);
PETSC_EXTERN PetscErrorCode KarScoreReference(KarScore score);
PETSC_EXTERN PetscErrorCode KarScoreDestroy(KarScore *score);
/* Collective in effect. A type from outside, for -PREFIXscore_type; karhunen/impl/score.h has what it fills. */
PETSC_EXTERN PetscErrorCode KarScoreRegister(const char name[], const char text[], PetscErrorCode (*create)(KarScore));

/* Not collective. Borrowed. */
PETSC_EXTERN PetscErrorCode KarScoreGetSDE(KarScore score, KarSDE *sde);
PETSC_EXTERN PetscErrorCode KarScoreGetFFT(KarScore score, KarFFT *fft);
PETSC_EXTERN PetscErrorCode KarScoreGetType(KarScore score, KarScoreType *type);
/* Logically collective. The covariance of the data within a component, and (gaussian) the mean; samplers start from
   them. NULL when unknown; kept by reference. */
PETSC_EXTERN PetscErrorCode KarScoreSetDataCovariance(KarScore score, KarCov cov);
PETSC_EXTERN PetscErrorCode KarScoreGetDataCovariance(KarScore score, KarCov *cov);
PETSC_EXTERN PetscErrorCode KarScoreSetMean(KarScore score, Vec mean);
PETSC_EXTERN PetscErrorCode KarScoreGetMean(KarScore score, Vec *mean);
/* Collective. The total spectrum of the data, c[rows][length]: about the mean of all, not within a component. */
PETSC_EXTERN PetscErrorCode KarScoreGetSpectrum(KarScore score, PetscReal c[]);
/* Collective. d = E[X_0 | X_t = x], t > 0. x is only read, and may not be d. */
PETSC_EXTERN PetscErrorCode KarScoreDenoise(KarScore score, PetscReal t, Vec x, Vec d);
/* Collective. x ~ what a sampler starts from at time t: N(a m, a^2 C + S) when matched, else N(0, S); given data,
   their noised posterior. */
PETSC_EXTERN PetscErrorCode KarScoreSampleStart(KarScore score, PetscReal t, PetscBool matched, KarKey key, Vec x);
/* Collective. Kv = Cov[X_0 | X_t = x] v = A^-1 S J^T v, J the denoiser's derivative, A = a, S = s^2 C: exact for exact
   laws; of a learnt one by one backward pass, nearly symmetric only; of others C S/V of the data's spectrum. v may not
   be Kv. */
PETSC_EXTERN PetscErrorCode KarScoreApplyCovariance(KarScore score, PetscReal t, Vec x, Vec v, Vec Kv);
/* Collective. C grad log p_t(x) = (a d - x) / s^2, mode by mode. x is only read, and may not be s. */
PETSC_EXTERN PetscErrorCode KarScoreApply(KarScore score, PetscReal t, Vec x, Vec s);
/* Collective. Of the score of an octave: the field that the coarser octaves make, in coordinates of the octave's own
   grid; a type that reads it later keeps a reference. A law whose octave does not depend on it (gaussian) has none. */
PETSC_EXTERN PetscErrorCode KarScoreSetCondition(KarScore score, Vec coarse);
/* Collective. Frees the room that evaluations work in, which the next one makes again, and forgets the condition. */
PETSC_EXTERN PetscErrorCode KarScoreFreeWork(KarScore score);
/* Not collective. Calls of KarScoreDenoise() since the last reset. */
PETSC_EXTERN PetscErrorCode KarScoreGetEvaluations(KarScore score, PetscInt *evaluations);
PETSC_EXTERN PetscErrorCode KarScoreResetEvaluations(KarScore score);

/* Collective. Adds a component of a "mixture"; weights are normalised at set-up; mean is kept by reference. */
PETSC_EXTERN PetscErrorCode KarScoreMixtureAdd(KarScore score, PetscReal weight, Vec mean);
/* Collective. Its components, weights and means borrowed. */
PETSC_EXTERN PetscErrorCode KarScoreMixtureGet(KarScore score, PetscInt *n, const PetscReal *weights[], Vec *means[]);
/* Not collective. Probability of each component given X_t = x, and of which component x (t = 0) is; for tests and
   tables. */
PETSC_EXTERN PetscErrorCode KarScoreMixtureWeights(KarScore score, PetscReal t, Vec x, PetscReal weights[]);
/* Collective. Adds a member of an "empirical" data set; kept by reference. */
PETSC_EXTERN PetscErrorCode KarScoreEmpiricalAdd(KarScore score, Vec x);

/* Collective. A score of type "learnt" of a denoiser, which it takes a reference of, set up. */
PETSC_EXTERN PetscErrorCode KarScoreCreateLearnt(KarDenoiser denoiser, KarScore *score);
/* Collective. A score of type "learnt" from a model file, on a grid of n[dim] points (NULL: the training grid), set
   up. */
PETSC_EXTERN PetscErrorCode KarScoreLoad(MPI_Comm comm, const char path[], PetscInt dim, const PetscInt n[],
                                         KarScore *score);
/* Not collective. The denoiser behind a score of type "learnt", NULL behind another. Borrowed. */
PETSC_EXTERN PetscErrorCode KarScoreGetDenoiser(KarScore score, KarDenoiser *denoiser);
