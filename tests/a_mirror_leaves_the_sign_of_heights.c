/* Beside pseudoscalar fields a map NAME:scalar keeps its sign in all eight symmetries of a square, NAME:pseudoscalar
   changes it in the four mirrors. */
#include "claim.h"

#include <karhunen/impl/train.h>

enum { N = 8, FIELDS = 6 };

/* Fields and maps of mean 3 and 5. */
static PetscErrorCode Write(const char path[])
{
  const PetscInt n[2] = {N, N};
  KarGrid        grid;
  KarDataset     data;
  PetscScalar   *a;
  Vec            field;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, 2, n, NULL));
  PetscCall(KarGridSetUp(grid));
  PetscCall(KarDatasetCreate(PETSC_COMM_WORLD, grid, path, &data));
  PetscCall(KarDatasetSetReplace(data, KAR_REPLACE));
  PetscCall(KarDatasetSetSamples(data, FIELDS));
  PetscCall(KarDatasetAddVariable(data, "u", 1, "1", "field"));
  PetscCall(KarDatasetAddVariable(data, "height", 1, "1", "map"));
  PetscCall(KarDatasetSetUp(data));
  PetscCall(KarGridCreateField(grid, &field));
  for (PetscInt v = 0; v < 2; v++)
    for (PetscInt i = 0; i < FIELDS; i++) {
      PetscCall(VecGetArray(field, &a));
      for (PetscInt p = 0; p < N * N; p++) a[p] = 3 + 2 * (PetscReal)v + PetscSinReal(1.7 * (PetscReal)((i + 1) * p));
      PetscCall(VecRestoreArray(field, &a));
      PetscCall(KarDatasetWrite(data, v ? "height" : "u", i, field));
    }
  PetscCall(VecDestroy(&field));
  PetscCall(KarDatasetClose(&data));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* How many of the eight symmetries change the sign of the map's mean. */
static PetscErrorCode Count(const char path[], const char condition[], PetscInt *changes)
{
  KarTrainer  trainer;
  KarDataset  data;
  PetscScalar mean;

  PetscFunctionBegin;
  PetscCall(PetscOptionsSetValue(NULL, "-train_condition", condition));
  PetscCall(KarTrainerCreate(PETSC_COMM_WORLD, &trainer));
  PetscCall(KarTrainerSetFromOptions(trainer));
  PetscCall(KarDatasetOpen(PETSC_COMM_WORLD, path, &data));
  PetscCall(KarTrainerSetData(trainer, data, "u"));
  Claim(trainer->conditions == 1, "%d conditions of %s", (int)trainer->conditions, trainer->options.condition);
  *changes = 0;
  for (int g = 0; g < 8; g++) {
    const PetscReal u[2] = {((PetscReal)g + 0.5) / 8, 0.5};

    PetscCall(KarTrainerTell(trainer, 0, 1, u));
    PetscCall(VecGetValues(trainer->maps[0], 1, (const PetscInt[]){0}, &mean));
    Claim(PetscAbsReal(PetscAbsReal(mean) - 5) < 0.5, "the mean is %g", (double)mean);
    if (mean < 0) ++*changes;
  }
  PetscCall(KarTrainerDestroy(&trainer));
  PetscCall(KarDatasetDestroy(&data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  const char path[] = "heights_in_mirrors.h5";
  PetscInt   scalar, pseudo;

  PetscFunctionBegin;
  PetscCall(PetscOptionsInsertString(
    NULL, "-quiet -train_symmetry pseudoscalar -train_batch 2 -train_validation 0 -train_steps 2 "
          "-net_type unet -unet_widths 16,16"));
  PetscCall(Write(path));
  PetscCall(Count(path, "height:scalar", &scalar));
  PetscCall(Count(path, "height:pseudoscalar", &pseudo));
  Claim(scalar == 0, "heights change their sign in %d symmetries", (int)scalar);
  Claim(pseudo == 4, "a pseudoscalar changes its sign in %d symmetries", (int)pseudo);
  (void)remove(path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
