/* What the files of `karhunen render` share. */
#pragma once

#include "cli.h"

#define MOST 256
enum { BESIDE = 2 };

typedef struct {
  char            in[PETSC_MAX_PATH_LEN], out[PETSC_MAX_PATH_LEN];
  KarReadOptions  reading;
  char            beside[2 * PETSC_MAX_PATH_LEN];
  PetscInt        each, seed; /* fields of each file beside one another */
  PetscInt        samples[MOST], count, component, pixels;
  PetscBool       frames, ensemble;
  char            plane[32];
  KarPlane        planes[3]; /* of a box */
  PetscInt        cuts;      /* pictures of a sample */
  PetscReal       below;
  PetscBool       mask;
  KarPictureStyle style;
  KarReplace      replace;
} Render;

/* Collective. What the file says about its looks, where options leave them open. */
PetscErrorCode RenderReadStyle(KarDataset data, const KarVariable *variable, Render *r);
/* Not collective. 0 (black) where the image is below the level, 1 where it is not. */
void RenderMask(PetscReal below, KarImage *image);
/* Collective. Says how many pixels have no value, where some have none; an error where all have none. */
PetscErrorCode RenderSayMissing(MPI_Comm comm, const char in[], PetscInt n, const KarImage images[]);
/* Collective. -beside. */
PetscErrorCode RenderBeside(MPI_Comm comm, Render *r);
/* Collective. Of a file of closed curves, count and samples being numbers of paths. */
PetscErrorCode RenderCurves(MPI_Comm comm, KarDataset data, const KarVariable *variable, Render *r);
