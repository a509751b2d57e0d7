/* Where the data of an observation lie, for those who show or judge fields given them. */
#include "dataplaces.h"

/* A table of text. What has no places, or more than one each, has its name here. */
static PetscErrorCode ReadTable(MPI_Comm comm, const char path[], KarTable *t)
{
  static const char *const names[] = {"x", "y", "z", "lon", "value", "x2"};

  PetscFunctionBegin;
  PetscCall(KarTableRead(comm, path, 6, names, t));
  KarCheck(comm, t->column[KAR_SAMPLED_X] || t->column[KAR_SAMPLED_DEGREES], PETSC_ERR_USER_INPUT,
           "-obs_data %s: no column x: data without places, as of -obs_type coarse and modes", path);
  KarCheck(comm, !t->column[5], PETSC_ERR_USER_INPUT,
           "-obs_data %s: data along lines (column x2) have no place of their own; points, averages and blurs have",
           path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPlacesOfData(MPI_Comm comm, const char path[], const KarSampledWhat *what, const KarDatasetInfo *info,
                               PetscInt *m, PetscReal *x[], PetscReal *value[])
{
  KarBox         box   = {.dim = info->dim, .basis = info->basis};
  KarSampledWhat which = *what;
  PetscInt       missing;
  PetscReal      step[3];
  KarTable       t;

  PetscFunctionBegin;
  for (PetscInt a = 0; a < info->dim; a++) {
    box.length[a]    = info->length[a];
    box.origin[a]    = info->origin[a];
    box.direction[a] = info->step[a] < 0 ? -1 : 1;
  }
  PetscCall(PetscStrncpy(box.units, info->units, sizeof(box.units)));
  which.dim = info->dim;
  if (kar_sampled_is(path)) PetscCall(KarSampledRead(comm, path, &which, &t, step, &missing));
  else PetscCall(ReadTable(comm, path, &t));
  PetscCall(KarPlacesOfTable(comm, path, &box, &t, x));
  *m                          = t.rows;
  *value                      = t.column[KAR_SAMPLED_VALUE];
  t.column[KAR_SAMPLED_VALUE] = NULL;
  PetscCall(KarTableDestroy(&t));
  PetscFunctionReturn(PETSC_SUCCESS);
}
