/* Files of data: CSV with a header. Columns x, y, z (as many as the box has axes), component, value, noise, group; #
   begins a remark; value [m]: its unit. Places are coordinates, as the axes of a file of fields have them: what lies in
   memory is the distance from where the box begins. */
#include <karhunen/impl/observe.h>
#include <karhunen/place.h>

#include <ctype.h>
#include <math.h>

enum {
  X,
  COMPONENT = 3,
  VALUE,
  NOISE,
  X2, /* the end of a line */
  GROUP = X2 + 3,
  COLUMNS
};
static const char *const names[COLUMNS] = {"x", "y", "z", "component", "value", "noise", "x2", "y2", "z2", "group"};

/* At the head of what KarObservationWrite() writes, and the type, and " value [m]" where the unit is known. */
#define REMARK "# karhunen observe: "

typedef struct {
  PetscInt   n, capacity, columns, column[16]; /* which is which; -1: unknown */
  PetscBool  has[COLUMNS];
  PetscReal *row; /* [n][COLUMNS] */
  char       made[32], units[64];
} Table;

static char *Trim(char *text)
{
  char *end;

  while (isspace((unsigned char)*text)) text++;
  end = text + strlen(text);
  while (end > text && isspace((unsigned char)end[-1])) *--end = 0;
  return text;
}

/* The next cell of a line, which may be empty; NULL: there is none. */
static char *Cell(char **rest)
{
  char *cell = *rest, *comma = cell ? strchr(cell, ',') : NULL;

  if (comma) *comma = 0;
  *rest = comma ? comma + 1 : NULL;
  return cell ? Trim(cell) : NULL;
}

/* value [m]: takes the unit off the name. */
static void Units(Table *t, char *word)
{
  char *open = strchr(word, '['), *close = open ? strrchr(open, ']') : NULL;

  if (strncmp(word, names[VALUE], strlen(names[VALUE])) || !close || close[1]) return;
  *open = *close = 0;
  (void)snprintf(t->units, sizeof(t->units), "%s", Trim(open + 1));
  (void)Trim(word);
}

static void Header(Table *t, char *line, size_t size, char why[])
{
  for (char *word = Cell(&line); word && !why[0]; word = Cell(&line)) {
    PetscInt which = -1;

    Units(t, word);
    for (PetscInt i = 0; i < COLUMNS; i++)
      if (!strcmp(word, names[i])) which = i;
    if (which < 0 || t->has[which] || t->columns == 16)
      (void)snprintf(why, size,
                     "column \"%s\" of the header: the columns are x, y, z, component, value, noise, group, and x2, "
                     "y2, z2 of lines, each once",
                     word);
    else t->has[which] = PETSC_TRUE, t->column[t->columns++] = which;
  }
}

