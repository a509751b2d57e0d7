/* A report as JSON. */
#include "report.h"
#include <cjson/cJSON.h>

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
  cJSON_AddNumberToObject(at, "z", kar_z(set));
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

/* One field has no error: what would be one is null. */
static void ForgetErrors(cJSON *at, const Report *report)
{
  const PetscBool lone[SETS] = {(PetscBool)(report->samples[0] == 1), (PetscBool)(report->samples[1] == 1)};

  for (cJSON *item = at->child; item; item = item->next) {
    const char *name = item->string ? item->string : "";

    if (item->child) ForgetErrors(item, report);
    if ((!strcmp(name, "reference_error") && lone[REFERENCE]) || (!strcmp(name, "samples_error") && lone[SAMPLES]) ||
        ((strstr(name, "ratio_error") || !strcmp(name, "auc_error") || !strcmp(name, "z")) &&
         (lone[REFERENCE] || lone[SAMPLES])))
      item->type = cJSON_NULL;
  }
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
  ForgetErrors(root, report);
  distances = cJSON_AddObjectToObject(root, "wasserstein1");
  cJSON_AddNumberToObject(distances, "thinning", (double)report->thinning);
  for (PetscInt d = 0; d < report->distances; d++) {
    const KarRelabelTest *test = &report->distance[d].relabelled;
    cJSON                *at   = cJSON_AddObjectToObject(distances, report->distance[d].name);

    cJSON_AddNumberToObject(at, "distance", report->distance[d].distance);
    cJSON_AddNumberToObject(at, "halves_of_reference",
                            report->samples[REFERENCE] > 1 ? report->distance[d].halves : NAN);
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
