/* Two sets of fields told apart by a network that learns from half of them. A header of the room train. Level 8. */
#pragma once

#include <karhunen/net.h>
#include <karhunen/stats.h>

typedef struct _p_KarClassifier *KarClassifier;

/* Fields first, ..., first + count - 1 of set 0 or 1. */
typedef struct {
  PetscInt set, first, count;
} KarFieldRange;

/* What it is right about, on fields that it has not learnt from: the last `tests` of each range. */
typedef struct {
  PetscInt    trained[2], tests, patches; /* fields learnt from; tested on, of each; patches of each of those */
  KarEstimate accuracy; /* share of patches called rightly; the error treats a field's patches as one */
  KarEstimate fields;   /* share of fields called rightly by the mean over their patches: the same for one patch */
  KarEstimate auc;      /* of that mean */
  PetscReal   p; /* P(so many fields called rightly, or more, by coin): one law has p <= a in a share a of runs */
  PetscReal  *logit[2]; /* [tests]: that mean; above 0 the field is taken for one of the second range */
} KarVerdict;

/* Collective on comm. */
PETSC_EXTERN PetscErrorCode KarClassifierCreate(MPI_Comm comm, KarClassifier *classifier);
/* Collective. flow: fields are vorticities, the network sees their strain too, and a mirror changes their sign; phase:
   they are cos and sin. Before KarClassifierSetFields(). */
PETSC_EXTERN PetscErrorCode KarClassifierSetKind(KarClassifier classifier, PetscBool flow, PetscBool phase);
PETSC_EXTERN PetscErrorCode KarClassifierSetOptionsPrefix(KarClassifier classifier, const char prefix[]);
/* Collective. -judge_steps, -judge_batch, -judge_patch, -judge_lr, -judge_symmetry, -judge_seed and the network's
   -judge_net_type, ... */
PETSC_EXTERN PetscErrorCode KarClassifierSetFromOptions(KarClassifier classifier);
/* Collective. The transform of the fields, each whole on a rank (its communicator is PETSC_COMM_SELF), and how many
   each set has. */
PETSC_EXTERN PetscErrorCode KarClassifierSetFields(KarClassifier classifier, KarFFT fft, const PetscInt count[2]);
/* Not collective. Coordinates of field i of a set, on rank i modulo the number of ranks; kept in single precision. */
PETSC_EXTERN PetscErrorCode KarClassifierAdd(KarClassifier classifier, PetscInt set, PetscInt i, Vec x);
/* Collective. Learns from the first fields of both ranges and is tested on the last half of the smaller one's number
   of each. The caller destroys the verdict, which every rank has alike; *stop: the run was asked to end before, and
   there is none. */
PETSC_EXTERN PetscErrorCode KarClassifierSolve(KarClassifier classifier, const char title[],
                                               const KarFieldRange range[2], KarVerdict *verdict, PetscBool *stop);
PETSC_EXTERN PetscErrorCode KarVerdictDestroy(KarVerdict *verdict);
PETSC_EXTERN PetscErrorCode KarClassifierDestroy(KarClassifier *classifier);
