/* s_j <- e^(s_j + w_j - l), l = log sum_j e^(s_j + w_j) or given (kernels.h). e^x = 2^n 2^r, x/log 2 = n + r with
   |r| <= 1/2, 2^r by its Taylor polynomial of degree 7: relative error below 4e-7, of x's rounding in the main. Below
   2^-126 it counts as that. */
#pragma once

static inline __attribute__((always_inline)) V softmax_exp(V x)
{
  const float p[8] = {
    1, 6.93147181e-1f, 2.40226507e-1f, 5.55041087e-2f, 9.61812911e-3f, 1.33335581e-3f, 1.54035304e-4f, 1.52527338e-5f};
  const V magic = (V){0} + 12582912.f, least = (V){0} - 126, t = MAX(x * 1.44269504f, least), n = t + magic,
          r = t - (n - magic);
  V f       = p[6] + p[7] * r;

#pragma GCC unroll 6
  for (int k = 5; k >= 0; k--) f = p[k] + f * r;
  return (V)((Lanes)f + ((Lanes)n << 23));
}

static inline __attribute__((always_inline)) float softmax_sum(V v)
{
  float sum = 0;

  for (int i = 0; i < KAR_LANES; i++) sum += v[i];
  return sum;
}

/* n < KAR_LANES numbers of s and w as vectors, s filled with -inf in effect. */
static inline __attribute__((always_inline)) V softmax_rest(ptrdiff_t n, const float *s, const float *w)
{
  float scratch[KAR_LANES];

  for (int i = 0; i < KAR_LANES; i++) scratch[i] = i < n ? s[i] + w[i] : -1e30f;
  return *(const V *)scratch;
}

static void softmax_store(ptrdiff_t n, V v, float *s)
{
  for (ptrdiff_t i = 0; i < n; i++) s[i] = v[i];
}

/* Returns l. */
static float softmax(ptrdiff_t n, float *s, const float *w)
{
  const ptrdiff_t whole = n / KAR_LANES * KAR_LANES;
  V               most = (V){0} - 1e30f, sum = (V){0};
  float           top = -1e30f, all;

  for (ptrdiff_t j = 0; j < whole; j += KAR_LANES) {
    const V x = *(const V *)(s + j) + *(const V *)(w + j);

    *(V *)(s + j) = x;
    most          = MAX(most, x);
  }
  const V rest = softmax_rest(n - whole, s + whole, w + whole);
  most         = MAX(most, rest);
  for (int i = 0; i < KAR_LANES; i++) top = most[i] > top ? most[i] : top;
  for (ptrdiff_t j = 0; j < whole; j += KAR_LANES) {
    const V e = softmax_exp(*(const V *)(s + j) - top);

    *(V *)(s + j) = e;
    sum += e;
  }
  const V last = softmax_exp(rest - top);
  softmax_store(n - whole, last, s + whole);
  all = softmax_sum(sum);
  for (ptrdiff_t j = whole; j < n; j++) all += s[j];
  for (ptrdiff_t j = 0; j < whole; j += KAR_LANES) *(V *)(s + j) *= 1 / all;
  for (ptrdiff_t j = whole; j < n; j++) s[j] *= 1 / all;
  return top + __builtin_logf(all);
}

static void softmax_again(ptrdiff_t n, float *s, const float *w, float l)
{
  const ptrdiff_t whole = n / KAR_LANES * KAR_LANES;

  for (ptrdiff_t j = 0; j < whole; j += KAR_LANES)
    *(V *)(s + j) = softmax_exp(*(const V *)(s + j) + *(const V *)(w + j) - l);
  softmax_store(n - whole, softmax_exp(softmax_rest(n - whole, s + whole, w + whole) - l), s + whole);
}
