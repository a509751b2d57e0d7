/* ncdump, h5py and xarray see names, coordinates, units and numbers of a data set and of a checkpoint; files that h5py
   and xarray write are read.  Skips loudly what is not installed. */
#include "files.h"

static const char *const reader =
  "import sys, numpy as np, h5py, xarray as xr\n"
  "path, model = sys.argv[1], sys.argv[2]\n"
  "d = xr.open_dataset(path)\n"
  "assert d.vorticity.dims == ('sample', 'y', 'x'), d.vorticity.dims\n"
  "assert d.wind.dims == ('sample', 'component', 'y', 'x'), d.wind.dims\n"
  "assert d.vorticity.dtype == np.float32 and d.vorticity.shape == (3, 4, 6)\n"
  "assert np.allclose(d.y, np.arange(4) * 2 / 4) and np.allclose(d.x, np.arange(6) * 3 / 6)\n"
  "assert d.vorticity.attrs['units'] == '1/s' and d.x.attrs['units'] == 'km', d.vorticity.attrs\n"
  "assert d.attrs['Conventions'] == 'CF-1.10' and d.attrs['source'].startswith('Karhunen'), d.attrs\n"
  "assert d.attrs['seed'] == 7\n"
  "i = np.arange(3 * 4 * 6).reshape(3, 4, 6)\n"
  "assert np.array_equal(d.vorticity.values, i.astype('f4'))\n"
  "assert np.array_equal(d.wind.values[:, 1], -i.astype('f4'))\n"
  "m = h5py.File(model)\n"
  "assert m['weights/lift'].shape == (2, 3) and m['weights/lift'].dtype == np.float32\n"
  "assert m['network'].attrs['width'] == 32 and m['network'].attrs['name'] == b'fno'\n";

static const char *const writer = "import sys, numpy as np, h5py, xarray as xr\n"
                                  "folder = sys.argv[1]\n"
                                  "i = np.arange(3 * 4 * 6, dtype='f8').reshape(3, 4, 6)\n"
                                  "h5py.File(folder + '/plain.h5', 'w')['u'] = i.astype('f4')\n"
                                  "h5py.File(folder + '/one.h5', 'w')['u'] = i[1].astype('>i4')\n"
                                  "xr.Dataset({'u': (('time', 'lat', 'lon'), i, {'units': 'm'})}, coords={'lat': "
                                  "np.arange(4) * 0.5, 'lon': np.arange(6) * 0.1}).to_netcdf(folder + '/x.nc')\n"
                                  "xr.Dataset({'u': (('z', 'y', 'x'), i)}).to_netcdf(folder + '/cube.nc')\n"
                                  "h5py.File(folder + '/none.h5', 'w').attrs['a'] = 1\n";

static PetscBool Installed(const char test[], const char name[])
{
  PetscBool there = Shell(test) ? PETSC_FALSE : PETSC_TRUE;

  if (!there) fprintf(stderr, "SKIPPED: %s is not installed\n", name);
  return there;
}

