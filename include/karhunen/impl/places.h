/* What an observation does with the places of its data. A header of the room observe. */
#pragma once

#include <karhunen/observe.h>

/* Collective. Deals the data to the ranks that hold their places: number[], index[], m. */
PetscErrorCode KarObservationDeal(KarObservation obs);
/* Collective. H and its transpose, as the Mat calls them. */
PetscErrorCode KarObservationMult(Mat H, Vec x, Vec y);
PetscErrorCode KarObservationMultTranspose(Mat H, Vec z, Vec x);
/* Collective. y = L x, before h and whole turns. */
PetscErrorCode KarObservationApplyLinear(KarObservation obs, Vec x, Vec y);
/* Collective. The file's places, values and noise. */
PetscErrorCode KarObservationRead(KarObservation obs, const char path[]);
/* Collective. The same of a netCDF or HDF5 file, by obs->sampled. */
PetscErrorCode KarObservationReadSampled(KarObservation obs, const char path[]);
/* Collective. -obs_data and -obs_points, "" where they are not given; and what they name, read. */
PetscErrorCode KarObservationPathsFromOptions(KarObservation obs, char path[2][PETSC_MAX_PATH_LEN]);
PetscErrorCode KarObservationReadPaths(KarObservation obs, char path[2][PETSC_MAX_PATH_LEN]);
/* Collective. Coordinates [n][3], x first, become places, slowest axis first, from where the box begins; those that a
   box has not are 0. name[dim] of the columns: a place outside the box is an error; NULL: ends of lines, which may lie
   beyond it. */
PetscErrorCode KarObservationToBox(KarObservation obs, const char path[], const char *const name[], PetscInt n,
                                   PetscReal places[]);
/* Collective. Values at places off the grid, and the transpose. */
PetscErrorCode KarObservationSum(KarObservation obs, Vec x, Vec y);
PetscErrorCode KarObservationSumTranspose(KarObservation obs, Vec z, Vec x);
/* Not collective. Where along an axis place x is, in points of the grid. */
PetscReal kar_grid_position(const KarGridInfo *info, int axis, PetscReal x);
/* Not collective. The number among this rank's points of the one at or before place x, which this rank's slab holds. */
PetscInt kar_grid_point(const KarGridInfo *info, const PetscReal x[3]);
/* Collective, of the constants of groups, b ~ N(0, S^2): how many; y += S^2 A A* z; z = R^-1 r becomes
   (R + S^2 A A*)^-1 r, precision R^-1; y += A b by key. */
PetscErrorCode KarObservationSetUpGroups(KarObservation obs);
PetscErrorCode KarObservationAddOffsets(KarObservation obs, Vec z, Vec y);
PetscErrorCode KarObservationDropOffsets(KarObservation obs, Vec precision, Vec z);
PetscErrorCode KarObservationDrawOffsets(KarObservation obs, KarKey key, Vec y);
/* Collective. y += a draw of N(0, R + extra), by key and number; extra may be NULL. */
PetscErrorCode KarObservationAddNoise(KarObservation obs, KarKey key, Vec extra, Vec y);
