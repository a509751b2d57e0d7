/* Bridges of a diffusion whose noise depends on the state, by guided proposals. The end is seen through the process of
   constant A = Sigma(v) without drift, h~(t, x) = N(v; x, M), M = (T - t) A + noise^2, r = M^-1 (v - x):
     dX = (b + Sigma r) dt + sigma dW,
     log weight = log h~(0, x) + int [ b.r + tr((Sigma - A)(r r' - M^-1))/2 ] dt,
   whose mean is p(v | x). Times t_i = T (1 - (1 - i/steps)^2). In reverse the process has the drift
   -b + div Sigma + Sigma grad log p_t; without div Sigma it is another process. */
#include <karhunen/particles.h>

#include <karhunen/diffusion.h>
#include <petscblaslapack.h>

#include <math.h>

/* Of the end: A = U diag(e) U', U by columns; work. */
typedef struct {
  const KarDiffusion *d;
  PetscReal           noise2, *U, *e, *sigma, *Sigma, *SU, *b, *r, *w;
} Guide;

/* C[n][n] = A[n][m] B[n][m]', of rows; a lone point needs no BLAS. */
static void Product(PetscInt n, PetscInt m, const PetscReal A[], const PetscReal B[], PetscReal C[])
{
  const PetscReal one = 1, zero = 0;
  PetscBLASInt    bn = (PetscBLASInt)n, bm = (PetscBLASInt)m;

  if (n > 1) {
    BLASgemm_("T", "N", &bn, &bn, &bm, &one, B, &bm, A, &bm, &zero, C, &bn);
    return;
  }
  C[0] = 0;
  for (PetscInt l = 0; l < m; l++) C[0] += A[l] * B[l];
}

