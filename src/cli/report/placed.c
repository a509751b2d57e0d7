/* evaluate -truths -obs_data: are draws what they say near the data and far from them? */
#include "placed.h"

#include <glob.h>

struct _p_Placed {
  MPI_Comm              comm;
  KarFFT                fft; /* shared */
  const Given          *given;
  const KarDatasetInfo *info;
  KarByPlace            by;
  char                **file; /* [files], owned */
  PetscInt              files, m;
  PetscReal            *x; /* [m][dim] of the last truth's data */
};

/* Names between commas, and what fits patterns, in the order of the words. */
static PetscErrorCode ListFiles(Placed p, const char text[])
{
  char **word;
  int    words;

  PetscFunctionBegin;
  PetscCall(PetscStrToArray(text, ',', &words, &word));
  for (int i = 0; i < words; i++) {
    glob_t    found = {0};
    PetscBool some  = (PetscBool)(glob(word[i], 0, NULL, &found) == 0);

    KarCheckAny(p->comm, some, PETSC_ERR_FILE_OPEN, "-obs_data %s is missing: check the name", word[i]);
    PetscCall(PetscRealloc((size_t)(p->files + (PetscInt)found.gl_pathc) * sizeof(char *), &p->file));
    for (size_t k = 0; k < found.gl_pathc; k++) PetscCall(PetscStrallocpy(found.gl_pathv[k], &p->file[p->files++]));
    globfree(&found);
  }
  PetscCall(PetscStrToArrayDestroy(words, word));
  KarCheck(p->comm, p->files == 1 || p->files == p->given->truths, PETSC_ERR_USER_INPUT,
           "-obs_data %s: %" PetscInt_FMT " files for %" PetscInt_FMT
           " truths: give one of places that all have, or one for each truth",
           text, p->files, p->given->truths);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode PlacedCreate(MPI_Comm comm, KarFFT fft, const Given *given, const KarDatasetInfo *info, Placed *placed)
{
  PetscFunctionBegin;
  PetscCall(PetscNew(placed));
  (*placed)->comm  = comm;
  (*placed)->fft   = fft;
  (*placed)->given = given;
  (*placed)->info  = info;
  PetscCall(ListFiles(*placed, given->obs_data));
  PetscCall(KarByPlaceCreate(fft, &(*placed)->by));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode PlacedDestroy(Placed *placed)
{
  PetscFunctionBegin;
  if (*placed) {
    for (PetscInt i = 0; i < (*placed)->files; i++) PetscCall(PetscFree((*placed)->file[i]));
    PetscCall(PetscFree((*placed)->file));
    PetscCall(PetscFree((*placed)->x));
    PetscCall(KarByPlaceDestroy(&(*placed)->by));
  }
  PetscCall(PetscFree(*placed));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode PlacedAdd(Placed p, PetscInt i, Vec truth, PetscInt n, const Vec draw[])
{
  PetscReal *value;

  PetscFunctionBegin;
  if (i == 0 || p->files > 1) {
    PetscCall(PetscFree(p->x));
    PetscCall(KarPlacesOfData(p->comm, p->file[i], &p->given->obs, p->info, &p->m, &p->x, &value));
    PetscCall(PetscFree(value));
    PetscCall(KarByPlaceSetPlaces(p->by, p->m, p->x));
  }
  PetscCall(KarByPlaceAdd(p->by, truth, n, draw));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* "at the data", "to 1/4", "beyond 8" */
static void Name(const KarPlaceBin *bin, PetscInt b, size_t size, char text[])
{
  if (b == 0) (void)snprintf(text, size, "at the data");
  else if (isfinite(bin->end)) (void)snprintf(text, size, "%g to %g", (double)bin->first, (double)bin->end);
  else (void)snprintf(text, size, "beyond %g", (double)bin->first);
}

static PetscErrorCode Print(MPI_Comm comm, const KarByPlaceInfo *info, const char units[])
{
  char name[32], coverage[32], ratio[32], crps[32];

  PetscFunctionBegin;
  PetscCall(PetscPrintf(comm, "by the distance to the nearest datum, in mean spacings of the data (%g%s%s)%s\n",
                        (double)info->spacing, strcmp(units, "1") && units[0] ? " " : "",
                        strcmp(units, "1") ? units : "",
                        info->truths == 1 ? "; one truth does not tell what chance does" : ""));
  PetscCall(PetscPrintf(comm, "%-14s %8s   %-22s %-18s %-9s %-9s %s\n", "distance", "points", "coverage",
                        "error over spread", "error", "spread", "CRPS"));
  for (PetscInt b = 0; b < KAR_PLACE_BINS; b++) {
    const KarPlaceBin *bin = &info->bin[b];

    if (!(bin->share > 0)) continue;
    Name(bin, b, sizeof(name), name);
    ReportError((double)(100 * bin->coverage.error), (PetscBool)!isfinite(bin->coverage.error), "%4.1f",
                sizeof(coverage), coverage);
    ReportError((double)bin->ratio.error, (PetscBool)!isfinite(bin->ratio.error), "%.3f", sizeof(ratio), ratio);
    ReportError((double)bin->crps.error, (PetscBool)!isfinite(bin->crps.error), "%.2g", sizeof(crps), crps);
    PetscCall(PetscPrintf(comm, "%-14s %6.2f %%   %5.1f %% +- %s (%4.1f)   %6.3f +- %s   %-9.4g %-9.4g %.4g +- %s\n",
                          name, (double)(100 * bin->share), (double)(100 * bin->coverage.value), coverage,
                          (double)(100 * info->nominal), (double)bin->ratio.value, ratio, (double)bin->error.value,
                          (double)bin->spread.value, (double)bin->crps.value, crps));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void PutEstimate(cJSON *to, const char name[], KarEstimate e)
{
  cJSON *o = cJSON_AddObjectToObject(to, name);

  cJSON_AddNumberToObject(o, "value", (double)e.value);
  cJSON_AddNumberToObject(o, "error", (double)e.error);
}

static void Describe(const KarByPlaceInfo *info, cJSON *root)
{
  cJSON *o = cJSON_AddObjectToObject(root, "by_place"), *bins;

  cJSON_AddNumberToObject(o, "spacing", (double)info->spacing);
  bins = cJSON_AddArrayToObject(o, "bins");
  for (PetscInt b = 0; b < KAR_PLACE_BINS; b++) {
    const KarPlaceBin *bin = &info->bin[b];
    cJSON             *of;

    if (!(bin->share > 0)) continue;
    of = cJSON_CreateObject();
    cJSON_AddNumberToObject(of, "from", (double)bin->first);
    if (isfinite(bin->end)) cJSON_AddNumberToObject(of, "to", (double)bin->end);
    else cJSON_AddNullToObject(of, "to");
    cJSON_AddNumberToObject(of, "share_of_points", (double)bin->share);
    PutEstimate(of, "coverage", bin->coverage);
    PutEstimate(of, "error_over_spread", bin->ratio);
    PutEstimate(of, "error", bin->error);
    PutEstimate(of, "spread", bin->spread);
    PutEstimate(of, "crps", bin->crps);
    cJSON_AddItemToArray(bins, of);
  }
}

/* Maps of the first component, in a box of the middle plane. */
static PetscErrorCode Maps(Placed p, const KarByPlaceInfo *by, const char stem[], KarReplace replace)
{
  static const char *const titles[] = {"spread of the draws", "error of their mean", "coverage"};
  const Vec                fields[] = {by->spread, by->error, by->coverage};
  const KarDatasetInfo    *info     = p->info;
  KarPictureStyle          style = {.label = "root mean square over the truths"}, share = {.label = "share of truths"};
  KarImage                 image[3];
  KarGrid                  grid;
  char                     path[PETSC_MAX_PATH_LEN + 16];

  PetscFunctionBegin;
  PetscCall(KarFFTGetGrid(p->fft, &grid));
  if (strcmp(info->units, "1")) PetscCall(PetscStrncpy(style.units, info->units, sizeof(style.units)));
  PetscCall(PetscStrncpy(share.units, style.units, sizeof(share.units)));
  style.top = share.top = (PetscBool)(info->dim > 1 && info->step[info->dim - 2] < 0);
  share.high            = 1;
  for (int i = 0; i < 3; i++) {
    PetscCall(KarImageFromField(grid, fields[i], NULL, 0, PETSC_FALSE, 1024, &image[i]));
    (void)snprintf(image[i].title, sizeof(image[i].title), "%s", titles[i]);
    for (int k = 0; k < 2 && info->dim > 1; k++) { /* the grid begins at 0 and runs up, the file as it says */
      const PetscInt a = info->dim - 2 + k;

      image[i].origin[k]    = info->origin[a];
      image[i].direction[k] = info->step[a] < 0 ? -1 : 1;
    }
  }
  (void)snprintf(path, sizeof(path), "%s-places.png", stem);
  PetscCall(KarPictureFields(p->comm, path, replace, 2, image, &style));
  (void)snprintf(path, sizeof(path), "%s-coverage.png", stem);
  PetscCall(KarPictureFields(p->comm, path, replace, 1, image + 2, &share));
  for (int i = 0; i < 3; i++) PetscCall(KarImageDestroy(&image[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode PlacedTell(Placed p, const KarDatasetInfo *info, const char stem[], KarReplace replace, cJSON *root)
{
  const KarByPlaceInfo *by;

  PetscFunctionBegin;
  PetscCall(KarByPlaceFinish(p->by, &by));
  PetscCall(Print(p->comm, by, info->units));
  Describe(by, root);
  PetscCall(Maps(p, by, stem, replace));
  PetscCall(PetscPrintf(p->comm, "maps in %s-places.png and %s-coverage.png\n", stem, stem));
  PetscFunctionReturn(PETSC_SUCCESS);
}
