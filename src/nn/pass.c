/* One pass over the points of a sample: planes of axis 0 by blocks, rows of a plane, tiles of a row.  Along each axis
   the transform is a product with its tables of functions: in evaluates, out collects.  On an axis of two or four
   images (KarAxis) each table is multiplied with one of them; signs on the images are the rows of pair and of
   hadamard.  Rows of eight: eighths.c. */
#include "fnoimpl.h"
#include <stddef.h>

/* The point of the axis that image q of point j is; -1 when an earlier image is that point too. */
static inline PetscInt image(const KarAxis *a, PetscInt j, PetscInt q)
{
  const PetscInt i = q < 4 ? j : a->n / 4 - j;

  if (a->images == 2 && q == 1) return a->n - 1 - j > j ? a->n - 1 - j : -1;
  if ((q >= 4 && j == a->length - 1) || (q % 4 >= 2 && (i == 0 || i == a->n / 4))) return -1;
  return q % 4 == 0 ? i : q % 4 == 1 ? a->n / 2 + i : q % 4 == 2 ? a->n / 2 - i : a->n - i;
}

/* out[image][m points from first][N] <- sum_f z[f][N] f(x), of one, two or four images */
static void evaluate(const KarKernels *k, const KarAxis *a, PetscInt first, PetscInt m, PetscInt N, const float *z,
                     float *out)
{
  for (PetscInt g = 0; g < a->tables; g++)
    k->gemm(m, N, a->start[g + 1] - a->start[g], a->point + first * a->nf + a->start[g], a->nf, 1, z + a->start[g] * N,
            N, out + g * m * N, N, 0);
  if (a->images == 4) k->hadamard(m * N, out, out);
  if (a->images == 2) k->pair(m * N, out, out);
}

/* The adjoint: out[f][N] (+)= sum_x f(x) v(x); v is blank, and work may be v. */
static void collect(const KarKernels *k, const KarAxis *a, PetscInt first, PetscInt m, PetscInt N, const float *v,
                    float *out, int add, float *work)
{
  if (a->images == 4) k->hadamard(m * N, v, work);
  if (a->images == 2) k->pair(m * N, v, work);
  if (a->images > 1) v = work;
  for (PetscInt g = 0; g < a->tables; g++)
    k->gemm(a->start[g + 1] - a->start[g], N, m, a->point + first * a->nf + a->start[g], 1, a->nf, v + g * m * N, N,
            out + a->start[g] * N, N, add);
}

/* Points [first, end) of a row whose points begin at `base`, and its stored ones at `at`; n fields come in. */
static void row(KarFNO fno, KarFNOTile *tile, PetscInt base, PetscInt at, PetscInt first, PetscInt end, PetscInt n,
                PetscInt D, KarFNOTileFn *fn)
{
  const KarAxis   *a       = &fno->arch.axis[fno->arch.config.dim - 1];
  const PetscInt   eighths = kar_eighths(a);
  const KarFNOTile whole   = *tile;

  if (eighths) {
    for (PetscInt i = 0; i < n; i++)
      kar_eighths_from(a, fno->arch.W, whole.z + i * whole.dz, tile->with->rowin + i * eighths * fno->arch.W);
    tile->z   = tile->with->rowin;
    tile->dz  = eighths * fno->arch.W;
    tile->acc = tile->with->rowout;
  }
  tile->base = base;
  tile->at   = at + a->images * first;
  for (tile->t = first; tile->t < end; tile->t += tile->m, tile->at += tile->n) {
    tile->m   = PetscMin(KAR_TILE / a->images, end - tile->t);
    tile->n   = a->images * tile->m;
    tile->add = tile->t > first;
    fn(fno, tile);
  }
  if (eighths && D && first < end) kar_eighths_to(a, D, tile->acc, whole.acc);
  tile->dz = whole.dz;
}

/* One plane in 3D, rows from row number `first` of this rank on; the fields of z are dz apart. */
static void plane(KarFNO fno, KarFNOTile *tile, PetscInt first, PetscInt n, const float *z, PetscInt dz, float *acc,
                  PetscInt D, KarFNOTileFn *fn)
{
  const KarKernels   *k    = fno->books.kernels;
  const KarAxis      *a    = &fno->arch.axis[1];
  const KarFNOThread *with = tile->with;
  const PetscInt      nf = fno->arch.axis[2].nf, W = fno->arch.W;

  tile->dz = a->images * a->length * nf * W;
  for (PetscInt i = 0; i < n; i++) evaluate(k, a, 0, a->length, nf * W, z + i * dz, with->planein + i * tile->dz);
  for (PetscInt i = 0; i < a->images * a->length; i++) {
    const PetscInt j = image(a, i % a->length, i / a->length);

    tile->z   = with->planein + i * nf * W;
    tile->acc = with->planeout + i * nf * D;
    if (j >= 0)
      row(fno, tile, (first + j) * fno->arch.nrow, (first + j) * fno->arch.nsrow, 0, fno->arch.axis[2].length, n, D,
          fn);
    else kar_zero(nf * D, tile->acc);
  }
  if (D) collect(k, a, 0, a->length, nf * D, with->planeout, acc, 0, with->planeout);
}

