/* What the files of train share, and what an objective with a draw and a loss of its own works on. */
#pragma once

#include <karhunen/giver.h>
#include <karhunen/implicit.h>
#include <karhunen/stations.h>
#include <karhunen/impl/fields.h>

#define KAR_MARKS  6
#define KAR_REPORT 5

/* One condition: conditions.c. */
typedef struct _n_KarTrainerCondition KarTrainerCondition;

struct _p_KarTrainer {
  MPI_Comm             comm;          /* shared */
  MPI_Comm             slab;          /* of this group; owned */
  PetscInt             groups, group; /* number of groups; which one this rank is in */
  char                 prefix[64];
  PetscBool            fromoptions; /* KarTrainerSetFromOptions() was called: the denoiser reads its options too */
  KarTrainerOptions    options;
  KarFFT               fft;           /* on slab */
  KarDenoiser          denoiser;      /* on slab; NULL of values at places */
  KarPlaced            placed;        /* on slab; NULL of fields */
  KarImplicit          implicit;      /* on slab; NULL but of -train_objective inr */
  KarStations          stations;      /* that it is trained on; borrowed; NULL: values are those of fields */
  KarSymmetry          symmetry;      /* of the box, or NULL */
  PetscInt             samples, held; /* fields in all; the last `held` of them are never trained on */
  KarTrainerFields     source;
  KarGenerator         file; /* the law of a data set; owned */
  PetscInt             conditions;
  KarTrainerCondition *condition; /* [conditions]; owned */
  PetscReal           *told;      /* [conditions] of one field; owned */
  Vec                 *maps;      /* likewise; borrowed */
  KarGiver             giver;     /* of fields given data; owned; NULL: of fields alone */
  Vec                 *xt, *x0;   /* [batch of this group] */
  PetscReal (*corner)[3];         /* [room] of patches, in shares of the box */
  PetscReal   *t, *loss;
  PetscInt     room;        /* samples of a batch that this group takes, at most */
  float       *m, *v, *ema; /* AdamW's moments and the averaged weights, as the network's block */
  PetscInt     weights;     /* numbers in each block */
  PetscInt     step;        /* steps done */
  KarObjective objective;
  KarTimeLaw   law[2];     /* of t; [1] for the fields held back, whatever the run's own, so that runs compare */
  KarLoss      measure[2]; /* and the loss */
  PetscReal    mean_loss;  /* running, for the eye */
  PetscInt     reports;    /* lines of the history */
  PetscReal (*history)[KAR_REPORT]; /* step, training loss, validation loss, seconds, nats a mode held back */
  PetscReal mark[KAR_MARKS];        /* of the data; see resume.c */
  PetscReal divergence[2];          /* of the data; see solenoidal.c */
};

/* Collective. The network that is trained. */
PETSC_EXTERN PetscErrorCode KarTrainerGetNet(KarTrainer trainer, KarNet *net);
/* The operations of denoising. */
PETSC_EXTERN const KarObjectiveOps kar_denoising;
