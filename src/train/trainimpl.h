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
/* Collective on slab. The file's fields, and the grid that they are trained on; coarse[]: half its points. data must live as long. */
PetscErrorCode KarTrainerOpenFields(KarTrainer trainer, KarDataset data, const char variable[], PetscInt coarse[3]);
/* Collective on comm. Reads all, measures the spectrum of those that are trained on, and keeps them where memory is their place. */
PetscErrorCode KarTrainerMeasure(KarTrainer trainer, KarCovEstimate *estimate);
/* Collective on slab. Coordinates x[local] of field i. */
PetscErrorCode KarTrainerGetField(KarTrainer trainer, PetscInt i, PetscScalar x[]);
PetscErrorCode KarTrainerCloseFields(KarTrainer trainer);
/* Collective in effect. -train_objective; name as for KarTypesFromOptions(). */
PetscErrorCode KarObjectiveFromOptions(MPI_Comm comm, size_t size, char name[]);
