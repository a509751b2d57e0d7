/* karhunen info MODEL: what a trained model is, for who is to draw from it: its law, grid, network, training and the
   sampler that it is drawn with. */
#include "cli.h"

#include <karhunen/place.h>

enum { COLUMNS = 8 }; /* most columns of a training's history */

static const char *plural(PetscInt64 n)
{
  return n == 1 ? "" : "s";
}

static void Numbers(PetscInt n, const PetscReal x[], const char between[], size_t size, char text[])
{
  size_t used = 0;

  text[0] = 0;
  for (PetscInt a = 0; a < n && used < size; a++)
    used += (size_t)snprintf(text + used, size - used, "%s%.6g", a ? between : "", (double)x[a]);
}

/* What the fields are, and their box. */
static PetscErrorCode SayFields(MPI_Comm comm, const KarFieldLabel *label, const KarGridInfo *g)
{
  char            n[128], length[128], origin[128];
  const PetscReal points[3] = {(PetscReal)g->n[0], (PetscReal)g->n[1], (PetscReal)g->n[2]};
  const PetscBool unit      = (PetscBool)(label->length_units[0] && strcmp(label->length_units, "1"));

  PetscFunctionBegin;
  Numbers(g->dim, points, " x ", sizeof(n), n);
  Numbers(g->dim, g->length, " x ", sizeof(length), length);
  Numbers(g->dim, label->origin, ", ", sizeof(origin), origin);
  PetscCall(PetscPrintf(comm, "  fields       %s%s%s, unit %s, %" PetscInt_FMT " component%s\n", label->variable,
                        label->long_name[0] ? ": " : "", label->long_name, label->units[0] ? label->units : "1", g->dof,
                        plural(g->dof)));
  PetscCall(PetscPrintf(comm, "  box          %s%s%s, %s, axes begin at %s; trained on %s points\n", length,
                        unit ? " " : "", unit ? label->length_units : "",
                        g->basis == KAR_BASIS_COSINE ? "reflecting ends" : "periodic", origin, n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Steps, fields and the last line of the history of a training; nothing where the file does not say. */
static PetscErrorCode SayTraining(MPI_Comm comm, KarCheckpoint file)
{
  PetscBool  steps, history;
  PetscInt   ndim, shape[8];
  PetscInt64 n, fields;
  PetscReal *line;

  PetscFunctionBegin;
  PetscCall(KarCheckpointHas(file, "training/steps", &steps));
  PetscCall(KarCheckpointHas(file, "training/history", &history));
  if (!steps) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarCheckpointGetInt(file, "training/steps", &n));
  PetscCall(KarCheckpointGetInt(file, "training/fields", &fields));
  PetscCall(PetscPrintf(comm, "  training     %lld step%s on %lld field%s", (long long)n, plural(n), (long long)fields,
                        plural(fields)));
  if (history) PetscCall(KarCheckpointGetShape(file, "training/history", &ndim, shape));
  if (history && ndim == 2 && shape[0] > 0 && shape[1] >= 3 && shape[1] <= COLUMNS) {
    PetscCall(PetscMalloc1(shape[0] * shape[1], &line));
    PetscCall(KarCheckpointGetReals(file, "training/history", shape[0] * shape[1], line));
    const PetscReal *last = line + (shape[0] - 1) * shape[1];

    PetscCall(PetscPrintf(comm, "; at its end loss %.4f", (double)last[1]));
    if (last[2] != 0) PetscCall(PetscPrintf(comm, ", %.4f on fields held back", (double)last[2]));
    PetscCall(PetscFree(line));
  }
  PetscCall(PetscPrintf(comm, "\n"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The commands that made it, newest first. */
static PetscErrorCode SayHistory(MPI_Comm comm, KarCheckpoint file)
{
  char      text[16384] = "", *line, *rest;
  PetscBool has;

  PetscFunctionBegin;
  PetscCall(KarCheckpointHas(file, "history", &has));
  if (has) PetscCall(KarCheckpointGetString(file, "history", sizeof(text), text));
  for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
    PetscCall(PetscPrintf(comm, "  made by      %s\n", line));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* -denoiser_resolve, where the file says it. */
static PetscErrorCode SayResolve(MPI_Comm comm, KarCheckpoint file)
{
  PetscReal resolve;
  PetscBool has;
  char      text[32]; /* C's %g: PETSc's own writes 1. */

  PetscFunctionBegin;
  PetscCall(KarCheckpointHas(file, "architecture/resolve", &has));
  if (!has) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarCheckpointGetReal(file, "architecture/resolve", &resolve));
  (void)snprintf(text, sizeof(text), "%g", (double)resolve);
  PetscCall(PetscPrintf(comm, "  network      runs on %s%s: -denoiser_resolve %s\n",
                        resolve >= 1   ? "its training grid"
                        : resolve <= 0 ? "the grid of the fields"
                                       : "a grid that resolves its levels",
                        resolve >= 1 ? ", whatever the grid of the fields" : "", text));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SayPrecision(MPI_Comm comm, KarCheckpoint file)
{
  PetscBool half;

  PetscFunctionBegin;
  PetscCall(KarCheckpointIsHalf(file, "weights", &half));
  if (half) PetscCall(PetscPrintf(comm, "  weights      in half precision, each to one part in 2,000\n"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What a model of fields is for, by which command; part: of a cascade it is this, NULL: it is none's. */
static PetscErrorCode SayKind(MPI_Comm comm, KarDenoiser denoiser, const char part[])
{
  const PetscReal *start, *end;
  PetscBool        given;
  const char      *kinds;
  KarImplicit      decoder;

  PetscFunctionBegin;
  PetscCall(KarDenoiserGetEnds(denoiser, &start, &end));
  PetscCall(KarDenoiserIsGiven(denoiser, &given));
  PetscCall(KarDenoiserGetDecoder(denoiser, &decoder));
  PetscCall(PetscPrintf(comm, "  model        %s\n",
                        start     ? "of bridges from one law to another, karhunen translate -model, or of a control, "
                                    "karhunen control -control_model"
                        : given   ? "of fields given data: karhunen posterior -posterior_type amortised -model"
                        : decoder ? "of latents, with their decoder: karhunen sample -model"
                        : part    ? part
                                  : "of a law of fields: karhunen sample -model, karhunen posterior -model"));
  if (given) {
    PetscCall(KarDenoiserGetObserved(denoiser, &kinds));
    PetscCall(PetscPrintf(comm, "  data         of the kinds %s\n", kinds));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SayDenoiser(MPI_Comm comm, const char path[], KarCheckpoint file, const char part[])
{
  KarDenoiser   denoiser;
  KarFieldLabel label;
  KarFFT        fft;
  KarGrid       grid;
  KarGridInfo   g;
  KarCalibrated by;
  char          text[64];

  const KarCalibrationBins *bins;
  PetscBool                 energy;
  const PetscReal          *r;

  PetscFunctionBegin;
  PetscCall(KarDenoiserRead(comm, file, path, 0, NULL, &denoiser));
  PetscCall(KarDenoiserSetUp(denoiser));
  PetscCall(KarDenoiserGetLabel(denoiser, &label));
  PetscCall(KarDenoiserGetFFT(denoiser, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  PetscCall(SayKind(comm, denoiser, part));
  PetscCall(SayFields(comm, &label, &g));
  PetscCall(SayTraining(comm, file));
  PetscCall(SayResolve(comm, file));
  PetscCall(SayPrecision(comm, file));
  PetscCall(KarDenoiserGetCalibrated(denoiser, &by));
  PetscCall(KarDenoiserGetCalibration(denoiser, &bins, &r));
  PetscCall(KarDenoiserHasEnergyGains(denoiser, &energy));
  (void)snprintf(text, sizeof(text), "-sampler_end %.3g -sampler_eta %g", (double)by.end, (double)by.eta);
  if (by.evaluations)
    PetscCall(PetscPrintf(comm,
                          "  sampler      calibrated for, and drawn with unless told otherwise: -sampler_evaluations "
                          "%" PetscInt_FMT " %s\n"
                          "  gains        of %s\n",
                          by.evaluations, text,
                          energy        ? "the whole denoiser, at each place by the energy there"
                          : bins->whole ? "the whole denoiser"
                                        : "its linear part"));
  else PetscCall(PetscPrintf(comm, "  sampler      not calibrated: karhunen sample's own\n"));
  PetscCall(KarDenoiserView(denoiser, PETSC_VIEWER_STDOUT_(comm)));
  PetscCall(SayHistory(comm, file));
  PetscCall(KarDenoiserDestroy(&denoiser));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SayCascade(MPI_Comm comm, const char path[], KarCheckpoint file)
{
  PetscInt64 levels;
  char       group[32];

  PetscFunctionBegin;
  PetscCall(KarCheckpointGetInt(file, "levels", &levels));
  PetscCall(
    PetscPrintf(comm, "a cascade of %lld networks, coarse octaves first: karhunen sample -model\n", (long long)levels));
  for (PetscInt64 j = 0; j < levels; j++) {
    (void)snprintf(group, sizeof(group), "level%lld/", (long long)j);
    PetscCall(KarCheckpointSetGroup(file, group));
    PetscCall(PetscPrintf(comm, "level %lld\n", (long long)j));
    PetscCall(SayDenoiser(comm, path, file, j ? "an octave of the cascade" : "the base of the cascade"));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SayPlaced(MPI_Comm comm, const char path[], KarCheckpoint file)
{
  KarPlaced     model;
  KarPlacedSays says;
  PetscReal     nugget;
  KarCov        data;
  KarFFT        fft;
  KarGrid       grid;
  KarGridInfo   g;

  PetscFunctionBegin;
  PetscCall(KarPlacedLoad(comm, path, &model));
  PetscCall(KarPlacedGetSays(model, &says));
  PetscCall(KarPlacedGetCovariance(model, &data, &nugget));
  PetscCall(KarCovGetFFT(data, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  PetscCall(PetscPrintf(comm, "  model        of values at places: karhunen sample -points FILE -model\n"));
  PetscCall(SayFields(comm, &says.label, &g));
  PetscCall(SayTraining(comm, file));
  PetscCall(KarPlacedView(model, PETSC_VIEWER_STDOUT_(comm)));
  PetscCall(KarPlacedDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SayImplicit(MPI_Comm comm, const char path[], KarCheckpoint file)
{
  KarImplicit   model;
  KarFieldLabel label;
  KarGridInfo   g;

  PetscFunctionBegin;
  PetscCall(KarImplicitLoad(comm, path, &model));
  PetscCall(KarImplicitGetLabel(model, &label));
  PetscCall(KarImplicitGetGrid(model, &g));
  PetscCall(PetscPrintf(comm, "  model        an implicit representation: karhunen encode -model\n"));
  PetscCall(SayFields(comm, &label, &g));
  PetscCall(SayTraining(comm, file));
  PetscCall(KarImplicitView(model, PETSC_VIEWER_STDOUT_(comm)));
  PetscCall(KarImplicitDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SayState(MPI_Comm comm, KarCheckpoint file)
{
  PetscInt64 step, steps;

  PetscFunctionBegin;
  PetscCall(KarCheckpointGetInt(file, "step", &step));
  PetscCall(KarCheckpointGetInt(file, "steps", &steps));
  PetscCall(PetscPrintf(comm,
                        "the state of a training after %lld of %lld steps: the same karhunen train with -resume goes "
                        "on\n",
                        (long long)step, (long long)steps));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Of karhunen sample. */
static PetscErrorCode SayDraw(MPI_Comm comm, KarCheckpoint file)
{
  PetscInt64 sample;

  PetscFunctionBegin;
  PetscCall(KarCheckpointGetInt(file, "sample", &sample));
  PetscCall(PetscPrintf(comm,
                        "the state of sample %lld, which is being drawn: the same karhunen sample with -resume goes "
                        "on\n",
                        (long long)sample));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarInfoModel(MPI_Comm comm, const char path[], PetscBool *is)
{
  static const struct {
    const char *kind;
    PetscErrorCode (*say)(MPI_Comm, const char[], KarCheckpoint);
  } models[]             = {{"karhunen cascade 1", SayCascade},
                            {"karhunen places 1", SayPlaced},
                            {"karhunen implicit representation 1", SayImplicit}};
  char          kind[64] = "";
  KarCheckpoint file;
  KarFileState  state;

  PetscFunctionBegin;
  PetscCall(KarFileCheck(comm, path, &state));
  *is = PETSC_FALSE;
  if (state != KAR_FILE_SOUND) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarCheckpointOpen(comm, path, &file));
  PetscCall(KarCheckpointHas(file, "kind", is));
  if (*is) PetscCall(KarCheckpointGetString(file, "kind", sizeof(kind), kind));
  if (!strncmp(kind, "karhunen", 8))
    PetscCall(PetscPrintf(comm, "%s, whole: its checksum fits (-info_arrays: what the file holds)\n", path));
  *is = PETSC_FALSE;
  if (!strcmp(kind, "karhunen denoiser 1")) {
    PetscCall(SayDenoiser(comm, path, file, NULL));
    *is = PETSC_TRUE;
  } else if (!strncmp(kind, "karhunen training state", 23)) {
    PetscCall(SayState(comm, file));
    *is = PETSC_TRUE;
  } else if (!strncmp(kind, "karhunen sampling state", 23)) {
    PetscCall(SayDraw(comm, file));
    *is = PETSC_TRUE;
  }
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(models); i++)
    if (!strcmp(kind, models[i].kind)) {
      PetscCall(models[i].say(comm, path, file));
      *is = PETSC_TRUE;
    }
  PetscCall(KarCheckpointDestroy(&file));
  PetscFunctionReturn(PETSC_SUCCESS);
}
