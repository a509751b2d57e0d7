/* The kernels for any machine. */
#define KAR_ISA   generic
#define KAR_LANES 4
#include "kernels.h"
