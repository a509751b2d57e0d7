/* Data sets: fields in one HDF5 file that ncdump, xarray and h5py read. A header of the room io. Level 2. */
#pragma once

#include <karhunen/file.h>

typedef struct _p_KarDataset *KarDataset;
typedef enum { KAR_FLOAT32, KAR_FLOAT64 } KarPrecision;

#define KAR_PATH 256 /* of an array in its file */
typedef struct {
  char         name[KAR_PATH], units[64], long_name[128]; /* name: its path in the file, or a pattern of paths */
  char         label[64];                                 /* its last word */
  PetscInt     components;                                /* shape in the file: (sample, [component,] [[z,] y,] x) */
  PetscInt     samples;
  KarPrecision precision;
} KarVariable;

typedef struct {
  MPI_Comm  comm; /* of the file */
  PetscInt  dim, n[3];
  PetscReal length[3]; /* as in KarGridInfo */
  KarBasis  basis;
  PetscInt  samples;
  PetscInt  variables;
  char      units[64]; /* of the lengths */
  PetscReal origin[3]; /* where the box begins */
  PetscReal first[3];  /* coordinate of the first point */
  PetscReal step[3];   /* from point to point; negative: the axis runs down; 0: the file has no coordinates of it */
} KarDatasetInfo;

/* Collective on comm, the communicator of the file. The grid gives shape, lengths and basis only: it may live on a
   part of comm, or on PETSC_COMM_SELF. Not writable before KarDatasetSetUp(). */
PETSC_EXTERN PetscErrorCode KarDatasetCreate(MPI_Comm comm, KarGrid grid, const char path[], KarDataset *data);
/* Not collective; cannot fail. False for the names of axes and of the file's own arrays. */
PETSC_EXTERN PetscBool KarDatasetMayName(const char name[]);
/* units and long_name may be NULL. */
PETSC_EXTERN PetscErrorCode KarDatasetAddVariable(KarDataset data, const char name[], PetscInt components,
                                                  const char units[], const char long_name[]);
PETSC_EXTERN PetscErrorCode KarDatasetSetSamples(KarDataset data, PetscInt samples);
/* Samples are paths: of each n in a row are one path at times t[n], copied; shape in the file (sample, time,
   [component,] [[z,] y,] x). */
PETSC_EXTERN PetscErrorCode KarDatasetSetTimes(KarDataset data, PetscInt n, const PetscReal t[]);
PETSC_EXTERN PetscErrorCode KarDatasetSetPrecision(KarDataset data, KarPrecision precision);
PETSC_EXTERN PetscErrorCode KarDatasetSetTitle(KarDataset data, const char title[]);
/* Unit of the grid's lengths, "1" at first. */
PETSC_EXTERN PetscErrorCode KarDatasetSetUnits(KarDataset data, const char units[]);
/* Where each axis begins, 0 at first; direction -1: it runs down from there. */
PETSC_EXTERN PetscErrorCode KarDatasetSetPlace(KarDataset data, const PetscReal origin[], const PetscReal direction[]);
PETSC_EXTERN PetscErrorCode KarDatasetSetReplace(KarDataset data, KarReplace replace);
PETSC_EXTERN PetscErrorCode KarDatasetSetOptionsPrefix(KarDataset data, const char prefix[]);
/* Collective. -PREFIXoverwrite, -PREFIXout_precision, -PREFIXout_units. */
PETSC_EXTERN PetscErrorCode KarDatasetSetFromOptions(KarDataset data);

/* Collective. Claims the file: an error when it exists, cannot be written, or is too big for the disk. */
PETSC_EXTERN PetscErrorCode KarDatasetSetUp(KarDataset data);
/* Collective, after KarDatasetSetUp(). Attributes of the whole file; every rank gives the same. Version, options,
   command and number of ranks are there already. */
PETSC_EXTERN PetscErrorCode KarDatasetPutString(KarDataset data, const char name[], const char value[]);
PETSC_EXTERN PetscErrorCode KarDatasetPutReal(KarDataset data, const char name[], PetscReal value);
PETSC_EXTERN PetscErrorCode KarDatasetPutInt(KarDataset data, const char name[], PetscInt64 value);
/* Collective on the field's communicator. Field i of a variable; field is [ln][n1][n2][components] on each rank, cut as
   KarGrid cuts it. A number that is not finite is an error. */
PETSC_EXTERN PetscErrorCode KarDatasetWrite(KarDataset data, const char variable[], PetscInt i, Vec field);
/* Collective on the file's communicator. Whole fields [first, first + count) from this rank alone, count may be 0;
   fields is [count][n0][n1][n2][components]. */
PETSC_EXTERN PetscErrorCode KarDatasetWriteLocal(KarDataset data, const char variable[], PetscInt first, PetscInt count,
                                                 const PetscReal fields[]);
/* Collective. After writing: reads everything back, then gives the file its name. When only the first samples were
   written on every variable, the file keeps these. After reading: closes. */
PETSC_EXTERN PetscErrorCode KarDatasetClose(KarDataset *data);
/* Collective. Closes; a file that was being written vanishes. */
PETSC_EXTERN PetscErrorCode KarDatasetDestroy(KarDataset *data);

#include <karhunen/journal.h>
