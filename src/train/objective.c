/* Objectives (mathematics.md §4) as weights of a mode in  sum_k W |D - X_0|_k^2.  Each is divided by its value for the Wiener
   filter, so that a weight common to all modes at a time does not matter. */
#include <karhunen/train.h>

/* ||D - X_0||_H^2  (Lim) */
static PetscReal Dsm(PetscReal C, PetscReal lambda, PetscReal a, PetscReal s, PetscReal g2)
{
  return 1;
}

/* (1/2) g^2 lambda (a/S)^2: the Cameron-Martin norm of the score's error, S = s^2 lambda  (Franzese 4.1) */
static PetscReal Elbo(PetscReal C, PetscReal lambda, PetscReal a, PetscReal s, PetscReal g2)
{
  const PetscReal S = s * s * lambda;

  return S > 0 ? g2 * lambda * PetscSqr(a / S) / 2 : 0;
}

const KarObjective *KarObjectives(void)
{
  static const KarObjective table[] = {
    {"dsm", "mean square in H", Dsm},
    {"elbo", "likelihood bound, Cameron-Martin", Elbo},
    {NULL, NULL, NULL}};

  return table;
}
