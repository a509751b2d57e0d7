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

/* A number that the compiler may not work with before this line: what is made of it would hold a register through a loop. */
#define HERE(x) __asm__("" : "+r"(x))

/* Rows of a register tile, two vectors wide: as many as the registers of the set hold, beside B and one of A. And points that are
   unfolded together, four sums each at a time. */
#if KAR_LANES == 16
  #define ROWS   12
  #define UNFOLD 6
#else
  #define ROWS   6
  #define UNFOLD 3
#endif

/* One register tile: C[mr, nv vectors] = (from +) A B, where A(m, k) = a[m ars + k acs] is broadcast. */
static inline __attribute__((always_inline)) void tile(const int mr, const int nv, ptrdiff_t K, const float *restrict a,
                                                       ptrdiff_t ars, ptrdiff_t acs, const float *restrict b, ptrdiff_t ldb,
                                                       float *c, ptrdiff_t ldc, const float *from, ptrdiff_t ldfrom)
{
  V acc[ROWS][2];

  HERE(ldfrom);
#pragma GCC unroll 12
  for (int m = 0; m < mr; m++)
#pragma GCC unroll 2
    for (int v = 0; v < nv; v++) acc[m][v] = from ? *(const V *)(from + m * ldfrom + v * KAR_LANES) : (V){0};
  for (ptrdiff_t k = 0; k < K; k++, a += acs, b += ldb) {
    V bv[2];
#pragma GCC unroll 2
    for (int v = 0; v < nv; v++) bv[v] = *(const V *)(b + v * KAR_LANES);
#pragma GCC unroll 12
    for (int m = 0; m < mr; m++)
#pragma GCC unroll 2
      for (int v = 0; v < nv; v++) acc[m][v] += a[m * ars] * bv[v];
  }
  HERE(ldc);
#pragma GCC unroll 12
  for (int m = 0; m < mr; m++)
#pragma GCC unroll 2
    for (int v = 0; v < nv; v++) *(V *)(c + m * ldc + v * KAR_LANES) = acc[m][v];
}

/* As many rows at a time as fit, the last ones in two tiles of about one height. */
#define TILE(mr, nv)                                                        \
  case mr:                                                                  \
    if (ars == 1) tile(mr, nv, K, a, 1, acs, b, ldb, c, ldc, from, ldfrom); \
    else tile(mr, nv, K, a, ars, acs, b, ldb, c, ldc, from, ldfrom);        \
    break;
#if KAR_LANES == 16
  #define TALL(nv) TILE(12, nv) TILE(11, nv) TILE(10, nv) TILE(9, nv) TILE(8, nv) TILE(7, nv)
  #define MANY     8
#else
  #define TALL(nv)
  #define MANY     ROWS
#endif
#define COLUMN(nv)                                                                                                           \
  static void GLUE(column, nv)(ptrdiff_t M, ptrdiff_t K, const float *a, ptrdiff_t ars, ptrdiff_t acs, const float *b,       \
                               ptrdiff_t ldb, float *c, ptrdiff_t ldc, const float *from, ptrdiff_t ldfrom)                  \
  {                                                                                                                          \
    for (ptrdiff_t m; M > 0; M -= m, a += m * ars, c += m * ldc, from += from ? m * ldfrom : 0) {                            \
      m = M <= ROWS ? M : M < ROWS + MANY ? (M + 1) / 2 : MANY;                                                              \
      switch (m) {                                                                                                           \
        TALL(nv)                                                                                                             \
        TILE(6, nv) TILE(5, nv) TILE(4, nv) TILE(3, nv) TILE(2, nv) TILE(1, nv)                                              \
      }                                                                                                                      \
    }                                                                                                                        \
  }
COLUMN(1)
COLUMN(2)

