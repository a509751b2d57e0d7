/* Variance exploding (Song 2021; Lim 2025): a = 1, s^2 = sigma(t)^2 - sigma_min^2, sigma(t) = sigma_min
   (sigma_max/sigma_min)^t, T = 1. */
#include <karhunen/impl/sde.h>

#include <math.h>

typedef struct {
  PetscReal    sigma_min, sigma_max;
  KarParameter table[3];
} VE;

static void Path(KarSDE sde, PetscReal t, PetscReal omega, KarPath *path)
{
  const VE       *ve = sde->context;
  const PetscReal r  = PetscLogReal(ve->sigma_max / ve->sigma_min);

  (void)omega;
  path->a   = 1;
  path->da  = 0;
  path->s   = ve->sigma_min * PetscSqrtReal(expm1(2 * r * t));
  path->ds2 = 2 * r * PetscSqr(ve->sigma_min) * PetscExpReal(2 * r * t);
}

static PetscErrorCode SetUp(KarSDE sde)
{
  const VE *ve = sde->context;

  PetscFunctionBegin;
  KarCheck(sde->comm, ve->sigma_min < ve->sigma_max, PETSC_ERR_USER_INPUT,
           "-%ssde_sigma_min %g, -%ssde_sigma_max %g: the first must be smaller", sde->prefix, (double)ve->sigma_min,
           sde->prefix, (double)ve->sigma_max);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDECreate_VE(KarSDE sde)
{
  VE *ve;

  PetscFunctionBegin;
  PetscCall(PetscNew(&ve));
  ve->sigma_min = 0.01;
  ve->sigma_max = 50;
  ve->table[0] =
    (KarParameter){"sigma_min", "noise level at t = 0, the data", &ve->sigma_min, PETSC_SMALL, PETSC_MAX_REAL, NULL};
  ve->table[1] = (KarParameter){"sigma_max", "noise level at t = 1", &ve->sigma_max, PETSC_SMALL, PETSC_MAX_REAL, NULL};
  sde->context = ve;
  sde->parameters = ve->table;
  sde->ops.path   = Path;
  sde->ops.setup  = SetUp;
  PetscFunctionReturn(PETSC_SUCCESS);
}
