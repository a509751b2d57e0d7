/* Discrete sampling geometries of CF: places x, y, z (i) with values v(i), v(sample, i) or v(i, sample), and tracks
   x, y (track, i) with v(track, i). Contiguous ragged tracks are of the first kind. Fill values are no places and no
   data. */
#include "sampledimpl.h"

#include <hdf5_hl.h>
#include <math.h>
#include <stdlib.h>

enum { ARRAYS = 256, NOISE = 3, VALUE = 4, ROLES };

typedef struct {
  char      name[KAR_PATH], standard[128], units[64];
  int       ndim;
  hsize_t   n[4];
  PetscBool degrees, scale, helps; /* helps: says something of others, is no value */
} Array;

typedef struct {
  hid_t                 file;
  const KarSampledWhat *what;
  int                   arrays, role[ROLES]; /* numbers of the arrays of x, y, z, noise and values; -1: none */
  Array                *array;
  size_t                size;
  char                 *why;
} Geometry;

static const char letters[] = "xyz";

static PetscBool StartsWith(const char text[], const char with[])
{
  return (PetscBool)!strncmp(text, with, strlen(with));
}

/* What is known of one array; false when it has no numbers. */
static PetscBool Look(hid_t id, const char name[], Array *a)
{
  static const char *const helpers[]      = {"cf_role", "sample_dimension", "instance_dimension", "grid_mapping_name"},
                           *const names[] = {"time", "station", "sample", "lat", "lon", "latitude", "longitude"};
  const hid_t                     type = H5Dget_type(id), space = H5Dget_space(id);
  PetscBool good = (PetscBool)(H5Tget_class(type) == H5T_FLOAT || H5Tget_class(type) == H5T_INTEGER);
  char      text[128];

  *a       = (Array){.ndim = H5Sget_simple_extent_ndims(space)};
  a->scale = (PetscBool)(H5DSis_scale(id) > 0);
  good     = (PetscBool)(good && a->ndim >= 1 && a->ndim <= 4);
  if (good) (void)H5Sget_simple_extent_dims(space, a->n, NULL);
  (void)H5Sclose(space);
  (void)H5Tclose(type);
  (void)snprintf(a->name, sizeof(a->name), "%s", name);
  (void)kar_h5_get_string(id, "standard_name", sizeof(a->standard), a->standard);
  (void)kar_h5_get_string(id, "units", sizeof(a->units), a->units);
  a->degrees = (PetscBool)(StartsWith(a->units, "degree") || !strcmp(a->standard, "longitude") ||
                           !strcmp(a->standard, "latitude") || !strcmp(name, "lon") || !strcmp(name, "lat") ||
                           !strcmp(name, "longitude") || !strcmp(name, "latitude"));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(helpers); i++)
    if (kar_h5_get_string(id, helpers[i], sizeof(text), text)) a->helps = PETSC_TRUE;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(names); i++)
    if (!strcmp(name, names[i]) || !strcmp(a->standard, names[i])) a->helps = PETSC_TRUE;
  if (kar_h5_get_string(id, "axis", sizeof(text), text) || strstr(a->units, " since ")) a->helps = PETSC_TRUE;
  return good;
}

/* x, y, z: by name, else by axis, else by standard_name; not in degrees but by name. */
static void FindPlaces(Geometry *g)
{
  static const char *const standard[] = {"projection_x_coordinate", "projection_y_coordinate", "height"};
  char                     text[8];

  for (int by = 0; by < 3; by++)
    for (int i = 0; i < g->arrays; i++)
      for (int c = 0; c < 3; c++) {
        const Array *a  = &g->array[i];
        PetscBool    is = PETSC_FALSE;

        if (g->role[c] >= 0 || a->ndim > 2 || (by && (a->degrees || (g->what->dim && c >= g->what->dim)))) continue;
        if (by == 0) is = (PetscBool)(a->name[0] == letters[c] && !a->name[1]);
        else if (by == 2) is = (PetscBool)!strcmp(a->standard, standard[c]);
        else {
          const hid_t id = H5Dopen2(g->file, a->name, H5P_DEFAULT);

          is = (PetscBool)(id >= 0 && kar_h5_get_string(id, "axis", sizeof(text), text) &&
                           text[0] == letters[c] - 'x' + 'X' && !text[1]);
          if (id >= 0) (void)H5Dclose(id);
        }
        if (is) g->role[c] = i;
      }
}

/* Is v an array of values on places of this shape? axis: of its samples, -1: it has one; space: its first of places. */
static PetscBool Fits(const Array *v, const Array *x, int *axis)
{
  *axis = -1;
  if (x->ndim == 2) return (PetscBool)(v->ndim == 2 && v->n[0] == x->n[0] && v->n[1] == x->n[1]);
  if (v->ndim == 1) return (PetscBool)(v->n[0] == x->n[0]);
  if (v->ndim != 2) return PETSC_FALSE;
  if (v->n[1] == x->n[0]) return *axis = 0, PETSC_TRUE;
  if (v->n[0] == x->n[0]) return *axis = 1, PETSC_TRUE;
  return PETSC_FALSE;
}

