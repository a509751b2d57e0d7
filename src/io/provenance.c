/* Attributes in HDF5, and those that say where a file comes from. */
#include "ioimpl.h"
#include <ctype.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

void kar_h5_start(void)
{
  static int started = 0;

  if (started++) return;
  (void)H5dont_atexit(); /* its handler can crash after a failed write */
  (void)H5open();
  (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

static PetscBool IsNetCDF3(const char path[])
{
  char         head[4] = "";
  FILE        *file    = fopen(path, "rb");
  const size_t got     = file ? fread(head, 1, 4, file) : 0;

  if (file) (void)fclose(file);
  return got == 4 && !memcmp(head, "CDF", 3) && head[3] >= 1 && head[3] <= 5 ? PETSC_TRUE : PETSC_FALSE;
}

hid_t kar_h5_open(const char path[], size_t size, char why[])
{
  struct stat there;
  hid_t       access, file;

  kar_h5_start();
  if (stat(path, &there)) {
    (void)snprintf(why, size, "%s is missing: check the name", path);
    return -1;
  }
  if (!S_ISREG(there.st_mode)) {
    (void)snprintf(why, size,
                   S_ISDIR(there.st_mode) ? "%s is a folder: give an HDF5 or netCDF-4 file; of a zarr store xarray's "
                                            "open_zarr(...).to_netcdf(...) makes one"
                                          : "%s is not a file",
                   path);
    return -1;
  }
  access = H5Pcreate(H5P_FILE_ACCESS);
  file   = H5Fopen(path, H5F_ACC_RDONLY, access);
  (void)H5Pclose(access);
  if (file >= 0) return file;
  if (H5Fis_hdf5(path) > 0)
    (void)snprintf(why, size, "%s is damaged or cut short (%lld bytes): make or copy it again", path,
                   (long long)there.st_size);
  else if (IsNetCDF3(path))
    (void)snprintf(why, size, "%s is netCDF-3, not an HDF5 file: nccopy -k nc4 %s NEW.nc makes a netCDF-4 file of it",
                   path, path);
  else (void)snprintf(why, size, "%s is not an HDF5 file, or cannot be read", path);
  return -1;
}

static PetscBool Put(hid_t object, const char name[], hid_t file_type, hid_t memory_type, const void *value)
{
  hid_t     space = H5Screate(H5S_SCALAR), attribute;
  PetscBool good;

  if (H5Aexists(object, name) > 0) (void)H5Adelete(object, name);
  attribute = H5Acreate2(object, name, file_type, space, H5P_DEFAULT, H5P_DEFAULT);
  good      = attribute >= 0 && H5Awrite(attribute, memory_type, value) >= 0 ? PETSC_TRUE : PETSC_FALSE;
  if (attribute >= 0) (void)H5Aclose(attribute);
  (void)H5Sclose(space);
  return good;
}

PetscBool kar_h5_put_scalar(hid_t object, const char name[], hid_t file_type, hid_t memory_type, const void *value)
{
  return Put(object, name, file_type, memory_type, value);
}

/* A name in capitals is MintPy's, which takes strings of variable length alone: others are bytes to it. */
static PetscBool IsMintPys(const char name[])
{
  for (const char *c = name; *c; c++)
    if (islower((unsigned char)*c)) return PETSC_FALSE;
  return PETSC_TRUE;
}

PetscBool kar_h5_put_string(hid_t object, const char name[], const char value[])
{
  const PetscBool varies = IsMintPys(name);
  hid_t           type   = H5Tcopy(H5T_C_S1);
  PetscBool       good;

  (void)H5Tset_size(type, varies ? H5T_VARIABLE : PetscMax(strlen(value), 1));
  (void)H5Tset_strpad(type, varies ? H5T_STR_NULLTERM : H5T_STR_NULLPAD);
  for (const char *c = value; *c; c++)
    if ((unsigned char)*c > 127) (void)H5Tset_cset(type, H5T_CSET_UTF8);
  good = Put(object, name, type, type, varies ? (const void *)&value : (const void *)value);
  (void)H5Tclose(type);
  return good;
}

PetscBool kar_h5_get_scalar(hid_t object, const char name[], hid_t memory_type, void *value)
{
  hid_t     attribute = H5Aexists(object, name) > 0 ? H5Aopen(object, name, H5P_DEFAULT) : -1, space;
  PetscBool good;

  if (attribute < 0) return PETSC_FALSE;
  space = H5Aget_space(attribute);
  good =
    H5Sget_simple_extent_npoints(space) == 1 && H5Aread(attribute, memory_type, value) >= 0 ? PETSC_TRUE : PETSC_FALSE;
  (void)H5Sclose(space);
  (void)H5Aclose(attribute);
  return good;
}

/* A string of fixed or of variable length, as h5py and netCDF write them. */
PetscBool kar_h5_get_string(hid_t object, const char name[], size_t size, char value[])
{
  hid_t     attribute = H5Aexists(object, name) > 0 ? H5Aopen(object, name, H5P_DEFAULT) : -1, type, memory, space;
  PetscBool good      = PETSC_FALSE;

  if (attribute < 0) return PETSC_FALSE;
  type  = H5Aget_type(attribute);
  space = H5Aget_space(attribute);
  if (H5Tget_class(type) == H5T_STRING && H5Sget_simple_extent_npoints(space) == 1) {
    memory = H5Tcopy(H5T_C_S1);
    (void)H5Tset_cset(memory, H5Tget_cset(type));
    if (H5Tis_variable_str(type) > 0) {
      char *text = NULL;

      (void)H5Tset_size(memory, H5T_VARIABLE);
      good = H5Aread(attribute, memory, &text) >= 0 && text ? PETSC_TRUE : PETSC_FALSE;
      if (good) (void)snprintf(value, size, "%s", text);
      if (text) (void)H5free_memory(text);
    } else {
      size_t length = H5Tget_size(type);
      char  *text   = calloc(length + 1, 1);

      (void)H5Tset_size(memory, length + 1);
      good = text && H5Aread(attribute, memory, text) >= 0 ? PETSC_TRUE : PETSC_FALSE;
      if (good) (void)snprintf(value, size, "%s", text);
      free(text);
    }
    (void)H5Tclose(memory);
  }
  (void)H5Sclose(space);
  (void)H5Tclose(type);
  (void)H5Aclose(attribute);
  return good;
}

/* The command as it was given, words parted by blanks. */
static size_t Command(size_t size, char text[])
{
  FILE  *file = fopen("/proc/self/cmdline", "r");
  size_t used = file ? fread(text, 1, size - 1, file) : 0;

  if (file) (void)fclose(file);
  while (used && !text[used - 1]) used--;
  for (size_t i = 0; i < used; i++)
    if (!text[i] || text[i] == '\n') text[i] = ' ';
  text[used] = 0;
  return used;
}

/* "2026-11-22T23:20:00Z: karhunen sample -grid_n 64,64", as rank 0 sees it; SOURCE_DATE_EPOCH fixes the date. */
static PetscErrorCode History(MPI_Comm comm, size_t size, char text[])
{
  const char *epoch = getenv("SOURCE_DATE_EPOCH");
  time_t      when  = epoch ? (time_t)atoll(epoch) : time(NULL);
  struct tm   utc;
  size_t      used;

  PetscFunctionBegin;
  memset(text, 0, size);
  used = strftime(text, size, "%Y-%m-%dT%H:%M:%SZ: ", gmtime_r(&when, &utc));
  (void)Command(size - used, text + used);
  PetscCallMPI(MPI_Bcast(text, (PetscMPIInt)size, MPI_CHAR, 0, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarH5PutProvenance(MPI_Comm comm, hid_t file, PetscInt ranks, const char title[])
{
  char      history[8192], source[128], *options = NULL;
  int64_t   n = ranks;
  PetscBool good;

  PetscFunctionBegin;
  PetscCall(History(comm, sizeof(history), history));
  PetscCall(PetscOptionsGetAll(NULL, &options));
  (void)snprintf(source, sizeof(source), "Karhunen %s", KarVersionFull());
  good = kar_h5_put_string(file, "title", title) && kar_h5_put_string(file, "source", source) &&
             kar_h5_put_string(file, "history", history) &&
             kar_h5_put_string(file, "options", options ? options : "") &&
             kar_h5_put_scalar(file, "ranks", H5T_STD_I64LE, H5T_NATIVE_INT64, &n)
           ? PETSC_TRUE
           : PETSC_FALSE;
  PetscCall(PetscFree(options));
  KarCheckAny(comm, good, PETSC_ERR_FILE_WRITE, "the attributes of the file cannot be written: is the disk full?");
  PetscFunctionReturn(PETSC_SUCCESS);
}
