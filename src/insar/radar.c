/* What a radar makes of displacement, phase and coherence. */
#include <karhunen/insar.h>

/* Right-looking: the ground lies to the right of the flight, so the satellite to the left of the ground's view of it.
   */
void kar_line_of_sight(PetscReal incidence, PetscReal heading, PetscReal los[3])
{
  los[0] = -PetscSinReal(incidence) * PetscCosReal(heading);
  los[1] = PetscSinReal(incidence) * PetscSinReal(heading);
  los[2] = PetscCosReal(incidence);
}

/* w = gamma z + sqrt(1 - gamma^2) b with b independent of z:
     sum_l z_l conj(w_l) = gamma S + sqrt(1 - gamma^2) sqrt(S) b',   S = sum_l |z_l|^2,  b' ~ CN(0, 1) independent of
     S. */
PetscReal kar_phase_error(PetscReal gamma, PetscReal S, const PetscReal b[2])
{
  const PetscReal s = PetscSqrtReal((1 - gamma * gamma) * S / 2);

  return PetscAtan2Real(s * b[1], gamma * S + s * b[0]);
}

PetscReal kar_decorrelate(PetscReal gamma, PetscInt looks, PetscInt stride, const PetscReal z[])
{
  PetscReal S = 0;

  for (PetscInt l = 0; l < looks; l++) S += (PetscSqr(z[l * stride]) + PetscSqr(z[l * stride + 1])) / 2;
  return kar_phase_error(gamma, S, z + looks * stride);
}

/* S ~ Gamma(L): P(S > x) = e^{-x} sum_{j < L} x^j/j! is to be P(Z > z).  Newton's steps on its logarithm, which is
   concave, from Wilson and Hilferty's (1931) guess. */
PetscReal kar_power_of_looks(PetscInt looks, PetscReal z)
{
  const PetscReal L = (PetscReal)looks, above = erfc(z / PETSC_SQRT2) / 2;
  PetscReal       x = L * PetscPowRealInt(PetscMax(0.05, 1 - 1 / (9 * L) + z / (3 * PetscSqrtReal(L))), 3);

  for (int step = 0; step < 6; step++) {
    PetscReal term = PetscExpReal(-x), sum = term;

    for (PetscInt j = 1; j < looks; j++) sum += term *= x / (PetscReal)j;
    if (term > 0) x = PetscMax(x / 100, x + PetscLogReal(sum / above) * sum / term); /* the density is the last term */
  }
  return x;
}
