/* evaluate -truths -obs_data: the same by the distance to the nearest datum. */
#pragma once

#include "dataplaces.h"
#include "report.h"

#include <karhunen/byplace.h>

/* Of the options. */
typedef struct {
  PetscInt       truths, related;
  char           obs_data[4 * PETSC_MAX_PATH_LEN]; /* "": not by place */
  KarSampledWhat obs;
} Given;

/* Collective. Draws given data against their truths, and the whole report of it; commits the open output unless *stop.
   */
PetscErrorCode GivenEvaluate(MPI_Comm comm, KarDataset data[SETS], const Report *report, const Given *given,
                             const char stem[], KarReplace replace, KarOutput *json, PetscBool *stop);

typedef struct _p_Placed *Placed;
/* Collective. The files of -obs_data: one, or one for each truth. */
PetscErrorCode PlacedCreate(MPI_Comm comm, KarFFT fft, const Given *given, const KarDatasetInfo *info, Placed *placed);
/* Collective. Truth number i and its draws, in coordinates. */
PetscErrorCode PlacedAdd(Placed placed, PetscInt i, Vec truth, PetscInt n, const Vec draw[]);
/* Collective. Prints the table, adds it to the object on rank 0, and draws stem-places.png and stem-coverage.png. */
PetscErrorCode PlacedTell(Placed placed, const KarDatasetInfo *info, const char stem[], KarReplace replace,
                          cJSON *root);
PetscErrorCode PlacedDestroy(Placed *placed);
