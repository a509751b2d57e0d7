/* Which array of a file are the fields: the named one, by its path or its last word, or one that holds a sample each by
   a pattern; without a name the first with samples, else the first of two axes or more.  Coordinates, their bounds,
   scales, words and single numbers are none. */
#include "datasetimpl.h"

#include <hdf5_hl.h>
#include <stdlib.h>

typedef struct {
  KarDataset data;
  KarPaths   paths;
  char      *others; /* " lat lon time_bnds ": what attributes call coordinates and bounds */
  int        ours;   /* as for kar_layout_find() */
} Search;

static const char *Last(const char path[])
{
  return strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
}

static PetscBool IsNumber(hid_t array)
{
  const hid_t     type = H5Dget_type(array);
  const PetscBool good =
    H5Tget_class(type) == H5T_FLOAT || H5Tget_class(type) == H5T_INTEGER ? PETSC_TRUE : PETSC_FALSE;

  (void)H5Tclose(type);
  return good;
}

/* Words of an attribute of every array, between blanks. */
static void CollectOthers(Search *search)
{
  static const char *const names[] = {"coordinates", "bounds",        "grid_mapping",
                                      "climatology", "cell_measures", "ancillary_variables"};
  size_t                   used    = 1;
  char                     text[1024];

  search->others = calloc(1, 2);
  if (search->others) search->others[0] = ' ';
  for (PetscInt i = 0; search->others && i < search->paths.count && i < 4096; i++) {
    const hid_t array = H5Dopen2(search->data->file, search->paths.path[i], H5P_DEFAULT);

    for (size_t a = 0; array >= 0 && a < sizeof(names) / sizeof(names[0]); a++)
      if (kar_h5_get_string(array, names[a], sizeof(text), text)) {
        char *more = realloc(search->others, used + strlen(text) + 2);

        if (!more) continue;
        search->others = more;
        used += (size_t)sprintf(search->others + used, "%s ", text);
      }
    if (array >= 0) (void)H5Dclose(array);
  }
}

static PetscBool IsOther(const Search *search, const char path[])
{
  const char  *last = Last(path);
  const size_t n    = strlen(last);
  char         word[KAR_PATH + 2];

  (void)snprintf(word, sizeof(word), " %s ", last);
  if (search->others && strstr(search->others, word)) return PETSC_TRUE;
  return (n > 5 && !strcmp(last + n - 5, "_bnds")) || (n > 7 && !strcmp(last + n - 7, "_bounds")) ||
             strstr(last, "-coordinate")
           ? PETSC_TRUE
           : PETSC_FALSE;
}

/* 0: no field. 1: one axis. 2: one sample. 3: samples. */
static int Class(Search *search, const char path[], KarLayout *layout)
{
  const KarDataset data  = search->data;
  const hid_t      array = H5Dopen2(data->file, path, H5P_DEFAULT);
  char             why[512];
  int class = 0;

  if (array < 0) return 0;
  if (IsNumber(array) && H5Aexists(array, "REFERENCE_LIST") <= 0 && (search->ours >= 0 || H5DSis_scale(array) <= 0) &&
      !IsOther(search, path) && kar_layout_find(array, path, "", search->ours, layout, sizeof(why), why))
    class = layout->ndim == 1 ? 1 : memchr(layout->role, 's', (size_t)layout->ndim) ? 3 : 2;
  (void)H5Dclose(array);
  return class;
}

static PetscBool Empty(const Search *search, size_t size, char why[])
{
  return (void)snprintf(why, size, "%s has no array of fields: (sample,y,x) or the like is expected",
                        search->data->path),
         PETSC_FALSE;
}

/* The first of the highest class: among those at the root, else in groups. */
static PetscBool ChooseUnnamed(Search *search, PetscInt *chosen, size_t size, char why[])
{
  KarLayout layout;
  int       best = 0;

  for (int groups = 0; groups < 2 && !best; groups++)
    for (PetscInt i = 0; i < search->paths.count && best < 3; i++) {
      if ((strchr(search->paths.path[i], '/') != NULL) != groups) continue;
      const int class = Class(search, search->paths.path[i], &layout);

      if (class > best) best = class, *chosen = i;
    }
  return best ? PETSC_TRUE : Empty(search, size, why);
}

