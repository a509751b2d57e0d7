/* Pairs of normal numbers on machines with avx512. */
#if defined(__x86_64__)
  #pragma GCC target("avx512f,prefer-vector-width=512")
  #define KAR_NORMAL       kar_normal_avx512
  #define KAR_NORMAL_FLOAT kar_normal_float_avx512
  #define LANES            8
  #include "normal.h"
#endif
