/* The layers of a U-net on one sample: stencils, and passages between levels. Runs lie along the last axis, where
   channels of neighbouring points follow one another: three taps are one product. */
#include <string.h>
#include "unetimpl.h"

#define CHUNK 160 /* points whose share of a stencil's gradient is one product */

static PetscInt Rows(const KarUNet *n, const KarUNetLevel *v)
{
  return v->points / v->n[n->dim - 1];
}

/* Points from a point to the first of three taps along the last axis, for number o of the taps of the other axes. */
static ptrdiff_t Offset(const KarUNet *n, const KarUNetLevel *v, PetscInt o)
{
  ptrdiff_t p = -1;

  for (PetscInt a = n->dim - 2; a >= 0; a--) {
    p += (o % 3 - 1) * v->stride[a];
    o /= 3;
  }
  return p;
}

/* Planes i and j of axis a: i <- j, or j += i; over all of the later axes and the inside of the earlier ones. */
static void MovePlane(const KarUNetLevel *v, PetscInt a, PetscInt i, PetscInt j, PetscInt channels, PetscBool add,
                      float *x)
{
  const PetscInt length   = v->stride[a] * channels;
  PetscInt       first[2] = {0, 0}, end[2] = {1, 1};

  for (PetscInt b = 0; b < a; b++) first[b] = KAR_UNET_MARGIN, end[b] = KAR_UNET_MARGIN + v->n[b];
  for (PetscInt p = first[0]; p < end[0]; p++)
    for (PetscInt q = first[1]; q < end[1]; q++) {
      const ptrdiff_t base = (a > 0 ? p * v->stride[0] : 0) + (a > 1 ? q * v->stride[1] : 0);
      float          *to = x + (base + i * v->stride[a]) * channels, *from = x + (base + j * v->stride[a]) * channels;

      if (add)
        for (PetscInt c = 0; c < length; c++) from[c] += to[c];
      else memcpy(to, from, (size_t)length * sizeof(float));
    }
}

/* The two planes beside the inside along each axis continue it; or, with add, are added to what they continue. */
static void Continue(const KarUNet *n, const KarUNetLevel *v, PetscInt channels, PetscBool add, float *x)
{
  for (PetscInt b = 0; b < n->dim; b++) {
    const PetscInt a = add ? b : n->dim - 1 - b, size = v->n[a];

    for (int side = 0; side < 2; side++) {
      const PetscInt i = side ? size : -1;

      MovePlane(v, a, KAR_UNET_MARGIN + i, KAR_UNET_MARGIN + kar_halo_point(n->basis, size, i), channels, add, x);
    }
  }
}

/* --- Stencils ------------------------------------------------------------ */
void kar_unet_layer(const KarUNet *n, PetscInt i, PetscInt slot, const float *mod)
{
  const KarUNetLayer *y = &n->layer[i];
  const KarUNetLevel *v = &n->level[y->level];
  const PetscInt      W = y->W, C = y->C, m = v->n[n->dim - 1], rows = Rows(n, v);
  const float        *w = kar_unet_at(n, n->tensors.p, kar_unet_stencil(i)),
              *b = kar_unet_at(n, n->tensors.p, kar_unet_stencil(i) + 1), *s = mod + y->mod, *t = s + W;
  float *in = y->in + slot * v->padded * C, *out = y->out + slot * v->padded * W;

  Continue(n, v, C, PETSC_FALSE, in);
  for (PetscInt r = 0; r < rows; r++) {
    const ptrdiff_t p = kar_unet_row(n, v, r);
    float *restrict c = y->c ? y->c + (slot * v->padded + p) * W : n->v, *restrict h = n->row,
                    *restrict to = out + p * W;

    for (PetscInt k = 0; k < m; k++) memcpy(c + k * W, b, (size_t)W * sizeof(float));
    for (PetscInt o = 0; o < n->outer; o++)
      n->kernels->gemm(m, W, 3 * C, in + (p + Offset(n, v, o)) * C, C, 1, w + 3 * o * C * W, W, c, W, 1);
    for (PetscInt k = 0; k < m; k++)
      for (PetscInt j = 0; j < W; j++) h[k * W + j] = (1 + s[j]) * c[k * W + j] + t[j];
    n->kernels->gelu(m * W, h, i ? h : to);
    if (i)
      for (PetscInt k = 0; k < m * W; k++) to[k] = in[p * W + k] + h[k];
  }
}

