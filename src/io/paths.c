/* The arrays of an HDF5 file by their paths: groups, soft and external links followed, each group once. */
#include "datasetimpl.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>

#define DEEPEST 16
#define MOST    (1 << 20)

typedef struct {
  unsigned long file;
  haddr_t       address;
} Place;

typedef struct {
  KarPaths *paths;
  char      folder[KAR_PATH];
  Place     above[DEEPEST]; /* groups that this one is in: a link to them is a circle */
  int       depth;
  PetscBool groups, good;
} Walk;

static PetscBool Add(KarPaths *paths, const char path[])
{
  char *copy = strdup(path);

  if (paths->count == paths->capacity) {
    const PetscInt capacity = 2 * paths->capacity + 64;
    char         **more     = realloc(paths->path, (size_t)capacity * sizeof(*more));

    if (!more) return free(copy), PETSC_FALSE;
    paths->path = more, paths->capacity = capacity;
  }
  if (!copy) return PETSC_FALSE;
  paths->path[paths->count++] = copy;
  return PETSC_TRUE;
}

static void Visit(hid_t group, Walk *walk);

static void Enter(hid_t group, const char name[], Walk *walk)
{
  const size_t end = strlen(walk->folder);
  H5O_info_t   info;

  if (walk->depth == DEEPEST || H5Oget_info(group, &info) < 0) return;
  for (int i = 0; i < walk->depth; i++)
    if (walk->above[i].file == info.fileno && walk->above[i].address == info.addr) return;
  walk->above[walk->depth++] = (Place){info.fileno, info.addr};
  (void)snprintf(walk->folder + end, sizeof(walk->folder) - end, "%s%s", name, name[0] ? "/" : "");
  Visit(group, walk);
  walk->folder[end] = 0;
  walk->depth--;
}

static herr_t Link(hid_t group, const char name[], const H5L_info_t *link, void *context)
{
  Walk *walk = context;
  char  path[2 * KAR_PATH];
  hid_t object;

  if (walk->depth == 1 && !strcmp(name, "checks")) return 0;
  if (!walk->groups && link->type != H5L_TYPE_HARD) return 0;
  if (strlen(walk->folder) + strlen(name) + 2 > KAR_PATH || walk->paths->count == MOST) return 0;
  object = H5Oopen(group, name, H5P_DEFAULT);
  if (object < 0) return 0; /* a link to what is not there */
  (void)snprintf(path, sizeof(path), "%s%s", walk->folder, name);
  if (H5Iget_type(object) == H5I_DATASET) walk->good = walk->good && Add(walk->paths, path) ? PETSC_TRUE : PETSC_FALSE;
  else if (H5Iget_type(object) == H5I_GROUP && walk->groups) Enter(object, name, walk);
  (void)H5Oclose(object);
  return 0;
}

static void Visit(hid_t group, Walk *walk)
{
  hsize_t zero = 0;

  if (H5Literate(group, H5_INDEX_CRT_ORDER, H5_ITER_INC, &zero, Link, walk) >= 0) return;
  zero = 0;
  (void)H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, &zero, Link, walk);
}

PetscBool kar_paths_find(hid_t file, PetscBool groups, KarPaths *paths)
{
  Walk  walk = {.paths = paths, .groups = groups, .good = PETSC_TRUE};
  hid_t root = H5Gopen2(file, "/", H5P_DEFAULT);

  *paths = (KarPaths){.count = 0};
  if (root < 0) return PETSC_FALSE;
  Enter(root, "", &walk);
  (void)H5Gclose(root);
  return walk.good;
}

void kar_paths_free(KarPaths *paths)
{
  for (PetscInt i = 0; i < paths->count; i++) free(paths->path[i]);
  free(paths->path);
  *paths = (KarPaths){.count = 0};
}

/* u9 before u10. */
static int Natural(const char *a, const char *b)
{
  while (*a && *b) {
    if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
      char                    *x, *y;
      const unsigned long long m = strtoull(a, &x, 10), n = strtoull(b, &y, 10);

      if (m != n) return m < n ? -1 : 1;
      a = x, b = y;
    } else if (*a != *b) return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
    else a++, b++;
  }
  return (*a != 0) - (*b != 0);
}

static const KarPaths *sorted; /* qsort() has no argument for it */

static int ByName(const void *a, const void *b)
{
  const PetscInt i = *(const PetscInt *)a, j = *(const PetscInt *)b;

  return Natural(sorted->path[i], sorted->path[j]);
}

PetscInt kar_paths_match(const KarPaths *paths, const char pattern[], PetscInt match[])
{
  PetscInt count = 0;

  for (PetscInt i = 0; i < paths->count; i++)
    if (!fnmatch(pattern, paths->path[i], FNM_PATHNAME)) match[count++] = i;
  sorted = paths;
  qsort(match, (size_t)count, sizeof(*match), ByName);
  return count;
}
