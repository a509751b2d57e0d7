/* The legend of a plot: in the corner where it hides least, or beside the frame. */
#include "plotimpl.h"

#define LINE (1.45 * FONT)

/* Points of curves that a box would hide. */
static PetscInt Hidden(KarPlot plot, const KarAxis axis[2], double x, double y, double w, double h)
{
  PetscInt hidden = 0;

  for (PetscInt c = 0; c < plot->curves; c++) {
    const KarCurve *curve = &plot->curve[c];

    for (PetscInt i = 0; i < curve->n; i++) {
      for (int part = 0; part < 4; part++) { /* and between points */
        PetscInt j = PetscMin(i + 1, curve->n - 1);
        double   px, py, u = part / 4.;

        if (!kar_plot_shown(axis, curve->x[i], curve->y[i]) || !kar_plot_shown(axis, curve->x[j], curve->y[j]))
          continue;
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

PetscInt kar_legend_rows(cairo_t *cr, KarPlot plot, double *width)
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
  PetscInt rows = kar_legend_rows(cr, plot, &box[2]), least = -1;

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

void kar_legend_room(cairo_t *cr, KarPlot plot, KarAxis axis[2])
{
  double box[4], high = axis[1].high;

  for (double part = 0; part < 0.5 && !plot->ranged[1] && PlaceLegend(cr, plot, axis, box); part += 0.04) {
    if (axis[1].log) axis[1].high = axis[1].low * pow(high / axis[1].low, 1 / (1 - part));
    else axis[1].high = axis[1].low + (high - axis[1].low) / (1 - part);
  }
}

void kar_legend(cairo_t *cr, KarPlot plot, const KarAxis axis[2])
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
    PetscReal       at[2] = {0, 1}, level[2] = {0.5, 0.5}, low[2] = {0.2, 0.2}, high[2] = {0.8, 0.8};
    double          top    = y + 2 + (double)row * line;
    KarAxis         box[2] = {{0, 1, x + 2, x + 26, PETSC_FALSE}, {0, 1, top + line, top, PETSC_FALSE}};
    const KarCurve *curve  = &plot->curve[c];
    KarCurve        sample = {.look  = curve->look,
                              .color = curve->color,
                              .n     = 2,
                              .band  = curve->band,
                              .x     = at,
                              .y     = level,
                              .low   = low,
                              .high  = high};

    if (!curve->label[0]) continue;
    if (curve->look == KAR_POINTS) sample.n = 1, at[0] = 0.5;
    kar_plot_curve(cr, box, &sample);
    cairo_set_source_rgb(cr, 0, 0, 0);
    kar_text(cr, curve->label, x + 33, top + line / 2 + 0.33 * FONT, 0.9 * FONT, 0, 0);
    row++;
  }
}
