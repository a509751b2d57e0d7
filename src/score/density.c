/* The density of a law against N(m, C), the Gaussian law of its own mean and spectrum, along the probability flow
   dx/dt = v from a x to the process's end; with D_G = m + w (x - a m), V = a^2 C + S and
   delta = v - v_G = -(g^2 a/(2 s^2)) (D - D_G),
     log dmu/dmu_G (x) = int [ div delta - <delta, V^-1 (x_t - a m)> ] dt,   by Runge and Kutta's steps in log(s/a).
   The derivative of D is K a/S, K = Cov[X_0 | x_t], so that div delta = - tr W (K - C S/V), W = g^2 a^2/(2 s^2 S): the
   leading coordinates one by one, the rest by probes u = sqrt(W) e, e = +-1, new at every stage: the symmetric form of
   the trace has the least variance.  Stages 2 and 3 are of one time: the difference of their probes gives the error. */
#include <karhunen/impl/score.h>
#include <karhunen/likelihood.h>

/* One coordinate of a leading mode: its size, and the mode's index, component and part. */
typedef struct {
  PetscReal c, index[3], q;
} Lead;

typedef struct {
  KarScore        score;
  const KarModes *m;
  PetscInt        n, group, exact, probes;
  PetscReal      *c, *root, *spread, least; /* spectrum; sqrt W; of each number of a probe, 0 where it has none */
  KarPath        *path;
  Lead           *lead; /* [exact] */
  PetscInt       *at;   /* [2 exact] numbers of this rank, -1: none */
  PetscReal       t;
  KarKey          key;
  Vec             d, z, Kz, y, mean;
} Flow;

static PetscBool Before(const Lead *a, const Lead *b)
{
  if (a->c != b->c) return (PetscBool)(a->c > b->c);
  for (int i = 0; i < 3; i++)
    if (a->index[i] != b->index[i]) return (PetscBool)(a->index[i] < b->index[i]);
  return (PetscBool)(a->q < b->q);
}

/* The greatest coordinate of this rank after `last` (NULL: of all). */
static void Next(const Flow *f, const Lead *last, Lead *next)
{
  KarMode mode;

  *next = (Lead){.c = -1};
  for (PetscInt i = 0; i < f->n; i++) {
    if (f->c[i] <= f->least || f->c[i] < next->c || (last && f->c[i] > last->c)) continue;
    kar_mode(f->m, i / f->m->length, i % f->m->length, &mode);
    if (mode.nyquist || mode.sign < 0) continue;
    for (PetscInt q = 0; q < f->group; q++) {
      const Lead one = {
        f->c[i], {(PetscReal)mode.index[0], (PetscReal)mode.index[1], (PetscReal)mode.index[2]}, (PetscReal)q};

      if (mode.self && f->m->width == 2 && q % 2) continue;
      if ((!last || Before(last, &one)) && Before(&one, next)) *next = one;
    }
  }
}

/* The leading coordinates of all ranks, in an order that does not depend on their number. */
static PetscErrorCode FindLead(Flow *f)
{
  Lead *all, own;
  int   ranks;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(f->score->comm, &ranks));
  PetscCall(PetscMalloc1(ranks, &all));
  for (PetscInt k = 0; k < f->exact; k++) {
    Next(f, k ? &f->lead[k - 1] : NULL, &own);
    PetscCallMPI(MPI_Allgather(&own, 5, MPIU_REAL, all, 5, MPIU_REAL, f->score->comm));
    f->lead[k] = (Lead){.c = -1};
    for (int p = 0; p < ranks; p++)
      if (Before(&all[p], &f->lead[k])) f->lead[k] = all[p];
    if (f->lead[k].c < 0) f->exact = k; /* there are no more */
  }
  PetscCall(PetscFree(all));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Where they are, and what a probe is elsewhere. Of a pair that is stored twice each half has 1/sqrt 2 of a
   coordinate. */
