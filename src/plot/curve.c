/* The curves of a plot. */
#include "plotimpl.h"

/* Told apart by the colour-blind too (Okabe and Ito, 2008). */
static const unsigned palette[] = {0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7, 0xE69F00, 0x56B4E9, 0x7F7F7F};
enum { COLORS = (int)(sizeof(palette) / sizeof(palette[0])) };

void kar_plot_color(cairo_t *cr, PetscInt color, double alpha)
{
  unsigned c = color < 0 ? 0 : palette[color % COLORS];

  cairo_set_source_rgba(cr, (c >> 16) / 255., (c >> 8 & 255) / 255., (c & 255) / 255., alpha);
}

PetscBool kar_plot_shown(const KarAxis axis[2], PetscReal x, PetscReal y)
{
  if (!isfinite((double)x) || !isfinite((double)y)) return PETSC_FALSE;
  return (!axis[0].log || x > 0) && (!axis[1].log || y > 0) ? PETSC_TRUE : PETSC_FALSE;
}

static void Path(cairo_t *cr, const KarAxis axis[2], const KarCurve *c, const PetscReal y[])
{
  PetscBool pen = PETSC_FALSE;

  for (PetscInt i = 0; i < c->n; i++) {
    double px, py;

    if (!kar_plot_shown(axis, c->x[i], y[i])) {
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

static void Band(cairo_t *cr, const KarAxis axis[2], const KarCurve *c)
{
  PetscBool pen = PETSC_FALSE;

  for (PetscInt j = 0; j < 2 * c->n; j++) {
    PetscInt  i = j < c->n ? j : 2 * c->n - 1 - j;
    PetscReal y = j < c->n ? c->high[i] : c->low[i];

    if (axis[1].log && y <= 0) y = (PetscReal)axis[1].low * (PetscReal)1e-3;
    if (!kar_plot_shown(axis, c->x[i], y)) continue;
    if (pen) cairo_line_to(cr, kar_axis_place(&axis[0], (double)c->x[i]), kar_axis_place(&axis[1], (double)y));
    else cairo_move_to(cr, kar_axis_place(&axis[0], (double)c->x[i]), kar_axis_place(&axis[1], (double)y));
    pen = PETSC_TRUE;
  }
  cairo_close_path(cr);
  kar_plot_color(cr, c->color, 0.2);
  cairo_fill(cr);
}

static void Dot(cairo_t *cr, double x, double y)
{
  cairo_new_sub_path(cr);
  cairo_arc(cr, x, y, 2.4, 0, 2 * PETSC_PI);
  cairo_fill(cr);
}

void kar_plot_curve(cairo_t *cr, const KarAxis axis[2], const KarCurve *c)
{
  static const double dashes[][4] = {
    {5, 3, 5, 3}, {1.5, 2.5, 1.5, 2.5}, {8, 2.5, 1.5, 2.5}}; /* a second and a third round of the colours */
  const int round = c->color < 0 ? 0 : c->color / COLORS, dash = c->look == KAR_DASHED ? 0 : round % 3;

  if (c->band) Band(cr, axis, c);
  kar_plot_color(cr, c->color, 1);
  if (c->look == KAR_POINTS) {
    for (PetscInt i = 0; i < c->n; i++)
      if (kar_plot_shown(axis, c->x[i], c->y[i]))
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
