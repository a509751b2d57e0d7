/* Inside the network of stencils. Channels come last; widths are multiples of 16. */
#pragma once

#include <karhunen/halo.h>
#include <karhunen/impl/net.h>
#include <stdlib.h>

#include "filmimpl.h"

#define KAR_LOCAL_DEPTH 16

/* A box of points with its halo, channels last: [e0][e1][e2][channels]; axes that are absent have extent 1 and no
   halo. */
typedef struct {
  PetscInt e[3], stride[3]; /* points */
  PetscInt first[3];        /* of its interior, in the slab */
  PetscInt n[3];            /* interior */
  PetscInt margin;          /* points of halo a side */
  PetscBool
    /* the whole of a periodic box: each layer's halo is filled from its other end, and is as wide as one stencil */
    wrapped;
} KarLocalTile;

typedef struct _n_KarLocalFourier *KarLocalFourier;

typedef struct {
  PetscReal    width, depth, embed, modes, dilation[KAR_LOCAL_DEPTH];
  KarParameter table[5 + KAR_LOCAL_DEPTH];
  KarTensors   tensors;

  const KarKernels *kernels;
  PetscInt          dim, cin, cout, C, W, L;   /* C: cin and conditions together */
  PetscBool         alone;                     /* one rank holds a periodic box */
  PetscInt          widest;                    /* dilation */
  PetscInt          d[KAR_LOCAL_DEPTH], reach; /* dilations, their sum */
  PetscInt          taps, outer;               /* 3^dim, 3^(dim - 1) */
  KarHalo           halo;
  KarFilm           film; /* mod is [L][2][W] */
  /* one layer's stencil times the scale, [taps][C or W][W]; transposed [taps][W][16 or W]; shift [W]; gradient */
  float *w, *wt, *shift, *G;
  float *below, *above; /* [reach][n1][n2][C] of one sample's inputs, of the ranks beside; NULL with `alone` */
  float *u[KAR_LOCAL_DEPTH + 1],
    *gelu[KAR_LOCAL_DEPTH];   /* of the tile of one sample, or of each of a batch that is kept */
  float          *du, *dv;    /* gradients on a tile; of each sample of a batch where there is a Fourier part */
  float          *dmod;       /* [samples][L][2][W] likewise */
  KarLocalFourier fourier;    /* NULL: none */
  PetscInt        kept, tile; /* most samples, and points of a tile */
  PetscInt        count;      /* samples of the kept batch */
  PetscBool       keeping;
  const float    *x; /* of the kept batch; borrowed */
} KarLocal;

typedef enum {
  KAR_LOCAL_TIME0_W,
  KAR_LOCAL_TIME0_B,
  KAR_LOCAL_TIME1_W,
  KAR_LOCAL_TIME1_B,
  KAR_LOCAL_OUT_W,
  KAR_LOCAL_OUT_B,
  KAR_LOCAL_GATE_W,
  KAR_LOCAL_GATE_B,
  KAR_LOCAL_STENCIL,
  KAR_LOCAL_BIAS
} KarLocalTensor; /* the last two once a layer; where there is a Fourier part its weights, layer by layer, after them */

static inline float *kar_local_at(const KarLocal *n, float *block, KarLocalTensor id, PetscInt l)
{
  return block + n->tensors.tensor[id + 2 * l].offset;
}
static inline PetscInt kar_local_channels(const KarLocal *n, PetscInt l)
{
  return l ? n->W : n->C;
}

/* Not collective; cannot fail (local_layers.c). Layer l on a tile whose first margin points a side are not valid: u[l
   + 1] and, unless NULL, gelu'. */
void kar_local_scale(KarLocal *n, PetscInt l, const float mod[]);
void kar_local_layer(KarLocal *n, PetscInt l, const KarLocalTile *tile, PetscInt margin, const float *x, float *y,
                     float *slope);
