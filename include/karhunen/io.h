/* Files that are whole or absent, fields and models in HDF5, pictures, interferograms of others. Level 2. */
#pragma once

#include <karhunen/grid.h>

/* --- Outputs: written aside, then renamed -------------------------------------------------------------------------- */
typedef enum { KAR_REFUSE,
               KAR_REPLACE,
               KAR_KEEP } KarReplace; /* what exists: an error, replaced, kept as path.prev */
typedef struct _p_KarOutput *KarOutput;

/* Collective. Claims `path` (lock file, directory writable, `bytes` free); the caller then writes the file path.part. */
PETSC_EXTERN PetscErrorCode KarOutputCreate(MPI_Comm comm, const char path[], KarReplace replace, PetscInt64 bytes,
                                            KarOutput *output);
/* Not collective. Where to write: path.part, borrowed. */
PETSC_EXTERN PetscErrorCode KarOutputGetPart(KarOutput output, const char **part);
/* Collective. fsync, rename to `path`, fsync of the directory; with `seal`, a checksum of all bytes goes at the end first. */
PETSC_EXTERN PetscErrorCode KarOutputCommit(KarOutput *output, PetscBool seal);
/* Collective. Removes what was written; does nothing after a commit. */
PETSC_EXTERN PetscErrorCode KarOutputDestroy(KarOutput *output);
/* Collective. KAR_REPLACE with -overwrite, else KAR_REFUSE. */
PETSC_EXTERN PetscErrorCode KarOutputReplaceFromOptions(KarReplace *replace);
/* Collective. A file judged by its seal. */
typedef enum { KAR_FILE_MISSING,
               KAR_FILE_SOUND,
               KAR_FILE_DAMAGED,
               KAR_FILE_UNSEALED } KarFileState;
PETSC_EXTERN PetscErrorCode KarFileCheck(MPI_Comm comm, const char path[], KarFileState *state);
/* Collective. The same with an error for a file that is not sound; it names the sample where it can. */
PETSC_EXTERN PetscErrorCode KarFileVerify(MPI_Comm comm, const char path[]);
/* Collective. Prints what an HDF5 file holds: fields and their grid, arrays, attributes. */
PETSC_EXTERN PetscErrorCode KarFilePrint(MPI_Comm comm, const char path[]);
/* Collective. Bytes that the file system of `path` can still take. */
PETSC_EXTERN PetscErrorCode KarFileFree(MPI_Comm comm, const char path[], PetscInt64 *bytes);

/* --- Data sets: fields in one HDF5 file that ncdump, xarray and h5py read ------------------------------------------ */
typedef struct _p_KarDataset *KarDataset;
typedef enum { KAR_FLOAT32,
               KAR_FLOAT64 } KarPrecision;

typedef struct {
  char         name[64], units[64], long_name[128];
  PetscInt     components; /* shape in the file: (sample, [component,] [[z,] y,] x) */
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
} KarDatasetInfo;

/* Collective on comm, the communicator of the file. The grid gives shape, lengths and basis only: it may live on a part of
   comm, or on PETSC_COMM_SELF. Not writable before KarDatasetSetUp(). */
PETSC_EXTERN PetscErrorCode KarDatasetCreate(MPI_Comm comm, KarGrid grid, const char path[], KarDataset *data);
/* Not collective; cannot fail. False for the names of axes and of the file's own arrays. */
PETSC_EXTERN PetscBool KarDatasetMayName(const char name[]);
/* units and long_name may be NULL. */
PETSC_EXTERN PetscErrorCode KarDatasetAddVariable(KarDataset data, const char name[], PetscInt components,
                                                  const char units[], const char long_name[]);
PETSC_EXTERN PetscErrorCode KarDatasetSetSamples(KarDataset data, PetscInt samples);
PETSC_EXTERN PetscErrorCode KarDatasetSetPrecision(KarDataset data, KarPrecision precision);
PETSC_EXTERN PetscErrorCode KarDatasetSetTitle(KarDataset data, const char title[]);
/* Unit of the grid's lengths, "1" at first. */
PETSC_EXTERN PetscErrorCode KarDatasetSetUnits(KarDataset data, const char units[]);
PETSC_EXTERN PetscErrorCode KarDatasetSetReplace(KarDataset data, KarReplace replace);
/* Collective. -overwrite, -out_precision, -out_units. */
PETSC_EXTERN PetscErrorCode KarDatasetSetFromOptions(KarDataset data);
/* Collective. Claims the file: an error when it exists, cannot be written, or is too big for the disk. */
PETSC_EXTERN PetscErrorCode KarDatasetSetUp(KarDataset data);
/* Collective, after KarDatasetSetUp(). Attributes of the whole file; every rank gives the same. Version, options, command
   and number of ranks are there already. */
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
/* Collective. After writing: reads everything back, then gives the file its name. When only the first samples were written
   on every variable, the file keeps these. After reading: closes. */
