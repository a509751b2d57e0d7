/* Values at stations from a table, a row for each: columns x, y, z of the place, `sample` or `time`, and the value.
   The box is that of the places and a twentieth of it on each side, not periodic. */
#include "stationsimpl.h"

#include <math.h>

PetscErrorCode KarStationsNew(MPI_Comm comm, const char path[], KarStations *set)
{
  PetscFunctionBegin;
  PetscCall(PetscNew(set));
  PetscCallMPI(MPI_Comm_dup(comm, &(*set)->comm));
  PetscCallMPI(MPI_Comm_rank(comm, &(*set)->rank));
  PetscCall(PetscStrncpy((*set)->path, path, sizeof((*set)->path)));
  (*set)->file = (*set)->array = -1;
  kar_h5_start();
  PetscFunctionReturn(PETSC_SUCCESS);
}

enum { X, Y, Z, LON, SAMPLE, TIME, VALUE, NAMES };
#define MARGIN 0.05

/* Number of the place of row i among those before, or a new one. */
static PetscInt FindPlace(const KarTable *t, const KarBox *box, PetscInt row, PetscInt m, const PetscInt first[])
{
  for (PetscInt j = m - 1; j >= 0; j--) {
    PetscBool same = PETSC_TRUE;

    for (PetscInt c = 0; c < box->dim && same; c++) same = (PetscBool)(t->column[c][row] == t->column[c][first[j]]);
    if (same) return j;
  }
  return m;
}

static PetscInt FindSample(const PetscReal *name, PetscInt row, PetscInt n, const PetscInt first[])
{
  for (PetscInt j = n - 1; j >= 0; j--)
    if (name[row] == name[first[j]]) return j;
  return n;
}

/* Which columns there are. */
static PetscErrorCode CheckTable(MPI_Comm comm, const char path[], const char value[], const KarTable *t, KarBox *box)
{
  PetscFunctionBegin;
  KarCheck(comm, t->column[X] || !t->column[LON], PETSC_ERR_USER_INPUT,
           "%s has places in degrees (lon, lat): project them, and name the columns x, y", path);
  KarCheck(comm, t->column[X], PETSC_ERR_USER_INPUT, "%s has no column x of places", path);
  KarCheck(comm, t->column[SAMPLE] || t->column[TIME], PETSC_ERR_USER_INPUT,
           "%s has no column `sample` (or `time`): which rows were measured together?", path);
  KarCheck(comm, t->column[VALUE], PETSC_ERR_USER_INPUT, "%s has no column %s of values (-variable NAME)", path, value);
  box->dim   = !t->column[Y] ? 1 : !t->column[Z] ? 2 : 3;
  box->basis = KAR_BASIS_COSINE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetBox(MPI_Comm comm, const char path[], const KarTable *t, KarBox *box)
{
  PetscFunctionBegin;
  for (PetscInt a = 0; a < box->dim; a++) {
    const PetscReal *x   = t->column[box->dim - 1 - a];
    PetscReal        low = x[0], high = x[0];

    for (PetscInt i = 0; i < t->rows; i++) low = PetscMin(low, x[i]), high = PetscMax(high, x[i]);
    KarCheck(comm, high > low, PETSC_ERR_USER_INPUT, "%s: all places have the same %c: leave that column out", path,
             "xyz"[box->dim - 1 - a]);
    box->origin[a]    = low - MARGIN * (high - low);
    box->length[a]    = (1 + 2 * MARGIN) * (high - low);
    box->direction[a] = 1;
  }
  PetscCall(PetscStrncpy(box->units, "1", sizeof(box->units)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Places and samples in the order of the rows; every sample has a value at every place. */
static PetscErrorCode Fill(MPI_Comm comm, KarStations set, const KarTable *t)
{
  const PetscReal *name = t->column[SAMPLE] ? t->column[SAMPLE] : t->column[TIME];
  KarStationsInfo *s    = &set->info;
  PetscInt        *place, *sample, *firstplace, *firstsample;

  PetscFunctionBegin;
  PetscCall(PetscMalloc4(t->rows, &place, t->rows, &sample, t->rows, &firstplace, t->rows, &firstsample));
  for (PetscInt i = 0; i < t->rows; i++) {
    place[i]  = FindPlace(t, &s->box, i, s->m, firstplace);
    sample[i] = FindSample(name, i, s->samples, firstsample);
    if (place[i] == s->m) firstplace[s->m++] = i;
    if (sample[i] == s->samples) firstsample[s->samples++] = i;
  }
  PetscCall(PetscMalloc1(s->m * s->box.dim, &s->x));
  PetscCall(PetscMalloc1((size_t)s->m * (size_t)s->samples, &set->values));
  for (PetscInt j = 0; j < s->m; j++)
    for (PetscInt a = 0; a < s->box.dim; a++)
      s->x[j * s->box.dim + a] = t->column[s->box.dim - 1 - a][firstplace[j]] - s->box.origin[a];
  for (PetscInt k = 0; k < s->m * s->samples; k++) set->values[k] = NAN;
  for (PetscInt i = 0; i < t->rows; i++) {
    PetscReal *v = &set->values[sample[i] * s->m + place[i]];

    KarCheck(comm, isnan(*v), PETSC_ERR_USER_INPUT,
             "%s, line %" PetscInt_FMT ": a second value of sample %.0f at this place", set->path, t->line[i],
             (double)name[i]);
    *v = t->column[VALUE][i];
  }
  for (PetscInt k = 0; k < s->m * s->samples; k++)
    KarCheck(comm, !isnan(set->values[k]), PETSC_ERR_USER_INPUT,
             "%s: sample %.0f has no value at the place of line %" PetscInt_FMT ": each needs one at every place",
             set->path, (double)name[firstsample[k / s->m]], t->line[firstplace[k % s->m]]);
  PetscCall(PetscFree4(place, sample, firstplace, firstsample));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarStationsOpenTable(MPI_Comm comm, const char path[], const char variable[], KarStations *out)
{
  const char *const value = variable[0] ? variable : "value", *const names[NAMES] = {"x",      "y",    "z",  "lon",
                                                                                     "sample", "time", value};
  KarTable    t;
  KarStations set;

  PetscFunctionBegin;
  PetscCall(KarTableRead(comm, path, NAMES, names, &t));
  PetscCall(KarStationsNew(comm, path, &set));
  PetscCall(CheckTable(comm, path, value, &t, &set->info.box));
  PetscCall(SetBox(comm, path, &t, &set->info.box));
  PetscCall(Fill(comm, set, &t));
  set->info.components = 1;
  PetscCall(PetscStrncpy(set->info.variable, value, sizeof(set->info.variable)));
  PetscCall(PetscStrncpy(set->info.units, "1", sizeof(set->info.units)));
  PetscCall(
    PetscPrintf(comm, "%s: %" PetscInt_FMT " samples at %" PetscInt_FMT " places, box from %g to %g in x\n", path,
                set->info.samples, set->info.m, (double)set->info.box.origin[set->info.box.dim - 1],
                (double)(set->info.box.origin[set->info.box.dim - 1] + set->info.box.length[set->info.box.dim - 1])));
  PetscCall(KarTableDestroy(&t));
  *out = set;
  PetscFunctionReturn(PETSC_SUCCESS);
}
