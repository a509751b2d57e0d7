/* A network, whatever its type: what it acts on, its configuration, its weights, its place in a file. */
#include <karhunen/impl/net.h>

#include <stdlib.h>

/* The types: a new one is a file and a line here. */
#define TYPES(TYPE)                                                                                                    \
  TYPE(KARNETFNO, "Fourier neural operator", KarNetCreate_FNO)                                                         \
  TYPE(KARNETLOCAL, "stencils, with one halo; -local_modes: and waves", KarNetCreate_Local)                            \
  TYPE(KARNETUNET, "stencils on grids of falling numbers of points", KarNetCreate_UNet)                                \
  TYPE(KARNETNEURALOPERATOR, "Fourier neural operator of the library neuraloperator", KarNetCreate_NeuralOperator)     \
  TYPE(KARNETTRANSFORMER, "attention between points", KarNetCreate_Transformer)

KAR_TYPES(KarNet, TYPES, .noun = "network", .option = "net_type", .fallback = KARNETFNO);

KAR_CLASS_NAMES(KarNet, prefix)

PetscErrorCode KarNetCreate(MPI_Comm comm, KarNet *net)
{
  PetscFunctionBegin;
  PetscCall(PetscNew(net));
  (*net)->comm    = comm;
  (*net)->cin     = 1;
  (*net)->cout    = 1;
  (*net)->scalars = 1;
  PetscCall(KarNetSetType(*net, KARNETFNO));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What an earlier type left behind. */
static PetscErrorCode Reset(KarNet net)
{
  PetscFunctionBegin;
  if (net->ops.destroy) PetscCall(net->ops.destroy(net));
  PetscCall(PetscMemzero(&net->ops, sizeof(net->ops)));
  net->parameters = NULL;
  net->entries    = NULL;
  net->added      = NULL;
  net->tensors    = NULL;
  net->context    = NULL;
  net->ready      = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetSetType(KarNet net, KarNetType type)
{
  KarTypeCreateFn *create;

  PetscFunctionBegin;
  if (!strcmp(net->type, type)) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarTypesFind(&types, net->comm, net->prefix, type, &create));
  PetscCall(Reset(net));
  PetscCall(PetscStrncpy(net->type, type, sizeof(net->type)));
  PetscCall(((CreateFn *)create)(net));
  if (net->info.dim && net->ops.defaults) PetscCall(net->ops.defaults(net));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetGetType(KarNet net, KarNetType *type)
{
  PetscFunctionBegin;
  *type = net->type;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetSetChannels(KarNet net, PetscInt cin, PetscInt condition, PetscInt cout)
{
  PetscFunctionBegin;
  KarCheck(net->comm, !net->ready, PETSC_ERR_ARG_WRONGSTATE, "a network's channels are set before it is set up");
  KarCheck(net->comm, cin > 0 && condition >= 0 && cout > 0, PETSC_ERR_ARG_OUTOFRANGE,
           "a network of %" PetscInt_FMT " channels, %" PetscInt_FMT " conditioning ones and %" PetscInt_FMT
           " out: use at least 1, 0 and 1",
           cin, condition, cout);
  net->cin       = cin;
  net->condition = condition;
  net->cout      = cout;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetGetChannels(KarNet net, PetscInt *cin, PetscInt *condition, PetscInt *cout)
{
  PetscFunctionBegin;
  if (cin) *cin = net->cin;
  if (condition) *condition = net->condition;
  if (cout) *cout = net->cout;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetSetScalars(KarNet net, PetscInt n)
{
  PetscFunctionBegin;
  KarCheck(net->comm, !net->ready && n > 0, PETSC_ERR_ARG_OUTOFRANGE,
           "%" PetscInt_FMT " numbers a sample: use at least one, before the network is set up", n);
  net->scalars = n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetGetScalars(KarNet net, PetscInt *n)
{
  PetscFunctionBegin;
  *n = net->scalars;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetSetGrid(KarNet net, const KarGridInfo *info)
{
  const PetscBool first = net->info.dim ? PETSC_FALSE : PETSC_TRUE;

  PetscFunctionBegin;
  KarCheck(net->comm, !net->ready, PETSC_ERR_ARG_WRONGSTATE, "a network's grid is set before it is set up");
  net->info = *info;
  if (first && !net->loaded && net->ops.defaults) PetscCall(net->ops.defaults(net));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetSetParameter(KarNet net, const char name[], PetscReal value)
{
  KarParameter *p = net->parameters;

  PetscFunctionBegin;
  while (p && p->name && strcmp(p->name, name)) p++;
  KarCheck(net->comm, p && p->name && !net->ready, PETSC_ERR_ARG_OUTOFRANGE,
           "a network of type %s has no parameter %s to be set %s", net->type, name,
           net->ready ? "once it is set up" : "");
  *p->value = value;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetSetFromOptions(KarNet net)
{
  char type[32], prefix[100];

  PetscFunctionBegin;
  if (!net->loaded) {
    PetscCall(PetscStrncpy(type, net->type, sizeof(type)));
    PetscCall(KarTypesFromOptions(&types, net->comm, net->prefix, sizeof(type), type));
    PetscCall(KarNetSetType(net, type));
    PetscCall(PetscSNPrintf(prefix, sizeof(prefix), "%s%s_", net->prefix, net->type));
    PetscCall(KarParametersSetFromOptions(prefix, net->parameters));
    if (net->ops.setfromoptions) PetscCall(net->ops.setfromoptions(net));
  }
  if (net->ops.runfromoptions) PetscCall(net->ops.runfromoptions(net));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetSetUp(KarNet net)
{
  PetscFunctionBegin;
  if (net->ready) PetscFunctionReturn(PETSC_SUCCESS);
  KarCheck(net->comm, net->info.dim, PETSC_ERR_ORDER, "a network acts on a grid: call KarNetSetGrid() first");
  PetscCall(net->ops.setup(net));
  net->ready = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The parameters as a user gives them: NAME_0, NAME_1, ... are one list. */
static PetscErrorCode Describe(KarNet net, size_t size, char text[])
{
  const PetscInt entries = net->entries ? (PetscInt)*net->entries : net->info.dim;

  PetscFunctionBegin;
  for (const KarParameter *p = net->parameters; p && p->name; p++) {
    const KarParameter one[]  = {*p, {.name = NULL}};
    const char        *end    = strrchr(p->name, '_');
    const size_t       used   = strlen(text);
    PetscInt           number = -1;

    if (end && strspn(end + 1, "0123456789") == strlen(end + 1)) number = (PetscInt)strtol(end + 1, NULL, 10);
    if (number < 0) PetscCall(KarParametersText(one, size, text));
    else if (number == 0)
      (void)snprintf(text + used, size - used, ", %.*s %.6g", (int)(end - p->name), p->name, (double)*p->value);
    else if (number < entries) (void)snprintf(text + used, size - used, ",%.6g", (double)*p->value);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetView(KarNet net, PetscViewer viewer)
{
  char text[512];

  PetscFunctionBegin;
  PetscCall(KarNetSetUp(net));
  (void)snprintf(text, sizeof(text), "network %s", net->type);
  PetscCall(Describe(net, sizeof(text), text));
  PetscCall(PetscViewerASCIIPrintf(viewer, "%s, %" PetscInt_FMT " weights\n", text, net->tensors->size));
  if (net->ops.view) PetscCall(net->ops.view(net, viewer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetDestroy(KarNet *net)
{
  PetscFunctionBegin;
  if (*net) PetscCall(Reset(*net));
  PetscCall(PetscFree(*net));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetForward(KarNet net, PetscInt batch, const PetscReal scalars[], const float x[], float y[],
                             KarNetPass pass)
{
  PetscFunctionBegin;
  PetscCheck(net->ready, PETSC_COMM_SELF, PETSC_ERR_ORDER, "KarNetForward() needs KarNetSetUp() before it");
  PetscCall(net->ops.forward(net, batch, scalars, x, y, pass));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetFreeWork(KarNet net)
{
  PetscFunctionBegin;
  if (net->ops.freework) PetscCall(net->ops.freework(net));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetBackward(KarNet net, int wanted, const float dy[], float dx[])
{
  PetscFunctionBegin;
  PetscCheck(wanted == KAR_NET_WEIGHTS || (dx && (wanted & KAR_NET_INPUT)), PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG,
             "KarNetBackward(): ask for KAR_NET_WEIGHTS, KAR_NET_INPUT and its dx, or both");
  PetscCall(net->ops.backward(net, wanted, dy, dx));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetGetFlops(KarNet net, PetscReal *flops)
{
  PetscFunctionBegin;
  PetscCall(KarNetSetUp(net));
  *flops = 0;
  if (net->ops.flops) PetscCall(net->ops.flops(net, flops));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetGetReach(KarNet net, PetscInt *reach)
{
  PetscFunctionBegin;
  PetscCall(KarNetSetUp(net));
  *reach = -1;
  if (net->ops.reach) PetscCall(net->ops.reach(net, reach));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetGetMemory(KarNet net, PetscInt batch, KarNetPass pass, PetscReal *bytes)
{
  PetscFunctionBegin;
  PetscCall(KarNetSetUp(net));
  PetscCall(net->ops.memory(net, batch, pass, bytes));
  PetscFunctionReturn(PETSC_SUCCESS);
}
