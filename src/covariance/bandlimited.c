/* All modes alike up to a wave number: lambda ~ 1 for |k| <= cutoff, 0 beyond. */
#include <karhunen/impl/covariance.h>

typedef struct {
  PetscReal    cutoff;
  KarParameter table[2];
} BandLimited;

static PetscReal Density(KarCov cov, PetscReal k)
{
  const BandLimited *band = cov->context;

  return k <= band->cutoff * (1 + 1e-12) ? 1 : 0;
}

static PetscErrorCode SetUp(KarCov cov)
{
  const BandLimited *band = cov->context;

  PetscFunctionBegin;
  KarCheck(cov->info.comm, band->cutoff > 0, PETSC_ERR_USER_INPUT,
           "the bandlimited covariance is not trace class without a cut: give -%scov_cutoff, the largest |k|, in rad "
           "per unit length",
           cov->prefix);
  cov->cutoff = band->cutoff * (1 + 1e-12);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovCreate_BandLimited(KarCov cov)
{
  BandLimited *band;

  PetscFunctionBegin;
  PetscCall(PetscNew(&band));
  band->table[0] = (KarParameter){"cutoff", "largest |k|, rad per unit length", &band->cutoff, 0, PETSC_MAX_REAL, NULL};
  cov->context   = band;
  cov->parameters  = band->table;
  cov->ops.density = Density;
  cov->ops.setup   = SetUp;
  PetscFunctionReturn(PETSC_SUCCESS);
}
