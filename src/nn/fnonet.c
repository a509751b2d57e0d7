/* The Fourier neural operator as a type of network: its configuration is a table, its work that of a KarFNO. */
#include <karhunen/impl/net.h>

#include "fnoimpl.h"

#define AUTOMATIC 16 /* modes along an axis that has points for them */

typedef struct {
  PetscReal    width, depth, hidden, embed, modes[3], extension[3];
  KarFNOWork   work;
  KarFNO       fno;
  KarParameter table[11];
} Type;

static KarParameter number(const char name[], const char text[], PetscReal min, PetscReal max, PetscReal *value)
{
  return (KarParameter){
    .name = name, .text = text, .min = min, .max = max, .value = value, .choices = KarParameterWhole};
}

static void describe(Type *t)
{
  static const char *const modes[3]      = {"modes_0", "modes_1", "modes_2"};
  static const char *const extensions[3] = {"extension_0", "extension_1", "extension_2"};

  t->table[0] = number("width", "channels of the Fourier layers", 1, 1024, &t->width);
  t->table[1] = number("depth", "number of Fourier layers", 1, 64, &t->depth);
  t->table[2] = number("hidden", "channels of the projection", 1, 4096, &t->hidden);
  t->table[3] = number("embed", "features that encode the noise level, an even number", 2, 1024, &t->embed);
  for (int a = 0; a < 3; a++) {
    t->table[4 + a] = number(modes[a], NULL, 1, 4096, &t->modes[a]);
    t->table[7 + a] = (KarParameter){.name = extensions[a], .value = &t->extension[a]};
  }
}

static PetscErrorCode Defaults(KarNet net)
{
  Type *t = (Type *)net->context;

  PetscFunctionBegin;
  for (PetscInt a = 0; a < net->info.dim; a++) t->modes[a] = (PetscReal)PetscMin(AUTOMATIC, (net->info.n[a] + 1) / 2);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetFromOptions(KarNet net)
{
  Type          *t   = (Type *)net->context;
  const PetscInt dim = net->info.dim;
  PetscInt       n   = 3, modes[3];
  char           prefix[80];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(prefix, sizeof(prefix), "%sfno_", net->prefix));
  PetscCall(KarOptionsIntArray(prefix, "modes", "retained modes K along each axis, one or one an axis: |kappa| < K", 1,
                               4096, &n, modes));
  KarCheck(net->comm, n <= 1 || n == dim, PETSC_ERR_USER_INPUT,
           "-%smodes: %" PetscInt_FMT " numbers for %" PetscInt_FMT " axes: give one, or one an axis", prefix, n, dim);
  for (PetscInt a = 0; a < dim && n; a++) t->modes[a] = (PetscReal)modes[n == 1 ? 0 : a];
  PetscCall(KarOptionsReal(prefix, "extension",
                           "longer period of the Fourier basis, in boxes, for fields that are not periodic", 0, 4,
                           &t->extension[0]));
  for (PetscInt a = 1; a < dim; a++) t->extension[a] = t->extension[0];
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode RunFromOptions(KarNet net)
{
  PetscFunctionBegin;
  PetscCall(KarFNOWorkFromOptions_Private(net->prefix, &((Type *)net->context)->work));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarNet net)
{
  Type        *t      = (Type *)net->context;
  KarFNOConfig config = {.dim     = net->info.dim,
                         .cin     = net->cin + net->condition,
                         .cout    = net->cout,
                         .width   = (PetscInt)t->width,
                         .depth   = (PetscInt)t->depth,
                         .hidden  = (PetscInt)t->hidden,
                         .embed   = (PetscInt)t->embed,
                         .scalars = net->scalars};

  PetscFunctionBegin;
  for (int a = 0; a < 3; a++) {
    config.modes[a]     = (PetscInt)t->modes[a];
    config.extension[a] = t->extension[a];
  }
  PetscCall(KarFNOCreate(&net->info, &config, &t->fno));
  net->tensors = &t->fno->arch.tensors;
  PetscCall(KarFNOSetWork_Private(t->fno, &t->work));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Forward(KarNet net, PetscInt batch, const PetscReal scalars[], const float x[], float y[],
                              KarNetPass pass)
{
  PetscFunctionBegin;
  PetscCall(
    KarFNOForward(((Type *)net->context)->fno, batch, scalars, x, y, pass == KAR_NET_KEEP ? PETSC_TRUE : PETSC_FALSE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Backward(KarNet net, int wanted, const float dy[], float dx[])
{
  PetscFunctionBegin;
  PetscCall(KarFNOBackward(((Type *)net->context)->fno, wanted, dy, dx));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Memory(KarNet net, PetscInt batch, KarNetPass pass, PetscReal *bytes)
{
  PetscFunctionBegin;
  PetscCall(
    KarFNOGetMemory(((Type *)net->context)->fno, batch, pass == KAR_NET_KEEP ? PETSC_TRUE : PETSC_FALSE, bytes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Flops(KarNet net, PetscReal *flops)
{
  PetscFunctionBegin;
  PetscCall(KarFNOGetFlops(((Type *)net->context)->fno, flops));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode View(KarNet net, PetscViewer viewer)
{
  PetscFunctionBegin;
  PetscCall(KarFNOView(((Type *)net->context)->fno, viewer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarNet net)
{
  Type *type = (Type *)net->context;

  PetscFunctionBegin;
  if (type) PetscCall(KarFNODestroy(&type->fno));
  PetscCall(PetscFree(type));
  net->context = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetCreate_FNO(KarNet net)
{
  Type *type;

  PetscFunctionBegin;
  PetscCall(PetscNew(&type));
  type->width  = 32;
  type->depth  = 4;
  type->hidden = 128;
  type->embed  = 32;
  for (int a = 0; a < 3; a++) type->modes[a] = 1;
  type->work =
    (KarFNOWork){.activations = KAR_ACTIVATIONS_AUTO, .exchange = KAR_EXCHANGE_AUTO, .kernels = KAR_KERNELS_AUTO};
  describe(type);
  net->context    = type;
  net->parameters = type->table;
  net->ops        = (KarNetOps){.setup          = SetUp,
                                .forward        = Forward,
                                .backward       = Backward,
                                .memory         = Memory,
                                .flops          = Flops,
                                .defaults       = Defaults,
                                .setfromoptions = SetFromOptions,
                                .runfromoptions = RunFromOptions,
                                .view           = View,
                                .destroy        = Destroy};
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetGetFNO(KarNet net, KarFNO *fno)
{
  PetscFunctionBegin;
  PetscCall(KarNetSetUp(net));
  *fno = net->ops.setup == SetUp ? ((Type *)net->context)->fno : NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}
