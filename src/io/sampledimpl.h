/* What the files that read measured values share. */
#pragma once

#include "datasetimpl.h"

#include <karhunen/sampled.h>

/* Rank 0 alone. Places of one file; false where they are those of a raster, or where why[] says what is wrong. */
PetscBool kar_sampled_points(const char path[], const KarSampledWhat *what, KarTable *table, PetscInt *missing,
                             size_t size, char why[]);
