/* What the files of sequential Monte Carlo share: particles and one step of them. */
#pragma once

#include <karhunen/smc.h>

/* One step, mode by mode. */
typedef struct {
  PetscReal *x, *d, *slope;            /* mu = x x + d (D + slope (D - D_before)) */
  PetscReal *sigma, *g, *gain, *after; /* Sigma, G, Sigma G, Gamma_r */
  PetscReal *h;                        /* of the step before */
  PetscReal *work[5];
} Step;

struct _p_KarSMC {
  MPI_Comm       comm;
  char           prefix[64];
  KarScore       prior; /* owned references */
  KarObservation obs;
  Vec            y;
  KarLevels      levels;
  TS             ts;  /* gives the times */
  KarFFT         fft; /* shared, as sde and noise */
  KarSDE         sde;
  KarCov         noise;
  KarKernel      kernel;
  PetscInt       n, modes, group;
  PetscReal      threshold;
  Step           step;
  Vec           *d, *before; /* [n] of each particle */
  Vec            delta, w, e, z;
  PetscReal     *weight; /* [n] logarithms */
  PetscBool      linear; /* are the data linear in the field? */
  PetscReal     *twist;  /* [n] where they are not: log p(y | x), by the law that stands for them near D */
};

/* Collective. The numbers of the step from t to r; first: there is no evaluation before. */
PetscErrorCode KarSMCSetStep(KarSMC smc, PetscReal t, PetscReal r, PetscBool first);
/* Collective. Particle p, at x, takes that step: its evaluations move on, *logw is its new weight's logarithm. */
PetscErrorCode KarSMCStep(KarSMC smc, KarKey key, PetscReal t, PetscReal r, Vec x, PetscInt p, PetscReal *logw);
/* Collective. -1/2 (e - f)·M^-1 (e + f) of e = y - H d and f = y - H expected. */
PetscErrorCode KarSMCWeigh(KarSMC smc, KarInnovation innovation, Vec d, Vec expected, PetscReal *logw);

/* Of data that are not linear (smclocal.c). Collective. Step, first weight, and the draw at the end (t: of the last
   time), whose weight counts. */
PetscErrorCode KarSMCStepLocal(KarSMC smc, KarKey key, PetscReal t, PetscReal r, Vec x, PetscInt p, PetscReal *logw);
PetscErrorCode KarSMCStartLocal(KarSMC smc, PetscReal t, PetscInt p);
PetscErrorCode KarSMCFinishLocal(KarSMC smc, KarKey key, PetscReal t, Vec x, PetscInt p, PetscReal *logw);
/* Not collective. x <- mu + delta; before <- d. */
PetscErrorCode KarSMCMove(KarSMC smc, Vec x, Vec d, Vec before);
