/* What the files of karhunen posterior share: its run. */
#pragma once

#include "cli.h"

#include <karhunen/giver.h>

/* RUN_SMC gives numbers of each run; from RUN_CONDITIONAL on a KarConditionalType. */
enum { RUN_SMC, RUN_GUIDED, RUN_EXACT, RUN_AMORTISED, RUN_CONDITIONAL };
/* The numbers of a run, which the file has with each of its samples: of particles all, of chains EVIDENCE, the share of
   proposals that were taken. */
enum { ESS, EVIDENCE, RESAMPLINGS, CHAIN_NUMBERS, LEAST = CHAIN_NUMBERS, ANCESTORS, DISTINCT, MOVED, SMC_NUMBERS };

typedef struct {
  MPI_Comm        comm, one; /* of all; of one field */
  PetscInt        groups, group;
  PetscInt        type, samples, each, runs, todo_n, done; /* a run gives `each` samples; done: of those to do */
  PetscInt        particles, moves;                        /* of a run, `each` of which are samples; of each */
  PetscInt       *todo;                                    /* numbers of the runs that are not there yet */
  PetscBool       resume, dealt; /* dealt: the groups share the particles of a run, and have not runs of their own */
  PetscInt        first, own;    /* particles of a run that this group has */
  PetscInt64      seed;
  KarScore        score, guided;
  KarCascade      cascade; /* of -model BASE,OCTAVE,...: score is then that of its last level; else NULL */
  KarCascadeGiven given;
  KarObservation  obs;
  KarPosterior    exact;
  KarGiver        giver; /* of a model of fields given data */
  KarSMC          smc;
  KarConditional  conditional;
  TS              ts;
  KarFFT          fft;  /* shared */
  KarGrid         grid; /* shared */
  KarDataset      data;
  PetscReal       deviation, farthest; /* of the law at a point; of the draws from its mean, in deviations */
  Vec             centre;              /* the law's mean */
  Vec             y, field, *x;        /* [own] */
  PetscReal (*numbers)[SMC_NUMBERS];   /* [runs], of those of this group */
} PosteriorRun;

/* Collective. Says so when data are far from what the law expects, or contradict one another; the law's deviation. */
PetscErrorCode PosteriorWarn(PosteriorRun *run);
/* Collective on one. run->field is a draw: how far it goes from the law's mean. */
PetscErrorCode PosteriorMeasure(PosteriorRun *run);
/* Collective. Says so when that was too far. */
PetscErrorCode PosteriorSayFarthest(PosteriorRun *run);
/* Collective. What the first runs were like, into the file and in words. The evidence is the mean of theirs, ess that
   of the worst. */
PetscErrorCode PosteriorPutRuns(PosteriorRun *run, PetscInt runs);
/* Collective. Evaluations, solves, products, processor time and memory of the whole run, in one line. */
PetscErrorCode PosteriorSayCost(PosteriorRun *run);
