/* karhunen evaluate -data reference.h5 -samples fields.h5 -out report: two sets of fields, measured alike and compared.
   It prints numbers, their errors, and how far apart two halves of the reference are; it judges nothing. */
#include "report.h"

typedef struct {
  PetscInt fields;        /* of each set, at most; 0: all */
  PetscInt energy_fields; /* of each set in the energy test, at most */
  PetscInt permutations, seed;
} Options;

enum { SLAB_POINTS   = 1 << 22,
       ENERGY_POINTS = 1 << 14,
       KEPT_VALUES   = 1 << 23 };

/* The named variable of both files; without a name, the reference's first that the samples have too, or the first of each. */
static PetscErrorCode ChooseVariables(KarDataset data[SETS], const KarDatasetInfo info[SETS], const char name[], KarVariable v[SETS])
{
  PetscInt number[SETS] = {0};

  PetscFunctionBegin;
  if (name[0])
    for (int s = 0; s < SETS; s++) PetscCall(KarDatasetFindVariable(data[s], name, &number[s]));
  for (PetscInt i = info[REFERENCE].variables - 1; i >= 0 && !name[0]; i--) {
    PetscCall(KarDatasetGetVariable(data[REFERENCE], i, &v[REFERENCE]));
    for (PetscInt j = 0; j < info[SAMPLES].variables; j++) {
      PetscCall(KarDatasetGetVariable(data[SAMPLES], j, &v[SAMPLES]));
      if (!strcmp(v[REFERENCE].name, v[SAMPLES].name)) number[REFERENCE] = i, number[SAMPLES] = j;
    }
  }
  for (int s = 0; s < SETS; s++) PetscCall(KarDatasetGetVariable(data[s], number[s], &v[s]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode OpenSets(MPI_Comm comm, const char variable[], const Options *options, Report *report, KarDataset data[SETS])
{
  KarVariable v[SETS];

  PetscFunctionBegin;
  for (int s = 0; s < SETS; s++) {
    PetscCall(KarDatasetOpen(comm, report->path[s], &data[s]));
    PetscCall(KarDatasetGetInfo(data[s], &report->data[s]));
  }
  PetscCall(ChooseVariables(data, report->data, variable, v));
  for (int s = 0; s < SETS; s++) {
    PetscCall(PetscStrncpy(report->variable[s], v[s].name, sizeof(report->variable[s])));
    report->samples[s] = options->fields ? PetscMin(v[s].samples, options->fields) : v[s].samples;
    KarCheck(comm, report->samples[s] > 0, PETSC_ERR_FILE_READ, "%s holds no field of %s", report->path[s], v[s].name);
  }
  const KarDatasetInfo *a = &report->data[REFERENCE], *b = &report->data[SAMPLES];
  KarCheck(comm, a->dim == b->dim && a->basis == b->basis, PETSC_ERR_ARG_INCOMP,
           "%s is %" PetscInt_FMT "D %s, %s %" PetscInt_FMT "D %s: fields of one kind can be compared", report->path[0], a->dim, KarBases[a->basis],
           report->path[1], b->dim, KarBases[b->basis]);
  KarCheck(comm, v[0].components == v[1].components, PETSC_ERR_ARG_INCOMP, "%s has %" PetscInt_FMT " components, %s of the samples %" PetscInt_FMT,
           v[0].name, v[0].components, v[1].name, v[1].components);
  for (PetscInt i = 0; i < a->dim; i++)
    KarCheck(comm, PetscAbsReal(a->length[i] - b->length[i]) <= 1e-6 * a->length[i], PETSC_ERR_ARG_INCOMP,
             "the boxes differ: edge %" PetscInt_FMT " is %g in %s and %g in %s", i, (double)a->length[i], report->path[0], (double)b->length[i],
             report->path[1]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Which sets are finer than the shared grid. */
static void NoteTruncation(Report *report)
{
  const char *const names[SETS] = {"the reference is", "the samples are"};
  const PetscInt    dim         = report->data[REFERENCE].dim;
  char              from[64], to[64];
  size_t            at = 0;

  ReportSizes(dim, report->n, sizeof(to), to);
  for (int s = 0; s < SETS; s++) {
    ReportSizes(dim, report->data[s].n, sizeof(from), from);
    if (!strcmp(from, to)) continue;
    at += (size_t)snprintf(report->truncation + at, sizeof(report->truncation) - at, "%s%s truncated from %s", at ? ", " : "", names[s], from);
  }
  if (at) (void)snprintf(report->truncation + at, sizeof(report->truncation) - at, " to the modes of %s, exactly", to);
}

/* The shared grid, the one of the energy distance, and whether fields are so big that the ranks share each. */
static void ChooseGrids(Report *report, PetscBool *slabs)
{
  const PetscInt dim    = report->data[REFERENCE].dim;
  PetscInt       points = 1, most = 0;

  for (PetscInt a = 0; a < 3; a++) {
    report->n[a]        = PetscMin(report->data[REFERENCE].n[a], report->data[SAMPLES].n[a]);
    report->energy_n[a] = report->n[a];
    points *= report->n[a];
  }
  while (points > ENERGY_POINTS) {
    points = 1;
    for (PetscInt a = 0; a < dim; a++) points *= report->energy_n[a] = (report->energy_n[a] + 1) / 2;
  }
  for (int s = 0; s < SETS; s++) most = PetscMax(most, report->data[s].n[0] * report->data[s].n[1] * report->data[s].n[2]);
  *slabs = (PetscBool)(most > SLAB_POINTS);
  NoteTruncation(report);
}

/* Reads and measures one set; its first field's mean is the origin of the moments when *shift is not known yet (NaN). */
static PetscErrorCode MeasureSet(MPI_Comm comm, KarDataset data, const Report *report, int s, PetscBool slabs, const Options *options,
                                 PetscReal *shift, KarMeasure *measure, const KarMeasureInfo **info, PetscBool *stop)
{
  KarMeasureConfig config = {.phase = report->phase, .shapes = report->shapes, .fields = options->energy_fields, .values = KEPT_VALUES};
  KarProgress      progress;
  KarGrid          grid;
  PetscInt         rounds, numbers;
  Vec              field;
  int              rank = 0, ranks = 1, failed = 0;

  PetscFunctionBegin;
  if (!slabs) {
    PetscCallMPI(MPI_Comm_rank(comm, &rank));
    PetscCallMPI(MPI_Comm_size(comm, &ranks));
  }
  rounds = (report->samples[s] + ranks - 1) / ranks;
  PetscCall(KarDatasetCreateGrid(data, slabs ? comm : PETSC_COMM_SELF, report->variable[s], &grid));
  PetscCall(KarGridCreateField(grid, &field));
  if (report->truncation[0]) PetscCall(PetscArraycpy(config.n, report->n, 3));
  if (report->truncation[0] || report->energy_n[0] < report->n[0]) PetscCall(PetscArraycpy(config.energy, report->energy_n, 3));
  if (PetscIsNanReal(*shift)) {
    PetscCall(KarDatasetRead(data, report->variable[s], 0, field));
    PetscCall(VecSum(field, shift));
    PetscCall(VecGetSize(field, &numbers));
    *shift /= (PetscReal)numbers;
  }
  config.shift = *shift;
  PetscCall(KarMeasureCreate(comm, grid, report->samples[s], rounds, &config, measure));
  PetscCall(KarProgressCreate(comm, s == REFERENCE ? "measuring the reference" : "measuring the samples", rounds, &progress));
  for (PetscInt t = 0; t < rounds && !*stop; t++) {
    const PetscInt i = t * ranks + rank;

    if (i < report->samples[s]) {
      failed = (int)KarDatasetRead(data, report->variable[s], i, field);
      if (!failed) PetscCall(KarMeasureAdd(*measure, i, field));
    }
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, comm));
    if (failed) PetscFunctionReturn((PetscErrorCode)failed); /* the rank that read it has said why */
    PetscCall(KarProgressUpdate(progress, t + 1, NULL));
    PetscCall(KarStopRequested(comm, stop));
  }
  PetscCall(KarMeasureFinish(*measure, info));
  PetscCall(KarProgressDestroy(&progress));
  PetscCall(VecDestroy(&field));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

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
      PetscCall(KarStatsJackknife(set[s]->samples, set[s]->columns, 1, set[s]->table + j, kar_row_first, &report->spectrum[s][j]));
  }
  PetscCall(CompareBands(report, set));
  PetscFunctionReturn(PETSC_SUCCESS);
}

typedef enum { OF_VALUES,
               OF_GRADIENTS,
               OF_CIRCLE,
               OF_SHAPE } Columns;
enum { FIELD = 1,
       PHASE = 2,
       SHAPE = 4 }; /* kinds of set */
static const struct {
  const char *name;
  int         kinds; /* of set that have it */
  Columns     columns;
  PetscInt    which; /* for one number a sample: the column */
  KarRowFn   *fn;
  PetscBool   positive;
} statistics[] = {
  {"mean", FIELD, OF_VALUES, 0, kar_row_first, PETSC_FALSE},
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
      const PetscInt column[] = {set[s]->moments, set[s]->gradients, set[s]->circular, set[s]->shape}, width[] = {4, 4, 1, 1};
      const Columns  c = statistics[i].columns;

      PetscCall(KarStatsJackknife(set[s]->samples, set[s]->columns, width[c], set[s]->table + column[c] + statistics[i].which, statistics[i].fn,
                                  &row->set[s]));
      if (c == OF_VALUES && statistics[i].fn == kar_row_first) row->set[s].value += shift;
    }
    report->rows++;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* W_1 / unit of two sets, and of the first's values before and from `half`; the values are sorted in place. */
static PetscErrorCode PutDistance(MPI_Comm comm, Report *report, const char name[], PetscReal unit, PetscInt half, PetscInt nx, PetscReal x[],
                                  PetscInt ny, PetscReal y[])
{
  ReportDistance *distance = &report->distance[report->distances++];

  PetscFunctionBegin;
  *distance = (ReportDistance){.name = name};
  if (report->samples[REFERENCE] > 1) PetscCall(KarStatsWasserstein(comm, half, x, nx - half, x + half, &distance->halves));
  PetscCall(KarStatsWasserstein(comm, nx, x, ny, y, &distance->distance));
  distance->halves /= unit;
  distance->distance /= unit;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PutDensity(MPI_Comm comm, Report *report, const char title[], const char label[], PetscReal low, PetscReal high,
                                 PetscInt bins, const PetscInt n[SETS], PetscReal *const v[SETS])
{
  ReportDensity *density = &report->density[report->densities++];

  PetscFunctionBegin;
  *density = (ReportDensity){.title = title, .label = label, .low = low, .high = high, .bins = bins};
  for (int s = 0; s < SETS; s++) PetscCall(KarStatsDensity(comm, n[s], v[s], low, high, bins, density->density[s]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One number of every sample, in that column of the table: all on rank 0. */
static PetscErrorCode CompareColumn(MPI_Comm comm, Report *report, const KarMeasureInfo *const set[SETS], const PetscInt column[SETS],
                                    const char name[])
{
  PetscReal *v[SETS], low = PETSC_MAX_REAL, high = -PETSC_MAX_REAL;
  PetscBool  counts = PETSC_TRUE; /* a bin for each whole number, when there are no others and not too many */
  PetscInt   n[SETS];
  int        rank;

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
  PetscCall(PutDistance(comm, report, name, 1, n[REFERENCE] / 2, n[REFERENCE], v[REFERENCE], n[SAMPLES], v[SAMPLES]));
  if (counts) PetscCall(PutDensity(comm, report, name, name, low - 0.5, high + 0.5, (PetscInt)(high - low + 1.5), n, v));
  else PetscCall(PutDensity(comm, report, name, name, low, high > low ? high : low + 1, 30, n, v));
  for (int s = 0; s < SETS; s++) PetscCall(PetscFree(v[s]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Laws over the samples of every number that a sample has one of. */
static PetscErrorCode CompareColumns(MPI_Comm comm, Report *report, const KarMeasureInfo *const set[SETS])
{
  PetscFunctionBegin;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(statistics); i++) {
    PetscInt column[SETS];

    if (!(statistics[i].kinds & Kinds(report)) || statistics[i].columns < OF_CIRCLE) continue;
    for (int s = 0; s < SETS; s++) column[s] = (statistics[i].columns == OF_CIRCLE ? set[s]->circular : set[s]->shape) + statistics[i].which;
    PetscCall(CompareColumn(comm, report, set, column, statistics[i].name));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Densities within five standard deviations of the reference's mean, and distances in units of one. */
static PetscErrorCode CompareValues(MPI_Comm comm, Report *report, const KarMeasureInfo *const set[SETS], PetscReal shift)
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
    PetscCall(PutDensity(comm, report, "One-point density", report->variable[REFERENCE], mean.value - 5 * sigma, mean.value + 5 * sigma, BINS,
                         (PetscInt[]){r->nvalues, s->nvalues}, (PetscReal *[]){r->values, s->values}));
    PetscCall(PutDistance(comm, report, "one-point values, in standard deviations", sigma, r->half_values, r->nvalues, r->values, s->nvalues, s->values));
  }
  PetscCall(KarStatsJackknife(r->samples, r->columns, 4, r->table + r->gradients, kar_row_variance, &variance));
  sigma = variance.value > 0 ? PetscSqrtReal(variance.value) : 1;
  PetscCall(PutDensity(comm, report, "Density of gradients", "derivative along an axis", -6 * sigma, 6 * sigma, BINS,
                       (PetscInt[]){r->ngradients, s->ngradients}, (PetscReal *[]){r->gradient_values, s->gradient_values}));
  PetscCall(PutDistance(comm, report, "gradients, in standard deviations", sigma, r->half_gradients, r->ngradients, r->gradient_values,
                        s->ngradients, s->gradient_values));
  PetscCall(CompareColumns(comm, report, set));
  report->thinning = PetscMax(r->thinning, s->thinning);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CompareEnergy(MPI_Comm comm, Report *report, const KarMeasureInfo *const set[SETS], const Options *options)
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
  PetscCall(KarStatsEnergyTest(comm, n, m, d, (PetscInt64)options->seed, options->permutations, &report->energy));
  PetscCall(PetscFree2(x, d));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Compare(MPI_Comm comm, KarDataset data[SETS], const Options *options, const char stem[], KarReplace replace, Report *report,
                              PetscBool *stop)
{
  char                  path[PETSC_MAX_PATH_LEN + 8];
  const KarMeasureInfo *set[SETS];
  KarMeasure            measure[SETS] = {NULL};
  PetscReal             shift         = report->phase ? 0 : NAN;
  PetscBool             slabs;

  PetscFunctionBegin;
  *stop = PETSC_FALSE;
  ChooseGrids(report, &slabs);
  for (int s = 0; s < SETS && !*stop; s++) PetscCall(MeasureSet(comm, data[s], report, s, slabs, options, &shift, &measure[s], &set[s], stop));
  if (!*stop) {
    PetscCall(CompareSpectra(report, set));
    PetscCall(CompareStatistics(report, set, shift));
    PetscCall(CompareValues(comm, report, set, shift));
    PetscCall(CompareEnergy(comm, report, set, options));
    (void)snprintf(path, sizeof(path), "%s.h5", stem);
    if (report->phase) PetscCall(EnsembleWrite(comm, path, replace, data[SAMPLES], report->variable[SAMPLES], slabs, set[SAMPLES]));
  }
  for (int s = 0; s < SETS; s++) PetscCall(KarMeasureDestroy(&measure[s]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Claims every output before the work, so that none is refused after it. */
static PetscErrorCode ClaimOutputs(MPI_Comm comm, const char stem[], PetscBool ensemble, KarReplace *replace, KarOutput *json)
{
  const char *const ends[] = {"png", "pdf", "h5"};
  char              path[PETSC_MAX_PATH_LEN + 8];
  KarOutput         picture;

  PetscFunctionBegin;
  PetscCall(KarOutputReplaceFromOptions(replace));
  for (int e = 0; e < (ensemble ? 3 : 2); e++) {
    (void)snprintf(path, sizeof(path), "%s.%s", stem, ends[e]);
    PetscCall(KarOutputCreate(comm, path, *replace, 1 << 20, &picture));
    PetscCall(KarOutputDestroy(&picture));
  }
  (void)snprintf(path, sizeof(path), "%s.json", stem);
  PetscCall(KarOutputCreate(comm, path, *replace, 1 << 20, json));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Tell(MPI_Comm comm, const Report *report, const char stem[], KarReplace replace, KarOutput *json)
{
  PetscFunctionBegin;
  PetscCall(ReportPrint(comm, report));
  PetscCall(ReportPlot(comm, report, stem, replace));
  PetscCall(ReportWriteJSON(comm, report, *json));
  PetscCall(KarOutputCommit(json, PETSC_FALSE));
  PetscCall(PetscPrintf(comm, "wrote %s.json, %s.png and %s.pdf\n", stem, stem, stem));
  if (report->phase) PetscCall(PetscPrintf(comm, "wrote %s.h5: circular mean and variance of the samples, pixel by pixel\n", stem));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Evaluate(MPI_Comm comm, const char stem[], const char variable[], const Options *options, Report *report)
{
  KarDataset data[SETS];
  KarReplace replace;
  KarOutput  json;
  PetscBool  stop;

  PetscFunctionBegin;
  PetscCall(OpenSets(comm, variable, options, report, data));
  PetscCall(ClaimOutputs(comm, stem, report->phase, &replace, &json));
  PetscCall(Compare(comm, data, options, stem, replace, report, &stop));
  if (stop) PetscCall(KarStopped(comm, "no report is written"));
  else PetscCall(Tell(comm, report, stem, replace, &json));
  PetscCall(KarOutputDestroy(&json));
  for (int s = 0; s < SETS; s++) {
    PetscCall(PetscFree2(report->modes[s], report->spectrum[s]));
    PetscCall(KarDatasetDestroy(&data[s]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCommandEvaluate(MPI_Comm comm)
{
  char       stem[PETSC_MAX_PATH_LEN] = "", variable[64] = "";
  Options    options = {.energy_fields = 512, .permutations = 999, .seed = 1};
  KarReplace replace;
  PetscBool  done;
  Report    *report;

  PetscFunctionBegin;
  PetscCall(PetscNew(&report));
  PetscCall(KarOptionsString(NULL, "data", "the reference: a file of fields", sizeof(report->path[REFERENCE]), report->path[REFERENCE]));
  PetscCall(KarOptionsString(NULL, "samples", "the fields to compare with it", sizeof(report->path[SAMPLES]), report->path[SAMPLES]));
  PetscCall(KarOptionsString(NULL, "out", "stem of the report: stem.json, stem.png, stem.pdf", sizeof(stem), stem));
  PetscCall(KarOptionsString(NULL, "variable", "which variable of both files (the reference's first that the samples have too)", sizeof(variable), variable));
  PetscCall(KarOptionsBool(NULL, "phase", "the fields are wrapped phases in rad: circular statistics, and stem.h5 with those of each pixel", &report->phase));
  PetscCall(KarOptionsBool(NULL, "shapes", "the fields are signed distances in heights: area, components, holes, slope", &report->shapes));
  PetscCall(KarOptionsInt(NULL, "fields", "use at most so many fields of each set; 0: all", 0, PETSC_MAX_INT, &options.fields));
  PetscCall(KarOptionsInt(NULL, "energy_fields", "and so many in the energy distance", 0, 10000, &options.energy_fields));
  PetscCall(KarOptionsInt(NULL, "permutations", "of the energy distance's test", 1, 1000000, &options.permutations));
  PetscCall(KarOptionsInt(NULL, "seed", "of the permutations", 0, PETSC_MAX_INT, &options.seed));
  PetscCall(KarOutputReplaceFromOptions(&replace));
  PetscCall(KarCommandReady(comm, &done));
  if (!done) {
    KarCheck(comm, report->path[REFERENCE][0], PETSC_ERR_USER_INPUT, "evaluate: compared with which fields? give -data FILE");
    KarCheck(comm, report->path[SAMPLES][0], PETSC_ERR_USER_INPUT, "evaluate: which fields? give -samples FILE");
    KarCheck(comm, !report->phase || !report->shapes, PETSC_ERR_USER_INPUT, "-phase or -shapes: a field is not both");
    KarCheck(comm, stem[0], PETSC_ERR_USER_INPUT, "evaluate: where to? give -out STEM");
    PetscCall(Evaluate(comm, stem, variable, &options, report));
  }
  PetscCall(PetscFree(report));
  PetscFunctionReturn(PETSC_SUCCESS);
}
