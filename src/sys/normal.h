/* Philox and the normal transform on vectors of LANES pairs, or 2 LANES pairs in single precision, once for each
   instruction set, with the same bits from all.  The including file has chosen the set with a GCC target pragma and
   named it: KAR_NORMAL and KAR_NORMAL_FLOAT, the functions, and LANES, doubles in a vector register.  An operation
   waits for the one before:
   functions work on
   AT_ONCE vectors, operation by operation.  Nothing here may be contracted to fused operations (see CMakeLists.txt). */
#include "sysimpl.h"

#include <math.h>
#include <string.h>
#if defined(__x86_64__)
  #include <immintrin.h>
#endif

typedef double   Reals __attribute__((vector_size(8 * LANES)));
typedef uint64_t Bits __attribute__((vector_size(8 * LANES)));
typedef PetscInt Indices __attribute__((vector_size(sizeof(PetscInt) * LANES)));
/* The same in memory, where arrays of numbers are. */
typedef Reals   RealsAt __attribute__((aligned(8), may_alias));
typedef Indices IndicesAt __attribute__((aligned(sizeof(PetscInt)), may_alias));
/* 2 LANES numbers in single precision. */
typedef float    Floats __attribute__((vector_size(8 * LANES)));
typedef int32_t  Ints __attribute__((vector_size(8 * LANES)));
typedef uint32_t Words __attribute__((vector_size(8 * LANES)));
typedef Floats   FloatsAt __attribute__((aligned(4), may_alias));

/* Products of the low halves of a and b; square roots; (x_0, y_0, x_1, y_1, ...); the low half of x under a
   number's high half; the upper 21 bits of the low half; where the highest bit of a mask is set a, else b.
   In single precision a vector comes from two of Bits: EVENS and ODDS of the 2 LANES indices x, y, in such an order
   that MERGED has their low halves side by side; ORDERED brings numbers into that order, and FIRSTS and SECONDS give
   pairs in their own. */
#if LANES == 8
  #define PRODUCT(a, b) ((Bits)_mm512_mul_epu32((__m512i)(a), (__m512i)(b)))
  #define ROOT(x)       ((Reals)_mm512_sqrt_pd((__m512d)(x)))
  #define FIRST(x, y)   __builtin_shuffle(x, y, (Bits){0, 8, 1, 9, 2, 10, 3, 11})
  #define SECOND(x, y)  __builtin_shuffle(x, y, (Bits){4, 12, 5, 13, 6, 14, 7, 15})
  #define ROOTS(x)      ((Floats)_mm512_sqrt_ps((__m512)(x)))
  #define EVENS(x, y)   __builtin_shuffle(x, y, (Bits){0, 8, 2, 10, 4, 12, 6, 14})
  #define ODDS(x, y)    __builtin_shuffle(x, y, (Bits){1, 9, 3, 11, 5, 13, 7, 15})
  #define ORDERED(x)    __builtin_shuffle(x, (Words){0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15})
  #define FIRSTS(x, y)  __builtin_shuffle(x, y, (Words){0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29})
  #define SECONDS(x, y) __builtin_shuffle(x, y, (Words){2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31})
#elif LANES == 4
  #define PRODUCT(a, b)  ((Bits)_mm256_mul_epu32((__m256i)(a), (__m256i)(b)))
  #define ROOT(x)        ((Reals)_mm256_sqrt_pd((__m256d)(x)))
  #define FIRST(x, y)    __builtin_shuffle(x, y, (Bits){0, 4, 1, 5})
  #define SECOND(x, y)   __builtin_shuffle(x, y, (Bits){2, 6, 3, 7})
  #define ROOTS(x)       ((Floats)_mm256_sqrt_ps((__m256)(x)))
  #define EVENS(x, y)    __builtin_shuffle(x, y, (Bits){0, 4, 2, 6})
  #define ODDS(x, y)     __builtin_shuffle(x, y, (Bits){1, 5, 3, 7})
  #define ORDERED(x)     __builtin_shuffle(x, (Words){0, 1, 4, 5, 2, 3, 6, 7})
  #define FIRSTS(x, y)   __builtin_shuffle(x, y, (Words){0, 8, 1, 9, 4, 12, 5, 13})
  #define SECONDS(x, y)  __builtin_shuffle(x, y, (Words){2, 10, 3, 11, 6, 14, 7, 15})
  #define MERGED(x, y)   ((Words)_mm256_blend_epi32((__m256i)(x), (__m256i)((y) << 32), 0xaa))
  #define PICKS(m, a, b) ((Floats)_mm256_blendv_ps((__m256)(b), (__m256)(a), (__m256)(m)))
  #define UNDER(c, x)    ((Bits)_mm256_blend_epi32((__m256i)(x), (__m256i)((Bits){0} + ((uint64_t)(c) << 32)), 0xaa))
  #define UPPER21(x)     ((Bits)_mm256_srli_epi32((__m256i)(x), 11))
  #define PICK(m, a, b)  ((Reals)_mm256_blendv_pd((__m256d)(b), (__m256d)(a), (__m256d)(m)))
