/* The kernels for machines with avx512. */
#if defined(__x86_64__)
  #pragma GCC target("avx2,fma,avx512f,avx512vl,avx512dq,avx512bw,prefer-vector-width=512")
  #define KAR_ISA   avx512
  #define KAR_LANES 16
  #include "kernels.h"
#endif
