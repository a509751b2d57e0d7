/* Objectives of training: what one step draws, and its loss. A header of the room train. Level 8. */
#pragma once

#include <karhunen/denoiser.h>

typedef struct _p_KarTrainer *KarTrainer;

typedef struct {
  /* Collective on the ranks of a field. Makes the denoiser that is trained; the data's spectrum is lambda[n] at |k| =
     k[n], its mean mean[dof]; coarse[]: half the points of its grid. */
  PetscErrorCode (*model)(KarTrainer trainer, PetscInt n, const PetscReal k[], const PetscReal lambda[],
                          const PetscReal mean[], const PetscInt coarse[]);
  /* Collective. The laws of t and the losses, once there is a denoiser; reads what options it has. */
  PetscErrorCode (*setup)(KarTrainer trainer);
  /* Collective on the ranks of a field. Term `number` of the run, number b of its batch, into slot i: a function of
     the seed and the number. */
  PetscErrorCode (*draw)(KarTrainer trainer, PetscInt64 number, PetscBool validation, PetscInt b, PetscInt batch,
                         PetscInt i);
  /* Collective on the ranks of a field. loss[i] of slots i < n; with factor > 0 the gradient of factor sum_i loss[i]
     is added to the network's. */
  PetscErrorCode (*loss)(KarTrainer trainer, PetscBool validation, PetscReal factor, PetscInt n, PetscReal loss[]);
  PetscErrorCode (*destroy)(KarTrainer trainer); /* of context; may be NULL */
} KarObjectiveOps;
typedef struct {
  char name[32];
  KarObjectiveOps
    ops; /* those that create() leaves NULL are of denoising: sum_k W |D - X_0|_k^2 over pairs (X_0, X_t) */
  KarLossWeightFn *weight; /* W of a mode; of denoising */
  PetscBool        ladder; /* its times are rungs, and its weight depends on the one before; of denoising */
  void            *context;
} KarObjective;
/* Collective: an unknown name is an error that lists every objective; "" is the default, dsm. */
PETSC_EXTERN PetscErrorCode KarObjectiveGet(MPI_Comm comm, const char name[], KarObjective *objective);
/* Not collective. The name of objective i; NULL beyond the last. */
PETSC_EXTERN const char *KarObjectiveName(PetscInt i);
/* Collective in effect. An objective from outside, for -train_objective: create() sets a weight, or operations
   (karhunen/impl/train.h). */
PETSC_EXTERN PetscErrorCode KarObjectiveRegister(const char name[], const char text[],
                                                 PetscErrorCode (*create)(KarObjective *objective));
