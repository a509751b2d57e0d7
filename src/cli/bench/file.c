/* file: a field written into a data set in single precision, and the file's end: closed, read back and named. The disk
   and its cache are in it. */
#include "bench.h"

#include <unistd.h>

typedef struct {
  KarBench *bench;
  Vec       field;
  char      path[PETSC_MAX_PATH_LEN];
} File;

static PetscErrorCode Write(void *ctx)
{
  File      *f = ctx;
  KarDataset data;

  PetscFunctionBegin;
  PetscCall(KarDatasetCreate(f->bench->comm, f->bench->grid, f->path, &data));
  PetscCall(KarDatasetAddVariable(data, "u", f->bench->info.dof, NULL, NULL));
  PetscCall(KarDatasetSetSamples(data, 1));
  PetscCall(KarDatasetSetPrecision(data, KAR_FLOAT32));
  PetscCall(KarDatasetSetReplace(data, KAR_REPLACE));
  PetscCall(KarDatasetSetUp(data));
  PetscCall(KarDatasetWrite(data, "u", 0, f->field));
  PetscCall(KarDatasetClose(&data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarBench_File(KarBench *b)
{
  File        f = {.bench = b, .path = "karhunen-bench.h5"};
  PetscMPIInt rank;
  PetscBool   done;

  PetscFunctionBegin;
  PetscCall(
    KarOptionsString(NULL, "bench_file", "the file that is written, and removed in the end", sizeof(f.path), f.path));
  PetscCall(KarCommandReady(b->comm, &done));
  if (done) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarGridCreateField(b->grid, &f.field));
  PetscCall(VecSet(f.field, 1));
  PetscCall(KarBenchTime(b, Write, 1, NULL, &f));
  KarBenchSet(b, "bytes_written", 4 * (PetscReal)(b->info.n[0] * b->info.n[1] * b->info.n[2] * b->info.dof));
  PetscCall(KarBenchPeak(b));
  PetscCall(VecDestroy(&f.field));
  PetscCallMPI(MPI_Comm_rank(b->comm, &rank));
  if (rank == 0) (void)unlink(f.path);
  PetscFunctionReturn(PETSC_SUCCESS);
}
