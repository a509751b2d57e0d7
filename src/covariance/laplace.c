/* sigma^2 (-Laplacian + tau^2)^-alpha as published, its variance not normalised:
     lambda = sigma^2 (|k|^2 + tau^2)^-alpha
   The copied generator of the operator-learning data sets takes sigma^2 = tau^(2 alpha - d) (normalisation "li"), and
   then draws twice that covariance in 2D; it prints, and we draw, the covariance named here. */
#include <karhunen/impl/covariance.h>

static const char *const normalisations[] = {"none", "li", NULL};

typedef struct {
  PetscReal    alpha, tau, sigma, normalisation;
  KarParameter table[5];
} Laplace;

static PetscReal Density(KarCov cov, PetscReal k)
{
  const Laplace  *laplace = cov->context;
  const PetscReal sigma2 =
    laplace->normalisation ? PetscPowReal(laplace->tau, 2 * laplace->alpha - (PetscReal)cov->info.dim) : 1;

  return PetscSqr(laplace->sigma) * sigma2 * PetscPowReal(PetscSqr(laplace->tau) + PetscSqr(k), -laplace->alpha);
}

PetscErrorCode KarCovCreate_Laplace(KarCov cov)
{
  Laplace *laplace;

  PetscFunctionBegin;
  PetscCall(PetscNew(&laplace));
  laplace->alpha    = 2.5;
  laplace->tau      = 7;
  laplace->sigma    = 1;
  laplace->table[0] = (KarParameter){"alpha", "exponent of (-Laplacian + tau^2)^-alpha", &laplace->alpha, 0, 100, NULL};
  laplace->table[1] =
    (KarParameter){"tau", "inverse length, rad per unit length", &laplace->tau, PETSC_SMALL, PETSC_MAX_REAL, NULL};
  laplace->table[2] = (KarParameter){"sigma", "sigma, a factor of the field", &laplace->sigma, 0, PETSC_MAX_REAL, NULL};
  laplace->table[3] = (KarParameter){
    "normalisation", "li: times tau^(2 alpha - d) too, after Li et al.", &laplace->normalisation, 0, 1, normalisations};
  cov->context     = laplace;
  cov->parameters  = laplace->table;
  cov->absolute    = PETSC_TRUE;
  cov->ops.density = Density;
  PetscFunctionReturn(PETSC_SUCCESS);
}