static PetscErrorCode Row(Table *t, char *line, int number, size_t size, char why[])
{
  PetscInt c = 0;

  PetscFunctionBegin;
  if (t->n == t->capacity) {
    t->capacity = 2 * t->capacity + 64;
    PetscCall(PetscRealloc((size_t)(t->capacity * COLUMNS) * sizeof(PetscReal), &t->row));
  }
  for (char *word = Cell(&line); word; word = Cell(&line), c++) {
    char           *end;
    const PetscReal value = strtod(word, &end);
    PetscBool       any, finite;

    if (c >= t->columns) continue;
    t->row[t->n * COLUMNS + t->column[c]] = value;
    finite                                = (PetscBool)(*word && !*Trim(end) && isfinite(value));
    any                                   = (PetscBool)(t->column[c] != COMPONENT && t->column[c] != GROUP);
    if (!finite || (!any && (value != floor(value) || fabs(value) > 1e9))) {
      (void)snprintf(why, size, "datum %" PetscInt_FMT " (line %d): %s is \"%s\", not a %s number", t->n, number,
                     names[t->column[c]], word, finite ? "whole" : "finite");
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  }
  if (c != t->columns)
    (void)snprintf(why, size,
                   "datum %" PetscInt_FMT " (line %d) does not have the %" PetscInt_FMT
                   " numbers of the header, but %" PetscInt_FMT " cells",
                   t->n, number, t->columns, c);
  t->n++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ReadTable(const char path[], Table *t, size_t size, char why[])
{
  char  line[4096];
  int   number = 0;
  FILE *file   = fopen(path, "r");

  PetscFunctionBegin;
  if (!file) (void)snprintf(why, size, "cannot be read: check the name");
  while (!why[0] && fgets(line, sizeof(line), file)) {
    const size_t length = strlen(line);
    char        *text;

    text = Trim(!number && !strncmp(line, "\xEF\xBB\xBF", 3) ? line + 3 : line); /* a mark of UTF-8 */
    number++;
    if (length == sizeof(line) - 1) {
      (void)snprintf(why, size, "line %d has more than %d characters", number, (int)sizeof(line) - 2);
      break;
    }
    if (!t->columns) (void)sscanf(text, REMARK "%31s value [%63[^]]", t->made, t->units);
    if (!*text || *text == '#') continue;
    if (!t->columns) Header(t, text, size, why);
    else PetscCall(Row(t, text, number, size, why));
  }
  if (!why[0] && !t->n)
    (void)snprintf(why, size, "no datum: a header, as in x,y,value, and a line for each are needed");
  if (file) fclose(file);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Copies the columns [from, to) of t, `stride` numbers a row, to every rank. */
static PetscErrorCode Share(KarObservation obs, const Table *t, int from, int to, PetscInt stride, PetscReal **values)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(*values));
  PetscCall(PetscCalloc1(stride * t->n, values));
  for (PetscInt i = 0; t->row && i < t->n; i++)
    for (int c = from; c < to; c++) (*values)[stride * i + c - from] = t->row[i * COLUMNS + c];
  PetscCallMPI(MPI_Bcast(*values, (PetscMPIInt)(stride * t->n), MPIU_REAL, 0, obs->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The same of a column of whole numbers. */
static PetscErrorCode ShareWhole(KarObservation obs, const Table *t, int column, PetscInt **whole)
{
  PetscReal *values = NULL;

  PetscFunctionBegin;
  PetscCall(Share(obs, t, column, column + 1, 1, &values));
  PetscCall(PetscFree(*whole));
  PetscCall(PetscMalloc1(t->n, whole));
  for (PetscInt i = 0; i < t->n; i++) (*whole)[i] = (PetscInt)values[i];
  PetscCall(PetscFree(values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationToBox(KarObservation obs, const char path[], const char *const name[], PetscInt n,
                                   PetscReal places[])
{
  KarGrid      grid;
  KarGridInfo  g;
  KarGridPlace place;

  PetscFunctionBegin;
  PetscCall(KarFFTGetGrid(obs->fft, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  PetscCall(KarGridGetPlace(grid, &place));
  for (PetscInt i = 0; i < n; i++) {
    PetscReal *x = places + 3 * i, at[3] = {0, 0, 0};

    for (PetscInt a = 0; a < g.dim; a++) {
      const PetscInt  c  = g.dim - 1 - a;
      const PetscReal in = kar_grid_distance(&place, a, x[c]), slack = 1e-9 * g.length[a],
                      ends[2] = {place.origin[a], kar_grid_coordinate(&place, a, g.length[a])};

      KarCheck(obs->comm, !name || (in >= -slack && in <= g.length[a] + slack), PETSC_ERR_USER_INPUT,
               "%s, datum %" PetscInt_FMT ": %s is %g, outside the box, whose axis %s reaches from %g to %g", path, i,
               name[c], (double)x[c], name[c], (double)PetscMin(ends[0], ends[1]), (double)PetscMax(ends[0], ends[1]));
      at[a] = name ? PetscMin(PetscMax(in, 0), g.length[a]) : in;
    }
    memcpy(x, at, sizeof(at));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* x to x2: the middle and the difference. */
static PetscErrorCode ShareLines(KarObservation obs, const Table *t, const char path[])
{
  const KarModes *m;
  PetscReal      *to;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(obs->fft, &m));
  for (int a = 0; a < 3; a++)
    KarCheck(obs->comm, t->has[X2 + a] == (PetscBool)(a < m->dim) && t->has[X], PETSC_ERR_USER_INPUT,
             "%s: lines in a box of %" PetscInt_FMT " axes have as many of the columns x2, y2, z2", path, m->dim);
  PetscCall(Share(obs, t, X2, X2 + 3, 3, &to));
  PetscCall(KarObservationToBox(obs, path, NULL, t->n, to));
  PetscCall(PetscFree(obs->line));
  PetscCall(PetscCalloc1(3 * t->n, &obs->line));
  for (PetscInt i = 0; i < 3 * t->n; i++)
    if (i % 3 < m->dim) {
      obs->line[i] = to[i] - obs->place[i];
      obs->place[i] += obs->line[i] / 2;
    }
  PetscCall(PetscFree(to));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationRead(KarObservation obs, const char path[])
{
  const KarModes *m;
  char            why[256] = "";
  Table           t        = {0};
  int             rank;

  PetscFunctionBegin;
  if (kar_sampled_is(path)) {
    PetscCall(KarObservationReadSampled(obs, path));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarFFTGetModes(obs->fft, &m));
  PetscCallMPI(MPI_Comm_rank(obs->comm, &rank));
  if (rank == 0) PetscCall(ReadTable(path, &t, sizeof(why), why));
  KarCheckAny(obs->comm, !why[0], PETSC_ERR_FILE_READ, "%s: %s", path, why);
  PetscCallMPI(MPI_Bcast(&t.n, 1, MPIU_INT, 0, obs->comm));
  PetscCallMPI(MPI_Bcast(t.has, COLUMNS, MPIU_BOOL, 0, obs->comm));
  PetscCallMPI(MPI_Bcast(t.made, sizeof(t.made), MPI_CHAR, 0, obs->comm));
  PetscCallMPI(MPI_Bcast(t.units, sizeof(t.units), MPI_CHAR, 0, obs->comm));
  PetscCall(PetscStrncpy(obs->made, t.made, sizeof(obs->made)));
  PetscCall(KarObservationSetUnits(obs, t.units));
  for (int a = 0; a < 3; a++)
    KarCheck(obs->comm, t.has[a] == (PetscBool)(t.has[X] && a < m->dim), PETSC_ERR_USER_INPUT,
             "%s: places in a box of %" PetscInt_FMT " axes have as many of the columns x, y, z", path, m->dim);
  if (t.has[X]) {
    PetscCall(Share(obs, &t, X, 3, 3, &obs->place));
    PetscCall(KarObservationToBox(obs, path, t.has[X2] ? NULL : names + X, t.n, obs->place));
    obs->given = t.n;
  }
  if (t.has[X2]) PetscCall(ShareLines(obs, &t, path));
  if (t.has[COMPONENT]) PetscCall(ShareWhole(obs, &t, COMPONENT, &obs->component));
  if (t.has[GROUP]) PetscCall(ShareWhole(obs, &t, GROUP, &obs->group));
  obs->grouped = t.has[GROUP] ? t.n : 0;
  if (t.has[VALUE]) PetscCall(Share(obs, &t, VALUE, VALUE + 1, 1, &obs->value));
  obs->values = t.has[VALUE] ? t.n : 0;
  if (t.has[NOISE]) PetscCall(Share(obs, &t, NOISE, NOISE + 1, 1, &obs->sigma));
  obs->noises = t.has[NOISE] ? t.n : 0;
  PetscCall(PetscFree(t.row));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Places that have no list are those of the grid, which a number names: they are left out where a list of them would
   be long. */
static void PlaceOf(const KarObservation obs, const KarGridInfo *info, PetscInt at, PetscReal x[3])
{
  const PetscInt p[3] = {at / info->dof / info->n[2] / info->n[1] + info->start,
                         at / info->dof / info->n[2] % info->n[1], at / info->dof % info->n[2]};

  for (int a = 0; a < 3; a++)
    x[a] = ((PetscReal)p[a] + (info->basis == KAR_BASIS_COSINE ? 0.5 : 0)) * info->length[a] / (PetscReal)info->n[a];
}

/* [m] of one column, from the ranks that hold them; the caller frees it. */
static PetscErrorCode Column(KarObservation obs, KarGrid grid, int column, PetscReal **values)
{
  int          axis; /* of a column of places */
  KarGridInfo  info;
  KarGridPlace place;
  PetscScalar *a;
  PetscReal    x[3] = {0, 0, 0};
  Vec          y;

  PetscFunctionBegin;
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(KarGridGetPlace(grid, &place));
  axis = (int)info.dim - 1 - (column < 3 ? column : column - X2);
  PetscCall(KarObservationCreateData(obs, &y));
  PetscCall(VecGetArray(y, &a));
  for (PetscInt i = 0; i < obs->local; i++) {
    if (obs->place) (void)memcpy(x, obs->place + 3 * obs->number[i], sizeof(x));
    else PlaceOf(obs, &info, obs->index[i], x);
    if (column < 3)
      a[i] = kar_grid_coordinate(&place, axis, x[axis] - (obs->line ? obs->line[3 * obs->number[i] + axis] / 2 : 0));
    else if (column >= X2) a[i] = kar_grid_coordinate(&place, axis, x[axis] + obs->line[3 * obs->number[i] + axis] / 2);
    else
      a[i] = (PetscReal)(obs->place ? (obs->component ? obs->component[obs->number[i]] : 0) : obs->index[i] % info.dof);
  }
  PetscCall(VecRestoreArray(y, &a));
  PetscCall(PetscMalloc1(obs->m, values));
  PetscCall(KarObservationGatherData(obs, y, *values));
  PetscCall(VecDestroy(&y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationWrite(KarObservation obs, Vec y, const char path[])
{
  PetscReal  *column[COLUMNS] = {NULL};
  PetscInt    n               = 0;
  const char *units;
  KarGrid     grid;
  KarGridInfo info;
  Vec         deviation;
  FILE       *file = NULL;
  int         rank;

  PetscFunctionBegin;
  PetscCall(KarObservationSetUp(obs));
  PetscCall(KarFFTGetGrid(obs->at, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  for (int c = 0; (!obs->ops.apply || obs->line || obs->ops.value) && !obs->down && c < 3 + (info.dof > 1); c++)
    if (c < info.dim || c == COMPONENT) PetscCall(Column(obs, grid, c, &column[c]));
  for (int c = X2; obs->line && c < X2 + info.dim; c++) PetscCall(Column(obs, grid, c, &column[c]));
  PetscCall(PetscMalloc2(obs->m, &column[VALUE], obs->m, &column[NOISE]));
  PetscCall(KarObservationGatherData(obs, y, column[VALUE]));
  PetscCall(VecDuplicate(obs->variance, &deviation));
  PetscCall(VecCopy(obs->variance, deviation));
  PetscCall(VecSqrtAbs(deviation));
  PetscCall(KarObservationGatherData(obs, deviation, column[NOISE]));
  PetscCall(VecDestroy(&deviation));
  PetscCall(KarObservationGetUnits(obs, &units));
  PetscCallMPI(MPI_Comm_rank(obs->comm, &rank));
  if (rank == 0) file = fopen(path, "w");
  KarCheckAny(obs->comm, rank || file, PETSC_ERR_FILE_OPEN, "%s cannot be written", path);
  if (file) {
    fprintf(file, REMARK "%s%s%s%s\n", obs->type, units[0] ? " value [" : "", units, units[0] ? "]" : "");
    for (int c = 0; c < COLUMNS; c++)
      if (column[c]) fprintf(file, "%s%s", n++ ? "," : "", names[c]);
    for (PetscInt i = 0; i < obs->m; i++) {
      n = 0;
      for (int c = 0; c < COLUMNS; c++)
        if (column[c]) fprintf(file, "%c%.17g", n++ ? ',' : '\n', (double)column[c][i]);
    }
    fputc('\n', file);
  }
  KarCheckAny(obs->comm, !file || !fclose(file), PETSC_ERR_FILE_WRITE, "%s cannot be written: is the disk full?", path);
  for (int c = 0; c < COLUMNS; c++)
    if (c != VALUE && c != NOISE) PetscCall(PetscFree(column[c]));
  PetscCall(PetscFree2(column[VALUE], column[NOISE]));
  PetscFunctionReturn(PETSC_SUCCESS);
}