/* Row j of axis 0 in 2D, plane j in 3D. */
static void one(KarFNO fno, KarFNOTile *tile, PetscInt j, PetscInt n, PetscInt D, KarFNOTileFn *fn)
{
  if (fno->arch.config.dim == 2)
    row(fno, tile, j * fno->arch.nrow, j * fno->arch.nsrow, 0, fno->arch.axis[1].length, n, D, fn);
  else plane(fno, tile, j * fno->arch.axis[1].n, n, tile->z, tile->dz, tile->acc, D, fn);
}

/* Points [first, end) of axis 0, with their images, in 2D and 3D. */
static void slab(KarFNO fno, KarFNOTile *tile, PetscInt first, PetscInt end, PetscInt n, PetscInt D, KarFNOTileFn *fn)
{
  const KarKernels   *k    = fno->books.kernels;
  const KarAxis      *a    = &fno->arch.axis[0];
  const KarFNOThread *with = tile->with;
  const PetscInt      rest = fno->arch.nprod / a->nf, dz = KAR_BLOCK * rest * fno->arch.W;

  for (PetscInt at = first, m; at < end; at += m) {
    m = PetscMin(KAR_BLOCK / a->images, end - at);
    for (PetscInt i = 0; i < n; i++)
      evaluate(k, a, at, m, rest * fno->arch.W, kar_fno_field(fno, i), with->blockin + i * dz);
    for (PetscInt i = 0; i < a->images * m; i++) {
      const PetscInt j = image(a, at + i % m, i / m);

      tile->dz  = dz;
      tile->z   = with->blockin + i * rest * fno->arch.W;
      tile->acc = with->blockout + i * rest * D;
      if (j < 0) kar_zero(rest * D, tile->acc);
      else one(fno, tile, j, n, D, fn);
    }
    if (D) collect(k, a, at, m, rest * D, with->blockout, with->out, at > first, with->blockout);
  }
  if (D && first == end) kar_zero(fno->arch.nprod * D, with->out);
}

/* The same where rows come evaluated along axis 0 already, and go as they are. */
static void slab_of_rows(KarFNO fno, KarFNOTile *tile, PetscInt first, PetscInt end, PetscInt n, PetscInt D,
                         KarFNOTileFn *fn)
{
  const PetscInt rest = fno->exchange.rows.rest;

  for (PetscInt j = first; j < end; j++) {
    tile->dz  = fno->batch.infield;
    tile->z   = fno->batch.in + j * rest * fno->arch.W;
    tile->acc = fno->exchange.rows.out + j * rest * D;
    one(fno, tile, j, n, D, fn);
  }
}

/* And in 1D. */
static void line(KarFNO fno, KarFNOTile *tile, PetscInt first, PetscInt end, PetscInt n, PetscInt D, KarFNOTileFn *fn)
{
  tile->dz  = fno->batch.infield;
  tile->z   = fno->batch.in;
  tile->acc = tile->with->out;
  row(fno, tile, 0, 0, first, end, n, D, fn);
  if (D && first == end) kar_zero(fno->arch.nprod * D, tile->with->out);
}

void kar_fno_pass(KarFNO fno, const KarFNOTile *tile, PetscInt n, PetscInt D, KarFNOTileFn *fn)
{
  const PetscBool rows = fno->exchange.type == KAR_EXCHANGE_ROWS ? PETSC_TRUE : PETSC_FALSE;

#pragma omp parallel for num_threads(fno->books.threads) schedule(static, 1)
  for (int t = 0; t < fno->books.threads; t++) {
    KarFNOTile mine = *tile;
    PetscInt   first, end;

    kar_part(rows ? fno->arch.info.ln : fno->arch.axis[0].length, t, fno->books.threads, &first, &end);
    mine.with = &fno->books.thread[t];
    if (rows) slab_of_rows(fno, &mine, first, end, n, D, fn);
    else if (fno->arch.config.dim > 1) slab(fno, &mine, first, end, n, D, fn);
    else line(fno, &mine, first, end, n, D, fn);
  }
  if (D)
    kar_fno_centre(fno, D, PETSC_TRUE,
                   rows ? fno->exchange.rows.out : kar_fno_sum(fno, offsetof(KarFNOThread, out), fno->arch.nprod * D));
}

static float *of(KarFNO fno, int t, size_t member)
{
  return *(float **)((char *)&fno->books.thread[t] + member);
}

