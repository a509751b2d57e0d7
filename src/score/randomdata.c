/* Data at random points of the grid, fresh ones for each field: so many of them, evenly in the logarithm, and none in a
   box of random place and sides (karhunen/giver.h). */
#include <karhunen/giver.h>

#define TRIES 64

PetscErrorCode KarRandomDataFromOptions(MPI_Comm comm, const char prefix[], const char purpose[], KarRandomData *data)
{
  PetscInt n = 2, counts[2] = {0, 0};
  char     help[256];

  PetscFunctionBegin;
  *data = (KarRandomData){.noise = 0.1};
  (void)snprintf(help, sizeof(help), "fewest and most data: %s", purpose);
  PetscCall(KarOptionsIntArray(prefix, "train_observe", help, 1, 20000, &n, counts));
  if (n || KarOptionsHelping()) {
    PetscCall(KarOptionsReal(prefix, "train_observe_noise", "standard deviation of the data's noise", PETSC_SMALL,
                             PETSC_MAX_REAL, &data->noise));
    PetscCall(KarOptionsReal(prefix, "train_observe_hide",
                             "longest side of a random box without data, as a share of the field's", 0, 0.9,
                             &data->hide));
  }
  data->fewest = counts[0];
  data->most   = n == 1 ? counts[0] : counts[1];
  KarCheck(comm, data->fewest <= data->most, PETSC_ERR_USER_INPUT,
           "-train_observe %" PetscInt_FMT ",%" PetscInt_FMT ": the fewest data come first", data->fewest, data->most);
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
static PetscErrorCode Places(const KarRandomData *o, const KarGridInfo *g, KarKey key, PetscInt *m, PetscReal **x,
                             PetscInt **component)
{
  PetscReal u[2], corner[3] = {0}, sides[3] = {0};

  PetscFunctionBegin;
  kar_uniform_pair(key, 0, 0, 0, u);
  *m = (PetscInt)((PetscReal)o->fewest * PetscPowReal((PetscReal)(o->most + 1) / (PetscReal)o->fewest, u[0]));
  *m = PetscMin(*m, o->most);
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

PetscErrorCode KarGiverObserve(KarGiver giver, PetscInt slot, const KarRandomData *data, KarKey key, Vec x0)
{
  KarObservation obs;
  KarGrid        grid;
  KarGridInfo    g;
  KarFFT         fft;
  PetscReal     *x;
  PetscInt       m, *component;
  Vec            y;

  PetscFunctionBegin;
  key.step += 1 << 22; /* other numbers than those of what is drawn with this key */
  PetscCall(KarGiverGetFFT(giver, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  PetscCall(Places(data, &g, key, &m, &x, &component));
  PetscCall(KarObservationCreate(fft, &obs));
  PetscCall(KarObservationSetPlaces(obs, m, x, component));
  PetscCall(KarObservationSetParameter(obs, "noise", data->noise));
  PetscCall(KarObservationCreateData(obs, &y));
  PetscCall(KarObservationSample(obs, key, x0, y));
  PetscCall(KarGiverSet(giver, slot, obs, y));
  PetscCall(VecDestroy(&y));
  PetscCall(KarObservationDestroy(&obs));
  PetscCall(PetscFree2(x, component));
  PetscFunctionReturn(PETSC_SUCCESS);
}
