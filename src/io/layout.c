/* Which axes of an array are samples, components, z, y, x.  In this order: -axes; the names of the axes; arrays of
   coordinates beside it; else the number of axes:

     (x)   (y,x)   (s,y,x)   (s,c,y,x) when c <= 4, (s,y,x,c) when the last is <= 4, else (s,z,y,x)   (s,c,z,y,x),
   (s,z,y,x,c). */
#include "layoutimpl.h"

#include <hdf5_hl.h>

static int Count(const KarLayout *layout, const char roles[])
{
  int count = 0;

  for (int d = 0; d < layout->ndim; d++)
    if (layout->role[d] && strchr(roles, layout->role[d])) count++;
  return count;
}

/* "s,y,x" or "syx" */
static PetscBool ByOption(const char axes[], const char path[], KarLayout *layout, size_t size, char why[])
{
  int d = 0;

  for (const char *c = axes; *c; c++) {
    if (*c == ',' || *c == ' ') continue;
    if (!strchr("sczyx", *c))
      return (void)snprintf(why, size, "-axes %s: %c is none of s (samples), c (components), z, y, x", axes, *c),
             PETSC_FALSE;
    if (d < layout->ndim) layout->role[d] = *c;
    d++;
  }
  if (d != layout->ndim)
    return (void)snprintf(why, size, "-axes %s: %s has %d axes, not %d", axes, path, layout->ndim, d), PETSC_FALSE;
  layout->rule = "as -axes says";
  return PETSC_TRUE;
}

/* Axes that nothing names, among axes of space that are named: before them samples, or few components of samples; after
   them few components. */
static PetscBool AmongSpace(const char path[], KarLayout *layout, size_t size, char why[])
{
  PetscBool space = PETSC_FALSE, samples = PETSC_FALSE;

  for (int d = 0; d < layout->ndim; d++) {
    if (strchr("xyz", layout->role[d])) space = PETSC_TRUE;
    if (layout->role[d] == 's') samples = PETSC_TRUE;
    if (layout->role[d] != '?') continue;
    if (space && layout->shape[d] > 4)
      return (void)snprintf(why, size, "%s: is axis %d%s%s, %lld long, samples, components or space? say so with -axes",
                            path, d, layout->name[d][0] ? ", " : "", layout->name[d], (long long)layout->shape[d]),
             PETSC_FALSE;
    layout->role[d] = space || (samples && layout->shape[d] <= 4) ? 'c' : 's';
  }
  return PETSC_TRUE;
}

static PetscBool ByNumber(const char path[], KarLayout *layout, size_t size, char why[])
{
  static const char *const usual[] = {"", "x", "yx", "syx", "szyx", "sczyx"};
  const hsize_t           *n       = layout->shape;
  const char              *roles   = usual[PetscMin(layout->ndim, 5)];

  if (layout->ndim == 4) roles = n[1] <= 4 ? "scyx" : n[3] <= 4 ? "syxc" : "szyx";
  if (layout->ndim == 5 && n[1] > 4 && n[4] <= 4) roles = "szyxc";
  if (layout->ndim > 5)
    return (void)snprintf(why, size, "%s has %d axes without names: say what they are, as in -axes s,s,c,z,y,x", path,
                          layout->ndim),
           PETSC_FALSE;
  for (int d = 0; d < layout->ndim; d++) layout->role[d] = roles[d];
  layout->rule = "by the number of its axes";
  return PETSC_TRUE;
}

