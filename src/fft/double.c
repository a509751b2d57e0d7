/* Transforms and noise in double precision. */
#include "fftimpl.h"

#define REAL         double
#define MPI_REALS    MPI_DOUBLE
#define NAMED(name)  name##Double
#define KERNEL(name) name##_double
#define SLABS        KarSlabsDouble
#define NOISE        KarNoiseDouble
#define FFTW(name)   fftw_##name
#define PLAN         fftw_plan
#define COMPLEX      fftw_complex
#define R2R          fftw_r2r_kind
#define BROADCAST    fftw_mpi_broadcast_wisdom
#define WISDOM(name) KarWisdom##name
#define NORMAL_ROW   kar_normal_row
#include "slabs.h"
#include "noise.h"
