/* A data set's insides, shared by dataset.c (object), write.c and read.c. */
#pragma once

#include "ioimpl.h"

#define KAR_VARIABLES 32
#define KAR_EXTRA     8 /* numbers with a sample, at most */
#define KAR_NUMBERS   "/checks/numbers of samples"
#define KAR_AXES      8 /* of an array of others, at most */
/* Fields pass through a buffer of this many numbers, or of one plane. */
#define KAR_PIECE (1 << 20)

/* What each axis of an array is: layout.c. */
typedef struct {
  int         ndim, dim; /* axes of the array; of space among them */
  hsize_t     shape[KAR_AXES];
  char        name[KAR_AXES][48];    /* "": nothing names it */
  char        beside[KAR_AXES][128]; /* array of its coordinates where it is no dimension scale; "" */
  char        role[KAR_AXES];      /* 's' samples, 'c' components, 'z', 'y', 'x' space, 'b' bounds; '?' not yet known */
  int         space[3];            /* axes of space, our slowest first */
  PetscInt    samples, components; /* products over their axes */
  const char *rule;                /* how we know, for the eye */
} KarLayout;

/* value = scale number + offset, and which numbers are no values: packing.c. */
typedef struct {
  PetscBool   packed, single, range;
  double      scale, offset, wrap; /* wrap: added to negative integers that are meant unsigned */
  int         missing;
  const char *name[6];
  double      value[6], low, high;
} KarPacking;

/* Samples [first, first + samples) of a variable: one array, perhaps of a file of its own. */
typedef struct {
  char      *file, *name; /* owned; file NULL: the data set's */
  PetscInt   first, samples;
  KarPacking packing;
  KarLayout  layout;
} KarPart;

typedef struct {
  hid_t      id;     /* the array; -1 when closed */
  int        ndim;   /* of the array */
  int        sample; /* its axis of samples, -1: one sample only */
  int        component;
  int        space;   /* first axis of space; the last ones are space */
  uint64_t  *sum;     /* this rank's share of each sample's checksum, [samples] */
  char      *written; /* [samples] */
  PetscInt64 offset;  /* of its numbers in a file that is being written */
  KarLayout  layout;
  KarPart   *part;        /* when reading; owned, in order of samples */
  PetscInt   parts, open; /* open: the one that id is of */
  hid_t      file;        /* of that part when it is not the data set's; -1 */
  uint64_t  *said;        /* checksums that the file has, [samples]; NULL: none */
  PetscBool  asked;       /* for them */
} KarArray;

struct _p_KarDataset {
  MPI_Comm    comm; /* own duplicate: HDF5 wants a plain one */
  PetscMPIInt rank, ranks;
  char        path[PETSC_MAX_PATH_LEN], title[256];
  char        asked[PETSC_MAX_PATH_LEN]; /* as it was opened: a file, or a set */
  PetscBool   writing, ready;
  PetscBool
       suspect; /* known to be damaged: HDF5 can hang on its unchecked parts, the heap of the scales; keep off them */
  char prefix[64]; /* before the names of its options */
  KarReplace     replace;
  KarPrecision   precision;
  KarDatasetInfo info;
  KarReadOptions options;
  char           notes[2048]; /* lines for the one who reads */
  PetscInt       capacity;    /* variables that fit */
  KarVariable   *variable;    /* owned, [room] */
  KarArray      *array;       /* owned, [room] */
  hid_t          file;        /* -1 when closed; being written, on rank 0 alone, of the frame in memory */
  int            fd, shadow;  /* being written: of the file on disk; of the frame, on rank 0.  -1 when closed */
  KarOutput      output;      /* owned; NULL when reading */
  double        *buffer;      /* [max(KAR_PIECE, plane)] */
  char          *run;         /* being written: lines of all that decides the fields; owned; NULL: no journal is kept */
  PetscBool      go_on;       /* with what is there of the same run */
  char          *kept;        /* [samples]: it was there; owned, NULL: none is */
  PetscInt       extra;       /* numbers that go with a sample */
  double        *numbers;     /* [samples][extra], where this rank has put or read them, else 0; owned */
  PetscInt64     journal;     /* where it lies in path.part; 0: there is none */
  char           shorter[PETSC_MAX_PATH_LEN + 16]; /* rank 0: what path.part is replaced by at the end; "" */
  double  *place[3]; /* [n]: even points of an axis among those of the file, 2.5 between two; NULL: they are them */
  PetscInt times;    /* being written: of each path; 0: samples are no paths */
  double  *time;     /* [times]; owned */
};