/* z, y, x in this order when each is told; otherwise in the order of the file, and called so. */
static PetscBool Finish(const char path[], KarLayout *layout, size_t size, char why[])
{
  static const char *const letters[] = {"", "x", "yx", "zyx"};
  int                      distinct  = 1;

  layout->dim     = 0;
  layout->samples = layout->components = 1;
  for (int d = 0; d < layout->ndim; d++) {
    if (layout->role[d] == 'b')
      return (void)snprintf(why, size, "%s holds the bounds of coordinates, no fields", path), PETSC_FALSE;
    if (layout->role[d] == 's') layout->samples *= (PetscInt)layout->shape[d];
    else if (layout->role[d] == 'c') layout->components *= (PetscInt)layout->shape[d];
    else if (layout->dim < 3) layout->space[layout->dim++] = d;
    else layout->dim = 4;
  }
  if (layout->dim < 1 || layout->dim > 3)
    return (void)snprintf(why, size, "%s has %s axes of space: a field has 1 to 3; say what its axes are with -axes",
                          path, layout->dim ? "more than 3" : "no"),
           PETSC_FALSE;
  for (int i = 0; i < layout->dim; i++)
    for (int j = 0; j < i; j++)
      if (layout->role[layout->space[i]] == layout->role[layout->space[j]]) distinct = 0;
  for (int i = 0; i < layout->dim; i++)
    if (layout->role[layout->space[i]] == '?') distinct = 0;
  for (int i = 0; distinct && i < layout->dim; i++)
    for (int j = i + 1; j < layout->dim; j++)
      if (layout->role[layout->space[j]] > layout->role[layout->space[i]]) {
        const int swap = layout->space[i];

        layout->space[i] = layout->space[j], layout->space[j] = swap;
      }
  for (int i = 0; !distinct && i < layout->dim; i++) layout->role[layout->space[i]] = letters[layout->dim][i];
  return PETSC_TRUE;
}

static PetscBool Roles(hid_t array, const char path[], const char axes[], int ours, KarLayout *layout, size_t size,
                       char why[])
{
  const int space = layout->ndim - ours;

  for (int d = 0; d < layout->ndim && ours > 0; d++) layout->role[d] = d >= space ? '?' : d ? 'c' : 's';
  layout->rule = ours > 0 ? "as we write" : "by the names of its axes";
  if (ours > 0) return PETSC_TRUE;
  if (ours < 0) kar_layout_name(array, layout);
  if (axes[0]) return ByOption(axes, path, layout, size, why);
  if (Count(layout, "?") == layout->ndim && ours < 0 && kar_layout_beside(array, path, layout))
    layout->rule = "by the coordinates beside it";
  if (Count(layout, "?") == layout->ndim) return ByNumber(path, layout, size, why);
  return !Count(layout, "xyz") || AmongSpace(path, layout, size, why) ? PETSC_TRUE : PETSC_FALSE;
}

PetscBool kar_layout_find(hid_t array, const char path[], const char axes[], int ours, KarLayout *layout, size_t size,
                          char why[])
{
  hid_t space = H5Dget_space(array);
  int   ndim  = H5Sget_simple_extent_ndims(space);

  *layout = (KarLayout){.ndim = ndim};
  if (ndim >= 1 && ndim <= KAR_AXES) (void)H5Sget_simple_extent_dims(space, layout->shape, NULL);
  (void)H5Sclose(space);
  if (ndim < 1 || ndim > KAR_AXES)
    return (void)snprintf(why, size, "%s %s: no field", path, ndim > 0 ? "has more than 8 axes" : "is a single number"),
           PETSC_FALSE;
  for (int d = 0; d < ndim; d++) {
    if (!layout->shape[d])
      return (void)snprintf(why, size, "%s is empty: one of its axes has no points", path), PETSC_FALSE;
    layout->role[d] = '?';
  }
  return Roles(array, path, axes, ours, layout, size, why) && Finish(path, layout, size, why) ? PETSC_TRUE
                                                                                              : PETSC_FALSE;
}

void kar_layout_own(KarArray *array, PetscInt samples, PetscInt times, PetscInt components, PetscInt dim,
                    const PetscInt n[3])
{
  static const char *const letters[] = {"", "x", "yx", "zyx"};
  KarLayout               *l         = &array->layout;

  *l = (KarLayout){
    .ndim = array->ndim, .dim = (int)dim, .samples = samples, .components = components, .rule = "as we write"};
  for (int d = 0; d < l->ndim; d++) {
    const int i = d - array->space;

    const int time = times && d == array->sample + 1;

    l->role[d]  = i >= 0 ? letters[dim][i] : d == array->sample || time ? 's' : 'c';
    l->shape[d] = (hsize_t)(i >= 0               ? n[i]
                            : time               ? times
                            : d == array->sample ? samples / PetscMax(times, 1)
                                                 : components);
    if (i >= 0) l->space[i] = d;
  }
}
