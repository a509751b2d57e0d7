/* What the files of the denoiser at places share. */
#pragma once

#include <karhunen/placed.h>
#include <karhunen/transformer.h>

struct _p_KarPlaced {
  MPI_Comm      comm;                 /* shared */
  KarCov        data;                 /* owned */
  KarGridInfo   g;                    /* of its grid */
  PetscReal     nugget, sigma, *mean; /* sigma: a value's deviation; mean[dof] */
  KarSDE        sde;                  /* on data; owned */
  KarNet        net;
  KarPlacedSays says;
  KarPlacedSet  current;  /* whose places the network has; borrowed */
  KarCheckpoint file;     /* its weights are still to be read from; NULL: none */
  PetscBool     ready;    /* its network is set up */
  PetscInt      capacity; /* floats below, of a channel */
  float        *x, *y, *dy;
  PetscReal    *scalars; /* [room for samples][2] */
  PetscInt      batch;
};

struct _p_KarPlacedSet {
  KarPlaced  model;
  KarPencil  pencil;
  KarSDE     sde;          /* on the pencil's line; owned */
  PetscInt   m, given;     /* places, of all ranks */
  PetscInt   local, known; /* of this rank: places, and known ones behind them */
  PetscInt   first;        /* known ones of the ranks before */
  PetscReal *x, *omega;    /* [local + known][dim] as the network has places, and their weights */
  PetscReal *v;            /* [known][dof] */
  Vec        u;            /* values */
};

/* Channels of a token: the whitened value, the value that it makes, what the known values say, whether it is one. */
static inline PetscInt kar_placed_channels(PetscInt dof)
{
  return 3 * dof + 1;
}
