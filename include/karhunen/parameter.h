/* Numbers of a type, each an option, a line of a model file and a word of a view. A header of the room io. Level 2. */
#pragma once

#include <karhunen/checkpoint.h>

/* One number of a type: an option, a line of a model file and a word of its view. value is borrowed. */
typedef struct {
  const char *name, *text; /* as in -cov_NAME; what it means, NULL: no option. A name NULL ends a table. */
  PetscReal  *value;
  PetscReal   min, max;
  const char *const
    *choices; /* NULL for a number, KarParameterWhole for a whole one; else the value is an index into it */
} KarParameter;
PETSC_EXTERN const char *const KarParameterWhole[];
/* Collective in effect. Reads each from -PREFIXnameN. */
PETSC_EXTERN PetscErrorCode KarParametersSetFromOptions(const char prefix[], const KarParameter table[]);
/* Appends "name value" of each. */
PETSC_EXTERN PetscErrorCode KarParametersText(const KarParameter table[], size_t size, char text[]);
/* Collective. Attributes of a group of a checkpoint. */
PETSC_EXTERN PetscErrorCode KarParametersSave(const KarParameter table[], KarCheckpoint file, const char group[]);
PETSC_EXTERN PetscErrorCode KarParametersLoad(const KarParameter table[], KarCheckpoint file, const char group[]);
