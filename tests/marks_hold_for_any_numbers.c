/* Marks of axes for numbers from 1e-10 to 1e10, with and without an offset: labels tell them apart, are short, and say
   the right numbers;
   pictures have room for them, and for the legend of 12 curves beside the frame, each with a look of its own. */
#include "claim.h"
#include "files.h"
#include "../src/plot/drawimpl.h"

/* The number that a label says: label times 10^exponent plus offset, by the text of the note alone. */
static double Said(const char label[], const char note[])
{
  char        plain[64] = "";
  const char *minus     = "\xe2\x88\x92", *at;
  double      value, power = 0, offset = 0;
  size_t      n = 0;

  for (at = label; *at && n < sizeof(plain) - 1;) {
    if (!strncmp(at, minus, 3)) plain[n++] = '-', at += 3;
    else plain[n++] = *at++;
  }
  value = atof(plain);
  if ((at = strstr(note, "10^{"))) power = strncmp(at + 4, minus, 3) ? atof(at + 4) : -atof(at + 7);
  if ((at = strstr(note, "+ "))) offset = atof(at + 2);
  else if ((at = strstr(note, "\xe2\x88\x92 "))) offset = -atof(at + 4);
  return value * pow(10, power) + offset;
}

static PetscErrorCode Numbers(void)
{
  static const double ranges[][2] = {{0, 1},
                                     {0, 1e-10},
                                     {-3e-10, 5e-10},
                                     {0, 1e10},
                                     {-7e10, 1e10},
                                     {2e9, 2.5e9},
                                     {101325 - 1e-3, 101325 + 1e-3},
                                     {-101325.3, -101325.2},
                                     {1e5, 1.0001e5},
                                     {45000.25, 45000.314},
                                     {1e10, 1e10 + 63},
                                     {99.9, 100.1},
                                     {0.05, 0.06},
                                     {-0.3, 17},
                                     {1e-3, 0.02},
                                     {999, 1001}};

  PetscFunctionBegin;
  for (size_t r = 0; r < sizeof(ranges) / sizeof(ranges[0]); r++)
    for (int wanted = 2; wanted <= 8; wanted++) {
      const KarAxis axis = {ranges[r][0], ranges[r][1], 0, 100, PETSC_FALSE};
      KarTicks      ticks;
      double        step;

      kar_axis_ticks(&axis, wanted, PETSC_FALSE, &ticks);
      Claim(ticks.n >= 1 && ticks.n <= 2 * wanted + 1, "%d marks from %g to %g, wanted %d", ticks.n, axis.low,
            axis.high, wanted);
      step = ticks.n > 1 ? ticks.at[1] - ticks.at[0] : axis.high - axis.low;
      for (int k = 0; k < ticks.n; k++) {
        ClaimNear(Said(ticks.label[k], ticks.note), ticks.at[k], 1e-3 * step + 1e-15 * fabs(axis.high));
        Claim(strlen(ticks.label[k]) <= 10, "a long label: %s", ticks.label[k]);
        if (k)
          Claim(strcmp(ticks.label[k], ticks.label[k - 1]), "two labels %s from %.12g to %.12g", ticks.label[k],
                axis.low, axis.high);
      }
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Logarithmic axes: decades, and a part of one. */
static PetscErrorCode Decades(void)
{
  static const double ranges[][2] = {{1e-10, 1e10}, {1, 10}, {1.2, 1.9}, {3e-7, 4e-7}, {0.01, 1000}, {2e10, 9e10}};
  KarTicks            ticks;

  PetscFunctionBegin;
  for (size_t r = 0; r < sizeof(ranges) / sizeof(ranges[0]); r++) {
    const KarAxis axis = {ranges[r][0], ranges[r][1], 0, 100, PETSC_TRUE};

    kar_axis_ticks(&axis, 6, PETSC_FALSE, &ticks);
    Claim(ticks.n >= 2 && ticks.n <= 9, "%d marks from %g to %g", ticks.n, axis.low, axis.high);
    for (int k = 1; k < ticks.n; k++)
      Claim(strcmp(ticks.label[k], ticks.label[k - 1]), "two labels %s", ticks.label[k]);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Columns of a picture that have ink; the pixels, which the caller destroys. */
static cairo_surface_t *Ink(const char path[], int *first, int *last, int *width)
{
  cairo_surface_t     *surface = cairo_image_surface_create_from_png(path);
  const unsigned char *pixels  = cairo_image_surface_get_data(surface);
  const int stride = cairo_image_surface_get_stride(surface), height = cairo_image_surface_get_height(surface);

  *width = *first = cairo_image_surface_get_width(surface), *last = -1;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < *width; x++)
      if ((((const unsigned *)(const void *)(pixels + y * stride))[x] & 0xffffff) != 0xffffff)
        *first = PetscMin(*first, x), *last = PetscMax(*last, x);
  return surface;
}

/* The numbers of bar and axes are inside the sheet, with white around them. */
static PetscErrorCode Bars(void)
{
  static const PetscReal scales[][2] = {{1e-10, 0}, {1e10, 0}, {1, 1e5}, {1e-10, 1}, {1234567, 1e9}};
  KarPictureStyle        style       = {.label = "pressure / Pa", .units = "km"};
  char                   path[PETSC_MAX_PATH_LEN];
  float                  values[64];

  PetscFunctionBegin;
  for (int s = 0; s < 5; s++) {
    KarImage image = {
      .ny = 8, .nx = 8, .length = {64, 64}, .origin = {scales[s][1], -1e7}, .direction = {1, 1}, .values = values};
    int first, last, width;

    for (int i = 0; i < 64; i++) values[i] = (float)(scales[s][1] + scales[s][0] * sin(i));
    PetscCall(ScratchFile("bar.png", path));
    PetscCall(KarPictureFields(PETSC_COMM_WORLD, path, KAR_REPLACE, 1, &image, &style));
    cairo_surface_destroy(Ink(path, &first, &last, &width));
    Claim(first > 2 && last < width - 3 && last > width / 2, "ink in columns %d to %d of %d", first, last, width);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* 12 curves: the legend is beside the frame, no two lines of it look alike, and the frame has the size that it has for
   one curve. */
static PetscErrorCode Legend(void)
{
  PetscReal        x[2] = {0, 1}, y[2];
  int              first, last, width[2], row = 0, looks = 0;
  unsigned         seen[12][60];
  char             path[PETSC_MAX_PATH_LEN];
  cairo_surface_t *surface = NULL;

  PetscFunctionBegin;
  for (int many = 0; many < 2; many++) {
    KarPlot plot;

    PetscCall(KarPlotCreate("", "x", "y", &plot));
    for (int c = 0; c < (many ? 12 : 1); c++) {
      y[0] = c, y[1] = 12 - c;
      PetscCall(KarPlotAdd(plot, "a curve", KAR_LINE, -1, 2, x, y, NULL, NULL));
    }
    PetscCall(ScratchFile("legend.png", path));
    PetscCall(KarPlotSave(PETSC_COMM_WORLD, path, KAR_REPLACE, 1, &plot, 1));
    PetscCall(KarPlotDestroy(&plot));
    if (surface) cairo_surface_destroy(surface);
    surface = Ink(path, &first, &last, &width[many]);
  }
  Claim(width[1] > width[0] + 100, "%d pixels for 12 curves, %d for one", width[1], width[0]);
  for (int c = 0; c < 12; c++) { /* the middle line of each row of the legend, right of the frame */
    const double at    = 2.2 * (14 + 2 + (c + 0.5) * 1.45 * 11.5);
    PetscBool    alike = PETSC_FALSE;

    row = (int)at;
    for (int i = 0; i < 60; i++)
      seen[c][i] = ((const unsigned *)(const void *)(cairo_image_surface_get_data(surface) +
                                                     row * cairo_image_surface_get_stride(
                                                             surface)))[(int)(2.2 * (440 - 16 + 14)) + i];
    for (int d = 0; d < c; d++) alike = (PetscBool)(alike || !memcmp(seen[c], seen[d], sizeof(seen[c])));
    looks += !alike;
  }
  Claim(looks == 12, "%d of 12 looks", looks);
  cairo_surface_destroy(surface);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run(void)
{
  PetscFunctionBegin;
  PetscCall(Numbers());
  PetscCall(Decades());
  PetscCall(Bars());
  PetscCall(Legend());
  PetscCall(ScratchClean());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(run)
