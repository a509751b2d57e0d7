/* Inside the U-net. Channels come last; widths are multiples of 16. Every level is a box of points with a margin on
   all sides, so that a stencil's taps are always there. */
#pragma once

#include <karhunen/halo.h>

#include "filmimpl.h"

#define KAR_UNET_LEVELS 6
#define KAR_UNET_BLOCKS 8
#define KAR_UNET_LAYERS (1 + 2 * KAR_UNET_LEVELS * KAR_UNET_BLOCKS)
#define KAR_UNET_MARGIN 2 /* one for the taps; the other holds zeros that the adjoint reads */

typedef struct {
  PetscInt n[3], e[3],
    stride
      [3]; /* points inside, with margins, from one to the next along an axis; axes that are absent have no margin */
  PetscInt points, padded, first; /* their numbers; place of the first inside */
  PetscInt W;
  float   *skip, *pooled, *low; /* [slots]: output of the way down, its means over 2^dim points, output of the way up */
  float   *pair[2];             /* [padded][W], which layers go to and fro between where nothing is kept */
  float   *du, *dv, *dskip;     /* gradients, of one sample */
} KarUNetLevel;

/* y = x + gelu(s c + t), or gelu(s c + t) of the first;  c = sum_tap x(p + tap) W_tap + b. */
typedef struct {
  PetscInt level, C, X, W; /* channels in, their number up to a multiple of 16, and out */
  PetscInt mod;            /* where s - 1 and t, [2][W], lie in a sample's */
  float   *in, *c, *out;   /* [slots][padded][C], [slots][padded][W] or NULL; where the output goes, borrowed */
  float   *wt;             /* [taps][W][X]: W of the opposite tap, transposed */
} KarUNetLayer;

typedef struct {
  PetscReal    width[KAR_UNET_LEVELS], levels, blocks, embed;
  KarParameter table[4 + KAR_UNET_LEVELS];
  KarTensors   tensors;

  const KarKernels *kernels;
  KarBasis          basis;
  PetscInt          dim, cin, cout, C, L, N; /* C: cin and conditions together; N: stencils */
  PetscInt          taps, outer, children;   /* 3^dim, 3^(dim - 1), 2^dim */
  KarFilm           film;
  KarUNetLevel      level[KAR_UNET_LEVELS];
  KarUNetLayer      layer[KAR_UNET_LAYERS];
  float            *top;                  /* [slots][padded of level 0][W] */
  float            *dc, *row, *slope, *v; /* [padded][W], a row's, and coarse points', as large as the largest */
  float            *down[KAR_UNET_LEVELS], *up[KAR_UNET_LEVELS]; /* transposed */
  float            *whole, *answer;       /* of one sample: [n0][n1][n2][C] and [cout] where slabs are gathered */
  KarHalo           halo;                 /* where a rank has a window of rows only; NULL where it has the whole grid */
  PetscInt          beyond, from, window; /* rows of the halo a side; the window's first, of axis 0, and their number */
  float            *rows;                 /* [beyond + ln + beyond][n1][n2][C] */
  PetscInt          slots, count;         /* most samples, and those that are kept */
  PetscMPIInt       rank, ranks, *counts, *starts; /* planes of axis 0 */
} KarUNet;

typedef enum {
  KAR_UNET_OUT_W = 4,
  KAR_UNET_OUT_B,
  KAR_UNET_GATE_W,
  KAR_UNET_GATE_B,
  KAR_UNET_FIRST
} KarUNetTensor; /* then stencil and bias of each layer, weight and bias of each passage down, and up */

static inline float *kar_unet_at(const KarUNet *n, float *block, PetscInt id)
{
  return block + n->tensors.tensor[id].offset;
}
static inline PetscInt kar_unet_stencil(PetscInt layer)
{
  return KAR_UNET_FIRST + 2 * layer;
}
/* Between level l and l + 1. */
static inline PetscInt kar_unet_down(const KarUNet *n, PetscInt l)
{
  return KAR_UNET_FIRST + 2 * (n->N + l);
}
static inline PetscInt kar_unet_up(const KarUNet *n, PetscInt l)
{
  return KAR_UNET_FIRST + 2 * (n->N + n->L - 1 + l);
}
/* Place of inner row r: its first point. */
static inline ptrdiff_t kar_unet_row(const KarUNet *n, const KarUNetLevel *v, PetscInt r)
{
  ptrdiff_t p = v->first;

  for (PetscInt a = n->dim - 2; a >= 0; a--) {
    p += r % v->n[a] * v->stride[a];
    r /= v->n[a];
  }
  return p;
}

/* Not collective; cannot fail (unet_layers.c). slot: of the sample's activations; mod: its scales and shifts. */
void kar_unet_layer(const KarUNet *n, PetscInt i, PetscInt slot, const float *mod);
/* du of the layer's level, that of the output, becomes that of the input, [padded][X]; adds to the weights' gradient,
   and to dmod, with weights. */
void kar_unet_layer_adjoint(KarUNet *n, PetscInt i, PetscInt slot, const float *mod, float *dmod, PetscBool weights,
                            PetscBool input);
/* From level l to l + 1: the input of layer i; and back up, from l + 1 to l. Adjoints: from du of the level after to
   dskip or du of the one before. */
void kar_unet_pass_down(const KarUNet *n, PetscInt l, PetscInt i, PetscInt slot);
void kar_unet_pass_up(const KarUNet *n, PetscInt l, PetscInt i, PetscInt slot);
void kar_unet_down_adjoint(KarUNet *n, PetscInt l, PetscInt slot, PetscBool weights);
void kar_unet_up_adjoint(KarUNet *n, PetscInt l, PetscInt slot, PetscBool weights);
/* Sets wt, down and up. */
void kar_unet_transpose(KarUNet *n);

/* As KarNetForward() and KarNetBackward() (unet_pass.c). */
PetscErrorCode KarUNetForward(KarNet net, PetscInt batch, const PetscReal scalars[], const float x[], float y[],
                              KarNetPass pass);
PetscErrorCode KarUNetBackward(KarNet net, int wanted, const float dy[], float dx[]);
PetscErrorCode KarUNetFreeWork(KarNet net);
