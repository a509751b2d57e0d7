/* Every array and attribute comes back bit for bit on every rank; a flipped bit, a cut and a wrong size are errors;
   what exists is refused, replaced or kept as .prev.   ranks: 1 2 3 */
#include "claim.h"
#include "files.h"

static PetscErrorCode Write(const char path[], KarReplace replace, PetscReal value)
{
  KarCheckpoint    file;
  const PetscInt   shape[3] = {2, 3, 5};
  const PetscInt64 ints[4]  = {1, -2, 3000000000, 4};
  const PetscInt   four     = 4;
  float            floats[30];
  PetscReal        reals[30];

  PetscFunctionBegin;
  for (int i = 0; i < 30; i++) floats[i] = (float)(1 / (i + value)), reals[i] = 1 / (i + value);
  PetscCall(KarCheckpointCreate(PETSC_COMM_WORLD, path, replace, &file));
  PetscCall(KarCheckpointPutReal(file, "process/sigma", value));
  PetscCall(KarCheckpointPutInt(file, "network/deep/width", 32));
  PetscCall(KarCheckpointPutString(file, "network/name", "fno"));
  PetscCall(KarCheckpointPutString(file, "empty", ""));
  PetscCall(KarCheckpointPutFloats(file, "weights/lift", 3, shape, floats));
  PetscCall(KarCheckpointPutReals(file, "weights/deep/er", 3, shape, reals));
  PetscCall(KarCheckpointPutInts(file, "count", 1, &four, ints));
  PetscCall(KarCheckpointClose(&file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Read(KarCheckpoint file, PetscReal expected)
{
  PetscReal  value, reals[30];
  PetscInt64 width, ints[4];
  PetscInt   ndim, shape[8];
  float      floats[30];
  char       name[16];
  PetscBool  has;

  PetscFunctionBegin;
  PetscCall(KarCheckpointGetReal(file, "process/sigma", &value));
  PetscCall(KarCheckpointGetInt(file, "network/deep/width", &width));
  PetscCall(KarCheckpointGetFloats(file, "weights/lift", 30, floats));
  PetscCall(KarCheckpointGetReals(file, "weights/deep/er", 30, reals));
  PetscCall(KarCheckpointGetInts(file, "count", 4, ints));
  PetscCall(KarCheckpointGetShape(file, "weights/lift", &ndim, shape));
  Claim(value == expected, "attribute %g", value);
  Claim(width == 32 && ints[1] == -2 && ints[2] == 3000000000, "integers");
  for (int i = 0; i < 30; i++)
    Claim(floats[i] == (float)(1 / (i + expected)) && reals[i] == 1 / (i + expected), "element %d", i);
  Claim(ndim == 3 && shape[0] == 2 && shape[1] == 3 && shape[2] == 5, "shape");
  PetscCall(KarCheckpointGetString(file, "network/name", sizeof(name), name));
  Claim(!strcmp(name, "fno"), "name is %s", name);
  PetscCall(KarCheckpointGetString(file, "empty", sizeof(name), name));
  Claim(!name[0], "empty is %s", name);
  PetscCall(KarCheckpointHas(file, "weights/deep", &has));
  Claim(has, "group not seen");
  PetscCall(KarCheckpointHas(file, "weights/none/such", &has));
  Claim(!has, "array seen that is not there");
  ClaimFails(KarCheckpointGetReal(file, "process/none", &value), "has no number");
  ClaimFails(KarCheckpointGetFloats(file, "weights/lift", 29, floats), "holds 30 numbers where 29");
  ClaimFails(KarCheckpointGetFloats(file, "weights/none", 29, floats), "has no array");
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run(void)
{
  char          path[PETSC_MAX_PATH_LEN], previous[PETSC_MAX_PATH_LEN];
  KarCheckpoint file;
  PetscReal     value;

  PetscFunctionBegin;
  PetscCall(ScratchFile("model.h5", path));
  (void)snprintf(previous, sizeof(previous), "%s.prev", path);
  PetscCall(Write(path, KAR_REFUSE, 1.5));
  Claim(!(Exists(path, ".part") | Exists(path, ".lock")), "left-overs");
  PetscCall(KarCheckpointOpen(PETSC_COMM_WORLD, path, &file));
  PetscCall(Read(file, 1.5));
  PetscCall(KarCheckpointClose(&file));
  ClaimFails(Write(path, KAR_REFUSE, 2), "exists already");

  PetscCall(Write(path, KAR_KEEP, 2));
  PetscCall(KarCheckpointOpen(PETSC_COMM_WORLD, previous, &file));
  PetscCall(Read(file, 1.5));
  PetscCall(KarCheckpointClose(&file));

  for (PetscInt bit = 100; bit < 8 * FileSize(path); bit += 3331) {
    PetscCall(FlipBit(path, bit));
    ClaimFails(KarCheckpointOpen(PETSC_COMM_WORLD, path, &file), "is damaged");
    PetscCall(FlipBit(path, bit));
  }
  PetscCall(FlipBit(path, 12345));
  PetscCall(KarCheckpointOpenNewest(PETSC_COMM_WORLD, path, &file));
  PetscCall(KarCheckpointGetReal(file, "process/sigma", &value));
  Claim(value == 1.5, "the previous one was not taken");
  PetscCall(KarCheckpointClose(&file));
  PetscCall(Cut(path, 10));
  ClaimFails(KarCheckpointOpen(PETSC_COMM_WORLD, path, &file), "is damaged");
  PetscCall(Cut(path, 1000));
  ClaimFails(KarCheckpointOpen(PETSC_COMM_WORLD, path, &file), "is damaged");
  ClaimFails(KarCheckpointOpen(PETSC_COMM_WORLD, "/nowhere/model.h5", &file), "is missing");

  PetscCall(KarCheckpointCreate(PETSC_COMM_WORLD, path, KAR_REPLACE, &file));
  PetscCall(KarCheckpointDestroy(&file));
  Claim(!(Exists(path, ".part") | Exists(path, ".lock")), "what was discarded shows");
  PetscCall(ScratchClean());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(run)
