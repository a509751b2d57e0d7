/* Real transforms of slabs by FFTW3-MPI, in place in one padded array, output transposed.
     u^_k = (1/N) sum_j u_j exp(-i k.x_j),   coordinate = sqrt(weight) u^_k      (mathematics.md §1)
   Cosine basis: c_k = (1/N) sum_j u_j phi_k(x_j), phi_0 = 1, phi_k = sqrt 2 cos(k x): FFTW's REDFT10 and REDFT01.
   FFTW has no distributed real transform of one axis: in 1D every rank transforms the whole and keeps its share. */
#include "fftimpl.h"

#include <string.h>

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
      fft->k[a][i]     = (g->basis == KAR_BASIS_PERIODIC ? 2 : 1) * PETSC_PI * (PetscReal)fft->index[a][i] / g->length[a];
    }
    m->k[a]     = fft->k[a];
    m->index[a] = fft->index[a];
  }
  const int last = (int)g->dim - 1;
  PetscCall(PetscMalloc1(m->extent[last], &fft->weight));
  for (PetscInt i = 0; i < m->extent[last]; i++) fft->weight[i] = i == 0 || 2 * i == g->n[last] ? 1 : PETSC_SQRT2;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* 1D: planes of the field are gathered; modes are dealt in blocks. */