static PetscErrorCode WriteOurs(const char path[], const char model[])
{
  const PetscInt  n[2] = {4, 6}, shape[2] = {2, 3};
  const PetscReal length[2] = {2, 3};
  const float     lift[6]   = {0, 1, 2, 3, 4, 5};
  PetscReal       x[72], wind[144];
  KarGrid         grid;
  KarDataset      data;
  KarCheckpoint   file;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < 72; i++) x[i] = wind[2 * i] = (PetscReal)i, wind[2 * i + 1] = -(PetscReal)i;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, 2, n, length));
  PetscCall(KarGridSetUp(grid));
  PetscCall(KarDatasetCreate(PETSC_COMM_WORLD, grid, path, &data));
  PetscCall(KarDatasetAddVariable(data, "vorticity", 1, "1/s", "vorticity"));
  PetscCall(KarDatasetAddVariable(data, "wind", 2, "m/s", "wind"));
  PetscCall(KarDatasetSetSamples(data, 3));
  PetscCall(KarDatasetSetUnits(data, "km"));
  PetscCall(KarDatasetSetUp(data));
  PetscCall(KarDatasetPutInt(data, "seed", 7));
  PetscCall(KarDatasetWriteLocal(data, "vorticity", 0, 3, x));
  PetscCall(KarDatasetWriteLocal(data, "wind", 0, 3, wind));
  PetscCall(KarDatasetClose(&data));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(KarCheckpointCreate(PETSC_COMM_WORLD, model, KAR_REFUSE, &file));
  PetscCall(KarCheckpointPutFloats(file, "weights/lift", 2, shape, lift));
  PetscCall(KarCheckpointPutInt(file, "network/width", 32));
  PetscCall(KarCheckpointPutString(file, "network/name", "fno"));
  PetscCall(KarCheckpointClose(&file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The file must hold 0, 1, 2, ... in `samples` samples of a dim-dimensional field; first is the number of the first. */
static PetscErrorCode Expect(const char path[], PetscInt dim, PetscInt samples, PetscReal first, PetscReal length0,
                             PetscReal length1)
{
  KarDataset     data;
  KarDatasetInfo info;
  PetscReal      x[72];
  PetscInt       numbers = 1, wrong = 0;

  PetscFunctionBegin;
  PetscCall(KarDatasetOpen(PETSC_COMM_WORLD, path, &data));
  PetscCall(KarDatasetGetInfo(data, &info));
  Claim(info.dim == dim && info.samples == samples, "%s: %d dimensions, %d samples", path, (int)info.dim,
        (int)info.samples);
  ClaimNear(info.length[0], length0, 1e-12);
  ClaimNear(info.length[1], length1, 1e-12);
  for (PetscInt i = 0; i < info.dim; i++) numbers *= info.n[i];
  if (info.samples * numbers <= 72) PetscCall(KarDatasetReadLocal(data, "u", 0, info.samples, x));
  for (PetscInt i = 0; i < info.samples * numbers && i < 72; i++) wrong += x[i] != first + (PetscReal)i;
  Claim(!wrong, "%s: %d numbers differ", path, (int)wrong);
  PetscCall(KarDatasetClose(&data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode RunScript(const char name[], const char text[], const char arguments[])
{
  char  path[PETSC_MAX_PATH_LEN], command[4 * PETSC_MAX_PATH_LEN];
  FILE *file;

  PetscFunctionBegin;
  PetscCall(ScratchFile(name, path));
  file = fopen(path, "w");
  Claim(file && fputs(text, file) >= 0, "%s", path);
  if (file) (void)fclose(file);
  (void)snprintf(command, sizeof(command), "/usr/bin/python3 %s %s", path, arguments);
  Claim(!Shell(command), "%s", command);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run(void)
{
  char       path[PETSC_MAX_PATH_LEN], model[PETSC_MAX_PATH_LEN], text[3 * PETSC_MAX_PATH_LEN];
  KarDataset data;

  PetscFunctionBegin;
  PetscCall(ScratchFile("ours.h5", path));
  PetscCall(ScratchFile("model.h5", model));
  PetscCall(WriteOurs(path, model));
  if (Installed("command -v ncdump >/dev/null", "ncdump")) {
    (void)snprintf(
      text, sizeof(text),
      "ncdump -h %s | grep -q 'float vorticity(sample, y, x)' && ncdump -v x %s | grep -q 'x = 0, 0.5, 1, 1.5, 2, 2.5'",
      path, path);
    Claim(!Shell(text), "%s", text);
  }
  if (Installed("/usr/bin/python3 -c 'import h5py, xarray, netCDF4' 2>/dev/null",
                "python3 with h5py, xarray and netCDF4")) {
    (void)snprintf(text, sizeof(text), "%s %s", path, model);
    PetscCall(RunScript("reader.py", reader, text));
    PetscCall(RunScript("writer.py", writer, scratch_folder));
    PetscCall(ScratchFile("plain.h5", path));
    PetscCall(Expect(path, 2, 3, 0, 4. / 6, 1));
    PetscCall(ScratchFile("one.h5", path));
    PetscCall(Expect(path, 2, 1, 24, 4. / 6, 1));
    PetscCall(ScratchFile("x.nc", path));
    PetscCall(Expect(path, 2, 3, 0, 2, 0.6));
    PetscCall(ScratchFile("cube.nc", path));
    PetscCall(Expect(path, 3, 1, 0, 3. / 6, 4. / 6));
    PetscCall(ScratchFile("none.h5", path));
    ClaimFails(KarDatasetOpen(PETSC_COMM_WORLD, path, &data), "has no array of fields");
  }
  PetscCall(ScratchClean());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(run)
