/* What the files of the posterior score share. */
#pragma once

#include <karhunen/impl/score.h>
#include <karhunen/posterior.h>
#include <petscksp.h>

typedef struct {
  KarScore       prior; /* owned references */
  KarObservation obs;
  Vec            y, e;
  KarLevels      levels, noised[2]; /* noised: Gamma = S/a^2, and twice that; NULL: not asked for yet */
  KarGuidance    guidance;
  PetscBool      jacobian, rest; /* rest: there are modes that are drawn later */
  /* of guidance by the derivative: the system at (t, x), and its solver */
  KSP       ksp;
  Mat       M;
  Vec       z, w, v, x; /* x is borrowed while it is solved */
  PetscReal t, r2;      /* r2: of pigdm, over the points of the grid */
} Posterior;

/* Collective. d, the prior's denoised field, becomes that given data. */
PetscErrorCode KarPosteriorGuideByDerivative(Posterior *posterior, PetscReal t, Vec x, Vec d);
PetscErrorCode KarPosteriorGuideNoised(Posterior *posterior, PetscReal t, Vec x, Vec d);
/* Collective. H Gamma H* + R with S/a^2 for Gamma at time t, or twice that; borrowed. */
PetscErrorCode KarPosteriorGetNoised(Posterior *posterior, PetscBool twice, PetscReal t, KarInnovation *innovation);
PetscErrorCode KarPosteriorGuidanceDestroy(Posterior *posterior);

/* Collective. The steps of KarScorePosteriorStep(): by the law of X_t given data, and by the noised field's. */
PetscErrorCode KarPosteriorStepGiven(Posterior *p, PetscReal t, PetscReal c, PetscReal b, KarKey key, Vec x);
PetscErrorCode KarPosteriorStepNoised(Posterior *p, PetscBool level, PetscReal t, PetscReal c, PetscReal b, KarKey key,
                                      Vec x);
