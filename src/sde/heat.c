/* Each mode decays at its own rate: the survey's unbounded A (2.1), blurring diffusion (Hoogeboom 2023):
     omega = (1 + l^2 |k|^2)^gamma,  a = exp(-omega B/2),  s^2 = (1 - exp(-omega B))/omega,  B = integral of beta,
     linear */
#include <karhunen/impl/sde.h>

typedef struct {
  PetscReal    beta_min, beta_max, length, gamma;
  KarParameter table[5];
} Heat;

static void Path(KarSDE sde, PetscReal t, PetscReal omega, KarPath *path)
{
  const Heat     *heat = sde->context;
  const PetscReal beta = heat->beta_min + (heat->beta_max - heat->beta_min) * t;

  kar_path_decay(t * (heat->beta_min + beta) / 2, beta, omega, path);
}

static PetscReal Omega(KarSDE sde, PetscReal k2)
{
  const Heat *heat = sde->context;

  return PetscPowReal(1 + PetscSqr(heat->length) * k2, heat->gamma);
}

static PetscErrorCode SetUp(KarSDE sde)
{
  const Heat *heat = sde->context;

  PetscFunctionBegin;
  KarCheck(sde->comm, heat->beta_min < heat->beta_max, PETSC_ERR_USER_INPUT,
           "-%ssde_beta_min %g, -%ssde_beta_max %g: the first must be smaller", sde->prefix, (double)heat->beta_min,
           sde->prefix, (double)heat->beta_max);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDECreate_Heat(KarSDE sde)
{
  Heat *heat;

  PetscFunctionBegin;
  PetscCall(PetscNew(&heat));
  heat->beta_min = 0.1;
  heat->beta_max = 20;
  heat->length   = 0.1;
  heat->gamma    = 0.5;
  heat->table[0] = (KarParameter){"beta_min", "beta(0)", &heat->beta_min, 0, PETSC_MAX_REAL, NULL};
  heat->table[1] = (KarParameter){"beta_max", "beta(1)", &heat->beta_max, PETSC_SMALL, PETSC_MAX_REAL, NULL};
  heat->table[2] = (KarParameter){
    "length", "l, a length: modes decay at a rate like (1 + l^2 |k|^2)^gamma", &heat->length, 0, PETSC_MAX_REAL, NULL};
  heat->table[3]  = (KarParameter){"gamma", "gamma of that rate; 1 is the heat equation", &heat->gamma, 0, 4, NULL};
  sde->context    = heat;
  sde->parameters = heat->table;
  sde->ops.path   = Path;
  sde->ops.omega  = Omega;
  sde->ops.setup  = SetUp;
  PetscFunctionReturn(PETSC_SUCCESS);
}
