/* Conditions of a denoiser: what its network is told besides the noisy field. Numbers go to it beside the noise level,
   as (value - mean)/(8 std), so that the features of the embedding (src/nn/embed.c) are smooth in it; maps lie on its
   grid behind its other channels, as (value - mean)/std. */
#include "denoiserimpl.h"
#include <karhunen/place.h>

#define SMOOTH 8

PetscErrorCode KarDenoiserAddCondition(KarDenoiser d, const KarCondition *c)
{
  KarTold *told = &d->told;

  PetscFunctionBegin;
  KarCheck(d->training.comm, !d->ready && !d->file, PETSC_ERR_ORDER, "conditions are added before KarDenoiserSetUp()");
  KarCheck(d->training.comm, told->n < KAR_CONDITIONS, PETSC_ERR_ARG_OUTOFRANGE, "a model takes %d conditions at most",
           KAR_CONDITIONS);
  for (PetscInt i = 0; i < told->n; i++)
    KarCheck(d->training.comm, strcmp(told->all[i].name, c->name), PETSC_ERR_USER_INPUT,
             "the condition %s is there twice: name it once", c->name);
  told->all[told->n++] = *c;
  if (!strcmp(c->name, KAR_KRIGED)) told->kriged = told->n;
  if (c->components) told->maps++;
  else told->numbers++;
  told->channels += c->components;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserGetConditions(KarDenoiser d, PetscInt *n, const KarCondition *conditions[])
{
  PetscFunctionBegin;
  *n          = d->told.n;
  *conditions = d->told.all;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserGetConditionFFT(KarDenoiser d, PetscInt condition, KarFFT *fft)
{
  PetscFunctionBegin;
  KarDenoiserCheckReady(d, "KarDenoiserGetConditionFFT");
  *fft = d->told.fft[condition];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The transform of fields of so many components on the grid of `like`, which may be `like` itself. */
static PetscErrorCode CreateLike(KarFFT like, PetscInt components, KarFFT *fft)
{
  KarGrid     grid, own;
  KarGridInfo g;

  PetscFunctionBegin;
  PetscCall(KarFFTGetGrid(like, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  if (g.dof == components) {
    PetscCall(KarFFTReference(like));
    *fft = like;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarGridCreateLike(g.comm, grid, components, &own));
  PetscCall(KarFFTCreate(own, fft));
  PetscCall(KarGridDestroy(&own));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserSetUpConditions_Private(KarDenoiser d)
{
  KarTold *told = &d->told;

  PetscFunctionBegin;
  d->conditions += told->channels;
  PetscCall(KarNetSetScalars(d->network, 1 + told->numbers));
  for (PetscInt i = 0; i < told->n; i++) {
    const PetscInt components = told->all[i].components;

    if (!components) continue;
    PetscCall(CreateLike(d->fft, components, &told->fft[i]));
    PetscCall(CreateLike(d->net_fft, components, &told->net[i]));
    if (d->net_fft == d->fft) continue;
    PetscCall(KarResampleCreate(told->fft[i], told->net[i], &told->up[i]));
    PetscCall(KarFFTCreateCoordinates(told->net[i], &told->work[i]));
  }
  PetscCall(KarDenoiserSetUpRegression_Private(d));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MakeSlots(KarDenoiser d, PetscInt slots)
{
  KarTold     *told  = &d->told;
  const size_t block = (size_t)(d->points * told->channels);
  char        *given;
  PetscReal   *number;
  float       *map;

  PetscFunctionBegin;
  if (slots <= told->slots) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscCalloc1(slots, &given));
  PetscCall(PetscMalloc1(slots * PetscMax(1, told->numbers), &number));
  PetscCall(PetscMalloc1((size_t)slots * block + 1, &map));
  PetscCall(PetscArraycpy(given, told->given, told->slots));
  PetscCall(PetscArraycpy(number, told->number, told->slots * told->numbers));
  PetscCall(PetscArraycpy(map, told->map, (size_t)told->slots * block));
  PetscCall(PetscFree(told->given));
  PetscCall(PetscFree(told->number));
  PetscCall(PetscFree(told->map));
  told->given = given, told->number = number, told->map = map, told->slots = slots;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Map i as channels from `to` on. */
static PetscErrorCode PutMap(KarDenoiser d, PetscInt i, Vec x, float to[])
{
  const KarTold      *told = &d->told;
  const KarCondition *c    = &told->all[i];
  const Vec           net  = told->up[i] ? told->work[i] : x;
  const PetscScalar  *a;

  PetscFunctionBegin;
  if (told->up[i]) PetscCall(KarResampleApply(told->up[i], x, net));
  PetscCall(VecGetArrayRead(net, &a));
  PetscCall(KarFFTInverseFloat(told->net[i], a, told->channels, to));
  PetscCall(VecRestoreArrayRead(net, &a));
  for (PetscInt p = 0; p < d->points; p++)
    for (PetscInt j = 0; j < c->components; j++) {
      float *v = &to[p * told->channels + j];

      *v = (float)(((PetscReal)*v - c->mean) / c->std);
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserPutMap_Private(KarDenoiser d, PetscInt condition, PetscInt slot, Vec x)
{
  PetscInt channel = 0;

  PetscFunctionBegin;
  PetscCall(MakeSlots(d, slot + 1));
  for (PetscInt i = 0; i < condition; i++) channel += d->told.all[i].components;
  PetscCall(PutMap(d, condition, x, d->told.map + slot * d->points * d->told.channels + channel));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserSetConditions(KarDenoiser d, PetscInt slot, const PetscReal numbers[], const Vec maps[])
{
  KarTold *told   = &d->told;
  PetscInt number = 0, map = 0;

  PetscFunctionBegin;
  KarDenoiserCheckReady(d, "KarDenoiserSetConditions");
  if (!told->n) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(MakeSlots(d, slot + 1));
  PetscCall(KarDenoiserForget_Private(d, slot));
  for (PetscInt i = 0; i < told->n; i++) {
    const KarCondition *c = &told->all[i];

    if (!c->components) {
      told->number[slot * told->numbers + number] = (numbers[number] - c->mean) / (SMOOTH * c->std);
      number++;
      continue;
    }
    if (i == told->kriged - 1) continue;
    PetscCall(KarDenoiserFollow_Private(d, slot, i, maps[map]));
    PetscCall(KarDenoiserPutMap_Private(d, i, slot, maps[map++]));
  }
  PetscCall(KarDenoiserExpect_Private(d, slot));
  told->given[slot] = 1;
  d->kept.x         = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserFillConditions_Private(KarDenoiser d, PetscInt b)
{
  const KarTold *told = &d->told;
  const PetscInt all  = d->channels + d->conditions;
  float         *to   = d->x + (b * d->points + 1) * all - told->channels;
  const float   *map;
  char           names[512] = "";

  PetscFunctionBegin;
  if (!told->n) PetscFunctionReturn(PETSC_SUCCESS);
  for (PetscInt i = 0; i < told->n; i++)
    (void)snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s", i ? ", " : "", told->all[i].name);
  KarCheck(d->training.comm, b < told->slots && told->given[b], PETSC_ERR_USER_INPUT,
           "the model is of fields given %s: say which, -condition NAME=VALUE for a number, -condition FILE for what a "
           "file has",
           names);
  for (PetscInt i = 0; i < told->numbers; i++)
    d->times[b * (1 + told->numbers) + 1 + i] = told->number[b * told->numbers + i];
  map = told->map + b * d->points * told->channels;
  for (PetscInt p = 0; p < d->points; p++)
    for (PetscInt j = 0; j < told->channels; j++) to[p * all + j] = map[p * told->channels + j];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- In a model file --------------------------------------------------------------------------------------------- */
#define NUMBERS 4 /* mean, std, low, high */

PetscErrorCode KarDenoiserSaveConditions_Private(KarDenoiser d, KarCheckpoint file)
{
  const PetscInt size = NUMBERS;

  PetscFunctionBegin;
  if (!d->told.n) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarCheckpointPutInt(file, "conditions/number", d->told.n));
  for (PetscInt i = 0; i < d->told.n; i++) {
    const KarCondition *c = &d->told.all[i];
    char                name[64];

    (void)snprintf(name, sizeof(name), "conditions/name_%d", (int)i);
    PetscCall(KarCheckpointPutString(file, name, c->name));
    (void)snprintf(name, sizeof(name), "conditions/components_%d", (int)i);
    PetscCall(KarCheckpointPutInt(file, name, c->components));
    (void)snprintf(name, sizeof(name), "conditions/mean_std_low_high_%d", (int)i);
    PetscCall(KarCheckpointPutReals(file, name, 1, &size, (PetscReal[]){c->mean, c->std, c->low, c->high}));
  }
  if (d->told.observed[0]) PetscCall(KarCheckpointPutString(file, "conditions/observed_kinds", d->told.observed));
  PetscCall(KarDenoiserSaveRegression_Private(d, file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserLoadConditions_Private(KarDenoiser d, KarCheckpoint file)
{
  PetscInt64 n;
  PetscBool  has;

  PetscFunctionBegin;
  PetscCall(KarCheckpointHas(file, "conditions/number", &has));
  if (!has) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarCheckpointGetInt(file, "conditions/number", &n));
  for (PetscInt i = 0; i < (PetscInt)n; i++) {
    KarCondition c;
    PetscReal    value[NUMBERS];
    PetscInt64   components;
    char         name[64];

    (void)snprintf(name, sizeof(name), "conditions/name_%d", (int)i);
    PetscCall(KarCheckpointGetString(file, name, sizeof(c.name), c.name));
    (void)snprintf(name, sizeof(name), "conditions/components_%d", (int)i);
    PetscCall(KarCheckpointGetInt(file, name, &components));
    (void)snprintf(name, sizeof(name), "conditions/mean_std_low_high_%d", (int)i);
    PetscCall(KarCheckpointGetReals(file, name, NUMBERS, value));
    c.components = (PetscInt)components;
    c.mean = value[0], c.std = value[1], c.low = value[2], c.high = value[3];
    PetscCall(KarDenoiserAddCondition(d, &c));
  }
  PetscCall(KarCheckpointHas(file, "conditions/observed_kinds", &has));
  if (has)
    PetscCall(KarCheckpointGetString(file, "conditions/observed_kinds", sizeof(d->told.observed), d->told.observed));
  PetscCall(KarDenoiserLoadRegression_Private(d, file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserViewConditions_Private(KarDenoiser d, PetscViewer viewer)
{
  PetscFunctionBegin;
  for (PetscInt i = 0; i < d->told.n; i++) {
    const KarCondition *c = &d->told.all[i];

    PetscCall(PetscViewerASCIIPrintf(viewer, "given %s, a %s; trained from %g to %g\n", c->name,
                                     c->components ? "map" : "number", (double)c->low, (double)c->high));
    PetscCall(KarDenoiserViewRegression_Private(d, i, viewer));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserDestroyConditions_Private(KarDenoiser d)
{
  KarTold *told = &d->told;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < told->n; i++) {
    PetscCall(VecDestroy(&told->work[i]));
    PetscCall(KarResampleDestroy(&told->up[i]));
    PetscCall(KarFFTDestroy(&told->fft[i]));
    PetscCall(KarFFTDestroy(&told->net[i]));
  }
  PetscCall(KarDenoiserDestroyRegression_Private(d));
  for (PetscInt i = 0; i < told->means; i++) PetscCall(VecDestroy(&told->mean[i]));
  PetscCall(PetscFree(told->mean));
  PetscCall(PetscFree(told->given));
  PetscCall(PetscFree(told->number));
  PetscCall(PetscFree(told->map));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Draw by draw ------------------------------------------------------------------------------------------------ */
PetscErrorCode KarDenoiserSetTeller(KarDenoiser d, KarTellFn *tell, void *context)
{
  PetscFunctionBegin;
  d->told.tell   = tell;
  d->told.teller = context;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserTell(KarDenoiser d, PetscInt draw)
{
  PetscFunctionBegin;
  if (d->told.tell) PetscCall(d->told.tell(d->told.teller, draw));
  PetscFunctionReturn(PETSC_SUCCESS);
}
