/* Measures of fields and of sets of fields: the subjects below, and all of them of a set of fields, measured one by
   one. Level 3. */
#pragma once

#include <karhunen/shape.h>
#include <karhunen/circular.h>
#include <karhunen/distance.h>
#include <karhunen/moments.h>
#include <karhunen/spectrum.h>
#include <karhunen/fft.h>

typedef struct _p_KarMeasure *KarMeasure;

typedef struct {
  PetscBool phase;     /* the fields are wrapped phases in rad, one component */
  PetscBool shapes;    /* the fields are signed distances in a plane, one component, each whole on a rank */
  PetscBool judge;     /* the numbers of judge.h too, where the fields have them */
  PetscBool flow;      /* the fields are vorticities in a plane: their flow is judged too */
  PetscBool velocity;  /* the fields are velocities: the numbers of velocity.h too */
  PetscInt  n[3];      /* values and gradients are those of the modes below Nyquist of a grid of n points; 0: all */
  PetscInt  energy[3]; /* the same for the coordinates kept for distances */
  PetscInt  fields;    /* coordinates of the first so many samples are kept */
  PetscInt  values;    /* values kept by each rank, at most: beyond, every s-th point */
  PetscReal shift;     /* near the mean: the origin of the moments */
} KarMeasureConfig;

typedef struct {
  PetscInt samples, shells;
  PetscInt columns; /* of the table: power[shells], then from these columns on: */
  PetscInt moments; /* E (v - shift)^p, p = 1, ..., 4, of one-point values (not of phases) */
  PetscInt
    gradients; /* E g^p of derivatives along every axis: spectral on the torus, else differences; wrapped, of phases */
  PetscInt   circular; /* circular variance, circular skewness (of phases only) */
  PetscInt   shape;    /* the five numbers of KarShape (of signed distances only) */
  PetscInt   judge;    /* KAR_JUDGE_COLUMNS numbers (when they were asked for) */
  PetscInt   velocity; /* KAR_VELOCITY_COLUMNS numbers (of velocities only) */
  PetscReal *table;    /* [samples][columns], alike on every rank */
  PetscReal *modes;    /* [shells]: modes in each shell */
  PetscInt   nvalues, ngradients;
  PetscReal *values,
    *gradient_values; /* of this rank, pooled over its samples or slabs, in the order of KarMeasureAdd() */
  PetscInt half_values,
    half_gradients;    /* how many of them are of samples below samples/2, when added in rising order */
  PetscInt   thinning; /* one value of so many is kept */
  PetscInt   fields, length;
  PetscReal *coordinates; /* [fields][length]: this rank's share of the coordinates of the first fields */
  PetscReal *phasor;      /* [points of this rank's slab, or of the whole field][2]: sum of e^{i phi}; of phases only */
} KarMeasureInfo;

/* Collective on comm, the communicator of the set. The grid lives on comm (ranks share each field) or on
   PETSC_COMM_SELF (ranks share the samples); the rank then measures `mine` of them. */
PETSC_EXTERN PetscErrorCode KarMeasureCreate(MPI_Comm comm, KarGrid grid, PetscInt samples, PetscInt mine,
                                             const KarMeasureConfig *config, KarMeasure *measure);
/* Collective on the grid's communicator. Measures field number i. */
PETSC_EXTERN PetscErrorCode KarMeasureAdd(KarMeasure measure, PetscInt i, Vec field);
/* Collective on comm, after the last field. Borrowed. */
PETSC_EXTERN PetscErrorCode KarMeasureFinish(KarMeasure measure, const KarMeasureInfo **info);
PETSC_EXTERN PetscErrorCode KarMeasureDestroy(KarMeasure *measure);
