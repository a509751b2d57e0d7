/* Calibration of a learnt denoiser by the model's own samples (karhunen/calibration.h): draw, regress the network's
   part on the linear one at every evaluation, correct, and again. The levels are the evaluations of the sampler. */
#include <karhunen/condition.h>
#include <karhunen/giver.h>
#include <karhunen/train.h>

/* Levels at the sampler's times, components apart if wished and where a field has divergence, directions, and shells to
   the corner of the model's modes. */
static PetscErrorCode Layout(TS ts, KarDenoiser denoiser, PetscBool components, PetscInt directions,
                             KarCalibrationBins *bins)
{
  const PetscReal *t;
  PetscReal        end = 0;
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

    bins->k1 = PetscMin(bins->k1, unit);
    end += PetscSqr(unit * (PetscReal)(g.basis == KAR_BASIS_PERIODIC ? (g.n[a] - 1) / 2 : g.n[a] - 1));
  }
  bins->shells     = PetscMax((PetscInt)(PetscSqrtReal(end) / bins->k1 + 0.5) + 1, 2);
  bins->directions = g.dim > 1 ? directions : 1;
  PetscCall(KarDenoiserGetDataCovariance(denoiser, &data));
  PetscCall(KarCovIsSolenoidal(data, &solenoidal));
  bins->components = components && !solenoidal ? g.dof : 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The fields of a data set on this rank alone, in coordinates of the denoiser's modes. */
typedef struct {
  KarDataset  data; /* borrowed */
  PetscInt    samples;
  KarGrid     grid;
  KarFFT      own;
  KarResample across;
  Vec         field, of, x;
} Fields;

