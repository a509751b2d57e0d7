/* Noise is a function of its key and index (mathematics.md §2): one block of Philox4x32-10 (Salmon, 2011; Random123) for
   each pair of normal numbers.
     counter = {i0 | i1 << 21 (low 32 bits), rest of i1 | i2 << 10, sample, step | stream << 24 | component << 28},  key = seed
     u = (first 53 bits + 1/2) 2^-53, v likewise;  z = sqrt(-2 log u) (cos 2 pi v, sin 2 pi v)     (Box and Muller, 1958)
   Rows are drawn in short blocks, so that the compiler turns each stage into vector instructions.  Nothing here may be
   contracted to fused operations (see CMakeLists.txt): the same bits on every processor. */
#include <karhunen/random.h>

#include <Random123/philox.h>
#include <math.h>

#define BLOCK 64

#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  #define VECTORISED __attribute__((target_clones("avx512f", "avx2", "default")))
#else
  #define VECTORISED
#endif

void kar_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
  philox4x32_ctr_t c = {{counter[0], counter[1], counter[2], counter[3]}};
  philox4x32_key_t k = {{key[0], key[1]}};

  c = philox4x32(c, k);
  for (int i = 0; i < 4; i++) out[i] = c.v[i];
}

static void Counter(KarKey key, const PetscInt i[3], uint32_t c[4], uint32_t k[2])
{
  const uint64_t m = (1u << 21) - 1;
  const uint64_t w = ((uint64_t)i[0] & m) | ((uint64_t)i[1] & m) << 21 | ((uint64_t)i[2] & m) << 42;

  c[0] = (uint32_t)w;
  c[1] = (uint32_t)(w >> 32);
  c[2] = (uint32_t)key.sample;
  c[3] = ((uint32_t)key.step & 0xffffff) | (uint32_t)key.stream << 24 | (uint32_t)key.component << 28;
  k[0] = (uint32_t)key.seed;
  k[1] = (uint32_t)((uint64_t)key.seed >> 32);
}

/* u in (0, 1) from 64 random bits. */
static inline double Uniform(uint32_t high, uint32_t low)
{
  return ((double)(int64_t)(((uint64_t)high << 32 | low) >> 11) + 0.5) * 0x1p-53;
}

/* log u for u in (0, 1): u = 2^e m, m in [1/sqrt 2, sqrt 2), log m = 2 atanh s, s = (m - 1)/(m + 1); error below 2e-16 |log u|. */
static inline double Log(double u)
{
  union {
    double   d;
    uint64_t i;
  } x                    = {u};
  const uint64_t shifted = x.i - 0x3fe6a09e667f3bcdULL; /* bits of 1/sqrt 2 */
  const double   e       = (double)(int32_t)((int64_t)shifted >> 52);
  double         s, t, p;

  x.i = (shifted & 0xfffffffffffffULL) + 0x3fe6a09e667f3bcdULL;
  s   = (x.d - 1) / (x.d + 1);
  t   = s * s;
  p   = 1.0 / 21;
  p   = p * t + 1.0 / 19;
  p   = p * t + 1.0 / 17;
  p   = p * t + 1.0 / 15;
  p   = p * t + 1.0 / 13;
  p   = p * t + 1.0 / 11;
  p   = p * t + 1.0 / 9;
  p   = p * t + 1.0 / 7;
  p   = p * t + 1.0 / 5;
  p   = p * t + 1.0 / 3;
  return e * 0.693147180559945309417 + (2 * s + 2 * s * t * p);
}