#else
  #define PRODUCT(a, b) (((a)&0xffffffffULL) * ((b)&0xffffffffULL))
  #define ROOT(x)       ((Reals){sqrt((x)[0]), sqrt((x)[1])})
  #define FIRST(x, y)   __builtin_shuffle(x, y, (Bits){0, 2})
  #define SECOND(x, y)  __builtin_shuffle(x, y, (Bits){1, 3})
  #define ROOTS(x)      ((Floats){sqrtf((x)[0]), sqrtf((x)[1]), sqrtf((x)[2]), sqrtf((x)[3])})
  #define EVENS(x, y)   __builtin_shuffle(x, y, (Bits){0, 2})
  #define ODDS(x, y)    __builtin_shuffle(x, y, (Bits){1, 3})
  #define ORDERED(x)    (x)
  #define FIRSTS(x, y)  __builtin_shuffle(x, y, (Words){0, 4, 1, 5})
  #define SECONDS(x, y) __builtin_shuffle(x, y, (Words){2, 6, 3, 7})
#endif
#if LANES != 4
  #define UNDER(c, x)    (((x)&0xffffffffULL) | (uint64_t)(c) << 32)
  #define UPPER21(x)     (((x)&0xffffffffULL) >> 11)
  #define PICK(m, a, b)  ((Reals)(((Bits)(a) & -((m) >> 63)) | ((Bits)(b) & (((m) >> 63) - 1))))
  #define MERGED(x, y)   ((Words)(((x)&0xffffffffULL) | ((y) << 32)))
  #define PICKS(m, a, b) ((Floats)(((Words)(a) & -((m) >> 31)) | ((Words)(b) & (((m) >> 31) - 1))))
#endif
#define INLINED static inline __attribute__((always_inline))

enum {
  ROUNDS  = 10,
  AT_ONCE = 4,
  FLOATS  = 3
}; /* and vectors in single precision: the words of three fit the registers of AVX2 */
#define EACH _Pragma("GCC unroll 4") for (int i = 0; i < times; i++)
#define ALL  _Pragma("GCC unroll 16")

/* What a row's blocks of pairs share. */
typedef struct {
  Bits base, word[2], key[ROUNDS][2]; /* the first two words of the counter, the others, and the keys of the rounds */
  int  shift;
} Row;

INLINED Row Begin(const KarCounter *counter, int shift)
{
  Row row = {.shift = shift};

  row.base = (Bits){0} + ((uint64_t)counter->word[1] << 32 | counter->word[0]);
  for (int i = 0; i < 2; i++) row.word[i] = (Bits){0} + counter->word[2 + i];
  for (uint32_t i = 0; i < ROUNDS; i++) {
    row.key[i][0] = (Bits){0} + (counter->key[0] + i * 0x9E3779B9u);
    row.key[i][1] = (Bits){0} + (counter->key[1] + i * 0xBB67AE85u);
  }
  return row;
}

/* The counter of vector i of indices. */
INLINED void Counter(const Row *row, Bits index, int i, Bits x[4][AT_ONCE])
{
  x[0][i] = row->base | (index & 0x1fffff) << row->shift;
  x[1][i] = x[0][i] >> 32;
  x[2][i] = row->word[0];
  x[3][i] = row->word[1];
}

