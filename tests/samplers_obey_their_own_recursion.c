/* For Gaussian data every sampler is a linear recursion in each coordinate.  Its output must be that recursion,
   written out here in another form, for the very noise that its key names: each process, 1D, 2D, 3D, both bases, data
   rougher and smoother than the noise.  And the variance over many samples must be the recursion's, in every mode.
   ranks: 1 2 3 4 */
#include "problem.h"

#include <math.h>

#define STEPS 14

typedef struct {
  const char *type;
  PetscReal order, eta, churn, corrections, ratio, scheme; /* negative: not set; scheme is multistep's corrector too */
} Sampler;

static const Sampler samplers[] = {{"em", -1, 1, -1, -1, -1, -1},
                                   {"em", -1, 0.5, -1, -1, -1, -1},
                                   {"ancestral", -1, 0, -1, -1, -1, -1},
                                   {"ancestral", -1, 1, -1, -1, -1, -1},
                                   {"ancestral", -1, 0.6, -1, -1, -1, -1},
                                   {"multistep", 1, 0, -1, -1, -1, 0},
                                   {"multistep", 2, 0, -1, -1, -1, 0},
                                   {"multistep", 3, 0, -1, -1, -1, -1},
                                   {"multistep", 2, 1, -1, -1, -1, 0},
                                   {"multistep", 3, 1, -1, -1, -1, -1},
                                   {"multistep", 4, 0.5, -1, -1, -1, -1},
                                   {"heun", -1, -1, 0, -1, -1, -1},
                                   {"heun", -1, -1, 3, -1, -1, -1},
                                   {"langevin", -1, -1, -1, 2, 0.3, 0},
                                   {"langevin", -1, -1, -1, 3, 0.4, 1},
                                   {"langevin", -1, -1, -1, 2, 0.5, 2},
                                   {"predictorcorrector", -1, 1, -1, 1, 0.2, 1}};

/* What one mode needs of its process at a time, by the public routines alone. */
typedef struct {
  PetscReal a, s, alpha, g;
} At;

typedef struct {
  const Sampler   *sampler;
  PetscInt         steps;
  const PetscReal *t;
  const At        *at;  /* [steps + 1] of this mode */
  const At        *hat; /* [steps]: after churn */
  PetscReal        p, lambda;
} Mode;

static PetscReal Denoised(const Mode *m, const At *at, PetscReal x)
{
  return at->a * m->p / (PetscSqr(at->a) * m->p + PetscSqr(at->s) * m->lambda) * x;
}

/* int_0^h c exp(-c u) L_j(u) du by Simpson's rule with many points. */
static PetscReal Integral(PetscInt n, const PetscReal u[], PetscInt j, PetscReal h, PetscReal c)
{
  PetscReal sum = 0;

  for (int q = 0; q <= 400; q++) {
    const PetscReal v = h * q / 400;
    PetscReal       f = c * PetscExpReal(-c * v);

    for (PetscInt i = 0; i < n; i++)
      if (i != j) f *= (v - u[i]) / (u[j] - u[i]);
    sum += f * (q == 0 || q == 400 ? 1 : q % 2 ? 4 : 2);
  }
  return sum * h / 400 / 3;
}

static PetscReal Langevin(const Mode *m, const At *r, PetscReal x, const PetscReal **w)
{
  const PetscReal e = m->sampler->ratio * r->s * r->s;

  for (int i = 0; i < (int)m->sampler->corrections; i++) {
    const PetscReal d = Denoised(m, r, x), v = PetscSqr(r->s);
    PetscReal       q;

    if (m->sampler->scheme == 0) { /* x + eps C grad log p + sqrt(2 eps) w */
      x += e * (-m->lambda * x / (PetscSqr(r->a) * m->p + v * m->lambda)) + PetscSqrtReal(2 * e) * *(*w)++;
      continue;
    }
    q = m->sampler->scheme == 1 ? PetscExpReal(-e / v) : (2 * v - e) / (2 * v + e);
    x = r->a * d + q * (x - r->a * d) + PetscSqrtReal(v * (1 - q * q)) * *(*w)++;
  }
  return x;
}

