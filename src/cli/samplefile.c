/* The file of karhunen sample: what it holds and says of itself. */
#include "sample.h"

/* A file of -points. */
static PetscErrorCode CreateStations(SampleRun *run, const KarFieldLabel *label, const char title[])
{
  KarScoreType type;
  TSType       sampler;
  KarReplace   replace;
  KarStations  file;

  PetscFunctionBegin;
  PetscCall(KarScoreGetType(run->score, &type));
  PetscCall(TSGetType(run->ts, &sampler));
  PetscCall(KarOutputReplaceFromOptions(NULL, &replace));
  PetscCall(AtPlacesCreate(run->comm, run->one, run->places, run->out, replace, run->fft, run->decoder, label, title,
                           run->samples, &run->at));
  file = kar_at_places_file(run->at);
  PetscCall(KarStationsPutString(file, "score", type));
  PetscCall(KarStationsPutString(file, "sampler", sampler));
  PetscCall(KarStationsPutInt(file, "seed", run->seed));
  PetscCall(KarStationsPutInt(file, "first_sample", run->first));
  PetscCall(KarStationsPutInt(file, "evaluations", run->each));
  if (run->coarse) PetscCall(KarStationsPutInt(file, "coarse_draws", kar_coarse_draws(run->coarse)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Time is counted in steps from the state that a path begins with. */
static PetscErrorCode SetTimes(SampleRun *run)
{
  PetscReal *t;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(run->roll, &t));
  for (PetscInt k = 0; k < run->roll; k++) t[k] = (PetscReal)(k + 1);
  PetscCall(KarDatasetSetTimes(run->data, run->roll, t));
  PetscCall(PetscFree(t));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The file, named and labelled as the model says. */
PetscErrorCode SampleCreateFile(SampleRun *run)
{
  KarFieldLabel label;
  KarGridInfo   info;
  PetscBool     trained;

  PetscFunctionBegin;
  PetscCall(KarSetupLabel(run->score, "sample of an exact law", &label, &trained));
  if (run->decoder) {
    KarImplicit of;

    PetscCall(DecoderGet(run->decoder, &of, NULL));
    PetscCall(KarImplicitGetLabel(of, &label));
  }
  PetscCall(KarGridGetInfo(run->grid, &info));
  if (run->places[0]) {
    KarCheck(run->comm, !run->resume, PETSC_ERR_SUP,
             "-resume goes on with fields on a grid, not at -points: give another -first, and read both files");
    if (!KarDatasetMayName(label.variable)) PetscCall(PetscStrncpy(label.variable, "field", sizeof(label.variable)));
    PetscCall(CreateStations(run, &label,
                             trained ? "fields drawn from a trained model, at places"
                                     : "fields drawn from an exact law, at places"));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarSetupFields(run->data, &label, info.dof,
                           trained ? "fields drawn from a trained model" : "fields drawn from an exact law",
                           run->samples * PetscMax(1, run->roll)));
  if (run->roll) PetscCall(SetTimes(run));
  for (PetscInt i = 0; i < run->derived; i++)
    PetscCall(KarDatasetAddVariable(run->data, run->follows[i]->name, run->follows[i]->has, run->follows[i]->units,
                                    run->follows[i]->long_name));
  PetscCall(KarSetupRun(run->comm, run->resume, run->data));
  PetscCall(KarDatasetSetUp(run->data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode SamplePutAttributes(SampleRun *run)
{
  KarGridInfo info;
  TSType      sampler;

  PetscFunctionBegin;
  PetscCall(KarGridGetInfo(run->grid, &info));
  PetscCall(TSGetType(run->ts, &sampler));
  PetscCall(KarSetupPutLaw(run->comm, run->score, run->data));
  for (PetscInt i = 0; i < run->derived; i++)
    if (run->follows[i]->attributes) PetscCall(run->follows[i]->attributes(run->data, info.n));
  PetscCall(KarDatasetPutString(run->data, "sampler", sampler));
  PetscCall(KarDatasetPutInt(run->data, "seed", run->seed));
  PetscCall(KarDatasetPutInt(run->data, "first_sample", run->first));
  PetscCall(KarDatasetPutInt(run->data, "evaluations", run->each));
  if (run->coarse) PetscCall(KarDatasetPutInt(run->data, "coarse_draws", kar_coarse_draws(run->coarse)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Variable number j that follows from the field of sample i. */
static PetscErrorCode WriteDerived(SampleRun *run, PetscInt j, PetscInt i, KarKey key)
{
  const KarDerived *d = run->follows[j];
  KarGridInfo       info;
  Vec               to;

  PetscFunctionBegin;
  PetscCall(KarGridGetInfo(run->grid, &info));
  key.stream = KAR_STREAM_DATA;
  PetscCall(
    VecCreateMPI(run->one, info.ln * info.n[1] * info.n[2] * d->has, info.n[0] * info.n[1] * info.n[2] * d->has, &to));
  PetscCall(d->compute(&info, key, run->number[j], run->field, to));
  PetscCall(KarDatasetWrite(run->data, d->name, i, to));
  PetscCall(VecDestroy(&to));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode SampleWriteOne(SampleRun *run, PetscInt i, KarKey key)
{
  PetscFunctionBegin;
  PetscCall(
    KarGridCreateField(run->grid, &run->field)); /* only now: a large one has no room beside the sampler's vectors */
  if (run->decoder) PetscCall(DecoderField(run->decoder, run->x, run->field));
  else PetscCall(KarFFTInverse(run->fft, run->x, run->field));
  PetscCall(KarDatasetWrite(run->data, NULL, i, run->field));
  for (PetscInt j = 0; j < run->derived; j++) PetscCall(WriteDerived(run, j, i, key));
  PetscCall(VecDestroy(&run->field));
  PetscFunctionReturn(PETSC_SUCCESS);
}
