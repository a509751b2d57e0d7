/* A set of fields, measured one by one: each field gives a row of the table, and its values and coordinates are kept.
   Ranks share the samples (each field whole on one rank) or each field (in slabs); what follows is the same. */
#include "measureimpl.h"
#include <karhunen/place.h>

static PetscErrorCode RestrictionCreate(KarFFT fft, const PetscInt n[], Restriction *to)
{
  KarGrid grid, coarse;

  PetscFunctionBegin;
  to->own = (PetscBool)(n[0] == 0);
  to->fft = fft;
  if (!to->own) {
    PetscCall(KarFFTGetGrid(fft, &grid));
    PetscCall(KarGridRefine(grid, n, &coarse));
    PetscCall(KarFFTCreate(coarse, &to->fft));
    PetscCall(KarResampleCreate(fft, to->fft, &to->resample));
    PetscCall(KarGridDestroy(&coarse));
  }
  PetscCall(KarFFTCreateCoordinates(to->fft, &to->x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode RestrictionApply(Restriction *to, Vec x)
{
  PetscFunctionBegin;
  if (to->own) PetscCall(VecCopy(x, to->x));
  else PetscCall(KarResampleApply(to->resample, x, to->x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode RestrictionDestroy(Restriction *to)
{
  PetscFunctionBegin;
  if (!to->own) PetscCall(KarFFTDestroy(&to->fft));
  if (to->resample) PetscCall(KarResampleDestroy(&to->resample));
  PetscCall(VecDestroy(&to->x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscInt GreatestDivisor(PetscInt a, PetscInt b)
{
  return b ? GreatestDivisor(b, a % b) : a;
}

/* One value of s is kept, s prime to the row so that every column is met; memory for all of them. */
static PetscErrorCode ChooseThinning(KarMeasure measure, PetscInt mine)
{
  const PetscInt row = measure->grid.n[measure->grid.dim - 1];
  PetscInt64     values;
  PetscInt       points, s;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(measure->field, &points));
  if (measure->config.phase) points = measure->points; /* differences are on the phase's own grid */
  values = (PetscInt64)points * measure->grid.dim * mine;
  s      = (PetscInt)(values / PetscMax(measure->config.values, 1)) + 1;
  while (s > 1 && GreatestDivisor(row, s) > 1) s++;
  measure->info.thinning      = s;
  measure->gradients.capacity = (PetscInt)(values / s) + 1;
  measure->values.capacity    = measure->config.phase ? 0 : measure->gradients.capacity / measure->grid.dim + 1;
  PetscCall(
    PetscMalloc2(measure->gradients.capacity, &measure->gradients.v, measure->values.capacity, &measure->values.v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* For phases: the grid of (cos, sin) in place of the caller's. */
static PetscErrorCode CreateTransform(KarMeasure measure, KarGrid grid)
{
  KarGrid pair;

  PetscFunctionBegin;
  PetscCall(KarGridGetInfo(grid, &measure->grid));
  if (measure->config.phase) {
    KarCheck(measure->comm, measure->grid.dof == 1, PETSC_ERR_ARG_SIZ,
             "phases with %" PetscInt_FMT " components: one is expected, in rad", measure->grid.dof);
    PetscCall(KarGridCreateLike(measure->grid.comm, grid, 2, &pair));
    PetscCall(KarFFTCreate(pair, &measure->fft));
    PetscCall(KarGridGetInfo(pair, &measure->grid));
    PetscCall(KarGridDestroy(&pair));
  } else PetscCall(KarFFTCreate(grid, &measure->fft));
  measure->points = measure->grid.ln * measure->grid.n[1] * measure->grid.n[2];
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarMeasureCreate(MPI_Comm comm, KarGrid grid, PetscInt samples, PetscInt mine,
                                const KarMeasureConfig *config, KarMeasure *out)
{
  KarMeasure      measure;
  KarMeasureInfo *info;
  KarGrid         shared;
  int             ranks, grid_ranks;

  PetscFunctionBegin;
  PetscCall(PetscNew(&measure));
  info            = &measure->info;
  measure->comm   = comm;
  measure->config = *config;
  PetscCall(CreateTransform(measure, grid));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCallMPI(MPI_Comm_size(measure->grid.comm, &grid_ranks));
  measure->whole = (PetscBool)(grid_ranks < ranks);
  PetscCall(KarFFTCreateCoordinates(measure->fft, &measure->x));
  KarCheck(
    comm, !config->shapes || (measure->grid.dim == 2 && measure->grid.dof == 1 && grid_ranks == 1), PETSC_ERR_ARG_SIZ,
    "shapes are measured of whole planes of one component: use 1 rank for fields this big, or compare without shapes");
  PetscCall(RestrictionCreate(measure->fft, config->n, &measure->shared));
  PetscCall(RestrictionCreate(measure->fft, config->energy, &measure->energy));
  PetscCall(KarFFTGetGrid(measure->shared.fft, &shared));
  PetscCall(KarGridCreateField(shared, &measure->field));
  PetscCall(VecDuplicate(measure->field, &measure->slope));
  PetscCall(VecDuplicate(measure->shared.x, &measure->derivative));
  PetscCall(PetscMalloc1(PetscMax(measure->points * measure->grid.dof, 1), &measure->difference));
  PetscCall(KarStatsShells(measure->fft, &info->shells));
  PetscCall(PetscMalloc1(info->shells, &info->modes));
  PetscCall(KarStatsShellModes(measure->fft, info->shells, info->modes));
  info->samples   = samples;
  info->moments   = info->shells;
  info->gradients = info->moments + 4;
  info->circular  = info->gradients + 4;
  info->shape     = info->circular + 2;
  info->judge     = info->shape + 5;
  info->velocity  = info->judge + (config->judge ? KAR_JUDGE_COLUMNS : 0);
  info->columns   = info->velocity + (config->velocity ? KAR_VELOCITY_COLUMNS : 0);
  if (config->judge && !config->phase && measure->grid.dof == 1 && measure->grid.basis == KAR_BASIS_PERIODIC)
    PetscCall(KarJudgeCreate(measure->shared.fft, config->flow, &measure->judge));
  if (config->velocity) PetscCall(KarVelocityCreate(measure->shared.fft, &measure->velocity));
  info->fields = PetscMin(config->fields, samples);
  PetscCall(PetscCalloc1(samples * info->columns, &info->table));
  PetscCall(PetscMalloc1(info->fields, &measure->kept_index));
  if (config->phase) PetscCall(PetscCalloc1(2 * measure->points, &info->phasor));
  PetscCall(ChooseThinning(measure, mine));
  *out = measure;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MeasureShape(KarMeasure measure, const PetscReal s[], PetscReal row[])
{
  KarShape shape;

  PetscFunctionBegin;
  PetscCall(KarStatsShape(measure->grid.n[0], measure->grid.n[1], s, &shape));
  row[0] = shape.area;
  row[1] = (PetscReal)shape.components;
  row[2] = (PetscReal)shape.holes;
  row[3] = shape.slope;
  row[4] = shape.distance;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode JudgePhase(const PetscInt n[], const PetscReal phase[], PetscReal row[])
{
  PetscReal windows[2];

  PetscFunctionBegin;
  PetscCall(KarStatsFringes(n[0], n[1], phase, windows, row + KAR_JUDGE_RESIDUES));
  row[KAR_JUDGE_FRINGES]  = windows[0];
  row[KAR_JUDGE_FRINGED]  = windows[0] > 0;
  row[KAR_JUDGE_WIDE]     = windows[1];
  row[KAR_JUDGE_WIDE + 1] = windows[1] > 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MeasurePhase(KarMeasure measure, const PetscReal phase[], PetscReal row[])
{
  KarGridInfo g       = measure->grid;
  PetscReal   sums[5] = {0};
  KarCircular circular;

  PetscFunctionBegin;
  kar_circular_sums(measure->points, phase, sums);
  kar_phasor_add(measure->points, phase, measure->info.phasor);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums, 5, MPIU_REAL, MPI_SUM, g.comm));
  circular                        = kar_circular(sums);
  row[measure->info.circular]     = circular.variance;
  row[measure->info.circular + 1] = circular.skewness;
  g.dof                           = 1;
  g.plane                         = g.n[1] * g.n[2];
  PetscCall(KarMeasureDifferences(measure, &g, phase, row));
  if (measure->config.judge && g.dim == 2 && g.ln == g.n[0])
    PetscCall(JudgePhase(g.n, phase, row + measure->info.judge));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Coordinates of the field itself, or of (cos, sin) of a phase. */
static PetscErrorCode Transform(KarMeasure measure, const PetscReal v[], PetscReal x[])
{
  PetscReal *pair;

  PetscFunctionBegin;
  if (!measure->config.phase) {
    PetscCall(KarFFTForwardArray(measure->fft, v, x));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(PetscMalloc1(2 * measure->points, &pair));
  for (PetscInt i = 0; i < measure->points; i++) {
    pair[2 * i]     = PetscCosReal(v[i]);
    pair[2 * i + 1] = PetscSinReal(v[i]);
  }
  PetscCall(KarFFTForwardArray(measure->fft, pair, x));
  PetscCall(PetscFree(pair));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KeepCoordinates(KarMeasure measure, PetscInt i, Vec x)
{
  const PetscScalar *v;
  PetscInt           n;

  PetscFunctionBegin;
  PetscCall(RestrictionApply(&measure->energy, x));
  PetscCall(VecGetLocalSize(measure->energy.x, &n));
  PetscCall(PetscRealloc(sizeof(PetscReal) * ((size_t)(measure->kept + 1) * (size_t)n + 1), &measure->kept_x));
  PetscCall(VecGetArrayRead(measure->energy.x, &v));
  PetscCall(PetscArraycpy(measure->kept_x + measure->kept * n, v, n));
  PetscCall(VecRestoreArrayRead(measure->energy.x, &v));
  measure->kept_index[measure->kept++] = i;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarMeasureAdd(KarMeasure measure, PetscInt i, Vec field)
{
  const PetscScalar *v;
  PetscScalar       *c;
  PetscReal         *row;
  Vec                x = measure->x;
  int                rank;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(measure->info.columns, &row));
  PetscCall(VecGetArrayRead(field, &v));
  PetscCall(VecGetArrayWrite(x, &c));
  PetscCall(Transform(measure, v, c));
  PetscCall(VecRestoreArrayWrite(x, &c));
  if (measure->config.phase) PetscCall(MeasurePhase(measure, v, row));
  if (measure->config.shapes) PetscCall(MeasureShape(measure, v, row + measure->info.shape));
  PetscCall(VecRestoreArrayRead(field, &v));
  PetscCall(KarStatsSpectrum(measure->fft, x, measure->info.shells, row));
  if (!measure->config.phase) {
    PetscCall(RestrictionApply(&measure->shared, x));
    if (measure->shared.own) PetscCall(VecCopy(field, measure->field));
    else PetscCall(KarFFTInverse(measure->shared.fft, measure->shared.x, measure->field));
    PetscCall(KarMeasureValues(measure, row));
    if (measure->judge) PetscCall(KarJudgeField(measure->judge, measure->shared.x, row + measure->info.judge));
    if (measure->velocity)
      PetscCall(KarVelocityMeasure(measure->velocity, measure->shared.x, row + measure->info.velocity));
    if (measure->grid.basis == KAR_BASIS_PERIODIC) PetscCall(KarMeasureDerivatives(measure, row));
    else {
      KarGrid     shared;
      KarGridInfo g;

      PetscCall(KarFFTGetGrid(measure->shared.fft, &shared));
      PetscCall(KarGridGetInfo(shared, &g));
      PetscCall(VecGetArrayRead(measure->field, &v));
      PetscCall(KarMeasureDifferences(measure, &g, v, row));
      PetscCall(VecRestoreArrayRead(measure->field, &v));
    }
  }
  if (i < measure->info.fields) PetscCall(KeepCoordinates(measure, i, x));
  if (i < measure->info.samples / 2) {
    measure->info.half_values    = measure->values.n;
    measure->info.half_gradients = measure->gradients.n;
  }
  PetscCallMPI(MPI_Comm_rank(measure->grid.comm, &rank));
  if (rank == 0) PetscCall(PetscArraycpy(measure->info.table + i * measure->info.columns, row, measure->info.columns));
  PetscCall(PetscFree(row));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whole fields on some ranks become a share of every field on each: one exchange for the t-th field of every rank. */
static PetscErrorCode Transpose(KarMeasure measure)
{
  KarMeasureInfo *info = &measure->info;
  PetscInt        n, block, rounds = measure->kept, *index;
  int             rank, ranks, *send, *send_at, *receive, *receive_at;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(measure->comm, &rank));
  PetscCallMPI(MPI_Comm_size(measure->comm, &ranks));
  PetscCall(VecGetLocalSize(measure->energy.x, &n));
  block        = (n + ranks - 1) / ranks;
  info->length = PetscMax(PetscMin(block, n - rank * block), 0);
  PetscCall(PetscMalloc1(info->fields * info->length + 1, &info->coordinates));
  PetscCall(PetscMalloc5(ranks, &index, ranks, &send, ranks, &send_at, ranks, &receive, ranks, &receive_at));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &rounds, 1, MPIU_INT, MPI_MAX, measure->comm));
  for (PetscInt t = 0; t < rounds; t++) {
    const PetscInt mine = t < measure->kept ? measure->kept_index[t] : -1;

    PetscCallMPI(MPI_Allgather(&mine, 1, MPIU_INT, index, 1, MPIU_INT, measure->comm));
    for (int r = 0; r < ranks; r++) {
      send_at[r]    = (int)PetscMin(r * block, n);
      send[r]       = mine < 0 ? 0 : (int)PetscMax(PetscMin(block, n - r * block), 0);
      receive_at[r] = index[r] < 0 ? 0 : (int)(index[r] * info->length);
      receive[r]    = index[r] < 0 ? 0 : (int)info->length;
    }
    PetscCallMPI(MPI_Alltoallv(mine < 0 ? NULL : measure->kept_x + t * n, send, send_at, MPIU_REAL, info->coordinates,
                               receive, receive_at, MPIU_REAL, measure->comm));
  }
  PetscCall(PetscFree5(index, send, send_at, receive, receive_at));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarMeasureFinish(KarMeasure measure, const KarMeasureInfo **out)
{
  KarMeasureInfo *info = &measure->info;

  PetscFunctionBegin;
  PetscCallMPI(
    MPI_Allreduce(MPI_IN_PLACE, info->table, (int)(info->samples * info->columns), MPIU_REAL, MPI_SUM, measure->comm));
  if (measure->whole) {
    PetscCall(Transpose(measure));
    if (info->phasor)
      PetscCallMPI(
        MPI_Allreduce(MPI_IN_PLACE, info->phasor, (int)(2 * measure->points), MPIU_REAL, MPI_SUM, measure->comm));
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &info->thinning, 1, MPIU_INT, MPI_MAX, measure->comm));
  } else {
    PetscCall(VecGetLocalSize(measure->energy.x, &info->length));
    info->coordinates = measure->kept_x; /* in order: every rank saw every field */
    measure->kept_x   = NULL;
  }
  info->nvalues         = measure->values.n;
  info->values          = measure->values.v;
  info->ngradients      = measure->gradients.n;
  info->gradient_values = measure->gradients.v;
  *out                  = info;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarMeasureDestroy(KarMeasure *out)
{
  KarMeasure measure = *out;

  PetscFunctionBegin;
  *out = NULL;
  if (!measure) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarJudgeDestroy(&measure->judge));
  PetscCall(KarVelocityDestroy(&measure->velocity));
  PetscCall(RestrictionDestroy(&measure->shared));
  PetscCall(RestrictionDestroy(&measure->energy));
  PetscCall(KarFFTDestroy(&measure->fft));
  PetscCall(VecDestroy(&measure->x));
  PetscCall(VecDestroy(&measure->field));
  PetscCall(VecDestroy(&measure->slope));
  PetscCall(VecDestroy(&measure->derivative));
  PetscCall(PetscFree(measure->difference));
  PetscCall(PetscFree2(measure->gradients.v, measure->values.v));
  PetscCall(PetscFree(measure->kept_index));
  PetscCall(PetscFree(measure->kept_x));
  PetscCall(PetscFree(measure->info.modes));
  PetscCall(PetscFree(measure->info.table));
  PetscCall(PetscFree(measure->info.coordinates));
  PetscCall(PetscFree(measure->info.phasor));
  PetscCall(PetscFree(measure));
  PetscFunctionReturn(PETSC_SUCCESS);
}