static void columns(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const float *a, ptrdiff_t ars, ptrdiff_t acs, const float *b, ptrdiff_t ldb,
                    float *c, ptrdiff_t ldc, const float *from, ptrdiff_t ldfrom)
{
  ptrdiff_t n = 0;

  for (; n + 2 * KAR_LANES <= N; n += 2 * KAR_LANES)
    column_2(M, K, a, ars, acs, b + n, ldb, c + n, ldc, from ? from + n : NULL, ldfrom);
  for (; n + KAR_LANES <= N; n += KAR_LANES) column_1(M, K, a, ars, acs, b + n, ldb, c + n, ldc, from ? from + n : NULL, ldfrom);
}

static void gemm(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const float *a, ptrdiff_t ars, ptrdiff_t acs, const float *b, ptrdiff_t ldb,
                 float *c, ptrdiff_t ldc, int add)
{
  columns(M, N, K, a, ars, acs, b, ldb, c, ldc, add ? c : NULL, ldc);
}

static void affine(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const float *a, ptrdiff_t lda, const float *b, ptrdiff_t ldb, const float *bias,
                   float *c, ptrdiff_t ldc)
{
  columns(M, N, K, a, lda, 1, b, ldb, c, ldc, bias, 0);
}

#if KAR_LANES == 16
  #include <immintrin.h>
  #define MIN(a, b) (V) _mm512_min_ps((__m512)(a), (__m512)(b))
  #define MAX(a, b) (V) _mm512_max_ps((__m512)(a), (__m512)(b))
#elif KAR_LANES == 8
  #include <immintrin.h>
  #define MIN(a, b) (V) _mm256_min_ps((__m256)(a), (__m256)(b))
  #define MAX(a, b) (V) _mm256_max_ps((__m256)(a), (__m256)(b))
#else
  #define MIN(a, b) pick((a) < (b), a, b)
  #define MAX(a, b) pick((a) > (b), a, b)

static inline V pick(Lanes which, V a, V b)
{
  return (V)(((Lanes)a & which) | ((Lanes)b & ~which));
}
#endif

#define EACH(what) _Pragma("GCC unroll 4") for (int v = 0; v < many; v++) what

/* gelu(x) = max(x, 0) - a Phi(-a) and gelu'(x) = 1/2 + sign(x) (1/2 - Phi(-a) + a phi(a)), a = |x| cut off at 6.
   1 / Phi(-a) = q by eight multiply-adds: a polynomial of degree 4, then four squares with a constant added to each. The constants make
   the largest error of Phi least (a linear programme for each step, then a search among neighbouring floats): with rounding gelu is off
   by 2.1e-7 max(1, |x|) at most, gelu' by 4.3e-7; without fused operations by 2.5e-7 and 5.7e-7 (all floats tried).
   phi(a) = 2^t / sqrt(2 pi) by a polynomial in the distance r of t from the nearest integer n, which is added to the exponent.
   `many` vectors go side by side, so that none waits for its own last result. What comes of NaN is the second operand of MIN and MAX. */
