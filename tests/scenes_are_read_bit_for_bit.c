/* Interferograms in the formats of others: every pixel, mask and place that was written is read, bit for bit, on every rank;
   what is no scene is refused in one line.
   ranks: 1 2 */
#include "files.h"

#include <hdf5.h>
#include <karhunen/io.h>
#include <math.h>
#include <tiffio.h>

#define ROWS    13
#define COLUMNS 21
#define SIZE    (ROWS * COLUMNS)

static float phase[SIZE];

/* Phases of every kind in [-pi, pi], a NaN, both ends. */
static void FillPhase(void)
{
  for (int i = 0; i < SIZE; i++) phase[i] = (float)M_PI * sinf(0.7F * (float)i);
  phase[5]  = NAN;
  phase[17] = (float)M_PI;
  phase[18] = -(float)M_PI;
}

static void WriteBytes(const char path[], const void *bytes, size_t size)
{
  int   rank;
  FILE *file;

  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (rank == 0) {
    file = fopen(path, "wb");
    Claim(file && fwrite(bytes, 1, size, file) == size, "%s", path);
    (void)fclose(file);
  }
  MPI_Barrier(MPI_COMM_WORLD);
}

/* The scene that was written: `except` is one more pixel without measurement, or -1. */
static PetscErrorCode CheckScene(const char path[], const KarSceneOptions *options, KarSceneFormat format, int except)
{
  KarScene scene;
  int      wrong = 0;

  PetscFunctionBegin;
  PetscCall(KarSceneRead(PETSC_COMM_WORLD, path, options, &scene));
  Claim(scene.format == format && scene.n[0] == ROWS && scene.n[1] == COLUMNS, "%s: format %d", path, (int)scene.format);
  for (int i = 0; i < SIZE; i++) {
    const int valid = i != except && isfinite(phase[i]);

    if (scene.valid[i] != valid || (valid ? memcmp(&scene.phase[i], &phase[i], sizeof(float)) != 0 : scene.phase[i] != 0)) wrong++;
  }
  Claim(!wrong, "%s: %d pixels are not those written, %g for %g at 7", path, wrong, (double)scene.phase[7], (double)phase[7]);
  Claim(scene.invalid == (except < 0 ? 1 : 2) && scene.wrapped == 0, "%s: %" PetscInt_FMT " invalid", path, scene.invalid);
  PetscCall(KarSceneDestroy(&scene));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- TIFF ---------------------------------------------------------------------------------------------------------- */
static void PutPlace(TIFF *tiff)
{
  static char                a[] = "a", b[] = "b", c[] = "c", d[] = "d";
  static const TIFFFieldInfo fields[] = {{33550, -1, -1, TIFF_DOUBLE, FIELD_CUSTOM, 1, 1, a}, {33922, -1, -1, TIFF_DOUBLE, FIELD_CUSTOM, 1, 1, b}, {34735, -1, -1, TIFF_SHORT, FIELD_CUSTOM, 1, 1, c}, {42113, -1, -1, TIFF_ASCII, FIELD_CUSTOM, 1, 0, d}};
  const double               scale[3] = {0.001, 0.002, 0}, tie[6] = {0, 0, 0, -91.42, -0.58, 0};
  const uint16_t             keys[12] = {1, 1, 0, 2, 1024, 0, 1, 2, 1025, 0, 1, 2};

  (void)TIFFMergeFieldInfo(tiff, fields, 4);
  (void)TIFFSetField(tiff, 33550, 3, scale);
  (void)TIFFSetField(tiff, 33922, 6, tie);
  (void)TIFFSetField(tiff, 34735, 12, keys);
  (void)TIFFSetField(tiff, 42113, "2.5");
}

/* tile 0: strips of `rows` rows. */
static void WriteTiff(const char path[], const char mode[], uint16_t compression, uint16_t predictor, uint32_t tile, uint32_t rows, int bits, int bands, int place)
{
  int   rank;
  TIFF *tiff;
  float block[32 * 32] = {0};

  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (rank == 0) {
    tiff = TIFFOpen(path, mode);
    (void)TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, COLUMNS);
    (void)TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, ROWS);
    (void)TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, bits);
    (void)TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, bands);
    (void)TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    (void)TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, bits == 32 ? SAMPLEFORMAT_IEEEFP : SAMPLEFORMAT_UINT);
    (void)TIFFSetField(tiff, TIFFTAG_COMPRESSION, compression);
    if (predictor) (void)TIFFSetField(tiff, TIFFTAG_PREDICTOR, predictor);
    if (place) PutPlace(tiff);
    if (tile) {
      (void)TIFFSetField(tiff, TIFFTAG_TILEWIDTH, tile);
      (void)TIFFSetField(tiff, TIFFTAG_TILELENGTH, tile);
      for (uint32_t y = 0; y < ROWS; y += tile)
        for (uint32_t x = 0; x < COLUMNS; x += tile) {
          for (uint32_t i = 0; i < tile * tile; i++) {
            const uint32_t r = PetscMin(y + i / tile, ROWS - 1), c = PetscMin(x + i % tile, COLUMNS - 1);

            block[i] = phase[r * COLUMNS + c];
          }
          (void)TIFFWriteTile(tiff, block, x, y, 0, 0);
        }
    } else {
      (void)TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, rows);
      for (uint32_t r = 0; r < ROWS; r++) {
        for (int c = 0; c < COLUMNS; c++) block[c] = phase[r * COLUMNS + c];
        (void)TIFFWriteScanline(tiff, block, r, 0);
      }
    }
    TIFFClose(tiff);
  }
  MPI_Barrier(MPI_COMM_WORLD);
}

