/* What an HDF5 file holds, in words. */
#include "ioimpl.h"
#include <hdf5_hl.h>
#include <sys/stat.h>

#define DEEPEST 16 /* groups in one another that are shown */

typedef struct {
  MPI_Comm comm;
  int      depth;
} Place;

static void Attribute(hid_t object, const char name[], size_t size, char text[])
{
  double    number;
  long long whole;
  hid_t     attribute = H5Aopen(object, name, H5P_DEFAULT), type = H5Aget_type(attribute);

  (void)snprintf(text, size, "...");
  if (H5Tget_class(type) == H5T_STRING) (void)kar_h5_get_string(object, name, size, text);
  else if (H5Tget_class(type) == H5T_INTEGER && kar_h5_get_scalar(object, name, H5T_NATIVE_LLONG, &whole))
    (void)snprintf(text, size, "%lld", whole);
  else if (kar_h5_get_scalar(object, name, H5T_NATIVE_DOUBLE, &number)) (void)snprintf(text, size, "%.10g", number);
  (void)H5Tclose(type);
  (void)H5Aclose(attribute);
}

/* HDF5's own bookkeeping of dimension scales. */
static PetscBool Housekeeping(const char name[])
{
  static const char *const names[] = {
    "CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST", "_Netcdf4Dimid", "_Netcdf4Coordinates", "_NCProperties", NULL};

  for (int i = 0; names[i]; i++)
    if (!strcmp(names[i], name)) return PETSC_TRUE;
  return PETSC_FALSE;
}

static herr_t PrintAttribute(hid_t object, const char name[], const H5A_info_t *info, void *context)
{
  const Place *place = context;
  char         text[16384];

  if (Housekeeping(name)) return 0;
  Attribute(object, name, sizeof(text), text);
  for (char *c = text; *c; c++)
    if (*c == '\n') *c = ' ';
  return PetscPrintf(place->comm, "%*s%-*s %s\n", 2 * place->depth, "", PetscMax(1, 20 - 2 * place->depth), name, text)
           ? -1
           : 0;
}

static void PrintAttributes(hid_t object, Place *place)
{
  hsize_t zero = 0;

  place->depth++;
  if (H5Aiterate2(object, H5_INDEX_CRT_ORDER, H5_ITER_INC, &zero, PrintAttribute, place) < 0) {
    zero = 0;
    (void)H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, &zero, PrintAttribute, place);
  }
  place->depth--;
}

/* "float32 (sample 4, y 64, x 64)" */
static void Shape(hid_t array, size_t size, char text[])
{
  hid_t   type = H5Dget_type(array), space = H5Dget_space(array);
  int     ndim = H5Sget_simple_extent_ndims(space);
  hsize_t shape[H5S_MAX_RANK];
  size_t  used;

  (void)H5Sget_simple_extent_dims(space, shape, NULL);
  used = (size_t)snprintf(text, size, "%s%zu%s",
                          H5Tget_class(type) == H5T_FLOAT     ? "float"
                          : H5Tget_class(type) == H5T_INTEGER ? "int"
                                                              : "type",
                          8 * H5Tget_size(type), ndim ? " (" : "");
  for (int d = 0; d < ndim && used < size; d++) {
    char name[64] = "";

    if (H5DSget_num_scales(array, (unsigned)d) > 0) {
      hid_t scale = -1;

      (void)H5DSiterate_scales(array, (unsigned)d, NULL, kar_h5_first_scale, &scale);
      if (scale >= 0) (void)H5Iget_name(scale, name, sizeof(name));
      if (scale >= 0) (void)H5Dclose(scale);
    }
    used += (size_t)snprintf(text + used, size - used, "%s%s%s%llu%s", d ? ", " : "", name[0] == '/' ? name + 1 : name,
                             name[0] ? " " : "", (unsigned long long)shape[d], d == ndim - 1 ? ")" : "");
  }
  (void)H5Sclose(space);
  (void)H5Tclose(type);
}

