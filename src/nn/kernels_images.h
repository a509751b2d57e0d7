/* Sums and differences of the images of a point, and transposes (kernels.h). */
#pragma once

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

/* What a point's eight images have from its eight sums, and the adjoint; c, s: cos and sin of its angle. Images are
   `image` floats apart. */
typedef struct {
  V a0, b0, a2, E, H, b2, F, G;
} Sums;

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
    const V q = *(const V *)(v + 2 * image) + *(const V *)(v + 3 * image),
            t = *(const V *)(v + 2 * image) - *(const V *)(v + 3 * image);

    even[half][0] = p + q;
    even[half][1] = p - q;
    odd[half][0]  = r - t;
    odd[half][1]  = r + t;
  }
  return (Sums){even[0][0] + even[1][0],       even[0][1] - even[1][1],       even[0][0] - even[1][0],
                c * odd[0][0] - s * odd[1][0], s * odd[0][1] - c * odd[1][1], even[0][1] + even[1][1],
                s * odd[0][0] + c * odd[1][0], c * odd[0][1] + s * odd[1][1]};
}

/* `many` points of `columns` functions each, one vector of their channels: first what cosines give, then sines. */
static inline __attribute__((always_inline)) void unfold_points(const int many, ptrdiff_t N, const PetscInt start[5],
                                                                const float *f, const float *turn, const float *z,
                                                                ptrdiff_t image, float *v)
{
  const ptrdiff_t A = start[1], Q = start[3] - start[2], columns = start[4];
  const float    *two = z + start[2] * N, *g = f + start[2];
  Sums            x[UNFOLD] = {0};

  for (ptrdiff_t p = 0; p < A; p++)
#pragma GCC unroll 8
    for (int i = 0; i < many; i++) x[i].a0 += f[i * columns + p] * *(const V *)(z + p * N);
  for (ptrdiff_t p = 0; p < Q; p++) {
    const V a2 = *(const V *)(two + 3 * p * N), E = *(const V *)(two + (3 * p + 1) * N),
            H = *(const V *)(two + (3 * p + 2) * N);

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
    const V b2 = *(const V *)(two + 3 * p * N), F = *(const V *)(two + (3 * p + 1) * N),
            G = *(const V *)(two + (3 * p + 2) * N);

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

static void unfold(ptrdiff_t m, ptrdiff_t N, const PetscInt start[5], const float *f, const float *turn, const float *z,
                   float *v)
{
  ptrdiff_t i = 0;

  for (; i + UNFOLD <= m; i += UNFOLD)
    for (ptrdiff_t n = 0; n < N; n += KAR_LANES)
      unfold_points(UNFOLD, N, start, f + i * start[4], turn + 2 * i, z + n, m * N, v + i * N + n);
  for (; i < m; i++)
    for (ptrdiff_t n = 0; n < N; n += KAR_LANES)
      unfold_points(1, N, start, f + i * start[4], turn + 2 * i, z + n, m * N, v + i * N + n);
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