/* The sampler's output from x at the first time and the draws w, N(0, lambda) each. */
static PetscReal Recursion(const Mode *m, PetscReal x, const PetscReal *w)
{
  const Sampler *s = m->sampler;
  PetscReal      past[STEPS + 1], l[STEPS + 1], before = 0;

  for (PetscInt n = 0; n < m->steps; n++) {
    const At       *t = &m->at[n], *r = &m->at[n + 1];
    const PetscReal h = m->t[n] - m->t[n + 1], transition = t->a / r->a,
                    added = PetscSqr(t->s) - PetscSqr(transition * r->s);
    PetscReal d;

    if (!strcmp(s->type, "em")) {
      const PetscReal score = -m->lambda * x / (PetscSqr(t->a) * m->p + PetscSqr(t->s) * m->lambda);

      x += h * (t->alpha * x + (1 + s->eta * s->eta) / 2 * PetscSqr(t->g) * score) +
           s->eta * t->g * PetscSqrtReal(h) * *w++;
    } else if (!strcmp(s->type, "ancestral") || !strcmp(s->type, "predictorcorrector")) {
      d = Denoised(m, t, x);
      if (s->eta == 1) { /* the posterior of X_r given X_t and X_0 = d */
        x = r->a * added / PetscSqr(t->s) * d + transition * PetscSqr(r->s) / PetscSqr(t->s) * x +
            r->s / t->s * PetscSqrtReal(added) * *w++;
      } else {
        const PetscReal v = PetscSqr(s->eta * r->s / t->s) * added;

        x = r->a * d + PetscSqrtReal(PetscSqr(r->s) - v) * (x - t->a * d) / t->s +
            (s->eta > 0 ? PetscSqrtReal(v) * *w++ : 0);
      }
      if (s->corrections > 0) x = Langevin(m, r, x, &w);
    } else if (!strcmp(s->type, "multistep")) {
      const PetscReal lr = PetscLogReal(r->a / r->s), e2 = s->eta * s->eta;
      const PetscInt  order    = PetscMin((PetscInt)s->order, n + 1);
      PetscReal       u[STEPS] = {0}, sum = 0;

      past[n] = Denoised(m, t, x);
      l[n]    = PetscLogReal(t->a / t->s);
      if (s->scheme != 0 && n > 0) { /* the step before again, D at its end known */
        const At       *q     = &m->at[n - 1];
        const PetscInt  known = PetscMin(PetscMin((PetscInt)s->order + 1, 4), n + 1);
        const PetscReal back  = l[n] - l[n - 1];

        for (PetscInt j = 0; j < known; j++) u[j] = l[n] - l[n - j];
        for (PetscInt j = 0; j < known; j++) sum += Integral(known, u, j, back, 1 + e2) * past[n - j];
        x = t->s / q->s * PetscExpReal(-e2 * back) * before + t->a * sum +
            (e2 > 0 ? t->s * PetscSqrtReal(1 - PetscExpReal(-2 * e2 * back)) * w[-1] : 0);
        sum = 0;
      }
      before = x;
      for (PetscInt j = 0; j < order; j++) u[j] = lr - l[n - j];
      for (PetscInt j = 0; j < order; j++) sum += Integral(order, u, j, u[0], 1 + e2) * past[n - j];
      x = r->s / t->s * PetscExpReal(-e2 * u[0]) * x + r->a * sum +
          (e2 > 0 ? r->s * PetscSqrtReal(1 - PetscExpReal(-2 * e2 * u[0])) * *w++ : 0);
    } else if (!strcmp(s->type, "heun")) { /* as Karras writes it, in y = x/a and sigma = s/a */
      PetscReal y = x / t->a, sigma = t->s / t->a, sigma_r = r->s / r->a, slope, slope_, next;
      const At *from = t;

      if (s->churn > 0 && n > 0) { /* not at the final time, which nothing lies beyond */
        from                = &m->hat[n];
        const PetscReal hat = from->s / from->a;

        y += PetscSqrtReal(PetscSqr(hat) - PetscSqr(sigma)) * *w++;
        sigma = hat;
      }
      slope  = (y - Denoised(m, from, from->a * y)) / sigma;
      next   = y + (sigma_r - sigma) * slope;
      slope_ = (next - Denoised(m, r, r->a * next)) / sigma_r;
      x      = r->a * (y + (sigma_r - sigma) * (slope + slope_) / 2);
    } else { /* langevin */
      x = Langevin(m, r, x, &w);
    }
  }
  return Denoised(m, &m->at[m->steps], x);
}

typedef struct {
  KarFFT          fft;
  KarSDE          sde;
  KarScore        score;
  const KarModes *modes;
} Problem;