static inline __attribute__((always_inline)) void gelu_squares(const int many, const float *h, float *u, float *slope)
{
  const float p[5] = {0.301378876f, 0.176436022f, 0.0100782635f, 0.00179431646f, 0.000959072728f};
  const float d[4] = {1.57288492f, -1.99615765f, 0.865070283f, -0.133719072f};
  const float e[6] = {0.398942322f, 0.276525646f, 0.0958343893f, 0.0221441425f, 0.00385998259f, 0.000529654615f};
  const V     zero = {0}, half = zero + 0.5f, end = zero + 6, magic = zero + 12582912.f; /* 1.5 2^23: rounds to an integer in the low bits */
  const Lanes sign = (Lanes){0} + (int)0x80000000u;
  V           a[4], q[4], n[4], r[4], f[4];

#define X (*(const V *)(h + v * KAR_LANES))
  EACH(a[v] = MIN((V)((Lanes)X & ~sign), end);)
  EACH(q[v] = p[3] + p[4] * a[v];)
#pragma GCC unroll 3
  for (int k = 2; k >= 0; k--) EACH(q[v] = p[k] + q[v] * a[v];)
#pragma GCC unroll 4
  for (int k = 0; k < 4; k++) EACH(q[v] = d[k] + q[v] * q[v];)
  if (!slope) {
    EACH(*(V *)(u + v * KAR_LANES) = MAX(zero, X) - a[v] / q[v];)
    return;
  }
  EACH(q[v] = 1 / q[v];)
  EACH(r[v] = -0.72134752f * a[v] * a[v];)
  EACH(n[v] = r[v] + magic;)
  EACH(r[v] -= n[v] - magic;)
  EACH(f[v] = e[4] + e[5] * r[v];)
#pragma GCC unroll 4
  for (int k = 3; k >= 0; k--) EACH(f[v] = e[k] + f[v] * r[v];)
  EACH(f[v] = half - q[v] + a[v] * (V)((Lanes)f[v] + ((Lanes)n[v] << 23));)
  EACH(f[v] = half + (V)((Lanes)f[v] ^ ((Lanes)X & sign));)
  EACH(*(V *)(u + v * KAR_LANES) = MAX(zero, X) - a[v] * q[v];)
  EACH(*(V *)(slope + v * KAR_LANES) = f[v];)
#undef X
}

/* n < KAR_LANES */
static void gelu_rest(ptrdiff_t n, const float *h, float *u, float *slope)
{
  const size_t bytes                  = sizeof(float) * (size_t)n;
  float        room[3][KAR_LANES] = {{0}};

  memcpy(room[0], h, bytes);
  gelu_squares(1, room[0], room[1], slope ? room[2] : NULL);
  memcpy(u, room[1], bytes);
  if (slope) memcpy(slope, room[2], bytes);
}

#if KAR_LANES == 16
  /* Phi(|x|) - 1/2 and gelu'(|x|) - 1/2 by polynomials of degree 4 and 5 on the 16 intervals of kar_gelu_table, which is kept in
     registers; |x| is cut off at KAR_GELU_END. Absolute error below 2e-7 and 4e-7. gelu(x) = x / 2 + |x| (Phi(|x|) - 1/2). */
  #define PICK(f, k)     (V) __builtin_shuffle(table[f][k], i[v])
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
  EACH(a[v] = MIN(size[v], end);)
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
#endif

static inline __attribute__((always_inline)) void gelu_lanes(ptrdiff_t n, const float *h, float *u, float *slope)
{
  ptrdiff_t j = 0;

#if KAR_LANES == 16
  V table[2][6];

  for (int f = 0; f < (slope ? 2 : 1); f++)
    for (int k = 0; k < 6; k++) table[f][k] = *(const V *)kar_gelu_table[f][k];
  for (; j + 4 * KAR_LANES <= n; j += 4 * KAR_LANES) gelu_vectors(4, table, h + j, u + j, slope ? slope + j : NULL);
  for (; j + KAR_LANES <= n; j += KAR_LANES) gelu_vectors(1, table, h + j, u + j, slope ? slope + j : NULL);
#else
  for (; j + 4 * KAR_LANES <= n; j += 4 * KAR_LANES) gelu_squares(4, h + j, u + j, slope ? slope + j : NULL);
  for (; j + KAR_LANES <= n; j += KAR_LANES) gelu_squares(1, h + j, u + j, slope ? slope + j : NULL);
#endif
  if (j < n) gelu_rest(n - j, h + j, u + j, slope ? slope + j : NULL);
}

static void gelu(ptrdiff_t n, const float *h, float *u)
{
  gelu_lanes(n, h, u, NULL);
}

static void gelu_slope(ptrdiff_t n, const float *h, float *u, float *restrict slope)
{
  gelu_lanes(n, h, u, slope);
}

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

static void pair(ptrdiff_t n, const float *x, float *y)
{
#pragma GCC ivdep
  for (ptrdiff_t i = 0; i < n; i++) {
    float a = x[i], b = x[n + i];

    y[i]     = a + b;
    y[n + i] = a - b;
  }
}

