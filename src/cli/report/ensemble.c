/* Circular mean and variance of an ensemble of phases, pixel by pixel, as a file of fields. */
#include "report.h"

static const char *const names[] = {"circular_mean", "circular_variance"};

/* Rank 0's whole field, or each rank's slab of it. */
static PetscErrorCode Write(MPI_Comm comm, KarDataset file, KarGrid grid, PetscBool slabs, const char name[],
                            const PetscReal v[])
{
  PetscScalar *a;
  PetscInt     n;
  Vec          field;
  int          rank;

  PetscFunctionBegin;
  if (!slabs) {
    PetscCallMPI(MPI_Comm_rank(comm, &rank));
    PetscCall(KarDatasetWriteLocal(file, name, 0, rank == 0, v));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarGridCreateField(grid, &field));
  PetscCall(VecGetLocalSize(field, &n));
  PetscCall(VecGetArrayWrite(field, &a));
  PetscCall(PetscArraycpy(a, v, n));
  PetscCall(VecRestoreArrayWrite(field, &a));
  PetscCall(KarDatasetWrite(file, name, 0, field));
  PetscCall(VecDestroy(&field));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EnsembleWrite(MPI_Comm comm, const char path[], KarReplace replace, KarDataset data,
                             const char variable[], PetscBool slabs, const KarMeasureInfo *info)
{
  PetscReal  *mean, *variance;
  KarDataset  file;
  KarGrid     grid;
  KarGridInfo g;
  PetscInt    n;

  PetscFunctionBegin;
  PetscCall(KarDatasetCreateGrid(data, slabs ? comm : PETSC_COMM_SELF, variable, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  n = g.ln * g.plane;
  PetscCall(PetscMalloc2(n, &mean, n, &variance));
  kar_phasor_finish(n, info->samples, info->phasor, mean, variance);
  PetscCall(KarDatasetCreate(comm, grid, path, &file));
  PetscCall(KarDatasetAddVariable(file, names[0], 1, "rad", "circular mean of the ensemble"));
  PetscCall(KarDatasetAddVariable(file, names[1], 1, "1", "circular variance of the ensemble, 1 - |mean e^{i phi}|"));
  PetscCall(KarDatasetSetSamples(file, 1));
  PetscCall(KarDatasetSetReplace(file, replace));
  PetscCall(KarDatasetSetUp(file));
  PetscCall(KarDatasetPutInt(file, "ensemble", (PetscInt64)info->samples));
  PetscCall(Write(comm, file, grid, slabs, names[0], mean));
  PetscCall(Write(comm, file, grid, slabs, names[1], variance));
  PetscCall(KarDatasetClose(&file));
  PetscCall(PetscFree2(mean, variance));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}
