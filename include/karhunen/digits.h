/* Handwritten digits as fields: MNIST's files, and signed distance functions on any grid. Level 4. */
#pragma once

#include <karhunen/stats.h>

/* Images of an IDX file (magic number 0x803), plain or compressed by gzip. */
typedef struct {
  PetscInt       n, ny, nx;
  unsigned char *pixels; /* [n][ny][nx], the same on every rank; owned: KarIDXDestroy() */
} KarIDX;
/* Collective. A file of another kind, cut short or too long is an error. */
PETSC_EXTERN PetscErrorCode KarIDXRead(MPI_Comm comm, const char path[], KarIDX *idx);
PETSC_EXTERN PetscErrorCode KarIDXDestroy(KarIDX *idx);

/* Not collective; cannot fail. Bilinear between the centres of pixels, constant beyond the outermost: value at row i, column j
   of an image resized from [ny][nx] to [my][mx]. */
PetscReal kar_bilinear(PetscInt ny, PetscInt nx, const unsigned char image[], PetscInt my, PetscInt mx, PetscInt i, PetscInt j);
