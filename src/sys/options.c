/* Options: PETSc's database, with three things it lacks: a malformed value is an error, an unread option is an error
   that names the nearest one, and -help lists our options alone. */
#include "sysimpl.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

PetscBool kar_options_helping = PETSC_FALSE;

KarKnown *kar_known;
int       kar_nknown;

PetscBool KarOptionsHelping(void)
{
  return kar_options_helping;
}

static PetscErrorCode FullName(const char prefix[], const char name[], size_t size, char full[])
{
  PetscFunctionBegin;
  (void)snprintf(full, size, "-%s%s", prefix ? prefix : "", name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Remember(const char prefix[], const char name[], const char text[], const char value[])
{
  KarKnown k;

  PetscFunctionBegin;
  memset(&k, 0, sizeof(k));
  PetscCall(FullName(prefix, name, sizeof(k.name), k.name));
  for (int i = 0; i < kar_nknown; i++)
    if (!strcmp(kar_known[i].name, k.name)) {
      kar_known[i].seen = kar_options_run;
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  PetscCall(PetscStrncpy(k.value, value, sizeof(k.value)));
  k.seen    = kar_options_run;
  k.text    = strdup(text);
  kar_known = realloc(kar_known, (size_t)(kar_nknown + 1) * sizeof(*kar_known));
  PetscCheck(kar_known && k.text, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for the list of options");
  kar_known[kar_nknown++] = k;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The text of an option, NULL when absent. */
static PetscErrorCode Find(const char prefix[], const char name[], const char **value)
{
  char      full[96];
  PetscBool set;

  PetscFunctionBegin;
  PetscCall(FullName(prefix, name, sizeof(full), full));
  PetscCall(PetscOptionsFindPair(NULL, NULL, full, value, &set));
  if (!set) *value = NULL;
  else if (!*value) *value = "";
  for (int i = 0; i < kar_nknown; i++)
    if (!strcmp(kar_known[i].name, full))
      PetscCall(PetscStrncpy(kar_known[i].given, set ? *value : "", sizeof(kar_known[i].given)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarOptionsGiven(const char prefix[], const char name[], PetscBool *given)
{
  const char *value;

  PetscFunctionBegin;
  PetscCall(Find(prefix, name, &value));
  *given = value ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Text up to a comma or the end as a number; false when it is anything else. */
static PetscBool ParseInt(const char *text, const char **end, PetscInt *value)
{
  char     *stop;
  long long number;

  errno  = 0;
  number = strtoll(text, &stop, 10);
  *end   = stop;
  *value = (PetscInt)number;
  return (PetscBool)(stop != text && !errno && (*stop == '\0' || *stop == ',') && (long long)*value == number);
}

static PetscBool ParseReal(const char *text, const char **end, PetscReal *value)
{
  char *stop;

  *value = strtod(text, &stop);
  *end   = stop;
  return (PetscBool)(stop != text && (*stop == '\0' || *stop == ',') && isfinite(*value));
}

/* Digits and what else a number has, but more than a number of this machine holds. */
static PetscBool TooLarge(const char text[])
{
  return (PetscBool)(strspn(text, "+-0123456789.eE,") == strlen(text) && strpbrk(text, "0123456789") &&
                     (strlen(text) > 18 || strpbrk(text, "eE")));
}

static PetscErrorCode CheckInt(const char prefix[], const char name[], const char given[], PetscBool good, PetscInt min,
                               PetscInt max, PetscInt value)
{
  const char *pre = prefix ? prefix : "";

  PetscFunctionBegin;
  KarCheck(PETSC_COMM_WORLD, good || !TooLarge(given) || strpbrk(given, ".eE"), PETSC_ERR_USER_INPUT,
           "-%s%s %s: too large a number; at most %" PetscInt_FMT " here", pre, name, given, max);
  KarCheck(PETSC_COMM_WORLD, good, PETSC_ERR_USER_INPUT, "-%s%s %s: give a whole number", pre, name, given);
  KarCheck(PETSC_COMM_WORLD, value >= min, PETSC_ERR_USER_INPUT, "-%s%s %s: must be at least %" PetscInt_FMT, pre, name,
           given, min);
  KarCheck(PETSC_COMM_WORLD, value <= max, PETSC_ERR_USER_INPUT, "-%s%s %s: must be at most %" PetscInt_FMT, pre, name,
           given, max);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CheckReal(const char prefix[], const char name[], const char given[], PetscBool good,
                                PetscReal min, PetscReal max, PetscReal value)
{
  const char *pre = prefix ? prefix : "";

  PetscFunctionBegin;
  KarCheck(PETSC_COMM_WORLD, good || !TooLarge(given), PETSC_ERR_USER_INPUT,
           "-%s%s %s: too large a number; at most %g here", pre, name, given, (double)max);
  KarCheck(PETSC_COMM_WORLD, good, PETSC_ERR_USER_INPUT, "-%s%s %s: give a number", pre, name, given);
  KarCheck(PETSC_COMM_WORLD, value >= min, PETSC_ERR_USER_INPUT, "-%s%s %s: must be at least %g", pre, name, given,
           (double)min);
  KarCheck(PETSC_COMM_WORLD, value <= max, PETSC_ERR_USER_INPUT, "-%s%s %s: must be at most %g", pre, name, given,
           (double)max);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarOptionsInt(const char prefix[], const char name[], const char text[], PetscInt min, PetscInt max,
                             PetscInt *value)
{
  char        fallback[32];
  const char *given, *end;
  PetscBool   good;

  PetscFunctionBegin;
  (void)snprintf(fallback, sizeof(fallback), "%" PetscInt_FMT, *value);
  PetscCall(Remember(prefix, name, text, fallback));
  PetscCall(Find(prefix, name, &given));
  if (!given) PetscFunctionReturn(PETSC_SUCCESS);
  good = (PetscBool)(ParseInt(given, &end, value) && !*end);
  PetscCall(CheckInt(prefix, name, given, good, min, max, *value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarOptionsReal(const char prefix[], const char name[], const char text[], PetscReal min, PetscReal max,
                              PetscReal *value)
{
  char        fallback[32];
  const char *given, *end;
  PetscBool   good;

  PetscFunctionBegin;
  (void)snprintf(fallback, sizeof(fallback), "%g", (double)*value);
  PetscCall(Remember(prefix, name, text, isnan(*value) ? "" : fallback));
  PetscCall(Find(prefix, name, &given));
  if (!given) PetscFunctionReturn(PETSC_SUCCESS);
  good = (PetscBool)(ParseReal(given, &end, value) && !*end);
  PetscCall(CheckReal(prefix, name, given, good, min, max, *value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarOptionsBool(const char prefix[], const char name[], const char text[], PetscBool *value)
{
  static const char *const yes[] = {"", "1", "true", "yes", "on", NULL}, *const no[] = {"0", "false", "no", "off",
                                                                                        NULL};
  const char *given;

  PetscFunctionBegin;
  PetscCall(Remember(prefix, name, text, *value ? "true" : "false"));
  PetscCall(Find(prefix, name, &given));
  if (!given) PetscFunctionReturn(PETSC_SUCCESS);
  for (int i = 0; yes[i]; i++)
    if (!strcasecmp(given, yes[i])) {
      *value = PETSC_TRUE;
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  for (int i = 0; no[i]; i++)
    if (!strcasecmp(given, no[i])) {
      *value = PETSC_FALSE;
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  KarCheck(PETSC_COMM_WORLD, PETSC_FALSE, PETSC_ERR_USER_INPUT, "-%s%s %s: give true or false", prefix ? prefix : "",
           name, given);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarOptionsString(const char prefix[], const char name[], const char text[], size_t size, char value[])
{
  const char *given;

  PetscFunctionBegin;
  PetscCall(Remember(prefix, name, text, value));
  PetscCall(Find(prefix, name, &given));
  if (!given) PetscFunctionReturn(PETSC_SUCCESS);
  KarCheck(PETSC_COMM_WORLD, given[0], PETSC_ERR_USER_INPUT, "-%s%s: a value is missing", prefix ? prefix : "", name);
  KarCheck(PETSC_COMM_WORLD, strlen(given) < size, PETSC_ERR_USER_INPUT, "-%s%s: longer than %d characters",
           prefix ? prefix : "", name, (int)size - 1);
  PetscCall(PetscStrncpy(value, given, size));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarOptionsChoice(const char prefix[], const char name[], const char text[], const char *const choices[],
                                PetscInt *value)
{
  char        all[256] = "", full[512];
  const char *given;

  PetscFunctionBegin;
  for (int i = 0; choices[i]; i++) {
    if (i) PetscCall(PetscStrlcat(all, ", ", sizeof(all)));
    PetscCall(PetscStrlcat(all, choices[i], sizeof(all)));
  }
  (void)snprintf(full, sizeof(full), "%s (one of: %s)", text, all);
  PetscCall(Remember(prefix, name, full, choices[*value]));
  PetscCall(Find(prefix, name, &given));
  if (!given) PetscFunctionReturn(PETSC_SUCCESS);
  for (int i = 0; choices[i]; i++)
    if (!strcasecmp(given, choices[i])) {
      *value = i;
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  KarCheck(PETSC_COMM_WORLD, PETSC_FALSE, PETSC_ERR_USER_INPUT, "-%s%s %s: give one of: %s", prefix ? prefix : "", name,
           given, all);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarOptionsIntArray(const char prefix[], const char name[], const char text[], PetscInt min, PetscInt max,
                                  PetscInt *n, PetscInt value[])
{
  const PetscInt capacity = *n;
  const char    *given, *at;

  PetscFunctionBegin;
  *n = 0;
  PetscCall(Remember(prefix, name, text, ""));
  PetscCall(Find(prefix, name, &given));
  if (!given) PetscFunctionReturn(PETSC_SUCCESS);
  for (at = given; *n == 0 || *at++ == ',';) {
    PetscBool good;

    KarCheck(PETSC_COMM_WORLD, *n < capacity, PETSC_ERR_USER_INPUT, "-%s%s %s: at most %" PetscInt_FMT " numbers",
             prefix ? prefix : "", name, given, capacity);
    good = ParseInt(at, &at, &value[*n]);
    PetscCall(CheckInt(prefix, name, given, good, min, max, value[*n]));
    ++*n;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarOptionsRealArray(const char prefix[], const char name[], const char text[], PetscReal min,
                                   PetscReal max, PetscInt *n, PetscReal value[])
{
  const PetscInt capacity = *n;
  const char    *given, *at;

  PetscFunctionBegin;
  *n = 0;
  PetscCall(Remember(prefix, name, text, ""));
  PetscCall(Find(prefix, name, &given));
  if (!given) PetscFunctionReturn(PETSC_SUCCESS);
  for (at = given; *n == 0 || *at++ == ',';) {
    PetscBool good;

    KarCheck(PETSC_COMM_WORLD, *n < capacity, PETSC_ERR_USER_INPUT, "-%s%s %s: at most %" PetscInt_FMT " numbers",
             prefix ? prefix : "", name, given, capacity);
    good = ParseReal(at, &at, &value[*n]);
    PetscCall(CheckReal(prefix, name, given, good, min, max, value[*n]));
    ++*n;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscBool Among(const char name[], const char *const names[])
{
  for (int i = 0; names[i]; i++)
    if (!strcmp(name, names[i])) return PETSC_TRUE;
  return PETSC_FALSE;
}

void kar_options_list(const char *const but[], size_t size, char text[])
{
  size_t used = 0;

  text[0] = '\0';
  for (int i = 0; i < kar_nknown && used < size; i++)
    if (!Among(kar_known[i].name + 1, but))
      used += (size_t)snprintf(text + used, size - used, "%s %s\n", kar_known[i].name,
                               kar_known[i].given[0] ? kar_known[i].given : kar_known[i].value);
}

/* Levenshtein's distance between two short words. */
static int Distance(const char *a, const char *b)
{
  int row[128], n = (int)strlen(b);

  if (n > 127) return 1000;
  for (int j = 0; j <= n; j++) row[j] = j;
  for (int i = 1; a[i - 1]; i++) {
    int corner = row[0];

    row[0] = i;
    for (int j = 1; j <= n; j++) {
      int change = corner + (a[i - 1] != b[j - 1]);

      corner = row[j];
      row[j] = PetscMin(change, 1 + PetscMin(row[j], row[j - 1]));
    }
  }
  return row[n];
}

/* PETSc asks for these only at its end. */
static PetscBool ReadLater(const char name[])
{
  static const char *const late[] = {
    "log_view",  "options_left", "options_view", "objects_dump", "malloc_dump",       "malloc_view", "memory_view",
    "log_trace", "log",          "log_all",      "info",         "no_signal_handler", NULL};

  return Among(name, late);
}

/* The named option nearest to this one, and how many letters it is away; NULL when none is named. */
static const char *Nearest(const char full[], int *best)
{
  const char *nearest = NULL;

  *best = 1000;
  for (int j = 0; j < kar_nknown; j++) {
    const int d = Distance(full, kar_known[j].name);

    if (d < *best) *best = d, nearest = kar_known[j].name;
  }
  return nearest;
}

/* Refuses what nobody has read: all of it, or with `early`, when more may be read later, only what is a letter or two
   away from an option that has been named. */
static PetscErrorCode CheckLeft(MPI_Comm comm, PetscBool early)
{
  PetscInt n;
  char   **names, **values;

  PetscFunctionBegin;
  PetscCall(PetscOptionsLeftGet(NULL, &n, &names, &values));
  for (PetscInt i = 0; i < n; i++) {
    char        full[96];
    const char *nearest;
    int         best, letters = 1 + (int)strlen(names[i]);

    if (ReadLater(names[i])) continue;
    (void)snprintf(full, sizeof(full), "-%s", names[i]);
    nearest = Nearest(full, &best);
    if (early && (best > 2 || 2 * best > letters)) continue;
    if (best > 1 + letters / 3) nearest = NULL;
    KarCheck(comm, PETSC_FALSE, PETSC_ERR_USER_INPUT,
             "%s: unknown option, or one without effect here%s%s%s (-help all says with which choices an option goes)",
             full, nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
  }
  PetscCall(PetscOptionsLeftRestore(NULL, &n, &names, &values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarOptionsCheck(MPI_Comm comm)
{
  PetscFunctionBegin;
  PetscCall(CheckLeft(comm, PETSC_FALSE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarOptionsNeed(MPI_Comm comm, PetscBool given, const char otherwise[])
{
  PetscFunctionBegin;
  if (given || kar_options_helping) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(CheckLeft(comm, PETSC_TRUE));
  KarCheck(comm, PETSC_FALSE, PETSC_ERR_USER_INPUT, "%s", otherwise);
  PetscFunctionReturn(PETSC_SUCCESS);
}
