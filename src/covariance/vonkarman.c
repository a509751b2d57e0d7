/* Turbulent phase, in 2D usually.
     vonkarman   lambda ~ (k0^2 + |k|^2)^(-p/2),  p = 11/3 thick layer (Kolmogorov), 8/3 thin layer; k0 = 2 pi / outer
     scale
     hanssen     three regimes of the radar phase delay (Hanssen 2001, ch. 4.7), exponents of the 2D spectrum 5/3 + 1
     above 2 km,
                 8/3 + 1 between 2 and 0.5 km, 2/3 + 1 below (scales as in the option -cov_regimes, in the grid's unit
                 of length), continuous where they meet and rounded by k0 at the largest scales. The last regime has no
                 finite variance:
                 it ends at the inner scale, beyond which the spectrum falls like exp(-(k/k_inner)^2). */
#include <karhunen/impl/covariance.h>

static const char *const regimes[] = {"one", "hanssen", NULL};

typedef struct {
  PetscReal    p, outer, inner, regimes, large, small;
  KarParameter table[7];
} VonKarman;

static PetscReal Hanssen(const VonKarman *v, PetscReal k)
{
  const PetscReal k0 = 2 * PETSC_PI / v->outer, k1 = 2 * PETSC_PI / v->large, k2 = 2 * PETSC_PI / v->small;
  const PetscReal q = PetscSqrtReal(PetscSqr(k0) + PetscSqr(k)); /* rounded at the outer scale */
  PetscReal       f;

  if (q < k1) f = PetscPowReal(q / k1, -8. / 3);
  else if (q < k2) f = PetscPowReal(q / k1, -11. / 3);
  else f = PetscPowReal(k2 / k1, -11. / 3) * PetscPowReal(q / k2, -5. / 3);
  return f;
}

static PetscReal Density(KarCov cov, PetscReal k)
{
  const VonKarman *v  = cov->context;
  const PetscReal  k0 = 2 * PETSC_PI / v->outer;
  PetscReal        f;

  f = v->regimes ? Hanssen(v, k) : PetscPowReal(1 + PetscSqr(k / k0), -v->p / 2);
  return v->inner > 0 ? f * PetscExpReal(-PetscSqr(k * v->inner / (2 * PETSC_PI))) : f;
}

static PetscErrorCode SetUp(KarCov cov)
{
  VonKarman *v = cov->context;

  PetscFunctionBegin;
  if (v->regimes) {
    KarCheck(cov->info.comm, v->small < v->large && v->large <= v->outer, PETSC_ERR_USER_INPUT,
             "-%scov_regime_small %g, -%scov_regime_large %g, -%scov_outer %g: give them in ascending order",
             cov->prefix, (double)v->small, cov->prefix, (double)v->large, cov->prefix, (double)v->outer);
    KarCheck(cov->info.comm, v->inner > 0 || cov->info.dim == 1, PETSC_ERR_USER_INPUT,
             "Hanssen's third regime falls like |k|^-5/3: no finite variance in %" PetscInt_FMT
             "D; end it with -%scov_inner LENGTH",
             cov->info.dim, cov->prefix);
    cov->smooth_from = 2 * PETSC_PI / v->small;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovCreate_VonKarman(KarCov cov)
{
  const PetscReal length = PetscMax(cov->info.length[0], PetscMax(cov->info.length[1], cov->info.length[2]));
  VonKarman      *v;

  PetscFunctionBegin;
  PetscCall(PetscNew(&v));
  v->p         = cov->info.dim == 3 ? 14. / 3 : 11. / 3;
  v->outer     = length;
  v->large     = 2000;
  v->small     = 500;
  v->table[0]  = (KarParameter){"exponent", "p of (k0^2 + |k|^2)^(-p/2)", &v->p, 0, 100, NULL};
  v->table[1]  = (KarParameter){"outer", "outer scale 2 pi/k0, a length", &v->outer, PETSC_SMALL, PETSC_MAX_REAL, NULL};
  v->table[2]  = (KarParameter){"inner", "inner scale, a length; 0: none", &v->inner, 0, PETSC_MAX_REAL, NULL};
  v->table[3]  = (KarParameter){"regimes", "one power, or Hanssen's three regimes", &v->regimes, 0, 1, regimes};
  v->table[4]  = (KarParameter){"regime_large", "scale between the first and second regime, a length",
                                &v->large,      PETSC_SMALL,
                                PETSC_MAX_REAL, NULL};
  v->table[5]  = (KarParameter){"regime_small", "scale between the second and third regime, a length",
                                &v->small,      PETSC_SMALL,
                                PETSC_MAX_REAL, NULL};
  cov->context = v;
  cov->parameters  = v->table;
  cov->ops.density = Density;
  cov->ops.setup   = SetUp;
  PetscFunctionReturn(PETSC_SUCCESS);
}
