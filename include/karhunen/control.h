/* Controls: v = C grad log h (t, x), of which g^2 v is added to the drift of a process,
     dX = (F + g^2 v) dt + g dW,
   with h the density of the process at t (reversal: the score), of its end given X_t = x (Doob's bridge), or
   exp(-cost) to come (an optimal control). C^-1 is never applied. A header of the room score. Level 6. */
#pragma once

#include <karhunen/innovation.h>
#include <karhunen/observe.h>
#include <karhunen/score.h>

typedef struct _p_KarControl *KarControl;

typedef const char *KarControlType;
#define KARCONTROLSCORE       "score"       /* C grad log p_t: with it a process runs backwards */
#define KARCONTROLDOOB        "doob"        /* X_T = y + N(0, R), exact for a linear process */
#define KARCONTROLOBSERVATION "observation" /* y = H X_T + e, exact for a linear process */
#define KARCONTROLLEARNT      "learnt"      /* by a network: train -train_objective adjoint, logvariance */
#define KARCONTROLSUM         "sum"         /* of others */

/* Collective. Of a process that is not linear, a control to an end is that of its linear part. */
PETSC_EXTERN PetscErrorCode KarControlCreate(KarSDE sde, KarControl *control);
PETSC_EXTERN PetscErrorCode KarControlSetType(KarControl control, KarControlType type);
PETSC_EXTERN PetscErrorCode KarControlSetOptionsPrefix(KarControl control, const char prefix[]);
/* Collective. -control_type. */
PETSC_EXTERN PetscErrorCode KarControlSetFromOptions(KarControl control);
PETSC_EXTERN PetscErrorCode KarControlSetUp(KarControl control);
PETSC_EXTERN PetscErrorCode KarControlView(KarControl control, PetscViewer viewer);
PETSC_EXTERN PetscErrorCode KarControlReference(KarControl control);
PETSC_EXTERN PetscErrorCode KarControlDestroy(KarControl *control);
/* Collective in effect. A type from outside, for -PREFIXcontrol_type; karhunen/impl/control.h has what it fills. */
PETSC_EXTERN PetscErrorCode KarControlRegister(const char name[], const char text[],
                                               PetscErrorCode (*create)(KarControl));

/* Logically collective, each of the type of its name; kept by reference. "doob": X_T = y, with the variances
   R[rows][length] of its noise, copied; NULL: y itself. */
PETSC_EXTERN PetscErrorCode KarControlSetScore(KarControl control, KarScore score);
PETSC_EXTERN PetscErrorCode KarControlSetEnd(KarControl control, Vec y, const PetscReal R[]);
PETSC_EXTERN PetscErrorCode KarControlSetObservation(KarControl control, KarObservation obs, Vec y);
/* Collective. "learnt": the denoiser of a control for a cost that begins at that of G |x - b|^2/2 (b NULL: G = 0), by
   which it was trained; it must live as long. */
PETSC_EXTERN PetscErrorCode KarControlSetDenoiser(KarControl control, KarDenoiser denoiser, Vec b, PetscReal G);
/* Collective. "learnt": what the control adds to, and begins at, such as that of an observation; kept by reference. */
PETSC_EXTERN PetscErrorCode KarControlSetBase(KarControl control, KarControl base);
/* Collective. Its share of what is foreseen from x at t, S v/(lambda a); *has is false without one. */
PETSC_EXTERN PetscErrorCode KarControlGetBase(KarControl control, PetscReal t, Vec x, Vec shift, PetscBool *has);
/* Collective. Of a learnt control: the end that it foresees from x at t, E[X_T | X_t = x]; the mean of X_t under the
   control where it begins, which its network's input is less; and the denoiser's time of t. */
PETSC_EXTERN PetscErrorCode KarControlForesee(KarControl control, PetscReal t, Vec x, Vec D);
PETSC_EXTERN PetscErrorCode KarControlGetMean(KarControl control, PetscReal t, Vec m);
PETSC_EXTERN PetscReal      kar_control_clock(PetscReal T, PetscReal t);
PETSC_EXTERN PetscErrorCode KarControlAdd(KarControl sum, KarControl part);
PETSC_EXTERN PetscErrorCode KarControlGetSDE(KarControl control, KarSDE *sde);
/* Collective. v = C grad log h (t, x). x is only read, and may not be v. A pinned end has none at T. */
PETSC_EXTERN PetscErrorCode KarControlApply(KarControl control, PetscReal t, Vec x, Vec v);
