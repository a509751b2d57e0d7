/* A cascade in one file: level j is a model in the group "levelJ", the base first. */
#include "cascadeimpl.h"

#include <karhunen/octave.h>
#include <karhunen/tensors.h>

#define KIND "karhunen cascade 1"

/* The first level that has the weights of level j, or j. */
static PetscErrorCode FirstLike(KarCascade cascade, PetscInt j, PetscInt *first)
{
  const KarTensor *tensor, *other;
  PetscInt         n, m, tensors, others;
  float           *own, *its;
  KarDenoiser      denoiser;
  KarScore         score;
  PetscBool        same;
  KarNet           net;

  PetscFunctionBegin;
  PetscCall(KarCascadeGetLevel(cascade, j, &score, NULL));
  PetscCall(KarScoreGetDenoiser(score, &denoiser));
  PetscCall(KarDenoiserGetNet(denoiser, &net));
  PetscCall(KarNetGetParameters(net, &n, &own));
  PetscCall(KarNetGetTensors(net, &tensors, &tensor));
  for (*first = 0; *first < j; ++*first) {
    PetscCall(KarCascadeGetLevel(cascade, *first, &score, NULL));
    PetscCall(KarScoreGetDenoiser(score, &denoiser));
    PetscCall(KarDenoiserGetNet(denoiser, &net));
    PetscCall(KarNetGetParameters(net, &m, &its));
    PetscCall(KarNetGetTensors(net, &others, &other));
    if (n != m || tensors != others) continue;
    PetscCall(PetscArraycmp(own, its, n, &same));
    for (PetscInt i = 0; i < tensors && same; i++)
      same = strcmp(tensor[i].name, other[i].name) ? PETSC_FALSE : PETSC_TRUE;
    if (same) PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeSave(KarCascade cascade, KarCheckpoint file)
{
  PetscInt    levels, like = 0;
  KarScore    score;
  KarDenoiser denoiser;
  char        group[32], its[32] = "";

  PetscFunctionBegin;
  PetscCall(KarCascadeGetSize(cascade, &levels));
  PetscCall(KarCheckpointPutString(file, "kind", KIND));
  PetscCall(KarCheckpointPutInt(file, "levels", levels));
  for (PetscInt j = 0; j < levels; j++) {
    PetscCall(KarCascadeGetLevel(cascade, j, &score, NULL));
    PetscCall(KarScoreGetDenoiser(score, &denoiser));
    PetscCheck(denoiser, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG,
               "level %" PetscInt_FMT " of the cascade is an exact law: only learnt ones have a file", j);
    (void)snprintf(group, sizeof(group), "level%" PetscInt_FMT "/", j);
    PetscCall(KarCheckpointSetGroup(file, group));
    PetscCall(FirstLike(cascade, j, &like));
    if (like < j) (void)snprintf(its, sizeof(its), "level%" PetscInt_FMT "/", like);
    PetscCall(KarCheckpointSetLike(file, like < j ? its : ""));
    PetscCall(KarDenoiserSave(denoiser, file, NULL));
  }
  PetscCall(KarCheckpointSetLike(file, ""));
  PetscCall(KarCheckpointSetGroup(file, ""));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode IsCascade(KarCheckpoint file, PetscBool *is)
{
  char kind[64] = "";

  PetscFunctionBegin;
  PetscCall(KarCheckpointHas(file, "kind", is));
  if (*is) PetscCall(KarCheckpointGetString(file, "kind", sizeof(kind), kind));
  *is = strcmp(kind, KIND) ? PETSC_FALSE : PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeTry(MPI_Comm comm, const char path[], PetscBool *is)
{
  KarCheckpoint file;

  PetscFunctionBegin;
  PetscCall(KarCheckpointOpen(comm, path, &file));
  PetscCall(IsCascade(file, is));
  PetscCall(KarCheckpointDestroy(&file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The level in a group of a file, or so many octaves beyond it; groups: of as many of comm's ranks as it feeds. */
static PetscErrorCode AddLevel(MPI_Comm comm, KarCheckpoint file, const char path[], const char group[],
                               PetscInt octaves, PetscBool groups, KarCascade cascade)
{
  MPI_Comm      part = comm;
  KarCheckpoint own  = file;
  KarDenoiser   denoiser;
  KarScore      score;
  PetscInt      planes;

  PetscFunctionBegin;
  PetscCall(KarCheckpointSetGroup(file, group));
  PetscCall(KarDenoiserReadPlanes(file, &planes));
  if (groups) PetscCall(KarCommFeed(comm, planes << octaves, &part));
  if (part != comm) PetscCall(KarCheckpointOpen(part, path, &own));
  if (part != comm) PetscCall(KarCheckpointSetGroup(own, group));
  if (octaves) PetscCall(KarDenoiserReadFiner(part, own, path, octaves, &denoiser));
  else PetscCall(KarDenoiserRead(part, own, path, 0, NULL, &denoiser));
  if (part != comm) PetscCall(KarCheckpointDestroy(&own));
  PetscCall(KarScoreCreateLearnt(denoiser, &score));
  PetscCall(KarDenoiserDestroy(&denoiser));
  PetscCall(KarCascadeAdd(cascade, score));
  PetscCall(KarScoreDestroy(&score));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeLoad(MPI_Comm comm, const char path[], PetscBool groups, KarCascade *cascade)
{
  KarCheckpoint file;
  PetscBool     is;
  PetscInt64    levels;
  char          group[32];

  PetscFunctionBegin;
  PetscCall(KarCheckpointOpen(comm, path, &file));
  PetscCall(IsCascade(file, &is));
  KarCheck(comm, is, PETSC_ERR_FILE_UNEXPECTED, "%s: not a cascade (give a file written by karhunen calibrate -join)",
           path);
  PetscCall(KarCheckpointGetInt(file, "levels", &levels));
  PetscCall(KarCascadeCreate(comm, cascade));
  for (PetscInt j = 0; j < (PetscInt)levels; j++) {
    (void)snprintf(group, sizeof(group), "level%" PetscInt_FMT "/", j);
    PetscCall(AddLevel(comm, file, path, group, 0, groups, *cascade));
  }
  PetscCall(KarCheckpointDestroy(&file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeContinue(KarCascade cascade, const char path[], PetscInt octaves)
{
  KarCheckpoint file;
  PetscBool     is;
  PetscInt64    levels;
  char          group[32] = "";

  PetscFunctionBegin;
  PetscCall(KarCheckpointOpen(cascade->comm, path, &file));
  PetscCall(IsCascade(file, &is));
  if (is) {
    PetscCall(KarCheckpointGetInt(file, "levels", &levels));
    (void)snprintf(group, sizeof(group), "level%" PetscInt64_FMT "/", levels - 1);
  }
  for (PetscInt j = 1; j <= octaves; j++) {
    PetscCall(AddLevel(cascade->comm, file, path, group, j, PETSC_TRUE, cascade));
  }
  PetscCall(KarCheckpointDestroy(&file));
  PetscFunctionReturn(PETSC_SUCCESS);
}
