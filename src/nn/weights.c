/* A network's weights: where they are, and in a file with its configuration. */
#include <karhunen/impl/net.h>

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
  PetscCall(KarParametersLoad((*net)->parameters, file, name));
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

PetscErrorCode KarNetLoadWeightsBut(KarNet net, KarCheckpoint file, const char group[])
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
    PetscCall(LacksInput(file, name, t, inputs, &before, &after));
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
  char   name[128];
  float *own;

  PetscFunctionBegin;
  PetscCall(KarNetGetParameters(net, NULL, &own));
  for (PetscInt i = 0; i < net->tensors->n; i++) {
    const KarTensor *t = &net->tensors->tensor[i];

    PetscCall(PetscSNPrintf(name, sizeof(name), "%sweights/%s", group, t->name));
    PetscCall(KarCheckpointGetFloats(file, name, t->size, own + t->offset));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
