/* Training of values at places: terms (Y_0, Y_t), Y_t = a Y_0 + s z, of fields at random places or of stations, in the
   whitened values of KarPencilCreateGiven(). There are -train_point_sets sets of places, of numbers that are uniform in
   their logarithm; a step takes one of them, and of a larger one fewer terms, so that steps have about as many values.
   Fields of a periodic box are moved by a random distance first: places are then anywhere. */
#include "trainimpl.h"

#define SMALLEST_NOISE 1e-3 /* s/a at the smallest time: where samplers end */
#define LEAST_KNOWN    0.05 /* share of the places of a set, where some are known */
#define MOST_KNOWN     0.6

typedef struct {
  PetscInt     m, given, terms; /* terms of a step here, at most */
  PetscInt    *which;           /* [m + given] station; NULL: places of fields */
  KarPlacedSet set;
  KarPoints    points; /* of fields */
} Set;

typedef struct {
  PetscInt    sets, current, room;
  Set        *set;
  PetscInt    dof;
  PetscReal  *values; /* [most][dof] */
  PetscReal **give;   /* [room][most][dof] */
  Vec        *y0, *yt;
  float      *all; /* [samples][stations][dof] */
} Places;

static PetscReal Uniform(KarTrainer tr, PetscInt64 sample, PetscInt step, PetscInt i, PetscInt j)
{
  PetscReal    u[2];
  const KarKey key = {.seed = tr->options.seed, .sample = sample, .step = step, .stream = KAR_STREAM_DATA};

  kar_uniform_pair(key, i, j / 2, 1, u);
  return u[j % 2];
}

/* Numbers of set j: about equal steps of the logarithm. */
static void Numbers(KarTrainer tr, PetscInt sets, PetscInt j, PetscInt most, Set *set)
{
  const KarTrainerOptions *o     = &tr->options;
  const PetscReal          ratio = (PetscReal)o->points[1] / (PetscReal)o->points[0];
  const PetscInt           all =
    PetscMin(most, (PetscInt)((PetscReal)o->points[0] *
                                PetscPowReal(ratio, sets > 1 ? (PetscReal)j / (PetscReal)(sets - 1) : 1) +
                              0.5));
  const PetscReal u = Uniform(tr, j, 3, 0, 0);
  /* as many as said, spread over all sizes */
  const PetscBool known = (PetscBool)((PetscInt)((PetscReal)(j + 1) * o->given) > (PetscInt)((PetscReal)j * o->given));

  set->given = known ? (PetscInt)((PetscReal)all * (LEAST_KNOWN + u * (MOST_KNOWN - LEAST_KNOWN))) : 0;
  set->given = PetscMin(PetscMax(set->given, known ? 1 : 0), all - 2);
  set->m     = all - set->given;
  set->terms = PetscMax(1, tr->room * o->points[0] / all);
}