/* dc = s gelu'(s c + t) dy, inside; its margins are zero. dmod. */
static void Inner(KarUNet *n, const KarUNetLayer *y, const KarUNetLevel *v, const float *all, const float *mod,
                  float *dmod, const float *dy)
{
  const PetscInt W = y->W, m = v->n[n->dim - 1], rows = Rows(n, v);
  const float   *s = mod + y->mod, *t = s + W;
  float *restrict ds = dmod + y->mod, *restrict dt = ds + W;

  memset(n->dc, 0, (size_t)(v->padded * W) * sizeof(float));
  memset(ds, 0, (size_t)(2 * W) * sizeof(float));
  for (PetscInt r = 0; r < rows; r++) {
    const ptrdiff_t p       = kar_unet_row(n, v, r);
    const float *restrict c = all + p * W, *restrict d = dy + p * W;
    float *restrict h = n->row, *restrict slope = n->slope, *restrict dc = n->dc + p * W;

    for (PetscInt k = 0; k < m; k++)
      for (PetscInt j = 0; j < W; j++) h[k * W + j] = (1 + s[j]) * c[k * W + j] + t[j];
    n->kernels->gelu_slope(m * W, h, h, slope);
    n->kernels->multiply(m * W, d, slope, h);
    for (PetscInt k = 0; k < m; k++)
      for (PetscInt j = 0; j < W; j++) {
        const float dh = h[k * W + j];

        ds[j] += dh * c[k * W + j];
        dt[j] += dh;
        dc[k * W + j] = (1 + s[j]) * dh;
      }
  }
}

static void StencilGradient(KarUNet *n, PetscInt i, const KarUNetLevel *v, const float *in, const float *mod,
                            const float *dmod)
{
  const KarUNetLayer *y = &n->layer[i];
  const PetscInt      W = y->W, C = y->C;
  const ptrdiff_t     end = v->padded - v->first;
  float              *g   = kar_unet_at(n, n->tensors.g, kar_unet_stencil(i)),
        *db               = kar_unet_at(n, n->tensors.g, kar_unet_stencil(i) + 1);

  for (ptrdiff_t q = v->first; q < end; q += CHUNK) {
    const ptrdiff_t m = PetscMin(CHUNK, end - q);

    for (PetscInt o = 0; o < n->outer; o++)
      n->kernels->gemm(3 * C, W, m, in + (q + Offset(n, v, o)) * C, 1, C, n->dc + q * W, W, g + 3 * o * C * W, W, 1);
  }
  for (PetscInt j = 0; j < W; j++) db[j] += (1 + mod[y->mod + j]) * dmod[y->mod + W + j];
}

/* dx(p) = sum_tap dc(p + tap) W_{-tap}^T, inside; where the box does not wrap also on the planes beside it, which are
   then added to what they continue. */
static void InputGradient(KarUNet *n, PetscInt i, const KarUNetLevel *v, float *dx)
{
  const KarUNetLayer *y = &n->layer[i];
  const PetscInt W = y->W, X = y->X, ring = n->basis == KAR_BASIS_PERIODIC ? 0 : 1, m = v->n[n->dim - 1] + 2 * ring;
  PetscInt       rows = 1;

  if (!ring) Continue(n, v, W, PETSC_FALSE, n->dc);
  for (PetscInt a = 0; a < n->dim - 1; a++) rows *= v->n[a] + 2 * ring;
  for (PetscInt r = 0; r < rows; r++) {
    ptrdiff_t p    = v->first - ring;
    PetscInt  rest = r;

    for (PetscInt a = n->dim - 2; a >= 0; a--) {
      p += (rest % (v->n[a] + 2 * ring) - ring) * v->stride[a];
      rest /= v->n[a] + 2 * ring;
    }
    for (PetscInt o = 0; o < n->outer; o++)
      n->kernels->gemm(m, X, 3 * W, n->dc + (p + Offset(n, v, o)) * W, W, 1, y->wt + 3 * o * W * X, X, dx + p * X, X,
                       o > 0);
  }
  if (ring) Continue(n, v, X, PETSC_TRUE, dx);
}

