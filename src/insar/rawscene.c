/* Rasters without a word of their own: complex64 (ROI_PAC's and others' .int) or float32, rows from the north.  The size comes
   from the caller or from a header beside it: ROI_PAC's .rsc ("WIDTH 900") or GAMMA's .par ("width: 900"). */
#include "sceneimpl.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>

/* What a header tells. Unset numbers are NaN. */
enum { WIDTH,
       ROWS,
       X_FIRST,
       Y_FIRST,
       X_STEP,
       Y_STEP,
       X_CENTRE,
       Y_CENTRE,
       WAVELENGTH,
       FREQUENCY,
       FACTS };
static const struct {
  const char *key;
  int         fact;
} keys[] = {{"WIDTH", WIDTH}, {"FILE_LENGTH", ROWS}, {"LENGTH", ROWS}, {"X_FIRST", X_FIRST}, {"Y_FIRST", Y_FIRST}, {"X_STEP", X_STEP}, {"Y_STEP", Y_STEP}, {"WAVELENGTH", WAVELENGTH}, {"width", WIDTH}, {"nlines", ROWS}, {"range_samples", WIDTH}, {"azimuth_lines", ROWS}, {"interferogram_width", WIDTH}, {"interferogram_azimuth_lines", ROWS}, {"corner_lon", X_CENTRE}, {"corner_lat", Y_CENTRE}, {"post_lon", X_STEP}, {"post_lat", Y_STEP}, {"corner_east", X_CENTRE}, {"corner_north", Y_CENTRE}, {"post_east", X_STEP}, {"post_north", Y_STEP}, {"radar_frequency", FREQUENCY}};

static void ReadLine(char line[], double fact[FACTS])
{
  char *key = line, *end, *stop;

  while (isspace((unsigned char)*key)) key++;
  for (end = key; *end && !isspace((unsigned char)*end) && *end != ':'; end++)
    ;
  if (!*end) return;
  *end++ = '\0';
  for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
    if (!strcmp(key, keys[i].key)) {
      const double value = strtod(end + strspn(end, ": \t"), &stop);

      if (stop != end && isfinite(value)) fact[keys[i].fact] = value;
    }
}

static void UseFacts(const double fact[FACTS], KarScene *scene, PetscInt n[2])
{
  const int centre = isfinite(fact[X_CENTRE]) && isfinite(fact[Y_CENTRE]);
  PetscReal first[2];

  if (!n[0] && fact[ROWS] >= 1 && fact[WIDTH] >= 1 && fact[ROWS] <= (1 << 20) && fact[WIDTH] <= (1 << 20)) {
    n[0] = (PetscInt)fact[ROWS];
    n[1] = (PetscInt)fact[WIDTH];
  }
  if (fact[WAVELENGTH] > 0) scene->wavelength = fact[WAVELENGTH];
  if (fact[FREQUENCY] > 0) scene->wavelength = 299792458.0 / fact[FREQUENCY];
  for (int i = 0; i < 2; i++) /* GAMMA names the centre of the first pixel */
    first[i] = centre ? fact[X_CENTRE + i] - fact[X_STEP + i] / 2 : fact[X_FIRST + i];
  kar_scene_put_place(scene, first, fact + X_STEP);
}

/* False only when a header was named and cannot be read. */
static PetscBool ReadHeader(const char path[], const KarSceneOptions *options, KarScene *scene, PetscInt n[2], char why[KAR_WHY])
{
  const char *end[2] = {".rsc", ".par"};
  char        name[PETSC_MAX_PATH_LEN + 8], line[512];
  double      fact[FACTS];
  FILE       *file = options->header[0] ? fopen(options->header, "r") : NULL;

  if (options->header[0] && !file) Refuse("-scene_header %s: no such file, or it cannot be read", options->header);
  for (int i = 0; i < 2 && !file; i++) {
    (void)snprintf(name, sizeof(name), "%s%s", path, end[i]);
    file = fopen(name, "r");
  }
  if (!file) return PETSC_TRUE;
  for (int i = 0; i < FACTS; i++) fact[i] = NAN;
  while (fgets(line, sizeof(line), file)) ReadLine(line, fact);
  (void)fclose(file);
  UseFacts(fact, scene, n);
  return PETSC_TRUE;
}

static float Decode(const unsigned char b[4], PetscBool big)
{
  const uint32_t bits = big ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]
                            : (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
  float          value;

  memcpy(&value, &bits, sizeof(value));
  return value;
}

/* Numbers that a measurement may be: a wrong byte order gives few of them. */
static PetscInt Ordinary(const unsigned char bytes[], PetscInt count, PetscBool big)
{
  PetscInt ordinary = 0;

  for (PetscInt i = 0; i < count; i++) {
    const float size = fabsf(Decode(bytes + 4 * i, big));

    if (size == 0 || (size > 1e-15F && size < 1e15F)) ordinary++;
  }
  return ordinary;
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
  PetscInt       n[2] = {options->n[0], options->n[1]}, size, width;
  struct stat    there;
  unsigned char *bytes;
  PetscBool      big;

  if (!ReadHeader(path, options, scene, n, why)) return PETSC_FALSE;
  if (!n[0]) Refuse("%s: a raw raster without a header: give its size, -scene_n ROWS,COLUMNS", path);
  size = n[0] * n[1];
  if (stat(path, &there)) Refuse("%s: cannot be read", path);
  if (scene->format == KAR_SCENE_AUTO) scene->format = (PetscInt64)there.st_size == 8 * (PetscInt64)size ? KAR_SCENE_COMPLEX64 : KAR_SCENE_FLOAT32;
  width = scene->format == KAR_SCENE_COMPLEX64 ? 2 : 1;
  if ((PetscInt64)there.st_size != 4 * (PetscInt64)(width * size)) {
    char or_complex[64] = "";

    if (options->format == KAR_SCENE_AUTO) (void)snprintf(or_complex, sizeof(or_complex), ", of complex64 %lld", 8 * (long long)size);
    Refuse("%s: %lld bytes, but %" PetscInt_FMT " x %" PetscInt_FMT " pixels of %s are %lld%s: check the size", path, (long long)there.st_size, n[0], n[1],
           KarSceneFormats[scene->format], 4 * (long long)(width * size), or_complex);
  }
  if (!kar_scene_allocate(path, n[0], n[1], scene, why) || !ReadBytes(path, (size_t)there.st_size, &bytes, why)) return PETSC_FALSE;
  big = options->order == KAR_BYTES_BIG ? PETSC_TRUE : PETSC_FALSE;
  if (options->order == KAR_BYTES_AUTO) big = Ordinary(bytes, width * size, PETSC_TRUE) > Ordinary(bytes, width * size, PETSC_FALSE) ? PETSC_TRUE : PETSC_FALSE;
  kar_scene_put_real(scene);
  for (PetscInt i = 0; i < size; i++) {
    if (width == 2) kar_scene_put_complex(scene, i, Decode(bytes + 8 * i, big), Decode(bytes + 8 * i + 4, big));
    else scene->phase[i] = Decode(bytes + 4 * i, big);
  }
  free(bytes);
  return PETSC_TRUE;
}
