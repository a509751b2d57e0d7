/* Fields at scattered places. On a grid twice as fine, with points j of axis a at distance 1,
     u(x) = sum_j b_j prod_a phi(2 (x_a - j_a)/W),   phi(z) = exp(beta (sqrt(1 - z^2) - 1)),  |z| < 1,  beta = 2.3 W,
     b = the field with coefficients u^_k / prod_a phi^(k_a),   phi^(k) = int phi(2 s/W) cos(k s) ds,
   after Barnett, Magland & af Klinteberg, SIAM J. Sci. Comput. 41 (2019) C479. In the cosine basis rows beyond the
   ends are mirrored. A place lies on the rank of its row of the fine grid, which has W/2 rows of its neighbours beside
   its own. */
#include "fftimpl.h"

#include <karhunen/halo.h>
#include <karhunen/points.h>
#include <petscdt.h>
#include <petscsf.h>

enum {
  W     = 16, /* errors fall by 10 with each point of it; 16: 1e-14 of the largest value */
  NODES = 64
};
#define BETA (2.3 * W)

struct _p_KarPoints {
  KarFFT       fft, fine; /* owned references */
  KarGridInfo  info;      /* of the fine grid */
  KarResample  up, down;
  PetscReal   *multiplier;
  PetscSF      rows; /* from the slab's own to those with a halo */
  MPI_Datatype row;
  PetscReal   *wide; /* [ln + W][plane] */
  Vec          x, y, field;
  PetscInt     m, here;             /* given on this rank; lying on it */
  PetscInt    *order;               /* [m] as sent */
  PetscReal   *at;                  /* [here][dim] in points of the fine grid */
  PetscMPIInt *count[2], *start[2]; /* places to and from each rank */
};

/* phi^ of the wave number of index i along an axis of the fine grid. */
static void Transform(const KarGridInfo *g, int axis, PetscInt n, PetscReal hat[])
{
  const PetscReal unit = (g->basis == KAR_BASIS_PERIODIC ? 2 : 1) * PETSC_PI / (PetscReal)g->n[axis];
  PetscReal       z[NODES], weight[NODES];

  (void)PetscDTGaussQuadrature(NODES, -1, 1, z, weight);
  for (PetscInt i = 0; i < n; i++) {
    hat[i] = 0;
    for (int q = 0; q < NODES; q++)
      hat[i] += 0.5 * W * weight[q] * PetscExpReal(BETA * (PetscSqrtReal(1 - z[q] * z[q]) - 1)) *
                PetscCosReal(unit * (PetscReal)i * 0.5 * W * z[q]);
  }
}

typedef struct {
  PetscReal *hat[3];
  PetscInt   dim;
} Hats;

static PetscReal Inverse(const KarMode *mode, void *ctx)
{
  const Hats *hats = ctx;
  PetscReal   m    = 1;

  for (PetscInt a = 0; a < hats->dim; a++) m /= hats->hat[a][PetscAbsInt(mode->index[a])];
  return mode->nyquist ? 0 : m;
}