/* What a point's eight images have from its eight sums, and the adjoint; c, s: cos and sin of its angle. Images are `image` floats apart. */
typedef struct { V a0, b0, a2, E, H, b2, F, G; } Sums;

static inline __attribute__((always_inline)) void spread(const Sums *x, float c, float s, ptrdiff_t image, float *v)
{
  const V even[2][2] = {{x->a0 + x->a2, x->b0 + x->b2}, {x->a0 - x->a2, x->b2 - x->b0}};
  const V odd[2][2]  = {{c * x->E + s * x->F, c * x->G + s * x->H}, {c * x->F - s * x->E, s * x->G - c * x->H}};

#pragma GCC unroll 2
  for (int half = 0; half < 2; half++, v += 4 * image) {
    const V p = even[half][0] + even[half][1], q = even[half][0] - even[half][1];
    const V r = odd[half][0] + odd[half][1], t = odd[half][1] - odd[half][0];

    *(V *)v               = p + r;
    *(V *)(v + image)     = p - r;
    *(V *)(v + 2 * image) = q + t;
    *(V *)(v + 3 * image) = q - t;
  }
}

static inline __attribute__((always_inline)) Sums gather(float c, float s, ptrdiff_t image, const float *v)
{
  V even[2][2], odd[2][2];

#pragma GCC unroll 2
  for (int half = 0; half < 2; half++, v += 4 * image) {
    const V p = *(const V *)v + *(const V *)(v + image), r = *(const V *)v - *(const V *)(v + image);
    const V q = *(const V *)(v + 2 * image) + *(const V *)(v + 3 * image), t = *(const V *)(v + 2 * image) - *(const V *)(v + 3 * image);

    even[half][0] = p + q;
    even[half][1] = p - q;
    odd[half][0]  = r - t;
    odd[half][1]  = r + t;
  }
  return (Sums){even[0][0] + even[1][0], even[0][1] - even[1][1], even[0][0] - even[1][0],
                c * odd[0][0] - s * odd[1][0], s * odd[0][1] - c * odd[1][1], even[0][1] + even[1][1],
                s * odd[0][0] + c * odd[1][0], c * odd[0][1] + s * odd[1][1]};
}

