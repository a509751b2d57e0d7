/* What the files of a plot share. Drawing routines cannot fail. */
#pragma once

#include "drawimpl.h"

#define CURVES 64
#define WIDTH  440 /* of one plot, in points */
#define HEIGHT 330
#define FONT   11.5
#define INSIDE 6 /* rows of a legend that stands among the curves; a longer one stands beside them */

typedef struct {
  char        label[96];
  KarPlotLook look;
  PetscInt    color, n;
  PetscBool   band;
  PetscReal  *x, *y, *low, *high; /* owned */
} KarCurve;

struct _p_KarPlot {
  char      title[256], label[2][128];
  PetscBool log[2], ranged[2];
  PetscReal range[2][2];
  PetscInt  curves, next;
  KarCurve  curve[CURVES];
};

/* By number, or black where it is negative. */
void kar_plot_color(cairo_t *cr, PetscInt color, double alpha);
/* Has the point a place on these axes? */
PetscBool kar_plot_shown(const KarAxis axis[2], PetscReal x, PetscReal y);
void      kar_plot_curve(cairo_t *cr, const KarAxis axis[2], const KarCurve *curve);

/* Rows of the legend, and its width. */
PetscInt kar_legend_rows(cairo_t *cr, KarPlot plot, double *width);
/* Raises the upper end of the ordinate, at most twofold on the paper, until the legend finds a free corner. */
void kar_legend_room(cairo_t *cr, KarPlot plot, KarAxis axis[2]);
void kar_legend(cairo_t *cr, KarPlot plot, const KarAxis axis[2]);
