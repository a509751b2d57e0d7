/* Draws of the exact posterior have the nominal coverage in every band, an error as large as their spread and uniform
   ranks; the same draws brought to 0.8 of their distance from the posterior's mean are found too narrow, by 22 %. By a
   fixed seed: 300 truths of 7 draws, within 4.5 standard errors, ranks at 1e-3 of 6 numbers: another seed fails one
   time in a hundred. ranks: 1 */
#include "laws.h"

#include <karhunen/ensemble.h>

enum { TRUTHS = 300, DRAWS = 7 };

static PetscErrorCode Fill(const CircleLaw *law, PetscReal shrink, KarEnsemble ensemble)
{
  const PetscReal six[6] = {3. / 16, 4. / 16, 5. / 16, 11. / 16, 12. / 16, 14. / 16};
  KarObservation  obs;
  KarPosterior    posterior;
  KarCov          cov;
  Vec             y, truth, mean, *draw;

  PetscFunctionBegin;
  PetscCall(KarScoreGetDataCovariance(law->score, &cov));
  PetscCall(KarObservationCreate(law->fft, &obs));
  PetscCall(KarObservationSetPlaces(obs, 6, six, NULL));
  PetscCall(KarObservationSetParameter(obs, "noise", 0.2));
  PetscCall(KarObservationCreateData(obs, &y));
  PetscCall(KarFFTCreateCoordinates(law->fft, &truth));
  PetscCall(VecDuplicate(truth, &mean));
  PetscCall(VecDuplicateVecs(truth, DRAWS, &draw));
  for (PetscInt i = 0; i < TRUTHS; i++) {
    PetscCall(KarCovSetUp(cov));
    PetscCall(KarCovSample(cov, (KarKey){.seed = 5, .sample = i, .stream = KAR_STREAM_TEST}, truth));
    PetscCall(KarObservationSample(obs, (KarKey){.seed = 6, .sample = i}, truth, y));
    PetscCall(KarPosteriorCreate(law->score, obs, y, &posterior));
    PetscCall(KarPosteriorGetMean(posterior, mean));
    for (PetscInt j = 0; j < DRAWS; j++) {
      PetscCall(KarPosteriorSample(posterior, (KarKey){.seed = 7, .sample = i * DRAWS + j}, draw[j]));
      PetscCall(VecAXPBY(draw[j], 1 - shrink, shrink, mean));
    }
    PetscCall(KarEnsembleAdd(ensemble, truth, DRAWS, draw));
    PetscCall(KarPosteriorDestroy(&posterior));
  }
  PetscCall(VecDestroyVecs(DRAWS, &draw));
  PetscCall(VecDestroy(&mean));
  PetscCall(VecDestroy(&truth));
  PetscCall(VecDestroy(&y));
  PetscCall(KarObservationDestroy(&obs));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Check(PetscReal shrink)
{
  const KarEnsembleInfo *info;
  KarEnsemble            ensemble;
  CircleLaw              law;

  PetscFunctionBegin;
  PetscCall(CircleLawCreate("G", 32, &law));
  PetscCall(KarEnsembleCreate(law.fft, 1, &ensemble));
  PetscCall(Fill(&law, shrink, ensemble));
  PetscCall(KarEnsembleFinish(ensemble, &info));
  ClaimNear(info->nominal, 0.75, 1e-12);
  for (PetscInt b = 0; b < info->bands; b++) {
    const KarEnsembleBand *band = &info->band[b];
    /* of 7 draws the mean's own variance is 1/7 of the spread, and shrinks with it */
    const PetscReal right = PetscSqrtReal((1 + shrink * shrink / DRAWS) / (shrink * shrink * (1 + 1. / DRAWS)));

    printf("%g to %g: coverage %.3f +- %.3f, error over spread %.3f +- %.3f, rightly %.3f\n", (double)band->first,
           (double)band->end, (double)band->coverage.value, (double)band->coverage.error, (double)band->ratio.value,
           (double)band->ratio.error, (double)right);
    ClaimNear(band->ratio.value, right, 4.5 * band->ratio.error);
    if (shrink == 1) ClaimNear(band->coverage.value, info->nominal, 4.5 * band->coverage.error);
    else
      Claim(band->coverage.value < info->nominal - 4.5 * band->coverage.error, "draws that are too narrow cover %g",
            (double)band->coverage.value);
  }
  for (PetscInt f = 0; f < info->functionals && shrink == 1; f++)
    Claim(info->rank[f].p > 1e-3, "ranks of the %s: p = %g", info->rank[f].name, (double)info->rank[f].p);
  PetscCall(KarEnsembleDestroy(&ensemble));
  PetscCall(CircleLawDestroy(&law));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(Check(1));
  PetscCall(Check(0.8));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
