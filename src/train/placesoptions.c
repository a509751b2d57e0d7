/* What a trainer of values at places is told, and how its network is reached. */
#include "trainimpl.h"

#include <karhunen/netfile.h>

PetscErrorCode KarTrainerGetNet(KarTrainer tr, KarNet *net)
{
  PetscFunctionBegin;
  if (tr->implicit) PetscCall(KarImplicitGetNet(tr->implicit, net));
  else if (tr->placed) PetscCall(KarPlacedGetNet(tr->placed, net));
  else PetscCall(KarDenoiserGetNet(tr->denoiser, net));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerView(KarTrainer tr, PetscViewer viewer)
{
  PetscFunctionBegin;
  if (tr->implicit) PetscCall(KarImplicitView(tr->implicit, viewer));
  else if (tr->placed) PetscCall(KarPlacedView(tr->placed, viewer));
  else PetscCall(KarDenoiserView(tr->denoiser, viewer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerReadWeights(KarTrainer tr, const char path[])
{
  PetscBool     is;
  KarNet        net;
  KarCheckpoint file;

  PetscFunctionBegin;
  KarCheck(tr->comm, tr->options.from_level < 0 || (!tr->implicit && !tr->placed), PETSC_ERR_USER_INPUT,
           "-train_from_level: %s is no cascade, leave it out", path);
  if (tr->implicit) {
    PetscCall(KarImplicitIs(tr->comm, path, &is));
    KarCheck(tr->comm, is, PETSC_ERR_USER_INPUT, "-train_from %s: not an implicit representation", path);
    PetscCall(KarImplicitGetNet(tr->implicit, &net));
    PetscCall(KarCheckpointOpen(tr->slab, path, &file));
    PetscCall(KarNetCheckFile(net, file, "", PETSC_FALSE, path));
    PetscCall(KarNetLoadWeights(net, file, ""));
    PetscCall(KarCheckpointDestroy(&file));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  if (!tr->placed) {
    PetscCall(KarDenoiserReadWeights(tr->denoiser, path, tr->options.from_level));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarPlacedIs(tr->comm, path, &is));
  KarCheck(tr->comm, is, PETSC_ERR_USER_INPUT, "-train_from %s: not a model of values at places", path);
  PetscCall(KarPlacedGetNet(tr->placed, &net));
  PetscCall(KarCheckpointOpen(tr->slab, path, &file));
  PetscCall(KarNetCheckFile(net, file, "", PETSC_FALSE, path));
  PetscCall(KarNetLoadWeights(net, file, ""));
  PetscCall(KarCheckpointDestroy(&file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetsFromOptions(KarTrainer tr)
{
  KarTrainerOptions *o = &tr->options;

  PetscFunctionBegin;
  PetscCall(KarOptionsInt(tr->prefix, "train_point_sets", "sets of places, made once", 1, 4096, &o->sets));
  PetscCall(
    KarOptionsReal(tr->prefix, "train_given", "share of the sets in which some values are known", 0, 1, &o->given));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerPlacesFromOptions(KarTrainer tr)
{
  KarTrainerOptions *o = &tr->options;

  PetscFunctionBegin;
  o->npoints = 2, o->sets = 32, o->given = 0.5;
  PetscCall(KarOptionsIntArray(tr->prefix, "train_points",
                               "fewest and most places: learn values at so many random places of the fields, or of the "
                               "stations of -data, for sample -points",
                               3, 20000, &o->npoints, o->points));
  if (o->npoints || KarOptionsHelping()) PetscCall(SetsFromOptions(tr));
  if (o->npoints == 1) o->points[1] = o->points[0];
  KarCheck(tr->comm, !o->npoints || o->points[0] <= o->points[1], PETSC_ERR_USER_INPUT,
           "-train_points %" PetscInt_FMT ",%" PetscInt_FMT ": the fewest places come first", o->points[0],
           o->points[1]);
  KarCheck(
    tr->comm, !o->npoints || (o->group == 1 && !o->octave && !o->solenoidal && !o->condition[0] && o->loss_power == 0),
    PETSC_ERR_USER_INPUT,
    "-train_points: values at places have no -train_group, -train_octave, -train_solenoidal, -train_condition or "
    "-train_loss_power; leave them out");
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerCheckStations(KarTrainer tr, const KarStationsInfo *s)
{
  KarTrainerOptions *o = &tr->options;

  PetscFunctionBegin;
  KarCheck(tr->comm, s->m >= 8, PETSC_ERR_USER_INPUT,
           "%" PetscInt_FMT " stations are too few to learn from: a law at places needs 8 at least", s->m);
  KarCheck(tr->comm, s->samples >= 4, PETSC_ERR_USER_INPUT,
           "%" PetscInt_FMT " samples of the stations are too few to learn from: give 4 at least", s->samples);
  if (!o->npoints && tr->fromoptions) PetscCall(SetsFromOptions(tr));
  if (!o->npoints) o->points[0] = PetscMax(4, s->m / 2), o->points[1] = s->m;
  o->npoints = 2;
  KarCheck(tr->comm, o->points[1] <= s->m, PETSC_ERR_USER_INPUT,
           "-train_points %" PetscInt_FMT ",%" PetscInt_FMT ": there are %" PetscInt_FMT " stations", o->points[0],
           o->points[1], s->m);
  KarCheck(tr->comm, o->symmetry == KAR_SYMMETRY_NONE, PETSC_ERR_USER_INPUT,
           "-train_symmetry: stations do not lie alike in a mirror; leave it out");
  KarCheck(tr->comm, o->group == 1 && !o->octave && !o->solenoidal && !o->condition[0] && o->loss_power == 0,
           PETSC_ERR_USER_INPUT,
           "stations have no -train_group, -train_octave, -train_solenoidal, -train_condition or -train_loss_power; "
           "leave them out");
  PetscFunctionReturn(PETSC_SUCCESS);
}
