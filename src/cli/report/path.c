/* From a field of a file to the coordinates that are compared: of a phase those of cos and sin; on the modes of
   another grid. */
#include "report.h"
#include <karhunen/place.h>

PetscErrorCode ReportPathCreate(KarDataset data, const char variable[], PetscBool phase, const PetscInt n[3],
                                ReportPath *path)
{
  KarGrid     grid, coarse;
  KarGridInfo g;

  PetscFunctionBegin;
  memset(path, 0, sizeof(*path));
  path->phase = phase;
  PetscCall(KarDatasetCreateGrid(data, PETSC_COMM_SELF, variable, &path->grid));
  PetscCall(KarGridGetInfo(path->grid, &g));
  PetscCall(KarGridCreateField(path->grid, &path->field));
  PetscCall(KarGridCreateLike(PETSC_COMM_SELF, path->grid, phase ? 2 : g.dof, &grid));
  PetscCall(KarFFTCreate(grid, &path->from));
  PetscCall(KarGridRefine(grid, n, &coarse));
  PetscCall(KarFFTCreate(coarse, &path->to));
  PetscCall(KarResampleCreate(path->from, path->to, &path->resample));
  PetscCall(KarGridCreateField(grid, &path->pair));
  PetscCall(KarFFTCreateCoordinates(path->from, &path->own));
  PetscCall(KarFFTCreateCoordinates(path->to, &path->x));
  PetscCall(KarGridDestroy(&coarse));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode ReportPathDestroy(ReportPath *path)
{
  PetscFunctionBegin;
  PetscCall(VecDestroy(&path->field));
  PetscCall(VecDestroy(&path->pair));
  PetscCall(VecDestroy(&path->own));
  PetscCall(VecDestroy(&path->x));
  PetscCall(KarResampleDestroy(&path->resample));
  PetscCall(KarFFTDestroy(&path->from));
  PetscCall(KarFFTDestroy(&path->to));
  PetscCall(KarGridDestroy(&path->grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode ReportPathFollow(const ReportPath *path)
{
  const PetscScalar *v;
  PetscScalar       *pair;
  PetscInt           n;

  PetscFunctionBegin;
  if (path->phase) {
    PetscCall(VecGetLocalSize(path->field, &n));
    PetscCall(VecGetArrayRead(path->field, &v));
    PetscCall(VecGetArrayWrite(path->pair, &pair));
    for (PetscInt i = 0; i < n; i++) pair[2 * i] = PetscCosReal(v[i]), pair[2 * i + 1] = PetscSinReal(v[i]);
    PetscCall(VecRestoreArrayWrite(path->pair, &pair));
    PetscCall(VecRestoreArrayRead(path->field, &v));
  }
  PetscCall(KarFFTForward(path->from, path->phase ? path->pair : path->field, path->own));
  PetscCall(KarResampleApply(path->resample, path->own, path->x));
  PetscFunctionReturn(PETSC_SUCCESS);
}
