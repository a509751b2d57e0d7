/* The equation that a sampler solves. A header of the room sampler. */
#pragma once

#include <karhunen/process.h>
#include <karhunen/types.h>
#include <petsc/private/tsimpl.h>

#define KAR_PAST 4 /* evaluations that a step may use */

/* What is solved; composed with the TS: the reverse process of a score, or a process under a control. */
typedef struct {
  KarScore          score;     /* owned references; NULL: a process under a control */
  KarControl        control;   /* NULL: none */
  KarSDE            sde;       /* owned reference */
  KarSDE            linear;    /* of sde; shared; set up with the rest */
  KarDirection      direction; /* of a process; KAR_BACKWARD with a score */
  KarCov            cov;       /* of sde, shared */
  PetscInt          n, group;  /* modes of this rank; numbers of each */
  PetscBool         scalar;
  KarPath          *path[KAR_PAST + 1]; /* [n] each, when not scalar */
  KarKey            key;                /* of the sample; step counts its draws */
  KarSamplerDrawFn *draw;               /* in place of the keyed one; NULL: keyed */
  void             *draw_ctx;           /* shared */
  PetscReal         T;
  /* options */
  KarTimes   times;
  PetscInt   evaluations, nlist, coupling;
  PetscReal *list, end, rate;
  PetscBool  denoise, end_draw, matched, ready;
  PetscBool  stopping; /* a monitor has ended the sample: it makes the step it is in, and no other */
  char       prefix[64];
  /* from them */
  PetscInt   steps;
  PetscReal *t; /* [steps + 1] */
  Vec        d; /* an evaluation, for PETSc's types and the final one; NULL before it is needed, as w */
  Vec        w;
  Vec        near; /* x_0 that draws start near; NULL: from noise; owned */
  PetscReal  near_ratio;
} KarEquation;

PetscErrorCode KarEquationGet(TS ts, KarEquation **equation);
/* The same, to be set up again. */
PetscErrorCode KarEquationChange(TS ts, KarEquation **equation);
PetscErrorCode KarEquationSetUp(KarEquation *equation, PetscInt cost);
/* t[0 .. steps] from the options; cost: evaluations of a step. */
PetscErrorCode KarEquationMakeTimes(KarEquation *equation, MPI_Comm comm, PetscInt cost);
/* ds/dtau of the probability flow, for PETSc's own types. */
PetscErrorCode KarEquationRHS(TS ts, PetscReal s, Vec x, Vec f, void *ctx);
/* w ~ N(0, C), the next draw of this sample. */
PetscErrorCode KarEquationDraw(KarEquation *equation, Vec w);
