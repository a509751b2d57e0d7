/* Each instruction set that this machine has draws the plain version's normal numbers, bit for bit, with variances and
   without, at any count and index, in either precision; and those in single precision are those in double to its
   rounding: u = exp(-r^2/2) is known to 2^-32 + 4 2^-24 u, hence r, and its angle, to a few roundings. */
#include "claim.h"
#include "../src/sys/sysimpl.h"

enum { MOST = 137 };

static void Same(const char name[], KarNormalFn *draw)
{
  PetscInt  j[MOST];
  PetscReal variance[MOST], z[2 * MOST + 1], plain[2 * MOST + 1];
  int       wrong = 0;

  for (PetscInt i = 0; i < MOST; i++) {
    j[i]        = (i % 2 ? -1 : 1) * i * i * 50;
    variance[i] = 1 / (1. + (PetscReal)i);
  }
  for (uint32_t seed = 0; seed < 2000; seed++) {
    const KarCounter counter = {.word = {0, 0, seed, 77}, .key = {0xfffffff0u + seed, seed << 7}};
    const PetscInt   n       = seed % (MOST + 1);
    const int        shift   = 21 * (int)(seed % 3);
    const PetscReal *lambda  = seed & 1 ? variance : NULL;

    z[2 * n] = plain[2 * n] = -77;
    draw(&counter, shift, n, j, lambda, z);
    kar_normal_generic(&counter, shift, n, j, lambda, plain);
    wrong += memcmp(z, plain, (size_t)(2 * n + 1) * sizeof(*z)) ? 1 : 0;
  }
  Claim(wrong == 0, "%s: %d rows of 2000 differ", name, wrong);
}

static void SameFloat(const char name[], KarNormalFloatFn *draw)
{
  PetscInt j[MOST];
  float    variance[MOST], z[2 * MOST + 1], plain[2 * MOST + 1];
  int      wrong = 0;

  for (PetscInt i = 0; i < MOST; i++) {
    j[i]        = (i % 2 ? -1 : 1) * i * i * 50;
    variance[i] = 1 / (1.f + (float)i);
  }
  for (uint32_t seed = 0; seed < 2000; seed++) {
    const KarCounter counter = {.word = {0, 0, seed, 77}, .key = {0xfffffff0u + seed, seed << 7}};
    const PetscInt   n       = seed % (MOST + 1);
    const int        shift   = 21 * (int)(seed % 3);
    const float     *lambda  = seed & 1 ? variance : NULL;

    z[2 * n] = plain[2 * n] = -77;
    draw(&counter, shift, n, j, lambda, z);
    kar_normal_float_generic(&counter, shift, n, j, lambda, plain);
    wrong += memcmp(z, plain, (size_t)(2 * n + 1) * sizeof(*z)) ? 1 : 0;
  }
  Claim(wrong == 0, "%s, single precision: %d rows of 2000 differ", name, wrong);
}

/* The error of r is that of u over u r, or the root of twice it near r = 0. */
static void Rounded(void)
{
  PetscInt  j[MOST];
  PetscReal z[2 * MOST], worst = 0, sum = 0;
  float     rough[2 * MOST];

  for (PetscInt i = 0; i < MOST; i++) j[i] = i - MOST / 2;
  for (uint32_t seed = 0; seed < 20000; seed++) {
    const KarCounter counter = {.word = {0, 0, seed, 3}, .key = {seed, 7}};

    kar_normal_generic(&counter, 0, MOST, j, NULL, z);
    kar_normal_float_generic(&counter, 0, MOST, j, NULL, rough);
    for (PetscInt i = 0; i < MOST; i++) {
      const PetscReal r2 = z[2 * i] * z[2 * i] + z[2 * i + 1] * z[2 * i + 1], r = PetscSqrtReal(r2),
                      u    = PetscExpReal(-r2 / 2);
      const PetscReal of_u = 0x1p-32 + 0x1p-22 * u, off = PetscMax(PetscAbsReal(rough[2 * i] - z[2 * i]),
                                                                   PetscAbsReal(rough[2 * i + 1] - z[2 * i + 1]));
      const PetscReal bound = PetscMin(of_u / (u * r), PetscSqrtReal(2 * of_u / u)) + 0x1p-21 * r;

      worst = PetscMax(worst, off / bound);
      sum += off * off;
    }
  }
  Claim(worst <= 1, "single precision is off by %g of its bound", (double)worst);
  Claim(PetscSqrtReal(sum / (20000 * MOST)) < 1e-6, "its root mean square error is %g",
        (double)PetscSqrtReal(sum / (20000 * MOST)));
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2")) Same("avx2", kar_normal_avx2);
  if (__builtin_cpu_supports("avx512f")) Same("avx512", kar_normal_avx512);
  if (__builtin_cpu_supports("avx2")) SameFloat("avx2", kar_normal_float_avx2);
  if (__builtin_cpu_supports("avx512f")) SameFloat("avx512", kar_normal_float_avx512);
#endif
  Rounded();
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
