/* Which planes of a box are drawn, of the variable itself or of the curl of a velocity. */
#include "render.h"

static const char axis[] = "zyx";

/* -projection */
static PetscErrorCode ChooseProjection(MPI_Comm comm, const KarDatasetInfo *info, Render *r)
{
  const char *at = strchr(axis, r->projection[0]);

  PetscFunctionBegin;
  KarCheck(comm, !r->plane[0], PETSC_ERR_USER_INPUT, "-plane %s and -projection %s: give one of them", r->plane,
           r->projection);
  KarCheck(comm, info->dim == 3, PETSC_ERR_USER_INPUT,
           "-projection %s: the fields have %" PetscInt_FMT " axes; it looks through a box", r->projection, info->dim);
  KarCheck(comm, at && !r->projection[1], PETSC_ERR_USER_INPUT, "-projection %s: give z, y or x", r->projection);
  KarCheck(comm, r->style.colors != KAR_COLORS_CYCLIC, PETSC_ERR_USER_INPUT,
           "-projection %s: angles have no greatest value; draw a plane of them", r->projection);
  r->cuts      = 1;
  r->planes[0] = (KarPlane){.axis = at - axis, .index = KAR_GREATEST};
  PetscCall(PetscPrintf(comm, "greatest along %c", *at));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* -plane */
static PetscErrorCode ChooseCuts(MPI_Comm comm, const KarDatasetInfo *info, Render *r)
{
  const char *const at     = r->plane[0] ? strchr(axis, r->plane[0]) : NULL;
  long              number = -1;
  char              rest   = 0;

  PetscFunctionBegin;
  KarCheck(comm, !r->plane[0] || info->dim == 3, PETSC_ERR_USER_INPUT,
           "-plane %s: the fields have %" PetscInt_FMT " axes; it chooses a plane of a box", r->plane, info->dim);
  KarCheck(comm,
           !r->plane[0] ||
             (at && (!r->plane[1] || (sscanf(r->plane + 1, "=%ld%c", &number, &rest) == 1 && number >= 0))),
           PETSC_ERR_USER_INPUT, "-plane %s: give z, y or x, or one with a number, as in -plane z=17", r->plane);
  r->cuts = info->dim < 3 || at ? 1 : 3;
  for (PetscInt p = 0; p < r->cuts && info->dim == 3; p++) {
    KarPlane *plane = &r->planes[p];

    plane->axis  = at ? at - axis : p;
    plane->index = number >= 0 ? (PetscInt)number : info->n[plane->axis] / 2;
    KarCheck(comm, plane->index < info->n[plane->axis], PETSC_ERR_USER_INPUT,
             "-plane %s: the last one is %" PetscInt_FMT, r->plane, info->n[plane->axis] - 1);
    PetscCall(PetscPrintf(comm, "%s %c %" PetscInt_FMT " of %" PetscInt_FMT,
                          p             ? ","
                          : r->cuts > 1 ? "planes"
                                        : "plane",
                          axis[plane->axis], plane->index, info->n[plane->axis]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode RenderChoosePlanes(MPI_Comm comm, KarDataset data, const KarVariable *variable, Render *r)
{
  KarDatasetInfo info;

  PetscFunctionBegin;
  PetscCall(KarDatasetGetInfo(data, &info));
  if (r->projection[0]) PetscCall(ChooseProjection(comm, &info, r));
  else PetscCall(ChooseCuts(comm, &info, r));
  if (variable->components > 1 && r->quantity == QUANTITY_FIELD)
    PetscCall(PetscPrintf(comm, "%scomponent %" PetscInt_FMT " of %" PetscInt_FMT, info.dim == 3 ? "; " : "",
                          r->component, variable->components));
  if (r->quantity == QUANTITY_VORTICITY)
    PetscCall(PetscPrintf(comm, "%svorticity of %s", info.dim == 3 ? "; " : "", variable->name));
  if (info.dim == 3 || variable->components > 1) PetscCall(PetscPrintf(comm, "\n"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode RenderVorticityStyle(KarDataset data, const KarVariable *variable, Render *r)
{
  KarDatasetInfo info;
  PetscBool      one;

  PetscFunctionBegin;
  PetscCall(KarDatasetGetInfo(data, &info));
  KarCheck(info.comm, info.dim > 1 && variable->components == info.dim && info.basis == KAR_BASIS_PERIODIC,
           PETSC_ERR_USER_INPUT,
           "-quantity vorticity: %s has %" PetscInt_FMT " components on a %s box of %" PetscInt_FMT
           " axes; a velocity has one for each of 2 or 3 axes of a periodic box",
           variable->name, variable->components, KarBases[info.basis], info.dim);
  PetscCall(KarOptionsGiven(NULL, "component", &one));
  KarCheck(info.comm, !one, PETSC_ERR_USER_INPUT,
           "-component with -quantity vorticity, which takes all of them: leave one of them out");
  (void)snprintf(r->style.label, sizeof(r->style.label), "%s", info.dim == 3 ? "length of the vorticity" : "vorticity");
  if (strcmp(variable->units, "1") && strcmp(info.units, "1"))
    (void)snprintf(r->style.label + strlen(r->style.label), sizeof(r->style.label) - strlen(r->style.label),
                   " / (%.30s / %.30s)", variable->units, info.units);
  PetscFunctionReturn(PETSC_SUCCESS);
}

struct _p_RenderCurl {
  KarGrid grid, one; /* of the velocity, of its curl */
  KarFFT  fft;
  Vec     field, x, y, curl; /* velocity, its coordinates and those of its curl; what is drawn */
};

PetscErrorCode RenderCurlDestroy(RenderCurl *curl)
{
  PetscFunctionBegin;
  if (!*curl) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecDestroy(&(*curl)->curl));
  PetscCall(VecDestroy(&(*curl)->y));
  PetscCall(VecDestroy(&(*curl)->x));
  PetscCall(VecDestroy(&(*curl)->field));
  PetscCall(KarFFTDestroy(&(*curl)->fft));
  PetscCall(KarGridDestroy(&(*curl)->one));
  PetscCall(KarGridDestroy(&(*curl)->grid));
  PetscCall(PetscFree(*curl));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CurlCreate(KarDataset data, const KarVariable *variable, RenderCurl *curl)
{
  KarDatasetInfo info;
  RenderCurl     c;

  PetscFunctionBegin;
  PetscCall(KarDatasetGetInfo(data, &info));
  PetscCall(PetscNew(&c));
  PetscCall(KarDatasetCreateGrid(data, info.comm, variable->name, &c->grid));
  PetscCall(KarGridCreateLike(info.comm, c->grid, 1, &c->one));
  PetscCall(KarFFTCreate(c->grid, &c->fft));
  PetscCall(KarGridCreateField(c->grid, &c->field));
  PetscCall(KarGridCreateField(c->one, &c->curl));
  PetscCall(KarFFTCreateCoordinates(c->fft, &c->x));
  PetscCall(VecDuplicate(c->x, &c->y));
  *curl = c;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* v <- (s_0 v_0, s_1 v_1, ...) at each point, s_a = -1 where axis a runs down: components along the array's axes. */
static PetscErrorCode TurnComponents(const KarDatasetInfo *info, Vec field)
{
  PetscScalar *v;
  PetscInt     n;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(field, &n));
  PetscCall(VecGetArray(field, &v));
  for (PetscInt i = 0; i < n; i++)
    if (info->step[i % info->dim] < 0) v[i] = -v[i];
  PetscCall(VecRestoreArray(field, &v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The curl of a sample on this rank's slab, in a box its length.  A mirror of one axis of a plane changes its sign. */
static PetscErrorCode Curl(KarDataset data, const KarVariable *variable, PetscInt sample, RenderCurl c)
{
  KarDatasetInfo     info;
  const PetscScalar *w;
  PetscScalar       *v;
  PetscReal          norm, sign;
  PetscInt           n;

  PetscFunctionBegin;
  PetscCall(KarDatasetGetInfo(data, &info));
  PetscCall(KarDatasetRead(data, variable->name, sample, c->field));
  PetscCall(VecNorm(c->field, NORM_1, &norm));
  KarCheck(info.comm, isfinite(norm), PETSC_ERR_USER_INPUT,
           "-quantity vorticity: sample %" PetscInt_FMT " of %s has points without a value; a curl wants all of them",
           sample, variable->name);
  PetscCall(TurnComponents(&info, c->field));
  PetscCall(KarFFTForward(c->fft, c->field, c->x));
  PetscCall(KarFFTCurl(c->fft, c->x, c->y));
  PetscCall(KarFFTInverse(c->fft, c->y, c->field));
  sign = (info.step[0] < 0) == (info.step[1] < 0) ? 1 : -1;
  PetscCall(VecGetLocalSize(c->curl, &n));
  PetscCall(VecGetArrayRead(c->field, &w));
  PetscCall(VecGetArrayWrite(c->curl, &v));
  for (PetscInt i = 0; i < n; i++)
    v[i] = info.dim == 2 ? sign * w[2 * i]
                         : PetscSqrtReal(PetscSqr(w[3 * i]) + PetscSqr(w[3 * i + 1]) + PetscSqr(w[3 * i + 2]));
  PetscCall(VecRestoreArrayWrite(c->curl, &v));
  PetscCall(VecRestoreArrayRead(c->field, &w));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* images[cuts] of the curl of a velocity, which lies in slabs over the ranks: its length in a box, its value in a
   plane.  Files beside one another have one grid and one box. */
static PetscErrorCode Vorticity(KarDataset data, const KarVariable *variable, Render *r, PetscInt sample, PetscInt cuts,
                                KarImage images[])
{
  KarDatasetInfo info;

  PetscFunctionBegin;
  PetscCall(KarDatasetGetInfo(data, &info));
  if (!r->curl) PetscCall(CurlCreate(data, variable, &r->curl));
  PetscCall(Curl(data, variable, sample, r->curl));
  for (PetscInt p = 0; p < cuts; p++) {
    PetscCall(KarImageFromField(r->curl->one, r->curl->curl, info.dim == 3 ? &r->planes[p] : NULL, 0, PETSC_FALSE,
                                r->pixels, &images[p]));
    for (int i = 0; i < 2; i++) { /* the grid begins at 0 and runs up, the file as it says */
      const PetscInt a = strchr(axis, images[p].axis[i]) - axis - (3 - info.dim);

      images[p].origin[i]    = info.origin[a];
      images[p].direction[i] = info.step[a] < 0 ? -1 : 1;
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode RenderImages(KarDataset data, const KarVariable *variable, Render *r, PetscInt sample, PetscInt cuts,
                            KarImage images[])
{
  KarDatasetInfo info;

  PetscFunctionBegin;
  if (r->quantity == QUANTITY_VORTICITY) {
    PetscCall(Vorticity(data, variable, r, sample, cuts, images));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarDatasetGetInfo(data, &info));
  for (PetscInt p = 0; p < cuts; p++)
    PetscCall(KarImageFromDataset(data, variable->name, sample, info.dim == 3 ? &r->planes[p] : NULL, r->component,
                                  (PetscBool)(r->style.colors == KAR_COLORS_CYCLIC), r->pixels, &images[p]));
  PetscFunctionReturn(PETSC_SUCCESS);
}
