/* What the files of fft share. */
#pragma once

#include <karhunen/fft.h>
#include <fftw3-mpi.h>

#define REAL         double
#define NAMED(name)  name##Double
#define KERNEL(name) name##_double
#include "precision.h"
#undef REAL
#undef NAMED
#undef KERNEL
#define REAL         float
#define NAMED(name)  name##Float
#define KERNEL(name) name##_float
#include "precision.h"
#undef REAL
#undef NAMED
#undef KERNEL

/* How the slabs of two or three axes are dealt: rank r has planes [start[0][r], start[0][r + 1]) of the field along
   axis 0 and sheets [start[1][r], start[1][r + 1]) of modes along axis 1.  A sheet has n[0] indices of axis 0, the
   modes of a plane n[1] of axis 1, with `inner` numbers for each. */
typedef struct {
  int       rank, ranks;
  PetscInt  n[2], inner, here[2]; /* here: planes and sheets of this rank */
  PetscInt *start[2];             /* owned, [ranks + 1] */
} KarDeal;

struct _p_KarFFT {
  KarGrid        grid; /* shared */
  KarGridInfo    info;
  KarModes       modes;
  PetscReal     *k[3];     /* owned; modes.k points here */
  PetscInt      *index[3]; /* owned */
  PetscReal     *weight;   /* sqrt(weight) of each stored index of the last axis */
  KarDeal        deal;     /* of two axes or three */
  KarSlabsDouble slabs;
  KarSlabsFloat  single; /* NULL until it is needed */
  double        *line;   /* 1D: the whole field, or its modes: the transforms are in place */
  fftw_plan      forward, inverse;
  PetscInt       references;
  int            threads;
};

/* Not collective. Where the coefficient of signed index i[] is stored, as a count of modes from the first of rank 0;
   -1 when it is not, or is a Nyquist mode. */
PetscInt kar_find_mode(const KarModes *modes, const PetscInt i[3]);
/* Not collective. The signed index as stored, before a pair is given one name. */
void kar_stored_index(const KarMode *mode, PetscInt i[3]);

/* Not collective. What takes FFTW's numbers to ours (forward) or back: of index i of an axis, to be multiplied over
   the axes; of sheet r and the first mode of a row, those inside and the last; of the axis between, if there is one. */
PetscReal kar_axis_factor(KarFFT fft, int axis, PetscInt i, PetscBool forward);
void      kar_sheet_factors(KarFFT fft, PetscInt r, PetscBool forward, PetscReal f[3]);
PetscReal kar_middle_factor(KarFFT fft, PetscInt i, PetscBool forward);

/* One axis, for which FFTW has no distributed real transform: every rank transforms the whole and keeps its share. */
PetscErrorCode KarLineSetUp(KarFFT fft);
PetscErrorCode KarLineDestroy(KarFFT fft);
/* Collective. As KarSlabsToSpaceDouble() and KarSlabsToModesDouble(). */
PetscErrorCode KarLineToSpace(KarFFT fft, const PetscReal x[], PetscReal field[], PetscInt stride, float channels[]);
PetscErrorCode KarLineToModes(KarFFT fft, const PetscReal field[], PetscInt stride, const float channels[],
                              PetscReal x[]);

/* Collective. KarWisdomLoad() and KarWisdomSave() of plans in single precision. */
PetscErrorCode KarWisdomLoadFloat(MPI_Comm comm);
PetscErrorCode KarWisdomSaveFloat(MPI_Comm comm);
