/* Do the weights of a file fit a network? A header of the room nn. Level 3. */
#pragma once

#include <karhunen/tensors.h>

/* Collective. An error where the weights of the file at `path` do not fit: of another type of network, of other inputs
   or outputs, or of other numbers, which it names. but: the file may lack the last input (KarNetLoadWeightsBut). */
PETSC_EXTERN PetscErrorCode KarNetCheckFile(KarNet net, KarCheckpoint file, const char group[], PetscBool but,
                                            const char path[]);
