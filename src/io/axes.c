/* Lengths, origins and units of the box, from the coordinates of its axes: n points h apart are an edge of n h.  What
   is odd about them is noted: a part cut out of a field, steps that differ, an axis that runs down, other units. */
#include "layoutimpl.h"

#include <math.h>
#include <strings.h>

typedef struct {
  double    first, step, least, most; /* of the coordinates; step 0: there are none */
  double    told;                     /* the attribute "length"; 0: none */
  char      units[64];
  hsize_t   n;
  PetscBool turns; /* they go to and fro */
} Axis;

static hid_t Open(KarDataset data, const KarLayout *layout, int d)
{
  hid_t scale = data->array[0].id >= 0 ? kar_axis_scale(data->array[0].id, d) : -1;

  if (scale < 0 && layout->beside[d][0]) {
    const hid_t file = H5Iget_file_id(data->array[0].id);

    scale = H5Dopen2(file, layout->beside[d], H5P_DEFAULT);
    (void)H5Fclose(file);
  }
  return scale;
}

/* All coordinates, when they are numbers, as many as points, and were written. */
static double *ReadNumbers(hid_t scale, hsize_t n)
{
  hid_t      type = H5Dget_type(scale), space = H5Dget_space(scale);
  hsize_t    there = 0;
  double    *x     = NULL;
  char       text[64];
  KarPacking packing;

  if (H5Sget_simple_extent_ndims(space) == 1) (void)H5Sget_simple_extent_dims(space, &there, NULL);
  if (there == n && n > 1 && (H5Tget_class(type) == H5T_FLOAT || H5Tget_class(type) == H5T_INTEGER) &&
      (!kar_h5_get_string(scale, "NAME", sizeof(text), text) ||
       strncmp(text, "This is a netCDF dimension but not", 34)) &&
      !PetscMalloc1(n, &x)) {
    kar_packing_read(scale, &packing);
    if (H5Dread(scale, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, x) < 0) (void)PetscFree(x);
    for (hsize_t j = 0; x && j < n; j++)
      if (kar_packing_value(&packing, &x[j])) (void)PetscFree(x);
  }
  (void)H5Sclose(space);
  (void)H5Tclose(type);
  return x;
}

/* The steps differ by more than rounding. */
static PetscBool Uneven(const Axis *axis)
{
  const double step = fabs(axis->step),
               size = fmax(fabs(axis->first), fabs(axis->first + axis->step * (double)axis->n));

  return axis->most - axis->least > 2e-3 * step + 4e-7 * size ? PETSC_TRUE : PETSC_FALSE;
}

/* Axis i of the box is axis d of the array. */
static void ReadAxis(KarDataset data, const KarLayout *layout, PetscInt i, Axis *axis)
{
  const int   d     = layout->space[i];
  const hid_t scale = Open(data, layout, d);
  double     *x;

  *axis = (Axis){.n = layout->shape[d]};
  if (scale < 0) return;
  (void)kar_h5_get_string(scale, "units", sizeof(axis->units), axis->units);
  if (!kar_h5_get_scalar(scale, "length", H5T_NATIVE_DOUBLE, &axis->told) || !(axis->told > 0) || !isfinite(axis->told))
    axis->told = 0;
  x = ReadNumbers(scale, axis->n);
  if (x) {
    axis->first = x[0];
    axis->step  = (x[axis->n - 1] - x[0]) / (double)(axis->n - 1);
    axis->least = axis->most = x[1] - x[0];
    for (hsize_t j = 1; j < axis->n; j++) {
      axis->least = fmin(axis->least, x[j] - x[j - 1]);
      axis->most  = fmax(axis->most, x[j] - x[j - 1]);
    }
    if (data->options.even && Uneven(axis) && !data->place[i])
      axis->turns = kar_axis_even(data, i, (PetscInt)axis->n, x) ? PETSC_FALSE : PETSC_TRUE;
  }
  (void)PetscFree(x);
  (void)H5Dclose(scale);
}

/* Metres, and degrees, under the names that they go by: the unit's size in the one of its kind; 0: of no kind that we
 * know. */
static double Size(const char units[], char kind[16])
{
  static const struct {
    const char *name, *kind;
    double      size;
  } known[] = {{"m", "m", 1},
               {"meter", "m", 1},
               {"meters", "m", 1},
               {"metre", "m", 1},
               {"metres", "m", 1},
               {"km", "m", 1e3},
               {"kilometer", "m", 1e3},
               {"kilometers", "m", 1e3},
               {"kilometre", "m", 1e3},
               {"kilometres", "m", 1e3},
               {"cm", "m", 1e-2},
               {"mm", "m", 1e-3},
               {"um", "m", 1e-6},
               {"nm", "m", 1e-9},
               {"radians", "degrees", 57.295779513082320877},
               {"rad", "degrees", 57.295779513082320877}};

  if (!strncasecmp(units, "degree", 6)) return (void)snprintf(kind, 16, "degrees"), 1;
  for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
    if (!strcmp(units, known[i].name)) return (void)snprintf(kind, 16, "%s", known[i].kind), known[i].size;
  return 0;
}

