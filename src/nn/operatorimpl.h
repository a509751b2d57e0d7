/* The Fourier neural operator of the Python library neuraloperator, as a type of network. */
#pragma once

#include <karhunen/fft.h>
#include <karhunen/impl/net.h>
#include <petscsf.h>
#include <stdlib.h>

#include "nnimpl.h"

enum { KAR_OPERATOR_DEPTH = 16 };

/* Tensors; those of a layer have its number. -1: the network has none. */
typedef enum {
  LIFT0_W,
  LIFT0_B,
  LIFT1_W,
  LIFT1_B,
  PROJECT0_W,
  PROJECT0_B,
  PROJECT1_W,
  PROJECT1_B,
  SPECTRAL_W,
  SPECTRAL_B,
  SKIP_W,
  SKIP_B,
  MLP0_W,
  MLP0_B,
  MLP1_W,
  MLP1_B,
  GATE_W,
  GATE_B,
  OPERATOR_TENSORS
} KarOperatorTensor;

/* Arrays of a sample that a backward pass wants; those before EACH of the whole network, the others of a layer. */
typedef enum {
  INPUT,
  LIFT_H, /* after the first GELU of the lift, and its slope */
  LIFT_S,
  OUT_U, /* what is projected, on the grid's own points */
  OUT_H,
  OUT_S,
  EACH,
  LAYER_U = EACH, /* input of a layer */
  LAYER_S,        /* slope of the first GELU */
  LAYER_V,        /* after it */
  LAYER_H,        /* hidden channels of the MLP, and their slope */
  LAYER_HS,
  LAYER_T, /* slope of the last GELU */
  OPERATOR_ARRAYS
} KarOperatorArray;

typedef struct {
  PetscReal    width, depth, modes[3], lifting, projection, mlp, gate, skip, grid, time, twice, pad[3], sides;
  KarParameter table[20];
  KarTensors   tensors;
  PetscInt     id[OPERATOR_TENSORS][KAR_OPERATOR_DEPTH];

  const KarKernels *kernels;
  PetscInt          dim, C, W, L, cout,
    H[3];              /* C: input channels with numbers and coordinates; H: hidden of lift, projection, MLP */
  PetscInt     np, pp; /* points of this rank, without and with padding */
  PetscInt     low[3]; /* points added before axis i */
  PetscBool    padded;
  KarGridInfo  grids[2]; /* without and with padding; the latter is periodic */
  KarFFT       fft;      /* of W channels with padding */
  PetscSF      rows;     /* from rows without to rows with padding */
  MPI_Datatype row;
  float       *staged; /* [ln with][n1][n2 without padding][W] */
  PetscInt     nq, M;  /* modes of this rank that have weights; of all, in a tensor */
  PetscInt    *offset, *mode;
  PetscInt     coordinates;
  PetscReal   *x, *y;                 /* coordinates */
  float       *R[KAR_OPERATOR_DEPTH]; /* [nq][W][2][W] */
  float       *dR;
  float       *array[OPERATOR_ARRAYS][KAR_OPERATOR_DEPTH + 1];
  PetscInt     size[OPERATOR_ARRAYS], slots, layers; /* floats of a slot; most slots and layers */
  float       *work[4];
  PetscInt     count; /* samples of the last forward that kept */
} KarOperator;

PETSC_INTERN PetscErrorCode KarOperatorCreateTensors(KarNet net);
/* Modes of this rank, and padding. */
PETSC_INTERN PetscErrorCode KarOperatorCreateModes(KarNet net);
PETSC_INTERN PetscErrorCode KarOperatorDestroyModes(KarOperator *n);
/* Collective. R of all layers from the tensors. */
void kar_operator_pack(KarOperator *n);
/* Collective. y = u^ R back in space, and its adjoint du = g^ R^H; where weights are wanted dR is added to the
   gradient: u is then the layer's input. */
PETSC_INTERN PetscErrorCode KarOperatorSpectral(KarOperator *n, PetscInt l, const float u[], float y[]);
PETSC_INTERN PetscErrorCode KarOperatorSpectralAdjoint(KarOperator *n, PetscInt l, PetscBool weights, const float u[],
                                                       const float g[], float du[]);
/* Collective. Between [np][W] and [pp][W]. */
PETSC_INTERN PetscErrorCode KarOperatorPad(KarOperator *n, const float in[], float out[]);
PETSC_INTERN PetscErrorCode KarOperatorUnpad(KarOperator *n, const float in[], float out[]);
static inline float        *kar_operator_at(const KarOperator *n, float *block, KarOperatorTensor t, PetscInt l)
{
  return n->id[t][l] < 0 ? NULL : block + n->tensors.tensor[n->id[t][l]].offset;
}
