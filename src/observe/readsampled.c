/* Data of netCDF and HDF5 files: points, stations, tracks, and rasters, of which every point that has a value is a
   datum. */
#include <karhunen/impl/observe.h>

/* Means over pixels: boxes as large as these. */
static PetscErrorCode SetWidth(KarObservation obs, const char path[], PetscInt dim, const PetscReal step[3])
{
  PetscFunctionBegin;
  if (!(step[0] > 0) || strcmp(obs->type, KAROBSERVATIONAVERAGE) || obs->width > 0) PetscFunctionReturn(PETSC_SUCCESS);
  for (PetscInt c = 1; c < dim; c++)
    KarCheck(obs->comm, PetscAbsReal(step[c] - step[0]) <= 1e-6 * step[0], PETSC_ERR_USER_INPUT,
             "%s: pixels of %g x %g; an average is over boxes of equal edges: give their edge, -obs_width", path,
             (double)step[1], (double)step[0]);
  obs->width = step[0];
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationReadSampled(KarObservation obs, const char path[])
{
  static const char *const names[] = {"x", "y", "z"};
  const KarModes          *m;
  PetscInt                 missing;
  PetscReal                step[3];
  KarTable                 t;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(obs->fft, &m));
  obs->sampled.dim = m->dim;
  PetscCall(KarSampledRead(obs->comm, path, &obs->sampled, &t, step, &missing));
  for (int c = 0; c < 3; c++)
    KarCheck(obs->comm, !t.column[c] == (c >= m->dim), PETSC_ERR_USER_INPUT,
             "%s: places in a box of %" PetscInt_FMT " axes have as many of the coordinates x, y, z", path, m->dim);
  PetscCall(PetscFree(obs->place));
  PetscCall(PetscFree(obs->value));
  PetscCall(PetscFree(obs->sigma));
  PetscCall(PetscCalloc1(3 * t.rows, &obs->place));
  for (PetscInt i = 0; i < t.rows; i++)
    for (PetscInt c = 0; c < m->dim; c++) obs->place[3 * i + c] = t.column[c][i];
  PetscCall(KarObservationToBox(obs, path, names, t.rows, obs->place));
  obs->given  = t.rows;
  obs->value  = t.column[KAR_SAMPLED_VALUE];
  obs->values = obs->value ? t.rows : 0;
  obs->sigma  = t.column[KAR_SAMPLED_NOISE];
  obs->noises = obs->sigma ? t.rows : 0;
  PetscCall(KarObservationSetUnits(obs, t.units));
  PetscCall(SetWidth(obs, path, m->dim, step));
  PetscCall(PetscPrintf(obs->comm, "read %s: %" PetscInt_FMT " %s, %" PetscInt_FMT " without a value left out%s\n",
                        path, t.rows, obs->value ? "data" : "places", missing,
                        obs->sigma ? ", noise by their own deviations" : ""));
  t.column[KAR_SAMPLED_VALUE] = t.column[KAR_SAMPLED_NOISE] = NULL;
  PetscCall(KarTableDestroy(&t));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationPathsFromOptions(KarObservation obs, char path[2][PETSC_MAX_PATH_LEN])
{
  PetscFunctionBegin;
  PetscCall(
    KarOptionsString(obs->prefix, "obs_data",
                     "file of the data: CSV, columns x,y,z (places, by the coordinates of the box's axes), value, "
                     "noise, component; netCDF or HDF5: points, stations, tracks, a raster",
                     PETSC_MAX_PATH_LEN, path[0]));
  PetscCall(KarOptionsString(obs->prefix, "obs_points",
                             "file of places alone, CSV, netCDF or HDF5, by the coordinates of the box's axes",
                             PETSC_MAX_PATH_LEN, path[1]));
  PetscCall(KarSampledOptions(obs->prefix, &obs->sampled));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Which noise the data have, where that is not what was said of it. */
static PetscErrorCode SayNoise(KarObservation obs, const char path[])
{
  PetscBool given;

  PetscFunctionBegin;
  PetscCall(KarOptionsGiven(obs->prefix, "obs_noise", &given));
  if (given && obs->sigma)
    PetscCall(PetscPrintf(obs->comm, "note: %s has the noise of its data: -obs_noise has no effect\n", path));
  if (!given && !obs->sigma && obs->value)
    PetscCall(PetscPrintf(obs->comm, "note: %s does not say the noise of its data: -obs_noise %g is taken\n", path,
                          (double)obs->noise));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationReadPaths(KarObservation obs, char path[2][PETSC_MAX_PATH_LEN])
{
  PetscFunctionBegin;
  KarCheck(obs->comm, !path[0][0] || !path[1][0], PETSC_ERR_USER_INPUT, "-obs_data and -obs_points: give one of them");
  obs->sampled.values = (PetscBool)(path[0][0] != 0);
  for (int i = 0; i < 2; i++)
    if (path[i][0] && !KarOptionsHelping()) PetscCall(KarObservationRead(obs, path[i]));
  KarCheck(obs->comm, !path[0][0] || !obs->made[0] || !strcmp(obs->made, obs->type), PETSC_ERR_USER_INPUT,
           "%s: its remark says that karhunen observe made its data by -obs_type %s, not %s: give that type, or remove "
           "the remark",
           path[0], obs->made, obs->type);
  if (path[0][0] && !KarOptionsHelping()) PetscCall(SayNoise(obs, path[0]));
  PetscFunctionReturn(PETSC_SUCCESS);
}
