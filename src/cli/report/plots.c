/* A report as plots. */
#include "report.h"

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
