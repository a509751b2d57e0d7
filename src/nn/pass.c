/* One pass over the points of a sample: planes of axis 0 by blocks, rows of a plane, tiles of a row.  Along each axis the
   transform is a product with its table of functions: in evaluates, out collects.  With both halves of an axis at hand,
   u(x) = E + O, u(x + period/2) = E - O, E and O the even and the odd functions. */
#include "nnimpl.h"

/* out[m points from first, and in a folded axis m half a period later][N] <- sum_f z[f][N] f(x) */
static void evaluate(const KarKernels *k, const KarAxis *a, PetscInt first, PetscInt m, PetscInt N, const float *z, float *out)
{
  if (a->fold) {
    k->gemm(m, N, a->ne, a->function + first, 1, a->n, z, N, out, N, 0);
    k->gemm(m, N, a->nf - a->ne, a->function + a->ne * a->n + first, 1, a->n, z + a->ne * N, N, out + m * N, N, 0);
    k->butterfly(m * N, out, out + m * N, out, out + m * N);
  } else k->gemm(m, N, a->nf, a->function + first, 1, a->n, z, N, out, N, 0);
}

/* The adjoint: out[f][N] (+)= sum_x f(x) v(x); a folded axis gets v as the sums, then the differences, of the two halves. */
static void collect(const KarKernels *k, const KarAxis *a, PetscInt first, PetscInt m, PetscInt N, const float *v, float *out, int add)
{
  const float *table = a->point + first * a->nf;

  if (a->fold) {
    k->gemm(a->ne, N, m, table, 1, a->nf, v, N, out, N, add);
    k->gemm(a->nf - a->ne, N, m, table + a->ne, 1, a->nf, v + m * N, N, out + a->ne * N, N, add);
  } else k->gemm(a->nf, N, m, table, 1, a->nf, v, N, out, N, add);
}

static void row(KarFNO fno, KarFNOTile *tile, PetscInt at, KarFNOTileFn *fn)
{
  const PetscInt segments = fno->axis[fno->config.dim - 1].fold ? 2 : 1, length = fno->nrow / segments;

  tile->segments = segments;
  for (tile->t = 0; tile->t < length; tile->t += tile->n) {
    tile->n     = PetscMin(KAR_TILE / segments, length - tile->t);
    tile->add   = tile->t > 0;
    tile->at[0] = at + tile->t;
    tile->at[1] = tile->at[0] + length;
    fn(fno, tile);
  }
}

/* n rows, the first at point `at`: z[rows][nf][W], acc[rows][nf][D]. */
static void rows(KarFNO fno, KarFNOTile *tile, PetscInt at, PetscInt n, const float *z, float *acc, PetscInt D, KarFNOTileFn *fn)
{
  const PetscInt nf = fno->axis[fno->config.dim - 1].nf;

  for (PetscInt i = 0; i < n; i++) {
    tile->z   = z + i * nf * fno->W;
    tile->acc = acc + i * nf * D;
    row(fno, tile, at + i * fno->nrow, fn);
  }
}

/* One plane in 3D; the fields of z are dz apart. */
static void plane(KarFNO fno, KarFNOTile *tile, PetscInt at, PetscInt n, const float *z, PetscInt dz, float *acc, PetscInt D,
                  KarFNOTileFn *fn)
{
  const KarKernels *k = fno->kernels;
  const KarAxis    *a = &fno->axis[1];
  const PetscInt    nf = fno->axis[2].nf, m = a->fold ? a->n / 2 : a->n, half = m * nf * D;
  float            *out = fno->planeout;

  tile->dz = a->n * nf * fno->W;
  for (PetscInt i = 0; i < n; i++) evaluate(k, a, 0, m, nf * fno->W, z + i * dz, fno->planein + i * tile->dz);
  rows(fno, tile, at, a->n, fno->planein, out, D, fn);
  if (D && a->fold) k->butterfly(half, out, out + half, out, out + half);
  if (D) collect(k, a, 0, m, nf * D, out, acc, 0);
}

void kar_fno_pass(KarFNO fno, KarFNOTile *tile, PetscInt n, PetscInt D, KarFNOTileFn *fn)
{
  const KarKernels *k   = fno->kernels;
  const KarAxis    *a   = &fno->axis[0];
  const PetscInt    dim = fno->config.dim, rest = fno->nprod / a->nf, halves = a->fold ? 2 : 1, length = a->n / halves;
  const PetscInt    points = fno->np / a->n, dz = KAR_BLOCK * rest * fno->W;

  if (dim == 1) {
    tile->dz = fno->nprod * fno->W;
    rows(fno, tile, 0, 1, fno->in, fno->out, D, fn);
    return;
  }
  for (PetscInt first = 0; first < length; first += KAR_BLOCK / halves) {
    const PetscInt m = PetscMin(KAR_BLOCK / halves, length - first), half = m * rest * D;
    float         *out = fno->blockout;

    for (PetscInt i = 0; i < n; i++) evaluate(k, a, first, m, rest * fno->W, kar_fno_field(fno, i), fno->blockin + i * dz);
    for (PetscInt i = 0; i < halves * m; i++) {
      const PetscInt at = (first + i % m + i / m * length) * points;
      const float   *z  = fno->blockin + i * rest * fno->W;

      tile->dz = dz;
      if (dim == 2) rows(fno, tile, at, 1, z, out + i * rest * D, D, fn);
      else plane(fno, tile, at, n, z, dz, out + i * rest * D, D, fn);
    }
    if (D && a->fold) k->butterfly(half, out, out + half, out, out + half);
    if (D) collect(k, a, first, m, rest * D, out, fno->out, first > 0);
  }
}

void kar_fno_evaluate(KarFNO fno, const KarFNOTile *tile, PetscInt i, float h[])
{
  evaluate(fno->kernels, &fno->axis[fno->config.dim - 1], tile->t, tile->n, fno->W, tile->z + i * tile->dz, h);
}

void kar_fno_collect(KarFNO fno, const KarFNOTile *tile, PetscInt C, float *const v[2], float work[])
{
  const KarAxis *a = &fno->axis[fno->config.dim - 1];

  if (a->fold) fno->kernels->butterfly(tile->n * C, v[0], v[1], work, work + tile->n * C);
  collect(fno->kernels, a, tile->t, tile->n, C, a->fold ? work : v[0], tile->acc, tile->add);
}

void kar_fno_augment(KarFNO fno, const KarFNOTile *tile, PetscInt i, float v[])
{
  const PetscInt cin = fno->config.cin, X = fno->X;
  const float   *x = fno->x + (tile->s * fno->np + tile->at[i]) * cin;

  for (PetscInt j = 0; j < tile->n; j++, v += X, x += cin) {
    for (PetscInt c = 0; c < cin; c++) v[c] = x[c];
    v[cin] = 1;
    for (PetscInt c = cin + 1; c < X; c++) v[c] = 0;
  }
}
