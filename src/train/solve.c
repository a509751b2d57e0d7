/* Training: AdamW with warm-up and a cosine schedule on the mean of an objective's terms.  Every draw is keyed by its
   number in the run, so a step depends on its number, the weights and AdamW's moments alone: not on the rank count
   (but for rounding), nor on a restart. */
#include "descent.h"
#include "trainimpl.h"

#include <karhunen/nn.h>

#include <math.h>
#include <petsctime.h>

/* Sum over the ranks of a block of floats, in pieces that MPI can count. */
static PetscErrorCode SumOverRanks(MPI_Comm comm, PetscInt n, float x[])
{
  PetscFunctionBegin;
  for (PetscInt at = 0; at < n; at += 1 << 28)
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, x + at, (int)PetscMin(n - at, 1 << 28), MPI_FLOAT, MPI_SUM, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Draws this group's share of `batch` terms of the loss starting at number `first`, and their mean over all groups;
   factor as in KarObjectiveOps. */
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

static PetscErrorCode Step(KarTrainer tr)
{
  const KarTrainerOptions *o = &tr->options;
  KarDescent               all;
  KarNet                   net;
  float                   *p, *g;
  double                   norm;
  PetscReal                loss;

  PetscFunctionBegin;
  PetscCall(KarTrainerGetNet(tr, &net));
  PetscCall(KarNetGetParameters(net, NULL, &p));
  PetscCall(KarNetGetGradient(net, NULL, &g));
  PetscCall(KarNetZeroGradient(net));
  PetscCall(BatchLoss(tr, (PetscInt64)tr->step * o->batch, o->batch, PETSC_FALSE, 1 / (PetscReal)o->batch, &loss));
  PetscCall(KarLogBegin(KAR_EVENT_SUM));
  PetscCall(SumOverRanks(tr->comm, tr->weights, g));
  PetscCall(KarLogEnd(KAR_EVENT_SUM));
  all  = (KarDescent){.n = tr->weights, .p = p, .g = g, .m = tr->m, .v = tr->v, .ema = tr->ema};
  norm = kar_descent_norm(1, &all);
  KarCheck(tr->comm, isfinite(norm) && isfinite(loss), PETSC_ERR_FP,
           "training step %" PetscInt_FMT ": the loss is %g, its gradient's norm %g: try a smaller -train_lr",
           tr->step + 1, (double)loss, norm);
  PetscCall(KarLogBegin(KAR_EVENT_ADAMW));
  kar_descent_step(1, &all, norm, tr->step, kar_descent_rate(o->lr, o->warmup, tr->step, o->steps), o->clip, o->ema,
                   o->weight_decay);
  PetscCall(KarLogEnd(KAR_EVENT_ADAMW));
  tr->step++;
  tr->mean_loss =
    tr->step == 1 ? loss : tr->mean_loss + PetscMax(0.005, 1 / (PetscReal)tr->step) * (loss - tr->mean_loss);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Loss of the averaged weights on fixed pairs of the fields held back, and nats of these. */
static PetscErrorCode Validate(KarTrainer tr, PetscReal *loss, PetscReal *nats)
{
  const PetscInt batches = 8;
  KarNet         net;
  PetscReal      one;

  PetscFunctionBegin;
  *loss = 0, *nats = NAN;
  if (!tr->held) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarTrainerGetNet(tr, &net));
  PetscCall(KarNetSetParameters(net, tr->ema));
  for (PetscInt b = 0; b < batches; b++) {
    PetscCall(BatchLoss(tr, (PetscInt64)b * tr->options.batch, tr->options.batch, PETSC_TRUE, 0, &one));
    *loss += one / (PetscReal)batches;
  }
  PetscCall(KarTrainerNats(tr, nats));
  PetscCall(KarNetSetParameters(net, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Report(KarTrainer tr, PetscReal seconds)
{
  PetscReal *line = tr->history[tr->reports++];

  PetscFunctionBegin;
  line[0] = (PetscReal)tr->step;
  line[1] = tr->mean_loss;
  PetscCall(Validate(tr, &line[2], &line[4]));
  line[3] = seconds;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Once, when the loss on fields held back has risen by a twentieth above its least while that of the training went on
   falling: what is learnt since then is the fields, not their law. */
static PetscErrorCode NoteByHeart(KarTrainer tr, PetscBool *told)
{
  const PetscReal *last = tr->history[tr->reports - 1], *least = tr->history[0];

  PetscFunctionBegin;
  for (PetscInt i = 0; i < tr->reports; i++)
    if (tr->history[i][2] < least[2]) least = tr->history[i];
  if (*told || !tr->held || least[2] <= 0 || last[2] < 1.05 * least[2] || last[1] > 0.97 * least[1])
    PetscFunctionReturn(PETSC_SUCCESS);
  *told = PETSC_TRUE;
  PetscCall(PetscPrintf(tr->comm,
                        "note: the loss on fields held back was %.4f after %" PetscInt_FMT
                        " steps and is %.4f after %" PetscInt_FMT ": the network learns its %" PetscInt_FMT
                        " fields by heart; fewer steps (-train_steps %" PetscInt_FMT
                        "), a smaller network, -train_symmetry or more fields help\n",
                        (double)least[2], (PetscInt)least[0], (double)last[2], (PetscInt)last[0],
                        tr->samples - tr->held, (PetscInt)least[0]));
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
  PetscBool                stop = PETSC_FALSE, told = PETSC_FALSE;
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
      PetscCall(NoteByHeart(tr, &told));
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
