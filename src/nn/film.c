/* Scales and shifts of a network's layers from a sample's numbers (filmimpl.h). */
#include "filmimpl.h"

static inline float *At(const KarTensors *tensors, float *block, KarFilmTensor id)
{
  return block + tensors->tensor[id].offset;
}

static PetscErrorCode Allocate(KarFilm *f, PetscInt batch)
{
  PetscFunctionBegin;
  if (batch <= f->batch) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarFloatsCreate(batch * f->n * f->embed, &f->feature, NULL));
  PetscCall(KarFloatsCreate(batch * 2 * f->embed, &f->hidden, NULL));
  PetscCall(KarFloatsCreate(batch * 2 * f->embed, &f->slope, NULL));
  PetscCall(KarFloatsCreate(batch * f->m, &f->mod, NULL));
  PetscCall(KarFloatsCreate(2 * f->embed, &f->dhidden, NULL));
  PetscCall(KarFloatsCreate(f->m, &f->dmod, NULL));
  f->batch = batch;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFilmForward(KarFilm *f, const KarKernels *kernels, const KarTensors *t, PetscInt batch,
                              const PetscReal scalars[])
{
  const PetscInt e = f->embed, h = 2 * e, E = f->n * e;

  PetscFunctionBegin;
  PetscCall(Allocate(f, batch));
  for (PetscInt s = 0; s < batch; s++) {
    float *x = f->feature + s * E, *hidden = f->hidden + s * h;

    for (PetscInt j = 0; j < f->n; j++) kar_embed_features(e, scalars[s * f->n + j], x + j * e);
    kar_embed_linear(x, At(t, t->p, KAR_FILM_W0), At(t, t->p, KAR_FILM_B0), hidden, E, h);
    kernels->gelu_slope(h, hidden, hidden, f->slope + s * h);
    kar_embed_linear(hidden, At(t, t->p, KAR_FILM_W1), At(t, t->p, KAR_FILM_B1), f->mod + s * f->m, h, f->m);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

void kar_film_adjoint(KarFilm *f, const KarKernels *kernels, const KarTensors *t, PetscInt s)
{
  const PetscInt h = 2 * f->embed, E = f->n * f->embed;

  kar_embed_linear_adjoint(f->hidden + s * h, At(t, t->p, KAR_FILM_W1), f->dmod, f->dhidden, At(t, t->g, KAR_FILM_W1),
                           At(t, t->g, KAR_FILM_B1), h, f->m);
  kernels->multiply(h, f->dhidden, f->slope + s * h, f->dhidden);
  kar_embed_linear_adjoint(f->feature + s * E, NULL, f->dhidden, NULL, At(t, t->g, KAR_FILM_W0),
                           At(t, t->g, KAR_FILM_B0), E, h);
}

void kar_film_free(KarFilm *f)
{
  float *floats[] = {f->feature, f->hidden, f->slope, f->mod, f->dhidden, f->dmod};

  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(floats); i++) free(floats[i]);
}
