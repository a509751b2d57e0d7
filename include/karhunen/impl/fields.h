/* What a trainer is told, and where its fields come from. A header of the room train. */
#pragma once

#include <karhunen/train.h>

/* What the law does not change under: nothing; the box's eight maps, the field keeping or changing its sign in a
   mirror; a constant added to a phase, and its sign; the box's maps, the components of a vector turning with it. */
typedef enum {
  KAR_SYMMETRY_NONE,
  KAR_SYMMETRY_SCALAR,
  KAR_SYMMETRY_PSEUDOSCALAR,
  KAR_SYMMETRY_PHASE,
  KAR_SYMMETRY_VECTOR
} KarSymmetryKind;

typedef struct {
  PetscInt  steps, batch, warmup, every, group, stop_after;
  PetscReal lr, clip, ema, weight_decay, validation;
  char      objective[32];
  PetscInt  weight, symmetry, seed, patch;
  PetscInt  times, rungs;
  PetscReal mean, std, mean_weight, loss_power, loss_amplitude,
    given;                  /* given: share of the sets that have known values */
  PetscInt  ngrid, grid[3]; /* points of the training grid; ngrid 0: those of the data */
  PetscInt  keep;           /* a KarKeep */
  PetscInt  fields;         /* of a law without end, as many as a data set would have */
  PetscBool resume, octave, solenoidal;
  char      from[PETSC_MAX_PATH_LEN]; /* model to start from; empty: from chance */
  PetscInt  from_level;               /* of a cascade, the level; -1 */
  char      condition[512];           /* names of what the network is told; empty: nothing */
  PetscInt npoints, points[2], sets; /* of values at places: fewest and most of them, sets of them; npoints 0: fields */
  KarRandomData observe;             /* that a field is learnt given; most 0: none */
} KarTrainerOptions;

/* Where the fields are kept; fresh: of a law without end, each term of the loss its own field. */
typedef enum { KAR_KEEP_MEMORY, KAR_KEEP_NONE, KAR_KEEP_FRESH } KarKeep;

/* Where fields come from: a variable of a law, in coordinates of the training grid. */
typedef struct {
  KarGenerator law;           /* borrowed */
  PetscInt     variable;      /* its number */
  PetscInt     samples, held; /* fields in all; the last `held` of them are never trained on */
  Vec         *drawn;         /* one for each variable */
  PetscInt     path; /* samples in a row that follow one another in time, where the one before is told; else 0 or 1 */
  KarFFT       fft;  /* of the law's grid */
  KarFFT       to;   /* of the training grid; NULL: that of the trainer; borrowed */
  KarSymmetry  symmetry;                /* of `to` where it is not the trainer's; borrowed */
  KarResample  pass;                    /* to the training grid; NULL where it is the same */
  PetscReal    low, high, mean, square; /* of all values of those that are trained on */
  Vec          x, kept;
  float       *all;        /* [samples][local] coordinates, in memory; else NULL */
  float       *one;        /* [local] of the field read last */
  PetscInt     local;      /* numbers of one sample on this rank */
  PetscReal   *base;       /* [dof] mode 0 of field 0, on every rank: taken off all, as single precision needs */
  PetscBool    zero, even; /* mode 0 is here; even: a mirror leaves its sign, whatever it does to the fields' */
} KarTrainerFields;

/* Collective on slab. A law's variable, fields->samples of them; fields are brought to the grid of tr->fft, or where
   that is NULL make it: the law's grid or -train_grid. */
PETSC_EXTERN PetscErrorCode KarTrainerOpenFields(KarTrainer trainer, KarGenerator law, const char variable[],
                                                 KarTrainerFields *fields);
/* Collective on comm. Draws them, measures the spectrum of those that are trained on, an octave's above coarse[dim]
   points or (NULL) the whole, and keeps them where memory is their place. */
PETSC_EXTERN PetscErrorCode KarTrainerMeasure(KarTrainer trainer, KarTrainerFields *fields, const PetscInt coarse[],
                                              KarCovEstimate *estimate);
/* Collective on slab. Coordinates x[local] of field i. */
PETSC_EXTERN PetscErrorCode KarTrainerGetField(KarTrainer trainer, KarTrainerFields *fields, PetscInt i,
                                               PetscScalar x[]);
PETSC_EXTERN PetscErrorCode KarTrainerCloseFields(KarTrainerFields *fields);
/* Collective on slab. What the network is told of field `index`, turned as by KarTrainerTurnField(), for slot `slot` of
   the denoiser's batch. */
PETSC_EXTERN PetscErrorCode KarTrainerTell(KarTrainer trainer, PetscInt slot, PetscInt index, const PetscReal u[]);
/* Not collective; cannot fail. The field that term `number` of the run takes, u uniform in (0, 1); fields held back
   are gone through in order. */
PETSC_EXTERN PetscInt kar_trainer_pick(KarTrainer trainer, const KarTrainerFields *fields, PetscInt64 number,
                                       PetscBool validation, PetscReal u);
/* Collective on slab. Field i, in coordinates, turned by a symmetry of its law that u[2], uniform in (0, 1), names; u
   NULL: as it is. work is overwritten. */
PETSC_EXTERN PetscErrorCode KarTrainerTurnField(KarTrainer trainer, KarTrainerFields *fields, PetscInt i,
                                                const PetscReal u[], Vec work, Vec x);
