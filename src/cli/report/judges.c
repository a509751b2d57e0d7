/* How well one number of one field tells the two sets apart: AUC with DeLong's error, and a control of one law, the
   reference's first half against its second. */
#include "report.h"

typedef enum { OF_JUDGE, OF_FLOW, OF_VELOCITY, OF_PHASE, OF_CIRCLE, OF_SHAPE } Kind;
static const struct {
  const char *name;
  Kind        kind;
  PetscInt    column, width;
  KarRowFn   *fn;
} judges[] = {{"|grad|^2, 5 % quantile", OF_JUDGE, KAR_JUDGE_QUIET, 1, kar_row_first},
              {"|grad|^2, 25 % quantile", OF_JUDGE, KAR_JUDGE_QUIET + 1, 1, kar_row_first},
              {"|grad|^2, median", OF_JUDGE, KAR_JUDGE_QUIET + 2, 1, kar_row_first},
              {"|grad|^2 < .01, share", OF_JUDGE, KAR_JUDGE_STILL, 1, kar_row_first},
              {"nonlinearity", OF_FLOW, KAR_JUDGE_NONLINEARITY, 1, kar_row_first},
              {"nonlinearity, < 4", OF_FLOW, KAR_JUDGE_LOW, 1, kar_row_first},
              {"nonlinearity, < 8", OF_FLOW, KAR_JUDGE_LOW + 1, 1, kar_row_first},
              {"nonlinearity, < 16", OF_FLOW, KAR_JUDGE_LOW + 2, 1, kar_row_first},
              {"enstrophy flux, 4", OF_FLOW, KAR_JUDGE_FLUX, 1, kar_row_first},
              {"enstrophy flux, 8", OF_FLOW, KAR_JUDGE_FLUX + 1, 1, kar_row_first},
              {"enstrophy flux, 12", OF_FLOW, KAR_JUDGE_FLUX + 2, 1, kar_row_first},
              {"enstrophy flux, 16", OF_FLOW, KAR_JUDGE_FLUX + 3, 1, kar_row_first},
              {"kurtosis, gradients", OF_JUDGE, KAR_JUDGE_GRADIENT, 2, kar_row_flatness},
              {"kurtosis, Laplacian", OF_JUDGE, KAR_JUDGE_LAPLACIAN, 2, kar_row_flatness},
              {"flatness over 1", OF_JUDGE, KAR_JUDGE_INCREMENT, 2, kar_row_flatness},
              {"flatness over 2", OF_JUDGE, KAR_JUDGE_INCREMENT + 2, 2, kar_row_flatness},
              {"flatness over 4", OF_JUDGE, KAR_JUDGE_INCREMENT + 4, 2, kar_row_flatness},
              {"flatness over 8", OF_JUDGE, KAR_JUDGE_INCREMENT + 6, 2, kar_row_flatness},
              {"kurtosis, [2,4)", OF_JUDGE, KAR_JUDGE_BAND, 2, kar_row_flatness},
              {"kurtosis, [4,8)", OF_JUDGE, KAR_JUDGE_BAND + 2, 2, kar_row_flatness},
              {"kurtosis, [8,16)", OF_JUDGE, KAR_JUDGE_BAND + 4, 2, kar_row_flatness},
              {"kurtosis, [16,32)", OF_JUDGE, KAR_JUDGE_BAND + 6, 2, kar_row_flatness},
              {"kurtosis, [32,43)", OF_JUDGE, KAR_JUDGE_BAND + 8, 2, kar_row_flatness},
              {"kurtosis, [43,64)", OF_JUDGE, KAR_JUDGE_BAND + 10, 2, kar_row_flatness},
              {"kurtosis, [64,85)", OF_JUDGE, KAR_JUDGE_BAND + 12, 2, kar_row_flatness},
              {"kurtosis, [85,128)", OF_JUDGE, KAR_JUDGE_BAND + 14, 2, kar_row_flatness},
              {"kurtosis, [128,171)", OF_JUDGE, KAR_JUDGE_BAND + 16, 2, kar_row_flatness},
              {"kurtosis, [171,256)", OF_JUDGE, KAR_JUDGE_BAND + 18, 2, kar_row_flatness},
              {"follows gradients, [8,16)", OF_JUDGE, KAR_JUDGE_FOLLOW + 2, 1, kar_row_first},
              {"follows gradients, [16,32)", OF_JUDGE, KAR_JUDGE_FOLLOW + 3, 1, kar_row_first},
              {"follows gradients, [32,43)", OF_JUDGE, KAR_JUDGE_FOLLOW + 4, 1, kar_row_first},
              {"follows gradients, [43,64)", OF_JUDGE, KAR_JUDGE_FOLLOW + 5, 1, kar_row_first},
              {"follows gradients, [64,85)", OF_JUDGE, KAR_JUDGE_FOLLOW + 6, 1, kar_row_first},
              {"follows gradients, [85,128)", OF_JUDGE, KAR_JUDGE_FOLLOW + 7, 1, kar_row_first},
              {"follows gradients, [128,171)", OF_JUDGE, KAR_JUDGE_FOLLOW + 8, 1, kar_row_first},
              {"follows gradients, [171,256)", OF_JUDGE, KAR_JUDGE_FOLLOW + 9, 1, kar_row_first},
              {"slope of the spectrum", OF_JUDGE, KAR_JUDGE_SLOPE, 1, kar_row_first},
              {"energy of shell 1", OF_VELOCITY, KAR_VELOCITY_ENERGY, 1, kar_row_first},
              {"energy of shell 2", OF_VELOCITY, KAR_VELOCITY_ENERGY + 1, 1, kar_row_first},
              {"energy of shell 3", OF_VELOCITY, KAR_VELOCITY_ENERGY + 2, 1, kar_row_first},
              {"energy of shell 4", OF_VELOCITY, KAR_VELOCITY_ENERGY + 3, 1, kar_row_first},
              {"energy of shell 6", OF_VELOCITY, KAR_VELOCITY_ENERGY + 4, 1, kar_row_first},
              {"energy of shell 8", OF_VELOCITY, KAR_VELOCITY_ENERGY + 5, 1, kar_row_first},
              {"energy of shell 10", OF_VELOCITY, KAR_VELOCITY_ENERGY + 6, 1, kar_row_first},
              {"energy of shell 12", OF_VELOCITY, KAR_VELOCITY_ENERGY + 7, 1, kar_row_first},
              {"energy of shell 15", OF_VELOCITY, KAR_VELOCITY_ENERGY + 8, 1, kar_row_first},
              {"energy of shell 20", OF_VELOCITY, KAR_VELOCITY_ENERGY + 9, 1, kar_row_first},
              {"energy of shell 25", OF_VELOCITY, KAR_VELOCITY_ENERGY + 10, 1, kar_row_first},
              {"energy of shell 31", OF_VELOCITY, KAR_VELOCITY_ENERGY + 11, 1, kar_row_first},
              {"energy of shell 40", OF_VELOCITY, KAR_VELOCITY_ENERGY + 12, 1, kar_row_first},
              {"energy of shell 50", OF_VELOCITY, KAR_VELOCITY_ENERGY + 13, 1, kar_row_first},
              {"energy of shell 63", OF_VELOCITY, KAR_VELOCITY_ENERGY + 14, 1, kar_row_first},
              {"energy flux, 2", OF_VELOCITY, KAR_VELOCITY_FLUX, 1, kar_row_first},
              {"energy flux, 4", OF_VELOCITY, KAR_VELOCITY_FLUX + 1, 1, kar_row_first},
              {"energy flux, 6", OF_VELOCITY, KAR_VELOCITY_FLUX + 2, 1, kar_row_first},
              {"energy flux, 8", OF_VELOCITY, KAR_VELOCITY_FLUX + 3, 1, kar_row_first},
              {"energy flux, 12", OF_VELOCITY, KAR_VELOCITY_FLUX + 4, 1, kar_row_first},
              {"energy flux, 16", OF_VELOCITY, KAR_VELOCITY_FLUX + 5, 1, kar_row_first},
              {"energy flux, 24", OF_VELOCITY, KAR_VELOCITY_FLUX + 6, 1, kar_row_first},
              {"energy flux, 32", OF_VELOCITY, KAR_VELOCITY_FLUX + 7, 1, kar_row_first},
              {"energy flux, 48", OF_VELOCITY, KAR_VELOCITY_FLUX + 8, 1, kar_row_first},
              {"skewness, du_a/dx_a", OF_VELOCITY, KAR_VELOCITY_ALONG, 3, kar_row_third},
              {"kurtosis, du_a/dx_a", OF_VELOCITY, KAR_VELOCITY_ALONG, 2, kar_row_flatness},
              {"kurtosis, du_a/dx_b", OF_VELOCITY, KAR_VELOCITY_ACROSS, 2, kar_row_flatness},
              {"flatness of u_a over 1", OF_VELOCITY, KAR_VELOCITY_INCREMENT, 2, kar_row_flatness},
              {"flatness of u_a over 2", OF_VELOCITY, KAR_VELOCITY_INCREMENT + 2, 2, kar_row_flatness},
              {"flatness of u_a over 4", OF_VELOCITY, KAR_VELOCITY_INCREMENT + 4, 2, kar_row_flatness},
              {"flatness of u_a over 8", OF_VELOCITY, KAR_VELOCITY_INCREMENT + 6, 2, kar_row_flatness},
              {"divergence", OF_VELOCITY, KAR_VELOCITY_DIVERGENCE, 1, kar_row_first},
              {"coherent windows", OF_PHASE, KAR_JUDGE_FRINGES, 1, kar_row_first},
              {"has a coherent window", OF_PHASE, KAR_JUDGE_FRINGED, 1, kar_row_first},
              {"coherent windows, 1 cycle", OF_PHASE, KAR_JUDGE_WIDE, 1, kar_row_first},
              {"has one of 1 cycle", OF_PHASE, KAR_JUDGE_WIDE + 1, 1, kar_row_first},
              {"residues", OF_PHASE, KAR_JUDGE_RESIDUES, 1, kar_row_first},
              {"circular variance", OF_CIRCLE, 0, 1, kar_row_first},
              {"area inside", OF_SHAPE, 0, 1, kar_row_first},
              {"components", OF_SHAPE, 1, 1, kar_row_first},
              {"holes", OF_SHAPE, 2, 1, kar_row_first},
              {"slope - 1", OF_SHAPE, 3, 1, kar_row_first},
              {"distance error", OF_SHAPE, 4, 1, kar_row_first}};

