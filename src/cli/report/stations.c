/* karhunen evaluate of sets at scattered places: one-point moments, increments by distance, the energy distance. A set
   on a grid is taken at the places of the other.
     S_2(r) = E (u(x) - u(x + r))^2,   flatness(r) = E (u(x) - u(x + r))^4 / S_2(r)^2: 3 for a Gaussian law; of all
     components together. */
#include "report.h"

enum { DISTANCES = 8, COLUMNS = 4 + 2 * DISTANCES, PAIRS = 1 << 22 };

typedef struct {
  const char *path;
  PetscInt    samples, columns;
  PetscReal  *values; /* [samples][m][components], on every rank */
  PetscReal  *table;  /* [samples][columns] */
  KarEstimate moment[4], increment[DISTANCES], flatness[DISTANCES];
} Set;

typedef struct {
  MPI_Comm               comm;
  const KarStationsInfo *at; /* the places */
  Set                    set[SETS];
  PetscInt               bins, stride, pairs[DISTANCES]; /* one pair of so many is used */
  PetscReal              reach, shift, w1;               /* reach: of the last bin's far end */
  KarEnergyTest          energy;
} Places;

static PetscInt Numbers(const Places *p)
{
  return p->at->m * p->at->components;
}

/* --- Reading ------------------------------------------------------------ */
static PetscErrorCode Share(Places *p, Set *set, int failed)
{
  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, p->comm));
  if (failed) PetscFunctionReturn((PetscErrorCode)failed); /* the rank that read it has said why */
  for (PetscInt i = 0; i < set->samples; i++)
    PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, set->values + i * Numbers(p), (PetscMPIInt)Numbers(p), MPIU_REAL, MPIU_SUM, p->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode FromStations(Places *p, KarStations file, PetscInt fields, Set *set)
{
  const KarStationsInfo *info;
  PetscMPIInt            rank, ranks;
  int                    failed = 0;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(p->comm, &rank));
  PetscCallMPI(MPI_Comm_size(p->comm, &ranks));
  PetscCall(KarStationsGetInfo(file, &info));
  set->samples = fields ? PetscMin(fields, info->samples) : info->samples;
  PetscCall(PetscCalloc1(set->samples * Numbers(p), &set->values));
  for (PetscInt i = rank; i < set->samples && !failed; i += ranks)
    failed = (int)KarStationsRead(file, i, set->values + i * Numbers(p));
  PetscCall(Share(p, set, failed));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Each rank takes whole fields of a file at the places. */
