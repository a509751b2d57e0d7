/* Calibration of a learnt denoiser by the model's own samples (score/calibration.h): draw, regress the network's part
   on the linear one at every evaluation, correct, and again. The levels are the evaluations of the sampler. */
#include <karhunen/condition.h>
#include <karhunen/train.h>

/* Levels and shells of the sampler's times and the model's grid. */
static PetscErrorCode Layout(TS ts, KarDenoiser denoiser, PetscInt *levels, PetscInt *bins, PetscReal ends[2],
                             PetscReal *k1)
{
  const PetscReal *t;
  PetscReal        end = PETSC_MAX_REAL;
  KarFFT           fft;
  KarGrid          grid;
  KarGridInfo      g;
  KarSDE           sde;

  PetscFunctionBegin;
  PetscCall(KarSamplerGetTimes(ts, levels, &t));
  PetscCall(KarDenoiserGetSDE(denoiser, &sde));
  PetscCall(KarSDEGetLogSNR(sde, t[*levels], &ends[0]));
  PetscCall(KarSDEGetLogSNR(sde, t[0], &ends[1]));
  ends[0] /= -2, ends[1] /= -2;
  ++*levels;
  PetscCall(KarDenoiserGetFFT(denoiser, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  *k1 = PETSC_MAX_REAL;
  for (PetscInt a = 0; a < g.dim; a++) {
    const PetscReal unit = (g.basis == KAR_BASIS_PERIODIC ? 2 : 1) * PETSC_PI / g.length[a];

    *k1 = PetscMin(*k1, unit);
    end = PetscMin(end, unit * (PetscReal)(g.basis == KAR_BASIS_PERIODIC ? (g.n[a] - 1) / 2 : g.n[a] - 1));
  }
  *bins = PetscMax((PetscInt)(end / *k1 + 0.5) + 1, 2);
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

/* r += share of sums above/sums below; the largest change. */
static PetscReal Correct(PetscReal share, PetscInt n, const PetscReal sums[], PetscReal r[])
{
  const PetscReal most   = 1; /* |r| */
  PetscReal       change = 0;

  for (PetscInt i = 0; i < n; i++) {
    const PetscReal step = sums[n + i] > 0 ? sums[i] / sums[n + i] : 0, before = r[i];

    r[i]   = PetscMax(-most, PetscMin(most, r[i] + share * step));
    change = PetscMax(change, PetscAbsReal(r[i] - before));
  }
  return change;
}

static PetscErrorCode Calibrate(TS ts, KarScore score, KarCascade cascade, MPI_Comm comm, PetscInt64 seed,
                                PetscInt samples, PetscInt passes, PetscReal *change, PetscBool *whole)
{
  const PetscReal share  = passes > 1 ? 0.6 : 1; /* a level acts on those after it: whole steps overshoot */
  PetscInt        levels = 0, bins = 0, n;
  PetscReal       ends[2] = {0}, k1 = 1, eta = 0, *sums, *r;
  PetscBool       has;
  int             rank, ranks;
  KarDenoiser     denoiser;
  KarFFT          fft;
  KarProgress     progress;
  Vec             x;

  PetscFunctionBegin;
  PetscCall(KarScoreGetDenoiser(score, &denoiser));
  KarCheck(comm, denoiser, PETSC_ERR_ARG_WRONG, "only a learnt score can be calibrated: give -model FILE");
  PetscCall(KarSamplerSetUp(ts));
  if (!cascade) PetscCall(TSMonitorSet(ts, Watch, NULL, NULL));
  PetscCall(Layout(ts, denoiser, &levels, &bins, ends, &k1));
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(KarDenoiserGetFFT(denoiser, &fft));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  n = levels * bins;
  PetscCall(PetscCalloc2(2 * n, &sums, n, &r));
  PetscCall(KarProgressCreate(comm, "calibrate", passes * samples, &progress));
  *whole = PETSC_TRUE;
  for (PetscInt pass = 0; pass < passes && *whole; pass++) {
    PetscCall(PetscArrayzero(sums, 2 * n));
    PetscCall(KarDenoiserSetCalibration(denoiser, levels, bins, ends[0], ends[1], k1, r));
    PetscCall(KarDenoiserCollect(denoiser, sums, sums + n));
    for (PetscInt first = 0; first < samples && *whole; first += ranks) {
      PetscBool stop;

      if (first + rank < samples) PetscCall(KarDenoiserTell(denoiser, pass * samples + first + rank));
      if (first + rank < samples)
        PetscCall(Draw(ts, cascade, (KarKey){.seed = seed, .sample = pass * samples + first + rank}, x));
      PetscCall(KarStopRequested(comm, &stop));
      *whole = (PetscBool)!stop;
      PetscCall(KarProgressUpdate(progress, pass * samples + PetscMin(first + ranks, samples), NULL));
    }
    PetscCall(KarDenoiserCollect(denoiser, NULL, NULL));
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums, (int)(2 * n), MPIU_REAL, MPIU_SUM, comm));
    *change = Correct(share, n, sums, r);
  }
  if (*whole) PetscCall(KarDenoiserSetCalibration(denoiser, levels, bins, ends[0], ends[1], k1, r));
  PetscCall(KarSamplerGetParameter(ts, "eta", &eta, &has));
  if (has && *whole) PetscCall(KarDenoiserSetCalibratedEta(denoiser, eta));
  PetscCall(KarProgressDestroy(&progress));
  PetscCall(VecDestroy(&x));
  PetscCall(PetscFree2(sums, r));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerCalibrate(TS ts, KarScore score, MPI_Comm comm, PetscInt64 seed, PetscInt samples,
                                   PetscInt passes, PetscReal *change, PetscBool *whole)
{
  PetscFunctionBegin;
  PetscCall(Calibrate(ts, score, NULL, comm, seed, samples, passes, change, whole));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeCalibrate(KarCascade cascade, MPI_Comm comm, PetscInt64 seed, PetscInt samples,
                                   PetscInt passes, PetscReal *change, PetscBool *whole)
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
  PetscCall(Calibrate(ts, score, cascade, comm, seed, samples, passes, change, whole));
  PetscFunctionReturn(PETSC_SUCCESS);
}
