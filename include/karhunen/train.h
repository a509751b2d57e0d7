/* Training of a denoiser. Level 6. */
#pragma once

#include <karhunen/denoiser.h>

/* --- Objectives: one denoiser, weights W of a mode in sum_k W |D - X_0|_k^2 ------------------------------------------ */
typedef struct {
  const char      *name, *text;
  KarLossWeightFn *weight;
} KarObjective;
/* Not collective. The table of objectives, ending with a NULL name. */
PETSC_EXTERN const KarObjective *KarObjectives(void);

/* --- The trainer ------------------------------------------------------------------------------------------------------- */
typedef struct _p_KarTrainer *KarTrainer;

/* Collective on comm, whose ranks are cut into groups of -train_group ranks: a group holds whole samples, cut into slabs over
   its ranks. */
PETSC_EXTERN PetscErrorCode KarTrainerCreate(MPI_Comm comm, KarTrainer *trainer);
PETSC_EXTERN PetscErrorCode KarTrainerSetFromOptions(KarTrainer trainer);
/* Collective. Reads a variable of a data set whole, measures its spectrum and makes the denoiser (options -noise_*, -sde_*,
   -fno_*). data NULL: a small stand-in, so that -help can name the options. */
PETSC_EXTERN PetscErrorCode KarTrainerSetData(KarTrainer trainer, KarDataset data, const char variable[]);
/* Collective. Trains to the last step, or until stopped; state is kept at path `state` and, with -resume, continued from there
   bit for bit. finished may be NULL. */
PETSC_EXTERN PetscErrorCode KarTrainerSolve(KarTrainer trainer, const char state[], PetscBool *finished);
/* Collective. The denoiser with averaged weights, and how it was trained. */
PETSC_EXTERN PetscErrorCode KarTrainerSave(KarTrainer trainer, KarCheckpoint file);
PETSC_EXTERN PetscErrorCode KarTrainerGetDenoiser(KarTrainer trainer, KarDenoiser *denoiser);
PETSC_EXTERN PetscErrorCode KarTrainerDestroy(KarTrainer *trainer);
