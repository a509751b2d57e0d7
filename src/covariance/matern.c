/* Matern, in the notation of Lindgren (2011) and of the operator-learning codes:
     lambda ~ (tau^2 + |k|^2)^-alpha,   alpha > d/2;   smoothness nu = alpha - d/2, length sqrt(2 nu)/tau */
#include <karhunen/impl/covariance.h>

typedef struct {
  PetscReal    alpha, tau;
  KarParameter table[3];
} Matern;

static PetscReal Density(KarCov cov, PetscReal k)
{
  const Matern *matern = cov->context;

  return PetscPowReal(PetscSqr(matern->tau) + PetscSqr(k), -matern->alpha) *
         PetscPowReal(matern->tau, 2 * matern->alpha);
}

PetscErrorCode KarCovCreate_Matern(KarCov cov)
{
  const PetscReal length = PetscMax(cov->info.length[0], PetscMax(cov->info.length[1], cov->info.length[2]));
  Matern         *matern;

  PetscFunctionBegin;
  PetscCall(PetscNew(&matern));
  matern->alpha    = 2.5;
  matern->tau      = 7 / length;
  matern->table[0] = (KarParameter){"alpha", "exponent of (tau^2 + |k|^2)^-alpha", &matern->alpha, 0, 100, NULL};
  matern->table[1] =
    (KarParameter){"tau", "inverse length, rad per unit length", &matern->tau, PETSC_SMALL, PETSC_MAX_REAL, NULL};
  cov->context     = matern;
  cov->parameters  = matern->table;
  cov->ops.density = Density;
  PetscFunctionReturn(PETSC_SUCCESS);
}