static PetscErrorCode CheckTiff(void)
{
  static const struct {
    const char *mode;
    uint16_t    compression, predictor;
    uint32_t    tile, rows;
  } kinds[]                  = {{"wl", COMPRESSION_NONE, 0, 0, 4}, {"wb", COMPRESSION_NONE, 0, 0, 13}, {"wb", COMPRESSION_ADOBE_DEFLATE, 0, 0, 1}, {"wl", COMPRESSION_ADOBE_DEFLATE, 3, 0, 5}, {"wl", COMPRESSION_NONE, 0, 16, 0}, {"wb", COMPRESSION_LZW, 0, 16, 0}, {"w8l", COMPRESSION_PACKBITS, 0, 32, 0}, {"w8b", COMPRESSION_NONE, 0, 0, 3}};
  const KarSceneOptions none = {.format = KAR_SCENE_AUTO}, tiff = {.format = KAR_SCENE_GEOTIFF};
  char                  path[PETSC_MAX_PATH_LEN];
  KarScene              scene;

  PetscFunctionBegin;
  PetscCall(ScratchFile("scene.tif", path));
  for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
    WriteTiff(path, kinds[i].mode, kinds[i].compression, kinds[i].predictor, kinds[i].tile, kinds[i].rows, 32, 1, 0);
    PetscCall(CheckScene(path, i % 2 ? &none : &tiff, KAR_SCENE_GEOTIFF, -1));
  }
  phase[9] = 2.5F;
  WriteTiff(path, "wb", COMPRESSION_NONE, 0, 0, 4, 32, 1, 1);
  PetscCall(CheckScene(path, &none, KAR_SCENE_GEOTIFF, 9));
  PetscCall(KarSceneRead(PETSC_COMM_WORLD, path, &none, &scene));
  Claim(scene.georeferenced && !strcmp(scene.units, "degrees"), "no place");
  ClaimNear(scene.step[0], 0.001, 0);
  ClaimNear(scene.step[1], -0.002, 0);
  ClaimNear(scene.first[0], -91.4205, 1e-12); /* the tie point is a pixel's centre */
  ClaimNear(scene.first[1], -0.579, 1e-12);
  PetscCall(KarSceneDestroy(&scene));
  PetscCall(Cut(path, 300));
  ClaimFails(KarSceneRead(PETSC_COMM_WORLD, path, &none, &scene), "truncated or damaged");
  WriteTiff(path, "wl", COMPRESSION_NONE, 0, 0, 13, 32, 1, 0);
  PetscCall(Cut(path, FileSize(path) - 500));
  ClaimFails(KarSceneRead(PETSC_COMM_WORLD, path, &none, &scene), "truncated or damaged");
  WriteTiff(path, "wl", COMPRESSION_NONE, 0, 0, 13, 16, 1, 0);
  ClaimFails(KarSceneRead(PETSC_COMM_WORLD, path, &none, &scene), "16-bit unsigned integer");
  WriteTiff(path, "wl", COMPRESSION_NONE, 0, 0, 13, 32, 2, 0);
  ClaimFails(KarSceneRead(PETSC_COMM_WORLD, path, &none, &scene), "2 bands");
  WriteBytes(path, phase, sizeof(phase));
  ClaimFails(KarSceneRead(PETSC_COMM_WORLD, path, &none, &scene), "not a TIFF");
  WriteBytes(path, "II*", 4);
  ClaimFails(KarSceneRead(PETSC_COMM_WORLD, path, &none, &scene), "truncated or damaged");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Raw rasters ----------------------------------------------------------------------------------------------------- */
static void Swap(void *bytes, size_t numbers)
{
  unsigned char *b = bytes, t;

  for (size_t i = 0; i < numbers; i++, b += 4) {
    t = b[0], b[0] = b[3], b[3] = t;
    t = b[1], b[1] = b[2], b[2] = t;
  }
}

