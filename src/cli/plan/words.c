/* The arguments of the command that is planned. */
#include "plan.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A value and no option; numbers may be negative. */
static bool IsValue(const char text[])
{
  return text[0] != '-' || isdigit((unsigned char)text[1]) || text[1] == '.';
}

/* The value of a line of an options file, "name: value" or "-name value"; NULL: it is of another name. */
static const char *LineValue(char line[], const char name[])
{
  const size_t length = strlen(name);
  char        *at     = line + strspn(line, " \t-");

  if (strncmp(at, name, length) || !strchr(": \t\n", at[length])) return NULL;
  at += length;
  at += strspn(at, ": \t\"");
  at[strcspn(at, "\"\n#")] = 0;
  while (*at && isspace((unsigned char)at[strlen(at) - 1])) at[strlen(at) - 1] = 0;
  return *at ? strdup(at) : "true";
}

static const char *FindInFile(const char path[], const char name[])
{
  FILE       *file  = fopen(path, "r");
  const char *found = NULL, *here;
  char        line[1024];

  while (file && fgets(line, sizeof(line), file))
    if ((here = LineValue(line, name))) found = here;
  if (file) (void)fclose(file);
  return found;
}

const char *kar_plan_find(const PlanWords *words, const char name[])
{
  const char *file = NULL, *found = NULL;

  for (int i = 0; i < words->n; i++) {
    const char *value = i + 1 < words->n && IsValue(words->word[i + 1]) ? words->word[i + 1] : "true";

    if (words->word[i][0] != '-') continue;
    if (!strcmp(words->word[i] + 1, name)) found = value;
    if (!strcmp(words->word[i], "-options_file")) file = value;
  }
  return found || !file || !strcmp(name, "options_file") ? found : FindInFile(file, name);
}

long kar_plan_number(const PlanWords *words, const char name[], long otherwise)
{
  const char *text = kar_plan_find(words, name);
  char       *end;
  const long  value = text ? strtol(text, &end, 10) : otherwise;

  if (text && (*end || end == text || value < 0)) kar_plan_fail("-%s %s: give a whole number", name, text);
  return value;
}

void kar_plan_set(PlanWords *words, const char name[], const char value[])
{
  static char option[64][80];
  static int  made;
  int         kept = 0;

  for (int i = 0; i < words->n; i++) {
    if (words->word[i][0] == '-' && !strcmp(words->word[i] + 1, name)) {
      if (i + 1 < words->n && IsValue(words->word[i + 1])) i++;
    } else words->word[kept++] = words->word[i];
  }
  words->n = kept;
  if (value) {
    if (words->n + 2 > PLAN_WORDS) kar_plan_fail("plan: more than %d words", PLAN_WORDS);
    made = (made + 1) % 64;
    (void)snprintf(option[made], sizeof(option[made]), "-%s", name);
    words->word[words->n++] = option[made];
    words->word[words->n++] = value;
  }
  words->word[words->n] = NULL;
}
