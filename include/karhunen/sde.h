/* Noising processes. Mode by mode, X_t given X_0 = x is N(a(t) x, s(t)^2 lambda); as an equation,
   dX = -alpha X dt + g dW with W a C-Wiener process, alpha = -a'/a, g^2 = (s^2)' + 2 alpha s^2.
   t = 0 is the data, t = T the noise. Level 4. */
#pragma once

#include <karhunen/covariance.h>

typedef struct _p_KarSDE *KarSDE;

typedef const char *KarSDEType;
#define KARSDEVP           "vp"           /* variance preserving, beta linear or cosine */
#define KARSDEVE           "ve"           /* variance exploding */
#define KARSDEHEAT         "heat"         /* each mode decays at its own rate */
#define KARSDEFLOW         "flow"         /* straight path */
#define KARSDEDDPM         "ddpm"         /* a discrete ladder */
#define KARSDEALLENCAHN    "allencahn"    /* the double well in function space: not linear */
#define KARSDENAVIERSTOKES "navierstokes" /* plane flow under a force that is white in time: not linear */

PETSC_EXTERN PetscErrorCode KarSDECreate(KarCov cov, KarSDE *sde);
PETSC_EXTERN PetscErrorCode KarSDESetType(KarSDE sde, KarSDEType type);
PETSC_EXTERN PetscErrorCode KarSDESetOptionsPrefix(KarSDE sde, const char prefix[]);
PETSC_EXTERN PetscErrorCode KarSDESetFromOptions(KarSDE sde);
/* Logically collective. One of the type's numbers by its option's name, such as "beta_max"; before KarSDESetUp(). */
PETSC_EXTERN PetscErrorCode KarSDESetParameter(KarSDE sde, const char name[], PetscReal value);
/* Not collective. The same, read; *has is false when the type has none of this name. */
PETSC_EXTERN PetscErrorCode KarSDEGetParameter(KarSDE sde, const char name[], PetscReal *value, PetscBool *has);
PETSC_EXTERN PetscErrorCode KarSDESetUp(KarSDE sde);
PETSC_EXTERN PetscErrorCode KarSDEView(KarSDE sde, PetscViewer viewer);
/* Collective. The same process with another noise, whose grid may be another. */
PETSC_EXTERN PetscErrorCode KarSDEDuplicate(KarSDE sde, KarCov cov, KarSDE *copy);
PETSC_EXTERN PetscErrorCode KarSDEReference(KarSDE sde);
PETSC_EXTERN PetscErrorCode KarSDEDestroy(KarSDE *sde);
/* Collective in effect. A type from outside, for -PREFIXsde_type; karhunen/impl/sde.h has what it fills. */
PETSC_EXTERN PetscErrorCode KarSDERegister(const char name[], const char text[], PetscErrorCode (*create)(KarSDE));

PETSC_EXTERN PetscErrorCode KarSDEGetCovariance(KarSDE sde, KarCov *cov);
PETSC_EXTERN PetscErrorCode KarSDEGetType(KarSDE sde, KarSDEType *type);
PETSC_EXTERN PetscErrorCode KarSDEGetFinalTime(KarSDE sde, PetscReal *T);
/* Not collective. True when a and s are the same for all modes. */
PETSC_EXTERN PetscErrorCode KarSDEIsScalar(KarSDE sde, PetscBool *scalar);

