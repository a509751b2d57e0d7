/* The numbers of a type, once: options, lines of a model file, words of a view. */
#include <karhunen/parameter.h>

const char *const KarParameterWhole[] = {NULL};

PetscErrorCode KarParametersSetFromOptions(const char prefix[], const KarParameter table[])
{
  PetscFunctionBegin;
  for (const KarParameter *p = table; p && p->name; p++) {
    PetscInt whole = (PetscInt)*p->value;

    if (!p->text) continue;
    if (p->choices == KarParameterWhole)
      PetscCall(KarOptionsInt(prefix, p->name, p->text, (PetscInt)p->min, (PetscInt)p->max, &whole));
    else if (p->choices) PetscCall(KarOptionsChoice(prefix, p->name, p->text, p->choices, &whole));
    else PetscCall(KarOptionsReal(prefix, p->name, p->text, p->min, p->max, p->value));
    if (p->choices) *p->value = (PetscReal)whole;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarParametersText(const KarParameter table[], size_t size, char text[])
{
  size_t used = strlen(text);

  PetscFunctionBegin;
  for (const KarParameter *p = table; p && p->name && used < size; p++) {
    if (p->choices && p->choices != KarParameterWhole)
      (void)snprintf(text + used, size - used, ", %s %s", p->name, p->choices[(int)*p->value]);
    else (void)snprintf(text + used, size - used, ", %s %.6g", p->name, (double)*p->value);
    used = strlen(text);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarParametersSave(const KarParameter table[], KarCheckpoint file, const char group[])
{
  char name[128];

  PetscFunctionBegin;
  for (const KarParameter *p = table; p && p->name; p++) {
    (void)snprintf(name, sizeof(name), "%s/%s", group, p->name);
    if (p->choices == KarParameterWhole) PetscCall(KarCheckpointPutInt(file, name, (PetscInt64)*p->value));
    else PetscCall(KarCheckpointPutReal(file, name, *p->value));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarParametersLoad(const KarParameter table[], KarCheckpoint file, const char group[])
{
  char name[128];

  PetscFunctionBegin;
  for (const KarParameter *p = table; p && p->name; p++) {
    PetscInt64 whole;

    (void)snprintf(name, sizeof(name), "%s/%s", group, p->name);
    if (p->choices == KarParameterWhole) {
      PetscCall(KarCheckpointGetInt(file, name, &whole));
      *p->value = (PetscReal)whole;
    } else PetscCall(KarCheckpointGetReal(file, name, p->value));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
