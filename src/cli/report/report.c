/* A report as a table.  z = (samples - reference) / sqrt(error^2 + error^2). */
#include "report.h"

void ReportSizes(PetscInt dim, const PetscInt n[], size_t size, char text[])
{
  size_t at = 0;

  text[0] = '\0';
  for (PetscInt a = 0; a < dim && at < size; a++)
    at += (size_t)snprintf(text + at, size - at, "%s%" PetscInt_FMT, a ? "x" : "", n[a]);
}

/* An error as it is printed; of one field there is none. */
void ReportError(double error, PetscBool lone, const char format[], size_t size, char text[])
{
  char     number[32];
  PetscInt width;

  (void)snprintf(number, sizeof(number), format, error); /* NOLINT: one of this room's formats */
  width = (PetscInt)strlen(number);
  if (lone) (void)snprintf(text, size, "%-*s", (int)width, "?");
  else (void)snprintf(text, size, "%s", number);
}

static PetscErrorCode PrintLine(MPI_Comm comm, const Report *report, const char name[], const KarEstimate set[SETS],
                                PetscBool positive)
{
  const KarEstimate ratio      = kar_ratio(set[SAMPLES], set[REFERENCE]);
  const PetscBool   lone[SETS] = {(PetscBool)(report->samples[0] == 1), (PetscBool)(report->samples[1] == 1)};
  const PetscBool   either     = (PetscBool)(lone[0] || lone[1]);
  char              text[64], error[3][32], z[16] = "?";

  PetscFunctionBegin;
  ReportError(ratio.error, either, "%-8.4f", sizeof(error[2]), error[2]);
  if (positive && set[REFERENCE].value > 0) (void)snprintf(text, sizeof(text), "%8.4f +- %s", ratio.value, error[2]);
  else (void)snprintf(text, sizeof(text), "%8s    %-8s", "", "");
  for (int s = 0; s < SETS; s++) ReportError(set[s].error, lone[s], "%-9.2g", sizeof(error[s]), error[s]);
  if (!either) (void)snprintf(z, sizeof(z), "%+.1f", kar_z(set));
  PetscCall(PetscPrintf(comm, "  %-20s %12.5g +- %s %12.5g +- %s %s %7s\n", name, set[REFERENCE].value,
                        error[REFERENCE], set[SAMPLES].value, error[SAMPLES], text, z));
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
  if (report->samples[REFERENCE] == 1 || report->samples[SAMPLES] == 1)
    PetscCall(PetscPrintf(comm, "One field tells no error: +- ? and z are not known.\n"));
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
    PetscCall(PrintLine(comm, report, name, set, (PetscBool)(set[REFERENCE].value > report->rounding)));
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
  const PetscBool lone = (PetscBool)(report->samples[REFERENCE] == 1 || report->samples[SAMPLES] == 1);

  PetscFunctionBegin;
  if (report->bands) PetscCall(PetscPrintf(comm, "\n  %-20s %8s    %-8s\n", "mean ratio in shells", "ratio", "error"));
  for (PetscInt b = 0; b < report->bands; b++) {
    const ReportBand *band = &report->band[b];
    char              name[32], error[16];

    (void)snprintf(name, sizeof(name), "%" PetscInt_FMT "-%" PetscInt_FMT, band->first, band->last);
    ReportError(band->ratio.error, lone, "%-8.4f", sizeof(error), error);
    PetscCall(PetscPrintf(comm, "  %-20s %8.4f +- %s\n", name, band->ratio.value, error));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PrintDistances(MPI_Comm comm, const Report *report)
{
  PetscInt tests = 0;

  PetscFunctionBegin;
  for (PetscInt d = 0; d < report->distances; d++) tests = PetscMax(tests, report->distance[d].relabelled.permutations);
  PetscCall(PetscPrintf(comm, "\n  %-44s %10s %28s%s\n", "Wasserstein-1 distance", "", "two halves of the reference",
                        tests ? "   of one law: mean, 95 %, p" : ""));
  for (PetscInt d = 0; d < report->distances; d++) {
    const KarRelabelTest *test = &report->distance[d].relabelled;
    char                  halves[16];

    ReportError(report->distance[d].halves, (PetscBool)(report->samples[REFERENCE] == 1), "%.5f", sizeof(halves),
                halves);
    PetscCall(PetscPrintf(comm, "  %-44s %10.5f %28s", report->distance[d].name, report->distance[d].distance, halves));
    if (test->permutations) PetscCall(PetscPrintf(comm, "   %.5f, %.5f, p = %.4f", test->mean, test->high, test->p));
    PetscCall(PetscPrintf(comm, "\n"));
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
    PetscCall(PrintLine(comm, report, report->row[r].name, report->row[r].set, report->row[r].positive));
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
