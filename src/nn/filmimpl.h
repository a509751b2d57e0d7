/* Scales and shifts of a network's layers from a sample's numbers:  mod = gelu(e T_0 + t_0) T_1 + t_1, e the features
   of embedimpl.h. */
#pragma once

#include <karhunen/impl/net.h>
#include <stdlib.h>

#include "embedimpl.h"
#include "nnimpl.h"

typedef struct {
  PetscInt n, embed, m; /* numbers a sample, features of each (half of the hidden layer's size), size of mod */
  PetscInt batch;       /* most samples */
  float   *feature, *hidden, *slope, *mod; /* [batch][n embed], [batch][2 embed] twice, [batch][m] */
  float   *dhidden, *dmod;                 /* of one sample */
} KarFilm;

/* The first four tensors of a network: T_0, t_0, T_1, t_1. */
typedef enum { KAR_FILM_W0, KAR_FILM_B0, KAR_FILM_W1, KAR_FILM_B1 } KarFilmTensor;

/* Not collective. Sets film->mod of a batch. */
PetscErrorCode KarFilmForward(KarFilm *film, const KarKernels *kernels, const KarTensors *tensors, PetscInt batch,
                              const PetscReal scalars[]);
/* Not collective; cannot fail. Adds sample s's share of the four gradients, from film->dmod. */
void kar_film_adjoint(KarFilm *film, const KarKernels *kernels, const KarTensors *tensors, PetscInt s);
void kar_film_free(KarFilm *film);
