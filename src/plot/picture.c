/* Fields as pictures: one panel an image, one colour bar for all. Points are drawn as they are, never smoothed. */
#include "drawimpl.h"

static unsigned Pixel(const KarPictureStyle *style, double value)
{
  PetscReal rgb[3];

  if (!isfinite(value)) return style->colors == KAR_COLORS_GREY ? 0xC8B4E8 : 0xB0B0B0; /* no colour of the map */
  kar_color(style->colors, (PetscReal)((value - style->low) / (style->high - style->low)), rgb);
  return (unsigned)(255 * rgb[0] + 0.5) << 16 | (unsigned)(255 * rgb[1] + 0.5) << 8 | (unsigned)(255 * rgb[2] + 0.5);
}

typedef struct {
  PetscInt  columns, rows;
  PetscBool mixed;                    /* panels of several shapes, each with axes of its own */
  double    unit;                     /* then: of the sheet, for a unit of length */
  double    panel[2];                 /* height and width of a panel, or the room for one */
  double    font, gap[2];             /* size of letters; between panels */
  double    left, top, right, bottom; /* margins */
  double    width, height;
} Sheet;

/* The number of columns that leaves the least empty and makes the sheet about 4:3. aspect: height over width of a
   panel. */
static PetscInt Columns(PetscInt n, double aspect)
{
  PetscInt best  = 1;
  double   least = PETSC_MAX_REAL;

  for (PetscInt c = 1; c <= n; c++) {
    PetscInt rows  = (n + c - 1) / c;
    double   score = fabs(log((double)c / ((double)rows * aspect) / 1.33)) + 1.5 * (double)(rows * c - n) / (double)n;

    if (score < least - 1e-9) least = score, best = c;
  }
  return best;
}

static Sheet Layout(PetscInt n, const KarImage images[], const KarPictureStyle *style, PetscBool titles)
{
  const KarImage *image = &images[0];
  Sheet           s     = {.mixed = PETSC_FALSE};
  double          high = (double)image->length[0], wide = (double)image->length[1], aspect, target, times;

  for (PetscInt k = 1; k < n; k++) {
    if (images[k].length[0] != image->length[0] || images[k].length[1] != image->length[1] ||
        images[k].axis[0] != image->axis[0] || images[k].axis[1] != image->axis[1])
      s.mixed = PETSC_TRUE;
    high = PetscMax(high, (double)images[k].length[0]), wide = PetscMax(wide, (double)images[k].length[1]);
  }
  aspect     = PetscMin(4, PetscMax(0.25, high / wide));
  s.columns  = style->columns > 0 ? PetscMin(style->columns, n) : Columns(n, aspect);
  s.rows     = (n + s.columns - 1) / s.columns;
  target     = s.columns == 1 ? 800 : PetscMax(150, 1500. / (double)s.columns);
  times      = PetscMax(1, round(target / (double)PetscMax(image->nx, image->ny)));
  s.panel[1] = s.mixed ? target : PetscMin(times * (double)image->nx, PetscMax(4096. / (double)s.columns, target));
  s.panel[0] = s.panel[1] * aspect;
  s.unit     = PetscMin(s.panel[1] / wide, s.panel[0] / high);
  s.font     = PetscMin(30, PetscMax(12, (double)s.columns * s.panel[1] / 55));
  s.gap[1]   = (s.mixed ? 4.6 : 1.3) * s.font;
  s.gap[0]   = (titles ? 2.1 : 1.3) * s.font + (s.mixed ? 3 * s.font : 0);
  s.left     = 4.2 * s.font;
  s.right    = (style->bare ? 1.6 : 7.2) * s.font;
  s.top      = (style->title[0] ? 3.2 : 1.2) * s.font + (titles ? 1.4 * s.font : 0);
  s.bottom   = 3.4 * s.font;
  s.width    = s.left + s.right + (double)s.columns * s.panel[1] + (double)(s.columns - 1) * s.gap[1];
  s.height   = s.top + s.bottom + (double)s.rows * s.panel[0] + (double)(s.rows - 1) * s.gap[0];
  return s;
}

