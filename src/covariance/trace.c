/* The sum of lambda over all modes of the continuum, to rounding, whatever the grid.
     sum_kappa f(|k|) = sum_kappa f chi + sum_kappa f (1 - chi),   chi = erfc((k - K)/W)/2
   The first sum is finite in practice.  The second function is smooth on the scale of the lattice: by Poisson's
   formula its sum is its integral over k-space times the density of modes, up to exp(-(pi W/h)^2), h the widest
   spacing of the lattice.
   Cosine basis: sum over N^d = 2^-d sum over the subsets of axes of the sums over Z^subset. */
#include <karhunen/impl/covariance.h>

#include <petscdt.h>

#define POINTS 16

typedef struct {
  KarCov    cov;
  PetscBool rough;
  PetscReal K, W;                 /* the window */
  PetscReal x[POINTS], w[POINTS]; /* Gauss's rule on [-1, 1] */
} Sum;

PetscReal kar_cov_rough(KarCov cov, PetscReal k)
{
  return cov->factor * (cov->ell > 0 ? PetscPowReal(1 + PetscSqr(cov->ell * k), cov->m) : 1);
}

static PetscReal Value(const Sum *s, PetscReal k)
{
  const PetscReal f = k > s->cov->cutoff ? 0 : s->cov->scale * s->cov->ops.density(s->cov, k);

  return s->rough ? f * kar_cov_rough(s->cov, k) : f;
}

PetscReal kar_cov_exponent(KarCov cov)
{
  const PetscReal k = 1e30, f = cov->ops.density(cov, k) * kar_cov_rough(cov, k),
                  g = cov->ops.density(cov, 2 * k) * kar_cov_rough(cov, 2 * k);

  return cov->cutoff < PETSC_MAX_REAL || f < 1e-250 || g <= 0 ? PETSC_MAX_REAL : PetscLogReal(f / g) / PetscLogReal(2.);
}

/* sum of f chi; chi = 1 below a cut. */
static PetscReal Direct(const Sum *s, const PetscReal h[3], PetscBool periodic)
{
  const PetscInt  dim = s->cov->info.dim;
  const PetscReal end = s->cov->cutoff < PETSC_MAX_REAL ? s->cov->cutoff : s->K + 6 * s->W;
  PetscInt        n[3];
  long double     sum = 0;

  for (PetscInt a = 0; a < 3; a++) n[a] = a < dim ? (PetscInt)(end / h[a]) : 0;
  for (PetscInt i = 0; i <= n[0]; i++)
    for (PetscInt j = 0; j <= n[1]; j++) {
      const PetscReal q = PetscSqr((PetscReal)i * h[0]) + PetscSqr((PetscReal)j * h[1]);

      if (q > PetscSqr(end)) break;
      for (PetscInt l = 0; l <= n[2]; l++) {
        const PetscReal k     = PetscSqrtReal(q + PetscSqr((PetscReal)l * h[2]));
        const PetscReal pairs = periodic ? (i ? 2 : 1) * (j ? 2 : 1) * (l ? 2 : 1) : 1;

        if (k > end) break;
        sum += pairs * Value(s, k) * (s->cov->cutoff < PETSC_MAX_REAL ? 1 : erfc((k - s->K) / s->W) / 2);
      }
    }
  return (PetscReal)sum;
}

/* integral of k^(m-1) f(k) (1 - chi) over [from, to] with k = exp(u) */
static PetscReal Panel(const Sum *s, PetscInt m, PetscReal from, PetscReal to)
{
  PetscReal sum = 0;

  for (int p = 0; p < POINTS; p++) {
    const PetscReal k = PetscExpReal((from + to) / 2 + (to - from) / 2 * s->x[p]);

    sum += s->w[p] * PetscPowReal(k, (PetscReal)m) * Value(s, k) * erfc((s->K - k) / s->W) / 2;
  }
  return sum * (to - from) / 2;
}

static PetscReal Tail(const Sum *s, PetscInt m)
{
  const PetscReal area[4] = {0, 2, 2 * PETSC_PI, 4 * PETSC_PI}, start = PetscLogReal(s->K - 6 * s->W),
                  ends = PetscLogReal(s->K + 6 * s->W);
  const PetscReal p    = kar_cov_exponent(s->cov);
  PetscReal       sum = 0, u = ends, piece;

  for (int i = 0; i < 24; i++)
    sum += Panel(s, m, start + (ends - start) * i / 24, start + (ends - start) * (i + 1) / 24);
  do {
    piece = Panel(s, m, u, u + 0.25);
    sum += piece;
    u += 0.25;
  } while (u < 100 * PetscLogReal(10.) && piece > 1e-18 * sum);
  if (piece > 0 && p < PETSC_MAX_REAL)
    sum += Value(s, PetscExpReal(u)) * PetscExpReal((PetscReal)m * u) / (p - (PetscReal)m);
  return area[m] * sum;
}

PetscErrorCode KarCovSum(KarCov cov, PetscBool rough, PetscReal *sum)
{
  const PetscBool periodic = (PetscBool)(cov->info.basis == KAR_BASIS_PERIODIC);
  const PetscInt  dim      = cov->info.dim;
  PetscReal       h[3] = {1, 1, 1}, widest = 0, tails[4] = {0};
  Sum             s = {.cov = cov, .rough = rough};

  PetscFunctionBegin;
  for (PetscInt a = 0; a < dim; a++) {
    h[a]   = (periodic ? 2 : 1) * PETSC_PI / cov->info.length[a];
    widest = PetscMax(widest, h[a]);
  }
  s.W  = 1.9 * widest;
  s.K  = PetscMax(cov->smooth_from, 2 * widest) + 6 * s.W;
  *sum = Direct(&s, h, periodic);
  if (cov->cutoff < PETSC_MAX_REAL) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscDTGaussQuadrature(POINTS, -1, 1, s.x, s.w));
  for (PetscInt m = 1; m <= dim; m++) tails[m] = periodic && m < dim ? 0 : Tail(&s, m);
  for (int subset = 1; subset < 1 << dim; subset++) {
    PetscReal modes = periodic ? 1 : PetscPowReal(2, -(PetscReal)dim);
    PetscInt  m     = 0;

    for (int a = 0; a < dim; a++)
      if (subset >> a & 1) modes /= h[a], m++;
    *sum += modes * tails[m];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
