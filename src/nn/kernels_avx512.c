/* The kernels for machines with avx512. */
#pragma GCC target("avx2,fma,avx512f,avx512vl,avx512dq,avx512bw,prefer-vector-width=512")
#define KAR_ISA   avx512
#define KAR_LANES 16
#include "kernels.h"
