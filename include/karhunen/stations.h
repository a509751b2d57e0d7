/* Places, and fields at them: CSV files, netCDF files of stations, sets of fields at one set of places. A header of
   the room io. Level 2. */
#pragma once

#include <karhunen/file.h>

/* --- Named columns of numbers --------------------------------------------------------------------------------------
   */
enum { KAR_COLUMNS = 8 };
typedef struct {
  PetscInt   rows;
  PetscInt  *line;                /* [rows] of the CSV file, from 1 on; of an HDF5 file 0 */
  PetscReal *column[KAR_COLUMNS]; /* [rows]; NULL: the file has none of that name */
  char       units[64];           /* of the values of KarSampledRead(); "": the file does not say */
} KarTable;
/* Collective. The columns of these names, alike on every rank: of a CSV file with a header (# begins a remark, other
   columns are passed over), or one-dimensional arrays of one length of an HDF5 (netCDF-4) file. A number that is none
   is an error with its line. */
PETSC_EXTERN PetscErrorCode KarTableRead(MPI_Comm comm, const char path[], PetscInt names, const char *const name[],
                                         KarTable *table);
PETSC_EXTERN PetscErrorCode KarTableDestroy(KarTable *table);

/* Where a box lies in the coordinates of files. */
typedef struct {
  PetscInt  dim;
  PetscReal length[3], origin[3], direction[3]; /* slowest axis first; direction -1: down from the origin */
  KarBasis  basis;
  char      units[64]; /* of the lengths */
} KarBox;
/* Collective. x[m][dim] in the box, slowest axis first, from columns x, y, z as files name them: x is the last axis. A
   place outside the box, or in degrees: one line with its number. The caller frees x with PetscFree(). */
PETSC_EXTERN PetscErrorCode KarPlacesRead(MPI_Comm comm, const char path[], const KarBox *box, PetscInt *m,
                                          PetscReal *x[]);

/* --- Sets of fields at places: u(sample, station) or u(sample, station, component), coordinates x, y, z(station) ----
   */
typedef struct _p_KarStations *KarStations;
typedef struct {
  KarBox     box;
  PetscInt   m, samples, components;
  PetscReal *x; /* [m][dim] in the box, slowest axis first; KarStationsOpen(): owned by the set */
  char       variable[64], units[64], long_name[128], title[128];
} KarStationsInfo;
/* Collective. Claims the file; info->x is copied. */
PETSC_EXTERN PetscErrorCode KarStationsCreate(MPI_Comm comm, const char path[], KarReplace replace,
                                              const KarStationsInfo *info, KarStations *set);
/* Not collective: by rank 0 alone, samples in order. values[m][components]. A number that is not finite is an error. */
PETSC_EXTERN PetscErrorCode KarStationsWrite(KarStations set, PetscInt sample, const PetscReal values[]);
PETSC_EXTERN PetscErrorCode KarStationsPutString(KarStations set, const char name[], const char value[]);
PETSC_EXTERN PetscErrorCode KarStationsPutInt(KarStations set, const char name[], PetscInt64 value);
/* Collective. Is it such a file? A file that cannot be read is none. */
PETSC_EXTERN PetscErrorCode KarStationsIs(MPI_Comm comm, const char path[], PetscBool *is);
/* Collective. variable "": the first that lies on the stations. */
PETSC_EXTERN PetscErrorCode KarStationsOpen(MPI_Comm comm, const char path[], const char variable[], KarStations *set);
/* Collective. Of a table, CSV or netCDF: columns x, y, z, sample or time, and the variable ("": value), a row for each
   value. Every rank holds all values. A value twice or missing: one line. */
PETSC_EXTERN PetscErrorCode KarStationsOpenTable(MPI_Comm comm, const char path[], const char variable[],
                                                 KarStations *set);
PETSC_EXTERN PetscErrorCode KarStationsGetInfo(KarStations set, const KarStationsInfo **info);
/* Not collective. values[m][components] of one sample. */
PETSC_EXTERN PetscErrorCode KarStationsRead(KarStations set, PetscInt sample, PetscReal values[]);
/* Collective. After writing: the first samples that were written, whole under their name. */
PETSC_EXTERN PetscErrorCode KarStationsClose(KarStations *set);
PETSC_EXTERN PetscErrorCode KarStationsDestroy(KarStations *set);
