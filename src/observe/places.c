/* Where the data are: each on the rank whose slab of the grid holds its place. Points of the grid are read there from
   the field; places off the grid take the field by KarPoints. */
#include <karhunen/impl/observe.h>

#include <math.h>

PetscReal kar_grid_position(const KarGridInfo *info, int axis, PetscReal x)
{
  return x / info->length[axis] * (PetscReal)info->n[axis] - (info->basis == KAR_BASIS_COSINE ? 0.5 : 0);
}

static PetscErrorCode CheckPlaces(KarObservation obs, const KarGridInfo *info, PetscBool *on)
{
  PetscFunctionBegin;
  *on = PETSC_TRUE;
  for (PetscInt i = 0; i < obs->given; i++) {
    const PetscInt c = obs->component ? obs->component[i] : 0;

    for (int a = 0; a < info->dim; a++) {
      const PetscReal x = obs->place[3 * i + a], at = kar_grid_position(info, a, x);

      KarCheck(obs->comm, x >= 0 && x <= info->length[a], PETSC_ERR_USER_INPUT,
               "datum %" PetscInt_FMT
               " is at %g along axis %d: outside the box, which reaches from 0 to %g from where it begins",
               i, (double)x, a, (double)info->length[a]);
      if (PetscAbsReal(at - round(at)) > 1e-9 * (PetscReal)info->n[a]) *on = PETSC_FALSE;
    }
    KarCheck(obs->comm, c >= 0 && c < info->dof, PETSC_ERR_USER_INPUT,
             "datum %" PetscInt_FMT " is of component %" PetscInt_FMT "; the fields have %" PetscInt_FMT, i, c,
             info->dof);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The point of the grid at or before a place. */
static void Point(const KarGridInfo *info, const PetscReal x[3], PetscInt p[3])
{
  for (int a = 0; a < 3; a++) {
    PetscReal at = a < info->dim ? kar_grid_position(info, a, x[a]) : 0;

    if (PetscAbsReal(at - round(at)) <= 1e-9 * (PetscReal)info->n[a]) at = round(at);
    p[a] = (PetscInt)PetscFloorReal(at);
    if (info->basis == KAR_BASIS_PERIODIC) p[a] %= info->n[a];
    p[a] = PetscMin(PetscMax(p[a], 0), info->n[a] - 1);
  }
}

PetscInt kar_grid_point(const KarGridInfo *info, const PetscReal x[3])
{
  PetscInt p[3];

  Point(info, x, p);
  return ((p[0] - info->start) * info->n[1] + p[1]) * info->n[2] + p[2];
}

static PetscErrorCode CreatePoints(KarObservation obs, const KarGridInfo *info)
{
  PetscReal *x;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(obs->local * info->dim, &x));
  for (PetscInt i = 0; i < obs->local; i++)
    PetscCall(PetscArraycpy(x + i * info->dim, obs->place + 3 * obs->number[i], info->dim));
  PetscCall(KarPointsCreate(obs->at, obs->local, x, &obs->points));
  PetscCall(PetscFree(x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode DealPlaces(KarObservation obs, const KarGridInfo *info)
{
  PetscBool on;
  PetscInt  p[3];

  PetscFunctionBegin;
  PetscCall(CheckPlaces(obs, info, &on));
  KarCheck(obs->comm, !obs->line || !strcmp(obs->type, KAROBSERVATIONLINES), PETSC_ERR_USER_INPUT,
           "the places are lines, to x2: give -obs_type lines, not %s", obs->type);
  if (obs->line) on = PETSC_FALSE;
  obs->m = obs->given;
  PetscCall(PetscMalloc1(obs->m, &obs->number));
  if (on) PetscCall(PetscMalloc1(obs->m, &obs->index));
  for (PetscInt i = 0; i < obs->m; i++) {
    Point(info, obs->place + 3 * i, p);
    if (p[0] < info->start || p[0] >= info->start + info->ln) continue;
    if (on)
      obs->index[obs->local] = (((p[0] - info->start) * info->n[1] + p[1]) * info->n[2] + p[2]) * info->dof +
                               (obs->component ? obs->component[i] : 0);
    obs->number[obs->local++] = i;
  }
  if (!on && !obs->line) PetscCall(CreatePoints(obs, info));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A point is observed where the mask, a field of the same grid, is a number that is not 0. */
static PetscErrorCode ReadMask(KarObservation obs, const KarGridInfo *info, Vec *mask)
{
  const KarReadOptions reading = {.fill = PETSC_TRUE, .value = NAN};
  KarDataset           data;
  KarDatasetInfo       file;
  KarGrid              grid;
  KarGridInfo          of;

  PetscFunctionBegin;
  PetscCall(KarDatasetOpenAs(obs->comm, obs->mask, &reading, &data));
  PetscCall(KarDatasetGetInfo(data, &file));
  KarCheck(obs->comm, file.samples == 1, PETSC_ERR_USER_INPUT,
           "the mask %s has %" PetscInt_FMT " samples: a mask is one field", obs->mask, file.samples);
  PetscCall(KarDatasetCreateGrid(data, obs->comm, NULL, &grid));
  PetscCall(KarGridGetInfo(grid, &of));
  KarCheck(obs->comm,
           of.dim == info->dim && of.n[0] == info->n[0] && of.n[1] == info->n[1] && of.n[2] == info->n[2] &&
             of.dof == 1,
           PETSC_ERR_USER_INPUT,
           "the mask %s is %" PetscInt_FMT " x %" PetscInt_FMT " x %" PetscInt_FMT ", the grid %" PetscInt_FMT
           " x %" PetscInt_FMT " x %" PetscInt_FMT ": it needs one number for each point",
           obs->mask, of.n[0], of.n[1], of.n[2], info->n[0], info->n[1], info->n[2]);
  PetscCall(KarGridCreateField(grid, mask));
  PetscCall(KarDatasetRead(data, NULL, 0, *mask));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(KarDatasetClose(&data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Points by mask, or every so many along each axis; every component of them; numbered as the grid is. */
static PetscErrorCode DealPoints(KarObservation obs, const KarGridInfo *info)
{
  const PetscInt     every = PetscMax(obs->every, 1);
  const PetscScalar *in    = NULL;
  Vec                mask  = NULL;
  PetscInt           first = 0, missing = 0;

  PetscFunctionBegin;
  if (obs->mask[0]) {
    PetscCall(ReadMask(obs, info, &mask));
    PetscCall(VecGetArrayRead(mask, &in));
  }
  PetscCall(PetscMalloc1(info->ln * info->plane, &obs->number));
  PetscCall(PetscMalloc1(info->ln * info->plane, &obs->index));
  for (PetscInt i = 0, at = 0; i < info->ln; i++)
    for (PetscInt j = 0; j < info->n[1]; j++)
      for (PetscInt k = 0; k < info->n[2]; k++, at++) {
        if (in && PetscIsNanReal(in[at])) missing++;
        if (in && (in[at] == 0 || PetscIsNanReal(in[at]))) continue;
        if ((info->start + i) % every || j % every || k % every) continue;
        for (PetscInt c = 0; c < info->dof; c++) obs->index[obs->local++] = at * info->dof + c;
      }
  if (in) PetscCall(VecRestoreArrayRead(mask, &in));
  PetscCall(VecDestroy(&mask));
  PetscCallMPI(MPI_Exscan(&obs->local, &first, 1, MPIU_INT, MPI_SUM, obs->comm));
  PetscCallMPI(MPI_Allreduce(&obs->local, &obs->m, 1, MPIU_INT, MPI_SUM, obs->comm));
  PetscCallMPI(MPI_Allreduce(&missing, &obs->missing, 1, MPIU_INT, MPI_SUM, obs->comm));
  for (PetscInt i = 0; i < obs->local; i++) obs->number[i] = first + i;
  KarCheck(obs->comm, obs->m, PETSC_ERR_USER_INPUT, "%s observes no point of the grid",
           obs->mask[0] ? obs->mask : "-obs_every");
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationDeal(KarObservation obs)
{
  const int   ways = (obs->place ? 1 : 0) + (obs->mask[0] ? 1 : 0) + (obs->every ? 1 : 0);
  KarGrid     grid;
  KarGridInfo info;

  PetscFunctionBegin;
  PetscCall(KarFFTGetGrid(obs->at, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  KarCheck(obs->comm, ways, PETSC_ERR_USER_INPUT,
           "nothing is observed: give -obs_data or -obs_points FILE.csv, -obs_mask FILE.h5 or -obs_every N");
  KarCheck(obs->comm, ways == 1, PETSC_ERR_USER_INPUT,
           "places are given twice: a file of places, -obs_mask and -obs_every exclude one another");
  if (obs->place) PetscCall(DealPlaces(obs, &info));
  else PetscCall(DealPoints(obs, &info));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationSum(KarObservation obs, Vec x, Vec y)
{
  const KarModes *m;
  PetscScalar    *out;
  PetscReal      *values;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(obs->at, &m));
  PetscCall(PetscMalloc1(obs->local * m->dof, &values));
  PetscCall(KarPointsEvaluate(obs->points, x, values));
  PetscCall(VecGetArrayWrite(y, &out));
  for (PetscInt i = 0; i < obs->local; i++)
    out[i] = values[i * m->dof + (obs->component ? obs->component[obs->number[i]] : 0)];
  PetscCall(VecRestoreArrayWrite(y, &out));
  PetscCall(PetscFree(values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationSumTranspose(KarObservation obs, Vec z, Vec x)
{
  const KarModes    *m;
  const PetscScalar *in;
  PetscReal         *values;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(obs->at, &m));
  PetscCall(PetscCalloc1(obs->local * m->dof, &values));
  PetscCall(VecGetArrayRead(z, &in));
  for (PetscInt i = 0; i < obs->local; i++)
    values[i * m->dof + (obs->component ? obs->component[obs->number[i]] : 0)] = in[i];
  PetscCall(VecRestoreArrayRead(z, &in));
  PetscCall(KarPointsTranspose(obs->points, values, x));
  PetscCall(PetscFree(values));
  PetscFunctionReturn(PETSC_SUCCESS);
}