PETSC_EXTERN PetscErrorCode KarDatasetClose(KarDataset *data);
/* Collective. Closes; a file that was being written vanishes. */
PETSC_EXTERN PetscErrorCode KarDatasetDestroy(KarDataset *data);

/* Collective on comm. Opens for reading any HDF5 file with arrays (sample, y, x) or the like, ours or others'. A file below
   256 MiB whose seal is broken is an error. */
PETSC_EXTERN PetscErrorCode KarDatasetOpen(MPI_Comm comm, const char path[], KarDataset *data);
PETSC_EXTERN PetscErrorCode KarDatasetGetInfo(KarDataset data, KarDatasetInfo *info);
PETSC_EXTERN PetscErrorCode KarDatasetGetVariable(KarDataset data, PetscInt v, KarVariable *variable);
/* Not collective. The number of a variable; NULL or "" is the first. An unknown name is an error that names those there are. */
PETSC_EXTERN PetscErrorCode KarDatasetFindVariable(KarDataset data, const char name[], PetscInt *v);
/* Collective on comm. A grid with the file's shape, lengths and basis, and the variable's components, set up. */
PETSC_EXTERN PetscErrorCode KarDatasetCreateGrid(KarDataset data, MPI_Comm comm, const char variable[], KarGrid *grid);
/* Not collective. found may be NULL: then an absent attribute is an error. */
PETSC_EXTERN PetscErrorCode KarDatasetGetString(KarDataset data, const char name[], size_t size, char value[],
                                                PetscBool *found);
PETSC_EXTERN PetscErrorCode KarDatasetGetReal(KarDataset data, const char name[], PetscReal *value, PetscBool *found);
PETSC_EXTERN PetscErrorCode KarDatasetGetInt(KarDataset data, const char name[], PetscInt64 *value, PetscBool *found);
/* Collective on the field's communicator: each rank reads its slab. A number that is not finite is an error. */
PETSC_EXTERN PetscErrorCode KarDatasetRead(KarDataset data, const char variable[], PetscInt i, Vec field);
/* Not collective. Whole fields [first, first + count) to this rank; fields is [count][n0][n1][n2][components]. */
PETSC_EXTERN PetscErrorCode KarDatasetReadLocal(KarDataset data, const char variable[], PetscInt first, PetscInt count,
                                                PetscReal fields[]);
/* Collective. Compares every sample with its checksum in the file; the first bad one is an error that names it. checked:
   samples compared, 0 for a file without checksums. */
PETSC_EXTERN PetscErrorCode KarDatasetVerify(KarDataset data, PetscInt *checked);

/* --- Checkpoints: named arrays and attributes that every rank holds alike ------------------------------------------
   Names are paths: "architecture/width" is the attribute `width` of the group `architecture`, "weights/lift" an array in
   the group `weights`. All routines are collective on the file's communicator. */
typedef struct _p_KarCheckpoint *KarCheckpoint;

/* For writing. Nothing is at `path` before KarCheckpointClose(). */
PETSC_EXTERN PetscErrorCode KarCheckpointCreate(MPI_Comm comm, const char path[], KarReplace replace,
                                                KarCheckpoint *file);
/* For reading. A file whose seal is broken is an error. */
PETSC_EXTERN PetscErrorCode KarCheckpointOpen(MPI_Comm comm, const char path[], KarCheckpoint *file);
/* The same, but falls back on path.prev when path is missing or damaged. */
PETSC_EXTERN PetscErrorCode KarCheckpointOpenNewest(MPI_Comm comm, const char path[], KarCheckpoint *file);
/* Commits what was written. */
PETSC_EXTERN PetscErrorCode KarCheckpointClose(KarCheckpoint *file);
/* Discards what was written. */
PETSC_EXTERN PetscErrorCode KarCheckpointDestroy(KarCheckpoint *file);

