/* What the files of the posterior score share. */
#pragma once

#include <karhunen/impl/score.h>
#include <karhunen/posterior.h>
#include <petscksp.h>

typedef struct {
  KarScore       prior; /* owned references */
  KarObservation obs;
  Vec            y, e;
  KarLevels      levels, noised; /* noised: where it is asked for */
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
PetscErrorCode KarPosteriorGuidanceDestroy(Posterior *posterior);
