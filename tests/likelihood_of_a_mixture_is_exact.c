/* The density along the probability flow, against the Gaussian law of the same spectrum: 0 for a Gaussian law to
   1e-11; of a mixture of eight profiles at two fields far from all of them -18.27038 and -14.48752 within 0.03 in 80
   steps, and typical fields within 0.01 in 60, a mixture of two within 1e-4; the same on four times
   the points; five exact coordinates leave the probes nothing; probes alone are within 5 of their
   standard errors; differences do where a law has no derivative;
   against another Gaussian law, the known ratio of both; a law in the plane, where modes are stored in pairs.
   ranks: 1 3 4 */
#include "laws.h"
#include "problem.h"

#include <karhunen/impl/score.h>
#include <karhunen/likelihood.h>

/* Fields 0 and 1 of the reference numbers: mode 0, cos and sin of mode 1, cos of mode 2. */
static PetscErrorCode Field(KarFFT fft, int which, Vec *x)
{
  const PetscReal cosine[2][3] = {{0, .5, .05}, {0, -.45, .1}}, sine[2][3] = {{0, -.2, 0}, {0, .3, 0}},
                  zero[2] = {.1, -.2};
  const KarModes *m;
  PetscScalar    *a;

  PetscFunctionBegin;
  PetscCall(CircleMean(fft, cosine[which], sine[which], x));
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(VecGetArray(*x, &a));
  if (m->start == 0) a[0] = zero[which];
  PetscCall(VecRestoreArray(*x, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Far(const char name[], PetscInt n, const PetscReal expected[2], PetscReal tolerance)
{
  PetscReal exact, nats, error;
  CircleLaw law;
  Vec       x;

  PetscFunctionBegin;
  PetscCall(CircleLawCreate(name, n, &law));
  PetscCall(KarScoreSetUp(law.score));
  for (int which = 0; which < (n > 32 ? 1 : 2); which++) {
    PetscCall(Field(law.fft, which, &x));
    PetscCall(CircleLogRatio(&law, x, &exact));
    if (expected) ClaimNear(exact, expected[which], 1e-6);
    PetscCall(KarScoreDensity(law.score, 80, 5, 1, (KarKey){.seed = 1}, x, &nats, &error));
    Claim(PetscAbsReal(nats - exact) < tolerance && error < 1e-9,
          "%s on %" PetscInt_FMT " points, field %d: %.8f +- %g, exact %.8f", name, n, which, (double)nats,
          (double)error, (double)exact);
    PetscCall(VecDestroy(&x));
  }
  PetscCall(CircleLawDestroy(&law));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Typical(void)
{
  PetscReal exact, nats, error, other;
  CircleLaw law;
  Vec       x;

  PetscFunctionBegin;
  PetscCall(CircleLawCreate("M2", 32, &law));
  PetscCall(KarScoreSetUp(law.score));
  PetscCall(KarFFTCreateCoordinates(law.fft, &x));
  for (PetscInt i = 0; i < 2; i++) {
    const KarKey key = {.seed = 5, .sample = i};

    PetscCall(CircleDraw(&law, i, x));
    PetscCall(CircleLogRatio(&law, x, &exact));
    PetscCall(KarScoreDensity(law.score, 60, i ? 5 : 1000, 1, key, x, &nats, &error));
    ClaimNear(nats, exact, 1e-2);
    ClaimNear(error, 0, 1e-9);
    PetscCall(KarScoreDensity(law.score, 60, 0, 1, key, x, &nats, &error));
    Claim(PetscAbsReal(nats - exact) < 5 * error && error > .01 && error < 1, "by probes %g +- %g, exact %g",
          (double)nats, (double)error, (double)exact);
    if (i) continue;
    PetscCall(KarScoreDensity(law.score, 20, 5, 0, key, x, &nats, NULL));
    law.score->ops.covariance = NULL;
    PetscCall(KarScoreDensity(law.score, 20, 5, 0, key, x, &other, NULL));
    ClaimNear(other, nats, 1e-5);
  }
  PetscCall(VecDestroy(&x));
  PetscCall(CircleLawDestroy(&law));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Gaussian(void)
{
  PetscReal nats, error;
  CircleLaw law;
  KarCov    data;
  Vec       x;

  PetscFunctionBegin;
  PetscCall(CircleLawCreate("G", 32, &law));
  PetscCall(KarFFTCreateCoordinates(law.fft, &x));
  PetscCall(KarScoreGetDataCovariance(law.score, &data));
  PetscCall(KarCovSample(data, (KarKey){.seed = 2}, x));
  PetscCall(KarScoreDensity(law.score, 20, 4, 2, (KarKey){.seed = 1}, x, &nats, &error));
  ClaimNear(nats, 0, 1e-11);
  ClaimNear(error, 0, 1e-11);
  PetscCall(VecDestroy(&x));
  PetscCall(CircleLawDestroy(&law));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Against a law of four times the variance: sum over the 31 coordinates that vary of log 2 - x^2 (1 - 1/4)/(2 c). */
static PetscErrorCode Reference(void)
{
  PetscReal       nats, modes, c[32], v = 0, k[2] = {0, 300}, one[2] = {1, 1}, four[2] = {4, 4};
  const KarModes *m;
  CircleLaw       law;
  KarCov          data[2];
  KarScore        score[2];
  Vec             x;

  PetscFunctionBegin;
  PetscCall(CircleLawCreate("G", 32, &law));
  for (int j = 0; j < 2; j++) {
    PetscCall(KarCovCreate(law.fft, &data[j]));
    PetscCall(KarCovSetSpectrum(data[j], 2, k, j ? four : one));
    PetscCall(ProblemScore(law.sde, data[j], &score[j]));
    PetscCall(KarScoreSetUp(score[j]));
  }
  PetscCall(Field(law.fft, 0, &x));
  PetscCall(KarFFTGetModes(law.fft, &m));
  PetscCall(KarScoreGetSpectrum(score[0], c));
  if (m->rows * m->length > 1) v = c[1];
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &v, 1, MPIU_REAL, MPIU_MAX, PETSC_COMM_WORLD));
  PetscCall(KarScoreGaussianRatio(score[0], score[1], x, &nats, &modes));
  ClaimNear(modes, 31, 0);
  ClaimNear(nats, 31 * PetscLogReal(2.) - 0.3025 * 0.375 / v, 1e-12); /* .1^2 + .5^2 + .2^2 + .05^2 */
  PetscCall(KarScoreGaussianRatio(score[0], score[0], x, &nats, &modes));
  ClaimNear(nats, 0, 0);
  for (int j = 0; j < 2; j++) {
    PetscCall(KarScoreDestroy(&score[j]));
    PetscCall(KarCovDestroy(&data[j]));
  }
  PetscCall(VecDestroy(&x));
  PetscCall(CircleLawDestroy(&law));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Two means +- .8 on one cosine down the rows, which is stored with its conjugate: x is the only coordinate that
   counts, and with v its variance within, q the mean of both of its mode's numbers,
     log cosh(m x/v) - m^2/(2 v) - x^2/(2 v) + (x^2 + y^2)/(2 q) - y^2/(2 v) - log(v/q). */
static PetscErrorCode Plane(void)
{
  const PetscInt   n[2] = {8, 8};
  const PetscReal *c;
  PetscReal        own[3] = {0}, nats, error, v, q, exact;
  const KarModes  *m;
  KarMode          mode;
  PetscScalar     *a;
  CircleLaw        law;
  KarCov           noise, data;
  Vec              mean[2], x;

  PetscFunctionBegin;
  PetscCall(ProblemFFT(PETSC_COMM_WORLD, 2, n, &law.fft));
  PetscCall(CircleMatern(law.fft, 2, 1, &noise));
  PetscCall(CircleMatern(law.fft, 3, 1, &data));
  PetscCall(KarSDECreate(noise, &law.sde));
  PetscCall(KarScoreCreate(law.sde, &law.score));
  PetscCall(KarScoreSetType(law.score, KARSCOREMIXTURE));
  PetscCall(KarScoreSetDataCovariance(law.score, data));
  PetscCall(KarFFTCreateCoordinates(law.fft, &x));
  PetscCall(KarCovSample(data, (KarKey){.seed = 3}, x));
  PetscCall(KarCovGetEigenvalues(data, &c));
  PetscCall(KarFFTGetModes(law.fft, &m));
  for (int j = 0; j < 2; j++) {
    PetscCall(VecDuplicate(x, &mean[j]));
    PetscCall(VecSet(mean[j], 0));
    PetscCall(VecGetArray(mean[j], &a));
    for (PetscInt i = 0; i < m->rows * m->length; i++) {
      kar_mode(m, i / m->length, i % m->length, &mode);
      if (mode.index[0] == 1 && !mode.index[1]) a[mode.offset] = (j ? .8 : -.8) / PETSC_SQRT2;
    }
    PetscCall(VecRestoreArray(mean[j], &a));
    PetscCall(KarScoreMixtureAdd(law.score, 1, mean[j]));
    PetscCall(VecDestroy(&mean[j]));
  }
  PetscCall(VecGetArray(x, &a));
  for (PetscInt i = 0; i < m->rows * m->length; i++) {
    kar_mode(m, i / m->length, i % m->length, &mode);
    if (mode.index[0] == 1 && !mode.index[1] && mode.sign > 0)
      own[0] = a[mode.offset] * PETSC_SQRT2, own[1] = a[mode.offset + 1] * PETSC_SQRT2, own[2] = c[i];
  }
  PetscCall(VecRestoreArray(x, &a));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, own, 3, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  v = own[2], q = v + .8 * .8 / 2;
  exact = PetscLogReal((PetscExpReal(.8 * own[0] / v) + PetscExpReal(-.8 * own[0] / v)) / 2) - .32 / v -
          (own[0] * own[0] + own[1] * own[1]) * (1 / v - 1 / q) / 2 - PetscLogReal(v / q);
  PetscCall(KarScoreDensity(law.score, 80, 12, 1, (KarKey){.seed = 1}, x, &nats, &error));
  Claim(PetscAbsReal(nats - exact) < 1e-3 && error < 1e-9, "in the plane %.8f +- %g, exact %.8f", (double)nats,
        (double)error, (double)exact);
  PetscCall(KarScoreDensity(law.score, 80, 0, 4, (KarKey){.seed = 1}, x, &nats, &error));
  Claim(PetscAbsReal(nats - exact) < 5 * error + 1e-3 && error < .5, "in the plane by probes %.8f +- %g, exact %.8f",
        (double)nats, (double)error, (double)exact);
  PetscCall(VecDestroy(&x));
  PetscCall(KarCovDestroy(&noise));
  PetscCall(KarCovDestroy(&data));
  PetscCall(CircleLawDestroy(&law));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  const PetscReal here[2] = {-18.27038421, -14.48751664};

  PetscFunctionBegin;
  PetscCall(Gaussian());
  PetscCall(Reference());
  PetscCall(Far("M2", 32, here, .03));
  PetscCall(Far("M2", 128, NULL, .03));
  PetscCall(Far("M1", 32, NULL, 1e-4));
  PetscCall(Far("M1", 128, NULL, 1e-4));
  PetscCall(Typical());
  PetscCall(Plane());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