static PetscErrorCode SetUpLine(KarFFT fft)
{
  const KarGridInfo *g = &fft->info;
  KarModes          *m = &fft->modes;
  const int          n = (int)g->n[0], dof = (int)g->dof;
  int                rank, ranks;
  PetscInt           block;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(g->comm, &rank));
  PetscCallMPI(MPI_Comm_size(g->comm, &ranks));
  block       = (m->extent[0] + ranks - 1) / ranks;
  m->order[0] = 1, m->order[1] = 2, m->order[2] = 0;
  m->start  = PetscMin(rank * block, m->extent[0]);
  m->length = PetscMin(block, m->extent[0] - m->start);
  m->rows   = 1;
  PetscCall(PetscMalloc2(ranks, &fft->counts, ranks, &fft->displacements));
  block = (g->n[0] + ranks - 1) / ranks;
  for (int r = 0; r < ranks; r++) {
    const PetscInt start  = PetscMin(r * block, g->n[0]);
    fft->displacements[r] = (int)(start * g->dof);
    fft->counts[r]        = (int)(PetscMin(block, g->n[0] - start) * g->dof);
  }
  fft->work = fftw_alloc_real((size_t)(2 * (n / 2 + 1)) * (size_t)dof);
  if (g->basis == KAR_BASIS_PERIODIC) {
    fft->forward = fftw_plan_many_dft_r2c(1, &n, dof, fft->work, NULL, dof, 1, (fftw_complex *)fft->work, NULL, dof, 1, KarWisdomRigor());
    fft->inverse = fftw_plan_many_dft_c2r(1, &n, dof, (fftw_complex *)fft->work, NULL, dof, 1, fft->work, NULL, dof, 1, KarWisdomRigor());
  } else {
    const fftw_r2r_kind forward = FFTW_REDFT10, inverse = FFTW_REDFT01;

    fft->forward = fftw_plan_many_r2r(1, &n, dof, fft->work, NULL, dof, 1, fft->work, NULL, dof, 1, &forward, KarWisdomRigor());
    fft->inverse = fftw_plan_many_r2r(1, &n, dof, fft->work, NULL, dof, 1, fft->work, NULL, dof, 1, &inverse, KarWisdomRigor());
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUpSlabs(KarFFT fft)
{
  const KarGridInfo  *g       = &fft->info;
  KarModes           *m       = &fft->modes;
  const int           dim     = (int)g->dim;
  const fftw_r2r_kind to[3]   = {FFTW_REDFT10, FFTW_REDFT10, FFTW_REDFT10};
  const fftw_r2r_kind from[3] = {FFTW_REDFT01, FFTW_REDFT01, FFTW_REDFT01};
  const unsigned      rigor   = KarWisdomRigor();
  ptrdiff_t           n[3], e[3], ln0, start0, ln1, start1, room;

  PetscFunctionBegin;
  for (int a = 0; a < dim; a++) n[a] = g->n[a], e[a] = m->extent[a];
  room = fftw_mpi_local_size_many_transposed(dim, e, g->dof, FFTW_MPI_DEFAULT_BLOCK, FFTW_MPI_DEFAULT_BLOCK, g->comm, &ln0, &start0,
                                             &ln1, &start1);
  KarCheckAny(g->comm, ln0 == g->ln && start0 == g->start, PETSC_ERR_PLIB, "FFTW deals planes [%td, %td), the grid %" PetscInt_FMT, start0,
              start0 + ln0, g->start);
  m->order[0] = 1, m->order[1] = dim == 2 ? 2 : 0, m->order[2] = dim == 2 ? 0 : 2;
  m->start  = start1;
  m->rows   = ln1 * m->extent[m->order[1]];
  m->length = m->extent[m->order[2]];
  if (g->basis == KAR_BASIS_PERIODIC) {
    fft->work    = fftw_alloc_real(2 * (size_t)room);
    fft->forward = fftw_mpi_plan_many_dft_r2c(dim, n, g->dof, FFTW_MPI_DEFAULT_BLOCK, FFTW_MPI_DEFAULT_BLOCK, fft->work,
                                              (fftw_complex *)fft->work, g->comm, FFTW_MPI_TRANSPOSED_OUT | rigor);
    fft->inverse = fftw_mpi_plan_many_dft_c2r(dim, n, g->dof, FFTW_MPI_DEFAULT_BLOCK, FFTW_MPI_DEFAULT_BLOCK, (fftw_complex *)fft->work,
                                              fft->work, g->comm, FFTW_MPI_TRANSPOSED_IN | rigor);
  } else {
    fft->work    = fftw_alloc_real((size_t)room);
    fft->forward = fftw_mpi_plan_many_r2r(dim, n, g->dof, FFTW_MPI_DEFAULT_BLOCK, FFTW_MPI_DEFAULT_BLOCK, fft->work, fft->work, g->comm, to,
                                          FFTW_MPI_TRANSPOSED_OUT | rigor);
    fft->inverse = fftw_mpi_plan_many_r2r(dim, n, g->dof, FFTW_MPI_DEFAULT_BLOCK, FFTW_MPI_DEFAULT_BLOCK, fft->work, fft->work, g->comm, from,
                                          FFTW_MPI_TRANSPOSED_IN | rigor);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FFTW wants its threads started before its MPI. They change its choice of plans, so without -threads they stay out. */
static PetscBool started, threaded;

static void StartFFTW(void)
{
  if (started) return;
#if defined(KARHUNEN_FFTW_THREADS)
  if (kar_threads() > 1) threaded = fftw_init_threads() ? PETSC_TRUE : PETSC_FALSE;
#endif
  fftw_mpi_init();
  started = PETSC_TRUE;
}

static void PlanThreads(int n)
{
#if defined(KARHUNEN_FFTW_THREADS)
  if (threaded) fftw_plan_with_nthreads(n);
#endif
}

PetscErrorCode KarFFTCreate(KarGrid grid, KarFFT *out)
{
  KarFFT fft;

  PetscFunctionBegin;
  StartFFTW();
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
  PetscCall(KarWisdomLoad(fft->info.comm));
  PlanThreads(fft->threads);
  if (fft->info.dim == 1) PetscCall(SetUpLine(fft));
  else PetscCall(SetUpSlabs(fft));
  PlanThreads(1); /* for plans that others make */
  KarCheckAny(fft->info.comm, fft->work && fft->forward && fft->inverse, PETSC_ERR_LIB, "FFTW could not plan this grid: too little memory?");
  PetscCall(KarWisdomSave(fft->info.comm));
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
    fftw_destroy_plan((*fft)->forward);
    fftw_destroy_plan((*fft)->inverse);
    fftw_free((*fft)->work);
    for (int a = 0; a < 3; a++) PetscCall(PetscFree2((*fft)->k[a], (*fft)->index[a]));
    PetscCall(PetscFree((*fft)->weight));
    PetscCall(PetscFree2((*fft)->counts, (*fft)->displacements));
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

/* Padded rows of the in-place r2c transform: 2 (n/2 + 1) numbers hold n. */
static PetscInt PaddedRow(KarFFT fft)
{
  const KarGridInfo *g = &fft->info;
  const PetscInt     n = g->n[g->dim - 1];

  return (g->basis == KAR_BASIS_PERIODIC && g->dim > 1 ? 2 * (n / 2 + 1) : n) * g->dof;
}

/* REDFT10 gives 2 sum_j u_j cos(k x_j): ours is that times (k ? sqrt 2 : 1)/2n.  REDFT01 sums Y_0 + 2 sum_k Y_k cos(k x). */
static PetscReal CosineFactor(KarFFT fft, int axis, PetscInt i, PetscBool forward)
{
  return forward ? (i ? PETSC_SQRT2 : 1) / (2 * (PetscReal)fft->modes.n[axis]) : (i ? 1 / PETSC_SQRT2 : 1);
}

/* Row r of the spectrum between FFTW's scale and ours: out = in times (or divided by) the factor of each mode; out may be in. */
static void ScaleRow(KarFFT fft, PetscInt r, const PetscReal *in, PetscReal *out, PetscBool forward)
{
  const KarModes *m    = &fft->modes;
  const int       last = (int)m->dim - 1, slow = m->order[0], middle = m->order[1], fast = m->order[2];
  const PetscInt  shift = m->dim == 1 ? m->start : 0;
  const PetscInt  i0 = r / m->extent[middle] + (m->dim == 1 ? 0 : m->start), i1 = r % m->extent[middle];
  const PetscInt  group = m->dof * m->width;
  PetscReal       row   = 1;

  if (m->basis == KAR_BASIS_PERIODIC) {
    row = forward ? 1 / ((PetscReal)m->n[0] * (PetscReal)m->n[1] * (PetscReal)m->n[2]) : 1;
    if (slow == last) row *= forward ? fft->weight[i0] : 1 / fft->weight[i0];
    if (fast != last) {
      for (PetscInt j = 0; j < m->length * group; j++) out[j] = row * in[j];
      return;
    }
  } else {
    if (m->dim > 1) row *= CosineFactor(fft, slow, i0, forward);
    if (m->dim > 2) row *= CosineFactor(fft, middle, i1, forward);
  }
  for (PetscInt j = 0; j < m->length; j++) {
    PetscReal s = row;

    if (m->basis == KAR_BASIS_PERIODIC) s *= forward ? fft->weight[j + shift] : 1 / fft->weight[j + shift];
    else s *= CosineFactor(fft, fast, j + shift, forward);
    for (PetscInt c = 0; c < group; c++) out[j * group + c] = s * in[j * group + c];
  }
}

PetscReal *kar_fft_row(KarFFT fft, PetscInt r)
{
  return fft->work + (fft->info.dim == 1 ? fft->info.start * fft->info.dof : r * PaddedRow(fft));
}

PetscReal *kar_fft_spectrum(KarFFT fft)
{
  const KarModes *m = &fft->modes;

  return fft->work + (m->dim == 1 ? m->start * m->dof * m->width : 0);
}

PetscInt kar_fft_row_length(KarFFT fft)
{
  return (fft->info.dim == 1 ? fft->info.ln : fft->info.n[fft->info.dim - 1]) * fft->info.dof;
}

PetscErrorCode KarFFTExecuteForward(KarFFT fft, PetscReal x[])
{
  const KarModes *m   = &fft->modes;
  const PetscInt  row = m->length * m->dof * m->width, first = m->dim == 1 ? m->start * m->dof * m->width : 0;

  PetscFunctionBegin;
  PetscCall(KarLogBegin(KAR_EVENT_TO_MODES));
  if (m->dim == 1)
    PetscCallMPI(MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, fft->work, fft->counts, fft->displacements, MPIU_REAL, fft->info.comm));
  fftw_execute(fft->forward);
#pragma omp parallel for num_threads(fft->threads)
  for (PetscInt r = 0; r < m->rows; r++) ScaleRow(fft, r, fft->work + first + r * row, x + r * row, PETSC_TRUE);
  PetscCall(KarLogEnd(KAR_EVENT_TO_MODES));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* 1D: the modes of every rank, in the work array of each. */
static PetscErrorCode GatherLine(KarFFT fft, const PetscReal x[])
{
  const KarModes *m     = &fft->modes;
  const PetscInt  group = m->dof * m->width, total = m->extent[0] * group;
  int             ranks, *counts, *displacements;
  PetscInt        block;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(fft->info.comm, &ranks));
  PetscCall(PetscMalloc2(ranks, &counts, ranks, &displacements));
  block = (m->extent[0] + ranks - 1) / ranks * group;
  for (int r = 0; r < ranks; r++) {
    displacements[r] = (int)PetscMin(r * block, total);
    counts[r]        = (int)PetscMin(block, total - displacements[r]);
  }
  ScaleRow(fft, 0, x, fft->work + m->start * group, PETSC_FALSE);
  PetscCallMPI(MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, fft->work, counts, displacements, MPIU_REAL, fft->info.comm));
  PetscCall(PetscFree2(counts, displacements));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFFTExecuteInverse(KarFFT fft, const PetscReal x[])
{
  const KarModes *m   = &fft->modes;
  const PetscInt  row = m->length * m->dof * m->width;

  PetscFunctionBegin;
  PetscCall(KarLogBegin(KAR_EVENT_TO_SPACE));
  if (m->dim == 1) PetscCall(GatherLine(fft, x));
  else {
#pragma omp parallel for num_threads(fft->threads)
    for (PetscInt r = 0; r < m->rows; r++) ScaleRow(fft, r, x + r * row, fft->work + r * row, PETSC_FALSE);
  }
  fftw_execute(fft->inverse);
  PetscCall(KarLogEnd(KAR_EVENT_TO_SPACE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Rows of the field this rank owns. */
static PetscInt Rows(KarFFT fft)
{
  const PetscInt row = kar_fft_row_length(fft);

  return row ? fft->info.ln * fft->info.plane / row : 0;
}

PetscErrorCode KarFFTForwardArray(KarFFT fft, const PetscReal field[], PetscReal x[])
{
  const PetscInt rows = Rows(fft), row = kar_fft_row_length(fft);

  PetscFunctionBegin;
#pragma omp parallel for num_threads(fft->threads)
  for (PetscInt r = 0; r < rows; r++) memcpy(kar_fft_row(fft, r), field + r * row, sizeof(PetscReal) * (size_t)row);
  PetscCall(KarFFTExecuteForward(fft, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFFTInverseArray(KarFFT fft, const PetscReal x[], PetscReal field[])
{
  const PetscInt rows = Rows(fft), row = kar_fft_row_length(fft);

  PetscFunctionBegin;
  PetscCall(KarFFTExecuteInverse(fft, x));
#pragma omp parallel for num_threads(fft->threads)
  for (PetscInt r = 0; r < rows; r++) memcpy(field + r * row, kar_fft_row(fft, r), sizeof(PetscReal) * (size_t)row);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFFTForwardFloat(KarFFT fft, PetscInt stride, const float field[], PetscReal x[])
{
  const PetscInt rows = Rows(fft), dof = fft->info.dof, points = kar_fft_row_length(fft) / dof;

  PetscFunctionBegin;
#pragma omp parallel for num_threads(fft->threads)
  for (PetscInt r = 0; r < rows; r++) {
    PetscReal *restrict work = kar_fft_row(fft, r);
    const float *restrict in = field + r * points * stride;

    for (PetscInt j = 0; j < points; j++)
      for (PetscInt c = 0; c < dof; c++) work[j * dof + c] = (PetscReal)in[j * stride + c];
  }
  PetscCall(KarFFTExecuteForward(fft, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFFTInverseFloat(KarFFT fft, const PetscReal x[], PetscInt stride, float field[])
{
  const PetscInt rows = Rows(fft), dof = fft->info.dof, points = kar_fft_row_length(fft) / dof;

  PetscFunctionBegin;
  PetscCall(KarFFTExecuteInverse(fft, x));
#pragma omp parallel for num_threads(fft->threads)
  for (PetscInt r = 0; r < rows; r++) {
    const PetscReal *restrict work = kar_fft_row(fft, r);
    float *restrict out            = field + r * points * stride;

    for (PetscInt j = 0; j < points; j++)
      for (PetscInt c = 0; c < dof; c++) out[j * stride + c] = (float)work[j * dof + c];
  }
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
