/* What the files of the network of points share. */
#pragma once

#include <karhunen/transformer.h>

#include "affineimpl.h"
#include "attentionimpl.h"
#include "filmimpl.h"

enum { KAR_TRANSFORMER_DEPTH = 32, OCTAVES = 5 }; /* wave numbers 1, 2, ..., 16 of the phases */

/* Tensors after the film's four: of the whole network, then of each layer. */
enum { IN_W = 4, IN_B, OUT_W, OUT_B, FIRST };
enum { Q_W, K_W, V_W, O_W, O_B, P_W, P_B, R_W, R_B, EACH };

/* What a layer keeps of a sample. */
enum { NORM1, QUERY, KEY, VALUE, ANSWER, NORM2, HIDDEN, SLOPE, SUMS, STD1, STD2, ARRAYS };

typedef struct {
  PetscReal         width, depth, heads, hidden, embed, axes;
  KarParameter      table[7];
  KarTensors        tensors;
  KarFilm           film;
  KarAttention      attention;
  const KarKernels *kernels;
  PetscInt          d, L, H, F, C, cout, P, dim,
    capacity;         /* F: hidden channels; P: points here, of capacity; dim: axes of places */
  float       *phase; /* [P][d/H/2][2] cos and sin */
  PetscInt     slots, layers, size[ARRAYS];
  float       *kept[KAR_TRANSFORMER_DEPTH][ARRAYS];
  float       *last, *laststd; /* [slots] normed output of the layers */
  float       *work[5];
  const float *x;
  PetscInt     count;
} KarTransformer;

static inline float *kar_transformer_tensor(const KarTransformer *n, float *block, PetscInt t)
{
  return block ? block + n->tensors.tensor[t].offset : NULL;
}

static inline float *kar_transformer_layer_tensor(const KarTransformer *n, float *block, PetscInt l, PetscInt t)
{
  return kar_transformer_tensor(n, block, FIRST + l * EACH + t);
}

/* Collective; KarNetOps (transformer_pass.c). */
PetscErrorCode KarTransformerForward(KarNet net, PetscInt batch, const PetscReal scalars[], const float x[], float y[],
                                     KarNetPass pass);
PetscErrorCode KarTransformerBackward(KarNet net, int wanted, const float dy[], float dx[]);
