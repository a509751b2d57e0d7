/* karhunen render FILE -out PICTURE: fields of a data set as one sheet, of a box three planes; with -frames a picture
   for each sample. */
#include "render.h"

#include <math.h>

static const char *const quantities[] = {"field", "vorticity", NULL};

static PetscErrorCode ReadOptions(Render *r)
{
  PetscInt  colors = KAR_COLORS_AUTO, ends = 2;
  PetscReal range[2];

  PetscFunctionBegin;
  PetscCall(KarOptionsString(NULL, "in", "the file of fields", sizeof(r->in), r->in));
  PetscCall(KarOptionsString(NULL, "out", "the picture: .png, .pdf or .svg", sizeof(r->out), r->out));
  PetscCall(KarReadOptionsRead(NULL, &r->reading));
  if (!r->reading.fill) r->reading.fill = PETSC_TRUE, r->reading.value = NAN; /* drawn in a colour of their own */
  PetscCall(KarOptionsString(NULL, "beside", "two files A,B: fields of both, shuffled, with the key in PICTURE.key",
                             sizeof(r->beside), r->beside));
  r->each = 24, r->seed = 1;
  PetscCall(KarOptionsInt(NULL, "count", "fields of each file beside one another", 1, MOST / BESIDE, &r->each));
  PetscCall(KarOptionsInt(NULL, "seed", "seed of the shuffle", 0, PETSC_MAX_INT, &r->seed));
  r->count = MOST;
  PetscCall(KarOptionsIntArray(NULL, "samples",
                               "numbers of the samples to draw; without it the first four, of a file of paths four "
                               "times of the first path",
                               0, PETSC_MAX_INT, &r->count, r->samples));
  PetscCall(KarOptionsString(NULL, "plane",
                             "of a box: z, y or x for the middle one across that axis, z=17 for number 17; the middle "
                             "ones of all three without it",
                             sizeof(r->plane), r->plane));
  PetscCall(KarOptionsString(NULL, "projection",
                             "of a box, in place of planes: z, y or x for the greatest value of each line along that "
                             "axis",
                             sizeof(r->projection), r->projection));
  PetscCall(KarOptionsChoice(NULL, "quantity",
                             "what is drawn: the variable itself, or of a velocity the vorticity, in a box its length",
                             quantities, &r->quantity));
  PetscCall(KarOptionsBool(NULL, "frames", "a picture for each sample, NAME-0000.png and so on, with the same colours",
                           &r->frames));
  PetscCall(KarOptionsBool(NULL, "ensemble",
                           "mean and standard deviation of all samples, or of those of -samples, and four of "
                           "them",
                           &r->ensemble));
  PetscCall(KarOptionsString(NULL, "obs_data", "data that the fields are given: circles at their places on every panel",
                             sizeof(r->obs_data), r->obs_data));
  PetscCall(KarSampledOptions(NULL, &r->obs));
  PetscCall(KarOptionsInt(NULL, "component", "which component of a vector field", 0, 1 << 20, &r->component));
  PetscCall(KarOptionsInt(NULL, "columns", "panels in a row; 0: as the sheet is best", 0, MOST, &r->style.columns));
  r->pixels = 2048;
  PetscCall(KarOptionsInt(NULL, "pixels", "most points of a panel along a side; larger fields are averaged", 16, 32768,
                          &r->pixels));
  PetscCall(KarOptionsChoice(NULL, "colormap", "colours", KarColorsNames, &colors));
  PetscCall(KarOptionsRealArray(NULL, "range", "two values at the ends of the colours; without it those of the fields",
                                -PETSC_MAX_REAL, PETSC_MAX_REAL, &ends, range));
  if (ends == 2) r->style.low = range[0], r->style.high = range[1];
  r->below = NAN;
  PetscCall(KarOptionsReal(NULL, "mask_below", "draw where the field is below this value, black on white",
                           -PETSC_MAX_REAL, PETSC_MAX_REAL, &r->below));
  PetscCall(KarOptionsGiven(NULL, "mask_below", &r->mask));
  PetscCall(KarOptionsString(NULL, "title", "words above the picture", sizeof(r->style.title), r->style.title));
  PetscCall(KarOptionsBool(NULL, "top", "row 0 at the top, as in photographs; else the file says", &r->style.top));
  PetscCall(KarOutputReplaceFromOptions(NULL, &r->replace));
  r->style.colors = (KarColors)colors;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode RenderReadStyle(KarDataset data, const KarVariable *variable, Render *r)
{
  KarDatasetInfo info;
  char           rows[16];
  PetscBool      found, given;

  PetscFunctionBegin;
  PetscCall(KarDatasetGetInfo(data, &info));
  if (strcmp(info.units, "1")) PetscCall(PetscStrncpy(r->style.units, info.units, sizeof(r->style.units)));
  (void)snprintf(r->style.label, sizeof(r->style.label), "%s%s%.30s", variable->long_name,
                 strcmp(variable->units, "1") ? " / " : "", strcmp(variable->units, "1") ? variable->units : "");
  if (r->quantity == QUANTITY_VORTICITY) PetscCall(RenderVorticityStyle(data, variable, r));
  else if (r->style.colors == KAR_COLORS_AUTO && strstr(variable->long_name, "phase") &&
           !strncmp(variable->units, "rad", 3))
    r->style.colors = KAR_COLORS_CYCLIC;
  if (r->mask) {
    r->style.colors = KAR_COLORS_GREY, r->style.low = 0, r->style.high = 1;
    r->style.bare = PETSC_TRUE;
    if (!r->style.title[0])
      (void)snprintf(r->style.title, sizeof(r->style.title), "%s < %g",
                     r->quantity == QUANTITY_VORTICITY ? "vorticity" : variable->name, (double)r->below);
  }
  PetscCall(KarDatasetGetString(data, "rows", sizeof(rows), rows, &found));
  PetscCall(KarOptionsGiven(NULL, "top", &given));
  if (!found && !given && info.dim > 1 && info.step[info.dim - 2] < 0)
    r->style.top = PETSC_TRUE; /* latitudes from the north */
  if (found && !given) r->style.top = strcmp(rows, "down") ? PETSC_FALSE : PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void RenderMask(PetscReal below, KarImage *image)
{
  for (PetscInt i = 0; image->values && i < image->ny * image->nx; i++)
    if (isfinite(image->values[i])) image->values[i] = (PetscReal)image->values[i] < below ? 0 : 1;
}

PetscErrorCode RenderSayMissing(MPI_Comm comm, const char in[], PetscInt n, const KarImage images[])
{
  PetscInt missing = 0, all = 0;

  PetscFunctionBegin;
  for (PetscInt k = 0; k < n; k++) { /* the values are rank 0's */
    for (PetscInt i = 0; images[k].values && i < images[k].ny * images[k].nx; i++)
      missing += isfinite(images[k].values[i]) ? 0 : 1;
    all += images[k].values ? images[k].ny * images[k].nx : 0;
  }
  KarCheckAny(comm, !all || missing < all, PETSC_ERR_USER_INPUT, "%s: none of the chosen points has a value", in);
  if (missing)
    PetscCall(PetscPrintf(comm, "%" PetscInt_FMT " of %" PetscInt_FMT " pixels have no value: %s\n", missing, all,
                          images[0].ny == 1 && images[0].length[0] == 0 ? "gaps" : "grey"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What a sample is called: its number; in a file of paths that of the path, and the time. */
static void NameSample(const Render *r, PetscInt sample, size_t size, char name[])
{
  const PetscInt path = sample / r->times, time = sample % r->times;

  if (r->paths == 1 && r->times > 1 && r->time.column[0])
    (void)snprintf(name, size, "time %g", (double)r->time.column[0][time]);
  else if (r->times == 1 || r->paths == 1) (void)snprintf(name, size, "sample %" PetscInt_FMT, sample);
  else if (r->time.column[0])
    (void)snprintf(name, size, "sample %" PetscInt_FMT ", time %g", path, (double)r->time.column[0][time]);
  else (void)snprintf(name, size, "sample %" PetscInt_FMT ", time number %" PetscInt_FMT, path, time);
}

/* All pictures of a sample, images[cuts], titled by what tells them apart. */
static PetscErrorCode MakeImages(KarDataset data, const KarVariable *variable, Render *r, PetscInt sample,
                                 KarImage images[])
{
  KarDatasetInfo info;

  PetscFunctionBegin;
  PetscCall(KarDatasetGetInfo(data, &info));
  PetscCall(RenderImages(data, variable, r, sample, r->cuts, images));
  for (PetscInt p = 0; p < r->cuts; p++) {
    const KarPlane *plane     = &r->planes[p];
    const PetscInt  a         = plane->axis;
    char            place[64] = "", name[64];

    if (r->mask) RenderMask(r->below, &images[p]);
    if (info.dim == 3 && plane->index == KAR_GREATEST)
      (void)snprintf(place, sizeof(place), "greatest along %c", "zyx"[a]);
    else if (info.dim == 3)
      (void)snprintf(place, sizeof(place), "%c = %g", "zyx"[a],
                     (double)(info.origin[a] + (info.step[a] < 0 ? -1 : 1) * info.length[a] * (PetscReal)plane->index /
                                                 (PetscReal)info.n[a]));
    NameSample(r, sample, sizeof(name), name);
    if (r->count > 1 || r->frames)
      (void)snprintf(images[p].title, sizeof(images[p].title), "%s%s%s", name, info.dim == 3 ? ", " : "", place);
    else (void)snprintf(images[p].title, sizeof(images[p].title), "%s", place);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode DrawSamples(MPI_Comm comm, KarDataset data, const KarVariable *variable, Render *r)
{
  const PetscInt n = r->count * r->cuts;
  KarImage      *images;

  PetscFunctionBegin;
  if (r->cuts > 1 && !r->style.columns) r->style.columns = r->cuts;
  PetscCall(PetscCalloc1(n, &images));
  for (PetscInt i = 0; i < r->count; i++) PetscCall(MakeImages(data, variable, r, r->samples[i], images + i * r->cuts));
  PetscCall(RenderSayMissing(comm, r->in, n, images));
  PetscCall(KarPictureFields(comm, r->out, r->replace, n, images, &r->style));
  for (PetscInt i = 0; i < n; i++) PetscCall(KarImageDestroy(&images[i]));
  PetscCall(PetscFree(images));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A picture for each sample, all with one range of colours: once to find it, once to draw. */
static PetscErrorCode DrawFrames(MPI_Comm comm, KarDataset data, const KarVariable *variable, Render *r)
{
  const PetscInt n       = r->count ? r->count : variable->samples;
  const char    *end     = strrchr(r->out, '.');
  PetscReal      ends[2] = {0, 0};
  char           path[PETSC_MAX_PATH_LEN + 16];
  KarImage       images[3];

  PetscFunctionBegin;
  KarCheck(comm, end, PETSC_ERR_USER_INPUT, "%s: a picture's name ends in .png, .pdf or .svg", r->out);
  for (int pass = r->style.low < r->style.high; pass < 2; pass++) {
    for (PetscInt i = 0; i < n; i++) {
      const PetscInt sample = r->count ? r->samples[i] : i;

      PetscCall(MakeImages(data, variable, r, sample, images));
      (void)snprintf(path, sizeof(path), "%.*s-%04" PetscInt_FMT "%s", (int)(end - r->out), r->out, sample, end);
      if (pass) PetscCall(RenderSayMissing(comm, r->in, r->cuts, images));
      if (pass) PetscCall(KarPictureFields(comm, path, r->replace, r->cuts, images, &r->style));
      else PetscCall(KarPictureRange(comm, r->cuts, images, ends));
      for (PetscInt p = 0; p < r->cuts; p++) PetscCall(KarImageDestroy(&images[p]));
    }
    if (!pass) PetscCall(KarPictureUseRange(ends, &r->style));
  }
  PetscCall(PetscPrintf(comm, "wrote %" PetscInt_FMT " pictures, the last is %s\n", n, path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One more: mean and sum of squares about it (Welford). */
static void AddTo(PetscInt count, const KarImage *one, KarImage *mean, KarImage *square)
{
  for (PetscInt k = 0; one->values && k < one->ny * one->nx; k++) {
    const float off = one->values[k] - mean->values[k];

    mean->values[k] += off / (float)count;
    square->values[k] += off * (one->values[k] - mean->values[k]);
  }
}

/* Mean and deviation of the chosen samples, or of all, and the first four of these. */
static PetscErrorCode DrawEnsemble(MPI_Comm comm, KarDataset data, const KarVariable *variable, Render *r)
{
  const PetscInt chosen = r->count, n = chosen ? chosen : variable->samples, shown = PetscMin(4, n);
  KarImage       images[6], one;

  PetscFunctionBegin;
  KarCheck(comm, n > 1 && r->cuts == 1 && !r->frames && r->style.colors != KAR_COLORS_CYCLIC, PETSC_ERR_USER_INPUT,
           "-ensemble is of two samples at least, of one plane (-plane), not of phases: those have a circular mean, "
           "evaluate -phase");
  KarCheck(comm, chosen || r->times == 1 || r->paths == 1, PETSC_ERR_USER_INPUT,
           "-ensemble: %s holds %" PetscInt_FMT " paths of %" PetscInt_FMT
           " times, and a mean over times is none of the "
           "paths: give the samples of one time, as in -samples %" PetscInt_FMT ",%" PetscInt_FMT
           ",... for the last (sample = path x %" PetscInt_FMT " + time)",
           r->in, r->paths, r->times, r->times - 1, 2 * r->times - 1, r->times);
  r->count = n; /* titles */
  for (int i = 0; i < 2; i++) {
    PetscCall(MakeImages(data, variable, r, chosen ? r->samples[0] : 0, &images[i]));
    (void)snprintf(images[i].title, sizeof(images[i].title), i ? "standard deviation" : "mean of %" PetscInt_FMT, n);
    if (images[i].values) PetscCall(PetscArrayzero(images[i].values, images[i].ny * images[i].nx));
  }
  for (PetscInt i = 0; i < n; i++) {
    PetscCall(MakeImages(data, variable, r, chosen ? r->samples[i] : i, &one));
    AddTo(i + 1, &one, &images[0], &images[1]);
    if (i < shown) images[2 + i] = one;
    else PetscCall(KarImageDestroy(&one));
  }
  for (PetscInt k = 0; images[1].values && k < images[1].ny * images[1].nx; k++)
    images[1].values[k] = (float)PetscSqrtReal(images[1].values[k] / (PetscReal)(n - 1));
  PetscCall(RenderSayMissing(comm, r->in, 2 + shown, images));
  PetscCall(KarPictureFields(comm, r->out, r->replace, 2 + shown, images, &r->style));
  for (PetscInt i = 0; i < 2 + shown; i++) PetscCall(KarImageDestroy(&images[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A set at scattered places. */
static PetscErrorCode RenderStations(MPI_Comm comm, Render *r)
{
  const KarStationsInfo *info;
  KarStations            set;
  KarImage              *images;

  PetscFunctionBegin;
  PetscCall(KarStationsOpen(comm, r->in, r->reading.variable, &set));
  PetscCall(KarStationsGetInfo(set, &info));
  if (!r->count) {
    r->count = PetscMin(4, info->samples);
    for (PetscInt i = 0; i < r->count; i++) r->samples[i] = i;
  }
  if (strcmp(info->box.units, "1")) PetscCall(PetscStrncpy(r->style.units, info->box.units, sizeof(r->style.units)));
  (void)snprintf(r->style.label, sizeof(r->style.label), "%.80s%s%.30s", info->long_name,
                 strcmp(info->units, "1") ? " / " : "", strcmp(info->units, "1") ? info->units : "");
  PetscCall(PetscCalloc1(r->count, &images));
  for (PetscInt i = 0; i < r->count; i++) {
    PetscCall(ImageOfStations(comm, set, r->samples[i], r->component, r->pixels, &images[i]));
    if (r->mask) RenderMask(r->below, &images[i]);
    if (r->count > 1) (void)snprintf(images[i].title, sizeof(images[i].title), "sample %" PetscInt_FMT, r->samples[i]);
  }
  PetscCall(KarPictureFields(comm, r->out, r->replace, r->count, images, &r->style));
  for (PetscInt i = 0; i < r->count; i++) PetscCall(KarImageDestroy(&images[i]));
  PetscCall(PetscFree(images));
  PetscCall(KarStationsDestroy(&set));
  PetscCall(PetscPrintf(comm, "wrote %s\n", r->out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Options that have no meaning for what the file holds; names ends with NULL. */
static PetscErrorCode RefuseOptions(MPI_Comm comm, const Render *r, const char holds[], const char *const names[])
{
  PetscBool given;

  PetscFunctionBegin;
  for (int i = 0; names[i]; i++) {
    PetscCall(KarOptionsGiven(NULL, names[i], &given));
    KarCheck(comm, !given, PETSC_ERR_USER_INPUT, "-%s is of fields on a grid, and %s holds %s: leave it out", names[i],
             r->in, holds);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether the samples are paths in time; then which are drawn unless told: four times of the first, or else the first
   four samples. */
static PetscErrorCode ChooseSamples(MPI_Comm comm, KarDataset data, const KarVariable *variable, Render *r)
{
  static const char *const time[] = {"time"};
  char                     source[64];
  PetscBool                found;
  PetscInt                 v;

  PetscFunctionBegin;
  PetscCall(KarDatasetFindVariable(data, variable->name, &v));
  PetscCall(KarDatasetGetTimes(data, v, &r->times));
  r->paths = variable->samples / r->times;
  PetscCall(KarDatasetGetString(data, "source", sizeof(source), source, &found));
  if (r->times > 1 && found && !strncmp(source, "Karhunen", 8)) PetscCall(KarTableRead(comm, r->in, 1, time, &r->time));
  if (r->count || r->frames || r->ensemble) PetscFunctionReturn(PETSC_SUCCESS);
  r->count = PetscMin(4, variable->samples);
  for (PetscInt i = 0; i < r->count; i++) r->samples[i] = r->times > 4 && r->paths > 1 ? i * (r->times - 1) / 3 : i;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCommandRender(MPI_Comm comm)
{
  static const char *const of_grids[]  = {"quantity", "projection", "plane", "frames", "ensemble", "obs_data", NULL};
  static const char *const of_colors[] = {"component",  "pixels", "colormap", "range",
                                          "mask_below", "title",  "top",      NULL};
  Render                   r;
  KarDataset               data;
  KarVariable              variable;
  PetscBool                done;
  char                     curves[16];

  PetscFunctionBegin;
  memset(&r, 0, sizeof(r));
  PetscCall(ReadOptions(&r));
  PetscCall(KarCommandReady(comm, &done));
  if (done) PetscFunctionReturn(PETSC_SUCCESS);
  KarCheck(comm, r.in[0] || r.beside[0], PETSC_ERR_USER_INPUT, "render what? karhunen render FILE -out fields.png");
  KarCheck(comm, r.out[0], PETSC_ERR_USER_INPUT,
           "-out is missing: give the name of the picture, as in -out fields.png");
  if (r.beside[0]) {
    KarCheck(comm, !r.obs_data[0], PETSC_ERR_USER_INPUT, "-obs_data with -beside: data are of one set: leave it out");
    PetscCall(RenderBeside(comm, &r));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarStationsIs(comm, r.in, &done));
  if (done) {
    PetscCall(RefuseOptions(comm, &r, "values at places", of_grids));
    PetscCall(RenderStations(comm, &r));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarDatasetOpenAs(comm, r.in, &r.reading, &data));
  PetscCall(KarDatasetSay(data, comm, NULL));
  PetscCall(KarDatasetGetVariable(data, 0, &variable));
  PetscCall(KarDatasetGetString(data, "curves", sizeof(curves), curves, &done));
  if (done && variable.components == 2) {
    PetscCall(RefuseOptions(comm, &r, "curves", of_grids));
    PetscCall(RefuseOptions(comm, &r, "curves", of_colors));
    PetscCall(RenderCurves(comm, data, &variable, &r));
    PetscCall(KarDatasetClose(&data));
    PetscCall(PetscPrintf(comm, "wrote %s\n", r.out));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(RenderReadStyle(data, &variable, &r));
  PetscCall(RenderChoosePlanes(comm, data, &variable, &r));
  if (r.obs_data[0]) PetscCall(RenderPlaces(comm, data, &r));
  PetscCall(ChooseSamples(comm, data, &variable, &r));
  if (r.ensemble) PetscCall(DrawEnsemble(comm, data, &variable, &r));
  else if (r.frames) PetscCall(DrawFrames(comm, data, &variable, &r));
  else PetscCall(DrawSamples(comm, data, &variable, &r));
  PetscCall(RenderCurlDestroy(&r.curl));
  PetscCall(KarTableDestroy(&r.time));
  PetscCall(PetscFree(r.mark));
  PetscCall(KarDatasetClose(&data));
  if (!r.frames) PetscCall(PetscPrintf(comm, "wrote %s\n", r.out));
  PetscFunctionReturn(PETSC_SUCCESS);
}
