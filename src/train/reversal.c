/* Time reversal of a diffusion from one start x_0, learnt from transitions (Heng, De Bortoli, Doucet and Thornton,
   2021). On times t < r = t + h of a ladder a step back is
     x_t = E [ x_t | x_r ] + sqrt(q h t/r) sigma(x_r) z,
   and the mean, which is x_r + h (-b + div Sigma + Sigma grad log p_r) as h -> 0, is learnt from paths by regression,
   so that it is right for the ladder and Sigma is never inverted. The network starts at free motion from x_0,
     E [ x_t | x_r ] = x_0 + t/r (x_r - x_0) + h t/r (div Sigma(x_r) + (root of the mean Sigma_ii/T) F),   F = 0,
   of log(r/T), (x_r - x_0)/(r Sigma_ii)^1/2 and x_r/|x_0|. q(r), 1 for free motion, is what the mean leaves of the
   variance. AdamW, a cosine; the weights' average is used.
   A path is drawn with the density q of its steps back, and has the density p of steps forward: the weight p/q makes
   the law that of the process, but for O(h), however well the network has learnt. As a function of x_t a step forward
   has by the adjoint of the generator the density, x = x_r,
     p(x_r | x_t) = N(x_t; x + h (div Sigma - b), h Sigma) exp(h div(div Sigma/2 - b)),
   of the noise that q has too (Euler's own has that of x_t, and the ratio of the two a variance that does not fall with
   h); where Sigma is constant the geometric mean of this and of Euler's, of second order. */
#include "descent.h"

#include <karhunen/reversal.h>
#include <karhunen/tensors.h>

#include <math.h>

struct _p_KarReversal {
  const KarDiffusion *d;
  PetscReal           T, lr, size, rate; /* size of x_0, mean of Sigma_ii there */
  PetscInt64          seed;
  PetscInt            steps, fine, learn, batch, weights;
  PetscReal          *x0, *x, *before, *b, *sigma, *div, *w; /* of one path */
  KarNet              net;
  float              *in, *out, *m, *v, *ema;
  PetscReal          *scalar; /* [batch steps] */
  PetscReal          *L;      /* [n][n], a factor of Sigma */
  PetscReal          *left;   /* [steps][2]: squares that are missed, and those of free motion, by time */
  PetscBool           ready;
};

