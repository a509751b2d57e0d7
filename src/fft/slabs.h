/* The real transform of two or three axes in slabs, once for each precision.  The including file has named it: REAL, a
   number; NAMED(name); FFTW(name); MPI_REALS, MPI's name of REAL.
   A rank holds planes of the field along axis 0 and sheets of modes along axis 1.  Either way is two passes through
   cache and an exchange between them, a part at a time, so that what is sent is small and warm:
     to space    sheets: scaled, transformed along axis 0, dealt;   planes: put together, transformed along the others
     to modes    planes: transformed along the others, dealt;   sheets: put together, transformed along axis 0, scaled
   FFTW3-MPI works on the whole array axis by axis and transposes it in place: the same to rounding, in 1.2 to 1.9
   times the time (karhunen-bench -bench_type field).  Every sheet has one plan and every plane another: bits depend
   on no number of ranks or threads. */
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
  PetscInt apart,
    capacity[4]; /* numbers: from sheet to sheet of a block; of a thread's sheets, block, hat or out, pair */
  REAL *send;    /* to other ranks, rank by rank */
  REAL *sheets, *block, *hat, *out,
    *pair; /* of each thread: sheets as drawn, in transform, a plane's modes, a plane, pairs of a row */
  MPI_Datatype column,
    across[2]; /* what a sheet has of an index of axis 0; what a sheet has here, what a plane has here */
  int *counts[2], *displacements[2]; /* of an exchange: sent, received */
};

/* What this rank has received, until the transform is over: one room for all transforms of a process. */
static REAL    *room;
static size_t   room_size;
static PetscInt room_users;

#include "slabs_plan.h"
#include "slabs_deal.h"

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
      memcpy(hat + first * deal->inner, room + (first * deal->here[0] + i * count) * deal->inner,
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
        REAL          *sheets = s->sheets + t * s->capacity[0];

        if (!x) FILL_ROWS(m, (first + r) * rows, (first + r + n) * rows, noise, s->pair + t * s->capacity[3], sheets);
        DealSheets(fft, s, p, first, count, r, n, x ? x + (first + r) * size : sheets, s->block + t * s->capacity[1]);
      }
    }
    PetscCall(Exchange(deal, s, 0, p, fft->info.comm));
  }
#pragma omp parallel for num_threads(fft->threads) schedule(static, 1)
  for (int t = 0; t < fft->threads; t++) {
    PetscInt begin, end;

    kar_part(deal->here[0], t, fft->threads, &begin, &end);
    for (PetscInt i = begin; i < end; i++) {
      GatherPlane(deal, s, i, s->hat + t * s->capacity[2]);
      PutPlane(fft, s, i, s->hat + t * s->capacity[2], s->out + t * s->capacity[2], field, stride, channels);
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

    Turn(n, deal->n[0], width, room + r * deal->inner + from, (PetscInt[2]){deal->here[1] * deal->inner, deal->inner},
         block, (PetscInt[2]){s->columns, s->apart});
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
        TakePlane(fft, s, first + i, field, stride, channels, s->out + t * s->capacity[2], s->hat + t * s->capacity[2]);
        DealPlane(deal, s, p, i, s->hat + t * s->capacity[2]);
      }
    }
    PetscCall(Exchange(deal, s, 1, p, fft->info.comm));
  }
#pragma omp parallel for num_threads(fft->threads) schedule(static, 1)
  for (int t = 0; t < fft->threads; t++) {
    PetscInt begin, end;

    kar_part((deal->here[1] + s->together - 1) / s->together, t, fft->threads, &begin, &end);
    for (PetscInt r = begin * s->together; r < PetscMin(end * s->together, deal->here[1]); r += s->together)
      GatherSheets(fft, s, r, PetscMin(s->together, deal->here[1] - r), s->block + t * s->capacity[1], x);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
