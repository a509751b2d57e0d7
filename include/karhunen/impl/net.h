/* What the files of nn share: a network, the operations of its type, and the block of tensors that any type has. */
#pragma once

#include <karhunen/net.h>
#include <karhunen/types.h>
#include <karhunen/parameter.h>

/* Tensors one after the other in a block of floats, its gradient, and whose they are. Zero at first. */
typedef struct _n_KarTensors KarTensors;
struct _n_KarTensors {
  PetscInt    n, capacity, size; /* tensors; those that there is room for; floats in the block */
  KarTensor  *tensor;
  float      *p, *g, *own, *owng; /* in use; ours */
  KarTensors *owner;              /* whose they are, or NULL; not counted */
};
/* Not collective. Appends a tensor, name printed with its layer's number where it has a %d. */
PETSC_EXTERN PetscErrorCode KarTensorsAdd(KarTensors *tensors, const char name[], PetscInt layer, PetscReal scale,
                                          PetscInt ndim, const PetscInt shape[]);
/* Not collective. The blocks are made when they are first asked for, so that a network that shares has none. */
PETSC_EXTERN PetscErrorCode KarTensorsGetParameters(KarTensors *tensors, PetscInt *n, float *parameters[]);
PETSC_EXTERN PetscErrorCode KarTensorsGetGradient(KarTensors *tensors, PetscInt *n, float *gradient[]);
PETSC_EXTERN PetscErrorCode KarTensorsSetParameters(KarTensors *tensors, float parameters[]);
PETSC_EXTERN PetscErrorCode KarTensorsShare(KarTensors *tensors, KarTensors *owner);
PETSC_EXTERN PetscErrorCode KarTensorsInitialize(KarTensors *tensors, PetscInt64 seed);
PETSC_EXTERN PetscErrorCode KarTensorsDestroy(KarTensors *tensors);
/* Not collective. n floats, zero, on huge pages where they fill some; *array, which may be NULL, is freed before.
   free() them. array NULL: none. Adds their bytes to *bytes, which may be NULL. */
PETSC_EXTERN PetscErrorCode KarFloatsCreate(ptrdiff_t n, float **array, double *bytes);

typedef struct {
  /* Makes the network on net->info for net's channels and scalars; sets net->tensors. */
  PetscErrorCode (*setup)(KarNet net);
  /* As KarNetForward() and KarNetBackward(). */
  PetscErrorCode (*forward)(KarNet net, PetscInt batch, const PetscReal scalars[], const float x[], float y[],
                            KarNetPass pass);
  PetscErrorCode (*backward)(KarNet net, int wanted, const float dy[], float dx[]);
  PetscErrorCode (*memory)(KarNet net, PetscInt batch, KarNetPass pass, PetscReal *bytes);
  /* The others may be NULL. */
  PetscErrorCode (*flops)(KarNet net, PetscReal *flops); /* as KarNetGetFlops() */
  PetscErrorCode (*reach)(KarNet net, PetscInt *reach);  /* as KarNetGetReach() */
  PetscErrorCode (*defaults)(KarNet net);       /* configuration that depends on net->info, where none was set */
  PetscErrorCode (*setfromoptions)(KarNet net); /* of the configuration, what its table does not say */
  PetscErrorCode (*runfromoptions)(KarNet net); /* what the same network does at run time; before setup */
  PetscErrorCode (*freework)(KarNet net);       /* as KarNetFreeWork() */
  PetscErrorCode (*view)(KarNet net, PetscViewer viewer);
  PetscErrorCode (*destroy)(KarNet net);
} KarNetOps;

struct _p_KarNet {
  MPI_Comm         comm; /* shared */
  KarNetOps        ops;
  char             type[32], prefix[64];
  KarGridInfo      info; /* dim 0: no grid yet */
  PetscInt         cin, condition, cout, scalars;
  KarParameter    *parameters; /* configuration: options -PREFIXTYPE_name, lines of a file; of the context */
  const PetscReal *entries;    /* of parameters NAME_0, NAME_1, ... there are so many; NULL: one an axis of the grid */
  const char      *added;      /* of parameters, one that a file may lack: it is then as the type has it; or NULL */
  KarTensors      *tensors;    /* of the context; NULL before setup */
  void            *context;    /* owned by the type */
  PetscBool        loaded, ready;
};