PetscErrorCode KarReversalCreate(const KarDiffusion *d, PetscReal T, const PetscReal x[], PetscInt64 seed,
                                 KarReversal *reversal)
{
  const PetscInt nc = d->n * d->components;
  KarReversal    r;

  PetscFunctionBegin;
  PetscCall(PetscNew(&r));
  *reversal = r;
  r->d = d, r->T = T, r->seed = seed, r->steps = 40, r->fine = 5, r->learn = 500;
  r->batch = 8, r->lr = 5e-3;
  PetscCall(PetscCalloc5(nc, &r->x0, nc, &r->x, nc, &r->before, nc, &r->b, nc, &r->div));
  PetscCall(PetscMalloc3(d->n * d->sources, &r->sigma, 2 * d->sources, &r->w, d->n * d->n, &r->L));
  PetscCall(PetscArraycpy(r->x0, x, nc));
  d->sigma(d->ctx, x, r->sigma);
  for (PetscInt i = 0; i < nc; i++) r->size += x[i] * x[i] / (PetscReal)nc;
  for (PetscInt i = 0; i < d->n * d->sources; i++) r->rate += PetscSqr(r->sigma[i]) / (PetscReal)d->n;
  r->size = PetscSqrtReal(PetscMax(r->size, r->rate * T));
  PetscCheck(r->rate > 0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "a diffusion without noise where it starts has no time reversal to learn");
  PetscCall(KarNetCreate(PETSC_COMM_SELF, &r->net));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarReversalSetSteps(KarReversal r, PetscInt steps, PetscInt fine)
{
  PetscFunctionBegin;
  r->steps = steps, r->fine = fine;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The network on the closed line of points. */
static PetscErrorCode SetNet(KarReversal r)
{
  const PetscInt n = r->d->n, modes = PetscMin(8, (n + 1) / 2);
  KarGrid        grid;
  KarGridInfo    info;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_SELF, &grid));
  PetscCall(KarGridSetSizes(grid, 1, &n, NULL));
  PetscCall(KarGridSetUp(grid));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(KarNetSetChannels(r->net, 2 * r->d->components, 0, r->d->components));
  PetscCall(KarNetSetGrid(r->net, &info));
  PetscCall(KarNetSetParameter(r->net, "width", 16));
  PetscCall(KarNetSetParameter(r->net, "depth", 3));
  PetscCall(KarNetSetParameter(r->net, "hidden", 32));
  PetscCall(KarNetSetParameter(r->net, "modes_0", modes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarReversalSetFromOptions(KarReversal r, const char prefix[])
{
  char own[64];

  PetscFunctionBegin;
  PetscCall(
    KarOptionsInt(prefix, "reversal_learn", "steps in which the time reversal is learnt", 1, 1 << 24, &r->learn));
  PetscCall(KarOptionsInt(prefix, "reversal_batch", "paths for each of these steps", 1, 1 << 16, &r->batch));
  PetscCall(KarOptionsReal(prefix, "reversal_lr", "largest learning rate", 0, 1, &r->lr));
  (void)snprintf(own, sizeof(own), "%sreversal_", prefix ? prefix : "");
  PetscCall(KarNetSetOptionsPrefix(r->net, own));
  PetscCall(SetNet(r));
  PetscCall(KarNetSetFromOptions(r->net));
  r->ready = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What the network sees of x at time t. */
static void See(const KarReversal r, PetscReal t, const PetscReal x[], float in[], PetscReal *scalar)
{
  const PetscInt  C      = r->d->components;
  const PetscReal spread = PetscSqrtReal(r->rate * t);

  for (PetscInt i = 0; i < r->d->n; i++)
    for (PetscInt c = 0; c < C; c++) {
      in[i * 2 * C + c]     = (float)((x[i * C + c] - r->x0[i * C + c]) / spread);
      in[i * 2 * C + C + c] = (float)(x[i * C + c] / r->size);
    }
  *scalar = PetscLogReal(t / r->T) / 4;
}

/* x + h b + sqrt(h) sigma(x) z, with the noise alone where there is no drift. */
static void Move(KarReversal r, KarKey key, PetscReal h, PetscBool drift, const PetscReal at[], PetscReal x[])
{
  const KarDiffusion *d = r->d;
  const PetscInt      C = d->components;

  d->sigma(d->ctx, at, r->sigma);
  if (drift && d->drift) d->drift(d->ctx, at, r->b);
  for (PetscInt c = 0; c < C; c++) {
    for (PetscInt l = 0; l < d->sources; l += 2) kar_normal_pair(key, l, c, 0, r->w + l);
    for (PetscInt i = 0; i < d->n; i++) {
      PetscReal push = 0;

      for (PetscInt l = 0; l < d->sources; l++) push += r->sigma[i * d->sources + l] * r->w[l];
      x[i * C + c] += PetscSqrtReal(h) * push;
    }
  }
  for (PetscInt i = 0; drift && d->drift && i < d->n * C; i++) x[i] += h * r->b[i];
}

/* Path number `id`: what the network sees at the times r = 2 h, 3 h, ..., T of the ladder, and what it is to answer. */
static void Draw(KarReversal r, PetscInt64 id, float in[], float wanted[], PetscReal scalar[])
{
  const PetscInt  nc = r->d->n * r->d->components;
  const PetscReal h = r->T / (PetscReal)r->steps, scale = PetscSqrtReal(r->rate / r->T);
  KarKey          key = {.seed = r->seed, .sample = id, .stream = KAR_STREAM_TRAIN};

  for (PetscInt i = 0; i < nc; i++) r->x[i] = r->x0[i];
  for (PetscInt k = 0; k < r->steps; k++) {
    const PetscReal t = h * (PetscReal)k, share = t / (t + h);
    float          *y = wanted + (k - 1) * nc;

    for (PetscInt i = 0; i < nc; i++) r->before[i] = r->x[i];
    for (PetscInt f = 0; f < r->fine; f++) {
      key.step = k * r->fine + f;
      for (PetscInt i = 0; i < nc; i++) r->div[i] = r->x[i];
      Move(r, key, h / (PetscReal)r->fine, PETSC_TRUE, r->div, r->x);
    }
    if (k == 0) continue;
    r->d->sigma(r->d->ctx, r->x, r->sigma);
    for (PetscInt i = 0; i < r->d->n * r->d->sources; i++)
      r->left[2 * k + 1] += PetscSqr(r->sigma[i]) * (PetscReal)r->d->components / (h * share);
    for (PetscInt i = 0; i < nc; i++) r->div[i] = 0;
    if (r->d->divergence) r->d->divergence(r->d->ctx, r->x, r->div);
    for (PetscInt i = 0; i < nc; i++)
      y[i] = (float)(((r->before[i] - r->x0[i] - share * (r->x[i] - r->x0[i])) / (h * share) - r->div[i]) / scale);
    See(r, t + h, r->x, in + (k - 1) * 2 * nc, &scalar[k - 1]);
  }
}

/* Step number `step` of `steps`; the mean squares missed and wanted are added. */
static PetscErrorCode Step(KarReversal r, PetscInt step, PetscInt steps, float wanted[], double sum[2])
{
  const PetscInt nc = r->d->n * r->d->components, each = r->steps - 1, samples = r->batch * each, n = samples * nc;
  KarDescent     all = {.n = r->weights, .m = r->m, .v = r->v, .ema = r->ema};

  PetscFunctionBegin;
  for (PetscInt b = 0; b < r->batch; b++)
    Draw(r, (PetscInt64)step * r->batch + b, r->in + b * each * 2 * nc, wanted + b * each * nc, r->scalar + b * each);
  PetscCall(KarNetZeroGradient(r->net));
  PetscCall(KarNetForward(r->net, samples, r->scalar, r->in, r->out, KAR_NET_KEEP));
  for (PetscInt i = 0; i < n; i++) {
    const float miss = r->out[i] - wanted[i];

    sum[0] += (double)miss * (double)miss / (double)n, sum[1] += (double)wanted[i] * (double)wanted[i] / (double)n;
    r->left[2 * (1 + i / nc % each)] += PetscSqr((PetscReal)miss) * r->rate / r->T;
    r->out[i] = miss / (float)n;
  }
  PetscCheck(isfinite(sum[0]), PETSC_COMM_SELF, PETSC_ERR_FP,
             "learning a time reversal, step %" PetscInt_FMT
             ": the loss is not finite: give more steps between two times",
             step + 1);
  PetscCall(KarNetBackward(r->net, KAR_NET_WEIGHTS, r->out, NULL));
  PetscCall(KarNetGetParameters(r->net, NULL, &all.p));
  PetscCall(KarNetGetGradient(r->net, NULL, &all.g));
  kar_descent_step(1, &all, kar_descent_norm(1, &all), step, kar_descent_rate(r->lr, 20, step, steps), 1, 0.99, 0);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarReversalLearn(KarReversal r, PetscInt steps, PetscReal *loss)
{
  const PetscInt nc = r->d->n * r->d->components, samples = r->batch * (r->steps - 1);
  double         sum[2] = {0};
  float         *p, *wanted;

  PetscFunctionBegin;
  PetscCheck(!r->ema, PETSC_COMM_SELF, PETSC_ERR_ORDER, "a time reversal is learnt once");
  if (steps <= 0) steps = r->learn;
  if (!r->ready) PetscCall(SetNet(r));
  PetscCall(KarNetSetUp(r->net));
  PetscCall(KarNetInitialize(r->net, r->seed));
  PetscCall(KarNetGetParameters(r->net, &r->weights, &p));
  PetscCall(PetscCalloc3(r->weights, &r->m, r->weights, &r->v, r->weights, &r->ema));
  PetscCall(PetscMalloc3(samples * 2 * nc, &r->in, samples * nc, &r->out, samples, &r->scalar));
  PetscCall(PetscMalloc1(samples * nc, &wanted));
  PetscCall(PetscCalloc1(2 * r->steps, &r->left));
  for (PetscInt step = 0; step < steps; step++) {
    if (step == steps - steps / 4) {
      sum[0] = sum[1] = 0;
      PetscCall(PetscArrayzero(r->left, 2 * r->steps));
    }
    PetscCall(Step(r, step, steps, wanted, sum));
  }
  PetscCall(PetscArraycpy(p, r->ema, r->weights));
  *loss = sum[1] > 0 ? sum[0] / sum[1] : 1;
  PetscCall(PetscFree(wanted));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* log N(residual; 0, h Sigma), Sigma of r->sigma; NAN where Sigma has no inverse in these digits. */
static PetscReal LogDensity(KarReversal r, PetscReal h, const PetscReal residual[])
{
  const PetscInt n = r->d->n, C = r->d->components, m = r->d->sources;
  PetscReal      sum = 0, dot;

  for (PetscInt i = 0; i < n; i++)
    for (PetscInt j = 0; j <= i; j++) {
      dot = 0;
      for (PetscInt l = 0; l < m; l++) dot += r->sigma[i * m + l] * r->sigma[j * m + l];
      const PetscReal least = 1e-10 * dot;

      for (PetscInt l = 0; l < j; l++) dot -= r->L[i * n + l] * r->L[j * n + l];
      if (i == j && dot <= least) return NAN;
      r->L[i * n + j] = i == j ? PetscSqrtReal(dot) : dot / r->L[j * n + j];
    }
  for (PetscInt c = 0; c < C; c++)
    for (PetscInt i = 0; i < n; i++) {
      dot = residual[i * C + c];
      for (PetscInt l = 0; l < i; l++) dot -= r->L[i * n + l] * r->b[l * C + c];
      r->b[i * C + c] = dot / r->L[i * n + i];
      sum -= PetscSqr(r->b[i * C + c]) / (2 * h) + PetscLogReal(2 * PETSC_PI * h) / 2 + PetscLogReal(r->L[i * n + i]);
    }
  return sum;
}

/* What is left when a step from t to r without noise is undone: residual[nc] = to - from - h f, f = b or div Sigma - b
   at `from`, whose sigma is then in r->sigma. */
static void Miss(KarReversal r, PetscReal h, PetscBool back, const PetscReal from[], const PetscReal to[],
                 PetscReal residual[])
{
  const KarDiffusion *d  = r->d;
  const PetscInt      nc = d->n * d->components;

  for (PetscInt i = 0; i < nc; i++) r->b[i] = r->div[i] = 0;
  if (d->drift) d->drift(d->ctx, from, r->b);
  if (back && d->divergence) d->divergence(d->ctx, from, r->div);
  for (PetscInt i = 0; i < nc; i++) residual[i] = to[i] - from[i] - h * (back ? r->div[i] - r->b[i] : r->b[i]);
  d->sigma(d->ctx, from, r->sigma);
}

/* div (div Sigma/2 - b) at x, by central differences. */
static PetscReal Growth(KarReversal r, const PetscReal x[])
{
  const KarDiffusion *d    = r->d;
  const PetscInt      nc   = d->n * d->components;
  const PetscReal     step = 1e-4 * PetscSqrtReal(r->rate * r->T);
  PetscReal           sum  = 0;

  for (PetscInt i = 0; i < nc; i++) r->before[i] = x[i], r->b[i] = r->div[i] = 0;
  for (PetscInt i = 0; i < nc; i++) {
    for (int sign = -1; sign <= 1; sign += 2) {
      r->before[i] = x[i] + sign * step;
      if (d->drift) d->drift(d->ctx, r->before, r->b);
      if (d->divergence) d->divergence(d->ctx, r->before, r->div);
      sum += sign * (r->div[i] / 2 - r->b[i]) / (2 * step);
    }
    r->before[i] = x[i];
  }
  return sum;
}

/* log p(now | next) of a step of length h. */
static PetscReal Forward(KarReversal r, PetscReal h, const PetscReal next[], const PetscReal now[])
{
  PetscReal log;

  Miss(r, h, PETSC_TRUE, now, next, r->x);
  log = LogDensity(r, h, r->x) + h * Growth(r, now);
  if (r->d->divergence) return log;
  Miss(r, h, PETSC_FALSE, next, now, r->x);
  return (log + LogDensity(r, h, r->x)) / 2;
}

PetscErrorCode KarReversalDraw(KarReversal r, const PetscReal v[], PetscBool divergence, KarKey key, PetscReal path[],
                               PetscReal *weight)
{
  const PetscInt  nc = r->d->n * r->d->components;
  const PetscReal h = r->T / (PetscReal)r->steps, scale = PetscSqrtReal(r->rate / r->T);
  PetscReal       log = 0;

  PetscFunctionBegin;
  PetscCall(PetscArraycpy(path + r->steps * nc, v, nc));
  key.stream = KAR_STREAM_PATH;
  for (PetscInt k = r->steps - 1; k >= 0; k--) {
    const PetscReal  t = h * (PetscReal)k, share = t / (t + h);
    const PetscReal *now  = path + (k + 1) * nc;
    PetscReal       *next = path + k * nc, spread;

    for (PetscInt i = 0; i < nc; i++) r->div[i] = 0, next[i] = r->x0[i] + share * (now[i] - r->x0[i]);
    if (k > 0) { /* else x_0 itself */
      if (divergence && r->d->divergence) r->d->divergence(r->d->ctx, now, r->div);
      if (r->ema) {
        See(r, t + h, now, r->in, r->scalar);
        PetscCall(KarNetForward(r->net, 1, r->scalar, r->in, r->out, KAR_NET_EVALUATE));
      }
      for (PetscInt i = 0; i < nc; i++) {
        next[i] += h * share * (r->div[i] + (r->ema ? scale * (PetscReal)r->out[i] : 0));
        r->before[i] = next[i];
      }
      key.step = k;
      spread   = h * share * (r->ema ? r->left[2 * k] / r->left[2 * k + 1] : 1);
      Move(r, key, spread, PETSC_FALSE, now, next);
      for (PetscInt i = 0; i < nc; i++) r->x[i] = next[i] - r->before[i];
      if (weight && !PetscIsNanReal(log)) log -= LogDensity(r, spread, r->x);
    }
    if (weight && !PetscIsNanReal(log)) log += Forward(r, h, next, now);
  }
  if (weight) *weight = log;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarReversalDestroy(KarReversal *reversal)
{
  KarReversal r = *reversal;

  PetscFunctionBegin;
  if (!r) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscFree3(r->m, r->v, r->ema));
  PetscCall(PetscFree(r->left));
  PetscCall(PetscFree3(r->in, r->out, r->scalar));
  PetscCall(PetscFree5(r->x0, r->x, r->before, r->b, r->div));
  PetscCall(PetscFree3(r->sigma, r->w, r->L));
  PetscCall(KarNetDestroy(&r->net));
  PetscCall(PetscFree(*reversal));
  PetscFunctionReturn(PETSC_SUCCESS);
}