static int FindNamed(const Geometry *g, const char name[])
{
  for (int i = 0; i < g->arrays; i++)
    if (!strcmp(g->array[i].name, name[0] == '/' ? name + 1 : name)) return i;
  return -1;
}

static PetscBool IsRole(const Geometry *g, int i)
{
  return (PetscBool)(i == g->role[0] || i == g->role[1] || i == g->role[2] || i == g->role[NOISE]);
}

/* The standard deviations: named, or a standard_error among the ancillary variables of the values. */
static void FindNoise(Geometry *g)
{
  char text[512], *rest = text;

  if (g->what->noise[0]) {
    g->role[NOISE] = FindNamed(g, g->what->noise);
    if (g->role[NOISE] < 0) (void)snprintf(g->why, g->size, "no array %s of noise", g->what->noise);
    return;
  }
  for (int i = 0; i < g->arrays && g->role[NOISE] < 0; i++) {
    const hid_t id = H5Dopen2(g->file, g->array[i].name, H5P_DEFAULT);

    if (g->what->variable[0] && i != FindNamed(g, g->what->variable)) text[0] = 0;
    else if (id < 0 || !kar_h5_get_string(id, "ancillary_variables", sizeof(text), text)) text[0] = 0;
    rest = text;
    for (char *word = strtok_r(rest, " ", &rest); word && g->role[NOISE] < 0; word = strtok_r(NULL, " ", &rest)) {
      const int   of  = FindNamed(g, word);
      const char *end = of < 0 ? NULL : strstr(g->array[of].standard, " standard_error");

      if (end) g->role[NOISE] = of;
    }
    if (id >= 0) (void)H5Dclose(id);
  }
}

/* The values: named, or all that there is on the places. */
static void FindValues(Geometry *g)
{
  const Array *x = &g->array[g->role[0]];
  char         names[256];
  size_t       used = 0;
  int          axis, count = 0;

  if (g->what->variable[0]) {
    g->role[VALUE] = FindNamed(g, g->what->variable);
    if (g->role[VALUE] < 0) (void)snprintf(g->why, g->size, "no array %s", g->what->variable);
    return;
  }
  names[0] = 0;
  for (int i = 0; i < g->arrays; i++) {
    if (IsRole(g, i) || g->array[i].helps || g->array[i].scale || !Fits(&g->array[i], x, &axis)) continue;
    g->role[VALUE] = i;
    if (used < sizeof(names) - 1)
      used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", count ? ", " : "", g->array[i].name);
    count++;
  }
  if (count > 1)
    (void)snprintf(g->why, g->size, "several arrays of values on its places: give -obs_variable, one of %.150s", names);
}

/* Do x and y cut a plane into a raster, whose values have an axis for each? */
static PetscBool IsRaster(const Geometry *g)
{
  const Array *x = &g->array[g->role[0]], *y = g->role[1] < 0 ? NULL : &g->array[g->role[1]],
              *v = g->role[VALUE] < 0 ? NULL : &g->array[g->role[VALUE]];

  if (!y || x->ndim != 1 || y->ndim != 1) return PETSC_FALSE;
  if (x->n[0] != y->n[0]) return PETSC_TRUE;
  if (x->scale && y->scale) return PETSC_TRUE;
  return (PetscBool)(v && v->ndim >= 2 && v->n[v->ndim - 1] == x->n[0] && v->n[v->ndim - 2] == x->n[0]);
}

/* Reads one array at the places, [rows]; NaN where it has none. */
static double *ReadColumn(Geometry *g, int which, hsize_t rows)
{
  const Array *a = &g->array[which], *x = &g->array[g->role[0]];
  hsize_t      first[4] = {0}, many[4];
  int          axis;
  KarPacking   packing;
  double      *values = NULL;

  if (!Fits(a, x, &axis)) {
    (void)snprintf(g->why, g->size,
                   "%s does not lie on the places %s, of which there are %llu: arrays of one shape, or with an axis of "
                   "samples more, are expected",
                   a->name, x->name, (unsigned long long)rows);
    return NULL;
  }
  (void)memcpy(many, a->n, sizeof(many));
  if (axis >= 0) {
    if ((hsize_t)g->what->sample >= a->n[axis])
      return (void)snprintf(g->why, g->size, "-obs_sample %lld: %s has %llu samples", (long long)g->what->sample,
                            a->name, (unsigned long long)a->n[axis]),
             NULL;
    first[axis] = (hsize_t)g->what->sample, many[axis] = 1;
  }
  const hid_t id = H5Dopen2(g->file, a->name, H5P_DEFAULT), space = H5Dget_space(id),
              memory = H5Screate_simple(1, &rows, NULL);

  values = malloc(rows * sizeof(*values));
  kar_packing_read(id, &packing);
  if (!values || H5Sselect_hyperslab(space, H5S_SELECT_SET, first, NULL, many, NULL) < 0 ||
      H5Dread(id, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, values) < 0)
    (void)snprintf(g->why, g->size, "%s cannot be read", a->name);
  for (hsize_t i = 0; !g->why[0] && i < rows; i++)
    if (kar_packing_value(&packing, &values[i])) values[i] = NAN;
  (void)H5Sclose(memory);
  (void)H5Sclose(space);
  (void)H5Dclose(id);
  return values;
}

