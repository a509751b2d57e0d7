/* Pairs of normal numbers on any machine. */
#define KAR_NORMAL kar_normal_generic
#define LANES      2
#include "normal.h"
