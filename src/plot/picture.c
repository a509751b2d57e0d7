/* Fields as pictures: one panel an image, one colour bar for all. Points are drawn as they are, never smoothed. */
#include "drawimpl.h"

/* --- Images ------------------------------------------------------------------------------------------------------- */
/* Adds the points this rank holds to sums over blocks of `block` x `block` points: of the value, or of its sine and cosine. */
static void AddPoints(const KarGridInfo *g, const PetscScalar field[], PetscInt component, PetscBool angle,
                      PetscInt block, const KarImage *image, double sum[])
{
  PetscInt nx    = g->dim == 3 ? g->n[2] : g->dim == 2 ? g->n[1]
                                                       : g->n[0];
  PetscInt first = g->dim == 3 ? 0 : g->dim == 2 ? g->start
                                                 : 0,
           rows  = g->dim == 3 ? g->n[1] : g->dim == 2 ? g->ln
                                                       : 1;
  PetscInt shift = g->dim == 1 ? g->start : 0, points = g->dim == 1 ? g->ln : nx;

  if (g->dim == 3) {
    PetscInt middle = g->n[0] / 2;

    if (middle < g->start || middle >= g->start + g->ln) return;
    field += (middle - g->start) * g->plane;
  }
  for (PetscInt y = 0; y < rows; y++) {
    for (PetscInt x = 0; x < points; x++) {
      double  value = (double)field[(y * points + x) * g->dof + component];
      double *to    = sum + 2 * ((y + first) / block * image->nx + (x + shift) / block);

      to[0] += angle ? cos(value) : value;
      to[1] += angle ? sin(value) : 1;
    }
  }
}

