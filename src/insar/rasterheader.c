/* The header beside a raw raster: ROI_PAC's and MintPy's .rsc ("WIDTH 900"), GAMMA's .par and LiCSBAS's ("width: 900"),
   ISCE's .xml, ENVI's .hdr, as GDAL and ARIA write it.  It says the size, the place, the wavelength, and perhaps the
   type of a pixel. */
#include "sceneimpl.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>

#define MOST_BYTES (1 << 20)

static const struct {
  const char *key;
  int         fact;
} keys[] = {{"WIDTH", KAR_RASTER_WIDTH},
            {"FILE_LENGTH", KAR_RASTER_ROWS},
            {"LENGTH", KAR_RASTER_ROWS},
            {"X_FIRST", KAR_RASTER_X_FIRST},
            {"Y_FIRST", KAR_RASTER_Y_FIRST},
            {"X_STEP", KAR_RASTER_X_STEP},
            {"Y_STEP", KAR_RASTER_Y_STEP},
            {"WAVELENGTH", KAR_RASTER_WAVELENGTH},
            {"width", KAR_RASTER_WIDTH},
            {"nlines", KAR_RASTER_ROWS},
            {"range_samples", KAR_RASTER_WIDTH},
            {"azimuth_lines", KAR_RASTER_ROWS},
            {"interferogram_width", KAR_RASTER_WIDTH},
            {"interferogram_azimuth_lines", KAR_RASTER_ROWS},
            {"corner_lon", KAR_RASTER_X_CENTRE},
            {"corner_lat", KAR_RASTER_Y_CENTRE},
            {"post_lon", KAR_RASTER_X_STEP},
            {"post_lat", KAR_RASTER_Y_STEP},
            {"corner_east", KAR_RASTER_X_CENTRE},
            {"corner_north", KAR_RASTER_Y_CENTRE},
            {"post_east", KAR_RASTER_X_STEP},
            {"post_north", KAR_RASTER_Y_STEP},
            {"radar_frequency", KAR_RASTER_FREQUENCY},
            {"length", KAR_RASTER_ROWS},
            {"samples", KAR_RASTER_WIDTH},
            {"lines", KAR_RASTER_ROWS},
            {"number_bands", KAR_RASTER_BANDS},
            {"bands", KAR_RASTER_BANDS},
            {"header offset", KAR_RASTER_OFFSET}};

static const struct {
  const char    *word;
  KarSceneFormat format; /* AUTO: one that is no phase */
} types[] = {{"FLOAT", KAR_SCENE_FLOAT32},          {"REAL*4", KAR_SCENE_FLOAT32},      {"4", KAR_SCENE_FLOAT32},
             {"DOUBLE", KAR_SCENE_FLOAT64},         {"REAL*8", KAR_SCENE_FLOAT64},      {"5", KAR_SCENE_FLOAT64},
             {"CFLOAT", KAR_SCENE_COMPLEX64},       {"FCOMPLEX", KAR_SCENE_COMPLEX64},  {"6", KAR_SCENE_COMPLEX64},
             {"SCOMPLEX", KAR_SCENE_COMPLEX_INT16}, {"CSHORT", KAR_SCENE_COMPLEX_INT16}};

static void TakeNumber(KarRasterHeader *header, const char key[], const char text[])
{
  char        *stop;
  const double value = strtod(text, &stop);

  for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
    if (!strcmp(key, keys[i].key) && stop != text && isfinite(value)) header->fact[keys[i].fact] = value;
}

static void TakeType(KarRasterHeader *header, const char text[])
{
  const size_t n = strcspn(text, " \t\r\n<");

  (void)snprintf(header->type, sizeof(header->type), "%.*s", (int)PetscMin(n, sizeof(header->type) - 1), text);
  for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
    if (!strcasecmp(header->type, types[i].word)) header->format = types[i].format;
}

/* A word that is no number: the type of a pixel, the order of bytes, the way of two bands. */
static void TakeWord(KarRasterHeader *header, const char key[], const char text[])
{
  if (!strcasecmp(key, "data_type") || !strcmp(key, "data type") || !strcmp(key, "image_format"))
    TakeType(header, text);
  if (!strcasecmp(key, "scheme") || !strcmp(key, "interleave"))
    (void)snprintf(header->scheme, sizeof(header->scheme), "%.3s", text);
  if (!strcmp(key, "byte_order") || !strcmp(key, "byte order"))
    header->order = text[0] == 'l' || text[0] == '0' ? KAR_BYTES_LITTLE : KAR_BYTES_BIG;
}