/* Attributes. A second Put of one name replaces the first. */
PETSC_EXTERN PetscErrorCode KarCheckpointPutReal(KarCheckpoint file, const char name[], PetscReal value);
PETSC_EXTERN PetscErrorCode KarCheckpointPutInt(KarCheckpoint file, const char name[], PetscInt64 value);
PETSC_EXTERN PetscErrorCode KarCheckpointPutString(KarCheckpoint file, const char name[], const char value[]);
PETSC_EXTERN PetscErrorCode KarCheckpointGetReal(KarCheckpoint file, const char name[], PetscReal *value);
PETSC_EXTERN PetscErrorCode KarCheckpointGetInt(KarCheckpoint file, const char name[], PetscInt64 *value);
PETSC_EXTERN PetscErrorCode KarCheckpointGetString(KarCheckpoint file, const char name[], size_t size, char value[]);
/* Arrays, row-major, shape[ndim]. Get: size is the number of elements expected; another one is an error. */
PETSC_EXTERN PetscErrorCode KarCheckpointPutFloats(KarCheckpoint file, const char name[], PetscInt ndim,
                                                   const PetscInt shape[], const float values[]);
PETSC_EXTERN PetscErrorCode KarCheckpointPutReals(KarCheckpoint file, const char name[], PetscInt ndim,
                                                  const PetscInt shape[], const PetscReal values[]);
PETSC_EXTERN PetscErrorCode KarCheckpointPutInts(KarCheckpoint file, const char name[], PetscInt ndim,
                                                 const PetscInt shape[], const PetscInt64 values[]);
PETSC_EXTERN PetscErrorCode KarCheckpointGetFloats(KarCheckpoint file, const char name[], PetscInt size,
                                                   float values[]);
PETSC_EXTERN PetscErrorCode KarCheckpointGetReals(KarCheckpoint file, const char name[], PetscInt size,
                                                  PetscReal values[]);
PETSC_EXTERN PetscErrorCode KarCheckpointGetInts(KarCheckpoint file, const char name[], PetscInt size,
                                                 PetscInt64 values[]);
/* Shape of an array: ndim <= 8. */
PETSC_EXTERN PetscErrorCode KarCheckpointGetShape(KarCheckpoint file, const char name[], PetscInt *ndim,
                                                  PetscInt shape[8]);
/* Is there an attribute or array of this name? */
PETSC_EXTERN PetscErrorCode KarCheckpointHas(KarCheckpoint file, const char name[], PetscBool *has);

/* --- Pictures: PNG, PDF or SVG by the end of the path. Rank 0 draws. ----------------------------------------------- */
typedef enum { KAR_COLORS_AUTO,
               KAR_COLORS_SEQUENTIAL,
               KAR_COLORS_DIVERGING,
               KAR_COLORS_CYCLIC,
               KAR_COLORS_GREY } KarColors;
PETSC_EXTERN const char *const KarColorsNames[]; /* "auto", "sequential", "diverging", "cyclic", "grey", NULL */
/* Not collective; cannot fail. Colour of t in [0, 1], each of rgb in [0, 1]. */
void kar_color(KarColors colors, PetscReal t, PetscReal rgb[3]);

/* A field small enough to draw. Only rank 0 of its communicator holds values. */
typedef struct {
  PetscInt  ny, nx;
  PetscReal length[2]; /* edges along y and x */
  char      title[128];
  float    *values; /* [ny][nx], ny = 1 for a line; owned: KarImageDestroy() */
} KarImage;

typedef struct {
  char      title[256], label[128]; /* of the picture; of the colour bar, with its unit */
  char      units[64];              /* of the lengths */
  KarColors colors;
  PetscReal low, high; /* ends of the colours; low >= high takes them from the fields */
  PetscInt  columns;   /* of a sheet; 0: a shape near a rectangle 4:3 */
  PetscBool bare;      /* no colour bar */
  PetscBool top;       /* row 0 at the top, as in a photograph; else at the bottom */
} KarPictureStyle;

/* Collective. One component of a field, averaged over areas down to at most `pixels` a side, angles (rad) as angles are; the
   middle plane in 3D. */
PETSC_EXTERN PetscErrorCode KarImageFromField(KarGrid grid, Vec field, PetscInt component, PetscBool angle,
                                              PetscInt pixels, KarImage *image);
/* Collective on the file's communicator. The same from a file, without ever holding the whole field. */
PETSC_EXTERN PetscErrorCode KarImageFromDataset(KarDataset data, const char variable[], PetscInt sample,
                                                PetscInt component, PetscBool angle, PetscInt pixels, KarImage *image);
PETSC_EXTERN PetscErrorCode KarImageDestroy(KarImage *image);
/* Collective. n images on one sheet with one colour bar. */
PETSC_EXTERN PetscErrorCode KarPictureFields(MPI_Comm comm, const char path[], KarReplace replace, PetscInt n,
                                             const KarImage images[], const KarPictureStyle *style);