/* Ten rounds on words in the low halves; what the high halves hold does not matter, and is undefined at the end. */
INLINED void Philox(int times, const Row *row, Bits x[4][AT_ONCE])
{
  const Bits m0 = (Bits){0} + 0xD2511F53u, m1 = (Bits){0} + 0xCD9E8D57u;

  ALL for (int round = 0; round < ROUNDS; round++) EACH
  {
    const Bits p = PRODUCT(m0, x[0][i]), q = PRODUCT(m1, x[2][i]);

    x[0][i] = (q >> 32) ^ (x[1][i] ^ row->key[round][0]);
    x[1][i] = q;
    x[2][i] = (p >> 32) ^ (x[3][i] ^ row->key[round][1]);
    x[3][i] = p;
  }
}

/* u = (first 53 bits of (high, low) + 1/2) 2^-53, from their 32 and their 21: those of 2^20 + high 2^-32 and
   1/2 + low 2^-53. */
INLINED Reals Uniform(Bits high, Bits low)
{
  return (((Reals)UNDER(0x41300000, high) - (0x1p20 + 0.5)) + (Reals)UNDER(0x3fe00000, UPPER21(low))) + 0x1p-54;
}

/* 4 u. */
INLINED Reals Turn(Bits high, Bits low)
{
  return (((Reals)UNDER(0x41500000, high) - (0x1p22 + 2)) + (Reals)UNDER(0x40000000, UPPER21(low))) + 0x1p-52;
}

/* -2 log u for u in (0, 1): u = 2^e m, m in [1/sqrt 2, sqrt 2), log m = 2 atanh s, s = (m - 1)/(m + 1); relative error
   below 2e-16. */
INLINED void Log(int times, const Bits high[], const Bits low[], Reals l[])
{
  const Bits root = (Bits){0} + 0x3fe6a09e667f3bcdULL; /* bits of 1/sqrt 2 */
  Reals      e[AT_ONCE], s[AT_ONCE], t[AT_ONCE], p[AT_ONCE];

  EACH
  {
    const Bits  shifted = (Bits)Uniform(high[i], low[i]) - root;
    const Reals m       = (Reals)((shifted & 0xfffffffffffffULL) + root);

    e[i] = (Reals)((shifted >> 52) ^ 0x4330000000000800ULL) - (0x1p52 + 2048); /* its 12 bits are a signed number */
    s[i] = (m - 1) / (m + 1);
    t[i] = s[i] * s[i];
    p[i] = t[i] * (1.0 / 21) + 1.0 / 19;
  }
  ALL for (int k = 17; k >= 3; k -= 2) EACH p[i] = p[i] * t[i] + 1.0 / k;
  EACH
  {
    l[i] = -2 * (e[i] * 0.693147180559945309417 + (2 * s[i] + 2 * s[i] * t[i] * p[i]));
  }
}

/* Taylor's coefficients of sin x / x and of cos x in x^2. */
static const double sines[] = {
  1, -1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880, -1.0 / 39916800, 1.0 / 6227020800, -1 / 1307674368000.};
static const double cosines[] = {1,           -0.5,           1.0 / 24,        -1.0 / 720,
                                 1.0 / 40320, -1.0 / 3628800, 1.0 / 479001600, -1 / 87178291200.};

/* cos 2 pi v and sin 2 pi v for v in (0, 1): the nearest quarter turn n and the rest |x| <= pi/4. */
INLINED void CosSin(int times, const Bits high[], const Bits low[], Reals c[], Reals s[])
{
  Bits  n[AT_ONCE];
  Reals x[AT_ONCE], y[AT_ONCE], sine[AT_ONCE], cosine[AT_ONCE];

  EACH
  {
    const Reals v = Turn(high[i], low[i]), turned = v + 0x1.8p52;

    n[i]      = (Bits)turned;
    x[i]      = (v - (turned - 0x1.8p52)) * 1.57079632679489661923;
    y[i]      = x[i] * x[i];
    sine[i]   = (Reals){0} + sines[7];
    cosine[i] = (Reals){0} + cosines[7];
  }
  ALL for (int k = 6; k >= 0; k--) EACH
  {
    sine[i]   = sines[k] + y[i] * sine[i];
    cosine[i] = cosines[k] + y[i] * cosine[i];
  }
  EACH
  {
    const Bits odd = n[i] << 63;

    sine[i] *= x[i];
    c[i] = (Reals)((Bits)PICK(odd, sine[i], cosine[i]) ^ ((n[i] + 1) & 2) << 62);
    s[i] = (Reals)((Bits)PICK(odd, cosine[i], sine[i]) ^ (n[i] & 2) << 62);
  }
}

