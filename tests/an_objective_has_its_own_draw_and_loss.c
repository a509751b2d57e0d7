/* An objective from outside with a draw and a loss of its own: with the terms 0, 1, 2, ... of a run as their losses,
   the loss of the first step is the mean of the first batch's numbers, and with a gradient of one at every weight
   AdamW moves each by the learning rate.  ranks: 1 2 3 */
#include <karhunen/impl/train.h>

#include "claim.h"

#define N     8
#define BATCH 6
#define RATE  1e-3

static PetscInt modelled = 0, set_up = 0;

static PetscErrorCode SetUp(KarTrainer tr)
{
  set_up++;
  return PETSC_SUCCESS;
}
static PetscErrorCode Model(KarTrainer tr, PetscInt n, const PetscReal k[], const PetscReal lambda[],
                            const PetscReal mean[], const PetscInt coarse[])
{
  PetscFunctionBegin;
  modelled++;
  PetscCall(kar_denoising.model(tr, n, k, lambda, mean, coarse));
  PetscFunctionReturn(PETSC_SUCCESS);
}
static PetscErrorCode Draw(KarTrainer tr, PetscInt64 number, PetscBool validation, PetscInt b, PetscInt batch,
                           PetscInt i)
{
  tr->t[i] = (PetscReal)number;
  return PETSC_SUCCESS;
}
static PetscErrorCode Loss(KarTrainer tr, PetscBool validation, PetscReal factor, PetscInt n, PetscReal loss[])
{
  KarNet   net;
  PetscInt size;
  float   *g;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < n; i++) loss[i] = tr->t[i];
  if (factor > 0) {
    PetscCall(KarDenoiserGetNet(tr->denoiser, &net));
    PetscCall(KarNetGetGradient(net, &size, &g));
    for (PetscInt i = 0; i < size; i++) g[i] += 1;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
static PetscErrorCode Create(KarObjective *objective)
{
  objective->ops = (KarObjectiveOps){.model = Model, .setup = SetUp, .draw = Draw, .loss = Loss};
  return PETSC_SUCCESS;
}

static PetscErrorCode MakeData(const char path[], KarDataset *data)
{
  const PetscInt n[2] = {N, N};
  KarGrid        grid;
  PetscScalar   *a;
  KarGridInfo    info;
  Vec            u;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, 2, n, NULL));
  PetscCall(KarGridSetUp(grid));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(KarGridCreateField(grid, &u));
  PetscCall(KarDatasetCreate(PETSC_COMM_WORLD, grid, path, data));
  PetscCall(KarDatasetAddVariable(*data, "u", 1, NULL, NULL));
  PetscCall(KarDatasetSetSamples(*data, 4));
  PetscCall(KarDatasetSetReplace(*data, KAR_REPLACE));
  PetscCall(KarDatasetSetUp(*data));
  for (PetscInt s = 0; s < 4; s++) {
    PetscCall(VecGetArrayWrite(u, &a));
    for (PetscInt i = 0; i < info.ln * N; i++)
      a[i] = PetscSinReal(1 + 2 * (PetscReal)(i + info.start * N) + (PetscReal)s);
    PetscCall(VecRestoreArrayWrite(u, &a));
    PetscCall(KarDatasetWrite(*data, "u", s, u));
  }
  PetscCall(KarDatasetClose(data));
  PetscCall(VecDestroy(&u));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(KarDatasetOpen(PETSC_COMM_WORLD, path, data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  KarDataset data;
  KarTrainer trainer;
  KarNet     net;
  PetscInt   size;
  float     *p, *before;
  PetscReal  worst = 0;
  int        ranks;
  char       path[64];

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  (void)snprintf(path, sizeof(path), "own_objective_%d.h5", ranks);
  PetscCall(KarObjectiveRegister("numbers", "the number of each term", Create));
  PetscCall(PetscOptionsInsertString(NULL, "-train_objective numbers -train_steps 1 -train_batch 6 -train_warmup 1 "
                                           "-train_lr 1e-3 -train_validation 0 -fno_width 4 -fno_modes 2"));
  PetscCall(MakeData(path, &data));
  PetscCall(KarTrainerCreate(PETSC_COMM_WORLD, &trainer));
  PetscCall(KarTrainerSetFromOptions(trainer));
  PetscCall(KarTrainerSetData(trainer, data, NULL));
  Claim(modelled == 1 && set_up == 1, "%d models, set up %d times", (int)modelled, (int)set_up);
  PetscCall(KarDenoiserGetNet(trainer->denoiser, &net));
  PetscCall(KarNetGetParameters(net, &size, &p));
  PetscCall(PetscMalloc1(size, &before));
  PetscCall(PetscArraycpy(before, p, size));
  PetscCall(KarTrainerSolve(trainer, "", NULL));
  ClaimNear(trainer->mean_loss, (BATCH - 1) / 2., 1e-14);
  for (PetscInt i = 0; i < size; i++)
    worst = PetscMax(worst, PetscAbsReal((PetscReal)before[i] - (PetscReal)p[i] - RATE));
  ClaimNear(worst, 0, 1e-4 * RATE + 1e-7);
  PetscCall(PetscFree(before));
  PetscCall(KarTrainerDestroy(&trainer));
  PetscCall(KarDatasetDestroy(&data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
