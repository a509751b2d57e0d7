/* karhunen observe: data of a field in a file, as a CSV file of places, values and noise. */
#include "cli.h"

static PetscErrorCode Work(MPI_Comm comm, KarDataset data, PetscInt sample, KarObservation obs, KarFFT fft,
                           PetscInt64 seed, const char out[], KarReplace replace)
{
  const KarKey key = {.seed = seed, .sample = sample};
  const char  *part;
  KarGrid      grid;
  KarOutput    output;
  Vec          field, x, y;
  PetscInt     m;
  PetscBool    named;
  KarVariable  v;

  PetscFunctionBegin;
  PetscCall(KarObservationView(obs, PETSC_VIEWER_STDOUT_(comm)));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridCreateField(grid, &field));
  PetscCall(KarDatasetRead(data, NULL, sample, field));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(KarFFTForward(fft, field, x));
  PetscCall(KarObservationCreateData(obs, &y));
  PetscCall(KarObservationSample(obs, key, x, y));
  PetscCall(KarObservationGetSize(obs, &m));
  PetscCall(KarDatasetGetVariable(data, 0, &v));
  PetscCall(KarObservationSetUnits(obs, KarSetupSaysUnits(v.units) ? v.units : ""));
  PetscCall(KarOutputCreate(comm, out, replace, 150 * (PetscInt64)m, &output));
  PetscCall(KarOutputGetPart(output, &part));
  PetscCall(KarObservationWrite(obs, y, part));
  PetscCall(KarOutputCommit(&output, PETSC_FALSE));
  PetscCall(PetscStrendswith(out, ".csv", &named));
  PetscCall(PetscPrintf(comm, "wrote %s: %" PetscInt_FMT " data%s\n", out, m, named ? "" : ", as CSV, which is text"));
  PetscCall(VecDestroy(&field));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCommandObserve(MPI_Comm comm)
{
  char           path[PETSC_MAX_PATH_LEN] = "", out[PETSC_MAX_PATH_LEN] = "";
  const PetscInt n[1] = {64};
  PetscInt       seed = 0, sample = 0;
  KarReadOptions reading;
  PetscBool      done;
  KarReplace     replace;
  KarDataset     data = NULL;
  KarGrid        grid;
  KarFFT         fft;
  KarObservation obs;

  PetscFunctionBegin;
  PetscCall(KarOptionsString(NULL, "data", "HDF5 file of the field", sizeof(path), path));
  PetscCall(KarReadOptionsRead(NULL, &reading));
  PetscCall(KarOptionsInt(NULL, "sample", "number of the field", 0, PETSC_MAX_INT, &sample));
  PetscCall(KarOptionsInt(NULL, "seed", "seed of the noise", 0, PETSC_MAX_INT, &seed));
  PetscCall(KarOptionsString(NULL, "out", "the CSV file to write", sizeof(out), out));
  PetscCall(KarOutputReplaceFromOptions(NULL, &replace));
  PetscCall(KarOptionsNeed(comm, (PetscBool)(path[0] != 0), "observe: what? give -data FILE.h5"));
  if (path[0] && !KarOptionsHelping()) {
    PetscCall(KarDatasetOpenAs(comm, path, &reading, &data));
    PetscCall(KarDatasetSay(data, comm, NULL));
    PetscCall(KarDatasetCreateGrid(data, comm, NULL, &grid));
    PetscCall(KarFFTCreate(grid, &fft));
    PetscCall(KarGridDestroy(&grid));
  } else PetscCall(KarSetupGrid(comm, 1, n, NULL, 1, &fft));
  PetscCall(KarObservationCreate(fft, &obs));
  PetscCall(KarObservationSetFromOptions(obs));
  PetscCall(KarCommandReady(comm, &done));
  KarCheck(comm, done || out[0], PETSC_ERR_USER_INPUT, "observe: where to? give -out FILE.csv");
  if (!done) PetscCall(Work(comm, data, sample, obs, fft, seed, out, replace));
  if (data) PetscCall(KarDatasetClose(&data));
  PetscCall(KarObservationDestroy(&obs));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}
