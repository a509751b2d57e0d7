/* Noise is a function of its key and index (docs/mathematics.md §2): one block of Philox4x32-10 (Salmon, 2011;
   Random123) for each pair of normal numbers.
     counter = {i0 | i1 << 21 (low 32 bits), rest of i1 | i2 << 10, sample, step | stream << 24 | component << 28},
     key = seed
     u = (first 53 bits + 1/2) 2^-53, v likewise;  z = sqrt(-2 log u) (cos 2 pi v, sin 2 pi v)     (Box and Muller,
     1958) */
#include "sysimpl.h"

#include <karhunen/random.h>
#include <Random123/philox.h>

void kar_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
  philox4x32_ctr_t c = {{counter[0], counter[1], counter[2], counter[3]}};
  philox4x32_key_t k = {{key[0], key[1]}};

  c = philox4x32(c, k);
  for (int i = 0; i < 4; i++) out[i] = c.v[i];
}

static KarCounter Counter(KarKey key, const PetscInt i[3])
{
  const uint64_t m = (1u << 21) - 1;
  const uint64_t w = ((uint64_t)i[0] & m) | ((uint64_t)i[1] & m) << 21 | ((uint64_t)i[2] & m) << 42;

  return (KarCounter){
    .word = {(uint32_t)w, (uint32_t)(w >> 32), (uint32_t)key.sample,
             ((uint32_t)key.step & 0xffffff) | (uint32_t)key.stream << 24 | (uint32_t)key.component << 28},
    .key  = {(uint32_t)key.seed, (uint32_t)((uint64_t)key.seed >> 32)}};
}

/* The versions for this machine. */
static KarNormalFn      *normal       = NULL;
static KarNormalFloatFn *normal_float = NULL;

static void Choose(void)
{
  if (normal && normal_float) return;
  normal       = kar_normal_generic;
  normal_float = kar_normal_float_generic;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) normal = kar_normal_avx512, normal_float = kar_normal_float_avx512;
  else if (__builtin_cpu_supports("avx2")) normal = kar_normal_avx2, normal_float = kar_normal_float_avx2;
#endif
}

/* That of row i but for index `axis`. */
static KarCounter RowCounter(KarKey key, const PetscInt i[3], int axis)
{
  PetscInt index[3] = {i[0], i[1], i[2]};

  index[axis] = 0;
  return Counter(key, index);
}

void kar_normal_row(KarKey key, const PetscInt i[3], int axis, PetscInt n, const PetscInt j[],
                    const PetscReal variance[], PetscReal *restrict z)
{
  const KarCounter counter = RowCounter(key, i, axis);

  Choose();
  normal(&counter, 21 * axis, n, j, variance, z);
}

void kar_normal_row_float(KarKey key, const PetscInt i[3], int axis, PetscInt n, const PetscInt j[],
                          const float variance[], float *restrict z)
{
  const KarCounter counter = RowCounter(key, i, axis);

  Choose();
  normal_float(&counter, 21 * axis, n, j, variance, z);
}

void kar_normal_pair(KarKey key, PetscInt i0, PetscInt i1, PetscInt i2, PetscReal z[2])
{
  const PetscInt i[3] = {i0, i1, i2};

  kar_normal_row(key, i, 0, 1, i, NULL, z);
}

/* u in (0, 1) from 64 random bits. */
static PetscReal Uniform(uint32_t high, uint32_t low)
{
  return ((PetscReal)(((uint64_t)high << 32 | low) >> 11) + 0.5) * 0x1p-53;
}

void kar_uniform_pair(KarKey key, PetscInt i0, PetscInt i1, PetscInt i2, PetscReal u[2])
{
  const PetscInt   i[3]    = {i0, i1, i2};
  const KarCounter counter = Counter(key, i);
  uint32_t         o[4];

  kar_philox(counter.word, counter.key, o);
  u[0] = Uniform(o[0], o[1]);
  u[1] = Uniform(o[2], o[3]);
}