/* An image of blocks of `block` points for a grid, and the sums it will be made of. */
static PetscErrorCode Begin(const KarGridInfo *g, PetscInt component, PetscInt pixels, KarImage *image, PetscInt *block,
                            double *sum[])
{
  PetscInt ny = g->dim == 1 ? 1 : g->n[g->dim - 2], nx = g->n[g->dim - 1];

  PetscFunctionBegin;
  KarCheck(g->comm, component >= 0 && component < g->dof, PETSC_ERR_ARG_OUTOFRANGE,
           "the field has %" PetscInt_FMT " components: there is no number %" PetscInt_FMT, g->dof, component);
  *block = (PetscMax(ny, nx) + pixels - 1) / pixels;
  memset(image, 0, sizeof(*image));
  image->ny        = (ny + *block - 1) / *block;
  image->nx        = (nx + *block - 1) / *block;
  image->length[0] = g->dim == 1 ? 0 : g->length[g->dim - 2];
  image->length[1] = g->length[g->dim - 1];
  PetscCall(PetscCalloc1(2 * image->ny * image->nx, sum));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Collective. The sums of all ranks become the image on rank 0. */
static PetscErrorCode End(MPI_Comm comm, PetscBool angle, KarImage *image, double *sum)
{
  PetscInt    points = image->ny * image->nx;
  PetscMPIInt rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Reduce(rank ? sum : MPI_IN_PLACE, sum, (PetscMPIInt)(2 * points), MPI_DOUBLE, MPI_SUM, 0, comm));
  if (rank == 0) {
    PetscCall(PetscMalloc1(points, &image->values));
    for (PetscInt i = 0; i < points; i++)
      image->values[i] = (float)(angle ? atan2(sum[2 * i + 1], sum[2 * i]) : sum[2 * i] / sum[2 * i + 1]);
  }
  PetscCall(PetscFree(sum));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarImageFromField(KarGrid grid, Vec field, PetscInt component, PetscBool angle, PetscInt pixels,
                                 KarImage *image)
{
  const PetscScalar *values;
  KarGridInfo        g;
  PetscInt           block = 1;
  double            *sum   = NULL;

  PetscFunctionBegin;
  PetscCall(KarGridGetInfo(grid, &g));
  PetscCall(Begin(&g, component, pixels, image, &block, &sum));
  PetscCall(VecGetArrayRead(field, &values));
  AddPoints(&g, values, component, angle, block, image, sum);
  PetscCall(VecRestoreArrayRead(field, &values));
  PetscCall(End(g.comm, angle, image, sum));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* This rank's share of the planes that show; the middle one of a cube is rank 0's. */
static PetscErrorCode Share(const KarDatasetInfo *info, PetscInt *first, PetscInt *last)
{
  PetscInt    n0 = info->n[0], each;
  PetscMPIInt rank, ranks;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(info->comm, &rank));
  PetscCallMPI(MPI_Comm_size(info->comm, &ranks));
  each   = (n0 + ranks - 1) / ranks;
  *first = info->dim == 3 ? n0 / 2 : PetscMin(n0, rank * each);
  *last  = info->dim == 3 ? n0 / 2 + (rank == 0 ? 1 : 0) : PetscMin(n0, *first + each);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Planes of a field pass through a buffer of this many numbers, or of one plane. */
#define PIECE (1 << 20)

PetscErrorCode KarImageFromDataset(KarDataset data, const char variable[], PetscInt sample, PetscInt component,
                                   PetscBool angle, PetscInt pixels, KarImage *image)
{
  KarDatasetInfo info;
  KarVariable    described;
  KarGridInfo    g = {0};
  PetscInt       v, first = 0, last = 0, most, block = 1;
  PetscReal     *values;
  double        *sum      = NULL;
  char           why[512] = "";

  PetscFunctionBegin;
  PetscCall(KarDatasetGetInfo(data, &info));
  PetscCall(KarDatasetFindVariable(data, variable, &v));
  PetscCall(KarDatasetGetVariable(data, v, &described));
  KarCheck(info.comm, sample >= 0 && sample < described.samples, PETSC_ERR_ARG_OUTOFRANGE,
           "%s holds samples 0 to %" PetscInt_FMT ": there is no %" PetscInt_FMT, described.name, described.samples - 1, sample);
  g.comm = info.comm, g.dim = info.dim, g.dof = described.components, g.plane = g.dof;
  for (PetscInt i = 0; i < 3; i++) {
    g.n[i] = info.n[i], g.length[i] = info.length[i];
    if (i) g.plane *= info.n[i];
  }
  PetscCall(Begin(&g, component, pixels, image, &block, &sum));
  for (PetscInt i = 0; i < 2; i++) {
    const PetscInt a = info.dim - 2 + i;

    if (a < 0) continue;
    image->origin[i]    = info.origin[a];
    image->direction[i] = info.step[a] < 0 ? -1 : 1;
  }
  PetscCall(Share(&info, &first, &last));
  most = PetscMax(1, PIECE / g.plane);
  PetscCall(PetscMalloc1(most * g.plane, &values));
  for (g.start = first; g.start < last && !why[0]; g.start += g.ln) {
    g.ln = PetscMin(most, last - g.start);
    PetscCall(KarDatasetReadPlanes(data, v, sample, g.start, g.ln, values, sizeof(why), why));
    if (!why[0]) AddPoints(&g, values, component, angle, block, image, sum);
  }
  PetscCall(PetscFree(values));
  KarCheckAny(info.comm, !why[0], PETSC_ERR_FILE_READ, "%s", why);
  PetscCall(End(info.comm, angle, image, sum));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarImageDestroy(KarImage *image)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(image->values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Colours ------------------------------------------------------------------------------------------------------ */
static int Ascending(const void *a, const void *b)
{
  float x = *(const float *)a, y = *(const float *)b;

  return (x > y) - (x < y);
}

/* Ends of the colours: all but one value in 2000 at each end; the same size on both sides of zero when diverging. */
static PetscErrorCode Range(PetscInt n, const KarImage images[], KarPictureStyle *style, PetscReal ends[2])
{
  PetscInt total = 0, taken = 0, every, i = 0;
  float   *some;
  double   low, high;

  PetscFunctionBegin;
  for (PetscInt k = 0; k < n; k++) total += images[k].ny * images[k].nx;
  every = 1 + total / 200000;
  PetscCall(PetscMalloc1(total / every + n + 1, &some));
  ends[0] = PETSC_MAX_REAL, ends[1] = PETSC_MIN_REAL;
  for (PetscInt k = 0; k < n; k++) {
    for (PetscInt j = 0; j < images[k].ny * images[k].nx; j++) {
      float value = images[k].values[j];

      if (!isfinite(value)) continue;
      if (i++ % every == 0) some[taken++] = value;
      ends[0] = PetscMin(ends[0], (PetscReal)value), ends[1] = PetscMax(ends[1], (PetscReal)value);
    }
  }
  qsort(some, (size_t)taken, sizeof(float), Ascending);
  low  = taken ? some[taken / 2000] : 0;
  high = taken ? some[taken - 1 - taken / 2000] : 0;
  PetscCall(PetscFree(some));
  if (style->colors == KAR_COLORS_AUTO)
    style->colors = low < 0 && high > 0 && PetscMin(-low, high) > 0.2 * PetscMax(-low, high) ? KAR_COLORS_DIVERGING
                                                                                             : KAR_COLORS_SEQUENTIAL;
  if (style->low >= style->high) {
    style->low  = style->colors == KAR_COLORS_CYCLIC      ? -PETSC_PI
                  : style->colors == KAR_COLORS_DIVERGING ? -PetscMax(-low, high)
                                                          : low;
    style->high = style->colors == KAR_COLORS_CYCLIC      ? PETSC_PI
                  : style->colors == KAR_COLORS_DIVERGING ? PetscMax(-low, high)
                                                          : high;
  }
  if (!(style->low < style->high)) style->low -= 0.5, style->high = style->low + 1; /* a constant field */
  PetscFunctionReturn(PETSC_SUCCESS);
}

static unsigned Pixel(const KarPictureStyle *style, double value)
{
  PetscReal rgb[3];

  if (!isfinite(value)) return 0xB0B0B0;
  kar_color(style->colors, (PetscReal)((value - style->low) / (style->high - style->low)), rgb);
  return (unsigned)(255 * rgb[0] + 0.5) << 16 | (unsigned)(255 * rgb[1] + 0.5) << 8 | (unsigned)(255 * rgb[2] + 0.5);
}

/* --- The sheet ---------------------------------------------------------------------------------------------------- */
typedef struct {
  PetscInt columns, rows;
  double   panel[2];                 /* height and width of a panel */
  double   font, gap[2];             /* size of letters; between panels */
  double   left, top, right, bottom; /* margins */
  double   width, height;
} Sheet;

/* The number of columns that leaves the least empty and makes the sheet about 4:3. aspect: height over width of a panel. */
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

static Sheet Layout(PetscInt n, const KarImage *image, const KarPictureStyle *style, PetscBool titles)
{
  Sheet  s;
  double aspect = PetscMin(4, PetscMax(0.25, (double)(image->length[0] / image->length[1]))), target, times;

  s.columns  = style->columns > 0 ? PetscMin(style->columns, n) : Columns(n, aspect);
  s.rows     = (n + s.columns - 1) / s.columns;
  target     = s.columns == 1 ? 800 : PetscMax(150, 1500. / (double)s.columns);
  times      = PetscMax(1, round(target / (double)PetscMax(image->nx, image->ny)));
  s.panel[1] = PetscMin(times * (double)image->nx, PetscMax(4096. / (double)s.columns, target));
  s.panel[0] = s.panel[1] * aspect;
  s.font     = PetscMin(30, PetscMax(12, (double)s.columns * s.panel[1] / 55));
  s.gap[1]   = 1.3 * s.font;
  s.gap[0]   = (titles ? 2.1 : 1.3) * s.font;
  s.left     = 4.2 * s.font;
  s.right    = (style->bare ? 1.6 : 7.2) * s.font;
  s.top      = (style->title[0] ? 3.2 : 1.2) * s.font + (titles ? 1.4 * s.font : 0);
  s.bottom   = 3.4 * s.font;
  s.width    = s.left + s.right + (double)s.columns * s.panel[1] + (double)(s.columns - 1) * s.gap[1];
  s.height   = s.top + s.bottom + (double)s.rows * s.panel[0] + (double)(s.rows - 1) * s.gap[0];
  return s;
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
  cairo_set_line_width(cr, s->font / 16);
  cairo_rectangle(cr, x, y, s->panel[1], s->panel[0]);
  cairo_stroke(cr);
}

static void Label(const char name[], const char units[], size_t size, char text[])
{
  if (units[0] && strcmp(units, "1"))
    (void)snprintf(text, size, "%s / %s", name, units);
  else
    (void)snprintf(text, size, "%s", name);
}

/* Marks, numbers and name along one edge of a panel: axis 1 below it, axis 0 to its left. */
static void Edge(cairo_t *cr, int i, const KarImage *image, const KarPictureStyle *style, double x, double y, const Sheet *s)
{
  const double from = (double)image->origin[i], to = from + (image->direction[i] < 0 ? -1 : 1) * (double)image->length[i];
  KarAxis      axis = {from, to, x, x + s->panel[1], PETSC_FALSE};
  KarTicks     ticks;
  double       size = 0.82 * s->font, mark = 0.35 * s->font;
  char         name[96], text[192];

  if (i == 0) axis.from = style->top ? y : y + s->panel[0], axis.to = style->top ? y + s->panel[0] : y;
  if (to < from) axis = (KarAxis){to, from, axis.to, axis.from, PETSC_FALSE};
  if (i) kar_axis_ticks_apart(cr, &axis, (int)PetscMin(5, s->panel[1] / (4 * s->font)), PETSC_TRUE, size, &ticks);
  else kar_axis_ticks(&axis, (int)PetscMin(5, s->panel[0] / (4 * s->font)), PETSC_TRUE, &ticks);
  for (int k = 0; k < ticks.n; k++) {
    double at = kar_axis_place(&axis, ticks.at[k]);

    cairo_move_to(cr, i ? at : x, i ? y + s->panel[0] : at);
    cairo_rel_line_to(cr, i ? 0 : -mark, i ? mark : 0);
    cairo_stroke(cr);
    if (i && (k || s->columns == 1 || x < s->left + 1))
      kar_text(cr, ticks.label[k], at, y + s->panel[0] + mark + 1.05 * size, size, 0.5, 0);
    if (!i) kar_text(cr, ticks.label[k], x - 1.5 * mark, at + 0.36 * size, size, 1, 0);
  }
  Label(i ? "x" : "y", style->units, sizeof(name), name);
  kar_axis_name(name, &ticks, sizeof(text), text);
  if (i)
    kar_text(cr, text, x + s->panel[1] / 2, y + s->panel[0] + 2.5 * s->font, size, 0.5, 0);
  else
    kar_text(cr, text, x - s->left + 1.1 * s->font, y + s->panel[0] / 2, size, 0.5, -PETSC_PI / 2);
}

static void Bar(cairo_t *cr, const KarPictureStyle *style, const PetscReal ends[2], double x, double y, double height,
                double font)
{
  const int pieces = 256;
  KarAxis   axis   = {(double)style->low, (double)style->high, y + height, y, PETSC_FALSE};
  KarTicks  ticks;
  double    width = 1.3 * font, size = 0.82 * font, widest = 0, slack = 1e-4 * (double)(style->high - style->low);
  char      text[224];
  double    below = ends[0] < style->low - slack ? 1.1 * font : 0, above = ends[1] > style->high + slack ? 1.1 * font : 0;

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
  if (text[0])
    kar_text(cr, text, x + width + widest + 1.9 * font, y + height / 2, size, 0.5, -PETSC_PI / 2);
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

    Panel(cr, &images[k], style, x, y, s);
    if (images[k].title[0])
      kar_text(cr, images[k].title, x + s->panel[1] / 2, y - 0.45 * s->font, 0.85 * s->font, 0.5, 0);
    if (column == 0) Edge(cr, 0, &images[k], style, x, y, s);
    if (k + s->columns >= n) Edge(cr, 1, &images[k], style, x, y, s);
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
  kar_axis_ticks(&axis, (int)PetscMin(8, PetscMax(2, height / (3.5 * s->font))), style->colors == KAR_COLORS_CYCLIC, &ticks);
  more = style->bare ? 0 : 5.6 * s->font + kar_ticks_width(cr, &ticks, 0.82 * s->font) - s->right;
  if (more > 0) s->right += more, s->width += more;
  more = 0;
  for (PetscInt k = 0; k < n; k++) {
    axis = (KarAxis){(double)images[k].origin[0], (double)(images[k].origin[0] + (images[k].direction[0] < 0 ? -1 : 1) * images[k].length[0]), 0, 1, PETSC_FALSE};
    if (axis.low == axis.high) continue;
    kar_axis_ticks(&axis, (int)PetscMin(5, s->panel[0] / (4 * s->font)), PETSC_TRUE, &ticks);
    more = PetscMax(more, 2.2 * s->font + kar_ticks_width(cr, &ticks, 0.82 * s->font) - s->left);
  }
  if (more > 0) s->left += more, s->width += more;
  cairo_destroy(cr);
  cairo_surface_destroy(surface);
}

/* Rank 0. */
static PetscErrorCode DrawFields(const char path[], const char part[], PetscInt n, const KarImage images[],
                                 const KarPictureStyle *given, PetscBool *good)
{
  KarPictureStyle style   = *given;
  PetscBool       titles  = PETSC_FALSE;
  PetscReal       ends[2] = {0, 0};
  KarCanvas       canvas;
  Sheet           sheet;

  PetscFunctionBegin;
  for (PetscInt k = 0; k < n; k++)
    if (images[k].title[0]) titles = PETSC_TRUE;
  PetscCall(Range(n, images, &style, ends));
  sheet = Layout(n, &images[0], &style, titles);
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
  for (PetscInt k = 0; k < n && rank == 0; k++) {
    PetscCall(PetscMalloc2(images[k].nx, &x, images[k].nx, &y));
    for (PetscInt i = 0; i < images[k].nx; i++)
      x[i] = images[k].origin[1] + (images[k].direction[1] < 0 ? -1 : 1) * images[k].length[1] * (PetscReal)i / (PetscReal)images[k].nx, y[i] = images[k].values[i];
    PetscCall(KarPlotAdd(plot, images[k].title, KAR_LINE, -1, images[k].nx, x, y, NULL, NULL));
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
