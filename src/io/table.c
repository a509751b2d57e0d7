/* Named columns of numbers, read by rank 0 and told to all; places of a box from columns x, y, z. */
#include "ioimpl.h"

#include <ctype.h>
#include <karhunen/sampled.h>
#include <math.h>

enum { WORDS = 64 };

typedef struct {
  PetscInt           names, words, capacity;
  const char *const *name;
  PetscInt           which[WORDS]; /* of each word of a line, the name; -1: passed over */
  KarTable          *table;
} Reader;

static char *Trim(char *text)
{
  char *end;

  while (isspace((unsigned char)*text) || *text == '"') text++;
  end = text + strlen(text);
  while (end > text && (isspace((unsigned char)end[-1]) || end[-1] == '"')) *--end = 0;
  return text;
}

/* The next word of a line; two commas have an empty one between them. */
static char *Word(char **rest)
{
  char *word = *rest, *comma = word ? strchr(word, ',') : NULL;

  if (comma) *comma = 0;
  *rest = comma ? comma + 1 : NULL;
  return word ? Trim(word) : NULL;
}

static void Header(Reader *r, char *line, size_t size, char why[])
{
  PetscBool has[KAR_COLUMNS] = {PETSC_FALSE};

  for (char *word = Word(&line); word; word = Word(&line)) {
    PetscInt which = -1;
    char    *units = strchr(word, '[');

    if (units && units[strlen(units) - 1] == ']') *units = 0; /* value [m] */
    for (PetscInt i = 0; i < r->names; i++)
      if (!strcmp(Trim(word), r->name[i])) which = i;
    if (which >= 0 && has[which]) (void)snprintf(why, size, "the header has the column %s twice", word);
    if (r->words == WORDS) (void)snprintf(why, size, "the header has more than %d columns", WORDS);
    if (why[0]) return;
    if (which >= 0) has[which] = PETSC_TRUE;
    r->which[r->words++] = which;
  }
}

