/* The door between fields and coordinates: axes and their scale; slabs.h and line.c transform.
     u^_k = (1/N) sum_j u_j exp(-i k.x_j),   coordinate = sqrt(weight) u^_k      (docs/mathematics.md §1)
   Cosine basis: c_k = (1/N) sum_j u_j phi_k(x_j), phi_0 = 1, phi_k = sqrt 2 cos(k x): FFTW's REDFT10 and REDFT01. */
#include "fftimpl.h"

static PetscErrorCode CreateAxes(KarFFT fft)
{
  const KarGridInfo *g = &fft->info;
  KarModes          *m = &fft->modes;

  PetscFunctionBegin;
  for (int a = 0; a < 3; a++) {
    const PetscBool half = (PetscBool)(a == g->dim - 1 && g->basis == KAR_BASIS_PERIODIC);

    m->n[a]      = g->n[a];
    m->extent[a] = half ? g->n[a] / 2 + 1 : g->n[a];
    PetscCall(PetscMalloc2(m->extent[a], &fft->k[a], m->extent[a], &fft->index[a]));
    for (PetscInt i = 0; i < m->extent[a]; i++) {
      const PetscBool wraps = (PetscBool)(g->basis == KAR_BASIS_PERIODIC && !half && 2 * i >= g->n[a] && i > 0);

      fft->index[a][i] = wraps ? i - g->n[a] : i;
      fft->k[a][i] = (g->basis == KAR_BASIS_PERIODIC ? 2 : 1) * PETSC_PI * (PetscReal)fft->index[a][i] / g->length[a];
    }
    m->k[a]     = fft->k[a];
    m->index[a] = fft->index[a];
  }
  const int last = (int)g->dim - 1;
  PetscCall(PetscMalloc1(m->extent[last], &fft->weight));
  for (PetscInt i = 0; i < m->extent[last]; i++) fft->weight[i] = i == 0 || 2 * i == g->n[last] ? 1 : PETSC_SQRT2;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Deal(KarFFT fft)
{
  const KarGridInfo *g    = &fft->info;
  const int          dim  = (int)g->dim;
  KarModes          *m    = &fft->modes;
  KarDeal           *deal = &fft->deal;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(g->comm, &deal->rank));
  PetscCallMPI(MPI_Comm_size(g->comm, &deal->ranks));
  deal->n[0]  = m->extent[0];
  deal->n[1]  = m->extent[1];
  deal->inner = m->extent[2] * m->dof * m->width;
  for (int axis = 0; axis < 2; axis++) {
    const PetscInt block = (m->extent[axis] + deal->ranks - 1) / deal->ranks;

    PetscCall(PetscMalloc1(deal->ranks + 1, &deal->start[axis]));
    for (int r = 0; r <= deal->ranks; r++) deal->start[axis][r] = PetscMin(r * block, m->extent[axis]);
    deal->here[axis] = deal->start[axis][deal->rank + 1] - deal->start[axis][deal->rank];
  }
  KarCheckAny(g->comm, deal->here[0] == g->ln && deal->start[0][deal->rank] == g->start, PETSC_ERR_PLIB,
              "transforms deal planes [%" PetscInt_FMT ", %" PetscInt_FMT "), the grid %" PetscInt_FMT
              " from %" PetscInt_FMT,
              deal->start[0][deal->rank], deal->start[0][deal->rank + 1], g->ln, g->start);
  m->order[0] = 1, m->order[1] = dim == 2 ? 2 : 0, m->order[2] = dim == 2 ? 0 : 2;
  m->start  = deal->start[1][deal->rank];
  m->rows   = deal->here[1] * m->extent[m->order[1]];
  m->length = m->extent[m->order[2]];
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFFTCreate(KarGrid grid, KarFFT *out)
{
  KarFFT fft;

  PetscFunctionBegin;
  PetscCall(KarGridSetUp(grid));
  PetscCall(PetscNew(&fft));
  PetscCall(KarGridReference(grid));
  PetscCall(KarGridGetInfo(grid, &fft->info));
  fft->grid        = grid;
  fft->references  = 1;
  fft->threads     = kar_threads();
  fft->modes.dim   = fft->info.dim;
  fft->modes.dof   = fft->info.dof;
  fft->modes.basis = fft->info.basis;
  fft->modes.width = fft->info.basis == KAR_BASIS_PERIODIC ? 2 : 1;
  PetscCall(CreateAxes(fft));
  if (fft->info.dim == 1) PetscCall(KarLineSetUp(fft));
  else {
    PetscCall(Deal(fft));
    PetscCall(KarSlabsCreateDouble(fft, &fft->slabs));
  }
  *out = fft;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFFTGetGrid(KarFFT fft, KarGrid *grid)
{
  PetscFunctionBegin;
  *grid = fft->grid;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFFTGetModes(KarFFT fft, const KarModes **modes)
{
  PetscFunctionBegin;
  *modes = &fft->modes;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFFTReference(KarFFT fft)
{
  PetscFunctionBegin;
  fft->references++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFFTDestroy(KarFFT *fft)
{
  PetscFunctionBegin;
  if (*fft && --(*fft)->references == 0) {
    if ((*fft)->info.dim == 1) PetscCall(KarLineDestroy(*fft));
    PetscCall(KarSlabsDestroyDouble(&(*fft)->slabs));
    PetscCall(KarSlabsDestroyFloat(&(*fft)->single));
    for (int axis = 0; axis < 2; axis++) PetscCall(PetscFree((*fft)->deal.start[axis]));
    for (int a = 0; a < 3; a++) PetscCall(PetscFree2((*fft)->k[a], (*fft)->index[a]));
    PetscCall(PetscFree((*fft)->weight));
    PetscCall(KarGridDestroy(&(*fft)->grid));
    PetscCall(PetscFree(*fft));
  }
  *fft = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFFTCreateCoordinates(KarFFT fft, Vec *x)
{
  const KarModes *m     = &fft->modes;
  const PetscInt  local = m->rows * m->length * m->dof * m->width;

  PetscFunctionBegin;
  PetscCall(VecCreateMPI(fft->info.comm, local, m->extent[0] * m->extent[1] * m->extent[2] * m->dof * m->width, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* REDFT10 gives 2 sum_j u_j cos(k x_j): ours is that times (k ? sqrt 2 : 1)/2n.  REDFT01 sums Y_0 + 2 sum_k Y_k cos(k
   x).  The last axis of the periodic basis has the weight, which takes the 1/N of all with it. */
PetscReal kar_axis_factor(KarFFT fft, int axis, PetscInt i, PetscBool forward)
{
  const KarModes *m = &fft->modes;

  if (m->basis == KAR_BASIS_COSINE)
    return forward ? (i ? PETSC_SQRT2 : 1) / (2 * (PetscReal)m->n[axis]) : (i ? 1 / PETSC_SQRT2 : 1);
  if (axis != m->dim - 1) return 1;
  return forward ? fft->weight[i] / ((PetscReal)m->n[0] * (PetscReal)m->n[1] * (PetscReal)m->n[2]) : 1 / fft->weight[i];
}

void kar_sheet_factors(KarFFT fft, PetscInt r, PetscBool forward, PetscReal f[3])
{
  const KarModes *m     = &fft->modes;
  const PetscReal slow  = kar_axis_factor(fft, m->order[0], m->start + r, forward);
  const PetscInt  at[3] = {0, PetscMin(1, m->length - 1), m->length - 1};

  for (int e = 0; e < 3; e++) f[e] = slow * kar_axis_factor(fft, m->order[2], at[e], forward);
}

PetscReal kar_middle_factor(KarFFT fft, PetscInt i, PetscBool forward)
{
  return fft->info.dim == 3 ? kar_axis_factor(fft, fft->modes.order[1], i, forward) : 1;
}

static PetscErrorCode ToModes(KarFFT fft, const PetscReal field[], PetscInt stride, const float channels[],
                              PetscReal x[])
{
  PetscFunctionBegin;
  PetscCall(KarLogBegin(KAR_EVENT_TO_MODES));
  if (fft->info.dim == 1) PetscCall(KarLineToModes(fft, field, stride, channels, x));
  else PetscCall(KarSlabsToModesDouble(fft, fft->slabs, field, stride, channels, x));
  PetscCall(KarLogEnd(KAR_EVENT_TO_MODES));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ToSpace(KarFFT fft, const PetscReal x[], PetscReal field[], PetscInt stride, float channels[])
{
  PetscFunctionBegin;
  PetscCall(KarLogBegin(KAR_EVENT_TO_SPACE));
  if (fft->info.dim == 1) PetscCall(KarLineToSpace(fft, x, field, stride, channels));
  else PetscCall(KarSlabsToSpaceDouble(fft, fft->slabs, x, NULL, field, stride, channels));
  PetscCall(KarLogEnd(KAR_EVENT_TO_SPACE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFFTForwardArray(KarFFT fft, const PetscReal field[], PetscReal x[])
{
  PetscFunctionBegin;
  PetscCall(ToModes(fft, field, 0, NULL, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFFTInverseArray(KarFFT fft, const PetscReal x[], PetscReal field[])
{
  PetscFunctionBegin;
  PetscCall(ToSpace(fft, x, field, 0, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFFTForwardFloat(KarFFT fft, PetscInt stride, const float field[], PetscReal x[])
{
  PetscFunctionBegin;
  PetscCall(ToModes(fft, NULL, stride, field, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFFTInverseFloat(KarFFT fft, const PetscReal x[], PetscInt stride, float field[])
{
  PetscFunctionBegin;
  PetscCall(ToSpace(fft, x, NULL, stride, field));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFFTForward(KarFFT fft, Vec field, Vec x)
{
  const PetscScalar *in;
  PetscScalar       *out;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(field, &in));
  PetscCall(VecGetArrayWrite(x, &out));
  PetscCall(KarFFTForwardArray(fft, in, out));
  PetscCall(VecRestoreArrayWrite(x, &out));
  PetscCall(VecRestoreArrayRead(field, &in));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFFTInverse(KarFFT fft, Vec x, Vec field)
{
  const PetscScalar *in;
  PetscScalar       *out;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArrayWrite(field, &out));
  PetscCall(KarFFTInverseArray(fft, in, out));
  PetscCall(VecRestoreArrayWrite(field, &out));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscFunctionReturn(PETSC_SUCCESS);
}