/* The journal as it is read: journal.c. */
typedef struct {
  PetscInt  variables, samples, extra;
  off_t     at;        /* in its file */
  int64_t  *places;    /* [variables][2] */
  uint64_t *sums;      /* [variables][samples] */
  double   *numbers;   /* [samples][extra] */
  char     *run, *all; /* all: owned, the others lie in it */
} KarJournal;

/* Planes [plane, plane + planes) of axis 0 of one component of one sample. */
typedef struct {
  PetscInt sample, component, plane, planes;
} KarPiece;

/* Not collective. Moves a piece from the file to memory; false on failure. */
PetscBool kar_dataset_move(KarDataset data, PetscInt v, KarPiece piece, hid_t memory, void *values);
/* Cuts planes [plane, plane + planes) into pieces that fit the buffer: moves *piece on; false when there is none left.
 */
PetscBool kar_dataset_next(KarDataset data, PetscInt plane, PetscInt planes, KarPiece *piece);
/* Checksum of a piece, sum_p XXH3(plane p, seed n0 component + p) over `size`-byte numbers: ranks may share a sample.
 */
uint64_t kar_dataset_sum(KarDataset data, KarPiece piece, size_t size, const void *values);
/* Points of a plane of axis 0. */
PetscInt kar_dataset_plane(KarDataset data);
/* HDF5's type in memory of what the file holds, and its size. */
hid_t kar_dataset_type(KarDataset data, PetscInt v, size_t *size);
/* Not collective. Reads planes [plane, plane + planes) of a sample into field [planes][n1][n2][components]; false and
   the reason when they cannot be read or have no value. The numbers, as they are in the file, are added to *sum unless
   it is NULL. */
PetscBool kar_dataset_read(KarDataset data, PetscInt v, PetscInt sample, PetscInt plane, PetscInt planes,
                           PetscReal field[], uint64_t *sum, size_t capacity, char why[]);
/* Not collective. The same of the numbers of the file, whatever the places of its points. */
PetscBool kar_dataset_read_as_they_are(KarDataset data, PetscInt v, PetscInt sample, PetscInt plane, PetscInt planes,
                                       PetscReal field[], uint64_t *sum, size_t capacity, char why[]);
/* Not collective. Even points among those with the coordinates x[n] of axis i; false when x turns back. */
PetscBool kar_axis_even(KarDataset data, PetscInt i, PetscInt n, const double x[]);
/* Opens file and arrays for reading on this rank; false and the reason on failure. discover: learn shape and variables.
 */
PetscBool kar_dataset_open(KarDataset data, const char path[], PetscBool discover, size_t size, char why[]);
void      kar_dataset_close(KarDataset data);
/* Not collective. The array is open, the part that has the sample; false when it cannot be. *local: the sample's number
 * in it. */
PetscBool kar_dataset_seek(KarDataset data, PetscInt v, PetscInt sample, PetscInt *local);
/* Not collective. Room for one variable more, empty. */
PetscErrorCode KarDatasetGrow(KarDataset data);
/* Not collective. One part more of variable v, whose array is open as id; file NULL: the data set's. */
PetscBool kar_dataset_add_part(KarDataset data, PetscInt v, const char file[], const char path[], hid_t id,
                               const KarLayout *layout);
void      kar_array_close(KarArray *array);
/* Adds a line to what the reader is told. */
void kar_dataset_note(KarDataset data, const char format[], ...) PETSC_ATTRIBUTE_FORMAT(2, 3);

/* Not collective. What the axes of an array are, by options.axes, their names, arrays beside it, or their number; false
   and the reason when nothing tells. path: of the array in its file. ours: -1; of a damaged file, whose names must not
   be read, its axes of space, or 0. */
PetscBool kar_layout_find(hid_t array, const char path[], const char axes[], int ours, KarLayout *layout, size_t size,
                          char why[]);
/* The layout of an array that we write. */
void kar_layout_own(KarArray *array, PetscInt samples, PetscInt times, PetscInt components, PetscInt dim,
                    const PetscInt n[3]);
/* Not collective. The scale of an axis, for the one who closes it; -1 when there is none. */
hid_t kar_axis_scale(hid_t array, int d);
/* 's', 'c', 'z', 'y', 'x', 'b' for the name of an axis, '?' for one that we do not know. */
char      kar_axis_role(const char name[]);
PetscBool kar_axis_is_time(const char name[]);
/* Not collective. Lengths, origin, direction and units of the grid, from the coordinates of variable 0's axes. */
void kar_axes_read(KarDataset data);
/* Not collective. scale_factor, add_offset, _FillValue, missing_value, valid_*, _Unsigned. */
void kar_packing_read(hid_t array, KarPacking *packing);
/* A number of the file as a value; why it is none, else NULL. */
const char *kar_packing_value(const KarPacking *packing, double *number);

