/* Rasters without a word of their own, rows from the north or as the header says.  What a pixel is comes from
   -scene_format, the header or the end of the name, never from the size alone: complex64 (ROI_PAC's .int, ISCE's .flat,
   GAMMA's .diff), float32, float64, complex int16, and .unw of two bands, a row of amplitudes and a row of phases in
   turn. */
#include "sceneimpl.h"

#include <math.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>

static void UseFacts(const double fact[], KarScene *scene, PetscInt n[2])
{
  const int centre = isfinite(fact[KAR_RASTER_X_CENTRE]) && isfinite(fact[KAR_RASTER_Y_CENTRE]);
  PetscReal first[2];

  if (!n[0] && fact[KAR_RASTER_ROWS] >= 1 && fact[KAR_RASTER_WIDTH] >= 1 && fact[KAR_RASTER_ROWS] <= (1 << 20) &&
      fact[KAR_RASTER_WIDTH] <= (1 << 20)) {
    n[0] = (PetscInt)fact[KAR_RASTER_ROWS];
    n[1] = (PetscInt)fact[KAR_RASTER_WIDTH];
  }
  if (fact[KAR_RASTER_WAVELENGTH] > 0) scene->wavelength = fact[KAR_RASTER_WAVELENGTH];
  if (fact[KAR_RASTER_FREQUENCY] > 0) scene->wavelength = 299792458.0 / fact[KAR_RASTER_FREQUENCY];
  for (int i = 0; i < 2; i++) /* GAMMA names the centre of the first pixel */
    first[i] = centre ? fact[KAR_RASTER_X_CENTRE + i] - fact[KAR_RASTER_X_STEP + i] / 2 : fact[KAR_RASTER_X_FIRST + i];
  kar_scene_put_place(scene, first, fact + KAR_RASTER_X_STEP);
}

static PetscInt64 PixelBytes(KarSceneFormat format)
{
  return format == KAR_SCENE_FLOAT32 || format == KAR_SCENE_COMPLEX_INT16 ? 4 : 8;
}

/* By the end of the name; AUTO: it says nothing. */
static KarSceneFormat ByName(const char path[])
{
  static const char *const pairs[]  = {"int", "slc", "cpx", "c8", "c64", "flat", "diff", "cint", NULL};
  static const char *const single[] = {"unw", "flt", "f4", "r4", "f32", "float", "pha", "phs", "phase", NULL};
  const char              *end      = strrchr(path, '.');

  for (int i = 0; end && pairs[i]; i++)
    if (!strcasecmp(end + 1, pairs[i])) return KAR_SCENE_COMPLEX64;
  for (int i = 0; end && single[i]; i++)
    if (!strcasecmp(end + 1, single[i])) return KAR_SCENE_FLOAT32;
  return end && (!strcasecmp(end + 1, "f64") || !strcasecmp(end + 1, "r8")) ? KAR_SCENE_FLOAT64 : KAR_SCENE_AUTO;
}

