/* Training: AdamW with warm-up and a cosine schedule on the mean of an objective's terms.  Every draw is keyed by its
   number in the run, so a step
   depends on its number, the weights and AdamW's moments alone: not on the rank count (but for rounding), nor on a
   restart. */
#include "trainimpl.h"

#include <karhunen/nn.h>

#include <math.h>
#include <petsctime.h>

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

static const char *const symmetries[] = {"none", "scalar", "pseudoscalar", "phase", NULL};
static const char *const keeps[]      = {"memory", "none", "fresh", NULL};
static const char *const weights[]    = {"normalised", "published", NULL};

PetscErrorCode KarTrainerSetOptionsPrefix(KarTrainer tr, const char prefix[])
{
  PetscFunctionBegin;
  PetscCall(PetscStrncpy(tr->prefix, prefix ? prefix : "", sizeof(tr->prefix)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerSetFromOptions(KarTrainer tr)
{
  KarTrainerOptions *o = &tr->options;
  int                rank, ranks;

  PetscFunctionBegin;
  PetscCall(KarOptionsInt(tr->prefix, "train_steps", "optimiser steps", 1, PETSC_MAX_INT, &o->steps));
  PetscCall(KarOptionsInt(tr->prefix, "train_batch", "fields in a step, over all ranks", 1, 1 << 20, &o->batch));
  PetscCall(KarOptionsReal(tr->prefix, "train_lr", "largest learning rate", 0, 1, &o->lr));
  PetscCall(KarOptionsInt(tr->prefix, "train_warmup",
                          "steps in which the learning rate rises to it; it then falls as a cosine", 0, PETSC_MAX_INT,
                          &o->warmup));
  PetscCall(KarOptionsReal(tr->prefix, "train_clip", "largest norm of the gradient", 0, PETSC_MAX_REAL, &o->clip));
  PetscCall(
    KarOptionsReal(tr->prefix, "train_ema", "decay of the moving average of the weights, a step", 0, 1, &o->ema));
  PetscCall(KarOptionsReal(tr->prefix, "train_weight_decay", "AdamW's weight decay", 0, 1, &o->weight_decay));
  PetscCall(KarOptionsReal(tr->prefix, "train_validation",
                           "share of the fields, the last ones, that is held back to judge by", 0, 0.5,
                           &o->validation));
  PetscCall(KarOptionsInt(tr->prefix, "train_every", "steps between two lines of the history and checkpoints", 1,
                          PETSC_MAX_INT, &o->every));
  PetscCall(KarOptionsInt(tr->prefix, "train_stop_after",
                          "stop with a checkpoint after this many steps of this run; 0: never", 0, PETSC_MAX_INT,
                          &o->stop_after));
  PetscCall(
    KarOptionsInt(tr->prefix, "train_group", "ranks that share one field, cut into slabs", 1, 1 << 20, &o->group));
  PetscCall(KarOptionsInt(tr->prefix, "train_seed", "seed of weights, noise and order", 0, PETSC_MAX_INT, &o->seed));
  PetscCall(KarObjectiveFromOptions(tr->comm, tr->prefix, sizeof(o->objective), o->objective));
  PetscCall(KarOptionsChoice(tr->prefix, "train_weight",
                             "of times: all alike to a Wiener filter, or the objective's own", weights, &o->weight));
  PetscCall(
    KarOptionsReal(tr->prefix, "train_mean_weight",
                   "further weight of a field's mean, where its law matters and its share of the variance is small",
                   1e-3, 1e6, &o->mean_weight));
  PetscCall(KarOptionsChoice(tr->prefix, "train_times",
                             "distribution of t: uniform, uniform in log(s/a), or log(s/a) normal", KarTimeKinds,
                             &o->times));
  if (o->times == KAR_TIME_NORMAL || KarOptionsHelping()) {
    PetscCall(KarOptionsReal(tr->prefix, "train_times_mean", "of log(s/a), for normal", -100, 100, &o->mean));
    PetscCall(KarOptionsReal(tr->prefix, "train_times_std", "of log(s/a), for normal", 1e-3, 100, &o->std));
  }
  PetscCall(KarOptionsChoice(tr->prefix, "train_symmetry",
                             "what the law allows: turns and reflections, a pseudoscalar (vorticity) changing sign in "
                             "a mirror; or phase: a constant and a sign",
                             symmetries, &o->symmetry));
  o->ngrid = 3;
  PetscCall(KarOptionsIntArray(tr->prefix, "train_grid",
                               "points along each axis of the grid that the data are truncated to; theirs without it",
                               2, 1 << 20, &o->ngrid, o->grid));
  PetscCall(KarOptionsBool(
    tr->prefix, "train_octave",
    "learn the modes that a grid of half the points lacks, given the others: an octave of a cascade", &o->octave));
  PetscCall(KarOptionsString(tr->prefix, "train_from", "model whose weights to start from", sizeof(o->from), o->from));
  PetscCall(KarOptionsChoice(
    tr->prefix, "train_keep",
    "where the fields are: in memory, or none, each drawn when it is needed; fresh: of a law, a new one each time",
    keeps, &o->keep));
  PetscCall(KarOptionsInt(tr->prefix, "train_fields",
                          "of a law: how many fields to measure and, unless they are fresh, to train on", 2,
                          PETSC_MAX_INT, &o->fields));
  PetscCall(KarOptionsBool(tr->prefix, "resume", "continue from the state that an earlier run left", &o->resume));
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

/* --- Data ------------------------------------------------------------ */

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
  PetscCall(KarDenoiserSetLabel(tr->denoiser, &label));
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
  KarCheck(tr->comm, tr->samples - tr->held >= 2, PETSC_ERR_USER_INPUT,
           "%" PetscInt_FMT " fields are too few to train on: give at least 2", tr->samples);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CreateFromLaw(KarTrainer tr, KarGenerator law, const char variable[])
{
  const PetscReal *k, *lambda;
  PetscReal       *mean;
  PetscInt         n, coarse[3] = {0, 0, 0};
  KarCovEstimate   estimate;
  const KarModes  *m;

  PetscFunctionBegin;
  PetscCall(CountFields(tr, law));
  tr->source.samples = tr->samples;
  tr->source.held    = tr->held;
  PetscCall(KarTrainerOpenFields(tr, law, variable, &tr->source));
  PetscCall(KarTrainerMeasure(tr, &tr->source, &estimate));
  PetscCall(KarFFTGetModes(tr->fft, &m));
  for (PetscInt a = 0; a < m->dim; a++) coarse[a] = m->n[a] / 2;
  PetscCall(PetscMalloc1(m->dof, &mean));
  PetscCall(KarCovEstimateFinish(estimate, tr->slab, &n, &k, &lambda, mean));
  for (PetscInt c = 0; c < m->dof; c++) mean[c] += tr->source.base[c];
  PetscCall(tr->objective.ops.model(tr, n, k, lambda, mean, coarse));
  PetscCall(KarTrainerFinishMark(tr));
  PetscCall(PetscFree(mean));
  PetscCall(KarCovEstimateDestroy(&estimate));
  PetscCall(SetLabel(tr));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What the trainer was told by options, its denoiser is told too. */
static PetscErrorCode SetUpDenoiser(KarTrainer tr)
{
  PetscFunctionBegin;
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

PetscErrorCode KarTrainerSetLaw(KarTrainer tr, KarGenerator law, const char variable[])
{
  const KarTrainerOptions *o = &tr->options;
  KarNet                   net;
  const KarModes          *modes;
  float                   *p;

  PetscFunctionBegin;
  PetscCall(KarObjectiveGet(tr->comm, o->objective, &tr->objective));
  if (law) PetscCall(CreateFromLaw(tr, law, variable));
  else PetscCall(CreateStandIn(tr));
  if (o->symmetry == KAR_SYMMETRY_SCALAR || o->symmetry == KAR_SYMMETRY_PSEUDOSCALAR)
    PetscCall(KarSymmetryCreate(tr->fft, &tr->symmetry));
  PetscCall(SetUpDenoiser(tr));
  PetscCall(KarFFTGetModes(tr->fft, &modes));
  KarCheck(tr->comm, o->symmetry != KAR_SYMMETRY_PHASE || modes->dof == 2, PETSC_ERR_USER_INPUT,
           "-train_symmetry phase: fields of %" PetscInt_FMT " components are no cos and sin", modes->dof);
  tr->room = (o->batch + tr->groups - 1) / tr->groups;
  PetscCall(PetscMalloc4(tr->room, &tr->xt, tr->room, &tr->x0, tr->room, &tr->t, tr->room, &tr->loss));
  for (PetscInt i = 0; i < tr->room; i++) {
    PetscCall(KarFFTCreateCoordinates(tr->fft, &tr->xt[i]));
    PetscCall(KarFFTCreateCoordinates(tr->fft, &tr->x0[i]));
  }
  PetscCall(KarDenoiserGetNet(tr->denoiser, &net));
  if (law) PetscCall(KarNetInitialize(net, o->seed));
  if (o->from[0]) PetscCall(KarDenoiserReadWeights(tr->denoiser, o->from));
  PetscCall(KarNetGetParameters(net, &tr->weights, &p));
  PetscCall(PetscCalloc1(tr->weights, &tr->m));
  PetscCall(PetscCalloc1(tr->weights, &tr->v));
  PetscCall(PetscMalloc1(tr->weights, &tr->ema));
  PetscCall(PetscArraycpy(tr->ema, p, tr->weights));
  PetscCall(PetscMalloc1(o->steps / o->every + 2, &tr->history));
  PetscCall(tr->objective.ops.setup(tr));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Steps ------------------------------------------------------------ */

/* Sum over the ranks of a block of floats, in pieces that MPI can count. */
static PetscErrorCode SumOverRanks(MPI_Comm comm, PetscInt n, float x[])
{
  PetscFunctionBegin;
  for (PetscInt at = 0; at < n; at += 1 << 28)
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, x + at, (int)PetscMin(n - at, 1 << 28), MPI_FLOAT, MPI_SUM, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Draws this group's share of `batch` terms of the loss starting at number `first`, and their mean over all groups;
   factor as in
   KarObjectiveOps. */
static PetscErrorCode BatchLoss(KarTrainer tr, PetscInt64 first, PetscInt batch, PetscBool validation, PetscReal factor,
                                PetscReal *loss)
{
  PetscInt n = 0;

  PetscFunctionBegin;
  for (PetscInt b = tr->group; b < batch; b += tr->groups, n++)
    PetscCall(tr->objective.ops.draw(tr, first + b, validation, b, batch, n));
  *loss = 0;
  if (n) {
    PetscCall(tr->objective.ops.loss(tr, validation, factor, n, tr->loss));
    for (PetscInt i = 0; i < n; i++) *loss += tr->loss[i] / (PetscReal)(batch * tr->options.group);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, loss, 1, MPIU_REAL, MPIU_SUM, tr->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscReal LearningRate(const KarTrainerOptions *o, PetscInt step)
{
  if (step < o->warmup) return o->lr * (PetscReal)(step + 1) / (PetscReal)o->warmup;
  return o->lr * 0.5 *
         (1 + PetscCosReal(PETSC_PI * (PetscReal)(step - o->warmup) / (PetscReal)PetscMax(1, o->steps - o->warmup)));
}

static PetscErrorCode Step(KarTrainer tr)
{
  const KarTrainerOptions *o     = &tr->options;
  KarAdamW                 adamw = {
                    .lr           = LearningRate(o, tr->step),
                    .beta1        = 0.9,
                    .beta2        = 0.99,
                    .eps          = 1e-8,
                    .weight_decay = o->weight_decay,
  };
  KarNet    net;
  float    *p, *g;
  double    norm = 0;
  PetscReal loss;

  PetscFunctionBegin;
  PetscCall(KarDenoiserGetNet(tr->denoiser, &net));
  PetscCall(KarNetGetParameters(net, NULL, &p));
  PetscCall(KarNetGetGradient(net, NULL, &g));
  PetscCall(KarNetZeroGradient(net));
  PetscCall(BatchLoss(tr, (PetscInt64)tr->step * o->batch, o->batch, PETSC_FALSE, 1 / (PetscReal)o->batch, &loss));
  PetscCall(KarLogBegin(KAR_EVENT_SUM));
  PetscCall(SumOverRanks(tr->comm, tr->weights, g));
  PetscCall(KarLogEnd(KAR_EVENT_SUM));
  for (PetscInt i = 0; i < tr->weights; i++) norm += (double)g[i] * (double)g[i];
  norm = sqrt(norm);
  KarCheck(tr->comm, isfinite(norm) && isfinite(loss), PETSC_ERR_FP,
           "training step %" PetscInt_FMT ": the loss is %g, its gradient's norm %g: try a smaller -train_lr",
           tr->step + 1, (double)loss, norm);
  adamw.clip  = norm > o->clip ? o->clip / norm : 1;
  adamw.decay = PetscMin(o->ema, (1 + (double)tr->step) / (10 + (double)tr->step));
  tr->step++;
  PetscCall(KarLogBegin(KAR_EVENT_ADAMW));
  kar_adamw_step(&adamw, tr->step, tr->weights, p, tr->m, tr->v, tr->ema, g);
  PetscCall(KarLogEnd(KAR_EVENT_ADAMW));
  tr->mean_loss =
    tr->step == 1 ? loss : tr->mean_loss + PetscMax(0.005, 1 / (PetscReal)tr->step) * (loss - tr->mean_loss);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Loss of the averaged weights on fixed pairs of the fields held back. */
static PetscErrorCode Validate(KarTrainer tr, PetscReal *loss)
{
  const PetscInt batches = 8;
  KarNet         net;
  PetscReal      one;

  PetscFunctionBegin;
  *loss = 0;
  if (!tr->held) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarDenoiserGetNet(tr->denoiser, &net));
  PetscCall(KarNetSetParameters(net, tr->ema));
  for (PetscInt b = 0; b < batches; b++) {
    PetscCall(BatchLoss(tr, (PetscInt64)b * tr->options.batch, tr->options.batch, PETSC_TRUE, 0, &one));
    *loss += one / (PetscReal)batches;
  }
  PetscCall(KarNetSetParameters(net, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Report(KarTrainer tr, PetscReal seconds)
{
  PetscReal *line = tr->history[tr->reports++];

  PetscFunctionBegin;
  line[0] = (PetscReal)tr->step;
  line[1] = tr->mean_loss;
  PetscCall(Validate(tr, &line[2]));
  line[3] = seconds;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* From the state or the one before it, or from the start, and says which. */
static PetscErrorCode Resume(KarTrainer tr, const char state[], KarFileState left)
{
  char         before[PETSC_MAX_PATH_LEN];
  KarFileState older = KAR_FILE_MISSING;

  PetscFunctionBegin;
  (void)snprintf(before, sizeof(before), "%s.prev", state);
  if (left == KAR_FILE_MISSING) PetscCall(KarFileCheck(tr->comm, before, &older));
  if (left == KAR_FILE_MISSING && older == KAR_FILE_MISSING)
    PetscCall(PetscPrintf(tr->comm, "-resume: there is no %s, training begins at step 0\n", state));
  else {
    PetscCall(KarTrainerRestoreState(tr, state));
    PetscCall(PetscPrintf(tr->comm, "-resume: goes on after step %" PetscInt_FMT " of %" PetscInt_FMT "\n", tr->step,
                          tr->options.steps));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerSolve(KarTrainer tr, const char state[], PetscBool *finished)
{
  const KarTrainerOptions *o = &tr->options;
  KarProgress              progress;
  PetscBool                stop = PETSC_FALSE;
  PetscLogDouble           start, now;
  PetscReal                before;
  KarFileState             left;

  PetscFunctionBegin;
  PetscCall(KarFileCheck(tr->comm, state, &left));
  KarCheck(tr->comm, o->resume || left == KAR_FILE_MISSING, PETSC_ERR_USER_INPUT,
           "%s exists: continue that run with -resume, or remove it", state);
  if (o->resume) PetscCall(Resume(tr, state, left));
  before               = tr->reports ? tr->history[tr->reports - 1][3] : 0;
  const PetscInt first = tr->step;
  PetscCall(PetscTime(&start));
  PetscCall(KarProgressCreate(tr->comm, "training", o->steps, &progress));
  while (tr->step < o->steps && !stop) {
    char note[96];

    PetscCall(Step(tr));
    PetscCall(PetscTime(&now));
    PetscCall(KarStopRequested(tr->comm, &stop));
    if (o->stop_after && tr->step - first >= o->stop_after) stop = PETSC_TRUE;
    if (tr->step % o->every == 0 || tr->step == o->steps) {
      PetscCall(Report(tr, before + now - start));
      if (tr->step < o->steps) PetscCall(KarTrainerKeepState(tr, state));
    } else if (stop) PetscCall(KarTrainerKeepState(tr, state));
    if (tr->held && tr->reports)
      (void)snprintf(note, sizeof(note), "loss %.4f  held back %.4f", (double)tr->mean_loss,
                     (double)tr->history[tr->reports - 1][2]);
    else (void)snprintf(note, sizeof(note), "loss %.4f", (double)tr->mean_loss);
    PetscCall(KarProgressUpdate(progress, tr->step, note));
  }
  PetscCall(KarProgressDestroy(&progress));
  if (finished) *finished = (PetscBool)(tr->step == o->steps);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerSave(KarTrainer tr, KarCheckpoint file)
{
  const PetscInt shape[2] = {tr->reports, 4};

  PetscFunctionBegin;
  PetscCall(KarDenoiserSave(tr->denoiser, file, tr->ema));
  PetscCall(KarTrainerPutRun(tr, file));
  PetscCall(KarCheckpointPutInt(file, "training/steps", tr->step));
  PetscCall(KarCheckpointPutInt(file, "training/fields", tr->samples - tr->held));
  PetscCall(KarCheckpointPutReals(file, "training/history", 2, shape, tr->history[0]));
  PetscCall(KarCheckpointPutString(file, "training/history_columns", "step, loss, loss on fields held back, seconds"));
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
    PetscCall(PetscFree4(tr->xt, tr->x0, tr->t, tr->loss));
    PetscCall(KarTrainerCloseFields(&tr->source));
    PetscCall(KarGeneratorDestroy(&tr->file));
    PetscCall(PetscFree(tr->m));
    PetscCall(PetscFree(tr->v));
    PetscCall(PetscFree(tr->ema));
    PetscCall(PetscFree(tr->history));
    PetscCall(KarSymmetryDestroy(&tr->symmetry));
    PetscCall(KarDenoiserDestroy(&tr->denoiser));
    PetscCall(KarFFTDestroy(&tr->fft));
    if (tr->slab != MPI_COMM_NULL) PetscCallMPI(MPI_Comm_free(&tr->slab));
  }
  PetscCall(PetscFree(*trainer));
  PetscFunctionReturn(PETSC_SUCCESS);
}