/* Paths of the arrays of a file, in the order of the file, groups and links followed. */
typedef struct {
  PetscInt count, capacity;
  char   **path; /* owned */
} KarPaths;
/* Not collective. groups: look into them too. */
PetscBool kar_paths_find(hid_t file, PetscBool groups, KarPaths *paths);
void      kar_paths_free(KarPaths *paths);
/* Those that fit the pattern, numbers in their order; 0: none does. */
PetscInt kar_paths_match(const KarPaths *paths, const char pattern[], PetscInt match[]);
/* Not collective. Chooses the variable and takes it with those on its grid; false and the reason on failure. */
PetscBool kar_dataset_discover(KarDataset data, size_t size, char why[]);
/* Not collective. A new file for the data set on this rank; negative on failure. */
hid_t kar_dataset_create_file(KarDataset data, const char path[]);
/* Rank 0. The frame in memory, for so many samples: sets data->file, shadow and the offsets; and copied to data->fd. */
PetscBool kar_header_create(KarDataset data, PetscInt samples);
PetscBool kar_header_store(KarDataset data, PetscInt samples);
void      kar_header_close(KarDataset data);
/* Not collective. The buffer to its place in the file that is written, and back; false and errno, on failure. */
PetscBool kar_piece_put(KarDataset data, PetscInt v, KarPiece piece);
PetscBool kar_piece_get(KarDataset data, PetscInt v, KarPiece piece);
/* Not collective. Bytes of the journal; the journal begun on rank 0, behind what data->fd has; one sum written; all of
   it moved behind `end` and what is written. */
PetscInt64 kar_journal_bytes(KarDataset data);
PetscBool  kar_journal_begin(KarDataset data);
PetscBool  kar_journal_put(KarDataset data, PetscInt v, PetscInt sample, uint64_t sum);
PetscBool  kar_journal_put_numbers(KarDataset data, PetscInt sample, const double numbers[]);
PetscBool  kar_journal_move(KarDataset data, off_t end);
void       kar_journal_places(KarDataset data, int64_t places[]);
/* Not collective. False when the file has none; else for kar_journal_free(). */
PetscBool kar_journal_read(int fd, KarJournal *journal);
void      kar_journal_free(KarJournal *journal);
/* Collective. Before the file is claimed: true when it is whole already, and of the same run. */
PetscErrorCode KarDatasetIsThere(KarDataset data, PetscBool *there);
/* Rank 0, the lock is held: can path.part be gone on with in place? If not, what it may have is set aside. */
PetscBool kar_part_in_place(const char part[]);
/* Collective. Samples of the same run that path.part, what was set aside and path have, compared with their sums. */
PetscErrorCode KarDatasetKeep(KarDataset data, const char part[], PetscBool in_place);
/* Not collective. Bytes of one sample of a variable. */
PetscInt64 kar_dataset_bytes(KarDataset data, PetscInt v);
/* Not collective. All of the bytes, or false and errno; a copy goes through a buffer, forwards. */
PetscBool kar_write_at(int fd, const void *bytes, size_t size, off_t at);
PetscBool kar_copy_at(int from, off_t start, int to, off_t at, PetscInt64 size, size_t capacity, void *buffer);
/* Rank 0. Scales, variables and arrays of checksums for `samples` samples; opens data->array. */
PetscBool kar_dataset_create_contents(KarDataset data, hid_t file, PetscInt samples);
/* Collective. A dataset without a file. */
PetscErrorCode KarDatasetNew(MPI_Comm comm, const char path[], KarDataset *data);
/* Not collective. Checksum of a sample as its file has it; false when there is none. */
PetscBool kar_dataset_said(KarDataset data, PetscInt v, PetscInt sample, uint64_t *sum);
/* Not collective. Room for pieces, once the shape is known. */
PetscErrorCode KarDatasetCreateBuffer(KarDataset data);
/* Collective. Checksums of all samples, [variable][sample], as the numbers in the file give them. The caller frees it.
 */
PetscErrorCode KarDatasetSumFile(KarDataset data, uint64_t *sum[]);
/* Collective on the field's communicator. The slab that this rank holds; a sample or size that does not fit is an
 * error. */
PetscErrorCode KarDatasetSlab(KarDataset data, PetscInt v, PetscInt sample, Vec field, PetscInt *plane,
                              PetscInt *planes);
