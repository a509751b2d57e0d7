/* The evidence lower bound of fields held back, in nats a mode against the Gaussian law of their mean and spectrum, for
   the history of a training (KarDenoiserElbo()). Fields, times and noise are the same at each line. */
#include "trainimpl.h"

#include <karhunen/likelihood.h>

#include <math.h>

enum { FIELDS = 8, EVALUATIONS = 8 };

PetscErrorCode KarTrainerNats(KarTrainer tr, PetscReal *nats)
{
  const KarObjectiveOps *ops = &tr->objective.ops;
  PetscReal              sum = 0, one, modes = 1;
  PetscInt               octave = tr->options.octave;

  PetscFunctionBegin;
  *nats = NAN;
  if (!tr->held || octave || tr->conditions || tr->options.observe.most || ops->model != kar_denoising.model)
    PetscFunctionReturn(PETSC_SUCCESS);
  for (PetscInt i = tr->group; i < FIELDS; i += tr->groups) {
    const KarKey key = {.seed = tr->options.seed, .sample = i};

    PetscCall(KarTrainerTurnField(tr, &tr->source, kar_trainer_pick(tr, &tr->source, i, PETSC_TRUE, 0), NULL, tr->xt[0],
                                  tr->x0[0]));
    PetscCall(KarDenoiserElbo(tr->denoiser, EVALUATIONS, key, tr->x0[0], &one, &modes));
    sum += one / (modes * FIELDS * (PetscReal)tr->options.group);
  }
  PetscCallMPI(MPI_Allreduce(&sum, nats, 1, MPIU_REAL, MPIU_SUM, tr->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}
