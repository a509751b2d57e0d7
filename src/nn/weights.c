/* A network's weights: where they are, and in a file with its configuration. */
#include <karhunen/impl/net.h>
#include <karhunen/netfile.h>

PetscErrorCode KarNetGetTensors(KarNet net, PetscInt *n, const KarTensor *tensors[])
{
  PetscFunctionBegin;
  PetscCall(KarNetSetUp(net));
  if (n) *n = net->tensors->n;
  if (tensors) *tensors = net->tensors->tensor;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetGetParameters(KarNet net, PetscInt *n, float *parameters[])
{
  PetscFunctionBegin;
  PetscCall(KarNetSetUp(net));
  PetscCall(KarTensorsGetParameters(net->tensors, n, parameters));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetGetGradient(KarNet net, PetscInt *n, float *gradient[])
{
  PetscFunctionBegin;
  PetscCall(KarNetSetUp(net));
  PetscCall(KarTensorsGetGradient(net->tensors, n, gradient));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetZeroGradient(KarNet net)
{
  PetscInt n;
  float   *g;

  PetscFunctionBegin;
  PetscCall(KarNetGetGradient(net, &n, &g));
  PetscCall(PetscArrayzero(g, n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetSetParameters(KarNet net, float parameters[])
{
  PetscFunctionBegin;
  PetscCall(KarNetSetUp(net));
  PetscCall(KarTensorsSetParameters(net->tensors, parameters));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetShareWeights(KarNet net, KarNet owner)
{
  PetscFunctionBegin;
  KarCheck(net->comm, !strcmp(net->type, owner->type), PETSC_ERR_ARG_INCOMP,
           "networks of types %s and %s cannot share weights", net->type, owner->type);
  PetscCall(KarNetSetUp(net));
  PetscCall(KarNetSetUp(owner));
  PetscCall(KarTensorsShare(net->tensors, owner->tensors));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetCreateLike(KarNet net, const KarGridInfo *info, KarNet *like)
{
  PetscFunctionBegin;
  PetscCall(KarNetCreate(info->comm, like));
  PetscCall(KarNetSetOptionsPrefix(*like, net->prefix));
  PetscCall(KarNetSetType(*like, net->type));
  PetscCall(KarNetSetGrid(*like, info));
  PetscCall(KarNetSetChannels(*like, net->cin, net->condition, net->cout));
  PetscCall(KarNetSetScalars(*like, net->scalars));
  for (const KarParameter *p = net->parameters; p && p->name; p++)
    PetscCall(KarNetSetParameter(*like, p->name, *p->value));
  PetscCall(KarNetShareWeights(*like, net));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetInitialize(KarNet net, PetscInt64 seed)
{
  PetscFunctionBegin;
  PetscCall(KarNetSetUp(net));
  PetscCall(KarTensorsInitialize(net->tensors, seed));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What every type has, as lines of a file. */
typedef struct {
  PetscReal    inputs, condition, outputs, scalars;
  KarParameter table[5];
} Common;

static void common(KarNet net, Common *c)
{
  const char *const names[4]  = {"inputs", "condition", "outputs", "scalars"};
  PetscReal *const  values[4] = {&c->inputs, &c->condition, &c->outputs, &c->scalars};

  *c = (Common){.inputs    = (PetscReal)net->cin,
                .condition = (PetscReal)net->condition,
                .outputs   = (PetscReal)net->cout,
                .scalars   = (PetscReal)net->scalars};
  for (int i = 0; i < 4; i++)
    c->table[i] = (KarParameter){.name = names[i], .value = values[i], .choices = KarParameterWhole};
}

PetscErrorCode KarNetSave(KarNet net, KarCheckpoint file, const char group[], const float weights[])
{
  Common numbers;
  char   name[128];
  float *own;

  PetscFunctionBegin;
  PetscCall(KarNetGetParameters(net, NULL, &own));
  common(net, &numbers);
  PetscCall(PetscSNPrintf(name, sizeof(name), "%sarchitecture", group));
  PetscCall(KarParametersSave(numbers.table, file, name));
  PetscCall(KarParametersSave(net->parameters, file, name));
  PetscCall(PetscSNPrintf(name, sizeof(name), "%sarchitecture/type", group));
  PetscCall(KarCheckpointPutString(file, name, net->type));
  for (PetscInt i = 0; i < net->tensors->n; i++) {
    const KarTensor *t = &net->tensors->tensor[i];

    PetscCall(PetscSNPrintf(name, sizeof(name), "%sweights/%s", group, t->name));
    PetscCall(KarCheckpointPutFloats(file, name, t->ndim, t->shape, (weights ? weights : own) + t->offset));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The type's own numbers. */
static PetscErrorCode LoadParameters(KarNet net, KarCheckpoint file, const char group[])
{
  char      name[160];
  PetscBool has;

  PetscFunctionBegin;
  for (const KarParameter *p = net->parameters; p && p->name; p++) {
    const KarParameter one[] = {*p, {.name = NULL}};

    (void)snprintf(name, sizeof(name), "%s/%s", group, p->name);
    PetscCall(KarCheckpointHas(file, name, &has));
    if (has || !net->added || strcmp(p->name, net->added)) PetscCall(KarParametersLoad(one, file, group));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetLoad(MPI_Comm comm, KarCheckpoint file, const char group[], KarNet *net)
{
  Common    numbers;
  char      name[128], type[32] = KARNETFNO;
  PetscBool has;

  PetscFunctionBegin;
  PetscCall(KarNetCreate(comm, net));
  PetscCall(PetscSNPrintf(name, sizeof(name), "%sarchitecture/type", group));
  PetscCall(KarCheckpointHas(file, name, &has));
  if (has) PetscCall(KarCheckpointGetString(file, name, sizeof(type), type));
  PetscCall(KarNetSetType(*net, type));
  common(*net, &numbers);
  PetscCall(PetscSNPrintf(name, sizeof(name), "%sarchitecture", group));
  if (has) {
    PetscCall(KarParametersLoad(numbers.table, file, name));
    PetscCall(
      KarNetSetChannels(*net, (PetscInt)numbers.inputs, (PetscInt)numbers.condition, (PetscInt)numbers.outputs));
    PetscCall(KarNetSetScalars(*net, (PetscInt)numbers.scalars));
  }
  PetscCall(LoadParameters(*net, file, name));
  (*net)->loaded = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Does the file have the tensor but for the last input of `inputs`?  Its shape is before x inputs x after then. */
static PetscErrorCode LacksInput(KarCheckpoint file, const char name[], const KarTensor *t, PetscInt inputs,
                                 PetscInt *before, PetscInt *after)
{
  PetscInt ndim, shape[8], axis = -1;

  PetscFunctionBegin;
  *before = *after = 1;
  PetscCall(KarCheckpointGetShape(file, name, &ndim, shape));
  for (PetscInt a = 0; a < ndim && ndim == t->ndim; a++) {
    if (shape[a] == t->shape[a]) *(axis < 0 ? before : after) *= shape[a];
    else if (axis < 0 && t->shape[a] == inputs && shape[a] == inputs - 1) axis = a;
    else ndim = 0;
  }
  if (axis < 0 || ndim != t->ndim) *before = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The first tensor that the file lacks, or has in another shape; NULL: none. */
static PetscErrorCode Misfit(KarNet net, KarCheckpoint file, const char group[], PetscBool but, const char **misfit)
{
  const PetscInt inputs = net->cin + net->condition;
  char           name[128];

  PetscFunctionBegin;
  *misfit = NULL;
  for (PetscInt i = 0; i < net->tensors->n && !*misfit; i++) {
    const KarTensor *t = &net->tensors->tensor[i];
    PetscInt         before, after, ndim = 0, shape[8] = {0};
    PetscBool        fits, same;

    PetscCall(PetscSNPrintf(name, sizeof(name), "%sweights/%s", group, t->name));
    PetscCall(KarCheckpointHas(file, name, &fits));
    if (fits) {
      PetscCall(KarCheckpointGetShape(file, name, &ndim, shape));
      PetscCall(PetscArraycmp(shape, t->shape, t->ndim, &same));
      fits = (PetscBool)(ndim == t->ndim && same);
      if (!fits && but) {
        PetscCall(LacksInput(file, name, t, inputs, &before, &after));
        fits = (PetscBool)(before != 0);
      }
    }
    if (!fits) *misfit = t->name;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What was added to the type later: the file may have it where the network has none, and more weights then. */
static PetscErrorCode More(KarNet net, KarCheckpoint file, const char group[], const char **more)
{
  PetscReal    value = 0;
  PetscBool    has;
  char         name[160];
  KarParameter one[] = {{.name = net->added, .value = &value, .choices = KarParameterWhole}, {.name = NULL}};

  PetscFunctionBegin;
  if (!net->added) PetscFunctionReturn(PETSC_SUCCESS);
  (void)snprintf(name, sizeof(name), "%sarchitecture/%s", group, net->added);
  PetscCall(KarCheckpointHas(file, name, &has));
  if (!has) PetscFunctionReturn(PETSC_SUCCESS);
  (void)snprintf(name, sizeof(name), "%sarchitecture", group);
  PetscCall(KarParametersLoad(one, file, name));
  for (const KarParameter *p = net->parameters; p->name; p++)
    if (!strcmp(p->name, net->added) && *p->value != value) *more = net->added;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetCheckFile(KarNet net, KarCheckpoint file, const char group[], PetscBool but, const char path[])
{
  const char *misfit;
  KarNet      of;
  char        numbers[256] = "";
  size_t      used         = 0;

  PetscFunctionBegin;
  PetscCall(KarNetSetUp(net));
  PetscCall(Misfit(net, file, group, but, &misfit));
  if (!misfit) PetscCall(More(net, file, group, &misfit));
  if (!misfit) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarNetLoad(net->comm, file, group, &of));
  KarCheck(
    net->comm, !strcmp(of->type, net->type), PETSC_ERR_USER_INPUT,
    "%s has the weights of a network of type %s, this one is of type %s: give -net_type %s, with the numbers that "
    "karhunen info tells",
    path, of->type, net->type, of->type);
  KarCheck(net->comm,
           of->cin == net->cin && of->condition + (but ? 1 : 0) == net->condition && of->cout == net->cout &&
             of->scalars == net->scalars,
           PETSC_ERR_USER_INPUT,
           "the network of %s has %" PetscInt_FMT " inputs of the field, %" PetscInt_FMT
           " of what it is given and %" PetscInt_FMT " outputs, this one %" PetscInt_FMT ", %" PetscInt_FMT
           " and %" PetscInt_FMT ": train with the same fields, octave and conditions",
           path, of->cin, of->condition, of->cout, net->cin, net->condition, net->cout);
  for (KarParameter *p = net->parameters; p->name; p++)
    for (KarParameter *q = of->parameters; q->name && used < sizeof(numbers); q++)
      if (!strcmp(p->name, q->name) && *p->value != *q->value)
        used += (size_t)snprintf(numbers + used, sizeof(numbers) - used, "%s%s %g, not %g", used ? "; " : "", p->name,
                                 (double)*q->value, (double)*p->value);
  KarCheck(net->comm, PETSC_FALSE, PETSC_ERR_USER_INPUT,
           "the weights of %s (%s) do not fit in %s: its network has %s; give these numbers to -%s%s_...", path,
           net->type, misfit, used ? numbers : "another shape", net->prefix, net->type);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* but: the file may lack the last input, whose weights are then 0. */
static PetscErrorCode Load(KarNet net, KarCheckpoint file, const char group[], PetscBool but)
{
  const PetscInt inputs = net->cin + net->condition;
  char           name[128];
  float         *own, *few;

  PetscFunctionBegin;
  PetscCall(KarNetGetParameters(net, NULL, &own));
  for (PetscInt i = 0; i < net->tensors->n; i++) {
    const KarTensor *t      = &net->tensors->tensor[i];
    float           *to     = own + t->offset;
    PetscInt         before = 0, after = 0;

    PetscCall(PetscSNPrintf(name, sizeof(name), "%sweights/%s", group, t->name));
    if (but) PetscCall(LacksInput(file, name, t, inputs, &before, &after));
    if (!before) {
      PetscCall(KarCheckpointGetFloats(file, name, t->size, to));
      continue;
    }
    PetscCall(PetscMalloc1(t->size, &few));
    PetscCall(KarCheckpointGetFloats(file, name, before * (inputs - 1) * after, few));
    PetscCall(PetscArrayzero(to, t->size));
    for (PetscInt j = 0; j < before; j++)
      PetscCall(PetscArraycpy(to + j * inputs * after, few + j * (inputs - 1) * after, (inputs - 1) * after));
    PetscCall(PetscFree(few));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetLoadWeights(KarNet net, KarCheckpoint file, const char group[])
{
  PetscFunctionBegin;
  PetscCall(Load(net, file, group, PETSC_FALSE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetLoadWeightsBut(KarNet net, KarCheckpoint file, const char group[])
{
  PetscFunctionBegin;
  PetscCall(Load(net, file, group, PETSC_TRUE));
  PetscFunctionReturn(PETSC_SUCCESS);
}
