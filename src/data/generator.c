/* A generator: its type, its grid, its variables. */
#include <karhunen/impl/data.h>
#include <karhunen/place.h>

/* The types: a new one is a file and a line here. */
#define TYPES(TYPE)                                                                                                    \
  TYPE(KARGENERATORGAUSSIAN, "N(0, C)", KarGeneratorCreate_Gaussian)                                                   \
  TYPE(KARGENERATORMIXTURE, "sum_j w_j N(m_j, C)", KarGeneratorCreate_Mixture)                                         \
  TYPE(KARGENERATORNAVIERSTOKES, "flow at a final time, driven by a Gaussian force", KarGeneratorCreate_NavierStokes)  \
  TYPE(KARGENERATORINSAR, "simulated interferograms", KarGeneratorCreate_Insar)                                        \
  TYPE(KARGENERATORPATCHES, "patches of a measured interferogram", KarGeneratorCreate_Patches)                         \
  TYPE(KARGENERATORMNISTSDF, "signed distance functions of handwritten digits", KarGeneratorCreate_MnistSDF)           \
  TYPE(KARGENERATORPROCESS, "a process -sde_type at its end", KarGeneratorCreate_Process)                              \
  TYPE(KARGENERATORFILE, "the fields of a file", KarGeneratorCreate_File)

KAR_TYPES(KarGenerator, TYPES, .noun = "law", .option = "generator_type", .fallback = KARGENERATORGAUSSIAN);

KAR_CLASS_NAMES(KarGenerator, options)

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
  generator->dim        = 2;
  generator->basis      = KAR_BASIS_PERIODIC;
  for (int a = 0; a < 3; a++) generator->n[a] = 64, generator->length[a] = 1;
  (void)snprintf(generator->units, sizeof(generator->units), "1");
  PetscFunctionReturn(PETSC_SUCCESS);
}

KAR_CLASS_SETTYPE(KarGenerator, comm, options)

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
  KarCheck(generator->comm, PETSC_FALSE, PETSC_ERR_ARG_OUTOFRANGE, "the law %s has no parameter %s", generator->type,
           name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The type's own grid; n[dim] points instead where dim is not 0. */
static PetscErrorCode DefaultGrid(KarGenerator generator, PetscInt dim, const PetscInt n[])
{
  PetscFunctionBegin;
  if (generator->grid) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarGridCreate(generator->comm, &generator->grid));
  PetscCall(KarGridSetSizes(generator->grid, dim ? dim : generator->dim, dim ? n : generator->n, generator->length));
  PetscCall(KarGridSetBasis(generator->grid, generator->basis));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The dimension of -grid_n is that of the type's own grid too. */
static PetscErrorCode GridFromOptions(KarGenerator generator)
{
  PetscInt dim = 3, n[3];

  PetscFunctionBegin;
  if (generator->grid) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarOptionsIntArray(generator->options, "grid_n", "points along each axis, slowest first: 64,64 is a plane",
                               1, 1 << 20, &dim, n));
  PetscCall(DefaultGrid(generator, dim, n));
  PetscCall(KarGridSetOptionsPrefix(generator->grid, generator->options));
  PetscCall(KarGridSetFromOptions(generator->grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorSetFromOptions(KarGenerator generator)
{
  char type[32], prefix[96];

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(type, generator->type, sizeof(type)));
  PetscCall(KarTypesFromOptions(&types, generator->comm, generator->options, sizeof(type), type));
  PetscCall(KarGeneratorSetType(generator, type));
  PetscCall(GridFromOptions(generator));
  PetscCall(PetscSNPrintf(prefix, sizeof(prefix), "%s%s", generator->options, generator->prefix));
  PetscCall(KarParametersSetFromOptions(prefix, generator->parameters));
  if (generator->ops.setfromoptions) PetscCall(generator->ops.setfromoptions(generator));
  generator->ready = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void kar_generator_add(KarGenerator generator, const char name[], PetscInt components, const char units[],
                       const char long_name[])
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
  PetscCall(DefaultGrid(generator, 0, NULL));
  PetscCall(KarGridSetUp(generator->grid));
  generator->variables = 0;
  generator->times     = 0;
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

PetscErrorCode KarGeneratorGetSamples(KarGenerator generator, PetscInt *samples)
{
  PetscFunctionBegin;
  PetscCall(KarGeneratorSetUp(generator));
  *samples = generator->samples;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorGetTimes(KarGenerator generator, PetscInt *n, PetscReal *first, PetscReal *lag)
{
  PetscFunctionBegin;
  PetscCall(KarGeneratorSetUp(generator));
  *n = PetscMax(1, generator->times);
  if (first) *first = generator->time;
  if (lag) *lag = generator->lag;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorFindVariable(KarGenerator generator, const char name[], PetscInt *v)
{
  char names[512] = "";

  PetscFunctionBegin;
  PetscCall(KarGeneratorSetUp(generator));
  for (*v = 0; *v < generator->variables; ++*v) {
    const char *one = generator->variable[*v].name;

    if (!name || !name[0] || !strcmp(name, one)) PetscFunctionReturn(PETSC_SUCCESS);
    (void)snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s", *v ? ", " : "", one);
  }
  KarCheck(generator->comm, PETSC_FALSE, PETSC_ERR_USER_INPUT, "the law %s has no variable %s; there are %s",
           generator->type, name, names);
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
  PetscCall(KarGridCreateLike(g.comm, generator->grid, components, &grid));
  PetscCall(KarGridCreateField(grid, field));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorCreateFields(KarGenerator generator, Vec *fields[])
{
  PetscFunctionBegin;
  PetscCall(KarGeneratorSetUp(generator));
  PetscCall(PetscMalloc1(generator->variables, fields));
  for (PetscInt v = 0; v < generator->variables; v++)
    PetscCall(CreateField(generator, generator->variable[v].components, &(*fields)[v]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorDestroyFields(KarGenerator generator, Vec *fields[])
{
  PetscFunctionBegin;
  for (PetscInt v = 0; v < generator->variables; v++) PetscCall(VecDestroy(&(*fields)[v]));
  PetscCall(PetscFree(*fields));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void kar_generator_heed(KarGenerator generator, PetscBool heed)
{
  generator->heed = heed;
}

void kar_generator_watch(KarGenerator generator, void (*say)(PetscReal share, void *ctx), void *ctx)
{
  generator->say      = say;
  generator->listener = ctx;
}

PetscReal kar_generator_share(KarGenerator generator)
{
  return generator->share;
}

PetscErrorCode KarGeneratorSample(KarGenerator generator, KarKey key, Vec fields[])
{
  const KarKey named = {.seed = key.seed, .sample = key.sample, .stream = KAR_STREAM_DATA};

  PetscFunctionBegin;
  PetscCall(KarGeneratorSetUp(generator));
  generator->share = 1;
  PetscCall(generator->ops.sample(generator, named, fields));
  PetscFunctionReturn(PETSC_SUCCESS);
}