/* Other axes in the unit of the first that has one, where they are of one kind. */
static void ShareUnits(KarDataset data, const char *const name[], Axis axis[])
{
  PetscInt first = -1;

  for (PetscInt i = 0; i < data->info.dim; i++) {
    char   kind[2][16] = {"", ""};
    double size[2];

    if (!axis[i].units[0]) continue;
    if (first < 0) first = i;
    if (!strcmp(axis[i].units, axis[first].units)) continue;
    size[0] = Size(axis[first].units, kind[0]);
    size[1] = Size(axis[i].units, kind[1]);
    if (size[0] > 0 && size[1] > 0 && !strcmp(kind[0], kind[1])) {
      const double factor = size[1] / size[0];

      if (factor == 1) continue;
      axis[i].first *= factor, axis[i].step *= factor, axis[i].least *= factor, axis[i].most *= factor,
        axis[i].told *= factor;
      kar_dataset_note(data, "%s is in %s and %s in %s: both are taken in %s", name[first], axis[first].units, name[i],
                       axis[i].units, axis[first].units);
    } else
      kar_dataset_note(data,
                       "%s is in %s and %s in %s: lengths of unlike kinds in one box; -grid_length is of numbers alone",
                       name[first], axis[first].units, name[i], axis[i].units);
  }
  if (first >= 0)
    (void)snprintf(data->info.units, sizeof(data->info.units), "%s",
                   strncasecmp(axis[first].units, "degree", 6) ? axis[first].units : "degrees");
}

/* The edge of axis i, and what is odd about it. */
static void Judge(KarDataset data, const char name[], const Axis *axis, PetscInt i)
{
  const double step = fabs(axis->step), length = step * (double)axis->n;

  if (axis->told > 0) data->info.length[i] = axis->told;
  if (!(step > 0) || !isfinite(length)) return;
  if (axis->told > 0 && fabs(axis->told - length) > 1e-6 * length) {
    kar_dataset_note(data,
                     "%s: %lld points %g apart are a length of %g, its attribute says %g: the coordinates are "
                     "believed; a part of a periodic field is not periodic",
                     name, (long long)axis->n, step, length, axis->told);
    data->info.length[i] = length;
  } else if (!(axis->told > 0)) data->info.length[i] = length;
  if (data->place[i])
    kar_dataset_note(data, "%s is not uniform, its steps go from %g to %g: interpolated linearly to points %g apart",
                     name, axis->least, axis->most, step);
  else if (Uneven(axis))
    kar_dataset_note(data, "%s is not uniform, its steps go from %g to %g: the points are taken as %g apart; %s", name,
                     axis->least, axis->most, step,
                     axis->turns ? "it turns back, so that nothing lies between its points"
                                 : "-resample_axes interpolates");
  data->info.step[i]   = axis->step;
  data->info.first[i]  = axis->first;
  data->info.origin[i] = axis->first - (data->info.basis == KAR_BASIS_COSINE ? axis->step / 2 : 0);
  if (fabs(data->info.origin[i]) < 1e-6 * length) data->info.origin[i] = 0;
  if (axis->step < 0)
    kar_dataset_note(data, "%s runs down, from %g to %g: kept in this order", name, axis->first,
                     axis->first + axis->step * (double)(axis->n - 1));
}

void kar_axes_read(KarDataset data)
{
  static const char *const letters[3][3] = {{"x"}, {"y", "x"}, {"z", "y", "x"}};
  const KarLayout         *layout        = &data->array[0].layout;
  KarDatasetInfo          *info          = &data->info;
  const char              *name[3];
  Axis                     axis[3];
  PetscInt                 most = PetscMax(info->n[0], PetscMax(info->n[1], info->n[2]));
  PetscReal                unit = 1 / (PetscReal)most;

  if (data->suspect) most = 0;
  for (PetscInt i = 0; i < info->dim && most; i++) {
    name[i] = layout->name[layout->space[i]][0] ? layout->name[layout->space[i]] : letters[info->dim - 1][i];
    ReadAxis(data, layout, i, &axis[i]);
  }
  if (most) ShareUnits(data, name, axis);
  for (PetscInt i = info->dim - 1; i >= 0 && most; i--) /* square points where the file does not tell */
    if (axis[i].step != 0) unit = fabs(axis[i].step);
    else if (axis[i].told > 0) unit = axis[i].told / (PetscReal)info->n[i];
  for (PetscInt i = 0; i < info->dim; i++) info->length[i] = (PetscReal)info->n[i] * unit;
  for (PetscInt i = 0; i < info->dim && most; i++) Judge(data, name[i], &axis[i], i);
}
