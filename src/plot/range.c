/* The range of colours of pictures. */
#include "drawimpl.h"

static int Ascending(const void *a, const void *b)
{
  float x = *(const float *)a, y = *(const float *)b;

  return (x > y) - (x < y);
}

PetscErrorCode KarPictureQuantiles(PetscInt n, const KarImage images[], PetscReal low_high[2], PetscReal ends[2])
{
  PetscInt total = 0, taken = 0, every, i = 0;
  float   *some;

  PetscFunctionBegin;
  for (PetscInt k = 0; k < n; k++) total += images[k].ny * images[k].nx;
  every = 1 + total / 200000;
  PetscCall(PetscMalloc1(total / every + n + 1, &some));
  ends[0] = PETSC_MAX_REAL, ends[1] = PETSC_MIN_REAL;
  for (PetscInt k = 0; k < n; k++) {
    for (PetscInt j = 0; j < images[k].ny * images[k].nx; j++) {
      float value = images[k].values[j];

      if (!isfinite(value)) continue;
      if (i++ % every == 0) some[taken++] = value;
      ends[0] = PetscMin(ends[0], (PetscReal)value), ends[1] = PetscMax(ends[1], (PetscReal)value);
    }
  }
  qsort(some, (size_t)taken, sizeof(float), Ascending);
  low_high[0] = taken ? some[taken / 2000] : 0;
  low_high[1] = taken ? some[taken - 1 - taken / 2000] : 0;
  PetscCall(PetscFree(some));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Diverging where both signs count, and then the same size on both sides of zero. */
PetscErrorCode KarPictureUseRange(const PetscReal ends[2], KarPictureStyle *style)
{
  const PetscReal low = ends[0], high = ends[1], most = PetscMax(-low, high);

  PetscFunctionBegin;
  if (style->colors == KAR_COLORS_AUTO)
    style->colors =
      low < 0 && high > 0 && PetscMin(-low, high) > 0.2 * most ? KAR_COLORS_DIVERGING : KAR_COLORS_SEQUENTIAL;
  if (style->low >= style->high) {
    style->low  = style->colors == KAR_COLORS_CYCLIC ? -PETSC_PI : style->colors == KAR_COLORS_DIVERGING ? -most : low;
    style->high = style->colors == KAR_COLORS_CYCLIC ? PETSC_PI : style->colors == KAR_COLORS_DIVERGING ? most : high;
  }
  if (!(style->low < style->high)) style->low -= 0.5, style->high = style->low + 1; /* a constant field */
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPictureRange(MPI_Comm comm, PetscInt n, const KarImage images[], PetscReal ends[2])
{
  PetscReal own[2] = {0, 0}, all[2];
  int       rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) PetscCall(KarPictureQuantiles(n, images, own, all));
  PetscCallMPI(MPI_Bcast(own, 2, MPIU_REAL, 0, comm));
  if (ends[0] < ends[1]) own[0] = PetscMin(ends[0], own[0]), own[1] = PetscMax(ends[1], own[1]);
  ends[0] = own[0], ends[1] = own[1];
  PetscFunctionReturn(PETSC_SUCCESS);
}
