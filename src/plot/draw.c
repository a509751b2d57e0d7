/* Canvas, text and axes for pictures and plots. */
#include "drawimpl.h"
#include <cairo-pdf.h>
#include <cairo-svg.h>

static const char *End(const char path[])
{
  const char *dot = strrchr(path, '.');

  return dot ? dot : "";
}

PetscErrorCode KarCanvasCheckPath(MPI_Comm comm, const char path[])
{
  const char *end = End(path);

  PetscFunctionBegin;
  KarCheck(comm, !strcmp(end, ".png") || !strcmp(end, ".pdf") || !strcmp(end, ".svg"), PETSC_ERR_USER_INPUT,
           "%s: a picture's name ends in .png, .pdf or .svg", path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscBool kar_canvas_open(KarCanvas *canvas, const char path[], const char part[], double width, double height,
                          double scale)
{
  const char *end = End(path);

  canvas->png   = strcmp(end, ".png") ? PETSC_FALSE : PETSC_TRUE;
  canvas->scale = canvas->png ? scale : 1;
  if (canvas->png)
    canvas->surface =
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)ceil(width * scale), (int)ceil(height * scale));
  else
    canvas->surface = strcmp(end, ".pdf") ? cairo_svg_surface_create(part, width, height)
                                          : cairo_pdf_surface_create(part, width, height);
  canvas->cr = cairo_create(canvas->surface);
  if (canvas->png) cairo_scale(canvas->cr, scale, scale);
  cairo_set_source_rgb(canvas->cr, 1, 1, 1);
  cairo_paint(canvas->cr);
  cairo_set_source_rgb(canvas->cr, 0, 0, 0);
  cairo_select_font_face(canvas->cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  return cairo_status(canvas->cr) == CAIRO_STATUS_SUCCESS ? PETSC_TRUE : PETSC_FALSE;
}

PetscBool kar_canvas_close(KarCanvas *canvas, const char part[])
{
  PetscBool good = cairo_status(canvas->cr) == CAIRO_STATUS_SUCCESS ? PETSC_TRUE : PETSC_FALSE;

  cairo_destroy(canvas->cr);
  if (canvas->png)
    good = good && cairo_surface_write_to_png(canvas->surface, part) == CAIRO_STATUS_SUCCESS ? PETSC_TRUE : PETSC_FALSE;
  cairo_surface_finish(canvas->surface);
  if (cairo_surface_status(canvas->surface) != CAIRO_STATUS_SUCCESS) good = PETSC_FALSE;
  cairo_surface_destroy(canvas->surface);
  return good;
}

/* --- Text ------------------------------------------------------------ */
/* Walks over text; shows it when `show`. Returns its width. */
static double Walk(cairo_t *cr, const char text[], double size, PetscBool show)
{
  double width = 0, raise = 0, part = size;

  while (*text) {
    char                 run[256];
    size_t               n = 0;
    cairo_text_extents_t extents;

    if ((*text == '^' || *text == '_') && text[1] == '{') {
      raise = *text == '^' ? -0.36 * size : 0.18 * size;
      part  = 0.72 * size;
      text += 2;
    } else if (*text == '}' && raise != 0) {
      raise = 0;
      part  = size;
      text++;
    }
    while (*text && !((*text == '^' || *text == '_') && text[1] == '{') && !(*text == '}' && raise != 0) &&
           n < sizeof(run) - 1)
      run[n++] = *text++;
    run[n] = 0;
    cairo_set_font_size(cr, part);
    cairo_text_extents(cr, run, &extents);
    if (show) {
      cairo_move_to(cr, width, raise);
      cairo_show_text(cr, run);
    }
    width += extents.x_advance;
  }
  return width;
}

double kar_text_width(cairo_t *cr, const char text[], double size)
{
  return Walk(cr, text, size, PETSC_FALSE);
}

void kar_text(cairo_t *cr, const char text[], double x, double y, double size, double align, double angle)
{
  cairo_save(cr);
  cairo_translate(cr, x, y);
  cairo_rotate(cr, angle);
  cairo_translate(cr, -align * kar_text_width(cr, text, size), 0);
  (void)Walk(cr, text, size, PETSC_TRUE);
  cairo_restore(cr);
}

#define MINUS "\xe2\x88\x92"
#define PI    "\xcf\x80"

/* Replaces a leading ASCII minus by the true one. */
static void TrueMinus(const char plain[], size_t size, char text[])
{
  if (plain[0] == '-') (void)snprintf(text, size, MINUS "%s", plain + 1);
  else (void)snprintf(text, size, "%s", plain);
}

static void PowerText(int exponent, size_t size, char text[])
{
  char power[16], front[16];

  (void)snprintf(front, sizeof(front), "%d", exponent);
  TrueMinus(front, sizeof(power), power);
  (void)snprintf(text, size, "10^{%s}", power);
}

/* A number on a logarithmic axis. */
static void NumberText(double value, size_t size, char text[])
{
  const int exponent = (int)floor(log10(value) + 1e-9);
  char      power[24];

  PowerText(exponent, sizeof(power), power);
  if (value >= 0.0099 && value < 1e5) (void)snprintf(text, size, "%.6g", value);
  else (void)snprintf(text, size, "%.0f\xc3\x97%s", value / pow(10, exponent), power);
}

/* --- Axes ------------------------------------------------------------ */
double kar_axis_place(const KarAxis *axis, double value)
{
  double t =
    axis->log ? log(value / axis->low) / log(axis->high / axis->low) : (value - axis->low) / (axis->high - axis->low);

  return axis->from + t * (axis->to - axis->from);
}

/* k pi / 2 as text. */
static void PiText(int halves, size_t size, char text[])
{
  const char *sign = halves < 0 ? MINUS : "", *half = halves % 2 ? "/2" : "";
  int         times = halves % 2 ? abs(halves) : abs(halves) / 2;

  if (!halves) (void)snprintf(text, size, "0");
  else if (times == 1) (void)snprintf(text, size, "%s" PI "%s", sign, half);
  else (void)snprintf(text, size, "%s%d" PI "%s", sign, times, half);
}

static PetscBool PiTicks(const KarAxis *axis, KarTicks *ticks)
{
  double low = axis->low / (PETSC_PI / 2), high = axis->high / (PETSC_PI / 2);
  int    step;

  if (fabs(low - round(low)) > 1e-6 || fabs(high - round(high)) > 1e-6 || high - low > 32 || high - low < 0.5)
    return PETSC_FALSE;
  step = high - low > 16 ? 8 : high - low > 8 ? 4 : high - low > 4 ? 2 : 1;
  for (int k = (int)round(low); k <= (int)round(high) && ticks->n < KAR_TICKS; k++) {
    if (k % step) continue;
    ticks->at[ticks->n] = k * PETSC_PI / 2;
    PiText(k, sizeof(ticks->label[0]), ticks->label[ticks->n++]);
  }
  return PETSC_TRUE;
}

/* What the labels of an axis share, so that few digits tell them apart: an offset where they differ by little of
   themselves, and a power of ten where they are large or small. */
static void Share(double low, double high, double step, double *offset, int *exponent, KarTicks *ticks)
{
  const double coarse    = pow(10, ceil(log10(high - low) - 1e-9) + 1);
  double       most      = PetscMax(fabs(low), fabs(high));
  char         power[24] = "", plain[32];

  *offset   = most / step > 2e5 ? round((low + high) / 2 / coarse) * coarse : 0;
  most      = PetscMax(fabs(low - *offset), fabs(high - *offset));
  *exponent = most >= 1e6 || most < 1e-2 ? (int)floor(log10(most) + 1e-9) : 0;
  PowerText(*exponent, sizeof(power), power);
  (void)snprintf(plain, sizeof(plain), "%.12g", fabs(*offset));
  (void)snprintf(ticks->note, sizeof(ticks->note), "%s%s%s%s%s", *exponent ? "\xc3\x97 " : "", *exponent ? power : "",
                 *exponent && *offset != 0 ? " " : "",
                 *offset > 0   ? "+ "
                 : *offset < 0 ? MINUS " "
                               : "",
                 *offset != 0 ? plain : "");
}

static void LinearTicks(const KarAxis *axis, int wanted, KarTicks *ticks)
{
  static const int parts[] = {5, 4, 5}; /* minor steps in a step of 1, 2, 5 */
  double low = PetscMin(axis->low, axis->high), high = PetscMax(axis->low, axis->high), slack = 1e-9 * (high - low);
  double rough = (high - low) / PetscMax(1, wanted), power = pow(10, floor(log10(rough)));
  int    kind = rough / power <= 1.5 ? 0 : rough / power <= 3.5 ? 1 : 2, exponent, decimals;
  double step, offset;
  char   plain[64];

  if (rough / power > 7.5) {
    power *= 10;
    kind = 0;
  }
  step = power * (kind == 0 ? 1 : kind == 1 ? 2 : 5);
  Share(low, high, step, &offset, &exponent, ticks);
  decimals = (int)PetscMin(9, PetscMax(0, exponent - floor(log10(step) + 1e-9)));
  for (double k = ceil((low - slack) / step); k * step <= high + slack && ticks->n < KAR_TICKS; k++) {
    const double value = (k * step - offset) / pow(10, exponent);

    ticks->at[ticks->n] = k * step;
    (void)snprintf(plain, sizeof(plain), "%.*f", fabs(value) < 1e-9 * (high - low) / pow(10, exponent) ? 0 : decimals,
                   fabs(value) < 1e-12 ? 0. : value);
    TrueMinus(plain, sizeof(ticks->label[0]), ticks->label[ticks->n++]);
  }
  step /= parts[kind];
  for (double k = ceil((low - slack) / step); k * step <= high + slack && ticks->minors < 4 * KAR_TICKS; k++)
    ticks->minor[ticks->minors++] = k * step;
}

static void LogTicks(const KarAxis *axis, int wanted, KarTicks *ticks)
{
  int first = (int)ceil(log10(axis->low) - 1e-9), last = (int)floor(log10(axis->high) + 1e-9),
      decades  = last - first + 1;
  int    every = PetscMax(1, (int)ceil((double)decades / (wanted + 1)));
  double low = axis->low * (1 - 1e-9), high = axis->high * (1 + 1e-9);

  for (int d = first - 1; d <= last; d++) {
    double power = pow(10, d);

    if (d >= first && (d - first) % every == 0 && ticks->n < KAR_TICKS) {
      ticks->at[ticks->n] = power;
      if (d >= 0 && d <= 3 && axis->high <= 1e4 && axis->low >= 0.1)
        (void)snprintf(ticks->label[ticks->n++], sizeof(ticks->label[0]), "%.0f", power);
      else PowerText(d, sizeof(ticks->label[0]), ticks->label[ticks->n++]);
    }
    if (every > 1 && d >= first && ticks->minors < 4 * KAR_TICKS) ticks->minor[ticks->minors++] = power;
    for (int m = 2; m <= 9 && every == 1; m++) {
      double value = m * power;

      if (value < low || value > high || ticks->minors >= 4 * KAR_TICKS) continue;
      if (decades <= 1 && (m == 2 || m == 5) && ticks->n < KAR_TICKS) {
        ticks->at[ticks->n] = value;
        NumberText(value, sizeof(ticks->label[0]), ticks->label[ticks->n++]);
      }
      ticks->minor[ticks->minors++] = value;
    }
  }
}

void kar_axis_ticks(const KarAxis *axis, int wanted, PetscBool pi, KarTicks *ticks)
{
  ticks->n = ticks->minors = 0;
  ticks->note[0]           = '\0';
  if (axis->log) LogTicks(axis, wanted, ticks);
  if (axis->log && ticks->n >= 2) return;
  if (axis->log) ticks->n = ticks->minors = 0; /* a part of a decade */
  if (axis->log || !pi || !PiTicks(axis, ticks)) LinearTicks(axis, wanted, ticks);
}

void kar_axis_ticks_apart(cairo_t *cr, const KarAxis *axis, int wanted, PetscBool pi, double size, KarTicks *ticks)
{
  for (PetscBool touch = PETSC_TRUE; touch; wanted--) {
    touch = PETSC_FALSE;
    kar_axis_ticks(axis, wanted, pi, ticks);
    for (int k = 1; k < ticks->n && wanted > 1; k++) {
      const double distance = fabs(kar_axis_place(axis, ticks->at[k]) - kar_axis_place(axis, ticks->at[k - 1]));

      if (distance <
          (kar_text_width(cr, ticks->label[k], size) + kar_text_width(cr, ticks->label[k - 1], size)) / 2 + 0.4 * size)
        touch = PETSC_TRUE;
    }
  }
}

double kar_ticks_width(cairo_t *cr, const KarTicks *ticks, double size)
{
  double widest = 0;

  for (int k = 0; k < ticks->n; k++) widest = PetscMax(widest, kar_text_width(cr, ticks->label[k], size));
  return widest;
}

void kar_axis_name(const char name[], const KarTicks *ticks, size_t size, char text[])
{
  if (!ticks->note[0]) (void)snprintf(text, size, "%s", name);
  else if (!name[0]) (void)snprintf(text, size, "%s", ticks->note);
  else (void)snprintf(text, size, "%s  (%s)", name, ticks->note);
}