float *kar_fno_sum(KarFNO fno, size_t member, ptrdiff_t n)
{
  float *sum = of(fno, 0, member);

  for (int t = 1; t < fno->books.threads; t++) {
    const float *part = of(fno, t, member);

    for (ptrdiff_t i = 0; i < n; i++) sum[i] += part[i];
  }
  return sum;
}

void kar_fno_clear(KarFNO fno, size_t member, ptrdiff_t n)
{
  for (int t = 0; t < fno->books.threads; t++) kar_zero(n, of(fno, t, member));
}

void kar_fno_evaluate(KarFNO fno, const KarFNOTile *tile, PetscInt i, float h[])
{
  const KarAxis *a = &fno->arch.axis[fno->arch.config.dim - 1];
  const float   *z = tile->z + i * tile->dz;

  if (a->images == 8) kar_eighths_evaluate(fno->books.kernels, a, tile->t, tile->m, fno->arch.W, z, h);
  else evaluate(fno->books.kernels, a, tile->t, tile->m, fno->arch.W, z, h);
}

void kar_fno_collect(KarFNO fno, const KarFNOTile *tile, PetscInt C, const float v[], float work[])
{
  const KarAxis *a = &fno->arch.axis[fno->arch.config.dim - 1];

  if (a->images == 8) kar_eighths_collect(fno->books.kernels, a, tile->t, tile->m, C, v, tile->acc, tile->add, work);
  else collect(fno->books.kernels, a, tile->t, tile->m, C, v, tile->acc, tile->add, work);
}

void kar_fno_image(KarFNO fno, const KarFNOTile *tile, PetscInt q, PetscInt *first, PetscInt *end)
{
  const KarAxis *a = &fno->arch.axis[fno->arch.config.dim - 1];

  *first = q * tile->m + (image(a, tile->t, q) < 0);
  *end   = (q + 1) * tile->m - (image(a, tile->t + tile->m - 1, q) < 0);
}

void kar_fno_blank(KarFNO fno, const KarFNOTile *tile, PetscInt C, float v[])
{
  const PetscInt images = fno->arch.axis[fno->arch.config.dim - 1].images;

  for (PetscInt q = 1, first, end; q < images; q++) {
    kar_fno_image(fno, tile, q, &first, &end);
    if (first > q * tile->m) kar_zero(C, v + q * tile->m * C);
    if (end < (q + 1) * tile->m) kar_zero(C, v + end * C);
  }
}

/* Rows [*first, *end) of a tile, those of image q: the point of the first of them, and the distance to the next. */
static PetscInt run(KarFNO fno, const KarFNOTile *tile, PetscInt q, PetscInt *first, PetscInt *end, PetscInt *step)
{
  const KarAxis *a = &fno->arch.axis[fno->arch.config.dim - 1];

  kar_fno_image(fno, tile, q, first, end);
  const PetscInt j = tile->t + *first - q * tile->m, here = *first < *end ? image(a, j, q) : 0;
  *step = *first + 1 < *end ? image(a, j + 1, q) - here : 0;
  return here;
}

void kar_fno_take(KarFNO fno, const KarFNOTile *tile, PetscInt C, const float field[], PetscInt ld, float v[])
{
  for (PetscInt q = 0, first, end, step; q < fno->arch.axis[fno->arch.config.dim - 1].images; q++) {
    const float *from = field + (tile->s * fno->arch.np + tile->base + run(fno, tile, q, &first, &end, &step)) * C;

    for (PetscInt c = 0; c < C; c++)
      for (PetscInt i = first; i < end; i++) v[i * ld + c] = from[(i - first) * step * C + c];
  }
}

void kar_fno_give(KarFNO fno, const KarFNOTile *tile, PetscInt C, const float v[], float field[])
{
  for (PetscInt q = 0, first, end, step; q < fno->arch.axis[fno->arch.config.dim - 1].images; q++) {
    float *to = field + (tile->s * fno->arch.np + tile->base + run(fno, tile, q, &first, &end, &step)) * C;

    for (PetscInt c = 0; c < C; c++)
      for (PetscInt i = first; i < end; i++) to[(i - first) * step * C + c] = v[i * C + c];
  }
}

void kar_fno_augment(KarFNO fno, const KarFNOTile *tile, float v[])
{
  const PetscInt cin = fno->arch.config.cin, X = fno->arch.X;

  kar_zero(tile->n * X, v);
  kar_fno_take(fno, tile, cin, fno->batch.x, X, v);
  for (PetscInt q = 0, first, end; q < fno->arch.axis[fno->arch.config.dim - 1].images; q++)
    for (kar_fno_image(fno, tile, q, &first, &end); first < end; first++) v[first * X + cin] = 1;
}
