/* Central moments mu_p from raw ones r_p = E (v - c)^p, and jackknife errors of anything made of means over samples. */
#include <karhunen/stats.h>

void kar_moment_sums(PetscInt n, const PetscReal v[], PetscReal c, PetscReal sums[5])
{
  PetscReal s1 = 0, s2 = 0, s3 = 0, s4 = 0;

  for (PetscInt i = 0; i < n; i++) {
    const PetscReal d = v[i] - c, d2 = d * d;

    s1 += d;
    s2 += d2;
    s3 += d2 * d;
    s4 += d2 * d2;
  }
  sums[0] += (PetscReal)n;
  sums[1] += s1;
  sums[2] += s2;
  sums[3] += s3;
  sums[4] += s4;
}

PetscReal kar_row_first(const PetscReal mean[])
{
  return mean[0];
}

PetscReal kar_row_variance(const PetscReal r[])
{
  return r[1] - r[0] * r[0];
}

PetscReal kar_row_skewness(const PetscReal r[])
{
  const PetscReal mu2 = kar_row_variance(r), mu3 = r[2] - 3 * r[0] * r[1] + 2 * r[0] * r[0] * r[0];

  return mu2 > 0 ? mu3 / PetscPowReal(mu2, 1.5) : 0;
}

PetscReal kar_row_kurtosis(const PetscReal r[])
{
  const PetscReal mu2 = kar_row_variance(r), m2 = r[0] * r[0];
  const PetscReal mu4 = r[3] - 4 * r[0] * r[2] + 6 * m2 * r[1] - 3 * m2 * m2;

  return mu2 > 0 ? mu4 / (mu2 * mu2) : 0;
}

PetscErrorCode KarStatsJackknife(PetscInt rows, PetscInt stride, PetscInt columns, const PetscReal table[], KarRowFn *fn, KarEstimate *estimate)
{
  PetscReal *sum, *mean, *without, centre = 0, spread = 0;

  PetscFunctionBegin;
  PetscCall(PetscCalloc3(columns, &sum, columns, &mean, rows, &without));
  for (PetscInt i = 0; i < rows; i++)
    for (PetscInt c = 0; c < columns; c++) sum[c] += table[i * stride + c];
  for (PetscInt c = 0; c < columns; c++) mean[c] = sum[c] / (PetscReal)rows;
  estimate->value = fn(mean);
  estimate->error = 0;
  if (rows > 1) {
    for (PetscInt i = 0; i < rows; i++) {
      for (PetscInt c = 0; c < columns; c++) mean[c] = (sum[c] - table[i * stride + c]) / (PetscReal)(rows - 1);
      without[i] = fn(mean);
      centre += without[i] / (PetscReal)rows;
    }
    for (PetscInt i = 0; i < rows; i++) spread += PetscSqr(without[i] - centre);
    estimate->error = PetscSqrtReal(spread * (PetscReal)(rows - 1) / (PetscReal)rows);
  }
  PetscCall(PetscFree3(sum, mean, without));
  PetscFunctionReturn(PETSC_SUCCESS);
}

KarEstimate kar_ratio(KarEstimate a, KarEstimate b)
{
  KarEstimate ratio;

  ratio.value = a.value / b.value;
  ratio.error = PetscSqrtReal(PetscSqr(a.error / b.value) + PetscSqr(ratio.value * b.error / b.value));
  return ratio;
}
