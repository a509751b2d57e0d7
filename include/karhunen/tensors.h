/* The tensors of a network. A header of the room nn. Level 3. */
#pragma once

#include <karhunen/net.h>

/* Not collective. All tensors in the order of the block; the n parameters, and their gradient in the same layout;
   borrowed. Arguments other than net may be NULL. */
PETSC_EXTERN PetscErrorCode KarNetGetTensors(KarNet net, PetscInt *n, const KarTensor *tensors[]);
PETSC_EXTERN PetscErrorCode KarNetGetParameters(KarNet net, PetscInt *n, float *parameters[]);
PETSC_EXTERN PetscErrorCode KarNetGetGradient(KarNet net, PetscInt *n, float *gradient[]);
PETSC_EXTERN PetscErrorCode KarNetZeroGradient(KarNet net);
/* Not collective. Uses the caller's block from now on (an average of the weights, say); NULL returns to its own. */
PETSC_EXTERN PetscErrorCode KarNetSetParameters(KarNet net, float parameters[]);
/* Collective. Parameters and gradient of `owner`, of the same type and sizes on another grid, which must live longer.
   */
PETSC_EXTERN PetscErrorCode KarNetShareWeights(KarNet net, KarNet owner);
/* Collective on info->comm. A network of the same configuration and channels on another grid, with the weights of `net`
   as by KarNetShareWeights(). */
PETSC_EXTERN PetscErrorCode KarNetCreateLike(KarNet net, const KarGridInfo *info, KarNet *like);
/* Not collective. Normal numbers times each tensor's scale: a function of the seed alone. */
PETSC_EXTERN PetscErrorCode KarNetInitialize(KarNet net, PetscInt64 seed);

/* Collective. "GROUParchitecture/..." and "GROUPweights/..." of a file; weights NULL takes the network's own. */
PETSC_EXTERN PetscErrorCode KarNetSave(KarNet net, KarCheckpoint file, const char group[], const float weights[]);
/* Collective. The type and configuration of a file, not set up; a file without a type holds an "fno", one without
   channels none. */
PETSC_EXTERN PetscErrorCode KarNetLoad(MPI_Comm comm, KarCheckpoint file, const char group[], KarNet *net);
PETSC_EXTERN PetscErrorCode KarNetLoadWeights(KarNet net, KarCheckpoint file, const char group[]);
/* Collective. The same of a file whose network lacks the last input: the weights of that input are 0. */
PETSC_EXTERN PetscErrorCode KarNetLoadWeightsBut(KarNet net, KarCheckpoint file, const char group[]);
