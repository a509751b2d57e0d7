/* What `evaluate` found: numbers first, then a table, a JSON file and pictures of them. */
#pragma once

#include "cli.h"

enum { REFERENCE,
       SAMPLES,
       SETS };
enum { BINS          = 120,
       MAX_ROWS      = 16,
       MAX_DISTANCES = 8,
       MAX_DENSITIES = 8,
       MAX_BANDS     = 64 };

typedef struct {
  const char *name;
  PetscBool   positive; /* so that a ratio says something */
  KarEstimate set[SETS];
} ReportRow;

typedef struct {
  PetscInt    first, last; /* shells */
  KarEstimate ratio;       /* the mean of theirs, samples over reference */
} ReportBand;

typedef struct {
  const char    *name;
  PetscReal      distance, halves; /* W_1 of the two sets; of the two halves of the reference */
  KarRelabelTest relabelled;       /* of numbers of which a sample has one; else without permutations */
} ReportDistance;

typedef struct {
  const char *title, *label;
  PetscReal   low, high;
  PetscInt    bins; /* <= BINS */
  PetscReal   density[SETS][BINS];
} ReportDensity;

typedef struct {
  char           path[SETS][PETSC_MAX_PATH_LEN], variable[SETS][64];
  KarDatasetInfo data[SETS];
  PetscInt       samples[SETS];
  PetscBool      phase, shapes;
  PetscInt       n[3];            /* compared on this grid: the coarser of the two along each axis */
  char           truncation[160]; /* what was truncated to it; empty for equal grids */
  PetscInt       energy_n[3];     /* the energy distance, on these */
  PetscInt       shells;          /* whole on both grids */
  PetscInt       all[SETS];       /* whole on the set's own grid */
  PetscReal     *modes[SETS];     /* [all] */
  KarEstimate   *spectrum[SETS];  /* [all]: E of the sum of |u^|^2 over the shell */
  PetscReal      rounding;        /* shells of the reference with less power have no ratio */
  PetscInt       resolved;        /* shells 1, ..., resolved - 1 have more */
  PetscInt       bands, rows, distances, densities;
  ReportBand     band[MAX_BANDS];
  ReportRow      row[MAX_ROWS];
  ReportDistance distance[MAX_DISTANCES];
  ReportDensity  density[MAX_DENSITIES];
  PetscInt       fields[SETS]; /* in the energy test; none when there are fewer than 2 */
  KarEnergyTest  energy;
  PetscInt       thinning; /* one value of so many is in the one-point distances */
} Report;

typedef struct {
  PetscInt permutations, seed;
} ReportTests;

/* Collective. Fills in what two measured sets have to say; shift is the origin of their moments. */
PetscErrorCode ReportCompare(MPI_Comm comm, const KarMeasureInfo *const set[SETS], PetscReal shift, const ReportTests *tests, Report *report);
/* Not collective. "256x256" */
void ReportSizes(PetscInt dim, const PetscInt n[], size_t size, char text[]);
/* Collective. The table, on standard output. */
PetscErrorCode ReportPrint(MPI_Comm comm, const Report *report);
/* Collective. Writes the open output. */
PetscErrorCode ReportWriteJSON(MPI_Comm comm, const Report *report, KarOutput output);
/* Collective. Circular mean and variance of each pixel over a set of phases, read from `data` and measured. */
PetscErrorCode EnsembleWrite(MPI_Comm comm, const char path[], KarReplace replace, KarDataset data, const char variable[], PetscBool slabs,
                             const KarMeasureInfo *info);
/* Collective. stem.png and stem.pdf. */
PetscErrorCode ReportPlot(MPI_Comm comm, const Report *report, const char stem[], KarReplace replace);