static void ListNames(const Search *search, size_t size, char names[])
{
  size_t used = 0;

  names[0] = 0;
  for (PetscInt i = 0; i < search->paths.count && used < size; i++) {
    if (used + strlen(search->paths.path[i]) + 8 > size) {
      (void)snprintf(names + used, size - used, ", ...");
      return;
    }
    used += (size_t)snprintf(names + used, size - used, "%s%s", used ? ", " : "", search->paths.path[i]);
  }
}

/* By its path, else by its last word where one array alone has it, else by the last word of what was given; -1 when
 * none, -2 when several. */
static PetscInt FindNamed(const Search *search, const char name[])
{
  PetscInt found = -1;

  while (*name == '/') name++;
  for (PetscInt i = 0; i < search->paths.count; i++)
    if (!strcmp(search->paths.path[i], name)) return i;
  for (PetscInt i = 0; i < search->paths.count; i++)
    if (!strcmp(Last(search->paths.path[i]), Last(name))) found = found == -1 ? i : -2;
  return found;
}

/* match[]: the arrays that are the variable's parts. */
static PetscBool Choose(Search *search, PetscInt match[], PetscInt *count, size_t size, char why[])
{
  const char *name = search->data->options.variable;
  char        names[300];

  *count = 1;
  if (!name[0]) return ChooseUnnamed(search, match, size, why);
  match[0] = FindNamed(search, name);
  if (match[0] >= 0) return PETSC_TRUE;
  if (strpbrk(name, "*?[")) *count = kar_paths_match(&search->paths, *name == '/' ? name + 1 : name, match);
  else *count = 0;
  if (*count) return PETSC_TRUE;
  ListNames(search, sizeof(names), names);
  if (match[0] == -2)
    return (void)snprintf(why, size, "%s has several arrays %s: give the path of one, of %s", search->data->path, name,
                          names),
           PETSC_FALSE;
  return (void)snprintf(why, size, "%s has no variable %s: it has %s", search->data->path, name,
                        names[0] ? names : "no arrays"),
         PETSC_FALSE;
}

/* The filter of its chunks that HDF5 lacks here; NULL when it has all. */
static const char *MissingFilter(hid_t array, size_t size, char name[])
{
  const hid_t how   = H5Dget_create_plist(array);
  const char *found = NULL;

  for (int f = 0; f < H5Pget_nfilters(how) && !found; f++) {
    unsigned     flags, detail;
    size_t       values = 0;
    H5Z_filter_t id     = H5Pget_filter2(how, (unsigned)f, &flags, &values, NULL, size, name, &detail);

    if (H5Zfilter_avail(id) > 0) continue;
    if (!name[0]) (void)snprintf(name, size, "filter %d", (int)id);
    found = name;
  }
  (void)H5Pclose(how);
  return found;
}

/* Does a damaged header put numbers where the file has none?  HDF5 over MPI reads zeros there; chunks it refuses. */
static PetscBool BeyondEnd(hid_t id)
{
  const hid_t   file = H5Iget_file_id(id), space = H5Dget_space(id), type = H5Dget_type(id);
  const haddr_t at   = H5Dget_offset(id);
  const hsize_t size = H5Dget_storage_size(id), all = (hsize_t)H5Sget_simple_extent_npoints(space) * H5Tget_size(type);
  hsize_t       end = 0;

  if (H5Fget_filesize(file, &end) < 0) end = 0;
  (void)H5Tclose(type);
  (void)H5Sclose(space);
  (void)H5Fclose(file);
  return (PetscBool)(at != HADDR_UNDEF && (size != all || at > end || size > end - at));
}

/* The array as a variable's part may be: open, of numbers, readable; negative and the reason when not. */
static hid_t OpenPart(const Search *search, hid_t file, const char path[], size_t size, char why[])
{
  const char *in = search->data->path;
  hid_t       id = H5Dopen2(file, path, H5P_DEFAULT);
  char        name[64];

  if (id < 0) (void)snprintf(why, size, "%s: %s cannot be opened: the file is damaged or cut short", in, path);
  else if (!IsNumber(id)) (void)snprintf(why, size, "%s: %s holds no real numbers (text, dates or records)", in, path);
  else if (BeyondEnd(id))
    (void)snprintf(why, size, "%s: the numbers of %s lie beyond the file's end: it is damaged or cut short", in, path);
  else if (MissingFilter(id, sizeof(name), name))
    (void)snprintf(
      why, size,
      "%s: %s is packed by %s, which HDF5 lacks here: unpack it where it is known, as with h5repack -f GZIP=4 or h5py",
      in, path, name);
  else return id;
  if (id >= 0) (void)H5Dclose(id);
  return -1;
}

