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

/* sum (v - mean)^2 */
static PetscReal Spread(PetscInt n, const PetscReal v[])
{
  PetscReal mean = 0, spread = 0;

  for (PetscInt i = 0; i < n; i++) mean += v[i] / (PetscReal)n;
  for (PetscInt i = 0; i < n; i++) spread += PetscSqr(v[i] - mean);
  return spread;
}

PetscErrorCode KarStatsJackknife(PetscInt rows, PetscInt stride, PetscInt columns, const PetscReal table[],
                                 KarRowFn *fn, KarEstimate *estimate)
{
  PetscReal *sum, *mean, *without;

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
    }
    estimate->error = PetscSqrtReal(Spread(rows, without) * (PetscReal)(rows - 1) / (PetscReal)rows);
  }
  PetscCall(PetscFree3(sum, mean, without));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void ColumnMeans(PetscInt columns, KarColumns table, PetscReal mean[])
{
  for (PetscInt c = 0; c < columns; c++) {
    mean[c] = 0;
    for (PetscInt i = 0; i < table.rows; i++) mean[c] += table.first[i * table.stride + c] / (PetscReal)table.rows;
  }
}

PetscErrorCode KarStatsMeanRatio(PetscInt columns, KarColumns a, KarColumns b, KarEstimate *ratio)
{
  const PetscReal n = (PetscReal)a.rows, m = (PetscReal)b.rows;
  PetscReal      *ma, *mb, *of_a, *without_b, error2 = 0;

  PetscFunctionBegin;
  PetscCall(PetscCalloc4(columns, &ma, columns, &mb, a.rows, &of_a, b.rows, &without_b));
  ColumnMeans(columns, a, ma);
  ColumnMeans(columns, b, mb);
  ratio->value = 0;
  for (PetscInt c = 0; c < columns; c++) {
    ratio->value += ma[c] / mb[c] / (PetscReal)columns;
    for (PetscInt i = 0; i < a.rows; i++) of_a[i] += a.first[i * a.stride + c] / mb[c] / (PetscReal)columns;
    for (PetscInt i = 0; i < b.rows; i++)
      without_b[i] += ma[c] * (m - 1) / (m * mb[c] - b.first[i * b.stride + c]) / (PetscReal)columns;
  }
  if (a.rows > 1) error2 += Spread(a.rows, of_a) / (n * (n - 1));
  if (b.rows > 1) error2 += Spread(b.rows, without_b) * (m - 1) / m;
  ratio->error = PetscSqrtReal(error2);
  PetscCall(PetscFree4(ma, mb, of_a, without_b));
  PetscFunctionReturn(PETSC_SUCCESS);
}

KarEstimate kar_ratio(KarEstimate a, KarEstimate b)
{
  KarEstimate ratio;

  ratio.value = a.value / b.value;
  ratio.error = PetscSqrtReal(PetscSqr(a.error / b.value) + PetscSqr(ratio.value * b.error / b.value));
  return ratio;
}
