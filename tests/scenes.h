/* For claims about scenes: a phase of every kind, and files of it in the formats of others. */
#pragma once

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
PETSC_UNUSED static void FillPhase(void)
{
  for (int i = 0; i < SIZE; i++) phase[i] = (float)M_PI * sinf(0.7F * (float)i);
  phase[5]  = NAN;
  phase[17] = (float)M_PI;
  phase[18] = -(float)M_PI;
}

PETSC_UNUSED static void WriteBytes(const char path[], const void *bytes, size_t size)
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

static void PutPlace(TIFF *tiff)
{
  static char                a[] = "a", b[] = "b", c[] = "c", d[] = "d";
  static const TIFFFieldInfo fields[] = {{33550, -1, -1, TIFF_DOUBLE, FIELD_CUSTOM, 1, 1, a},
                                         {33922, -1, -1, TIFF_DOUBLE, FIELD_CUSTOM, 1, 1, b},
                                         {34735, -1, -1, TIFF_SHORT, FIELD_CUSTOM, 1, 1, c},
                                         {42113, -1, -1, TIFF_ASCII, FIELD_CUSTOM, 1, 0, d}};
  const double               scale[3] = {0.001, 0.002, 0}, tie[6] = {0, 0, 0, -91.42, -0.58, 0};
  const uint16_t             keys[12] = {1, 1, 0, 2, 1024, 0, 1, 2, 1025, 0, 1, 2};

  (void)TIFFMergeFieldInfo(tiff, fields, 4);
  (void)TIFFSetField(tiff, 33550, 3, scale);
  (void)TIFFSetField(tiff, 33922, 6, tie);
  (void)TIFFSetField(tiff, 34735, 12, keys);
  (void)TIFFSetField(tiff, 42113, "2.5");
}

/* tile 0: strips of `rows` rows. */
PETSC_UNUSED static void WriteTiff(const char path[], const char mode[], uint16_t compression, uint16_t predictor,
                                   uint32_t tile, uint32_t rows, int format, int bits, int bands, int place)
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
    (void)TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, format);
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
PETSC_UNUSED static void WriteHDF5(const char path[], const char name[], hid_t type, int layer, const char unit[])
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

/* The plane `complex` of h5py's complex64, in chunks, compressed. */
PETSC_UNUSED static void WriteComplexHDF5(const char path[], hid_t part, const float pairs[])
{
  const hsize_t shape[2] = {ROWS, COLUMNS}, chunk[2] = {5, 8};
  const hid_t   parts[2] = {part, H5T_NATIVE_FLOAT};
  int           rank;

  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (rank == 0) {
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), space = H5Screate_simple(2, shape, NULL);
    hid_t how = H5Pcreate(H5P_DATASET_CREATE), type[2], data;

    for (int i = 0; i < 2; i++) {
      type[i] = H5Tcreate(H5T_COMPOUND, 8);
      (void)H5Tinsert(type[i], "r", 0, parts[i]);
      (void)H5Tinsert(type[i], "i", 4, parts[i]);
    }
    (void)H5Pset_chunk(how, 2, chunk);
    (void)H5Pset_deflate(how, 4);
    data = H5Dcreate2(file, "complex", type[0], space, H5P_DEFAULT, how, H5P_DEFAULT);
    (void)H5Dwrite(data, type[1], H5S_ALL, H5S_ALL, H5P_DEFAULT, pairs);
    (void)H5Dclose(data);
    for (int i = 0; i < 2; i++) (void)H5Tclose(type[i]);
    (void)H5Pclose(how);
    (void)H5Sclose(space);
    (void)H5Fclose(file);
  }
  MPI_Barrier(MPI_COMM_WORLD);
}
