/* Two measured sets of fields, compared: what the report says of their spectra, moments and laws. */
#include "report.h"

/* The first shell of the band after the one that begins at j: fixed up to 64, then half octaves. */
static PetscInt NextBand(PetscInt j)
{
  static const PetscInt edge[] = {1, 5, 9, 16, 24, 32, 43, 64};
  PetscInt              octave = 64;

  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(edge); i++)
    if (j < edge[i]) return edge[i];
  while (2 * octave <= j) octave *= 2;
  return j < 3 * octave / 2 ? 3 * octave / 2 : 2 * octave;
}

/* Below 1e-14 of the whole a shell is rounding of single precision. */
static PetscErrorCode CompareBands(Report *report, const KarMeasureInfo *const set[SETS])
{
  KarColumns column[SETS];

  PetscFunctionBegin;
  for (PetscInt j = 0; j < report->shells; j++) report->rounding += 1e-14 * report->spectrum[REFERENCE][j].value;
  for (report->resolved = 1; report->resolved < report->shells; report->resolved++)
    if (!(report->spectrum[REFERENCE][report->resolved].value > report->rounding)) break;
  for (PetscInt j = 1; j < report->resolved && report->bands < MAX_BANDS; j = NextBand(j)) {
    ReportBand *band = &report->band[report->bands++];

    band->first = j;
    band->last  = PetscMin(NextBand(j), report->resolved) - 1;
    for (int s = 0; s < SETS; s++) column[s] = (KarColumns){set[s]->samples, set[s]->columns, set[s]->table + j};
    PetscCall(KarStatsMeanRatio(band->last - j + 1, column[SAMPLES], column[REFERENCE], &band->ratio));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CompareSpectra(Report *report, const KarMeasureInfo *const set[SETS])
{
  PetscFunctionBegin;
  report->shells = PetscMin(set[REFERENCE]->shells, set[SAMPLES]->shells);
  for (int s = 0; s < SETS; s++) {
    report->all[s] = set[s]->shells;
    PetscCall(PetscMalloc2(set[s]->shells, &report->modes[s], set[s]->shells, &report->spectrum[s]));
    PetscCall(PetscArraycpy(report->modes[s], set[s]->modes, set[s]->shells));
    for (PetscInt j = 0; j < set[s]->shells; j++)
      PetscCall(KarStatsJackknife(set[s]->samples, set[s]->columns, 1, set[s]->table + j, kar_row_first,
                                  &report->spectrum[s][j]));
  }
  PetscCall(CompareBands(report, set));
  PetscFunctionReturn(PETSC_SUCCESS);
}

typedef enum { OF_VALUES, OF_GRADIENTS, OF_CIRCLE, OF_SHAPE } Columns;
enum { FIELD = 1, PHASE = 2, SHAPE = 4 }; /* kinds of set */
static const struct {
  const char *name;
  int         kinds; /* of set that have it */
  Columns     columns;
  PetscInt    which; /* for one number a sample: the column */
  KarRowFn   *fn;
  PetscBool   positive;
} statistics[] = {{"mean", FIELD, OF_VALUES, 0, kar_row_first, PETSC_FALSE},
                  {"variance", FIELD, OF_VALUES, 0, kar_row_variance, PETSC_TRUE},
                  {"skewness", FIELD, OF_VALUES, 0, kar_row_skewness, PETSC_FALSE},
                  {"kurtosis", FIELD, OF_VALUES, 0, kar_row_kurtosis, PETSC_TRUE},
                  {"circular variance", PHASE, OF_CIRCLE, 0, kar_row_first, PETSC_TRUE},
                  {"circular skewness", PHASE, OF_CIRCLE, 1, kar_row_first, PETSC_FALSE},
                  {"gradient variance", FIELD | PHASE, OF_GRADIENTS, 0, kar_row_variance, PETSC_TRUE},
                  {"gradient kurtosis", FIELD | PHASE, OF_GRADIENTS, 0, kar_row_kurtosis, PETSC_TRUE},
                  {"area inside", SHAPE, OF_SHAPE, 0, kar_row_first, PETSC_TRUE},
                  {"components", SHAPE, OF_SHAPE, 1, kar_row_first, PETSC_TRUE},
                  {"holes", SHAPE, OF_SHAPE, 2, kar_row_first, PETSC_TRUE},
                  {"slope - 1", SHAPE, OF_SHAPE, 3, kar_row_first, PETSC_TRUE},
                  {"distance error", SHAPE, OF_SHAPE, 4, kar_row_first, PETSC_TRUE}};

static int Kinds(const Report *report)
{
  return (report->phase ? PHASE : FIELD) | (report->shapes ? SHAPE : 0);
}

static PetscErrorCode CompareStatistics(Report *report, const KarMeasureInfo *const set[SETS], PetscReal shift)
{
  PetscFunctionBegin;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(statistics); i++) {
    ReportRow *row = &report->row[report->rows];

    if (!(statistics[i].kinds & Kinds(report))) continue;
    *row = (ReportRow){.name = statistics[i].name, .positive = statistics[i].positive};
    for (int s = 0; s < SETS; s++) {
      const PetscInt column[] = {set[s]->moments, set[s]->gradients, set[s]->circular, set[s]->shape},
                     width[]  = {4, 4, 1, 1};
      const Columns c         = statistics[i].columns;

      PetscCall(KarStatsJackknife(set[s]->samples, set[s]->columns, width[c],
                                  set[s]->table + column[c] + statistics[i].which, statistics[i].fn, &row->set[s]));
      if (c == OF_VALUES && statistics[i].fn == kar_row_first) row->set[s].value += shift;
    }
    report->rows++;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* W_1 / unit of two sets, and of the first's values before and from `half`; the values are sorted in place. */
static PetscErrorCode PutDistance(MPI_Comm comm, Report *report, const char name[], PetscReal unit, PetscInt half,
                                  PetscInt nx, PetscReal x[], PetscInt ny, PetscReal y[])
{
  ReportDistance *distance = &report->distance[report->distances++];

  PetscFunctionBegin;
  *distance = (ReportDistance){.name = name};
  if (report->samples[REFERENCE] > 1)
    PetscCall(KarStatsWasserstein(comm, half, x, nx - half, x + half, &distance->halves));
  PetscCall(KarStatsWasserstein(comm, nx, x, ny, y, &distance->distance));
  distance->halves /= unit;
  distance->distance /= unit;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PutDensity(MPI_Comm comm, Report *report, const char title[], const char label[], PetscReal low,
                                 PetscReal high, PetscInt bins, const PetscInt n[SETS], PetscReal *const v[SETS])
{
  ReportDensity *density = &report->density[report->densities++];

  PetscFunctionBegin;
  *density = (ReportDensity){.title = title, .label = label, .low = low, .high = high, .bins = bins};
  for (int s = 0; s < SETS; s++) PetscCall(KarStatsDensity(comm, n[s], v[s], low, high, bins, density->density[s]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One number of every sample, in that column of the table: all on rank 0 for the distance and the density. */
static PetscErrorCode CompareColumn(MPI_Comm comm, Report *report, const KarMeasureInfo *const set[SETS],
                                    const ReportTests *tests, const PetscInt column[SETS], const char name[])
{
  PetscReal     *v[SETS], low = PETSC_MAX_REAL, high = -PETSC_MAX_REAL;
  PetscBool      counts = PETSC_TRUE; /* a bin for each whole number, when there are no others and not too many */
  PetscInt       n[SETS];
  KarRelabelTest test;
  int            rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  for (int s = 0; s < SETS; s++) {
    PetscCall(PetscMalloc1(set[s]->samples, &v[s]));
    n[s] = rank == 0 ? set[s]->samples : 0;
    for (PetscInt i = 0; i < set[s]->samples; i++) {
      v[s][i] = set[s]->table[i * set[s]->columns + column[s]];
      low     = PetscMin(low, v[s][i]);
      high    = PetscMax(high, v[s][i]);
      if (v[s][i] != PetscFloorReal(v[s][i])) counts = PETSC_FALSE;
    }
  }
  if (high - low >= BINS / 2) counts = PETSC_FALSE;
  PetscCall(KarStatsRelabelTest(comm, set[REFERENCE]->samples, v[REFERENCE], set[SAMPLES]->samples, v[SAMPLES],
                                (PetscInt64)tests->seed, tests->permutations, &test));
  PetscCall(PutDistance(comm, report, name, 1, n[REFERENCE] / 2, n[REFERENCE], v[REFERENCE], n[SAMPLES], v[SAMPLES]));
  report->distance[report->distances - 1].relabelled = test;
  if (counts)
    PetscCall(PutDensity(comm, report, name, name, low - 0.5, high + 0.5, (PetscInt)(high - low + 1.5), n, v));
  else PetscCall(PutDensity(comm, report, name, name, low, high > low ? high : low + 1, 30, n, v));
  for (int s = 0; s < SETS; s++) PetscCall(PetscFree(v[s]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Laws over the samples of every number that a sample has one of. */
static PetscErrorCode CompareColumns(MPI_Comm comm, Report *report, const KarMeasureInfo *const set[SETS],
                                     const ReportTests *tests)
{
  PetscFunctionBegin;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(statistics); i++) {
    PetscInt column[SETS];

    if (!(statistics[i].kinds & Kinds(report)) || statistics[i].columns < OF_CIRCLE) continue;
    for (int s = 0; s < SETS; s++)
      column[s] = (statistics[i].columns == OF_CIRCLE ? set[s]->circular : set[s]->shape) + statistics[i].which;
    PetscCall(CompareColumn(comm, report, set, tests, column, statistics[i].name));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Densities within five standard deviations of the reference's mean, and distances in units of one. */
static PetscErrorCode CompareValues(MPI_Comm comm, Report *report, const KarMeasureInfo *const set[SETS],
                                    PetscReal shift, const ReportTests *tests)
{
  const KarMeasureInfo *r = set[REFERENCE], *s = set[SAMPLES];
  KarEstimate           mean, variance;
  PetscReal             sigma;

  PetscFunctionBegin;
  if (!report->phase) {
    PetscCall(KarStatsJackknife(r->samples, r->columns, 4, r->table + r->moments, kar_row_first, &mean));
    PetscCall(KarStatsJackknife(r->samples, r->columns, 4, r->table + r->moments, kar_row_variance, &variance));
    sigma = variance.value > 0 ? PetscSqrtReal(variance.value) : 1;
    mean.value += shift;
    PetscCall(PutDensity(comm, report, "One-point density", report->variable[REFERENCE], mean.value - 5 * sigma,
                         mean.value + 5 * sigma, BINS, (PetscInt[]){r->nvalues, s->nvalues},
                         (PetscReal *[]){r->values, s->values}));
    PetscCall(PutDistance(comm, report, "one-point values, in standard deviations", sigma, r->half_values, r->nvalues,
                          r->values, s->nvalues, s->values));
  }
  PetscCall(KarStatsJackknife(r->samples, r->columns, 4, r->table + r->gradients, kar_row_variance, &variance));
  sigma = variance.value > 0 ? PetscSqrtReal(variance.value) : 1;
  PetscCall(PutDensity(comm, report, "Density of gradients", "derivative along an axis", -6 * sigma, 6 * sigma, BINS,
                       (PetscInt[]){r->ngradients, s->ngradients},
                       (PetscReal *[]){r->gradient_values, s->gradient_values}));
  PetscCall(PutDistance(comm, report, "gradients, in standard deviations", sigma, r->half_gradients, r->ngradients,
                        r->gradient_values, s->ngradients, s->gradient_values));
  PetscCall(CompareColumns(comm, report, set, tests));
  report->thinning = PetscMax(r->thinning, s->thinning);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CompareEnergy(MPI_Comm comm, Report *report, const KarMeasureInfo *const set[SETS],
                                    const ReportTests *tests)
{
  const KarMeasureInfo *r = set[REFERENCE], *s = set[SAMPLES];
  const PetscInt        n = r->fields, m = s->fields, all = n + m, length = r->length;
  PetscReal            *x, *d;

  PetscFunctionBegin;
  if (n < 2 || m < 2) PetscFunctionReturn(PETSC_SUCCESS);
  report->fields[REFERENCE] = n;
  report->fields[SAMPLES]   = m;
  PetscCall(PetscMalloc2(all * length + 1, &x, all * all, &d));
  PetscCall(PetscArraycpy(x, r->coordinates, n * length));
  PetscCall(PetscArraycpy(x + n * length, s->coordinates, m * length));
  PetscCall(KarStatsDistances(comm, all, length, x, d));
  PetscCall(KarStatsEnergyTest(comm, n, m, d, (PetscInt64)tests->seed, tests->permutations, &report->energy));
  PetscCall(PetscFree2(x, d));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode ReportCompare(MPI_Comm comm, const KarMeasureInfo *const set[SETS], PetscReal shift,
                             const ReportTests *tests, Report *report)
{
  PetscFunctionBegin;
  PetscCall(CompareSpectra(report, set));
  PetscCall(CompareStatistics(report, set, shift));
  PetscCall(ReportJudges(set, report));
  PetscCall(CompareValues(comm, report, set, shift, tests));
  PetscCall(CompareEnergy(comm, report, set, tests));
  PetscFunctionReturn(PETSC_SUCCESS);
}
