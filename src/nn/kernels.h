/* clang-format off */ /* rows of macros are tables here */
/* The kernels of the network, once for each instruction set.  The including file has chosen the set with a GCC target pragma
   and named it: KAR_ISA (suffix) and KAR_LANES (floats in a vector register).  Shapes: row-major, N a multiple of 16. */
#include <stddef.h>
#include <string.h>
#include "nnimpl.h"

#define GLUE_(a, b) a##_##b
#define GLUE(a, b)  GLUE_(a, b)
#define NAME(a)     GLUE(a, KAR_ISA)

typedef int   Lanes __attribute__((vector_size(4 * KAR_LANES)));
typedef float V __attribute__((vector_size(4 * KAR_LANES), aligned(4), may_alias));

/* Rows of a register tile: as many as the registers of the set hold twice over, beside B. */
#if KAR_LANES == 16
  #define ROWS 12
#else
  #define ROWS 8
#endif

/* One register tile: C[mr, nv vectors] (+)= A B, where A(m, k) = a[m ars + k acs] is broadcast. */
static inline __attribute__((always_inline)) void tile(const int mr, const int nv, ptrdiff_t K, const float *restrict a,
                                                       ptrdiff_t ars, ptrdiff_t acs, const float *restrict b, ptrdiff_t ldb,
                                                       float *restrict c, ptrdiff_t ldc, int add)
{
  V acc[ROWS][2];

#pragma GCC unroll 12
  for (int m = 0; m < mr; m++)
#pragma GCC unroll 2
    for (int v = 0; v < nv; v++) acc[m][v] = (V){0};
  for (ptrdiff_t k = 0; k < K; k++, a += acs, b += ldb) {
    V bv[2];
#pragma GCC unroll 2
    for (int v = 0; v < nv; v++) bv[v] = *(const V *)(b + v * KAR_LANES);
#pragma GCC unroll 12
    for (int m = 0; m < mr; m++)
#pragma GCC unroll 2
      for (int v = 0; v < nv; v++) acc[m][v] += a[m * ars] * bv[v];
  }
#pragma GCC unroll 12
  for (int m = 0; m < mr; m++)
#pragma GCC unroll 2
    for (int v = 0; v < nv; v++) {
      V *to = (V *)(c + m * ldc + v * KAR_LANES);
      if (add) *to += acc[m][v];
      else *to = acc[m][v];
    }
}

/* Eight rows at a time, and a last tile of up to ROWS. */
#define TILE(mr, nv)                                               \
  case mr:                                                         \
    if (ars == 1) tile(mr, nv, K, a, 1, acs, b, ldb, c, ldc, add); \
    else tile(mr, nv, K, a, ars, acs, b, ldb, c, ldc, add);        \
    break;
#if KAR_LANES == 16
  #define TALL(nv) TILE(12, nv) TILE(11, nv) TILE(10, nv) TILE(9, nv)
#else
  #define TALL(nv)
#endif
#define COLUMN(nv)                                                                                                     \
  static void GLUE(column, nv)(ptrdiff_t M, ptrdiff_t K, const float *a, ptrdiff_t ars, ptrdiff_t acs, const float *b, \
                               ptrdiff_t ldb, float *c, ptrdiff_t ldc, int add)                                        \
  {                                                                                                                    \
    for (; M > ROWS; M -= 8, a += 8 * ars, c += 8 * ldc) {                                                             \
      if (ars == 1) tile(8, nv, K, a, 1, acs, b, ldb, c, ldc, add);                                                    \
      else tile(8, nv, K, a, ars, acs, b, ldb, c, ldc, add);                                                           \
    }                                                                                                                  \
    switch (M) {                                                                                                       \
      TALL(nv)                                                                                                         \
      TILE(8, nv) TILE(7, nv) TILE(6, nv) TILE(5, nv) TILE(4, nv) TILE(3, nv) TILE(2, nv) TILE(1, nv)                  \
    }                                                                                                                  \
  }
COLUMN(1)
COLUMN(2)