static PetscBool Has(const Report *report, Kind kind)
{
  switch (kind) {
  case OF_JUDGE: return (PetscBool)!report->phase;
  case OF_FLOW: return (PetscBool)(report->flow && !report->phase);
  case OF_VELOCITY: return report->velocity;
  case OF_SHAPE: return report->shapes;
  default: return report->phase;
  }
}

static const PetscReal *Column(const KarMeasureInfo *set, Kind kind, PetscInt column)
{
  switch (kind) {
  case OF_CIRCLE: return set->table + set->circular + column;
  case OF_SHAPE: return set->table + set->shape + column;
  case OF_VELOCITY: return set->table + set->velocity + column;
  default: return set->table + set->judge + column;
  }
}

/* One judge; told: some field has a number that is not 0. */
static PetscErrorCode Judge(const KarMeasureInfo *const set[SETS], size_t j, ReportJudge *judge, PetscBool *told)
{
  const PetscInt n = set[REFERENCE]->samples, m = set[SAMPLES]->samples;
  PetscReal     *v[SETS];

  PetscFunctionBegin;
  *judge = (ReportJudge){.name = judges[j].name, .control = {.value = 0.5}};
  *told  = PETSC_FALSE;
  PetscCall(PetscMalloc2(n, &v[REFERENCE], m, &v[SAMPLES]));
  for (int s = 0; s < SETS; s++) {
    const PetscReal *first = Column(set[s], judges[j].kind, judges[j].column);

    for (PetscInt i = 0; i < set[s]->samples; i++) {
      v[s][i] = judges[j].fn(first + i * set[s]->columns);
      if (v[s][i] != 0) *told = PETSC_TRUE;
    }
    PetscCall(
      KarStatsJackknife(set[s]->samples, set[s]->columns, judges[j].width, first, judges[j].fn, &judge->set[s]));
  }
  PetscCall(KarStatsAUC(n, v[REFERENCE], m, v[SAMPLES], &judge->auc));
  if (n > 1) PetscCall(KarStatsAUC(n / 2, v[REFERENCE], n - n / 2, v[REFERENCE] + n / 2, &judge->control));
  PetscCall(PetscFree2(v[REFERENCE], v[SAMPLES]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode ReportJudges(const KarMeasureInfo *const set[SETS], Report *report)
{
  const KarMeasureInfo *r    = set[REFERENCE];
  PetscInt              most = 0;

  PetscFunctionBegin;
  for (size_t j = 0; j < PETSC_STATIC_ARRAY_LENGTH(judges); j++) {
    PetscBool told;

    if (!Has(report, judges[j].kind)) continue;
    PetscCall(Judge(set, j, &report->judge[report->judges], &told));
    if (told) report->judges++;
  }
  for (PetscInt i = 0; i < r->samples; i++)
    report->reach = PetscMax(report->reach, (PetscInt)r->table[i * r->columns + r->judge + KAR_JUDGE_REACH]);
  for (int s = 0; s < SETS && report->velocity; s++)
    for (PetscInt i = 0; i < set[s]->samples; i++)
      report->divergence[s] =
        PetscMax(report->divergence[s], Column(set[s], OF_VELOCITY, KAR_VELOCITY_DIVERGENCE)[i * set[s]->columns]);
  for (PetscInt a = 0; a < report->data[REFERENCE].dim; a++) most = PetscMax(most, (report->n[a] - 1) / 2);
  if (report->reach >= most) report->reach = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode ReportPrintJudges(MPI_Comm comm, const Report *report)
{
  const PetscBool lone = (PetscBool)(report->samples[REFERENCE] == 1 || report->samples[SAMPLES] == 1);
  const PetscBool few  = (PetscBool)(report->samples[REFERENCE] < 4); /* a half of one field tells no error */

  PetscFunctionBegin;
  if (!report->judges) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscPrintf(comm, "\n  %-26s %7s    %-7s %8s    %-7s %12s %12s %8s    %-8s\n", "one number of a field",
                        "AUC", "error", "control", "error", "reference", "samples", "ratio", "error"));
  for (PetscInt j = 0; j < report->judges; j++) {
    const ReportJudge *judge = &report->judge[j];
    const KarEstimate  ratio = kar_ratio(judge->set[SAMPLES], judge->set[REFERENCE]);
    char               error[3][16], control[16];

    ReportError(judge->auc.error, lone, "%-7.4f", sizeof(error[0]), error[0]);
    ReportError(ratio.error, lone, "%-8.4f", sizeof(error[1]), error[1]);
    ReportError(judge->control.error, few, "%-7.4f", sizeof(error[2]), error[2]);
    ReportError(judge->control.value, (PetscBool)(report->samples[REFERENCE] == 1), "%.4f", sizeof(control), control);
    PetscCall(PetscPrintf(comm, "  %-26s %7.4f +- %s %8s +- %s %12.5g %12.5g", judge->name, judge->auc.value, error[0],
                          control, error[2], judge->set[REFERENCE].value, judge->set[SAMPLES].value));
    if (judge->set[REFERENCE].value != 0) PetscCall(PetscPrintf(comm, " %8.4f +- %s", ratio.value, error[1]));
    PetscCall(PetscPrintf(comm, "\n"));
  }
  PetscCall(PetscPrintf(comm, "  (AUC: P(reference < sample) of single fields, 0.5 for one law; control: first half of "
                              "the reference against its second)\n"));
  if (report->velocity)
    PetscCall(PetscPrintf(comm, "  divergence of the worst field: %.2g of the reference, %.2g of the samples\n",
                          report->divergence[REFERENCE], report->divergence[SAMPLES]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void ReportPutJudges(const Report *report, cJSON *root)
{
  cJSON *all = cJSON_AddObjectToObject(root, "judges");

  if (report->velocity)
    cJSON_AddItemToObject(root, "divergence_of_the_worst_field", cJSON_CreateDoubleArray(report->divergence, SETS));
  for (PetscInt j = 0; j < report->judges; j++) {
    const ReportJudge *judge = &report->judge[j];
    const KarEstimate  ratio = kar_ratio(judge->set[SAMPLES], judge->set[REFERENCE]);
    cJSON             *at    = cJSON_AddObjectToObject(all, judge->name);

    cJSON_AddNumberToObject(at, "auc", judge->auc.value);
    cJSON_AddNumberToObject(at, "auc_error", judge->auc.error);
    cJSON_AddNumberToObject(at, "control_auc", report->samples[REFERENCE] > 1 ? judge->control.value : NAN);
    cJSON_AddNumberToObject(at, "control_auc_error", report->samples[REFERENCE] > 3 ? judge->control.error : NAN);
    cJSON_AddNumberToObject(at, "reference", judge->set[REFERENCE].value);
    cJSON_AddNumberToObject(at, "reference_error", judge->set[REFERENCE].error);
    cJSON_AddNumberToObject(at, "samples", judge->set[SAMPLES].value);
    cJSON_AddNumberToObject(at, "samples_error", judge->set[SAMPLES].error);
    if (judge->set[REFERENCE].value == 0) continue;
    cJSON_AddNumberToObject(at, "ratio", ratio.value);
    cJSON_AddNumberToObject(at, "ratio_error", ratio.error);
  }
}

PetscErrorCode ReportPlotJudges(const Report *report, KarPlot *plot)
{
  PetscReal x[MAX_JUDGES], y[2][MAX_JUDGES], low[2][MAX_JUDGES], high[2][MAX_JUDGES];

  PetscFunctionBegin;
  *plot = NULL;
  if (!report->judges) PetscFunctionReturn(PETSC_SUCCESS);
  for (PetscInt j = 0; j < report->judges; j++) {
    const KarEstimate e[2] = {report->judge[j].control, report->judge[j].auc};

    x[j] = (PetscReal)(j + 1);
    for (int c = 0; c < 2; c++)
      y[c][j] = e[c].value, low[c][j] = e[c].value - 2 * e[c].error, high[c][j] = e[c].value + 2 * e[c].error;
  }
  PetscCall(KarPlotCreate("One number of a field", "line of the table", "AUC, two standard errors", plot));
  PetscCall(KarPlotSetRange(*plot, 1, 0, 1));
  if (report->samples[REFERENCE] > 1)
    PetscCall(
      KarPlotAdd(*plot, "two halves of the reference", KAR_POINTS, -2, report->judges, x, y[0], low[0], high[0]));
  PetscCall(KarPlotAdd(*plot, "samples", KAR_POINTS, -1, report->judges, x, y[1], low[1], high[1]));
  PetscFunctionReturn(PETSC_SUCCESS);
}
