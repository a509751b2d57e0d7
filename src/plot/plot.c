/* Plots of lines, points and bands on labelled axes. */
#include "plotimpl.h"

PetscErrorCode KarPlotCreate(const char title[], const char xlabel[], const char ylabel[], KarPlot *plot)
{
  PetscFunctionBegin;
  PetscCall(PetscNew(plot));
  PetscCall(PetscStrncpy((*plot)->title, title ? title : "", sizeof((*plot)->title)));
  PetscCall(PetscStrncpy((*plot)->label[0], xlabel, sizeof((*plot)->label[0])));
  PetscCall(PetscStrncpy((*plot)->label[1], ylabel, sizeof((*plot)->label[1])));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPlotSetLog(KarPlot plot, PetscBool x, PetscBool y)
{
  PetscFunctionBegin;
  plot->log[0] = x;
  plot->log[1] = y;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPlotSetRange(KarPlot plot, PetscInt axis, PetscReal low, PetscReal high)
{
  PetscFunctionBegin;
  plot->ranged[axis]   = PETSC_TRUE;
  plot->range[axis][0] = low;
  plot->range[axis][1] = high;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPlotAdd(KarPlot plot, const char label[], KarPlotLook look, PetscInt color, PetscInt n,
                          const PetscReal x[], const PetscReal y[], const PetscReal low[], const PetscReal high[])
{
  KarCurve *c = &plot->curve[plot->curves];

  PetscFunctionBegin;
  KarCheck(PETSC_COMM_SELF, plot->curves < CURVES, PETSC_ERR_ARG_OUTOFRANGE, "a plot has at most %d curves", CURVES);
  PetscCall(PetscMalloc4(n, &c->x, n, &c->y, n, &c->low, n, &c->high));
  PetscCall(PetscArraycpy(c->x, x, n));
  PetscCall(PetscArraycpy(c->y, y, n));
  c->band = low && high ? PETSC_TRUE : PETSC_FALSE;
  if (c->band) PetscCall(PetscArraycpy(c->low, low, n));
  if (c->band) PetscCall(PetscArraycpy(c->high, high, n));
  PetscCall(PetscStrncpy(c->label, label ? label : "", sizeof(c->label)));
  c->look  = look;
  c->n     = n;
  c->color = color == -1 ? plot->next++ : color;
  plot->curves++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPlotDestroy(KarPlot *plot)
{
  PetscFunctionBegin;
  if (!*plot) PetscFunctionReturn(PETSC_SUCCESS);
  for (PetscInt c = 0; c < (*plot)->curves; c++)
    PetscCall(PetscFree4((*plot)->curve[c].x, (*plot)->curve[c].y, (*plot)->curve[c].low, (*plot)->curve[c].high));
  PetscCall(PetscFree(*plot));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void Widen(PetscBool log, PetscReal value, PetscReal range[2])
{
  if (!isfinite((double)value) || (log && value <= 0)) return;
  range[0] = PetscMin(range[0], value);
  range[1] = PetscMax(range[1], value);
}

/* Ends of an axis: those given, else of the data with a little room. */
static void FindRange(KarPlot plot, int axis, KarAxis *to)
{
  PetscReal range[2] = {PETSC_MAX_REAL, PETSC_MIN_REAL}, margin;
  PetscBool log      = plot->log[axis];

  for (PetscInt c = 0; c < plot->curves; c++) {
    const KarCurve *curve = &plot->curve[c];

    for (PetscInt i = 0; i < curve->n; i++) {
      Widen(log, axis ? curve->y[i] : curve->x[i], range);
      if (axis && curve->band) {
        Widen(log, curve->low[i], range);
        Widen(log, curve->high[i], range);
      }
    }
  }
  if (!(range[0] <= range[1])) range[0] = log ? 1 : 0, range[1] = log ? 10 : 1;
  if (log) {
    margin   = axis ? PetscPowReal(range[1] / range[0], 0.06) : 1.12;
    range[0] = PetscMax(range[0] / margin, range[1] * 1e-16);
    range[1] *= range[0] == range[1] ? 10 : margin;
  } else {
    margin = (range[1] - range[0]) * (axis ? 0.06 : 0);
    if (range[1] == range[0]) margin = 0.5 + PetscAbsReal(range[0]) / 2;
    if (axis && range[0] >= 0 && range[0] < 0.3 * range[1])
      range[0] = margin = 0, range[1] *= 1.06; /* densities stand on zero */
    range[0] -= margin, range[1] += margin;
  }
  to->low  = (double)(plot->ranged[axis] ? plot->range[axis][0] : range[0]);
  to->high = (double)(plot->ranged[axis] ? plot->range[axis][1] : range[1]);
  to->log  = log;
}

/* Marks of axis i on both edges, numbers on the first; light lines behind the curves when `grid`. Returns the width of
   numbers. */
static double Marks(cairo_t *cr, const KarAxis axis[2], int i, const KarTicks *ticks, PetscBool grid)
{
  double widest = 0, other[2] = {axis[1 - i].from, axis[1 - i].to}, in = i ? 1 : -1;

  for (int pass = 0; pass < 2; pass++) {
    int count = pass ? ticks->n : ticks->minors;

    for (int k = 0; k < count; k++) {
      double value = pass ? ticks->at[k] : ticks->minor[k], at;

      if (value < axis[i].low * (axis[i].low < 0 ? 1 + 1e-9 : 1 - 1e-9) - 1e-12 * fabs(axis[i].high) ||
          value > axis[i].high + 1e-9 * fabs(axis[i].high))
        continue;
      at = kar_axis_place(&axis[i], value);
      for (int edge = 0; edge < (grid ? 1 : 2); edge++) {
        double reach = grid ? other[1] - other[0] : (edge ? -in : in) * (pass ? 5 : 2.8);

        cairo_move_to(cr, i ? other[edge] : at, i ? at : other[edge]);
        cairo_rel_line_to(cr, i ? reach : 0, i ? 0 : reach);
      }
      if (grid && !pass) cairo_new_path(cr);
      cairo_stroke(cr);
      if (!grid && pass && i) kar_text(cr, ticks->label[k], other[0] - 5, at + 0.36 * FONT, 0.9 * FONT, 1, 0);
      if (!grid && pass && !i) kar_text(cr, ticks->label[k], at, other[0] + 1.45 * FONT, 0.9 * FONT, 0.5, 0);
      if (pass) widest = PetscMax(widest, kar_text_width(cr, ticks->label[k], 0.9 * FONT));
    }
  }
  return widest;
}

static void DrawPlot(cairo_t *cr, KarPlot plot, double x, double y)
{
  KarAxis  axis[2];
  KarTicks ticks[2];
  double   widest;
  char     name[256];

  FindRange(plot, 0, &axis[0]);
  FindRange(plot, 1, &axis[1]);
  axis[0].from = x + 62, axis[0].to = x + WIDTH - 16;
  axis[1].from = y + HEIGHT - 44, axis[1].to = y + (plot->title[0] ? 32 : 14);
  kar_axis_ticks(&axis[1], 6, PETSC_FALSE, &ticks[1]);
  axis[0].from = PetscMax(axis[0].from, x + 31 + kar_ticks_width(cr, &ticks[1], 0.9 * FONT));
  kar_legend_room(cr, plot, axis);
  kar_axis_ticks_apart(cr, &axis[0], 6, PETSC_FALSE, 0.9 * FONT, &ticks[0]);
  kar_axis_ticks(&axis[1], 6, PETSC_FALSE, &ticks[1]);
  cairo_set_line_width(cr, 0.6);
  cairo_set_source_rgb(cr, 0.9, 0.9, 0.9);
  for (int i = 0; i < 2; i++) (void)Marks(cr, axis, i, &ticks[i], PETSC_TRUE);
  cairo_save(cr);
  cairo_rectangle(cr, axis[0].from, axis[1].to, axis[0].to - axis[0].from, axis[1].from - axis[1].to);
  cairo_clip(cr);
  for (PetscInt c = 0; c < plot->curves; c++) kar_plot_curve(cr, axis, &plot->curve[c]);
  cairo_restore(cr);
  kar_legend(cr, plot, axis);
  cairo_set_source_rgb(cr, 0, 0, 0);
  cairo_set_line_width(cr, 0.8);
  cairo_rectangle(cr, axis[0].from, axis[1].to, axis[0].to - axis[0].from, axis[1].from - axis[1].to);
  cairo_stroke(cr);
  (void)Marks(cr, axis, 0, &ticks[0], PETSC_FALSE);
  widest = Marks(cr, axis, 1, &ticks[1], PETSC_FALSE);
  kar_axis_name(plot->label[0], &ticks[0], sizeof(name), name);
  kar_text(cr, name, (axis[0].from + axis[0].to) / 2, axis[1].from + 3.1 * FONT, FONT, 0.5, 0);
  kar_axis_name(plot->label[1], &ticks[1], sizeof(name), name);
  kar_text(cr, name, axis[0].from - widest - 12, (axis[1].from + axis[1].to) / 2, FONT, 0.5, -PETSC_PI / 2);
  if (plot->title[0]) kar_text(cr, plot->title, (axis[0].from + axis[0].to) / 2, axis[1].to - 10, 1.05 * FONT, 0.5, 0);
}

/* Room on the right for the longest legend that stands beside its curves. */
static double Beside(PetscInt n, const KarPlot plots[])
{
  cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1);
  cairo_t         *cr      = cairo_create(surface);
  double           margin  = 0, width;

  cairo_select_font_face(cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  for (PetscInt p = 0; p < n; p++)
    if (kar_legend_rows(cr, plots[p], &width) > INSIDE) margin = PetscMax(margin, width + 10);
  cairo_destroy(cr);
  cairo_surface_destroy(surface);
  return ceil(margin);
}

PetscErrorCode KarPlotSave(MPI_Comm comm, const char path[], KarReplace replace, PetscInt n, const KarPlot plots[],
                           PetscInt columns)
{
  KarOutput   output;
  KarCanvas   canvas;
  const char *part;
  PetscMPIInt rank;
  PetscBool   good = PETSC_TRUE;
  PetscInt    rows;

  PetscFunctionBegin;
  KarCheck(comm, n > 0, PETSC_ERR_USER_INPUT, "%s: no plots to draw", path);
  PetscCall(KarCanvasCheckPath(comm, path));
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(KarOutputCreate(comm, path, replace, 0, &output));
  PetscCall(KarOutputGetPart(output, &part));
  columns = PetscMax(1, PetscMin(columns, n));
  rows    = (n + columns - 1) / columns;
  if (rank == 0) {
    const double width = WIDTH + Beside(n, plots);

    good = kar_canvas_open(&canvas, path, part, (double)columns * width, (double)(rows * HEIGHT), 2.2);
    for (PetscInt p = 0; p < n; p++)
      DrawPlot(canvas.cr, plots[p], (double)(p % columns) * width, (double)(p / columns * HEIGHT));
    if (!kar_canvas_close(&canvas, part)) good = PETSC_FALSE;
  }
  KarCheckAny(comm, good, PETSC_ERR_FILE_WRITE, "%s cannot be drawn: is the disk full?", path);
  PetscCall(KarOutputCommit(&output, PETSC_FALSE));
  PetscFunctionReturn(PETSC_SUCCESS);
}
