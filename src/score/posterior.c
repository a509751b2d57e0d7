/* A law given data y = H u + e, by guidance without a derivative of the denoiser:
     D' = D + Gamma H* (H Gamma H* + R)^-1 (y - H D),   Gamma = C S/(a^2 C + S) of the data's spectrum C
   E[X_0 | X_t, y] where the prior is Gaussian; elsewhere Gamma stands for the covariance of X_0 given X_t. Samplers
   start from the noised posterior of the Gaussian law of the same mean and spectrum. Where H is not linear its
   derivative at D stands for it, and samplers start from the law without data. */
#include "posteriorimpl.h"

static PetscErrorCode Denoise(KarScore score, PetscReal t, Vec x, Vec d)
{
  Posterior    *p = score->context;
  KarInnovation innovation;

  PetscFunctionBegin;
  PetscCall(KarScoreDenoise(p->prior, t, x, d));
  if (p->guidance == KAR_GUIDANCE_PIGDM || p->jacobian) {
    PetscCall(KarPosteriorGuideByDerivative(p, t, x, d));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  if (p->guidance == KAR_GUIDANCE_NOISED) {
    PetscCall(KarPosteriorGuideNoised(p, t, x, d));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarLevelsGet(p->levels, t, &innovation));
  PetscCall(KarInnovationLinearise(innovation, d, p->y, p->e, NULL));
  PetscCall(KarInnovationCorrect(innovation, p->e, d));
  PetscCall(KarLevelsDropRest(p->levels, d));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Start(KarScore score, PetscReal t, KarKey key, Vec x)
{
  Posterior *p = score->context;

  PetscFunctionBegin;
  PetscCall(KarLevelsSampleStart(p->levels, p->y, t, key, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarScore score)
{
  Posterior *p = score->context;

  PetscFunctionBegin;
  KarCheck(score->comm, p->prior, PETSC_ERR_ORDER,
           "a score of type posterior needs data: take karhunen posterior -obs_data FILE, or in a program "
           "KarScoreCreatePosterior()");
  if (!p->levels) PetscCall(KarLevelsCreate(p->prior, p->obs, &p->levels));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode View(KarScore score, PetscViewer viewer)
{
  Posterior *p = score->context;

  PetscFunctionBegin;
  PetscCall(KarScoreView(p->prior, viewer));
  PetscCall(KarObservationView(p->obs, viewer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarScore score)
{
  Posterior *p = score->context;

  PetscFunctionBegin;
  PetscCall(KarPosteriorGuidanceDestroy(p));
  PetscCall(KarLevelsDestroy(&p->levels));
  PetscCall(VecDestroy(&p->y));
  PetscCall(VecDestroy(&p->e));
  PetscCall(KarObservationDestroy(&p->obs));
  PetscCall(KarScoreDestroy(&p->prior));
  PetscCall(PetscFree(p));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScorePosteriorSetRest(KarScore score, const PetscReal rest[])
{
  Posterior *p = score->context;

  PetscFunctionBegin;
  PetscCall(KarScoreSetUp(score));
  PetscCall(KarLevelsSetRest(p->levels, rest));
  p->rest = PETSC_TRUE;
  PetscCall(KarScorePosteriorSetGuidance(score, p->guidance, p->jacobian));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreCreate_Posterior(KarScore score)
{
  Posterior *p;

  PetscFunctionBegin;
  PetscCall(PetscNew(&p));
  score->context = p;
  score->ops     = (KarScoreOps){.denoise = Denoise, .setup = SetUp, .start = Start, .view = View, .destroy = Destroy};
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreCreatePosterior(KarScore prior, KarObservation obs, Vec y, KarScore *posterior)
{
  Posterior *p;
  Vec        mean;

  PetscFunctionBegin;
  PetscCall(KarScoreGetMean(prior, &mean));
  PetscCall(KarObservationSetUp(obs));
  PetscCall(KarScoreCreate(prior->sde, posterior));
  PetscCall(KarScoreSetType(*posterior, KARSCOREPOSTERIOR));
  p = (*posterior)->context;
  PetscCall(KarScoreReference(prior));
  PetscCall(KarObservationReference(obs));
  PetscCall(PetscObjectReference((PetscObject)y));
  PetscCall(VecDuplicate(y, &p->e));
  p->prior = prior;
  p->obs   = obs;
  p->y     = y;
  PetscCall(KarScoreSetDataCovariance(*posterior, prior->data));
  PetscCall(KarScoreSetMean(*posterior, mean));
  PetscFunctionReturn(PETSC_SUCCESS);
}