/* The path at one time. */
typedef struct {
  PetscReal a, s;
  PetscReal da, ds2; /* time derivatives of a and of s^2 */
} KarPath;
/* Not collective. Of mode 0 where the process depends on the mode. 0 <= t <= T. */
PETSC_EXTERN PetscErrorCode KarSDEGetPath(KarSDE sde, PetscReal t, KarPath *path);
/* Not collective. Of a mode that decays omega times as fast as mode 0 of a scalar process (KarSDEGetRates()). */
PETSC_EXTERN PetscErrorCode KarSDEGetPathRate(KarSDE sde, PetscReal t, PetscReal omega, KarPath *path);
/* Collective. Smallest and largest omega of all modes; 1 and 1 for a scalar process. */
PETSC_EXTERN PetscErrorCode KarSDEGetRates(KarSDE sde, PetscReal *low, PetscReal *high);
/* Not collective. omega of a mode, by its |k|^2; 1 for a scalar process. */
PETSC_EXTERN PetscErrorCode KarSDEGetRate(KarSDE sde, PetscReal k2, PetscReal *omega);
/* Not collective. For each mode this rank owns, [rows][length]; any process. */
PETSC_EXTERN PetscErrorCode KarSDEGetPathModes(KarSDE sde, PetscReal t, KarPath path[]);
PETSC_EXTERN PetscErrorCode KarSDEGetMarginal(KarSDE sde, PetscReal t, PetscReal *a, PetscReal *s);
/* Not collective. alpha and g. */
PETSC_EXTERN PetscErrorCode KarSDEGetCoefficients(KarSDE sde, PetscReal t, PetscReal *alpha, PetscReal *g);
/* Not collective. For each mode this rank owns, [rows][length]; any process. */
PETSC_EXTERN PetscErrorCode KarSDEGetMarginalModes(KarSDE sde, PetscReal t, PetscReal a[], PetscReal s[]);
/* Not collective. The decay rate alpha of each mode (alpha may be NULL), and the one g. */
PETSC_EXTERN PetscErrorCode KarSDEGetCoefficientsModes(KarSDE sde, PetscReal t, PetscReal alpha[], PetscReal *g);
/* Not collective. log(a^2/s^2) of mode 0: falls with t. And the time in (0, T] where it has a given value; the nearest
   end beyond. */
PETSC_EXTERN PetscErrorCode KarSDEGetLogSNR(KarSDE sde, PetscReal t, PetscReal *logsnr);
PETSC_EXTERN PetscErrorCode KarSDEFindTime(KarSDE sde, PetscReal logsnr, PetscReal *t);
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
   S of the linear part and
   phi = int_t^r A; exact where f = 0, of first order in h elsewhere. */
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
/* Collective. As KarCovSave(), without the covariance. */
PETSC_EXTERN PetscErrorCode KarSDESave(KarSDE sde, KarCheckpoint file, const char group[]);
PETSC_EXTERN PetscErrorCode KarSDELoad(KarCov cov, KarCheckpoint file, const char group[], KarSDE *sde);
/* Not collective; cannot fail. phi of KarSDEStep() from A of a step of length h. */
PETSC_EXTERN PetscReal kar_sde_phi(PetscReal A, PetscReal h);

/* --- Matching of two laws by bridges (docs/bridges.md)
   ------------------------------------------------------------------- */
/* What is known of pairs (X, Y) mode by mode: the covariance of X, empty beyond |k| = limit, and the correlation of X
   and Y at |k| = k[n], linear in between, constant beyond. */
typedef struct {
  KarCov           start;
  PetscReal        limit;
  PetscInt         n;
  const PetscReal *k, *correlation;
} KarPairs;
/* Collective. Bridges of the process `reference` from X to Y as Y sees them, mixed over the pairs: at time t the state
   is that of the bridges at T - t, and for Gaussian pairs it is a Y + N(0, s^2 C) mode by mode. end: the covariance of
   Y. Shared; arrays are copied. */
PETSC_EXTERN PetscErrorCode KarSDECreateMatching(KarSDE reference, KarCov end, const KarPairs *pairs, KarSDE *sde);
/* Not collective. What it was made of, borrowed; *reference is NULL for another process. pairs may be NULL. */
PETSC_EXTERN PetscErrorCode KarSDEGetMatching(KarSDE sde, KarSDE *reference, KarPairs *pairs);
/* Not collective. A step of the matching process from time t of the reference to r > t, x[] X_t + d[] D + N(0,
   variance[]), D = E[Y | X_t]:
   the law of X_r given X_t, exactly, for Gaussian pairs. For each mode this rank owns. */
PETSC_EXTERN PetscErrorCode KarSDEGetMatchingStep(KarSDE sde, PetscReal t, PetscReal r, PetscReal x[], PetscReal d[],
                                                  PetscReal variance[]);
