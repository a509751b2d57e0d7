/* The evidence lower bound of a field against N(m, C), the Gaussian law with the law's own mean and spectrum, whose
   denoiser is D_G = m + w (x_t - a m):
     log dmu/dmu_G (x) >= int sum_k a^2/S (E |D_G - x|^2 - E |D - x|^2)_k dlog(s/a)_k,   both at one noisy x_t = a x +
     s w.
   Only what D has beyond D_G counts, so that the sum over modes has a limit.  Modes with less than 1e-14 of the
   largest mode's variance are constants of the law (the mean of a vorticity) and have no density: they are left out. */
#include <karhunen/impl/score.h>
#include <karhunen/likelihood.h>

#define CONSTANT 1e-14 /* of the largest variance: below it a mode is a constant */

/* d log(s/a)/dt. */
static PetscReal Speed(const KarPath *p)
{
  return p->ds2 / (2 * PetscSqr(p->s)) - p->da / p->a;
}

/* This rank's part of the integrand at one time, by d log(s/a) of mode 0. */
static PetscErrorCode Integrand(KarScore score, const KarPath path[], const KarPath *first, const PetscReal c[],
                                PetscReal least, Vec x, Vec xt, Vec d, PetscReal *sum)
{
  const PetscScalar *in, *noisy, *denoised, *mean = NULL;
  const PetscReal   *lambda;
  PetscInt           size, group;
  const KarModes    *m;
  KarCov             cov;

  PetscFunctionBegin;
  PetscCall(KarSDEGetCovariance(score->sde, &cov));
  PetscCall(KarCovGetEigenvalues(cov, &lambda));
  PetscCall(KarFFTGetModes(score->fft, &m));
  PetscCall(VecGetLocalSize(x, &size));
  group = m->dof * m->width;
  *sum  = 0;
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArrayRead(xt, &noisy));
  PetscCall(VecGetArrayRead(d, &denoised));
  if (score->mean) PetscCall(VecGetArrayRead(score->mean, &mean));
  for (PetscInt i = 0; i < m->rows * m->length; i++) {
    const PetscReal a = path[i].a, S = PetscSqr(path[i].s) * lambda[i], v = a * a * c[i] + S,
                    w = v > 0 ? a * c[i] / v : 0;

    for (PetscInt q = i * group; S > 0 && c[i] > least && q < (i + 1) * group; q++) {
      const PetscReal mu = mean ? mean[q] : 0, g = mu + w * (noisy[q] - a * mu);

      *sum += a * a / S * (g - denoised[q]) * (g + denoised[q] - 2 * in[q]) * Speed(&path[i]) / Speed(first);
    }
  }
  if (score->mean) PetscCall(VecRestoreArrayRead(score->mean, &mean));
  PetscCall(VecRestoreArrayRead(d, &denoised));
  PetscCall(VecRestoreArrayRead(xt, &noisy));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreElbo(KarScore score, PetscInt evaluations, KarKey key, Vec x, PetscReal *nats)
{
  const KarModes *m;
  PetscReal       T, t, low = PetscLogReal(1e-3), high, u[2], part = 0, most = 0, *c;
  KarPath         first, *path;
  Vec             xt, d, mean;

  PetscFunctionBegin;
  PetscCall(KarScoreSetUp(score));
  PetscCall(KarScoreGetMean(score, &mean));
  PetscCall(KarFFTGetModes(score->fft, &m));
  PetscCall(PetscMalloc2(m->rows * m->length, &c, m->rows * m->length, &path));
  PetscCall(KarScoreGetSpectrum(score, c));
  for (PetscInt i = 0; i < m->rows * m->length; i++) most = PetscMax(most, c[i]);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &most, 1, MPIU_REAL, MPIU_MAX, score->comm));
  PetscCall(KarSDEGetFinalTime(score->sde, &T));
  PetscCall(KarSDEGetLogSNR(score->sde, T, &high));
  high = PetscMin(-high / 2, PetscLogReal(1e6));
  PetscCall(VecDuplicate(x, &xt));
  PetscCall(VecDuplicate(x, &d));
  *nats      = 0;
  key.stream = KAR_STREAM_TEST;
  for (PetscInt i = 0; i < evaluations; i++) {
    key.step = i;
    kar_uniform_pair(key, 0, 0, 1, u);
    PetscCall(
      KarSDEFindTime(score->sde, -2 * (low + (high - low) * ((PetscReal)i + u[0]) / (PetscReal)evaluations), &t));
    PetscCall(KarSDEGetPath(score->sde, t, &first));
    PetscCall(KarSDEGetPathModes(score->sde, t, path));
    PetscCall(KarSDEAddNoise(score->sde, t, key, x, xt, NULL));
    PetscCall(KarScoreDenoise(score, t, xt, d));
    PetscCall(Integrand(score, path, &first, c, CONSTANT * most, x, xt, d, &part));
    *nats += part * (high - low) / (PetscReal)evaluations;
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, nats, 1, MPIU_REAL, MPIU_SUM, score->comm));
  PetscCall(VecDestroy(&xt));
  PetscCall(VecDestroy(&d));
  PetscCall(PetscFree2(c, path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Smallest variance of a mode that counts. */
static PetscErrorCode Least(KarScore score, const PetscReal c[], PetscReal *least)
{
  const KarModes *m;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(score->fft, &m));
  *least = 0;
  for (PetscInt i = 0; i < m->rows * m->length; i++) *least = PetscMax(*least, c[i]);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, least, 1, MPIU_REAL, MPIU_MAX, score->comm));
  *least *= CONSTANT;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* sum_k (log(c'/c) - |x - m|^2/c + |x - m'|^2/c')_k/2, and the number of coordinates in it. */
PetscErrorCode KarScoreGaussianRatio(KarScore score, KarScore other, Vec x, PetscReal *nats, PetscReal *modes)
{
  KarScore           of[2] = {score, other};
  PetscReal          least[2], sum[2] = {0, 0}, *c[2];
  const PetscScalar *in, *mean[2]     = {NULL, NULL};
  Vec                centre[2];
  const KarModes    *m;
  KarMode            mode;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(score->fft, &m));
  for (int j = 0; j < 2; j++) {
    PetscCall(PetscMalloc1(m->rows * m->length, &c[j]));
    PetscCall(KarScoreGetSpectrum(of[j], c[j]));
    PetscCall(Least(of[j], c[j], &least[j]));
    PetscCall(KarScoreGetMean(of[j], &centre[j]));
    if (centre[j]) PetscCall(VecGetArrayRead(centre[j], &mean[j]));
  }
  PetscCall(VecGetArrayRead(x, &in));
  for (PetscInt i = 0; i < m->rows * m->length; i++) {
    kar_mode(m, i / m->length, i % m->length, &mode);
    if (c[0][i] <= least[0] || c[1][i] <= least[1]) continue;
    sum[0] += m->dof * mode.weight * PetscLogReal(c[1][i] / c[0][i]) / 2;
    sum[1] += m->dof * mode.weight;
    for (PetscInt q = i * m->dof * m->width; q < (i + 1) * m->dof * m->width; q++)
      for (int j = 0; j < 2; j++) sum[0] += (j - 0.5) * PetscSqr(in[q] - (mean[j] ? mean[j][q] : 0)) / c[j][i];
  }
  PetscCall(VecRestoreArrayRead(x, &in));
  for (int j = 0; j < 2; j++) {
    if (centre[j]) PetscCall(VecRestoreArrayRead(centre[j], &mean[j]));
    PetscCall(PetscFree(c[j]));
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, 2, MPIU_REAL, MPIU_SUM, score->comm));
  *nats  = sum[0];
  *modes = sum[1];
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserElbo(KarDenoiser denoiser, PetscInt evaluations, KarKey key, Vec x, PetscReal *nats,
                               PetscReal *modes)
{
  PetscReal none;
  KarScore  score;

  PetscFunctionBegin;
  PetscCall(KarScoreCreateLearnt(denoiser, &score));
  PetscCall(KarScoreElbo(score, evaluations, key, x, nats));
  PetscCall(KarScoreGaussianRatio(score, score, x, &none, modes));
  PetscCall(KarScoreDestroy(&score));
  PetscFunctionReturn(PETSC_SUCCESS);
}
