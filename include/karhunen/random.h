/* Counter-based normal numbers: each is a pure function of its key and index. Level 0. */
#pragma once

#include <karhunen/sys.h>

/* What a random number is for; two uses of one index never share a number. */
typedef enum {
  KAR_STREAM_PRIOR,
  KAR_STREAM_PATH,
  KAR_STREAM_DATA,
  KAR_STREAM_TRAIN,
  KAR_STREAM_TEST,
  KAR_STREAM_OBSERVE
} KarStream;

/* Names one random field: the same key gives the same field on any number of ranks and on every grid. */
typedef struct {
  PetscInt64 seed;      /* of the run */
  PetscInt64 sample;    /* which field of the run, below 2^32 */
  PetscInt   step;      /* which step of that field, below 2^24 */
  PetscInt   component; /* which component of a vector field, below 16 */
  KarStream  stream;    /* what it is for */
} KarKey;

/* The two independent standard normal numbers that `key` holds for the signed index (i0, i1, i2), |i| < 2^20.
   Not collective; cannot fail. */
void kar_normal_pair(KarKey key, PetscInt i0, PetscInt i1, PetscInt i2, PetscReal z[2]);
/* The same for n indices along one axis: index `axis` of i[3] is replaced by j[0..n). z is [n][2], each pair times
   sqrt(variance[n]); variance NULL: 1. */
void kar_normal_row(KarKey key, const PetscInt i[3], int axis, PetscInt n, const PetscInt j[],
                    const PetscReal variance[], PetscReal *restrict z);
/* The same numbers to single precision, in about half the time: from 31 of the 53 bits, so that |z| < 6.7. */
void kar_normal_row_float(KarKey key, const PetscInt i[3], int axis, PetscInt n, const PetscInt j[],
                          const float variance[], float *restrict z);
/* Two independent uniform numbers in (0, 1), for choices that are not normal (a time, a component, a turn). */
void kar_uniform_pair(KarKey key, PetscInt i0, PetscInt i1, PetscInt i2, PetscReal u[2]);
/* Philox4x32-10 itself (Salmon, 2011). */
void kar_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);
