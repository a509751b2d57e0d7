/* What a run is by its options, and in which of them two runs differ. */
#include "sysimpl.h"

#include <stdlib.h>

/* "-name value" at *at: moves on to the next line; false at the end. */
static PetscBool NextLine(char **at, const char **name, const char **value)
{
  char *line = *at, *end = strchr(line, '\n'), *blank;

  if (!end) return PETSC_FALSE;
  *end  = '\0';
  *at   = end + 1;
  blank = strchr(line, ' ');
  if (blank) *blank = '\0';
  *name  = line;
  *value = blank ? blank + 1 : "";
  return PETSC_TRUE;
}

/* The same number, or the same text. */
static PetscBool Same(const char a[], const char b[])
{
  char  *after_a, *after_b;
  double x = strtod(a, &after_a), y = strtod(b, &after_b);

  if (!strcasecmp(a, b)) return PETSC_TRUE;
  return (PetscBool)(after_a != a && !*after_a && after_b != b && !*after_b && x == y);
}

/* The value of an option among lines, NULL when it is not there. */
static const char *ValueOf(const char name[], const char lines[], size_t capacity, char value[])
{
  const size_t length = strlen(name);

  for (const char *line = lines; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
    if (!strncmp(line, name, length) && line[length] == ' ') {
      (void)snprintf(value, capacity, "%.*s", (int)strcspn(line + length + 1, "\n"), line + length + 1);
      return value;
    }
  return NULL;
}

/* Adds to text the options of `left` whose value in `right` is another or, with `missing`, that it lacks; mirrored:
   right is of then. */
static void Differences(const char left[], const char right[], PetscBool missing, PetscBool mirrored, size_t size,
                        char text[])
{
  char        value[256], *copy = strdup(left), *at = copy;
  const char *name, *here, *there;

  while (copy && NextLine(&at, &name, &here)) {
    const size_t used = strlen(text);

    there = ValueOf(name, right, sizeof(value), value);
    if (missing ? there != NULL : !there || Same(here, there)) continue;
    if (!there) there = "not an option";
    (void)snprintf(text + used, size - used, "%s%s %s there, %s here", used ? "; " : "", name, mirrored ? there : here,
                   mirrored ? here : there);
    if (strlen(text) > size / 2) break;
  }
  free(copy);
}

void kar_options_differences(const char then[], const char now[], size_t size, char text[])
{
  text[0] = '\0';
  Differences(then, now, PETSC_FALSE, PETSC_FALSE, size, text);
  if (!text[0]) Differences(then, now, PETSC_TRUE, PETSC_FALSE, size, text);
  if (!text[0]) Differences(now, then, PETSC_TRUE, PETSC_TRUE, size, text);
}

PetscInt kar_options_known(void)
{
  return kar_nknown;
}

void kar_options_forget(PetscInt known)
{
  while (kar_nknown > known) free(kar_known[--kar_nknown].text);
}
