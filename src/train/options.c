/* The options of a trainer, and the groups of ranks that they make. */
#include "trainimpl.h"

static const char *const symmetries[] = {"none", "scalar", "pseudoscalar", "phase", "vector", NULL};
static const char *const keeps[]      = {"memory", "none", "fresh", NULL};
static const char *const weights[]    = {"normalised", "published", NULL};

/* Steps of the optimiser, and who makes them. */
static PetscErrorCode StepsFromOptions(KarTrainer tr)
{
  KarTrainerOptions *o = &tr->options;

  PetscFunctionBegin;
  PetscCall(KarOptionsInt(tr->prefix, "train_steps",
                          "optimiser steps; 0: the weights of -train_from, on the law of these data", 0, PETSC_MAX_INT,
                          &o->steps));
  PetscCall(KarOptionsInt(tr->prefix, "train_batch", "fields in a step, over all ranks", 1, 1 << 20, &o->batch));
  PetscCall(KarOptionsReal(tr->prefix, "train_lr", "largest learning rate", 0, 1, &o->lr));
  PetscCall(KarOptionsInt(tr->prefix, "train_warmup",
                          "steps in which the learning rate rises to it; it then falls as a cosine", 0, PETSC_MAX_INT,
                          &o->warmup));
  PetscCall(KarOptionsReal(tr->prefix, "train_clip", "the gradient is scaled down to this norm where it is larger", 0,
                           PETSC_MAX_REAL, &o->clip));
  PetscCall(KarOptionsReal(tr->prefix, "train_ema",
                           "decay in a step of the moving average of the weights, which the model keeps", 0, 1,
                           &o->ema));
  PetscCall(KarOptionsReal(tr->prefix, "train_weight_decay", "AdamW's weight decay", 0, 1, &o->weight_decay));
  PetscCall(KarOptionsReal(tr->prefix, "train_validation",
                           "share of the fields, the last ones, that is held back for validation", 0, 0.5,
                           &o->validation));
  PetscCall(KarOptionsInt(tr->prefix, "train_every",
                          "steps between checkpoints, and between lines of the training history", 1, PETSC_MAX_INT,
                          &o->every));
  PetscCall(KarOptionsInt(tr->prefix, "train_stop_after",
                          "stop with a checkpoint after this many steps of this run; 0: never", 0, PETSC_MAX_INT,
                          &o->stop_after));
  PetscCall(
    KarOptionsInt(tr->prefix, "train_group", "ranks that share one field, cut into slabs", 1, 1 << 20, &o->group));
  PetscCall(KarOptionsInt(tr->prefix, "train_seed", "seed of weights, noise and order", 0, PETSC_MAX_INT, &o->seed));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What is learnt, and at which times. */
static PetscErrorCode LossFromOptions(KarTrainer tr)
{
  KarTrainerOptions *o = &tr->options;

  PetscFunctionBegin;
  PetscCall(KarObjectiveFromOptions(tr->comm, tr->prefix, sizeof(o->objective), o->objective));
  PetscCall(KarOptionsChoice(
    tr->prefix, "train_weight",
    "weight of each time: such that a Wiener filter has loss 1 at each, or the objective's own", weights, &o->weight));
  PetscCall(KarOptionsReal(tr->prefix, "train_mean_weight",
                           "weight of the loss of a field's mean over that of its other modes", 1e-3, 1e6,
                           &o->mean_weight));
  PetscCall(KarOptionsReal(tr->prefix, "train_loss_power",
                           "p of a further weight C^p of each mode in the loss, C the data's variance there: above 0 "
                           "the large scales, which have few modes, count more",
                           -1, 1, &o->loss_power));
  PetscCall(KarOptionsChoice(tr->prefix, "train_times",
                             "distribution of t: uniform, uniform in log(s/a), or log(s/a) normal", KarTimeKinds,
                             &o->times));
  if (o->times == KAR_TIME_NORMAL || KarOptionsHelping()) {
    PetscCall(
      KarOptionsReal(tr->prefix, "train_times_mean", "mean of log(s/a) for -train_times normal", -100, 100, &o->mean));
    PetscCall(KarOptionsReal(tr->prefix, "train_times_std", "standard deviation of log(s/a) for -train_times normal",
                             1e-3, 100, &o->std));
  }
  PetscCall(
    KarOptionsChoice(tr->prefix, "train_symmetry",
                     "symmetries of the data, for augmentation: turns and mirrors of a scalar, of a pseudoscalar "
                     "(vorticity: a mirror changes its sign), of a vector (its components turn too); or a "
                     "constant and a sign of a phase",
                     symmetries, &o->symmetry));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Which fields are learnt from, and what else is told of them. */
static PetscErrorCode FieldsFromOptions(KarTrainer tr)
{
  KarTrainerOptions *o = &tr->options;

  PetscFunctionBegin;
  o->ngrid = 3;
  PetscCall(
    KarOptionsIntArray(tr->prefix, "train_grid",
                       "points along each axis of a coarser grid to truncate the data to; without it their own grid", 2,
                       1 << 20, &o->ngrid, o->grid));
  PetscCall(KarOptionsBool(
    tr->prefix, "train_octave",
    "learn the modes that a grid of half the points lacks, given the others: an octave of a cascade", &o->octave));
  if (o->octave || KarOptionsHelping())
    PetscCall(
      KarOptionsReal(tr->prefix, "train_loss_amplitude",
                     "p of a further weight V^-p of each point in the loss of an octave that follows an amplitude "
                     "(-denoiser_amplitude), V the variance that its Wiener filter leaves there: at 1 calm places "
                     "count as much as others",
                     0, 1, &o->loss_amplitude));
  PetscCall(KarOptionsBool(tr->prefix, "train_solenoidal",
                           "the fields are vectors without divergence, and so are all draws of the model",
                           &o->solenoidal));
  PetscCall(KarOptionsString(tr->prefix, "train_from", "model whose weights to start from", sizeof(o->from), o->from));
  PetscCall(KarOptionsInt(tr->prefix, "train_from_level",
                          "of a cascade: the level whose weights these are; -1: no cascade", -1, 64, &o->from_level));
  PetscCall(KarOptionsString(tr->prefix, "train_condition",
                             "what the network is told of each field: names of numbers or maps in the data's file, as "
                             "in nu,heights:scalar; previous: the state before, where samples follow in time",
                             sizeof(o->condition), o->condition));
  PetscCall(KarTrainerPlacesFromOptions(tr));
  PetscCall(KarTrainerObserveFromOptions(tr));
  PetscCall(KarOptionsChoice(tr->prefix, "train_keep",
                             "where the fields are kept: in memory; none: each is read or drawn when it is needed; "
                             "fresh: a new field of the law each time",
                             keeps, &o->keep));
  PetscCall(
    KarOptionsInt(tr->prefix, "train_fields",
                  "with -generator_type: fields to measure the spectrum of and, unless -train_keep fresh, to train on",
                  2, PETSC_MAX_INT, &o->fields));
  PetscCall(KarOptionsBool(tr->prefix, "resume", "continue from the state that an earlier run left", &o->resume));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerSetFromOptions(KarTrainer tr)
{
  KarTrainerOptions *o = &tr->options;
  int                rank, ranks;

  PetscFunctionBegin;
  PetscCall(StepsFromOptions(tr));
  PetscCall(LossFromOptions(tr));
  PetscCall(FieldsFromOptions(tr));
  PetscCallMPI(MPI_Comm_size(tr->comm, &ranks));
  PetscCallMPI(MPI_Comm_rank(tr->comm, &rank));
  KarCheck(tr->comm, ranks % o->group == 0, PETSC_ERR_USER_INPUT,
           "-train_group %" PetscInt_FMT ": %d ranks cannot be cut into such groups", o->group, ranks);
  tr->groups = ranks / o->group;
  tr->group  = rank / o->group;
  PetscCallMPI(MPI_Comm_split(tr->comm, (int)tr->group, rank, &tr->slab));
  tr->fromoptions = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}
