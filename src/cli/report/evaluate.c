/* karhunen evaluate -data reference.h5 -samples fields.h5 -out report: two sets of fields, measured alike and compared.
   It prints numbers, their errors, and how far apart two halves of the reference are; it judges nothing. */
#include "placed.h"

typedef struct {
  PetscInt            fields;        /* of each set, at most; 0: all */
  PetscInt            energy_fields; /* of each set in the energy test, at most */
  ReportTests         tests;
  KarReadOptions      reading[SETS];
  ReportMemoryOptions memory;
  KarClassifier       judge; /* NULL without -judge */
  Given               given; /* no truths: two sets of one law */
} Options;

enum { KEPT_VALUES = 1 << 23 };

/* Reads and measures one set; its first field's mean is the origin of the moments when *shift is not known yet (NaN).
   */
static PetscErrorCode MeasureSet(MPI_Comm comm, KarDataset data, const Report *report, int s, PetscBool slabs,
                                 const Options *options, PetscReal *shift, KarMeasure *measure,
                                 const KarMeasureInfo **info, PetscBool *stop)
{
  KarMeasureConfig config = {.phase    = report->phase,
                             .shapes   = report->shapes,
                             .judge    = PETSC_TRUE,
                             .flow     = report->flow,
                             .velocity = report->velocity,
                             .fields   = options->energy_fields,
                             .values   = KEPT_VALUES};
  KarProgress      progress;
  KarGrid          grid;
  PetscInt         rounds, numbers;
  Vec              field;
  int              rank = 0, ranks = 1, failed = 0;

  PetscFunctionBegin;
  if (!slabs) {
    PetscCallMPI(MPI_Comm_rank(comm, &rank));
    PetscCallMPI(MPI_Comm_size(comm, &ranks));
  }
  rounds = (report->samples[s] + ranks - 1) / ranks;
  PetscCall(KarDatasetCreateGrid(data, slabs ? comm : PETSC_COMM_SELF, report->variable[s], &grid));
  PetscCall(KarGridCreateField(grid, &field));
  if (report->truncation[0]) PetscCall(PetscArraycpy(config.n, report->n, 3));
  if (report->truncation[0] || report->energy_n[0] < report->n[0])
    PetscCall(PetscArraycpy(config.energy, report->energy_n, 3));
  if (PetscIsNanReal(*shift)) {
    PetscCall(KarDatasetRead(data, report->variable[s], 0, field));
    PetscCall(VecSum(field, shift));
    PetscCall(VecGetSize(field, &numbers));
    *shift /= (PetscReal)numbers;
  }
  config.shift = *shift;
  PetscCall(KarMeasureCreate(comm, grid, report->samples[s], rounds, &config, measure));
  PetscCall(
    KarProgressCreate(comm, s == REFERENCE ? "measuring the reference" : "measuring the samples", rounds, &progress));
  for (PetscInt t = 0; t < rounds && !*stop; t++) {
    const PetscInt i = t * ranks + rank;

    if (i < report->samples[s]) {
      failed = (int)KarDatasetRead(data, report->variable[s], i, field);
      if (!failed) PetscCall(KarMeasureAdd(*measure, i, field));
    }
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, comm));
    if (failed) PetscFunctionReturn((PetscErrorCode)failed); /* the rank that read it has said why */
    PetscCall(KarProgressUpdate(progress, t + 1, NULL));
    PetscCall(KarStopRequested(comm, stop));
  }
  PetscCall(KarMeasureFinish(*measure, info));
  PetscCall(KarProgressDestroy(&progress));
  PetscCall(VecDestroy(&field));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Compare(MPI_Comm comm, KarDataset data[SETS], const Options *options, const char stem[],
                              KarReplace replace, Report *report, PetscBool *stop)
{
  char                  path[PETSC_MAX_PATH_LEN + 8];
  const KarMeasureInfo *set[SETS];
  KarMeasure            measure[SETS] = {NULL};
  PetscReal             shift         = report->phase ? 0 : NAN;
  PetscBool             slabs;

  PetscFunctionBegin;
  *stop = PETSC_FALSE;
  ReportChooseGrids(report, &slabs);
  KarCheck(comm, !options->judge || !slabs, PETSC_ERR_SUP,
           "-judge: fields of more than %d points are more than it learns from: compare truncated ones", SLAB_POINTS);
  KarCheck(comm, !options->memory.path[0] || !slabs, PETSC_ERR_SUP,
           "-memory: fields of more than %d points are more than it compares: give truncated ones", SLAB_POINTS);
  if (options->memory.path[0]) PetscCall(ReportMemoryCheck(comm, &options->memory, report));
  for (int s = 0; s < SETS && !*stop; s++)
    PetscCall(MeasureSet(comm, data[s], report, s, slabs, options, &shift, &measure[s], &set[s], stop));
  if (!*stop) {
    PetscCall(ReportCompare(comm, set, shift, &options->tests, report));
    PetscCall(KarStopRequested(comm, stop)); /* it ends permutations at once */
  }
  if (!*stop) {
    (void)snprintf(path, sizeof(path), "%s.h5", stem);
    if (report->phase)
      PetscCall(EnsembleWrite(comm, path, replace, data[SAMPLES], report->variable[SAMPLES], slabs, set[SAMPLES]));
  }
  if (options->memory.path[0] && !*stop)
    PetscCall(ReportMemory(comm, data, &options->memory, options->tests.seed, report, stop));
  if (options->judge && !*stop) PetscCall(ReportClassify(comm, data, options->judge, report, stop));
  for (int s = 0; s < SETS; s++) PetscCall(KarMeasureDestroy(&measure[s]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Claims every output before the work, so that none is refused after it. */
static PetscErrorCode ClaimOutputs(MPI_Comm comm, const char stem[], PetscBool ensemble, PetscBool maps,
                                   KarReplace *replace, KarOutput *json)
{
  const char *const ends[]   = {".png", ".pdf", ".html", ".h5", "-places.png", "-coverage.png"};
  const PetscBool   wanted[] = {PETSC_TRUE, PETSC_TRUE, PETSC_TRUE, ensemble, maps, maps};
  char              path[PETSC_MAX_PATH_LEN + 16];
  KarOutput         picture;

  PetscFunctionBegin;
  PetscCall(KarOutputReplaceFromOptions(NULL, replace));
  for (size_t e = 0; e < PETSC_STATIC_ARRAY_LENGTH(ends); e++) {
    if (!wanted[e]) continue;
    (void)snprintf(path, sizeof(path), "%s%s", stem, ends[e]);
    PetscCall(KarOutputCreate(comm, path, *replace, 1 << 20, &picture));
    PetscCall(KarOutputDestroy(&picture));
  }
  (void)snprintf(path, sizeof(path), "%s.json", stem);
  PetscCall(KarOutputCreate(comm, path, *replace, 1 << 20, json));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The first fields of both sets, with the colours of one range. */
static PetscErrorCode ShowFields(MPI_Comm comm, KarDataset data[SETS], const Report *report, Html page)
{
  enum { SHOWN = 3 };
  static const char *const name[SETS] = {"reference", "samples"};
  KarPictureStyle          style = {.columns = SHOWN, .colors = report->phase ? KAR_COLORS_CYCLIC : KAR_COLORS_AUTO};
  KarImage                 images[SETS * SHOWN];
  PetscInt n = 0, each = PetscMin(SHOWN, PetscMin(report->samples[REFERENCE], report->samples[SAMPLES]));

  PetscFunctionBegin;
  for (int s = 0; s < SETS; s++)
    for (PetscInt i = 0; i < each; i++, n++) {
      PetscCall(KarImageFromDataset(data[s], report->variable[s], i, NULL, 0, report->phase, 256, &images[n]));
      (void)snprintf(images[n].title, sizeof(images[n].title), "%s %" PetscInt_FMT, name[s], i);
    }
  style.columns = each;
  PetscCall(HtmlAddFields(page, n, images, &style, "the first fields of each set"));
  for (PetscInt i = 0; i < n; i++) PetscCall(KarImageDestroy(&images[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Tell(MPI_Comm comm, KarDataset data[SETS], const Report *report, const char stem[],
                           KarReplace replace, KarOutput *json)
{
  char path[PETSC_MAX_PATH_LEN + 16], title[2 * PETSC_MAX_PATH_LEN + 64];
  Html page;

  PetscFunctionBegin;
  (void)snprintf(title, sizeof(title), "%s, compared with %s", report->path[SAMPLES], report->path[REFERENCE]);
  PetscCall(HtmlCreate(comm, stem, replace, title, &page));
  PetscCall(HtmlBeginTable(page));
  PetscCall(ReportPrint(comm, report));
  PetscCall(HtmlEndTable(page));
  PetscCall(ReportPlot(comm, report, stem, replace, page));
  PetscCall(ShowFields(comm, data, report, page));
  PetscCall(HtmlCommit(&page));
  PetscCall(ReportWriteJSON(comm, report, *json));
  PetscCall(KarOutputCommit(json, PETSC_FALSE));
  PetscCall(PetscPrintf(comm, "wrote %s.json, %s.png, %s.pdf and %s.html\n", stem, stem, stem, stem));
  (void)snprintf(path, sizeof(path), "%s.surest.png", stem);
  if (report->verdicts) {
    PetscCall(ReportClassifierPicture(comm, data, report, path, replace));
    PetscCall(PetscPrintf(comm, "wrote %s: the fields that the network is surest of\n", path));
  }
  if (report->phase)
    PetscCall(PetscPrintf(comm, "wrote %s.h5: circular mean and variance of the samples, pixel by pixel\n", stem));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* An error where one of these options is given; `what`: where it has no effect. */
static PetscErrorCode Refuse(MPI_Comm comm, const char *const names[], const char what[])
{
  PetscBool given;

  PetscFunctionBegin;
  for (int i = 0; names[i]; i++) {
    PetscCall(KarOptionsGiven(NULL, names[i], &given));
    KarCheck(comm, !given, PETSC_ERR_USER_INPUT, "-%s has no effect %s: leave it out", names[i], what);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Evaluate(MPI_Comm comm, const char stem[], const Options *options, Report *report)
{
  static const char *const grids[]    = {"truths",        "obs_data",          "memory", "judge", "phase", "shapes",
                                         "evaluate_flow", "evaluate_velocity", NULL};
  const char *const        path[SETS] = {report->path[REFERENCE], report->path[SAMPLES]};
  KarDataset               data[SETS];
  KarReplace               replace;
  KarOutput                json;
  PetscBool                stop = PETSC_FALSE, places[SETS];

  PetscFunctionBegin;
  for (int s = 0; s < SETS; s++) PetscCall(KarStationsIs(comm, path[s], &places[s]));
  if (places[REFERENCE] || places[SAMPLES]) {
    PetscCall(Refuse(comm, grids, "on fields at scattered places"));
    PetscCall(ClaimOutputs(comm, stem, PETSC_FALSE, PETSC_FALSE, &replace, &json));
    PetscCall(StationsEvaluate(comm, path, options->reading, options->fields, options->energy_fields, &options->tests,
                               stem, replace, &json));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(ReportOpenSets(comm, options->reading, options->fields, report, data));
  PetscCall(ClaimOutputs(comm, stem, report->phase, (PetscBool)(options->given.obs_data[0] != 0), &replace, &json));
  if (options->given.truths) PetscCall(GivenEvaluate(comm, data, report, &options->given, stem, replace, &json, &stop));
  else PetscCall(Compare(comm, data, options, stem, replace, report, &stop));
  if (stop) PetscCall(KarStopped(comm, "no report is written"));
  else if (!options->given.truths) PetscCall(Tell(comm, data, report, stem, replace, &json));
  PetscCall(KarOutputDestroy(&json));
  for (PetscInt v = 0; v < report->verdicts; v++) PetscCall(KarVerdictDestroy(&report->verdict[v]));
  for (int s = 0; s < SETS; s++) {
    PetscCall(PetscFree2(report->modes[s], report->spectrum[s]));
    PetscCall(KarDatasetDestroy(&data[s]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The two sets. */
static PetscErrorCode SetsFromOptions(Options *options, Report *report, size_t size, char stem[])
{
  PetscFunctionBegin;
  PetscCall(KarOptionsString(NULL, "data", "the reference: a file of fields", sizeof(report->path[REFERENCE]),
                             report->path[REFERENCE]));
  PetscCall(KarOptionsString(NULL, "samples", "the fields to compare with it", sizeof(report->path[SAMPLES]),
                             report->path[SAMPLES]));
  PetscCall(KarOptionsString(NULL, "out", "stem of the report: stem.html, stem.json, stem.png, stem.pdf", size, stem));
  PetscCall(KarReadOptionsRead(NULL, &options->reading[REFERENCE]));
  PetscCall(KarReadOptionsRead("samples_", &options->reading[SAMPLES]));
  if (!options->reading[SAMPLES].variable[0])
    PetscCall(PetscStrncpy(options->reading[SAMPLES].variable, options->reading[REFERENCE].variable,
                           sizeof(options->reading[SAMPLES].variable)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What the fields are, and what they were learnt from. */
static PetscErrorCode KindFromOptions(Options *options, Report *report)
{
  PetscFunctionBegin;
  PetscCall(KarOptionsBool(NULL, "phase",
                           "the fields are wrapped phases in rad: circular statistics, and stem.h5 with those of each "
                           "pixel (so when the variable is `phase` in rad)",
                           &report->phase));
  PetscCall(KarOptionsBool(
    NULL, "shapes",
    "the fields are signed distances in heights: area, components, holes, slope (so when the variable is `sdf`)",
    &report->shapes));
  PetscCall(
    KarOptionsBool(NULL, "evaluate_flow",
                   "the fields are vorticities in a plane: judge their flow too (so when the variable is `vorticity`)",
                   &report->flow));
  PetscCall(KarOptionsBool(
    NULL, "evaluate_velocity",
    "the fields are velocities, component a along axis a: energy, its flux, derivatives, increments and divergence (so "
    "when the variable is `velocity`)",
    &report->velocity));
  PetscCall(ReportMemoryFromOptions(options->reading[REFERENCE].variable, &options->memory));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The network that tells the sets apart. */
static PetscErrorCode JudgeFromOptions(MPI_Comm comm, Options *options, Report *report)
{
  PetscBool judge = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(
    KarOptionsBool(NULL, "judge", "a network learns from half of both sets and is tested on the other half", &judge));
  report->control = PETSC_TRUE;
  if (judge || KarOptionsHelping()) {
    PetscCall(KarOptionsBool(NULL, "judge_control",
                             "as a control, another network for two halves of the reference, which are of one law",
                             &report->control));
    PetscCall(KarClassifierCreate(comm, &options->judge));
    PetscCall(KarClassifierSetFromOptions(options->judge));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Fields and tests. */
static PetscErrorCode TestsFromOptions(Options *options)
{
  PetscFunctionBegin;
  PetscCall(KarOptionsInt(NULL, "fields", "use at most so many fields of each set; 0: all", 0, PETSC_MAX_INT,
                          &options->fields));
  PetscCall(KarOptionsInt(NULL, "energy_fields", "most fields of each set in the energy distance", 0, 10000,
                          &options->energy_fields));
  PetscCall(KarOptionsInt(NULL, "truths",
                          "the samples are draws given data of the first so many fields of -data, as many of each in "
                          "turn: are they what they say?",
                          0, PETSC_MAX_INT, &options->given.truths));
  PetscCall(KarOptionsInt(NULL, "related",
                          "draws in a row that come from one run of particles (samples_of_a_run of the file)", 1,
                          PETSC_MAX_INT, &options->given.related));
  PetscCall(KarOptionsString(NULL, "obs_data",
                             "with -truths: the data that draws were given, a file for each truth (a pattern) or one "
                             "of their places: coverage, error and spread by the distance to them",
                             sizeof(options->given.obs_data), options->given.obs_data));
  if (options->given.obs_data[0] || KarOptionsHelping()) PetscCall(KarSampledOptions(NULL, &options->given.obs));
  PetscCall(KarOptionsInt(NULL, "permutations",
                          "random permutations of labels in the tests whether two sets have one law", 1, 1000000,
                          &options->tests.permutations));
  PetscCall(KarOptionsInt(NULL, "seed", "seed of the permutations, and of the patches of -memory_patch", 0,
                          PETSC_MAX_INT, &options->tests.seed));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Check(MPI_Comm comm, const Options *options, const Report *report, const char stem[])
{
  static const char *const laws[] = {
    "memory", "judge", "energy_fields", "permutations", "seed", "evaluate_flow", "evaluate_velocity", "phase",
    "shapes", NULL};
  static const char *const related[] = {"related", NULL};

  PetscFunctionBegin;
  KarCheck(comm, report->path[REFERENCE][0], PETSC_ERR_USER_INPUT,
           "evaluate: compared with which fields? give -data FILE");
  KarCheck(comm, report->path[SAMPLES][0], PETSC_ERR_USER_INPUT, "evaluate: which fields? give -samples FILE");
  KarCheck(comm, !report->phase || !report->shapes, PETSC_ERR_USER_INPUT, "-phase or -shapes: a field is not both");
  if (options->given.truths) PetscCall(Refuse(comm, laws, "with -truths"));
  else PetscCall(Refuse(comm, related, "without -truths, whose draws it is of"));
  KarCheck(comm, stem[0], PETSC_ERR_USER_INPUT, "evaluate: where to? give -out STEM");
  PetscFunctionReturn(PETSC_SUCCESS);
}

static const char *const likelihoods[] = {"none", "elbo", "flow", NULL};

PetscErrorCode KarCommandEvaluate(MPI_Comm comm)
{
  char       stem[PETSC_MAX_PATH_LEN] = "";
  Options    options = {.energy_fields = 512, .tests = {.permutations = 999, .seed = 1}, .given = {.related = 1}};
  KarReplace replace;
  PetscBool  done;
  PetscInt   likelihood = 0;
  KarNats    nats       = {0};
  Report    *report;

  PetscFunctionBegin;
  PetscCall(KarOptionsChoice(
    NULL, "likelihood",
    "nats of the fields of -data under -model or -score_type, and no other report: a lower bound, or by the flow",
    likelihoods, &likelihood));
  if (likelihood && !KarOptionsHelping()) {
    PetscCall(KarEvaluateLikelihood(comm, (PetscBool)(likelihood == 2)));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  if (KarOptionsHelping()) PetscCall(KarNatsFromOptions(&nats));
  PetscCall(PetscNew(&report));
  PetscCall(SetsFromOptions(&options, report, sizeof(stem), stem));
  PetscCall(KindFromOptions(&options, report));
  PetscCall(JudgeFromOptions(comm, &options, report));
  PetscCall(TestsFromOptions(&options));
  PetscCall(KarOutputReplaceFromOptions(NULL, &replace));
  PetscCall(KarCommandReady(comm, &done));
  if (!done) {
    if (options.given.obs_data[0] && !options.given.truths) options.given.truths = 1; /* draws given data of a field */
    PetscCall(Check(comm, &options, report, stem));
    PetscCall(Evaluate(comm, stem, &options, report));
  }
  PetscCall(KarClassifierDestroy(&options.judge));
  PetscCall(PetscFree(report));
  PetscFunctionReturn(PETSC_SUCCESS);
}