/* A labelled plot of lines, points and bands. Held by every rank alike; arrays are copied. */
typedef struct _p_KarPlot  *KarPlot;
PETSC_EXTERN PetscErrorCode KarPlotCreate(const char title[], const char xlabel[], const char ylabel[], KarPlot *plot);
PETSC_EXTERN PetscErrorCode KarPlotSetLog(KarPlot plot, PetscBool x, PetscBool y);
/* Ends of an axis (0: x, 1: y); without a call they come from the data. */
PETSC_EXTERN PetscErrorCode KarPlotSetRange(KarPlot plot, PetscInt axis, PetscReal low, PetscReal high);
typedef enum { KAR_LINE,
               KAR_DASHED,
               KAR_POINTS,
               KAR_STEPS } KarPlotLook;
/* label NULL: not in the legend. low, high: a band around y, or NULL. color: number in the plot's palette, -1 the next, -2 black. */
PETSC_EXTERN PetscErrorCode KarPlotAdd(KarPlot plot, const char label[], KarPlotLook look, PetscInt color, PetscInt n,
                                       const PetscReal x[], const PetscReal y[], const PetscReal low[],
                                       const PetscReal high[]);
/* Collective. n plots in rows of `columns`. */
PETSC_EXTERN PetscErrorCode KarPlotSave(MPI_Comm comm, const char path[], KarReplace replace, PetscInt n,
                                        const KarPlot plots[], PetscInt columns);
PETSC_EXTERN PetscErrorCode KarPlotDestroy(KarPlot *plot);

/* --- Scenes: interferograms in the files of others, GeoTIFF, raw rasters, MintPy's HDF5 --------------------------- */
typedef enum { KAR_SCENE_AUTO,
               KAR_SCENE_GEOTIFF,
               KAR_SCENE_COMPLEX64,
               KAR_SCENE_FLOAT32,
               KAR_SCENE_MINTPY } KarSceneFormat;
PETSC_EXTERN const char *const KarSceneFormats[]; /* "auto", "geotiff", "complex64", "float32", "mintpy", NULL */
typedef enum { KAR_BYTES_AUTO,
               KAR_BYTES_LITTLE,
               KAR_BYTES_BIG } KarByteOrder;
PETSC_EXTERN const char *const KarByteOrders[]; /* "auto", "little", "big", NULL */

/* What the file itself may not say. */
typedef struct {
  KarSceneFormat format;
  PetscInt       n[2];                        /* rows, columns of a raw raster; 0: from the header */
  KarByteOrder   order;                       /* of a raw raster; AUTO: the one that gives numbers of an ordinary size */
  char           header[PETSC_MAX_PATH_LEN];  /* .rsc or .par; "": FILE.rsc or FILE.par where there is one */
  char           dataset[PETSC_MAX_PATH_LEN]; /* in HDF5; "": wrapPhase, unwrapPhase, phase or complex */
  PetscInt       layer;                       /* of a dataset (layer, y, x) */
  PetscBool      has_nodata;
  PetscReal      nodata; /* a value that means "not measured" */
} KarSceneOptions;

/* Every rank holds the whole. */
typedef struct {
  KarSceneFormat format;
  PetscInt       n[2];    /* rows (north first, as in the file), columns */
  float         *phase;   /* [n0][n1], rad, in [-pi, pi]; 0 where invalid */
  unsigned char *valid;   /* [n0][n1], 1 where there is a measurement */
  PetscInt       invalid; /* pixels without one */
  PetscInt       wrapped; /* pixels whose phase lay outside [-pi, pi] */
  PetscBool      georeferenced;
  PetscReal      first[2];   /* x and y of the first pixel's outer corner */
  PetscReal      step[2];    /* from column to column, from row to row (negative to the south) */
  char           units[16];  /* of first and step: "degrees" or "meters" */
  PetscReal      wavelength; /* m; 0: unknown */
} KarScene;

/* Collective. -scene_format, -scene_n, -scene_byte_order, -scene_header, -scene_dataset, -scene_layer, -scene_nodata. */
PETSC_EXTERN PetscErrorCode KarSceneOptionsRead(MPI_Comm comm, KarSceneOptions *options);
/* Collective. Rank 0 reads, every rank gets the whole. */
PETSC_EXTERN PetscErrorCode KarSceneRead(MPI_Comm comm, const char path[], const KarSceneOptions *options,
                                         KarScene *scene);
PETSC_EXTERN PetscErrorCode KarSceneDestroy(KarScene *scene);