static PetscBool SameShape(const KarLayout *a, const KarLayout *b)
{
  if (a->dim != b->dim || a->components != b->components || a->ndim != b->ndim) return PETSC_FALSE;
  for (int d = 0; d < a->ndim; d++)
    if (a->role[d] != b->role[d] || (a->role[d] != 's' && a->shape[d] != b->shape[d])) return PETSC_FALSE;
  return PETSC_TRUE;
}

PetscBool kar_dataset_add_part(KarDataset data, PetscInt v, const char file[], const char path[], hid_t id,
                               const KarLayout *layout)
{
  KarArray *array = &data->array[v];
  KarPart  *more  = realloc(array->part, (size_t)(array->parts + 1) * sizeof(*more)), *part;

  if (!more) return PETSC_FALSE;
  array->part = more;
  part        = &array->part[array->parts];
  *part       = (KarPart){.file    = file ? strdup(file) : NULL,
                          .name    = strdup(path),
                          .first   = data->variable[v].samples,
                          .samples = layout->samples,
                          .layout  = *layout};
  if (!part->name || (file && !part->file)) return PETSC_FALSE;
  array->parts++;
  kar_packing_read(id, &part->packing);
  data->variable[v].samples += layout->samples;
  return PETSC_TRUE;
}

/* The last word of a path; of a pattern, the last that is none. */
static void Label(const char name[], size_t size, char label[])
{
  char path[KAR_PATH], *word;

  (void)snprintf(path, sizeof(path), "%s", name);
  while ((word = strrchr(path, '/')) && strpbrk(word, "*?[")) *word = 0;
  word = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
  (void)snprintf(label, size, "%.*s", (int)size - 1, strpbrk(word, "*?[") ? "field" : word);
}

/* A new last variable of this array. */
static PetscBool Take(Search *search, const char path[], const char name[], hid_t id, const KarLayout *layout)
{
  KarDataset   data = search->data;
  const hid_t  type = H5Dget_type(id);
  KarVariable *variable;
  KarArray    *array;

  if (KarDatasetGrow(data)) return PETSC_FALSE;
  variable      = &data->variable[data->info.variables];
  array         = &data->array[data->info.variables];
  array->layout = *layout, array->ndim = layout->ndim, array->open = -1;
  variable->components = layout->components;
  variable->precision  = H5Tget_size(type) > 4 && H5Tget_class(type) == H5T_FLOAT ? KAR_FLOAT64 : KAR_FLOAT32;
  if (H5Tget_class(type) == H5T_INTEGER && H5Tget_size(type) > 3) variable->precision = KAR_FLOAT64;
  (void)H5Tclose(type);
  (void)snprintf(variable->name, sizeof(variable->name), "%s", name);
  Label(name, sizeof(variable->label), variable->label);
  if (!kar_h5_get_string(id, "units", sizeof(variable->units), variable->units))
    (void)snprintf(variable->units, sizeof(variable->units), "1");
  if (!kar_h5_get_string(id, "long_name", sizeof(variable->long_name), variable->long_name))
    (void)snprintf(variable->long_name, sizeof(variable->long_name), "%s", variable->label);
  if (!kar_dataset_add_part(data, data->info.variables, NULL, path, id, layout)) return PETSC_FALSE;
  data->info.variables++;
  return PETSC_TRUE;
}