/* The sheet as an image sees it: its own panel. */
static Sheet Own(const Sheet *s, const KarImage *image)
{
  Sheet own = *s;

  for (int i = 0; i < 2 && s->mixed; i++)
    own.panel[i] = PetscMax(0.1 * s->panel[i], s->unit * (double)image->length[i]);
  return own;
}

/* Circles, white in a black line: seen on every colour; smaller where there are many. */
static void Marks(cairo_t *cr, const KarPictureStyle *style, double x, double y, const Sheet *s)
{
  const double apart = sqrt(s->panel[0] * s->panel[1] / (double)PetscMax(1, style->marks)),
               size  = PetscMax(1, PetscMin(0.3 * s->font, 0.17 * apart));

  cairo_save(cr);
  cairo_rectangle(cr, x, y, s->panel[1], s->panel[0]);
  cairo_clip(cr);
  cairo_set_line_width(cr, 0.4 * size);
  for (PetscInt k = 0; k < style->marks; k++) {
    const double up = (double)style->mark[2 * k];

    cairo_new_sub_path(cr);
    cairo_arc(cr, x + (double)style->mark[2 * k + 1] * s->panel[1], y + (style->top ? up : 1 - up) * s->panel[0], size,
              0, 2 * PETSC_PI);
    cairo_set_source_rgb(cr, 1, 1, 1);
    cairo_fill_preserve(cr);
    cairo_set_source_rgb(cr, 0, 0, 0);
    cairo_stroke(cr);
  }
  cairo_restore(cr);
}

static void Panel(cairo_t *cr, const KarImage *image, const KarPictureStyle *style, double x, double y, const Sheet *s)
{
  cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)image->nx, (int)image->ny);
  int              stride  = cairo_image_surface_get_stride(surface);
  unsigned char   *pixels  = cairo_image_surface_get_data(surface);

  if (!pixels) return;
  for (PetscInt j = 0; j < image->ny; j++) {
    unsigned *row = (unsigned *)(void *)(pixels + j * stride);

    for (PetscInt i = 0; i < image->nx; i++)
      row[i] = Pixel(style, image->values[(style->top ? j : image->ny - 1 - j) * image->nx + i]);
  }
  cairo_surface_mark_dirty(surface);
  cairo_save(cr);
  cairo_rectangle(cr, x, y, s->panel[1], s->panel[0]);
  cairo_clip(cr);
  cairo_translate(cr, x, y);
  cairo_scale(cr, s->panel[1] / (double)image->nx, s->panel[0] / (double)image->ny);
  cairo_set_source_surface(cr, surface, 0, 0);
  cairo_pattern_set_filter(cairo_get_source(cr),
                           s->panel[1] >= (double)image->nx ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_GOOD);
  cairo_paint(cr);
  cairo_restore(cr);
  cairo_surface_destroy(surface);
  Marks(cr, style, x, y, s);
  cairo_set_line_width(cr, s->font / 16);
  cairo_rectangle(cr, x, y, s->panel[1], s->panel[0]);
  cairo_stroke(cr);
}

static void Label(const char name[], const char units[], size_t size, char text[])
{
  if (units[0] && strcmp(units, "1")) (void)snprintf(text, size, "%s / %s", name, units);
  else (void)snprintf(text, size, "%s", name);
}

