/* Calibration of a learnt denoiser by the model's own samples (karhunen/calibration.h): draw, regress the network's
   part on the linear one at every evaluation, correct, and again. The levels are the evaluations of the sampler. */
#include "calibrateimpl.h"
#include <karhunen/condition.h>

/* Levels at the sampler's times, components apart if wished and where a field has divergence, directions, and shells to
   the corner of the model's modes; the first *inside of them have modes in all directions. */
static PetscErrorCode Layout(TS ts, KarDenoiser denoiser, PetscBool components, PetscInt directions,
                             KarCalibrationBins *bins, PetscInt *inside)
{
  const PetscReal *t;
  PetscReal        end = 0, least = PETSC_MAX_REAL;
  KarFFT           fft;
  KarGrid          grid;
  KarGridInfo      g;
  KarSDE           sde;
  KarCov           data;
  PetscBool        solenoidal;

  PetscFunctionBegin;
  PetscCall(KarSamplerGetTimes(ts, &bins->levels, &t));
  PetscCall(KarDenoiserGetSDE(denoiser, &sde));
  PetscCall(KarSDEGetLogSNR(sde, t[bins->levels], &bins->low));
  PetscCall(KarSDEGetLogSNR(sde, t[0], &bins->high));
  bins->low /= -2, bins->high /= -2;
  ++bins->levels;
  PetscCall(KarDenoiserGetFFT(denoiser, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  bins->k1 = PETSC_MAX_REAL;
  for (PetscInt a = 0; a < g.dim; a++) {
    const PetscReal unit = (g.basis == KAR_BASIS_PERIODIC ? 2 : 1) * PETSC_PI / g.length[a];

    const PetscReal last = unit * (PetscReal)(g.basis == KAR_BASIS_PERIODIC ? (g.n[a] - 1) / 2 : g.n[a] - 1);

    bins->k1 = PetscMin(bins->k1, unit);
    least    = PetscMin(least, last);
    end += PetscSqr(last);
  }
  *inside          = (PetscInt)(least / bins->k1 + 0.5) + 1;
  bins->shells     = PetscMax((PetscInt)(PetscSqrtReal(end) / bins->k1 + 0.5) + 1, 2);
  bins->directions = g.dim > 1 ? directions : 1;
  PetscCall(KarDenoiserGetDataCovariance(denoiser, &data));
  PetscCall(KarCovIsSolenoidal(data, &solenoidal));
  bins->components = components && !solenoidal ? g.dof : 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A wish to stop ends a sample between its steps. */
static PetscErrorCode Watch(TS ts, PetscInt step, PetscReal s, Vec x, void *ctx)
{
  PetscFunctionBegin;
  (void)step, (void)s, (void)x, (void)ctx;
  if (kar_stop_wished()) PetscCall(TSSetConvergedReason(ts, TS_CONVERGED_USER));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A sample of the model that is being corrected: the last level of a cascade, given its own coarser ones. */
static PetscErrorCode Draw(TS ts, KarCascade cascade, KarKey key, Vec x)
{
  PetscInt  levels;
  PetscBool whole;

  PetscFunctionBegin;
  if (cascade) {
    PetscCall(KarCascadeGetSize(cascade, &levels));
    PetscCall(KarCascadeCondition(cascade, levels - 1, key, &whole));
  }
  PetscCall(KarSamplerSolve(ts, key, x, &whole)); /* if not, the run ends: KarStopRequested() */
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Bins without modes take part in the interpolation to their neighbours: they take the sums of the shells before and
   after, of their own direction, or those of all directions of their shell. sums: [directions][shells], and again n
   numbers later. */
static void Fill(const KarCalibrationBins *b, PetscInt shell, const PetscBool empty[], PetscInt n, PetscReal sums[])
{
  for (PetscInt d = 0; d < b->directions; d++) {
    const PetscInt at = d * b->shells + shell;

    if (!empty[at]) continue;
    for (PetscInt s = shell - 1; s <= PetscMin(shell + 1, b->shells - 1); s += 2)
      if (s > 0 && !empty[d * b->shells + s]) /* the mean is alone */
        for (int i = 0; i < 2; i++) sums[i * n + at] += sums[i * n + d * b->shells + s];
    for (PetscInt e = 0; e < b->directions && sums[n + at] <= 0; e++)
      if (!empty[e * b->shells + shell])
        for (int i = 0; i < 2; i++) sums[i * n + at] += sums[i * n + e * b->shells + shell];
  }
}

PetscErrorCode KarCalibrationFill_Private(const KarCalibrationBins *b, PetscReal sums[])
{
  const PetscInt one = b->directions * b->shells, n = b->levels * b->components * one;
  PetscBool     *empty;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(one, &empty));
  for (PetscInt first = 0; first < n; first += one) {
    for (PetscInt i = 0; i < one; i++) empty[i] = (PetscBool)(sums[n + first + i] <= 0);
    for (PetscInt s = 1; s < b->shells; s++) Fill(b, s, empty, n, sums + first);
  }
  PetscCall(PetscFree(empty));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* r += share of sums above/sums below; the largest change. */
static PetscReal Correct(PetscReal share, PetscInt n, const PetscReal sums[], PetscReal r[])
{
  const PetscReal most = 1, least = -4; /* of r */
  PetscReal       change = 0;

  for (PetscInt i = 0; i < n; i++) {
    const PetscReal step = sums[n + i] > 0 ? sums[i] / sums[n + i] : 0, before = r[i];

    r[i]   = PetscMax(least, PetscMin(most, r[i] + share * step));
    change = PetscMax(change, PetscAbsReal(r[i] - before));
  }
  return change;
}

PetscInt kar_calibration_field(PetscInt64 draw, PetscInt draws, PetscInt fields)
{
  if (draws >= fields) return (PetscInt)(draw % fields);
  return (PetscInt)(((draw % draws) * fields / draws + draw / draws) % fields);
}

/* Sample `sample` of the model; the reader's error, which it has told of, else 0. */
static PetscErrorCode DrawSample(KarCalibrationRun *d, PetscInt64 sample, int *failed)
{
  const KarKey key = {.seed = d->o->seed, .sample = sample};

  PetscFunctionBegin;
  PetscCall(KarDenoiserTell(d->denoiser, (PetscInt)sample));
  if (d->giver) {
    PetscCall(KarCalibrationFieldsRead_Private(
      &d->fields, kar_calibration_field(sample, d->o->samples, d->fields.samples), failed));
    if (*failed) PetscFunctionReturn(PETSC_SUCCESS);
    PetscCall(KarGiverObserve(d->giver, 0, &d->o->observe, key, d->fields.x));
  }
  if (d->o->above) {
    PetscCall(KarCalibrationFieldsRead_Private(&d->below,
                                               kar_calibration_field(sample, d->o->samples, d->below.samples), failed));
    if (*failed) PetscFunctionReturn(PETSC_SUCCESS);
    PetscCall(KarDenoiserSetCondition(d->denoiser, d->below.x));
  }
  PetscCall(Draw(d->ts, d->o->above ? NULL : d->cascade, key, d->x));
  if (d->power) PetscCall(KarDenoiserCollectPower(d->denoiser, d->x, d->power, d->expected));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One pass: the draws, and their sums over all ranks. */
static PetscErrorCode Pass(KarCalibrationRun *d, PetscInt pass, PetscBool *whole)
{
  const PetscInt n = d->o->samples;
  int            rank, ranks, failed = 0;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(d->comm, &rank));
  PetscCallMPI(MPI_Comm_size(d->comm, &ranks));
  for (PetscInt first = 0; first < n && *whole; first += ranks) {
    PetscBool stop;

    if (first + rank < n) PetscCall(DrawSample(d, pass * n + first + rank, &failed));
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, d->comm));
    if (failed) PetscFunctionReturn((PetscErrorCode)failed); /* the rank that read has said why */
    PetscCall(KarStopRequested(d->comm, &stop));
    *whole = (PetscBool)!stop;
    PetscCall(KarProgressUpdate(d->progress, pass * n + PetscMin(first + ranks, n), NULL));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCalibrationTell_Private(const KarCalibrationRun *d, const char when[], const KarCalibrationBins *b,
                                          const PetscReal power[], const PetscReal expected[])
{
  const PetscInt rows  = b->components * b->directions;
  PetscReal      least = PETSC_MAX_REAL, most = 0;

  PetscFunctionBegin;
  for (PetscInt shell = 1; shell < PetscMin(d->inside, b->shells); shell++) { /* the mean is one number a field */
    PetscReal sum[2] = {0, 0};

    for (PetscInt i = shell; i < rows * b->shells; i += b->shells) sum[0] += power[i], sum[1] += expected[i];
    if (sum[1] <= 0) continue;
    least = PetscMin(least, sum[0] / sum[1]);
    most  = PetscMax(most, sum[0] / sum[1]);
  }
  if (most > 0)
    PetscCall(PetscPrintf(d->comm, "%s: %.2f to %.2f of the power that fields are to have, by shell of wave numbers\n",
                          when, (double)least, (double)most));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What the fields of a pass had, in the bins that are corrected; below: the sums of the last level. */
static PetscErrorCode Tell(const KarCalibrationRun *d, PetscInt pass, const KarCalibrationBins *b,
                           const PetscReal below[], const PetscReal q[])
{
  char when[64];

  PetscFunctionBegin;
  if (!d->power) PetscFunctionReturn(PETSC_SUCCESS);
  for (PetscInt i = 0; i < b->components * b->directions * b->shells; i++) {
    d->expected[i] *= d->o->data ? q[i] : 1;
    if (below[i] <= 0) d->power[i] = d->expected[i] = 0;
  }
  (void)snprintf(when, sizeof(when), "pass %" PetscInt_FMT "/%" PetscInt_FMT ", before its correction", pass + 1,
                 d->o->passes);
  PetscCall(KarCalibrationTell_Private(d, when, b, d->power, d->expected));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The model's own gains, which are of these bins, into r; eta: of the sampler that draws. */
static PetscErrorCode GoOn(const KarCalibrationRun *d, const KarCalibrationBins *bins, PetscReal eta, PetscInt n,
                           PetscReal r[])
{
  const KarCalibrationBins *b;
  const PetscReal          *own;
  KarCalibrated             sampler;

  PetscFunctionBegin;
  PetscCall(KarDenoiserGetCalibration(d->denoiser, &b, &own));
  PetscCall(KarDenoiserGetCalibrated(d->denoiser, &sampler));
  KarCheck(d->comm, b->levels, PETSC_ERR_USER_INPUT, "-continue: the model has no gains: leave it out");
  KarCheck(d->comm, !b->whole, PETSC_ERR_USER_INPUT,
           "-continue: the model's gains are of the whole denoiser, which one pass finds: give -gains whole, and leave "
           "it out");
  KarCheck(d->comm,
           b->levels == bins->levels && PetscAbsReal(b->low - bins->low) < 1e-6 && /* file and formula agree so far */
             PetscAbsReal(b->high - bins->high) < 1e-6 && sampler.eta == eta,
           PETSC_ERR_USER_INPUT,
           "-continue: the model's gains are of another sampler, -sampler_evaluations %" PetscInt_FMT
           " -sampler_end %g -sampler_eta %g: give this one, or leave -continue out",
           b->levels, (double)sampler.end, (double)sampler.eta);
  KarCheck(d->comm, b->components == bins->components && b->directions == bins->directions && b->shells == bins->shells,
           PETSC_ERR_USER_INPUT,
           "-continue: the model's gains are of %" PetscInt_FMT " components, %" PetscInt_FMT
           " directions and %" PetscInt_FMT " shells of wave numbers, these passes' of %" PetscInt_FMT
           ", %" PetscInt_FMT " and %" PetscInt_FMT ": give -data and -directions as then, or leave -continue out",
           b->components, b->directions, b->shells, bins->components, bins->directions, bins->shells);
  PetscCall(PetscArraycpy(r, own, n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A learnt score, data where it needs them, and none where they say nothing of its draws. */
static PetscErrorCode Check(MPI_Comm comm, KarDenoiser denoiser, const KarCalibrateOptions *o)
{
  PetscBool given, octave;
  Vec       expected;

  PetscFunctionBegin;
  KarCheck(comm, denoiser, PETSC_ERR_ARG_WRONG, "only a learnt score can be calibrated: give -model FILE");
  PetscCall(KarDenoiserGetExpected(denoiser, &expected));
  KarCheck(
    comm, !expected || !o->data, PETSC_ERR_SUP,
    "calibrate -data: the model's spectrum is of what is left of the fields once its maps are known, not of all: "
    "leave out -data");
  PetscCall(KarDenoiserIsOctave(denoiser, &octave));
  KarCheck(
    comm, !o->above || octave, PETSC_ERR_USER_INPUT,
    "calibrate -above: the last of -model BASE,OCTAVE is drawn above fields; a model alone is not: leave it out");
  PetscCall(KarDenoiserIsGiven(denoiser, &given));
  KarCheck(comm, !given || (o->data && o->observe.most), PETSC_ERR_USER_INPUT,
           "calibrate: the model is of fields given data: give fields, -data FILE, and the data that are made of them, "
           "-train_observe 8,512, as it was trained");
  KarCheck(comm, !o->whole || (!given && !expected), PETSC_ERR_SUP,
           "gains of the whole denoiser: not of a model of fields given data or maps: leave out -gains whole");
  KarCheck(comm, !o->energy || (octave && o->data), PETSC_ERR_USER_INPUT,
           "-gains energy: of an octave, whose answers to draws are to have the energies of those to fields: give "
           "-model BASE,OCTAVE -data FILE");
  KarCheck(comm, given || !o->observe.most, PETSC_ERR_USER_INPUT,
           "-train_observe: the model is not of fields given data: leave it out");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The rounds. sums[2 n + 2 bins of a level]. */
static PetscErrorCode Passes(KarCalibrationRun *d, const KarCalibrationBins *bins, PetscInt n, PetscReal sums[],
                             const PetscReal q[], PetscReal r[], PetscReal *change, PetscBool *whole)
{
  const PetscReal share = d->o->passes > 1 ? 0.6 : 1; /* a level acts on those after it: whole steps overshoot */
  const PetscInt  all   = 2 * (n + n / bins->levels);

  PetscFunctionBegin;
  PetscCall(KarProgressCreate(d->comm, "calibrate", d->o->passes * d->o->samples, &d->progress));
  for (PetscInt pass = 0; pass < d->o->passes && *whole; pass++) {
    PetscCall(PetscArrayzero(sums, all));
    PetscCall(KarDenoiserSetCalibration(d->denoiser, bins, r));
    PetscCall(KarDenoiserCollect(d->denoiser, d->o->data ? q : NULL, sums, sums + n));
    PetscCall(Pass(d, pass, whole));
    PetscCall(KarDenoiserCollect(d->denoiser, NULL, NULL, NULL));
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums, (int)all, MPIU_REAL, MPIU_SUM, d->comm));
    if (*whole) PetscCall(Tell(d, pass, bins, sums + n, q));
    PetscCall(KarCalibrationFill_Private(bins, sums));
    *change = Correct(share, n, sums, r);
  }
  PetscCall(KarProgressDestroy(&d->progress));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Calibrate(TS ts, KarScore score, KarCascade cascade, MPI_Comm comm, const KarCalibrateOptions *o,
                                PetscReal *change, PetscBool *whole)
{
  KarCalibrationBins bins = {0};
  PetscInt           n, one;
  PetscReal          eta = 0, *sums, *r, *q;
  PetscBool          has;
  KarFFT             fft;
  Vec                expected;
  KarCalibrationRun  d = {.comm = comm, .ts = ts, .cascade = cascade, .o = o};

  PetscFunctionBegin;
  PetscCall(KarScoreGetDenoiser(score, &d.denoiser));
  PetscCall(Check(comm, d.denoiser, o));
  PetscCall(KarSamplerSetUp(ts));
  PetscCall(KarSamplerGetParameter(ts, "eta", &eta, &has));
  if (!cascade) PetscCall(TSMonitorSet(ts, Watch, NULL, NULL));
  PetscCall(Layout(ts, d.denoiser, (PetscBool)(o->data != NULL), o->directions, &bins, &d.inside));
  bins.whole = o->whole;
  PetscCall(KarDenoiserGetFFT(d.denoiser, &fft));
  PetscCall(KarFFTCreateCoordinates(fft, &d.x));
  if (o->data) PetscCall(KarCalibrationFieldsOpen_Private(d.denoiser, o->data, &d.fields));
  if (o->above) PetscCall(KarCalibrationFieldsOpen_Private(d.denoiser, o->above, &d.below));
  if (o->observe.most) PetscCall(KarGiverCreate(d.denoiser, &d.giver));
  one = bins.components * bins.directions * bins.shells;
  n   = bins.levels * one;
  PetscCall(PetscCalloc3(2 * (n + one), &sums, n, &r, one, &q));
  PetscCall(KarDenoiserGetExpected(d.denoiser, &expected));
  if (!expected) d.power = sums + 2 * n, d.expected = d.power + one;
  for (PetscInt i = 0; i < one; i++) q[i] = 1;
  if (o->go_on) PetscCall(GoOn(&d, &bins, eta, n, r));
  PetscCall(KarDenoiserSetCalibration(d.denoiser, &bins, r));
  *whole = PETSC_TRUE;
  if (o->data) PetscCall(KarCalibrationFieldsPower_Private(comm, d.denoiser, &d.fields, one, sums, q, whole));
  if (o->whole) PetscCall(KarCalibrationWhole_Private(&d, &bins, q, r, change, whole));
  else PetscCall(Passes(&d, &bins, n, sums, q, r, change, whole));
  if (*whole) PetscCall(KarDenoiserSetCalibration(d.denoiser, &bins, r));
  if (*whole && d.energy) PetscCall(KarDenoiserSetEnergyGains(d.denoiser, d.energy));
  PetscCall(PetscFree(d.energy));
  if (has && *whole) PetscCall(KarDenoiserSetCalibratedEta(d.denoiser, eta));
  PetscCall(KarGiverDestroy(&d.giver));
  PetscCall(KarCalibrationFieldsClose_Private(&d.fields));
  PetscCall(KarCalibrationFieldsClose_Private(&d.below));
  PetscCall(VecDestroy(&d.x));
  PetscCall(PetscFree3(sums, r, q));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerCalibrate(TS ts, KarScore score, MPI_Comm comm, const KarCalibrateOptions *o,
                                   PetscReal *change, PetscBool *whole)
{
  PetscFunctionBegin;
  PetscCall(Calibrate(ts, score, NULL, comm, o, change, whole));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeCalibrate(KarCascade cascade, MPI_Comm comm, const KarCalibrateOptions *o, PetscReal *change,
                                   PetscBool *whole)
{
  PetscInt levels;
  KarScore score;
  TS       ts;

  PetscFunctionBegin;
  PetscCall(KarCascadeSetUp(cascade));
  PetscCall(KarCascadeGetSize(cascade, &levels));
  for (PetscInt j = 0; j < levels; j++) {
    PetscCall(KarCascadeGetLevel(cascade, j, &score, &ts));
    PetscCall(TSMonitorSet(ts, Watch, NULL, NULL));
  }
  PetscCall(Calibrate(ts, score, cascade, comm, o, change, whole));
  PetscFunctionReturn(PETSC_SUCCESS);
}
