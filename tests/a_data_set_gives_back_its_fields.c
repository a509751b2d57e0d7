/* Fields of one, two and three dimensions, odd sizes, several components, come back bit for bit in double and to
   rounding in float, whether written by slabs or by single ranks and read by either; lengths, units and attributes
   too. A run that was stopped keeps its first samples.   ranks: 1 2 3 4 */
#include "files.h"

typedef struct {
  PetscInt     dim, n[3], dof;
  KarBasis     basis;
  KarPrecision precision;
} Case;

static const Case cases[] = {
  {1, {37}, 1, KAR_BASIS_PERIODIC, KAR_FLOAT64},      {1, {8}, 3, KAR_BASIS_COSINE, KAR_FLOAT32},
  {2, {9, 7}, 1, KAR_BASIS_PERIODIC, KAR_FLOAT32},    {2, {16, 33}, 2, KAR_BASIS_COSINE, KAR_FLOAT64},
  {3, {5, 3, 7}, 1, KAR_BASIS_PERIODIC, KAR_FLOAT64}, {3, {8, 6, 5}, 3, KAR_BASIS_PERIODIC, KAR_FLOAT32},
};

static PetscReal Value(PetscInt variable, PetscInt sample, PetscInt i)
{
  return PetscSinReal((PetscReal)(1 + i) * (PetscReal)1.7 + (PetscReal)(100 * sample + 10 * variable));
}

