/* The kernels of the network, once for each instruction set. The including file has chosen the set with a GCC target
   pragma and named it: KAR_ISA (suffix) and KAR_LANES (floats in a vector register). Shapes: row-major, N a multiple of
   16. */
#include <stddef.h>
#include <string.h>
#include "nnimpl.h"

#define GLUE_(a, b) a##_##b
#define GLUE(a, b)  GLUE_(a, b)
#define NAME(a)     GLUE(a, KAR_ISA)

typedef int   Lanes __attribute__((vector_size(4 * KAR_LANES)));
typedef float V __attribute__((vector_size(4 * KAR_LANES), aligned(4), may_alias));

/* A number that the compiler may not work with before this line: what is made of it would hold a register through a
   loop. */
#define HERE(x) __asm__("" : "+r"(x))

#include "kernels_gemm.h"
#include "kernels_gelu.h"
#include "kernels_images.h"
#include "kernels_modes.h"
#include "kernels_softmax.h"

#define STRING_(a) #a
#define STRING(a)  STRING_(a)
const KarKernels NAME(kar_kernels) = {STRING(KAR_ISA), gemm, affine, gelu,    gelu_slope,   multiply,
                                      hadamard,        pair, unfold, fold,    transpose,    combine,
                                      expand,          dots, adamw,  softmax, softmax_again};
