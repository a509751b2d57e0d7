/* Other ways to draw a field given data: chains, and published guidances that change a sampler's steps. A header of
   the room sampler. Level 7. */
#pragma once

#include <karhunen/cascade.h>
#include <karhunen/posterior.h>
#include <karhunen/sampler.h>

typedef enum {
  KAR_CONDITIONAL_PCN,    /* a Markov chain in the latent of the probability flow */
  KAR_CONDITIONAL_GIBBS,  /* the data's law and the reverse process in turn, as the noise between them falls */
  KAR_CONDITIONAL_DPS,    /* Chung 2023: a step of zeta over the norm of the residual, after each ancestral step */
  KAR_CONDITIONAL_FUNDPS, /* FunDPS, DiffusionPDE: EDM's Heun steps, and a gradient by grid values after each */
  KAR_CONDITIONAL_CSGM    /* Jalal 2021: annealed Langevin dynamics, the data's noise inflated by the level */
} KarConditionalType;
PETSC_EXTERN const char *const KarConditionalTypes[];

typedef struct _p_KarConditional *KarConditional;
/* Collective. All are kept by reference. The caller destroys it. */
PETSC_EXTERN PetscErrorCode KarConditionalCreate(KarScore prior, KarObservation obs, Vec y, KarConditionalType type,
                                                 KarConditional *conditional);
PETSC_EXTERN PetscErrorCode KarConditionalSetOptionsPrefix(KarConditional conditional, const char prefix[]);
/* Collective. -posterior_steps, -posterior_beta, -posterior_weight, -posterior_last; evaluations and times:
   -sampler_*. */
PETSC_EXTERN PetscErrorCode KarConditionalSetFromOptions(KarConditional conditional);
/* Logically collective. "steps" (pcn: proposals, gibbs: rounds), "beta" (pcn), "weight" (dps: zeta, fundps, csgm: step
   over sigma^2), "last" (gibbs: s/a of the last round). */
PETSC_EXTERN PetscErrorCode KarConditionalSetParameter(KarConditional conditional, const char name[], PetscReal value);
/* Collective. The sampler whose times and evaluations it takes. Borrowed. */
PETSC_EXTERN PetscErrorCode KarConditionalGetSampler(KarConditional conditional, TS *ts);
/* Collective. Sample number key.sample, independent of the others. accepted: share of the proposals of pcn; NULL: not
   wanted. */
PETSC_EXTERN PetscErrorCode KarConditionalSolve(KarConditional conditional, KarKey key, Vec x, PetscReal *accepted,
                                                PetscBool *whole);
PETSC_EXTERN PetscErrorCode KarConditionalDestroy(KarConditional *conditional);

/* Guided draws of a cascade, coarse octaves first; what is not drawn yet is in the noise by its spectrum. */
typedef struct _p_KarCascadeGiven *KarCascadeGiven;
/* Collective. All are kept by reference. The caller destroys it. */
PETSC_EXTERN PetscErrorCode KarCascadeGivenCreate(KarCascade cascade, KarObservation obs, Vec y,
                                                  KarCascadeGiven *given);
/* Collective. -posterior_guidance, -sampler_*. */
PETSC_EXTERN PetscErrorCode KarCascadeGivenSetFromOptions(KarCascadeGiven given);
/* Collective. The sampler of level j, borrowed. */
PETSC_EXTERN PetscErrorCode KarCascadeGivenGetSampler(KarCascadeGiven given, PetscInt j, TS *ts);
/* Collective. Sample number key.sample, coordinates of the finest grid. */
PETSC_EXTERN PetscErrorCode KarCascadeGivenSolve(KarCascadeGiven given, KarKey key, Vec x, PetscBool *whole);
PETSC_EXTERN PetscErrorCode KarCascadeGivenDestroy(KarCascadeGiven *given);
