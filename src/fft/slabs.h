/* The real transform of two or three axes in slabs, once for each precision.  The including file has named it: REAL, a
   number;
   NAMED(name); FFTW(name); MPI_REALS, MPI's name of REAL.
   A rank holds planes of the field along axis 0 and sheets of modes along axis 1.  Either way is two passes through
   cache and an exchange between them, a part at a time, so that what is sent is small and warm:
     to space    sheets: scaled, transformed along axis 0, dealt;     planes: put together, transformed along the other
     axes
     to modes    planes: transformed along the other axes, dealt;     sheets: put together, transformed along axis 0,
     scaled
   FFTW3-MPI works on the whole array axis by axis and transposes it in place: the same to rounding, in 1.2 to 1.9
   times the time (karhunen bench -bench_type field).  Every sheet has one plan and every plane another: bits depend on
   no number of ranks or threads. */
#include "fftimpl.h"

#include <string.h>

enum {
  PART  = 1 << 20,   /* bytes of a thread that are sent at a time, */
  LEAST = 64 << 10,  /* and of every rank at least */
  BLOCK = 128 << 10, /* bytes that are transformed along axis 0 at a time, where a sheet has many columns */
  LINE  = 64
}; /* bytes of a line of cache: narrow sheets go together so that lines are written whole */

#define SLABS     NAMED(KarSlabs)
#define FILL_ROWS KERNEL(kar_fill_rows)
#define PLAN      FFTW(plan)
#define COMPLEX   FFTW(complex)
#define R2R       FFTW(r2r_kind)
#define BROADCAST FFTW(mpi_broadcast_wisdom)
#define DESTROY   FFTW(destroy_plan)
#define FREE      FFTW(free)
#define BY_DFT    FFTW(execute_dft)
#define BY_C2R    FFTW(execute_dft_c2r)
#define BY_R2C    FFTW(execute_dft_r2c)
#define BY_R2R    FFTW(execute_r2r)

struct NAMED(_p_KarSlabs) {
  PLAN     sheet[2], plane[2]; /* to space, to modes */
  PetscInt columns;            /* of a sheet that are transformed at a time, in numbers */
  PetscInt together;           /* sheets that are transformed before they are dealt */
  PetscInt part[2];            /* sheets to space, planes to modes, between two exchanges */
  PetscInt apart, room[4]; /* numbers: from sheet to sheet of a block; of a thread's sheets, block, hat or out, pair */
  REAL    *work, *send;    /* what this rank has received; what it sends, rank by rank */
  REAL    *sheets, *block, *hat, *out,
    *pair; /* of each thread: sheets as drawn, in transform, a plane's modes, a plane, pairs of a row */
  MPI_Datatype column,
    across[2]; /* what a sheet has of an index of axis 0; what a sheet has here, what a plane has here */
  int *counts[2], *displacements[2]; /* of an exchange: sent, received */
};

static PetscInt Up(PetscInt n)
{
  const PetscInt line = LINE / (PetscInt)sizeof(REAL);

  return (n + line - 1) / line * line;
}

