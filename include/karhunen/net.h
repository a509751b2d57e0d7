/* A network between fields: float channels at the points of a grid's slab in, others out, one or more numbers a sample
   beside them. Types are one file each (impl/net.h). Level 3; a KarDenoiser evaluates one, a KarTrainer trains one. */
#pragma once

#include <karhunen/checkpoint.h>
#include <karhunen/grid.h>

typedef struct _p_KarNet *KarNet;
typedef const char       *KarNetType;
#define KARNETFNO   "fno"   /* a Fourier neural operator: nn.h */
#define KARNETLOCAL "local" /* stencils, one halo; and waves of the box (modes > 0) */
#define KARNETUNET                                                                                                     \
  "unet" /* stencils on grids of falling numbers of points: of the coarse grid that a cascade begins with */
#define KARNETNEURALOPERATOR "neuraloperator" /* as the Python library of that name has it, whose weights it takes */
#define KARNETTRANSFORMER    "transformer"    /* attention between points, on a grid or anywhere: transformer.h */

/* One tensor of the block of parameters; row-major. */
typedef struct {
  char      name[64]; /* as in a model file: "layer0.skip.weight" */
  PetscInt  ndim;
  PetscInt  shape[6];
  PetscInt  offset; /* floats from the start of the block */
  PetscInt  size;   /* floats */
  PetscReal scale;  /* standard deviation at the start; 0 starts at zero */
} KarTensor;

typedef enum { KAR_NET_EVALUATE, KAR_NET_KEEP } KarNetPass; /* keep: what KarNetBackward() needs */
typedef enum { KAR_NET_WEIGHTS = 1, KAR_NET_INPUT = 2 } KarNetGradient;

/* Collective in effect. A type from outside, for -PREFIXnet_type; create sets net->ops (karhunen/impl/net.h). */
PETSC_EXTERN PetscErrorCode KarNetRegister(const char name[], const char text[], PetscErrorCode (*create)(KarNet));
/* Collective. A network of type "fno"; its communicator must be that of its grid. */
PETSC_EXTERN PetscErrorCode KarNetCreate(MPI_Comm comm, KarNet *net);
PETSC_EXTERN PetscErrorCode KarNetSetType(KarNet net, KarNetType type);
PETSC_EXTERN PetscErrorCode KarNetGetType(KarNet net, KarNetType *type);
PETSC_EXTERN PetscErrorCode KarNetSetOptionsPrefix(KarNet net, const char prefix[]);
/* Components of x, further channels that condition it and lie behind them, components of y; before KarNetSetUp(). */
PETSC_EXTERN PetscErrorCode KarNetSetChannels(KarNet net, PetscInt cin, PetscInt condition, PetscInt cout);
PETSC_EXTERN PetscErrorCode KarNetGetChannels(KarNet net, PetscInt *cin, PetscInt *condition, PetscInt *cout);
/* Numbers a sample (noise level, parameters of a law): 1 at first; before KarNetSetUp(). */
PETSC_EXTERN PetscErrorCode KarNetSetScalars(KarNet net, PetscInt n);
PETSC_EXTERN PetscErrorCode KarNetGetScalars(KarNet net, PetscInt *n);
/* The slab that it acts on; the first call, before KarNetSetFromOptions(), also sets the defaults that depend on a
   grid. */
PETSC_EXTERN PetscErrorCode KarNetSetGrid(KarNet net, const KarGridInfo *info);
/* One number of the type's configuration, by its name in a model file: "width". */
PETSC_EXTERN PetscErrorCode KarNetSetParameter(KarNet net, const char name[], PetscReal value);
/* Collective. -net_type and the type's configuration, unless it comes from a file; what it does at run time. */
PETSC_EXTERN PetscErrorCode KarNetSetFromOptions(KarNet net);
/* Collective. Parameters are zero. */
PETSC_EXTERN PetscErrorCode KarNetSetUp(KarNet net);
PETSC_EXTERN PetscErrorCode KarNetView(KarNet net, PetscViewer viewer);
PETSC_EXTERN PetscErrorCode KarNetDestroy(KarNet *net);

/* Collective. x is [batch][points][cin + condition], y [batch][points][cout], scalars[batch][n] the same on every
   rank. */
PETSC_EXTERN PetscErrorCode KarNetForward(KarNet net, PetscInt batch, const PetscReal scalars[], const float x[],
                                          float y[], KarNetPass pass);
/* Not collective. Frees the activations, which the next KarNetForward() makes again, where a type has many. */
PETSC_EXTERN PetscErrorCode KarNetFreeWork(KarNet net);
/* Collective; after a KarNetForward() that kept, with the same batch, scalars and x (kept by reference). dy is dL/dy
   where L is a sum over all points of all ranks. WEIGHTS adds into the gradient this rank's share: the gradient is the
   SUM over the ranks, left to the caller. INPUT overwrites dx, dL/dx, and alone may be repeated after one forward;
   without it dx is not used. */
PETSC_EXTERN PetscErrorCode KarNetBackward(KarNet net, int wanted, const float dy[], float dx[]);
/* Collective. Bytes that this rank's network will hold for such calls. */
PETSC_EXTERN PetscErrorCode KarNetGetMemory(KarNet net, PetscInt batch, KarNetPass pass, PetscReal *bytes);

/* Not collective. Additions and multiplications of the products that one sample's forward pass needs of this rank's
   slab; 0: the type does not say. */
PETSC_EXTERN PetscErrorCode KarNetGetFlops(KarNet net, PetscReal *flops);
/* Not collective. An answer depends on inputs of so many points on either side, along each axis; -1: on all of them. */
PETSC_EXTERN PetscErrorCode KarNetGetReach(KarNet net, PetscInt *reach);

#include <karhunen/tensors.h>
