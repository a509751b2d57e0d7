/* karhunen apply: a network on fields of a file, one after the other: y = network(x). */
#include "cli.h"

typedef struct {
  MPI_Comm  comm;
  char      net[PETSC_MAX_PATH_LEN], data[PETSC_MAX_PATH_LEN], out[PETSC_MAX_PATH_LEN];
  PetscReal scalar[8];
  PetscInt  scalars, samples;
} Apply;

static PetscErrorCode Load(const Apply *a, const KarGridInfo *info, KarNet *net)
{
  KarCheckpoint file;
  PetscInt      cin, condition, n;

  PetscFunctionBegin;
  PetscCall(KarCheckpointOpen(a->comm, a->net, &file));
  PetscCall(KarNetLoad(a->comm, file, "", net));
  PetscCall(KarNetGetChannels(*net, &cin, &condition, NULL));
  PetscCall(KarNetGetScalars(*net, &n));
  KarCheck(a->comm, cin + condition == info->dof, PETSC_ERR_ARG_INCOMP,
           "%s takes %" PetscInt_FMT " channels, the fields have %" PetscInt_FMT, a->net, cin + condition, info->dof);
  KarCheck(a->comm, n == a->scalars || (!a->scalars && n == 1), PETSC_ERR_USER_INPUT,
           "%s takes %" PetscInt_FMT " numbers with a field: give them, -scalars", a->net, n);
  PetscCall(KarNetSetGrid(*net, info));
  PetscCall(KarNetSetFromOptions(*net));
  PetscCall(KarNetLoadWeights(*net, file, ""));
  PetscCall(KarCheckpointDestroy(&file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(const Apply *a, KarDataset data, KarDataset out, KarNet net, const KarGridInfo *info,
                          PetscInt cout, PetscInt samples)
{
  const PetscInt     np = info->ln * info->n[1] * info->n[2];
  const PetscScalar *in;
  PetscScalar       *to;
  float             *x, *y;
  Vec                field, result;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(np * info->dof, &x, np * cout, &y));
  PetscCall(VecCreateMPI(a->comm, np * info->dof, PETSC_DETERMINE, &field));
  PetscCall(VecCreateMPI(a->comm, np * cout, PETSC_DETERMINE, &result));
  for (PetscInt i = 0; i < samples; i++) {
    PetscCall(KarDatasetRead(data, NULL, i, field));
    PetscCall(VecGetArrayRead(field, &in));
    for (PetscInt p = 0; p < np * info->dof; p++) x[p] = (float)in[p];
    PetscCall(VecRestoreArrayRead(field, &in));
    PetscCall(KarNetForward(net, 1, a->scalar, x, y, KAR_NET_EVALUATE));
    PetscCall(VecGetArrayWrite(result, &to));
    for (PetscInt p = 0; p < np * cout; p++) to[p] = (PetscScalar)y[p];
    PetscCall(VecRestoreArrayWrite(result, &to));
    PetscCall(KarDatasetWrite(out, NULL, i, result));
  }
  PetscCall(PetscFree2(x, y));
  PetscCall(VecDestroy(&field));
  PetscCall(VecDestroy(&result));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Work(const Apply *a, KarDataset data, KarDataset out, KarGrid grid)
{
  KarVariable variable;
  KarGridInfo info;
  KarNet      net;
  PetscInt    cout, samples;

  PetscFunctionBegin;
  PetscCall(KarDatasetGetVariable(data, 0, &variable));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(Load(a, &info, &net));
  PetscCall(KarNetView(net, PETSC_VIEWER_STDOUT_(a->comm)));
  PetscCall(KarNetGetChannels(net, NULL, NULL, &cout));
  samples = a->samples ? PetscMin(a->samples, variable.samples) : variable.samples;
  PetscCall(KarDatasetSetTitle(out, "a network's answers"));
  PetscCall(KarDatasetSetSamples(out, samples));
  PetscCall(KarDatasetAddVariable(out, "answer", cout, "1", "answer of the network"));
  PetscCall(KarDatasetSetUp(out));
  PetscCall(Run(a, data, out, net, &info, cout, samples));
  PetscCall(PetscPrintf(a->comm, "%s: %" PetscInt_FMT " field%s\n", a->out, samples, samples == 1 ? "" : "s"));
  PetscCall(KarNetDestroy(&net));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCommandApply(MPI_Comm comm)
{
  const PetscInt n[1] = {64};
  Apply          a    = {.comm = comm, .scalars = 8};
  KarReadOptions reading;
  KarDataset     data = NULL, out;
  KarGrid        grid;
  KarFFT         fft;
  PetscBool      done;

  PetscFunctionBegin;
  PetscCall(KarOptionsString(NULL, "net",
                             "the network: a model file, or one that examples/import_neuraloperator.py made",
                             sizeof(a.net), a.net));
  PetscCall(KarOptionsString(NULL, "data", "fields, a channel a component", sizeof(a.data), a.data));
  PetscCall(KarReadOptionsRead(NULL, &reading));
  PetscCall(KarOptionsRealArray(NULL, "scalars", "numbers that the network takes with each field", -PETSC_MAX_REAL,
                                PETSC_MAX_REAL, &a.scalars, a.scalar));
  PetscCall(KarOptionsInt(NULL, "samples", "the first so many fields; 0: all", 0, PETSC_MAX_INT, &a.samples));
  PetscCall(KarOptionsString(NULL, "out", "the HDF5 file to write", sizeof(a.out), a.out));
  PetscCall(KarOptionsNeed(comm, (PetscBool)(a.net[0] != 0),
                           "apply: which network? give -net FILE.h5, weights of neuraloperator by "
                           "examples/import_neuraloperator.py; from a model of train, karhunen sample draws"));
  PetscCall(KarOptionsNeed(comm, (PetscBool)(a.data[0] != 0), "apply: to what? give -data FILE.h5"));
  PetscCall(KarOptionsNeed(comm, (PetscBool)(a.out[0] != 0), "apply: where to? give -out FILE.h5"));
  if (a.data[0] && !KarOptionsHelping()) {
    PetscCall(KarDatasetOpenAs(comm, a.data, &reading, &data));
    PetscCall(KarDatasetSay(data, comm, NULL));
    PetscCall(KarDatasetCreateGrid(data, comm, NULL, &grid));
  } else {
    PetscCall(KarSetupGrid(comm, 1, n, NULL, 1, &fft));
    PetscCall(KarFFTGetGrid(fft, &grid));
    PetscCall(KarGridReference(grid));
    PetscCall(KarFFTDestroy(&fft));
  }
  PetscCall(KarDatasetCreate(comm, grid, a.out[0] ? a.out : "-", &out));
  PetscCall(KarDatasetSetFromOptions(out));
  PetscCall(KarCommandReady(comm, &done));
  if (done) PetscCall(KarDatasetDestroy(&out));
  else {
    PetscCall(Work(&a, data, out, grid));
    PetscCall(KarDatasetClose(&out));
  }
  if (data) PetscCall(KarDatasetClose(&data));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}
