/* Interferometric phase: ground deformation, atmosphere, decorrelation, as a radar satellite sees them. Level 4.
   Lengths in m, angles in rad; east, north, up. */
#pragma once

#include <karhunen/patches.h>
#include <karhunen/deformation.h>
#include <karhunen/fft.h>
#include <karhunen/scene.h>
#include <karhunen/stats.h>

/* --- Simulated interferograms
   ------------------------------------------------------------------------------------------ */
typedef struct _p_KarInsar *KarInsar;

/* phase = wrap(-4 pi/wavelength deformation + turbulence + stratified + ramp + noise) */
typedef enum {
  KAR_INSAR_PHASE,
  KAR_INSAR_WAVE,
  KAR_INSAR_DEFORMATION,
  KAR_INSAR_TURBULENCE,
  KAR_INSAR_STRATIFIED,
  KAR_INSAR_RAMP,
  KAR_INSAR_NOISE,
  KAR_INSAR_TOPOGRAPHY,
  KAR_INSAR_COHERENCE,
  KAR_INSAR_SCENE,
  KAR_INSAR_FIELDS
} KarInsarField;
typedef struct {
  const char *name, *units, *long_name;
  PetscInt    components;
} KarInsarFieldInfo;
PETSC_EXTERN const KarInsarFieldInfo KarInsarFieldInfos[KAR_INSAR_FIELDS];

/* Collective. Numbers come from -insar_*. */
PETSC_EXTERN PetscErrorCode KarInsarCreate(MPI_Comm comm, KarInsar *insar);
PETSC_EXTERN PetscErrorCode KarInsarSetOptionsPrefix(KarInsar insar, const char prefix[]);
PETSC_EXTERN PetscErrorCode KarInsarSetFromOptions(KarInsar insar);
/* Collective. Scenes on a plane grid on the communicator of insar, lengths in m, row 0 in the north. */
PETSC_EXTERN PetscErrorCode KarInsarSetUp(KarInsar insar, KarGrid grid);
/* Collective. The scene named by key; entries that are NULL are not filled. Each is [ln][n1][components]. The noise is
   that of a pixel, whatever its size, unless -insar_noise_length gives it one; everything else agrees between grids on
   one box. */
PETSC_EXTERN PetscErrorCode KarInsarSample(KarInsar insar, KarKey key, Vec fields[KAR_INSAR_FIELDS]);
/* Not collective. m. */
PETSC_EXTERN PetscErrorCode KarInsarGetWavelength(KarInsar insar, PetscReal *wavelength);
PETSC_EXTERN PetscErrorCode KarInsarDestroy(KarInsar *insar);

/* A field `scene` is what an interferogram is made of: the unwrapped phase without noise, in cycles, and log(gamma/(1
   - gamma)) of the coherence gamma, which is at least KAR_INSAR_DARK; below its half way to the lowest that is not,
   gamma is 0, as on the sea. */
#define KAR_INSAR_DARK 0.05
/* Not collective; cannot fail. */
PetscReal kar_coherence_logit(PetscReal gamma);
PetscReal kar_logit_coherence(PetscReal z);
/* Not collective. The interferogram of a field `scene` on a slab of the grid: wave[2] is the cosine and sine of its
   phase, with the error of `looks` averaged looks at each pixel's coherence; a function of the key and the pixel's
   place. */
PETSC_EXTERN PetscErrorCode KarSceneWave(const KarGridInfo *info, KarKey key, PetscInt looks, Vec scene, Vec wave);
