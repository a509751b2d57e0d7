/* Values of a field and of its derivatives: spectral on the torus, else differences of neighbours, wrapped for phases.
   Their moments go into the field's row, and one of so many is kept. */
#include "measureimpl.h"

/* Keeps every thinning-th of n values, counting on from call to call. */
static void ValuesAdd(Values *values, PetscInt thinning, PetscInt n, const PetscReal v[])
{
  PetscInt i = values->next;

  for (; i < n && values->n < values->capacity; i += thinning) values->v[values->n++] = v[i];
  values->next = PetscMax(i - n, 0);
}

/* Sums over the ranks that share the field become means 1, ..., 4 in the row. */
static PetscErrorCode PutMoments(KarMeasure measure, PetscReal sums[5], PetscReal row[4])
{
  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums, 5, MPIU_REAL, MPI_SUM, measure->grid.comm));
  for (int p = 0; p < 4; p++) row[p] = sums[p + 1] / PetscMax(sums[0], 1);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarMeasureValues(KarMeasure measure, PetscReal row[])
{
  const PetscScalar *v;
  PetscReal          sums[5] = {0};
  PetscInt           n;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(measure->field, &n));
  PetscCall(VecGetArrayRead(measure->field, &v));
  kar_moment_sums(n, v, measure->config.shift, sums);
  ValuesAdd(&measure->values, measure->info.thinning, n, v);
  PetscCall(VecRestoreArrayRead(measure->field, &v));
  PetscCall(PutMoments(measure, sums, row + measure->info.moments));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MeasureSlope(KarMeasure measure, PetscReal sums[5])
{
  const PetscScalar *v;
  PetscInt           n;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(measure->slope, &n));
  PetscCall(VecGetArrayRead(measure->slope, &v));
  kar_moment_sums(n, v, 0, sums);
  ValuesAdd(&measure->gradients, measure->info.thinning, n, v);
  PetscCall(VecRestoreArrayRead(measure->slope, &v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarMeasureDerivatives(KarMeasure measure, PetscReal row[])
{
  PetscReal sums[5] = {0};

  PetscFunctionBegin;
  for (PetscInt a = 0; a < measure->grid.dim; a++) {
    PetscCall(KarFFTDerivative(measure->shared.fft, a, measure->shared.x, measure->derivative));
    PetscCall(KarFFTInverse(measure->shared.fft, measure->derivative, measure->slope));
    PetscCall(MeasureSlope(measure, sums));
  }
  PetscCall(PutMoments(measure, sums, row + measure->info.gradients));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The first `planes` planes of the next rank's slab, behind a copy of this rank's: v[ln + planes][plane]; fewer at the
   end. */
static PetscErrorCode CreateHalo(const KarGridInfo *g, PetscInt planes, const PetscReal slab[], PetscInt *have,
                                 PetscReal *v[])
{
  const int   count = (int)(planes * g->plane);
  PetscMPIInt rank, ranks;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(g->comm, &rank));
  PetscCallMPI(MPI_Comm_size(g->comm, &ranks));
  KarCheckAny(g->comm, ranks == 1 || g->ln >= planes, PETSC_ERR_ARG_SIZ,
              "differences over %" PetscInt_FMT " planes on a rank with %" PetscInt_FMT ": use fewer ranks", planes,
              g->ln);
  PetscCall(PetscMalloc1((g->ln + planes) * g->plane, v));
  PetscCall(PetscArraycpy(*v, slab, g->ln * g->plane));
  PetscCallMPI(MPI_Sendrecv(slab, count, MPIU_REAL, rank ? rank - 1 : MPI_PROC_NULL, 0, *v + g->ln * g->plane, count,
                            MPIU_REAL, rank < ranks - 1 ? rank + 1 : MPI_PROC_NULL, 0, g->comm, MPI_STATUS_IGNORE));
  *have = g->ln + (rank < ranks - 1 ? planes : 0);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* d = (v(x + s h e_axis) - v(x)) / (s h), wrapped for phases, where both points are in the box; v has `have` planes. */
static PetscInt Differences(const KarGridInfo *g, PetscInt have, const PetscReal v[], PetscInt axis, PetscInt s,
                            PetscBool wrapped, PetscReal d[])
{
  const PetscInt  step[3] = {g->plane, g->n[2] * g->dof, g->dof};
  const PetscReal h       = (PetscReal)s * g->length[axis] / (PetscReal)g->n[axis];
  const PetscInt  end[3]  = {PetscMin(g->ln, have - (axis == 0 ? s : 0)), g->n[1] - (axis == 1 ? s : 0),
                             g->n[2] - (axis == 2 ? s : 0)};
  PetscInt        n       = 0;

  for (PetscInt i = 0; i < end[0]; i++)
    for (PetscInt j = 0; j < end[1]; j++)
      for (PetscInt k = 0; k < end[2] * g->dof; k++) {
        const PetscReal *at   = v + i * step[0] + j * step[1] + k;
        const PetscReal  jump = at[s * step[axis]] - at[0];

        d[n++] = (wrapped ? kar_wrap(jump) : jump) / h;
      }
  return n;
}

PetscErrorCode KarMeasureDifferences(KarMeasure measure, const KarGridInfo *g, const PetscReal slab[], PetscReal row[])
{
  PetscReal sums[5] = {0}, *v;
  PetscInt  have, n, stride[3] = {1, 1, 1};

  PetscFunctionBegin;
  for (PetscInt a = 0; a < g->dim; a++)
    if (measure->config.n[a]) stride[a] = PetscMax(g->n[a] / measure->config.n[a], 1);
  PetscCall(CreateHalo(g, stride[0], slab, &have, &v));
  for (PetscInt a = 0; a < g->dim; a++) {
    n = Differences(g, have, v, a, stride[a], measure->config.phase, measure->difference);
    kar_moment_sums(n, measure->difference, 0, sums);
    ValuesAdd(&measure->gradients, measure->info.thinning, n, measure->difference);
  }
  PetscCall(PetscFree(v));
  PetscCall(PutMoments(measure, sums, row + measure->info.gradients));
  PetscFunctionReturn(PETSC_SUCCESS);
}
