/* Moves of particles at the end of the steps, which leave the law that they have there as it is: copies of one ancestor
   part again. From x at the last time r each particle climbs by the noising process itself,
     x_t = a_t/a_r x_r + N(0, S_t - (a_t/a_r)^2 S_r),
   time by time of the run, and comes down by its conditioned steps to x'. Given the top, both paths, there and back,
   have the law of the reverse process times p(y | end), and the steps propose theirs times it over the product W of
   their weights: x' is taken with probability
     min(1, W(down)/W(up)),   log W = sum of log w of smcstep.c over the steps of a path.
   Numbers in data space alone. The steps are those of the kernel wa, whatever that of the run: it has the spread of the
   reverse process, so that W = 1 for Gaussian laws; by 2m, whose noise is narrower, none of many data takes a move. */
#include "smcimpl.h"

enum { LOW, HIGH, WAYS }; /* of a climb: times k and k - 1 of the run */

struct _KarMoves {
  Vec       *x[WAYS], *d[WAYS]; /* [own] */
  PetscReal *scale, *variance;  /* of a step up, mode by mode */
  PetscReal *up, *down;         /* [own] log W */
};

PetscErrorCode KarSMCMovesCreate(KarSMC s)
{
  KarMoves *m;

  PetscFunctionBegin;
  PetscCall(PetscNew(&m));
  s->move = m;
  for (int w = 0; w < WAYS; w++) {
    PetscCall(VecDuplicateVecs(s->delta, s->own, &m->x[w]));
    PetscCall(VecDuplicateVecs(s->delta, s->own, &m->d[w]));
  }
  PetscCall(PetscMalloc4(s->modes, &m->scale, s->modes, &m->variance, s->own, &m->up, s->own, &m->down));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSMCSetMoves(KarSMC s, PetscInt moves, PetscReal noise)
{
  PetscFunctionBegin;
  KarCheck(s->comm, !moves || s->linear, PETSC_ERR_SUP,
           "-posterior_moves %" PetscInt_FMT
           ": particles move given data that are linear in the field alone: leave it out, or give -posterior_return 1",
           moves);
  for (KarSMC stage = s; stage; stage = stage->next) stage->moves = moves, stage->height = noise;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSMCGetMoves(KarSMC s, PetscInt *moves)
{
  PetscFunctionBegin;
  *moves = s->moves;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSMCMovesSetFromOptions(KarSMC s)
{
  PetscInt  moves = s->moves;
  PetscReal noise = s->height;

  PetscFunctionBegin;
  PetscCall(KarOptionsInt(s->prefix, "posterior_moves",
                          "ways up and down that each particle makes after the last step, so that copies part", 0, 1000,
                          &moves));
  if (moves || KarOptionsHelping())
    PetscCall(KarOptionsReal(s->prefix, "posterior_moves_noise", "s/a up to which a move climbs", PETSC_SMALL,
                             PETSC_MAX_REAL, &noise));
  PetscCall(KarSMCSetMoves(s, moves, noise));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSMCMovesDestroy(KarSMC s)
{
  KarMoves *m = s->move;

  PetscFunctionBegin;
  for (int w = 0; w < WAYS && m; w++) {
    PetscCall(VecDestroyVecs(s->own, &m->x[w]));
    PetscCall(VecDestroyVecs(s->own, &m->d[w]));
  }
  if (m) PetscCall(PetscFree4(m->scale, m->variance, m->up, m->down));
  PetscCall(PetscFree(s->move));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void Exchange(KarMoves *m)
{
  Vec *x = m->x[LOW], *d = m->d[LOW];

  m->x[LOW] = m->x[HIGH], m->d[LOW] = m->d[HIGH];
  m->x[HIGH] = x, m->d[HIGH] = d;
}

static KarKey Own(const KarSMC s, KarKey key, PetscInt p)
{
  key.sample = key.sample * s->n + s->first + p;
  return key;
}

/* The particles LOW, at time r, noised to t, become HIGH. */
static PetscErrorCode Climb(KarSMC s, KarKey key, PetscReal r, PetscReal t)
{
  KarMoves        *m = s->move;
  const PetscReal *lambda;
  PetscReal       *a = s->step.work[0], *n = s->step.work[1], *b = s->step.work[2], *q = s->step.work[3];

  PetscFunctionBegin;
  key.stream = KAR_STREAM_PATH;
  PetscCall(KarCovGetEigenvalues(s->noise, &lambda));
  PetscCall(KarSDEGetMarginalModes(s->sde, t, a, n));
  PetscCall(KarSDEGetMarginalModes(s->sde, r, b, q));
  for (PetscInt i = 0; i < s->modes; i++) {
    m->scale[i]    = a[i] / b[i];
    m->variance[i] = PetscMax(PetscSqr(n[i]) - PetscSqr(m->scale[i] * q[i]), 0) * lambda[i];
  }
  for (PetscInt p = 0; p < s->own; p++) {
    Vec x = m->x[HIGH][p];

    PetscCall(VecCopy(m->x[LOW][p], x));
    PetscCall(KarFFTMultiply(s->fft, m->scale, x));
    PetscCall(KarFFTFillNormalScaled(s->fft, Own(s, key, p), m->variance, s->w));
    PetscCall(KarCovProject(s->noise, s->w));
    PetscCall(VecAXPY(x, 1, s->w));
    PetscCall(KarSMCDenoise(s, t, x, m->d[HIGH][p]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* log w of the step that would have come down the way climbed, from HIGH to LOW at time r. */
static PetscErrorCode WeighClimb(KarSMC s, PetscReal r, PetscInt p, PetscReal *logw)
{
  KarMoves     *m = s->move;
  KarInnovation innovation;
  Vec           d = m->d[HIGH][p];

  PetscFunctionBegin;
  PetscCall(VecCopy(m->x[HIGH][p], s->w));
  PetscCall(VecZeroEntries(s->delta));
  PetscCall(KarSMCMean(s, s->w, d, d));
  PetscCall(VecWAXPY(s->delta, -1, s->w, m->x[LOW][p]));
  PetscCall(KarSMCExpect(s, d));
  PetscCall(KarLevelsGet(s->levels, r, &innovation));
  PetscCall(KarSMCWeigh(s, innovation, m->d[LOW][p], s->w, logw));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* From time t[steps], where the particles are x, to t[top], where they are LOW. */
static PetscErrorCode ClimbAll(KarSMC s, KarKey *key, const PetscReal t[], PetscInt steps, PetscInt top, Vec x[])
{
  KarMoves *m = s->move;
  PetscReal logw;

  PetscFunctionBegin;
  for (PetscInt p = 0; p < s->own; p++) {
    PetscCall(VecCopy(x[p], m->x[LOW][p]));
    PetscCall(VecCopy(s->d[p], m->d[LOW][p]));
    m->up[p] = 0;
  }
  for (PetscInt k = steps; k > top; k--, key->step++) {
    PetscCall(Climb(s, *key, t[k], t[k - 1]));
    PetscCall(KarSMCSetStep(s, t[k - 1], t[k], PETSC_FALSE));
    for (PetscInt p = 0; p < s->own; p++) {
      PetscCall(WeighClimb(s, t[k], p, &logw));
      m->up[p] += logw;
    }
    Exchange(m);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* LOW from t[top] back to t[steps], by conditioned steps. */
static PetscErrorCode Descend(KarSMC s, KarKey *key, const PetscReal t[], PetscInt steps, PetscInt top)
{
  KarMoves      *m    = s->move;
  Vec           *d    = s->d;
  PetscErrorCode code = PETSC_SUCCESS;
  PetscReal      logw;

  PetscFunctionBegin;
  PetscCall(PetscArrayzero(m->down, s->own));
  s->d = m->d[LOW];
  for (PetscInt k = top; k < steps && !code; k++, key->step++) {
    code = KarSMCSetStep(s, t[k], t[k + 1], PETSC_FALSE);
    for (PetscInt p = 0; p < s->own && !code; p++) {
      code = KarSMCStep(s, Own(s, *key, p), t[k], t[k + 1], m->x[LOW][p], p, &logw);
      m->down[p] += logw;
    }
  }
  s->d = d;
  PetscFunctionReturn(code);
}

/* taken[p] becomes 1 where particle p takes what it came down to. */
static PetscErrorCode Choose(KarSMC s, KarKey key, Vec x[], PetscInt taken[])
{
  KarMoves *m = s->move;

  PetscFunctionBegin;
  key.stream = KAR_STREAM_OBSERVE;
  for (PetscInt p = 0; p < s->own; p++) {
    PetscReal u[2];

    kar_uniform_pair(Own(s, key, p), 0, 0, 3, u); /* 0 to 2: noise of data, resampling, what is returned */
    if (PetscLogReal(u[0]) >= m->down[p] - m->up[p]) continue;
    taken[s->first + p] = 1;
    PetscCall(VecCopy(m->x[LOW][p], x[p]));
    PetscCall(VecCopy(m->d[LOW][p], s->d[p]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The last time of the run whose s/a is at least that of moves; one at least is climbed. */
static PetscErrorCode FindTop(KarSMC s, const PetscReal t[], PetscInt steps, PetscInt *top)
{
  PetscReal snr;

  PetscFunctionBegin;
  for (*top = steps - 1; *top > 0; --*top) {
    PetscCall(KarSDEGetLogSNR(s->sde, t[*top], &snr));
    if (PetscExpReal(-snr / 2) >= s->height) break;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSMCMoves(KarSMC s, KarKey key, const PetscReal t[], PetscInt steps, Vec x[], KarSMCInfo *info,
                           PetscBool *stop)
{
  const KarKernel kernel = s->kernel;
  PetscErrorCode  code   = PETSC_SUCCESS;
  PetscInt        top, *taken;

  PetscFunctionBegin;
  PetscCall(FindTop(s, t, steps, &top));
  PetscCall(PetscMalloc1(s->n, &taken));
  for (PetscInt i = 0; i < s->moves && !code && !*stop; i++) {
    PetscCall(PetscArrayzero(taken, s->n));
    s->kernel = KAR_KERNEL_WA;
    code      = ClimbAll(s, &key, t, steps, top, x);
    if (!code) code = Descend(s, &key, t, steps, top);
    s->kernel = kernel;
    info->evaluations += 2 * s->n * (steps - top);
    if (!code) code = Choose(s, key, x, taken);
    key.step++;
    code = KarSMCAgree(s, code);
    if (s->groups > 1 && !code)
      PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, taken, (PetscMPIInt)s->n, MPIU_INT, MPI_MAX, s->across));
    for (PetscInt p = 0; p < s->n && !code; p++) {
      info->proposed++;
      info->taken += taken[p];
      if (taken[p]) s->copy[p] = s->n + p; /* as no other */
      if (taken[p] && !s->octave) s->ancestor[p] = (i + 1) * s->n + p;
    }
    if (!code) PetscCall(KarStopRequested(s->groups > 1 ? s->all : s->comm, stop));
  }
  info->distinct = kar_smc_different(s->n, s->copy);
  PetscCall(PetscFree(taken));
  PetscFunctionReturn(code);
}
