/* The denoiser of values at places as a score, on the line of its pencil. */
#include <karhunen/impl/score.h>
#include <karhunen/placedscore.h>

static PetscErrorCode Denoise(KarScore score, PetscReal t, Vec x, Vec d)
{
  PetscFunctionBegin;
  PetscCall(KarPlacedApply((KarPlacedSet)score->context, t, x, d));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreCreatePlaced(KarPlacedSet set, KarScore *score)
{
  KarPencil pencil;
  KarSDE    sde;
  KarCov    data, noise;

  PetscFunctionBegin;
  PetscCall(KarPlacedSetGet(set, &pencil, &sde));
  PetscCall(KarPencilGetCovariances(pencil, &data, &noise));
  PetscCall(KarScoreCreate(sde, score));
  PetscCall(PetscStrncpy((*score)->type, "places", sizeof((*score)->type)));
  (*score)->ops     = (KarScoreOps){.denoise = Denoise};
  (*score)->context = set;
  (*score)->loaded  = PETSC_TRUE;
  PetscCall(KarScoreSetDataCovariance(*score, data));
  PetscFunctionReturn(PETSC_SUCCESS);
}
