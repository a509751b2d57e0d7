/* Philox and the normal transform on LANES pairs at a time, once for each instruction set, with the same bits from all.  The including
   file has chosen the set with a GCC target pragma and named it: KAR_NORMAL, the function, and LANES, doubles in a vector register.
   Nothing here may be contracted to fused operations (see CMakeLists.txt). */
#include "sysimpl.h"

#include <math.h>
#include <string.h>
#if defined(__x86_64__)
  #include <immintrin.h>
#endif

typedef double   Reals __attribute__((vector_size(8 * LANES)));
typedef uint64_t Bits __attribute__((vector_size(8 * LANES)));
typedef PetscInt Indices __attribute__((vector_size(sizeof(PetscInt) * LANES)));

/* Products of the low halves of a and b; square roots; (x_0, y_0, x_1, y_1, ...). */
#if LANES == 8
  #define PRODUCT(a, b) ((Bits)_mm512_mul_epu32((__m512i)(a), (__m512i)(b)))
  #define ROOT(x)       ((Reals)_mm512_sqrt_pd((__m512d)(x)))
  #define FIRST(x, y)   __builtin_shuffle(x, y, (Bits){0, 8, 1, 9, 2, 10, 3, 11})
  #define SECOND(x, y)  __builtin_shuffle(x, y, (Bits){4, 12, 5, 13, 6, 14, 7, 15})
#elif LANES == 4
  #define PRODUCT(a, b) ((Bits)_mm256_mul_epu32((__m256i)(a), (__m256i)(b)))
  #define ROOT(x)       ((Reals)_mm256_sqrt_pd((__m256d)(x)))
  #define FIRST(x, y)   __builtin_shuffle(x, y, (Bits){0, 4, 1, 5})
  #define SECOND(x, y)  __builtin_shuffle(x, y, (Bits){2, 6, 3, 7})
#else
  #define PRODUCT(a, b) (((a)&0xffffffffULL) * ((b)&0xffffffffULL))
  #define ROOT(x)       ((Reals){sqrt((x)[0]), sqrt((x)[1])})
  #define FIRST(x, y)   __builtin_shuffle(x, y, (Bits){0, 2})
  #define SECOND(x, y)  __builtin_shuffle(x, y, (Bits){1, 3})
#endif
#define INLINED static inline __attribute__((always_inline))

