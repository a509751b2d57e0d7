/* What the files of observe share: an observation and the operations of its type. */
#pragma once

#include <karhunen/observe.h>
#include <karhunen/points.h>
#include <karhunen/sampled.h>
#include <karhunen/types.h>
#include <petscksp.h>

typedef struct {
  /* Any may be NULL. What a mode is multiplied by before its field is taken at the places; NULL: 1. */
  KarModeFn *multiplier;
  /* y = H x and x = H* z, of the derivative where H is not linear; NULL: by the multiplier, a transform, and the
     places. */
  PetscErrorCode (*apply)(KarObservation obs, Vec x, Vec y);
  PetscErrorCode (*adjoint)(KarObservation obs, Vec z, Vec x);
  /* y = H(x), and the same with what the derivative at x needs kept (y may be NULL); NULL: H is linear but for the two
     below. */
  PetscErrorCode (*value)(KarObservation obs, Vec x, Vec y);
  PetscErrorCode (*linearise)(KarObservation obs, Vec x, Vec y);
  /* h of what H x gives, datum by datum, and its derivative there. */
  void (*pointwise)(PetscReal v, PetscReal *h, PetscReal *slope);
  PetscReal period; /* data are known but for multiples of it; 0: known */
  PetscErrorCode (*setfromoptions)(KarObservation obs);
  PetscErrorCode (*setup)(
    KarObservation obs); /* before the places are dealt; a type without places deals its own data */
  PetscErrorCode (*view)(KarObservation obs, PetscViewer viewer);
  PetscErrorCode (*destroy)(KarObservation obs); /* frees context */
} KarObservationOps;

/* Conjugate gradients with the data's covariance, or for the field; auto: whichever takes few products. */
enum { KAR_SOLVE_AUTO, KAR_SOLVE_DATA, KAR_SOLVE_FIELD };

struct _p_KarObservation {
  MPI_Comm          comm; /* shared */
  KarFFT            fft;  /* shared */
  KarObservationOps ops;
  char              type[32], prefix[64];
  /* the types' numbers */
  PetscReal width, length, noise, period;
  PetscReal time, viscosity, step, mib; /* flow; what a linearisation may keep */
  PetscInt  unknown;                    /* flow: 0 the vorticity, 1 the force */
  PetscInt  cut, every, dense, coarse[3];
  char      mask[PETSC_MAX_PATH_LEN];
  /* as given, on every rank, in the order of the data; NULL: none */
  PetscInt   given, noises, values;
  PetscReal *place; /* [given][3] */
  PetscReal *line;  /* [given][3] along which the mean is taken, about place; NULL: points */
  PetscInt  *component;
  PetscReal *sigma, *value;
  char       made[32];                /* the type of which a file of data says that it is; "": it does not say */
  char       units[64];               /* of the field whose data these are, as a file of data says them; "" the same */
  PetscInt   grouped, groups, *group; /* [grouped] of each datum, 1 ... groups, 0 without an offset; NULL: none */
  PetscReal  offset;                  /* standard deviation of a group's constant */
  KarCov     correlated;              /* a field of errors; NULL: none */
  void      *context;                 /* owned by the type */
  /* from set-up */
  KarFFT      at;       /* whose points are observed; owned reference */
  KarResample down, up; /* between fft and at; NULL when they are one */
  PetscReal  *multiplier;
  PetscInt    m, local, missing;          /* missing: points of the mask without a number */
  PetscInt   *number;                     /* [local] of each datum of this rank */
  PetscInt   *index;                      /* [local] where it is in the field; NULL: off the grid */
  KarPoints   points;                     /* off the grid, of `at`; else NULL */
  Vec         x, w, low, field, variance; /* w: of those who call H */
  Vec         slope;                      /* h' of the last linearisation; NULL: no h */
  Mat         H;
  KSP         ksp, field_ksp; /* of more data than `dense`; else NULL */
  PetscInt    solve;          /* KAR_SOLVE_* */
  PetscInt    references;
  PetscBool   ready;

  KarSampledWhat sampled;                   /* what is read of files that are no tables */
  PetscInt64     solves, products, factors; /* done so far, of every innovation */
};

#include <karhunen/impl/places.h>
