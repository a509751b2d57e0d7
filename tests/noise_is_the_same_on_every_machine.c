/* Each instruction set that this machine has draws the plain version's normal numbers, bit for bit, with variances and without, at
   any count and index. */
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

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2")) Same("avx2", kar_normal_avx2);
  if (__builtin_cpu_supports("avx512f")) Same("avx512", kar_normal_avx512);
#endif
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