/* `many` points of `columns` functions each, one vector of their channels: first what cosines give, then sines. */
static inline __attribute__((always_inline)) void unfold_points(const int many, ptrdiff_t N, const PetscInt start[5], const float *f, const float *turn,
                                                                const float *z, ptrdiff_t image, float *v)
{
  const ptrdiff_t A = start[1], Q = start[3] - start[2], columns = start[4];
  const float    *two = z + start[2] * N, *g = f + start[2];
  Sums            x[UNFOLD] = {0};

  for (ptrdiff_t p = 0; p < A; p++)
#pragma GCC unroll 8
    for (int i = 0; i < many; i++) x[i].a0 += f[i * columns + p] * *(const V *)(z + p * N);
  for (ptrdiff_t p = 0; p < Q; p++) {
    const V a2 = *(const V *)(two + 3 * p * N), E = *(const V *)(two + (3 * p + 1) * N), H = *(const V *)(two + (3 * p + 2) * N);

#pragma GCC unroll 8
    for (int i = 0; i < many; i++) {
      x[i].a2 += g[i * columns + p] * a2;
      x[i].E += g[i * columns + p] * E;
      x[i].H += g[i * columns + p] * H;
    }
  }
  z += A * N, f += A, two += 3 * Q * N, g += Q;
  for (ptrdiff_t p = 0; p + 1 < A; p++)
#pragma GCC unroll 8
    for (int i = 0; i < many; i++) x[i].b0 += f[i * columns + p] * *(const V *)(z + p * N);
  for (ptrdiff_t p = 0; p < Q; p++) {
    const V b2 = *(const V *)(two + 3 * p * N), F = *(const V *)(two + (3 * p + 1) * N), G = *(const V *)(two + (3 * p + 2) * N);

#pragma GCC unroll 8
    for (int i = 0; i < many; i++) {
      x[i].b2 += g[i * columns + p] * b2;
      x[i].F += g[i * columns + p] * F;
      x[i].G += g[i * columns + p] * G;
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < many; i++) spread(&x[i], turn[2 * i], turn[2 * i + 1], image, v + i * N);
}

static void unfold(ptrdiff_t m, ptrdiff_t N, const PetscInt start[5], const float *f, const float *turn, const float *z, float *v)
{
  ptrdiff_t i = 0;

  for (; i + UNFOLD <= m; i += UNFOLD)
    for (ptrdiff_t n = 0; n < N; n += KAR_LANES) unfold_points(UNFOLD, N, start, f + i * start[4], turn + 2 * i, z + n, m * N, v + i * N + n);
  for (; i < m; i++)
    for (ptrdiff_t n = 0; n < N; n += KAR_LANES) unfold_points(1, N, start, f + i * start[4], turn + 2 * i, z + n, m * N, v + i * N + n);
}

static void fold(ptrdiff_t m, ptrdiff_t N, const float *turn, const float *restrict v, float *restrict x)
{
  float *cosine = x + 2 * m * N, *sine = x + 5 * m * N;

  for (ptrdiff_t i = 0; i < m; i++)
    for (ptrdiff_t n = 0; n < N; n += KAR_LANES) {
      const Sums sum = gather(turn[2 * i], turn[2 * i + 1], m * N, v + i * N + n);

      *(V *)(x + i * N + n)                = sum.a0;
      *(V *)(x + (m + i) * N + n)          = sum.b0;
      *(V *)(cosine + 3 * i * N + n)       = sum.a2;
      *(V *)(cosine + (3 * i + 1) * N + n) = sum.E;
      *(V *)(cosine + (3 * i + 2) * N + n) = sum.H;
      *(V *)(sine + 3 * i * N + n)         = sum.b2;
      *(V *)(sine + (3 * i + 1) * N + n)   = sum.F;
      *(V *)(sine + (3 * i + 2) * N + n)   = sum.G;
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

static inline __attribute__((always_inline)) float total(V v)
{
  Lanes half;

#pragma GCC unroll 4
  for (int step = KAR_LANES / 2; step; step /= 2) {
#pragma GCC unroll 16
    for (int i = 0; i < KAR_LANES; i++) half[i] = i ^ step;
    v += __builtin_shuffle(v, half);
  }
  return v[0];
}

static inline __attribute__((always_inline)) void dot(const int rows, ptrdiff_t N, const float *x, const float *w, float b, float *y, ptrdiff_t ldy)
{
  V acc[8] = {{0}};

  for (ptrdiff_t n = 0; n < N; n += KAR_LANES)
#pragma GCC unroll 8
    for (int m = 0; m < rows; m++) acc[m] += *(const V *)(x + m * N + n) * *(const V *)(w + n);
#pragma GCC unroll 8
  for (int m = 0; m < rows; m++) y[m * ldy] = b + total(acc[m]);
}

static void dots(ptrdiff_t M, ptrdiff_t N, const float *restrict x, const float *restrict w, float b, float *restrict y, ptrdiff_t ldy)
{
  ptrdiff_t m = 0;

  for (; m + 8 <= M; m += 8) dot(8, N, x + m * N, w, b, y + m * ldy, ldy);
  for (; m + 4 <= M; m += 4) dot(4, N, x + m * N, w, b, y + m * ldy, ldy);
  for (; m < M; m++) dot(1, N, x + m * N, w, b, y + m * ldy, ldy);
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
const KarKernels NAME(kar_kernels) = {STRING(KAR_ISA), gemm, affine, gelu, gelu_slope, multiply, hadamard, pair, unfold, fold,
                                      transpose, combine, expand, dots, adamw};
