/* What exists is refused; two writers are refused; a lock of a dead process is taken over; a run that ends without
   closing, or with a field that is not finite, leaves nothing; a directory that cannot be written, a full disk, are
   refused before work; every flipped bit and every cut of a data set is found.   ranks: 1 2 3 */
#include "files.h"

static const PetscInt n[2] = {12, 10};

static PetscErrorCode MakeGrid(KarGrid *grid)
{
  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, grid));
  PetscCall(KarGridSetSizes(*grid, 2, n, NULL));
  PetscCall(KarGridSetUp(*grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Start(const char path[], KarGrid grid, PetscInt samples, KarReplace replace, KarDataset *data)
{
  PetscFunctionBegin;
  PetscCall(KarDatasetCreate(PETSC_COMM_WORLD, grid, path, data));
  PetscCall(KarDatasetAddVariable(*data, "u", 1, NULL, NULL));
  PetscCall(KarDatasetSetSamples(*data, samples));
  PetscCall(KarDatasetSetReplace(*data, replace));
  PetscCall(KarDatasetSetUp(*data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode WriteAll(KarDataset data, KarGrid grid, PetscInt samples)
{
  Vec field;

  PetscFunctionBegin;
  PetscCall(KarGridCreateField(grid, &field));
  for (PetscInt s = 0; s < samples; s++) {
    PetscCall(VecSet(field, (PetscReal)(s + 1) / 3));
    PetscCall(KarDatasetWrite(data, "u", s, field));
  }
  PetscCall(VecDestroy(&field));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A lock file with this text. */
static PetscErrorCode PutLock(const char path[], const char text[])
{
  char command[2 * PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  (void)snprintf(command, sizeof(command), "echo %s > '%s.lock'", text, path);
  Claim(!Shell(command), "%s", command);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Writers(const char path[], KarGrid grid)
{
  KarDataset first, second = NULL;

  PetscFunctionBegin;
  PetscCall(Start(path, grid, 2, KAR_REFUSE, &first));
  Claim(!Exists(path, ""), "a half-written file shows");
  ClaimFails(Start(path, grid, 2, KAR_REPLACE, &second), "is being written by process");
  PetscCall(WriteAll(first, grid, 2));
  Claim(!Exists(path, ""), "a half-written file shows");
  PetscCall(KarDatasetClose(&first));
  Claim(Exists(path, ""), "nothing was written");
  ClaimFails(Start(path, grid, 2, KAR_REFUSE, &second), "exists already");
  PetscCall(PutLock(path, "$(hostname) 999999999"));
  PetscCall(Start(path, grid, 2, KAR_REPLACE, &first)); /* its owner is dead */
  PetscCall(KarDatasetDestroy(&first));
  Claim(!(Exists(path, ".part") | Exists(path, ".lock")), "left-overs");
  PetscCall(PutLock(path, "elsewhere.example 12"));
  ClaimFails(Start(path, grid, 2, KAR_REPLACE, &second), "is locked by process 12 on the other host elsewhere.example");
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Refusals(const char path[], KarGrid grid)
{
  KarDataset  data = NULL;
  Vec         field;
  PetscMPIInt ranks;
  char        text[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  ClaimFails(Start("/proc/none.h5", grid, 1, KAR_REFUSE, &data), "cannot be written");
  ClaimFails(Start("/nowhere/none.h5", grid, 1, KAR_REFUSE, &data), "cannot be written");
  ClaimFails(Start(scratch_folder, grid, 1, KAR_REFUSE, &data), "is a directory");
  ClaimFails(Start(path, grid, (PetscInt)1 << 30, KAR_REFUSE, &data), "free: fewer samples");
  PetscCall(Start(path, grid, 2, KAR_REFUSE, &data));
  PetscCall(KarGridCreateField(grid, &field));
  PetscCall(VecSetValue(field, 57, NAN, INSERT_VALUES));
  PetscCall(VecAssemblyBegin(field));
  PetscCall(VecAssemblyEnd(field));
  ClaimFails(KarDatasetWrite(data, "u", 1, field), "u of sample 1 is not finite at point (5,7,0), component 0");
  ClaimFails(KarDatasetWrite(data, "v", 1, field), "has no variable v: it has u");
  ClaimFails(KarDatasetWrite(data, "u", 2, field), "there is no 2");
  PetscCall(VecDestroy(&field));
  PetscCall(KarDatasetDestroy(&data));
  Claim(!(Exists(path, "") | Exists(path, ".part") | Exists(path, ".lock")), "left-overs");
  (void)snprintf(text, sizeof(text), "echo no HDF5 > '%s'", path);
  Claim(!Shell(text), "%s", text);
  ClaimFails(KarDatasetOpen(PETSC_COMM_WORLD, path, &data), "is not an HDF5 file");
  ClaimFails(KarDatasetOpen(PETSC_COMM_WORLD, "/nowhere/none.h5", &data), "is missing");
  (void)snprintf(text, sizeof(text), "rm '%s'", path);
  Claim(!Shell(text), "%s", text);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Where the fields begin: the first of 120 numbers 1/3. */
static PetscInt SampleOffset(const char path[])
{
  const float third = (float)1 / 3;
  float       number[120];
  int         fd = open(path, O_RDONLY), at = 0, alike = 0;

  for (; alike < 120 && pread(fd, number, sizeof(number), at) == sizeof(number); at++)
    for (alike = 0; alike < 120 && number[alike] == third;) alike++;
  (void)close(fd);
  return at - 1;
}

/* 500 flipped bits, evenly over the file, and some cuts. */
static PetscErrorCode Damages(const char path[], KarGrid grid)
{
  KarDataset   data;
  KarFileState state;
  PetscInt     bits, found = 0, checked;
  char         text[3 * PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(Start(path, grid, 4, KAR_REFUSE, &data));
  PetscCall(WriteAll(data, grid, 4));
  PetscCall(KarDatasetClose(&data));
  bits = 8 * FileSize(path);
  for (PetscInt i = 0; i < 500; i++) {
    PetscCall(FlipBit(path, (2 * i + 1) * bits / 1000));
    PetscCall(KarFileCheck(PETSC_COMM_WORLD, path, &state));
    found += state == KAR_FILE_DAMAGED;
    PetscCall(FlipBit(path, (2 * i + 1) * bits / 1000));
  }
  Claim(found == 500, "%d of 500 flipped bits found", (int)found);
  PetscCall(KarFileCheck(PETSC_COMM_WORLD, path, &state));
  Claim(state == KAR_FILE_SOUND, "state %d", (int)state);
  PetscCall(KarFileVerify(PETSC_COMM_WORLD, path));
  PetscCall(FlipBit(path, 8 * (SampleOffset(path) + 2 * 480 + 17)));
  ClaimFails(KarFileVerify(PETSC_COMM_WORLD, path), "is damaged: sample 2 of u");
  ClaimFails(KarDatasetOpen(PETSC_COMM_WORLD, path, &data), "is damaged: its checksum");
  PetscCall(FlipBit(path, 8 * (SampleOffset(path) + 2 * 480 + 17)));
  /* a number of a sample, changed through HDF5 so that only the sample's own checksum can tell */
  (void)snprintf(text, sizeof(text),
                 "test -z \"$(/usr/bin/python3 -c 'import h5py' 2>&1)\" && /usr/bin/python3 -c \"import h5py; f = "
                 "h5py.File('%s', 'r+'); f['u'][2, 3, 4] += 1e-3; f.close()\"",
                 path);
  if (Shell(text)) fprintf(stderr, "SKIPPED: python3 with h5py is not installed\n");
  else {
    PetscCall(KarDatasetOpen(PETSC_COMM_WORLD, path, &data));
    ClaimFails(KarDatasetVerify(data, &checked), "is damaged: sample 2 of u");
    PetscCall(KarDatasetClose(&data));
  }
  PetscCall(Cut(path, 1));
  PetscCall(KarFileCheck(PETSC_COMM_WORLD, path, &state));
  Claim(state != KAR_FILE_SOUND, "state %d", (int)state);
  PetscCall(Cut(path, 600));
  ClaimFails(KarDatasetOpen(PETSC_COMM_WORLD, path, &data), "is damaged or cut short");
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run(void)
{
  char    path[PETSC_MAX_PATH_LEN];
  KarGrid grid;

  PetscFunctionBegin;
  PetscCall(MakeGrid(&grid));
  PetscCall(ScratchFile("writers.h5", path));
  PetscCall(Writers(path, grid));
  PetscCall(ScratchFile("refusals.h5", path));
  PetscCall(Refusals(path, grid));
  PetscCall(ScratchFile("damages.h5", path));
  PetscCall(Damages(path, grid));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(ScratchClean());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(run)
