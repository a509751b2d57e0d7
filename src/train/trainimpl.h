/* What the files of train share among themselves. */
#pragma once

#include <karhunen/condition.h>
#include <karhunen/impl/train.h>

/* Not collective; cannot fail. With -train_solenoidal: counts the divergence of a field, in coordinates. */
void kar_trainer_divergence(KarTrainer trainer, const KarModes *modes, const PetscScalar x[]);
/* Collective on slab. lambda[n], the mean power of a component, becomes the spectrum of a covariance of fields without
   divergence; data that have one are refused. */
PetscErrorCode KarTrainerSolenoidalSpectrum(KarTrainer trainer, PetscInt n, const PetscReal k[], PetscReal lambda[]);
/* Collective on comm. Keeps and restores everything a step depends on. */
PetscErrorCode KarTrainerKeepState(KarTrainer trainer, const char path[]);
PetscErrorCode KarTrainerRestoreState(KarTrainer trainer, const char path[]);
/* Not collective; cannot fail. Sample i, this rank's coordinates x[n], into the mark of the data. */
void kar_trainer_mark(KarTrainer trainer, PetscInt i, PetscInt n, const PetscScalar x[]);
/* Collective. Sums the mark over the slabs of a sample. */
PetscErrorCode KarTrainerFinishMark(KarTrainer trainer);
/* Collective. Samples of a path, where -train_condition has `previous`; before the fields are counted. */
PetscErrorCode KarTrainerFindPaths(KarTrainer trainer, KarGenerator law, const char variable[]);
/* Collective on comm. An error where a stop is wished, with `done` of `all` fields read. */
PetscErrorCode KarTrainerHeed(KarTrainer trainer, PetscInt done, PetscInt all);
/* Collective. -train_condition: opened and measured; then the new denoiser is told. */
PetscErrorCode KarTrainerOpenConditions(KarTrainer trainer, KarGenerator law);
PetscErrorCode KarTrainerAddConditions(KarTrainer trainer);
PetscErrorCode KarTrainerCloseConditions(KarTrainer trainer);
/* Not collective. Is condition i a map with the fields' components, which turns with them? */
PetscBool KarTrainerMapIsLike(KarTrainer trainer, PetscInt i);
/* Collective on slab. Coordinates of that map beside field `field`. */
PetscErrorCode KarTrainerGetMap(KarTrainer trainer, PetscInt i, PetscInt field, PetscScalar x[]);

typedef struct {
  PetscInt   maps, n;
  PetscInt   condition[KAR_CONDITIONS]; /* of each map */
  PetscReal *k, *rho;                   /* [n], [maps][n]; owned */
} KarRegression;

/* Collective on slab, once fields and conditions are open. What the maps say of the fields by |k|, and the spectrum of
   what is left, on the training grid; the caller frees k and rho, and finishes and destroys `rest`. Without such maps
   there are none, and rest is NULL. */
PetscErrorCode KarTrainerRegress(KarTrainer trainer, KarRegression *regression, KarCovEstimate *rest);
/* Collective. What a run is, into its state; and compared with what it was: the first differences are an error. */
PetscErrorCode KarTrainerPutRun(KarTrainer trainer, KarCheckpoint state);
PetscErrorCode KarTrainerCompareRun(KarTrainer trainer, KarCheckpoint state, const char path[]);
/* Collective on comm. Nats a mode of fields held back, a lower bound; NAN where there are none, of octaves, of
   conditions and of objectives that are not of denoising. */
PetscErrorCode KarTrainerNats(KarTrainer trainer, PetscReal *nats);
/* Collective in effect. -train_objective; name as for KarTypesFromOptions(). */
PetscErrorCode KarObjectiveFromOptions(MPI_Comm comm, const char prefix[], size_t size, char name[]);
/* The operations of values at places, -train_points. */
extern const KarObjectiveOps kar_places;
/* Collective on slab. A field of a periodic box, in coordinates, is moved by d boxes along each axis. */
PetscErrorCode KarTrainerMoveField(KarTrainer trainer, const PetscReal d[3], Vec x);
/* Collective. The covariance of the latents of some of the fields, by the averaged weights: of -train_objective inr. */
PetscErrorCode KarTrainerScaleLatents(KarTrainer trainer);
/* Collective on slab. Sets of places, for the model that tr->placed is. */
PetscErrorCode KarTrainerMakeSets(KarTrainer trainer);
/* Collective on slab. The grid of the stations' box, their covariance and mean: tr->fft and tr->placed. */
PetscErrorCode KarTrainerFitStations(KarTrainer trainer);
/* Collective. -train_observe and what goes with it. */
PetscErrorCode KarTrainerObserveFromOptions(KarTrainer trainer);
/* Collective on slab. Data of the field x0[slot], places and noise by key; nothing without -train_observe. */
PetscErrorCode KarTrainerObserve(KarTrainer trainer, PetscInt slot, KarKey key);
/* Collective. -train_points and what goes with it. */
PetscErrorCode KarTrainerPlacesFromOptions(KarTrainer trainer);
/* Collective. Can the stations be trained on, with these options? Numbers of places are set where none are given. */
PetscErrorCode KarTrainerCheckStations(KarTrainer trainer, const KarStationsInfo *s);
/* Collective. Weights of a model with the same network. */
PetscErrorCode KarTrainerReadWeights(KarTrainer trainer, const char path[]);
/* Collective. Of an octave whose variance follows the octave before: how, from the data. */
PetscErrorCode KarTrainerFitAmplitude(KarTrainer trainer);
/* Collective. What a trainer holds besides its model, once that is made; drawn: there is data. */
PetscErrorCode KarTrainerHold(KarTrainer trainer, PetscBool drawn);
