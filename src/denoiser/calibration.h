/* A correction of the denoiser's linear part: D_k = (1 - r(|k|, s/a)) w x_k + o F_k, where r is the regression of o F
   on w x over the model's own fields x at that noise level. The network's part is then uncorrelated with its own mode,
   as it is for the true denoiser, and the second moments of every mode move as for Gaussian data: exactly. r is linear
   between its points, constant beyond them, and 0 for modes that the network's grid lacks: there F = 0. */
#pragma once

#include <karhunen/denoiser.h>

typedef struct {
  PetscInt   levels, bins;  /* 0 levels: no correction */
  PetscReal  low, high;     /* log(s/a) of the first and the last level */
  PetscReal  eta;           /* of the sampler */
  PetscReal  k1;            /* |k| between two bins, the first at 0 */
  PetscReal *r;             /* [levels][bins]; owned */
  float     *at;            /* |k|/k1 of each local mode; owned */
  PetscReal *now;           /* [bins]: r at the noise level of the last kar_calibration_time(); owned */
  PetscInt   level;         /* the level nearest to it */
  PetscReal *above, *below; /* [levels][bins]: sums that KarDenoiserCollect() asked for, or NULL; borrowed */
} KarCalibration;

/* Not collective. A copy of r; positions of the modes of fft. */
PetscErrorCode KarCalibrationCreate(KarFFT fft, PetscInt levels, PetscInt bins, PetscReal low, PetscReal high,
                                    PetscReal k1, const PetscReal r[], KarCalibration *calibration);
PetscErrorCode KarCalibrationDestroy(KarCalibration *calibration);
PetscErrorCode KarCalibrationSave(const KarCalibration *calibration, KarCheckpoint file);
/* No levels when the file has none. */
PetscErrorCode KarCalibrationLoad(KarFFT fft, KarCheckpoint file, KarCalibration *calibration);
/* Not collective; cannot fail. */
void kar_calibration_time(KarCalibration *calibration, PetscReal logratio);

/* Not collective; cannot fail. Adds a mode's (D - w x) (w x) and (w x)^2 to the sums, when they are asked for. */
static inline void kar_calibration_collect(KarCalibration *c, PetscInt i, PetscReal dx, PetscReal xx)
{
  const PetscInt b = (PetscInt)(c->at[i] + 0.5f);

  if (b == 0 || b >= c->bins) return;
  c->above[c->level * c->bins + b] += dx;
  c->below[c->level * c->bins + b] += xx;
}

/* r of local mode i. Not collective; cannot fail. */
static inline PetscReal kar_calibration(const KarCalibration *c, PetscInt i)
{
  PetscInt  b;
  PetscReal u;

  if (!c->levels) return 0;
  u = PetscMin((PetscReal)c->at[i], (PetscReal)(c->bins - 1));
  b = PetscMin((PetscInt)u, c->bins - 2);
  return c->now[b] + (u - (PetscReal)b) * (c->now[b + 1] - c->now[b]);
}