/* First and last number of a scale, its length when it is told. */
static void PrintScale(hid_t scale, const char name[], const Place *place)
{
  hid_t   space = H5Dget_space(scale), one;
  hsize_t n = (hsize_t)H5Sget_simple_extent_npoints(space), two[2] = {0, n ? n - 1 : 0}, count = 2;
  double  end[2]    = {0, 0}, length;
  char    units[64] = "";

  one = H5Screate_simple(1, &count, NULL);
  if (n && H5Sselect_elements(space, H5S_SELECT_SET, 2, two) >= 0)
    (void)H5Dread(scale, H5T_NATIVE_DOUBLE, one, space, H5P_DEFAULT, end);
  (void)H5Sclose(one);
  (void)H5Sclose(space);
  (void)kar_h5_get_string(scale, "units", sizeof(units), units);
  if (!strcmp(units, "1")) units[0] = 0;
  (void)PetscPrintf(place->comm, "  %-18s %llu points, %.6g to %.6g %s", name, (unsigned long long)n, end[0], end[1],
                    units);
  if (kar_h5_get_scalar(scale, "length", H5T_NATIVE_DOUBLE, &length))
    (void)PetscPrintf(place->comm, "%s(length %.6g)", units[0] ? " " : "", length);
  (void)PetscPrintf(place->comm, "\n");
}

static herr_t PrintLink(hid_t group, const char name[], const H5L_info_t *link, void *context);

static void PrintGroup(hid_t group, Place *place)
{
  hsize_t zero = 0;

  if (H5Literate(group, H5_INDEX_CRT_ORDER, H5_ITER_INC, &zero, PrintLink, place) < 0) {
    zero = 0;
    (void)H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, &zero, PrintLink, place);
  }
}

static herr_t PrintLink(hid_t group, const char name[], const H5L_info_t *link, void *context)
{
  Place *place = context;
  char   shape[1024];
  hid_t  object;

  if (!place->depth && !strcmp(name, "checks")) return 0;
  object = H5Oopen(group, name, H5P_DEFAULT);
  if (object < 0) return 0;
  if (H5Iget_type(object) == H5I_GROUP &&
      (place->depth == DEEPEST || link->type != H5L_TYPE_HARD)) /* a link may lead in a circle */
    (void)PetscPrintf(place->comm, "%*s%s/ (%s)\n", 2 * place->depth + 2, "", name,
                      link->type == H5L_TYPE_HARD ? "and so on" : "a link");
  else if (H5Iget_type(object) == H5I_GROUP) {
    (void)PetscPrintf(place->comm, "%*s%s/\n", 2 * place->depth + 2, "", name);
    place->depth++;
    PrintAttributes(object, place);
    PrintGroup(object, place);
    place->depth--;
  } else if (H5Iget_type(object) == H5I_DATASET && H5DSis_scale(object) > 0) PrintScale(object, name, place);
  else if (H5Iget_type(object) == H5I_DATASET) {
    Shape(object, sizeof(shape), shape);
    (void)PetscPrintf(place->comm, "%*s%-*s %s\n", 2 * place->depth + 2, "", PetscMax(1, 18 - 2 * place->depth), name,
                      shape);
    place->depth++;
    PrintAttributes(object, place);
    place->depth--;
  }
  (void)H5Oclose(object);
  return 0;
}

PetscErrorCode KarFilePrint(MPI_Comm comm, const char path[])
{
  static const char *const states[] = {"missing", "whole: its checksum fits", "damaged",
                                       "without a checksum of the whole"};
  KarFileState             state;
  PetscMPIInt              rank;
  struct stat              there;
  hid_t                    file     = -1;
  char                     why[512] = "", size[32];

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(KarFileCheck(comm, path, &state));
  KarCheck(comm, state != KAR_FILE_DAMAGED, PETSC_ERR_FILE_READ,
           "%s is damaged: its checksum does not fit; karhunen verify says where", path);
  if (rank == 0) file = kar_h5_open(path, sizeof(why), why);
  KarCheckAny(comm, !why[0], PETSC_ERR_FILE_OPEN, "%s", why);
  if (rank == 0) {
    Place place = {.comm = PETSC_COMM_SELF};

    kar_bytes_text(stat(path, &there) ? 0 : (PetscInt64)there.st_size, sizeof(size), size);
    PetscCall(PetscPrintf(PETSC_COMM_SELF, "%s: %s, %s\n", path, size, states[state]));
    PetscCall(PetscPrintf(PETSC_COMM_SELF, "arrays\n"));
    PrintGroup(file, &place);
    PetscCall(PetscPrintf(PETSC_COMM_SELF, "attributes\n"));
    PrintAttributes(file, &place);
    (void)H5Fclose(file);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
