/* The ladder of Ho (2020) and Kerrigan (2023): beta_i linear in i = 1 .. N, abar_i = prod (1 - beta_i), a^2 = abar_i,
   s^2 = 1 - abar_i
   at t = i/N.  Between rungs B = -log abar is linear, so that it is a process in continuous time too; t_i are its
   times. */
#include <karhunen/impl/sde.h>

#include <math.h>

typedef struct {
  PetscReal    beta_min, beta_max, steps;
  PetscInt     n;
  PetscReal   *B; /* -log abar_i, i = 0 .. n */
  KarParameter table[4];
} DDPM;

static void Path(KarSDE sde, PetscReal t, PetscReal omega, KarPath *path)
{
  const DDPM     *ddpm  = sde->context;
  const PetscReal n     = (PetscReal)ddpm->n;
  const PetscInt  i     = PetscMin((PetscInt)(t * n), ddpm->n - 1);
  const PetscReal slope = (ddpm->B[i + 1] - ddpm->B[i]) * n;

  kar_path_decay(ddpm->B[i] + slope * (t - (PetscReal)i / n), slope, omega, path);
}

static PetscErrorCode Destroy(KarSDE sde)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(((DDPM *)sde->context)->B));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarSDE sde)
{
  DDPM *ddpm = sde->context;

  PetscFunctionBegin;
  KarCheck(sde->comm, ddpm->beta_min <= ddpm->beta_max, PETSC_ERR_USER_INPUT,
           "-%ssde_beta_min %g, -%ssde_beta_max %g: the first must be smaller", sde->prefix, (double)ddpm->beta_min,
           sde->prefix, (double)ddpm->beta_max);
  ddpm->n = (PetscInt)ddpm->steps;
  KarCheck(sde->comm, (PetscReal)ddpm->n == ddpm->steps, PETSC_ERR_USER_INPUT, "-%ssde_rungs %g: give a whole number",
           sde->prefix, (double)ddpm->steps);
  PetscCall(PetscFree(ddpm->B));
  PetscCall(PetscMalloc1(ddpm->n + 1, &ddpm->B));
  ddpm->B[0] = 0;
  for (PetscInt i = 1; i <= ddpm->n; i++) {
    const PetscReal u = ddpm->n > 1 ? (PetscReal)(i - 1) / (PetscReal)(ddpm->n - 1) : 0;

    ddpm->B[i] = ddpm->B[i - 1] - log1p(-(ddpm->beta_min + (ddpm->beta_max - ddpm->beta_min) * u));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDECreate_DDPM(KarSDE sde)
{
  DDPM *ddpm;

  PetscFunctionBegin;
  PetscCall(PetscNew(&ddpm));
  ddpm->beta_min   = 1e-4;
  ddpm->beta_max   = 0.02;
  ddpm->steps      = 1000;
  ddpm->table[0]   = (KarParameter){"beta_min", "beta of the first rung", &ddpm->beta_min, PETSC_SMALL, 0.999, NULL};
  ddpm->table[1]   = (KarParameter){"beta_max", "beta of the last rung", &ddpm->beta_max, PETSC_SMALL, 0.999, NULL};
  ddpm->table[2]   = (KarParameter){"rungs", "number of times on the ladder", &ddpm->steps, 1, 1e6, NULL};
  sde->context     = ddpm;
  sde->parameters  = ddpm->table;
  sde->ops.path    = Path;
  sde->ops.setup   = SetUp;
  sde->ops.destroy = Destroy;
  PetscFunctionReturn(PETSC_SUCCESS);
}
