/* Numbers in a file of others as values, by the conventions of netCDF and CF: value = scale_factor number + add_offset;
   _FillValue, missing_value and what lies outside valid_min, valid_max, valid_range are no values.  All of these are in
   the numbers of the file. */
#include "datasetimpl.h"

#include <math.h>

/* What netCDF puts where nothing was written. */
#define NC_FLOAT  ((double)9.9692099683868690e+36F)
#define NC_DOUBLE 9.9692099683868690e+36

/* Up to `most` numbers of an attribute; how many. */
static int GetNumbers(hid_t array, const char name[], int most, double value[])
{
  hid_t  id    = H5Aexists(array, name) > 0 ? H5Aopen(array, name, H5P_DEFAULT) : -1, space, type;
  int    count = 0;
  double all[16];

  if (id < 0) return 0;
  space                = H5Aget_space(id);
  type                 = H5Aget_type(id);
  const hssize_t there = H5Sget_simple_extent_npoints(space);

  if ((H5Tget_class(type) == H5T_FLOAT || H5Tget_class(type) == H5T_INTEGER) && there >= 1 && there <= 16 &&
      H5Aread(id, H5T_NATIVE_DOUBLE, all) >= 0)
    for (; count < most && count < (int)there; count++) value[count] = all[count];
  (void)H5Tclose(type);
  (void)H5Sclose(space);
  (void)H5Aclose(id);
  return count;
}

static void AddMissing(hid_t array, const char name[], KarPacking *packing)
{
  double    value[4];
  const int count = GetNumbers(array, name, 4, value);

  for (int i = 0; i < count && packing->missing < 6; i++) {
    packing->name[packing->missing]    = name;
    packing->value[packing->missing++] = value[i];
  }
}

void kar_packing_read(hid_t array, KarPacking *packing)
{
  hid_t  type = H5Dget_type(array);
  double range[2];
  char   text[8];

  *packing        = (KarPacking){.scale = 1, .low = -INFINITY, .high = INFINITY};
  packing->single = H5Tget_class(type) == H5T_FLOAT && H5Tget_size(type) <= 4 ? PETSC_TRUE : PETSC_FALSE;
  packing->packed =
    GetNumbers(array, "scale_factor", 1, &packing->scale) + GetNumbers(array, "add_offset", 1, &packing->offset)
      ? PETSC_TRUE
      : PETSC_FALSE;
  if (kar_h5_get_string(array, "_Unsigned", sizeof(text), text) && !strcmp(text, "true") &&
      H5Tget_class(type) == H5T_INTEGER)
    packing->wrap = ldexp(1, (int)(8 * H5Tget_size(type)));
  AddMissing(array, "_FillValue", packing);
  AddMissing(array, "missing_value", packing);
  packing->range = GetNumbers(array, "valid_min", 1, &packing->low) + GetNumbers(array, "valid_max", 1, &packing->high)
                     ? PETSC_TRUE
                     : PETSC_FALSE;
  if (GetNumbers(array, "valid_range", 2, range) == 2)
    packing->range = PETSC_TRUE, packing->low = range[0], packing->high = range[1];
  if (packing->wrap > 0 && packing->low > packing->high) packing->high += packing->wrap;
  (void)H5Tclose(type);
}

const char *kar_packing_value(const KarPacking *packing, double *number)
{
  double raw = *number;

  if (isnan(raw)) return "it is not a number";
  if (isinf(raw)) return "it is infinite";
  for (int i = 0; i < packing->missing; i++)
    if (raw == packing->value[i] || (packing->single && (float)raw == (float)packing->value[i]))
      return packing->name[i];
  if (raw == NC_FLOAT || raw == NC_DOUBLE) return "it is netCDF's mark of what was never written";
  if (packing->wrap > 0 && raw < 0) raw += packing->wrap;
  if (packing->range && (raw < packing->low || raw > packing->high)) return "it lies outside the valid_range";
  *number = packing->packed ? raw * packing->scale + packing->offset : raw;
  return isfinite(*number) ? NULL : "it is not finite when unpacked";
}
