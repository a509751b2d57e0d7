/* Plots of lines, points and bands on labelled axes. */
#include "drawimpl.h"

#define CURVES 64
#define WIDTH  440 /* of one plot, in points */
#define HEIGHT 330
#define FONT   11.5
#define LINE   (1.45 * FONT)
#define INSIDE 6 /* rows of a legend that stands among the curves; a longer one stands beside them */

typedef struct {
  char        label[96];
  KarPlotLook look;
  PetscInt    color, n;
  PetscBool   band;
  PetscReal  *x, *y, *low, *high; /* owned */
} Curve;

struct _p_KarPlot {
  char      title[256], label[2][128];
  PetscBool log[2], ranged[2];
  PetscReal range[2][2];
  PetscInt  curves, next;
  Curve     curve[CURVES];
};

/* Told apart by the colour-blind too (Okabe and Ito, 2008). */
static const unsigned palette[] = {0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7, 0xE69F00, 0x56B4E9, 0x7F7F7F};
enum { COLORS = (int)(sizeof(palette) / sizeof(palette[0])) };

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
  Curve *c = &plot->curve[plot->curves];

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

/* --- Ranges ------------------------------------------------------------ */
static void Widen(PetscBool log, PetscReal value, PetscReal range[2])
{
  if (!isfinite((double)value) || (log && value <= 0)) return;
  range[0] = PetscMin(range[0], value);
  range[1] = PetscMax(range[1], value);
}

/* Ends of an axis: those given, else of the data with a little room. */
static void FindRange(KarPlot plot, int axis, KarAxis *to)
{
  PetscReal range[2] = {PETSC_MAX_REAL, PETSC_MIN_REAL}, room;
  PetscBool log      = plot->log[axis];

  for (PetscInt c = 0; c < plot->curves; c++) {
    const Curve *curve = &plot->curve[c];

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
    room     = axis ? PetscPowReal(range[1] / range[0], 0.06) : 1.12;
    range[0] = PetscMax(range[0] / room, range[1] * 1e-16);
    range[1] *= range[0] == range[1] ? 10 : room;
  } else {
    room = (range[1] - range[0]) * (axis ? 0.06 : 0);
    if (range[1] == range[0]) room = 0.5 + PetscAbsReal(range[0]) / 2;
    if (axis && range[0] >= 0 && range[0] < 0.3 * range[1])
      range[0] = room = 0, range[1] *= 1.06; /* densities stand on zero */
    range[0] -= room, range[1] += room;
  }
  to->low  = (double)(plot->ranged[axis] ? plot->range[axis][0] : range[0]);
  to->high = (double)(plot->ranged[axis] ? plot->range[axis][1] : range[1]);
  to->log  = log;
}

/* --- Drawing ------------------------------------------------------------ */
static void Color(cairo_t *cr, PetscInt color, double alpha)
{
  unsigned c = color < 0 ? 0 : palette[color % COLORS];

  cairo_set_source_rgba(cr, (c >> 16) / 255., (c >> 8 & 255) / 255., (c & 255) / 255., alpha);
}

static PetscBool Shown(const KarAxis axis[2], PetscReal x, PetscReal y)
{
  if (!isfinite((double)x) || !isfinite((double)y)) return PETSC_FALSE;
  return (!axis[0].log || x > 0) && (!axis[1].log || y > 0) ? PETSC_TRUE : PETSC_FALSE;
}

static void Path(cairo_t *cr, const KarAxis axis[2], const Curve *c, const PetscReal y[])
{
  PetscBool pen = PETSC_FALSE;

  for (PetscInt i = 0; i < c->n; i++) {
    double px, py;

    if (!Shown(axis, c->x[i], y[i])) {
      pen = PETSC_FALSE;
      continue;
    }
    px = kar_axis_place(&axis[0], (double)c->x[i]), py = kar_axis_place(&axis[1], (double)y[i]);
    if (pen && c->look == KAR_STEPS) cairo_line_to(cr, px, kar_axis_place(&axis[1], (double)y[i - 1]));
    if (pen) cairo_line_to(cr, px, py);
    else cairo_move_to(cr, px, py);
    pen = PETSC_TRUE;
  }
}

