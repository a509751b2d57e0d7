/* Which tensors a configuration has. */
#include "fnoimpl.h"

/* The three of a layer come last. */
enum { BEFORE = KAR_SPECTRAL, EACH = 3 };

PetscInt kar_fno_offset(const KarFNOArchitecture *arch, KarFNOTensorId id, PetscInt l)
{
  return arch->tensors.tensor[id + EACH * l].offset;
}

#define ADD(name, l, scale, ndim, ...)                                                                                 \
  PetscCall(KarTensorsAdd(&arch->tensors, name, l, scale, ndim, (const PetscInt[]){__VA_ARGS__}))

PetscErrorCode KarFNOCreateTensors_Private(KarFNOArchitecture *arch)
{
  const KarFNOConfig *c = &arch->config;
  const PetscInt      w = c->width, e = c->embed, d = c->dim;
  const PetscReal     one = 1 / PetscSqrtReal((PetscReal)w);

  PetscFunctionBegin;
  ADD("lift.weight", 0, 1 / PetscSqrtReal((PetscReal)c->cin), 2, c->cin, w);
  ADD("lift.bias", 0, 0, 1, w);
  ADD("projection.0.weight", 0, PetscSqrtReal(2. / w), 2, w, c->hidden);
  ADD("projection.0.bias", 0, 0, 1, c->hidden);
  ADD("projection.1.weight", 0, 0, 2, c->cout, c->hidden);
  ADD("projection.1.bias", 0, 0, 1, c->cout);
  ADD("time.0.weight", 0, PetscSqrtReal(2. / arch->features), 2, arch->features, 2 * e);
  ADD("time.0.bias", 0, 0, 1, 2 * e);
  ADD("time.1.weight", 0, 0, 4, 2 * e, c->depth, 2, w);
  ADD("time.1.bias", 0, 0, 3, c->depth, 2, w);
  for (PetscInt l = 0; l < c->depth; l++) {
    PetscInt shape[6];

    for (PetscInt i = 0; i < d; i++) shape[i] = i < d - 1 ? 2 * c->modes[i] - 1 : c->modes[i];
    shape[d]     = w;
    shape[d + 1] = 2;
    shape[d + 2] = w;
    PetscCall(KarTensorsAdd(&arch->tensors, "layer%d.spectral", l, one / PetscSqrtReal(2.), d + 3, shape));
    ADD("layer%d.skip.weight", l, one, 2, w, w);
    ADD("layer%d.skip.bias", l, 0, 1, w);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
