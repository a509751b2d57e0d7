/* -train_observe FEWEST,MOST: fields are learnt given data at random points of the grid, fresh ones in each term of the
   loss: so many of them, evenly in the logarithm, and none in a box of random place and sides. One model for all. */
#include "trainimpl.h"

#define TRIES 64

PetscErrorCode KarTrainerObserveFromOptions(KarTrainer tr)
{
  KarTrainerOptions *o = &tr->options;

  PetscFunctionBegin;
  o->nobserve = 2, o->noise = 0.1;
  PetscCall(
    KarOptionsIntArray(tr->prefix, "train_observe",
                       "fewest and most data: learn fields given values at so many random points, for posterior "
                       "-posterior_type amortised",
                       1, 20000, &o->nobserve, o->observe));
  if (o->nobserve || KarOptionsHelping()) {
    PetscCall(KarOptionsReal(tr->prefix, "train_observe_noise", "standard deviation of the data's noise", PETSC_SMALL,
                             PETSC_MAX_REAL, &o->noise));
    PetscCall(KarOptionsReal(tr->prefix, "train_observe_hide",
                             "longest side of a random box without data, as a share of the field's", 0, 0.9, &o->hide));
  }
  if (o->nobserve == 1) o->observe[1] = o->observe[0];
  KarCheck(tr->comm, !o->nobserve || o->observe[0] <= o->observe[1], PETSC_ERR_USER_INPUT,
           "-train_observe %" PetscInt_FMT ",%" PetscInt_FMT ": the fewest data come first", o->observe[0],
           o->observe[1]);
  KarCheck(
    tr->comm, !o->nobserve || (!o->npoints && !o->octave && !o->condition[0]), PETSC_ERR_USER_INPUT,
    "-train_observe: fields given data have no -train_points, -train_octave or -train_condition; leave them out");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether x lies in the box that begins at corner[] and has sides[], of a box of length[] whose ends meet. */
static PetscBool Hidden(PetscInt dim, const PetscReal x[], const PetscReal corner[], const PetscReal sides[],
                        const PetscReal length[])
{
  for (PetscInt a = 0; a < dim; a++) {
    const PetscReal off = x[a] - corner[a];

    if (off - length[a] * PetscFloorReal(off / length[a]) >= sides[a]) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

/* A random point of the grid that is not hidden; after TRIES any. */
static void Place(const KarGridInfo *g, KarKey key, PetscInt i, const PetscReal corner[], const PetscReal sides[],
                  PetscReal x[])
{
  PetscReal u[2];

  for (PetscInt k = 0; k < TRIES; k++) {
    for (PetscInt a = 0; a < g->dim; a++) {
      kar_uniform_pair(key, i, a, 1 + k, u);
      x[a] = g->length[a] * PetscFloorReal(u[0] * (PetscReal)g->n[a]) / (PetscReal)g->n[a];
    }
    if (!Hidden(g->dim, x, corner, sides, g->length)) return;
  }
}

/* Places x[m][dim] and their components, the caller's to free. */
static PetscErrorCode Places(KarTrainer tr, const KarGridInfo *g, KarKey key, PetscInt *m, PetscReal **x,
                             PetscInt **component)
{
  const KarTrainerOptions *o = &tr->options;
  PetscReal                u[2], corner[3] = {0}, sides[3] = {0};

  PetscFunctionBegin;
  kar_uniform_pair(key, 0, 0, 0, u);
  *m = (PetscInt)((PetscReal)o->observe[0] *
                  PetscPowReal((PetscReal)(o->observe[1] + 1) / (PetscReal)o->observe[0], u[0]));
  *m = PetscMin(*m, o->observe[1]);
  for (PetscInt a = 0; a < g->dim; a++) {
    kar_uniform_pair(key, 1 + a, 0, 0, u);
    corner[a] = g->length[a] * u[0];
    sides[a]  = g->length[a] * o->hide * u[1];
  }
  PetscCall(PetscMalloc2(*m * g->dim, x, *m, component));
  for (PetscInt i = 0; i < *m; i++) {
    Place(g, key, i, corner, sides, *x + i * g->dim);
    kar_uniform_pair(key, i, 3, 1, u);
    (*component)[i] = PetscMin((PetscInt)(u[0] * (PetscReal)g->dof), g->dof - 1);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerObserve(KarTrainer tr, PetscInt slot, KarKey key)
{
  KarObservation obs;
  KarGrid        grid;
  KarGridInfo    g;
  PetscReal     *x;
  PetscInt       m, *component;
  Vec            y;

  PetscFunctionBegin;
  if (!tr->options.nobserve) PetscFunctionReturn(PETSC_SUCCESS);
  if (!tr->giver) PetscCall(KarGiverCreate(tr->denoiser, &tr->giver));
  PetscCall(KarFFTGetGrid(tr->fft, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  key.step += 1 << 22; /* other numbers than the noise of the term */
  PetscCall(Places(tr, &g, key, &m, &x, &component));
  PetscCall(KarObservationCreate(tr->fft, &obs));
  PetscCall(KarObservationSetPlaces(obs, m, x, component));
  PetscCall(KarObservationSetParameter(obs, "noise", tr->options.noise));
  PetscCall(KarObservationCreateData(obs, &y));
  PetscCall(KarObservationSample(obs, key, tr->x0[slot], y));
  PetscCall(KarGiverSet(tr->giver, slot, obs, y));
  PetscCall(VecDestroy(&y));
  PetscCall(KarObservationDestroy(&obs));
  PetscCall(PetscFree2(x, component));
  PetscFunctionReturn(PETSC_SUCCESS);
}
