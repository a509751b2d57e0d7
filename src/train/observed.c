/* -train_observe FEWEST,MOST: fields are learnt given data of random kinds and places, fresh ones in each term of the
   loss. One model for all. */
#include "trainimpl.h"

PetscErrorCode KarTrainerObserveFromOptions(KarTrainer tr)
{
  KarTrainerOptions *o = &tr->options;

  PetscFunctionBegin;
  PetscCall(KarRandomDataFromOptions(
    tr->comm, tr->prefix, "learn fields given so many data at random, for posterior -posterior_type amortised",
    &o->observe));
  KarCheck(
    tr->comm, !o->observe.most || (!o->npoints && !o->octave && !o->condition[0]), PETSC_ERR_USER_INPUT,
    "-train_observe: fields given data have no -train_points, -train_octave or -train_condition; leave them out");
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerObserve(KarTrainer tr, PetscInt slot, KarKey key)
{
  PetscFunctionBegin;
  if (!tr->options.observe.most) PetscFunctionReturn(PETSC_SUCCESS);
  if (!tr->giver) PetscCall(KarGiverCreate(tr->denoiser, &tr->giver));
  PetscCall(KarGiverObserve(tr->giver, slot, &tr->options.observe, key, tr->x0[slot]));
  PetscFunctionReturn(PETSC_SUCCESS);
}
