/* A trainer: its data, what it holds, the model that it leaves (its options are in options.c, its steps in solve.c). */
#include "trainimpl.h"

PetscErrorCode KarTrainerCreate(MPI_Comm comm, KarTrainer *trainer)
{
  PetscFunctionBegin;
  PetscCall(PetscNew(trainer));
  (*trainer)->comm    = comm;
  (*trainer)->slab    = MPI_COMM_NULL;
  (*trainer)->options = (KarTrainerOptions){.steps       = 20000,
                                            .batch       = 16,
                                            .warmup      = 500,
                                            .every       = 1000,
                                            .group       = 1,
                                            .from_level  = -1,
                                            .lr          = 1e-3,
                                            .clip        = 1,
                                            .ema         = 0.999,
                                            .validation  = 0.03,
                                            .rungs       = 1000,
                                            .fields      = 1024,
                                            .mean        = -1.2,
                                            .std         = 1.2,
                                            .mean_weight = 1};
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerSetOptionsPrefix(KarTrainer tr, const char prefix[])
{
  PetscFunctionBegin;
  PetscCall(PetscStrncpy(tr->prefix, prefix ? prefix : "", sizeof(tr->prefix)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A stand-in for a data set: one grid with a spectrum, no fields. */
static PetscErrorCode CreateStandIn(KarTrainer tr)
{
  const PetscInt  n[2] = {64, 64};
  const PetscReal k[3] = {0, 1, 2}, lambda[3] = {1, 1, 0.001}, mean = 0;
  KarGrid         grid;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(tr->slab, &grid));
  PetscCall(KarGridSetSizes(grid, 2, n, NULL));
  PetscCall(KarFFTCreate(grid, &tr->fft));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(KarDenoiserCreate(tr->fft, 3, k, lambda, &mean, &tr->denoiser));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What a file of the model says of its fields. */
static PetscErrorCode SetLabel(KarTrainer tr)
{
  KarFieldLabel      label = {.direction = {1, 1, 1}};
  const KarVariable *v;
  const char        *units;
  PetscInt           n;
  KarDataset         data;
  KarDatasetInfo     info;
  PetscBool          rows = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(KarGeneratorGetVariables(tr->source.law, &n, &v));
  v += tr->source.variable;
  PetscCall(KarGeneratorGetUnits(tr->source.law, &units));
  PetscCall(PetscStrncpy(label.variable, v->name, sizeof(label.variable)));
  PetscCall(PetscStrncpy(label.units, v->units, sizeof(label.units)));
  PetscCall(PetscStrncpy(label.long_name, v->long_name, sizeof(label.long_name)));
  PetscCall(PetscStrncpy(label.length_units, units, sizeof(label.length_units)));
  PetscCall(KarGeneratorGetDataset(tr->source.law, &data));
  if (data) {
    PetscCall(KarDatasetGetInfo(data, &info));
    PetscCall(PetscStrncpy(label.length_units, info.units, sizeof(label.length_units)));
    PetscCall(KarDatasetGetString(data, "rows", sizeof(label.rows), label.rows, &rows));
    if (!rows)
      (void)snprintf(label.rows, sizeof(label.rows), "%s", info.dim > 1 && info.step[info.dim - 2] < 0 ? "down" : "");
    for (PetscInt a = 0; a < 3; a++) {
      label.origin[a]    = info.origin[a];
      label.direction[a] = info.step[a] < 0 ? -1 : 1;
    }
  }
  if (tr->implicit) PetscCall(KarImplicitSetLabel(tr->implicit, &label));
  else if (tr->placed) {
    KarPlacedSays says = {.label = label};

    PetscCall(KarPlacedSetSays(tr->placed, &says));
  } else PetscCall(KarDenoiserSetLabel(tr->denoiser, &label));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* How many fields there are, and which of them are held back. */
static PetscErrorCode CountFields(KarTrainer tr, KarGenerator law)
{
  const KarTrainerOptions *o = &tr->options;
  PetscInt                 there;

  PetscFunctionBegin;
  PetscCall(KarGeneratorGetSamples(law, &there));
  KarCheck(tr->comm, !there || o->keep != KAR_KEEP_FRESH, PETSC_ERR_USER_INPUT,
           "-train_keep fresh: a data set of %" PetscInt_FMT
           " fields ends; give a law, -generator_type, or -train_keep none",
           there);
  tr->samples = there ? there : o->fields;
  tr->held    = (PetscInt)(o->validation * (PetscReal)tr->samples);
  tr->held -= tr->held % tr->source.path;
  KarCheck(tr->comm, tr->samples - tr->held >= (o->steps ? 2 : 1), PETSC_ERR_USER_INPUT,
           "%" PetscInt_FMT " fields, %" PetscInt_FMT " of them held back, are too few to train on: give at least 2",
           tr->samples, tr->held);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CreateSymmetry(KarTrainer tr)
{
  const PetscInt kind = tr->options.symmetry;

  PetscFunctionBegin;
  if (kind == KAR_SYMMETRY_SCALAR || kind == KAR_SYMMETRY_PSEUDOSCALAR || kind == KAR_SYMMETRY_VECTOR)
    PetscCall(KarSymmetryCreate(tr->fft, &tr->symmetry));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CreateFromLaw(KarTrainer tr, KarGenerator law, const char variable[])
{
  const PetscReal *k, *power;
  PetscReal       *mean, *lambda;
  PetscInt         n, coarse[3]   = {0, 0, 0};
  KarCovEstimate   estimate, rest = NULL;
  KarRegression    maps = {0};
  const KarModes  *m;

  PetscFunctionBegin;
  PetscCall(KarTrainerFindPaths(tr, law, variable));
  PetscCall(CountFields(tr, law));
  tr->source.samples = tr->samples;
  tr->source.held    = tr->held;
  PetscCall(KarTrainerOpenFields(tr, law, variable, &tr->source));
  PetscCall(KarFFTGetModes(tr->fft, &m));
  for (PetscInt a = 0; a < m->dim; a++) coarse[a] = m->n[a] / 2;
  PetscCall(KarTrainerMeasure(tr, &tr->source, tr->options.octave ? coarse : NULL, &estimate));
  PetscCall(PetscMalloc1(m->dof, &mean));
  PetscCall(KarCovEstimateFinish(estimate, tr->slab, &n, &k, &power, mean));
  PetscCall(CreateSymmetry(tr));
  PetscCall(KarTrainerOpenConditions(tr, law));
  if (!tr->options.octave) PetscCall(KarTrainerRegress(tr, &maps, &rest)); /* an octave's maps are coarser scales too */
  if (rest) PetscCall(KarCovEstimateFinish(rest, tr->slab, &n, &k, &power, NULL));
  PetscCall(PetscMalloc1(n, &lambda));
  PetscCall(PetscArraycpy(lambda, power, n));
  if (tr->options.solenoidal) PetscCall(KarTrainerSolenoidalSpectrum(tr, n, k, lambda));
  for (PetscInt c = 0; c < m->dof; c++) mean[c] += tr->source.base[c];
  PetscCall(tr->objective.ops.model(tr, n, k, lambda, mean, coarse));
  PetscCall(KarTrainerAddConditions(tr));
  for (PetscInt i = 0; i < maps.maps; i++)
    PetscCall(KarDenoiserSetRegression(tr->denoiser, maps.condition[i], maps.n, maps.k, maps.rho + i * maps.n));
  if (tr->options.solenoidal) {
    const PetscReal *ends[2];

    PetscCall(KarDenoiserGetEnds(tr->denoiser, &ends[0], &ends[1]));
    KarCheck(tr->comm, !ends[0], PETSC_ERR_USER_INPUT, "-train_solenoidal: bridges do not keep it; leave it out");
    PetscCall(KarDenoiserSetSolenoidal(tr->denoiser));
  }
  PetscCall(PetscFree(lambda));
  PetscCall(PetscFree(mean));
  PetscCall(PetscFree(maps.k));
  PetscCall(PetscFree(maps.rho));
  PetscCall(KarCovEstimateDestroy(&rest));
  PetscCall(KarCovEstimateDestroy(&estimate));
  PetscCall(SetLabel(tr));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What the trainer was told by options, its denoiser is told too. */
static PetscErrorCode SetUpDenoiser(KarTrainer tr)
{
  PetscFunctionBegin;
  if (tr->implicit) {
    if (tr->fromoptions) PetscCall(KarImplicitSetFromOptions(tr->implicit, tr->prefix));
    PetscCall(KarImplicitSetUp(tr->implicit));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  if (tr->placed) {
    if (tr->fromoptions) PetscCall(KarPlacedSetFromOptions(tr->placed, tr->prefix));
    PetscCall(KarTrainerMakeSets(tr));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarDenoiserSetOptionsPrefix(tr->denoiser, tr->prefix));
  if (tr->fromoptions) PetscCall(KarDenoiserSetFromOptions(tr->denoiser));
  PetscCall(KarDenoiserSetUp(tr->denoiser));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerGetFieldComm(KarTrainer tr, MPI_Comm *comm)
{
  PetscFunctionBegin;
  *comm = tr->slab;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerSetData(KarTrainer tr, KarDataset data, const char variable[])
{
  PetscInt    v;
  KarVariable what;

  PetscFunctionBegin;
  if (data) {
    PetscCall(KarDatasetFindVariable(data, variable, &v));
    PetscCall(KarDatasetGetVariable(data, v, &what));
    PetscCall(KarGeneratorCreate(tr->slab, &tr->file));
    PetscCall(KarGeneratorSetDataset(tr->file, data, what.name));
  }
  PetscCall(KarTrainerSetLaw(tr, tr->file, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerHold(KarTrainer tr, PetscBool drawn)
{
  const KarTrainerOptions *o = &tr->options;
  KarNet                   net;
  const KarModes          *modes;
  float                   *p;

  PetscFunctionBegin;
  tr->room = (o->batch + tr->groups - 1) / tr->groups;
  PetscCall(SetUpDenoiser(tr));
  PetscCall(KarFFTGetModes(tr->fft, &modes));
  KarCheck(tr->comm, o->symmetry != KAR_SYMMETRY_VECTOR || modes->dof == modes->dim, PETSC_ERR_USER_INPUT,
           "-train_symmetry vector: fields of %" PetscInt_FMT " components in %" PetscInt_FMT " dimensions", modes->dof,
           modes->dim);
  KarCheck(tr->comm, o->symmetry != KAR_SYMMETRY_PHASE || modes->dof == 2, PETSC_ERR_USER_INPUT,
           "-train_symmetry phase: fields of %" PetscInt_FMT " components are no cos and sin", modes->dof);
  PetscCall(
    PetscMalloc5(tr->room, &tr->xt, tr->room, &tr->x0, tr->room, &tr->t, tr->room, &tr->loss, tr->room, &tr->corner));
  for (PetscInt i = 0; i < tr->room; i++) {
    PetscCall(KarFFTCreateCoordinates(tr->fft, &tr->xt[i]));
    PetscCall(KarFFTCreateCoordinates(tr->fft, &tr->x0[i]));
  }
  PetscCall(KarTrainerGetNet(tr, &net));
  if (drawn) PetscCall(KarNetInitialize(net, o->seed));
  KarCheck(tr->comm, o->from[0] || o->from_level < 0, PETSC_ERR_USER_INPUT,
           "-train_from_level %" PetscInt_FMT ": of which cascade? Give -train_from FILE too", o->from_level);
  KarCheck(tr->comm, o->from[0] || o->steps > 0, PETSC_ERR_USER_INPUT,
           "-train_steps 0 keeps the weights of another model: give -train_from FILE too");
  if (o->from[0]) PetscCall(KarTrainerReadWeights(tr, o->from));
  PetscCall(KarNetGetParameters(net, &tr->weights, &p));
  PetscCall(PetscCalloc1(tr->weights, &tr->m));
  PetscCall(PetscCalloc1(tr->weights, &tr->v));
  PetscCall(PetscMalloc1(tr->weights, &tr->ema));
  PetscCall(PetscArraycpy(tr->ema, p, tr->weights));
  PetscCall(PetscMalloc1(o->steps / o->every + 2, &tr->history));
  PetscCall(tr->objective.ops.setup(tr));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerSetLaw(KarTrainer tr, KarGenerator law, const char variable[])
{
  const KarTrainerOptions *o = &tr->options;

  PetscFunctionBegin;
  PetscCall(KarObjectiveGet(tr->comm, o->objective, &tr->objective));
  if (law && o->npoints) tr->objective.ops = kar_places;
  if (law) PetscCall(CreateFromLaw(tr, law, variable));
  else PetscCall(CreateStandIn(tr));
  if (!law) PetscCall(CreateSymmetry(tr));
  if (law) PetscCall(KarTrainerFinishMark(tr));
  PetscCall(KarTrainerHold(tr, (PetscBool)(law != NULL)));
  if (law) PetscCall(KarTrainerFitAmplitude(tr));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerSave(KarTrainer tr, KarCheckpoint file)
{
  const PetscInt shape[2] = {tr->reports, KAR_REPORT};

  PetscFunctionBegin;
  if (tr->implicit) PetscCall(KarTrainerScaleLatents(tr));
  if (tr->implicit) PetscCall(KarImplicitSave(tr->implicit, file, "", tr->ema));
  else if (tr->placed) PetscCall(KarPlacedSave(tr->placed, file, tr->ema));
  else PetscCall(KarDenoiserSave(tr->denoiser, file, tr->ema));
  PetscCall(KarTrainerPutRun(tr, file));
  PetscCall(KarCheckpointPutInt(file, "training/steps", tr->step));
  PetscCall(KarCheckpointPutInt(file, "training/fields", tr->samples - tr->held));
  PetscCall(KarCheckpointPutReals(file, "training/history", 2, shape, tr->history[0]));
  PetscCall(KarCheckpointPutString(file, "training/history_columns",
                                   "step, loss, loss on fields held back, seconds, nats a mode of fields held back"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerGetDenoiser(KarTrainer tr, KarDenoiser *denoiser)
{
  PetscFunctionBegin;
  *denoiser = tr->denoiser;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerDestroy(KarTrainer *trainer)
{
  KarTrainer tr = *trainer;

  PetscFunctionBegin;
  if (tr) {
    if (tr->objective.ops.destroy) PetscCall(tr->objective.ops.destroy(tr));
    for (PetscInt i = 0; i < tr->room; i++) {
      PetscCall(VecDestroy(&tr->xt[i]));
      PetscCall(VecDestroy(&tr->x0[i]));
    }
    PetscCall(PetscFree5(tr->xt, tr->x0, tr->t, tr->loss, tr->corner));
    PetscCall(KarTrainerCloseFields(&tr->source));
    PetscCall(KarTrainerCloseConditions(tr));
    PetscCall(KarGiverDestroy(&tr->giver));
    PetscCall(KarGeneratorDestroy(&tr->file));
    PetscCall(PetscFree(tr->m));
    PetscCall(PetscFree(tr->v));
    PetscCall(PetscFree(tr->ema));
    PetscCall(PetscFree(tr->history));
    PetscCall(KarSymmetryDestroy(&tr->symmetry));
    PetscCall(KarDenoiserDestroy(&tr->denoiser));
    PetscCall(KarPlacedDestroy(&tr->placed));
    PetscCall(KarImplicitDestroy(&tr->implicit));
    PetscCall(KarFFTDestroy(&tr->fft));
    if (tr->slab != MPI_COMM_NULL) PetscCallMPI(MPI_Comm_free(&tr->slab));
  }
  PetscCall(PetscFree(*trainer));
  PetscFunctionReturn(PETSC_SUCCESS);
}
