/* What the files of observe share: an observation and the operations of its type. */
#pragma once

#include <karhunen/observe.h>
#include <karhunen/points.h>
#include <karhunen/types.h>
#include <petscksp.h>

typedef struct {
  /* Any may be NULL. What a mode is multiplied by before its field is taken at the places; NULL: 1. */
  KarModeFn *multiplier;
  /* y = H x and x = H* z; NULL: by the multiplier, a transform, and the places. */
  PetscErrorCode (*apply)(KarObservation obs, Vec x, Vec y);
  PetscErrorCode (*adjoint)(KarObservation obs, Vec z, Vec x);
  PetscErrorCode (*setfromoptions)(KarObservation obs);
  PetscErrorCode (*setup)(KarObservation obs); /* before the places are dealt; a type without places deals its own data */
  PetscErrorCode (*view)(KarObservation obs, PetscViewer viewer);
} KarObservationOps;

struct _p_KarObservation {
  MPI_Comm          comm; /* shared */
  KarFFT            fft;  /* shared */
  KarObservationOps ops;
  char              type[32], prefix[64];
  /* the types' numbers */
  PetscReal width, length, noise;
  PetscInt  cut, every, dense, coarse[3];
  char      mask[PETSC_MAX_PATH_LEN];
  /* as given, on every rank, in the order of the data; NULL: none */
  PetscInt   given, noises, values;
  PetscReal *place; /* [given][3] */
  PetscInt  *component;
  PetscReal *sigma, *value;
  /* from set-up */
  KarFFT      at;       /* whose points are observed; owned reference */
  KarResample down, up; /* between fft and at; NULL when they are one */
  PetscReal  *multiplier;
  PetscInt    m, local;
  PetscInt   *number;                     /* [local] of each datum of this rank */
  PetscInt   *index;                      /* [local] where it is in the field; NULL: off the grid */
  KarPoints   points;                     /* off the grid, of `at`; else NULL */
  Vec         x, w, low, field, variance; /* w: of those who call H */
  Mat         H;
  KSP         ksp; /* of more data than `dense`; else NULL */
  PetscInt    references;
  PetscBool   ready;
};

/* Collective. Deals the data to the ranks that hold their places: number[], index[], m. */
PetscErrorCode KarObservationDeal(KarObservation obs);
/* Collective. The file's places, values and noise. */
PetscErrorCode KarObservationRead(KarObservation obs, const char path[]);
/* Collective. Values at places off the grid, and the transpose. */
PetscErrorCode KarObservationSum(KarObservation obs, Vec x, Vec y);
PetscErrorCode KarObservationSumTranspose(KarObservation obs, Vec z, Vec x);
/* Not collective. Where along an axis place x is, in points of the grid. */
PetscReal kar_grid_position(const KarGridInfo *info, int axis, PetscReal x);
