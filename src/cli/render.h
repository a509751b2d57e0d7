/* What the files of `karhunen render` share. */
#pragma once

#include "dataplaces.h"

#define MOST 256
enum { BESIDE = 2 };
enum { QUANTITY_FIELD, QUANTITY_VORTICITY };

typedef struct _p_RenderCurl *RenderCurl; /* what the curls of a file's velocities share */

typedef struct {
  char            in[PETSC_MAX_PATH_LEN], out[PETSC_MAX_PATH_LEN];
  KarReadOptions  reading;
  char            beside[2 * PETSC_MAX_PATH_LEN];
  PetscInt        each, seed; /* fields of each file beside one another */
  PetscInt        samples[MOST], count, component, pixels;
  PetscBool       frames, ensemble;
  PetscInt        paths, times; /* of a file of paths; else all samples, and 1 */
  KarTable        time;         /* the times themselves, where the file is ours */
  char            plane[32], projection[32];
  PetscInt        quantity;  /* QUANTITY_ */
  KarPlane        planes[3]; /* of a box */
  PetscInt        cuts;      /* pictures of a sample */
  PetscReal       below;
  PetscBool       mask;
  KarPictureStyle style;
  KarReplace      replace;
  RenderCurl      curl; /* NULL before the first vorticity */
  char            obs_data[PETSC_MAX_PATH_LEN];
  KarSampledWhat  obs;
  PetscReal      *mark; /* of -obs_data; owned */
} Render;

/* Collective. What the file says about its looks, where options leave them open. */
PetscErrorCode RenderReadStyle(KarDataset data, const KarVariable *variable, Render *r);
/* Not collective. 0 (black) where the image is below the level, 1 where it is not. */
void RenderMask(PetscReal below, KarImage *image);
/* Collective. Says how many pixels have no value, where some have none; an error where all have none. */
PetscErrorCode RenderSayMissing(MPI_Comm comm, const char in[], PetscInt n, const KarImage images[]);
/* Collective. -plane and -projection; says which planes and which component are drawn. */
PetscErrorCode RenderChoosePlanes(MPI_Comm comm, KarDataset data, const KarVariable *variable, Render *r);
/* Collective. What is drawn of a sample, by the first `cuts` planes: images[cuts], without titles. */
PetscErrorCode RenderImages(KarDataset data, const KarVariable *variable, Render *r, PetscInt sample, PetscInt cuts,
                            KarImage images[]);
/* Collective. Frees what the curls have shared. */
PetscErrorCode RenderCurlDestroy(RenderCurl *curl);
/* Collective. Words for its colours; an error where the variable is no velocity. */
PetscErrorCode RenderVorticityStyle(KarDataset data, const KarVariable *variable, Render *r);
/* Collective. -beside. */
PetscErrorCode RenderBeside(MPI_Comm comm, Render *r);
/* Collective. Of a file of closed curves, count and samples being numbers of paths. */
PetscErrorCode RenderCurves(MPI_Comm comm, KarDataset data, const KarVariable *variable, Render *r);
/* Collective. -obs_data: marks at the places of data, in r->style. */
PetscErrorCode RenderPlaces(MPI_Comm comm, KarDataset data, Render *r);
