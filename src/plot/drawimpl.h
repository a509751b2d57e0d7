/* What pictures and plots share: a canvas, text, axes. Drawing routines cannot fail; cairo keeps its status to the
   end. */
#pragma once

#include <karhunen/plot.h>
#include <cairo.h>
#include <stdio.h>
#include <string.h>

typedef struct {
  cairo_t         *cr;
  cairo_surface_t *surface;
  double           scale; /* device pixels for a unit of the canvas */
  PetscBool        png;
} KarCanvas;

/* Not collective. A white canvas of width x height units that ends up in `part`; the kind is told by the end of
   `path`. */
PetscBool kar_canvas_open(KarCanvas *canvas, const char path[], const char part[], double width, double height,
                          double scale);
/* Writes the file; false when it could not be written. */
PetscBool kar_canvas_close(KarCanvas *canvas, const char part[]);
/* Collective. .png, .pdf or .svg, or an error. */
PetscErrorCode KarCanvasCheckPath(MPI_Comm comm, const char path[]);

/* Text at (x, y) with ^{..} raised and _{..} lowered; align 0: left, 0.5: middle, 1: right; angle in rad. */
void   kar_text(cairo_t *cr, const char text[], double x, double y, double size, double align, double angle);
double kar_text_width(cairo_t *cr, const char text[], double size);

#define KAR_TICKS 32
typedef struct {
  double    low, high; /* values at the ends */
  double    from, to;  /* places of the ends on the canvas */
  PetscBool log;
} KarAxis;

typedef struct {
  int    n, minors;
  double at[KAR_TICKS], minor[4 * KAR_TICKS];
  char   label[KAR_TICKS][32];
  char   note[64]; /* what all labels share, "x 10^{-10} + 101325"; or "" */
} KarTicks;

double kar_axis_place(const KarAxis *axis, double value);
/* About `wanted` marks at round values; pi: in multiples of pi when the range is one. A mark's value is its label
   times the power of the note, plus its offset. */
void kar_axis_ticks(const KarAxis *axis, int wanted, PetscBool pi, KarTicks *ticks);
/* The same for a level axis whose labels, written in letters of `size`, must not touch: fewer marks where they would.
   */
void kar_axis_ticks_apart(cairo_t *cr, const KarAxis *axis, int wanted, PetscBool pi, double size, KarTicks *ticks);
/* The widest label. */
double kar_ticks_width(cairo_t *cr, const KarTicks *ticks, double size);
/* The name of an axis with the note of its marks. */
void kar_axis_name(const char name[], const KarTicks *ticks, size_t size, char text[]);

/* Not collective. Values at the ends of all but one in 2000 at each end, and in ends[] of all. */
PetscErrorCode KarPictureQuantiles(PetscInt n, const KarImage images[], PetscReal low_high[2], PetscReal ends[2]);