void kar_unet_layer_adjoint(KarUNet *n, PetscInt i, PetscInt slot, const float *mod, float *dmod, PetscBool weights,
                            PetscBool input)
{
  const KarUNetLayer *y = &n->layer[i];
  KarUNetLevel       *v = &n->level[y->level];
  const PetscInt      m = v->n[n->dim - 1] * y->W, rows = Rows(n, v);
  const float        *in = y->in + slot * v->padded * y->C;
  float              *swap;

  Inner(n, y, v, y->c + slot * v->padded * y->W, mod, dmod, v->du);
  if (weights) StencilGradient(n, i, v, in, mod, dmod);
  if (!input) return;
  InputGradient(n, i, v, v->dv);
  for (PetscInt r = 0; r < rows && i; r++) {
    const ptrdiff_t p = kar_unet_row(n, v, r) * y->W;

    for (PetscInt k = 0; k < m; k++) v->dv[p + k] += v->du[p + k];
  }
  swap = v->du, v->du = v->dv, v->dv = swap;
}

/* --- Passages ------------------------------------------------------------ */
/* Place in the finer level, of its first child, of inner row r of the coarser one. */
static ptrdiff_t FineRow(const KarUNet *n, const KarUNetLevel *fine, const KarUNetLevel *coarse, PetscInt r)
{
  ptrdiff_t p = fine->first;

  for (PetscInt a = n->dim - 2; a >= 0; a--) {
    p += 2 * (r % coarse->n[a]) * fine->stride[a];
    r /= coarse->n[a];
  }
  return p;
}

static ptrdiff_t Child(const KarUNet *n, const KarUNetLevel *fine, PetscInt child)
{
  ptrdiff_t p = 0;

  for (PetscInt a = n->dim - 1; a >= 0; a--, child /= 2) p += child % 2 * fine->stride[a];
  return p;
}

/* coarse[q], points of inner row r one after the other, = scale times the sum over their children of fine. */
static void SumChildren(const KarUNet *n, const KarUNetLevel *f, const KarUNetLevel *v, PetscInt r, PetscInt W,
                        float scale, const float *fine, float *coarse)
{
  const PetscInt  m = v->n[n->dim - 1];
  const ptrdiff_t p = FineRow(n, f, v, r);

  memset(coarse, 0, (size_t)(m * W) * sizeof(float));
  for (PetscInt child = 0; child < n->children; child++) {
    const float *from = fine + (p + Child(n, f, child)) * W;

    for (PetscInt k = 0; k < m; k++)
      for (PetscInt j = 0; j < W; j++) coarse[k * W + j] += scale * from[2 * k * W + j];
  }
}

/* The adjoint, added: each child += scale times its parent. */
static void AddToChildren(const KarUNet *n, const KarUNetLevel *f, const KarUNetLevel *v, PetscInt r, PetscInt W,
                          float scale, const float *coarse, float *fine)
{
  const PetscInt  m = v->n[n->dim - 1];
  const ptrdiff_t p = FineRow(n, f, v, r);

  for (PetscInt child = 0; child < n->children; child++) {
    float *to = fine + (p + Child(n, f, child)) * W;

    for (PetscInt k = 0; k < m; k++)
      for (PetscInt j = 0; j < W; j++) to[2 * k * W + j] += scale * coarse[k * W + j];
  }
}

void kar_unet_pass_down(const KarUNet *n, PetscInt l, PetscInt i, PetscInt slot)
{
  const KarUNetLevel *f = &n->level[l], *v = &n->level[l + 1];
  const PetscInt      m = v->n[n->dim - 1], rows = Rows(n, v);
  const float        *w = kar_unet_at(n, n->tensors.p, kar_unet_down(n, l)),
              *b        = kar_unet_at(n, n->tensors.p, kar_unet_down(n, l) + 1);
  float *in             = n->layer[i].in + slot * v->padded * v->W;

  for (PetscInt r = 0; r < rows; r++) {
    float *pooled = f->pooled ? f->pooled + (slot * v->points + r * m) * f->W : n->v;

    SumChildren(n, f, v, r, f->W, 1 / (float)n->children, f->skip + slot * f->padded * f->W, pooled);
    n->kernels->affine(m, v->W, f->W, pooled, f->W, w, v->W, b, in + kar_unet_row(n, v, r) * v->W, v->W);
  }
}

