/* The distribution of t: a density over [low, high] by its inverse. A header of the room train. Level 8. */
#pragma once

#include <karhunen/sde.h>

/* --- The distribution of t: density over [low, high] by its inverse
   -------------------------------------------------------- */
typedef enum {
  KAR_TIME_UNIFORM, /* in the process's clock */
  KAR_TIME_LOGSNR,  /* uniform in log(s/a), of mode 0 where the process depends on the mode */
  KAR_TIME_NORMAL   /* log(s/a) normal (Karras 2022), truncated */
} KarTimeKind;
PETSC_EXTERN const char *const KarTimeKinds[];
typedef struct {
  KarTimeKind kind;
  PetscReal   low, high; /* times */
  PetscReal   mean, std; /* of log(s/a) */
  PetscInt    rungs;     /* t is raised to the next of high i/rungs; 0: it is not */
} KarTimeLaw;
/* Not collective. The time of pair b of a batch, u uniform in (0, 1): each pair has its own stratum, [b, b + 1)/batch
   of the distribution. */
PETSC_EXTERN PetscErrorCode KarTimeLawDraw(const KarTimeLaw *law, KarSDE sde, PetscInt b, PetscInt batch, PetscReal u,
                                           PetscReal *t);
/* Not collective. The share of a normal law that lies in its range. */
PETSC_EXTERN PetscErrorCode KarTimeLawGetMass(const KarTimeLaw *law, KarSDE sde, PetscReal *mass);
