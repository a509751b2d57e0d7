/* A run of karhunen sample, shared by sample.c and samplefile.c. */
#pragma once

#include "cli.h"

#define KAR_DERIVED 4 /* variables that may follow from one */

typedef struct {
  MPI_Comm          comm, one; /* of all; of one field */
  PetscInt          groups, group;
  PetscInt          samples, first, todo_n, done; /* done: of those to do */
  PetscInt         *todo;                         /* numbers of the samples that are not there yet */
  PetscBool         resume;
  PetscReal         state_every; /* seconds; 0: at a stop alone */
  PetscLogDouble    state_time;  /* when the last state was kept */
  PetscInt          now;         /* the sample of the file that is being drawn */
  PetscInt          before;      /* its evaluations in runs before */
  PetscBool         begun;       /* it is not finished */
  PetscBool         kept;        /* there is a state of it */
  char             *options;     /* of the run, as KarDatasetSetRun() has them */
  PetscInt64        seed;
  PetscInt          each;  /* evaluations of one sample; 0: unknown before */
  PetscInt          piece; /* of a path */
  PetscInt          drawn; /* by this group */
  Told              told;
  PetscInt          roll;    /* steps from a state to the next; 0: no paths */
  KarCascade        cascade; /* of -model BASE,OCTAVE,...: score and ts are then those of its last level; else NULL */
  NearFields        near;    /* of -near, else NULL */
  CoarseFields      coarse;  /* of -coarse, else NULL */
  KarScore          score;
  KarFFT            fft;  /* shared */
  KarGrid           grid; /* of the fields that are written; shared */
  TS                ts;
  KarDataset        data;
  char              out[PETSC_MAX_PATH_LEN];
  char              places[PETSC_MAX_PATH_LEN]; /* of -points; empty: the grid */
  AtPlaces          at;
  Decoder           decoder; /* of a model of latents; NULL: none */
  KarProgress       progress;
  Vec               x, field;
  PetscInt          derived;              /* how many follow from the variable, such as the phase of a wave */
  const KarDerived *follows[KAR_DERIVED]; /* they */
  PetscReal         number[KAR_DERIVED];  /* of their options */
} SampleRun;

/* Collective. The file, named and labelled as the model says. */
PetscErrorCode SampleCreateFile(SampleRun *run);
/* Collective, when it is set up. */
PetscErrorCode SamplePutAttributes(SampleRun *run);
/* Collective on `one`. The field in x, and what follows from it, as sample i of the file. */
PetscErrorCode SampleWriteOne(SampleRun *run, PetscInt i, KarKey key);
/* Collective. -state_every. */
PetscErrorCode SampleStateFromOptions(SampleRun *run);
/* Collective, before work. Without -resume, states of before are an error, or go with -overwrite. */
PetscErrorCode SampleCheckStates(SampleRun *run);
/* Collective on `one`, of sample `now`. Its state into its file, at once, or when -state_every has passed; back, if
   there is one; and away. */
PetscErrorCode SampleKeepState(SampleRun *run);
PetscErrorCode SampleKeepStateInTime(SampleRun *run);
PetscErrorCode SampleRestoreState(SampleRun *run, PetscBool *begun);
PetscErrorCode SampleRemoveState(SampleRun *run);
