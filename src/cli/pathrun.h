/* Paths of a process into a file: what the commands bridge and control share. */
#pragma once

#include "cli.h"

typedef struct {
  MPI_Comm       comm, one; /* of all; of one path */
  PetscInt       groups, group, samples, steps, particles, runs, done;
  PetscInt64     seed;
  PetscBool      control; /* of the command control */
  PetscReal      noise;
  KarFFT         fft;  /* owned */
  KarGrid        grid; /* shared */
  KarSDE         sde;
  KarCov         cov;
  KarBridge      bridge;
  KarObservation obs;
  KarCost        cost;                      /* NULL: a bridge */
  char           model[PETSC_MAX_PATH_LEN]; /* of a learnt control; "": none */
  KarDenoiser    denoiser;
  KarDataset     data;
  KarVariable    variable;
  char           units[64]; /* of the lengths */
  PetscReal      origin[3], direction[3];
  Vec            start, end, y, field, *path;
  PetscReal
    *said; /* [runs][6]: ess, ratio, density, value and its share of the end, resamplings of the runs of this group */
} KarPathRun;

/* Collective on comm. Draws what was set up into the open file, and tells what the runs were like. */
PetscErrorCode KarPathRunWork(KarPathRun *run, const char out[]);
