/* Arrays without names, whose coordinates lie beside them: PDEBench (tensor, x-coordinate, t-coordinate), MATLAB and
   hand-written files (u, lat, lon); and The Well (t1_fields/velocity, /dimensions/x), whose groups say how many axes
   are components. */
#include "layoutimpl.h"

typedef struct {
  char    name[48], role;
  hsize_t length;
} Coordinate;

#define MOST 16

typedef struct {
  Coordinate one[MOST];
  int        count;
  PetscBool  pdebench; /* they are named x-coordinate: axes in the order x, y, z */
} Beside;

static herr_t Collect(hid_t group, const char name[], const H5L_info_t *link, void *context)
{
  Beside *beside = context;
  char    word[48];
  hsize_t n[H5S_MAX_RANK];
  hid_t   array, space, type;

  (void)snprintf(word, sizeof(word), "%.47s", name);
  if (strstr(word, "-coordinate")) *strstr(word, "-coordinate") = 0;
  const char role = kar_axis_role(word);

  if (!strchr("sxyz", role) || beside->count == MOST) return 0;
  array = H5Oopen(group, name, H5P_DEFAULT);
  if (array < 0) return 0;
  if (H5Iget_type(array) == H5I_DATASET) {
    space = H5Dget_space(array);
    type  = H5Dget_type(array);
    if (H5Sget_simple_extent_ndims(space) == 1 && H5Sget_simple_extent_dims(space, n, NULL) == 1 &&
        (H5Tget_class(type) == H5T_FLOAT || H5Tget_class(type) == H5T_INTEGER)) {
      Coordinate *c = &beside->one[beside->count++];

      *c = (Coordinate){.role = role, .length = n[0]};
      (void)snprintf(c->name, sizeof(c->name), "%.47s", name);
      if (strstr(name, "-coordinate")) beside->pdebench = PETSC_TRUE;
    }
    (void)H5Tclose(type);
    (void)H5Sclose(space);
  }
  (void)H5Oclose(array);
  return 0;
}

static const Coordinate *Of(const Beside *beside, char role)
{
  for (int i = 0; i < beside->count; i++)
    if (beside->one[i].role == role) return &beside->one[i];
  return NULL;
}

/* The axes from d on are those of space, in this order. */
static PetscBool Fits(const Beside *beside, const char order[], const KarLayout *layout, int d)
{
  for (; *order; order++) {
    const Coordinate *c = Of(beside, *order);

    if (!c) continue;
    if (d >= layout->ndim || layout->shape[d] != c->length) return PETSC_FALSE;
    d++;
  }
  for (; d < layout->ndim; d++)
    if (layout->shape[d] > 4) return PETSC_FALSE;
  return PETSC_TRUE;
}

static void Take(const Beside *beside, const char order[], const char folder[], KarLayout *layout, int d)
{
  for (; *order; order++) {
    const Coordinate *c = Of(beside, *order);

    if (!c) continue;
    layout->role[d] = *order;
    (void)snprintf(layout->name[d], sizeof(layout->name[d]), "%s", c->name);
    (void)snprintf(layout->beside[d], sizeof(layout->beside[d]), "%s%s%s", folder, folder[0] ? "/" : "", c->name);
    d++;
  }
}

/* Axes before those of space that the coordinates of samples fit: n points, or n + 1 with the first state. */
static int TakeSamples(const Beside *beside, KarLayout *layout, int space)
{
  int unknown = 0;

  for (int d = 0; d < space; d++) {
    for (int i = 0; i < beside->count; i++)
      if (beside->one[i].role == 's' &&
          (beside->one[i].length == layout->shape[d] || beside->one[i].length == layout->shape[d] + 1)) {
        layout->role[d] = 's';
        (void)snprintf(layout->name[d], sizeof(layout->name[d]), "%s", beside->one[i].name);
      }
    if (layout->role[d] == '?') unknown++;
  }
  return unknown;
}

static PetscBool ByCoordinates(hid_t group, const char folder[], KarLayout *layout)
{
  static const char *const orders[] = {"zyx", "xyz"};
  Beside                   beside   = {.count = 0};
  KarLayout                before   = *layout;
  hsize_t                  zero     = 0;
  int                      space    = 0;

  (void)H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, &zero, Collect, &beside);
  for (const char *c = "xyz"; *c; c++)
    if (Of(&beside, *c)) space++;
  for (int o = 0; o < 2 && space; o++) {
    const char *order = orders[beside.pdebench ? 1 - o : o];

    for (int d = layout->ndim - space; d >= 0; d--) {
      if (!Fits(&beside, order, layout, d)) continue;
      Take(&beside, order, folder, layout, d);
      if (TakeSamples(&beside, layout, d) <= 1) return PETSC_TRUE;
      *layout = before;
    }
  }
  return PETSC_FALSE;
}

/* The Well: [sample] [time] space... components..., as many of these as the group's digit says. */
static PetscBool ByTheWell(hid_t array, hid_t file, const char path[], KarLayout *layout)
{
  const char *const axes[] = {"sample_varying", "time_varying"};
  int               d      = 0, last;
  signed char       yes;

  if (path[0] != 't' || path[1] < '0' || path[1] > '3' || strncmp(path + 2, "_fields/", 8) ||
      H5Lexists(file, "dimensions", H5P_DEFAULT) <= 0)
    return PETSC_FALSE;
  last = layout->ndim - (path[1] - '0');
  for (int i = 0; i < 2; i++) {
    if (!kar_h5_get_scalar(array, axes[i], H5T_NATIVE_SCHAR, &yes)) yes = 1;
    if (yes && d < layout->ndim) {
      layout->role[d] = 's';
      (void)snprintf(layout->name[d++], sizeof(layout->name[0]), "%s", i ? "time" : "trajectory");
    }
  }
  if (last - d < 1 || last - d > 3) return PETSC_FALSE;
  for (int i = last; i < layout->ndim; i++) layout->role[i] = 'c';
  for (int i = 0; d < last; i++, d++) {
    layout->role[d] = "xyz"[i];
    (void)snprintf(layout->name[d], sizeof(layout->name[d]), "%c", "xyz"[i]);
    (void)snprintf(layout->beside[d], sizeof(layout->beside[d]), "dimensions/%c", "xyz"[i]);
  }
  return PETSC_TRUE;
}

PetscBool kar_layout_beside(hid_t array, const char path[], KarLayout *layout)
{
  const char *slash = strrchr(path, '/');
  char        folder[KAR_PATH];
  hid_t       file = H5Iget_file_id(array), group;
  PetscBool   good;

  (void)snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) : 0, path);
  good = ByTheWell(array, file, path, layout);
  if (!good) {
    for (int d = 0; d < layout->ndim; d++) layout->role[d] = '?';
    group = H5Gopen2(file, folder[0] ? folder : "/", H5P_DEFAULT);
    good  = group >= 0 ? ByCoordinates(group, folder, layout) : PETSC_FALSE;
    if (group >= 0) (void)H5Gclose(group);
  }
  (void)H5Fclose(file);
  return good;
}