static PetscErrorCode CheckRaw(void)
{
  const char      rsc[] = "WIDTH       21\nFILE_LENGTH  13\nX_FIRST -91.5\nY_FIRST 0.25\nX_STEP 0.001\nY_STEP -0.001\nWAVELENGTH 0.0554658\n";
  const char      par[] = "title: x\nwidth:   21\nnlines:  13\ncorner_lat:  0.2495 decimal degrees\ncorner_lon: -91.4995 decimal degrees\n"
                          "post_lat: -1.0e-03 decimal degrees\npost_lon: 1.0e-03 decimal degrees\nradar_frequency: 5.4049999e+09 Hz\n";
  KarSceneOptions sized = {.format = KAR_SCENE_AUTO, .n = {ROWS, COLUMNS}}, none = {.format = KAR_SCENE_AUTO}, layed = none;
  char            path[PETSC_MAX_PATH_LEN], header[PETSC_MAX_PATH_LEN];
  float           pairs[2 * SIZE], copy[SIZE];
  KarScene        scene;

  PetscFunctionBegin;
  for (int i = 0; i < SIZE; i++) { /* the exact argument of what is written */
    const float size = i % 3 ? 0.25F : 812.5F;

    pairs[2 * i]     = isfinite(phase[i]) ? size * cosf(phase[i]) : NAN;
    pairs[2 * i + 1] = isfinite(phase[i]) ? size * sinf(phase[i]) : NAN;
    phase[i]         = atan2f(pairs[2 * i + 1], pairs[2 * i]);
  }
  pairs[2 * 40] = pairs[2 * 40 + 1] = 0;
  memcpy(copy, phase, sizeof(copy));
  for (int swap = 0; swap < 2; swap++) {
    PetscCall(ScratchFile("scene.int", path));
    WriteBytes(path, pairs, sizeof(pairs));
    PetscCall(CheckScene(path, &sized, KAR_SCENE_COMPLEX64, 40));
    sized.order = swap ? KAR_BYTES_BIG : KAR_BYTES_LITTLE;
    PetscCall(CheckScene(path, &sized, KAR_SCENE_COMPLEX64, 40));
    sized.order = KAR_BYTES_AUTO;
    PetscCall(ScratchFile("scene.unw", path));
    WriteBytes(path, copy, sizeof(copy));
    PetscCall(CheckScene(path, &sized, KAR_SCENE_FLOAT32, -1));
    Swap(pairs, 2 * SIZE);
    Swap(copy, SIZE);
  }
  ClaimFails(KarSceneRead(PETSC_COMM_WORLD, path, &none, &scene), "give its size, -scene_n");
  sized.n[1]++;
  ClaimFails(KarSceneRead(PETSC_COMM_WORLD, path, &sized, &scene), "1092 bytes, but 13 x 22 pixels of float32 are 1144, of complex64 2288");
  PetscCall(ScratchFile("scene.unw.rsc", header));
  WriteBytes(header, rsc, sizeof(rsc) - 1);
  PetscCall(CheckScene(path, &none, KAR_SCENE_FLOAT32, -1));
  PetscCall(ScratchFile("EQA.dem_par", header));
  WriteBytes(header, par, sizeof(par) - 1);
  for (int i = 0; i < 2; i++) {
    PetscCall(KarSceneRead(PETSC_COMM_WORLD, path, i ? &layed : &none, &scene));
    Claim(scene.georeferenced && !strcmp(scene.units, "degrees"), "no place");
    ClaimNear(scene.first[0], -91.5, 1e-12);
    ClaimNear(scene.first[1], 0.25, 1e-12);
    ClaimNear(scene.step[1], -0.001, 0);
    ClaimNear(scene.wavelength, 0.0554658, 1e-7);
    PetscCall(KarSceneDestroy(&scene));
    PetscCall(PetscStrncpy(layed.header, header, sizeof(layed.header)));
  }
  /* An unwrapped phase is wrapped, and counted; a given value is no measurement. */
  copy[0] = 7, copy[1] = -100, copy[2] = -9999;
  WriteBytes(path, copy, sizeof(copy));
  none.has_nodata = PETSC_TRUE, none.nodata = -9999;
  PetscCall(KarSceneRead(PETSC_COMM_WORLD, path, &none, &scene));
  Claim(scene.wrapped == 2 && scene.invalid == 2 && !scene.valid[2], "%" PetscInt_FMT " wrapped, %" PetscInt_FMT " invalid", scene.wrapped, scene.invalid);
  ClaimNear(scene.phase[0], 7 - 2 * M_PI, 1e-6);
  ClaimNear(scene.phase[1], -100 + 32 * M_PI, 1e-6);
  PetscCall(KarSceneDestroy(&scene));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- HDF5 ------------------------------------------------------------------------------------------------------------- */
static void PutText(hid_t object, const char name[], const char text[])
{
  hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR), attribute;

  (void)H5Tset_size(type, strlen(text));
  attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  (void)H5Awrite(attribute, type, text);
  (void)H5Aclose(attribute);
  (void)H5Sclose(space);
  (void)H5Tclose(type);
}

