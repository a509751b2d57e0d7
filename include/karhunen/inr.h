/* The network of an implicit representation, each point for itself, of c numbers z of the latents there and features g
   of its place in a cell. A header of the room nn. Level 3.
     h_0 = gelu(P g + p + A_0 z),   h_l = gelu(W_l h_(l-1) + b_l + A_l z),   u = Q h + q */
#pragma once

#include <karhunen/net.h>

/* Collective. Not of a type that -net_type names: its "batch" counts points. The caller sets channels (latents,
   features, components) before its set-up. */
PETSC_EXTERN PetscErrorCode KarNetCreateINR(MPI_Comm comm, KarNet *net);
/* Not collective. -PREFIXinr_NAME of its configuration. */
PETSC_EXTERN PetscErrorCode KarINRSetFromOptions(KarNet net, const char prefix[]);
/* Collective. Its configuration in a file, of KarNetSave(). */
PETSC_EXTERN PetscErrorCode KarINRLoad(KarNet net, KarCheckpoint file, const char group[]);
/* Not collective; cannot fail. The logarithms of the gradient steps, [steps][latents], in a block of its weights. */
float *kar_inr_steps(KarNet net, float block[]);
/* A number of its configuration, by its name. */
PetscInt kar_inr_number(KarNet net, const char name[]);
