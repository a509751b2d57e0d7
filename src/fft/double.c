/* Transforms and noise in double precision. */
#include "fftimpl.h"

#define REAL         double
#define MPI_REALS    MPI_DOUBLE
#define NAMED(name)  name##Double
#define KERNEL(name) name##_double
#define NOISE        KarNoiseDouble
#define FFTW(name)   fftw_##name
#define WISDOM(name) KarWisdom##name
#define NORMAL_ROW   kar_normal_row
#include "slabs.h"
#include "noise.h"
