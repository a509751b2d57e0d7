/* A path is drawn with the density q of its steps back, and has the density p of steps forward: the weight p/q makes
   the law that of the process, but for O(h), however well the network has learnt. As a function of x_t a step forward
   has by the adjoint of the generator the density, x = x_r,
     p(x_r | x_t) = N(x_t; x + h (div Sigma - b), h Sigma) exp(h div(div Sigma/2 - b)),
   of the noise that q has too (Euler's own has that of x_t, and the ratio of the two a variance that does not fall with
   h); where Sigma is constant the geometric mean of this and of Euler's, of second order. */
#include "reversing.h"

#include <karhunen/particles.h>
#include <petscblaslapack.h>

#include <math.h>

void kar_reversal_square(const KarReversal r, PetscReal S[])
{
  const PetscInt n = r->d->n, m = r->d->sources;

  for (PetscInt i = 0; i < n; i++)
    for (PetscInt j = 0; j <= i; j++) {
      PetscReal dot = 0;

      for (PetscInt l = 0; l < m; l++) dot += r->sigma[i * m + l] * r->sigma[j * m + l];
      S[i * n + j] = S[j * n + i] = dot;
    }
}

/* Rows of L' are columns to LAPACK, whose "upper" factor of the symmetric S it then is. */
PetscBool kar_reversal_factor(PetscInt n, const PetscReal S[], PetscReal L[])
{
  PetscBLASInt bn = (PetscBLASInt)n, info;

  for (PetscInt i = 0; i < n * n; i++) L[i] = S[i];
  LAPACKpotrf_("U", &bn, L, &bn, &info);
  for (PetscInt i = 0; info == 0 && i < n; i++)
    if (PetscSqr(L[i * n + i]) <= 1e-10 * S[i * n + i]) info = 1;
  return (PetscBool)(info == 0);
}

/* y = L^-1 x, and then, where asked for, L'^-1 y; [n][C]. */
static void Solve(PetscInt n, PetscInt C, const PetscReal L[], const PetscReal x[], PetscBool both, PetscReal y[])
{
  const PetscReal    one = 1;
  const PetscBLASInt bn = (PetscBLASInt)n, bC = (PetscBLASInt)C;

  for (PetscInt i = 0; i < n * C; i++) y[i] = x[i];
  BLAStrsm_("R", "U", "N", "N", &bC, &bn, &one, L, &bn, y, &bC);
  if (both) BLAStrsm_("R", "U", "T", "N", &bC, &bn, &one, L, &bn, y, &bC);
}

/* y[n][components] = Sigma v of r->sigma. */
static void Through(KarReversal r, const PetscReal v[], PetscReal y[])
{
  const PetscInt n = r->d->n, C = r->d->components, m = r->d->sources;

  for (PetscInt c = 0; c < C; c++) {
    for (PetscInt l = 0; l < m; l++) {
      r->w[l] = 0;
      for (PetscInt i = 0; i < n; i++) r->w[l] += r->sigma[i * m + l] * v[i * C + c];
    }
    for (PetscInt i = 0; i < n; i++) {
      y[i * C + c] = 0;
      for (PetscInt l = 0; l < m; l++) y[i * C + c] += r->sigma[i * m + l] * r->w[l];
    }
  }
}

void kar_reversal_through(KarReversal r, const float v[], PetscReal y[])
{
  for (PetscInt i = 0; i < r->d->n * r->d->components; i++) r->b[i] = (PetscReal)v[i] / r->rate;
  Through(r, r->b, y);
}

void kar_reversal_pull(KarReversal r, PetscReal t, const PetscReal x[])
{
  const PetscInt n = r->d->n, C = r->d->components;

  for (PetscInt i = 0; i < n * C; i++) r->pull[i] = (r->x0[i] - x[i]) / t;
  if (!r->inverse) return;
  kar_reversal_square(r, r->S);
  for (PetscInt i = 0; i < n * n; i++) r->L[i] = (r->S0[i] + r->S[i]) / 2;
  if (!kar_reversal_factor(n, r->L, r->M)) return;
  Solve(n, C, r->M, r->pull, PETSC_TRUE, r->b);
  Through(r, r->b, r->pull);
}