static void SetPlaces(Flow *f)
{
  KarMode mode;

  for (PetscInt k = 0; k < 2 * f->exact; k++) f->at[k] = -1;
  for (PetscInt i = 0; i < f->n; i++) {
    PetscBool pair;

    kar_mode(f->m, i / f->m->length, i % f->m->length, &mode);
    pair = (PetscBool)(f->m->width == 2 && !mode.self && mode.weight < 2);
    for (PetscInt q = 0; q < f->group; q++)
      f->spread[i * f->group + q] = mode.nyquist || f->c[i] <= f->least ? 0 : pair ? PETSC_SQRT2 / 2 : 1;
    for (PetscInt k = 0; k < f->exact; k++) {
      const Lead *l = &f->lead[k];

      if (l->index[0] != (PetscReal)mode.index[0] || l->index[1] != (PetscReal)mode.index[1] ||
          l->index[2] != (PetscReal)mode.index[2] || mode.nyquist)
        continue;
      f->at[2 * k + (mode.sign < 0 ? 1 : 0)] = i * f->group + (PetscInt)l->q;
    }
  }
}

static PetscErrorCode Create(KarScore score, PetscInt exact, PetscInt probes, KarKey key, Vec x, Flow *f)
{
  PetscReal most = 0;

  PetscFunctionBegin;
  PetscCall(KarScoreSetUp(score));
  *f            = (Flow){.score = score, .exact = exact, .probes = probes, .key = key};
  f->key.stream = KAR_STREAM_TEST;
  f->key.step   = 0;
  PetscCall(KarScoreGetMean(score, &f->mean));
  PetscCall(KarFFTGetModes(score->fft, &f->m));
  f->n     = f->m->rows * f->m->length;
  f->group = f->m->dof * f->m->width;
  PetscCall(PetscMalloc4(f->n, &f->c, f->n, &f->root, f->n * f->group, &f->spread, f->n, &f->path));
  PetscCall(PetscMalloc2(exact, &f->lead, 2 * exact, &f->at));
  PetscCall(KarScoreGetSpectrum(score, f->c));
  for (PetscInt i = 0; i < f->n; i++) most = PetscMax(most, f->c[i]);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &most, 1, MPIU_REAL, MPIU_MAX, score->comm));
  f->least = 1e-14 * most;
  PetscCall(FindLead(f));
  if (f->exact < exact) f->probes = 0; /* nothing is left for them */
  SetPlaces(f);
  PetscCall(VecDuplicate(x, &f->d));
  PetscCall(VecDuplicate(x, &f->z));
  PetscCall(VecDuplicate(x, &f->Kz));
  PetscCall(VecDuplicate(x, &f->y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(Flow *f)
{
  PetscFunctionBegin;
  PetscCall(PetscFree4(f->c, f->root, f->spread, f->path));
  PetscCall(PetscFree2(f->lead, f->at));
  PetscCall(VecDestroy(&f->d));
  PetscCall(VecDestroy(&f->z));
  PetscCall(VecDestroy(&f->Kz));
  PetscCall(VecDestroy(&f->y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* S, V and g^2 of mode i. */
static void Mode(const Flow *f, const PetscReal lambda[], PetscInt i, PetscReal *S, PetscReal *V, PetscReal *g2)
{
  const KarPath *p = &f->path[i];

  *S  = PetscSqr(p->s) * lambda[i];
  *V  = PetscSqr(p->a) * f->c[i] + *S;
  *g2 = p->ds2 - 2 * p->da / p->a * PetscSqr(p->s);
}

/* Kz by central differences of D, where the type knows no derivative: K z = D'(x) S/a z. */
static PetscErrorCode Difference(Flow *f, const PetscReal lambda[], Vec x)
{
  const PetscReal step = 1e-4 * f->path[0].s;
  PetscScalar    *z;

  PetscFunctionBegin;
  PetscCall(VecCopy(f->z, f->y));
  PetscCall(VecGetArray(f->y, &z));
  for (PetscInt q = 0; q < f->n * f->group; q++)
    z[q] *= PetscSqr(f->path[q / f->group].s) * lambda[q / f->group] / f->path[q / f->group].a * step;
  PetscCall(VecRestoreArray(f->y, &z));
  PetscCall(VecAXPY(f->y, 1, x));
  PetscCall(KarScoreDenoise(f->score, f->t, f->y, f->Kz));
  PetscCall(VecAYPX(f->y, -1, x)); /* x - y, then x + (x - y) */
  PetscCall(VecAXPY(f->y, 1, x));
  PetscCall(KarScoreDenoise(f->score, f->t, f->y, f->z));
  PetscCall(VecAXPBY(f->Kz, -1 / (2 * step), 1 / (2 * step), f->z));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* This rank's part of z (K - C S/V) z; z is overwritten. */
static PetscErrorCode Quadratic(Flow *f, const PetscReal lambda[], Vec x, PetscReal *sum)
{
  const PetscBool    knows = (PetscBool)(f->score->ops.covariance || !strcmp(f->score->type, KARSCOREGAUSSIAN));
  const PetscScalar *Kz;
  PetscScalar       *z;
  PetscReal          S, V, g2, *keep = NULL;

  PetscFunctionBegin;
  if (knows) PetscCall(KarScoreApplyCovariance(f->score, f->t, x, f->z, f->Kz));
  else {
    PetscCall(PetscMalloc1(f->n * f->group, &keep));
    PetscCall(VecGetArray(f->z, &z));
    PetscCall(PetscArraycpy(keep, z, f->n * f->group));
    PetscCall(VecRestoreArray(f->z, &z));
    PetscCall(Difference(f, lambda, x));
  }
  PetscCall(VecGetArray(f->z, &z));
  PetscCall(VecGetArrayRead(f->Kz, &Kz));
  for (PetscInt i = 0; i < f->n; i++) {
    Mode(f, lambda, i, &S, &V, &g2);
    for (PetscInt q = i * f->group; V > 0 && q < (i + 1) * f->group; q++) {
      const PetscReal at = keep ? keep[q] : z[q];

      *sum += at * (Kz[q] - f->c[i] * S / V * at);
    }
  }
  PetscCall(VecRestoreArrayRead(f->Kz, &Kz));
  PetscCall(VecRestoreArray(f->z, &z));
  PetscCall(PetscFree(keep));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* z = sqrt W times leading coordinate k or, for k < 0, a probe. */
static PetscErrorCode Direction(Flow *f, PetscInt k)
{
  PetscScalar *z;

  PetscFunctionBegin;
  if (k < 0) PetscCall(KarFFTFillNormal(f->score->fft, f->key, f->z));
  else PetscCall(VecSet(f->z, 0));
  PetscCall(VecGetArray(f->z, &z));
  for (PetscInt q = 0; k < 0 && q < f->n * f->group; q++)
    z[q] = z[q] == 0 ? 0 : PetscSign(z[q]) * f->spread[q] * f->root[q / f->group];
  for (PetscInt j = k < 0 ? 0 : 2 * k; j < (k < 0 ? 2 * f->exact : 2 * k + 2); j++) {
    const PetscInt q = f->at[j];

    if (q >= 0) z[q] = k < 0 ? 0 : (j % 2 && q % f->m->width ? -1 : 1) * f->spread[q] * f->root[q / f->group];
  }
  PetscCall(VecRestoreArray(f->z, &z));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* At log(s/a) = l of mode 0: the flow v dt/dl, and this rank's part of what is integrated but for the trace. */
static PetscErrorCode Velocity(Flow *f, const PetscReal lambda[], PetscReal dtdl, Vec x, Vec v, PetscReal *sum)
{
  const PetscScalar *in, *d, *mean = NULL;
  PetscScalar       *out;
  PetscReal          S, V, g2;

  PetscFunctionBegin;
  *sum = 0;
  PetscCall(KarScoreDenoise(f->score, f->t, x, f->d));
  if (f->mean) PetscCall(VecGetArrayRead(f->mean, &mean));
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArrayRead(f->d, &d));
  PetscCall(VecGetArrayWrite(v, &out));
  for (PetscInt i = 0; i < f->n; i++) {
    const KarPath  *p    = &f->path[i];
    const PetscBool live = (PetscBool)(f->c[i] > f->least && lambda[i] > 0);

    Mode(f, lambda, i, &S, &V, &g2);
    f->root[i] = live ? PetscSqrtReal(g2 / (2 * S)) * p->a / p->s : 0;
    for (PetscInt q = i * f->group; q < (i + 1) * f->group; q++) {
      const PetscReal off = in[q] - (mean ? p->a * mean[q] : 0), half = g2 / (2 * PetscSqr(p->s));

      out[q] = dtdl * (p->da / p->a * in[q] + half * (in[q] - p->a * d[q]));
      if (live) *sum += dtdl * half * p->a * (d[q] - (mean ? mean[q] : 0) - p->a * f->c[i] / V * off) * off / V;
    }
  }
  PetscCall(VecRestoreArrayWrite(v, &out));
  PetscCall(VecRestoreArrayRead(f->d, &d));
  PetscCall(VecRestoreArrayRead(x, &in));
  if (f->mean) PetscCall(VecRestoreArrayRead(f->mean, &mean));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* v dt/dl, and slope[0] of what is integrated, slope[1] of it from the probes. */
static PetscErrorCode Slope(Flow *f, PetscReal l, Vec x, Vec v, PetscReal slope[2])
{
  const PetscReal *lambda;
  PetscReal        dtdl, all[3] = {0};
  KarPath          first;
  KarCov           cov;

  PetscFunctionBegin;
  PetscCall(KarSDEFindTime(f->score->sde, -2 * l, &f->t));
  PetscCall(KarSDEGetPath(f->score->sde, f->t, &first));
  PetscCall(KarSDEGetPathModes(f->score->sde, f->t, f->path));
  PetscCall(KarSDEGetCovariance(f->score->sde, &cov));
  PetscCall(KarCovGetEigenvalues(cov, &lambda));
  dtdl = 1 / (first.ds2 / (2 * PetscSqr(first.s)) - first.da / first.a);
  PetscCall(Velocity(f, lambda, dtdl, x, v, &all[0]));
  for (PetscInt k = 0; k < f->exact; k++) {
    PetscCall(Direction(f, k));
    PetscCall(Quadratic(f, lambda, x, &all[1]));
  }
  for (PetscInt p = 0; p < f->probes; p++) {
    PetscCall(Direction(f, -1));
    f->key.step++;
    PetscCall(Quadratic(f, lambda, x, &all[2]));
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, all, 3, MPIU_REAL, MPIU_SUM, f->score->comm));
  slope[1] = f->probes ? -dtdl * all[2] / (PetscReal)f->probes : 0;
  slope[0] = all[0] - dtdl * all[1] + slope[1];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One step of length h from l: x, the sum and the square of its error. */
static PetscErrorCode Step(Flow *f, PetscReal l, PetscReal h, Vec x, Vec k[4], Vec at, PetscReal sum[2])
{
  const PetscReal to[4] = {0, h / 2, h / 2, h}, weight[4] = {h / 6, h / 3, h / 3, h / 6};
  PetscReal       slope[4][2];

  PetscFunctionBegin;
  for (int i = 0; i < 4; i++) {
    PetscCall(VecCopy(x, at));
    if (i) PetscCall(VecAXPY(at, to[i], k[i - 1]));
    PetscCall(Slope(f, l + to[i], at, k[i], slope[i]));
    sum[0] += weight[i] * slope[i][0];
  }
  PetscCall(VecMAXPY(x, 4, weight, k));
  sum[1] += PetscSqr(h / 6 * (slope[1][1] - slope[2][1])) * 5; /* (1 + 4 + 4 + 1) times half of the square */
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreDensity(KarScore score, PetscInt steps, PetscInt exact, PetscInt probes, KarKey key, Vec x,
                               PetscReal *nats, PetscReal *error)
{
  const PetscReal low = PetscLogReal(1e-3);
  PetscReal       T, t, high, sum[2] = {0}, *a;
  Vec             at, state, *k;
  Flow            f;

  PetscFunctionBegin;
  PetscCall(Create(score, exact, probes, key, x, &f));
  PetscCall(KarSDEGetFinalTime(score->sde, &T));
  PetscCall(KarSDEGetLogSNR(score->sde, T, &high));
  high = PetscMin(-high / 2, PetscLogReal(1e6));
  PetscCall(VecDuplicateVecs(x, 4, &k));
  PetscCall(VecDuplicate(x, &at));
  PetscCall(VecDuplicate(x, &state));
  PetscCall(VecCopy(x, state));
  PetscCall(KarSDEFindTime(score->sde, -2 * low, &t));
  PetscCall(KarSDEGetPathModes(score->sde, t, f.path));
  PetscCall(PetscMalloc1(f.n, &a));
  for (PetscInt i = 0; i < f.n; i++) a[i] = f.path[i].a;
  PetscCall(KarFFTMultiply(score->fft, a, state));
  PetscCall(PetscFree(a));
  for (PetscInt i = 0; i < steps; i++) {
    const PetscReal h = (high - low) / (PetscReal)steps;

    PetscCall(Step(&f, low + (PetscReal)i * h, h, state, k, at, sum));
  }
  *nats = sum[0];
  if (error) *error = PetscSqrtReal(sum[1]);
  PetscCall(VecDestroyVecs(4, &k));
  PetscCall(VecDestroy(&at));
  PetscCall(VecDestroy(&state));
  PetscCall(Destroy(&f));
  PetscFunctionReturn(PETSC_SUCCESS);
}
