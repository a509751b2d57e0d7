/* Squared exponential of length l: C(r) ~ exp(-r^2/(2 l^2)),   lambda ~ exp(-l^2 |k|^2/2) */
#include <karhunen/impl/covariance.h>

typedef struct {
  PetscReal    length;
  KarParameter table[2];
} Gauss;

static PetscReal Density(KarCov cov, PetscReal k)
{
  const Gauss *gauss = cov->context;

  return PetscExpReal(-PetscSqr(gauss->length * k) / 2);
}

PetscErrorCode KarCovCreate_Gauss(KarCov cov)
{
  Gauss *gauss;

  PetscFunctionBegin;
  PetscCall(PetscNew(&gauss));
  gauss->length = 0.1 * cov->info.length[0];
  gauss->table[0] =
    (KarParameter){"length", "length of exp(-r^2/(2 length^2))", &gauss->length, PETSC_SMALL, PETSC_MAX_REAL, NULL};
  cov->context     = gauss;
  cov->parameters  = gauss->table;
  cov->ops.density = Density;
  PetscFunctionReturn(PETSC_SUCCESS);
}
