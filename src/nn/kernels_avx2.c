/* The kernels for machines with avx2. */
#if defined(__x86_64__)
  #pragma GCC target("avx2,fma")
  #define KAR_ISA   avx2
  #define KAR_LANES 8
  #include "kernels.h"
#endif
