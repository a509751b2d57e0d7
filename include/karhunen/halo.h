/* Rows of a slab's neighbours along axis 0: those that a stencil reaches beyond the slab. A header of the room grid.
   Level 1. */
#pragma once

#include <karhunen/grid.h>

typedef struct _p_KarHalo *KarHalo;

/* Collective on info->comm. `width` rows on either side, of as many ranks as they lie on; at the ends of the box the
   rows of the other end (periodic) or the mirror's (cosine), again and again where they are fewer than `width`. */
PETSC_EXTERN PetscErrorCode KarHaloCreate(const KarGridInfo *info, PetscInt width, KarHalo *halo);
/* Collective. own is [ln][n1][n2][channels], the slab's; below and above, [width][n1][n2][channels] each, are filled.
   Sends, to the ranks that need them, `width` rows a side where slabs are at least as thick. */
PETSC_EXTERN PetscErrorCode KarHaloFill(KarHalo halo, PetscInt channels, const float own[], float below[],
                                        float above[]);
/* Collective. The adjoint: what lies in the halo is added to the rows that it came from. */
PETSC_EXTERN PetscErrorCode KarHaloAdd(KarHalo halo, PetscInt channels, const float below[], const float above[],
                                       float own[]);
PETSC_EXTERN PetscErrorCode KarHaloDestroy(KarHalo *halo);
/* Not collective; cannot fail. The point of 0 ... n - 1 that stands for point i of an axis beyond its ends. */
static inline PetscInt kar_halo_point(KarBasis basis, PetscInt n, PetscInt i)
{
  if (basis == KAR_BASIS_COSINE) {
    i = (i % (2 * n) + 2 * n) % (2 * n);
    return i < n ? i : 2 * n - 1 - i;
  }
  return (i % n + n) % n;
}
