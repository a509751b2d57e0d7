/* The state of a cascade's draw that was ended early: the level, the field that is drawn below it, the state of its
   sampler. What is above has not begun, and what is further below is in that field. */
#include "cascadeimpl.h"

#include <karhunen/impl/sampler.h>

enum { LEVEL, OF, BEGUN, SEED, SAMPLE, NUMBERS };

PetscErrorCode KarCascadeIsOfAll(KarCascade cascade, PetscInt i, PetscBool *all)
{
  KarGrid     grid;
  KarGridInfo info;
  KarFFT      fft;
  int         here, ranks;

  PetscFunctionBegin;
  PetscCall(KarScoreGetFFT(cascade->level[i].score, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCallMPI(MPI_Comm_size(info.comm, &here));
  PetscCallMPI(MPI_Comm_size(cascade->comm, &ranks));
  *all = here == ranks ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Can the state of level i, and what lies below it, be in a file?  Levels of groups are coarse, and drawn anew. */
static PetscErrorCode MayKeep(KarCascade cascade, PetscInt i, PetscBool *may)
{
  PetscFunctionBegin;
  PetscCall(KarCascadeIsOfAll(cascade, i, may));
  if (*may && i) PetscCall(KarCascadeIsOfAll(cascade, i - 1, may));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeSaveDraw(KarCascade cascade, Vec x, KarCheckpoint file, const char group[])
{
  const PetscInt i = cascade->ended, size = NUMBERS;
  PetscInt64     numbers[NUMBERS] = {i, cascade->levels, 0, cascade->key.seed, cascade->key.sample};
  char           name[128];
  PetscBool      may;
  Vec            to;

  PetscFunctionBegin;
  KarCheck(cascade->comm, i >= 0, PETSC_ERR_ORDER, "no draw of the cascade has ended early: there is no state to keep");
  PetscCall(MayKeep(cascade, i, &may));
  numbers[BEGUN] = may && cascade->begun ? 1 : 0;
  kar_state_name(group, "cascade", name);
  PetscCall(KarCheckpointPutInts(file, name, 1, &size, numbers));
  if (!numbers[BEGUN]) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarCascadeGetVec(cascade, i, x, &to));
  PetscCall(KarSamplerSave(cascade->level[i].ts, to, file, group));
  kar_state_name(group, "below", name);
  if (i) PetscCall(KarCheckpointPutVec(file, name, cascade->level[i - 1].x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Check(KarCascade cascade, const PetscInt64 numbers[NUMBERS])
{
  PetscFunctionBegin;
  KarCheck(cascade->comm, numbers[OF] == cascade->levels, PETSC_ERR_FILE_UNEXPECTED,
           "the state is of a cascade of %" PetscInt64_FMT " levels, this one has %" PetscInt_FMT
           ": give the same model",
           numbers[OF], cascade->levels);
  KarCheck(cascade->comm, numbers[LEVEL] > cascade->given && numbers[LEVEL] < cascade->levels,
           PETSC_ERR_FILE_UNEXPECTED,
           "the state is of level %" PetscInt64_FMT ", and %" PetscInt_FMT " levels are given: give the same field",
           numbers[LEVEL], cascade->given + 1);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeLoadDraw(KarCascade cascade, KarCheckpoint file, const char group[], Vec x)
{
  PetscInt64 numbers[NUMBERS];
  PetscInt   i;
  char       name[128];
  PetscBool  may;
  Vec        to;

  PetscFunctionBegin;
  PetscCall(KarCascadeSetUp(cascade));
  kar_state_name(group, "cascade", name);
  PetscCall(KarCheckpointGetInts(file, name, NUMBERS, numbers));
  PetscCall(Check(cascade, numbers));
  i = (PetscInt)numbers[LEVEL];
  PetscCall(MayKeep(cascade, i, &may));
  cascade->key   = (KarKey){.seed = numbers[SEED], .sample = numbers[SAMPLE]};
  cascade->begun = may && numbers[BEGUN] ? PETSC_TRUE : PETSC_FALSE;
  cascade->ended = cascade->begun ? i : cascade->given + 1;
  if (!cascade->begun) PetscFunctionReturn(PETSC_SUCCESS);
  if (i) {
    PetscCall(KarCascadeGetVec(cascade, i - 1, x, &to));
    kar_state_name(group, "below", name);
    PetscCall(KarCheckpointGetVec(file, name, to));
  }
  PetscCall(KarCascadeGetVec(cascade, i, x, &to));
  PetscCall(KarSamplerLoad(cascade->level[i].ts, file, group, to));
  PetscFunctionReturn(PETSC_SUCCESS);
}