static PetscErrorCode Row(Reader *r, char *line, PetscInt number, size_t size, char why[])
{
  KarTable *t = r->table;
  PetscInt  w = 0;

  PetscFunctionBegin;
  if (t->rows == r->capacity) {
    r->capacity = 2 * r->capacity + 64;
    PetscCall(PetscRealloc((size_t)r->capacity * sizeof(PetscInt), &t->line));
    for (PetscInt w = 0; w < r->words; w++)
      if (r->which[w] >= 0) PetscCall(PetscRealloc((size_t)r->capacity * sizeof(PetscReal), &t->column[r->which[w]]));
  }
  for (char *word = Word(&line); word && w < r->words; word = Word(&line), w++) {
    char  *end;
    double value;

    if (r->which[w] < 0) continue;
    value = strtod(word, &end);
    if (!*word || *end || !isfinite(value)) {
      (void)snprintf(why, size, "line %" PetscInt_FMT ": %s is \"%s\", not a finite number", number,
                     r->name[r->which[w]], word);
      PetscFunctionReturn(PETSC_SUCCESS);
    }
    t->column[r->which[w]][t->rows] = value;
  }
  if (w < r->words || line)
    (void)snprintf(why, size, "line %" PetscInt_FMT " does not have the %" PetscInt_FMT " columns of the header",
                   number, r->words);
  t->line[t->rows++] = number;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ReadCSV(Reader *r, const char path[], size_t size, char why[])
{
  char     line[8192];
  PetscInt number = 0;
  FILE    *file   = fopen(path, "r");

  PetscFunctionBegin;
  if (!file) (void)snprintf(why, size, "cannot be read: check the name");
  while (!why[0] && fgets(line, sizeof(line), file)) {
    char *text = Trim(line);

    number++;
    if (!*text || *text == '#') continue;
    if (!r->words) Header(r, text, size, why);
    else PetscCall(Row(r, text, number, size, why));
  }
  if (file) fclose(file);
  if (!why[0] && !r->table->rows)
    (void)snprintf(why, size, "no places: a header, as in x,y, and a line for each are needed");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* An array of numbers along one axis, of as many as those before. */
static PetscErrorCode ReadArray(Reader *r, hid_t file, PetscInt i, size_t size, char why[])
{
  hid_t   array = H5Lexists(file, r->name[i], H5P_DEFAULT) > 0 ? H5Dopen2(file, r->name[i], H5P_DEFAULT) : -1, space;
  hsize_t n     = 0;

  PetscFunctionBegin;
  if (array < 0) PetscFunctionReturn(PETSC_SUCCESS);
  space = H5Dget_space(array);
  if (H5Sget_simple_extent_ndims(space) == 1 && H5Sget_simple_extent_dims(space, &n, NULL) == 1 && n) {
    if (r->table->rows && r->table->rows != (PetscInt)n)
      (void)snprintf(why, size, "%s has %llu numbers, others %" PetscInt_FMT ": places lie along one axis", r->name[i],
                     (unsigned long long)n, r->table->rows);
    r->table->rows = (PetscInt)n;
    PetscCall(PetscMalloc1(n, &r->table->column[i]));
    if (H5Dread(array, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, r->table->column[i]) < 0)
      (void)snprintf(why, size, "%s cannot be read", r->name[i]);
    for (hsize_t k = 0; k < n && !why[0]; k++)
      if (!isfinite(r->table->column[i][k]))
        (void)snprintf(why, size, "%s[%llu] is not a finite number", r->name[i], (unsigned long long)k);
  }
  (void)H5Sclose(space);
  (void)H5Dclose(array);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ReadH5(Reader *r, const char path[], size_t size, char why[])
{
  hid_t file = kar_h5_open(path, size, why);

  PetscFunctionBegin;
  for (PetscInt i = 0; i < r->names && !why[0]; i++) PetscCall(ReadArray(r, file, i, size, why));
  if (file >= 0) (void)H5Fclose(file);
  if (!why[0] && !r->table->rows) (void)snprintf(why, size, "no one-dimensional array %s", r->name[0]);
  if (!why[0]) PetscCall(PetscCalloc1(r->table->rows, &r->table->line));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTableRead(MPI_Comm comm, const char path[], PetscInt names, const char *const name[], KarTable *t)
{
  Reader      r        = {.names = names, .name = name, .table = t};
  char        why[256] = "";
  int         has[KAR_COLUMNS];
  PetscMPIInt rank;

  PetscFunctionBegin;
  memset(t, 0, sizeof(*t));
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) {
    kar_h5_start();
    if (H5Fis_hdf5(path) > 0) PetscCall(ReadH5(&r, path, sizeof(why), why));
    else PetscCall(ReadCSV(&r, path, sizeof(why), why));
  }
  KarCheckAny(comm, !why[0], PETSC_ERR_FILE_READ, "%s: %s", path, why);
  for (int i = 0; i < KAR_COLUMNS; i++) has[i] = t->column[i] != NULL;
  PetscCallMPI(MPI_Bcast(&t->rows, 1, MPIU_INT, 0, comm));
  PetscCallMPI(MPI_Bcast(has, KAR_COLUMNS, MPI_INT, 0, comm));
  if (rank) PetscCall(PetscMalloc1(t->rows, &t->line));
  PetscCallMPI(MPI_Bcast(t->line, (PetscMPIInt)t->rows, MPIU_INT, 0, comm));
  for (int i = 0; i < KAR_COLUMNS; i++)
    if (has[i]) {
      if (rank) PetscCall(PetscMalloc1(t->rows, &t->column[i]));
      PetscCallMPI(MPI_Bcast(t->column[i], (PetscMPIInt)t->rows, MPIU_REAL, 0, comm));
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTableDestroy(KarTable *t)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(t->line));
  for (int i = 0; i < KAR_COLUMNS; i++) PetscCall(PetscFree(t->column[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Names of places in degrees, which no box of ours has unless its unit says so. */
static PetscErrorCode CheckColumns(MPI_Comm comm, const char path[], const KarBox *box, const KarTable *t)
{
  PetscFunctionBegin;
  KarCheck(comm, t->column[0] || !t->column[3], PETSC_ERR_USER_INPUT,
           "%s has places in degrees (lon, lat), the box is in %s: project them, and name the columns x, y", path,
           strcmp(box->units, "1") && box->units[0] ? box->units : "lengths of its own");
  for (PetscInt a = 0; a < 3; a++)
    KarCheck(comm, !t->column[a] == (a >= box->dim), PETSC_ERR_USER_INPUT,
             "%s: places in a box of %" PetscInt_FMT " axes have the columns %s", path, box->dim,
             box->dim == 1   ? "x"
             : box->dim == 2 ? "x, y"
                             : "x, y, z");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Longitudes and latitudes lie within 360 of 0: a corner of a box of kilometres. */
static PetscErrorCode NoteDegrees(MPI_Comm comm, const char path[], const KarBox *box, const KarTable *t)
{
  PetscBool small = (PetscBool)(t->rows > 1);

  PetscFunctionBegin;
  for (PetscInt a = 0; a < box->dim; a++) {
    if (box->length[a] < 7200) small = PETSC_FALSE;
    for (PetscInt i = 0; small && i < t->rows; i++)
      if (PetscAbsReal(t->column[a][i]) > 360) small = PETSC_FALSE;
  }
  if (small)
    PetscCall(PetscPrintf(comm,
                          "note: the places of %s all lie within 360 of 0, the box is %g long: are they degrees?\n",
                          path, (double)box->length[0]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPlacesOfTable(MPI_Comm comm, const char path[], const KarBox *box, const KarTable *t, PetscReal *x[])
{
  static const char *const names[] = {"x", "y", "z"};

  PetscFunctionBegin;
  PetscCall(CheckColumns(comm, path, box, t));
  PetscCall(PetscMalloc1(t->rows * box->dim, x));
  for (PetscInt i = 0; i < t->rows; i++)
    for (PetscInt a = 0; a < box->dim; a++) {
      const PetscInt  c       = box->dim - 1 - a;
      const PetscReal sign    = box->direction[a] < 0 ? -1 : 1,
                      ends[2] = {box->origin[a], box->origin[a] + sign * box->length[a]};
      const PetscReal in = sign * (t->column[c][i] - box->origin[a]), slack = 1e-9 * box->length[a];
      char            where[64];

      (void)snprintf(where, sizeof(where), t->line[i] ? "line %" PetscInt_FMT : "place %" PetscInt_FMT,
                     t->line[i] ? t->line[i] : i);
      KarCheck(comm, in >= -slack && in <= box->length[a] + slack, PETSC_ERR_USER_INPUT,
               "%s, %s: %s is %g, outside the box, which reaches from %g to %g%s%s%s", path, where, names[c],
               (double)t->column[c][i], (double)PetscMin(ends[0], ends[1]), (double)PetscMax(ends[0], ends[1]),
               strcmp(box->units, "1") && box->units[0] ? " " : "", strcmp(box->units, "1") ? box->units : "",
               box->length[a] > 3600 && PetscAbsReal(t->column[c][i]) <= 360 ? ": degrees? project them" : "");
      (*x)[i * box->dim + a] = PetscMin(PetscMax(in, 0), box->length[a]);
    }
  PetscCall(NoteDegrees(comm, path, box, t));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPlacesRead(MPI_Comm comm, const char path[], const KarBox *box, PetscInt *m, PetscReal *x[])
{
  static const char *const names[] = {"x", "y", "z", "lon"};
  const KarSampledWhat     what    = {.dim = box->dim};
  PetscInt                 missing;
  PetscReal                step[3];
  KarTable                 t;

  PetscFunctionBegin;
  if (kar_sampled_is(path)) PetscCall(KarSampledRead(comm, path, &what, &t, step, &missing));
  else PetscCall(KarTableRead(comm, path, 4, names, &t));
  PetscCall(KarPlacesOfTable(comm, path, box, &t, x));
  *m = t.rows;
  PetscCall(KarTableDestroy(&t));
  PetscFunctionReturn(PETSC_SUCCESS);
}