static void Plan(KarFFT fft, SLABS s)
{
  const unsigned rigor = KarWisdomRigor();
  const int rest = (int)fft->info.dim - 1, n0 = (int)fft->deal.n[0], n[2] = {(int)fft->info.n[1], (int)fft->info.n[2]},
            dof = (int)fft->info.dof;

  if (fft->info.basis == KAR_BASIS_PERIODIC) {
    const int c     = (int)s->columns / 2;
    COMPLEX  *block = (COMPLEX *)s->block, *hat = (COMPLEX *)s->hat;

    s->sheet[0] = FFTW(plan_many_dft)(1, &n0, c, block, NULL, c, 1, block, NULL, c, 1, FFTW_BACKWARD, rigor);
    s->sheet[1] = FFTW(plan_many_dft)(1, &n0, c, block, NULL, c, 1, block, NULL, c, 1, FFTW_FORWARD, rigor);
    s->plane[0] = FFTW(plan_many_dft_c2r)(rest, n, dof, hat, NULL, dof, 1, s->out, NULL, dof, 1, rigor);
    s->plane[1] = FFTW(plan_many_dft_r2c)(rest, n, dof, s->out, NULL, dof, 1, hat, NULL, dof, 1, rigor);
  } else {
    const int c    = (int)s->columns;
    const R2R to[] = {FFTW_REDFT10, FFTW_REDFT10}, from[] = {FFTW_REDFT01, FFTW_REDFT01};

    s->sheet[0] = FFTW(plan_many_r2r)(1, &n0, c, s->block, NULL, c, 1, s->block, NULL, c, 1, from, rigor);
    s->sheet[1] = FFTW(plan_many_r2r)(1, &n0, c, s->block, NULL, c, 1, s->block, NULL, c, 1, to, rigor);
    s->plane[0] = FFTW(plan_many_r2r)(rest, n, dof, s->hat, NULL, dof, 1, s->out, NULL, dof, 1, from, rigor);
    s->plane[1] = FFTW(plan_many_r2r)(rest, n, dof, s->out, NULL, dof, 1, s->hat, NULL, dof, 1, to, rigor);
  }
}

/* Sizes of blocks, and of parts, in which every thread has its share. */
static void Size(KarFFT fft, SLABS s)
{
  const KarDeal *deal  = &fft->deal;
  const PetscInt bytes = (PetscInt)sizeof(REAL), group = fft->modes.dof * fft->modes.width, modes = deal->inner / group;
  PetscInt       blocks = 1;

  s->together = PetscMax(1, LINE / (deal->inner * bytes));
  if (s->together == 1)
    blocks = PetscMin(PetscMax(1, deal->n[0] * deal->inner * bytes / BLOCK), PetscMax(1, deal->inner * bytes / LINE));
  s->columns = (modes + blocks - 1) / blocks * group;
  s->apart   = Up(deal->n[0] * s->columns);
  s->room[0] = Up(s->together * deal->n[0] * deal->inner);
  s->room[1] = s->together * s->apart;
  s->room[2] = Up(deal->n[1] * deal->inner);
  s->room[3] = Up(2 * fft->modes.length);
  for (int way = 0; way < 2; way++) {
    const PetscInt least = fft->threads * (way ? 1 : s->together),
                   most  = PetscMax((PetscInt)fft->threads * PART, (PetscInt)deal->ranks * LEAST);

    s->part[way] = PetscMax(1, most / (deal->n[way] * deal->inner * bytes * least)) * least;
    s->part[way] = PetscMin(s->part[way], PetscMax(1, deal->start[!way][1]));
  }
}

