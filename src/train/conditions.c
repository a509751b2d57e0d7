/* -train_condition NAME,NAME: what the network is told of each field. NAME is a number a sample or a map, both of the
   data's file (KarDatasetReadNumbers(), else a variable), a variable of a law that is drawn from, or `previous`: the
   state before this one, where samples follow one another in time. A map is turned with its field. */
#include "trainimpl.h"
#include <karhunen/place.h>

struct _n_KarTrainerCondition {
  KarCondition     what;
  PetscReal       *number; /* [samples]; owned; NULL: a map */
  PetscBool        previous;
  KarDataset       data; /* of the map; owned; NULL: a law's */
  KarGenerator     law;  /* likewise */
  KarTrainerFields fields;
  Vec              work, x; /* coordinates of the map */
};

static PetscBool IsGiven(const KarTrainerOptions *o, const char name[])
{
  const size_t n = strlen(name);

  for (const char *at = strstr(o->condition, name); at; at = strstr(at + 1, name))
    if ((at == o->condition || at[-1] == ',') && (!at[n] || at[n] == ',')) return PETSC_TRUE;
  return PETSC_FALSE;
}

PetscErrorCode KarTrainerFindPaths(KarTrainer tr, KarGenerator law, const char variable[])
{
  KarDataset data;
  PetscInt   v;

  PetscFunctionBegin;
  tr->source.path = 1;
  if (!IsGiven(&tr->options, KAR_PREVIOUS)) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarGeneratorGetDataset(law, &data));
  if (data) {
    PetscCall(KarDatasetFindVariable(data, variable, &v));
    PetscCall(KarDatasetGetTimes(data, v, &tr->source.path));
  } else PetscCall(KarGeneratorGetTimes(law, &tr->source.path, NULL, NULL));
  KarCheck(
    tr->comm, tr->source.path > 1, PETSC_ERR_USER_INPUT,
    "-train_condition previous: the fields have no axis of time; give a file (path, time, y, x) or (time, y, x)");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Mean, deviation and range of n numbers. */
static void MeasureNumbers(PetscInt n, const PetscReal x[], KarCondition *what)
{
  PetscReal square = 0;

  what->low = what->high = x[0];
  for (PetscInt i = 0; i < n; i++) {
    what->low  = PetscMin(what->low, x[i]);
    what->high = PetscMax(what->high, x[i]);
    what->mean += x[i] / (PetscReal)n;
  }
  for (PetscInt i = 0; i < n; i++) square += PetscSqr(x[i] - what->mean) / (PetscReal)n;
  what->std = PetscSqrtReal(square);
}

