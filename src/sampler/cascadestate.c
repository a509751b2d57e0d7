/* The state of a cascade's draw that was ended early: the level, the field that is drawn below it, the state of its
   sampler. What is above has not begun, and what is further below is in that field. */
#include "cascadeimpl.h"

enum { LEVEL, OF, SEED, SAMPLE, NUMBERS };

static PetscErrorCode Name(const char group[], const char leaf[], char name[128])
{
  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(name, 128, "%s/%s", group, leaf));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeSaveDraw(KarCascade cascade, Vec x, KarCheckpoint file, const char group[])
{
  const PetscInt   i = cascade->ended, size = NUMBERS;
  const PetscInt64 numbers[NUMBERS] = {i, cascade->levels, cascade->key.seed, cascade->key.sample};
  char             name[128];
  Vec              to;

  PetscFunctionBegin;
  KarCheck(cascade->comm, i >= 0, PETSC_ERR_ORDER, "no draw of the cascade has ended early: there is no state to keep");
  PetscCall(KarCascadeGetVec(cascade, i, x, &to));
  PetscCall(KarSamplerSave(cascade->level[i].ts, to, file, group));
  PetscCall(Name(group, "cascade", name));
  PetscCall(KarCheckpointPutInts(file, name, 1, &size, numbers));
  PetscCall(Name(group, "below", name));
  if (i) PetscCall(KarCheckpointPutVec(file, name, cascade->level[i - 1].x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeLoadDraw(KarCascade cascade, KarCheckpoint file, const char group[], Vec x)
{
  PetscInt64 numbers[NUMBERS];
  char       name[128];
  Vec        to;

  PetscFunctionBegin;
  PetscCall(KarCascadeSetUp(cascade));
  PetscCall(Name(group, "cascade", name));
  PetscCall(KarCheckpointGetInts(file, name, NUMBERS, numbers));
  KarCheck(cascade->comm, numbers[OF] == cascade->levels, PETSC_ERR_FILE_UNEXPECTED,
           "the state is of a cascade of %" PetscInt64_FMT " levels, this one has %" PetscInt_FMT
           ": give the same model",
           numbers[OF], cascade->levels);
  KarCheck(cascade->comm, numbers[LEVEL] > cascade->given && numbers[LEVEL] < cascade->levels,
           PETSC_ERR_FILE_UNEXPECTED,
           "the state is of level %" PetscInt64_FMT ", and %" PetscInt_FMT " levels are given: give the same field",
           numbers[LEVEL], cascade->given + 1);
  cascade->ended = (PetscInt)numbers[LEVEL];
  cascade->key   = (KarKey){.seed = numbers[SEED], .sample = numbers[SAMPLE]};
  PetscCall(Name(group, "below", name));
  if (cascade->ended) {
    PetscCall(KarCascadeGetVec(cascade, cascade->ended - 1, x, &to));
    PetscCall(KarCheckpointGetVec(file, name, to));
  }
  PetscCall(KarCascadeGetVec(cascade, cascade->ended, x, &to));
  PetscCall(KarSamplerLoad(cascade->level[cascade->ended].ts, file, group, to));
  PetscFunctionReturn(PETSC_SUCCESS);
}
