/* Which kernels this machine can run, and the optimiser's one pass. */
#include "nnimpl.h"

const KarKernels *kar_kernels(void)
{
  static const KarKernels *chosen = NULL;

  if (!chosen) {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw"))
      chosen = &kar_kernels_avx512;
    else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) chosen = &kar_kernels_avx2;
    else chosen = &kar_kernels_generic;
  }
  return chosen;
}

/* m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2,
   p <- (1 - lr wd) p - lr (m / (1 - b1^step)) / (sqrt(v / (1 - b2^step)) + eps)      (Loshchilov and Hutter, 2019) */
void kar_adamw_step(const KarAdamW *adamw, PetscInt step, PetscInt n, float *restrict p, float *restrict m, float *restrict v,
                    float *restrict ema, const float *restrict g)
{
  double rate = adamw->lr / (1 - PetscPowReal(adamw->beta1, step)), root = 1 / PetscSqrtReal(1 - PetscPowReal(adamw->beta2, step));

  for (PetscInt i = 0; i < n; i += 2048)
    kar_kernels()->adamw(adamw, (float)rate, (float)root, PetscMin(2048, n - i), p + i, m + i, v + i, ema ? ema + i : NULL, g + i);
}
