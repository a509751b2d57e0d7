/* The evidence lower bound of a field against the Gaussian law of the same mean and spectrum: 0 for a Gaussian law;
   over fields of a mixture of eight profiles, with its exact denoiser, on the mean the exact log density (64 fields,
   within 5 standard errors: false alarms 1 in 10^6; fixed seed); the same on four times the points; and fields of
   another law of about the same spectrum get fewer nats.  ranks: 1 2 */
#include "laws.h"

#include <karhunen/likelihood.h>

enum { FIELDS = 64, EVALUATIONS = 60 };

static PetscErrorCode Mixture(void)
{
  PetscReal       sum[2] = {0}, off[2] = {0}, elbo = 0, exact = 0, se, other = 0, fine[2] = {0};
  CircleLaw       law, four;
  PetscReal      *c;
  const KarModes *m;
  Vec             x, y;

  PetscFunctionBegin;
  PetscCall(CircleLawCreate("M2", 32, &law));
  PetscCall(CircleLawCreate("M2", 128, &four));
  PetscCall(KarScoreSetUp(law.score));
  PetscCall(KarScoreSetUp(four.score));
  PetscCall(KarFFTCreateCoordinates(law.fft, &x));
  PetscCall(KarFFTCreateCoordinates(four.fft, &y));
  PetscCall(KarFFTGetModes(law.fft, &m));
  PetscCall(PetscMalloc1(m->rows * m->length, &c));
  PetscCall(KarScoreGetSpectrum(law.score, c));
  for (PetscInt i = 0; i < FIELDS; i++) {
    const KarKey key = {.seed = 1, .sample = i};

    PetscCall(CircleDraw(&law, i, x));
    PetscCall(CircleLogRatio(&law, x, &exact));
    PetscCall(KarScoreElbo(law.score, EVALUATIONS, key, x, &elbo));
    sum[0] += exact / FIELDS, sum[1] += elbo / FIELDS;
    off[0] += (elbo - exact) / FIELDS, off[1] += PetscSqr(elbo - exact) / FIELDS;
    if (i >= 8) continue;
    PetscCall(CircleDraw(&four, i, y));
    fine[0] += elbo / 8;
    PetscCall(KarScoreElbo(four.score, EVALUATIONS, key, y, &elbo));
    fine[1] += elbo / 8;
    PetscCall(
      KarFFTFillNormalScaled(law.fft, (KarKey){.seed = 3, .sample = i}, c, x)); /* Gaussian, of the same spectrum */
    PetscCall(KarScoreElbo(law.score, EVALUATIONS, key, x, &elbo));
    other += elbo / 8;
  }
  se = PetscSqrtReal((off[1] - off[0] * off[0]) / FIELDS);
  Claim(PetscAbsReal(off[0]) <= 5 * se && se < 0.5,
        "elbo %g on the mean, log density %g, standard error of the difference %g", (double)sum[1], (double)sum[0],
        (double)se);
  Claim(PetscAbsReal(fine[0] - fine[1]) < 0.02 * PetscAbsReal(fine[0]), "%g nats on 32 points, %g on 128",
        (double)fine[0], (double)fine[1]);
  Claim(other < sum[1] - 2, "fields of another law get %g nats, its own %g", (double)other, (double)sum[1]);
  PetscCall(PetscFree(c));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&y));
  PetscCall(CircleLawDestroy(&law));
  PetscCall(CircleLawDestroy(&four));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Gaussian(void)
{
  PetscReal elbo = 0;
  CircleLaw law;
  KarCov    data;
  Vec       x;

  PetscFunctionBegin;
  PetscCall(CircleLawCreate("G", 32, &law));
  PetscCall(KarFFTCreateCoordinates(law.fft, &x));
  PetscCall(KarScoreGetDataCovariance(law.score, &data));
  PetscCall(KarCovSample(data, (KarKey){.seed = 2}, x));
  PetscCall(KarScoreElbo(law.score, EVALUATIONS, (KarKey){.seed = 1}, x, &elbo));
  ClaimNear(elbo, 0, 1e-8);
  PetscCall(VecDestroy(&x));
  PetscCall(CircleLawDestroy(&law));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(Gaussian());
  PetscCall(Mixture());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
