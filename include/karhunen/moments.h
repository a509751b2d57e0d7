/* Moments of samples and their errors. A header of the room stats. Level 3. */
#pragma once

#include <petscsys.h>

typedef struct {
  PetscReal value, error; /* error: one standard error */
} KarEstimate;

/* Not collective; cannot fail. Adds sum (v - c)^p, p = 0, ..., 4, to sums: additive over ranks and samples. */
void kar_moment_sums(PetscInt n, const PetscReal v[], PetscReal c, PetscReal sums[5]);
/* A number made of the mean of rows, each row the measures of one sample. */
typedef PetscReal KarRowFn(const PetscReal mean[]);
/* Of rows E (v - c)^p, p = 1, ..., 4. Skewness and kurtosis of a constant are 0; a Gaussian has kurtosis 3. */
PetscReal kar_row_first(const PetscReal mean[]); /* mean[0]: E v - c for rows of moments */
PetscReal kar_row_variance(const PetscReal mean[]);
PetscReal kar_row_skewness(const PetscReal mean[]);
PetscReal kar_row_kurtosis(const PetscReal mean[]);
/* Not collective. fn of the mean row, and its jackknife error over rows (0 for one row); rows `stride` apart,
   `columns` wide. */
PETSC_EXTERN PetscErrorCode KarStatsJackknife(PetscInt rows, PetscInt stride, PetscInt columns, const PetscReal table[],
                                              KarRowFn *fn, KarEstimate *estimate);
/* Not collective; cannot fail. a / b of independent estimates. */
KarEstimate kar_ratio(KarEstimate a, KarEstimate b);

/* Columns of a table of measures, one row a sample. */
typedef struct {
  PetscInt         rows, stride;
  const PetscReal *first; /* row 0 of the first column that is used */
} KarColumns;
/* Not collective. Mean over `columns` columns of mean a / mean b, for independent rows of a and of b; no mean of b may
   be 0. Its error: a's share is exact, as columns of one row go together, b's by the jackknife. */
PETSC_EXTERN PetscErrorCode KarStatsMeanRatio(PetscInt columns, KarColumns a, KarColumns b, KarEstimate *ratio);
