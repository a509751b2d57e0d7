/* The kernels for machines with AMX: AVX-512's, but for products of 16 rows and more, which are by tiles of 16-bit
   numbers (bf16).
   a = a1 + a2 + ..., the nearest such number and that of the rest, and so b:  a b = a1 b1 + a1 b2 + a2 b1 + ...,
   summed in single precision.
   What is left out is 2^-16 of |a b| at most, 1e-5 of it in practice. */
#include "nnimpl.h"

#if defined(__x86_64__) && defined(KARHUNEN_AMX)
  #pragma GCC target("avx2,fma,avx512f,avx512vl,avx512dq,avx512bw,avx512bf16,amx-tile,amx-bf16")
  #include <immintrin.h>
  #include <sys/syscall.h>
  #include <unistd.h>

enum {
  SIDE  = 16,
  DEEP  = 32, /* rows of a tile, columns of a tile of results; products that are summed by one instruction */
  MANY  = 8,
  STEPS = 2
}; /* tiles side by side, and one after another, of B that are ready at a time */

typedef uint16_t Half[2][SIDE][DEEP]; /* first and second parts */

  /* GCC's tile instructions do not say which memory they read: it is written before. */
  #define WRITTEN __asm__ volatile("" : : : "memory")

/* 16 numbers <- the nearest of 16 bits; x <- the rest. */
static inline __m256i half(__m512 *x)
{
  const __m256i h = (__m256i)_mm512_cvtneps_pbh(*x);

  *x = _mm512_sub_ps(*x, _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(h), 16)));
  return h;
}

/* m rows, k columns of A; the rest of the tile is zero. */
static void halve_a(ptrdiff_t m, ptrdiff_t k, const float *a, ptrdiff_t ars, ptrdiff_t acs, Half to)
{
  float x[SIDE][DEEP] = {{0}};

  for (ptrdiff_t i = 0; i < m; i++) {
    if (acs == 1) memcpy(x[i], a + i * ars, sizeof(float) * (size_t)k);
    else
      for (ptrdiff_t j = 0; j < k; j++) x[i][j] = a[i * ars + j * acs];
  }
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < DEEP; j += 16) {
      __m512 v = _mm512_loadu_ps(x[i] + j);

      for (int part = 0; part < 2; part++) _mm256_storeu_si256((__m256i *)(to[part][i] + j), half(&v));
    }
}

