/* One band of float32 from a TIFF file, strips or tiles, any compression and byte order that libtiff reads; its place
   from the GeoTIFF tags (OGC 19-008): pixel scale, tie point, key 1024 (1: projected, 2: geographic), key 1025 (2: a
   tie point names a pixel's centre). */
#include "sceneimpl.h"

#include <math.h>
#include <stdlib.h>
#include <tiffio.h>

#define TAG_SCALE  33550
#define TAG_TIE    33922
#define TAG_KEYS   34735
#define TAG_MATRIX 34264
#define TAG_GDAL   42112
#define TAG_NODATA 42113

#define LARGEST_TILE 16384 /* pixels along an edge */

static char           last[256]; /* what libtiff said */
static TIFFExtendProc parent;

static void Listen(const char *module, const char *format, va_list args)
{
  (void)vsnprintf(last, sizeof(last), format, args);
}

static void AddTags(TIFF *tiff)
{
  static char scale[] = "ModelPixelScale", tie[] = "ModelTiepoint", keys[] = "GeoKeyDirectory", nodata[] = "GDALNoData",
              matrix[] = "ModelTransformation", gdal[] = "GDALMetadata";
  static const TIFFFieldInfo fields[] = {{TAG_SCALE, -1, -1, TIFF_DOUBLE, FIELD_CUSTOM, 1, 1, scale},
                                         {TAG_TIE, -1, -1, TIFF_DOUBLE, FIELD_CUSTOM, 1, 1, tie},
                                         {TAG_KEYS, -1, -1, TIFF_SHORT, FIELD_CUSTOM, 1, 1, keys},
                                         {TAG_NODATA, -1, -1, TIFF_ASCII, FIELD_CUSTOM, 1, 0, nodata},
                                         {TAG_MATRIX, -1, -1, TIFF_DOUBLE, FIELD_CUSTOM, 1, 1, matrix},
                                         {TAG_GDAL, -1, -1, TIFF_ASCII, FIELD_CUSTOM, 1, 0, gdal}};

  (void)TIFFMergeFieldInfo(tiff, fields, sizeof(fields) / sizeof(fields[0]));
  if (parent) parent(tiff);
}

/* The value of one key of the directory; 0 when absent. */
static int GeoKey(TIFF *tiff, int key)
{
  uint16_t count = 0, *keys = NULL;

  if (!TIFFGetField(tiff, TAG_KEYS, &count, &keys)) return 0;
  for (int i = 4; i + 3 < count; i += 4)
    if (keys[i] == key && keys[i + 1] == 0) return keys[i + 3];
  return 0;
}

/* x = m0 column + m1 row + m3, y = m4 column + m5 row + m7: as GDAL writes rasters whose first row is in the south. */
static PetscBool ReadMatrix(TIFF *tiff, KarScene *scene)
{
  uint16_t  count = 0;
  double   *m     = NULL;
  PetscReal first[2], step[2];

  if (!TIFFGetField(tiff, TAG_MATRIX, &count, &m) || count < 16 || m[1] != 0 || m[4] != 0) return PETSC_FALSE;
  for (int i = 0; i < 2; i++) {
    step[i]  = m[5 * i];
    first[i] = m[4 * i + 3] - (GeoKey(tiff, 1025) == 2 ? step[i] / 2 : 0);
  }
  kar_scene_put_place(scene, first, step);
  return PETSC_TRUE;
}

static void ReadScale(TIFF *tiff, KarScene *scene)
{
  uint16_t  scales = 0, ties = 0;
  double   *scale = NULL, *tie = NULL;
  PetscReal first[2], step[2];

  if (!TIFFGetField(tiff, TAG_SCALE, &scales, &scale) || !TIFFGetField(tiff, TAG_TIE, &ties, &tie) || scales < 2 ||
      ties < 6)
    return;
  for (int i = 0; i < 2; i++) {
    step[i]  = i ? -scale[i] : scale[i];
    first[i] = tie[3 + i] - tie[i] * step[i];
    if (GeoKey(tiff, 1025) == 2) first[i] -= step[i] / 2;
  }
  kar_scene_put_place(scene, first, step);
}

static void ReadPlace(TIFF *tiff, KarScene *scene)
{
  if (!ReadMatrix(tiff, scene)) ReadScale(tiff, scene);
  if (!scene->georeferenced) return;
  if (GeoKey(tiff, 1024) == 1) (void)snprintf(scene->units, sizeof(scene->units), "meters");
  if (GeoKey(tiff, 1024) == 2) (void)snprintf(scene->units, sizeof(scene->units), "degrees");
}

static void MaskNoData(TIFF *tiff, KarScene *scene)
{
  char *text = NULL, *end;
  float value;

  if (!TIFFGetField(tiff, TAG_NODATA, &text) || !text) return;
  value = (float)strtod(text, &end);
  if (end == text) return;
  for (PetscInt i = 0; i < scene->n[0] * scene->n[1]; i++)
    if (scene->phase[i] == value) scene->valid[i] = 0;
}

/* The number of <Item name="SCALE" ... role="scale">: GDAL's, value = scale number + offset. */
static double MetadataNumber(const char text[], const char role[], double fallback)
{
  char        word[32], *end;
  const char *at;
  double      value;

  (void)snprintf(word, sizeof(word), "role=\"%s\"", role);
  at = strstr(text, word);
  at = at ? strchr(at, '>') : NULL;
  if (!at) return fallback;
  value = strtod(at + 1, &end);
  return end == at + 1 || !isfinite(value) ? fallback : value;
}

