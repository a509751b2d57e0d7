/* render of a file of closed curves: a panel for each, or for each path, with its first curve dashed, those at three
   times between, and its last in black. */
#include "render.h"

/* The closed curve of number `sample` into the plot. */
static PetscErrorCode AddCurve(KarDataset data, const char variable[], PetscInt sample, const char label[],
                               KarPlotLook look, PetscInt color, KarPlot plot)
{
  KarDatasetInfo d;
  PetscReal     *xy, *x, *y;

  PetscFunctionBegin;
  PetscCall(KarDatasetGetInfo(data, &d));
  PetscCall(PetscMalloc3(2 * d.n[0], &xy, d.n[0] + 1, &x, d.n[0] + 1, &y));
  PetscCall(KarDatasetReadLocal(data, variable, sample, 1, xy));
  for (PetscInt i = 0; i <= d.n[0]; i++) x[i] = xy[2 * (i % d.n[0])], y[i] = xy[2 * (i % d.n[0]) + 1];
  PetscCall(KarPlotAdd(plot, label, look, color, d.n[0] + 1, x, y, NULL, NULL));
  PetscCall(PetscFree3(xy, x, y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Widens a square range to the curves of path i. */
static PetscErrorCode Widen(KarDataset data, const char variable[], PetscInt first, PetscInt count, PetscReal low[2],
                            PetscReal high[2])
{
  KarDatasetInfo d;
  PetscReal     *xy;

  PetscFunctionBegin;
  PetscCall(KarDatasetGetInfo(data, &d));
  PetscCall(PetscMalloc1(count * 2 * d.n[0], &xy));
  PetscCall(KarDatasetReadLocal(data, variable, first, count, xy));
  for (PetscInt i = 0; i < count * 2 * d.n[0]; i++)
    low[i % 2] = PetscMin(low[i % 2], xy[i]), high[i % 2] = PetscMax(high[i % 2], xy[i]);
  PetscCall(PetscFree(xy));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Panel(KarDataset data, const char variable[], PetscInt path, PetscInt times, const PetscReal t[],
                            PetscBool first, KarPlot plot)
{
  const PetscInt start = path * times;
  char           label[32];

  PetscFunctionBegin;
  if (times > 1) PetscCall(AddCurve(data, variable, start, first ? "start" : NULL, KAR_DASHED, -2, plot));
  for (int q = 1; q < 4 && times > 4; q++) {
    PetscInt k = 0;

    while (k < times - 1 && t[k] < t[0] + 0.25 * q * (t[times - 1] - t[0]) - 1e-9) k++;
    (void)snprintf(label, sizeof(label), "t = %.2g", (double)t[k]);
    PetscCall(AddCurve(data, variable, start + k, first ? label : NULL, KAR_LINE, q - 1, plot));
  }
  PetscCall(AddCurve(data, variable, start + times - 1, first && times > 1 ? "end" : NULL, KAR_LINE, -2, plot));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode RenderCurves(MPI_Comm comm, KarDataset data, const KarVariable *variable, Render *r)
{
  static const char *const time[] = {"time"};
  PetscReal                low[2] = {PETSC_MAX_REAL, PETSC_MAX_REAL}, high[2] = {-PETSC_MAX_REAL, -PETSC_MAX_REAL};
  KarTable                 table = {.rows = 0};
  PetscInt                 times, paths, v;
  KarPlot                  plot[MOST];
  char                     title[64];

  PetscFunctionBegin;
  PetscCall(KarDatasetFindVariable(data, variable->name, &v));
  PetscCall(KarDatasetGetTimes(data, v, &times));
  if (times > 1) PetscCall(KarTableRead(comm, r->in, 1, time, &table));
  paths = variable->samples / times;
  if (!r->count) {
    r->count = PetscMin(4, paths);
    for (PetscInt i = 0; i < r->count; i++) r->samples[i] = i;
  }
  for (PetscInt i = 0; i < r->count; i++) {
    KarCheck(comm, r->samples[i] < paths, PETSC_ERR_USER_INPUT,
             "-samples %" PetscInt_FMT ": %s has curves 0 to %" PetscInt_FMT, r->samples[i], r->in, paths - 1);
    PetscCall(Widen(data, variable->name, r->samples[i] * times, times, low, high));
  }
  for (PetscInt i = 0; i < r->count; i++) {
    const PetscReal half = 0.55 * PetscMax(high[0] - low[0], high[1] - low[1]);

    (void)snprintf(title, sizeof(title), "%s %" PetscInt_FMT, times > 1 ? "path" : "curve", r->samples[i]);
    PetscCall(KarPlotCreate(title, "x", "y", &plot[i]));
    for (int c = 0; c < 2; c++)
      PetscCall(KarPlotSetRange(plot[i], c, (low[c] + high[c]) / 2 - half, (low[c] + high[c]) / 2 + half));
    PetscCall(Panel(data, variable->name, r->samples[i], times, table.column[0], (PetscBool)(i == 0), plot[i]));
  }
  PetscCall(
    KarPlotSave(comm, r->out, r->replace, r->count, plot, r->style.columns ? r->style.columns : PetscMin(r->count, 4)));
  for (PetscInt i = 0; i < r->count; i++) PetscCall(KarPlotDestroy(&plot[i]));
  PetscCall(KarTableDestroy(&table));
  PetscFunctionReturn(PETSC_SUCCESS);
}