static void gemm(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const float *a, ptrdiff_t ars, ptrdiff_t acs, const float *b,
                 ptrdiff_t ldb, float *c, ptrdiff_t ldc, int add)
{
  for (; N >= 2 * KAR_LANES; N -= 2 * KAR_LANES, b += 2 * KAR_LANES, c += 2 * KAR_LANES)
    column_2(M, K, a, ars, acs, b, ldb, c, ldc, add);
  for (; N >= KAR_LANES; N -= KAR_LANES, b += KAR_LANES, c += KAR_LANES) column_1(M, K, a, ars, acs, b, ldb, c, ldc, add);
}

/* Phi(x) = (1 + erf(x / sqrt 2)) / 2, erf as an odd rational function on [-4, 4]; absolute error below 3e-7. */
static inline float normal_cdf(float x)
{
  float z = 0.70710678f * x, z2, p, q;

  z  = z > 4.f ? 4.f : z;
  z  = z < -4.f ? -4.f : z;
  z2 = z * z;
  p  = -2.72614225801306e-10f;
  p  = p * z2 + 2.77068142495902e-08f;
  p  = p * z2 - 2.10102402082508e-06f;
  p  = p * z2 - 5.69250639462346e-05f;
  p  = p * z2 - 7.34990630326855e-04f;
  p  = p * z2 - 2.95459980854025e-03f;
  p  = p * z2 - 1.60960333262415e-02f;
  q  = -1.45660718464996e-05f;
  q  = q * z2 - 2.13374055278905e-04f;
  q  = q * z2 - 1.68282697438203e-03f;
  q  = q * z2 - 7.37332916720468e-03f;
  q  = q * z2 - 1.42647390514189e-02f;
  return 0.5f + 0.5f * z * p / q;
}

/* exp(-x^2/2) / sqrt(2 pi); zero below 1e-37. */
static inline float normal_pdf(float x)
{
  union {
    float    f;
    unsigned i;
  } n, s;
  float t = -0.72134752f * x * x, r, p; /* log2 of the exponential */

  t   = t < -120.f ? -120.f : t;
  n.f = t + 12582912.f; /* 1.5 2^23: rounds to an integer, kept in the low bits */
  r   = t - (n.f - 12582912.f);
  p   = 1.5403530e-4f;
  p   = p * r + 1.3333558e-3f;
  p   = p * r + 9.6181291e-3f;
  p   = p * r + 5.5504109e-2f;
  p   = p * r + 2.4022651e-1f;
  p   = p * r + 6.9314718e-1f;
  p   = p * r + 1.f;
  s.i = (n.i << 23) + (127u << 23);
  return 0.39894228f * p * s.f;
}

#if KAR_LANES == 16
  #include <immintrin.h>

  /* Phi(|x|) - 1/2 and gelu'(|x|) - 1/2 by polynomials of degree 4 and 5 on the 16 intervals of kar_gelu_table, which is kept in
     registers; |x| is cut off at KAR_GELU_END. Absolute error below 2e-7 and 4e-7. gelu(x) = x / 2 + |x| (Phi(|x|) - 1/2). */
  #define PICK(f, k)     (V) __builtin_shuffle(table[f][k], i[v])
  #define EACH(what)     _Pragma("GCC unroll 4") for (int v = 0; v < many; v++) what
  #define STEP(f, k)     EACH(p[v] = p[v] * t[v] + PICK(f, k);)

/* `many` vectors side by side, so that none waits for its own last result. */
static inline __attribute__((always_inline)) void gelu_vectors(const int many, const V table[2][6], const float *h, float *u, float *slope)
{
  const V     magic = (V){0} + 12582912.f, scale = (V){0} + KAR_GELU_SCALE, half = (V){0} + 0.5f, end = (V){0} + KAR_GELU_END;
  const Lanes sign = (Lanes){0} + (int)0x80000000u;
  V           x[4], size[4], a[4], b[4], t[4], p[4];
  Lanes       i[4];

  EACH(x[v] = *(const V *)(h + v * KAR_LANES);)
  EACH(size[v] = (V)((Lanes)x[v] & ~sign);)
  EACH(a[v] = (V)_mm512_min_ps((__m512)size[v], (__m512)end);)
  EACH(b[v] = a[v] * scale + magic;)
  EACH(i[v] = (Lanes)b[v];)
  EACH(t[v] = a[v] * scale - (b[v] - magic);)
  EACH(p[v] = PICK(0, 4);)
  STEP(0, 3) STEP(0, 2) STEP(0, 1) STEP(0, 0)
  EACH(*(V *)(u + v * KAR_LANES) = half * x[v] + size[v] * p[v];)
  if (!slope) return;
  EACH(p[v] = PICK(1, 5);)
  STEP(1, 4) STEP(1, 3) STEP(1, 2) STEP(1, 1) STEP(1, 0)
  EACH(*(V *)(slope + v * KAR_LANES) = half + (V)((Lanes)p[v] ^ ((Lanes)x[v] & sign));)
}