/* scene->format and how it is known. */
static PetscBool ChooseFormat(const char path[], const KarSceneOptions *options, const KarRasterHeader *header,
                              PetscInt64 pixels, PetscInt64 bytes, KarScene *scene, char why[KAR_WHY])
{
  const KarSceneFormat name  = ByName(path);
  const PetscBool      bands = header->fact[KAR_RASTER_BANDS] == 2 ? PETSC_TRUE : PETSC_FALSE;

  (void)snprintf(scene->how, sizeof(scene->how), "by -scene_format");
  if (options->format != KAR_SCENE_AUTO) return scene->format = options->format, PETSC_TRUE;
  if (header->fact[KAR_RASTER_BANDS] > 2 ||
      (bands && (header->format != KAR_SCENE_FLOAT32 || strncasecmp(header->scheme, "bil", 3))))
    Refuse("%s: %g bands of %s, %s, as %s says: take the phase out (gdal_translate -b 2)", path,
           header->fact[KAR_RASTER_BANDS], header->type, header->scheme, header->name);
  if (header->type[0] && header->format == KAR_SCENE_AUTO)
    Refuse("%s: pixels of type %s, as %s says: a phase is floating point or complex", path, header->type, header->name);
  (void)snprintf(scene->how, sizeof(scene->how), "by its header");
  scene->format = bands ? KAR_SCENE_UNW : header->format;
  if (header->format != KAR_SCENE_AUTO && name != KAR_SCENE_AUTO && name != header->format)
    Refuse("%s is %s by its name and %s by %s: say which with -scene_format", path, KarSceneFormats[name],
           KarSceneFormats[header->format], header->name);
  if (scene->format != KAR_SCENE_AUTO) return PETSC_TRUE;
  (void)snprintf(scene->how, sizeof(scene->how), "by its name");
  scene->format = name;
  if (name == KAR_SCENE_FLOAT32 &&
      bytes == 8 * pixels) { /* ROI_PAC's and ISCE's .unw; of other names it could be anything */
    if (!strcasecmp(strrchr(path, '.'), ".unw")) scene->format = KAR_SCENE_UNW;
    else scene->format = KAR_SCENE_AUTO;
  }
  if (scene->format != KAR_SCENE_AUTO) return PETSC_TRUE;
  if (bytes == 4 * pixels)
    Refuse("%s: %lld bytes for %lld pixels may be float32 or complex_int16: say which with -scene_format", path,
           (long long)bytes, (long long)pixels);
  if (bytes == 8 * pixels)
    Refuse("%s: %lld bytes for %lld pixels may be complex64, float64 or unw (two bands): say which with -scene_format",
           path, (long long)bytes, (long long)pixels);
  Refuse("%s: %lld bytes for %lld pixels, neither 4 nor 8 each: check the size", path, (long long)bytes,
         (long long)pixels);
}

/* --- Numbers
 * ----------------------------------------------------------------------------------------------------------- */
/* `width` bytes as an unsigned number. */
static uint64_t Bits(const unsigned char b[], int width, PetscBool big)
{
  uint64_t bits = 0;

  for (int i = 0; i < width; i++) bits = bits << 8 | b[big ? i : width - 1 - i];
  return bits;
}

static float Decode(const unsigned char b[4], PetscBool big)
{
  const uint32_t bits = (uint32_t)Bits(b, 4, big);
  float          value;

  memcpy(&value, &bits, sizeof(value));
  return value;
}

static double DecodeDouble(const unsigned char b[8], PetscBool big)
{
  const uint64_t bits = Bits(b, 8, big);
  double         value;

  memcpy(&value, &bits, sizeof(value));
  return value;
}

/* Numbers that a measurement may be: a wrong byte order gives few of them. */
static PetscInt Ordinary(const unsigned char bytes[], PetscInt64 count, PetscBool wide, PetscBool big)
{
  PetscInt ordinary = 0;

  for (PetscInt64 i = 0; i < count; i++) {
    const double size = fabs(wide ? DecodeDouble(bytes + 8 * i, big) : (double)Decode(bytes + 4 * i, big));

    if (size == 0 || (size > 1e-15 && size < 1e15)) ordinary++;
  }
  return ordinary;
}

static PetscBool ChooseOrder(const char path[], const KarSceneOptions *options, const KarRasterHeader *header,
                             const unsigned char bytes[], PetscInt64 size, KarScene *scene, PetscBool *big,
                             char why[KAR_WHY])
{
  const PetscBool wide  = scene->format == KAR_SCENE_FLOAT64 ? PETSC_TRUE : PETSC_FALSE;
  KarByteOrder    order = options->order != KAR_BYTES_AUTO ? options->order : header->order;

  if (order == KAR_BYTES_AUTO && scene->format == KAR_SCENE_COMPLEX_INT16)
    Refuse("%s: nothing tells the byte order of complex_int16: give -scene_byte_order (GAMMA's is big)", path);
  if (order == KAR_BYTES_AUTO)
    order = Ordinary(bytes, size / (wide ? 8 : 4), wide, PETSC_TRUE) >
                Ordinary(bytes, size / (wide ? 8 : 4), wide, PETSC_FALSE)
              ? KAR_BYTES_BIG
              : KAR_BYTES_LITTLE;
  *big = order == KAR_BYTES_BIG ? PETSC_TRUE : PETSC_FALSE;
  (void)snprintf(scene->how + strlen(scene->how), sizeof(scene->how) - strlen(scene->how), ", %s-endian",
                 *big ? "big" : "little");
  return PETSC_TRUE;
}

