/* What of a model goes into a file that another is written to. */
#pragma once

#include <karhunen/checkpoint.h>

/* Collective on comm. How the models of the levels that are written, the first `most`, were made, into the groups of
   `out`; join false: of the last of `model` alone, into the file itself. model: one file, or BASE,OCTAVE,... */
PetscErrorCode ModelCopyTrainings(MPI_Comm comm, const char model[], PetscBool join, PetscInt most, KarCheckpoint out);
/* Collective on comm. Without -out_half the precision of the models that are written is theirs: *half where all have
   it, which it says. */
PetscErrorCode ModelChoosePrecision(MPI_Comm comm, const char model[], PetscBool join, PetscBool *half);