static PetscErrorCode GuideCreate(const KarDiffusion *d, const PetscReal v[], PetscReal noise, Guide *g)
{
  const PetscInt n = d->n, nc = n * d->components;
  PetscBLASInt   bn, lwork, info;
  PetscReal     *work;

  PetscFunctionBegin;
  *g = (Guide){.d = d, .noise2 = noise * noise};
  PetscCall(PetscMalloc5(n * n, &g->U, n, &g->e, n * d->sources, &g->sigma, n * n, &g->Sigma, n * n, &g->SU));
  PetscCall(PetscCalloc3(nc, &g->b, nc, &g->r, d->sources * 2, &g->w));
  d->sigma(d->ctx, v, g->sigma);
  Product(n, d->sources, g->sigma, g->sigma, g->U);
  PetscCall(PetscBLASIntCast(n, &bn));
  PetscCall(PetscBLASIntCast(34 * n, &lwork));
  PetscCall(PetscMalloc1(lwork, &work));
  PetscCallBLAS("LAPACKsyev", LAPACKsyev_("V", "U", &bn, g->U, &bn, g->e, work, &lwork, &info));
  PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "the noise at the end has no eigenvectors (LAPACK: %d)",
             (int)info);
  for (PetscInt k = 0; k < n; k++) g->e[k] = PetscMax(0, g->e[k]);
  PetscCall(PetscFree(work));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode GuideDestroy(Guide *g)
{
  PetscFunctionBegin;
  PetscCall(PetscFree5(g->U, g->e, g->sigma, g->Sigma, g->SU));
  PetscCall(PetscFree3(g->b, g->r, g->w));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* r = M^-1 (v - x), and log h~ where it is asked for. */
static void Pull(Guide *g, PetscReal left, const PetscReal x[], const PetscReal v[], PetscReal *density)
{
  const PetscInt n = g->d->n, C = g->d->components;

  if (density) *density = 0;
  for (PetscInt i = 0; i < n * C; i++) g->r[i] = 0;
  for (PetscInt k = 0; k < n; k++) {
    const PetscReal M = left * g->e[k] + g->noise2;

    for (PetscInt c = 0; c < C; c++) {
      PetscReal dot = 0;

      for (PetscInt i = 0; i < n; i++) dot += g->U[k * n + i] * (v[i * C + c] - x[i * C + c]);
      if (density) *density -= (dot * dot / M + PetscLogReal(2 * PETSC_PI * M)) / 2;
      for (PetscInt i = 0; i < n; i++) g->r[i * C + c] += g->U[k * n + i] * dot / M;
    }
  }
}

/* b.r + tr((Sigma - A)(r r' - M^-1))/2, at the x of g->b, g->Sigma, g->r. */
static PetscReal Rate(Guide *g, PetscReal left)
{
  const PetscInt n = g->d->n, C = g->d->components;
  PetscReal      rate = 0;

  for (PetscInt i = 0; i < n * C; i++) rate += g->b[i] * g->r[i];
  Product(n, n, g->U, g->Sigma, g->SU);
  for (PetscInt k = 0; k < n; k++) { /* in the eigenvectors of A */
    const PetscReal M = left * g->e[k] + g->noise2, *u = g->SU + k * n;
    PetscReal       quadratic = 0;

    for (PetscInt i = 0; i < n; i++) quadratic += g->U[k * n + i] * u[i];
    rate -= C * (quadratic - g->e[k]) / (2 * M);
    for (PetscInt c = 0; c < C; c++) {
      PetscReal dot = 0, through = 0;

      for (PetscInt i = 0; i < n; i++) dot += g->U[k * n + i] * g->r[i * C + c], through += u[i] * g->r[i * C + c];
      rate += dot * (through - g->e[k] * dot) / 2;
    }
  }
  return rate;
}

/* x + sqrt(h) sigma z, z by key. */
static void Shake(Guide *g, KarKey key, PetscReal h, PetscReal x[])
{
  const PetscInt m = g->d->sources, C = g->d->components;
  PetscReal      pair[2];

  for (PetscInt c = 0; c < C; c++) {
    for (PetscInt l = 0; l < m; l += 2) {
      kar_normal_pair(key, l, c, 0, pair);
      g->w[l] = pair[0], g->w[l + 1] = pair[1];
    }
    for (PetscInt i = 0; i < g->d->n; i++)
      for (PetscInt l = 0; l < m; l++) x[i * C + c] += PetscSqrtReal(h) * g->sigma[i * m + l] * g->w[l];
  }
}

/* A step of length h of one particle, `left` before the end; its log weight is added. */
static void Step(Guide *g, KarKey key, PetscReal h, PetscReal left, const PetscReal v[], PetscReal x[], PetscReal *logw)
{
  const KarDiffusion *d = g->d;
  const PetscInt      n = d->n, C = d->components;

  if (d->drift) d->drift(d->ctx, x, g->b);
  d->sigma(d->ctx, x, g->sigma);
  Product(n, d->sources, g->sigma, g->sigma, g->Sigma);
  Pull(g, left, x, v, NULL);
  *logw += h * Rate(g, left);
  for (PetscInt i = 0; i < n; i++)
    for (PetscInt c = 0; c < C; c++) {
      PetscReal pull = 0;

      for (PetscInt j = 0; j < n; j++) pull += g->Sigma[i * n + j] * g->r[j * C + c];
      x[i * C + c] += h * (g->b[i * C + c] + pull);
    }
  Shake(g, key, h, x);
}

PetscErrorCode KarDiffusionBridge(const KarDiffusion *d, PetscReal T, PetscInt steps, PetscInt particles,
                                  const PetscReal x[], const PetscReal v[], PetscReal noise, KarKey key, PetscReal t[],
                                  PetscReal path[], KarDiffusionInfo *info)
{
  const PetscInt nc = d->n * d->components, row = particles * nc;
  PetscReal      mean, ess                      = 0, density, *logw;
  PetscInt      *from;
  Guide          g;

  PetscFunctionBegin;
  PetscCheck(T > 0 && steps > 0 && particles > 0 && noise > 0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "a bridge of a diffusion: time %g, %" PetscInt_FMT " steps, %" PetscInt_FMT
             " particles, noise %g of the end: must be positive",
             (double)T, steps, particles, (double)noise);
  PetscCall(GuideCreate(d, v, noise, &g));
  PetscCall(PetscCalloc2(particles, &logw, particles, &from));
  for (PetscInt p = 0; p < particles; p++) PetscCall(PetscArraycpy(path + p * nc, x, nc));
  Pull(&g, T, x, v, &density);
  for (PetscInt i = 0; i <= steps; i++) t[i] = T * (1 - PetscSqr(1 - (PetscReal)i / (PetscReal)steps));
  for (PetscInt i = 0; i < steps; i++) {
    PetscReal *now = path + i * row, *next = now + row;

    PetscCall(PetscArraycpy(next, now, row));
    for (PetscInt p = 0; p < particles; p++) {
      const KarKey one = {.seed = key.seed, .sample = key.sample * particles + p, .step = i, .stream = KAR_STREAM_PATH};

      Step(&g, one, t[i + 1] - t[i], T - t[i], v, next + p * nc, &logw[p]);
    }
    kar_particles_effective(particles, logw, &mean, &ess);
    PetscCheck(isfinite(mean), PETSC_COMM_SELF, PETSC_ERR_FP,
               "a path of the diffusion leaves the finite numbers at time %g: give more steps than %" PetscInt_FMT,
               (double)t[i + 1], steps);
    if (ess >= 0.5 * (PetscReal)particles && i + 1 < steps) continue;
    density += mean;
    key.step = i;
    kar_particles_resample(key, particles, mean, logw, from);
    for (PetscInt k = 0; k <= i + 1; k++)
      for (PetscInt p = 0; p < particles; p++)
        if (from[p] != p) PetscCall(PetscArraycpy(path + k * row + p * nc, path + k * row + from[p] * nc, nc));
  }
  if (info) *info = (KarDiffusionInfo){.density = density, .ess = ess};
  PetscCall(PetscFree2(logw, from));
  PetscCall(GuideDestroy(&g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDiffusionReverse(const KarDiffusion *d, PetscReal T, PetscInt steps, KarDiffusionScore *score,
                                   void *ctx, PetscBool divergence, const PetscReal v[], KarKey key, PetscReal path[])
{
  const PetscInt  nc = d->n * d->components;
  const PetscReal h  = T / (PetscReal)steps;
  PetscReal      *div, *s;
  Guide           g;

  PetscFunctionBegin;
  PetscCheck(!divergence || d->divergence, PETSC_COMM_SELF, PETSC_ERR_ARG_NULL,
             "a diffusion in reverse needs the divergence of its Sigma");
  PetscCall(GuideCreate(d, v, 0, &g));
  PetscCall(PetscCalloc2(nc, &div, nc, &s));
  PetscCall(PetscArraycpy(path, v, nc));
  key.stream = KAR_STREAM_PATH;
  for (PetscInt i = 0; i < steps; i++) {
    const PetscReal *now  = path + i * nc;
    PetscReal       *next = path + (i + 1) * nc;

    if (d->drift) d->drift(d->ctx, now, g.b);
    d->sigma(d->ctx, now, g.sigma);
    if (divergence) d->divergence(d->ctx, now, div);
    score(ctx, T - (PetscReal)i * h, now, s);
    for (PetscInt q = 0; q < nc; q++) next[q] = now[q] + h * (-g.b[q] + div[q] + s[q]);
    key.step = i;
    Shake(&g, key, h, next);
  }
  PetscCall(PetscFree2(div, s));
  PetscCall(GuideDestroy(&g));
  PetscFunctionReturn(PETSC_SUCCESS);
}
