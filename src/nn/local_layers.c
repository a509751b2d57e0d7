/* One layer of stencils on a tile, margin by margin: y = x + gelu(h),  h = s (sum_tap x(p + tap) W_tap + F + b) + t.
   Runs lie along the last axis, where channels of neighbouring points follow one another: undilated, three taps are one
   product. */
#include "localimpl.h"

/* The run number r of a tile's valid points: its first point; runs have e[last] - 2 margin points. */
ptrdiff_t kar_local_run(const KarLocal *n, const KarLocalTile *t, PetscInt margin, PetscInt r)
{
  ptrdiff_t p = margin; /* along the last axis, whose stride is 1 */

  for (PetscInt a = n->dim - 2; a >= 0; a--) {
    const PetscInt valid = t->e[a] - 2 * margin;

    p += (margin + r % valid) * t->stride[a];
    r /= valid;
  }
  return p;
}

PetscInt kar_local_runs(const KarLocal *n, const KarLocalTile *t, PetscInt margin)
{
  PetscInt runs = 1;

  for (PetscInt a = 0; a < n->dim - 1; a++) runs *= t->e[a] - 2 * margin;
  return runs;
}

/* Points from a point to the first of three taps along the last axis, for number o of the taps of the other axes. */
static ptrdiff_t Offset(const KarLocal *n, const KarLocalTile *t, PetscInt d, PetscInt o)
{
  ptrdiff_t p = -d;

  for (PetscInt a = n->dim - 2; a >= 0; a--) {
    p += (o % 3 - 1) * d * t->stride[a];
    o /= 3;
  }
  return p;
}

/* w = s W, its transpose, and the shift s b + t. mod is [2][W]: s - 1 and t. */
void kar_local_scale(KarLocal *n, PetscInt l, const float mod[])
{
  const PetscInt W = n->W, C = kar_local_channels(n, l), X = l ? W : (C + 15) / 16 * 16;
  const float   *stencil = kar_local_at(n, n->tensors.p, KAR_LOCAL_STENCIL, l),
              *bias      = kar_local_at(n, n->tensors.p, KAR_LOCAL_BIAS, l);

  memset(n->wt, 0, (size_t)(n->taps * W * X) * sizeof(float));
  for (PetscInt tap = 0; tap < n->taps; tap++)
    for (PetscInt c = 0; c < C; c++)
      for (PetscInt j = 0; j < W; j++) {
        const float w = stencil[(tap * C + c) * W + j] * (1 + mod[j]);

        n->w[(tap * C + c) * W + j]  = w;
        n->wt[(tap * W + j) * X + c] = w;
      }
  for (PetscInt j = 0; j < W; j++) n->shift[j] = (1 + mod[j]) * bias[j] + mod[W + j];
}

void kar_local_layer(KarLocal *n, PetscInt l, const KarLocalTile *t, PetscInt margin, const float *x, float *y,
                     float *slope)
{
  const PetscInt W = n->W, C = kar_local_channels(n, l), d = n->d[l], after = margin + d,
                 m    = t->e[n->dim - 1] - 2 * after;
  const PetscInt runs = kar_local_runs(n, t, after);

  for (PetscInt r = 0; r < runs; r++) {
    const ptrdiff_t p = kar_local_run(n, t, after, r);
    float          *h = y + p * W;

    for (PetscInt i = 0; i < m; i++) memcpy(h + i * W, n->shift, (size_t)W * sizeof(float));
    for (PetscInt o = 0; o < n->outer; o++) {
      const float *a = x + (p + Offset(n, t, d, o)) * C, *w = n->w + 3 * o * C * W;

      if (d == 1) n->kernels->gemm(m, W, 3 * C, a, C, 1, w, W, h, W, 1);
      else
        for (PetscInt tap = 0; tap < 3; tap++)
          n->kernels->gemm(m, W, C, a + tap * d * C, C, 1, w + tap * C * W, W, h, W, 1);
    }
    if (n->fourier) kar_local_fourier_add(n, t, after, p, W, h);
    if (slope) n->kernels->gelu_slope(m * W, h, h, slope + p * W);
    else n->kernels->gelu(m * W, h, h);
    if (l)
      for (PetscInt i = 0; i < m * W; i++) h[i] += x[p * W + i];
  }
}

