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

typedef struct _KarMoves KarMoves; /* where particles are on their way there and back (smcmoves.c) */

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
  /* the particles are dealt to groups of ranks, each of which holds those from `first` on; p of a routine counts these
     */
  MPI_Comm all, across; /* of all groups; of the ranks of all groups that hold the same slab. Owned; NULL: one group */
  PetscInt groups, mine, first, own; /* mine: number of this group */
  Vec     *d, *before;               /* [own] of each particle */
  Vec      delta, w, e, z;
  PetscReal *weight;   /* [own] logarithms */
  PetscReal *gathered; /* [n] of all groups */
  PetscInt  *ancestor; /* [n] of all groups: the particle of the first step, or the move, that each descends from */
  PetscInt  *copy;     /* [n] of all groups: equal for copies since the last step, but for moves */
  PetscBool  linear;   /* are the data linear in the field? */
  PetscReal *twist;    /* [own] where they are not: log p(y | x), by the law that stands for them near D */
  PetscBool  octave;   /* the particles begin with the coarser field that the stage before has drawn */
  PetscInt   moves;    /* at the end of the steps */
  PetscReal  height;   /* s/a up to which they climb */
  KarMoves  *move;     /* owned by the first stage; NULL: none yet */
  KarSMC     next;     /* the stage after this one of a cascade; owned; NULL: this is the last */
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
PetscErrorCode KarSMCStartLocal(KarSMC smc, PetscReal t, PetscInt p, PetscReal *logw);
PetscErrorCode KarSMCFinishLocal(KarSMC smc, KarKey key, PetscReal t, Vec x, PetscInt p, PetscReal *logw);
/* Collective on all groups. An error of one group is that of all: every rank returns the largest code. */
PetscErrorCode KarSMCAgree(KarSMC smc, PetscErrorCode code);
/* Collective on all groups. The weights of all into gathered, their mean's logarithm, the effective number; code: of
   this rank's particles, returned by every rank as the largest. */
PetscErrorCode KarSMCGather(KarSMC smc, PetscErrorCode code, PetscReal *mean, PetscReal *ess);
/* Collective on all groups. Systematic resampling by the weights gathered: slot i has the particle that holds (u +
   i)/n of the weight. *distinct: so many stay. */
PetscErrorCode KarSMCResample(KarSMC smc, KarKey key, Vec x[], PetscInt *distinct);
/* Not collective; cannot fail. How many different numbers there are. */
PetscInt kar_smc_different(PetscInt n, const PetscInt number[]);
/* Collective. w <- d + G delta, what the data are expected to be of. */
PetscErrorCode KarSMCExpect(KarSMC smc, Vec d);
/* Not collective. x <- mu + delta. */
PetscErrorCode KarSMCMean(KarSMC smc, Vec x, Vec d, Vec before);
/* Collective. d <- E[X_0 | X_r = x], given the coarser field that an octave's x holds. */
PetscErrorCode KarSMCDenoise(KarSMC smc, PetscReal r, Vec x, Vec d);
/* Not collective. x <- mu + delta; before <- d. */
PetscErrorCode KarSMCMove(KarSMC smc, Vec x, Vec d, Vec before);

/* Moves (smcmoves.c). Collective. */
PetscErrorCode KarSMCMovesCreate(KarSMC smc);
PetscErrorCode KarSMCMovesDestroy(KarSMC smc);
PetscErrorCode KarSMCMovesSetFromOptions(KarSMC smc);
/* Collective on all groups. Moves of the particles x at t[steps]; key.step: the first that no step has used. */
PetscErrorCode KarSMCMoves(KarSMC smc, KarKey key, const PetscReal t[], PetscInt steps, Vec x[], KarSMCInfo *info,
                           PetscBool *stop);
