/* A class's types: those of its table, then those from outside. */
#include <karhunen/types.h>

static KarTypes *opened; /* tables with types from outside */

static PetscErrorCode RemoveAll(void)
{
  PetscFunctionBegin;
  for (KarTypes *types = opened, *next; types; types = next) {
    for (PetscInt i = 0; i < types->nadded; i++) PetscCall(PetscFree2(types->added[i].name, types->added[i].text));
    PetscCall(PetscFree(types->added));
    next          = types->next;
    types->nadded = 0;
    types->next   = NULL;
  }
  opened = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

const KarType *KarTypesGet(const KarTypes *types, PetscInt i)
{
  PetscInt n = 0;

  while (types->builtin[n].name && n < i) n++;
  if (types->builtin[n].name) return &types->builtin[n];
  return i - n < types->nadded ? &types->added[i - n] : NULL;
}

/* The type of this name, in letters of any case. */
static const KarType *Named(const KarTypes *types, const char name[])
{
  const KarType *type;

  for (PetscInt i = 0; (type = KarTypesGet(types, i)); i++)
    if (!strcasecmp(type->name, name)) break;
  return type;
}

/* "a, b, c", owned by the caller */
static PetscErrorCode Names(const KarTypes *types, char **text)
{
  const KarType *type;
  size_t         size = 1;

  PetscFunctionBegin;
  for (PetscInt i = 0; (type = KarTypesGet(types, i)); i++) size += strlen(type->name) + 2;
  PetscCall(PetscCalloc1(size, text));
  for (PetscInt i = 0; (type = KarTypesGet(types, i)); i++) {
    PetscCall(PetscStrlcat(*text, i ? ", " : "", size));
    PetscCall(PetscStrlcat(*text, type->name, size));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* "noun, a type of these", then a line for each type, owned by the caller */
static PetscErrorCode Help(const KarTypes *types, char **text)
{
  const char *other = types->open ? ", or an explicit one of PETSc's TS" : "";
  size_t      size  = strlen(types->noun) + strlen(other) + 24, used;

  PetscFunctionBegin;
  for (PetscInt i = 0; KarTypesGet(types, i); i++)
    size += 56 + strlen(KarTypesGet(types, i)->name) + strlen(KarTypesGet(types, i)->text);
  PetscCall(PetscMalloc1(size, text));
  used = (size_t)snprintf(*text, size, "%s, a type of these%s", types->noun, other);
  for (PetscInt i = 0; KarTypesGet(types, i); i++)
    used += (size_t)snprintf(*text + used, size - used, "\n%33s%-18s %s", "", KarTypesGet(types, i)->name,
                             KarTypesGet(types, i)->text);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTypesRegister(KarTypes *types, const char name[], const char text[], KarTypeCreateFn *create)
{
  const char *what = text ? text : "";
  char       *own_name, *own_text;

  PetscFunctionBegin;
  KarCheck(PETSC_COMM_WORLD, name && name[0] && strlen(name) < 32, PETSC_ERR_ARG_OUTOFRANGE,
           "-%s '%s': the name of a registered type has 1 to 31 letters", types->option, name ? name : "");
  KarCheck(PETSC_COMM_WORLD, !Named(types, name), PETSC_ERR_ARG_WRONGSTATE,
           "-%s %s: registered already; give yours another name", types->option, name);
  KarCheck(PETSC_COMM_WORLD, create, PETSC_ERR_ARG_NULL, "-%s %s: a registered type needs a create routine",
           types->option, name);
  if (!opened) PetscCall(PetscRegisterFinalize(RemoveAll));
  if (!types->nadded) {
    types->next = opened;
    opened      = types;
  }
  PetscCall(PetscRealloc((size_t)(types->nadded + 1) * sizeof(KarType), &types->added));
  PetscCall(PetscMalloc2(strlen(name) + 1, &own_name, strlen(what) + 1, &own_text));
  PetscCall(PetscStrncpy(own_name, name, strlen(name) + 1));
  PetscCall(PetscStrncpy(own_text, what, strlen(what) + 1));
  types->added[types->nadded++] = (KarType){.name = own_name, .text = own_text, .create = create};
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Refuse(const KarTypes *types, MPI_Comm comm, const char prefix[], const char name[])
{
  char *names, all[768];

  PetscFunctionBegin;
  PetscCall(Names(types, &names));
  PetscCall(PetscStrncpy(all, names, sizeof(all)));
  PetscCall(PetscFree(names));
  KarCheck(comm, PETSC_FALSE, PETSC_ERR_ARG_UNKNOWN_TYPE, "-%s%s %s: no such %s; there are %s", prefix ? prefix : "",
           types->option, name, types->noun, all);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTypesFromOptions(KarTypes *types, MPI_Comm comm, const char prefix[], size_t size, char name[])
{
  const KarType *type;
  char          *text;

  PetscFunctionBegin;
  if (!name[0]) PetscCall(PetscStrncpy(name, types->fallback, size));
  PetscCall(Help(types, &text));
  PetscCall(KarOptionsString(prefix, types->option, text, size, name));
  PetscCall(PetscFree(text));
  type = Named(types, name);
  if (!type && !types->open) PetscCall(Refuse(types, comm, prefix, name));
  if (type) PetscCall(PetscStrncpy(name, type->name, size));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTypesFind(KarTypes *types, MPI_Comm comm, const char prefix[], const char name[],
                            KarTypeCreateFn **create)
{
  const KarType *type = Named(types, name);

  PetscFunctionBegin;
  if (!type || strcmp(type->name, name)) PetscCall(Refuse(types, comm, prefix, name));
  *create = type->create;
  PetscFunctionReturn(PETSC_SUCCESS);
}
