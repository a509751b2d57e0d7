/* What the files that measure a set of fields share. */
#pragma once

#include <karhunen/velocity.h>

/* The modes of a field below Nyquist of another grid, or all. */
typedef struct {
  KarFFT      fft; /* shared when it is the field's own */
  KarResample resample;
  PetscBool   own;
  Vec         x; /* coordinates */
} Restriction;

typedef struct {
  PetscInt   n, capacity;
  PetscReal *v;
  PetscInt   next; /* values to pass over before the next is kept */
} Values;

struct _p_KarMeasure {
  MPI_Comm         comm;
  KarMeasureConfig config;
  KarMeasureInfo   info;
  KarGridInfo      grid;  /* of the fields, or for phases of (cos, sin) */
  PetscBool        whole; /* each field is whole on one rank */
  KarFFT           fft;
  Vec              x; /* coordinates of the field in hand */
  Restriction      shared, energy;
  Vec              field, derivative, slope; /* on the shared grid: values, coordinates and values of a derivative */
  PetscReal       *difference;               /* differences along one axis */
  KarJudge         judge;                    /* on the shared grid; NULL when the fields have none */
  KarVelocity      velocity;                 /* likewise */
  Values           values, gradients;
  PetscInt         kept, *kept_index;
  PetscReal       *kept_x; /* [kept][length of energy.x on this rank] */
  PetscInt         points; /* of this rank, in one field */
};

/* Collective on the grid's communicator. Each puts E v^p, p = 1, ..., 4, into its columns of the row and keeps some of
   the values:
   one-point values of the field on the shared grid; derivatives of its coordinates there. */
PetscErrorCode KarMeasureValues(KarMeasure measure, PetscReal row[]);
PetscErrorCode KarMeasureDerivatives(KarMeasure measure, PetscReal row[]);
/* Of phases over the spacing of the shared grid, on the field's own points; else of the field on the shared grid: slab
   lies on g. */
PetscErrorCode KarMeasureDifferences(KarMeasure measure, const KarGridInfo *g, const PetscReal slab[], PetscReal row[]);
