/* Bridges of a reference process between pairs (X, Y), p, q, c the spectra of X and Y and their cross-spectrum
   (docs/bridges.md):
     X_r = A X + B Y + N(0, sigma),  A, B, sigma of the bridge from time 0 to T at r
     Y sees it as  a Y + N(0, S),    a = B + A c/q,  S = A^2 (p - c^2/q) + sigma
   so that the denoiser of the process (a, S) is the regression of Y on X_r, and its posterior variance is  Pi = q
   S/(a^2 q + S). A step: X_r' is that of the bridge from (r, X_r) to D, and D's variance goes with it: + K^2 Pi. */
#include <karhunen/impl/sde.h>

#define CLOCK 1e-3 /* log(s/a) of the clock ends at log(CLOCK) */

typedef struct {
  KarSDE    reference;  /* owned reference */
  KarCov    start, end; /* likewise */
  PetscReal limit;
  PetscInt  n;
  PetscReal values[]; /* k[n], correlation[n] */
} Matching;

static PetscReal Correlation(const Matching *m, PetscReal k)
{
  const PetscReal *x = m->values, *y = m->values + m->n;
  PetscInt         i = 1;

  if (k > m->limit || m->n == 0) return 0;
  if (k <= x[0] || m->n == 1) return y[0];
  while (i < m->n - 1 && x[i] < k) i++;
  return k >= x[i] ? y[i] : y[i - 1] + (y[i] - y[i - 1]) * (k - x[i - 1]) / (x[i] - x[i - 1]);
}

/* A, B and sigma/lambda at time r of the reference. */
static void Bridge(const Matching *m, PetscReal k, PetscReal r, PetscReal *A, PetscReal *B, PetscReal *sigma)
{
  KarSDE          ref   = m->reference;
  const PetscReal omega = ref->ops.omega ? ref->ops.omega(ref, k * k) : 1;
  KarPath         zero, now, end;

  ref->ops.path(ref, 0, omega, &zero);
  ref->ops.path(ref, r, omega, &now);
  ref->ops.path(ref, ref->T, omega, &end);
  const PetscReal a = now.a / zero.a, S = PetscMax(0, PetscSqr(now.s) - PetscSqr(a * zero.s));
  const PetscReal aT = end.a / zero.a, ST = PetscSqr(end.s) - PetscSqr(aT * zero.s), rest = end.a / now.a;

  *B     = S * rest / ST;
  *A     = a - *B * aT;
  *sigma = S * PetscMax(0, 1 - *B * rest);
}

static void Path(KarSDE sde, PetscReal t, PetscReal k, KarPath *path)
{
  const Matching *m   = sde->context;
  const PetscReal rho = Correlation(m, k);
  PetscReal       p = 0, q = 0, lambda = 0, A, B, sigma;

  if (k <= m->limit) (void)KarCovEvaluate(m->start, k, &p);
  (void)KarCovEvaluate(m->end, k, &q);
  (void)KarCovEvaluate(sde->cov, k, &lambda);
  Bridge(m, k, sde->T - t, &A, &B, &sigma);
  path->a  = q > 0 ? B + A * rho * PetscSqrtReal(p / q) : B;
  path->s  = lambda > 0 ? PetscSqrtReal(A * A * p * (1 - rho * rho) / lambda + sigma) : 0;
  path->da = path->ds2 = 0; /* no equation of its own */
}

/* A mode is named by its |k|. */
static PetscReal Omega(KarSDE sde, PetscReal k2)
{
  return PetscSqrtReal(k2);
}

static PetscReal LogSNR(KarSDE sde, PetscReal t)
{
  return 2 * PetscLogReal((sde->T - t + CLOCK * sde->T) / (t + CLOCK * sde->T));
}

static PetscErrorCode SetUp(KarSDE sde)
{
  Matching *m = sde->context;

  PetscFunctionBegin;
  PetscCall(KarSDESetUp(m->reference));
  PetscCall(KarCovSetUp(m->start));
  PetscCall(KarCovSetUp(m->end));
  sde->T = m->reference->T;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarSDE sde)
{
  Matching *m = sde->context;

  PetscFunctionBegin;
  PetscCall(KarSDEDestroy(&m->reference));
  PetscCall(KarCovDestroy(&m->start));
  PetscCall(KarCovDestroy(&m->end));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDECreateMatching(KarSDE reference, KarCov end, const KarPairs *pairs, KarSDE *out)
{
  Matching *m;
  KarSDE    sde;

  PetscFunctionBegin;
  PetscCall(KarSDECreate(reference->cov, &sde));
  PetscCall(PetscMalloc(sizeof(*m) + (size_t)(2 * pairs->n) * sizeof(PetscReal), &m));
  m->reference = reference, m->start = pairs->start, m->end = end, m->limit = pairs->limit, m->n = pairs->n;
  PetscCall(KarSDEReference(reference));
  PetscCall(KarCovReference(pairs->start));
  PetscCall(KarCovReference(end));
  PetscCall(PetscArraycpy(m->values, pairs->k, m->n));
  PetscCall(PetscArraycpy(m->values + m->n, pairs->correlation, m->n));
  PetscCall(PetscStrncpy(sde->type, "matching", sizeof(sde->type)));
  sde->context = m;
  sde->ops     = (KarSDEOps){.path = Path, .omega = Omega, .logsnr = LogSNR, .setup = SetUp, .destroy = Destroy};
  PetscCall(KarSDESetUp(sde));
  *out = sde;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEGetMatching(KarSDE sde, KarSDE *reference, KarPairs *pairs)
{
  const Matching *m = sde->ops.path == Path ? sde->context : NULL;

  PetscFunctionBegin;
  *reference = m ? m->reference : NULL;
  if (m && pairs)
    *pairs =
      (KarPairs){.start = m->start, .limit = m->limit, .n = m->n, .k = m->values, .correlation = m->values + m->n};
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEGetMatchingStep(KarSDE sde, PetscReal t, PetscReal r, PetscReal x[], PetscReal d[],
                                     PetscReal variance[])
{
  const PetscReal *lambda, *q;
  const Matching  *m = sde->context;
  KarPath          path;

  PetscFunctionBegin;
  PetscCall(KarSDEGetBridge(m->reference, t, r, sde->T, NULL, x, d, variance));
  PetscCall(KarCovGetEigenvalues(sde->cov, &lambda));
  PetscCall(KarCovGetEigenvalues(m->end, &q));
  for (PetscInt i = 0; i < sde->n; i++) {
    Path(sde, sde->T - t, sde->omega[i], &path);
    const PetscReal S = PetscSqr(path.s) * lambda[i], V = PetscSqr(path.a) * q[i] + S;

    if (V > 0) variance[i] += PetscSqr(d[i]) * q[i] * S / V;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