/* k rows, 16 columns of B, two rows in one of the tile: (b_00, b_10, b_01, b_11, ...). */
static void halve_b(ptrdiff_t k, const float *b, ptrdiff_t ldb, Half to)
{
  for (ptrdiff_t i = 0; i < DEEP; i += 2) {
    __m512 even = i < k ? _mm512_loadu_ps(b + i * ldb) : _mm512_setzero_ps(),
           odd  = i + 1 < k ? _mm512_loadu_ps(b + (i + 1) * ldb) : _mm512_setzero_ps();

    for (int part = 0; part < 2; part++) {
      const __m512i low = _mm512_cvtepu16_epi32(half(&even)), high = _mm512_cvtepu16_epi32(half(&odd));

      _mm512_storeu_si512(to[part][i / 2], _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
    }
  }
}

/* Every tile has 16 rows of 64 bytes; once for each thread. */
static void configure(void)
{
  static _Thread_local int done = 0;
  struct {
    uint8_t  palette, start, none[14];
    uint16_t bytes[16];
    uint8_t  rows[16];
  } c = {.palette = 1};

  if (done) return;
  for (int t = 0; t < 8; t++) c.bytes[t] = 64, c.rows[t] = SIDE;
  WRITTEN;
  _tile_loadconfig(&c);
  done = 1;
}

/* c += a b, one tile of c or two beside each other, over `steps` tiles. */
static void tiles(int two, ptrdiff_t steps, Half *a, Half (*b)[STEPS], float *c, ptrdiff_t ldc)
{
  const ptrdiff_t row = 64, stride = (ptrdiff_t)sizeof(float) * ldc;

  WRITTEN;
  _tile_loadd(0, c, stride);
  if (two) _tile_loadd(1, c + SIDE, stride);
  for (ptrdiff_t s = 0; s < steps; s++) {
    _tile_loadd(2, a[s][0], row);
    _tile_loadd(3, a[s][1], row);
    _tile_loadd(4, b[0][s][0], row);
    _tile_loadd(5, b[0][s][1], row);
    _tile_dpbf16ps(0, 3, 4);
    _tile_dpbf16ps(0, 2, 5);
    _tile_dpbf16ps(0, 2, 4);
    if (!two) continue;
    _tile_loadd(6, b[1][s][0], row);
    _tile_loadd(7, b[1][s][1], row);
    _tile_dpbf16ps(1, 3, 6);
    _tile_dpbf16ps(1, 2, 7);
    _tile_dpbf16ps(1, 2, 6);
  }
  _tile_stored(0, c, stride);
  if (two) _tile_stored(1, c + SIDE, stride);
}

/* c[M][N] += a b, N at most MANY tiles, K at most STEPS. */
static void block(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const float *a, ptrdiff_t ars, ptrdiff_t acs, const float *b,
                  ptrdiff_t ldb, float *c, ptrdiff_t ldc)
{
  Half            whole[MANY][STEPS], few[STEPS];
  const ptrdiff_t steps = (K + DEEP - 1) / DEEP;

  for (ptrdiff_t s = 0; s < steps; s++)
    for (ptrdiff_t n = 0; n < N / SIDE; n++)
      halve_b(K - s * DEEP < DEEP ? K - s * DEEP : DEEP, b + s * DEEP * ldb + n * SIDE, ldb, whole[n][s]);
  for (ptrdiff_t i = 0; i < M; i += SIDE) {
    const ptrdiff_t m                    = M - i < SIDE ? M - i : SIDE;
    float           edge[SIDE][2 * SIDE] = {{0}};

    for (ptrdiff_t s = 0; s < steps; s++)
      halve_a(m, K - s * DEEP < DEEP ? K - s * DEEP : DEEP, a + i * ars + s * DEEP * acs, ars, acs, few[s]);
    for (ptrdiff_t n = 0, two; n < N / SIDE; n += 1 + two) {
      const size_t width = sizeof(float) * SIDE * (size_t)(1 + (two = n + 1 < N / SIDE));
      float       *at    = c + i * ldc + n * SIDE;

      for (ptrdiff_t r = 0; r < m && m < SIDE; r++) memcpy(edge[r], at + r * ldc, width);
      tiles((int)two, steps, few, whole + n, m < SIDE ? edge[0] : at, m < SIDE ? 2 * SIDE : ldc);
      for (ptrdiff_t r = 0; r < m && m < SIDE; r++) memcpy(at + r * ldc, edge[r], width);
    }
  }
}

static void gemm(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const float *a, ptrdiff_t ars, ptrdiff_t acs, const float *b,
                 ptrdiff_t ldb, float *c, ptrdiff_t ldc, int add)
{
  if (M < SIDE || K < SIDE) {
    kar_kernels_avx512.gemm(M, N, K, a, ars, acs, b, ldb, c, ldc, add);
    return;
  }
  configure();
  for (ptrdiff_t m = 0; m < M && !add; m++) memset(c + m * ldc, 0, sizeof(float) * (size_t)N);
  for (ptrdiff_t k = 0; k < K; k += STEPS * DEEP)
    for (ptrdiff_t n = 0; n < N; n += MANY * SIDE)
      block(M, N - n < MANY * SIDE ? N - n : MANY * SIDE, K - k < STEPS * DEEP ? K - k : STEPS * DEEP, a + k * acs, ars,
            acs, b + k * ldb + n, ldb, c + n, ldc);
}

static void affine(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const float *a, ptrdiff_t lda, const float *b, ptrdiff_t ldb,
                   const float *bias, float *c, ptrdiff_t ldc)
{
  for (ptrdiff_t m = 0; m < M; m++) memcpy(c + m * ldc, bias, sizeof(float) * (size_t)N);
  gemm(M, N, K, a, lda, 1, b, ldb, c, ldc, 1);
}

/* Leaf 7 of cpuid: AMX-BF16 and AMX-TILE; leaf 7, 1: AVX512-BF16; and Linux must let the process have the tiles
   (kernel 5.16). */
const KarKernels *kar_kernels_amx(void)
{
  enum { REQUEST = 0x1023, TILEDATA = 18 };
  static KarKernels mine;
  unsigned          a = 7, b, c = 0, d, e = 7, f, g = 1, h;

  __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  __asm__("cpuid" : "+a"(e), "=b"(f), "+c"(g), "=d"(h));
  if (!(d & 1u << 22) || !(d & 1u << 24) || !(e & 1u << 5) || syscall(SYS_arch_prctl, REQUEST, TILEDATA)) return NULL;
  mine        = kar_kernels_avx512;
  mine.name   = "amx";
  mine.gemm   = gemm;
  mine.affine = affine;
  return &mine;
}
#else
const KarKernels *kar_kernels_amx(void)
{
  return NULL;
}
#endif
