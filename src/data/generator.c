/* A generator: its type, its grid, its variables. */
#include <karhunen/impl/data.h>

static PetscFunctionList types      = NULL;
static PetscBool         registered = PETSC_FALSE;

static const struct {
  const char *name;
  PetscErrorCode (*create)(KarGenerator);
} table[] = {
  {KARGENERATORGAUSSIAN, KarGeneratorCreate_Gaussian},
  {KARGENERATORMIXTURE, KarGeneratorCreate_Mixture},
  {KARGENERATORNAVIERSTOKES, KarGeneratorCreate_NavierStokes},
  {KARGENERATORINSAR, KarGeneratorCreate_Insar},
  {KARGENERATORPATCHES, KarGeneratorCreate_Patches},
  {KARGENERATORMNISTSDF, KarGeneratorCreate_MnistSDF},
};

static PetscErrorCode DestroyTypes(void)
{
  PetscFunctionBegin;
  PetscCall(PetscFunctionListDestroy(&types));
  registered = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorRegister(const char name[], PetscErrorCode (*create)(KarGenerator))
{
  PetscFunctionBegin;
  PetscCall(KarGeneratorRegisterAll());
  PetscCall(PetscFunctionListAdd(&types, name, create));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorRegisterAll(void)
{
  PetscFunctionBegin;
  if (registered) PetscFunctionReturn(PETSC_SUCCESS);
  registered = PETSC_TRUE;
  PetscCall(PetscRegisterFinalize(DestroyTypes));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(table); i++) PetscCall(PetscFunctionListAdd(&types, table[i].name, table[i].create));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* "a, b, c" */
static PetscErrorCode TypeNames(size_t size, char text[])
{
  const char **names;
  int          n;

  PetscFunctionBegin;
  PetscCall(KarGeneratorRegisterAll());
  PetscCall(PetscFunctionListGet(types, &names, &n));
  text[0] = '\0';
  for (int i = 0; i < n && names[i]; i++) {
    PetscCall(PetscStrlcat(text, i ? ", " : "", size));
    PetscCall(PetscStrlcat(text, names[i], size));
  }
  PetscCall(PetscFree(names));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorCreate(MPI_Comm comm, KarGenerator *generator)
{
  PetscFunctionBegin;
  PetscCall(PetscNew(generator));
  (*generator)->comm = comm;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What an earlier type left behind. */
static PetscErrorCode Reset(KarGenerator generator)
{
  PetscFunctionBegin;
  if (generator->ops.destroy) PetscCall(generator->ops.destroy(generator));
  PetscCall(PetscFree(generator->context));
  PetscCall(PetscMemzero(&generator->ops, sizeof(generator->ops)));
  generator->parameters = NULL;
  generator->variables  = 0;
  generator->ready      = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorSetType(KarGenerator generator, KarGeneratorType type)
{
  PetscErrorCode (*create)(KarGenerator);
  char names[512];

  PetscFunctionBegin;
  if (!strcmp(generator->type, type)) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(TypeNames(sizeof(names), names));
  PetscCall(PetscFunctionListFind(types, type, &create));
  KarCheck(generator->comm, create, PETSC_ERR_ARG_UNKNOWN_TYPE, "-generator_type %s: no such law; there are %s", type, names);
  PetscCall(Reset(generator));
  PetscCall(PetscStrncpy(generator->type, type, sizeof(generator->type)));
  generator->dim   = 2;
  generator->basis = KAR_BASIS_PERIODIC;
  for (int a = 0; a < 3; a++) generator->n[a] = 64, generator->length[a] = 1;
  (void)snprintf(generator->units, sizeof(generator->units), "1");
  PetscCall(create(generator));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorSetGrid(KarGenerator generator, KarGrid grid)
{
  PetscFunctionBegin;
  PetscCall(KarGridReference(grid));
  PetscCall(KarGridDestroy(&generator->grid));
  generator->grid  = grid;
  generator->ready = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorSetParameter(KarGenerator generator, const char name[], PetscReal value)
{
  PetscFunctionBegin;
  generator->ready = PETSC_FALSE;
  for (const KarParameter *p = generator->parameters; p && p->name; p++)
    if (!strcmp(p->name, name)) {
      *p->value = value;
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  KarCheck(generator->comm, PETSC_FALSE, PETSC_ERR_ARG_OUTOFRANGE, "the law %s has no parameter %s", generator->type, name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The type's own grid, with the dimension of -grid_n if that is given. */
static PetscErrorCode DefaultGrid(KarGenerator generator)
{
  PetscInt dim = 3, n[3];

  PetscFunctionBegin;
  if (generator->grid) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarOptionsIntArray(NULL, "grid_n", "points along each axis, slowest first: 64,64 is a plane", 1, 1 << 20, &dim, n));
  PetscCall(KarGridCreate(generator->comm, &generator->grid));
  PetscCall(KarGridSetSizes(generator->grid, dim ? dim : generator->dim, dim ? n : generator->n, generator->length));
  PetscCall(KarGridSetBasis(generator->grid, generator->basis));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorSetFromOptions(KarGenerator generator)
{
  char type[32] = KARGENERATORGAUSSIAN, names[512], text[600];

  PetscFunctionBegin;
  if (generator->type[0]) PetscCall(PetscStrncpy(type, generator->type, sizeof(type)));
  PetscCall(TypeNames(sizeof(names), names));
  PetscCall(PetscSNPrintf(text, sizeof(text), "law of the fields: %s", names));
  PetscCall(KarOptionsString(NULL, "generator_type", text, sizeof(type), type));
  PetscCall(KarGeneratorSetType(generator, type));
  if (!generator->grid) {
    PetscCall(DefaultGrid(generator));
    PetscCall(KarGridSetFromOptions(generator->grid));
  }
  PetscCall(KarParametersSetFromOptions(generator->prefix, generator->parameters));
  if (generator->ops.setfromoptions) PetscCall(generator->ops.setfromoptions(generator));
  generator->ready = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void kar_generator_add(KarGenerator generator, const char name[], PetscInt components, const char units[], const char long_name[])
{
  KarVariable *v = &generator->variable[generator->variables++];

  *v = (KarVariable){.components = components};
  (void)snprintf(v->name, sizeof(v->name), "%s", name);
  (void)snprintf(v->units, sizeof(v->units), "%s", units);
  (void)snprintf(v->long_name, sizeof(v->long_name), "%s", long_name);
}

PetscErrorCode KarGeneratorSetUp(KarGenerator generator)
{
  PetscFunctionBegin;
  if (generator->ready) PetscFunctionReturn(PETSC_SUCCESS);
  KarCheck(generator->comm, generator->type[0], PETSC_ERR_ORDER, "the generator has no type: give -generator_type");
  PetscCall(DefaultGrid(generator));
  PetscCall(KarGridSetUp(generator->grid));
  generator->variables = 0;
  if (generator->ops.setup) PetscCall(generator->ops.setup(generator));
  generator->ready = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorView(KarGenerator generator, PetscViewer viewer)
{
  char text[1024];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(text, sizeof(text), "%s", generator->type));
  PetscCall(KarParametersText(generator->parameters, sizeof(text), text));
  PetscCall(PetscViewerASCIIPrintf(viewer, "generator %s\n", text));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorDestroy(KarGenerator *generator)
{
  PetscFunctionBegin;
  if (!*generator) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(Reset(*generator));
  PetscCall(KarGridDestroy(&(*generator)->grid));
  PetscCall(PetscFree(*generator));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorGetType(KarGenerator generator, KarGeneratorType *type)
{
  PetscFunctionBegin;
  *type = generator->type;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorGetGrid(KarGenerator generator, KarGrid *grid)
{
  PetscFunctionBegin;
  *grid = generator->grid;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorGetVariables(KarGenerator generator, PetscInt *n, const KarVariable *variables[])
{
  PetscFunctionBegin;
  PetscCall(KarGeneratorSetUp(generator));
  *n         = generator->variables;
  *variables = generator->variable;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorGetParameters(KarGenerator generator, const KarParameter *parameters[])
{
  PetscFunctionBegin;
  *parameters = generator->parameters;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorGetUnits(KarGenerator generator, const char **units)
{
  PetscFunctionBegin;
  *units = generator->units;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorPutAttributes(KarGenerator generator, KarDataset data)
{
  PetscFunctionBegin;
  if (generator->ops.attributes) PetscCall(generator->ops.attributes(generator, data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorGetTitle(KarGenerator generator, const char **title)
{
  PetscFunctionBegin;
  *title = generator->title;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A zero field of so many components on the grid. */
static PetscErrorCode CreateField(KarGenerator generator, PetscInt components, Vec *field)
{
  KarGridInfo g;
  KarGrid     grid;

  PetscFunctionBegin;
  PetscCall(KarGridGetInfo(generator->grid, &g));
  PetscCall(KarGridCreate(g.comm, &grid));
  PetscCall(KarGridSetSizes(grid, g.dim, g.n, g.length));
  PetscCall(KarGridSetBasis(grid, g.basis));
  PetscCall(KarGridSetComponents(grid, components));
  PetscCall(KarGridSetUp(grid));
  PetscCall(KarGridCreateField(grid, field));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorCreateFields(KarGenerator generator, Vec *fields[])
{
  PetscFunctionBegin;
  PetscCall(KarGeneratorSetUp(generator));
  PetscCall(PetscMalloc1(generator->variables, fields));
  for (PetscInt v = 0; v < generator->variables; v++) PetscCall(CreateField(generator, generator->variable[v].components, &(*fields)[v]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorDestroyFields(KarGenerator generator, Vec *fields[])
{
  PetscFunctionBegin;
  for (PetscInt v = 0; v < generator->variables; v++) PetscCall(VecDestroy(&(*fields)[v]));
  PetscCall(PetscFree(*fields));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorSample(KarGenerator generator, KarKey key, Vec fields[])
{
  const KarKey named = {.seed = key.seed, .sample = key.sample, .stream = KAR_STREAM_DATA};

  PetscFunctionBegin;
  PetscCall(KarGeneratorSetUp(generator));
  PetscCall(generator->ops.sample(generator, named, fields));
  PetscFunctionReturn(PETSC_SUCCESS);
}
