/* The kernels for machines with avx2. */
#pragma GCC target("avx2,fma")
#define KAR_ISA   avx2
#define KAR_LANES 8
#include "kernels.h"