static PetscErrorCode FromGrid(Places *p, const KarReadOptions *reading, PetscInt fields, Set *set)
{
  PetscMPIInt rank, ranks;
  int         failed = 0;
  KarDataset  data;
  KarVariable variable;
  KarGrid     grid;
  KarGridInfo g;
  KarFFT      fft;
  KarPoints   points;
  Vec         field, x;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(p->comm, &rank));
  PetscCallMPI(MPI_Comm_size(p->comm, &ranks));
  PetscCall(KarDatasetOpenAs(p->comm, set->path, reading, &data));
  PetscCall(KarDatasetGetVariable(data, 0, &variable));
  PetscCall(KarDatasetCreateGrid(data, PETSC_COMM_SELF, variable.name, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  KarCheck(p->comm, g.dim == p->at->box.dim && g.dof == p->at->components, PETSC_ERR_ARG_INCOMP,
           "%s has %" PetscInt_FMT " axes and %" PetscInt_FMT " components, the stations %" PetscInt_FMT
           " and %" PetscInt_FMT,
           set->path, g.dim, g.dof, p->at->box.dim, p->at->components);
  for (PetscInt a = 0; a < g.dim; a++)
    KarCheck(p->comm, PetscAbsReal(g.length[a] - p->at->box.length[a]) <= 1e-6 * g.length[a], PETSC_ERR_ARG_INCOMP,
             "the boxes differ: edge %" PetscInt_FMT " is %g in %s, %g of the stations", a, (double)g.length[a],
             set->path, (double)p->at->box.length[a]);
  set->samples = fields ? PetscMin(fields, variable.samples) : variable.samples;
  PetscCall(PetscCalloc1(set->samples * Numbers(p), &set->values));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(KarPointsCreate(fft, p->at->m, p->at->x, &points));
  PetscCall(KarGridCreateField(grid, &field));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  for (PetscInt i = rank; i < set->samples && !failed; i += ranks) {
    failed = (int)KarDatasetRead(data, variable.name, i, field);
    if (failed) break;
    PetscCall(KarFFTForward(fft, field, x));
    PetscCall(KarPointsEvaluate(points, x, set->values + i * Numbers(p)));
  }
  PetscCall(KarPointsDestroy(&points));
  PetscCall(VecDestroy(&field));
  PetscCall(VecDestroy(&x));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(Share(p, set, failed));
  PetscCall(KarDatasetClose(&data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SamePlaces(MPI_Comm comm, const KarStationsInfo *a, const KarStationsInfo *b)
{
  PetscBool same = (PetscBool)(a->m == b->m && a->box.dim == b->box.dim && a->components == b->components);

  PetscFunctionBegin;
  for (PetscInt i = 0; same && i < a->m * a->box.dim; i++)
    if (PetscAbsReal(a->x[i] - b->x[i]) > 1e-6 * a->box.length[i % a->box.dim]) same = PETSC_FALSE;
  KarCheck(comm, same, PETSC_ERR_ARG_INCOMP,
           "the two sets are at other places: draw one at the places of the other, `karhunen sample -points`");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Measuring ------------------------------------------------------------ */
static PetscReal Distance(const KarStationsInfo *at, PetscInt i, PetscInt j)
{
  PetscReal sum = 0;

  for (PetscInt a = 0; a < at->box.dim; a++) {
    PetscReal d = PetscAbsReal(at->x[i * at->box.dim + a] - at->x[j * at->box.dim + a]);

    if (at->box.basis == KAR_BASIS_PERIODIC) d = PetscMin(d, at->box.length[a] - d);
    sum += d * d;
  }
  return PetscSqrtReal(sum);
}

/* The bin of a distance: a quarter of an octave below half the box's shortest edge, and below its halves; -1: none. So
   narrow, the law of a Gaussian field's increments is one Gaussian within 1 % of flatness. */
static PetscInt Bin(const Places *p, PetscReal r)
{
  PetscReal far = p->reach;

  for (PetscInt b = 0; b < DISTANCES; b++, far /= 2)
    if (r <= far && r > 0.841 * far) return b;
  return -1;
}

static void MeasureSample(const Places *p, const PetscReal u[], PetscReal row[])
{
  const PetscInt C = p->at->components, n = Numbers(p);
  PetscReal      sums[5] = {0};

  kar_moment_sums(n, u, p->shift, sums);
  for (int q = 0; q < 4; q++) row[q] = sums[q + 1] / (PetscReal)n;
  for (PetscInt i = 0, pair = 0; i < p->at->m; i++)
    for (PetscInt j = 0; j < i; j++, pair++) {
      PetscInt b;

      if (pair % p->stride || (b = Bin(p, Distance(p->at, i, j))) < 0) continue;
      for (PetscInt c = 0; c < C; c++) {
        const PetscReal d2 = PetscSqr(u[i * C + c] - u[j * C + c]) / (PetscReal)(C * p->pairs[b]);

        row[4 + 2 * b] += d2;
        row[5 + 2 * b] += d2 * d2 * (PetscReal)(C * p->pairs[b]);
      }
    }
}

static PetscReal Flatness(const PetscReal mean[])
{
  return mean[0] > 0 ? mean[1] / (mean[0] * mean[0]) : 0;
}

static PetscErrorCode Measure(Places *p, Set *set)
{
  KarRowFn *const fn[4] = {kar_row_first, kar_row_variance, kar_row_skewness, kar_row_kurtosis};
  PetscMPIInt     rank, ranks;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(p->comm, &rank));
  PetscCallMPI(MPI_Comm_size(p->comm, &ranks));
  PetscCall(PetscCalloc1(set->samples * COLUMNS, &set->table));
  for (PetscInt i = rank; i < set->samples; i += ranks)
    MeasureSample(p, set->values + i * Numbers(p), set->table + i * COLUMNS);
  PetscCallMPI(
    MPI_Allreduce(MPI_IN_PLACE, set->table, (PetscMPIInt)(set->samples * COLUMNS), MPIU_REAL, MPIU_SUM, p->comm));
  for (int q = 0; q < 4; q++)
    PetscCall(KarStatsJackknife(set->samples, COLUMNS, 4, set->table, fn[q], &set->moment[q]));
  set->moment[0].value += p->shift;
  for (PetscInt b = 0; b < DISTANCES; b++) {
    PetscCall(KarStatsJackknife(set->samples, COLUMNS, 1, set->table + 4 + 2 * b, kar_row_first, &set->increment[b]));
    PetscCall(KarStatsJackknife(set->samples, COLUMNS, 2, set->table + 4 + 2 * b, Flatness, &set->flatness[b]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CountPairs(Places *p)
{
  const PetscInt m = p->at->m;

  PetscFunctionBegin;
  p->stride = 1 + m * (m - 1) / 2 / PAIRS;
  p->reach  = p->at->box.length[0] / 2;
  for (PetscInt a = 1; a < p->at->box.dim; a++) p->reach = PetscMin(p->reach, p->at->box.length[a] / 2);
  for (PetscInt i = 0, pair = 0; i < m; i++)
    for (PetscInt j = 0; j < i; j++, pair++) {
      const PetscInt b = pair % p->stride ? -1 : Bin(p, Distance(p->at, i, j));

      if (b >= 0) p->pairs[b]++;
    }
  while (p->bins < DISTANCES && p->pairs[p->bins]) p->bins++;
  p->shift = p->set[0].values[0];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One-point laws, and the energy distance of the two sets, as vectors at the places. */
static PetscErrorCode Distances(Places *p, const ReportTests *tests, PetscInt most)
{
  const PetscInt n = PetscMin(most, p->set[0].samples), m = PetscMin(most, p->set[1].samples), numbers = Numbers(p);
  PetscMPIInt    rank, ranks;
  PetscInt       first, mine;
  PetscReal     *x, *d, *sorted[SETS];

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(p->comm, &rank));
  PetscCallMPI(MPI_Comm_size(p->comm, &ranks));
  first = numbers * rank / ranks, mine = numbers * (rank + 1) / ranks - first;
  if (n > 1 && m > 1) {
    PetscCall(PetscMalloc2((n + m) * mine, &x, (n + m) * (n + m), &d));
    for (PetscInt i = 0; i < n + m; i++)
      PetscCall(PetscArraycpy(
        x + i * mine, (i < n ? p->set[0].values + i * numbers : p->set[1].values + (i - n) * numbers) + first, mine));
    PetscCall(KarStatsDistances(p->comm, n + m, mine, x, d));
    PetscCall(KarStatsEnergyTest(p->comm, n, m, d, tests->seed, tests->permutations, &p->energy));
    PetscCall(PetscFree2(x, d));
  }
  for (int s = 0; s < SETS; s++) {
    PetscCall(PetscMalloc1(p->set[s].samples * mine, &sorted[s]));
    for (PetscInt i = 0; i < p->set[s].samples; i++)
      PetscCall(PetscArraycpy(sorted[s] + i * mine, p->set[s].values + i * numbers + first, mine));
  }
  PetscCall(
    KarStatsWasserstein(p->comm, p->set[0].samples * mine, sorted[0], p->set[1].samples * mine, sorted[1], &p->w1));
  for (int s = 0; s < SETS; s++) PetscCall(PetscFree(sorted[s]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Telling ------------------------------------------------------------ */
static const char *const moments[] = {"mean", "variance", "skewness", "kurtosis"};

static PetscErrorCode Line(const Places *p, const char name[], const KarEstimate reference, const KarEstimate samples)
{
  PetscFunctionBegin;
  PetscCall(PetscPrintf(p->comm, "  %-26s %12.5g +- %-9.2g %12.5g +- %.2g\n", name, (double)reference.value,
                        (double)reference.error, (double)samples.value, (double)samples.error));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Print(const Places *p)
{
  char name[64];

  PetscFunctionBegin;
  PetscCall(PetscPrintf(p->comm,
                        "reference %s: %" PetscInt_FMT " samples\nsamples   %s: %" PetscInt_FMT
                        " samples\n%" PetscInt_FMT " places, %" PetscInt_FMT " components\n",
                        p->set[0].path, p->set[0].samples, p->set[1].path, p->set[1].samples, p->at->m,
                        p->at->components));
  PetscCall(PetscPrintf(p->comm, "  %-26s %12s    %-9s %12s\n", "", "reference", "", "samples"));
  for (int q = 0; q < 4; q++) PetscCall(Line(p, moments[q], p->set[0].moment[q], p->set[1].moment[q]));
  for (PetscInt b = 0; b < p->bins; b++) {
    (void)snprintf(name, sizeof(name), "S_2, r .84 to 1 of %.3g", (double)(p->reach / (1 << b)));
    PetscCall(Line(p, name, p->set[0].increment[b], p->set[1].increment[b]));
    (void)snprintf(name, sizeof(name), "flatness, r of %.3g", (double)(p->reach / (1 << b)));
    PetscCall(Line(p, name, p->set[0].flatness[b], p->set[1].flatness[b]));
  }
  PetscCall(PetscPrintf(p->comm, "  W_1 of values %.4g\n", (double)p->w1));
  if (p->energy.permutations)
    PetscCall(
      PetscPrintf(p->comm, "  energy distance %.3g, %.3g of 2 E|X - Y|, p = %.3g of %" PetscInt_FMT " permutations\n",
                  (double)p->energy.distance, (double)p->energy.relative, (double)p->energy.p, p->energy.permutations));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void PutEstimates(cJSON *root, const char name[], const KarEstimate reference, const KarEstimate samples)
{
  cJSON *at = cJSON_AddObjectToObject(root, name);

  cJSON_AddNumberToObject(at, "reference", (double)reference.value);
  cJSON_AddNumberToObject(at, "reference_error", (double)reference.error);
  cJSON_AddNumberToObject(at, "samples", (double)samples.value);
  cJSON_AddNumberToObject(at, "samples_error", (double)samples.error);
}

static cJSON *Describe(const Places *p)
{
  cJSON *root = cJSON_CreateObject(), *bins;

  cJSON_AddStringToObject(root, "reference", p->set[0].path);
  cJSON_AddStringToObject(root, "samples", p->set[1].path);
  cJSON_AddNumberToObject(root, "places", (double)p->at->m);
  for (int q = 0; q < 4; q++) PutEstimates(root, moments[q], p->set[0].moment[q], p->set[1].moment[q]);
  bins = cJSON_AddArrayToObject(root, "increments");
  for (PetscInt b = 0; b < p->bins; b++) {
    cJSON *at = cJSON_CreateObject();

    cJSON_AddNumberToObject(at, "from", (double)(0.841 * p->reach / (1 << b)));
    cJSON_AddNumberToObject(at, "to", (double)(p->reach / (1 << b)));
    cJSON_AddNumberToObject(at, "pairs", (double)p->pairs[b]);
    PutEstimates(at, "second_moment", p->set[0].increment[b], p->set[1].increment[b]);
    PutEstimates(at, "flatness", p->set[0].flatness[b], p->set[1].flatness[b]);
    cJSON_AddItemToArray(bins, at);
  }
  cJSON_AddNumberToObject(root, "wasserstein", (double)p->w1);
  if (p->energy.permutations) {
    cJSON_AddNumberToObject(root, "energy_distance", (double)p->energy.distance);
    cJSON_AddNumberToObject(root, "energy_relative", (double)p->energy.relative);
    cJSON_AddNumberToObject(root, "energy_p", (double)p->energy.p);
  }
  return root;
}

static PetscErrorCode Plot(const Places *p, const char stem[], KarReplace replace)
{
  static const char *const ends[] = {"png", "pdf"}, *const legend[SETS] = {"reference", "samples"};
  char    path[PETSC_MAX_PATH_LEN + 8];
  KarPlot plots[2];

  PetscFunctionBegin;
  PetscCall(KarPlotCreate("increments", "distance", "E (u(x) - u(x + r))^2", &plots[0]));
  PetscCall(KarPlotCreate("increments", "distance", "flatness (Gaussian: 3)", &plots[1]));
  for (int q = 0; q < 2; q++) PetscCall(KarPlotSetLog(plots[q], PETSC_TRUE, PETSC_TRUE));
  for (int s = 0; s < SETS; s++)
    for (int q = 0; q < 2; q++) {
      PetscReal r[DISTANCES], y[DISTANCES], low[DISTANCES], high[DISTANCES];

      for (PetscInt b = 0; b < p->bins; b++) {
        const KarEstimate e = q ? p->set[s].flatness[b] : p->set[s].increment[b];

        r[b] = p->reach / (1 << b), y[b] = e.value;
        low[b] = PetscMax(e.value - 2 * e.error, e.value / 2), high[b] = e.value + 2 * e.error;
      }
      PetscCall(KarPlotAdd(plots[q], legend[s], s ? KAR_LINE : KAR_DASHED, s ? 0 : -2, p->bins, r, y, low, high));
    }
  for (int e = 0; e < 2; e++) {
    (void)snprintf(path, sizeof(path), "%s.%s", stem, ends[e]);
    PetscCall(KarPlotSave(p->comm, path, replace, 2, plots, 2));
  }
  for (int q = 0; q < 2; q++) PetscCall(KarPlotDestroy(&plots[q]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode StationsEvaluate(MPI_Comm comm, const char *const path[SETS], const KarReadOptions reading[SETS],
                                PetscInt fields, PetscInt energy_fields, const ReportTests *tests, const char stem[],
                                KarReplace replace, KarOutput *json)
{
  Places                 p          = {.comm = comm};
  KarStations            file[SETS] = {NULL};
  const KarStationsInfo *info[SETS] = {NULL};
  PetscBool              is;

  PetscFunctionBegin;
  for (int s = 0; s < SETS; s++) {
    p.set[s].path = path[s];
    PetscCall(KarStationsIs(comm, path[s], &is));
    if (!is) continue;
    PetscCall(KarStationsOpen(comm, path[s], reading[s].variable, &file[s]));
    PetscCall(KarStationsGetInfo(file[s], &info[s]));
  }
  p.at = info[0] ? info[0] : info[1];
  KarCheck(comm, p.at->m > 1, PETSC_ERR_USER_INPUT, "%s has one place: increments need two", path[info[0] ? 0 : 1]);
  if (info[0] && info[1]) PetscCall(SamePlaces(comm, info[0], info[1]));
  for (int s = 0; s < SETS; s++)
    if (file[s]) PetscCall(FromStations(&p, file[s], fields, &p.set[s]));
    else PetscCall(FromGrid(&p, &reading[s], fields, &p.set[s]));
  PetscCall(CountPairs(&p));
  for (int s = 0; s < SETS; s++) PetscCall(Measure(&p, &p.set[s]));
  PetscCall(Distances(&p, tests, energy_fields));
  PetscCall(Print(&p));
  PetscCall(Plot(&p, stem, replace));
  PetscCall(ReportPutJSON(comm, Describe(&p), *json));
  PetscCall(KarOutputCommit(json, PETSC_FALSE));
  PetscCall(PetscPrintf(comm, "wrote %s.json, %s.png and %s.pdf\n", stem, stem, stem));
  for (int s = 0; s < SETS; s++) {
    PetscCall(PetscFree(p.set[s].values));
    PetscCall(PetscFree(p.set[s].table));
    PetscCall(KarStationsDestroy(&file[s]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