static PetscErrorCode FillField(Vec field, PetscInt variable, PetscInt sample)
{
  PetscInt     first, last;
  PetscScalar *x;

  PetscFunctionBegin;
  PetscCall(VecGetOwnershipRange(field, &first, &last));
  PetscCall(VecGetArrayWrite(field, &x));
  for (PetscInt i = first; i < last; i++) x[i - first] = Value(variable, sample, i);
  PetscCall(VecRestoreArrayWrite(field, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Largest difference of numbers [first, last) of a sample from what they should be. */
static PetscReal Difference(PetscInt variable, PetscInt sample, PetscInt first, PetscInt last, const PetscReal x[])
{
  PetscReal worst = 0;

  for (PetscInt i = first; i < last; i++)
    worst = PetscMax(worst, PetscAbsReal(x[i - first] - Value(variable, sample, i)));
  return worst;
}

static PetscErrorCode Create(const char path[], KarGrid grid, const Case *c, PetscInt samples, KarDataset *data)
{
  PetscFunctionBegin;
  PetscCall(KarDatasetCreate(PETSC_COMM_WORLD, grid, path, data));
  PetscCall(KarDatasetAddVariable(*data, "vorticity", c->dof, "1/s", "vorticity at the end"));
  PetscCall(KarDatasetAddVariable(*data, "forcing", 1, NULL, NULL));
  PetscCall(KarDatasetAddVariable(*data, "wind", 2, "m/s", NULL));
  PetscCall(KarDatasetSetSamples(*data, samples));
  PetscCall(KarDatasetSetPrecision(*data, c->precision));
  PetscCall(KarDatasetSetUnits(*data, "km"));
  PetscCall(KarDatasetSetReplace(*data, KAR_REPLACE));
  PetscCall(KarDatasetSetUp(*data));
  PetscCall(KarDatasetPutInt(*data, "seed", 7));
  PetscCall(KarDatasetPutReal(*data, "viscosity", 0.025));
  PetscCall(KarDatasetPutString(*data, "law", "ns2d"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static const PetscInt components[3] = {0, 1, 2}; /* 0: the case's own */

static PetscErrorCode FieldGrid(const Case *c, MPI_Comm comm, PetscInt variable, KarGrid *grid)
{
  const PetscReal length[3] = {2, 3, 5};

  PetscFunctionBegin;
  PetscCall(KarGridCreate(comm, grid));
  PetscCall(KarGridSetSizes(*grid, c->dim, c->n, length));
  PetscCall(KarGridSetBasis(*grid, c->basis));
  PetscCall(KarGridSetComponents(*grid, components[variable] ? components[variable] : c->dof));
  PetscCall(KarGridSetUp(*grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode WriteSlabs(KarDataset data, const Case *c, PetscInt samples)
{
  static const char *const names[] = {"vorticity", "forcing", "wind"};
  KarGrid                  grid;
  Vec                      field;

  PetscFunctionBegin;
  for (PetscInt v = 0; v < 3; v++) {
    PetscCall(FieldGrid(c, PETSC_COMM_WORLD, v, &grid));
    PetscCall(KarGridCreateField(grid, &field));
    for (PetscInt s = 0; s < samples; s++) {
      PetscCall(FillField(field, v, s));
      PetscCall(KarDatasetWrite(data, names[v], s, field));
    }
    PetscCall(VecDestroy(&field));
    PetscCall(KarGridDestroy(&grid));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Each rank a block of samples; some get none. */
static PetscErrorCode WriteWhole(KarDataset data, const Case *c, PetscInt samples)
{
  static const char *const names[] = {"vorticity", "forcing", "wind"};
  PetscMPIInt              rank, ranks;
  PetscInt                 block, first, count, numbers;
  PetscReal               *x;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  block = (samples + ranks - 1) / ranks;
  first = PetscMin(samples, rank * block);
  count = PetscMin(samples - first, block);
  for (PetscInt v = 0; v < 3; v++) {
    numbers = components[v] ? components[v] : c->dof;
    for (PetscInt i = 0; i < c->dim; i++) numbers *= c->n[i];
    PetscCall(PetscMalloc1(count * numbers + 1, &x));
    for (PetscInt s = 0; s < count; s++)
      for (PetscInt i = 0; i < numbers; i++) x[s * numbers + i] = Value(v, first + s, i);
    PetscCall(KarDatasetWriteLocal(data, names[v], first, count, x));
    PetscCall(PetscFree(x));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Each sample by one rank's own field, no rank waiting for another. */
static PetscErrorCode WriteAlone(KarDataset data, const Case *c, PetscInt samples)
{
  static const char *const names[] = {"vorticity", "forcing", "wind"};
  KarGrid                  grid;
  Vec                      field;
  PetscMPIInt              rank, ranks;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  for (PetscInt v = 0; v < 3; v++) {
    PetscCall(FieldGrid(c, PETSC_COMM_SELF, v, &grid));
    PetscCall(KarGridCreateField(grid, &field));
    for (PetscInt s = rank; s < samples; s += ranks) {
      PetscCall(FillField(field, v, s));
      PetscCall(KarDatasetWrite(data, names[v], s, field));
    }
    PetscCall(VecDestroy(&field));
    PetscCall(KarGridDestroy(&grid));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ReadBack(const char path[], const Case *c, PetscInt samples)
{
  static const char *const names[]   = {"vorticity", "forcing", "wind"};
  const PetscReal          length[3] = {2, 3, 5}, tolerance = c->precision == KAR_FLOAT64 ? 0 : 3e-8;
  KarDataset               data;
  KarDatasetInfo           info;
  KarVariable              variable;
  KarGrid                  grid;
  KarGridInfo              g;
  Vec                      field;
  const PetscScalar       *x;
  PetscReal               *whole, value;
  PetscInt64               seed;
  PetscInt                 first, last, total, checked;
  char                     text[64];

  PetscFunctionBegin;
  PetscCall(KarDatasetOpen(PETSC_COMM_WORLD, path, &data));
  PetscCall(KarDatasetGetInfo(data, &info));
  Claim(info.dim == c->dim && info.samples == samples && info.variables == 3 && info.basis == c->basis,
        "shape: dim %d, samples %d, variables %d", (int)info.dim, (int)info.samples, (int)info.variables);
  for (PetscInt i = 0; i < c->dim; i++)
    Claim(info.n[i] == c->n[i] && info.length[i] == length[i], "axis %d: %d points, length %g", (int)i, (int)info.n[i],
          info.length[i]);
  Claim(!strcmp(info.units, "km"), "unit %s", info.units);
  PetscCall(KarDatasetGetVariable(data, 0, &variable));
  Claim(!strcmp(variable.name, "vorticity") && !strcmp(variable.units, "1/s") &&
          !strcmp(variable.long_name, "vorticity at the end"),
        "%s", variable.name);
  Claim(variable.components == c->dof && variable.precision == c->precision, "components %d", (int)variable.components);
  PetscCall(KarDatasetGetInt(data, "seed", &seed, NULL));
  PetscCall(KarDatasetGetReal(data, "viscosity", &value, NULL));
  PetscCall(KarDatasetGetString(data, "law", sizeof(text), text, NULL));
  Claim(seed == 7 && value == 0.025 && !strcmp(text, "ns2d"), "attributes");
  for (PetscInt v = 0; v < 3; v++) {
    PetscCall(KarDatasetCreateGrid(data, PETSC_COMM_WORLD, names[v], &grid));
    PetscCall(KarGridGetInfo(grid, &g));
    PetscCall(KarGridCreateField(grid, &field));
    PetscCall(VecGetOwnershipRange(field, &first, &last));
    PetscCall(VecGetSize(field, &total));
    PetscCall(PetscMalloc1(total * samples, &whole));
    PetscCall(KarDatasetReadLocal(data, names[v], 0, samples, whole));
    for (PetscInt s = 0; s < samples; s++) {
      PetscCall(KarDatasetRead(data, names[v], s, field));
      PetscCall(VecGetArrayRead(field, &x));
      ClaimNear(Difference(v, s, first, last, x), 0, tolerance);
      ClaimNear(Difference(v, s, 0, total, whole + s * total), 0, tolerance);
      PetscCall(VecRestoreArrayRead(field, &x));
    }
    PetscCall(PetscFree(whole));
    PetscCall(VecDestroy(&field));
    PetscCall(KarGridDestroy(&grid));
  }
  PetscCall(KarDatasetVerify(data, &checked));
  Claim(checked == 3 * samples, "%d samples checked", (int)checked);
  PetscCall(KarDatasetClose(&data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run(void)
{
  char         path[PETSC_MAX_PATH_LEN];
  KarGrid      grid;
  KarDataset   data;
  KarFileState state;
  PetscMPIInt  ranks;

  PetscFunctionBegin;
  PetscCall(ScratchFile("fields.h5", path));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    const Case *c    = &cases[i];
    PetscInt    each = (c->n[0] + ranks - 1) / ranks;

    if (each * (ranks - 1) >= c->n[0]) continue; /* a rank would be empty */
    for (PetscInt mode = 0; mode < 4; mode++) {
      PetscCall(FieldGrid(c, mode == 1 ? PETSC_COMM_SELF : PETSC_COMM_WORLD, 0, &grid));
      PetscCall(Create(path, grid, c, mode == 2 ? 6 : 5, &data));
      if (mode == 1) PetscCall(WriteWhole(data, c, 5));
      else if (mode == 3) PetscCall(WriteAlone(data, c, 5));
      else PetscCall(WriteSlabs(data, c, mode == 2 ? 3 : 5));
      PetscCall(KarDatasetClose(&data));
      PetscCall(KarGridDestroy(&grid));
      PetscCall(KarFileCheck(PETSC_COMM_WORLD, path, &state));
      Claim(state == KAR_FILE_SOUND, "state %d", (int)state);
      PetscCall(ReadBack(path, c, mode == 2 ? 3 : 5));
    }
  }
  PetscCall(ScratchClean());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(run)
