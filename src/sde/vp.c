/* Variance preserving (Song 2021; survey 2.1 with A = 0):
     a = exp(-B/2),  s^2 = 1 - exp(-B),  B = integral of beta
     linear  beta = beta_min + (beta_max - beta_min) t,  T = 1
     cosine  exp(-B) = cos^2(pi/2 (t + o)/(1 + o)) / cos^2(pi/2 o/(1 + o)),  o = 0.008,  T = 0.9946 (Nichol 2021) */
#include <karhunen/impl/sde.h>

#include <math.h>

static const char *const schedules[] = {"linear", "cosine", NULL};

typedef struct {
  PetscReal    beta_min, beta_max, schedule;
  KarParameter table[4];
} VP;

void kar_path_decay(PetscReal B, PetscReal beta, PetscReal omega, KarPath *path)
{
  path->a   = PetscExpReal(-PetscMin(omega * B / 2, 345));
  path->s   = PetscSqrtReal(-expm1(-omega * B) / omega);
  path->da  = -omega * beta / 2 * path->a;
  path->ds2 = beta * PetscExpReal(-omega * B);
}

static void Schedule(const VP *vp, PetscReal t, PetscReal *B, PetscReal *beta)
{
  const PetscReal o = 0.008, u = PETSC_PI / 2 / (1 + o);

  if (vp->schedule == 0) {
    *beta = vp->beta_min + (vp->beta_max - vp->beta_min) * t;
    *B    = t * (vp->beta_min + *beta) / 2;
  } else {
    *beta = 2 * u * tan(u * (t + o));
    *B    = -log1p((PetscSqr(cos(u * (t + o))) - PetscSqr(cos(u * o))) / PetscSqr(cos(u * o)));
    if (t < 1e-3)
      *B = t * (2 * u * tan(u * o) + *beta) / 2; /* the difference above has lost its digits; error below 2e-9 of B */
  }
}

static void Path(KarSDE sde, PetscReal t, PetscReal omega, KarPath *path)
{
  PetscReal B, beta;

  Schedule(sde->context, t, &B, &beta);
  kar_path_decay(B, beta, omega, path);
}

static PetscErrorCode SetUp(KarSDE sde)
{
  const VP *vp = sde->context;

  PetscFunctionBegin;
  KarCheck(sde->comm, vp->schedule != 0 || vp->beta_min < vp->beta_max, PETSC_ERR_USER_INPUT,
           "-%ssde_beta_min %g, -%ssde_beta_max %g: the first must be smaller", sde->prefix, (double)vp->beta_min,
           sde->prefix, (double)vp->beta_max);
  sde->T = vp->schedule == 0 ? 1 : 0.9946;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDECreate_VP(KarSDE sde)
{
  VP *vp;

  PetscFunctionBegin;
  PetscCall(PetscNew(&vp));
  vp->beta_min = 0.1;
  vp->beta_max = 20;
  vp->table[0] = (KarParameter){"schedule", "rate beta(t) at which noise is added", &vp->schedule, 0, 1, schedules};
  vp->table[1] = (KarParameter){
    "beta_min", "beta of the linear schedule at t = 0, the data", &vp->beta_min, 0, PETSC_MAX_REAL, NULL};
  vp->table[2] = (KarParameter){
    "beta_max", "beta of the linear schedule at t = 1, the noise", &vp->beta_max, PETSC_SMALL, PETSC_MAX_REAL, NULL};
  sde->context    = vp;
  sde->parameters = vp->table;
  sde->ops.path   = Path;
  sde->ops.setup  = SetUp;
  PetscFunctionReturn(PETSC_SUCCESS);
}
