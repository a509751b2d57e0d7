/* How a Fourier neural operator works: the same numbers but for rounding. A header of the room nn. Level 3. */
#pragma once

#include <karhunen/nn.h>

/* Activations of a forward without keep: one array, or nothing: each layer's tile is made anew from x and the modes of
   the layers before it, so that memory per point does not depend on the width and time grows by up to (depth + 1) / 2.
   */
typedef enum { KAR_ACTIVATIONS_STORED, KAR_ACTIVATIONS_RECOMPUTED, KAR_ACTIVATIONS_AUTO } KarFNOActivations;
PETSC_EXTERN const char *const KarFNOActivationsNames[]; /* "stored", "recomputed", "auto", NULL */
/* Collective. AUTO, the start: recomputed when one sample's array on all ranks exceeds a quarter of a machine's
   memory, or when what is stored exceeds the budget. */
PETSC_EXTERN PetscErrorCode KarFNOSetActivations(KarFNO fno, KarFNOActivations activations);
/* Collective; before KarFNOSetActivations(). Bytes that KarFNOGetMemory() may come to on a rank, 0 for any: a call
   that needs more is an error that says how much. */
PETSC_EXTERN PetscErrorCode KarFNOSetMemory(KarFNO fno, PetscReal bytes);
/* What the inner loops are made of. AUTO, the start: the best that this processor has; another that it lacks is an
   error. AMX, whose products are of numbers split in two of 16 bits, is taken only when asked for: its speed has not
   been measured. */
typedef enum {
  KAR_KERNELS_GENERIC,
  KAR_KERNELS_AVX2,
  KAR_KERNELS_AVX512,
  KAR_KERNELS_AMX,
  KAR_KERNELS_AUTO
} KarFNOKernels;
PETSC_EXTERN const char *const KarFNOKernelsNames[]; /* "generic", "avx2", "avx512", "amx", "auto", NULL */
/* Collective. */
PETSC_EXTERN PetscErrorCode KarFNOSetKernels(KarFNO fno, KarFNOKernels kernels);
/* What ranks exchange, twice a layer: the modes of all points (reduce-scatter and allgather), or the rows of a slab
   transformed along its own axes alone (all-to-all), which is less when a rank has fewer than 2 modes[0] of them. */
typedef enum { KAR_EXCHANGE_MODES, KAR_EXCHANGE_ROWS, KAR_EXCHANGE_AUTO } KarFNOExchange;
PETSC_EXTERN const char *const KarFNOExchangeNames[]; /* "modes", "rows", "auto", NULL */
/* Collective; not between forward and backward. AUTO, the start: what sends fewer bytes. One rank has nothing to
   exchange. */
PETSC_EXTERN PetscErrorCode KarFNOSetExchange(KarFNO fno, KarFNOExchange exchange);
