/* What the files of train share among themselves. */
#pragma once

#include <karhunen/impl/train.h>

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
/* Collective on slab. A law's variable; fields are brought to the grid of tr->fft, or where that is NULL make it: the law's grid or -train_grid. */
PetscErrorCode KarTrainerOpenFields(KarTrainer trainer, KarGenerator law, const char variable[], KarTrainerFields *fields);
/* Collective on comm. Draws the fields of the data, measures the spectrum of those that are trained on, and keeps them where memory is their place. */
PetscErrorCode KarTrainerMeasure(KarTrainer trainer, KarTrainerFields *fields, KarCovEstimate *estimate);
/* Collective on slab. Coordinates x[local] of field i. */
PetscErrorCode KarTrainerGetField(KarTrainer trainer, KarTrainerFields *fields, PetscInt i, PetscScalar x[]);
PetscErrorCode KarTrainerCloseFields(KarTrainerFields *fields);
/* Collective in effect. -train_objective; name as for KarTypesFromOptions(). */
PetscErrorCode KarObjectiveFromOptions(MPI_Comm comm, size_t size, char name[]);
