/* A process between two times: noise that is added, its drift, a step, its transition and bridges. A header of the
   room sde. Level 4. */
#pragma once

#include <karhunen/sde.h>

/* Not collective. x ~ N(0, a(T)^2 data + s(T)^2 C) mode by mode; data is the covariance of the data, or NULL for N(0,
   s(T)^2 C). */
PETSC_EXTERN PetscErrorCode KarSDESamplePrior(KarSDE sde, KarCov data, KarKey key, Vec x);
/* Not collective. x ~ N(a(t) mean, a(t)^2 data + s(t)^2 C); mean may be NULL. */
PETSC_EXTERN PetscErrorCode KarSDESampleMarginal(KarSDE sde, PetscReal t, KarCov data, Vec mean, KarKey key, Vec x);
/* Not collective. x_t = a x_0 + s w with w ~ N(0, C) by `key`; xt may be x0. noise, when given, becomes w. */
PETSC_EXTERN PetscErrorCode KarSDEAddNoise(KarSDE sde, PetscReal t, KarKey key, Vec x0, Vec xt, Vec noise);

/* Not collective. Is the process linear, and its path known? Else it has a drift f beside -alpha X: the routines above
   are then errors, but for KarSDEGetCoefficients*(). */
PETSC_EXTERN PetscErrorCode KarSDEHasPath(KarSDE sde, PetscBool *has);
/* Not collective. The process without f; sde itself where it is linear. Borrowed. */
PETSC_EXTERN PetscErrorCode KarSDEGetLinear(KarSDE sde, KarSDE *linear);
/* Collective. f(t, x), 0 where the process is linear; and the drift, -alpha x + f(t, x). x is only read, and may not
   be f. */
PETSC_EXTERN PetscErrorCode KarSDENonlinear(KarSDE sde, PetscReal t, Vec x, Vec f);
PETSC_EXTERN PetscErrorCode KarSDEDrift(KarSDE sde, PetscReal t, Vec x, Vec drift);
/* Collective. w = F'(x)* v of the drift F, in the inner product of coordinates; an error where the type has no
   derivative. v may not be w. */
PETSC_EXTERN PetscErrorCode KarSDEDriftAdjoint(KarSDE sde, PetscReal t, Vec x, Vec v, Vec w);
/* Collective. A draw by key: x at t becomes that at r, h = r - t: A x + phi f(t, x) + N(0, S), with the transition A,
   S of the linear part and phi = int_t^r A; exact where f = 0, of first order in h elsewhere. */
PETSC_EXTERN PetscErrorCode KarSDEStep(KarSDE sde, PetscReal t, PetscReal r, KarKey key, Vec x);
/* Not collective. X_r given X_t = x is N(a x, S), for each mode this rank owns, [rows][length]; 0 <= t <= r <= T. */
PETSC_EXTERN PetscErrorCode KarSDEGetTransition(KarSDE sde, PetscReal t, PetscReal r, PetscReal a[], PetscReal S[]);
/* Not collective. A bridge: X_r given X_t = x and X_T = v + N(0, R) is N(x[] x + v[] v, variance[]), exactly; R of
   each mode, NULL: a pinned end. t <= r <= T, any time of the process. */
PETSC_EXTERN PetscErrorCode KarSDEGetBridge(KarSDE sde, PetscReal t, PetscReal r, PetscReal T, const PetscReal R[],
                                            PetscReal x[], PetscReal v[], PetscReal variance[]);
/* Not collective. A draw of it by key: x, the state at t, becomes that at r. */
PETSC_EXTERN PetscErrorCode KarSDESampleBridge(KarSDE sde, PetscReal t, PetscReal r, PetscReal T, const PetscReal R[],
                                               KarKey key, Vec x, Vec v);
/* Not collective; cannot fail. phi of KarSDEStep() from A of a step of length h. */
PETSC_EXTERN PetscReal kar_sde_phi(PetscReal A, PetscReal h);
