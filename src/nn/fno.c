/* The object: what it is, its life, its parameters. */
#include "fnoimpl.h"

static PetscErrorCode CheckConfig(const KarGridInfo *info, const KarFNOConfig *c)
{
  MPI_Comm comm = info->comm;

  PetscFunctionBegin;
  KarCheck(comm, c->dim == info->dim, PETSC_ERR_ARG_INCOMP,
           "a network in %" PetscInt_FMT " dimensions cannot act on a grid in %" PetscInt_FMT, c->dim, info->dim);
  KarCheck(comm, c->cin > 0 && c->cout > 0 && c->width > 0 && c->depth > 0 && c->hidden > 0, PETSC_ERR_ARG_OUTOFRANGE,
           "a network needs at least one channel in, out, inside and in its projection, and one layer");
  KarCheck(comm, c->embed > 0 && c->embed % 2 == 0, PETSC_ERR_ARG_OUTOFRANGE,
           "%" PetscInt_FMT " features of the noise level: use an even number", c->embed);
  for (PetscInt i = 0; i < c->dim; i++) {
    KarCheck(comm, c->modes[i] > 0 && 2 * c->modes[i] - 1 <= info->n[i], PETSC_ERR_ARG_OUTOFRANGE,
             "%" PetscInt_FMT " modes along axis %" PetscInt_FMT " need at least %" PetscInt_FMT
             " points, the grid has %" PetscInt_FMT ": use a finer grid or a network with fewer modes",
             c->modes[i], i, 2 * c->modes[i] - 1, info->n[i]);
    KarCheck(comm, c->extension[i] >= 0, PETSC_ERR_ARG_OUTOFRANGE,
             "extension %g along axis %" PetscInt_FMT ": use 0 or more", (double)c->extension[i], i);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What the network is on this slab. */
static PetscErrorCode Describe(const KarGridInfo *info, const KarFNOConfig *config, KarFNOArchitecture *arch)
{
  PetscFunctionBegin;
  arch->info     = *info;
  arch->config   = *config;
  arch->nscalar  = PetscMax(1, config->scalars);
  arch->features = arch->nscalar * config->embed;
  arch->W        = kar_lanes(config->width);
  arch->H        = kar_lanes(config->hidden);
  arch->X        = kar_lanes(config->cin + 1);
  arch->np       = info->ln;
  arch->total    = 1;
  for (PetscInt i = 0; i < info->dim; i++) {
    arch->total *= info->n[i];
    if (i) arch->np *= info->n[i];
  }
  arch->nrow = info->dim == 1 ? info->ln : info->n[info->dim - 1];
  PetscCall(KarFNOCreateTensors_Private(arch));
  PetscCall(KarFNOCreateModes_Private(arch));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOCreate(const KarGridInfo *info, const KarFNOConfig *config, KarFNO *fno)
{
  KarFNO f;

  PetscFunctionBegin;
  PetscCall(CheckConfig(info, config));
  PetscCall(PetscNew(&f));
  f->books.kernels = kar_kernels();
  f->books.threads = kar_threads();
  PetscCall(PetscCalloc1(f->books.threads, &f->books.thread));
  PetscCall(Describe(info, config, &f->arch));
  PetscCall(KarFNOCreateExchange_Private(f));
  PetscCall(KarFNOSetExchange(f, KAR_EXCHANGE_AUTO));
  PetscCall(KarFNOSetActivations(f, KAR_ACTIVATIONS_AUTO));
  *fno = f;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOView(KarFNO fno, PetscViewer viewer)
{
  PetscReal bytes;

  PetscFunctionBegin;
  PetscCall(KarFNOGetMemory(fno, 1, PETSC_FALSE, &bytes));
  PetscCall(PetscViewerASCIIPrintf(
    viewer, "network: %s kernels, %d thread%s a rank, activations %s, ranks exchange %s, %.4g MiB a rank to evaluate\n",
    fno->books.kernels->name, fno->books.threads, fno->books.threads > 1 ? "s" : "",
    KarFNOActivationsNames[fno->books.activations], KarFNOExchangeNames[fno->exchange.type], (double)bytes / 1048576));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNODestroy(KarFNO *fno)
{
  KarFNO f = *fno;

  PetscFunctionBegin;
  if (!f) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarFNORelease_Private(f));
  PetscCall(KarFNODestroyExchange_Private(f));
  PetscCall(KarFNODestroyModes_Private(&f->arch));
  PetscCall(KarTensorsDestroy(&f->arch.tensors));
  PetscCall(PetscFree(f));
  *fno = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOGetConfig(KarFNO fno, const KarFNOConfig **config)
{
  PetscFunctionBegin;
  *config = &fno->arch.config;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOGetTensors(KarFNO fno, PetscInt *n, const KarTensor *tensors[])
{
  PetscFunctionBegin;
  if (n) *n = fno->arch.tensors.n;
  if (tensors) *tensors = fno->arch.tensors.tensor;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOGetParameters(KarFNO fno, PetscInt *n, float *parameters[])
{
  PetscFunctionBegin;
  PetscCall(KarTensorsGetParameters(&fno->arch.tensors, n, parameters));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOGetGradient(KarFNO fno, PetscInt *n, float *gradient[])
{
  PetscFunctionBegin;
  PetscCall(KarTensorsGetGradient(&fno->arch.tensors, n, gradient));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOZeroGradient(KarFNO fno)
{
  PetscInt n;
  float   *g;

  PetscFunctionBegin;
  PetscCall(KarFNOGetGradient(fno, &n, &g));
  PetscCall(PetscArrayzero(g, n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOInitialize(KarFNO fno, PetscInt64 seed)
{
  PetscFunctionBegin;
  PetscCall(KarTensorsInitialize(&fno->arch.tensors, seed));
  PetscFunctionReturn(PETSC_SUCCESS);
}
