/* karhunen render FILE -out PICTURE: fields of a data set as one sheet. */
#include "cli.h"

#define MOST 256

typedef struct {
  char            in[PETSC_MAX_PATH_LEN], out[PETSC_MAX_PATH_LEN], variable[64];
  PetscInt        samples[MOST], count, component, pixels;
  PetscReal       below;
  PetscBool       mask;
  KarPictureStyle style;
  KarReplace      replace;
} Render;

static PetscErrorCode ReadOptions(Render *r)
{
  PetscInt  colors = KAR_COLORS_AUTO, ends = 2;
  PetscReal range[2];

  PetscFunctionBegin;
  PetscCall(KarOptionsString(NULL, "in", "the file of fields", sizeof(r->in), r->in));
  PetscCall(KarOptionsString(NULL, "out", "the picture: .png, .pdf or .svg", sizeof(r->out), r->out));
  PetscCall(
    KarOptionsString(NULL, "variable", "which variable; the first of the file", sizeof(r->variable), r->variable));
  r->count = MOST;
  PetscCall(KarOptionsIntArray(NULL, "samples", "numbers of the samples to draw; the first four", 0, PETSC_MAX_INT,
                               &r->count, r->samples));
  PetscCall(KarOptionsInt(NULL, "component", "which component of a vector field", 0, 1 << 20, &r->component));
  PetscCall(KarOptionsInt(NULL, "columns", "panels in a row; 0: as the sheet is best", 0, MOST, &r->style.columns));
  r->pixels = 2048;
  PetscCall(KarOptionsInt(NULL, "pixels", "most points of a panel along a side; larger fields are averaged", 16, 32768,
                          &r->pixels));
  PetscCall(KarOptionsChoice(NULL, "colormap", "colours", KarColorsNames, &colors));
  PetscCall(KarOptionsRealArray(NULL, "range", "values at the ends of the colours; from the fields", -PETSC_MAX_REAL,
                                PETSC_MAX_REAL, &ends, range));
  if (ends == 2) r->style.low = range[0], r->style.high = range[1];
  PetscCall(KarOptionsReal(NULL, "mask_below", "draw where the field is below this value, black on white",
                           -PETSC_MAX_REAL, PETSC_MAX_REAL, &r->below));
  PetscCall(KarOptionsGiven(NULL, "mask_below", &r->mask));
  PetscCall(KarOptionsString(NULL, "title", "words above the picture", sizeof(r->style.title), r->style.title));
  PetscCall(KarOptionsBool(NULL, "top", "row 0 at the top, as in photographs; else the file says", &r->style.top));
  PetscCall(KarOutputReplaceFromOptions(&r->replace));
  r->style.colors = (KarColors)colors;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What the file says about its looks. */
static PetscErrorCode ReadStyle(KarDataset data, const KarVariable *variable, Render *r)
{
  KarDatasetInfo info;
  char           rows[16];
  PetscBool      found, given;

  PetscFunctionBegin;
  PetscCall(KarDatasetGetInfo(data, &info));
  if (strcmp(info.units, "1")) PetscCall(PetscStrncpy(r->style.units, info.units, sizeof(r->style.units)));
  (void)snprintf(r->style.label, sizeof(r->style.label), "%s%s%.30s", variable->long_name,
                 strcmp(variable->units, "1") ? " / " : "", strcmp(variable->units, "1") ? variable->units : "");
  if (r->style.colors == KAR_COLORS_AUTO && strstr(variable->long_name, "phase") && !strncmp(variable->units, "rad", 3))
    r->style.colors = KAR_COLORS_CYCLIC;
  if (r->mask) {
    r->style.colors = KAR_COLORS_GREY, r->style.low = 0, r->style.high = 1;
    r->style.bare = PETSC_TRUE;
    if (!r->style.title[0])
      (void)snprintf(r->style.title, sizeof(r->style.title), "%s < %g", variable->name, (double)r->below);
  }
  PetscCall(KarDatasetGetString(data, "rows", sizeof(rows), rows, &found));
  PetscCall(KarOptionsGiven(NULL, "top", &given));
  if (found && !given) r->style.top = strcmp(rows, "down") ? PETSC_FALSE : PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* 0 (black) where the image is below the level, else 1. */
static void Mask(PetscReal below, KarImage *image)
{
  for (PetscInt i = 0; image->values && i < image->ny * image->nx; i++)
    image->values[i] = (PetscReal)image->values[i] < below ? 0 : 1;
}

static PetscErrorCode DrawSamples(MPI_Comm comm, KarDataset data, const KarVariable *variable, const Render *r)
{
  KarImage *images;
  PetscBool angle = r->style.colors == KAR_COLORS_CYCLIC ? PETSC_TRUE : PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(r->count, &images));
  for (PetscInt i = 0; i < r->count; i++) {
    PetscCall(KarImageFromDataset(data, variable->name, r->samples[i], r->component, angle, r->pixels, &images[i]));
    if (r->mask) Mask(r->below, &images[i]);
    if (r->count > 1) (void)snprintf(images[i].title, sizeof(images[i].title), "sample %" PetscInt_FMT, r->samples[i]);
  }
  PetscCall(KarPictureFields(comm, r->out, r->replace, r->count, images, &r->style));
  for (PetscInt i = 0; i < r->count; i++) PetscCall(KarImageDestroy(&images[i]));
  PetscCall(PetscFree(images));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCommandRender(MPI_Comm comm)
{
  Render      r;
  KarDataset  data;
  KarVariable variable;
  PetscInt    v;
  PetscBool   done;

  PetscFunctionBegin;
  memset(&r, 0, sizeof(r));
  PetscCall(ReadOptions(&r));
  PetscCall(KarCommandReady(comm, &done));
  if (done) PetscFunctionReturn(PETSC_SUCCESS);
  KarCheck(comm, r.in[0], PETSC_ERR_USER_INPUT, "render what? karhunen render FILE -out fields.png");
  KarCheck(comm, r.out[0], PETSC_ERR_USER_INPUT,
           "-out is missing: give the name of the picture, as in -out fields.png");
  PetscCall(KarDatasetOpen(comm, r.in, &data));
  PetscCall(KarDatasetFindVariable(data, r.variable, &v));
  PetscCall(KarDatasetGetVariable(data, v, &variable));
  if (!r.count) {
    r.count = PetscMin(4, variable.samples);
    for (PetscInt i = 0; i < r.count; i++) r.samples[i] = i;
  }
  PetscCall(ReadStyle(data, &variable, &r));
  PetscCall(DrawSamples(comm, data, &variable, &r));
  PetscCall(KarDatasetClose(&data));
  PetscCall(PetscPrintf(comm, "%s\n", r.out));
  PetscFunctionReturn(PETSC_SUCCESS);
}
