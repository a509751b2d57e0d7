/* Data of one place that no field gives at once, whatever it is. */
#include <karhunen/impl/observe.h>

#include <math.h>
#include <stdlib.h>

#define FEW 64 /* of one place are compared with each other; of more each with the next so many */

typedef struct {
  PetscReal x[3];
  PetscInt  component, i;
} Place;

static int Compare(const void *a, const void *b)
{
  const Place *p = a, *q = b;

  for (int k = 0; k < 3; k++)
    if (p->x[k] < q->x[k] || p->x[k] > q->x[k]) return p->x[k] < q->x[k] ? -1 : 1;
  return p->component < q->component ? -1 : p->component > q->component;
}

/* Of data i and j at one place, in standard deviations of what they may differ by. */
static PetscReal Apart(const KarObservation obs, const PetscReal y[], const PetscReal r[], PetscInt i, PetscInt j)
{
  PetscReal difference = PetscAbsReal(y[i] - y[j]), variance = r[i] + r[j];

  if (obs->ops.period > 0) difference = PetscAbsReal(remainder(difference, obs->ops.period));
  if (obs->groups && obs->group[i] != obs->group[j])
    variance += ((obs->group[i] > 0) + (obs->group[j] > 0)) * PetscSqr(obs->offset);
  return difference / PetscSqrtReal(variance);
}

PetscErrorCode KarObservationGetContradiction(KarObservation obs, Vec y, PetscInt pair[2], PetscReal *apart)
{
  PetscReal *value, *variance;
  Place     *place;

  PetscFunctionBegin;
  PetscCall(KarObservationSetUp(obs));
  *apart = 0, pair[0] = pair[1] = 0;
  if (!obs->place || obs->line || obs->given != obs->m) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc3(obs->m, &place, obs->m, &value, obs->m, &variance));
  PetscCall(KarObservationGatherData(obs, y, value));
  PetscCall(KarObservationGatherData(obs, obs->variance, variance));
  for (PetscInt i = 0; i < obs->m; i++)
    place[i] = (Place){.x         = {obs->place[3 * i], obs->place[3 * i + 1], obs->place[3 * i + 2]},
                       .component = obs->component ? obs->component[i] : 0,
                       .i         = i};
  qsort(place, (size_t)obs->m, sizeof(*place), Compare);
  for (PetscInt a = 0; a < obs->m; a++)
    for (PetscInt b = a + 1; b < PetscMin(a + FEW, obs->m) && !Compare(&place[a], &place[b]); b++) {
      const PetscReal now = Apart(obs, value, variance, place[a].i, place[b].i);

      if (now <= *apart) continue;
      *apart  = now;
      pair[0] = PetscMin(place[a].i, place[b].i), pair[1] = PetscMax(place[a].i, place[b].i);
    }
  PetscCall(PetscFree3(place, value, variance));
  PetscFunctionReturn(PETSC_SUCCESS);
}