PetscErrorCode NAMED(KarSlabsCreate)(KarFFT fft, SLABS *out)
{
  const KarDeal *deal = &fft->deal;
  SLABS          s;
  size_t         send = 1;

  PetscFunctionBegin;
  PetscCall(PetscNew(&s));
  PetscCall(WISDOM(Load)(fft->info.comm));
  Size(fft, s);
  for (int way = 0; way < 2 && deal->ranks > 1; way++)
    send = PetscMax(send, (size_t)(s->part[way] * deal->n[way] * deal->inner));
  s->work = FFTW(alloc_real)(
    (size_t)PetscMax(1, PetscMax(deal->here[0] * deal->n[1], deal->here[1] * deal->n[0]) * deal->inner));
  s->send   = FFTW(alloc_real)(send);
  s->sheets = FFTW(alloc_real)((size_t)(fft->threads * s->room[0]));
  s->block  = FFTW(alloc_real)((size_t)(fft->threads * s->room[1]));
  s->hat    = FFTW(alloc_real)((size_t)(fft->threads * s->room[2]));
  s->out    = FFTW(alloc_real)((size_t)(fft->threads * s->room[2]));
  s->pair   = FFTW(alloc_real)((size_t)PetscMax(1, fft->threads * s->room[3]));
  KarCheckAny(fft->info.comm, s->pair && s->work && s->send && s->sheets && s->block && s->hat && s->out, PETSC_ERR_MEM,
              "too little memory for the transforms of this grid: take more ranks or nodes, or a smaller -grid_n");
  for (int turn = 0; turn < 2; turn++) { /* rank 0 measures, the others are told */
    if ((deal->rank == 0) == (turn == 0)) Plan(fft, s);
    if (turn == 0 && KarWisdomRigor() != FFTW_ESTIMATE) BROADCAST(fft->info.comm);
  }
  KarCheckAny(fft->info.comm, s->sheet[0] && s->sheet[1] && s->plane[0] && s->plane[1], PETSC_ERR_LIB,
              "FFTW has no plan for this grid");
  PetscCall(WISDOM(Save)(fft->info.comm));
  PetscCallMPI(MPI_Type_contiguous((int)deal->inner, MPI_REALS, &s->column));
  PetscCallMPI(MPI_Type_commit(&s->column));
  for (int way = 0; way < 2; way++) {
    PetscCallMPI(MPI_Type_contiguous((int)deal->here[way], s->column, &s->across[way]));
    PetscCallMPI(MPI_Type_commit(&s->across[way]));
    PetscCall(PetscMalloc2(deal->ranks, &s->counts[way], deal->ranks, &s->displacements[way]));
  }
  *out = s;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode NAMED(KarSlabsDestroy)(SLABS *slabs)
{
  SLABS s = *slabs;

  PetscFunctionBegin;
  if (!s) PetscFunctionReturn(PETSC_SUCCESS);
  for (int way = 0; way < 2; way++) {
    DESTROY(s->sheet[way]);
    DESTROY(s->plane[way]);
    PetscCallMPI(MPI_Type_free(&s->across[way]));
    PetscCall(PetscFree2(s->counts[way], s->displacements[way]));
  }
  PetscCallMPI(MPI_Type_free(&s->column));
  FREE(s->work);
  FREE(s->send);
  FREE(s->sheets);
  FREE(s->block);
  FREE(s->hat);
  FREE(s->out);
  FREE(s->pair);
  PetscCall(PetscFree(s));
  *slabs = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* `width` numbers of n sheets at each of some indices of axis 0, from one order to another: index and sheet are so far
   apart. */
static inline __attribute__((always_inline)) void Move(const PetscInt n, PetscInt indices, const PetscInt width,
                                                       const REAL *from, const PetscInt apart[2], REAL *to,
                                                       const PetscInt aside[2])
{
  for (PetscInt i = 0; i < indices; i++)
    for (PetscInt q = 0; q < n; q++)
      memcpy(to + i * aside[0] + q * aside[1], from + i * apart[0] + q * apart[1], sizeof(REAL) * (size_t)width);
}

/* The compiler knows how many there are where a sheet is one complex number wide. */
static void Turn(PetscInt n, PetscInt indices, PetscInt width, const REAL *from, const PetscInt apart[2], REAL *to,
                 const PetscInt aside[2])
{
  if (width == 2 && n == LINE / (2 * sizeof(REAL))) Move(LINE / (2 * sizeof(REAL)), indices, 2, from, apart, to, aside);
  else if (width == 2) Move(n, indices, 2, from, apart, to, aside);
  else Move(n, indices, width, from, apart, to, aside);
}

/* Part p of what a rank deals, sheets to space and planes to modes. */
static void Part(const KarDeal *deal, const PetscInt part[2], int way, int rank, PetscInt p, PetscInt *first,
                 PetscInt *count)
{
  const PetscInt *start = deal->start[!way] + rank, end = start[1] - start[0];

  *first = PetscMin(p * part[way], end);
  *count = PetscMin(part[way], end - *first);
}

static PetscInt Parts(const KarDeal *deal, const PetscInt part[2], int way)
{
  return (deal->start[!way][1] + part[way] - 1) / part[way]; /* rank 0 has the most */
}

/* What part p has for rank r: to space [planes of r][sheets of the part][inner], to modes [planes of the part][sheets
   of r][inner]. Our own goes where it will be looked for. */
static REAL *Share(const KarDeal *deal, SLABS s, int way, PetscInt p, int r)
{
  PetscInt first, count;

  Part(deal, s->part, way, deal->rank, p, &first, &count);
  if (r == deal->rank) return s->work + (deal->start[!way][r] + first) * deal->here[way] * deal->inner;
  return s->send + deal->start[way][r] * count * deal->inner;
}

static PetscErrorCode Exchange(const KarDeal *deal, SLABS s, int way, PetscInt p, MPI_Comm comm)
{
  PetscInt first, count, mine;

  PetscFunctionBegin;
  if (deal->ranks == 1) PetscFunctionReturn(PETSC_SUCCESS);
  Part(deal, s->part, way, deal->rank, p, &first, &mine);
  for (int r = 0; r < deal->ranks; r++) {
    const PetscBool other = (PetscBool)(r != deal->rank);

    Part(deal, s->part, way, r, p, &first, &count);
    s->counts[0][r]        = other ? (int)((deal->start[way][r + 1] - deal->start[way][r]) * mine) : 0;
    s->displacements[0][r] = (int)(deal->start[way][r] * mine);
    s->counts[1][r]        = other && deal->here[way] ? (int)count : 0;
    s->displacements[1][r] = (int)(deal->start[!way][r] + first);
  }
  PetscCallMPI(MPI_Alltoallv(s->send, s->counts[0], s->displacements[0], s->column, s->work, s->counts[1],
                             s->displacements[1], s->across[way], comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Columns [from, from + n) of sheet r, at every index of axis 0, between our scale and FFTW's, and from one distance
   to another.  In 2D a sheet is one row of modes, in 3D there is one at each index of axis 0. */
static void Scale(KarFFT fft, PetscInt r, PetscInt from, PetscInt n, PetscBool forward, const REAL *in, PetscInt apart,
                  REAL *out, PetscInt aside)
{
  const PetscInt  group = fft->modes.dof * fft->modes.width, rows = fft->info.dim == 2 ? 1 : fft->deal.n[0];
  const PetscInt  length = fft->info.dim == 2 ? fft->deal.n[0] * n : n;
  const PetscBool first = (PetscBool)(from == 0), last = (PetscBool)(from + n == fft->deal.inner);
  PetscReal       f[3];

  kar_sheet_factors(fft, r, forward, f);
  for (PetscInt i = 0; i < rows; i++, in += apart, out += aside) {
    const PetscReal middle = kar_middle_factor(fft, i, forward);
    const REAL      g[3]   = {(REAL)(f[0] * middle), (REAL)(f[1] * middle), (REAL)(f[2] * middle)};

    for (PetscInt j = 0; j < length; j++) out[j] = g[1] * in[j];
    for (PetscInt j = length - group; j < length && last; j++) out[j] = g[2] * in[j];
    for (PetscInt j = 0; j < group && first; j++) out[j] = g[0] * in[j];
  }
}

static void Execute(KarFFT fft, PLAN plan, REAL *block)
{
  COMPLEX *z = (COMPLEX *)block;

  if (fft->info.basis == KAR_BASIS_PERIODIC) BY_DFT(plan, z, z);
  else BY_R2R(plan, block, block);
}

/* --- To space ------------------------------------------------------------ */
/* Sheets [r, r + n) of part p, which has `count` of them from sheet `first` on; x: their coordinates. */
static void DealSheets(KarFFT fft, SLABS s, PetscInt p, PetscInt first, PetscInt count, PetscInt r, PetscInt n,
                       const REAL *x, REAL *block)
{
  const KarDeal *deal = &fft->deal;

  for (PetscInt from = 0; from < deal->inner; from += s->columns) {
    const PetscInt width = PetscMin(s->columns, deal->inner - from);

    for (PetscInt q = 0; q < n; q++) {
      Scale(fft, first + r + q, from, width, PETSC_FALSE, x + q * deal->n[0] * deal->inner + from, deal->inner,
            block + q * s->apart, s->columns);
      Execute(fft, s->sheet[0], block + q * s->apart);
    }
    for (int to = 0; to < deal->ranks; to++) {
      const PetscInt start = deal->start[0][to], planes = deal->start[0][to + 1] - start;
      REAL          *share = Share(deal, s, 0, p, to) + r * deal->inner + from;

      Turn(n, planes, width, block + start * s->columns, (PetscInt[2]){s->columns, s->apart}, share,
           (PetscInt[2]){count * deal->inner, deal->inner});
    }
  }
}

/* The modes of plane i from the sheets of every rank and part. */
static void GatherPlane(const KarDeal *deal, SLABS s, PetscInt i, REAL *hat)
{
  const PetscInt parts = Parts(deal, s->part, 0);

  for (int r = 0; r < deal->ranks; r++)
    for (PetscInt p = 0; p < parts; p++) {
      PetscInt first, count;

      Part(deal, s->part, 0, r, p, &first, &count);
      first += deal->start[1][r];
      memcpy(hat + first * deal->inner, s->work + (first * deal->here[0] + i * count) * deal->inner,
             sizeof(REAL) * (size_t)(count * deal->inner));
    }
}

/* Plane i to its place.  FFTW writes there, unless that holds other numbers or its address is not aligned as the plan
   was. */
static void PutPlane(KarFFT fft, SLABS s, PetscInt i, REAL *hat, REAL *out, REAL field[], PetscInt stride,
                     float channels[])
{
  const PetscInt n = fft->info.plane, dof = fft->info.dof;
  REAL          *here = field && FFTW(alignment_of)(field + i * n) == FFTW(alignment_of)(out) ? field + i * n : out;

  if (fft->info.basis == KAR_BASIS_PERIODIC) BY_C2R(s->plane[0], (COMPLEX *)hat, here);
  else BY_R2R(s->plane[0], hat, here);
  if (field && here == out) memcpy(field + i * n, out, sizeof(REAL) * (size_t)n);
  for (PetscInt j = 0; j < n / dof && !field; j++)
    for (PetscInt c = 0; c < dof; c++) channels[(i * (n / dof) + j) * stride + c] = (float)out[j * dof + c];
}

PetscErrorCode NAMED(KarSlabsToSpace)(KarFFT fft, SLABS s, const REAL x[], const NOISE *noise, REAL field[],
                                      PetscInt stride, float channels[])
{
  const KarDeal  *deal  = &fft->deal;
  const KarModes *m     = &fft->modes;
  const PetscInt  parts = Parts(deal, s->part, 0), size = deal->n[0] * deal->inner,
                 rows = deal->here[1] ? m->rows / deal->here[1] : 0;

  PetscFunctionBegin;
  for (PetscInt p = 0; p < parts; p++) {
    PetscInt first, count;

    Part(deal, s->part, 0, deal->rank, p, &first, &count);
#pragma omp parallel for num_threads(fft->threads) schedule(static, 1)
    for (int t = 0; t < fft->threads; t++) {
      PetscInt begin, end;

      kar_part((count + s->together - 1) / s->together, t, fft->threads, &begin, &end);
      for (PetscInt r = begin * s->together; r < PetscMin(end * s->together, count); r += s->together) {
        const PetscInt n      = PetscMin(s->together, count - r);
        REAL          *sheets = s->sheets + t * s->room[0];

        if (!x) FILL_ROWS(m, (first + r) * rows, (first + r + n) * rows, noise, s->pair + t * s->room[3], sheets);
        DealSheets(fft, s, p, first, count, r, n, x ? x + (first + r) * size : sheets, s->block + t * s->room[1]);
      }
    }
    PetscCall(Exchange(deal, s, 0, p, fft->info.comm));
  }
#pragma omp parallel for num_threads(fft->threads) schedule(static, 1)
  for (int t = 0; t < fft->threads; t++) {
    PetscInt begin, end;

    kar_part(deal->here[0], t, fft->threads, &begin, &end);
    for (PetscInt i = begin; i < end; i++) {
      GatherPlane(deal, s, i, s->hat + t * s->room[2]);
      PutPlane(fft, s, i, s->hat + t * s->room[2], s->out + t * s->room[2], field, stride, channels);
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- To modes ------------------------------------------------------------ */
/* The modes of plane i, read where it is or from a copy. */
static void TakePlane(KarFFT fft, SLABS s, PetscInt i, const REAL field[], PetscInt stride, const float channels[],
                      REAL *out, REAL *hat)
{
  const PetscInt n = fft->info.plane, dof = fft->info.dof;
  REAL          *here = field ? (REAL *)field + i * n : out;

  for (PetscInt j = 0; j < n / dof && !field; j++)
    for (PetscInt c = 0; c < dof; c++) out[j * dof + c] = (REAL)channels[(i * (n / dof) + j) * stride + c];
  if (FFTW(alignment_of)(here) != FFTW(alignment_of)(out)) here = memcpy(out, here, sizeof(REAL) * (size_t)n);
  if (fft->info.basis == KAR_BASIS_PERIODIC) BY_R2C(s->plane[1], here, (COMPLEX *)hat);
  else BY_R2R(s->plane[1], here, hat);
}

/* Plane i of part p, whose modes are hat: to every rank those of its sheets. */
static void DealPlane(const KarDeal *deal, SLABS s, PetscInt p, PetscInt i, const REAL *hat)
{
  for (int to = 0; to < deal->ranks; to++) {
    const PetscInt start = deal->start[1][to], n = (deal->start[1][to + 1] - start) * deal->inner;

    memcpy(Share(deal, s, 1, p, to) + i * n, hat + start * deal->inner, sizeof(REAL) * (size_t)n);
  }
}

/* Sheets [r, r + n) of coordinates. */
static void GatherSheets(KarFFT fft, SLABS s, PetscInt r, PetscInt n, REAL *block, REAL x[])
{
  const KarDeal *deal = &fft->deal;

  for (PetscInt from = 0; from < deal->inner; from += s->columns) {
    const PetscInt width = PetscMin(s->columns, deal->inner - from);

    Turn(n, deal->n[0], width, s->work + r * deal->inner + from,
         (PetscInt[2]){deal->here[1] * deal->inner, deal->inner}, block, (PetscInt[2]){s->columns, s->apart});
    for (PetscInt q = 0; q < n; q++) {
      Execute(fft, s->sheet[1], block + q * s->apart);
      Scale(fft, r + q, from, width, PETSC_TRUE, block + q * s->apart, s->columns,
            x + (r + q) * deal->n[0] * deal->inner + from, deal->inner);
    }
  }
}

PetscErrorCode NAMED(KarSlabsToModes)(KarFFT fft, SLABS s, const REAL field[], PetscInt stride, const float channels[],
                                      REAL x[])
{
  const KarDeal *deal  = &fft->deal;
  const PetscInt parts = Parts(deal, s->part, 1);

  PetscFunctionBegin;
  for (PetscInt p = 0; p < parts; p++) {
    PetscInt first, count;

    Part(deal, s->part, 1, deal->rank, p, &first, &count);
#pragma omp parallel for num_threads(fft->threads) schedule(static, 1)
    for (int t = 0; t < fft->threads; t++) {
      PetscInt begin, end;

      kar_part(count, t, fft->threads, &begin, &end);
      for (PetscInt i = begin; i < end; i++) {
        TakePlane(fft, s, first + i, field, stride, channels, s->out + t * s->room[2], s->hat + t * s->room[2]);
        DealPlane(deal, s, p, i, s->hat + t * s->room[2]);
      }
    }
    PetscCall(Exchange(deal, s, 1, p, fft->info.comm));
  }
#pragma omp parallel for num_threads(fft->threads) schedule(static, 1)
  for (int t = 0; t < fft->threads; t++) {
    PetscInt begin, end;

    kar_part((deal->here[1] + s->together - 1) / s->together, t, fft->threads, &begin, &end);
    for (PetscInt r = begin * s->together; r < PetscMin(end * s->together, deal->here[1]); r += s->together)
      GatherSheets(fft, s, r, PetscMin(s->together, deal->here[1] - r), s->block + t * s->room[1], x);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
