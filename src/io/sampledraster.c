/* Measured values of a raster: each of its points that has a value is a place. And the choice between the two. */
#include "sampledimpl.h"

#include <karhunen/options.h>
#include <karhunen/reading.h>
#include <math.h>

PetscBool kar_sampled_is(const char path[])
{
  kar_h5_start();
  return (PetscBool)(H5Fis_hdf5(path) > 0);
}

PetscErrorCode KarSampledOptions(const char prefix[], KarSampledWhat *what)
{
  PetscFunctionBegin;
  what->values = PETSC_TRUE;
  PetscCall(KarOptionsString(prefix, "obs_variable",
                             "values of a netCDF or HDF5 file of data; without it the only ones on its places",
                             sizeof(what->variable), what->variable));
  PetscCall(KarOptionsString(prefix, "obs_noise_variable",
                             "their standard deviations; without it what the values call their standard_error",
                             sizeof(what->noise), what->noise));
  PetscCall(KarOptionsInt(prefix, "obs_sample", "which of several samples of values at the same places", 0,
                          PETSC_MAX_INT, &what->sample));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All points of one field of one component, whole on every rank. */
static PetscErrorCode ReadField(MPI_Comm comm, const char path[], const char variable[], PetscInt sample,
                                KarDatasetInfo *info, KarVariable *v, PetscReal **field)
{
  KarReadOptions reading = {.fill = PETSC_TRUE, .value = NAN};
  KarDataset     data;

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(reading.variable, variable, sizeof(reading.variable)));
  PetscCall(KarDatasetOpenAs(comm, path, &reading, &data));
  PetscCall(KarDatasetSay(data, comm, NULL));
  PetscCall(KarDatasetGetInfo(data, info));
  PetscCall(KarDatasetGetVariable(data, 0, v));
  KarCheck(comm, v->components == 1, PETSC_ERR_USER_INPUT,
           "%s: %s has %" PetscInt_FMT " components; a raster of data has one", path, v->name, v->components);
  KarCheck(comm, sample < v->samples, PETSC_ERR_USER_INPUT,
           "-obs_sample %" PetscInt_FMT ": %s has %" PetscInt_FMT " samples of %s", sample, path, v->samples, v->name);
  PetscCall(PetscMalloc1(info->n[0] * info->n[1] * info->n[2], field));
  PetscCall(KarDatasetReadLocal(data, NULL, sample, 1, *field));
  PetscCall(KarDatasetClose(&data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ReadRaster(MPI_Comm comm, const char path[], const KarSampledWhat *what, KarTable *t,
                                 PetscReal step[3], PetscInt *missing)
{
  KarDatasetInfo info, other;
  KarVariable    values, errors;
  PetscReal     *value, *noise = NULL;
  PetscInt       n;

  PetscFunctionBegin;
  PetscCall(ReadField(comm, path, what->variable, what->sample, &info, &values, &value));
  if (what->noise[0]) PetscCall(ReadField(comm, path, what->noise, what->sample, &other, &errors, &noise));
  PetscCall(PetscStrncpy(t->units, values.units, sizeof(t->units)));
  n = info.n[0] * info.n[1] * info.n[2];
  KarCheck(comm, !noise || (other.n[0] == info.n[0] && other.n[1] == info.n[1] && other.n[2] == info.n[2]),
           PETSC_ERR_USER_INPUT, "%s: %s has another shape than the values", path, what->noise);
  for (PetscInt c = 0; c < info.dim; c++) PetscCall(PetscMalloc1(n, &t->column[c]));
  if (what->values) PetscCall(PetscMalloc1(n, &t->column[KAR_SAMPLED_VALUE]));
  if (what->values && noise) PetscCall(PetscMalloc1(n, &t->column[KAR_SAMPLED_NOISE]));
  for (PetscInt i = 0; i < n; i++) {
    PetscInt rest = i;

    if (isnan(value[i])) {
      ++*missing;
      continue;
    }
    for (PetscInt a = info.dim - 1; a >= 0; rest /= info.n[a], a--) {
      const PetscReal h = info.length[a] / (PetscReal)info.n[a] * (info.step[a] < 0 ? -1 : 1);

      step[info.dim - 1 - a] = PetscAbsReal(h);
      t->column[info.dim - 1 - a][t->rows] =
        info.origin[a] + h * ((PetscReal)(rest % info.n[a]) + (info.basis == KAR_BASIS_COSINE ? 0.5 : 0));
    }
    KarCheck(comm, !noise || !isnan(noise[i]), PETSC_ERR_USER_INPUT,
             "%s: %s is missing at a point that has a value (number %" PetscInt_FMT ")", path, what->noise, i);
    if (what->values) t->column[KAR_SAMPLED_VALUE][t->rows] = value[i];
    if (what->values && noise) t->column[KAR_SAMPLED_NOISE][t->rows] = noise[i];
    t->rows++;
  }
  KarCheck(comm, t->rows, PETSC_ERR_USER_INPUT, "%s: no point of the raster has a value", path);
  PetscCall(PetscCalloc1(t->rows, &t->line));
  PetscCall(PetscFree(value));
  PetscCall(PetscFree(noise));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSampledRead(MPI_Comm comm, const char path[], const KarSampledWhat *what, KarTable *t,
                              PetscReal step[3], PetscInt *missing)
{
  char        why[512] = "";
  int         has[KAR_COLUMNS], points = 0;
  PetscMPIInt rank;

  PetscFunctionBegin;
  (void)memset(t, 0, sizeof(*t));
  step[0] = step[1] = step[2] = 0;
  *missing                    = 0;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  kar_h5_start();
  if (rank == 0) points = kar_sampled_points(path, what, t, missing, sizeof(why), why);
  KarCheckAny(comm, !why[0], PETSC_ERR_FILE_READ, "%s: %s", path, why);
  PetscCallMPI(MPI_Bcast(&points, 1, MPI_INT, 0, comm));
  if (!points) {
    PetscCall(ReadRaster(comm, path, what, t, step, missing));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  for (int i = 0; i < KAR_COLUMNS; i++) has[i] = t->column[i] != NULL;
  PetscCallMPI(MPI_Bcast(&t->rows, 1, MPIU_INT, 0, comm));
  PetscCallMPI(MPI_Bcast(missing, 1, MPIU_INT, 0, comm));
  PetscCallMPI(MPI_Bcast(t->units, sizeof(t->units), MPI_CHAR, 0, comm));
  PetscCallMPI(MPI_Bcast(has, KAR_COLUMNS, MPI_INT, 0, comm));
  if (rank) PetscCall(PetscCalloc1(t->rows, &t->line));
  for (int i = 0; i < KAR_COLUMNS; i++)
    if (has[i]) {
      if (rank) PetscCall(PetscMalloc1(t->rows, &t->column[i]));
      PetscCallMPI(MPI_Bcast(t->column[i], (PetscMPIInt)t->rows, MPIU_REAL, 0, comm));
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}