static PetscErrorCode ReadNumbers(KarTrainer tr, KarDataset data, KarTrainerCondition *c, PetscBool *found)
{
  KarDatasetInfo info;
  int            rank;

  PetscFunctionBegin;
  *found = PETSC_FALSE;
  if (!data) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarDatasetGetInfo(data, &info));
  PetscCallMPI(MPI_Comm_rank(tr->slab, &rank));
  PetscCall(PetscMalloc1(info.samples, &c->number));
  PetscCall(KarDatasetReadNumbers(data, c->what.name, info.samples, c->number, found));
  if (!*found) {
    PetscCall(PetscFree(c->number));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  for (PetscInt i = 0; i < tr->samples && rank == 0; i++) kar_trainer_mark(tr, i, 1, &c->number[i]);
  MeasureNumbers(tr->samples - tr->held, c->number, &c->what);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The transform of the map on the training grid. */
static PetscErrorCode CreateTransform(KarTrainer tr, PetscInt components, KarFFT *fft)
{
  KarGrid     grid, own;
  KarGridInfo g;

  PetscFunctionBegin;
  PetscCall(KarFFTGetGrid(tr->fft, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  PetscCall(KarGridCreateLike(g.comm, grid, components, &own));
  PetscCall(KarFFTCreate(own, fft));
  PetscCall(KarGridDestroy(&own));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Mean and deviation of all values of the fields that are trained on, from KarTrainerMeasure(). */
static void TakeMeasures(const KarTrainerFields *f, KarCondition *what)
{
  what->low  = f->low;
  what->high = f->high;
  what->mean = f->mean;
  what->std  = PetscSqrtReal(PetscMax(0, f->square - f->mean * f->mean));
}

static PetscErrorCode OpenMap(KarTrainer tr, KarGenerator law, KarDataset data, KarTrainerCondition *c)
{
  const KarVariable *v;
  PetscInt           n, number, samples;
  KarCovEstimate     estimate;
  const char        *name = c->what.name;

  PetscFunctionBegin;
  KarCheck(tr->comm, tr->options.symmetry != KAR_SYMMETRY_PHASE, PETSC_ERR_USER_INPUT,
           "-train_condition %s: a map does not turn with a phase; leave out -train_symmetry phase", name);
  if (data) {
    PetscCall(KarDatasetReopen(data, tr->comm, name, &c->data));
    PetscCall(KarGeneratorCreate(tr->slab, &c->law));
    PetscCall(KarGeneratorSetDataset(c->law, c->data, name));
    law = c->law;
  }
  PetscCall(KarGeneratorFindVariable(law, data ? NULL : name, &number));
  PetscCall(KarGeneratorGetVariables(law, &n, &v));
  PetscCall(KarGeneratorGetSamples(law, &samples));
  KarCheck(tr->comm, !samples || samples == tr->samples, PETSC_ERR_USER_INPUT,
           "-train_condition %s: there are %" PetscInt_FMT " maps for %" PetscInt_FMT " fields: each needs its own",
           name, samples, tr->samples);
  c->what.components = v[number].components;
  c->fields.samples  = tr->samples;
  c->fields.held     = tr->held;
  PetscCall(CreateTransform(tr, c->what.components, &c->fields.to));
  PetscCall(KarTrainerOpenFields(tr, law, data ? NULL : name, &c->fields));
  PetscCall(KarTrainerMeasure(tr, &c->fields, NULL, &estimate));
  PetscCall(KarCovEstimateDestroy(&estimate));
  if (tr->symmetry) PetscCall(KarSymmetryCreate(c->fields.to, &c->fields.symmetry));
  TakeMeasures(&c->fields, &c->what);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* NAME:scalar or NAME:pseudoscalar: the kind of a map is taken off the name. */
static PetscErrorCode SplitKind(KarTrainer tr, KarTrainerCondition *c, char kind[16])
{
  char *colon = strchr(c->what.name, ':');

  PetscFunctionBegin;
  kind[0] = '\0';
  if (!colon) PetscFunctionReturn(PETSC_SUCCESS);
  *colon = '\0';
  PetscCall(PetscStrncpy(kind, colon + 1, 16));
  KarCheck(tr->comm, !strcmp(kind, "scalar") || !strcmp(kind, "pseudoscalar"), PETSC_ERR_USER_INPUT,
           "-train_condition %s:%s: a map is scalar, as heights are, or pseudoscalar, as a vorticity's force is",
           c->what.name, kind);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What a mirror does to a map beside pseudoscalar fields has to be said. */
static PetscErrorCode SetKind(KarTrainer tr, KarTrainerCondition *c, const char kind[])
{
  const PetscBool map = (PetscBool)(!c->number && !c->previous);

  PetscFunctionBegin;
  c->fields.even = (PetscBool)!strcmp(kind, "scalar");
  KarCheck(tr->comm, kind[0] || !map || tr->options.symmetry != KAR_SYMMETRY_PSEUDOSCALAR, PETSC_ERR_USER_INPUT,
           "-train_condition %s with -train_symmetry pseudoscalar: does a mirror change the map's sign? Say %s:scalar "
           "(no, as of heights) or %s:pseudoscalar",
           c->what.name, c->what.name, c->what.name);
  KarCheck(tr->comm, !kind[0] || map, PETSC_ERR_USER_INPUT, "-train_condition %s:%s: only a map has a kind",
           c->what.name, kind);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode OpenOne(KarTrainer tr, KarGenerator law, const char name[], KarTrainerCondition *c)
{
  char            kind[16];
  KarDataset      data;
  PetscBool       found;
  const KarModes *m;
  KarFFT          fft = tr->fft;

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(c->what.name, name, sizeof(c->what.name)));
  PetscCall(SplitKind(tr, c, kind));
  PetscCall(KarGeneratorGetDataset(law, &data));
  c->previous = (PetscBool)!strcmp(c->what.name, KAR_PREVIOUS);
  if (c->previous) {
    PetscCall(KarFFTGetModes(tr->fft, &m));
    c->what.components = m->dof;
    TakeMeasures(&tr->source, &c->what);
  } else {
    PetscCall(ReadNumbers(tr, data, c, &found));
    if (!found) PetscCall(OpenMap(tr, law, data, c));
    if (!found) fft = c->fields.to;
  }
  PetscCall(SetKind(tr, c, kind));
  KarCheck(tr->comm, c->what.std > 1e-12 * PetscAbsReal(c->what.mean) && c->what.std > 0, PETSC_ERR_USER_INPUT,
           "-train_condition %s: it is %g in all fields: there is nothing to learn from it", c->what.name,
           (double)c->what.mean);
  if (!c->number) PetscCall(KarFFTCreateCoordinates(fft, &c->x));
  if (!c->number) PetscCall(VecDuplicate(c->x, &c->work));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerOpenConditions(KarTrainer tr, KarGenerator law)
{
  int    n = 0;
  char **names;

  PetscFunctionBegin;
  if (!tr->options.condition[0]) PetscFunctionReturn(PETSC_SUCCESS);
  KarCheck(tr->comm, tr->objective.ops.draw == kar_denoising.draw, PETSC_ERR_SUP,
           "-train_condition: an objective of denoising is needed; -train_objective %s is none", tr->objective.name);
  PetscCall(PetscStrToArray(tr->options.condition, ',', &n, &names));
  PetscCall(PetscCalloc1(n, &tr->condition));
  for (int i = 0; i < n; i++) {
    tr->conditions++;
    PetscCall(OpenOne(tr, law, names[i], &tr->condition[i]));
  }
  PetscCall(PetscStrToArrayDestroy(n, names));
  PetscCall(PetscMalloc2(n, &tr->told, n, &tr->maps));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerAddConditions(KarTrainer tr)
{
  PetscFunctionBegin;
  if (tr->options.observe.most) {
    KarCheck(tr->comm, tr->objective.ops.draw == kar_denoising.draw, PETSC_ERR_SUP,
             "-train_observe: an objective of denoising is needed; -train_objective %s is none", tr->objective.name);
    PetscCall(KarRandomDataCheck(tr->comm, &tr->options.observe, tr->fft));
    PetscCall(KarGiverAddConditions(tr->denoiser));
    PetscCall(KarDenoiserSetObserved(tr->denoiser, tr->options.observe.names));
  }
  for (PetscInt i = 0; i < tr->conditions; i++)
    PetscCall(KarDenoiserAddCondition(tr->denoiser, &tr->condition[i].what));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscBool KarTrainerMapIsLike(KarTrainer tr, PetscInt i)
{
  const KarTrainerCondition *c = &tr->condition[i];
  const KarModes            *m;

  (void)KarFFTGetModes(tr->fft, &m);
  return (PetscBool)(!c->number && c->what.components == m->dof &&
                     !(c->fields.even && tr->options.symmetry == KAR_SYMMETRY_PSEUDOSCALAR));
}

PetscErrorCode KarTrainerGetMap(KarTrainer tr, PetscInt i, PetscInt field, PetscScalar x[])
{
  KarTrainerCondition *c = &tr->condition[i];

  PetscFunctionBegin;
  if (c->previous) PetscCall(KarTrainerGetField(tr, &tr->source, field - 1, x));
  else PetscCall(KarTrainerGetField(tr, &c->fields, field, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerTell(KarTrainer tr, PetscInt slot, PetscInt index, const PetscReal u[])
{
  PetscInt numbers = 0, maps = 0;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < tr->conditions; i++) {
    KarTrainerCondition *c = &tr->condition[i];

    if (c->number) {
      tr->told[numbers++] = c->number[index];
      continue;
    }
    if (c->previous) PetscCall(KarTrainerTurnField(tr, &tr->source, index - 1, u, c->work, c->x));
    else PetscCall(KarTrainerTurnField(tr, &c->fields, index, u, c->work, c->x));
    tr->maps[maps++] = c->x;
  }
  if (tr->conditions) PetscCall(KarDenoiserSetConditions(tr->denoiser, slot, tr->told, tr->maps));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerCloseConditions(KarTrainer tr)
{
  PetscFunctionBegin;
  for (PetscInt i = 0; i < tr->conditions; i++) {
    KarTrainerCondition *c = &tr->condition[i];

    PetscCall(KarTrainerCloseFields(&c->fields));
    PetscCall(KarFFTDestroy(&c->fields.to));
    PetscCall(KarSymmetryDestroy(&c->fields.symmetry));
    PetscCall(KarGeneratorDestroy(&c->law));
    PetscCall(KarDatasetDestroy(&c->data));
    PetscCall(VecDestroy(&c->work));
    PetscCall(VecDestroy(&c->x));
    PetscCall(PetscFree(c->number));
  }
  PetscCall(PetscFree(tr->condition));
  PetscCall(PetscFree2(tr->told, tr->maps));
  PetscFunctionReturn(PETSC_SUCCESS);
}
