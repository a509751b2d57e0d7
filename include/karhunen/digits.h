/* Handwritten digits as fields: MNIST's files, and signed distance functions on any grid. Level 5. */
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

/* Not collective; cannot fail. Bilinear between the centres of an image's [ny][nx] pixels, constant beyond the
   outermost: the value v heights below its upper edge and u widths right of its left one. */
PetscReal kar_bilinear(PetscInt ny, PetscInt nx, const unsigned char image[], PetscReal v, PetscReal u);
