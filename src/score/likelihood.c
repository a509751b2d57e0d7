/* The evidence lower bound of a field against N(m, C), the Gaussian law with the law's own mean and spectrum, whose
   denoiser is D_G = m + w (x_t - a m):
     log dmu/dmu_G (x) >= int sum_k a^2/S (E |D_G - x|^2 - E |D - x|^2)_k dlog(s/a)_k,   both at one noisy x_t = a x +
     s w.
   Only what D has beyond D_G counts, so that the sum over modes has a limit.  Modes with less than 1e-14 of the
   largest mode's variance are constants of the law (the mean of a vorticity) and have no density: they are left out. */
#include <karhunen/impl/score.h>
#include <karhunen/likelihood.h>

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
    PetscCall(Integrand(score, path, &first, c, 1e-14 * most, x, xt, d, &part));
    *nats += part * (high - low) / (PetscReal)evaluations;
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, nats, 1, MPIU_REAL, MPIU_SUM, score->comm));
  PetscCall(VecDestroy(&xt));
  PetscCall(VecDestroy(&d));
  PetscCall(PetscFree2(c, path));
  PetscFunctionReturn(PETSC_SUCCESS);
}
