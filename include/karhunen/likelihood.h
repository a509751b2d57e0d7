/* How probable a field is under a law: nats against the Gaussian law of the same mean and spectrum, the only density
   that has a limit as the grid is refined. A header of the room score. Level 6. */
#pragma once

#include <karhunen/score.h>

/* Collective. An estimate, by key, of the evidence lower bound of log dmu/dmu_G (x) from this many evaluations of the
   denoiser, stratified in log(s/a) from 1e-3 to the process's end: 0 for a Gaussian law; its mean over the law's own
   fields is that of log dmu/dmu_G for an exact denoiser. */
PETSC_EXTERN PetscErrorCode KarScoreElbo(KarScore score, PetscInt evaluations, KarKey key, Vec x, PetscReal *nats);
/* Collective. The density itself, log dmu/dmu_G (x), along the probability flow in this many Runge-Kutta steps, each of
   4 (1 + exact + probes) evaluations, one with a derivative. The trace is exact on the `exact` coordinates of largest
   variance; probes see the rest, by key, and *error is their standard error (may be NULL; 0 where nothing is left). */
PETSC_EXTERN PetscErrorCode KarScoreDensity(KarScore score, PetscInt steps, PetscInt exact, PetscInt probes, KarKey key,
                                            Vec x, PetscReal *nats, PetscReal *error);
/* Collective. log dG/dG' (x) of the Gaussian laws G of score and G' of other, of one grid, each of its law's mean and
   spectrum, over the *modes coordinates that vary in both: nats against G and this are nats against G'. */
PETSC_EXTERN PetscErrorCode KarScoreGaussianRatio(KarScore score, KarScore other, Vec x, PetscReal *nats,
                                                  PetscReal *modes);
/* Collective. The first of these, of a learnt denoiser, and the coordinates that count. */
PETSC_EXTERN PetscErrorCode KarDenoiserElbo(KarDenoiser denoiser, PetscInt evaluations, KarKey key, Vec x,
                                            PetscReal *nats, PetscReal *modes);
