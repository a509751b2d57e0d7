/* Objectives of denoising (docs/mathematics.md §4) as weights of a mode in  sum_k W |D - X_0|_k^2,  S = s^2 lambda.
   Divided by their value for the Wiener filter at their time (-train_weight normalised) only their dependence on the
   mode counts: flow is then dsm, and ddpm is elbo, where a and s are those of all modes. */
#include <karhunen/train.h>

/* ||D - X_0||_H^2  (Lim) */
static PetscReal Dsm(const KarLossMode *m)
{
  return 1;
}

PetscErrorCode KarObjectiveCreate_Dsm(KarObjective *objective)
{
  PetscFunctionBegin;
  objective->weight = Dsm;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* (1/2) g^2 lambda (a/S)^2: the Cameron-Martin norm of the score's error  (Franzese 4.1) */
static PetscReal Elbo(const KarLossMode *m)
{
  const PetscReal S = m->s * m->s * m->lambda;

  return S > 0 ? m->g2 * m->lambda * PetscSqr(m->a / S) / 2 : 0;
}

PetscErrorCode KarObjectiveCreate_Elbo(KarObjective *objective)
{
  PetscFunctionBegin;
  objective->weight = Elbo;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* (a g^2/(2 s^2))^2: error of the velocity v = a' X_0 + s' eps, eps = (X_t - a X_0)/s; it is (a' - a s'/s)(D - X_0),
   and g^2 = 2 s s' - 2 (a'/a) s^2  (Kerrigan 2024) */
static PetscReal Flow(const KarLossMode *m)
{
  return PetscSqr(m->a * m->g2 / (2 * m->s * m->s));
}

PetscErrorCode KarObjectiveCreate_Flow(KarObjective *objective)
{
  PetscFunctionBegin;
  objective->weight = Flow;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* KL of N(mu(D), v) from N(mu(X_0), v), the laws of X_r given X_t: mu differs by a_r (1 - q), v = s_r^2 lambda (1 -
   q), q = SNR_t/SNR_r:
   (SNR_r - SNR_t)/(2 lambda).  Before the first rung is the decoder N(D, s_t^2 C): 1/(2 s_t^2 lambda)  (Ho 2020,
   Kerrigan 2023) */
static PetscReal Ddpm(const KarLossMode *m)
{
  const PetscReal drop = m->s0 > 0 ? PetscSqr(m->a0 / m->s0) - PetscSqr(m->a / m->s) : 1 / PetscSqr(m->s);

  return m->lambda > 0 ? drop / (2 * m->lambda) : 0;
}

PetscErrorCode KarObjectiveCreate_Ddpm(KarObjective *objective)
{
  PetscFunctionBegin;
  objective->weight = Ddpm;
  objective->ladder = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}
