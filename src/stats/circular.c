/* Numbers on the circle: R_p e^{iT_p} = mean e^{ip phi} (Mardia and Jupp, 2000). */
#include <karhunen/stats.h>

void kar_circular_sums(PetscInt n, const PetscReal phase[], PetscReal sums[5])
{
  PetscReal c1 = 0, s1 = 0, c2 = 0, s2 = 0;

  for (PetscInt i = 0; i < n; i++) {
    const PetscReal c = PetscCosReal(phase[i]), s = PetscSinReal(phase[i]);

    c1 += c;
    s1 += s;
    c2 += c * c - s * s;
    s2 += 2 * s * c;
  }
  sums[0] += (PetscReal)n;
  sums[1] += c1;
  sums[2] += s1;
  sums[3] += c2;
  sums[4] += s2;
}

KarCircular kar_circular(const PetscReal sums[5])
{
  const PetscReal n  = PetscMax(sums[0], 1);
  const PetscReal R1 = hypot(sums[1], sums[2]) / n, T1 = atan2(sums[2], sums[1]);
  const PetscReal R2 = hypot(sums[3], sums[4]) / n, T2 = atan2(sums[4], sums[3]);
  const PetscReal V        = PetscMax(1 - R1, 0);
  KarCircular     circular = {.mean = T1, .variance = V};

  circular.skewness = V > 1e-12 ? R2 * PetscSinReal(T2 - 2 * T1) / PetscPowReal(V, 1.5) : 0;
  return circular;
}

void kar_phasor_add(PetscInt n, const PetscReal phase[], PetscReal sum[])
{
  for (PetscInt i = 0; i < n; i++) {
    sum[2 * i] += PetscCosReal(phase[i]);
    sum[2 * i + 1] += PetscSinReal(phase[i]);
  }
}

void kar_phasor_finish(PetscInt n, PetscInt count, const PetscReal sum[], PetscReal mean[], PetscReal variance[])
{
  for (PetscInt i = 0; i < n; i++) {
    mean[i]     = atan2(sum[2 * i + 1], sum[2 * i]);
    variance[i] = PetscMax(1 - hypot(sum[2 * i], sum[2 * i + 1]) / (PetscReal)count, 0);
  }
}

PetscReal kar_wrap(PetscReal phase)
{
  return PetscAbsReal(phase) <= PETSC_PI ? phase : remainder(phase, 2 * PETSC_PI);
}
