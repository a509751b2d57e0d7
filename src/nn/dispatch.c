/* Which kernels this machine can run, and the optimiser's one pass. */
#include "fnoimpl.h"

float kar_gelu_table[2][6][16];

/* Phi - 1/2, or gelu' - 1/2 */
static double odd(int f, double x)
{
  double half = 0.5 * erf(x / sqrt(2.));

  return f ? half + x * exp(-x * x / 2) / sqrt(2 * PETSC_PI) : half;
}

/* Interpolation at the n Chebyshev points of interval i: Newton's differences, then powers of t. */
static void fit(int f, int n, int i)
{
  double t[6], d[6], c[6] = {0};

  for (int k = 0; k < n; k++) {
    t[k] = 0.5 * cos(PETSC_PI * (2 * k + 1) / (2 * n));
    d[k] = odd(f, (i + t[k]) / KAR_GELU_SCALE);
  }
  for (int j = 1; j < n; j++)
    for (int k = n - 1; k >= j; k--) d[k] = (d[k] - d[k - 1]) / (t[k] - t[k - j]);
  for (int k = n - 1; k >= 0; k--) { /* c <- c (t - t_k) + d_k */
    for (int j = n - 1; j > 0; j--) c[j] = c[j - 1] - t[k] * c[j];
    c[0] = d[k] - t[k] * c[0];
  }
  for (int k = 0; k < n; k++) kar_gelu_table[f][k][i] = (float)c[k];
}

const char *const KarFNOKernelsNames[] = {"generic", "avx2", "avx512", "amx", "auto", NULL};

const KarKernels *kar_kernels_of(KarFNOKernels kernels)
{
  static PetscBool made = PETSC_FALSE;

  for (int f = 0; f < 2 && !made; f++)
    for (int i = 0; i < 16; i++) fit(f, 5 + f, i);
  made = PETSC_TRUE;
  if (kernels == KAR_KERNELS_GENERIC) return &kar_kernels_generic;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (kernels == KAR_KERNELS_AVX2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return &kar_kernels_avx2;
  if (kernels == KAR_KERNELS_AVX512 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw"))
    return &kar_kernels_avx512;
  if (kernels == KAR_KERNELS_AMX && kar_kernels_of(KAR_KERNELS_AVX512)) return kar_kernels_amx();
#endif
  return NULL;
}

const KarKernels *kar_kernels(void)
{
  static const KarKernels *chosen = NULL;

  for (int k = KAR_KERNELS_AVX512; !chosen; k--) chosen = kar_kernels_of((KarFNOKernels)k);
  return chosen;
}

PetscErrorCode KarFNOSetKernels(KarFNO fno, KarFNOKernels kernels)
{
  const KarKernels *k = kernels == KAR_KERNELS_AUTO ? kar_kernels() : kar_kernels_of(kernels);

  PetscFunctionBegin;
  KarCheckAny(fno->arch.info.comm, k, PETSC_ERR_SUP,
              "-fno_kernels %s: this processor lacks the instructions; auto takes the best it has",
              KarFNOKernelsNames[kernels]);
  fno->books.kernels = k;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2,
   p <- (1 - lr wd) p - lr (m / (1 - b1^step)) / (sqrt(v / (1 - b2^step)) + eps)      (Loshchilov and Hutter, 2019) */
void kar_adamw_step(const KarAdamW *adamw, PetscInt step, PetscInt n, float *restrict p, float *restrict m,
                    float *restrict v, float *restrict ema, const float *restrict g)
{
  double rate = adamw->lr / (1 - PetscPowReal(adamw->beta1, step)),
         root = 1 / PetscSqrtReal(1 - PetscPowReal(adamw->beta2, step));

  const KarKernels *kernels = kar_kernels();

#pragma omp parallel for num_threads(kar_threads())
  for (PetscInt i = 0; i < n; i += 2048)
    kernels->adamw(adamw, (float)rate, (float)root, PetscMin(2048, n - i), p + i, m + i, v + i, ema ? ema + i : NULL,
                   g + i);
}
