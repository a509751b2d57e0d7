/* Costs Phi(X_T) of the end of a process under a control u,
     min E [ int |u|^2/2 dt + Phi(X_T) ],   dX = (F + g Q^1/2 u) dt + g dW,
   whose optimal law is the process's own, tilted by exp(-Phi), and whose least value is -log E exp(-Phi(X_T)): what a
   KarBridge draws and gives (KarBridgeSetCost()). A header of the room score. Level 6. */
#pragma once

#include <karhunen/observe.h>

typedef struct _p_KarCost *KarCost;

typedef const char *KarCostType;
#define KARCOSTDISTANCE    "distance"    /* weight |x - b|^2/2 in H */
#define KARCOSTOBSERVATION "observation" /* weight (y - H x) R^-1 (y - H x)/2 */

/* Collective. Of fields on the grid of fft. */
PETSC_EXTERN PetscErrorCode KarCostCreate(KarFFT fft, KarCost *cost);
PETSC_EXTERN PetscErrorCode KarCostSetType(KarCost cost, KarCostType type);
PETSC_EXTERN PetscErrorCode KarCostSetOptionsPrefix(KarCost cost, const char prefix[]);
/* Collective. -PREFIXcontrol_cost, -PREFIXcontrol_weight. */
PETSC_EXTERN PetscErrorCode KarCostSetFromOptions(KarCost cost);
/* Logically collective. The weight (1); the field b of a distance; the data of an observation, kept by reference. */
PETSC_EXTERN PetscErrorCode KarCostSetWeight(KarCost cost, PetscReal weight);
PETSC_EXTERN PetscErrorCode KarCostSetTarget(KarCost cost, Vec b);
PETSC_EXTERN PetscErrorCode KarCostSetObservation(KarCost cost, KarObservation obs, Vec y);
PETSC_EXTERN PetscErrorCode KarCostSetUp(KarCost cost);
PETSC_EXTERN PetscErrorCode KarCostView(KarCost cost, PetscViewer viewer);
PETSC_EXTERN PetscErrorCode KarCostReference(KarCost cost);
PETSC_EXTERN PetscErrorCode KarCostDestroy(KarCost *cost);
/* Collective in effect. A type from outside, for -PREFIXcontrol_cost; karhunen/impl/cost.h has what it fills. */
PETSC_EXTERN PetscErrorCode KarCostRegister(const char name[], const char text[], PetscErrorCode (*create)(KarCost));

/* Collective. Phi(x), the same on every rank. */
PETSC_EXTERN PetscErrorCode KarCostApply(KarCost cost, Vec x, PetscReal *value);
/* Collective. Its gradient in the inner product of coordinates; an error where the type has none. g may not be x. */
PETSC_EXTERN PetscErrorCode KarCostGradient(KarCost cost, Vec x, Vec g);
PETSC_EXTERN PetscErrorCode KarCostHasGradient(KarCost cost, PetscBool *has);
/* Not collective. What Phi is where it is quadratic: (x - b)^2/(2 R) of every coordinate, or minus the log likelihood
   of data but for a constant; *b and *obs NULL where it is not that. Borrowed. */
PETSC_EXTERN PetscErrorCode KarCostGetQuadratic(KarCost cost, Vec *b, PetscReal *R, KarObservation *obs, Vec *y);