/* GAMMA's and LiCSBAS's .unw of one band have 0 where nothing was measured. */
static void Fill(const char path[], const unsigned char *b, PetscBool big, KarScene *scene)
{
  const char     *end   = strrchr(path, '.');
  const PetscBool zeros = end && !strcasecmp(end, ".unw") ? PETSC_TRUE : PETSC_FALSE;
  const PetscInt  width = scene->n[1], size = scene->n[0] * width;

  kar_scene_put_real(scene);
  for (PetscInt i = 0; i < size; i++) {
    if (scene->format == KAR_SCENE_COMPLEX64)
      kar_scene_put_complex(scene, i, Decode(b + 8 * i, big), Decode(b + 8 * i + 4, big));
    else if (scene->format == KAR_SCENE_COMPLEX_INT16)
      kar_scene_put_complex(scene, i, (float)(int16_t)Bits(b + 4 * i, 2, big),
                            (float)(int16_t)Bits(b + 4 * i + 2, 2, big));
    else if (scene->format == KAR_SCENE_FLOAT64) scene->phase[i] = (float)DecodeDouble(b + 8 * i, big);
    else if (scene->format == KAR_SCENE_UNW) { /* where there is no amplitude there is no phase */
      const unsigned char *row       = b + 8 * (i / width) * width;
      const float          amplitude = Decode(row + 4 * (i % width), big);

      scene->phase[i] = Decode(row + 4 * (width + i % width), big);
      if (amplitude == 0 || !isfinite(amplitude)) scene->valid[i] = 0;
    } else {
      scene->phase[i] = Decode(b + 4 * i, big);
      if (zeros && scene->phase[i] == 0) scene->valid[i] = 0;
    }
  }
}

static PetscBool ReadBytes(const char path[], size_t size, unsigned char **bytes, char why[KAR_WHY])
{
  FILE     *file = fopen(path, "rb");
  PetscBool good;

  *bytes = malloc(size);
  good   = file && *bytes && fread(*bytes, 1, size, file) == size ? PETSC_TRUE : PETSC_FALSE;
  if (file) (void)fclose(file);
  if (good) return PETSC_TRUE;
  free(*bytes);
  Refuse("%s: its %zu bytes cannot be read", path, size);
}

PetscBool kar_scene_raw(const char path[], const KarSceneOptions *options, KarScene *scene, char why[KAR_WHY])
{
  PetscInt        n[2] = {options->n[0], options->n[1]};
  PetscInt64      pixels;
  struct stat     there;
  unsigned char  *bytes;
  KarRasterHeader header;
  PetscBool       big, good;

  if (!kar_raster_header(path, options->header, &header, why)) return PETSC_FALSE;
  UseFacts(header.fact, scene, n);
  if (!n[0]) Refuse("%s: a raw raster without a header: give its size, -scene_n ROWS,COLUMNS", path);
  if (header.fact[KAR_RASTER_OFFSET] > 0)
    Refuse("%s: %g bytes before its pixels, as %s says: take them off (gdal_translate -of ENVI)", path,
           header.fact[KAR_RASTER_OFFSET], header.name);
  pixels = (PetscInt64)n[0] * n[1];
  if (stat(path, &there)) Refuse("%s: cannot be read", path);
  if (!ChooseFormat(path, options, &header, pixels, (PetscInt64)there.st_size, scene, why)) return PETSC_FALSE;
  if ((PetscInt64)there.st_size != PixelBytes(scene->format) * pixels)
    Refuse("%s: %lld bytes, but %" PetscInt_FMT " x %" PetscInt_FMT " pixels of %s (%s) are %lld: check the size", path,
           (long long)there.st_size, n[0], n[1], KarSceneFormats[scene->format], scene->how,
           (long long)(PixelBytes(scene->format) * pixels));
  if (!kar_scene_allocate(path, n[0], n[1], scene, why) || !ReadBytes(path, (size_t)there.st_size, &bytes, why))
    return PETSC_FALSE;
  good = ChooseOrder(path, options, &header, bytes, (PetscInt64)there.st_size, scene, &big, why);
  if (good) Fill(path, bytes, big, scene);
  free(bytes);
  return good;
}