/* cos 2 pi v and sin 2 pi v for v in (0, 1): quarter turn q and remainder |x| <= pi/4. */
static inline void CosSin(double v, double *c, double *s)
{
  const double  q = (double)(int32_t)(4 * v + 0.5);
  const int32_t n = (int32_t)q;
  const double  x = (4 * v - q) * 1.57079632679489661923, y = x * x;
  const double  sine =
    x * (1 + y * (-1.0 / 6 + y * (1.0 / 120 + y * (-1.0 / 5040 + y * (1.0 / 362880 + y * (-1.0 / 39916800 + y * (1.0 / 6227020800 - y / 1307674368000)))))));
  const double cosine =
    1 + y * (-0.5 + y * (1.0 / 24 + y * (-1.0 / 720 + y * (1.0 / 40320 + y * (-1.0 / 3628800 + y * (1.0 / 479001600 - y / 87178291200))))));
  const double a = n & 1 ? sine : cosine, b = n & 1 ? cosine : sine;

  *c = (n + 1) & 2 ? -a : a;
  *s = n & 2 ? -b : b;
}

/* `count` blocks of Philox whose counters differ in the first two words alone. */
static inline void PhiloxBlock(int count, const uint32_t c0[], const uint32_t c1[], uint32_t c2, uint32_t c3, const uint32_t key[2],
                               uint32_t *restrict o0, uint32_t *restrict o1, uint32_t *restrict o2, uint32_t *restrict o3)
{
  for (int n = 0; n < count; n++) {
    uint32_t a = c0[n], b = c1[n], c = c2, d = c3, k0 = key[0], k1 = key[1];

    for (int round = 0; round < 10; round++) {
      const uint64_t p = (uint64_t)0xD2511F53u * a, q = (uint64_t)0xCD9E8D57u * c;

      a = (uint32_t)(q >> 32) ^ b ^ k0;
      b = (uint32_t)q;
      c = (uint32_t)(p >> 32) ^ d ^ k1;
      d = (uint32_t)p;
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
    o0[n] = a, o1[n] = b, o2[n] = c, o3[n] = d;
  }
}

VECTORISED static void NormalBlock(int count, const uint32_t c0[], const uint32_t c1[], uint32_t c2, uint32_t c3,
                                   const uint32_t key[2], double *restrict z)
{
  uint32_t o0[BLOCK], o1[BLOCK], o2[BLOCK], o3[BLOCK];

  PhiloxBlock(count, c0, c1, c2, c3, key, o0, o1, o2, o3);
  for (int n = 0; n < count; n++) {
    const double r = sqrt(-2 * Log(Uniform(o0[n], o1[n])));
    double       c, s;

    CosSin(Uniform(o2[n], o3[n]), &c, &s);
    z[2 * n]     = r * c;
    z[2 * n + 1] = r * s;
  }
}

void kar_normal_row(KarKey key, const PetscInt i[3], int axis, PetscInt n, const PetscInt j[], PetscReal *restrict z)
{
  uint32_t       c0[BLOCK], c1[BLOCK], c[4], k[2];
  const int      shift = 21 * axis;
  const uint64_t mask  = (uint64_t)((1u << 21) - 1) << shift;
  uint64_t       base;

  Counter(key, i, c, k);
  base = ((uint64_t)c[1] << 32 | c[0]) & ~mask;
  for (PetscInt at = 0; at < n; at += BLOCK) {
    const int count = (int)PetscMin(BLOCK, n - at);

    for (int m = 0; m < count; m++) {
      const uint64_t w = base | ((uint64_t)j[at + m] << shift & mask);

      c0[m] = (uint32_t)w;
      c1[m] = (uint32_t)(w >> 32);
    }
    NormalBlock(count, c0, c1, c[2], c[3], k, z + 2 * at);
  }
}

void kar_normal_pair(KarKey key, PetscInt i0, PetscInt i1, PetscInt i2, PetscReal z[2])
{
  const PetscInt i[3] = {i0, i1, i2};

  kar_normal_row(key, i, 0, 1, i, z);
}

void kar_uniform_pair(KarKey key, PetscInt i0, PetscInt i1, PetscInt i2, PetscReal u[2])
{
  const PetscInt i[3] = {i0, i1, i2};
  uint32_t       c[4], k[2], o[4];

  Counter(key, i, c, k);
  kar_philox(c, k, o);
  u[0] = Uniform(o[0], o[1]);
  u[1] = Uniform(o[2], o[3]);
}
