/* A Fourier neural operator on slabs, forward and backward, in float. Level 3.

   u_0     = x A + a                                                                              lift
   u_{l+1} = gelu( s_l(t) (u_l W_l + b_l + Re sum_kappa w_kappa (u^_{l,kappa} R_{l,kappa}) e^{ik.x}) + h_l(t) )   l <
   depth y       = gelu(u_depth P + p) Q + q                                                            projection
   s_l - 1, h_l = MLP(sin, cos features of c_noise), one number a channel; both start at zero, and so do Q and q.
   c_noise may be several numbers a sample: the MLP sees the features of all.

   Retained modes: |kappa_i| <= modes[i] - 1 on every axis, kappa_last >= 0: prod_{i<last} (2 modes[i] - 1) modes[last]
   of them; this needs 2 modes[i] - 1 <= n[i]. w_kappa = 2 where kappa_last > 0 and 1 where it is 0; on that plane both
   signs of the other axes are stored and the real part of the sum makes the layer real. u^ is the mean of u e^{-ik.x}
   over the grid's points, so the same weights are the same operator on every grid and rank count. k = 2 pi kappa / ((1
   + extension) length):
   with extension > 0 the basis has a longer period than the box and the layer is not periodic. */
#pragma once

#include <karhunen/adamw.h>
#include <karhunen/net.h>

typedef struct _p_KarFNO *KarFNO;

typedef struct {
  PetscInt  dim;          /* of the grids: 1, 2 or 3 */
  PetscInt  cin, cout;    /* components of x and of y */
  PetscInt  width, depth; /* channels of the Fourier layers; their number */
  PetscInt  hidden;       /* channels of the projection */
  PetscInt  embed;        /* features of c_noise, even */
  PetscInt  modes[3];     /* retained along each axis: |kappa_i| <= modes[i] - 1; 1 for an axis that is absent */
  PetscReal extension[3]; /* the Fourier basis has period (1 + extension) length; 0 on the torus */
  PetscInt  scalars;      /* numbers a sample, each with its features; 0 stands for 1 */
} KarFNOConfig;

/* Collective on info->comm. A network on this grid and slab, its parameters zero. */
PETSC_EXTERN PetscErrorCode KarFNOCreate(const KarGridInfo *info, const KarFNOConfig *config, KarFNO *fno);
PETSC_EXTERN PetscErrorCode KarFNODestroy(KarFNO *fno);
PETSC_EXTERN PetscErrorCode KarFNOGetConfig(KarFNO fno, const KarFNOConfig **config);
/* Not collective. All tensors in the order of the block; borrowed. */
PETSC_EXTERN PetscErrorCode KarFNOGetTensors(KarFNO fno, PetscInt *n, const KarTensor *tensors[]);
/* Not collective. The n parameters, and their gradient in the same layout; borrowed. n and the pointer may be NULL. */
PETSC_EXTERN PetscErrorCode KarFNOGetParameters(KarFNO fno, PetscInt *n, float *parameters[]);
PETSC_EXTERN PetscErrorCode KarFNOGetGradient(KarFNO fno, PetscInt *n, float *gradient[]);
PETSC_EXTERN PetscErrorCode KarFNOZeroGradient(KarFNO fno);
/* Not collective. Normal numbers times each tensor's scale: a function of the seed alone. */
PETSC_EXTERN PetscErrorCode KarFNOInitialize(KarFNO fno, PetscInt64 seed);
/* Collective. The operator behind a network of type "fno", set up; NULL behind another. Borrowed. */
PETSC_EXTERN PetscErrorCode KarNetGetFNO(KarNet net, KarFNO *fno);

/* Collective. One line: kernels, threads, activations, exchange, bytes of this rank. */
PETSC_EXTERN PetscErrorCode KarFNOView(KarFNO fno, PetscViewer viewer);
/* Collective. Bytes that this rank's network will hold for such calls: parameters, gradient with keep, and work. */
PETSC_EXTERN PetscErrorCode KarFNOGetMemory(KarFNO fno, PetscInt batch, PetscBool keep, PetscReal *bytes);
/* Not collective. Multiplications and additions of the products that one sample's forward makes on this rank,
   activation functions, folding and the weights of the modes not counted. */
PETSC_EXTERN PetscErrorCode KarFNOGetFlops(KarFNO fno, PetscReal *flops);

/* Collective. x is [batch][ln][n1][n2][cin], y the same with cout; cnoise[batch][scalars] is the same on every rank.
   keep: store what KarFNOBackward() needs. */
PETSC_EXTERN PetscErrorCode KarFNOForward(KarFNO fno, PetscInt batch, const PetscReal cnoise[], const float x[],
                                          float y[], PetscBool keep);
/* Collective; after KarFNOForward() with keep. As KarNetBackward(); dx may be NULL where INPUT is not wanted. */
PETSC_EXTERN PetscErrorCode KarFNOBackward(KarFNO fno, int wanted, const float dy[], float dx[]);

#include <karhunen/yardstick.h>

#include <karhunen/fnowork.h>
