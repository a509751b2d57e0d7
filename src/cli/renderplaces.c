/* render -obs_data: circles at the places of the data on every panel; on a line the data themselves. */
#include "render.h"

/* On a line: each at its value. */
static PetscErrorCode MarkValues(MPI_Comm comm, const KarDatasetInfo *info, PetscInt m, const PetscReal x[],
                                 const PetscReal value[], Render *r)
{
  PetscFunctionBegin;
  KarCheck(comm, value, PETSC_ERR_USER_INPUT, "-obs_data %s: on a line data are drawn at their values: no column value",
           r->obs_data);
  for (PetscInt i = 0; i < m; i++) {
    r->mark[2 * i]     = value[i];
    r->mark[2 * i + 1] = info->origin[0] + (info->step[0] < 0 ? -1 : 1) * x[i];
  }
  r->style.marks = m;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Parts of the edges of a plane. The points of a periodic box are drawn as the areas that follow them, and those of a
   box with mirrors about them: a circle lies in the middle of the area of its point. */
PetscErrorCode RenderPlaces(MPI_Comm comm, KarDataset data, Render *r)
{
  KarDatasetInfo info;
  PetscInt       m, n = 0;
  PetscReal     *x, *value;

  PetscFunctionBegin;
  PetscCall(KarDatasetGetInfo(data, &info));
  KarCheck(comm, r->cuts == 1, PETSC_ERR_USER_INPUT,
           "-obs_data in a box: give the plane whose data are drawn, as in -plane z=17, or -projection z for all");
  PetscCall(KarPlacesOfData(comm, r->obs_data, &r->obs, &info, &m, &x, &value));
  PetscCall(PetscMalloc1(2 * m, &r->mark));
  r->style.mark = r->mark;
  if (info.dim == 1) PetscCall(MarkValues(comm, &info, m, x, value, r));
  for (PetscInt i = 0; i < m && info.dim > 1; i++) {
    PetscBool near = PETSC_TRUE;

    for (PetscInt a = 0, b = 0; a < info.dim; a++) {
      const PetscReal shift = info.basis == KAR_BASIS_COSINE ? 0 : 0.5;
      PetscReal       at    = x[i * info.dim + a] / info.length[a] * (PetscReal)info.n[a] + shift; /* in points */

      if (at > (PetscReal)info.n[a]) at -= (PetscReal)info.n[a];
      if (info.dim == 3 && a == r->planes[0].axis) {
        if (r->planes[0].index >= 0 && PetscAbsReal(at - (PetscReal)r->planes[0].index - 0.5) > 0.5) near = PETSC_FALSE;
      } else r->mark[2 * n + b++] = at / (PetscReal)info.n[a];
    }
    if (near) n++;
  }
  if (info.dim > 1) r->style.marks = n;
  PetscCall(
    PetscPrintf(comm, "%" PetscInt_FMT " of %" PetscInt_FMT " data of %s are drawn\n", r->style.marks, m, r->obs_data));
  PetscCall(PetscFree(x));
  PetscCall(PetscFree(value));
  PetscFunctionReturn(PETSC_SUCCESS);
}
