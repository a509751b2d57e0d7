/* Where the data of an observation lie, for those who show or judge fields given them. */
#include "cli.h"

/* What has no places, or more than one each, has its name here. */
static PetscErrorCode Check(MPI_Comm comm, const char path[])
{
  static const char *const names[] = {"x", "x2"};
  KarTable                 t;

  PetscFunctionBegin;
  PetscCall(KarTableRead(comm, path, 2, names, &t));
  KarCheck(comm, t.column[0], PETSC_ERR_USER_INPUT,
           "-obs_data %s: no column x: data without places, as of -obs_type coarse and modes", path);
  KarCheck(comm, !t.column[1], PETSC_ERR_USER_INPUT,
           "-obs_data %s: data along lines (column x2) have no place of their own; points, averages and blurs have",
           path);
  PetscCall(KarTableDestroy(&t));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPlacesOfData(MPI_Comm comm, const char path[], const KarDatasetInfo *info, PetscInt *m,
                               PetscReal *x[])
{
  KarBox box = {.dim = info->dim, .basis = info->basis};

  PetscFunctionBegin;
  PetscCall(Check(comm, path));
  for (PetscInt a = 0; a < info->dim; a++) {
    box.length[a]    = info->length[a];
    box.origin[a]    = info->origin[a];
    box.direction[a] = info->step[a] < 0 ? -1 : 1;
  }
  PetscCall(PetscStrncpy(box.units, info->units, sizeof(box.units)));
  PetscCall(KarPlacesRead(comm, path, &box, m, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}
