/* -condition: what a model is told of each draw, NAME=VALUE for a number and a file for maps and for numbers of each
   sample. Draw i is told sample i of the file, from the first again after the last. */
#include "cli.h"

#define MODELS 16

typedef struct {
  KarDataset  data; /* owned; NULL: a number of -condition */
  KarVariable v;
  PetscInt    samples;        /* in the file; 1: alike for all draws */
  PetscReal  *number;         /* [samples]; owned; NULL: a map */
  KarFFT      from;           /* of the file's grid; owned */
  KarResample pass;           /* to the model's grid; owned */
  Vec         field, read, x; /* as read, its coordinates, those of the model's grid */
} Source;

typedef struct {
  KarDenoiser denoiser; /* borrowed */
  PetscInt    n;
  Source     *source; /* [n] */
  PetscReal  *numbers;
  Vec        *maps;
} Model;

struct _p_Told {
  MPI_Comm       comm, one;
  char           text[PETSC_MAX_PATH_LEN], file[PETSC_MAX_PATH_LEN];
  int            n; /* items */
  char         **item;
  char           used[64]; /* of items */
  KarReadOptions reading;
  PetscInt       models;
  Model          model[MODELS];
};

PetscErrorCode ToldFromOptions(MPI_Comm comm, MPI_Comm one, Told *told)
{
  Told t;

  PetscFunctionBegin;
  PetscCall(PetscNew(&t));
  t->comm = comm, t->one = one;
  PetscCall(KarOptionsString(NULL, "condition",
                             "what the model is told: NAME=VALUE for a number, a file for maps and numbers of samples; "
                             "as in nu=0.002,maps.h5",
                             sizeof(t->text), t->text));
  PetscCall(KarReadOptionsRead("condition_", &t->reading));
  if (t->text[0]) PetscCall(PetscStrToArray(t->text, ',', &t->n, &t->item));
  KarCheck(comm, t->n <= (int)sizeof(t->used), PETSC_ERR_USER_INPUT, "-condition: %d things are too many", t->n);
  for (int i = 0; i < t->n; i++) {
    if (strchr(t->item[i], '=')) continue;
    KarCheck(comm, !t->file[0], PETSC_ERR_USER_INPUT,
             "-condition %s: %s and %s are two files; put the maps into one, numbers as NAME=VALUE", t->text, t->file,
             t->item[i]);
    PetscCall(PetscStrncpy(t->file, t->item[i], sizeof(t->file)));
    t->used[i] = 1;
  }
  *told = t;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Number NAME=VALUE among the items. */
static PetscErrorCode FindValue(Told t, const char name[], PetscReal *value, PetscBool *found)
{
  const size_t n = strlen(name);
  char        *end;

  PetscFunctionBegin;
  *found = PETSC_FALSE;
  for (int i = 0; i < t->n && !*found; i++) {
    if (strncmp(t->item[i], name, n) || t->item[i][n] != '=') continue;
    *value = strtod(t->item[i] + n + 1, &end);
    KarCheck(t->comm, t->item[i][n + 1] && !*end && !PetscIsInfOrNanReal(*value), PETSC_ERR_USER_INPUT,
             "-condition %s: a number is expected, as in %s=0.5", t->item[i], name);
    t->used[i] = 1;
    *found     = PETSC_TRUE;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Warn(Told t, const KarCondition *c, PetscReal low, PetscReal high)
{
  const PetscReal slack = 1e-6 * (c->high - c->low);
  char            range[64];

  PetscFunctionBegin;
  if (low >= c->low - slack && high <= c->high + slack) PetscFunctionReturn(PETSC_SUCCESS);
  if (high > low) (void)snprintf(range, sizeof(range), "%g to %g", (double)low, (double)high);
  else (void)snprintf(range, sizeof(range), "%g", (double)low);
  PetscCall(PetscFPrintf(t->comm, stderr,
                         "karhunen: warning: -condition %s is %s, the model was trained from %g to %g: what it says "
                         "beyond is a guess\n",
                         c->name, range, (double)c->low, (double)c->high));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode OpenNumber(Told t, const KarCondition *c, Source *s)
{
  KarReadOptions any = {.fill = PETSC_TRUE};
  KarDataset     data;
  KarDatasetInfo info;
  PetscReal      value = 0, low, high;
  PetscBool      found;

  PetscFunctionBegin;
  PetscCall(FindValue(t, c->name, &value, &found));
  s->samples = 1;
  if (found) {
    PetscCall(PetscMalloc1(1, &s->number));
    s->number[0] = value;
  } else {
    KarCheck(
      t->comm, t->file[0], PETSC_ERR_USER_INPUT,
      "the model is of fields given %s, a number from %g to %g%s%s%s: give -condition %s=VALUE, or a file with it",
      c->name, (double)c->low, (double)c->high, t->text[0] ? ", which -condition " : "", t->text,
      t->text[0] ? " does not say" : "", c->name);
    PetscCall(KarDatasetOpenAs(t->comm, t->file, &any, &data));
    PetscCall(KarDatasetGetInfo(data, &info));
    PetscCall(PetscMalloc1(info.samples, &s->number));
    PetscCall(KarDatasetReadNumbers(data, c->name, info.samples, s->number, &found));
    PetscCall(KarDatasetDestroy(&data));
    KarCheck(t->comm, found, PETSC_ERR_USER_INPUT, "%s has no numbers %s for its %" PetscInt_FMT " samples", t->file,
             c->name, info.samples);
    s->samples = info.samples;
  }
  low = high = s->number[0];
  for (PetscInt i = 0; i < s->samples; i++) low = PetscMin(low, s->number[i]), high = PetscMax(high, s->number[i]);
  PetscCall(Warn(t, c, low, high));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Boxes and components of the file and of the model's grid agree. */
static PetscErrorCode CheckMap(Told t, const KarCondition *c, const Source *s, const KarGridInfo *g)
{
  KarDatasetInfo info;

  PetscFunctionBegin;
  PetscCall(KarDatasetGetInfo(s->data, &info));
  KarCheck(
    t->comm, info.dim == g->dim && info.basis == g->basis && s->v.components == c->components, PETSC_ERR_USER_INPUT,
    "-condition %s: %s has %" PetscInt_FMT " dimensions and %" PetscInt_FMT
    " components, the model was told maps of %" PetscInt_FMT " and %" PetscInt_FMT ", with the same ends of the box",
    t->file, s->v.name, info.dim, s->v.components, g->dim, c->components);
  for (PetscInt a = 0; a < g->dim; a++)
    KarCheck(t->comm, PetscAbsReal(info.length[a] - g->length[a]) <= 1e-6 * g->length[a], PETSC_ERR_USER_INPUT,
             "-condition %s: its box is %g long along axis %" PetscInt_FMT ", the model's %g", t->file,
             (double)info.length[a], a, (double)g->length[a]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode OpenMap(Told t, Model *m, PetscInt i, const KarCondition *c, const char variable[], Source *s)
{
  KarReadOptions reading = t->reading;
  KarFFT         to;
  KarGrid        grid;
  KarGridInfo    g;
  PetscInt       v;

  PetscFunctionBegin;
  KarCheck(t->comm, t->file[0], PETSC_ERR_USER_INPUT, "the model is of fields given the map %s: give -condition FILE",
           variable);
  PetscCall(PetscStrncpy(reading.variable, variable, sizeof(reading.variable)));
  PetscCall(KarDatasetOpenAs(t->comm, t->file, &reading, &s->data));
  PetscCall(KarDatasetFindVariable(s->data, variable, &v));
  PetscCall(KarDatasetGetVariable(s->data, v, &s->v));
  s->samples = s->v.samples;
  PetscCall(KarDenoiserGetConditionFFT(m->denoiser, i, &to));
  PetscCall(KarFFTGetGrid(to, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  PetscCall(CheckMap(t, c, s, &g));
  PetscCall(KarDatasetCreateGrid(s->data, t->one, variable, &grid));
  PetscCall(KarFFTCreate(grid, &s->from));
  PetscCall(KarGridCreateField(grid, &s->field));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(KarResampleCreate(s->from, to, &s->pass));
  PetscCall(KarFFTCreateCoordinates(s->from, &s->read));
  PetscCall(KarFFTCreateCoordinates(to, &s->x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What a denoiser is told, opened. */
static PetscErrorCode Add(Told t, KarDenoiser denoiser)
{
  Model              *m = &t->model[t->models];
  const KarCondition *c;
  KarFieldLabel       label;
  PetscInt            n;
  PetscBool           given;

  PetscFunctionBegin;
  PetscCall(KarDenoiserGetConditions(denoiser, &n, &c));
  PetscCall(KarDenoiserIsGiven(denoiser, &given));
  if (!n || given) PetscFunctionReturn(PETSC_SUCCESS); /* data are told by who has them */
  KarCheck(t->comm, t->models < MODELS, PETSC_ERR_ARG_OUTOFRANGE, "a cascade of more than %d levels", MODELS);
  PetscCall(KarDenoiserGetLabel(denoiser, &label));
  t->models++;
  m->denoiser = denoiser;
  m->n        = n;
  PetscCall(PetscCalloc1(n, &m->source));
  PetscCall(PetscCalloc1(n, &m->numbers));
  PetscCall(PetscCalloc1(n, &m->maps));
  for (PetscInt i = 0; i < n; i++) {
    const char *name = strcmp(c[i].name, KAR_PREVIOUS) ? c[i].name : label.variable;

    if (c[i].components) PetscCall(OpenMap(t, m, i, &c[i], name, &m->source[i]));
    else PetscCall(OpenNumber(t, &c[i], &m->source[i]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What is given has been taken. */
static PetscErrorCode Check(Told t)
{
  PetscFunctionBegin;
  KarCheck(t->comm, !t->n || t->models, PETSC_ERR_USER_INPUT,
           "-condition %s: the law is told nothing; train a model with -train_condition", t->text);
  for (int i = 0; i < t->n; i++)
    KarCheck(t->comm, t->used[i], PETSC_ERR_USER_INPUT, "-condition %s: the model was not trained on such a number",
             t->item[i]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode ToldAddLevels(Told t, KarScore score, KarCascade cascade)
{
  KarDenoiser denoiser;
  PetscInt    levels = 1;

  PetscFunctionBegin;
  if (cascade) PetscCall(KarCascadeGetSize(cascade, &levels));
  for (PetscInt j = 0; j < levels; j++) {
    if (cascade) PetscCall(KarCascadeGetLevel(cascade, j, &score, NULL));
    PetscCall(KarScoreGetDenoiser(score, &denoiser));
    if (denoiser) PetscCall(Add(t, denoiser));
  }
  PetscCall(Check(t));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode TellModel(Told t, Model *m, PetscInt draw, Vec previous)
{
  const KarCondition *c;
  PetscInt            n, numbers = 0, maps = 0;

  PetscFunctionBegin;
  PetscCall(KarDenoiserGetConditions(m->denoiser, &n, &c));
  for (PetscInt i = 0; i < n; i++) {
    Source        *s      = &m->source[i];
    const PetscInt sample = draw % s->samples;

    if (s->number) {
      m->numbers[numbers++] = s->number[sample];
      continue;
    }
    if (previous && !strcmp(c[i].name, KAR_PREVIOUS)) {
      m->maps[maps++] = previous;
      continue;
    }
    PetscReal low, high;

    PetscCall(KarDatasetRead(s->data, s->v.name, sample, s->field));
    PetscCall(VecMin(s->field, NULL, &low));
    PetscCall(VecMax(s->field, NULL, &high));
    if (draw == 0) PetscCall(Warn(t, &c[i], low, high));
    PetscCall(KarFFTForward(s->from, s->field, s->read));
    PetscCall(KarResampleApply(s->pass, s->read, s->x));
    m->maps[maps++] = s->x;
  }
  PetscCall(KarDenoiserSetConditions(m->denoiser, 0, m->numbers, m->maps));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode ToldTell(Told t, PetscInt draw, Vec previous)
{
  PetscFunctionBegin;
  for (PetscInt i = 0; i < t->models; i++) PetscCall(TellModel(t, &t->model[i], draw, previous));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode ToldDestroy(Told *told)
{
  Told t = *told;

  PetscFunctionBegin;
  if (!t) PetscFunctionReturn(PETSC_SUCCESS);
  for (PetscInt i = 0; i < t->models; i++) {
    for (PetscInt j = 0; j < t->model[i].n; j++) {
      Source *s = &t->model[i].source[j];

      PetscCall(PetscFree(s->number));
      PetscCall(VecDestroy(&s->field));
      PetscCall(VecDestroy(&s->read));
      PetscCall(VecDestroy(&s->x));
      PetscCall(KarResampleDestroy(&s->pass));
      PetscCall(KarFFTDestroy(&s->from));
      PetscCall(KarDatasetDestroy(&s->data));
    }
    PetscCall(PetscFree(t->model[i].source));
    PetscCall(PetscFree(t->model[i].numbers));
    PetscCall(PetscFree(t->model[i].maps));
  }
  PetscCall(PetscStrToArrayDestroy(t->n, t->item));
  PetscCall(PetscFree(*told));
  PetscFunctionReturn(PETSC_SUCCESS);
}
