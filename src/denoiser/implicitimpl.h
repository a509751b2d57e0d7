/* What the files of the implicit representation share: its life and file (implicit.c), its places, evaluation and steps
   (implicitsteps.c). */
#pragma once

#include "denoiserimpl.h"

struct _p_KarImplicit {
  MPI_Comm      comm;
  KarGridInfo   g; /* of the fields that it was learnt of */
  KarFieldLabel label;
  PetscReal    *mean, sigma;
  KarNet        net;
  PetscBool     ready;
  PetscReal    *root;            /* L[c][c], lower; the unit matrix at first */
  PetscInt      cells[3], all;   /* of each axis; of the box */
  PetscInt      c, G, K, degree; /* latents, features, steps; of the splines */
  PetscInt (*wave)[3];           /* [G/2] */
  float *x, *y, *dy, *dx;        /* of a tile of points */
  float *z, *dz, *p, *v, *w;     /* [K + 1][all c] twice; [all c] thrice */
};

struct _p_KarImplicitPlaces {
  KarImplicit of;
  PetscInt    m, near; /* places here; cells whose splines reach one */
  PetscReal   total;   /* of all ranks */
  PetscInt   *cell;    /* [m][near] */
  float      *weight;  /* [m][near] */
  float      *feature; /* [m][G] */
};