/* Marks, numbers and name along one edge of a panel: axis 1 below it, axis 0 to its left. */
static void Edge(cairo_t *cr, int i, const KarImage *image, const KarPictureStyle *style, double x, double y,
                 const Sheet *s)
{
  const double from = (double)image->origin[i],
               to   = from + (image->direction[i] < 0 ? -1 : 1) * (double)image->length[i];
  KarAxis  axis     = {from, to, x, x + s->panel[1], PETSC_FALSE};
  KarTicks ticks;
  double   size = 0.82 * s->font, mark = 0.35 * s->font;
  char     name[96], text[192];

  if (i == 0) axis.from = style->top ? y : y + s->panel[0], axis.to = style->top ? y + s->panel[0] : y;
  if (to < from) axis = (KarAxis){to, from, axis.to, axis.from, PETSC_FALSE};
  if (i) kar_axis_ticks_apart(cr, &axis, (int)PetscMin(5, s->panel[1] / (4 * s->font)), PETSC_TRUE, size, &ticks);
  else kar_axis_ticks(&axis, (int)PetscMin(5, s->panel[0] / (4 * s->font)), PETSC_TRUE, &ticks);
  for (int k = 0; k < ticks.n; k++) {
    double at = kar_axis_place(&axis, ticks.at[k]);

    cairo_move_to(cr, i ? at : x, i ? y + s->panel[0] : at);
    cairo_rel_line_to(cr, i ? 0 : -mark, i ? mark : 0);
    cairo_stroke(cr);
    if (i && (k || s->columns == 1 || s->mixed || x < s->left + 1))
      kar_text(cr, ticks.label[k], at, y + s->panel[0] + mark + 1.05 * size, size, 0.5, 0);
    if (!i) kar_text(cr, ticks.label[k], x - 1.5 * mark, at + 0.36 * size, size, 1, 0);
  }
  Label((const char[]){image->axis[i] ? image->axis[i] : "yx"[i], 0}, style->units, sizeof(name), name);
  kar_axis_name(name, &ticks, sizeof(text), text);
  if (i) kar_text(cr, text, x + s->panel[1] / 2, y + s->panel[0] + 2.5 * s->font, size, 0.5, 0);
  else kar_text(cr, text, x - s->left + 1.1 * s->font, y + s->panel[0] / 2, size, 0.5, -PETSC_PI / 2);
}

static void Bar(cairo_t *cr, const KarPictureStyle *style, const PetscReal ends[2], double x, double y, double height,
                double font)
{
  const int pieces = 256;
  KarAxis   axis   = {(double)style->low, (double)style->high, y + height, y, PETSC_FALSE};
  KarTicks  ticks;
  double    width = 1.3 * font, size = 0.82 * font, widest = 0, slack = 1e-4 * (double)(style->high - style->low);
  char      text[224];
  double below = ends[0] < style->low - slack ? 1.1 * font : 0, above = ends[1] > style->high + slack ? 1.1 * font : 0;

  axis.from -= below, axis.to += above;
  for (int p = 0; p < pieces; p++) {
    double value = (double)style->low + (p + 0.5) / pieces * (double)(style->high - style->low),
           part  = (axis.from - axis.to) / pieces;
    unsigned c   = Pixel(style, value);

    cairo_set_source_rgb(cr, (c >> 16) / 255., (c >> 8 & 255) / 255., (c & 255) / 255.);
    cairo_rectangle(cr, x, axis.from - (p + 1) * part, width, p ? 1.6 * part : part); /* overlaps hide seams */
    cairo_fill(cr);
  }
  for (int e = 0; e < 2; e++) { /* values beyond the ends */
    unsigned c  = Pixel(style, (double)(e ? style->high : style->low));
    double   at = e ? axis.to : axis.from;

    if (!(e ? above : below)) continue;
    cairo_set_source_rgb(cr, (c >> 16) / 255., (c >> 8 & 255) / 255., (c & 255) / 255.);
    cairo_move_to(cr, x, at + (e ? 1 : -1)); /* hides the seam */
    cairo_line_to(cr, x, at);
    cairo_line_to(cr, x + width / 2, e ? y : y + height);
    cairo_line_to(cr, x + width, at);
    cairo_line_to(cr, x + width, at + (e ? 1 : -1));
    cairo_fill(cr);
  }
  cairo_set_source_rgb(cr, 0, 0, 0);
  cairo_set_line_width(cr, font / 16);
  cairo_move_to(cr, x, axis.from);
  if (below) cairo_line_to(cr, x + width / 2, y + height);
  cairo_line_to(cr, x + width, axis.from);
  cairo_line_to(cr, x + width, axis.to);
  if (above) cairo_line_to(cr, x + width / 2, y);
  cairo_line_to(cr, x, axis.to);
  cairo_close_path(cr);
  cairo_stroke(cr);
  kar_axis_ticks(&axis, (int)PetscMin(8, PetscMax(2, height / (3.5 * font))), style->colors == KAR_COLORS_CYCLIC,
                 &ticks);
  for (int k = 0; k < ticks.n; k++) {
    double at = kar_axis_place(&axis, ticks.at[k]);

    cairo_move_to(cr, x + width, at);
    cairo_rel_line_to(cr, 0.35 * font, 0);
    cairo_stroke(cr);
    kar_text(cr, ticks.label[k], x + width + 0.6 * font, at + 0.36 * size, size, 0, 0);
    widest = PetscMax(widest, kar_text_width(cr, ticks.label[k], size));
  }
  kar_axis_name(style->label, &ticks, sizeof(text), text);
  size *= PetscMin(1.1, 1.1 * height / PetscMax(1, kar_text_width(cr, text, size))); /* long names are written small */
  if (text[0]) kar_text(cr, text, x + width + widest + 1.9 * font, y + height / 2, size, 0.5, -PETSC_PI / 2);
}