/* log N(residual; 0, h L L'). */
static PetscReal LogDensity(KarReversal r, const PetscReal L[], PetscReal h, const PetscReal residual[])
{
  const PetscInt n = r->d->n, C = r->d->components;
  PetscReal      sum = 0;

  Solve(n, C, L, residual, PETSC_FALSE, r->b);
  for (PetscInt i = 0; i < n; i++) {
    sum -= (PetscReal)C * (PetscLogReal(2 * PETSC_PI * h) / 2 + PetscLogReal(L[i * n + i]));
    for (PetscInt c = 0; c < C; c++) sum -= PetscSqr(r->b[i * C + c]) / (2 * h);
  }
  return sum;
}

/* What is left when a step from t to r without noise is undone: residual[nc] = to - from - h f, f = b or div Sigma - b
   at `from`. */
static void Miss(KarReversal r, PetscReal h, PetscBool back, const PetscReal from[], const PetscReal to[],
                 PetscReal residual[])
{
  const KarDiffusion *d  = r->d;
  const PetscInt      nc = d->n * d->components;

  for (PetscInt i = 0; i < nc; i++) r->b[i] = r->div[i] = 0;
  if (d->drift) d->drift(d->ctx, from, r->b);
  if (back && d->divergence) d->divergence(d->ctx, from, r->div);
  for (PetscInt i = 0; i < nc; i++) residual[i] = to[i] - from[i] - h * (back ? r->div[i] - r->b[i] : r->b[i]);
}