static PetscErrorCode FieldsOpen(KarDenoiser denoiser, KarDataset data, Fields *f)
{
  KarVariable variable;
  KarFFT      fft;

  PetscFunctionBegin;
  *f = (Fields){.data = data};
  PetscCall(KarDatasetGetVariable(data, 0, &variable));
  f->samples = variable.samples;
  PetscCall(KarDatasetCreateGrid(data, PETSC_COMM_SELF, NULL, &f->grid));
  PetscCall(KarFFTCreate(f->grid, &f->own));
  PetscCall(KarDenoiserGetFFT(denoiser, &fft));
  PetscCall(KarResampleCreate(f->own, fft, &f->across));
  PetscCall(KarGridCreateField(f->grid, &f->field));
  PetscCall(KarFFTCreateCoordinates(f->own, &f->of));
  PetscCall(KarFFTCreateCoordinates(fft, &f->x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Field i into f->x; the reader's error, which it has told of, else 0. */
static PetscErrorCode FieldsRead(Fields *f, PetscInt i, int *failed)
{
  PetscFunctionBegin;
  *failed = (int)KarDatasetRead(f->data, NULL, i, f->field);
  if (*failed) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarFFTForward(f->own, f->field, f->of));
  PetscCall(KarResampleApply(f->across, f->of, f->x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode FieldsClose(Fields *f)
{
  PetscFunctionBegin;
  PetscCall(VecDestroy(&f->x));
  PetscCall(VecDestroy(&f->of));
  PetscCall(VecDestroy(&f->field));
  PetscCall(KarResampleDestroy(&f->across));
  PetscCall(KarFFTDestroy(&f->own));
  PetscCall(KarGridDestroy(&f->grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Sums over all fields; ranks share them. *whole: no wish to stop came between. */
static PetscErrorCode AddFields(MPI_Comm comm, KarDenoiser denoiser, Fields *f, PetscReal above[], PetscReal below[],
                                PetscBool *whole)
{
  KarProgress progress;
  int         rank, ranks, failed = 0;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(KarProgressCreate(comm, "measuring the data", f->samples, &progress));
  for (PetscInt i = 0; i < f->samples && *whole; i += ranks) {
    PetscBool stop;

    if (i + rank < f->samples) {
      PetscCall(FieldsRead(f, i + rank, &failed));
      if (!failed) PetscCall(KarDenoiserCollectPower(denoiser, f->x, above, below));
    }
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, comm));
    if (failed) PetscFunctionReturn((PetscErrorCode)failed); /* the rank that read it has said why */
    PetscCall(KarProgressUpdate(progress, PetscMin(i + ranks, f->samples), NULL));
    PetscCall(KarStopRequested(comm, &stop));
    *whole = (PetscBool)!stop;
  }
  PetscCall(KarProgressDestroy(&progress));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* q: the power of the data over C in every bin; 1 where there are no modes. sums[2 n] is overwritten. */
static PetscErrorCode Power(MPI_Comm comm, KarDenoiser denoiser, Fields *data, PetscInt n, PetscReal sums[],
                            PetscReal q[], PetscBool *whole)
{
  PetscFunctionBegin;
  PetscCall(PetscArrayzero(sums, 2 * n));
  PetscCall(AddFields(comm, denoiser, data, sums, sums + n, whole));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums, (int)(2 * n), MPIU_REAL, MPIU_SUM, comm));
  for (PetscInt i = 0; i < n; i++) q[i] = sums[n + i] > 0 ? sums[i] / sums[n + i] : 1;
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

static PetscErrorCode FillAll(const KarCalibrationBins *b, PetscReal sums[])
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

/* What draws: the last level of a cascade given its others, or a model alone, which may be of fields given data. */
typedef struct {
  MPI_Comm                   comm;
  TS                         ts;
  KarCascade                 cascade; /* NULL: a model alone */
  KarDenoiser                denoiser;
  const KarCalibrateOptions *o;
  Fields                     fields; /* of o->data */
  Fields                     below;  /* of o->above */
  KarGiver                   giver;  /* NULL: it is not of fields given data */
  KarProgress                progress;
  Vec                        x;
} Drawing;

/* Sample `sample` of the model; the reader's error, which it has told of, else 0. */
static PetscErrorCode DrawSample(Drawing *d, PetscInt64 sample, int *failed)
{
  const KarKey key = {.seed = d->o->seed, .sample = sample};

  PetscFunctionBegin;
  PetscCall(KarDenoiserTell(d->denoiser, (PetscInt)sample));
  if (d->giver) {
    PetscCall(FieldsRead(&d->fields, (PetscInt)(sample % d->fields.samples), failed));
    if (*failed) PetscFunctionReturn(PETSC_SUCCESS);
    PetscCall(KarGiverObserve(d->giver, 0, &d->o->observe, key, d->fields.x));
  }
  if (d->o->above) {
    PetscCall(FieldsRead(&d->below, (PetscInt)(sample % d->below.samples), failed));
    if (*failed) PetscFunctionReturn(PETSC_SUCCESS);
    PetscCall(KarDenoiserSetCondition(d->denoiser, d->below.x));
  }
  PetscCall(Draw(d->ts, d->o->above ? NULL : d->cascade, key, d->x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One pass: the draws, and their sums over all ranks. */
static PetscErrorCode Pass(Drawing *d, PetscInt pass, PetscBool *whole)
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
  KarCheck(comm, given || !o->observe.most, PETSC_ERR_USER_INPUT,
           "-train_observe: the model is not of fields given data: leave it out");
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Calibrate(TS ts, KarScore score, KarCascade cascade, MPI_Comm comm, const KarCalibrateOptions *o,
                                PetscReal *change, PetscBool *whole)
{
  const PetscReal    share = o->passes > 1 ? 0.6 : 1; /* a level acts on those after it: whole steps overshoot */
  KarCalibrationBins bins  = {0};
  PetscInt           n;
  PetscReal          eta = 0, *sums, *r, *q;
  PetscBool          has;
  KarFFT             fft;
  Drawing            d = {.comm = comm, .ts = ts, .cascade = cascade, .o = o};

  PetscFunctionBegin;
  PetscCall(KarScoreGetDenoiser(score, &d.denoiser));
  PetscCall(Check(comm, d.denoiser, o));
  PetscCall(KarSamplerSetUp(ts));
  if (!cascade) PetscCall(TSMonitorSet(ts, Watch, NULL, NULL));
  PetscCall(Layout(ts, d.denoiser, (PetscBool)(o->data != NULL), o->directions, &bins));
  PetscCall(KarDenoiserGetFFT(d.denoiser, &fft));
  PetscCall(KarFFTCreateCoordinates(fft, &d.x));
  if (o->data) PetscCall(FieldsOpen(d.denoiser, o->data, &d.fields));
  if (o->above) PetscCall(FieldsOpen(d.denoiser, o->above, &d.below));
  if (o->observe.most) PetscCall(KarGiverCreate(d.denoiser, &d.giver));
  n = bins.levels * bins.components * bins.directions * bins.shells;
  PetscCall(PetscCalloc3(2 * n, &sums, n, &r, n / bins.levels, &q));
  PetscCall(KarDenoiserSetCalibration(d.denoiser, &bins, r));
  *whole = PETSC_TRUE;
  if (o->data) PetscCall(Power(comm, d.denoiser, &d.fields, n / bins.levels, sums, q, whole));
  PetscCall(KarProgressCreate(comm, "calibrate", o->passes * o->samples, &d.progress));
  for (PetscInt pass = 0; pass < o->passes && *whole; pass++) {
    PetscCall(PetscArrayzero(sums, 2 * n));
    PetscCall(KarDenoiserSetCalibration(d.denoiser, &bins, r));
    PetscCall(KarDenoiserCollect(d.denoiser, o->data ? q : NULL, sums, sums + n));
    PetscCall(Pass(&d, pass, whole));
    PetscCall(KarDenoiserCollect(d.denoiser, NULL, NULL, NULL));
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums, (int)(2 * n), MPIU_REAL, MPIU_SUM, comm));
    PetscCall(FillAll(&bins, sums));
    *change = Correct(share, n, sums, r);
  }
  if (*whole) PetscCall(KarDenoiserSetCalibration(d.denoiser, &bins, r));
  PetscCall(KarSamplerGetParameter(ts, "eta", &eta, &has));
  if (has && *whole) PetscCall(KarDenoiserSetCalibratedEta(d.denoiser, eta));
  PetscCall(KarProgressDestroy(&d.progress));
  PetscCall(KarGiverDestroy(&d.giver));
  PetscCall(FieldsClose(&d.fields));
  PetscCall(FieldsClose(&d.below));
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
