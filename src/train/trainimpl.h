/* What the files of train share. */
#pragma once

#include <karhunen/train.h>

/* What the law does not change under: nothing; the box's eight maps, the field keeping or changing its sign in a mirror; a constant
   added to a phase, and its sign. */
typedef enum { KAR_SYMMETRY_NONE,
               KAR_SYMMETRY_SCALAR,
               KAR_SYMMETRY_PSEUDOSCALAR,
               KAR_SYMMETRY_PHASE } KarSymmetryKind;

typedef struct {
  PetscInt  steps, batch, warmup, every, group, stop_after;
  PetscReal lr, clip, ema, weight_decay, validation;
  char      objective[32];
  PetscInt  weight, symmetry, seed;
  PetscInt  times, rungs;
  PetscReal mean, std, mean_weight;
  PetscInt  ngrid, grid[3]; /* points of the training grid; ngrid 0: those of the data */
  PetscInt  keep;           /* a KarKeep */
  PetscBool resume, octave;
  char      from[PETSC_MAX_PATH_LEN]; /* model to start from; empty: from chance */
} KarTrainerOptions;

typedef enum { KAR_KEEP_MEMORY,
               KAR_KEEP_NONE } KarKeep;

/* Where the fields come from. */
typedef struct {
  KarDataset  data; /* borrowed */
  char        variable[KAR_PATH];
  KarFFT      fft;      /* of the data's grid */
  KarResample truncate; /* to the training grid; NULL where it is the same */
  Vec         field, x, kept;
  float      *all; /* [samples][local] coordinates, in memory; else NULL */
  float      *one; /* [local] of the field read last */
  PetscReal  *base; /* [dof] mode 0 of field 0, on every rank: taken off all fields, so that single precision keeps what varies about a large mean */
  PetscBool   zero; /* this rank holds mode 0 */
} KarTrainerFields;

#define KAR_MARKS 6

struct _p_KarTrainer {
  MPI_Comm          comm;          /* shared */
  MPI_Comm          slab;          /* of this group; owned */
  PetscInt          groups, group; /* number of groups; which one this rank is in */
  KarTrainerOptions options;
  KarFFT            fft;           /* on slab */
  KarDenoiser       denoiser;      /* on slab */
  KarSymmetry       symmetry;      /* of the box, or NULL */
  PetscInt          samples, held; /* fields in all; the last `held` of them are never trained on */
  PetscInt          local;         /* numbers of one sample on this rank */
  KarTrainerFields  source;
  Vec              *xt, *x0; /* [batch of this group] */
  PetscReal        *t, *loss;
  PetscInt          room;        /* samples of a batch that this group takes, at most */
  float            *m, *v, *ema; /* AdamW's moments and the averaged weights, as the network's block */
  PetscInt          weights;     /* numbers in each block */
  PetscInt          step;        /* steps done */
  KarTimeLaw        law[2];      /* of t; [1] for the fields held back, whatever the run's own, so that runs compare */
  KarLoss           measure[2];  /* and the loss */
  PetscReal         mean_loss;   /* running, for the eye */
  PetscInt          reports;     /* lines of the history */
  PetscReal (*history)[4];       /* step, training loss, validation loss, seconds */
  PetscReal mark[KAR_MARKS];     /* of the data; see resume.c */
};

/* Collective on comm. Keeps and restores everything a step depends on. */
PetscErrorCode KarTrainerKeepState(KarTrainer trainer, const char path[]);
PetscErrorCode KarTrainerRestoreState(KarTrainer trainer, const char path[]);
/* Not collective; cannot fail. Sample i, this rank's coordinates x[n], into the mark of the data. */
void kar_trainer_mark(KarTrainer trainer, PetscInt i, PetscInt n, const PetscScalar x[]);
/* Collective. Sums the mark over the slabs of a sample. */
PetscErrorCode KarTrainerFinishMark(KarTrainer trainer);
/* Collective. What a run is, into its state; and compared with what it was: the first differences are an error. */
PetscErrorCode KarTrainerPutRun(KarTrainer trainer, KarCheckpoint state);
PetscErrorCode KarTrainerCompareRun(KarTrainer trainer, KarCheckpoint state, const char path[]);
/* Collective on slab. The file's fields, and the grid that they are trained on; coarse[]: half its points. data must live as long. */
PetscErrorCode KarTrainerOpenFields(KarTrainer trainer, KarDataset data, const char variable[], PetscInt coarse[3]);
/* Collective on comm. Reads all, measures the spectrum of those that are trained on, and keeps them where memory is their place. */
PetscErrorCode KarTrainerMeasure(KarTrainer trainer, KarCovEstimate *estimate);
/* Collective on slab. Coordinates x[local] of field i. */
PetscErrorCode KarTrainerGetField(KarTrainer trainer, PetscInt i, PetscScalar x[]);
PetscErrorCode KarTrainerCloseFields(KarTrainer trainer);
/* Collective on slab. x_0 and x_t of sample `number` of the run, number b of its batch, into slot i. */
PetscErrorCode KarTrainerDraw(KarTrainer trainer, PetscInt64 number, PetscBool validation, PetscInt b, PetscInt batch, PetscInt i);
/* Collective in effect. -train_objective; name as for KarTypesFromOptions(). */
PetscErrorCode KarObjectiveFromOptions(MPI_Comm comm, size_t size, char name[]);
/* Collective on slab. Sets law and measure; reads -train_rungs. */
PetscErrorCode KarTrainerSetLoss(KarTrainer trainer);
