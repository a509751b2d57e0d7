/* evaluate -truths: are draws given data what they say?  Draws i L, ..., (i + 1) L - 1 of the samples are of
   truth i. */
#include "placed.h"

#include <karhunen/ensemble.h>
#include <math.h>

static PetscErrorCode Measure(MPI_Comm comm, KarDataset data[SETS], const Report *report, PetscInt truths,
                              KarEnsemble ensemble, Placed placed, KarGrid grid, KarFFT fft, PetscBool *stop)
{
  const PetscInt each = report->samples[SAMPLES] / truths;
  KarProgress    progress;
  Vec            field, truth, *draw;

  PetscFunctionBegin;
  PetscCall(KarGridCreateField(grid, &field));
  PetscCall(KarFFTCreateCoordinates(fft, &truth));
  PetscCall(VecDuplicateVecs(truth, each, &draw));
  PetscCall(KarProgressCreate(comm, "evaluate", truths, &progress));
  for (PetscInt i = 0; i < truths && !*stop; i++) {
    PetscCall(KarDatasetRead(data[REFERENCE], report->variable[REFERENCE], i, field));
    PetscCall(KarFFTForward(fft, field, truth));
    for (PetscInt j = 0; j < each; j++) {
      PetscCall(KarDatasetRead(data[SAMPLES], report->variable[SAMPLES], i * each + j, field));
      PetscCall(KarFFTForward(fft, field, draw[j]));
    }
    PetscCall(KarEnsembleAdd(ensemble, truth, each, draw));
    if (placed) PetscCall(PlacedAdd(placed, i, truth, each, draw));
    PetscCall(KarProgressUpdate(progress, i + 1, NULL));
    PetscCall(KarStopRequested(comm, stop));
  }
  PetscCall(KarProgressDestroy(&progress));
  PetscCall(VecDestroyVecs(each, &draw));
  PetscCall(VecDestroy(&truth));
  PetscCall(VecDestroy(&field));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* "too narrow by 20 %", where that is beyond two standard errors and 3 %. */
static void Say(const KarEnsembleBand *band, size_t size, char text[])
{
  const PetscReal off = band->ratio.value - 1;

  if (!isfinite(band->ratio.value)) (void)snprintf(text, size, "the draws of a truth are all alike");
  else if (!isfinite(band->ratio.error)) (void)snprintf(text, size, "one truth does not tell");
  else if (PetscAbsReal(off) < PetscMax(2 * band->ratio.error, 0.03))
    (void)snprintf(text, size, "as wide as the error, to %.0f %%", (double)(200 * band->ratio.error));
  else
    (void)snprintf(text, size, "too %s by %.0f %% (+- %.0f)", off > 0 ? "narrow" : "wide",
                   (double)(100 * (off > 0 ? off : 1 / band->ratio.value - 1)), (double)(100 * band->ratio.error));
}

/* "name 0.12 +- 0.03"; of one truth the error is "?". */
static PetscErrorCode PrintScore(MPI_Comm comm, const char name[], KarEstimate e, const char end[])
{
  char error[32] = "?";

  PetscFunctionBegin;
  if (isfinite(e.error)) (void)snprintf(error, sizeof(error), "%.2g", (double)e.error);
  PetscCall(PetscPrintf(comm, "%s %.4g +- %s%s", name, (double)e.value, error, end));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PrintBand(MPI_Comm comm, const KarEnsembleInfo *info, PetscInt b)
{
  const KarEnsembleBand *band = &info->band[b];
  char                   text[128], coverage[32], ratio[32];

  PetscFunctionBegin;
  PetscCall(
    PetscPrintf(comm, "%4g to %-6g %8.3g %%", (double)band->first, (double)band->end, (double)(100 * band->power)));
  if (band->given) {
    PetscCall(PetscPrintf(comm, "    given: the draws have the truth's\n"));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  Say(band, sizeof(text), text);
  ReportError((double)(100 * band->coverage.error), (PetscBool)!isfinite(band->coverage.error), "%4.1f",
              sizeof(coverage), coverage);
  ReportError((double)band->ratio.error, (PetscBool)!isfinite(band->ratio.error), "%.3f", sizeof(ratio), ratio);
  PetscCall(PetscPrintf(comm, " %6.3g %%   %5.1f %% +- %s (%4.1f)   %6.3f +- %s   %s\n", (double)(100 * band->open),
                        (double)(100 * band->coverage.value), coverage, (double)(100 * info->nominal),
                        (double)band->ratio.value, ratio, text));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What two draws of one truth differ by, in words. */
static PetscErrorCode PrintVariety(MPI_Comm comm, const KarEnsembleInfo *info)
{
  const KarEstimate v = info->variety;
  const char       *say;

  PetscFunctionBegin;
  if (!isfinite(v.error)) PetscFunctionReturn(PETSC_SUCCESS);
  if (PetscAbsReal(v.value - 1) < PetscMax(2 * v.error, 0.03)) say = "as much as they should";
  else say = v.value < 1 ? "too little" : "too much";
  PetscCall(PetscPrintf(
    comm, "draws of one truth vary %s: E|x - x'|^2 of two is %.3f +- %.3f of E|x - truth|^2, where nothing is given\n",
    say, (double)v.value, (double)v.error));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Print(MPI_Comm comm, const KarEnsembleInfo *info)
{
  PetscFunctionBegin;
  PetscCall(PetscPrintf(
    comm, "%" PetscInt_FMT " truth%s, %" PetscInt_FMT " draws given the data of each, in %" PetscInt_FMT " run%s\n",
    info->truths, info->truths == 1 ? "" : "s", info->draws, info->runs, info->runs == 1 ? "" : "s"));
  PetscCall(
    PetscPrintf(comm, "%-14s %9s   %-8s %-22s %-18s\n", "|k|", "variance", "open", "coverage", "error over spread"));
  for (PetscInt b = 0; b < info->bands; b++) PetscCall(PrintBand(comm, info, b));
  PetscCall(PrintVariety(comm, info));
  PetscCall(PrintScore(comm, "error of the mean", info->error, ", "));
  PetscCall(PrintScore(comm, "CRPS", info->crps, ", "));
  PetscCall(PrintScore(comm, "energy score", info->energy, "\n"));
  PetscCall(
    PetscPrintf(comm, "ranks of a truth among one draw of each run, chi^2 of %" PetscInt_FMT " bins:\n", info->bins));
  for (PetscInt f = 0; f < info->functionals; f++)
    if (f < 2 || !info->band[f - 2].given)
      PetscCall(PetscPrintf(comm, "  %-28s %6.1f   p = %.3g%s\n", info->rank[f].name, (double)info->rank[f].chi2,
                            (double)info->rank[f].p, info->rank[f].p < 0.01 ? "   not uniform" : ""));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void PutEstimate(cJSON *to, const char name[], KarEstimate e)
{
  cJSON *o = cJSON_AddObjectToObject(to, name);

  cJSON_AddNumberToObject(o, "value", (double)e.value);
  cJSON_AddNumberToObject(o, "error", (double)e.error);
}

static cJSON *Describe(const KarEnsembleInfo *info)
{
  cJSON *root = cJSON_CreateObject(), *bands, *ranks;

  cJSON_AddNumberToObject(root, "truths", (double)info->truths);
  cJSON_AddNumberToObject(root, "draws", (double)info->draws);
  cJSON_AddNumberToObject(root, "runs", (double)info->runs);
  cJSON_AddNumberToObject(root, "nominal_coverage", (double)info->nominal);
  PutEstimate(root, "error_of_the_mean", info->error);
  PutEstimate(root, "crps", info->crps);
  PutEstimate(root, "energy_score", info->energy);
  PutEstimate(root, "variety", info->variety);
  bands = cJSON_AddArrayToObject(root, "bands");
  for (PetscInt b = 0; b < info->bands; b++) {
    cJSON *o = cJSON_CreateObject();

    cJSON_AddNumberToObject(o, "from", (double)info->band[b].first);
    cJSON_AddNumberToObject(o, "to", (double)info->band[b].end);
    cJSON_AddBoolToObject(o, "given", info->band[b].given == PETSC_TRUE);
    if (!info->band[b].given) {
      cJSON_AddNumberToObject(o, "open", (double)info->band[b].open);
      PutEstimate(o, "coverage", info->band[b].coverage);
      PutEstimate(o, "error_over_spread", info->band[b].ratio);
    }
    cJSON_AddItemToArray(bands, o);
  }
  ranks = cJSON_AddArrayToObject(root, "ranks");
  for (PetscInt f = 0; f < info->functionals; f++) {
    cJSON *o = cJSON_CreateObject(), *count;

    cJSON_AddStringToObject(o, "of", info->rank[f].name);
    cJSON_AddNumberToObject(o, "chi2", (double)info->rank[f].chi2);
    cJSON_AddNumberToObject(o, "p", (double)info->rank[f].p);
    count = cJSON_AddArrayToObject(o, "count");
    for (PetscInt i = 0; i <= info->runs; i++)
      cJSON_AddItemToArray(count, cJSON_CreateNumber((double)info->rank[f].count[i]));
    cJSON_AddItemToArray(ranks, o);
  }
  return root;
}

/* A curve over the middles of the bands, with two standard errors; and a line at what is right. */
static PetscErrorCode Curve(const KarEnsembleInfo *info, const char title[], const char label[], PetscBool coverage,
                            PetscReal right, KarPlot *plot)
{
  PetscReal x[KAR_ENSEMBLE_BANDS], y[KAR_ENSEMBLE_BANDS], low[KAR_ENSEMBLE_BANDS], high[KAR_ENSEMBLE_BANDS],
    line[2]  = {right, right}, ends[2];
  PetscInt n = 0;

  PetscFunctionBegin;
  for (PetscInt b = 0; b < info->bands; b++) {
    const KarEstimate *e = coverage ? &info->band[b].coverage : &info->band[b].ratio;
    const PetscReal    k = PetscSqrtReal(info->band[b].first * info->band[b].end);

    ends[b > 0] = k;
    if (info->band[b].given || !isfinite(e->value)) continue;
    x[n] = k;
    y[n] = e->value, low[n] = e->value - (isfinite(e->error) ? 2 * e->error : 0), high[n] = 2 * e->value - low[n];
    n++;
  }
  if (info->bands == 1) ends[1] = ends[0];
  PetscCall(KarPlotCreate(title, "|k| over the least wave number", label, plot));
  PetscCall(KarPlotSetLog(*plot, PETSC_TRUE, PETSC_FALSE));
  PetscCall(KarPlotAdd(*plot, "right", KAR_DASHED, -2, 2, ends, line, NULL, NULL));
  PetscCall(KarPlotAdd(*plot, "draws", KAR_POINTS, -1, n, x, y, low, high));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Ranks(const KarEnsembleInfo *info, KarPlot *plot)
{
  PetscReal *x, *y, line[2], ends[2] = {-0.5, (PetscReal)info->runs + 0.5};

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(info->runs + 2, &x, info->runs + 2, &y));
  line[0] = line[1] = (PetscReal)info->truths / (PetscReal)(info->runs + 1);
  PetscCall(KarPlotCreate("Ranks of the truths", "rank among one draw of each run", "truths", plot));
  PetscCall(KarPlotAdd(*plot, "right", KAR_DASHED, -2, 2, ends, line, NULL, NULL));
  for (PetscInt f = 0; f < PetscMin(info->functionals, 7); f++) {
    for (PetscInt i = 0; i <= info->runs + 1; i++)
      x[i] = (PetscReal)i - 0.5, y[i] = (PetscReal)info->rank[f].count[PetscMin(i, info->runs)];
    PetscCall(KarPlotAdd(*plot, info->rank[f].name, KAR_STEPS, -1, info->runs + 2, x, y, NULL, NULL));
  }
  PetscCall(PetscFree2(x, y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Plot(MPI_Comm comm, const KarEnsembleInfo *info, const char stem[], KarReplace replace)
{
  static const char *const ends[] = {"png", "pdf"};
  char                     path[PETSC_MAX_PATH_LEN + 8];
  KarPlot                  plot[3];

  PetscFunctionBegin;
  PetscCall(Curve(info, "Coverage of the central interval", "share of points", PETSC_TRUE, info->nominal, &plot[0]));
  PetscCall(Curve(info, "Error of the mean over spread", "1: right; above: too narrow", PETSC_FALSE, 1, &plot[1]));
  PetscCall(Ranks(info, &plot[2]));
  for (int i = 0; i < 2; i++) {
    (void)snprintf(path, sizeof(path), "%s.%s", stem, ends[i]);
    PetscCall(KarPlotSave(comm, path, replace, 3, plot, 3));
  }
  for (int i = 0; i < 3; i++) PetscCall(KarPlotDestroy(&plot[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The samples fall to the truths as many to each; of draws above fields of a file (sample -coarse) it says how many. */
static PetscErrorCode CheckDraws(MPI_Comm comm, KarDataset data, const Report *report, const Given *given)
{
  const PetscInt truths = given->truths, samples = report->samples[SAMPLES];
  PetscInt64     each = 0, first = 0;
  char           text[40];
  PetscBool      has;

  PetscFunctionBegin;
  KarCheck(comm, samples % truths == 0 && samples >= 2 * truths, PETSC_ERR_USER_INPUT,
           "-truths %" PetscInt_FMT ": the samples have %" PetscInt_FMT
           " fields; as many draws of each truth are needed, two at least",
           truths, samples);
  KarCheck(comm, samples / truths % given->related == 0, PETSC_ERR_USER_INPUT,
           "-related %" PetscInt_FMT ": each truth has %" PetscInt_FMT
           " draws, not so many runs of as many; give samples_of_a_run of the file",
           given->related, samples / truths);
  PetscCall(KarDatasetGetInt(data, "samples_of_a_run", &each, &has));
  if (has && each > 1 && given->related == 1)
    PetscCall(PetscPrintf(comm,
                          "note: %lld draws in a row of %s are of one run of particles (samples_of_a_run): they count "
                          "as independent without -related %lld\n",
                          (long long)each, report->path[SAMPLES], (long long)each));
  PetscCall(KarDatasetGetInt(data, "coarse_draws", &each, &has));
  if (!has || each < 1) PetscFunctionReturn(PETSC_SUCCESS);
  (void)snprintf(text, sizeof(text), ": give -truths %lld", (long long)(samples / each));
  KarCheck(comm, samples == each * truths, PETSC_ERR_USER_INPUT,
           "-truths %" PetscInt_FMT ": %s has %" PetscInt_FMT " draws, %lld above each coarse field (-coarse_draws)%s",
           truths, report->path[SAMPLES], samples, (long long)each,
           samples % each ? ": draw as many above each" : text);
  PetscCall(KarDatasetGetInt(data, "first_sample", &first, &has));
  KarCheck(
    comm, first % each == 0, PETSC_ERR_USER_INPUT,
    "-truths: the first of %s is number %lld, and %lld are above each coarse field: it begins within those of one",
    report->path[SAMPLES], (long long)first, (long long)each);
  if (first)
    PetscCall(PetscPrintf(comm,
                          "note: %s begins above field %lld of its -coarse: the first field of %s is to be that one\n",
                          report->path[SAMPLES], (long long)(first / each), report->path[REFERENCE]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode GivenEvaluate(MPI_Comm comm, KarDataset data[SETS], const Report *report, const Given *given,
                             const char stem[], KarReplace replace, KarOutput *json, PetscBool *stop)
{
  const PetscInt         truths = given->truths;
  const KarEnsembleInfo *info;
  KarEnsemble            ensemble;
  KarGrid                grid;
  KarFFT                 fft;
  Placed                 placed = NULL;
  cJSON                 *root;

  PetscFunctionBegin;
  for (PetscInt a = 0; a < report->data[REFERENCE].dim; a++)
    KarCheck(comm, report->data[REFERENCE].n[a] == report->data[SAMPLES].n[a], PETSC_ERR_ARG_INCOMP,
             "-truths: truths and draws need one grid; axis %" PetscInt_FMT " has %" PetscInt_FMT " and %" PetscInt_FMT
             " points",
             a, report->data[REFERENCE].n[a], report->data[SAMPLES].n[a]);
  KarCheck(comm, truths <= report->samples[REFERENCE], PETSC_ERR_USER_INPUT,
           "-truths %" PetscInt_FMT ": %s has %" PetscInt_FMT " fields", truths, report->path[REFERENCE],
           report->samples[REFERENCE]);
  PetscCall(CheckDraws(comm, data[SAMPLES], report, given));
  PetscCall(KarDatasetCreateGrid(data[REFERENCE], comm, report->variable[REFERENCE], &grid));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(KarEnsembleCreate(fft, given->related, &ensemble));
  if (given->obs_data[0]) PetscCall(PlacedCreate(comm, fft, given, &report->data[REFERENCE], &placed));
  PetscCall(Measure(comm, data, report, truths, ensemble, placed, grid, fft, stop));
  if (!*stop) {
    PetscCall(KarEnsembleFinish(ensemble, &info));
    PetscCall(Print(comm, info));
    PetscCall(Plot(comm, info, stem, replace));
    root = Describe(info);
    if (placed) PetscCall(PlacedTell(placed, &report->data[REFERENCE], stem, replace, root));
    PetscCall(ReportPutJSON(comm, root, *json));
    PetscCall(KarOutputCommit(json, PETSC_FALSE));
    PetscCall(PetscPrintf(comm, "wrote %s.json, %s.png and %s.pdf\n", stem, stem, stem));
  }
  PetscCall(PlacedDestroy(&placed));
  PetscCall(KarEnsembleDestroy(&ensemble));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}