/* `times` vectors of pairs, a constant up to AT_ONCE. */
INLINED void Pairs(int times, const Row *row, const PetscInt j[], const double variance[], double z[])
{
  Bits  x[4][AT_ONCE];
  Reals r[AT_ONCE], c[AT_ONCE], s[AT_ONCE];

  EACH Counter(row, __builtin_convertvector(*(const IndicesAt *)(j + i * LANES), Bits), i, x);
  Philox(times, row, x);
  Log(times, x[0], x[1], r);
  EACH r[i] = ROOT(variance ? r[i] * *(const RealsAt *)(variance + i * LANES) : r[i]);
  CosSin(times, x[2], x[3], c, s);
  EACH
  {
    c[i] *= r[i];
    s[i] *= r[i];
    *(RealsAt *)(z + 2 * LANES * i)         = FIRST(c[i], s[i]);
    *(RealsAt *)(z + 2 * LANES * i + LANES) = SECOND(c[i], s[i]);
  }
}

/* n < times LANES pairs: a whole block beside, of which n are kept. */
INLINED void Few(int times, const Row *row, ptrdiff_t n, const PetscInt j[], const double variance[], double z[])
{
  PetscInt index[AT_ONCE * LANES]  = {0};
  double   lambda[AT_ONCE * LANES] = {0}, all[2 * AT_ONCE * LANES];

  memcpy(index, j, (size_t)n * sizeof(*j));
  if (variance) memcpy(lambda, variance, (size_t)n * sizeof(*variance));
  Pairs(times, row, index, variance ? lambda : NULL, all);
  memcpy(z, all, (size_t)(2 * n) * sizeof(*z));
}

void KAR_NORMAL(const KarCounter *counter, int shift, ptrdiff_t n, const PetscInt j[], const double variance[],
                double z[])
{
  const ptrdiff_t block = AT_ONCE * LANES;
  const Row       row   = Begin(counter, shift);

  if (!n) return;
  if (n <= LANES) Few(1, &row, n, j, variance, z);
  else if (n < block) Few(AT_ONCE, &row, n, j, variance, z);
  else
    for (ptrdiff_t i = 0; i < n; i += block) {
      const ptrdiff_t at = i + block <= n ? i : n - block; /* the last block ends with the row, and draws some again */

      Pairs(AT_ONCE, &row, j + at, variance ? variance + at : NULL, z + 2 * at);
    }
}

/* --- Single precision: the same numbers to its rounding, from 31 or 32 bits of two of the words
   ------------------------------- */
/* -2 log u, u = (first 31 bits + 1/2) 2^-31, as Log(). */
INLINED void LogFloat(int times, const Words w[], Floats l[])
{
  const Words root = (Words){0} + 0x3f3504f3u; /* bits of 1/sqrt 2 */
  Floats      e[AT_ONCE], s[AT_ONCE], t[AT_ONCE], p[AT_ONCE];

  EACH
  {
    const Words  shifted = (Words)(__builtin_convertvector((Ints)(w[i] >> 1), Floats) * 0x1p-31f + 0x1p-32f) - root;
    const Floats m       = (Floats)((shifted & 0x7fffff) + root);

    e[i] = __builtin_convertvector((Ints)shifted >> 23, Floats);
    s[i] = (m - 1) / (m + 1);
  }
  EACH t[i] = s[i] * s[i];
  EACH p[i] = t[i] * (1.f / 9) + 1.f / 7;
  EACH p[i] = p[i] * t[i] + 1.f / 5;
  EACH p[i] = p[i] * t[i] + 1.f / 3;
  EACH l[i] = e[i] * -1.38629436f + s[i] * -4 * (t[i] * p[i] + 1);
}