void kar_local_layer_adjoint(KarLocal *n, PetscInt l, const KarLocalTile *t, PetscInt margin, const float *x,
                             const float *slope, float *dy, float *dx, PetscBool weights)
{
  const PetscInt W = n->W, C = kar_local_channels(n, l), X = l ? W : (C + 15) / 16 * 16, d = n->d[l],
                 after = margin + d;
  const PetscInt m = t->e[n->dim - 1] - 2 * after, runs = kar_local_runs(n, t, after), size = n->taps * C * W;
  const float    one = 1;

  if (dx) memset(dx, 0, (size_t)(t->e[0] * t->e[1] * t->e[2] * X) * sizeof(float));
  for (PetscInt r = 0; r < runs; r++) {
    const ptrdiff_t p  = kar_local_run(n, t, after, r);
    float          *dh = dy + p * W;

    if (dx && l)
      for (PetscInt i = 0; i < m * W; i++) dx[p * W + i] += dh[i];
    n->kernels->multiply(m * W, dh, slope + p * W, dh);
    if (n->fourier) kar_local_fourier_collect(n, t, after, p, W, dh);
    if (weights) n->kernels->gemm(1, W, m, &one, 0, 0, dh, W, n->G + size, W, 1);
    for (PetscInt o = 0; o < n->outer; o++) {
      const ptrdiff_t q = p + Offset(n, t, d, o);

      if (weights && d == 1) n->kernels->gemm(3 * C, W, m, x + q * C, 1, C, dh, W, n->G + 3 * o * C * W, W, 1);
      for (PetscInt tap = 0; tap < 3; tap++) {
        if (weights && d != 1)
          n->kernels->gemm(C, W, m, x + (q + tap * d) * C, 1, C, dh, W, n->G + (3 * o + tap) * C * W, W, 1);
        if (dx) n->kernels->gemm(m, X, W, dh, W, 1, n->wt + (3 * o + tap) * W * X, X, dx + (q + tap * d) * X, X, 1);
      }
    }
  }
}

/* Rows along axis a at index i of it, over all of the later axes and the interior of the earlier ones: copied from
   index j, or added to it. */
static void MoveRows(const KarLocal *n, const KarLocalTile *t, PetscInt a, PetscInt i, PetscInt j, PetscInt channels,
                     PetscBool add, float *x)
{
  const PetscInt length = t->stride[a] * channels, M = t->margin;
  PetscInt       first[2] = {0, 0}, end[2] = {1, 1};

  for (PetscInt b = 0; b < a; b++) first[b] = M, end[b] = t->e[b] - M;
  for (PetscInt p = first[0]; p < end[0]; p++)
    for (PetscInt q = first[1]; q < end[1]; q++) {
      const ptrdiff_t base = (a > 0 ? p * t->stride[0] : 0) + (a > 1 ? q * t->stride[1] : 0);
      float *halo = x + (base + i * t->stride[a]) * channels, *inside = x + (base + j * t->stride[a]) * channels;

      if (add)
        for (PetscInt c = 0; c < length; c++) inside[c] += halo[c];
      else memcpy(halo, inside, (size_t)length * sizeof(float));
    }
}

void kar_local_wrap(const KarLocal *n, const KarLocalTile *t, PetscInt channels, float *x)
{
  for (PetscInt a = n->dim - 1; a >= 0; a--)
    for (PetscInt i = 0; i < t->margin; i++) {
      MoveRows(n, t, a, i, i + t->n[a], channels, PETSC_FALSE, x);
      MoveRows(n, t, a, t->margin + t->n[a] + i, t->margin + i, channels, PETSC_FALSE, x);
    }
}

void kar_local_fold(const KarLocal *n, const KarLocalTile *t, PetscInt channels, float *x)
{
  for (PetscInt a = 0; a < n->dim; a++)
    for (PetscInt i = 0; i < t->margin; i++) {
      MoveRows(n, t, a, i, i + t->n[a], channels, PETSC_TRUE, x);
      MoveRows(n, t, a, t->margin + t->n[a] + i, t->margin + i, channels, PETSC_TRUE, x);
    }
}