/* layer < 0: a plane; else that layer of three is the phase. */
static void WriteHDF5(const char path[], const char name[], hid_t type, int layer, const char unit[])
{
  const hsize_t shape[3] = {3, ROWS, COLUMNS}, corner[3] = {(hsize_t)layer, 0, 0}, one[3] = {1, ROWS, COLUMNS};
  int           rank;

  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (rank == 0) {
    hid_t file  = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = layer < 0 ? H5Screate_simple(2, shape + 1, NULL) : H5Screate_simple(3, shape, NULL);
    hid_t block = layer < 0 ? H5Screate_simple(2, one + 1, NULL) : H5Screate_simple(3, one, NULL);
    hid_t data  = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

    if (layer >= 0) (void)H5Sselect_hyperslab(space, H5S_SELECT_SET, corner, NULL, one, NULL);
    (void)H5Dwrite(data, H5T_NATIVE_FLOAT, block, space, H5P_DEFAULT, phase);
    PutText(file, "UNIT", unit);
    PutText(file, "X_FIRST", "-91.42");
    PutText(file, "Y_FIRST", "-0.58");
    PutText(file, "X_STEP", "0.001");
    PutText(file, "Y_STEP", "-0.001");
    PutText(file, "X_UNIT", "degrees");
    PutText(file, "WAVELENGTH", "0.0554658");
    (void)H5Dclose(data);
    (void)H5Sclose(block);
    (void)H5Sclose(space);
    (void)H5Fclose(file);
  }
  MPI_Barrier(MPI_COMM_WORLD);
}

static PetscErrorCode CheckMintPy(void)
{
  KarSceneOptions none = {.format = KAR_SCENE_AUTO}, layer = {.format = KAR_SCENE_MINTPY, .layer = 1};
  char            path[PETSC_MAX_PATH_LEN];
  KarScene        scene;

  PetscFunctionBegin;
  PetscCall(ScratchFile("scene.h5", path));
  WriteHDF5(path, "wrapPhase", H5T_IEEE_F32LE, -1, "radian");
  PetscCall(CheckScene(path, &none, KAR_SCENE_MINTPY, -1));
  PetscCall(KarSceneRead(PETSC_COMM_WORLD, path, &none, &scene));
  Claim(scene.georeferenced && scene.first[0] == -91.42 && scene.step[1] == -0.001 && scene.wavelength == 0.0554658, "place");
  PetscCall(KarSceneDestroy(&scene));
  WriteHDF5(path, "unwrapPhase", H5T_IEEE_F32BE, 1, "radian");
  PetscCall(CheckScene(path, &layer, KAR_SCENE_MINTPY, -1));
  layer.layer = 3;
  ClaimFails(KarSceneRead(PETSC_COMM_WORLD, path, &layer, &scene), "layers 0 to 2");
  WriteHDF5(path, "mine", H5T_IEEE_F64LE, -1, "radian");
  ClaimFails(KarSceneRead(PETSC_COMM_WORLD, path, &none, &scene), "-scene_dataset");
  PetscCall(PetscStrncpy(none.dataset, "mine", sizeof(none.dataset)));
  PetscCall(CheckScene(path, &none, KAR_SCENE_MINTPY, -1));
  PetscCall(PetscStrncpy(none.dataset, "yours", sizeof(none.dataset)));
  ClaimFails(KarSceneRead(PETSC_COMM_WORLD, path, &none, &scene), "no dataset yours");
  none.dataset[0] = 0;
  WriteHDF5(path, "phase", H5T_STD_I32LE, -1, "radian");
  ClaimFails(KarSceneRead(PETSC_COMM_WORLD, path, &none, &scene), "neither floating point nor complex");
  WriteHDF5(path, "phase", H5T_IEEE_F32LE, -1, "m");
  ClaimFails(KarSceneRead(PETSC_COMM_WORLD, path, &none, &scene), "its unit is m");
  PetscCall(Cut(path, 700));
  ClaimFails(KarSceneRead(PETSC_COMM_WORLD, path, &none, &scene), "scene.h5");
  ClaimFails(KarSceneRead(PETSC_COMM_WORLD, "/no/such/scene", &none, &scene), "no such file");
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  FillPhase();
  PetscCall(CheckTiff());
  FillPhase();
  PetscCall(CheckMintPy());
  PetscCall(CheckRaw());
  PetscCall(ScratchClean());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
