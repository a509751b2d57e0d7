/* Which kernels this machine can run, and the optimiser's one pass. */
#include "nnimpl.h"

float kar_gelu_table[2][6][16];

/* gelu' - 1/2 or Phi - 1/2 */
static double odd(int f, double x)
{
  double half = 0.5 * erf(x / sqrt(2.));

  return f ? half + x * exp(-x * x / 2) / sqrt(2 * PETSC_PI) : half;
}

/* Interpolation at the six Chebyshev points of an interval: Newton's differences, then powers of t. */
static void fit(int f, int i)
{
  double t[6], d[6], c[6] = {0};

  for (int k = 0; k < 6; k++) {
    t[k] = 0.5 * cos(PETSC_PI * (2 * k + 1) / 12);
    d[k] = odd(f, (i + t[k]) / KAR_GELU_SCALE);
  }
  for (int j = 1; j < 6; j++)
    for (int k = 5; k >= j; k--) d[k] = (d[k] - d[k - 1]) / (t[k] - t[k - j]);
  for (int k = 5; k >= 0; k--) { /* c <- c (t - t_k) + d_k */
    for (int j = 5; j > 0; j--) c[j] = c[j - 1] - t[k] * c[j];
    c[0] = d[k] - t[k] * c[0];
  }
  for (int k = 0; k < 6; k++) kar_gelu_table[f][k][i] = (float)c[k];
}

const KarKernels *kar_kernels(void)
{
  static const KarKernels *chosen = NULL;

  if (!chosen) {
    for (int f = 0; f < 2; f++)
      for (int i = 0; i < 16; i++) fit(f, i);
    chosen = &kar_kernels_generic;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw"))
      chosen = &kar_kernels_avx512;
    else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) chosen = &kar_kernels_avx2;
#endif
  }
  return chosen;
}

/* m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2,
   p <- (1 - lr wd) p - lr (m / (1 - b1^step)) / (sqrt(v / (1 - b2^step)) + eps)      (Loshchilov and Hutter, 2019) */
void kar_adamw_step(const KarAdamW *adamw, PetscInt step, PetscInt n, float *restrict p, float *restrict m, float *restrict v,
                    float *restrict ema, const float *restrict g)
{
  double rate = adamw->lr / (1 - PetscPowReal(adamw->beta1, step)), root = 1 / PetscSqrtReal(1 - PetscPowReal(adamw->beta2, step));

  const KarKernels *kernels = kar_kernels();

#pragma omp parallel for num_threads(kar_threads())
  for (PetscInt i = 0; i < n; i += 2048)
    kernels->adamw(adamw, (float)rate, (float)root, PetscMin(2048, n - i), p + i, m + i, v + i, ema ? ema + i : NULL, g + i);
}