static inline __attribute__((always_inline)) void gelu_lanes(ptrdiff_t n, const float *h, float *u, float *slope)
{
  V         table[2][6];
  ptrdiff_t j = 0;

  for (int f = 0; f < (slope ? 2 : 1); f++)
    for (int k = 0; k < 6; k++) table[f][k] = *(const V *)kar_gelu_table[f][k];
  for (; j + 4 * KAR_LANES <= n; j += 4 * KAR_LANES) gelu_vectors(4, table, h + j, u + j, slope ? slope + j : NULL);
  for (; j + KAR_LANES <= n; j += KAR_LANES) gelu_vectors(1, table, h + j, u + j, slope ? slope + j : NULL);
  for (; j < n; j++) {
    float x = h[j], cdf = normal_cdf(x);

    u[j] = x * cdf;
    if (slope) slope[j] = cdf + x * normal_pdf(x);
  }
}

static void gelu(ptrdiff_t n, const float *h, float *u)
{
  gelu_lanes(n, h, u, NULL);
}

static void gelu_slope(ptrdiff_t n, const float *h, float *u, float *restrict slope)
{
  gelu_lanes(n, h, u, slope);
}
#else
static void gelu(ptrdiff_t n, const float *h, float *u)
{
  #pragma GCC ivdep
  for (ptrdiff_t i = 0; i < n; i++) u[i] = h[i] * normal_cdf(h[i]);
}

static void gelu_slope(ptrdiff_t n, const float *h, float *u, float *restrict slope)
{
  #pragma GCC ivdep
  for (ptrdiff_t i = 0; i < n; i++) {
    float x = h[i], cdf = normal_cdf(x);

    u[i]     = x * cdf;
    slope[i] = cdf + x * normal_pdf(x);
  }
}
#endif

static void multiply(ptrdiff_t n, const float *x, const float *restrict y, float *z)
{
#pragma GCC ivdep
  for (ptrdiff_t i = 0; i < n; i++) z[i] = x[i] * y[i];
}

static void hadamard(ptrdiff_t n, const float *x, float *y)
{
#pragma GCC ivdep
  for (ptrdiff_t i = 0; i < n; i++) {
    float a = x[i] + x[n + i], b = x[i] - x[n + i], c = x[2 * n + i] + x[3 * n + i], d = x[2 * n + i] - x[3 * n + i];

    y[i]         = a + c;
    y[n + i]     = a - c;
    y[2 * n + i] = b - d;
    y[3 * n + i] = b + d;
  }
}

/* log2(lanes) perfect shuffles of the rows transpose a square. */
static void transpose(ptrdiff_t m, ptrdiff_t n, const float *x, ptrdiff_t ldx, float *y, ptrdiff_t ldy)
{
  Lanes low, high;

  for (int i = 0; i < KAR_LANES; i++) {
    low[i]  = i / 2 + (i % 2 ? KAR_LANES : 0);
    high[i] = low[i] + KAR_LANES / 2;
  }
  for (ptrdiff_t i = 0; i < m; i += KAR_LANES)
    for (ptrdiff_t j = 0; j < n; j += KAR_LANES) {
      V   r[2][KAR_LANES];
      int from = 0;

#pragma GCC unroll 16
      for (int k = 0; k < KAR_LANES; k++) r[0][k] = *(const V *)(x + (i + k) * ldx + j);
#pragma GCC unroll 4
      for (int stage = 1; stage < KAR_LANES; stage *= 2, from = !from)
#pragma GCC unroll 16
        for (int k = 0; k < KAR_LANES / 2; k++) {
          r[!from][2 * k]     = __builtin_shuffle(r[from][k], r[from][k + KAR_LANES / 2], low);
          r[!from][2 * k + 1] = __builtin_shuffle(r[from][k], r[from][k + KAR_LANES / 2], high);
        }
#pragma GCC unroll 16
      for (int k = 0; k < KAR_LANES; k++) *(V *)(y + (j + k) * ldy + i) = r[from][k];
    }
}

