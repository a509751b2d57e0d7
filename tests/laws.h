/* The laws and data on the unit circle that posteriors are judged by: noise matern alpha 1, tau 6, variance 1. */
#pragma once

#include "problem.h"

#include <math.h>
#include <string.h>

typedef struct {
  KarFFT   fft;
  KarSDE   sde;
  KarScore score;
} CircleLaw;

/* The coordinates sqrt 2 cos(2 pi k x) and sqrt 2 sin(2 pi k x) of a mean; a stored imaginary part is that of -sin. */
PETSC_UNUSED static PetscErrorCode CircleMean(KarFFT fft, const PetscReal cosine[3], const PetscReal sine[3], Vec *mean)
{
  const KarModes *m;
  PetscScalar    *a;
  KarMode         mode;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(KarFFTCreateCoordinates(fft, mean));
  PetscCall(VecGetArray(*mean, &a));
  for (PetscInt j = 0; j < m->rows * m->length; j++) {
    kar_mode(m, 0, j, &mode);
    if (mode.index[0] < 1 || mode.index[0] > 2) continue;
    a[mode.offset]     = cosine[mode.index[0]];
    a[mode.offset + 1] = -sine[mode.index[0]];
  }
  PetscCall(VecRestoreArray(*mean, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_UNUSED static PetscErrorCode CircleMatern(KarFFT fft, PetscReal alpha, PetscReal variance, KarCov *cov)
{
  PetscFunctionBegin;
  PetscCall(KarCovCreate(fft, cov));
  PetscCall(KarCovSetType(*cov, KARCOVMATERN));
  PetscCall(KarCovSetParameter(*cov, "alpha", alpha));
  PetscCall(KarCovSetParameter(*cov, "tau", 6));
  PetscCall(KarCovSetVariance(*cov, variance));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* "G": Gaussian; "M1": two means +-0.6 on the cosine of mode 1, weights 0.3 and 0.7; "M2": a profile at eight places.
   */
PETSC_UNUSED static PetscErrorCode CircleLawCreate(const char name[], PetscInt n, CircleLaw *law)
{
  const PetscInt count = !strcmp(name, "G") ? 0 : !strcmp(name, "M1") ? 2 : 8;
  KarCov         noise, data;
  Vec            mean;

  PetscFunctionBegin;
  PetscCall(ProblemFFT(PETSC_COMM_WORLD, 1, &n, &law->fft));
  PetscCall(CircleMatern(law->fft, 1, 1, &noise));
  PetscCall(CircleMatern(law->fft, 2, count == 0 ? 1 : count == 2 ? 0.5 : 0.1, &data));
  PetscCall(KarSDECreate(noise, &law->sde));
  PetscCall(KarSDESetType(law->sde, KARSDEVP));
  PetscCall(KarScoreCreate(law->sde, &law->score));
  PetscCall(KarScoreSetType(law->score, count ? KARSCOREMIXTURE : KARSCOREGAUSSIAN));
  PetscCall(KarScoreSetDataCovariance(law->score, data));
  for (PetscInt j = 0; j < count; j++) {
    const PetscReal phi = 2 * PETSC_PI * (PetscReal)j / 8, c[3] = {0, 0.7 * cos(phi), 0.35 * cos(2 * phi)},
                    s[3]   = {0, 0.7 * sin(phi), 0.35 * sin(2 * phi)};
    const PetscReal two[3] = {0, j ? 0.6 : -0.6, 0}, none[3] = {0, 0, 0};

    PetscCall(CircleMean(law->fft, count == 2 ? two : c, count == 2 ? none : s, &mean));
    PetscCall(KarScoreMixtureAdd(law->score, count == 8 ? 1 : j ? 0.7 : 0.3, mean));
    PetscCall(VecDestroy(&mean));
  }
  PetscCall(KarCovDestroy(&noise));
  PetscCall(KarCovDestroy(&data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_UNUSED static PetscErrorCode CircleLawDestroy(CircleLaw *law)
{
  PetscFunctionBegin;
  PetscCall(KarScoreDestroy(&law->score));
  PetscCall(KarSDEDestroy(&law->sde));
  PetscCall(KarFFTDestroy(&law->fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* "points": x = 3, 4, 5, 11, 12, 14 sixteenths, noise 0.2; "average": four boxes of a quarter, 0.05; "one": x = 1/4,
   0.1.
   y_i = sin(1 + 2 i)/2. */
PETSC_UNUSED static PetscErrorCode CircleData(KarFFT fft, const char name[], KarObservation *obs, Vec *y)
{
  const PetscReal six[6]  = {3. / 16, 4. / 16, 5. / 16, 11. / 16, 12. / 16, 14. / 16},
                  four[4] = {1. / 8, 3. / 8, 5. / 8, 7. / 8}, quarter = 0.25;
  PetscReal values[6];
  PetscInt  m;

  PetscFunctionBegin;
  PetscCall(KarObservationCreate(fft, obs));
  PetscCall(KarObservationSetType(*obs, !strcmp(name, "average") ? KAROBSERVATIONAVERAGE : KAROBSERVATIONPOINTS));
  PetscCall(KarObservationSetParameter(*obs, "width", 0.25));
  PetscCall(KarObservationSetParameter(*obs, "noise",
                                       !strcmp(name, "points")    ? 0.2
                                       : !strcmp(name, "average") ? 0.05
                                                                  : 0.1));
  if (!strcmp(name, "points")) PetscCall(KarObservationSetPlaces(*obs, 6, six, NULL));
  else if (!strcmp(name, "average")) PetscCall(KarObservationSetPlaces(*obs, 4, four, NULL));
  else PetscCall(KarObservationSetPlaces(*obs, 1, &quarter, NULL));
  PetscCall(KarObservationCreateData(*obs, y));
  PetscCall(KarObservationGetSize(*obs, &m));
  for (PetscInt i = 0; i < m; i++) values[i] = 0.5 * sin(1 + 2 * (PetscReal)i);
  PetscCall(KarObservationSetData(*obs, m, values, *y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* log N(x; m, c) but for what does not depend on m, of this rank's coordinates; all: with the determinant. */
PETSC_UNUSED static PetscReal CircleLogDensity(const KarModes *m, const PetscReal c[], const PetscScalar x[],
                                               const PetscScalar mean[])
{
  PetscReal sum = 0;
  KarMode   mode;

  for (PetscInt j = 0; j < m->rows * m->length; j++) {
    kar_mode(m, 0, j, &mode);
    if (mode.nyquist || c[j] <= 0) continue;
    for (PetscInt q = mode.offset; q < mode.offset + (mode.self ? 1 : m->width); q++)
      sum -= 0.5 * (PetscSqr(x[q] - mean[q]) / c[j] + PetscLogReal(c[j]));
  }
  return sum;
}

/* Field i of the mixture. */
PETSC_UNUSED static PetscErrorCode CircleDraw(CircleLaw *law, PetscInt i, Vec x)
{
  const PetscReal *w;
  KarCov           data;
  PetscInt         n;
  Vec             *mean;

  PetscFunctionBegin;
  PetscCall(KarScoreGetDataCovariance(law->score, &data));
  PetscCall(KarCovSample(data, (KarKey){.seed = 11, .sample = i, .stream = KAR_STREAM_DATA}, x));
  PetscCall(KarScoreMixtureGet(law->score, &n, &w, &mean));
  PetscCall(VecAXPY(x, 1, mean[i % n]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* log of the mixture's density over that of N(mean, c). */
PETSC_UNUSED static PetscErrorCode CircleLogRatio(CircleLaw *law, Vec x, PetscReal *value)
{
  const PetscReal   *w, *c0;
  const PetscScalar *in, *m;
  const KarModes    *modes;
  PetscReal          part[9], most = -PETSC_MAX_REAL, sum = 0, *c;
  KarCov             data;
  PetscInt           n;
  Vec               *mean, all;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(law->fft, &modes));
  PetscCall(KarScoreGetDataCovariance(law->score, &data));
  PetscCall(KarCovGetEigenvalues(data, &c0));
  PetscCall(KarScoreMixtureGet(law->score, &n, &w, &mean));
  PetscCall(PetscMalloc1(modes->rows * modes->length, &c));
  PetscCall(KarScoreGetSpectrum(law->score, c));
  PetscCall(KarScoreGetMean(law->score, &all));
  PetscCall(VecGetArrayRead(x, &in));
  for (PetscInt j = 0; j <= n; j++) {
    Vec of = j < n ? mean[j] : all;

    PetscCall(VecGetArrayRead(of, &m));
    part[j] = CircleLogDensity(modes, j < n ? c0 : c, in, m);
    PetscCall(VecRestoreArrayRead(of, &m));
  }
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, part, (PetscMPIInt)n + 1, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  for (PetscInt j = 0; j < n; j++) most = PetscMax(most, part[j]);
  for (PetscInt j = 0; j < n; j++) sum += w[j] * PetscExpReal(part[j] - most);
  *value = most + PetscLogReal(sum) - part[n];
  PetscCall(PetscFree(c));
  PetscFunctionReturn(PETSC_SUCCESS);
}
