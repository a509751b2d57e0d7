/* The straight path of flow matching (Lipman 2023; Kerrigan 2024), its clock turned so that t = 0 is the data:
     a = 1 - t,  s = sigma_min + (1 - sigma_min) t,  T = 1 - 1e-3
   a vanishes at t = 1: the prior is N(0, a(T)^2 C_data + s(T)^2 C).  With sigma_min > 0 the path ends in data with
   that noise. */
#include <karhunen/impl/sde.h>

typedef struct {
  PetscReal    sigma_min;
  KarParameter table[2];
} Flow;

static void Path(KarSDE sde, PetscReal t, PetscReal omega, KarPath *path)
{
  const PetscReal low = ((Flow *)sde->context)->sigma_min;

  (void)omega;
  path->a   = 1 - t;
  path->da  = -1;
  path->s   = low + (1 - low) * t;
  path->ds2 = 2 * path->s * (1 - low);
}

static PetscErrorCode SetUp(KarSDE sde)
{
  PetscFunctionBegin;
  sde->T = 1 - 1e-3;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDECreate_Flow(KarSDE sde)
{
  Flow *flow;

  PetscFunctionBegin;
  PetscCall(PetscNew(&flow));
  flow->table[0]  = (KarParameter){"sigma_min", "noise left on the data", &flow->sigma_min, 0, 0.5, NULL};
  sde->context    = flow;
  sde->parameters = flow->table;
  sde->ops.path   = Path;
  sde->ops.setup  = SetUp;
  PetscFunctionReturn(PETSC_SUCCESS);
}
