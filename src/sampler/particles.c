/* Weights of particles, and systematic resampling by them. */
#include <karhunen/particles.h>

void kar_particles_effective(PetscInt n, const PetscReal weight[], PetscReal *mean, PetscReal *effective)
{
  PetscReal most = -PETSC_MAX_REAL, sum = 0, square = 0;

  for (PetscInt p = 0; p < n; p++) most = PetscMax(most, weight[p]);
  for (PetscInt p = 0; p < n; p++) {
    const PetscReal w = PetscExpReal(weight[p] - most);

    sum += w;
    square += w * w;
  }
  *mean      = most + PetscLogReal(sum / (PetscReal)n);
  *effective = sum * sum / square;
}

void kar_particles_resample(KarKey key, PetscInt n, PetscReal mean, PetscReal weight[], PetscInt from[])
{
  PetscReal u[2], sum = 0;
  PetscInt  slot = 0, spare = 0;

  key.stream = KAR_STREAM_OBSERVE;
  kar_uniform_pair(key, 0, 0, 1, u); /* the noise of data has the last index 0 */
  for (PetscInt p = 0; p < n; p++) { /* first, how many slots particle p has */
    sum += PetscExpReal(weight[p] - mean);
    for (from[p] = 0; slot < n && u[0] + (PetscReal)slot < sum; slot++) from[p]++;
    weight[p] = 0;
  }
  from[n - 1] += n - slot;
  for (PetscInt p = 0; p < n; p++) /* slots of none take what others have too many, negative for now */
    if (!from[p]) {
      while (from[spare] < 2) spare++;
      from[spare]--;
      from[p] = -1 - spare;
    }
  for (PetscInt p = 0; p < n; p++) from[p] = from[p] < 0 ? -1 - from[p] : p;
}