/* dh = dL/d(gelu's input) is made of dy in place; adds to n->G, [taps][C or W][W] and its sums [W], with `weights`;
   dx, [16 or W] channels, is overwritten unless NULL. */
void kar_local_layer_adjoint(KarLocal *n, PetscInt l, const KarLocalTile *tile, PetscInt margin, const float *x,
                             const float *slope, float *dy, float *dx, PetscBool weights);
/* Runs of points along the last axis that are `margin` points from a tile's ends: their number, first point of one. */
PetscInt  kar_local_runs(const KarLocal *n, const KarLocalTile *tile, PetscInt margin);
ptrdiff_t kar_local_run(const KarLocal *n, const KarLocalTile *tile, PetscInt margin, PetscInt r);
/* Not collective; cannot fail. Of a wrapped tile: fills its halo, `channels` a point; and the adjoint, which adds it
   to the interior. */
void kar_local_wrap(const KarLocal *n, const KarLocalTile *tile, PetscInt channels, float *x);
void kar_local_fold(const KarLocal *n, const KarLocalTile *tile, PetscInt channels, float *x);

/* Collective; KarNetOps (local_pass.c). */
PetscErrorCode KarLocalForward(KarNet net, PetscInt batch, const PetscReal scalars[], const float x[], float y[],
                               KarNetPass pass);
PetscErrorCode KarLocalBackward(KarNet net, int wanted, const float dy[], float dx[]);
PetscErrorCode KarLocalFreeWork(KarNet net);
/* Not collective; cannot fail. Points of the largest tile, with its halo; of a slab that is kept, or has a Fourier
   part, all of it; and that tile. */
PetscInt     kar_local_tile_points(const KarLocal *n, const KarGridInfo *g, PetscBool keep);
KarLocalTile kar_local_whole(const KarLocal *n, const KarGridInfo *g);

/* The Fourier part (local_fourier.c), on the tile that is the whole slab, for all samples of a batch. Collective; and
   bytes of such a call. */
PetscErrorCode KarLocalFourierCreate(KarLocal *n, const KarGridInfo *info);
PetscErrorCode KarLocalFourierDestroy(KarLocal *n);
PetscErrorCode KarLocalFourierReserve(KarLocal *n, const KarLocalTile *tile, PetscInt batch, PetscBool keep);
PetscErrorCode KarLocalFourierGetMemory(KarLocal *n, const KarGridInfo *info, PetscInt batch, PetscBool keep,
                                        PetscReal *bytes);
/* Additions and multiplications of a sample's transforms, without their halo and the products with modes. */
PetscReal kar_local_fourier_flops(const KarLocal *n, const KarGridInfo *info);
/* Collective. The modes of layer l from its inputs, u of every sample; and from what was collected of every sample back
   to du, `slot` floats a sample (NULL: not wanted), to dmod and, with `weights`, to the gradient. */
PetscErrorCode KarLocalFourierModes(KarLocal *n, PetscInt l, const KarLocalTile *tile, const float u[]);
PetscErrorCode KarLocalFourierAdjoint(KarLocal *n, PetscInt l, const KarLocalTile *tile, PetscBool weights, float du[],
                                      PetscInt slot);
/* Not collective; cannot fail. Before and in the layer of sample s, on points `margin` from the tile's ends: h += s F
   on the run from point p on; in and after its adjoint: what F gets of dh. */
void kar_local_fourier_evaluate(KarLocal *n, const KarLocalTile *tile, PetscInt margin, PetscInt s, const float mod[]);
void kar_local_fourier_add(const KarLocal *n, const KarLocalTile *tile, PetscInt margin, ptrdiff_t p, PetscInt channels,
                           float *h);
void kar_local_fourier_collect(const KarLocal *n, const KarLocalTile *tile, PetscInt margin, ptrdiff_t p,
                               PetscInt channels, const float *dh);
void kar_local_fourier_combine(KarLocal *n, const KarLocalTile *tile, PetscInt margin, PetscInt s);
