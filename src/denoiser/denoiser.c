/* A learnt denoiser's life: its laws on the training grid and on that of the fields, its network on a grid that
   resolves it, what it says of itself. Its formula is in denoise.c. */
#include "gains.h"

const char *const kar_gains[] = {"modewise", "scalar", "rough", "white", NULL};

PetscErrorCode KarDenoiserSetOptionsPrefix(KarDenoiser d, const char prefix[])
{
  PetscFunctionBegin;
  PetscCall(PetscStrncpy(d->prefix, prefix ? prefix : "", sizeof(d->prefix)));
  PetscCall(KarNetSetOptionsPrefix(d->network, prefix));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A number by its option, or by the name that the option had when it was taken for one of the network fno. */
static PetscErrorCode RealFromOptions(KarDenoiser d, const char name[], const char former[], const char text[],
                                      PetscReal min, PetscReal max, PetscReal *value)
{
  PetscBool now, then;

  PetscFunctionBegin;
  PetscCall(KarOptionsGiven(d->prefix, name, &now));
  PetscCall(KarOptionsGiven(d->prefix, former, &then));
  KarCheck(d->training.comm, !now || !then, PETSC_ERR_USER_INPUT, "-%s%s and -%s%s name one thing: give -%s%s alone",
           d->prefix, name, d->prefix, former, d->prefix, name);
  PetscCall(KarOptionsReal(d->prefix, name, text, min, max, value));
  if (then) PetscCall(KarOptionsReal(d->prefix, former, text, min, max, value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserSetFromOptions(KarDenoiser d)
{
  PetscInt gain = (PetscInt)d->gain;

  PetscFunctionBegin;
  PetscCheck(!d->ready, PETSC_COMM_SELF, PETSC_ERR_ORDER,
             "KarDenoiserSetFromOptions() comes before KarDenoiserSetUp()");
  if (!d->file) PetscCall(KarFrameSetFromOptions(&d->frame, d->prefix));
  PetscCall(KarNetSetFromOptions(d->network));
  if (!d->file) {
    PetscCall(KarOptionsChoice(d->prefix, "denoiser_gain", "preconditioning of the network", kar_gains, &gain));
    PetscCall(KarOptionsBool(d->prefix, "denoiser_amplitude",
                             "an octave's variance follows the energy of the octave before it, point by point",
                             &d->local));
    PetscCall(RealFromOptions(d, "denoiser_oversample", "fno_oversample",
                              "evaluate the network on at least this times the training grid", 1, 8, &d->oversample));
  }
  PetscCall(RealFromOptions(
    d, "denoiser_resolve", "fno_resolve",
    "share of its fields' variance that the network's grid may lack; 0: it runs on the fields' own grid", 0, 1,
    &d->resolve));
  d->gain = (Gain)gain;
  PetscFunctionReturn(PETSC_SUCCESS);
}

#define LEVELS 24 /* grids, each twice as fine as the one before */

/* beyond[l]: the share of the variance of F's fields in modes of the frame that a grid of least[a] 2^l points lacks. */
static PetscErrorCode MeasureTails(KarDenoiser d, const KarGridInfo *info, const PetscInt least[3],
                                   PetscReal beyond[LEVELS])
{
  const KarModes *m;
  KarMode         mode;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(d->fft, &m));
  PetscCall(PetscArrayzero(beyond, LEVELS));
  for (PetscInt i = 0; i < d->frame.modes; i++) {
    int level = 0;

    kar_mode(m, i / m->length, i % m->length, &mode);
    for (PetscInt a = 0; a < info->dim; a++) {
      const PetscInt points = info->basis == KAR_BASIS_COSINE ? mode.index[a] + 1 : 2 * PetscAbsInt(mode.index[a]) + 1;

      while (level < LEVELS && least[a] << level < points) level++;
    }
    if (level)
      beyond[level - 1] += mode.weight * kar_denoiser_power(d, d->frame.C[i], d->frame.lambda[i]) / d->trace_input;
  }
  for (int l = LEVELS - 2; l >= 0; l--) beyond[l] += beyond[l + 1];
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, beyond, LEVELS, MPIU_REAL, MPIU_SUM, info->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether blocks of ceil(n/ranks) planes leave no rank empty. */
static PetscBool FeedsAll(PetscInt n, PetscInt ranks)
{
  return (PetscBool)((n + ranks - 1) / ranks * (ranks - 1) < n);
}

/* Points n[3] of the network's grid: at least `oversample` times the training grid; where the fields are finer, the
   first doubling of that which all but a share `resolve` of the variance of F's fields fits on and every rank has
   planes of, or the fields' own grid.  F's inputs have at most that spectrum, and once trained its answer has about
   that where it was taught: what they lack there, it lacks too. Beyond the training grid an answer of rough fields
   has more than that: see tests/network_on_a_grid_that_resolves_it.c. */
static PetscErrorCode ChooseGrid(KarDenoiser d, const KarGridInfo *info, const KarGridInfo *train, PetscInt n[3])
{
  PetscReal beyond[LEVELS];
  PetscInt  least[3] = {1, 1, 1};
  int       ranks, l = 0;

  PetscFunctionBegin;
  for (PetscInt a = 0; a < info->dim; a++) least[a] = (PetscInt)PetscCeilReal(d->oversample * (PetscReal)train->n[a]);
  for (PetscInt a = 0; a < 3; a++) n[a] = PetscMax(least[a], info->n[a]);
  if (d->gain == GAIN_WHITE) { /* its fields have no tail that would tell */
    for (PetscInt a = 0; a < info->dim; a++) n[a] = PetscMin(info->n[a], least[a]);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  if (d->resolve <= 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCallMPI(MPI_Comm_size(info->comm, &ranks));
  PetscCall(MeasureTails(d, info, least, beyond));
  while (l < LEVELS - 1 && (beyond[l] > d->resolve || !FeedsAll(least[0] << l, ranks))) l++;
  for (PetscInt a = 0; a < info->dim; a++) n[a] = PetscMin(n[a], least[a] << l);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Which modes of the frame a grid of n[3] points has. */
static PetscErrorCode MarkHeld(KarDenoiser d, const KarGridInfo *info, const PetscInt n[3])
{
  const KarModes *m;
  KarMode         mode;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(d->fft, &m));
  PetscCall(PetscMalloc1(d->frame.modes, &d->resolved));
  for (PetscInt i = 0; i < d->frame.modes; i++) {
    kar_mode(m, i / m->length, i % m->length, &mode);
    d->resolved[i] = 1;
    for (PetscInt a = 0; a < info->dim; a++)
      if ((info->basis == KAR_BASIS_COSINE ? 1 : 2) * PetscAbsInt(mode.index[a]) >= n[a]) d->resolved[i] = 0;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* C and P of a mode. */
static void Powers(const KarShellMode *mode, void *ctx, PetscReal value[])
{
  value[0] = mode->C;
  value[1] = kar_denoiser_power(ctx, mode->C, mode->lambda);
}

/* The training grid's modes and their traces. */
static PetscErrorCode SetUpTraces(KarDenoiser d, MPI_Comm comm)
{
  PetscReal traces[2];

  PetscFunctionBegin;
  PetscCall(KarFrameSetUp(&d->frame));
  PetscCall(KarShellsCreate(comm, &d->training, d->coarse, d->frame.data, d->frame.noise, d->frame.sde, &d->shells));
  PetscCall(KarShellsSum(&d->shells, d->frame.sde, 0, -1, Powers, d, 2, traces));
  d->trace       = traces[0];
  d->trace_input = traces[1];
  KarCheck(comm, d->trace > 0, PETSC_ERR_ARG_WRONG, "the data do not vary: there is nothing to learn");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The network's grid of n[3] points, and the passages between it and that of the fields. */
static PetscErrorCode SetUpGrid(KarDenoiser d, KarGrid grid, const KarGridInfo *info, const PetscInt n[3])
{
  KarGrid net;

  PetscFunctionBegin;
  if (n[0] == info->n[0] && n[1] == info->n[1] && n[2] == info->n[2]) {
    PetscCall(KarFFTReference(d->fft));
    d->net_fft = d->fft;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarGridRefine(grid, n, &net));
  PetscCall(KarFFTCreate(net, &d->net_fft));
  PetscCall(KarGridDestroy(&net));
  PetscCall(KarFFTCreateCoordinates(d->net_fft, &d->net));
  PetscCall(MarkHeld(d, info, n));
  PetscCall(KarResampleCreate(d->fft, d->net_fft, &d->up));
  PetscCall(KarResampleCreate(d->net_fft, d->fft, &d->down));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserSetUp(KarDenoiser d)
{
  const KarGridInfo *train = &d->training;
  KarGrid            grid, net;
  KarGridInfo        info, points;

  PetscFunctionBegin;
  if (d->ready) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarFFTGetGrid(d->fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  KarCheck(info.comm, !d->ends[0] || d->gain != GAIN_SCALAR, PETSC_ERR_USER_INPUT,
           "-%sdenoiser_gain scalar: a bridge's gains are those of each mode; give modewise or white", d->prefix);
  PetscCall(SetUpTraces(d, info.comm));
  for (PetscInt a = 0; a < info.dim && d->coarse[0]; a++)
    KarCheck(info.comm, info.n[a] == train->n[a], PETSC_ERR_ARG_INCOMP,
             "the model is of an octave: it is drawn on its own grid of %" PetscInt_FMT
             " points along axis %" PetscInt_FMT ", not %" PetscInt_FMT,
             train->n[a], a, info.n[a]);
  if (d->coarse[0]) d->oversample = 1; /* the coarser field that it sees lies on this grid */
  PetscCall(ChooseGrid(d, &info, train, points.n));
  PetscCall(SetUpGrid(d, grid, &info, points.n));
  d->dof      = info.dof;
  d->channels = (d->gain == GAIN_SCALAR ? 1 : 2) * d->dof;
  PetscCall(KarFFTGetGrid(d->net_fft, &net));
  PetscCall(KarGridGetInfo(net, &points));
  d->points = points.ln * points.n[1] * points.n[2];
  PetscCall(KarNetSetGrid(d->network, &points));
  PetscCall(KarDenoiserSetUpOctave_Private(d));
  PetscCall(KarDenoiserSetUpAmplitude_Private(d));
  PetscCall(KarDenoiserSetUpBound_Private(d));
  PetscCall(KarDenoiserSetUpConditions_Private(d));
  PetscCall(KarNetSetChannels(d->network, d->channels, d->conditions, d->dof));
  PetscCall(KarNetSetUp(d->network));
  if (d->file) PetscCall(KarNetLoadWeights(d->network, d->file, ""));
  PetscCall(KarCheckpointDestroy(&d->file));
  d->ready = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Create(KarFFT fft, const PetscInt coarse[], const KarPairs *pairs, PetscInt n,
                             const PetscReal k[], const PetscReal lambda[], const PetscReal mean[], KarDenoiser *out)
{
  KarDenoiser d;
  KarGrid     grid;
  KarGridInfo info;

  PetscFunctionBegin;
  PetscCall(PetscNew(&d));
  d->references = 1;
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  d->training = info;
  PetscCall(KarFrameCreate(fft, coarse, pairs, n, k, lambda, &d->frame));
  PetscCall(PetscCalloc1(info.dof, &d->mean));
  if (mean) PetscCall(PetscArraycpy(d->mean, mean, info.dof));
  if (coarse) PetscCall(PetscArraycpy(d->coarse, coarse, info.dim));
  d->oversample = 1;
  d->resolve    = KAR_RESOLVE;
  PetscCall(KarNetCreate(info.comm, &d->network));
  PetscCall(KarNetSetGrid(d->network, &info));
  d->fft = d->frame.fft;
  d->dof = info.dof;
  *out   = d;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserCreate(KarFFT fft, PetscInt n, const PetscReal k[], const PetscReal lambda[],
                                 const PetscReal mean[], KarDenoiser *out)
{
  PetscFunctionBegin;
  PetscCall(Create(fft, NULL, NULL, n, k, lambda, mean, out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserCreateOctave(KarFFT fft, const PetscInt coarse[], PetscInt n, const PetscReal k[],
                                       const PetscReal lambda[], KarDenoiser *out)
{
  PetscFunctionBegin;
  PetscCall(Create(fft, coarse, NULL, n, k, lambda, NULL, out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserSetSolenoidal(KarDenoiser d)
{
  PetscFunctionBegin;
  PetscCall(KarCovSetSolenoidal(d->frame.data, PETSC_TRUE));
  PetscCall(KarCovSetSolenoidal(d->frame.noise, PETSC_TRUE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserCreateBridge(KarFFT fft, const KarPairs *pairs, PetscInt n, const PetscReal k[],
                                       const PetscReal lambda[], const PetscReal start[], const PetscReal end[],
                                       KarDenoiser *out)
{
  const PetscReal *mean[2] = {start, end};
  PetscInt         dof;

  PetscFunctionBegin;
  PetscCall(Create(fft, NULL, pairs, n, k, lambda, NULL, out));
  dof = (*out)->dof;
  for (int i = 0; i < 2; i++) {
    PetscCall(PetscMalloc1(dof, &(*out)->ends[i]));
    PetscCall(PetscArraycpy((*out)->ends[i], mean[i], dof));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserGetEnds(KarDenoiser d, const PetscReal *start[], const PetscReal *end[])
{
  PetscFunctionBegin;
  *start = d->ends[0];
  *end   = d->ends[1];
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserReference(KarDenoiser d)
{
  PetscFunctionBegin;
  d->references++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserDestroy(KarDenoiser *denoiser)
{
  KarDenoiser d = *denoiser;

  PetscFunctionBegin;
  if (d && --d->references == 0) {
    PetscCall(KarCheckpointDestroy(&d->file));
    PetscCall(KarDenoiserDestroyPatch_Private(d));
    PetscCall(KarDenoiserFreeWork(d));
    PetscCall(KarNetDestroy(&d->network));
    PetscCall(KarImplicitDestroy(&d->decoder));
    PetscCall(PetscFree(d->resolved));
    PetscCall(KarResampleDestroy(&d->up));
    PetscCall(KarResampleDestroy(&d->down));
    PetscCall(KarFFTDestroy(&d->net_fft));
    PetscCall(VecDestroy(&d->net));
    PetscCall(KarDenoiserDestroyConditions_Private(d));
    for (int j = 0; j < 2; j++) PetscCall(PetscFree(d->ends[j]));
    PetscCall(KarCalibrationDestroy(&d->calibration));
    PetscCall(KarFrameDestroy(&d->frame));
    PetscCall(KarShellsDestroy(&d->shells));
    PetscCall(PetscFree(d->mean));
    PetscCall(PetscFree(d));
  }
  *denoiser = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserGetTraining(KarDenoiser d, KarGridInfo *training)
{
  PetscFunctionBegin;
  *training = d->training;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserGetFFT(KarDenoiser d, KarFFT *fft)
{
  PetscFunctionBegin;
  *fft = d->fft;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserGetSDE(KarDenoiser d, KarSDE *sde)
{
  PetscFunctionBegin;
  *sde = d->frame.sde;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserGetDataCovariance(KarDenoiser d, KarCov *data)
{
  PetscFunctionBegin;
  *data = d->frame.data;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserGetNet(KarDenoiser d, KarNet *net)
{
  PetscFunctionBegin;
  KarDenoiserCheckReady(d, "KarDenoiserGetNet");
  *net = d->network;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserGetMean(KarDenoiser d, const PetscReal *mean[])
{
  PetscFunctionBegin;
  *mean = d->mean;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserSetLabel(KarDenoiser d, const KarFieldLabel *label)
{
  PetscFunctionBegin;
  d->label = *label;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserGetLabel(KarDenoiser d, KarFieldLabel *label)
{
  PetscFunctionBegin;
  *label = d->label;
  PetscFunctionReturn(PETSC_SUCCESS);
}
