/* karhunen calibrate -model model.h5 -out better.h5: second moments set right by the model's own samples; with -passes
   0 the same model, which then says what -denoiser_resolve says. */
#include "cli.h"
#include "modelcopy.h"

static PetscErrorCode Calibrate(MPI_Comm comm, KarCascade all, KarCascade cascade, TS ts, KarScore score,
                                const KarCalibrateOptions *o, const char model[], PetscBool join, PetscBool half,
                                const char out[], KarReplace replace)
{
  KarCheckpoint file;
  KarDenoiser   denoiser;
  PetscInt      levels = 1;
  PetscBool     whole  = PETSC_TRUE;
  PetscReal     change = 0;

  PetscFunctionBegin;
  PetscCall(KarCheckpointCreate(comm, out, replace, &file));
  PetscCall(ModelChoosePrecision(comm, model, join, &half));
  PetscCall(KarCheckpointSetHalf(file, half));
  if (o->passes && cascade) PetscCall(KarCascadeCalibrate(cascade, comm, o, &change, &whole));
  else if (o->passes) PetscCall(KarSamplerCalibrate(ts, score, comm, o, &change, &whole));
  PetscCall(KarScoreGetDenoiser(score, &denoiser));
  if (join) PetscCall(KarCascadeGetSize(all, &levels));
  if (whole) {
    PetscCall(KarDenoiserScaleCalibration(denoiser, o->share));
    if (join) PetscCall(KarCascadeSave(all, file));
    else PetscCall(KarDenoiserSave(denoiser, file, NULL));
    PetscCall(ModelCopyTrainings(comm, model, join, levels, file));
    PetscCall(KarCheckpointClose(&file));
    if (o->passes && o->whole)
      PetscCall(PetscPrintf(comm, "wrote %s: its gains differ from 1 by at most %.3f\n", out, (double)change));
    else if (o->passes)
      PetscCall(PetscPrintf(comm, "wrote %s: the last pass changed a gain by at most %.3f\n", out, (double)change));
    else if (o->share != 1)
      PetscCall(PetscPrintf(comm, "wrote %s: its gains are those of %s times %g\n", out, model, (double)o->share));
    else PetscCall(PetscPrintf(comm, "wrote %s: its gains are those of %s\n", out, model));
  } else {
    PetscCall(KarCheckpointDestroy(&file));
    PetscCall(KarStopped(comm, "nothing is written; the same command begins anew"));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Draws are told in turn what -condition has. */
static PetscErrorCode TellDraw(void *told, PetscInt draw)
{
  PetscFunctionBegin;
  PetscCall(ToldTell((Told)told, draw, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The levels of `whole` up to `level`, -1: all, whose scores are shared. */
static PetscErrorCode Part(MPI_Comm comm, const char model[], KarCascade whole, PetscInt level, KarCascade *part)
{
  PetscInt levels;
  KarScore score;

  PetscFunctionBegin;
  PetscCall(KarCascadeGetSize(whole, &levels));
  KarCheck(comm, level < levels, PETSC_ERR_USER_INPUT,
           "-level %" PetscInt_FMT ": %s has the levels 0 to %" PetscInt_FMT, level, model, levels - 1);
  KarCheck(comm, level < 0 || !strchr(model, ','), PETSC_ERR_USER_INPUT,
           "-level %" PetscInt_FMT ": of a cascade in one file; of a list of models the last is corrected", level);
  PetscCall(KarCascadeCreate(PETSC_COMM_SELF, part));
  for (PetscInt j = 0; j <= (level < 0 ? levels - 1 : level); j++) {
    PetscCall(KarCascadeGetLevel(whole, j, &score, NULL));
    PetscCall(KarCascadeAdd(*part, score));
  }
  PetscCall(KarCascadeSetFromOptions(*part));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The model that is corrected, with those that it is drawn after (part) and all (whole), on this rank alone; cut:
   -grid_n may leave levels out. */
static PetscErrorCode Load(MPI_Comm comm, const char model[], PetscInt level, PetscBool cut, KarCascade *whole,
                           KarCascade *part, KarScore *score, TS *ts)
{
  PetscInt  levels;
  PetscBool is;

  PetscFunctionBegin;
  PetscCall(KarSetupIsCascade(comm, model, &is));
  KarCheck(comm, is || level < 0, PETSC_ERR_USER_INPUT, "-level %" PetscInt_FMT ": %s is no cascade", level, model);
  if (!is) {
    PetscCall(KarScoreLoad(PETSC_COMM_SELF, model, 0, NULL, score));
    PetscCall(KarScoreSetFromOptions(*score));
    PetscCall(KarScoreSetUp(*score));
    PetscCall(KarSamplerCreate(*score, ts));
    PetscCall(KarSamplerSetFromOptions(*ts));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarSetupCascade(comm, PETSC_COMM_SELF, model, cut ? CASCADE_CUT : CASCADE_WHOLE, whole));
  PetscCall(Part(comm, model, *whole, level, part));
  PetscCall(KarCascadeGetSize(*part, &levels));
  PetscCall(KarCascadeGetLevel(*part, levels - 1, score, ts));
  PetscCall(KarScoreReference(*score));
  PetscCall(PetscObjectReference((PetscObject)*ts));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Fields of -OPTION, as fine as the model's or, where `coarse`, as the half of its points. */
static PetscErrorCode OpenData(MPI_Comm comm, const char option[], const char path[], PetscBool coarse,
                               const KarReadOptions *reading, KarDenoiser denoiser, KarDataset *data)
{
  KarFFT        fft;
  KarGrid       grid;
  KarGridInfo   info, m;
  KarFieldLabel label;
  PetscInt      samples = 0;

  PetscFunctionBegin;
  PetscCall(KarDenoiserGetLabel(denoiser, &label));
  PetscCall(KarDenoiserGetFFT(denoiser, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &m));
  PetscCall(KarSetupOpen(comm, PETSC_COMM_SELF, path, reading, &m, "the model", &label, 0, &samples, data, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  for (PetscInt a = 0; a < m.dim; a++)
    KarCheck(comm, (coarse ? 2 : 1) * info.n[a] >= m.n[a], PETSC_ERR_USER_INPUT,
             "-%s %s has %" PetscInt_FMT " points along axis %" PetscInt_FMT ", the model %" PetscInt_FMT
             ": give fields as fine as %s",
             option, path, info.n[a], a, m.n[a], coarse ? "half of that" : "its own");
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Ends -help with the sampler's options: a model has a sampler only when it is read. */
static PetscErrorCode Help(MPI_Comm comm)
{
  const PetscInt n[2] = {64, 64};
  KarGrid        grid;
  KarFFT         fft;
  KarCov         cov;
  KarSDE         sde;
  KarScore       score;
  TS             ts;
  PetscBool      done;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_SELF, &grid));
  PetscCall(KarGridSetSizes(grid, 2, n, NULL));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(KarCovCreate(fft, &cov));
  PetscCall(KarSDECreate(cov, &sde));
  PetscCall(KarScoreCreate(sde, &score));
  PetscCall(KarScoreSetDataCovariance(score, cov));
  PetscCall(KarSamplerCreate(score, &ts));
  PetscCall(KarSamplerSetFromOptions(ts));
  PetscCall(TSDestroy(&ts));
  PetscCall(KarScoreDestroy(&score));
  PetscCall(KarSDEDestroy(&sde));
  PetscCall(KarCovDestroy(&cov));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(KarCommandReady(comm, &done));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* -gains: of the whole denoiser there is one pass. */
static PetscErrorCode GainsFromOptions(MPI_Comm comm, KarCalibrateOptions *o)
{
  static const char *const names[] = {"linear", "whole", "energy", NULL};
  PetscInt                 which   = 0;
  PetscBool                given;

  PetscFunctionBegin;
  PetscCall(KarOptionsChoice(
    NULL, "gains",
    "what they are of: linear, the denoiser's linear part; whole, all of it, in one pass of "
    "all draws side by side, which keeps calm places calm; energy, these and at each place by the energy there, "
    "an octave's",
    names, &which));
  o->whole  = (PetscBool)(which > 0);
  o->energy = (PetscBool)(which == 2);
  if (!o->whole || KarOptionsHelping()) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarOptionsGiven(NULL, "passes", &given));
  if (!given) o->passes = 1;
  KarCheck(comm, o->passes == 1, PETSC_ERR_USER_INPUT,
           "-passes %" PetscInt_FMT " with -gains %s, which takes one: leave one of them out", o->passes, names[which]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* -data and -above, of `size` letters, and what goes with them. */
static PetscErrorCode DataFromOptions(MPI_Comm comm, size_t size, char data[], char above[], KarReadOptions *reading,
                                      KarCalibrateOptions *o)
{
  PetscFunctionBegin;
  PetscCall(KarOptionsString(NULL, "data",
                             "fields whose power, by |k|, direction and component, the draws are to have; "
                             "without it that of the model's own spectrum",
                             size, data));
  PetscCall(KarReadOptionsRead(NULL, reading));
  if (data[0] || KarOptionsHelping())
    PetscCall(KarOptionsInt(NULL, "directions", "with -data: bins of direction, from the axes to the diagonals", 1, 64,
                            &o->directions));
  else o->directions = 1;
  PetscCall(KarOptionsString(NULL, "above",
                             "fields above whose coarser scales, in turn, an octave is drawn, in place of what the "
                             "model's other levels draw",
                             size, above));
  PetscCall(KarOptionsReal(NULL, "share",
                           "of the gains found, or with -passes 0 of the model's, that is kept: 1 for the power of the "
                           "fields, less where that makes draws too wide",
                           0, 1, &o->share));
  PetscCall(GainsFromOptions(comm, o));
  PetscCall(KarOptionsBool(NULL, "continue",
                           "begin with the model's gains, made with this sampler (default: with none)", &o->go_on));
  PetscCall(KarRandomDataFromOptions(
    comm, NULL, "a model of fields given data draws fields given so many data, at random, of those of -data",
    &o->observe));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The two files are named, and nothing is given that -passes 0 would not read. */
static PetscErrorCode Check(MPI_Comm comm, const char model[], const char out[], const char data[], const char above[],
                            const KarCalibrateOptions *o)
{
  PetscFunctionBegin;
  PetscCall(KarOptionsNeed(comm, (PetscBool)(model[0] != 0), "calibrate: which model? give -model FILE"));
  PetscCall(KarOptionsNeed(comm, (PetscBool)(out[0] != 0), "calibrate: where to? give -out FILE"));
  KarCheck(comm, o->passes || !data[0], PETSC_ERR_USER_INPUT,
           "-data %s has no effect with -passes 0, which leaves the gains as they are: leave one of them out", data);
  KarCheck(comm, o->passes || !above[0], PETSC_ERR_USER_INPUT,
           "-above %s has no effect with -passes 0, which leaves the gains as they are: leave one of them out", above);
  KarCheck(comm, o->passes || !o->observe.most, PETSC_ERR_USER_INPUT,
           "-train_observe has no effect with -passes 0, which leaves the gains as they are: leave one of them out");
  KarCheck(comm, o->passes || !o->go_on, PETSC_ERR_USER_INPUT,
           "-continue has no effect with -passes 0, which leaves the gains as they are: leave one of them out");
  KarCheck(comm, !o->go_on || !o->whole, PETSC_ERR_USER_INPUT,
           "-continue with -gains %s, which one pass finds: leave one of them out", o->energy ? "energy" : "whole");
  KarCheck(comm, !o->go_on || o->share == 1, PETSC_ERR_USER_INPUT,
           "-continue with -share %g: the model's gains would be scaled too: go on first, then -passes 0 -share %g",
           (double)o->share, (double)o->share);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCommandCalibrate(MPI_Comm comm)
{
  char                model[PETSC_MAX_PATH_LEN] = "", out[PETSC_MAX_PATH_LEN] = "";
  char                data[PETSC_MAX_PATH_LEN] = "", above[PETSC_MAX_PATH_LEN] = "";
  PetscInt            seed = 1;
  PetscBool           done, join = PETSC_FALSE, half = PETSC_FALSE;
  KarCalibrateOptions o = {.samples = 128, .passes = 3, .directions = 4, .share = 1};
  KarReadOptions      reading;
  KarReplace          replace;
  PetscInt            level   = -1;
  KarCascade          cascade = NULL, whole = NULL;
  KarScore            score;
  KarDenoiser         denoiser;
  Told                told;
  TS                  ts;

  PetscFunctionBegin;
  PetscCall(KarOutputReplaceFromOptions(NULL, &replace));
  PetscCall(KarOptionsString(
    NULL, "model", "trained model, cascade, or BASE,OCTAVE,...: the last is corrected, given what the others draw",
    sizeof(model), model));
  PetscCall(KarOptionsString(NULL, "out", "file of the corrected model", sizeof(out), out));
  PetscCall(KarOptionsInt(NULL, "level", "of a cascade in one file: the level that is corrected; -1: the last", -1, 64,
                          &level));
  PetscCall(KarOptionsInt(NULL, "samples", "fields drawn in a pass", 1, PETSC_MAX_INT, &o.samples));
  PetscCall(KarOptionsInt(NULL, "passes", "times to draw and correct; 0: the model's gains stay", 0, 100, &o.passes));
  PetscCall(DataFromOptions(comm, sizeof(data), data, above, &reading, &o));
  PetscCall(KarOptionsInt(NULL, "seed", "seed of the draws", 0, PETSC_MAX_INT, &seed));
  PetscCall(KarOptionsBool(NULL, "join", "write all levels of the cascade into the one file", &join));
  PetscCall(KarOptionsBool(NULL, "out_half",
                           "weights in half precision, each to one part in 2,000 (default: as the model's)", &half));
  PetscCall(ToldFromOptions(comm, PETSC_COMM_SELF, &told));
  if (KarOptionsHelping()) {
    PetscCall(Help(comm));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(Check(comm, model, out, data, above, &o));
  PetscCall(
    Load(comm, model, level, (PetscBool)(!o.passes && (join || !strchr(model, ','))), &whole, &cascade, &score, &ts));
  KarCheck(comm, cascade || !join, PETSC_ERR_USER_INPUT, "-join: %s is no cascade: give -model BASE,OCTAVE,...", model);
  PetscCall(KarCommandReady(comm, &done));
  PetscCall(KarScoreGetDenoiser(score, &denoiser));
  PetscCall(ToldAddLevels(told, score, cascade));
  if (denoiser && data[0]) PetscCall(OpenData(comm, "data", data, PETSC_FALSE, &reading, denoiser, &o.data));
  if (denoiser && above[0]) PetscCall(OpenData(comm, "above", above, PETSC_TRUE, &reading, denoiser, &o.above));
  o.seed = seed;
  if (denoiser) PetscCall(KarDenoiserSetTeller(denoiser, TellDraw, told));
  if (cascade && !strchr(model, ',')) join = PETSC_TRUE; /* a cascade's one file makes another */
  KarCheck(comm, !join || o.share == 1 || level >= 0, PETSC_ERR_USER_INPUT,
           "-share %g: of one level at a time: give -level, or -model BASE,OCTAVE without -join", (double)o.share);
  PetscCall(Calibrate(comm, whole, cascade, ts, score, &o, model, join, half, out, replace));
  PetscCall(KarCascadeDestroy(&cascade));
  PetscCall(KarCascadeDestroy(&whole));
  PetscCall(TSDestroy(&ts));
  PetscCall(KarScoreDestroy(&score));
  PetscCall(ToldDestroy(&told));
  PetscCall(KarDatasetDestroy(&o.data));
  PetscCall(KarDatasetDestroy(&o.above));
  PetscFunctionReturn(PETSC_SUCCESS);
}