static void Unpack(TIFF *tiff, KarScene *scene)
{
  char *text = NULL;

  if (!TIFFGetField(tiff, TAG_GDAL, &text) || !text) return;
  const double scale = MetadataNumber(text, "scale", 1), offset = MetadataNumber(text, "offset", 0);

  if (scale == 1 && offset == 0) return;
  for (PetscInt i = 0; i < scene->n[0] * scene->n[1]; i++)
    scene->phase[i] = (float)(scale * (double)scene->phase[i] + offset);
  (void)snprintf(scene->how, sizeof(scene->how), "by its content, times %g plus %g", scale, offset);
}

static PetscBool ReadTiles(TIFF *tiff, KarScene *scene)
{
  const PetscInt n0 = scene->n[0], n1 = scene->n[1];
  uint32_t       width = 0, height = 0;
  float         *tile;
  PetscBool      good;

  (void)TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &width);
  (void)TIFFGetField(tiff, TIFFTAG_TILELENGTH, &height);
  good = width && height && PetscMax(width, height) <= LARGEST_TILE ? PETSC_TRUE : PETSC_FALSE;
  if (good && TIFFTileSize64(tiff) != (uint64_t)width * height * sizeof(float)) good = PETSC_FALSE;
  tile = good ? malloc((size_t)TIFFTileSize64(tiff)) : NULL;
  if (!tile) good = PETSC_FALSE;
  for (PetscInt y = 0; y < n0 && good; y += height)
    for (PetscInt x = 0; x < n1 && good; x += width) {
      const PetscInt rows = PetscMin((PetscInt)height, n0 - y), columns = PetscMin((PetscInt)width, n1 - x);

      good = TIFFReadTile(tiff, tile, (uint32_t)x, (uint32_t)y, 0, 0) > 0 ? PETSC_TRUE : PETSC_FALSE;
      for (PetscInt r = 0; r < rows && good; r++)
        memcpy(scene->phase + (y + r) * n1 + x, tile + r * width, (size_t)columns * sizeof(float));
    }
  free(tile);
  return good;
}

static PetscBool ReadRows(TIFF *tiff, KarScene *scene)
{
  if (TIFFScanlineSize64(tiff) != (uint64_t)scene->n[1] * sizeof(float)) return PETSC_FALSE;
  for (PetscInt row = 0; row < scene->n[0]; row++)
    if (TIFFReadScanline(tiff, scene->phase + row * scene->n[1], (uint32_t)row, 0) < 0) return PETSC_FALSE;
  return PETSC_TRUE;
}

static PetscBool ReadImage(TIFF *tiff, const char path[], KarScene *scene, char why[KAR_WHY])
{
  uint32_t width = 0, height = 0;
  uint16_t bits = 1, bands = 1, type = SAMPLEFORMAT_UINT, orientation = ORIENTATION_TOPLEFT;

  (void)TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
  (void)TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
  (void)TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
  (void)TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &bands);
  (void)TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &type);
  (void)TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &orientation);
  if (bands != 1) Refuse("%s: %d bands: a phase has one; take it out (gdal_translate -b 1)", path, bands);
  if (type != SAMPLEFORMAT_IEEEFP || bits != 32)
    Refuse("%s: %d-bit %s samples: a phase in rad is 32-bit floating point (gdal_translate -ot Float32)", path, bits,
           type == SAMPLEFORMAT_UINT     ? "unsigned integer"
           : type == SAMPLEFORMAT_INT    ? "integer"
           : type == SAMPLEFORMAT_IEEEFP ? "floating point"
                                         : "complex or untyped");
  if (orientation != ORIENTATION_TOPLEFT)
    Refuse("%s: its first pixel is not at the upper left (orientation %d)", path, orientation);
  if (!kar_scene_allocate(path, height, width, scene, why)) return PETSC_FALSE;
  if (!(TIFFIsTiled(tiff) ? ReadTiles(tiff, scene) : ReadRows(tiff, scene)))
    Refuse("%s: truncated or damaged: %s", path, last[0] ? last : "its pixels cannot be read");
  kar_scene_put_real(scene);
  ReadPlace(tiff, scene);
  MaskNoData(tiff, scene); /* in the numbers of the file */
  Unpack(tiff, scene);
  return PETSC_TRUE;
}

PetscBool kar_scene_geotiff(const char path[], const KarSceneOptions *options, KarScene *scene, char why[KAR_WHY])
{
  TIFFErrorHandler errors = TIFFSetErrorHandler(Listen), warnings = TIFFSetWarningHandler(NULL);
  PetscBool        good = PETSC_FALSE;
  TIFF            *tiff;

  last[0] = '\0';
  parent  = TIFFSetTagExtender(AddTags);
  tiff    = TIFFOpen(path, "rm"); /* no memory map: a file cut short is an error, not a signal */
  if (tiff) {
    good = ReadImage(tiff, path, scene, why);
    TIFFClose(tiff);
  } else (void)snprintf(why, KAR_WHY, "%s: truncated or damaged: %s", path, last[0] ? last : "no TIFF directory");
  (void)TIFFSetTagExtender(parent);
  (void)TIFFSetErrorHandler(errors);
  (void)TIFFSetWarningHandler(warnings);
  return good;
}
