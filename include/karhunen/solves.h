/* What solves with the data's covariance have cost. A header of the room observe. Level 5. */
#pragma once

#include <karhunen/observe.h>

/* Not collective. What all innovations of an observation have done so far: solves, products with M or its like for the
   field by conjugate gradients, Cholesky factors. */
PETSC_EXTERN PetscErrorCode KarInnovationGetCost(KarObservation obs, PetscInt64 *solves, PetscInt64 *products,
                                                 PetscInt64 *factors);
