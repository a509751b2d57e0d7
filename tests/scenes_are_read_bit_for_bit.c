/* Interferograms in the formats of others: every pixel, mask and place that was written is read, bit for bit, on every
   rank;
   what is no scene is refused in one line.
   ranks: 1 2 */
#include "scenes.h"

/* The scene that was written: `except` is one more pixel without measurement, or -1. */
static PetscErrorCode CheckScene(const char path[], const KarSceneOptions *options, KarSceneFormat format, int except)
{
  KarScene scene;
  int      wrong = 0;

  PetscFunctionBegin;
  PetscCall(KarSceneRead(PETSC_COMM_WORLD, path, options, &scene));
  Claim(scene.format == format && scene.n[0] == ROWS && scene.n[1] == COLUMNS, "%s: format %d", path,
        (int)scene.format);
  for (int i = 0; i < SIZE; i++) {
    const int valid = i != except && isfinite(phase[i]);

    if (scene.valid[i] != valid ||
        (valid ? memcmp(&scene.phase[i], &phase[i], sizeof(float)) != 0 : scene.phase[i] != 0))
      wrong++;
  }
  Claim(!wrong, "%s: %d pixels are not those written, %g for %g at 7", path, wrong, (double)scene.phase[7],
        (double)phase[7]);
  Claim(scene.invalid == (except < 0 ? 1 : 2) && scene.wrapped == 0, "%s: %" PetscInt_FMT " invalid", path,
        scene.invalid);
  PetscCall(KarSceneDestroy(&scene));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- TIFF ----------------------------------------------------------------------------------------------------------
   */
static PetscErrorCode CheckTiff(void)
{
  static const struct {
    const char *mode;
    uint16_t    compression, predictor;
    uint32_t    tile, rows;
  } kinds[] = {{"wl", COMPRESSION_NONE, 0, 0, 4},          {"wb", COMPRESSION_NONE, 0, 0, 13},
               {"wb", COMPRESSION_ADOBE_DEFLATE, 0, 0, 1}, {"wl", COMPRESSION_ADOBE_DEFLATE, 3, 0, 5},
               {"wl", COMPRESSION_NONE, 0, 16, 0},         {"wb", COMPRESSION_LZW, 0, 16, 0},
               {"w8l", COMPRESSION_PACKBITS, 0, 32, 0},    {"w8b", COMPRESSION_NONE, 0, 0, 3}};
  static const struct {
    int         format, bits;
    const char *text;
  } others[]                 = {{SAMPLEFORMAT_UINT, 16, "16-bit unsigned integer"},
                                {SAMPLEFORMAT_UINT, 8, "8-bit unsigned integer"},
                                {SAMPLEFORMAT_INT, 32, "32-bit integer"},
                                {SAMPLEFORMAT_IEEEFP, 64, "64-bit floating point"},
                                {SAMPLEFORMAT_COMPLEXIEEEFP, 64, "64-bit complex"}};
  const KarSceneOptions none = {.format = KAR_SCENE_AUTO}, tiff = {.format = KAR_SCENE_GEOTIFF};
  char                  path[PETSC_MAX_PATH_LEN];
  KarScene              scene;

  PetscFunctionBegin;
  PetscCall(ScratchFile("scene.tif", path));
  for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
    WriteTiff(path, kinds[i].mode, kinds[i].compression, kinds[i].predictor, kinds[i].tile, kinds[i].rows,
              SAMPLEFORMAT_IEEEFP, 32, 1, 0);
    PetscCall(CheckScene(path, i % 2 ? &none : &tiff, KAR_SCENE_GEOTIFF, -1));
  }
  phase[9] = 2.5F;
  WriteTiff(path, "wb", COMPRESSION_NONE, 0, 0, 4, SAMPLEFORMAT_IEEEFP, 32, 1, 1);
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
  WriteTiff(path, "wl", COMPRESSION_NONE, 0, 0, 13, SAMPLEFORMAT_IEEEFP, 32, 1, 0);
  PetscCall(Cut(path, FileSize(path) - 500));
  ClaimFails(KarSceneRead(PETSC_COMM_WORLD, path, &none, &scene), "truncated or damaged");
  for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
    WriteTiff(path, i % 2 ? "wb" : "wl", COMPRESSION_NONE, 0, 0, 13, others[i].format, others[i].bits, 1, 0);
    ClaimFails(KarSceneRead(PETSC_COMM_WORLD, path, &none, &scene), others[i].text);
  }
  WriteTiff(path, "wl", COMPRESSION_NONE, 0, 0, 13, SAMPLEFORMAT_IEEEFP, 32, 2, 0);
  ClaimFails(KarSceneRead(PETSC_COMM_WORLD, path, &none, &scene), "2 bands");
  WriteBytes(path, phase, sizeof(phase));
  ClaimFails(KarSceneRead(PETSC_COMM_WORLD, path, &none, &scene), "not a TIFF");
  WriteBytes(path, "II*", 4);
  ClaimFails(KarSceneRead(PETSC_COMM_WORLD, path, &none, &scene), "truncated or damaged");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Raw rasters ------------------------------------------------------------ */
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
  const char rsc[] =
    "WIDTH       21\nFILE_LENGTH  13\nX_FIRST -91.5\nY_FIRST 0.25\nX_STEP 0.001\nY_STEP -0.001\nWAVELENGTH 0.0554658\n";
  const char par[] =
    "title: x\nwidth:   21\nnlines:  13\ncorner_lat:  0.2495 decimal degrees\ncorner_lon: -91.4995 decimal degrees\n"
    "post_lat: -1.0e-03 decimal degrees\npost_lon: 1.0e-03 decimal degrees\nradar_frequency: 5.4049999e+09 Hz\n";
  const char      flat[] = "WIDTH 21\nFILE_LENGTH 13\nX_FIRST -91.5\nY_FIRST 0.25\nX_STEP 0.001\nY_STEP 0\n";
  KarSceneOptions sized = {.format = KAR_SCENE_AUTO, .n = {ROWS, COLUMNS}}, none = {.format = KAR_SCENE_AUTO},
                  layed = none;
  char     path[PETSC_MAX_PATH_LEN], header[PETSC_MAX_PATH_LEN];
  float    pairs[2 * SIZE], copy[SIZE];
  KarScene scene;

  PetscFunctionBegin;
  for (int i = 0; i < SIZE; i++) { /* the exact argument of what is written */
    const float size = i % 3 ? 0.25F : 812.5F;

    pairs[2 * i]     = isfinite(phase[i]) ? size * cosf(phase[i]) : NAN;
    pairs[2 * i + 1] = isfinite(phase[i]) ? size * sinf(phase[i]) : NAN;
    phase[i]         = atan2f(pairs[2 * i + 1], pairs[2 * i]);
  }
  pairs[2 * 40] = pairs[2 * 40 + 1] = 0;
  memcpy(copy, phase, sizeof(copy));
  PetscCall(ScratchFile("complex.h5", path));
  for (int i = 0; i < 2; i++) {
    WriteComplexHDF5(path, i ? H5T_IEEE_F32BE : H5T_IEEE_F32LE, pairs);
    PetscCall(CheckScene(path, &none, KAR_SCENE_MINTPY, 40));
  }
  for (int swap = 0; swap < 2; swap++) {
    PetscCall(ScratchFile("scene.int", path));
    WriteBytes(path, pairs, sizeof(pairs));
    PetscCall(CheckScene(path, &sized, KAR_SCENE_COMPLEX64, 40));
    sized.order = swap ? KAR_BYTES_BIG : KAR_BYTES_LITTLE;
    PetscCall(CheckScene(path, &sized, KAR_SCENE_COMPLEX64, 40));
    sized.order = KAR_BYTES_AUTO;
    PetscCall(ScratchFile("scene.unw", path));
    WriteBytes(path, copy, sizeof(copy)); /* whose first phase is 0 */
    PetscCall(CheckScene(path, &sized, KAR_SCENE_FLOAT32, 0));
    Swap(pairs, 2 * SIZE);
    Swap(copy, SIZE);
  }
  ClaimFails(KarSceneRead(PETSC_COMM_WORLD, path, &none, &scene), "give its size, -scene_n");
  sized.n[1]++;
  ClaimFails(KarSceneRead(PETSC_COMM_WORLD, path, &sized, &scene),
             "1092 bytes, but 13 x 22 pixels of float32 (by its name) are 1144");
  PetscCall(ScratchFile("scene.unw.rsc", header));
  WriteBytes(header, rsc, sizeof(rsc) - 1);
  PetscCall(CheckScene(path, &none, KAR_SCENE_FLOAT32, 0));
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
  PetscCall(ScratchFile("scene.unw.rsc", header)); /* pixels of no size have no place */
  WriteBytes(header, flat, sizeof(flat) - 1);
  PetscCall(KarSceneRead(PETSC_COMM_WORLD, path, &none, &scene));
  Claim(!scene.georeferenced && scene.n[1] == COLUMNS, "a place");
  PetscCall(KarSceneDestroy(&scene));
  /* An unwrapped phase is wrapped, and counted; a given value is no measurement. */
  copy[0] = 7, copy[1] = -100, copy[2] = -9999;
  WriteBytes(path, copy, sizeof(copy));
  none.has_nodata = PETSC_TRUE, none.nodata = -9999;
  PetscCall(KarSceneRead(PETSC_COMM_WORLD, path, &none, &scene));
  Claim(scene.wrapped == 2 && scene.invalid == 2 && !scene.valid[2],
        "%" PetscInt_FMT " wrapped, %" PetscInt_FMT " invalid", scene.wrapped, scene.invalid);
  ClaimNear(scene.phase[0], 7 - 2 * M_PI, 1e-6);
  ClaimNear(scene.phase[1], -100 + 32 * M_PI, 1e-6);
  PetscCall(KarSceneDestroy(&scene));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- HDF5 ------------------------------------------------------------ */
/* A few hundred bytes that say they are 4 TiB. */
static void WriteVast(const char path[])
{
  const hsize_t shape[2] = {1 << 20, 1 << 20};
  int           rank;

  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (rank == 0) {
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), space = H5Screate_simple(2, shape, NULL);

    (void)H5Dclose(H5Dcreate2(file, "phase", H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
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
  Claim(scene.georeferenced && scene.first[0] == -91.42 && scene.step[1] == -0.001 && scene.wavelength == 0.0554658,
        "place");
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
  WriteHDF5(path, "phase", H5T_IEEE_F32LE, -1, "m\nx");
  ClaimFails(KarSceneRead(PETSC_COMM_WORLD, path, &none, &scene), "its unit is m x: a phase");
  WriteVast(path);
  ClaimFails(KarSceneRead(PETSC_COMM_WORLD, path, &none, &scene), "no memory for 1048576 x 1048576 pixels");
  WriteHDF5(path, "phase", H5T_IEEE_F32LE, -1, "radian");
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
