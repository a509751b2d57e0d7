/* What a radar makes of displacement, phase and coherence. */
#include <karhunen/insar.h>

/* Right-looking: the ground lies to the right of the flight, so the satellite to the left of the ground's view of it. */
void kar_line_of_sight(PetscReal incidence, PetscReal heading, PetscReal los[3])
{
  los[0] = -PetscSinReal(incidence) * PetscCosReal(heading);
  los[1] = PetscSinReal(incidence) * PetscSinReal(heading);
  los[2] = PetscCosReal(incidence);
}

/* w = gamma z + sqrt(1 - gamma^2) b with b independent of z:
     sum_l z_l conj(w_l) = gamma S + sqrt(1 - gamma^2) sqrt(S) b',   S = sum_l |z_l|^2,  b' ~ CN(0, 1) independent of S. */
PetscReal kar_decorrelate(PetscReal gamma, PetscInt looks, PetscInt stride, const PetscReal z[])
{
  const PetscReal *b = z + looks * stride;
  PetscReal        S = 0, s;

  for (PetscInt l = 0; l < looks; l++) S += (PetscSqr(z[l * stride]) + PetscSqr(z[l * stride + 1])) / 2;
  s = PetscSqrtReal((1 - gamma * gamma) * S / 2);
  return PetscAtan2Real(s * b[1], gamma * S + s * b[0]);
}
