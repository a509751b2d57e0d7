/* Inside the network. Channels come last and are padded with zeros to a multiple of 16: W for width, H for hidden, X
   for (x, 1). Products: the functions prod_i f_i(x_i), f_i one of 1, cos k x, ..., sin k x, ...; a mode is up to 2^dim
   of them. */
#pragma once

#include <karhunen/impl/net.h>
#include <karhunen/nn.h>
#include <string.h>

/* One retained mode in products. */
typedef struct {
  int      n;
  PetscInt f[8];         /* index of the product */
  float    re[8], im[8]; /* e^{-ik.x} = sum (re + i im) product; one of the two is zero */
  float    w;            /* weight in the synthesis */
} KarFNOMode;

/* What the inner loops are made of; one table for each instruction set (kernels.h). */
typedef struct {
  const char *name;
  /* C[M,N] = A B, or C += A B with add; A(m, k) = a[m ars + k acs], B and C row-major, N a multiple of 16 */
  void (*gemm)(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const float *a, ptrdiff_t ars, ptrdiff_t acs, const float *b,
               ptrdiff_t ldb, float *c, ptrdiff_t ldc, int add);
  /* C[M,N] = A B with bias[N] added to every row; A row-major */
  void (*affine)(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const float *a, ptrdiff_t lda, const float *b, ptrdiff_t ldb,
                 const float *bias, float *c, ptrdiff_t ldc);
  void (*gelu)(ptrdiff_t n, const float *h, float *u);                              /* u <- gelu(h); u may be h */
  void (*gelu_slope)(ptrdiff_t n, const float *h, float *u, float *restrict slope); /* and slope <- gelu'(h) */
  void (*multiply)(ptrdiff_t n, const float *x, const float *restrict y, float *z); /* z <- x y; z may be x */
  /* y[4][n] <- (1 1 1 1, 1 1 -1 -1, 1 -1 -1 1, 1 -1 1 -1) x[4][n]; y may be x */
  void (*hadamard)(ptrdiff_t n, const float *x, float *y);
  void (*pair)(ptrdiff_t n, const float *x, float *y); /* y[2][n] <- (1 1, 1 -1) x[2][n]; y may be x */
  /* eighths.c: v[8][m][N], the images of m points, from their functions [m][start[4]], cos and sin of their angles and
     the eighths z of a row; and the adjoint but for the functions: sums x[m][N] twice and [m][3][N] twice */
  void (*unfold)(ptrdiff_t m, ptrdiff_t N, const PetscInt start[5], const float *functions, const float *turn,
                 const float *z, float *v);
  void (*fold)(ptrdiff_t m, ptrdiff_t N, const float *turn, const float *restrict v, float *restrict x);
  void (*transpose)(ptrdiff_t m, ptrdiff_t n, const float *x, ptrdiff_t ldx, float *y,
                    ptrdiff_t ldy); /* multiples of 16 */
  /* to[m][2][C] of every mode, `stride` floats apart, <- mean times its products; and back, weighted */
  void (*combine)(ptrdiff_t nmodes, const KarFNOMode *modes, ptrdiff_t C, float mean, const float *products, float *to,
                  ptrdiff_t stride);
  void (*expand)(ptrdiff_t nmodes, const KarFNOMode *modes, ptrdiff_t C, const float *from, ptrdiff_t stride,
                 float *products);
  /* y[m ldy] = b + sum_n x[m][n] w[n], n < N, a multiple of 16 */
  void (*dots)(ptrdiff_t M, ptrdiff_t N, const float *restrict x, const float *restrict w, float b, float *restrict y,
               ptrdiff_t ldy);
  void (*adamw)(const KarAdamW *adamw, float rate, float root, PetscInt n, float *restrict p, float *restrict m,
                float *restrict v, float *restrict ema, const float *restrict g);
  /* s_j <- e^(s_j + w_j - l), j < n; l = log sum_j e^(s_j + w_j), which the first returns and the second is given */
  float (*softmax)(ptrdiff_t n, float *s, const float *w);
  void (*softmax_again)(ptrdiff_t n, float *s, const float *w, float l);
} KarKernels;
extern const KarKernels kar_kernels_generic, kar_kernels_avx2, kar_kernels_avx512;
const KarKernels *kar_kernels_amx(void); /* NULL where there is no AMX, or the compiler knows none; wants AVX-512 */
/* Phi - 1/2 and gelu' - 1/2 at x = (i + t) / KAR_GELU_SCALE, |t| <= 1/2: sum_k table[f][k][i] t^k, k < 5 and 6. Made by
   kar_kernels(). */
#define KAR_GELU_END   5.6f
#define KAR_GELU_SCALE (15.49f / KAR_GELU_END)
extern float kar_gelu_table[2][6][16];
/* The table for this machine; and one by its place among KarFNOKernelsNames, NULL where this machine lacks its
   instructions. Not collective; cannot fail. */
const KarKernels *kar_kernels(void);
const KarKernels *kar_kernels_of(KarFNOKernels kernels);

/* Channels, padded. */
static inline PetscInt kar_lanes(PetscInt n)
{
  return (n + 15) / 16 * 16;
}
/* Floats: zero; a copy. */
static inline void kar_zero(ptrdiff_t n, float *x)
{
  memset(x, 0, sizeof(float) * (size_t)n);
}
static inline void kar_copy(ptrdiff_t n, const float *x, float *y)
{
  memcpy(y, x, sizeof(float) * (size_t)n);
}
/* y[M][ldy] <- x[m][n], the rest zero; and y[m][n] += x[m][ldx]. */
static inline void kar_pad(PetscInt m, PetscInt n, const float *restrict x, PetscInt M, PetscInt ldy, float *restrict y)
{
  memset(y, 0, sizeof(float) * (size_t)(M * ldy));
  for (PetscInt i = 0; i < m; i++)
    for (PetscInt j = 0; j < n; j++) y[i * ldy + j] = x[i * n + j];
}
static inline void kar_unpad(PetscInt m, PetscInt n, const float *restrict x, PetscInt ldx, float *restrict y)
{
  for (PetscInt i = 0; i < m; i++)
    for (PetscInt j = 0; j < n; j++) y[i * n + j] += x[i * ldx + j];
}
static inline void kar_transpose(PetscInt m, PetscInt n, const float *restrict x, float *restrict y)
{
  for (PetscInt i = 0; i < m; i++)
    for (PetscInt j = 0; j < n; j++) y[j * m + i] = x[i * n + j];
}