static void Band(cairo_t *cr, const KarAxis axis[2], const Curve *c)
{
  PetscBool pen = PETSC_FALSE;

  for (PetscInt j = 0; j < 2 * c->n; j++) {
    PetscInt  i = j < c->n ? j : 2 * c->n - 1 - j;
    PetscReal y = j < c->n ? c->high[i] : c->low[i];

    if (axis[1].log && y <= 0) y = (PetscReal)axis[1].low * (PetscReal)1e-3;
    if (!Shown(axis, c->x[i], y)) continue;
    if (pen) cairo_line_to(cr, kar_axis_place(&axis[0], (double)c->x[i]), kar_axis_place(&axis[1], (double)y));
    else cairo_move_to(cr, kar_axis_place(&axis[0], (double)c->x[i]), kar_axis_place(&axis[1], (double)y));
    pen = PETSC_TRUE;
  }
  cairo_close_path(cr);
  Color(cr, c->color, 0.2);
  cairo_fill(cr);
}

static void Dot(cairo_t *cr, double x, double y)
{
  cairo_new_sub_path(cr);
  cairo_arc(cr, x, y, 2.4, 0, 2 * PETSC_PI);
  cairo_fill(cr);
}

static void DrawCurve(cairo_t *cr, const KarAxis axis[2], const Curve *c)
{
  static const double dashes[][4] = {
    {5, 3, 5, 3}, {1.5, 2.5, 1.5, 2.5}, {8, 2.5, 1.5, 2.5}}; /* a second and a third round of the colours */
  const int round = c->color < 0 ? 0 : c->color / COLORS, dash = c->look == KAR_DASHED ? 0 : round % 3;

  if (c->band) Band(cr, axis, c);
  Color(cr, c->color, 1);
  if (c->look == KAR_POINTS) {
    for (PetscInt i = 0; i < c->n; i++)
      if (Shown(axis, c->x[i], c->y[i]))
        Dot(cr, kar_axis_place(&axis[0], (double)c->x[i]), kar_axis_place(&axis[1], (double)c->y[i]));
    return;
  }
  cairo_set_line_width(cr, 1.5);
  cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_dash(cr, dashes[dash], c->look == KAR_DASHED || round ? 4 : 0, 0);
  Path(cr, axis, c, c->y);
  cairo_stroke(cr);
  cairo_set_dash(cr, dashes[0], 0, 0);
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

/* Points of curves that a box would hide. */
static PetscInt Hidden(KarPlot plot, const KarAxis axis[2], double x, double y, double w, double h)
{
  PetscInt hidden = 0;

  for (PetscInt c = 0; c < plot->curves; c++) {
    const Curve *curve = &plot->curve[c];

    for (PetscInt i = 0; i < curve->n; i++) {
      for (int part = 0; part < 4; part++) { /* and between points */
        PetscInt j = PetscMin(i + 1, curve->n - 1);
        double   px, py, u = part / 4.;

        if (!Shown(axis, curve->x[i], curve->y[i]) || !Shown(axis, curve->x[j], curve->y[j])) continue;
        px =
          (1 - u) * kar_axis_place(&axis[0], (double)curve->x[i]) + u * kar_axis_place(&axis[0], (double)curve->x[j]);
        py =
          (1 - u) * kar_axis_place(&axis[1], (double)curve->y[i]) + u * kar_axis_place(&axis[1], (double)curve->y[j]);
        if (px > x - 4 && px < x + w + 4 && py > y - 4 && py < y + h + 4) hidden++;
      }
    }
  }
  return hidden;
}

/* Rows of the legend, and its width. */
static PetscInt LegendRows(cairo_t *cr, KarPlot plot, double *width)
{
  PetscInt rows = 0;

  *width = 0;
  for (PetscInt c = 0; c < plot->curves; c++) {
    if (!plot->curve[c].label[0]) continue;
    *width = PetscMax(*width, kar_text_width(cr, plot->curve[c].label, 0.9 * FONT) + 40);
    rows++;
  }
  return rows;
}

/* Where the legend hides least: x, y, width and height of its box. Returns how much it hides. */
static PetscInt PlaceLegend(cairo_t *cr, KarPlot plot, const KarAxis axis[2], double box[4])
{
  PetscInt rows = LegendRows(cr, plot, &box[2]), least = -1;

  box[3] = (double)rows * LINE + 4;
  if (rows > INSIDE) { /* beside the frame */
    box[0] = axis[0].to + 14, box[1] = axis[1].to;
    return 0;
  }
  for (int corner = 0; corner < 4 && rows; corner++) { /* right top, left top, right bottom, left bottom */
    double x        = corner % 2 ? axis[0].from + 10 : axis[0].to - box[2] - 10,
           y        = corner / 2 ? axis[1].from - box[3] - 10 : axis[1].to + 10;
    PetscInt hidden = Hidden(plot, axis, x, y, box[2], box[3]);

    if (least < 0 || hidden < least) least = hidden, box[0] = x, box[1] = y;
  }
  return PetscMax(0, least);
}

/* Raises the upper end of the ordinate, at most twofold on the paper, until the legend finds a free corner. */
static void MakeRoom(cairo_t *cr, KarPlot plot, KarAxis axis[2])
{
  double box[4], high = axis[1].high;

  for (double part = 0; part < 0.5 && !plot->ranged[1] && PlaceLegend(cr, plot, axis, box); part += 0.04) {
    if (axis[1].log) axis[1].high = axis[1].low * pow(high / axis[1].low, 1 / (1 - part));
    else axis[1].high = axis[1].low + (high - axis[1].low) / (1 - part);
  }
}

static void Legend(cairo_t *cr, KarPlot plot, const KarAxis axis[2])
{
  double   place[4], x, y, w, h, line = LINE;
  PetscInt row = 0;

  (void)PlaceLegend(cr, plot, axis, place);
  x = place[0], y = place[1], w = place[2], h = place[3];
  if (!w) return;
  cairo_set_source_rgba(cr, 1, 1, 1, 0.8);
  cairo_rectangle(cr, x - 2, y, w + 4, h);
  cairo_fill(cr);
  for (PetscInt c = 0; c < plot->curves; c++) {
    PetscReal    at[2] = {0, 1}, level[2] = {0.5, 0.5}, low[2] = {0.2, 0.2}, high[2] = {0.8, 0.8};
    double       top    = y + 2 + (double)row * line;
    KarAxis      box[2] = {{0, 1, x + 2, x + 26, PETSC_FALSE}, {0, 1, top + line, top, PETSC_FALSE}};
    const Curve *curve  = &plot->curve[c];
    Curve        sample = {.look  = curve->look,
                           .color = curve->color,
                           .n     = 2,
                           .band  = curve->band,
                           .x     = at,
                           .y     = level,
                           .low   = low,
                           .high  = high};

    if (!curve->label[0]) continue;
    if (curve->look == KAR_POINTS) sample.n = 1, at[0] = 0.5;
    DrawCurve(cr, box, &sample);
    cairo_set_source_rgb(cr, 0, 0, 0);
    kar_text(cr, curve->label, x + 33, top + line / 2 + 0.33 * FONT, 0.9 * FONT, 0, 0);
    row++;
  }
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
  MakeRoom(cr, plot, axis);
  kar_axis_ticks_apart(cr, &axis[0], 6, PETSC_FALSE, 0.9 * FONT, &ticks[0]);
  kar_axis_ticks(&axis[1], 6, PETSC_FALSE, &ticks[1]);
  cairo_set_line_width(cr, 0.6);
  cairo_set_source_rgb(cr, 0.9, 0.9, 0.9);
  for (int i = 0; i < 2; i++) (void)Marks(cr, axis, i, &ticks[i], PETSC_TRUE);
  cairo_save(cr);
  cairo_rectangle(cr, axis[0].from, axis[1].to, axis[0].to - axis[0].from, axis[1].from - axis[1].to);
  cairo_clip(cr);
  for (PetscInt c = 0; c < plot->curves; c++) DrawCurve(cr, axis, &plot->curve[c]);
  cairo_restore(cr);
  Legend(cr, plot, axis);
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
  double           room    = 0, width;

  cairo_select_font_face(cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  for (PetscInt p = 0; p < n; p++)
    if (LegendRows(cr, plots[p], &width) > INSIDE) room = PetscMax(room, width + 10);
  cairo_destroy(cr);
  cairo_surface_destroy(surface);
  return ceil(room);
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
