/* Where the data of an observation lie, for those who show or judge fields given them. */
#pragma once

#include "cli.h"

#include <karhunen/sampled.h>

/* Collective. Places x[m][dim] of the data of a file in the box of fields, and their values where it has any; the
   caller frees both. Kinds without places are refused by name. */
PetscErrorCode KarPlacesOfData(MPI_Comm comm, const char path[], const KarSampledWhat *what, const KarDatasetInfo *info,
                               PetscInt *m, PetscReal *x[], PetscReal *value[]);
