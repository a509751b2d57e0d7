/* What axes are called: dimension scales (netCDF-4, Dedalus), DIMENSION_LABELS, _ARRAY_DIMENSIONS; and what the words
 * mean. */
#include "layoutimpl.h"

#include <ctype.h>
#include <hdf5_hl.h>
#include <strings.h>

typedef struct {
  char              role;
  const char *const words[40];
} Words;

/* CF, WRF, ROMS, NEMO, GMT, Dedalus, The Well, PDEBench, MintPy. */
static const Words meaning[] = {
  {'b', {"bnds", "bnd", "bound", "bounds", "nv", "vertex", "vertices", "nbnds", "nbnd", NULL}},
  {'z',
   {"z",
    "depth",
    "deptht",
    "depthu",
    "depthv",
    "depthw",
    "height",
    "level",
    "lev",
    "levels",
    "altitude",
    "alt",
    "bottom_top",
    "pressure",
    "plev",
    "elevation",
    "s_rho",
    "s_w",
    "zc",
    "k",
    "nz",
    "isobaric",
    "model_level_number",
    NULL}},
  {'y',
   {"y",
    "lat",
    "latitude",
    "nav_lat",
    "south_north",
    "northing",
    "north",
    "row",
    "line",
    "rows",
    "lines",
    "yc",
    "rlat",
    "grid_latitude",
    "projection_y_coordinate",
    "eta",
    "eta_rho",
    "j",
    "nj",
    "ny",
    "azimuth",
    NULL}},
  {'x',
   {"x",
    "lon",
    "longitude",
    "nav_lon",
    "west_east",
    "easting",
    "east",
    "col",
    "column",
    "cols",
    "columns",
    "xc",
    "rlon",
    "grid_longitude",
    "projection_x_coordinate",
    "xi",
    "xi_rho",
    "i",
    "ni",
    "nx",
    NULL}},
  {'c',
   {"c", "component", "components", "comp", "channel", "channels", "ch", "band", "bands", "vector", "var", "variable",
    "variables", "tensor", NULL}},
  {'s',
   {"s",          "sample", "samples", "t",           "time",        "times",      "member",   "members", "ensemble",
    "ens",        "number", "batch",   "realization", "realisation", "trajectory", "traj",     "n",       "b",
    "record",     "frame",  "run",     "case",        "date",        "day",        "month",    "year",    "step",
    "simulation", "sim",    "seed",    "valid_time",  "init_time",   "lead_time",  "sim_time", NULL}}};

/* The word, or the word and more of it after _ (or a number); single letters of samples and components only by
 * themselves. */
static PetscBool Means(const char name[], const char word[])
{
  const size_t n = strlen(word);

  if (strncasecmp(name, word, n)) return PETSC_FALSE;
  if (!name[n]) return PETSC_TRUE;
  if (n == 1 && !strchr("xyz", word[0])) return PETSC_FALSE;
  if (name[n] == '_' || name[n] == '-') return PETSC_TRUE;
  return n >= 3 && isdigit((unsigned char)name[n]) ? PETSC_TRUE : PETSC_FALSE;
}

char kar_axis_role(const char name[])
{
  const size_t count = sizeof(meaning) / sizeof(meaning[0]);

  for (int exact = 1; exact >= 0; exact--)
    for (size_t m = 0; m < count; m++)
      for (int w = 0; meaning[m].words[w]; w++)
        if (exact ? !strcasecmp(name, meaning[m].words[w]) : Means(name, meaning[m].words[w])) return meaning[m].role;
  return '?';
}

PetscBool kar_axis_is_time(const char name[])
{
  static const char *const words[] = {"t", "time", "times", "frame", "step", "valid_time", "sim_time", "lead_time"};

  for (size_t w = 0; w < PETSC_STATIC_ARRAY_LENGTH(words); w++)
    if (!strcasecmp(name, words[w])) return PETSC_TRUE;
  return PETSC_FALSE;
}

herr_t kar_h5_first_scale(hid_t array, unsigned d, hid_t scale, void *found)
{
  *(hid_t *)found = H5Dopen2(scale, ".", H5P_DEFAULT);
  return 1;
}

