/* Products with modes, sums over channels, products of numbers one by one, the optimiser (kernels.h). */
#pragma once

static void multiply(ptrdiff_t n, const float *x, const float *restrict y, float *z)
{
#pragma GCC ivdep
  for (ptrdiff_t i = 0; i < n; i++) z[i] = x[i] * y[i];
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

static void expand(ptrdiff_t nmodes, const KarFNOMode *mode, ptrdiff_t C, const float *from, ptrdiff_t stride,
                   float *products)
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

static inline __attribute__((always_inline)) void dot(const int rows, ptrdiff_t N, const float *x, const float *w,
                                                      float b, float *y, ptrdiff_t ldy)
{
  V acc[8] = {{0}};

  for (ptrdiff_t n = 0; n < N; n += KAR_LANES)
#pragma GCC unroll 8
    for (int m = 0; m < rows; m++) acc[m] += *(const V *)(x + m * N + n) * *(const V *)(w + n);
#pragma GCC unroll 8
  for (int m = 0; m < rows; m++) y[m * ldy] = b + total(acc[m]);
}

static void dots(ptrdiff_t M, ptrdiff_t N, const float *restrict x, const float *restrict w, float b, float *restrict y,
                 ptrdiff_t ldy)
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
