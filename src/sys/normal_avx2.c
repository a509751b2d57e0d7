/* Pairs of normal numbers on machines with avx2. */
#if defined(__x86_64__)
  #pragma GCC target("avx2")
  #define KAR_NORMAL       kar_normal_avx2
  #define KAR_NORMAL_FLOAT kar_normal_float_avx2
  #define LANES            4
  #include "normal.h"
#endif
