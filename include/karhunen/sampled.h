/* Measured values with their places: tables, points, stations and tracks (CF discrete sampling geometries), rasters. A
   header of the room io. Level 2. */
#pragma once

#include <karhunen/dataset.h>
#include <karhunen/stations.h>

typedef struct {
  char      variable[KAR_PATH]; /* of the values; "": the only one on the places */
  char      noise[KAR_PATH];    /* of their standard deviations; "": what ancillary_variables calls standard_error */
  PetscInt  sample;             /* of several at the same places */
  PetscInt  dim;                /* of the box: beyond it an axis counts by its name alone; 0: any */
  PetscBool values;             /* places without a value are left out; else all places, and no values */
} KarSampledWhat;

/* Columns of the table. */
enum { KAR_SAMPLED_X, KAR_SAMPLED_Y, KAR_SAMPLED_Z, KAR_SAMPLED_DEGREES, KAR_SAMPLED_VALUE, KAR_SAMPLED_NOISE };

/* Not collective. Is the file no table of text, but one of netCDF-4 or HDF5? */
PETSC_EXTERN PetscBool kar_sampled_is(const char path[]);
/* Collective. -PREFIXobs_variable, -PREFIXobs_noise_variable, -PREFIXobs_sample. */
PETSC_EXTERN PetscErrorCode KarSampledOptions(const char prefix[], KarSampledWhat *what);
/* Collective. Of a netCDF-4 or HDF5 file, alike on every rank: places by name (x, y, z), by axis or by standard_name,
   along one axis (points, stations, ragged tracks) or two (tracks by their points); else a raster, whose points are
   the places. step[3]: of a raster, x first; else 0. missing: places without a value, left out. line[] is 0. */
PETSC_EXTERN PetscErrorCode KarSampledRead(MPI_Comm comm, const char path[], const KarSampledWhat *what,
                                           KarTable *table, PetscReal step[3], PetscInt *missing);
/* Collective. x[m][dim] in the box, as KarPlacesRead(), of columns 0 to 2, x, y, z, of a table of `path`; column 3:
   degrees. The caller frees x. */
PETSC_EXTERN PetscErrorCode KarPlacesOfTable(MPI_Comm comm, const char path[], const KarBox *box, const KarTable *table,
                                             PetscReal *x[]);
