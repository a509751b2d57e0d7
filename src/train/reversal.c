/* Time reversal of a diffusion from one start x_0, learnt from transitions (Heng, De Bortoli, Doucet and Thornton,
   2021). On times t < r = t + h of a ladder a step back is
     x_t = E [ x_t | x_r ] + sqrt(q h t/r) sigma(x_r) z,
   and the mean, which is x_r + h (-b + div Sigma + Sigma grad log p_r) as h -> 0, is learnt from paths by regression,
   so that it is right for the ladder. The network starts at the pull of the mean noise between x_0 and x_r, which is
   that of free motion where Sigma is constant, and adds to it in the range of Sigma, so that paths have densities,
     E [ x_t | x_r ] = x_r + h/r Sigma M^-1 (x_0 - x_r) + h t/r (div Sigma + (1/T Sigma_ii)^1/2 Sigma F),   F = 0,
   Sigma and its divergence at x_r, M = (Sigma(x_0) + Sigma)/2, Sigma_ii the mean at x_0; F is of log(r/T), (x_r -
   x_0)/(r Sigma_ii)^1/2 and x_r/|x_0|. q(r), 1 for free motion, is what the mean leaves of the
   variance. AdamW, a cosine; the weights' average is used. */
#include "descent.h"
#include "reversing.h"

#include <karhunen/tensors.h>

#include <math.h>

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
  PetscCall(PetscMalloc3(d->n * d->sources, &r->sigma, 2 * d->sources, &r->w, nc, &r->pull));
  PetscCall(PetscMalloc4(d->n * d->n, &r->S0, d->n * d->n, &r->S, d->n * d->n, &r->L, d->n * d->n, &r->M));
  PetscCall(PetscArraycpy(r->x0, x, nc));
  d->sigma(d->ctx, x, r->sigma);
  kar_reversal_square(r, r->S0);
  r->inverse = kar_reversal_factor(d->n, r->S0, r->L);
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

void kar_reversal_see(const KarReversal r, PetscReal t, const PetscReal x[], float in[], PetscReal *scalar)
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

void kar_reversal_move(KarReversal r, KarKey key, PetscReal h, PetscBool drift, const PetscReal at[], PetscReal x[])
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

/* Path number `id`: what the network sees at the times r = 2 h, 3 h, ..., T of the ladder, what is to be answered, and
   where: at[steps - 1][n][components]. */
static void Draw(KarReversal r, PetscInt64 id, float in[], float wanted[], PetscReal scalar[], PetscReal at[])
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
      kar_reversal_move(r, key, h / (PetscReal)r->fine, PETSC_TRUE, r->div, r->x);
    }
    if (k == 0) continue;
    r->d->sigma(r->d->ctx, r->x, r->sigma);
    for (PetscInt i = 0; i < r->d->n * r->d->sources; i++)
      r->left[2 * k + 1] += PetscSqr(r->sigma[i]) * (PetscReal)r->d->components / (h * share);
    for (PetscInt i = 0; i < nc; i++) r->div[i] = 0;
    if (r->d->divergence) r->d->divergence(r->d->ctx, r->x, r->div);
    kar_reversal_pull(r, t + h, r->x);
    for (PetscInt i = 0; i < nc; i++) {
      y[i]                 = (float)(((r->before[i] - r->x[i] - h * r->pull[i]) / (h * share) - r->div[i]) / scale);
      at[(k - 1) * nc + i] = r->x[i];
    }
    kar_reversal_see(r, t + h, r->x, in + (k - 1) * 2 * nc, &scalar[k - 1]);
  }
}

/* What F, or by symmetry a gradient, is through Sigma at x. */
static void Answer(KarReversal r, const PetscReal x[], float F[])
{
  if (!r->inverse) return;
  r->d->sigma(r->d->ctx, x, r->sigma);
  kar_reversal_through(r, F, r->pull);
  for (PetscInt i = 0; i < r->d->n * r->d->components; i++) F[i] = (float)r->pull[i];
}

/* Step number `step` of `steps`; the mean squares missed and wanted are added. */
static PetscErrorCode Step(KarReversal r, PetscInt step, PetscInt steps, float wanted[], double sum[2])
{
  const PetscInt nc = r->d->n * r->d->components, each = r->steps - 1, samples = r->batch * each, n = samples * nc;
  KarDescent     all = {.n = r->weights, .m = r->m, .v = r->v, .ema = r->ema};

  PetscFunctionBegin;
  for (PetscInt b = 0; b < r->batch; b++)
    Draw(r, (PetscInt64)step * r->batch + b, r->in + b * each * 2 * nc, wanted + b * each * nc, r->scalar + b * each,
         r->at + b * each * nc);
  PetscCall(KarNetZeroGradient(r->net));
  PetscCall(KarNetForward(r->net, samples, r->scalar, r->in, r->out, KAR_NET_KEEP));
  for (PetscInt s = 0; s < samples; s++) Answer(r, r->at + s * nc, r->out + s * nc);
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
  for (PetscInt s = 0; s < samples; s++) Answer(r, r->at + s * nc, r->out + s * nc);
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
  PetscCall(PetscMalloc2(samples * nc, &wanted, samples * nc, &r->at));
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
  PetscCall(PetscFree2(wanted, r->at));
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
  PetscCall(PetscFree3(r->sigma, r->w, r->pull));
  PetscCall(PetscFree4(r->S0, r->S, r->L, r->M));
  PetscCall(KarNetDestroy(&r->net));
  PetscCall(PetscFree(*reversal));
  PetscFunctionReturn(PETSC_SUCCESS);
}
