/* What a data set keeps of a run that may be killed: whole samples, and what decides them. A header of the
   room io. Level 2. */
#pragma once

#include <karhunen/dataset.h>

/* The lines "-name value" of all that decides the fields: a journal of whole samples is kept beside path.part. go_on:
   those of the same run, in path.part or path, are kept; another run's are an error that names what differs. */
PETSC_EXTERN PetscErrorCode KarDatasetSetRun(KarDataset data, const char run[], PetscBool go_on);
/* Not collective; cannot fail. Those lines, borrowed; "" without a run. */
PETSC_EXTERN const char *kar_dataset_run(KarDataset data);
/* Before KarDatasetSetUp(): `extra` numbers go with every sample. Put by one rank, before the sample is written; those
   of a sample that was there are on rank 0 of the file, 0 elsewhere. */
PETSC_EXTERN PetscErrorCode KarDatasetSetNumbers(KarDataset data, PetscInt extra);
PETSC_EXTERN void           kar_dataset_put_numbers(KarDataset data, PetscInt i, const PetscReal numbers[]);
PETSC_EXTERN void           kar_dataset_get_numbers(KarDataset data, PetscInt i, PetscReal numbers[]);
/* Not collective, after KarDatasetSetUp(); cannot fail. Sample i was there, and fits its checksum. */
PETSC_EXTERN PetscBool kar_dataset_has(KarDataset data, PetscInt i);
/* Not collective; cannot fail. It is to be made anew. */
PETSC_EXTERN void kar_dataset_drop(KarDataset data, PetscInt i);
/* The same; path itself has all samples, and nothing is to be written or closed. */
PETSC_EXTERN PetscBool kar_dataset_is_whole(KarDataset data);
