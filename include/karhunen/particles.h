/* Weighted particles: how many count, and which are copied. A header of the room sampler. Level 7. */
#pragma once

#include <karhunen/random.h>

/* Not collective; cannot fail. Of the logarithms of n weights: that of their mean, and the effective number
   (sum w)^2/sum w^2. */
void kar_particles_effective(PetscInt n, const PetscReal weight[], PetscReal *mean, PetscReal *effective);
/* Not collective; cannot fail. Systematic resampling: slot i of n has the particle that holds (u + i)/n of the weight,
   u of the key. from[p] is the particle that slot p takes: itself where that stays; others take copies. Weights, whose
   mean has logarithm `mean`, become 1. */
void kar_particles_resample(KarKey key, PetscInt n, PetscReal mean, PetscReal weight[], PetscInt from[]);