/* cos 2 pi v and sin 2 pi v for v = (w + 1/2) 2^-32, as CosSin(); coefficients of Cephes (Moshier, 1989). */
INLINED void CosSinFloat(int times, const Words w[], Floats c[], Floats s[])
{
  Words  turned[AT_ONCE];
  Floats x[AT_ONCE], y[AT_ONCE], sine[AT_ONCE], cosine[AT_ONCE];

  EACH turned[i] = w[i] + 0x20000000u; /* the quarter is in the first two bits */
  EACH x[i] =
    (__builtin_convertvector((Ints)(turned[i] & 0x3fffffff) - 0x20000000, Floats) + 0.5f) * (1.57079633f * 0x1p-30f);
  EACH y[i]      = x[i] * x[i];
  EACH sine[i]   = y[i] * -1.9515295891e-4f + 8.3321608736e-3f;
  EACH cosine[i] = y[i] * 2.443315711809948e-5f - 1.388731625493765e-3f;
  EACH sine[i]   = sine[i] * y[i] - 1.6666654611e-1f;
  EACH cosine[i] = cosine[i] * y[i] + 4.166664568298827e-2f;
  EACH sine[i]   = sine[i] * (y[i] * x[i]) + x[i];
  EACH cosine[i] = (cosine[i] * y[i] - 0.5f) * y[i] + 1;
  EACH
  {
    const Words odd = turned[i] << 1;

    c[i] = (Floats)((Words)PICKS(odd, sine[i], cosine[i]) ^ ((turned[i] + 0x40000000u) & 0x80000000u));
    s[i] = (Floats)((Words)PICKS(odd, cosine[i], sine[i]) ^ (turned[i] & 0x80000000u));
  }
}

/* FLOATS vectors of pairs, from twice as many of counters. */
INLINED void PairsFloat(const Row *row, const PetscInt j[], const float variance[], float z[])
{
  const int times = FLOATS;
  Bits      x[2][4][AT_ONCE];
  Words     w[2][AT_ONCE];
  Floats    r[AT_ONCE], c[AT_ONCE], s[AT_ONCE];

  EACH
  {
    const Bits first  = __builtin_convertvector(*(const IndicesAt *)(j + 2 * i * LANES), Bits),
               second = __builtin_convertvector(*(const IndicesAt *)(j + (2 * i + 1) * LANES), Bits);

    Counter(row, EVENS(first, second), i, x[0]);
    Counter(row, ODDS(first, second), i, x[1]);
  }
  Philox(times, row, x[0]);
  Philox(times, row, x[1]);
  EACH w[0][i] = MERGED(x[0][0][i], x[1][0][i]);
  EACH w[1][i] = MERGED(x[0][2][i], x[1][2][i]);
  LogFloat(times, w[0], r);
  EACH r[i] = ROOTS(variance ? r[i] * ORDERED(*(const FloatsAt *)(variance + 2 * i * LANES)) : r[i]);
  CosSinFloat(times, w[1], c, s);
  EACH
  {
    c[i] *= r[i];
    s[i] *= r[i];
    *(FloatsAt *)(z + 4 * LANES * i)             = FIRSTS(c[i], s[i]);
    *(FloatsAt *)(z + 4 * LANES * i + 2 * LANES) = SECONDS(c[i], s[i]);
  }
}

void KAR_NORMAL_FLOAT(const KarCounter *counter, int shift, ptrdiff_t n, const PetscInt j[], const float variance[],
                      float z[])
{
  enum { BLOCK = 2 * FLOATS * LANES };
  const Row row = Begin(counter, shift);

  if (n < BLOCK) { /* a whole block beside, of which n are kept */
    PetscInt index[BLOCK]  = {0};
    float    lambda[BLOCK] = {0}, all[2 * BLOCK];

    memcpy(index, j, (size_t)n * sizeof(*j));
    if (variance) memcpy(lambda, variance, (size_t)n * sizeof(*variance));
    PairsFloat(&row, index, variance ? lambda : NULL, all);
    memcpy(z, all, (size_t)(2 * n) * sizeof(*z));
    return;
  }
  for (ptrdiff_t i = 0; i < n; i += BLOCK) {
    const ptrdiff_t at = i + BLOCK <= n ? i : n - BLOCK; /* the last block ends with the row, and draws some again */

    PairsFloat(&row, j + at, variance ? variance + at : NULL, z + 2 * at);
  }
}
