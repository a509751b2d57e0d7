/* Colour maps, even to the eye: lightness and hue move evenly in Oklab (Ottosson, 2020).

   sequential: viridis (van der Walt and Smith, CC0) through ten of its colours.
   diverging:  lightness falls alike on both sides of a light middle, to blue below and to red above.
   cyclic:     hue turns once while lightness swings once, so that a phase reads in grey too. */
#include <karhunen/plot.h>

const char *const KarColorsNames[] = {"auto", "sequential", "diverging", "cyclic", "grey", NULL};

#define ENTRIES 512

static double Decode(double v)
{
  return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static double Encode(double v)
{
  return v <= 0.0031308 ? 12.92 * v : 1.055 * pow(v, 1 / 2.4) - 0.055;
}

static void ToLab(unsigned rgb, double lab[3])
{
  double r = Decode((rgb >> 16 & 255) / 255.), g = Decode((rgb >> 8 & 255) / 255.), b = Decode((rgb & 255) / 255.);
  double l = cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  double m = cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  double s = cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);

  lab[0] = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s;
  lab[1] = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s;
  lab[2] = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s;
}

/* Linear sRGB; true when a screen can show it. */
static PetscBool ToLinear(const double lab[3], double rgb[3])
{
  double l = lab[0] + 0.3963377774 * lab[1] + 0.2158037573 * lab[2];
  double m = lab[0] - 0.1055613458 * lab[1] - 0.0638541728 * lab[2];
  double s = lab[0] - 0.0894841775 * lab[1] - 1.2914855480 * lab[2];

  l *= l * l, m *= m * m, s *= s * s;
  rgb[0] = 4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s;
  rgb[1] = -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s;
  rgb[2] = -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s;
  for (int i = 0; i < 3; i++)
    if (rgb[i] < -1e-9 || rgb[i] > 1 + 1e-9) return PETSC_FALSE;
  return PETSC_TRUE;
}

/* The colour of lightness L, chroma C (less where no screen shows so much) and hue in degrees. */
static void FromHue(double L, double C, double hue, double lab[3])
{
  double rgb[3];

  for (; C > 0; C -= 0.002) {
    lab[0] = L, lab[1] = C * cos(hue * PETSC_PI / 180), lab[2] = C * sin(hue * PETSC_PI / 180);
    if (ToLinear(lab, rgb)) return;
  }
  lab[0] = L, lab[1] = lab[2] = 0;
}

static void Sequential(double t, double lab[3])
{
  static const unsigned through[10] = {0x440154, 0x482878, 0x3E4A89, 0x31688E, 0x26828E,
                                       0x1F9E89, 0x35B779, 0x6DCD59, 0xB4DE2C, 0xFDE725};
  int                   i           = (int)PetscMin(8, floor(9 * t));
  double                u           = 9 * t - i, p[4][3];

  for (int j = 0; j < 4; j++) ToLab(through[PetscMax(0, PetscMin(9, i - 1 + j))], p[j]);
  for (int c = 0; c < 3; c++) /* Catmull-Rom */
    lab[c] =
      p[1][c] +
      0.5 * u *
        (p[2][c] - p[0][c] +
         u * (2 * p[0][c] - 5 * p[1][c] + 4 * p[2][c] - p[3][c] + u * (3 * (p[1][c] - p[2][c]) + p[3][c] - p[0][c])));
}

static void Diverging(double t, double lab[3])
{
  double u = fabs(2 * t - 1);

  FromHue(0.975 - 0.655 * pow(u, 1.15), 0.165 * sin(0.8 * PETSC_PI * pow(u, 1.15)), t < 0.5 ? 255 + 8 * u : 33 - 8 * u,
          lab);
}

static void Cyclic(double t, double lab[3])
{
  FromHue(0.62 - 0.20 * cos(2 * PETSC_PI * t), 0.117, 320 + 360 * t, lab);
}

static void Grey(double t, double lab[3])
{
  FromHue(t, 0, 0, lab);
}

static void Fill(KarColors colors, float table[ENTRIES + 1][3])
{
  static void (*const map[])(double, double[3]) = {Sequential, Sequential, Diverging, Cyclic, Grey};
  double lab[3], rgb[3];

  for (int i = 0; i <= ENTRIES; i++) {
    map[colors]((double)i / ENTRIES, lab);
    (void)ToLinear(lab, rgb);
    for (int c = 0; c < 3; c++) table[i][c] = (float)Encode(PetscMax(0, PetscMin(1, rgb[c])));
  }
}

void kar_color(KarColors colors, PetscReal t, PetscReal rgb[3])
{
  static float table[5][ENTRIES + 1][3];
  static char  filled[5];
  double       at = ENTRIES * (double)PetscMax(0, PetscMin(1, t));
  int          i  = (int)PetscMin(ENTRIES - 1, floor(at));

  if (!filled[colors]) {
    Fill(colors, table[colors]);
    filled[colors] = 1;
  }
  for (int c = 0; c < 3; c++)
    rgb[c] = (PetscReal)(table[colors][i][c] + (at - i) * (table[colors][i + 1][c] - table[colors][i][c]));
}
