/* Sequential Monte Carlo given data: particles of a reverse process, each step of which is conditioned on the data by
   the Gaussian law of the denoised field, with weights that are numbers in data space. A header of the room sampler.
   Level 7. */
#pragma once

#include <karhunen/cascade.h>
#include <karhunen/posterior.h>
#include <karhunen/sampler.h>

typedef struct _p_KarSMC *KarSMC;

typedef enum {
  KAR_KERNEL_2M, /* second order, the reverse process (eta 1) */
  KAR_KERNEL_WA  /* exact for Gaussian laws at any number of steps, first order else */
} KarKernel;
PETSC_EXTERN const char *const KarKernelNames[];

/* What a run was like. */
typedef struct {
  PetscReal evidence; /* estimate of log p(y); NaN where the data are too many for their density (-obs_dense) */
  PetscReal ess;      /* effective number of particles at the end */
  PetscReal least;    /* the least of all steps, each before its resampling */
  PetscReal largest;  /* |log w| of one step */
  PetscInt  resamplings, evaluations;
  PetscInt  ancestors; /* particles of the first step, or after moves these, that have descendants among the draws */
  PetscInt  distinct;  /* particles of the last step among the draws: the others are copies but for the last noise */
  PetscInt  proposed, taken; /* moves */
} KarSMCInfo;

/* Collective. Particles of the law of `prior` given y; all are kept by reference. The caller destroys it. */
PETSC_EXTERN PetscErrorCode KarSMCCreate(KarScore prior, KarObservation obs, Vec y, KarSMC *smc);
/* Collective. The same of a cascade, on its finest grid: its base's particles, then octave by octave; what is not
   drawn yet is in the noise by its spectrum. */
PETSC_EXTERN PetscErrorCode KarSMCCreateCascade(KarCascade cascade, KarObservation obs, Vec y, KarSMC *smc);
PETSC_EXTERN PetscErrorCode KarSMCSetOptionsPrefix(KarSMC smc, const char prefix[]);
/* Collective. -posterior_particles, -posterior_kernel, -posterior_resample; evaluations and times of a particle:
   -sampler_*. */
PETSC_EXTERN PetscErrorCode KarSMCSetFromOptions(KarSMC smc);
PETSC_EXTERN PetscErrorCode KarSMCSetParticles(KarSMC smc, PetscInt n);
PETSC_EXTERN PetscErrorCode KarSMCSetKernel(KarSMC smc, KarKernel kernel);
/* Logically collective. So many moves of each particle after the last step of a law or an octave, up to s/a = noise and
   down again: copies part. Data that are linear alone. */
PETSC_EXTERN PetscErrorCode KarSMCSetMoves(KarSMC smc, PetscInt moves, PetscReal noise);
PETSC_EXTERN PetscErrorCode KarSMCGetMoves(KarSMC smc, PetscInt *moves);
/* Collective on all. Particles are dealt to `groups` groups of as many ranks, of which this rank's, number `group`,
   are those of prior's grid;
   noise is keyed by a particle's number, so that the draws do not depend on the groups but for rounding. */
PETSC_EXTERN PetscErrorCode KarSMCSetGroups(KarSMC smc, MPI_Comm all, PetscInt groups, PetscInt group);
/* Not collective. The particles of this rank's group: own, of all from number first on. */
PETSC_EXTERN PetscErrorCode KarSMCGetOwn(KarSMC smc, PetscInt *first, PetscInt *own);
PETSC_EXTERN PetscErrorCode KarSMCGetParticles(KarSMC smc, PetscInt *n);
/* Collective. The sampler whose times it takes: KarSamplerSetEvaluations() and its kin. Borrowed. */
PETSC_EXTERN PetscErrorCode KarSMCGetSampler(KarSMC smc, TS *ts);
/* Collective. One run, key.sample its number: x[own] become draws of equal weight. They are relatives of one another;
   draws of two runs are not. *whole is false after a wish to stop. */
PETSC_EXTERN PetscErrorCode KarSMCSolve(KarSMC smc, KarKey key, Vec x[], KarSMCInfo *info, PetscBool *whole);
PETSC_EXTERN PetscErrorCode KarSMCDestroy(KarSMC *smc);
