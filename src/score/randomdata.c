/* Data of random kinds at random places, fresh ones for each field (karhunen/giver.h): so many of them, evenly in the
   logarithm, and none in a box of random place and sides. Every choice is a function of the key alone. */
#include <karhunen/giver.h>

#include <math.h>

#define TRIES 64
#define LEAST 3 /* points of a coarser grid along an axis: one of 2 has the mean alone */

static const char *const kinds[] = {KAROBSERVATIONPOINTS, "lattice", KAROBSERVATIONAVERAGE, "cells",
                                    KAROBSERVATIONCOARSE, NULL};
enum { POINTS, LATTICE, AVERAGE, CELLS, COARSE };

/* --- Options ----------------------------------------------------------- */
/* The list of -train_observe_type; all[]: which of the kinds it has. */
static PetscErrorCode KindsFromOptions(MPI_Comm comm, const char prefix[], KarRandomData *data, PetscBool all[])
{
  char   list[sizeof(data->names)];
  char **names;
  int    n;

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(list, kinds[POINTS], sizeof(list)));
  PetscCall(KarOptionsString(prefix, "train_observe_type",
                             "what data are, one of the list at random for each field: points lattice average "
                             "cells coarse; a kind that is named twice comes twice as often",
                             sizeof(list), list));
  PetscCall(PetscStrToArray(list, ',', &n, &names));
  KarCheck(comm, n > 0 && n <= KAR_DATA_KINDS, PETSC_ERR_USER_INPUT,
           "-train_observe_type %s: give 1 to %d of points lattice average cells coarse", list, KAR_DATA_KINDS);
  for (int i = 0; i < n; i++) {
    PetscInt k = 0;

    while (kinds[k] && strcmp(kinds[k], names[i])) k++;
    KarCheck(comm, kinds[k], PETSC_ERR_USER_INPUT,
             "-train_observe_type: no data are \"%s\": choose of points lattice average cells coarse", names[i]);
    data->kind[i] = k;
    all[k]        = PETSC_TRUE;
  }
  data->kinds = n;
  PetscCall(PetscStrToArrayDestroy(n, names));
  for (PetscInt k = 0; kinds[k]; k++)
    if (all[k])
      (void)snprintf(data->names + strlen(data->names), sizeof(data->names) - strlen(data->names), "%s%s",
                     data->names[0] ? "," : "", kinds[k]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One number, or the least and the largest. */
static PetscErrorCode RangeFromOptions(MPI_Comm comm, const char prefix[], const char name[], const char help[],
                                       PetscReal range[2])
{
  PetscInt n = 2;

  PetscFunctionBegin;
  PetscCall(KarOptionsRealArray(prefix, name, help, PETSC_SMALL, PETSC_MAX_REAL, &n, range));
  if (n == 1) range[1] = range[0];
  KarCheck(comm, range[0] <= range[1], PETSC_ERR_USER_INPUT, "-%s %g,%g: the least comes first", name, (double)range[0],
           (double)range[1]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarRandomDataFromOptions(MPI_Comm comm, const char prefix[], const char purpose[], KarRandomData *data)
{
  PetscInt  n = 2, counts[2] = {0, 0};
  PetscBool all[sizeof(kinds) / sizeof(*kinds)] = {PETSC_FALSE};
  char      help[256];

  PetscFunctionBegin;
  *data = (KarRandomData){.noise = {0.1, 0.1}};
  (void)snprintf(help, sizeof(help), "fewest and most data: %s", purpose);
  PetscCall(KarOptionsIntArray(prefix, "train_observe", help, 1, 20000, &n, counts));
  data->fewest = counts[0];
  data->most   = n == 1 ? counts[0] : counts[1];
  KarCheck(comm, data->fewest <= data->most, PETSC_ERR_USER_INPUT,
           "-train_observe %" PetscInt_FMT ",%" PetscInt_FMT ": the fewest data come first", data->fewest, data->most);
  if (!n && !KarOptionsHelping()) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KindsFromOptions(comm, prefix, data, all));
  PetscCall(RangeFromOptions(comm, prefix, "train_observe_noise",
                             "standard deviation of the data's noise; of two the least and the largest", data->noise));
  PetscCall(KarOptionsReal(prefix, "train_observe_hide",
                           "longest side of a random box without data, as a share of the field's", 0, 0.9,
                           &data->hide));
  PetscCall(KarOptionsReal(prefix, "train_observe_half",
                           "share of the fields whose data are all in one half of the box, by a random axis", 0, 1,
                           &data->half));
  if (all[AVERAGE] || KarOptionsHelping())
    PetscCall(RangeFromOptions(comm, prefix, "train_observe_width",
                               "with average: least and largest edge of the boxes, in the unit of the grid's lengths",
                               data->width));
  KarCheck(comm, !all[AVERAGE] || data->width[0] > 0, PETSC_ERR_USER_INPUT,
           "-train_observe_type average: means over which boxes? Give -train_observe_width, their least and largest "
           "edge");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- One draw ---------------------------------------------------------- */
typedef struct {
  PetscInt  kind, m; /* m: data, about */
  PetscReal noise, width;
  PetscReal corner[3], sides[3]; /* of the box that has none; as long as the field: no end along this axis */
} Draw;

/* low to high, evenly in the logarithm. */
static PetscReal Between(const PetscReal range[2], PetscReal u)
{
  return range[0] > 0 ? range[0] * PetscPowReal(range[1] / range[0], u) : 0;
}

static Draw Choose(const KarRandomData *o, const KarGridInfo *g, KarKey key)
{
  Draw      d = {0};
  PetscReal u[2], half[2];

  kar_uniform_pair(key, 0, 0, 0, u);
  d.m = (PetscInt)((PetscReal)o->fewest * PetscPowReal((PetscReal)(o->most + 1) / (PetscReal)o->fewest, u[0]));
  d.m = PetscMin(d.m, o->most);
  kar_uniform_pair(key, 0, 1, 0, u);
  d.kind  = o->kind[PetscMin((PetscInt)(u[0] * (PetscReal)o->kinds), o->kinds - 1)];
  d.noise = Between(o->noise, u[1]);
  kar_uniform_pair(key, 0, 2, 0, u);
  d.width = Between(o->width, u[0]);
  kar_uniform_pair(key, 1, 1, 0, half);
  for (PetscInt a = 0; a < g->dim; a++) {
    const PetscBool cut = (PetscBool)(a == PetscMin((PetscInt)(half[1] * (PetscReal)g->dim), g->dim - 1));

    kar_uniform_pair(key, 1 + a, 0, 0, u);
    d.corner[a] = g->length[a] * u[0];
    d.sides[a]  = g->length[a] * (half[0] >= o->half ? o->hide * u[1] : cut ? 0.5 : 1);
  }
  return d;
}

/* Whether x lies in the draw's box, of a field of length[] whose ends meet. */
static PetscBool Hidden(const Draw *d, PetscInt dim, const PetscReal x[], const PetscReal length[])
{
  for (PetscInt a = 0; a < dim; a++) {
    const PetscReal off = x[a] - d->corner[a];

    if (off - length[a] * PetscFloorReal(off / length[a]) >= d->sides[a]) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

static PetscReal Point(const KarGridInfo *g, PetscInt a, PetscInt i)
{
  return g->length[a] * ((PetscReal)i + (g->basis == KAR_BASIS_COSINE ? 0.5 : 0)) / (PetscReal)g->n[a];
}

/* A random point of the grid that is not hidden; after TRIES any. */
static void Place(const KarGridInfo *g, KarKey key, PetscInt i, const Draw *d, PetscReal x[])
{
  PetscReal u[2];

  for (PetscInt k = 0; k < TRIES; k++) {
    for (PetscInt a = 0; a < g->dim; a++) {
      kar_uniform_pair(key, i, a, 1 + k, u);
      x[a] = Point(g, a, (PetscInt)(u[0] * (PetscReal)g->n[a]));
    }
    if (!Hidden(d, g->dim, x, g->length)) return;
  }
}

/* Steps of the grid from one point of a lattice to the next, so that about m of them are not hidden. */
static PetscInt Spacing(const KarGridInfo *g, const Draw *d)
{
  PetscReal points = 1, share = 1;
  PetscInt  most = PETSC_MAX_INT;

  for (PetscInt a = 0; a < g->dim; a++) {
    points *= (PetscReal)g->n[a];
    share *= d->sides[a] / g->length[a];
    most = PetscMin(most, g->n[a]);
  }
  points *= 1 - share;
  return PetscMax(
    1, PetscMin(most, (PetscInt)ceil(PetscPowReal(points / (PetscReal)d->m, 1. / (PetscReal)g->dim) - 1e-9)));
}

/* Every so many points of the grid from a random one, those that are hidden left out, at least one. The caller frees
   x. */
static PetscErrorCode Lattice(const KarGridInfo *g, KarKey key, PetscInt spacing, Draw *d, PetscReal **x)
{
  PetscInt  first[3] = {0}, n[3] = {1, 1, 1}, m = 0;
  PetscReal u[2];

  PetscFunctionBegin;
  for (PetscInt a = 0; a < g->dim; a++) {
    kar_uniform_pair(key, 1 + a, 2, 0, u);
    first[a] = (PetscInt)(u[0] * (PetscReal)spacing);
    n[a]     = (g->n[a] - first[a] + spacing - 1) / spacing;
  }
  PetscCall(PetscMalloc1(n[0] * n[1] * n[2] * g->dim, x));
  for (PetscInt i = 0; i < n[0] * n[1] * n[2]; i++) {
    const PetscInt at[3] = {i / n[2] / n[1], i / n[2] % n[1], i % n[2]};
    PetscReal     *to    = *x + m * g->dim;

    for (PetscInt a = 0; a < g->dim; a++) to[a] = Point(g, a, first[a] + spacing * at[a]);
    if (!Hidden(d, g->dim, to, g->length)) m++;
  }
  d->m = PetscMax(m, 1);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Places of the draw's data, and their components, one at random for each place. */
static PetscErrorCode SetPlaces(KarObservation obs, const KarGridInfo *g, KarKey key, Draw *d)
{
  const PetscInt spacing = Spacing(g, d);
  PetscReal     *x, u[2];
  PetscInt      *component;

  PetscFunctionBegin;
  if (d->kind == LATTICE || d->kind == CELLS) PetscCall(Lattice(g, key, spacing, d, &x));
  else {
    PetscCall(PetscMalloc1(d->m * g->dim, &x));
    for (PetscInt i = 0; i < d->m; i++) Place(g, key, i, d, x + i * g->dim);
  }
  PetscCall(PetscMalloc1(d->m, &component));
  for (PetscInt i = 0; i < d->m; i++) {
    kar_uniform_pair(key, i, 3, 1, u);
    component[i] = PetscMin((PetscInt)(u[0] * (PetscReal)g->dof), g->dof - 1);
  }
  PetscCall(KarObservationSetPlaces(obs, d->m, x, component));
  for (PetscInt a = 0; a < g->dim && d->kind == CELLS; a++)
    d->width = PetscMax(d->width, (PetscReal)spacing * g->length[a] / (PetscReal)g->n[a]);
  PetscCall(PetscFree(x));
  PetscCall(PetscFree(component));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Points of a coarser grid of m data, along each axis. */
static void Coarser(const KarGridInfo *g, PetscInt m, PetscInt n[3])
{
  PetscReal points = (PetscReal)g->dof;

  for (PetscInt a = 0; a < g->dim; a++) points *= (PetscReal)g->n[a];
  for (PetscInt a = 0; a < 3; a++) {
    const PetscReal wish = (PetscReal)g->n[a] * PetscPowReal((PetscReal)m / points, 1. / (PetscReal)g->dim);

    n[a] = a < g->dim ? PetscMin(g->n[a], PetscMax(LEAST, (PetscInt)(wish + 1e-9))) : 1;
  }
}

PetscErrorCode KarRandomDataCheck(MPI_Comm comm, const KarRandomData *data, KarFFT fft)
{
  PetscBool   coarse = PETSC_FALSE;
  KarGrid     grid;
  KarGridInfo g;
  PetscInt    low[3], high[3];
  int         ranks;

  PetscFunctionBegin;
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  PetscCallMPI(MPI_Comm_size(g.comm, &ranks));
  for (PetscInt i = 0; i < data->kinds; i++) coarse = (PetscBool)(coarse || data->kind[i] == COARSE);
  Coarser(&g, data->fewest, low);
  Coarser(&g, data->most, high);
  for (PetscInt a = 0; a < PetscMin(g.dim, 2) && coarse; a++) /* the axes that ranks share, one at a time */
    for (PetscInt n = low[a]; n <= high[a]; n++)
      KarCheck(comm, (n + ranks - 1) / ranks * (ranks - 1) < n, PETSC_ERR_USER_INPUT,
               "-train_observe_type coarse: a grid of %" PetscInt_FMT " points along an axis cannot be dealt to the %d "
               "ranks of -train_group: give more data (-train_observe), or fewer ranks",
               n, ranks);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGiverObserve(KarGiver giver, PetscInt slot, const KarRandomData *data, KarKey key, Vec x0)
{
  KarObservation obs;
  KarGrid        grid;
  KarGridInfo    g;
  KarFFT         fft;
  PetscInt       n[3];
  Draw           d;
  Vec            y;

  PetscFunctionBegin;
  key.step += 1 << 22; /* other numbers than those of what is drawn with this key */
  PetscCall(KarGiverGetFFT(giver, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  d = Choose(data, &g, key);
  PetscCall(KarObservationCreate(fft, &obs));
  if (d.kind == COARSE) {
    Coarser(&g, d.m, n);
    PetscCall(KarObservationSetType(obs, KAROBSERVATIONCOARSE));
    PetscCall(KarObservationSetCoarse(obs, n));
  } else {
    if (d.kind == AVERAGE || d.kind == CELLS) PetscCall(KarObservationSetType(obs, KAROBSERVATIONAVERAGE));
    if (d.kind == CELLS) d.width = 0;
    PetscCall(SetPlaces(obs, &g, key, &d));
    PetscCall(KarObservationSetParameter(obs, "width", d.width));
  }
  PetscCall(KarObservationSetParameter(obs, "noise", d.noise));
  PetscCall(KarObservationCreateData(obs, &y));
  PetscCall(KarObservationSample(obs, key, x0, y));
  PetscCall(KarGiverSet(giver, slot, obs, y));
  PetscCall(VecDestroy(&y));
  PetscCall(KarObservationDestroy(&obs));
  PetscFunctionReturn(PETSC_SUCCESS);
}