/* The parts of the chosen variable: all alike. */
static PetscBool TakeChosen(Search *search, const PetscInt match[], PetscInt count, size_t size, char why[])
{
  KarDataset data  = search->data;
  KarLayout  first = {0}, layout;
  PetscBool  good  = PETSC_TRUE;

  for (PetscInt i = 0; i < count && good; i++) {
    const char *path = search->paths.path[match[i]];
    hid_t       id   = OpenPart(search, data->file, path, size, why);

    good = id >= 0 && kar_layout_find(id, path, data->options.axes, search->ours, &layout, size, why) ? PETSC_TRUE
                                                                                                      : PETSC_FALSE;
    if (good && !i) first = layout;
    if (good && !SameShape(&first, &layout)) {
      (void)snprintf(why, size, "%s: %s and %s have other shapes or axes: give a pattern of arrays that are alike",
                     data->path, search->paths.path[match[0]], path);
      good = PETSC_FALSE;
    } else if (good) {
      good = i ? kar_dataset_add_part(data, 0, NULL, path, id, &layout)
               : Take(search, path, count > 1 ? data->options.variable : path, id, &layout);
      if (!good) (void)snprintf(why, size, "%s: no memory for %s", data->path, path);
    }
    if (id >= 0) (void)H5Dclose(id);
  }
  return good;
}

/* Further variables: what else is a field on this grid. */
static void TakeOthers(Search *search, PetscInt chosen)
{
  const KarLayout first = search->data->array[0].layout;
  KarLayout       layout;
  char            why[512];

  for (PetscInt i = 0; i < search->paths.count; i++) {
    if (i == chosen || Class(search, search->paths.path[i], &layout) < 1 || layout.dim != first.dim) continue;
    PetscBool same = PETSC_TRUE;

    for (int a = 0; a < first.dim; a++)
      if (layout.shape[layout.space[a]] != first.shape[first.space[a]]) same = PETSC_FALSE;
    const hid_t id = same ? OpenPart(search, search->data->file, search->paths.path[i], sizeof(why), why) : -1;

    if (id < 0) continue;
    (void)Take(search, search->paths.path[i], search->paths.path[i], id, &layout);
    (void)H5Dclose(id);
  }
}

static PetscBool Search_(Search *search, size_t size, char why[])
{
  KarDataset data  = search->data;
  PetscInt  *match = calloc((size_t)search->paths.count + 1, sizeof(*match)), count;
  PetscInt   local;
  PetscBool  good = match ? PETSC_TRUE : PETSC_FALSE;
  KarLayout *l;

  if (good && search->ours < 0) CollectOthers(search);
  good = good && Choose(search, match, &count, size, why) && TakeChosen(search, match, count, size, why) ? PETSC_TRUE
                                                                                                         : PETSC_FALSE;
  if (good) {
    l = &data->array[0].layout;
    if (count == 1) TakeOthers(search, match[0]);
    l              = &data->array[0].layout;
    data->info.dim = l->dim;
    for (int i = 0; i < l->dim; i++) data->info.n[i] = (PetscInt)l->shape[l->space[i]];
    data->info.samples = data->variable[0].samples;
    good               = kar_dataset_seek(data, 0, 0, &local);
  }
  free(match);
  return good;
}

PetscBool kar_dataset_discover(KarDataset data, size_t size, char why[])
{
  Search    search = {.data = data, .ours = -1};
  char      text[64];
  int64_t   dim = 0;
  PetscBool good;

  if (kar_h5_get_string(data->file, "kind", sizeof(text), text) && !strncmp(text, "karhunen ", 9))
    return (void)snprintf(why, size, "%s is a model, not a file of fields", data->path), PETSC_FALSE;
  if (kar_h5_get_string(data->file, "basis", sizeof(text), text))
    for (int b = 0; KarBases[b]; b++)
      if (!strcmp(KarBases[b], text)) data->info.basis = (KarBasis)b;
  if (data->suspect)
    search.ours = kar_h5_get_scalar(data->file, "dim", H5T_NATIVE_INT64, &dim) && dim >= 1 && dim <= 3 ? (int)dim : 0;
  (void)snprintf(why, size, "%s: its arrays cannot be listed: the file is damaged or cut short", data->path);
  good =
    kar_paths_find(data->file, data->suspect ? PETSC_FALSE : PETSC_TRUE, &search.paths) && Search_(&search, size, why)
      ? PETSC_TRUE
      : PETSC_FALSE;
  if (good) kar_axes_read(data);
  kar_paths_free(&search.paths);
  free(search.others);
  return good;
}
