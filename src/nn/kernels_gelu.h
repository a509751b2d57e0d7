/* gelu and its slope (kernels.h). */
#pragma once

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
   1 / Phi(-a) = q by eight multiply-adds: a polynomial of degree 4, then four squares with a constant added to each.
   The constants make the largest error of Phi least (a linear programme for each step, then a search among neighbouring
   floats): with rounding gelu is off by 2.1e-7 max(1, |x|) at most, gelu' by 4.3e-7; without fused operations by 2.5e-7
   and 5.7e-7 (all floats tried). phi(a) = 2^t / sqrt(2 pi) by a polynomial in the distance r of t from the nearest
   integer n, which is added to the exponent. `many` vectors go side by side, so that none waits for its own last
   result. What comes of NaN is the second operand of MIN and MAX. */
static inline __attribute__((always_inline)) void gelu_squares(const int many, const float *h, float *u, float *slope)
{
  const float p[5] = {0.301378876f, 0.176436022f, 0.0100782635f, 0.00179431646f, 0.000959072728f};
  const float d[4] = {1.57288492f, -1.99615765f, 0.865070283f, -0.133719072f};
  const float e[6] = {0.398942322f, 0.276525646f, 0.0958343893f, 0.0221441425f, 0.00385998259f, 0.000529654615f};
  const V     zero = {0}, half = zero + 0.5f, end = zero + 6,
          magic    = zero + 12582912.f; /* 1.5 2^23: rounds to an integer in the low bits */
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
  const size_t bytes                 = sizeof(float) * (size_t)n;
  float        scratch[3][KAR_LANES] = {{0}};

  memcpy(scratch[0], h, bytes);
  gelu_squares(1, scratch[0], scratch[1], slope ? scratch[2] : NULL);
  memcpy(u, scratch[1], bytes);
  if (slope) memcpy(slope, scratch[2], bytes);
}

#if KAR_LANES == 16
/* Phi(|x|) - 1/2 and gelu'(|x|) - 1/2 by polynomials of degree 4 and 5 on the 16 intervals of kar_gelu_table, which is
   kept in registers; |x| is cut off at KAR_GELU_END. Absolute error below 2e-7 and 4e-7.
   gelu(x) = x / 2 + |x| (Phi(|x|) - 1/2). */
  #define PICK(f, k) (V) __builtin_shuffle(table[f][k], i[v])
  #define STEP(f, k) EACH(p[v] = p[v] * t[v] + PICK(f, k);)

/* `many` vectors side by side, so that none waits for its own last result. */
static inline __attribute__((always_inline)) void gelu_vectors(const int many, const V table[2][6], const float *h,
                                                               float *u, float *slope)
{
  const V magic = (V){0} + 12582912.f, scale = (V){0} + KAR_GELU_SCALE, half = (V){0} + 0.5f,
          end      = (V){0} + KAR_GELU_END;
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
  /* clang-format off */
  STEP(0, 3) STEP(0, 2) STEP(0, 1) STEP(0, 0)
  EACH(*(V *)(u + v * KAR_LANES) = half * x[v] + size[v] * p[v];)
  if (!slope) return;
  EACH(p[v] = PICK(1, 5);)
  STEP(1, 4) STEP(1, 3) STEP(1, 2) STEP(1, 1) STEP(1, 0)
    /* clang-format on */
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
