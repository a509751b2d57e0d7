/* The log density of a field along the probability flow, on the unit circle, of mixtures whose density is known (noise
   matern alpha 1, data matern alpha 2, tau 6): two means -+.6 on a cosine; a profile at eight places. The Gaussian law
   beside them has the spectrum of |k|: a cosine and a sine share their variance. */
#include "validate.h"

#include <karhunen/likelihood.h>

#include <math.h>

/* The coordinates of a field from its cosines and sines of modes 1 and 2, and its mean. */
static PetscErrorCode Field(KarFFT fft, PetscReal zero, const PetscReal cosine[2], const PetscReal sine[2], Vec *x)
{
  const KarModes *m;
  PetscScalar    *a;
  KarMode         mode;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(KarFFTCreateCoordinates(fft, x));
  PetscCall(VecGetArray(*x, &a));
  for (PetscInt j = 0; j < m->rows * m->length; j++) {
    kar_mode(m, 0, j, &mode);
    if (mode.index[0] == 0) a[mode.offset] = zero;
    if (mode.index[0] < 1 || mode.index[0] > 2) continue;
    a[mode.offset]     = cosine[mode.index[0] - 1];
    a[mode.offset + 1] = -sine[mode.index[0] - 1];
  }
  PetscCall(VecRestoreArray(*x, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Matern(KarFFT fft, PetscReal alpha, PetscReal variance, KarCov *cov)
{
  PetscFunctionBegin;
  PetscCall(KarCovCreate(fft, cov));
  PetscCall(KarCovSetType(*cov, KARCOVMATERN));
  PetscCall(KarCovSetParameter(*cov, "alpha", alpha));
  PetscCall(KarCovSetParameter(*cov, "tau", 6));
  PetscCall(KarCovSetVariance(*cov, variance));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* M1 of two components, M2 of eight, on n points, each rank for itself. */
static PetscErrorCode Law(PetscInt components, PetscInt n, KarFFT *fft, KarScore *score)
{
  KarGrid grid;
  KarCov  noise, data;
  KarSDE  sde;
  Vec     mean;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_SELF, &grid));
  PetscCall(KarGridSetSizes(grid, 1, &n, NULL));
  PetscCall(KarFFTCreate(grid, fft));
  PetscCall(Matern(*fft, 1, 1, &noise));
  PetscCall(Matern(*fft, 2, components == 2 ? 0.5 : 0.1, &data));
  PetscCall(KarSDECreate(noise, &sde));
  PetscCall(KarSDESetType(sde, KARSDEVP));
  PetscCall(KarScoreCreate(sde, score));
  PetscCall(KarScoreSetType(*score, KARSCOREMIXTURE));
  PetscCall(KarScoreSetDataCovariance(*score, data));
  for (PetscInt j = 0; j < components; j++) {
    const PetscReal phi = 2 * PETSC_PI * (PetscReal)j / 8, two[2] = {j ? 0.6 : -0.6, 0}, none[2] = {0, 0},
                    c[2] = {0.7 * cos(phi), 0.35 * cos(2 * phi)}, s[2] = {0.7 * sin(phi), 0.35 * sin(2 * phi)};

    PetscCall(Field(*fft, 0, components == 2 ? two : c, components == 2 ? none : s, &mean));
    PetscCall(KarScoreMixtureAdd(*score, components == 8 ? 1 : j ? 0.7 : 0.3, mean));
    PetscCall(VecDestroy(&mean));
  }
  PetscCall(KarSDEDestroy(&sde));
  PetscCall(KarCovDestroy(&noise));
  PetscCall(KarCovDestroy(&data));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Nats of the field (.1, .5, -.2, .05); by probes alone where exact is 0. */
static PetscErrorCode Nats(PetscInt components, PetscInt n, PetscInt steps, PetscInt exact, PetscReal *nats,
                           PetscReal *error)
{
  const PetscReal cosine[2] = {0.5, 0.05}, sine[2] = {-0.2, 0};
  KarScore        score;
  KarFFT          fft;
  Vec             x;

  PetscFunctionBegin;
  PetscCall(Law(components, n, &fft, &score));
  PetscCall(KarScoreSetUp(score));
  PetscCall(Field(fft, 0.1, cosine, sine, &x));
  PetscCall(KarScoreDensity(score, steps, exact, 1, (KarKey){.seed = 1}, x, nats, error));
  PetscCall(VecDestroy(&x));
  PetscCall(KarScoreDestroy(&score));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode ValidateDensityRows(Validate *v)
{
  PetscReal ours, error, theirs, ignored;

  PetscFunctionBegin;
  PetscCall(Nats(2, 32, 80, 5, &ours, &error));
  PetscCall(ValidateAddFact(v, "nats of a field, two profiles, 80 steps", 0.66147928, ours, error, NAN, ""));
  PetscCall(Nats(8, 32, 80, 5, &ours, &error));
  PetscCall(Nats(8, 32, 80, 0, &theirs, &ignored));
  PetscCall(ValidateAddFact(v, "nats of a field, eight profiles, 80 steps", -18.27038421, ours, error, theirs,
                            "a random probe alone, no exact modes"));
  PetscCall(Nats(8, 128, 80, 5, &ours, &error));
  PetscCall(ValidateAddFact(v, "the same on four times the points", -18.27038421, ours, error, NAN, ""));
  PetscFunctionReturn(PETSC_SUCCESS);
}
