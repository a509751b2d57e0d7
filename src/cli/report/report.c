/* A report as a table, as JSON and as plots.  z = (samples - reference) / sqrt(error^2 + error^2). */
#include "report.h"
#include <cjson/cJSON.h>

static PetscReal Z(const KarEstimate set[SETS])
{
  const PetscReal error = hypot(set[REFERENCE].error, set[SAMPLES].error);

  return error > 0 ? (set[SAMPLES].value - set[REFERENCE].value) / error : 0;
}

void ReportSizes(PetscInt dim, const PetscInt n[], size_t size, char text[])
{
  size_t at = 0;

  text[0] = '\0';
  for (PetscInt a = 0; a < dim && at < size; a++)
    at += (size_t)snprintf(text + at, size - at, "%s%" PetscInt_FMT, a ? "x" : "", n[a]);
}

/* --- The table -----------------------------------------------------------------------------------------------------
   */
static PetscErrorCode PrintLine(MPI_Comm comm, const char name[], const KarEstimate set[SETS], PetscBool positive)
{
  const KarEstimate ratio = kar_ratio(set[SAMPLES], set[REFERENCE]);
  char              text[64];

  PetscFunctionBegin;
  if (positive && set[REFERENCE].value > 0)
    (void)snprintf(text, sizeof(text), "%8.4f +- %-8.4f", ratio.value, ratio.error);
  else (void)snprintf(text, sizeof(text), "%8s    %-8s", "", "");
  PetscCall(PetscPrintf(comm, "  %-20s %12.5g +- %-9.2g %12.5g +- %-9.2g %s %+7.1f\n", name, set[REFERENCE].value,
                        set[REFERENCE].error, set[SAMPLES].value, set[SAMPLES].error, text, Z(set)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PrintSets(MPI_Comm comm, const Report *report)
{
  const char *const names[SETS] = {"reference", "samples"};
  const PetscInt    dim         = report->data[REFERENCE].dim;
  char              size[64];

  PetscFunctionBegin;
  for (int s = 0; s < SETS; s++) {
    ReportSizes(dim, report->data[s].n, sizeof(size), size);
    PetscCall(PetscPrintf(comm, "%-10s %s  %s, %" PetscInt_FMT " fields of %s\n", names[s], report->path[s],
                          report->variable[s], report->samples[s], size));
  }
  if (report->truncation[0]) PetscCall(PetscPrintf(comm, "The grids differ: %s.\n", report->truncation));
  if (report->reach)
    PetscCall(PetscPrintf(comm,
                          "The reference is empty beyond wave number %" PetscInt_FMT
                          " along an axis: what is compared there is compared with nothing.\n",
                          report->reach));
  if (report->thinning > 1)
    PetscCall(
      PetscPrintf(comm, "One-point distances and densities use one value of %" PetscInt_FMT ".\n", report->thinning));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PrintSpectrum(MPI_Comm comm, const Report *report)
{
  enum { EVERY = 32 }; /* shells that are printed one by one, when there are many */
  PetscReal worst = 0;
  PetscInt  at = 0, next = 0;

  PetscFunctionBegin;
  PetscCall(PetscPrintf(comm, "\n  %-20s %12s    %-9s %12s    %-9s %8s    %-8s %7s\n", "power in shell", "reference",
                        "error", "samples", "error", "ratio", "error", "z"));
  for (PetscInt j = 0; j < report->shells; j++) {
    const KarEstimate set[SETS] = {report->spectrum[REFERENCE][j], report->spectrum[SAMPLES][j]};
    char              name[24];

    if (j && j < report->resolved && PetscAbsReal(set[SAMPLES].value / set[REFERENCE].value - 1) > worst) {
      worst = PetscAbsReal(set[SAMPLES].value / set[REFERENCE].value - 1);
      at    = j;
    }
    if (j < next) continue;
    (void)snprintf(name, sizeof(name), "%" PetscInt_FMT, j);
    PetscCall(PrintLine(comm, name, set, (PetscBool)(set[REFERENCE].value > report->rounding)));
    next = PetscMax(j + 1, report->shells > 2 * EVERY && j >= EVERY ? 9 * j / 8 : 0);
  }
  if (report->shells > 2 * EVERY)
    PetscCall(PetscPrintf(comm, "  (some shells beyond %d are left out here; the JSON file has all)\n", EVERY));
  if (report->resolved < report->shells)
    PetscCall(
      PetscPrintf(comm, "  (from shell %" PetscInt_FMT " on the reference is rounding: no ratio)\n", report->resolved));
  if (report->resolved > 1)
    PetscCall(PetscPrintf(comm,
                          "  farthest from 1: shell %" PetscInt_FMT ", by %.1f %% (shells 1 to %" PetscInt_FMT ")\n",
                          at, 100 * worst, report->resolved - 1));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PrintBands(MPI_Comm comm, const Report *report)
{
  PetscFunctionBegin;
  if (report->bands) PetscCall(PetscPrintf(comm, "\n  %-20s %8s    %-8s\n", "mean ratio in shells", "ratio", "error"));
  for (PetscInt b = 0; b < report->bands; b++) {
    const ReportBand *band = &report->band[b];
    char              name[32];

    (void)snprintf(name, sizeof(name), "%" PetscInt_FMT "-%" PetscInt_FMT, band->first, band->last);
    PetscCall(PetscPrintf(comm, "  %-20s %8.4f +- %-8.4f\n", name, band->ratio.value, band->ratio.error));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PrintDistances(MPI_Comm comm, const Report *report)
{
  PetscInt tests = 0;

  PetscFunctionBegin;
  PetscCall(PetscPrintf(comm, "\n  %-44s %10s %28s   %s\n", "Wasserstein-1 distance", "", "two halves of the reference",
                        "of one law: mean, 95 %, p"));
  for (PetscInt d = 0; d < report->distances; d++) {
    const KarRelabelTest *test = &report->distance[d].relabelled;

    PetscCall(PetscPrintf(comm, "  %-44s %10.5f %28.5f", report->distance[d].name, report->distance[d].distance,
                          report->distance[d].halves));
    if (test->permutations) PetscCall(PetscPrintf(comm, "   %.5f, %.5f, p = %.4f", test->mean, test->high, test->p));
    PetscCall(PetscPrintf(comm, "\n"));
    tests = PetscMax(tests, test->permutations);
  }
  if (tests)
    PetscCall(PetscPrintf(
      comm, "  (of one law: two sets of these sizes, their labels dealt again %" PetscInt_FMT " times)\n", tests));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode ReportPrint(MPI_Comm comm, const Report *report)
{
  char size[64];

  PetscFunctionBegin;
  PetscCall(PrintSets(comm, report));
  PetscCall(PrintSpectrum(comm, report));
  PetscCall(PrintBands(comm, report));
  PetscCall(PetscPrintf(comm, "\n"));
  for (PetscInt r = 0; r < report->rows; r++)
    PetscCall(PrintLine(comm, report->row[r].name, report->row[r].set, report->row[r].positive));
  PetscCall(ReportPrintJudges(comm, report));
  PetscCall(ReportPrintClassifier(comm, report));
  PetscCall(ReportPrintMemory(comm, report));
  PetscCall(PrintDistances(comm, report));
  if (report->fields[SAMPLES]) {
    ReportSizes(report->data[REFERENCE].dim, report->energy_n, sizeof(size), size);
    PetscCall(PetscPrintf(comm, "  %-44s %10.4g   relative %.3g, p = %.4f of %" PetscInt_FMT " permutations,\n",
                          "energy distance", report->energy.distance, report->energy.relative, report->energy.p,
                          report->energy.permutations));
    PetscCall(PetscPrintf(comm, "  %-44s %10s   %" PetscInt_FMT " + %" PetscInt_FMT " fields on the modes of %s\n", "",
                          "", report->fields[REFERENCE], report->fields[SAMPLES], size));
  } else PetscCall(PetscPrintf(comm, "  energy distance: needs two fields of each set\n"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- JSON ----------------------------------------------------------------------------------------------------------
   */
static void PutEstimates(cJSON *at, const KarEstimate set[SETS], PetscBool positive)
{
  const KarEstimate ratio = kar_ratio(set[SAMPLES], set[REFERENCE]);

  cJSON_AddNumberToObject(at, "reference", set[REFERENCE].value);
  cJSON_AddNumberToObject(at, "reference_error", set[REFERENCE].error);
  cJSON_AddNumberToObject(at, "samples", set[SAMPLES].value);
  cJSON_AddNumberToObject(at, "samples_error", set[SAMPLES].error);
  if (positive && set[REFERENCE].value > 0) {
    cJSON_AddNumberToObject(at, "ratio", ratio.value);
    cJSON_AddNumberToObject(at, "ratio_error", ratio.error);
  }
  cJSON_AddNumberToObject(at, "z", Z(set));
}

static cJSON *Sizes(PetscInt dim, const PetscInt n[])
{
  cJSON *array = cJSON_CreateArray();

  for (PetscInt a = 0; a < dim; a++) cJSON_AddItemToArray(array, cJSON_CreateNumber((double)n[a]));
  return array;
}

static cJSON *Reals(PetscInt n, const PetscReal v[])
{
  return cJSON_CreateDoubleArray(v, (int)n);
}

static cJSON *DescribeSet(const Report *report, int s)
{
  cJSON *set = cJSON_CreateObject();

  cJSON_AddStringToObject(set, "file", report->path[s]);
  cJSON_AddStringToObject(set, "variable", report->variable[s]);
  cJSON_AddNumberToObject(set, "fields", (double)report->samples[s]);
  cJSON_AddItemToObject(set, "grid", Sizes(report->data[s].dim, report->data[s].n));
  return set;
}

static cJSON *DescribeSpectrum(const Report *report)
{
  cJSON *shells = cJSON_CreateArray();

  for (PetscInt j = 0; j < report->shells; j++) {
    const KarEstimate set[SETS] = {report->spectrum[REFERENCE][j], report->spectrum[SAMPLES][j]};
    cJSON            *shell     = cJSON_CreateObject();

    cJSON_AddNumberToObject(shell, "shell", (double)j);
    cJSON_AddNumberToObject(shell, "modes", report->modes[REFERENCE][j]);
    PutEstimates(shell, set, (PetscBool)(set[REFERENCE].value > report->rounding));
    cJSON_AddItemToArray(shells, shell);
  }
  return shells;
}

static cJSON *DescribeBands(const Report *report)
{
  cJSON *bands = cJSON_CreateArray();

  for (PetscInt b = 0; b < report->bands; b++) {
    cJSON *band = cJSON_CreateObject();

    cJSON_AddNumberToObject(band, "first_shell", (double)report->band[b].first);
    cJSON_AddNumberToObject(band, "last_shell", (double)report->band[b].last);
    cJSON_AddNumberToObject(band, "mean_ratio", report->band[b].ratio.value);
    cJSON_AddNumberToObject(band, "mean_ratio_error", report->band[b].ratio.error);
    cJSON_AddItemToArray(bands, band);
  }
  return bands;
}

static cJSON *DescribeEnergy(const Report *report)
{
  cJSON *energy = cJSON_CreateObject();

  cJSON_AddNumberToObject(energy, "distance", report->energy.distance);
  cJSON_AddNumberToObject(energy, "relative", report->energy.relative);
  cJSON_AddNumberToObject(energy, "p", report->energy.p);
  cJSON_AddNumberToObject(energy, "permutations", (double)report->energy.permutations);
  cJSON_AddItemToObject(energy, "fields", Sizes(SETS, report->fields));
  cJSON_AddItemToObject(energy, "modes_of_grid", Sizes(report->data[REFERENCE].dim, report->energy_n));
  return energy;
}

static cJSON *Describe(const Report *report)
{
  cJSON *root = cJSON_CreateObject(), *scalars, *distances, *densities;

  cJSON_AddStringToObject(root, "program", "karhunen evaluate");
  cJSON_AddStringToObject(root, "version", KarVersionFull());
  cJSON_AddItemToObject(root, "reference", DescribeSet(report, REFERENCE));
  cJSON_AddItemToObject(root, "samples", DescribeSet(report, SAMPLES));
  cJSON_AddItemToObject(root, "compared_on_modes_of_grid", Sizes(report->data[REFERENCE].dim, report->n));
  if (report->truncation[0]) cJSON_AddStringToObject(root, "truncation", report->truncation);
  cJSON_AddItemToObject(root, "spectrum", DescribeSpectrum(report));
  cJSON_AddItemToObject(root, "bands", DescribeBands(report));
  scalars = cJSON_AddObjectToObject(root, "statistics");
  for (PetscInt r = 0; r < report->rows; r++)
    PutEstimates(cJSON_AddObjectToObject(scalars, report->row[r].name), report->row[r].set, report->row[r].positive);
  if (report->reach) cJSON_AddNumberToObject(root, "reference_is_empty_beyond_wave_number", (double)report->reach);
  ReportPutJudges(report, root);
  ReportPutClassifier(report, root);
  ReportPutMemory(report, root);
  distances = cJSON_AddObjectToObject(root, "wasserstein1");
  cJSON_AddNumberToObject(distances, "thinning", (double)report->thinning);
  for (PetscInt d = 0; d < report->distances; d++) {
    const KarRelabelTest *test = &report->distance[d].relabelled;
    cJSON                *at   = cJSON_AddObjectToObject(distances, report->distance[d].name);

    cJSON_AddNumberToObject(at, "distance", report->distance[d].distance);
    cJSON_AddNumberToObject(at, "halves_of_reference", report->distance[d].halves);
    if (test->permutations) {
      cJSON_AddNumberToObject(at, "one_law_mean", test->mean);
      cJSON_AddNumberToObject(at, "one_law_95", test->high);
      cJSON_AddNumberToObject(at, "p", test->p);
      cJSON_AddNumberToObject(at, "permutations", (double)test->permutations);
    }
  }
  if (report->fields[SAMPLES]) cJSON_AddItemToObject(root, "energy", DescribeEnergy(report));
  densities = cJSON_AddArrayToObject(root, "densities");
  for (PetscInt d = 0; d < report->densities; d++) {
    const ReportDensity *density = &report->density[d];
    cJSON               *at      = cJSON_CreateObject();

    cJSON_AddStringToObject(at, "of", density->title);
    cJSON_AddNumberToObject(at, "low", density->low);
    cJSON_AddNumberToObject(at, "high", density->high);
    cJSON_AddItemToObject(at, "reference", Reals(density->bins, density->density[REFERENCE]));
    cJSON_AddItemToObject(at, "samples", Reals(density->bins, density->density[SAMPLES]));
    cJSON_AddItemToArray(densities, at);
  }
  return root;
}

PetscErrorCode ReportPutJSON(MPI_Comm comm, cJSON *root, KarOutput output)
{
  const char *path;
  PetscBool   good = PETSC_TRUE;
  int         rank;

  PetscFunctionBegin;
  PetscCall(KarOutputGetPart(output, &path));
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) {
    char *text = cJSON_Print(root);
    FILE *file = fopen(path, "w");

    good = (PetscBool)(text && file && fprintf(file, "%s\n", text) > 0);
    if (file && fclose(file)) good = PETSC_FALSE;
    cJSON_free(text);
  }
  cJSON_Delete(root);
  KarCheckAny(comm, good, PETSC_ERR_FILE_WRITE, "%s cannot be written: is the disk full?", path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode ReportWriteJSON(MPI_Comm comm, const Report *report, KarOutput output)
{
  PetscFunctionBegin;
  PetscCall(ReportPutJSON(comm, Describe(report), output));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Plots ---------------------------------------------------------------------------------------------------------
   */
enum { PANELS = MAX_DENSITIES + 3 };
static const char *const legend[SETS] = {"reference", "samples"};

static const char *ShellLabel(const Report *report)
{
  return report->data[REFERENCE].basis == KAR_BASIS_PERIODIC ? "shell |k| L / 2 pi" : "shell |k| L / pi";
}

/* Mean |u^|^2 of a mode against the shell, with bands of two standard errors; shell 0 has no place on a logarithmic
   axis. */
static PetscErrorCode PlotSpectrum(const Report *report, KarPlot *plot)
{
  PetscReal *x, *y, *low, *high;

  PetscFunctionBegin;
  PetscCall(KarPlotCreate("Spectrum", ShellLabel(report), "mean square coefficient", plot));
  PetscCall(KarPlotSetLog(*plot, PETSC_TRUE, PETSC_TRUE));
  for (int s = 0; s < SETS; s++) {
    PetscInt n = 0;

    PetscCall(PetscMalloc4(report->all[s], &x, report->all[s], &y, report->all[s], &low, report->all[s], &high));
    for (PetscInt j = 1; j < report->all[s]; j++) {
      const KarEstimate e = report->spectrum[s][j];

      if (!(e.value > 0) || !(report->modes[s][j] > 0)) continue;
      x[n]      = (PetscReal)j;
      y[n]      = e.value / report->modes[s][j];
      low[n]    = PetscMax(e.value - 2 * e.error, 0.01 * e.value) / report->modes[s][j];
      high[n++] = (e.value + 2 * e.error) / report->modes[s][j];
    }
    if (n)
      PetscCall(KarPlotAdd(*plot, legend[s], s == REFERENCE ? KAR_LINE : KAR_DASHED, s == REFERENCE ? -2 : -1, n, x, y,
                           low, high));
    PetscCall(PetscFree4(x, y, low, high));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PlotRatio(const Report *report, KarPlot *plot)
{
  PetscReal *x, *y, *low, *high, *one;
  PetscInt   n = 0;

  PetscFunctionBegin;
  PetscCall(KarPlotCreate("Spectrum: samples / reference", ShellLabel(report), "ratio, two standard errors", plot));
  PetscCall(PetscMalloc5(report->shells, &x, report->shells, &y, report->shells, &low, report->shells, &high,
                         report->shells, &one));
  for (PetscInt j = 1; j < report->resolved; j++) {
    const KarEstimate ratio = kar_ratio(report->spectrum[SAMPLES][j], report->spectrum[REFERENCE][j]);

    x[n]      = (PetscReal)j;
    y[n]      = ratio.value;
    low[n]    = ratio.value - 2 * ratio.error;
    one[n]    = 1;
    high[n++] = ratio.value + 2 * ratio.error;
  }
  if (n) {
    PetscCall(KarPlotAdd(*plot, NULL, KAR_LINE, -2, n, x, one, NULL, NULL));
    PetscCall(KarPlotAdd(*plot, NULL, KAR_LINE, -1, n, x, y, low, high));
  }
  PetscCall(PetscFree5(x, y, low, high, one));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PlotDensity(const ReportDensity *density, PetscBool log, KarPlot *plot)
{
  const PetscReal width = (density->high - density->low) / (PetscReal)density->bins;
  PetscReal       x[BINS], y[BINS];

  PetscFunctionBegin;
  PetscCall(KarPlotCreate(density->title, density->label, "density", plot));
  PetscCall(KarPlotSetLog(*plot, PETSC_FALSE, log));
  for (int s = 0; s < SETS; s++) {
    PetscInt n = 0;

    for (PetscInt b = 0; b < density->bins; b++) {
      if (log && !(density->density[s][b] > 0)) continue;
      x[n]   = density->low + ((PetscReal)b + 0.5) * width;
      y[n++] = density->density[s][b];
    }
    if (n)
      PetscCall(KarPlotAdd(*plot, legend[s], log ? (s == REFERENCE ? KAR_LINE : KAR_DASHED) : KAR_STEPS,
                           s == REFERENCE ? -2 : -1, n, x, y, NULL, NULL));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode ReportPlot(MPI_Comm comm, const Report *report, const char stem[], KarReplace replace, Html page)
{
  const char *const ends[] = {"png", "pdf"};
  char              path[PETSC_MAX_PATH_LEN + 8];
  KarPlot           plots[PANELS];
  const char       *caption[PANELS] = {"spectrum of both sets, bands of two standard errors",
                                       "spectrum of the samples over that of the reference"};
  PetscInt          n               = 0;

  PetscFunctionBegin;
  PetscCall(PlotSpectrum(report, &plots[n++]));
  PetscCall(PlotRatio(report, &plots[n++]));
  for (PetscInt d = 0; d < report->densities; d++)
    PetscCall(PlotDensity(&report->density[d], (PetscBool)(report->density[d].bins == BINS), &plots[n++]));
  PetscCall(ReportPlotJudges(report, &plots[n]));
  if (plots[n]) n++;
  for (int e = 0; e < 2; e++) {
    (void)snprintf(path, sizeof(path), "%s.%s", stem, ends[e]);
    PetscCall(KarPlotSave(comm, path, replace, n, plots, 2));
  }
  for (PetscInt p = 0; p < n; p++) {
    if (p >= 2)
      caption[p] = p - 2 < report->densities ? report->density[p - 2].title
                                             : "how well one number of a field tells the sets apart";
    PetscCall(HtmlAddPlot(page, plots[p], caption[p]));
    PetscCall(KarPlotDestroy(&plots[p]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
