/* Scenes: interferograms in the files of others, GeoTIFF, raw rasters, MintPy's HDF5. A header of the room insar.
 * Level 4. */
#pragma once

#include <karhunen/io.h>

typedef enum {
  KAR_SCENE_AUTO,
  KAR_SCENE_GEOTIFF,
  KAR_SCENE_COMPLEX64,
  KAR_SCENE_FLOAT32,
  KAR_SCENE_MINTPY, /* HDF5 and netCDF-4 */
  KAR_SCENE_FLOAT64,
  KAR_SCENE_COMPLEX_INT16,
  KAR_SCENE_UNW
} KarSceneFormat;                                 /* rows of amplitudes and of phases in turn, float32 */
PETSC_EXTERN const char *const KarSceneFormats[]; /* "auto", "geotiff", "complex64", "float32", "mintpy", ..., NULL */
typedef enum { KAR_BYTES_AUTO, KAR_BYTES_LITTLE, KAR_BYTES_BIG } KarByteOrder;
PETSC_EXTERN const char *const KarByteOrders[]; /* "auto", "little", "big", NULL */

/* What the file itself may not say. */
typedef struct {
  KarSceneFormat format;
  PetscInt       n[2];                       /* rows, columns of a raw raster; 0: from the header */
  KarByteOrder   order;                      /* of a raw raster; AUTO: the one that gives numbers of an ordinary size */
  char           header[PETSC_MAX_PATH_LEN]; /* .rsc, .par, .xml or .hdr; "": the one beside it */
  char           dataset[PETSC_MAX_PATH_LEN]; /* in HDF5; "": wrapPhase, unwrapPhase, phase or complex */
  PetscInt       layer;                       /* of a dataset (layer, y, x) */
  PetscBool      has_nodata;
  PetscReal      nodata; /* a value that means "not measured" */
} KarSceneOptions;

/* Every rank holds the whole. */
typedef struct {
  KarSceneFormat format;
  PetscInt       n[2];    /* rows (north first), columns */
  float         *phase;   /* [n0][n1], rad, in [-pi, pi]; 0 where invalid */
  unsigned char *valid;   /* [n0][n1], 1 where there is a measurement */
  PetscInt       invalid; /* pixels without one */
  PetscInt       wrapped; /* pixels whose phase lay outside [-pi, pi] */
  PetscInt       vast;    /* of the invalid ones, those whose number is too large for a phase */
  PetscBool      turned;  /* rows, from the south in the file, or columns from the east */
  char           how[64]; /* how the format is known, and what else was found of it */
  PetscBool      georeferenced;
  PetscReal      first[2];   /* x and y of the first pixel's outer corner */
  PetscReal      step[2];    /* from column to column, from row to row (negative to the south) */
  char           units[16];  /* of first and step: "degrees" or "meters" */
  PetscReal      wavelength; /* m; 0: unknown */
} KarScene;

/* Collective. -scene_format, -scene_n, -scene_byte_order, -scene_header, -scene_dataset, -scene_layer, -scene_nodata.
 */
PETSC_EXTERN PetscErrorCode KarSceneOptionsRead(MPI_Comm comm, const char prefix[], KarSceneOptions *options);
/* Collective. Rank 0 reads, every rank gets the whole. */
PETSC_EXTERN PetscErrorCode KarSceneRead(MPI_Comm comm, const char path[], const KarSceneOptions *options,
                                         KarScene *scene);
PETSC_EXTERN PetscErrorCode KarSceneDestroy(KarScene *scene);
