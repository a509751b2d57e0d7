/* A process itself as a PETSc TS, forward or backwards, under a control:
     dX = [F + g^2 v] dt + g dW   from t = 0 to T;   dY = [-F + g^2 v] dtau + g dW   from T down, tau = T - t.
   A header of the room sampler. Level 7. */
#pragma once

#include <karhunen/control.h>
#include <karhunen/sampler.h>

#define KARTSEXPONENTIAL "exponential" /* forward: exact linear part, the rest by Euler */

typedef enum { KAR_FORWARD, KAR_BACKWARD } KarDirection;

/* Collective. A TS of type "em" for this; control NULL: none. Run it by KarSamplerSolveFrom().
   KarSamplerSetEvaluations() sets the number of steps: uniform in t forward, and backwards where the process is not
   linear; else where KarSamplerSetTimes() says. */
PETSC_EXTERN PetscErrorCode KarSamplerCreateProcess(KarSDE sde, KarControl control, KarDirection direction, TS *ts);
/* Collective. The process alone, forward, by this many steps. */
PETSC_EXTERN PetscErrorCode KarSamplerCreateForward(KarSDE sde, PetscInt steps, TS *ts);
/* Noise of each em step of a uniform grid is the sum of that of `fine` smaller steps: paths of different steps, one
   Brownian motion. */
PETSC_EXTERN PetscErrorCode KarSamplerSetCoupling(TS ts, PetscInt fine);