static PetscErrorCode ProblemCreate(MPI_Comm comm, PetscInt dim, const PetscInt n[], KarBasis basis, KarSDEType type,
                                    PetscReal rough, PetscReal smooth, Problem *p)
{
  KarGrid grid;
  KarCov  noise, data;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(comm, &grid));
  PetscCall(KarGridSetSizes(grid, dim, n, NULL));
  PetscCall(KarGridSetBasis(grid, basis));
  PetscCall(KarFFTCreate(grid, &p->fft));
  PetscCall(KarFFTGetModes(p->fft, &p->modes));
  PetscCall(KarCovCreate(p->fft, &noise));
  PetscCall(KarCovSetType(noise, KARCOVMATERN));
  PetscCall(KarCovSetParameter(noise, "alpha", rough));
  PetscCall(KarCovCreate(p->fft, &data));
  PetscCall(KarCovSetType(data, KARCOVMATERN));
  PetscCall(KarCovSetParameter(data, "alpha", smooth));
  PetscCall(KarCovSetVariance(data, 0.7));
  PetscCall(KarSDECreate(noise, &p->sde));
  PetscCall(KarSDESetType(p->sde, type));
  PetscCall(ProblemScore(p->sde, data, &p->score));
  PetscCall(KarCovDestroy(&noise));
  PetscCall(KarCovDestroy(&data));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ProblemDestroy(Problem *p)
{
  PetscFunctionBegin;
  PetscCall(KarScoreDestroy(&p->score));
  PetscCall(KarSDEDestroy(&p->sde));
  PetscCall(KarFFTDestroy(&p->fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SamplerCreate(const Problem *p, const Sampler *s, TS *ts)
{
  PetscInt cost = !strcmp(s->type, "heun")                 ? 2
                  : !strcmp(s->type, "langevin")           ? (PetscInt)s->corrections
                  : !strcmp(s->type, "predictorcorrector") ? 2
                                                           : 1;

  PetscFunctionBegin;
  PetscCall(KarSamplerCreate(p->score, ts));
  PetscCall(KarSamplerSetType(*ts, s->type));
  PetscCall(KarSamplerSetEvaluations(*ts, cost * STEPS + 1));
  PetscCall(KarSamplerSetEnd(*ts, 0.02));
  if (s->order >= 0) PetscCall(KarSamplerSetParameter(*ts, "order", s->order));
  if (s->eta >= 0) PetscCall(KarSamplerSetParameter(*ts, "eta", s->eta));
  if (s->churn >= 0) PetscCall(KarSamplerSetParameter(*ts, "churn", s->churn));
  if (s->corrections >= 0) PetscCall(KarSamplerSetParameter(*ts, "corrections", s->corrections));
  if (s->ratio >= 0) PetscCall(KarSamplerSetParameter(*ts, "ratio", s->ratio));
  if (s->scheme >= 0)
    PetscCall(KarSamplerSetParameter(*ts, strcmp(s->type, "multistep") ? "scheme" : "corrector", s->scheme));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* at[n * modes + i] of mode i at each time. */
static PetscErrorCode Tabulate(const Problem *p, const Sampler *s, PetscInt steps, const PetscReal t[], At **at,
                               At **hat)
{
  const PetscInt  n     = p->modes->rows * p->modes->length;
  const PetscReal gamma = PetscMin(s->churn > 0 ? s->churn / (PetscReal)steps : 0, PETSC_SQRT2 - 1);
  PetscReal      *a, *sigma, *alpha, g, l, back;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(n * (steps + 1), at, n * steps, hat));
  PetscCall(PetscMalloc3(n, &a, n, &sigma, n, &alpha));
  for (PetscInt k = 0; k <= steps; k++) {
    PetscCall(KarSDEGetMarginalModes(p->sde, t[k], a, sigma));
    PetscCall(KarSDEGetCoefficientsModes(p->sde, t[k], alpha, &g));
    for (PetscInt i = 0; i < n; i++) (*at)[i * (steps + 1) + k] = (At){a[i], sigma[i], alpha[i], g};
    if (k == steps) break;
    PetscCall(KarSDEGetLogSNR(p->sde, t[k], &l));
    PetscCall(KarSDEFindTime(p->sde, l - 2 * PetscLogReal(1 + gamma), &back));
    PetscCall(KarSDEGetMarginalModes(p->sde, PetscMax(back, t[k]), a, sigma));
    for (PetscInt i = 0; i < n; i++) (*hat)[i * steps + k] = (At){a[i], sigma[i], 0, 0};
  }
  PetscCall(PetscFree3(a, sigma, alpha));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Exactly(const Problem *p, const Sampler *s, const char what[])
{
  const KarKey       key = {.seed = 77, .sample = 5};
  const PetscInt     n = p->modes->rows * p->modes->length, group = p->modes->dof * p->modes->width;
  const PetscReal   *t, *c, *lambda;
  const PetscScalar *out, *start, *w[4 * STEPS];
  PetscReal          worst = 0;
  PetscInt           steps, draws, evaluations, counted;
  KarCov             data, noise;
  Vec                x, x0, wv[4 * STEPS];
  At                *at, *hat;
  TS                 ts;

  PetscFunctionBegin;
  PetscCall(SamplerCreate(p, s, &ts));
  PetscCall(KarSamplerGetTimes(ts, &steps, &t));
  Claim(steps == STEPS, "%" PetscInt_FMT " steps", steps);
  PetscCall(Tabulate(p, s, steps, t, &at, &hat));
  PetscCall(KarScoreGetDataCovariance(p->score, &data));
  PetscCall(KarSDEGetCovariance(p->sde, &noise));
  PetscCall(KarCovGetEigenvalues(data, &c));
  PetscCall(KarCovGetEigenvalues(noise, &lambda));
  PetscCall(KarFFTCreateCoordinates(p->fft, &x));
  PetscCall(VecDuplicate(x, &x0));
  PetscCall(KarScoreResetEvaluations(p->score));
  PetscCall(KarSamplerSolve(ts, key, x, NULL));
  PetscCall(KarScoreGetEvaluations(p->score, &evaluations));
  PetscCall(KarSamplerGetEvaluations(ts, &counted));
  Claim(evaluations == counted, "%s: %" PetscInt_FMT " evaluations, said %" PetscInt_FMT, s->type, evaluations,
        counted);
  PetscCall(KarSDESamplePrior(p->sde, data, (KarKey){.seed = 77, .sample = 5, .stream = KAR_STREAM_PRIOR}, x0));
  draws = 4 * STEPS;
  for (PetscInt k = 0; k < draws; k++) {
    PetscCall(VecDuplicate(x, &wv[k]));
    PetscCall(KarCovSample(noise, (KarKey){.seed = 77, .sample = 5, .step = k, .stream = KAR_STREAM_PATH}, wv[k]));
    PetscCall(VecGetArrayRead(wv[k], &w[k]));
  }
  PetscCall(VecGetArrayRead(x, &out));
  PetscCall(VecGetArrayRead(x0, &start));
  for (PetscInt i = 0; i < n; i++) {
    const Mode m = {s, steps, t, &at[i * (steps + 1)], &hat[i * steps], c[i], lambda[i]};

    if (lambda[i] == 0) continue;
    for (PetscInt q = i * group; q < (i + 1) * group; q++) {
      PetscReal z[4 * STEPS];

      for (PetscInt k = 0; k < draws; k++) z[k] = w[k][q];
      worst = PetscMax(worst, PetscAbsReal(out[q] - Recursion(&m, start[q], z)) /
                                PetscMax(PetscSqrtReal(c[i]), PetscAbsReal(out[q]))); /* unstable ones grow */
    }
  }
  PetscCall(VecRestoreArrayRead(x0, &start));
  PetscCall(VecRestoreArrayRead(x, &out));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &worst, 1, MPIU_REAL, MPIU_MAX, PETSC_COMM_WORLD));
  Claim(worst < 1e-6, "%s, %s order %g eta %g churn %g scheme %g: off by %g standard deviations", what, s->type,
        (double)s->order, (double)s->eta, (double)s->churn, (double)s->scheme, (double)worst);
  for (PetscInt k = 0; k < draws; k++) {
    PetscCall(VecRestoreArrayRead(wv[k], &w[k]));
    PetscCall(VecDestroy(&wv[k]));
  }
  PetscCall(PetscFree2(at, hat));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&x0));
  PetscCall(TSDestroy(&ts));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Many samples: the sum of squares of each coordinate, over its variance, is chi^2; 5 standard errors at each of about
   60 coordinates and 17 samplers: 1 false alarm in 1500 (one-sided tails of chi^2 with 600 degrees included), and the
   seed is fixed. */
static PetscErrorCode OnAverage(const Problem *p, const Sampler *s)
{
  const PetscInt     samples = 600, n = p->modes->rows * p->modes->length, group = p->modes->dof * p->modes->width;
  const PetscReal   *t, *c, *lambda;
  const PetscScalar *out;
  PetscReal         *sum, worst = 0;
  PetscInt           steps;
  KarCov             data, noise;
  Vec                x;
  At                *at, *hat;
  TS                 ts;

  PetscFunctionBegin;
  PetscCall(SamplerCreate(p, s, &ts));
  PetscCall(KarSamplerGetTimes(ts, &steps, &t));
  PetscCall(Tabulate(p, s, steps, t, &at, &hat));
  PetscCall(KarScoreGetDataCovariance(p->score, &data));
  PetscCall(KarSDEGetCovariance(p->sde, &noise));
  PetscCall(KarCovGetEigenvalues(data, &c));
  PetscCall(KarCovGetEigenvalues(noise, &lambda));
  PetscCall(KarFFTCreateCoordinates(p->fft, &x));
  PetscCall(PetscCalloc1(n * group, &sum));
  for (PetscInt k = 0; k < samples; k++) {
    PetscCall(KarSamplerSolve(ts, (KarKey){.seed = 3, .sample = k}, x, NULL));
    PetscCall(VecGetArrayRead(x, &out));
    for (PetscInt q = 0; q < n * group; q++) sum[q] += PetscSqr(out[q]);
    PetscCall(VecRestoreArrayRead(x, &out));
  }
  for (PetscInt i = 0; i < n; i++) {
    const Mode m            = {s, steps, t, &at[i * (steps + 1)], &hat[i * steps], c[i], lambda[i]};
    PetscReal  z[4 * STEPS] = {0}, variance;
    KarMode    mode;

    kar_mode(p->modes, i / p->modes->length, i % p->modes->length, &mode);
    if (mode.nyquist || (!mode.self && mode.weight == 1 && p->modes->width == 2))
      continue; /* stored twice: each half the weight */
    variance = PetscSqr(Recursion(&m, PetscSqrtReal(PetscSqr(m.at[0].a) * c[i] + PetscSqr(m.at[0].s) * lambda[i]), z));
    for (PetscInt k = 0; k < 4 * STEPS; k++) {
      z[k] = PetscSqrtReal(lambda[i]);
      variance += PetscSqr(Recursion(&m, 0, z));
      z[k] = 0;
    }
    for (PetscInt q = i * group; q < (i + 1) * group; q++) {
      if (mode.self && q > i * group) continue;
      worst = PetscMax(worst, PetscAbsReal(sum[q] / (PetscReal)samples / variance - 1) /
                                PetscSqrtReal(2. / (PetscReal)samples));
    }
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &worst, 1, MPIU_REAL, MPIU_MAX, PETSC_COMM_WORLD));
  Claim(worst < 5, "%s: a mode's variance is %g standard errors off", s->type, (double)worst);
  PetscCall(PetscFree(sum));
  PetscCall(PetscFree2(at, hat));
  PetscCall(VecDestroy(&x));
  PetscCall(TSDestroy(&ts));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  const PetscInt    sizes[3][3] = {{24, 1, 1}, {8, 9, 1}, {8, 5, 4}};
  const char *const processes[] = {KARSDEVP, KARSDEVE, KARSDEHEAT, KARSDEFLOW, KARSDEDDPM};
  const PetscReal   alpha[2][2] = {{2, 4}, {4, 2}};
  const int         count       = (int)(sizeof(samplers) / sizeof(samplers[0]));
  PetscMPIInt       ranks;
  Problem           p;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  for (PetscInt dim = 1; dim <= 3; dim++)
    for (int basis = 0; basis < 2; basis++)
      for (int process = 0; process < 5; process++)
        for (int rough = 0; rough < 2; rough++) {
          char what[128];

          if (process != (int)((dim + basis + rough) % 5) && (dim != 2 || basis || ranks > 2)) continue;
          (void)snprintf(what, sizeof(what), "%" PetscInt_FMT "D, %s, %s, data %s", dim, KarBases[basis],
                         processes[process], rough ? "rougher" : "smoother");
          PetscCall(ProblemCreate(PETSC_COMM_WORLD, dim, sizes[dim - 1], (KarBasis)basis, processes[process],
                                  alpha[rough][0], alpha[rough][1], &p));
          for (int s = 0; s < count; s++) PetscCall(Exactly(&p, &samplers[s], what));
          PetscCall(ProblemDestroy(&p));
        }
  if (ranks > 1) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(ProblemCreate(PETSC_COMM_WORLD, 2, sizes[1], KAR_BASIS_PERIODIC, KARSDEVP, 2, 4, &p));
  for (int s = 0; s < count; s++) PetscCall(OnAverage(&p, &samplers[s]));
  PetscCall(ProblemDestroy(&p));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
