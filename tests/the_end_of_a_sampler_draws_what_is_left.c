/* Data 10^8 times smoother than the noise keep their variance when the end of a sampler draws what the denoiser's
   mean leaves out: the exact variance of every mode of the default sampler is the law's to within 1 % (its own error
   on rougher modes), where the mean alone keeps p/(p + 1e-6 lambda) of it; on coarse ends, s/a = 0.1, too.  */
#include "ladder.h"

static PetscErrorCode Ends(KarSDEType type, PetscReal end, PetscBool draw, PetscReal *low, PetscReal *high)
{
  Ladder ladder;
  TS     ts;

  PetscFunctionBegin;
  PetscCall(LadderCreate(type, 9, 1e-8, 1, &ladder));
  PetscCall(KarSamplerCreate(ladder.score, &ts));
  PetscCall(KarSamplerSetEnd(ts, end));
  PetscCall(KarSamplerSetEndDraw(ts, draw));
  PetscCall(LadderBias(&ladder, ts, PETSC_TRUE, low, high));
  PetscCall(TSDestroy(&ts));
  PetscCall(LadderDestroy(&ladder));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  const KarSDEType types[] = {KARSDEVP, KARSDEFLOW, KARSDEVE};
  PetscReal        low, high;

  PetscFunctionBegin;
  for (int i = 0; i < 3; i++) {
    PetscCall(Ends(types[i], 1e-3, PETSC_FALSE, &low, &high));
    ClaimNear(low, 1e-8 / (1e-8 + 1e-6), 2e-3); /* the mean alone: what a user is warned of */
    PetscCall(Ends(types[i], 1e-3, PETSC_TRUE, &low, &high));
    Claim(low > 0.99 && high < 1.01, "%s: variances %g to %g of the law's", types[i], (double)low, (double)high);
    PetscCall(Ends(types[i], 0.1, PETSC_TRUE, &low, &high));
    Claim(low > 0.99 && high < 1.01, "%s, ended at s/a = 0.1: variances %g to %g of the law's", types[i], (double)low,
          (double)high);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