hid_t kar_axis_scale(hid_t array, int d)
{
  hid_t scale = -1;

  (void)H5DSiterate_scales(array, (unsigned)d, NULL, kar_h5_first_scale, &scale);
  return scale;
}

/* One of the texts of an attribute that is an array of them. */
static PetscBool GetText(hid_t array, const char attribute[], int d, int ndim, size_t size, char text[])
{
  hid_t     id = H5Aexists(array, attribute) > 0 ? H5Aopen(array, attribute, H5P_DEFAULT) : -1, type, space, memory;
  char     *all[KAR_AXES] = {NULL};
  PetscBool good;

  if (id < 0) return PETSC_FALSE;
  type  = H5Aget_type(id);
  space = H5Aget_space(id);
  good = H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) > 0 && H5Sget_simple_extent_npoints(space) == ndim
           ? PETSC_TRUE
           : PETSC_FALSE;
  if (good) {
    memory = H5Tcopy(H5T_C_S1);
    (void)H5Tset_size(memory, H5T_VARIABLE);
    (void)H5Tset_cset(memory, H5Tget_cset(type));
    good = H5Aread(id, memory, all) >= 0 && all[d] ? PETSC_TRUE : PETSC_FALSE;
    if (good) (void)snprintf(text, size, "%s", all[d]);
    for (int i = 0; i < ndim; i++)
      if (all[i]) (void)H5free_memory(all[i]);
    (void)H5Tclose(memory);
  }
  (void)H5Sclose(space);
  (void)H5Tclose(type);
  (void)H5Aclose(id);
  return good;
}

/* What CF says of a coordinate, where its name says nothing. */
static char RoleOfScale(hid_t scale)
{
  char text[80];

  if (kar_h5_get_string(scale, "axis", sizeof(text), text) && strlen(text) == 1 && strchr("XYZT", text[0]))
    return text[0] == 'T' ? 's' : (char)tolower((unsigned char)text[0]);
  if (kar_h5_get_string(scale, "standard_name", sizeof(text), text) && kar_axis_role(text) != '?')
    return kar_axis_role(text);
  if (kar_h5_get_string(scale, "units", sizeof(text), text)) {
    if (!strncmp(text, "degrees_n", 9) || !strncmp(text, "degree_n", 8)) return 'y';
    if (!strncmp(text, "degrees_e", 9) || !strncmp(text, "degree_e", 8)) return 'x';
    if (strstr(text, " since ")) return 's';
  }
  return '?';
}

/* Numbers that libraries count axes with are no names. */
static PetscBool Nameless(const char name[])
{
  return !name[0] || !strncmp(name, "phony_dim_", 10) || !strncmp(name, "dim_", 4) || !strncmp(name, "DIM", 3)
           ? PETSC_TRUE
           : PETSC_FALSE;
}

void kar_layout_name(hid_t array, KarLayout *layout)
{
  for (int d = 0; d < layout->ndim; d++) {
    char        path[KAR_PATH] = "", label[48] = "";
    const hid_t scale = kar_axis_scale(array, d);

    if (H5DSget_label(array, (unsigned)d, label, sizeof(label)) <= 0 &&
        !GetText(array, "_ARRAY_DIMENSIONS", d, layout->ndim, sizeof(label), label))
      label[0] = 0;
    if (scale >= 0) (void)H5Iget_name(scale, path, sizeof(path));
    const char *last = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;

    if (Nameless(last)) last = "";
    if (Nameless(label)) label[0] = 0;
    (void)snprintf(layout->name[d], sizeof(layout->name[d]), "%s",
                   label[0] && (!last[0] || kar_axis_role(label) != '?') ? label : last);
    layout->role[d] = layout->name[d][0] ? kar_axis_role(layout->name[d]) : '?';
    if (scale >= 0 && layout->role[d] == '?') layout->role[d] = RoleOfScale(scale);
    if (scale >= 0) (void)H5Dclose(scale);
  }
}