/* The first `all` of a random order of the stations. */
static PetscErrorCode Choose(KarTrainer tr, PetscInt j, PetscInt all, PetscInt stations, Set *set)
{
  PetscInt *order;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(stations, &order));
  for (PetscInt i = 0; i < stations; i++) order[i] = i;
  for (PetscInt i = 0; i < all; i++) {
    const PetscInt k    = PetscMin(stations - 1, i + (PetscInt)(Uniform(tr, j, 4, i, 0) * (PetscReal)(stations - i))),
                   swap = order[i];

    order[i] = order[k];
    order[k] = swap;
  }
  PetscCall(PetscMalloc1(all, &set->which));
  PetscCall(PetscArraycpy(set->which, order, all));
  PetscCall(PetscFree(order));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MakeSet(KarTrainer tr, PetscInt sets, PetscInt j, const KarStationsInfo *s, Set *set)
{
  KarGrid     grid;
  KarGridInfo g;
  PetscReal  *x;
  PetscInt    all;

  PetscFunctionBegin;
  PetscCall(KarFFTGetGrid(tr->fft, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  Numbers(tr, sets, j, s ? s->m : PETSC_MAX_INT, set);
  all = set->m + set->given;
  PetscCall(PetscMalloc1(all * g.dim, &x));
  if (s) PetscCall(Choose(tr, j, all, s->m, set));
  for (PetscInt i = 0; i < all; i++)
    for (PetscInt a = 0; a < g.dim; a++)
      x[i * g.dim + a] = s ? s->x[set->which[i] * g.dim + a] : g.length[a] * Uniform(tr, j, 5, i, a);
  PetscCall(KarPlacedSetCreate(tr->placed, set->m, set->given, x, &set->set));
  if (!s) PetscCall(KarPointsCreate(tr->fft, all, x, &set->points));
  PetscCall(PetscFree(x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerMakeSets(KarTrainer tr)
{
  const KarTrainerOptions *o = &tr->options;
  const KarStationsInfo   *s = NULL;
  const KarModes          *modes;
  KarPlacedSays            says;
  Places                  *p;
  KarProgress              progress;

  PetscFunctionBegin;
  PetscCall(PetscNew(&p));
  tr->objective.context = p;
  if (tr->stations) PetscCall(KarStationsGetInfo(tr->stations, &s));
  PetscCall(KarFFTGetModes(tr->fft, &modes));
  p->sets    = o->sets;
  p->room    = tr->room;
  p->current = -1;
  p->dof     = modes->dof;
  PetscCall(PetscCalloc1(p->sets, &p->set));
  PetscCall(PetscCalloc3(p->room, &p->y0, p->room, &p->yt, p->room, &p->give));
  PetscCall(PetscMalloc1(o->points[1] * p->dof, &p->values));
  for (PetscInt i = 0; i < p->room; i++) PetscCall(PetscMalloc1(o->points[1] * p->dof, &p->give[i]));
  PetscCall(KarProgressCreate(tr->comm, "sets of places", p->sets, &progress));
  for (PetscInt j = 0; j < p->sets; j++) {
    PetscCall(MakeSet(tr, p->sets, j, s, &p->set[j]));
    PetscCall(KarProgressUpdate(progress, j + 1, NULL));
  }
  PetscCall(KarProgressDestroy(&progress));
  PetscCall(KarPlacedGetSays(tr->placed, &says));
  says.fewest = p->set[0].m + p->set[0].given;
  says.most   = p->set[p->sets - 1].m + p->set[p->sets - 1].given;
  PetscCall(KarPlacedSetSays(tr->placed, &says));
  if (s) {
    PetscReal *one;

    PetscCall(PetscMalloc1((size_t)s->samples * (size_t)(s->m * p->dof), &p->all));
    PetscCall(PetscMalloc1(s->m * p->dof, &one));
    for (PetscInt i = 0; i < s->samples; i++) {
      PetscCall(KarStationsRead(tr->stations, i, one));
      for (PetscInt k = 0; k < s->m * p->dof; k++) p->all[i * s->m * p->dof + k] = (float)one[k];
    }
    PetscCall(PetscFree(one));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarTrainer tr)
{
  Places *p = tr->objective.context;

  PetscFunctionBegin;
  if (!p) PetscFunctionReturn(PETSC_SUCCESS);
  for (PetscInt j = 0; j < p->sets; j++) {
    PetscCall(KarPlacedSetDestroy(&p->set[j].set));
    PetscCall(KarPointsDestroy(&p->set[j].points));
    PetscCall(PetscFree(p->set[j].which));
  }
  for (PetscInt i = 0; i < p->room; i++) {
    PetscCall(VecDestroy(&p->y0[i]));
    PetscCall(VecDestroy(&p->yt[i]));
    PetscCall(PetscFree(p->give[i]));
  }
  PetscCall(PetscFree(p->set));
  PetscCall(PetscFree3(p->y0, p->yt, p->give));
  PetscCall(PetscFree(p->values));
  PetscCall(PetscFree(p->all));
  PetscCall(PetscFree(p));
  tr->objective.context = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The model of fields: their spectrum on tr->fft. */
static PetscErrorCode Model(KarTrainer tr, PetscInt n, const PetscReal k[], const PetscReal lambda[],
                            const PetscReal mean[], const PetscInt coarse[])
{
  const PetscReal rounding = 1e-8; /* of the variance */
  PetscReal       trace;
  const KarModes *modes;
  KarCov          data;

  PetscFunctionBegin;
  (void)coarse;
  PetscCall(KarFFTGetModes(tr->fft, &modes));
  PetscCall(KarCovCreate(tr->fft, &data));
  PetscCall(KarCovSetSpectrum(data, n, k, lambda));
  PetscCall(KarCovSetUp(data));
  PetscCall(KarCovGetTrace(data, &trace));
  PetscCall(KarPlacedCreate(data, rounding * trace / (PetscReal)modes->dof, mean, &tr->placed));
  PetscCall(KarCovDestroy(&data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarTrainer tr)
{
  const KarTrainerOptions *o   = &tr->options;
  Places                  *p   = tr->objective.context;
  KarTimeLaw               law = {.kind = KAR_TIME_UNIFORM, .mean = o->mean, .std = o->std};
  KarSDE                   sde;

  PetscFunctionBegin;
  PetscCall(KarPlacedSetGet(p->set[0].set, NULL, &sde));
  PetscCall(KarSDEFindTime(sde, -2 * PetscLogReal(SMALLEST_NOISE), &law.low));
  PetscCall(KarSDEGetFinalTime(sde, &law.high));
  tr->law[0] = tr->law[1] = law;
  tr->law[0].kind         = (KarTimeKind)o->times;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerMoveField(KarTrainer tr, const PetscReal d[3], Vec x)
{
  const KarModes *m;
  KarGrid         grid;
  KarGridInfo     g;
  PetscScalar    *a;
  KarMode         mode;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(tr->fft, &m));
  if (m->basis == KAR_BASIS_COSINE || m->width != 2) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarFFTGetGrid(tr->fft, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  PetscCall(VecGetArray(x, &a));
  for (PetscInt i = 0; i < m->rows * m->length; i++) {
    PetscReal phase = 0, c, s;

    kar_mode(m, i / m->length, i % m->length, &mode);
    for (PetscInt e = 0; e < m->dim; e++) phase += mode.k[e] * d[e] * g.length[e];
    c = PetscCosReal(phase), s = PetscSinReal(phase);
    for (PetscInt q = 0; q < m->dof; q++) {
      PetscScalar    *z  = a + mode.offset + 2 * q;
      const PetscReal re = z[0], im = z[1];

      z[0] = c * re - s * im;
      z[1] = s * re + c * im;
    }
  }
  PetscCall(VecRestoreArray(x, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* values[m + given][dof] of field `index` at the set's places. */
static PetscErrorCode Values(KarTrainer tr, const Set *set, PetscInt64 number, PetscBool validation, PetscInt index,
                             const PetscReal w[], PetscInt i)
{
  Places        *p   = tr->objective.context;
  const PetscInt all = set->m + set->given;

  PetscFunctionBegin;
  if (tr->stations) {
    const KarStationsInfo *s;

    PetscCall(KarStationsGetInfo(tr->stations, &s));
    for (PetscInt k = 0; k < all; k++)
      for (PetscInt c = 0; c < p->dof; c++)
        p->values[k * p->dof + c] = p->all[(index * s->m + set->which[k]) * p->dof + c];
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarTrainerTurnField(tr, &tr->source, index, validation ? NULL : w, tr->xt[i], tr->x0[i]));
  if (!validation) {
    PetscReal d[3];

    for (PetscInt a = 0; a < 3; a++) d[a] = Uniform(tr, number, 6, 0, a);
    PetscCall(KarTrainerMoveField(tr, d, tr->x0[i]));
  }
  PetscCall(KarPointsEvaluate(set->points, tr->x0[i], p->values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Draw(KarTrainer tr, PetscInt64 number, PetscBool validation, PetscInt b, PetscInt batch,
                           PetscInt i)
{
  Places          *p    = tr->objective.context;
  const PetscInt64 step = (number - b) / batch;
  const PetscReal  pick = Uniform(tr, step, 7, validation, 0);
  const PetscInt   j    = validation ? (PetscInt)(step % p->sets) : (PetscInt)(pick * (PetscReal)p->sets);
  const Set       *set  = &p->set[PetscMin(j, p->sets - 1)];
  KarKey           key  = {.seed = tr->options.seed, .sample = number, .step = 1};
  PetscReal        u[2], w[2];
  KarPencil        pencil;
  KarSDE           sde;
  Vec              v;
  PetscScalar     *a;

  PetscFunctionBegin;
  key.stream = validation ? KAR_STREAM_TEST : KAR_STREAM_TRAIN;
  p->current = PetscMin(j, p->sets - 1);
  if (i >= set->terms) PetscFunctionReturn(PETSC_SUCCESS);
  kar_uniform_pair(key, 0, 0, 0, u);
  kar_uniform_pair(key, 1, 0, 0, w);
  PetscCall(Values(tr, set, number, validation, kar_trainer_pick(tr, &tr->source, number, validation, u[0]), w, i));
  PetscCall(KarPlacedSetGet(set->set, &pencil, &sde));
  PetscCall(PetscArraycpy(p->give[i], p->values + set->m * p->dof, set->given * p->dof));
  PetscCall(KarPlacedSetGive(set->set, p->give[i]));
  PetscCall(VecDestroy(&p->y0[i]));
  PetscCall(VecDestroy(&p->yt[i]));
  PetscCall(KarPencilCreateValues(pencil, &p->y0[i]));
  PetscCall(VecDuplicate(p->y0[i], &p->yt[i]));
  PetscCall(VecDuplicate(p->y0[i], &v));
  PetscCall(VecGetArrayWrite(v, &a));
  PetscCall(PetscArraycpy(a, p->values, set->m * p->dof));
  PetscCall(VecRestoreArrayWrite(v, &a));
  PetscCall(KarPlacedSetToCoordinates(set->set, v, p->y0[i]));
  PetscCall(VecDestroy(&v));
  PetscCall(KarTimeLawDraw(&tr->law[validation], sde, b, batch, u[1], &tr->t[i]));
  key.step = 0;
  PetscCall(KarSDEAddNoise(sde, tr->t[i], key, p->y0[i], p->yt[i], NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Of the terms that the set leaves out, the mean of the others stands for the loss. */
static PetscErrorCode Loss(KarTrainer tr, PetscBool validation, PetscReal factor, PetscInt n, PetscReal loss[])
{
  Places        *p    = tr->objective.context;
  const Set     *set  = &p->set[p->current];
  const PetscInt has  = PetscMin(n, set->terms);
  PetscReal      mean = 0;

  PetscFunctionBegin;
  (void)validation;
  PetscCall(KarPlacedLoss(set->set, factor * (PetscReal)n / (PetscReal)has, has, tr->t, p->yt, p->y0,
                          (const PetscReal *const *)p->give, loss));
  for (PetscInt i = 0; i < has; i++) mean += loss[i] / (PetscReal)has;
  for (PetscInt i = has; i < n; i++) loss[i] = mean;
  PetscFunctionReturn(PETSC_SUCCESS);
}

const KarObjectiveOps kar_places = {.model = Model, .setup = SetUp, .draw = Draw, .loss = Loss, .destroy = Destroy};