/* Rows that have all their places, and a value where values are asked for. */
static void Keep(Geometry *g, double *const column[ROLES], hsize_t rows, KarTable *table, PetscInt *missing)
{
  static const int to[ROLES] = {KAR_SAMPLED_X, KAR_SAMPLED_Y, KAR_SAMPLED_Z, KAR_SAMPLED_NOISE, KAR_SAMPLED_VALUE};

  for (int c = 0; c < ROLES && !g->why[0]; c++)
    if (column[c] && PetscMalloc1(rows, &table->column[to[c]])) (void)snprintf(g->why, g->size, "no memory");
  for (hsize_t i = 0; i < rows && !g->why[0]; i++) {
    PetscBool there = PETSC_TRUE;

    for (int c = 0; c < ROLES; c++)
      if (c != NOISE && column[c] && isnan(column[c][i])) there = PETSC_FALSE;
    if (!there) {
      ++*missing;
      continue;
    }
    if (column[NOISE] && isnan(column[NOISE][i]))
      (void)snprintf(g->why, g->size, "%s[%llu] is missing, where there is a value", g->array[g->role[NOISE]].name,
                     (unsigned long long)i);
    for (int c = 0; c < ROLES; c++)
      if (column[c]) table->column[to[c]][table->rows] = column[c][i];
    table->rows++;
  }
  if (!g->why[0] && !table->rows) (void)snprintf(g->why, g->size, "no place has a value");
  if (!g->why[0] && PetscCalloc1(table->rows, &table->line)) (void)snprintf(g->why, g->size, "no memory");
}

static void ReadAll(Geometry *g, KarTable *table, PetscInt *missing)
{
  const Array *x             = &g->array[g->role[0]];
  double      *column[ROLES] = {NULL};
  hsize_t      rows          = x->n[0] * (x->ndim == 2 ? x->n[1] : 1);

  for (int c = 1; c < 3 && !g->why[0]; c++) {
    const Array *a = g->role[c] < 0 ? x : &g->array[g->role[c]];

    if (a->ndim != x->ndim || a->n[0] != x->n[0] || (a->ndim == 2 && a->n[1] != x->n[1]))
      (void)snprintf(g->why, g->size, "%s and %s have other shapes: places lie along one axis, or tracks along two",
                     a->name, x->name);
  }
  for (int c = 0; c < ROLES && !g->why[0]; c++)
    if (g->role[c] >= 0) column[c] = ReadColumn(g, g->role[c], rows);
  if (!g->why[0]) Keep(g, column, rows, table, missing);
  if (g->role[VALUE] >= 0) (void)snprintf(table->units, sizeof(table->units), "%s", g->array[g->role[VALUE]].units);
  for (int c = 0; c < ROLES; c++) free(column[c]);
}

static PetscBool Collect(Geometry *g)
{
  KarPaths paths = {0};

  g->array = calloc(ARRAYS, sizeof(*g->array));
  if (!g->array || !kar_paths_find(g->file, PETSC_FALSE, &paths)) return PETSC_FALSE;
  for (PetscInt i = 0; i < paths.count && g->arrays < ARRAYS; i++) {
    const hid_t id = H5Dopen2(g->file, paths.path[i], H5P_DEFAULT);

    if (id >= 0 && Look(id, paths.path[i], &g->array[g->arrays])) g->arrays++;
    if (id >= 0) (void)H5Dclose(id);
  }
  kar_paths_free(&paths);
  return PETSC_TRUE;
}

PetscBool kar_sampled_points(const char path[], const KarSampledWhat *what, KarTable *table, PetscInt *missing,
                             size_t size, char why[])
{
  Geometry  g      = {.what = what, .role = {-1, -1, -1, -1, -1}, .size = size, .why = why};
  PetscBool raster = PETSC_FALSE;

  g.file = kar_h5_open(path, size, why);
  if (g.file < 0) return PETSC_FALSE;
  if (!Collect(&g)) (void)snprintf(why, size, "its arrays cannot be read");
  if (!why[0]) FindPlaces(&g);
  if (!why[0] && g.role[0] < 0) {
    raster = PETSC_TRUE;
    for (int i = 0; i < g.arrays; i++)
      if (g.array[i].degrees && !g.array[i].scale)
        (void)snprintf(why, size, "places in degrees (%s): project them, and name the columns x, y", g.array[i].name);
  }
  if (!why[0] && !raster && what->values) FindNoise(&g);
  if (!why[0] && !raster && what->values) FindValues(&g);
  if (!why[0] && !raster) raster = IsRaster(&g);
  if (!why[0] && !raster && what->values && g.role[VALUE] < 0)
    (void)snprintf(why, size, "no array of values on its places, of which %s are %llu", g.array[g.role[0]].name,
                   (unsigned long long)g.array[g.role[0]].n[0]);
  if (!why[0] && !raster) ReadAll(&g, table, missing);
  free(g.array);
  (void)H5Fclose(g.file);
  return (PetscBool)(!why[0] && !raster);
}