static PetscErrorCode CreateMultiplier(KarPoints p)
{
  Hats hats = {.dim = p->info.dim};

  PetscFunctionBegin;
  for (PetscInt a = 0; a < 3; a++) PetscCall(PetscMalloc1(p->info.n[a], &hats.hat[a]));
  for (PetscInt a = 0; a < p->info.dim; a++) Transform(&p->info, (int)a, p->info.n[a], hats.hat[a]);
  PetscCall(KarFFTCreateMultiplier(p->fft, Inverse, &hats, &p->multiplier));
  for (int a = 0; a < 3; a++) PetscCall(PetscFree(hats.hat[a]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CreateRows(KarPoints p)
{
  const KarGridInfo *g = &p->info;
  PetscSFNode       *from;
  PetscMPIInt        ranks;
  PetscInt           block;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(g->comm, &ranks));
  block = (g->n[0] + ranks - 1) / ranks;
  PetscCall(PetscMalloc1(g->ln + W, &from));
  for (PetscInt i = 0; i < g->ln + W; i++) {
    const PetscInt row = kar_halo_point(g->basis, g->n[0], g->start - W / 2 + i);

    from[i].rank  = row / block;
    from[i].index = row % block;
  }
  PetscCall(PetscSFCreate(g->comm, &p->rows));
  PetscCall(PetscSFSetGraph(p->rows, g->ln, g->ln + W, NULL, PETSC_OWN_POINTER, from, PETSC_OWN_POINTER));
  p->row = MPIU_REAL; /* PetscSF cannot reduce a type of one number */
  if (g->plane > 1) {
    PetscCallMPI(MPI_Type_contiguous((PetscMPIInt)g->plane, MPIU_REAL, &p->row));
    PetscCallMPI(MPI_Type_commit(&p->row));
  }
  PetscCall(PetscMalloc1((g->ln + W) * g->plane, &p->wide));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Deals the places: at[] of those that lie here. */
static PetscErrorCode Deal(KarPoints p, PetscInt m, const PetscReal x[])
{
  const KarGridInfo *g = &p->info;
  PetscMPIInt        ranks, *owner, *next;
  PetscReal         *out;
  MPI_Datatype       place;
  PetscInt           block;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(g->comm, &ranks));
  block = (g->n[0] + ranks - 1) / ranks;
  for (int side = 0; side < 2; side++) PetscCall(PetscCalloc2(ranks, &p->count[side], ranks + 1, &p->start[side]));
  PetscCall(PetscMalloc3(m, &owner, ranks, &next, m * g->dim, &out));
  for (PetscInt i = 0; i < m; i++) {
    owner[i] = (PetscMPIInt)(kar_halo_point(g->basis, g->n[0], (PetscInt)PetscFloorReal(x[i * g->dim])) / block);
    p->count[0][owner[i]]++;
  }
  PetscCallMPI(MPI_Alltoall(p->count[0], 1, MPI_INT, p->count[1], 1, MPI_INT, g->comm));
  for (int side = 0; side < 2; side++)
    for (PetscMPIInt r = 0; r < ranks; r++) p->start[side][r + 1] = p->start[side][r] + p->count[side][r];
  PetscCall(PetscArraycpy(next, p->start[0], ranks));
  PetscCall(PetscMalloc1(m, &p->order));
  for (PetscInt i = 0; i < m; i++) {
    p->order[i] = next[owner[i]]++;
    PetscCall(PetscArraycpy(out + p->order[i] * g->dim, x + i * g->dim, g->dim));
  }
  p->m    = m;
  p->here = p->start[1][ranks];
  PetscCall(PetscMalloc1(p->here * g->dim, &p->at));
  PetscCallMPI(MPI_Type_contiguous((PetscMPIInt)g->dim, MPIU_REAL, &place));
  PetscCallMPI(MPI_Type_commit(&place));
  PetscCallMPI(MPI_Alltoallv(out, p->count[0], p->start[0], place, p->at, p->count[1], p->start[1], place, g->comm));
  PetscCallMPI(MPI_Type_free(&place));
  PetscCall(PetscFree3(owner, next, out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Places in points of the fine grid; the periodic ones in [0, n). */
static PetscErrorCode Scale(const KarGridInfo *g, PetscInt m, const PetscReal x[], PetscReal at[])
{
  char why[160] = "";

  PetscFunctionBegin;
  for (PetscInt i = 0; i < m * g->dim; i++) {
    const PetscInt  a = i % g->dim;
    const PetscReal n = (PetscReal)g->n[a], y = x[i] / g->length[a] * n - (g->basis == KAR_BASIS_COSINE ? 0.5 : 0);

    at[i] = g->basis == KAR_BASIS_PERIODIC && y >= n ? 0 : y;
    if (!why[0] && !(x[i] >= 0 && x[i] <= g->length[a]))
      (void)snprintf(why, sizeof(why),
                     "place %" PetscInt_FMT " is at %g along axis %" PetscInt_FMT
                     ": outside the box, which reaches from 0 to %g",
                     i / g->dim, (double)x[i], a, (double)g->length[a]);
  }
  KarCheckAny(g->comm, !why[0], PETSC_ERR_USER_INPUT, "%s", why);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPointsCreate(KarFFT fft, PetscInt m, const PetscReal x[], KarPoints *out)
{
  PetscInt   n[3];
  PetscReal *at;
  KarGrid    grid;
  KarPoints  p;

  PetscFunctionBegin;
  PetscCall(PetscNew(&p));
  PetscCall(KarFFTReference(fft));
  p->fft = fft;
  for (PetscInt a = 0; a < 3; a++) n[a] = a < fft->info.dim ? 2 * fft->info.n[a] : 1;
  PetscCall(KarGridRefine(fft->grid, n, &grid));
  PetscCall(KarFFTCreate(grid, &p->fine));
  PetscCall(KarGridGetInfo(grid, &p->info));
  PetscCall(KarGridCreateField(grid, &p->field));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(KarResampleCreate(fft, p->fine, &p->up));
  PetscCall(KarResampleCreate(p->fine, fft, &p->down));
  PetscCall(KarFFTCreateCoordinates(fft, &p->x));
  PetscCall(KarFFTCreateCoordinates(p->fine, &p->y));
  PetscCall(CreateMultiplier(p));
  PetscCall(CreateRows(p));
  PetscCall(PetscMalloc1(m * p->info.dim, &at));
  PetscCall(Scale(&p->info, m, x, at));
  PetscCall(Deal(p, m, at));
  PetscCall(PetscFree(at));
  *out = p;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* First point along axis a that place `at` takes from, in the array of wide rows, and the weights of it and its
   followers. */
static void Weights(PetscReal at, PetscInt *first, PetscReal weight[W])
{
  *first = (PetscInt)PetscCeilReal(at - 0.5 * W);
  for (int q = 0; q < W; q++) {
    const PetscReal z = 2 * (at - (PetscReal)(*first + q)) / W;

    weight[q] = PetscExpReal(BETA * (PetscSqrtReal(PetscMax(0, 1 - z * z)) - 1));
  }
}

/* values[dof] += the wide rows about place i, or, spreading, the rows += values. */
static void Take(const KarPoints p, PetscInt i, PetscReal values[], PetscBool spread)
{
  const KarGridInfo *g        = &p->info;
  PetscInt           first[3] = {0, 0, 0}, many[3] = {1, 1, 1}, index[3][W];
  PetscReal          weight[3][W];

  for (PetscInt a = 0; a < 3; a++) {
    index[a][0] = 0, weight[a][0] = 1;
    if (a >= g->dim) continue;
    Weights(p->at[i * g->dim + a], &first[a], weight[a]);
    many[a] = W;
    for (PetscInt q = 0; q < W; q++)
      index[a][q] = a ? kar_halo_point(g->basis, g->n[a], first[a] + q) : first[0] + q - g->start + W / 2;
  }
  for (PetscInt q = 0; q < many[0]; q++)
    for (PetscInt r = 0; r < many[1]; r++)
      for (PetscInt s = 0; s < many[2]; s++) {
        const PetscReal w   = weight[0][q] * weight[1][r] * weight[2][s];
        PetscReal      *row = p->wide + ((index[0][q] * g->n[1] + index[1][r]) * g->n[2] + index[2][s]) * g->dof;

        for (PetscInt c = 0; c < g->dof; c++)
          if (spread) row[c] += w * values[c];
          else values[c] += w * row[c];
      }
}

/* How many places' values this rank sends to others, where they are given (0) or here (1). */
static PetscInt Others(KarPoints p, int which)
{
  PetscMPIInt rank;
  PetscInt    m = which ? p->here : p->m;

  (void)MPI_Comm_rank(p->info.comm, &rank);
  return m - p->count[which][rank];
}

/* Values between the order given, on the ranks that gave the places, and that of the places here. */
static PetscErrorCode Pass(KarPoints p, PetscBool home, PetscReal here[], PetscReal given[])
{
  const PetscInt dof = p->info.dof;
  PetscReal     *out;
  MPI_Datatype   value;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(p->m * dof, &out));
  PetscCallMPI(MPI_Type_contiguous((PetscMPIInt)dof, MPIU_REAL, &value));
  PetscCallMPI(MPI_Type_commit(&value));
  kar_log_send(sizeof(PetscReal) * (double)(dof * Others(p, home ? 1 : 0)));
  for (PetscInt i = 0; i < p->m && !home; i++) PetscCall(PetscArraycpy(out + p->order[i] * dof, given + i * dof, dof));
  if (home)
    PetscCallMPI(
      MPI_Alltoallv(here, p->count[1], p->start[1], value, out, p->count[0], p->start[0], value, p->info.comm));
  else
    PetscCallMPI(
      MPI_Alltoallv(out, p->count[0], p->start[0], value, here, p->count[1], p->start[1], value, p->info.comm));
  for (PetscInt i = 0; i < p->m && home; i++) PetscCall(PetscArraycpy(given + i * dof, out + p->order[i] * dof, dof));
  PetscCallMPI(MPI_Type_free(&value));
  PetscCall(PetscFree(out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPointsEvaluate(KarPoints p, Vec x, PetscReal values[])
{
  const PetscScalar *own;
  PetscReal         *here;

  PetscFunctionBegin;
  PetscCall(VecCopy(x, p->x));
  PetscCall(KarFFTMultiply(p->fft, p->multiplier, p->x));
  PetscCall(KarResampleApply(p->up, p->x, p->y));
  PetscCall(KarFFTInverse(p->fine, p->y, p->field));
  PetscCall(VecGetArrayRead(p->field, &own));
  PetscCall(PetscSFBcastBegin(p->rows, p->row, own, p->wide, MPI_REPLACE));
  PetscCall(PetscSFBcastEnd(p->rows, p->row, own, p->wide, MPI_REPLACE));
  PetscCall(VecRestoreArrayRead(p->field, &own));
  PetscCall(PetscCalloc1(p->here * p->info.dof, &here));
  for (PetscInt i = 0; i < p->here; i++) Take(p, i, here + i * p->info.dof, PETSC_FALSE);
  PetscCall(Pass(p, PETSC_TRUE, here, values));
  PetscCall(PetscFree(here));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPointsTranspose(KarPoints p, const PetscReal values[], Vec x)
{
  const PetscInt points = p->info.n[0] * p->info.n[1] * p->info.n[2];
  PetscScalar   *own;
  PetscReal     *here;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(p->here * p->info.dof, &here));
  PetscCall(Pass(p, PETSC_FALSE, here, (PetscReal *)values));
  PetscCall(PetscArrayzero(p->wide, (p->info.ln + W) * p->info.plane));
  for (PetscInt i = 0; i < p->here; i++) Take(p, i, here + i * p->info.dof, PETSC_TRUE);
  PetscCall(PetscFree(here));
  PetscCall(VecZeroEntries(p->field));
  PetscCall(VecGetArray(p->field, &own));
  PetscCall(PetscSFReduceBegin(p->rows, p->row, p->wide, own, MPI_SUM));
  PetscCall(PetscSFReduceEnd(p->rows, p->row, p->wide, own, MPI_SUM));
  PetscCall(VecRestoreArray(p->field, &own));
  PetscCall(VecScale(p->field, (PetscReal)points)); /* the transpose of an inverse transform */
  PetscCall(KarFFTForward(p->fine, p->field, p->y));
  PetscCall(KarResampleApply(p->down, p->y, x));
  PetscCall(KarFFTMultiply(p->fft, p->multiplier, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPointsDestroy(KarPoints *points)
{
  KarPoints p = *points;

  PetscFunctionBegin;
  if (!p) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarResampleDestroy(&p->up));
  PetscCall(KarResampleDestroy(&p->down));
  PetscCall(VecDestroy(&p->x));
  PetscCall(VecDestroy(&p->y));
  PetscCall(VecDestroy(&p->field));
  PetscCall(PetscSFDestroy(&p->rows));
  if (p->info.plane > 1) PetscCallMPI(MPI_Type_free(&p->row));
  for (int side = 0; side < 2; side++) PetscCall(PetscFree2(p->count[side], p->start[side]));
  PetscCall(PetscFree(p->multiplier));
  PetscCall(PetscFree(p->wide));
  PetscCall(PetscFree(p->order));
  PetscCall(PetscFree(p->at));
  PetscCall(KarFFTDestroy(&p->fine));
  PetscCall(KarFFTDestroy(&p->fft));
  PetscCall(PetscFree(*points));
  PetscFunctionReturn(PETSC_SUCCESS);
}
