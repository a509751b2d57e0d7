/* Transforms and noise in single precision. */
#include "fftimpl.h"

#define REAL         float
#define MPI_REALS    MPI_FLOAT
#define NAMED(name)  name##Float
#define KERNEL(name) name##_float
#define NOISE        KarNoiseFloat
#define FFTW(name)   fftwf_##name
#define WISDOM(name) KarWisdom##name##Float
#define NORMAL_ROW   kar_normal_row_float
#include "slabs.h"
#include "noise.h"