/* div (div Sigma/2 - b) at x, by central differences where the diffusion does not tell. */
static PetscReal Growth(KarReversal r, const PetscReal x[])
{
  const KarDiffusion *d    = r->d;
  const PetscInt      nc   = d->n * d->components;
  const PetscReal     step = 1e-4 * PetscSqrtReal(r->rate * r->T);
  PetscReal           sum  = 0;

  if (d->growth) return d->growth(d->ctx, x);
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

/* log p(now | next) of a step of length h; r->L is of Sigma(now). */
static PetscReal Forward(KarReversal r, PetscReal h, const PetscReal next[], const PetscReal now[])
{
  PetscReal log;

  Miss(r, h, PETSC_TRUE, now, next, r->x);
  log = LogDensity(r, r->L, h, r->x) + h * Growth(r, now);
  if (r->d->divergence) return log;
  Miss(r, h, PETSC_FALSE, next, now, r->x);
  return (log + LogDensity(r, r->L, h, r->x)) / 2;
}

/* log N(x_0; x, t M): what is foreseen of the way from x at time t, exact where Sigma is constant without a drift. */
static PetscReal Foreseen(KarReversal r, PetscReal t, const PetscReal x[])
{
  r->d->sigma(r->d->ctx, x, r->sigma);
  kar_reversal_pull(r, t, x);
  for (PetscInt i = 0; i < r->d->n * r->d->components; i++) r->x[i] = x[i] - r->x0[i];
  return LogDensity(r, r->M, t, r->x);
}

/* The step from time (k + 1) h to k h; to *log, unless NULL, log p/q of it is added. */
static PetscErrorCode Back(KarReversal r, PetscInt k, PetscBool divergence, KarKey key, const PetscReal now[],
                           PetscReal next[], PetscReal *log)
{
  const PetscInt  nc = r->d->n * r->d->components;
  const PetscReal h = r->T / (PetscReal)r->steps, scale = PetscSqrtReal(r->rate / r->T), t = h * (PetscReal)k,
                  share = t / (t + h), spread = h * share * (r->ema && k ? r->left[2 * k] / r->left[2 * k + 1] : 1);
  PetscBool inverse;

  PetscFunctionBegin;
  r->d->sigma(r->d->ctx, now, r->sigma);
  kar_reversal_pull(r, t + h, now);
  inverse = r->inverse && log && kar_reversal_factor(r->d->n, r->S, r->L);
  if (log && !inverse) *log = NAN;
  if (k == 0) { /* to x_0 itself */
    PetscCall(PetscArraycpy(next, r->x0, nc));
    if (inverse) *log += Forward(r, h, next, now);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  for (PetscInt i = 0; i < nc; i++) r->div[i] = 0, next[i] = now[i] + h * r->pull[i];
  if (divergence && r->d->divergence) r->d->divergence(r->d->ctx, now, r->div);
  for (PetscInt i = 0; i < nc; i++) next[i] += h * share * r->div[i];
  if (r->ema) {
    kar_reversal_see(r, t + h, now, r->in, r->scalar);
    PetscCall(KarNetForward(r->net, 1, r->scalar, r->in, r->out, KAR_NET_EVALUATE));
    kar_reversal_through(r, r->out, r->pull);
    for (PetscInt i = 0; i < nc; i++) next[i] += h * share * scale * (r->inverse ? r->pull[i] : (PetscReal)r->out[i]);
  }
  PetscCall(PetscArraycpy(r->before, next, nc));
  key.step = k;
  kar_reversal_move(r, key, spread, PETSC_FALSE, now, next);
  for (PetscInt i = 0; i < nc; i++) r->x[i] = next[i] - r->before[i];
  if (inverse) *log -= LogDensity(r, r->L, spread, r->x);
  if (inverse) *log += Forward(r, h, next, now);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarReversalDraw(KarReversal r, const PetscReal v[], PetscBool divergence, KarKey key, PetscReal path[],
                               PetscReal *weight)
{
  const PetscInt nc = r->d->n * r->d->components;

  PetscFunctionBegin;
  PetscCall(PetscArraycpy(path + r->steps * nc, v, nc));
  key.stream = KAR_STREAM_PATH;
  if (weight) *weight = 0;
  for (PetscInt k = r->steps - 1; k >= 0; k--)
    PetscCall(Back(r, k, divergence, key, path + (k + 1) * nc, path + k * nc, weight));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarReversalBridge(KarReversal r, const PetscReal v[], PetscInt particles, KarKey key, PetscReal path[],
                                 KarDiffusionInfo *info)
{
  const PetscInt  nc = r->d->n * r->d->components, row = particles * nc;
  const PetscReal h = r->T / (PetscReal)r->steps;
  PetscReal       mean, *logw, *foreseen;
  PetscInt       *from;

  PetscFunctionBegin;
  PetscCheck(particles > 0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "a bridge by reversal of %" PetscInt_FMT " particles: must be positive", particles);
  PetscCall(PetscCalloc3(particles, &logw, particles, &foreseen, particles, &from));
  *info = (KarDiffusionInfo){.density = r->inverse ? Foreseen(r, r->T, v) : NAN, .ess = 1};
  for (PetscInt p = 0; p < particles; p++) {
    PetscCall(PetscArraycpy(path + r->steps * row + p * nc, v, nc));
    foreseen[p] = info->density;
  }
  for (PetscInt k = r->steps - 1; k >= 0; k--) {
    for (PetscInt p = 0; p < particles; p++) {
      const KarKey    one = {.seed = key.seed, .sample = key.sample * particles + p, .stream = KAR_STREAM_PATH};
      PetscReal      *to  = path + k * row + p * nc;
      const PetscReal was = foreseen[p];

      PetscCall(Back(r, k, PETSC_TRUE, one, to + row, to, r->inverse ? &logw[p] : NULL));
      if (!r->inverse) continue;
      foreseen[p] = k ? Foreseen(r, h * (PetscReal)k, to) : 0;
      logw[p] += foreseen[p] - was;
    }
    if (!r->inverse) continue;
    kar_particles_effective(particles, logw, &mean, &info->ess);
    if (!isfinite(mean)) info->density = NAN;
    if (!isfinite(mean) || (k && info->ess >= 0.5 * (PetscReal)particles)) continue;
    info->density += mean;
    key.step = k;
    kar_particles_resample(key, particles, mean, logw, from);
    for (PetscInt p = 0; p < particles; p++) {
      if (from[p] == p) continue;
      foreseen[p] = foreseen[from[p]];
      for (PetscInt i = k; i < r->steps; i++)
        PetscCall(PetscArraycpy(path + i * row + p * nc, path + i * row + from[p] * nc, nc));
    }
  }
  PetscCall(PetscFree3(logw, foreseen, from));
  PetscFunctionReturn(PETSC_SUCCESS);
}
