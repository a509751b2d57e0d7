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

/* Collective. A process with noise of covariance C, which it keeps. Options are -PREFIXsde_type and so on. */
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

/* Not collective. Borrowed. */
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
/* Collective. As KarCovSave(), without the covariance. */
PETSC_EXTERN PetscErrorCode KarSDESave(KarSDE sde, KarCheckpoint file, const char group[]);
PETSC_EXTERN PetscErrorCode KarSDELoad(KarCov cov, KarCheckpoint file, const char group[], KarSDE *sde);

#include <karhunen/matching.h>

#include <karhunen/transition.h>
