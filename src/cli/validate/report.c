/* What `validate` found as a table, as JSON and as a plot. */
#include "validate.h"

#include <cjson/cJSON.h>

static PetscErrorCode PrintFacts(const Validate *v)
{
  PetscFunctionBegin;
  PetscCall(
    PetscPrintf(v->comm, "\nBridges, control and likelihood: exact, ours (+- standard error), and as is usual\n\n"));
  for (PetscInt i = 0; i < v->facts; i++) {
    const Fact *f         = &v->fact[i];
    char        error[24] = "";

    if (f->error > 0) (void)snprintf(error, sizeof(error), " +- %.2g", (double)f->error);
    PetscCall(PetscPrintf(v->comm, "%-52s %11.6g %11.6g%-10s", f->label, (double)f->exact, (double)f->ours, error));
    if (f->usual[0]) PetscCall(PetscPrintf(v->comm, " %9.4g  %s", (double)f->theirs, f->usual));
    PetscCall(PetscPrintf(v->comm, "\n"));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode ValidatePrint(const Validate *v)
{
  PetscFunctionBegin;
  PetscCall(PetscPrintf(v->comm,
                        "\nExact scores; output variance over the law's, in modes with p/lambda = %g, 1, %g, and in "
                        "the worst mode; order between %" PetscInt_FMT " and %" PetscInt_FMT
                        " evaluations;\nz: %" PetscInt_FMT
                        " samples against the sampler's own law, worst coordinate\n\n",
                        (double)v->low, (double)v->high, v->evaluations, 2 * v->evaluations, v->samples));
  PetscCall(PetscPrintf(v->comm, "%-8s %-24s %5s %9s %9s %9s %9s %6s %5s %8s\n", "process", "sampler", "evals",
                        "smoother", "equal", "rougher", "worst", "order", "z", "ms"));
  for (PetscInt i = 0; i < v->rows; i++) {
    const Row *r = &v->row[i];
    char       order[16];

    (void)snprintf(order, sizeof(order), r->order != 0 ? "%.2f" : "-", (double)r->order);
    PetscCall(PetscPrintf(v->comm, "%-8s %-24s %5" PetscInt_FMT " %9.4f %9.4f %9.4f %9.4f %6s %5.2f %8.3f\n",
                          r->process, r->sampler, r->evaluations, (double)r->ratio[SMOOTH], (double)r->ratio[EQUAL],
                          (double)r->ratio[ROUGH], (double)r->worst, order, (double)r->z, (double)r->milliseconds));
  }
  PetscCall(PetscPrintf(v->comm, "\nPublished configurations with exact scores (in brackets the reference value), "
                                 "p/lambda = 0.01, 0.1, 1, 10; from DDPM on 1e-4, 1e-2, 1, 100\n\n"));
  for (PetscInt i = 0; i < v->knowns; i++) {
    PetscCall(PetscPrintf(v->comm, "%-90s", v->known[i].label));
    for (int j = 0; j < POINTS; j++) {
      PetscCall(PetscPrintf(v->comm, " %6.3f", (double)v->known[i].ratio[j]));
      if (v->known[i].said[j] > 0) PetscCall(PetscPrintf(v->comm, " (%.4g)", (double)v->known[i].said[j]));
    }
    PetscCall(PetscPrintf(v->comm, "\n"));
  }
  PetscCall(PrintFacts(v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void FactsJSON(const Validate *v, cJSON *root)
{
  cJSON *facts = cJSON_AddArrayToObject(root, "paths");

  for (PetscInt i = 0; i < v->facts; i++) {
    const Fact *f    = &v->fact[i];
    cJSON      *item = cJSON_CreateObject();

    cJSON_AddStringToObject(item, "quantity", f->label);
    cJSON_AddNumberToObject(item, "exact", (double)f->exact);
    cJSON_AddNumberToObject(item, "ours", (double)f->ours);
    if (f->error > 0) cJSON_AddNumberToObject(item, "error", (double)f->error);
    if (f->usual[0]) {
      cJSON_AddNumberToObject(item, "usual", (double)f->theirs);
      cJSON_AddStringToObject(item, "way", f->usual);
    }
    cJSON_AddItemToArray(facts, item);
  }
}

static char *JSON(const Validate *v)
{
  cJSON *root = cJSON_CreateObject(), *rows, *knowns;
  char  *text;

  cJSON_AddStringToObject(root, "version", KarVersionFull());
  cJSON_AddNumberToObject(root, "evaluations", (double)v->evaluations);
  cJSON_AddNumberToObject(root, "samples", (double)v->samples);
  cJSON_AddNumberToObject(root, "p_over_lambda_low", (double)v->low);
  cJSON_AddNumberToObject(root, "p_over_lambda_high", (double)v->high);
  rows = cJSON_AddArrayToObject(root, "samplers");
  for (PetscInt i = 0; i < v->rows; i++) {
    const Row *r    = &v->row[i];
    cJSON     *item = cJSON_CreateObject();

    cJSON_AddStringToObject(item, "process", r->process);
    cJSON_AddStringToObject(item, "sampler", r->sampler);
    cJSON_AddNumberToObject(item, "evaluations", (double)r->evaluations);
    cJSON_AddNumberToObject(item, "smoother", (double)r->ratio[SMOOTH]);
    cJSON_AddNumberToObject(item, "equal", (double)r->ratio[EQUAL]);
    cJSON_AddNumberToObject(item, "rougher", (double)r->ratio[ROUGH]);
    cJSON_AddNumberToObject(item, "worst", (double)r->worst);
    if (r->order != 0) cJSON_AddNumberToObject(item, "order", (double)r->order);
    cJSON_AddNumberToObject(item, "z", (double)r->z);
    cJSON_AddNumberToObject(item, "milliseconds", (double)r->milliseconds);
    cJSON_AddItemToArray(rows, item);
  }
  knowns = cJSON_AddArrayToObject(root, "published");
  for (PetscInt i = 0; i < v->knowns; i++) {
    cJSON *item = cJSON_CreateObject();

    cJSON_AddStringToObject(item, "configuration", v->known[i].label);
    cJSON_AddItemToObject(item, "ratio", cJSON_CreateDoubleArray(v->known[i].ratio, POINTS));
    if (v->known[i].said[0] > 0)
      cJSON_AddItemToObject(item, "reference", cJSON_CreateDoubleArray(v->known[i].said, POINTS));
    cJSON_AddItemToArray(knowns, item);
  }
  FactsJSON(v, root);
  text = cJSON_Print(root);
  cJSON_Delete(root);
  return text;
}

PetscErrorCode ValidateWriteJSON(const Validate *v, KarOutput output)
{
  const char *part;
  PetscBool   good = PETSC_TRUE;
  PetscMPIInt rank;

  PetscFunctionBegin;
  PetscCall(KarOutputGetPart(output, &part));
  PetscCallMPI(MPI_Comm_rank(v->comm, &rank));
  if (rank == 0) {
    char *text = JSON(v);
    FILE *file = fopen(part, "w");

    good = file && text && fputs(text, file) >= 0 ? PETSC_TRUE : PETSC_FALSE;
    if (file && fclose(file)) good = PETSC_FALSE;
    cJSON_free(text);
  }
  KarCheckAny(v->comm, good, PETSC_ERR_FILE_WRITE, "%s cannot be written: is the disk full?", part);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Ratio against p/lambda: the published configuration and ours. */
PetscErrorCode ValidatePlot(const Validate *v, const char path[], Html page)
{
  enum { N = 41 };
  const Sampler *shown[] = {&validate_samplers[0], &validate_samplers[1], &validate_samplers[3], &validate_samplers[4]};
  PetscReal      x[N], y[N], one[N];
  KarPlot        plot;

  PetscFunctionBegin;
  PetscCall(KarPlotCreate("Variance of samples over the law's, exact scores",
                          "variance of the data over that of the noise, p/lambda", "ratio", &plot));
  PetscCall(KarPlotSetLog(plot, PETSC_TRUE, PETSC_TRUE));
  PetscCall(KarPlotSetRange(plot, 1, 0.5, 300));
  for (int i = 0; i < N; i++) {
    x[i]   = PetscPowReal(10, -3 + 6. * i / (N - 1));
    one[i] = 1;
  }
  PetscCall(ValidateAnnealed(v, &validate_volcano, N, x, y));
  PetscCall(KarPlotAdd(plot, NULL, KAR_LINE, -2, N, x, one, NULL, NULL));
  PetscCall(KarPlotAdd(plot, "annealed Langevin, volcano code, 1500 evaluations", KAR_DASHED, -1, N, x, y, NULL, NULL));
  PetscCall(ValidateAnnealed(v, &validate_matching, N, x, y));
  PetscCall(KarPlotAdd(plot, "annealed Langevin, flow-matching code, 1990", KAR_DASHED, -1, N, x, y, NULL, NULL));
  for (int s = 0; s < 4; s++) {
    char label[96];

    (void)snprintf(label, sizeof(label), "%s, %" PetscInt_FMT, shown[s]->label, v->evaluations);
    PetscCall(KarPlotAdd(plot, label, KAR_LINE, -1, SHELLS, v->at, v->curve[s], NULL, NULL));
  }
  PetscCall(KarPlotSave(v->comm, path, v->replace, 1, &plot, 1));
  PetscCall(HtmlAddPlot(page, plot, "variance of samples over the law's, with exact scores"));
  PetscCall(KarPlotDestroy(&plot));
  PetscFunctionReturn(PETSC_SUCCESS);
}
