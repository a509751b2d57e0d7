/* A data set's insides, shared by dataset.c (object), write.c and read.c. */
#pragma once

#include "ioimpl.h"

#define KAR_VARIABLES 32
/* Fields pass through a buffer of this many numbers, or of one plane. */
#define KAR_PIECE (1 << 20)

typedef struct {
  hid_t      id;     /* the array; -1 when closed */
  int        ndim;   /* of the array */
  int        sample; /* its axis of samples, -1: one sample only */
  int        component;
  int        space;   /* first axis of space; the last ones are space */
  uint64_t  *sum;     /* this rank's share of each sample's checksum, [samples] */
  char      *written; /* [samples] */
  PetscInt64 offset;  /* of its numbers in a file that is being written */
} KarArray;

struct _p_KarDataset {
  MPI_Comm    comm; /* own duplicate: HDF5 wants a plain one */
  PetscMPIInt rank, ranks;
  char        path[PETSC_MAX_PATH_LEN], title[256];
  PetscBool   writing, ready;
  PetscBool
                 suspect; /* known to be damaged: HDF5 can hang on its unchecked parts, the heap of the scales; keep off them */
  KarReplace     replace;
  KarPrecision   precision;
  KarDatasetInfo info;
  KarVariable    variable[KAR_VARIABLES];
  KarArray       array[KAR_VARIABLES];
  hid_t          file;       /* -1 when closed; being written, on rank 0 alone, of the frame in memory */
  int            fd, shadow; /* being written: of the file on disk; of the frame, on rank 0.  -1 when closed */
  KarOutput      output;     /* owned; NULL when reading */
  double        *buffer;     /* [max(KAR_PIECE, plane)] */
};

/* Planes [plane, plane + planes) of axis 0 of one component of one sample. */
typedef struct {
  PetscInt sample, component, plane, planes;
} KarPiece;

/* Not collective. Moves a piece from the file to memory; false on failure. */
PetscBool kar_dataset_move(KarDataset data, PetscInt v, KarPiece piece, hid_t memory, void *values);
/* Cuts planes [plane, plane + planes) into pieces that fit the buffer: moves *piece on; false when there is none left. */
PetscBool kar_dataset_next(KarDataset data, PetscInt plane, PetscInt planes, KarPiece *piece);
/* Checksum of a piece, sum_p XXH3(plane p, seed n0 component + p) over `size`-byte numbers: ranks may share a sample. */
uint64_t kar_dataset_sum(KarDataset data, KarPiece piece, size_t size, const void *values);
/* Points of a plane of axis 0. */
PetscInt kar_dataset_plane(KarDataset data);
/* HDF5's type in memory of what the file holds, and its size. */
hid_t kar_dataset_type(KarDataset data, PetscInt v, size_t *size);
/* Not collective. Reads planes [plane, plane + planes) of a sample into field [planes][n1][n2][components]; false and the
   reason when they cannot be read or are not finite. */
PetscBool kar_dataset_read(KarDataset data, PetscInt v, PetscInt sample, PetscInt plane, PetscInt planes,
                           PetscReal field[], size_t room, char why[]);
/* Opens file and arrays for reading on this rank; false and the reason on failure. discover: learn shape and variables. */
PetscBool kar_dataset_open(KarDataset data, const char path[], PetscBool discover, size_t size, char why[]);
void      kar_dataset_close(KarDataset data);
/* Not collective. A new file for the data set on this rank; negative on failure. */
hid_t kar_dataset_create_file(KarDataset data, const char path[]);
/* Rank 0. The frame in memory, for so many samples: sets data->file, shadow and the offsets; and copied to data->fd. */
PetscBool kar_header_create(KarDataset data, PetscInt samples);
PetscBool kar_header_store(KarDataset data, PetscInt samples);
void      kar_header_close(KarDataset data);
/* Not collective. Bytes of one sample of a variable. */
PetscInt64 kar_dataset_bytes(KarDataset data, PetscInt v);
/* Not collective. All of the bytes, or false and errno; a copy goes through a buffer, forwards. */
PetscBool kar_write_at(int fd, const void *bytes, size_t size, off_t at);
PetscBool kar_copy_at(int from, off_t start, int to, off_t at, PetscInt64 size, size_t room, void *buffer);
/* Rank 0. Scales, variables and arrays of checksums for `samples` samples; opens data->array. */
PetscBool kar_dataset_create_contents(KarDataset data, hid_t file, PetscInt samples);
/* Collective. A dataset without a file. */
PetscErrorCode KarDatasetNew(MPI_Comm comm, const char path[], KarDataset *data);
/* Not collective. Room for pieces, once the shape is known. */
PetscErrorCode KarDatasetCreateBuffer(KarDataset data);
/* Collective. Checksums of all samples, [variable][sample], as the numbers in the file give them. The caller frees it. */
PetscErrorCode KarDatasetSumFile(KarDataset data, uint64_t *sum[]);
/* Collective on the field's communicator. The slab that this rank holds; a sample or size that does not fit is an error. */
PetscErrorCode KarDatasetSlab(KarDataset data, PetscInt v, PetscInt sample, Vec field, PetscInt *plane,
                              PetscInt *planes);