static void DrawSheet(cairo_t *cr, PetscInt n, const KarImage images[], const KarPictureStyle *style,
                      const PetscReal ends[2], const Sheet *s)
{
  double bar = PetscMin(s->height - s->top - s->bottom, PetscMax(s->panel[0], 900));

  if (style->title[0])
    kar_text(cr, style->title, s->left + (s->width - s->left - s->right) / 2, 2.0 * s->font, 1.15 * s->font, 0.5, 0);
  for (PetscInt k = 0; k < n; k++) {
    PetscInt column = k % s->columns, row = k / s->columns;
    double   x = s->left + (double)column * (s->panel[1] + s->gap[1]),
           y   = s->top + (double)row * (s->panel[0] + s->gap[0]);

    const Sheet own = Own(s, &images[k]);

    Panel(cr, &images[k], style, x, y, &own);
    if (images[k].title[0])
      kar_text(cr, images[k].title, x + own.panel[1] / 2, y - 0.45 * s->font, 0.85 * s->font, 0.5, 0);
    if (column == 0 || s->mixed) Edge(cr, 0, &images[k], style, x, y, &own);
    if (k + s->columns >= n || s->mixed) Edge(cr, 1, &images[k], style, x, y, &own);
  }
  if (!style->bare)
    Bar(cr, style, ends, s->width - s->right + 1.1 * s->font, s->top + (s->height - s->top - s->bottom - bar) / 2, bar,
        s->font);
}

/* Room for the numbers of the bar and of the axes, where they need more than usual. */
static void MakeRoom(const KarPictureStyle *style, PetscInt n, const KarImage images[], Sheet *s)
{
  cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1);
  cairo_t         *cr      = cairo_create(surface);
  KarAxis          axis    = {(double)style->low, (double)style->high, 1, 0, PETSC_FALSE};
  KarTicks         ticks;
  double           more, height = s->height - s->top - s->bottom;

  cairo_select_font_face(cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  kar_axis_ticks(&axis, (int)PetscMin(8, PetscMax(2, height / (3.5 * s->font))), style->colors == KAR_COLORS_CYCLIC,
                 &ticks);
  more = style->bare ? 0 : 5.6 * s->font + kar_ticks_width(cr, &ticks, 0.82 * s->font) - s->right;
  if (more > 0) s->right += more, s->width += more;
  more = 0;
  for (PetscInt k = 0; k < n; k++) {
    axis = (KarAxis){(double)images[k].origin[0],
                     (double)(images[k].origin[0] + (images[k].direction[0] < 0 ? -1 : 1) * images[k].length[0]), 0, 1,
                     PETSC_FALSE};
    if (axis.low == axis.high) continue;
    kar_axis_ticks(&axis, (int)PetscMin(5, s->panel[0] / (4 * s->font)), PETSC_TRUE, &ticks);
    more = PetscMax(more, 2.2 * s->font + kar_ticks_width(cr, &ticks, 0.82 * s->font) - s->left);
  }
  if (more > 0)
    s->left += more, s->width += more * (s->mixed ? (double)s->columns : 1), s->gap[1] += s->mixed ? more : 0;
  cairo_destroy(cr);
  cairo_surface_destroy(surface);
}

