/* Data of one place that no field gives at once, whatever it is. */
#include <karhunen/impl/observe.h>

#include <math.h>
#include <stdlib.h>

#define FEW 64 /* of one place are compared with each other; of more each with the next so many */

typedef struct {
  PetscReal x[3], value, variance;
  PetscInt  component, i;
} Place;

static int Compare(const void *a, const void *b)
{
  const Place *p = a, *q = b;

  for (int k = 0; k < 3; k++)
    if (p->x[k] < q->x[k] || p->x[k] > q->x[k]) return p->x[k] < q->x[k] ? -1 : 1;
  return p->component < q->component ? -1 : p->component > q->component;
}

/* Of two data of one place, in standard deviations of what they may differ by. */
static PetscReal Apart(const KarObservation obs, const Place *a, const Place *b)
{
  PetscReal difference = PetscAbsReal(a->value - b->value), variance = a->variance + b->variance;

  if (obs->ops.period > 0) difference = PetscAbsReal(remainder(difference, obs->ops.period));
  if (obs->groups && obs->group[a->i] != obs->group[b->i])
    variance += ((obs->group[a->i] > 0) + (obs->group[b->i] > 0)) * PetscSqr(obs->offset);
  return difference / PetscSqrtReal(variance);
}

/* The data of this rank: those of one place are all of one rank. */
static PetscErrorCode CreatePlaces(KarObservation obs, Vec y, Place **place)
{
  const PetscScalar *value, *variance;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(obs->local, place));
  PetscCall(VecGetArrayRead(y, &value));
  PetscCall(VecGetArrayRead(obs->variance, &variance));
  for (PetscInt k = 0; k < obs->local; k++) {
    const PetscInt   i = obs->number[k];
    const PetscReal *x = obs->place + 3 * i;

    (*place)[k] = (Place){.x         = {x[0], x[1], x[2]},
                          .value     = value[k],
                          .variance  = variance[k],
                          .component = obs->component ? obs->component[i] : 0,
                          .i         = i};
  }
  PetscCall(VecRestoreArrayRead(obs->variance, &variance));
  PetscCall(VecRestoreArrayRead(y, &value));
  qsort(*place, (size_t)obs->local, sizeof(**place), Compare);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationGetContradiction(KarObservation obs, Vec y, PetscInt pair[2], PetscReal *apart)
{
  PetscReal most;
  Place    *place;
  int       rank, from;

  PetscFunctionBegin;
  PetscCall(KarObservationSetUp(obs));
  *apart = 0, pair[0] = pair[1] = 0;
  if (!obs->place || obs->line || obs->given != obs->m) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(CreatePlaces(obs, y, &place));
  for (PetscInt a = 0; a < obs->local; a++)
    for (PetscInt b = a + 1; b < PetscMin(a + FEW, obs->local) && !Compare(&place[a], &place[b]); b++) {
      const PetscReal now = Apart(obs, &place[a], &place[b]);

      if (now <= *apart) continue;
      *apart  = now;
      pair[0] = PetscMin(place[a].i, place[b].i), pair[1] = PetscMax(place[a].i, place[b].i);
    }
  PetscCall(PetscFree(place));
  PetscCallMPI(MPI_Comm_rank(obs->comm, &rank));
  PetscCallMPI(MPI_Allreduce(apart, &most, 1, MPIU_REAL, MPIU_MAX, obs->comm));
  from   = *apart < most ? PETSC_MPI_INT_MAX : rank; /* the first rank that has as much */
  *apart = most;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &from, 1, MPI_INT, MPI_MIN, obs->comm));
  PetscCallMPI(MPI_Bcast(pair, 2, MPIU_INT, from, obs->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}
