/* Fields of a file, read one after the other. */
#include "filefields.h"

PetscErrorCode FileFieldsOpen(MPI_Comm comm, MPI_Comm one, KarScore score, const char name[], const char path[],
                              const KarReadOptions *reading, PetscInt last, FileFields *f, KarVariable *what,
                              KarGridInfo *info)
{
  char          variable[64];
  KarFieldLabel label;
  PetscInt      v;
  KarGrid       grid;

  PetscFunctionBegin;
  f->now = -1;
  (void)snprintf(variable, sizeof(variable), "%s_variable", name);
  PetscCall(KarSetupLabel(score, "", &label, NULL));
  PetscCall(KarSetupOpenVariable(comm, one, variable, path, reading, &label, &f->data));
  PetscCall(KarDatasetSay(f->data, comm, NULL));
  PetscCall(KarDatasetFindVariable(f->data, NULL, &v));
  PetscCall(KarDatasetGetVariable(f->data, v, what));
  KarCheck(comm, last / f->each < what->samples, PETSC_ERR_USER_INPUT,
           "-%s %s has %" PetscInt_FMT " fields: sample number %" PetscInt_FMT " needs number %" PetscInt_FMT
           ": draw fewer -samples, or more of each, -%s_draws",
           name, path, what->samples, last, last / f->each, name);
  PetscCall(KarDatasetCreateGrid(f->data, one, NULL, &grid));
  PetscCall(KarGridGetInfo(grid, info));
  PetscCall(KarFFTCreate(grid, &f->from));
  PetscCall(KarGridCreateField(grid, &f->field));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(KarFFTCreateCoordinates(f->from, &f->y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode FileFieldsRead(FileFields *f, PetscInt draw, PetscBool *fresh)
{
  const PetscInt i = draw / f->each;

  PetscFunctionBegin;
  *fresh = i != f->now ? PETSC_TRUE : PETSC_FALSE;
  if (!*fresh) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarDatasetRead(f->data, NULL, i, f->field));
  PetscCall(KarFFTForward(f->from, f->field, f->y));
  f->now = i;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode FileFieldsClose(FileFields *f)
{
  PetscFunctionBegin;
  PetscCall(KarDatasetClose(&f->data));
  PetscCall(KarFFTDestroy(&f->from));
  PetscCall(VecDestroy(&f->field));
  PetscCall(VecDestroy(&f->y));
  PetscFunctionReturn(PETSC_SUCCESS);
}