void kar_unet_pass_up(const KarUNet *n, PetscInt l, PetscInt i, PetscInt slot)
{
  const KarUNetLevel *f = &n->level[l], *v = &n->level[l + 1];
  const PetscInt      m = v->n[n->dim - 1], rows = Rows(n, v), fine = Rows(n, f), length = f->n[n->dim - 1] * f->W;
  const float        *w = kar_unet_at(n, n->tensors.p, kar_unet_up(n, l)),
              *b        = kar_unet_at(n, n->tensors.p, kar_unet_up(n, l) + 1);
  const float *low = v->low + slot * v->padded * v->W, *skip = f->skip + slot * f->padded * f->W;
  float       *in = n->layer[i].in + slot * f->padded * f->W;

  for (PetscInt r = 0; r < fine && in != skip; r++)
    memcpy(in + kar_unet_row(n, f, r) * f->W, skip + kar_unet_row(n, f, r) * f->W, (size_t)length * sizeof(float));
  for (PetscInt r = 0; r < rows; r++) {
    n->kernels->affine(m, f->W, v->W, low + kar_unet_row(n, v, r) * v->W, v->W, w, f->W, b, n->row, f->W);
    AddToChildren(n, f, v, r, f->W, 1, n->row, in);
  }
}

/* dw += x^T dy, db += sum dy, over m points. */
static void AffineGradient(KarUNet *n, PetscInt tensor, PetscInt m, PetscInt K, PetscInt N, const float *x,
                           const float *dy)
{
  const float one = 1;

  n->kernels->gemm(K, N, m, x, 1, K, dy, N, kar_unet_at(n, n->tensors.g, tensor), N, 1);
  n->kernels->gemm(1, N, m, &one, 0, 0, dy, N, kar_unet_at(n, n->tensors.g, tensor + 1), N, 1);
}

void kar_unet_down_adjoint(KarUNet *n, PetscInt l, PetscInt slot, PetscBool weights)
{
  KarUNetLevel  *f = &n->level[l], *v = &n->level[l + 1];
  const PetscInt m = v->n[n->dim - 1], rows = Rows(n, v);

  for (PetscInt r = 0; r < rows; r++) {
    const float *d = v->du + kar_unet_row(n, v, r) * v->W;

    if (weights)
      AffineGradient(n, kar_unet_down(n, l), m, f->W, v->W, f->pooled + (slot * v->points + r * m) * f->W, d);
    n->kernels->gemm(m, f->W, v->W, d, v->W, 1, n->down[l], f->W, n->v, f->W, 0);
    AddToChildren(n, f, v, r, f->W, 1 / (float)n->children, n->v, f->dskip);
  }
}

void kar_unet_up_adjoint(KarUNet *n, PetscInt l, PetscInt slot, PetscBool weights)
{
  KarUNetLevel  *f = &n->level[l], *v = &n->level[l + 1];
  const PetscInt m = v->n[n->dim - 1], rows = Rows(n, v);

  memcpy(f->dskip, f->du, (size_t)(f->padded * f->W) * sizeof(float));
  for (PetscInt r = 0; r < rows; r++) {
    const ptrdiff_t p = kar_unet_row(n, v, r) * v->W;

    SumChildren(n, f, v, r, f->W, 1, f->du, n->v);
    if (weights) AffineGradient(n, kar_unet_up(n, l), m, v->W, f->W, v->low + slot * v->padded * v->W + p, n->v);
    n->kernels->gemm(m, v->W, f->W, n->v, f->W, 1, n->up[l], v->W, v->du + p, v->W, 0);
  }
}

/* --- Transposed weights
   ---------------------------------------------------------------------------------------------- */
static void Transpose(PetscInt K, PetscInt N, const float *w, PetscInt X, float *wt)
{
  for (PetscInt k = 0; k < K; k++)
    for (PetscInt j = 0; j < N; j++) wt[j * X + k] = w[k * N + j];
}

void kar_unet_transpose(KarUNet *n)
{
  for (PetscInt i = 0; i < n->N; i++) {
    const KarUNetLayer *y = &n->layer[i];
    const float        *w = kar_unet_at(n, n->tensors.p, kar_unet_stencil(i));

    for (PetscInt tap = 0; tap < n->taps; tap++)
      Transpose(y->C, y->W, w + (n->taps - 1 - tap) * y->C * y->W, y->X, y->wt + tap * y->W * y->X);
  }
  for (PetscInt l = 0; l + 1 < n->L; l++) {
    const PetscInt W = n->level[l].W, V = n->level[l + 1].W;

    Transpose(W, V, kar_unet_at(n, n->tensors.p, kar_unet_down(n, l)), W, n->down[l]);
    Transpose(V, W, kar_unet_at(n, n->tensors.p, kar_unet_up(n, l)), V, n->up[l]);
  }
}
