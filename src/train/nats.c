/* The evidence lower bound of fields held back, in nats a mode against the Gaussian law of their mean and spectrum, for
   the history of a training (KarScoreElbo()). Fields, times and noise are the same at each line. */
#include "trainimpl.h"

#include <karhunen/impl/score.h>
#include <karhunen/likelihood.h>

#include <math.h>

enum { FIELDS = 8, EVALUATIONS = 8 };

PetscErrorCode KarTrainerNats(KarTrainer tr, PetscReal *nats)
{
  const KarObjectiveOps *ops = &tr->objective.ops;
  PetscReal              sum = 0, one, ratio, modes = 1;
  KarScore               score;
  PetscInt               octave = tr->options.octave;

  PetscFunctionBegin;
  *nats = NAN;
  if (!tr->held || octave || tr->conditions || ops->model != kar_denoising.model) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarScoreCreateLearnt(tr->denoiser, &score));
  for (PetscInt i = tr->group; i < FIELDS; i += tr->groups) {
    const KarKey key = {.seed = tr->options.seed, .sample = i};

    PetscCall(KarTrainerTurnField(tr, &tr->source, kar_trainer_pick(tr, &tr->source, i, PETSC_TRUE, 0), NULL, tr->xt[0],
                                  tr->x0[0]));
    PetscCall(KarScoreElbo(score, EVALUATIONS, key, tr->x0[0], &one));
    PetscCall(KarScoreGaussianRatio(score, score, tr->x0[0], &ratio, &modes));
    sum += one / (modes * FIELDS * (PetscReal)tr->options.group);
  }
  PetscCallMPI(MPI_Allreduce(&sum, nats, 1, MPIU_REAL, MPIU_SUM, tr->comm));
  score->context = NULL; /* the denoiser is the trainer's */
  PetscCall(KarScoreDestroy(&score));
  PetscFunctionReturn(PETSC_SUCCESS);
}
