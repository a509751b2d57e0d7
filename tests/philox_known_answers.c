/* Philox4x32-10 gives the published vectors (Random123, kat_vectors); a row of normal numbers is its pairs; and 2^20
   of them have the moments of N(0, 1): each bound is 5 standard errors, so chance fails this with probability below
   4e-6 (once, the seed being fixed). */
#include "claim.h"
#include <math.h>

static PetscErrorCode Run(void)
{
  static const uint32_t vectors[3][10] = {{0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
                                          {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
                                           0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
                                          {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0,
                                           0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}};
  const PetscInt        n = 1 << 19, i[3] = {3, 0, -7};
  const KarKey          key = {.seed = 11, .sample = 5, .step = 2, .stream = KAR_STREAM_TEST};
  PetscReal            *z, m[5] = {0}, cross = 0, worst = 0;
  PetscInt             *j;

  PetscFunctionBegin;
  for (int v = 0; v < 3; v++) {
    uint32_t out[4];

    kar_philox(vectors[v], vectors[v] + 4, out);
    for (int w = 0; w < 4; w++) Claim(out[w] == vectors[v][6 + w], "vector %d, word %d: %08x", v, w, out[w]);
  }
  PetscCall(PetscMalloc2(2 * n, &z, n, &j));
  for (PetscInt a = 0; a < n; a++) j[a] = a - n / 2;
  kar_normal_row(key, i, 1, n, j, NULL, z);
  for (PetscInt a = 0; a < n; a += 1013) { /* against the formula, with the C library's functions */
    PetscReal      pair[2], u;
    uint32_t       out[4];
    const uint64_t w          = 3u | ((uint64_t)j[a] & 0x1fffff) << 21 | ((uint64_t)-7 & 0x1fffff) << 42;
    const uint32_t counter[4] = {(uint32_t)w, (uint32_t)(w >> 32), 5, 2 | KAR_STREAM_TEST << 24}, seed[2] = {11, 0};

    kar_normal_pair(key, 3, j[a], -7, pair);
    Claim(pair[0] == z[2 * a] && pair[1] == z[2 * a + 1], "a pair is not the row's, at %" PetscInt_FMT, a);
    kar_philox(counter, seed, out);
    u     = ((PetscReal)(((uint64_t)out[0] << 32 | out[1]) >> 11) + 0.5) * 0x1p-53;
    worst = PetscMax(
      worst, PetscAbsReal(z[2 * a] - sqrt(-2 * log(u)) *
                                       cos(2 * PETSC_PI *
                                           (((PetscReal)(((uint64_t)out[2] << 32 | out[3]) >> 11) + 0.5) * 0x1p-53))));
  }
  ClaimNear(worst, 0, 1e-14);
  for (PetscInt a = 0; a < 2 * n; a++)
    for (int p = 1; p <= 4; p++) m[p] += PetscPowRealInt(z[a], p) / (PetscReal)(2 * n);
  for (PetscInt a = 0; a < n; a++) cross += z[2 * a] * z[2 * a + 1] / (PetscReal)n;
  ClaimNear(m[1], 0, 5 / PetscSqrtReal(2. * n));
  ClaimNear(m[2], 1, 5 * PetscSqrtReal(2 / (2. * n)));
  ClaimNear(m[3], 0, 5 * PetscSqrtReal(15 / (2. * n)));
  ClaimNear(m[4], 3, 5 * PetscSqrtReal(96 / (2. * n)));
  ClaimNear(cross, 0, 5 / PetscSqrtReal(1. * n));
  PetscCall(PetscFree2(z, j));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