/* Rank 0. */
static PetscErrorCode DrawFields(const char path[], const char part[], PetscInt n, const KarImage images[],
                                 const KarPictureStyle *given, PetscBool *good)
{
  KarPictureStyle style   = *given;
  PetscBool       titles  = PETSC_FALSE;
  PetscReal       ends[2] = {0, 0}, range[2];
  KarCanvas       canvas;
  Sheet           sheet;

  PetscFunctionBegin;
  for (PetscInt k = 0; k < n; k++)
    if (images[k].title[0]) titles = PETSC_TRUE;
  PetscCall(KarPictureQuantiles(n, images, range, ends));
  PetscCall(KarPictureUseRange(range, &style));
  sheet = Layout(n, images, &style, titles);
  MakeRoom(&style, n, images, &sheet);
  *good = kar_canvas_open(&canvas, path, part, sheet.width, sheet.height, 1);
  DrawSheet(canvas.cr, n, images, &style, ends, &sheet);
  if (!kar_canvas_close(&canvas, part)) *good = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Fields on a line are curves. */
static PetscErrorCode PlotLines(MPI_Comm comm, const char path[], KarReplace replace, PetscInt n,
                                const KarImage images[], const KarPictureStyle *style)
{
  KarPlot     plot;
  PetscReal  *x, *y;
  PetscMPIInt rank;
  char        label[96];

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  Label("x", style->units, sizeof(label), label);
  PetscCall(KarPlotCreate(style->title, label, style->label, &plot));
  if (style->low < style->high) PetscCall(KarPlotSetRange(plot, 1, style->low, style->high));
  for (PetscInt k = 0; k < n && rank == 0; k++) {
    PetscCall(PetscMalloc2(images[k].nx, &x, images[k].nx, &y));
    for (PetscInt i = 0; i < images[k].nx; i++)
      x[i] = images[k].origin[1] +
             (images[k].direction[1] < 0 ? -1 : 1) * images[k].length[1] * (PetscReal)i / (PetscReal)images[k].nx,
      y[i] = images[k].values[i];
    PetscCall(KarPlotAdd(plot, images[k].title, KAR_LINE, -1, images[k].nx, x, y, NULL, NULL));
    PetscCall(PetscFree2(x, y));
  }
  if (style->marks && rank == 0) {
    PetscCall(PetscMalloc2(style->marks, &x, style->marks, &y));
    for (PetscInt k = 0; k < style->marks; k++) y[k] = style->mark[2 * k], x[k] = style->mark[2 * k + 1];
    PetscCall(KarPlotAdd(plot, "data", KAR_POINTS, -2, style->marks, x, y, NULL, NULL));
    PetscCall(PetscFree2(x, y));
  }
  PetscCall(KarPlotSave(comm, path, replace, 1, &plot, 1));
  PetscCall(KarPlotDestroy(&plot));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPictureFields(MPI_Comm comm, const char path[], KarReplace replace, PetscInt n,
                                const KarImage images[], const KarPictureStyle *style)
{
  KarOutput   output;
  const char *part;
  PetscMPIInt rank;
  PetscBool   good = PETSC_TRUE;

  PetscFunctionBegin;
  KarCheck(comm, n > 0, PETSC_ERR_USER_INPUT, "%s: no fields to draw", path);
  PetscCall(KarCanvasCheckPath(comm, path));
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (images[0].ny == 1 && images[0].length[0] == 0) {
    PetscCall(PlotLines(comm, path, replace, n, images, style));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarOutputCreate(comm, path, replace, 0, &output));
  PetscCall(KarOutputGetPart(output, &part));
  if (rank == 0) PetscCall(DrawFields(path, part, n, images, style, &good));
  KarCheckAny(comm, good, PETSC_ERR_FILE_WRITE, "%s cannot be drawn: is the disk full?", path);
  PetscCall(KarOutputCommit(&output, PETSC_FALSE));
  PetscFunctionReturn(PETSC_SUCCESS);
}
