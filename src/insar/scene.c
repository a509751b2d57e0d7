/* An interferogram from a file of others: told by its content, read on rank 0, masked, wrapped, dealt to every rank. */
#include "sceneimpl.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIXEL    (sizeof(float) + 1) /* bytes: a phase, and whether it is one */
#define VAST     1e7F                /* rad: float32 has no fractions of it; the mark of what was not measured */
#define SMALLEST 1e-12               /* pixel, in any unit; the largest is its inverse */

const char *const KarSceneFormats[] = {"auto",    "geotiff",       "complex64", "float32", "mintpy",
                                       "float64", "complex_int16", "unw",       NULL};
const char *const KarByteOrders[]   = {"auto", "little", "big", NULL};

static KarSceneReader *const readers[] = {
  [KAR_SCENE_GEOTIFF] = kar_scene_geotiff, [KAR_SCENE_COMPLEX64] = kar_scene_raw,
  [KAR_SCENE_FLOAT32] = kar_scene_raw,     [KAR_SCENE_MINTPY] = kar_scene_mintpy,
  [KAR_SCENE_FLOAT64] = kar_scene_raw,     [KAR_SCENE_COMPLEX_INT16] = kar_scene_raw,
  [KAR_SCENE_UNW] = kar_scene_raw};

PetscErrorCode KarSceneOptionsRead(MPI_Comm comm, const char prefix[], KarSceneOptions *options)
{
  PetscInt format = KAR_SCENE_AUTO, order = KAR_BYTES_AUTO, sizes = 2, n[2];

  PetscFunctionBegin;
  *options = (KarSceneOptions){.format = KAR_SCENE_AUTO};
  PetscCall(KarOptionsChoice(prefix, "scene_format",
                             "format of -scene; auto tells it from the content, the header or the name; unw has rows "
                             "of amplitudes and of phases in turn",
                             KarSceneFormats, &format));
  PetscCall(
    KarOptionsIntArray(prefix, "scene_n", "rows,columns of a raw raster without a header", 1, 1 << 20, &sizes, n));
  KarCheck(comm, sizes == 0 || sizes == 2, PETSC_ERR_USER_INPUT,
           "-%sscene_n: %" PetscInt_FMT " numbers: give rows,columns", prefix ? prefix : "", sizes);
  for (PetscInt i = 0; i < sizes; i++) options->n[i] = n[i];
  PetscCall(KarOptionsChoice(prefix, "scene_byte_order",
                             "byte order of a raw raster; auto takes the one that gives ordinary numbers",
                             KarByteOrders, &order));
  PetscCall(KarOptionsString(prefix, "scene_header",
                             ".rsc, .par, .xml or .hdr file of a raw raster; without it the one beside the raster",
                             sizeof(options->header), options->header));
  PetscCall(
    KarOptionsString(prefix, "scene_dataset", "dataset of an HDF5 file", sizeof(options->dataset), options->dataset));
  PetscCall(KarOptionsInt(prefix, "scene_layer", "which interferogram of a stack", 0, PETSC_MAX_INT, &options->layer));
  PetscCall(KarOptionsGiven(prefix, "scene_nodata", &options->has_nodata));
  PetscCall(KarOptionsReal(prefix, "scene_nodata", "a value that means: not measured", -PETSC_MAX_REAL, PETSC_MAX_REAL,
                           &options->nodata));
  options->format = (KarSceneFormat)format;
  options->order  = (KarByteOrder)order;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscBool kar_scene_allocate(const char path[], PetscInt64 rows, PetscInt64 columns, KarScene *scene, char why[KAR_WHY])
{
  if (rows < 1 || columns < 1 || rows > (1 << 20) || columns > (1 << 20))
    Refuse("%s: a scene of %lld x %lld pixels: not a size that can be", path, (long long)rows, (long long)columns);
  scene->n[0] = (PetscInt)rows;
  scene->n[1] = (PetscInt)columns;
  if ((double)rows * (double)columns * PIXEL < (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE)) {
    scene->phase = malloc((size_t)(rows * columns) * sizeof(float));
    scene->valid = malloc((size_t)(rows * columns));
  }
  if (!scene->phase || !scene->valid)
    Refuse("%s: no memory for %lld x %lld pixels", path, (long long)rows, (long long)columns);
  return PETSC_TRUE;
}

void kar_scene_put_real(KarScene *scene)
{
  memset(scene->valid, 1, (size_t)(scene->n[0] * scene->n[1]));
}

void kar_scene_put_complex(KarScene *scene, PetscInt i, float re, float im)
{
  scene->phase[i] = atan2f(im, re);
  scene->valid[i] = isfinite(re) && isfinite(im) && (re != 0 || im != 0);
}

void kar_scene_put_place(KarScene *scene, const PetscReal first[2], const PetscReal step[2])
{
  const PetscBool degrees = PetscAbsReal(first[0]) <= 360 && PetscAbsReal(first[1]) <= 90 && PetscAbsReal(step[0]) < 1;

  for (int i = 0; i < 2; i++)
    if (!isfinite(first[i]) || !isfinite(step[i]) || PetscAbsReal(step[i]) < SMALLEST ||
        PetscAbsReal(step[i]) > 1 / SMALLEST)
      return;
  scene->georeferenced = PETSC_TRUE;
  for (int i = 0; i < 2; i++) {
    scene->first[i] = first[i];
    scene->step[i]  = step[i];
  }
  (void)snprintf(scene->units, sizeof(scene->units), degrees ? "degrees" : "meters");
}

static PetscBool EndsWith(const char path[], const char end[])
{
  const size_t n = strlen(path), m = strlen(end);

  return n >= m && !strcmp(path + n - m, end) ? PETSC_TRUE : PETSC_FALSE;
}

/* The format by the first bytes; raw is told apart by header and name later. */
static PetscBool Detect(const char path[], KarSceneFormat *format, char why[KAR_WHY])
{
  static const char tiff[4][4] = {"II*", {'M', 'M', 0, '*'}, "II+", {'M', 'M', 0, '+'}};
  char              head[8]    = "";
  struct stat       there;
  FILE             *file = stat(path, &there) || S_ISREG(there.st_mode) ? fopen(path, "rb") : NULL;
  size_t            got  = file ? fread(head, 1, sizeof(head), file) : 0;
  KarSceneFormat    seen = KAR_SCENE_AUTO;

  if (!file) Refuse("%s: no such file, or it cannot be read", path);
  (void)fclose(file);
  for (int i = 0; i < 4; i++)
    if (got >= 4 && !memcmp(head, tiff[i], 4)) seen = KAR_SCENE_GEOTIFF;
  if (got == 8 && !memcmp(head, "\211HDF\r\n\032\n", 8)) seen = KAR_SCENE_MINTPY;
  if (*format == KAR_SCENE_AUTO) {
    if (seen == KAR_SCENE_AUTO && (EndsWith(path, ".tif") || EndsWith(path, ".tiff")))
      Refuse("%s: not a TIFF file", path);
    if (seen == KAR_SCENE_AUTO && (EndsWith(path, ".h5") || EndsWith(path, ".he5")))
      Refuse("%s: not an HDF5 file", path);
    *format = seen == KAR_SCENE_AUTO ? KAR_SCENE_FLOAT32 : seen;
    return PETSC_TRUE;
  }
  if (*format == KAR_SCENE_GEOTIFF && seen != *format) Refuse("%s: not a TIFF file", path);
  if (*format == KAR_SCENE_MINTPY && seen != *format) Refuse("%s: not an HDF5 file", path);
  return PETSC_TRUE;
}

/* Masks what is no measurement and brings every phase into [-pi, pi]; those that lie there keep their bits. */
static void MaskAndWrap(const KarSceneOptions *options, KarScene *scene)
{
  const PetscInt size = scene->n[0] * scene->n[1];
  const float    pi   = (float)M_PI;

  for (PetscInt i = 0; i < size; i++) {
    float *p = &scene->phase[i];

    if (fabsf(*p) > VAST && isfinite(*p)) scene->valid[i] = 0, scene->vast++;
    if (!isfinite(*p) || (options->has_nodata && *p == (float)options->nodata)) scene->valid[i] = 0;
    if (!scene->valid[i]) {
      *p = 0;
      scene->invalid++;
    } else if (fabsf(*p) > pi) {
      *p = (float)remainder((double)*p, 2 * M_PI);
      scene->wrapped++;
    }
  }
}

/* Rows from the north, columns from the west. */
static void Turn(KarScene *scene)
{
  const PetscInt  rows = scene->n[0], columns = scene->n[1];
  const PetscBool flip[2] = {scene->georeferenced && scene->step[0] < 0, scene->georeferenced && scene->step[1] > 0};

  for (PetscInt i = 0; i < rows && (flip[0] || flip[1]); i++)
    for (PetscInt j = 0; j < columns; j++) {
      const PetscInt a = i * columns + j, b = (flip[1] ? rows - 1 - i : i) * columns + (flip[0] ? columns - 1 - j : j);

      if (b <= a) continue;
      const float         phase = scene->phase[a];
      const unsigned char valid = scene->valid[a];

      scene->phase[a] = scene->phase[b], scene->valid[a] = scene->valid[b];
      scene->phase[b] = phase, scene->valid[b] = valid;
    }
  for (int i = 0; i < 2; i++)
    if (flip[i]) {
      scene->first[i] += scene->step[i] * (PetscReal)scene->n[1 - i];
      scene->step[i] = -scene->step[i];
      scene->turned  = PETSC_TRUE;
    }
}

static PetscBool ReadHere(const char path[], const KarSceneOptions *given, KarScene *scene, char why[KAR_WHY])
{
  KarSceneOptions options = *given;

  if (!Detect(path, &options.format, why)) return PETSC_FALSE;
  if (given->format == KAR_SCENE_AUTO && options.format == KAR_SCENE_FLOAT32)
    options.format = KAR_SCENE_AUTO; /* raw: by its size */
  scene->format = options.format;
  if (!readers[options.format == KAR_SCENE_AUTO ? KAR_SCENE_FLOAT32 : options.format](path, &options, scene, why))
    return PETSC_FALSE;
  if (given->n[0] && (given->n[0] != scene->n[0] || given->n[1] != scene->n[1])) {
    (void)snprintf(why, KAR_WHY,
                   "%s has %" PetscInt_FMT " x %" PetscInt_FMT " pixels, not -scene_n %" PetscInt_FMT ",%" PetscInt_FMT,
                   path, scene->n[0], scene->n[1], given->n[0], given->n[1]);
    return PETSC_FALSE;
  }
  if (!scene->how[0]) (void)snprintf(scene->how, sizeof(scene->how), "by its content");
  Turn(scene);
  MaskAndWrap(&options, scene);
  return PETSC_TRUE;
}

/* What a file says may be quoted in an error, which is one line. */
static void MakeOneLine(char why[])
{
  for (; *why; why++)
    if (iscntrl((unsigned char)*why)) *why = ' ';
}

PetscErrorCode KarSceneRead(MPI_Comm comm, const char path[], const KarSceneOptions *options, KarScene *scene)
{
  PetscMPIInt rank;
  PetscBool   good         = PETSC_TRUE;
  char        why[KAR_WHY] = "", none[KAR_WHY];
  KarScene    head;

  PetscFunctionBegin;
  *scene = (KarScene){.units = ""};
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0 && !ReadHere(path, options, scene, why)) {
    good = PETSC_FALSE;
    MakeOneLine(why);
    PetscCall(KarSceneDestroy(scene));
  }
  KarCheckAny(comm, good, PETSC_ERR_FILE_READ, "%s", why);
  head = *scene;
  PetscCallMPI(MPI_Bcast(&head, sizeof(head), MPI_BYTE, 0, comm));
  if (rank) {
    *scene = head;
    good   = kar_scene_allocate(path, head.n[0], head.n[1], scene, none);
  }
  KarCheckAny(comm, good, PETSC_ERR_MEM, "%s: no memory for %" PetscInt_FMT " x %" PetscInt_FMT " pixels", path,
              head.n[0], head.n[1]);
  for (PetscInt row = 0; row < head.n[0]; row++) { /* row by row: a count stays below 2^31 */
    PetscCallMPI(MPI_Bcast(scene->phase + row * head.n[1], (int)head.n[1], MPI_FLOAT, 0, comm));
    PetscCallMPI(MPI_Bcast(scene->valid + row * head.n[1], (int)head.n[1], MPI_BYTE, 0, comm));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSceneDestroy(KarScene *scene)
{
  PetscFunctionBegin;
  free(scene->phase);
  free(scene->valid);
  *scene = (KarScene){.units = ""};
  PetscFunctionReturn(PETSC_SUCCESS);
}