static void combine(ptrdiff_t nmodes, const KarFNOMode *mode, ptrdiff_t C, float mean, const float *products, float *to,
                    ptrdiff_t stride)
{
  for (ptrdiff_t m = 0; m < nmodes; m++, mode++, to += stride)
    for (ptrdiff_t c = 0; c < C; c += KAR_LANES) {
      V re = {0}, im = {0};

      for (int i = 0; i < mode->n; i++) {
        V p = *(const V *)(products + mode->f[i] * C + c);

        re += mode->re[i] * p;
        im += mode->im[i] * p;
      }
      *(V *)(to + c)     = mean * re;
      *(V *)(to + C + c) = mean * im;
    }
}

static void expand(ptrdiff_t nmodes, const KarFNOMode *mode, ptrdiff_t C, const float *from, ptrdiff_t stride, float *products)
{
  for (ptrdiff_t m = 0; m < nmodes; m++, mode++, from += stride)
    for (ptrdiff_t c = 0; c < C; c += KAR_LANES) {
      V re = mode->w * *(const V *)(from + c), im = mode->w * *(const V *)(from + C + c);

      for (int i = 0; i < mode->n; i++) *(V *)(products + mode->f[i] * C + c) += mode->re[i] * re + mode->im[i] * im;
    }
}

static inline float total(V v)
{
#if KAR_LANES == 16
  return _mm512_reduce_add_ps((__m512)v);
#else
  float sum = 0;

  for (int i = 0; i < KAR_LANES; i++) sum += v[i];
  return sum;
#endif
}

static void dots(ptrdiff_t M, ptrdiff_t N, const float *restrict x, const float *restrict w, float b, float *restrict y,
                 ptrdiff_t ldy)
{
  for (ptrdiff_t m = 0; m < M; m++, x += N) {
    V acc[2] = {{0}};

    for (ptrdiff_t n = 0; n < N; n += 2 * KAR_LANES) {
      acc[0] += *(const V *)(x + n) * *(const V *)(w + n);
      if (n + KAR_LANES < N) acc[1] += *(const V *)(x + n + KAR_LANES) * *(const V *)(w + n + KAR_LANES);
    }
    y[m * ldy] = b + total(acc[0] + acc[1]);
  }
}

static void adamw(const KarAdamW *c, float rate, float root, PetscInt n, float *restrict p, float *restrict m,
                  float *restrict v, float *restrict ema, const float *restrict g)
{
  const float b1 = (float)c->beta1, b2 = (float)c->beta2, a1 = (float)(1 - c->beta1), a2 = (float)(1 - c->beta2),
              clip = (float)c->clip, eps = (float)c->eps, shrink = (float)(1 - c->lr * c->weight_decay),
              d = (float)(1 - c->decay);

  for (PetscInt i = 0; i < n; i++) {
    float gi = clip * g[i], mi = b1 * m[i] + a1 * gi, vi = b2 * v[i] + a2 * gi * gi;

    m[i] = mi;
    v[i] = vi;
    p[i] = shrink * p[i] - rate * mi / (__builtin_sqrtf(vi) * root + eps);
  }
  if (ema)
    for (PetscInt i = 0; i < n; i++) ema[i] += d * (p[i] - ema[i]);
}

#define STRING_(a) #a
#define STRING(a)  STRING_(a)
const KarKernels NAME(kar_kernels) = {STRING(KAR_ISA), gemm, gelu, gelu_slope, multiply, hadamard,
                                      transpose, combine, expand, dots, adamw};
