/* Which tensors a configuration has. */
#include "nnimpl.h"

/* The three of a layer come last. */
enum { BEFORE = KAR_SPECTRAL,
       EACH   = 3 };

PetscInt kar_fno_offset(KarFNO fno, KarFNOTensorId id, PetscInt l)
{
  return fno->tensors[id + EACH * l].offset;
}

static void add(KarFNOTensor *t, PetscInt *offset, const char name[], PetscReal scale, PetscInt ndim, const PetscInt shape[])
{
  PetscInt size = 1;

  PetscStrncpy(t->name, name, sizeof(t->name));
  t->ndim  = ndim;
  t->scale = scale;
  for (PetscInt i = 0; i < ndim; i++) size *= t->shape[i] = shape[i];
  t->offset = *offset;
  t->size   = size;
  *offset += (size + 15) / 16 * 16;
}

#define ADD(name, scale, ndim, ...) add(&fno->tensors[n++], &fno->size, name, scale, ndim, (const PetscInt[]){__VA_ARGS__})

PetscErrorCode KarFNOCreateTensors_Private(KarFNO fno)
{
  const KarFNOConfig *c = &fno->config;
  PetscInt            n = 0, w = c->width, e = c->embed;

  PetscFunctionBegin;
  fno->ntensors = BEFORE + EACH * c->depth;
  PetscCall(PetscCalloc1(fno->ntensors, &fno->tensors));
  ADD("lift.weight", 1 / PetscSqrtReal((PetscReal)c->cin), 2, c->cin, w);
  ADD("lift.bias", 0, 1, w);
  ADD("projection.0.weight", PetscSqrtReal(2. / w), 2, w, c->hidden);
  ADD("projection.0.bias", 0, 1, c->hidden);
  ADD("projection.1.weight", 0, 2, c->cout, c->hidden);
  ADD("projection.1.bias", 0, 1, c->cout);
  ADD("time.0.weight", PetscSqrtReal(2. / e), 2, e, 2 * e);
  ADD("time.0.bias", 0, 1, 2 * e);
  ADD("time.1.weight", 0, 4, 2 * e, c->depth, 2, w);
  ADD("time.1.bias", 0, 3, c->depth, 2, w);
  for (PetscInt l = 0; l < c->depth; l++) {
    char      name[32];
    PetscInt  shape[6], d = c->dim;
    PetscReal one = 1 / PetscSqrtReal((PetscReal)w);

    for (PetscInt i = 0; i < d; i++) shape[i] = i < d - 1 ? 2 * c->modes[i] - 1 : c->modes[i];
    shape[d]     = w;
    shape[d + 1] = 2;
    shape[d + 2] = w;
    PetscCall(PetscSNPrintf(name, sizeof(name), "layer%" PetscInt_FMT ".spectral", l));
    add(&fno->tensors[n++], &fno->size, name, one / PetscSqrtReal(2.), d + 3, shape);
    PetscCall(PetscSNPrintf(name, sizeof(name), "layer%" PetscInt_FMT ".skip.weight", l));
    ADD(name, one, 2, w, w);
    PetscCall(PetscSNPrintf(name, sizeof(name), "layer%" PetscInt_FMT ".skip.bias", l));
    ADD(name, 0, 1, w);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