/* "KEY value", "key: value", "key = value" */
static void ReadLines(char text[], KarRasterHeader *header)
{
  char *next = NULL;

  for (char *line = strtok_r(text, "\n", &next); line; line = strtok_r(NULL, "\n", &next)) {
    char *key = line + strspn(line, " \t\r"), *sign = strpbrk(key, ":="),
         *end = sign ? sign : key + strcspn(key, " \t"), *value;

    if (!*end) continue;
    value = end + 1 + strspn(end + 1, " \t:=");
    while (end > key && isspace((unsigned char)end[-1])) end--;
    *end = '\0';
    TakeNumber(header, key, value);
    TakeWord(header, key, value);
    if (!strcmp(key, "map info")) { /* {Geographic Lat/Lon, 1, 1, x, y, dx, dy, ...}: the outer corner of pixel 1, 1 */
      double    n[6];
      char     *comma = strchr(value, ',');
      const int got =
        comma ? sscanf(comma, ", %lf , %lf , %lf , %lf , %lf , %lf", n, n + 1, n + 2, n + 3, n + 4, n + 5) : 0;

      if (got != 6) continue;
      header->fact[KAR_RASTER_X_STEP]  = n[4];
      header->fact[KAR_RASTER_Y_STEP]  = -n[5];
      header->fact[KAR_RASTER_X_FIRST] = n[2] - (n[0] - 1) * n[4];
      header->fact[KAR_RASTER_Y_FIRST] = n[3] + (n[1] - 1) * n[5];
    }
  }
}

/* ISCE: <property name="width"><value>900</value>, the place in <component name="coordinate1">. */
static void ReadXML(char text[], KarRasterHeader *header)
{
  int axis = 0;

  for (char *at = text; (at = strstr(at, " name=\"")); at++) {
    char  key[32] = "", *value;
    char *name = at + 7, *close = strchr(name, '"'), *limit = close ? strstr(close, " name=\"") : NULL;

    if (!close) return;
    (void)snprintf(key, sizeof(key), "%.*s", (int)PetscMin(close - name, 31), name);
    for (char *c = key; *c; c++) *c = (char)tolower((unsigned char)*c);
    if (!strncmp(key, "coordinate", 10)) axis = key[10] == '1' ? 1 : key[10] == '2' ? 2 : 0;
    value = strstr(close, "<value>");
    if (!value || (limit && value > limit)) continue;
    value += 7 + strspn(value + 7, " \t\r\n'");
    if (axis && !strcmp(key, "delta")) header->fact[KAR_RASTER_X_STEP + axis - 1] = strtod(value, NULL);
    if (axis && !strcmp(key, "startingvalue")) header->fact[KAR_RASTER_X_FIRST + axis - 1] = strtod(value, NULL);
    TakeNumber(header, key, value);
    TakeWord(header, key, value);
  }
}

static PetscBool Has(const char path[], const char end[])
{
  const size_t n = strlen(path), m = strlen(end);

  return n >= m && !strcmp(path + n - m, end) ? PETSC_TRUE : PETSC_FALSE;
}

/* FILE.rsc, FILE.par, FILE.xml, FILE.hdr, or FILE with .hdr for its end. */
static FILE *Open(const char path[], const char given[], size_t size, char name[])
{
  static const char *const ends[] = {".rsc", ".par", ".xml", ".hdr", NULL};
  const char              *dot    = strrchr(path, '.');
  FILE                    *file   = NULL;

  (void)snprintf(name, size, "%s", given);
  if (given[0]) return fopen(given, "r");
  for (int i = 0; ends[i] && !file; i++) {
    (void)snprintf(name, size, "%s%s", path, ends[i]);
    file = fopen(name, "r");
  }
  if (!file && dot && !strchr(dot, '/')) {
    (void)snprintf(name, size, "%.*s.hdr", (int)(dot - path), path);
    file = fopen(name, "r");
  }
  if (!file) name[0] = '\0';
  return file;
}

PetscBool kar_raster_header(const char path[], const char given[], KarRasterHeader *header, char why[KAR_WHY])
{
  FILE  *file;
  char  *text;
  size_t got;

  *header = (KarRasterHeader){.format = KAR_SCENE_AUTO, .order = KAR_BYTES_AUTO};
  for (int i = 0; i < KAR_RASTER_FACTS; i++) header->fact[i] = NAN;
  file = Open(path, given, sizeof(header->name), header->name);
  if (!file && given[0]) Refuse("-scene_header %s: no such file, or it cannot be read", given);
  if (!file) return PETSC_TRUE;
  text = malloc(MOST_BYTES + 1);
  got  = text ? fread(text, 1, MOST_BYTES, file) : 0;
  (void)fclose(file);
  if (!text) Refuse("%s: no memory", header->name);
  text[got] = '\0';
  if (Has(header->name, ".xml")) ReadXML(text, header);
  else ReadLines(text, header);
  free(text);
  return PETSC_TRUE;
}
