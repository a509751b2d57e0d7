/* Products of matrices, a register tile at a time (kernels.h). */
#pragma once

/* Rows of a register tile, two vectors wide: as many as the registers of the set hold, beside B and one of A. And
   points that are unfolded together, four sums each at a time. */
#if KAR_LANES == 16
  #define ROWS   12
  #define UNFOLD 6
#else
  #define ROWS   6
  #define UNFOLD 3
#endif

/* One register tile: C[mr, nv vectors] = (from +) A B, where A(m, k) = a[m ars + k acs] is broadcast. */
static inline __attribute__((always_inline)) void tile(const int mr, const int nv, ptrdiff_t K, const float *restrict a,
                                                       ptrdiff_t ars, ptrdiff_t acs, const float *restrict b,
                                                       ptrdiff_t ldb, float *c, ptrdiff_t ldc, const float *from,
                                                       ptrdiff_t ldfrom)
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
#define TILE(mr, nv)                                                                                                   \
  case mr:                                                                                                             \
    if (ars == 1) tile(mr, nv, K, a, 1, acs, b, ldb, c, ldc, from, ldfrom);                                            \
    else tile(mr, nv, K, a, ars, acs, b, ldb, c, ldc, from, ldfrom);                                                   \
    break;
#if KAR_LANES == 16
  #define TALL(nv) TILE(12, nv) TILE(11, nv) TILE(10, nv) TILE(9, nv) TILE(8, nv) TILE(7, nv)
  #define MANY     8
#else
  #define TALL(nv)
  #define MANY ROWS
#endif
#define COLUMN(nv)                                                                                                     \
  static void GLUE(column, nv)(ptrdiff_t M, ptrdiff_t K, const float *a, ptrdiff_t ars, ptrdiff_t acs, const float *b, \
                               ptrdiff_t ldb, float *c, ptrdiff_t ldc, const float *from, ptrdiff_t ldfrom)            \
  {                                                                                                                    \
    for (ptrdiff_t m; M > 0; M -= m, a += m * ars, c += m * ldc, from += from ? m * ldfrom : 0) {                      \
      m = M <= ROWS ? M : M < ROWS + MANY ? (M + 1) / 2 : MANY;                                                        \
      switch (m) {                                                                                                     \
        TALL(nv)                                                                                                       \
        TILE(6, nv) TILE(5, nv) TILE(4, nv) TILE(3, nv) TILE(2, nv) TILE(1, nv)                                        \
      }                                                                                                                \
    }                                                                                                                  \
  }
COLUMN(1)
COLUMN(2)

static void columns(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const float *a, ptrdiff_t ars, ptrdiff_t acs, const float *b,
                    ptrdiff_t ldb, float *c, ptrdiff_t ldc, const float *from, ptrdiff_t ldfrom)
{
  ptrdiff_t n = 0;

  for (; n + 2 * KAR_LANES <= N; n += 2 * KAR_LANES)
    column_2(M, K, a, ars, acs, b + n, ldb, c + n, ldc, from ? from + n : NULL, ldfrom);
  for (; n + KAR_LANES <= N; n += KAR_LANES)
    column_1(M, K, a, ars, acs, b + n, ldb, c + n, ldc, from ? from + n : NULL, ldfrom);
}

static void gemm(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const float *a, ptrdiff_t ars, ptrdiff_t acs, const float *b,
                 ptrdiff_t ldb, float *c, ptrdiff_t ldc, int add)
{
  columns(M, N, K, a, ars, acs, b, ldb, c, ldc, add ? c : NULL, ldc);
}

static void affine(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const float *a, ptrdiff_t lda, const float *b, ptrdiff_t ldb,
                   const float *bias, float *c, ptrdiff_t ldc)
{
  columns(M, N, K, a, lda, 1, b, ldb, c, ldc, bias, 0);
}
