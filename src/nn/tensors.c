/* The block of tensors of a network, whatever its type: where each lies, their gradient, whose they are, how they
   start. */
#include <karhunen/impl/net.h>
#include <karhunen/random.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ALIGNED 16 /* floats that each tensor's place is a multiple of */

PetscErrorCode KarFloatsCreate(ptrdiff_t n, float **array, double *bytes)
{
  size_t size = (size_t)PetscMax(n, 1) * sizeof(float), align = size >= 4u << 20 ? 2u << 20 : 64;
  void  *p = NULL;

  PetscFunctionBegin;
  size = (size + align - 1) / align * align;
  if (bytes) *bytes += (double)size;
  if (!array) PetscFunctionReturn(PETSC_SUCCESS);
  free(*array);
  *array = NULL;
  PetscCheck(!posix_memalign(&p, align, size), PETSC_COMM_SELF, PETSC_ERR_MEM,
             "no memory for %zu bytes of the network: use more ranks, a smaller batch, or -fno_activations recomputed",
             size);
  if (align > 64) (void)madvise(p, size, MADV_HUGEPAGE);
  memset(p, 0, size);
  *array = p;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTensorsAdd(KarTensors *t, const char name[], PetscInt layer, PetscReal scale, PetscInt ndim,
                             const PetscInt shape[])
{
  KarTensor *one;

  PetscFunctionBegin;
  if (t->n == t->capacity) {
    t->capacity = PetscMax(16, 2 * t->capacity);
    PetscCall(PetscRealloc((size_t)t->capacity * sizeof(*t->tensor), &t->tensor));
  }
  one = &t->tensor[t->n++];
  PetscCall(PetscMemzero(one, sizeof(*one)));
  PetscCall(PetscSNPrintf(one->name, sizeof(one->name), name, (int)layer));
  one->ndim   = ndim;
  one->scale  = scale;
  one->offset = t->size;
  one->size   = 1;
  for (PetscInt i = 0; i < ndim; i++) one->size *= one->shape[i] = shape[i];
  t->size += (one->size + ALIGNED - 1) / ALIGNED * ALIGNED;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTensorsGetParameters(KarTensors *t, PetscInt *n, float *parameters[])
{
  PetscFunctionBegin;
  if (t->owner) PetscCall(KarTensorsGetParameters(t->owner, NULL, &t->p));
  else if (!t->p) {
    if (!t->own) PetscCall(KarFloatsCreate(t->size, &t->own, NULL));
    t->p = t->own;
  }
  if (n) *n = t->size;
  if (parameters) *parameters = t->p;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTensorsGetGradient(KarTensors *t, PetscInt *n, float *gradient[])
{
  PetscFunctionBegin;
  if (t->owner) PetscCall(KarTensorsGetGradient(t->owner, NULL, &t->g));
  else if (!t->owng) {
    PetscCall(KarFloatsCreate(t->size, &t->owng, NULL));
    t->g = t->owng;
  }
  if (n) *n = t->size;
  if (gradient) *gradient = t->g;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTensorsSetParameters(KarTensors *t, float parameters[])
{
  PetscFunctionBegin;
  PetscCheck(!t->owner, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONGSTATE,
             "this network shares its parameters: set them on their owner");
  t->p = parameters;
  PetscCall(KarTensorsGetParameters(t, NULL, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTensorsShare(KarTensors *t, KarTensors *owner)
{
  PetscFunctionBegin;
  PetscCheck(t->size == owner->size, PETSC_COMM_SELF, PETSC_ERR_ARG_INCOMP,
             "networks of %" PetscInt_FMT " and %" PetscInt_FMT " parameters cannot share them", t->size, owner->size);
  t->owner = owner;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTensorsInitialize(KarTensors *t, PetscInt64 seed)
{
  PetscFunctionBegin;
  PetscCall(KarTensorsGetParameters(t, NULL, NULL));
  for (PetscInt i = 0; i < t->n; i++) {
    const KarTensor *one = &t->tensor[i];
    const KarKey     key = {seed, i, 0, 0, KAR_STREAM_TRAIN};
    float           *p   = t->p + one->offset;

    if (one->scale == 0) PetscCall(PetscArrayzero(p, one->size));
    else
      for (PetscInt j = 0; j < one->size; j += 2) {
        PetscReal z[2];

        kar_normal_pair(key, j / 2 >> 16, j / 2 & 0xffff, 0, z);
        p[j] = (float)(one->scale * z[0]);
        if (j + 1 < one->size) p[j + 1] = (float)(one->scale * z[1]);
      }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTensorsDestroy(KarTensors *t)
{
  PetscFunctionBegin;
  free(t->own);
  free(t->owng);
  PetscCall(PetscFree(t->tensor));
  PetscCall(PetscMemzero(t, sizeof(*t)));
  PetscFunctionReturn(PETSC_SUCCESS);
}
