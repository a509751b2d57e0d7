/* The state of a training run on disk: with the options it determines every later step. */
#include "trainimpl.h"

PetscErrorCode KarTrainerKeepState(KarTrainer tr, const char path[])
{
  const PetscInt shape[2] = {tr->reports, KAR_REPORT};
  KarCheckpoint  file;
  KarNet         net;
  float         *p;

  PetscFunctionBegin;
  PetscCall(KarTrainerGetNet(tr, &net));
  PetscCall(KarNetGetParameters(net, NULL, &p));
  PetscCall(KarCheckpointCreate(tr->comm, path, KAR_KEEP, &file));
  PetscCall(KarCheckpointPutString(file, "kind", "karhunen training state 2"));
  PetscCall(KarCheckpointPutInt(file, "step", tr->step));
  PetscCall(KarCheckpointPutInt(file, "steps", tr->options.steps));
  PetscCall(KarCheckpointPutInt(file, "samples", tr->samples));
  PetscCall(KarTrainerPutRun(tr, file));
  PetscCall(KarCheckpointPutReal(file, "mean_loss", tr->mean_loss));
  PetscCall(KarCheckpointPutFloats(file, "weights", 1, &tr->weights, p));
  PetscCall(KarCheckpointPutFloats(file, "adam_m", 1, &tr->weights, tr->m));
  PetscCall(KarCheckpointPutFloats(file, "adam_v", 1, &tr->weights, tr->v));
  PetscCall(KarCheckpointPutFloats(file, "ema", 1, &tr->weights, tr->ema));
  if (tr->reports) PetscCall(KarCheckpointPutReals(file, "reports", 2, shape, tr->history[0]));
  PetscCall(KarCheckpointClose(&file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerRestoreState(KarTrainer tr, const char path[])
{
  KarCheckpoint file;
  KarNet        net;
  float        *p;
  PetscInt64    step, steps, samples;
  PetscInt      ndim, shape[8];
  PetscBool     has;

  PetscFunctionBegin;
  PetscCall(KarTrainerGetNet(tr, &net));
  PetscCall(KarNetGetParameters(net, NULL, &p));
  PetscCall(KarCheckpointOpenNewest(tr->comm, path, &file));
  PetscCall(KarCheckpointGetInt(file, "step", &step));
  PetscCall(KarCheckpointGetInt(file, "steps", &steps));
  PetscCall(KarCheckpointGetInt(file, "samples", &samples));
  KarCheck(tr->comm, samples == tr->samples, PETSC_ERR_FILE_UNEXPECTED,
           "%s was trained on %lld fields, -data has %" PetscInt_FMT ": resume with the same data", path,
           (long long)samples, tr->samples);
  KarCheck(tr->comm, steps == tr->options.steps, PETSC_ERR_FILE_UNEXPECTED,
           "%s is of a run of %lld steps: resume with -train_steps %lld", path, (long long)steps, (long long)steps);
  PetscCall(KarTrainerCompareRun(tr, file, path));
  tr->step = (PetscInt)step;
  PetscCall(KarCheckpointGetReal(file, "mean_loss", &tr->mean_loss));
  PetscCall(KarCheckpointGetFloats(file, "weights", tr->weights, p));
  PetscCall(KarCheckpointGetFloats(file, "adam_m", tr->weights, tr->m));
  PetscCall(KarCheckpointGetFloats(file, "adam_v", tr->weights, tr->v));
  PetscCall(KarCheckpointGetFloats(file, "ema", tr->weights, tr->ema));
  PetscCall(KarCheckpointHas(file, "reports", &has));
  if (has) {
    PetscCall(KarCheckpointGetShape(file, "reports", &ndim, shape));
    KarCheck(tr->comm, ndim == 2 && shape[1] == KAR_REPORT, PETSC_ERR_FILE_UNEXPECTED,
             "%s: its reports are not lines of %d numbers", path, KAR_REPORT);
    tr->reports = shape[0];
    PetscCall(PetscFree(tr->history)); /* by the -train_every of then, and of now */
    PetscCall(PetscMalloc1(tr->reports + tr->options.steps / tr->options.every + 2, &tr->history));
    PetscCall(KarCheckpointGetReals(file, "reports", KAR_REPORT * tr->reports, tr->history[0]));
  }
  PetscCall(KarCheckpointDestroy(&file));
  PetscFunctionReturn(PETSC_SUCCESS);
}