/* Ten rounds on words in the low halves; what the high halves hold does not matter, and is undefined at the end. */
INLINED void Philox(Bits x[4], const uint32_t key[2])
{
  const Bits m0 = (Bits){0} + 0xD2511F53u, m1 = (Bits){0} + 0xCD9E8D57u;
  uint32_t   k0 = key[0], k1 = key[1];

  for (int round = 0; round < 10; round++) {
    const Bits p = PRODUCT(m0, x[0]), q = PRODUCT(m1, x[2]);

    x[0] = (q >> 32) ^ x[1] ^ k0;
    x[1] = q;
    x[2] = (p >> 32) ^ x[3] ^ k1;
    x[3] = p;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
}

/* The number n as a double, n < 2^52: the bits of 2^52 + n, less 2^52. */
INLINED Reals Number(Bits n)
{
  return (Reals)(n | 0x4330000000000000ULL) - 0x1p52;
}

/* (first 53 bits of (high, low) + 1/2) 2^-53, from their 32 and their 21. */
INLINED Reals Uniform(Bits high, Bits low)
{
  return (Number(high & 0xffffffffULL) * 0x1p-32 + Number((low & 0xffffffffULL) >> 11) * 0x1p-53) + 0x1p-54;
}

/* log u for u in (0, 1): u = 2^e m, m in [1/sqrt 2, sqrt 2), log m = 2 atanh s, s = (m - 1)/(m + 1); error below 2e-16 |log u|. */
INLINED Reals Log(Reals u)
{
  const Bits  root    = (Bits){0} + 0x3fe6a09e667f3bcdULL; /* bits of 1/sqrt 2 */
  const Bits  shifted = (Bits)u - root;
  const Reals e       = Number((shifted >> 52) ^ 0x800) - 2048; /* its 12 bits are a signed number */
  const Reals m       = (Reals)((shifted & 0xfffffffffffffULL) + root);
  const Reals s = (m - 1) / (m + 1), t = s * s;
  Reals       p = t * (1.0 / 21) + 1.0 / 19;

  p = p * t + 1.0 / 17;
  p = p * t + 1.0 / 15;
  p = p * t + 1.0 / 13;
  p = p * t + 1.0 / 11;
  p = p * t + 1.0 / 9;
  p = p * t + 1.0 / 7;
  p = p * t + 1.0 / 5;
  p = p * t + 1.0 / 3;
  return e * 0.693147180559945309417 + (2 * s + 2 * s * t * p);
}

/* cos 2 pi v and sin 2 pi v for v in (0, 1): the nearest quarter turn n and the rest |x| <= pi/4. */
INLINED void CosSin(Reals v, Reals *c, Reals *s)
{
  const Reals turned = 4 * v + 0x1.8p52;
  const Bits  n = (Bits)turned, odd = -(n & 1); /* all ones or none */
  const Reals x = (4 * v - (turned - 0x1.8p52)) * 1.57079632679489661923, y = x * x;
  const Reals sine =
    x * (1 + y * (-1.0 / 6 + y * (1.0 / 120 + y * (-1.0 / 5040 + y * (1.0 / 362880 + y * (-1.0 / 39916800 + y * (1.0 / 6227020800 - y * (1 / 1307674368000.))))))));
  const Reals cosine =
    1 + y * (-0.5 + y * (1.0 / 24 + y * (-1.0 / 720 + y * (1.0 / 40320 + y * (-1.0 / 3628800 + y * (1.0 / 479001600 - y * (1 / 87178291200.)))))));

  *c = (Reals)((((Bits)sine & odd) | ((Bits)cosine & ~odd)) ^ ((n + 1) & 2) << 62);
  *s = (Reals)((((Bits)cosine & odd) | ((Bits)sine & ~odd)) ^ (n & 2) << 62);
}

/* LANES pairs of index w, in order, to z. */
INLINED void Pairs(const KarCounter *counter, Bits w, Reals variance, double z[])
{
  Bits  x[4] = {w, w >> 32, (Bits){0} + counter->word[2], (Bits){0} + counter->word[3]};
  Reals r, c, s, out[2];

  Philox(x, counter->key);
  r = ROOT(-2 * Log(Uniform(x[0], x[1])) * variance);
  CosSin(Uniform(x[2], x[3]), &c, &s);
  c *= r;
  s *= r;
  out[0] = FIRST(c, s);
  out[1] = SECOND(c, s);
  memcpy(z, out, sizeof(out));
}

void KAR_NORMAL(const KarCounter *counter, int shift, ptrdiff_t n, const PetscInt j[], const double variance[], double z[])
{
  const Bits base = (Bits){0} + ((uint64_t)counter->word[1] << 32 | counter->word[0]), mask = (Bits){0} + ((1u << 21) - 1);
  Indices    index;
  Reals      lambda = (Reals){0} + 1;

  for (; n >= LANES; n -= LANES, j += LANES, z += 2 * LANES) {
    memcpy(&index, j, sizeof(index));
    if (variance) memcpy(&lambda, variance, sizeof(lambda)), variance += LANES;
    Pairs(counter, base | (__builtin_convertvector(index, Bits) & mask) << shift, lambda, z);
  }
  if (n) {
    double rest[2 * LANES];

    index = (Indices){0};
    memcpy(&index, j, (size_t)n * sizeof(*j));
    if (variance) memcpy(&lambda, variance, (size_t)n * sizeof(*variance));
    Pairs(counter, base | (__builtin_convertvector(index, Bits) & mask) << shift, lambda, rest);
    memcpy(z, rest, (size_t)(2 * n) * sizeof(*z));
  }
}
