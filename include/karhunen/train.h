/* Training of a denoiser. Level 8. */
#pragma once

#include <karhunen/times.h>
#include <karhunen/objective.h>
#include <karhunen/cascade.h>
#include <karhunen/data.h>
#include <karhunen/giver.h>
#include <karhunen/placed.h>
#include <karhunen/stations.h>

/* Collective on comm, whose ranks are cut into groups of -train_group ranks: a group holds whole samples, cut into
   slabs over its ranks. */
PETSC_EXTERN PetscErrorCode KarTrainerCreate(MPI_Comm comm, KarTrainer *trainer);
PETSC_EXTERN PetscErrorCode KarTrainerSetOptionsPrefix(KarTrainer trainer, const char prefix[]);
PETSC_EXTERN PetscErrorCode KarTrainerSetFromOptions(KarTrainer trainer);
/* Not collective. The ranks of one field, where a law that is trained on lives. Borrowed. */
PETSC_EXTERN PetscErrorCode KarTrainerGetFieldComm(KarTrainer trainer, MPI_Comm *comm);
/* Collective. Draws fields of a law, measures the spectrum of a variable, NULL for the first, and makes the denoiser,
   whose options are read behind the trainer's prefix where the trainer's were. Field i is sample i of the seed
   -train_seed. The law must live as long as the trainer. NULL: a small stand-in, so that -help can name the options. */
PETSC_EXTERN PetscErrorCode KarTrainerSetLaw(KarTrainer trainer, KarGenerator law, const char variable[]);
/* Collective. The same with the law of a data set, which must live as long. */
PETSC_EXTERN PetscErrorCode KarTrainerSetData(KarTrainer trainer, KarDataset data, const char variable[]);
/* Collective. The same with values at stations, which must live as long: their covariance is a Matern one that fits
   best. A trainer with -train_points only. */
PETSC_EXTERN PetscErrorCode KarTrainerSetStations(KarTrainer trainer, KarStations stations);
/* Collective. Trains to the last step, or until stopped; state is kept at path `state` and, with -resume, continued
   from there bit for bit. finished may be NULL. */
PETSC_EXTERN PetscErrorCode KarTrainerSolve(KarTrainer trainer, const char state[], PetscBool *finished);
/* Collective. With -resume: is the model there already, of a run with these options? Another's is an error that names
   what differs. */
PETSC_EXTERN PetscErrorCode KarTrainerIsOver(KarTrainer trainer, const char model[], PetscBool *over);
/* Collective. The denoiser with averaged weights, and how it was trained. */
PETSC_EXTERN PetscErrorCode KarTrainerSave(KarTrainer trainer, KarCheckpoint file);
/* Not collective. NULL of values at places. */
PETSC_EXTERN PetscErrorCode KarTrainerGetDenoiser(KarTrainer trainer, KarDenoiser *denoiser);
/* Collective. The model that is trained. */
PETSC_EXTERN PetscErrorCode KarTrainerView(KarTrainer trainer, PetscViewer viewer);
PETSC_EXTERN PetscErrorCode KarTrainerDestroy(KarTrainer *trainer);

/* --- Calibration ------------------------------------------------------------ */
/* `passes` rounds of `samples` fields. data, open on comm: the draws are to have its power by |k|, direction and
   component, measured over all of its fields on the model's modes; NULL: the power of the model's own spectrum.
   directions: bins from the axes to the diagonals; 1: all alike. A model of fields given data is given those that
   `observe` makes of the fields of `data`, which it needs. */
typedef struct {
  PetscInt      samples, passes, directions;
  PetscInt64    seed;
  PetscReal     share; /* of the corrections found that is kept, 1: all */
  KarDataset    data;  /* borrowed */
  KarRandomData observe;
  PetscBool     go_on; /* begin with the gains that the model has, of the same sampler and bins; false: with none */
  PetscBool  whole;  /* gains of the whole denoiser, in one pass of all draws side by side; false: of its linear part */
  PetscBool  energy; /* with whole, of an octave: gains by energy too, for which D is evaluated on fields of data */
  KarDataset above;  /* an octave is drawn above these fields, in turn; NULL: above what the model draws; borrowed */
} KarCalibrateOptions;
/* Collective on comm, each rank drawing fields of its own with a ts and its learnt score on that rank alone: corrects
   the denoiser's linear part, or all of it, so that the sampler keeps the data's second moments
   (karhunen/calibration.h). After each round one line says what power its fields had. With `whole` a rank holds all its
   draws at once, each 9 vectors of the grid.
   *change is the largest correction of the last round; *whole is false when it was stopped: the denoiser is then not
   to be used. */
PETSC_EXTERN PetscErrorCode KarSamplerCalibrate(TS ts, KarScore score, MPI_Comm comm,
                                                const KarCalibrateOptions *options, PetscReal *change,
                                                PetscBool *whole);
/* Collective on comm. The same of the last level of a cascade on each rank alone, given what its other levels draw. */
PETSC_EXTERN PetscErrorCode KarCascadeCalibrate(KarCascade cascade, MPI_Comm comm, const KarCalibrateOptions *options,
                                                PetscReal *change, PetscBool *whole);
