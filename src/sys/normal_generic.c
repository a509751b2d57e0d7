/* Pairs of normal numbers on any machine. */
#define KAR_NORMAL       kar_normal_generic
#define KAR_NORMAL_FLOAT kar_normal_float_generic
#define LANES            2
#include "normal.h"
